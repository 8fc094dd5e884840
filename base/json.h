/* json.h - cJSON made strict, and numbers printed so that they come back
 *
 * Reading: one document and nothing behind it, at most 8 MiB, 64 levels; valid UTF-8; no duplicate keys, no NUL, only finite numbers that
 * fit a double. Errors name the path of the field ("plan.tone.sections[2].gain_db") and what was found.
 */
#ifndef AM_BASE_JSON_H
#define AM_BASE_JSON_H

#include <automaster/automaster.h>
#include <cjson/cJSON.h>

am_status am_json_parse(const char *bytes, size_t length, const char *name, cJSON **out, am_error *err);

/* Every key of object is one of the NULL-terminated known; path names the object in the errors of this and the next functions. */
am_status am_json_only(const cJSON *object, const char *path, const char *const *known, am_error *err);
/* The required member key, a number in [low, high]; integer asks for no fraction. */
am_status am_json_number(const cJSON *object, const char *path, const char *key, double low, double high, bool integer, double *out,
                         am_error *err);
/* The same, where null stands for a quantity that nobody knows: *out is NaN. */
am_status am_json_number_or_null(const cJSON *object, const char *path, const char *key, double low, double high, double *out,
                                 am_error *err);
am_status am_json_bool(const cJSON *object, const char *path, const char *key, bool *out, am_error *err);
/* One of count words; *out is its index. */
am_status am_json_word(const cJSON *object, const char *path, const char *key, const char *const *words, size_t count, int *out,
                       am_error *err);
/* An array of exactly count numbers in [low, high]. */
am_status am_json_numbers(const cJSON *object, const char *path, const char *key, double low, double high, double *out, size_t count,
                          am_error *err);
/* The required member key of type object or array. */
am_status am_json_member(const cJSON *object, const char *path, const char *key, bool array, const cJSON **out, am_error *err);

/* The required member key, a string of fewer than capacity bytes. */
am_status am_json_string(const cJSON *object, const char *path, const char *key, char *out, size_t capacity, am_error *err);

/* Writing: a buffer that latches its first failure. Keys are literals; strings are escaped and made valid UTF-8; a double that is not
 * finite is written as null. digits: decimals kept for readers (e.g. 2), or -1: the shortest text that reads back to the same double.
 * Indented by two spaces, arrays of numbers on one line. No line break is inside a string: each one with the spaces behind it may be
 * dropped to get the document on one line. */
typedef struct am_json_writer am_json_writer;
am_status am_json_writer_open(const am_allocator *allocator, am_json_writer **out, am_error *err);
void am_json_open(am_json_writer *w, const char *key, char bracket);    /* '{' or '['; key NULL inside an array */
void am_json_close(am_json_writer *w);
void am_json_put_number(am_json_writer *w, const char *key, double value, int digits);
void am_json_put_integer(am_json_writer *w, const char *key, uint64_t value);
void am_json_put_bool(am_json_writer *w, const char *key, bool value);
void am_json_put_string(am_json_writer *w, const char *key, const char *value);
void am_json_put_numbers(am_json_writer *w, const char *key, const double *values, size_t count, int digits);
/* Strings on one line. */
void am_json_put_strings(am_json_writer *w, const char *key, const char *const *values, size_t count);
void am_json_put_null(am_json_writer *w, const char *key);
/* The finished document with a newline at its end, from the allocator; the writer is closed in any case. */
am_status am_json_writer_take(am_json_writer *w, char **json, am_error *err);
void am_json_writer_close(am_json_writer *w);               /* NULL is fine */

#endif
