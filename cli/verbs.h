/* verbs.h - the verbs of automaster profile, and the library that they work on */
#ifndef AM_CLI_VERBS_H
#define AM_CLI_VERBS_H

#include "cli/options.h"
#include <stdio.h>

/* One verb: words are what stands behind it. Returns the exit code. */
typedef int profile_run(const settings *options, const char *const *words, size_t count);
profile_run profile_list, profile_show, profile_build, profile_tune, profile_diff, profile_merge, profile_import, profile_export, profile_lint,
    profile_rm;

typedef struct profile_verb {
    const char *name, *arguments, *summary;
    size_t least, most;             /* words that it takes */
    uint64_t options;               /* bits 1 << option_id; those of every command need none */
    profile_run *run;
} profile_verb;

enum { PROFILE_VERBS = 10 };
extern const profile_verb profile_verbs[PROFILE_VERBS];

/* ------------------------------------------------------------------ the library */

/* Where the user's profiles are; NULL: nowhere. */
const char *library_folder(const settings *options);

/* Is name a profile of the library or a file? Otherwise says what it may have been meant to be: AM_ERR_RANGE. */
am_status library_knows(const settings *options, const char *name, am_error *err);

/* The same, and read. The caller closes *out. */
am_status library_load(const settings *options, const char *name, am_profile **out, am_error *err);

/* Put a profile where -o says, else into the library, and tell path where (PATH_SIZE bytes). overwrite: -f, or a change in place. */
am_status library_store(const settings *options, const am_profile *profile, bool overwrite, char *path, am_error *err);

/* May path be written to: not there, or --force, and no input in any case? AM_ERR_EXISTS. Asked before the work. */
am_status output_free(const settings *options, const char *path, am_error *err);
/* The same for where library_store puts a profile of this name, which must be none of a built-in one. */
am_status library_free(const settings *options, const char *name, am_error *err);

/* Only one at a time reads, changes and writes back; waits a while. *lock is library_unlock's; AM_ERR_STATE: another one still works. */
am_status library_lock(const settings *options, int *lock, am_error *err);
void library_unlock(int lock);

/* Names of the built-in profiles (builtin), the user's own, or both, with spaces between, for free(). */
char *library_names(const settings *options, bool builtin, bool own);

/* ------------------------------------------------------------------ words and numbers */

/* NAME or NAME=WEIGHT; weight NaN when there is none. */
am_status weighted_name(const char *word, char *name, size_t size, double *weight, am_error *err);

/* One change as people write it, into changes as am_profile_tune takes them. "tone@2k-6k+=1.5dB": short names, k and units are understood,
 * and what belongs together moves together. profile: as it is before the change. */
enum { CHANGES = 4, CHANGE_TEXT = 600 };
am_status change_expand(const am_profile *profile, const char *word, char changes[CHANGES][CHANGE_TEXT], size_t *count, am_error *err);

/* The exit code of a failure: usage errors are AM_ERR_RANGE, what waits for another one is temporary. */
int profile_failure(am_status status, const am_error *err);

/* text without controls of a terminal, at most columns wide, filled up with spaces to fill. */
void put_clean(FILE *to, const char *text, int columns, int fill);
/* A number as JSON: null when not finite. */
void json_number(FILE *to, double x, int decimals);

#endif
