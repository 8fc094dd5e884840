/* help.h - what the option table says, for people, for man and for shells */
#ifndef AM_CLI_HELP_H
#define AM_CLI_HELP_H

#include "cli/options.h"
#include <stdio.h>

void help_overview(FILE *to);
void help_command(FILE *to, command_id id);
void help_man(FILE *to);
void help_completion(FILE *to, const char *shell);

/* Default and range of an option as "[default -1; -9 .. 0 dBTP]", or "". */
void option_range(const option *o, char *out, size_t size);

#endif
