/* values.h - one option's value: from text to a checked number or word */
#ifndef AM_CLI_VALUES_H
#define AM_CLI_VALUES_H

#include "cli/options.h"

#include <stdio.h>

void value_defaults(settings *out);

/* Take text (NULL for a flag) as the value of option id. where begins the message: "--loudness", "config:3: loudness". */
am_status value_set(settings *out, option_id id, const char *text, origin from, const char *where, am_error *err);

/* Read the config file at path if there is one. */
am_status config_load(const char *path, settings *out, am_error *err);

/* A plain decimal number and nothing else. */
bool number_read(const char *text, size_t length, double *out);

am_status usage_error(am_error *err, const char *format, ...) AM_PRINTF(2, 3);

#endif
