/* explain.h - the chapters of am_explain_json, and how they look things up
 *
 * Every look-up takes NULL for an object that is not there and finds nothing in it, so that a chapter can ask for what it likes in an older
 * or edited document.
 */
#ifndef AM_REPORT_EXPLAIN_H
#define AM_REPORT_EXPLAIN_H

#include <automaster/automaster.h>
#include <cjson/cJSON.h>
#include "report/text.h"

/* Member key, of any type; NULL: none. */
const cJSON *am_explain_member(const cJSON *object, const char *key);
const cJSON *am_explain_array(const cJSON *object, const char *key);    /* NULL: none, or no array */
double am_explain_number(const cJSON *object, const char *key);         /* NaN: none, or no number */
bool am_explain_true(const cJSON *object, const char *key);
/* Harmless text, "" when there is none. */
const char *am_explain_string(const cJSON *object, const char *key, char *out, size_t capacity);
/* Numbers on the band grid, NaN where there is none; false when key is no array. */
bool am_explain_curve(const cJSON *object, const char *key, double curve[AM_BANDS]);

/* A heading; a sentence of a list. */
void am_explain_heading(am_text *t, const char *heading);
void am_explain_item(am_text *t, const char *format, ...) AM_PRINTF(2, 3);

/* The chapters. report: a report; plan: its plan, or a document of its own. */
void am_explain_tone(am_text *t, const cJSON *report, const cJSON *plan);
void am_explain_width(am_text *t, const cJSON *report, const cJSON *plan);
void am_explain_mix(am_text *t, const cJSON *report);

#endif
