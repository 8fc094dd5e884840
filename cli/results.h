/* results.h - machine output: documents of one or several files */
#ifndef AM_CLI_RESULTS_H
#define AM_CLI_RESULTS_H

#include "cli/options.h"
#include <stdio.h>

typedef enum result_format { RESULT_TEXT, RESULT_JSON, RESULT_NDJSON, RESULT_CSV } result_format;

typedef struct results {
    FILE *to;
    result_format format;
    bool array;                     /* JSON: several documents */
    size_t count;
} results;

results results_begin(const settings *options, FILE *to, bool several);
/* Can the results be told? False, after saying so, when standard output is needed and was closed from the start. */
bool results_ready(const results *r, const settings *options);
/* One document, in JSON or (RESULT_TEXT) as it stands, with an empty line between two. */
void results_add(results *r, const char *document);
/* Say why a file failed, and the exit code of it. Where documents are wanted, it gets one: {"file": ..., "error": ...}. */
int results_failure(results *r, const char *file, am_status status, const am_error *err);
/* A document that did not come is null in JSON, and several that did not are []. */
void results_end(results *r);

/* Should to get colours? */
bool colour_wanted(const settings *options, FILE *to);

#endif
