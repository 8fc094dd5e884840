/* each.h - the same for every file given and every file in the folders given */
#ifndef AM_CLI_EACH_H
#define AM_CLI_EACH_H

#include "cli/results.h"

/* Measure path (as given, call's progress to be set) and add to the results. Returns an exit code. */
typedef int each_visit(const settings *options, const char *path, am_options *call, void *context, results *to);

/* Visit all; one that fails does not keep the others. Returns the exit code of the command. */
int each_file(const settings *options, each_visit *visit, void *context);

#endif
