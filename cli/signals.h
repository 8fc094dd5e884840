/* signals.h - what the outside world can do to the program */
#ifndef AM_CLI_SIGNALS_H
#define AM_CLI_SIGNALS_H

#include <stdbool.h>

/* Open the null device on descriptors 0 to 2 where they are closed, so that no file of ours lands there; the wrong way round, so
 * that using them still fails. */
void descriptors_guard(void);

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT ask the running call to stop; a third one kills. Ignored ones stay ignored. SIGPIPE and
 * SIGXFSZ become errors of the call that met them. */
void signals_install(void);

bool signal_caught(void);
bool signal_none(void *context, const char *stage, double done);     /* am_options.progress where nothing is shown */
int signal_exit_code(void);         /* 128 + its number */

#endif
