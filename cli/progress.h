/* progress.h - where a run is, on standard error */
#ifndef AM_CLI_PROGRESS_H
#define AM_CLI_PROGRESS_H

#include "cli/options.h"

typedef enum progress_mode { PROGRESS_AUTO, PROGRESS_BAR, PROGRESS_PLAIN, PROGRESS_JSON, PROGRESS_NONE } progress_mode;

typedef struct progress {
    progress_mode mode;
    const char *file;               /* as given */
    double duration_s;              /* of its audio; 0: not known */
    double start_s, shown_s;        /* clock */
    double done;                    /* [0, 1] of the whole run */
    double begun_s, begun_done;     /* where the present attempt began */
    unsigned stages;                /* bit of the command */
    char stage[16];
    bool drawn;
} progress;

/* How it is told: as --progress says, and where the talk goes. Never PROGRESS_AUTO. */
progress_mode progress_chosen(const settings *options);

/* Begin with one file: sets the callback of *call as well, which stops the call after a signal. */
void progress_begin(progress *p, const settings *options, const char *file, am_options *call);
/* Take the line off the screen, before anything else is printed. */
void progress_end(progress *p);

#endif
