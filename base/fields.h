/* fields.h - one table that names every field of a plan: path, type, range, default, unit, help
 *
 * Validation (plan_check.h), JSON and the manual read it; a range stands here and nowhere else in code. The order is that of the
 * struct, and fields of one object stand together, so that a writer can open and close objects as the path changes.
 */
#ifndef AM_BASE_FIELDS_H
#define AM_BASE_FIELDS_H

#include <automaster/automaster.h>

typedef enum am_field_type {
    AM_FIELD_NUMBER,                /* double */
    AM_FIELD_INTEGER,               /* uint32_t */
    AM_FIELD_LONG,                  /* uint64_t up to 2^53 */
    AM_FIELD_BOOL,
    AM_FIELD_WORD,                  /* enum: an index into words */
    AM_FIELD_COUNT                  /* uint32_t: how many elements of the array of objects named by path follow; not in JSON */
} am_field_type;

typedef struct am_field {
    const char *path;               /* "limiter.hold_ms"; "tone.sections[].q": of each object of an array; "tone.sections[]": count */
    am_field_type type;
    size_t offset;                  /* in am_plan, of the first value */
    size_t count;                   /* values: 1, or as many as an array holds */
    size_t stride;                  /* bytes from one value to the next */
    double low, high;               /* of each value, both included; low NaN: measured, anything goes, NaN too (null in JSON) */
    double step;                    /* values are low, low + step, ...; 0: any number between */
    double standard;                /* each value in a plan that does nothing */
    const char *unit;               /* "Hz", "dB", ... or "" */
    const char *help;               /* one line, no full stop */
    const char *const *words;       /* of a WORD: one for each value; else NULL */
} am_field;

extern const am_field am_plan_fields[];
extern const size_t am_plan_field_count;

/* Value index of a field, as a double (exact for every type); index < count. */
double am_field_get(const am_field *field, const am_plan *plan, size_t index);
/* value must have passed am_field_check. */
void am_field_set(const am_field *field, am_plan *plan, size_t index, double value);
/* Values in use: count, or for fields of objects in an array as many objects as the plan says to have. */
size_t am_field_used(const am_field *field, const am_plan *plan);
/* AM_OK, or AM_ERR_RANGE naming path, value, range and unit. */
am_status am_field_check(const am_field *field, size_t index, double value, am_error *err);

#endif
