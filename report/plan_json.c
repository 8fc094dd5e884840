/* plan_json.c - am_plan_to_json and am_plan_from_json of automaster.h, both driven by the table of base/fields.h
 *
 * A path of the table is a way through objects: "limiter.hold_ms"; "tone.sections[].q" goes through each object of an array. Fields of one
 * object stand together, so a walk over the fields under a prefix meets each member once. "version" is told by "schema".
 */
#include "report/parts.h"

#include "base/error.h"
#include "base/fields.h"
#include "base/plan_check.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PATH = 64, MAX_KEYS = 24 };

/* A member of the object at prefix: a field itself, an object or an array of objects. */
typedef struct member {
    const am_field *field;          /* the first under this member */
    char key[MAX_PATH];
    char end;                       /* what follows the key in the path: 0, '.' or '[' */
} member;

/* The members under prefix in the order of the table; returns how many. */
static size_t list_members(const char *prefix, member members[MAX_KEYS])
{
    const size_t skip = strlen(prefix);
    size_t count = 0;

    for (size_t k = 0; k < am_plan_field_count; k++) {
        const char *rest = am_plan_fields[k].path + skip;
        member next = { .field = &am_plan_fields[k] };
        size_t length;

        if (strncmp(am_plan_fields[k].path, prefix, skip) != 0 || !*rest || strcmp(rest, "version") == 0)
            continue;
        length = strcspn(rest, ".[");
        assert(length < MAX_PATH);
        memcpy(next.key, rest, length);
        next.end = rest[length];
        if (count && strcmp(members[count - 1].key, next.key) == 0)
            continue;
        assert(count < MAX_KEYS);
        members[count++] = next;
    }
    return count;
}

static void join(const char *prefix, const member *m, char out[MAX_PATH])
{
    (void)snprintf(out, MAX_PATH, "%s%.20s%s.", prefix, m->key, m->end == '[' ? "[]" : "");
}

static size_t count_words(const am_field *field) { return (size_t)field->high + 1; }

/* ------------------------------------------------------------------ writing */

static void put_values(am_json_writer *w, const am_field *field, const char *key, const am_plan *plan, size_t index)
{
    const double value = am_field_get(field, plan, index);
    double values[AM_BANDS];

    if (field->count > 1 && !strstr(field->path, "[]")) {
        assert(field->count <= AM_BANDS);
        for (size_t i = 0; i < field->count; i++)
            values[i] = am_field_get(field, plan, i);
        am_json_put_numbers(w, key, values, field->count, -1);
    } else if (field->type == AM_FIELD_WORD) {
        am_json_put_string(w, key, value <= field->high ? field->words[(size_t)value] : "unknown");
    } else if (field->type == AM_FIELD_BOOL) {
        am_json_put_bool(w, key, value != 0.0);
    } else {
        am_json_put_number(w, key, value, -1);
    }
}

/* index: which object of an array prefix stands in. */
static void put_members(am_json_writer *w, const char *prefix, const am_plan *plan, size_t index)
{
    member members[MAX_KEYS];
    const size_t count = list_members(prefix, members);
    char inner[MAX_PATH];

    for (size_t i = 0; i < count; i++) {
        const member *m = &members[i];

        join(prefix, m, inner);
        if (m->end == 0) {
            put_values(w, m->field, m->key, plan, index);
        } else if (m->end == '.') {
            am_json_open(w, m->key, '{');
            put_members(w, inner, plan, index);
            am_json_close(w);
        } else {
            const size_t used = am_field_used(m->field + 1, plan);

            am_json_open(w, m->key, '[');
            for (size_t k = 0; k < used; k++) {
                am_json_open(w, NULL, '{');
                put_members(w, inner, plan, k);
                am_json_close(w);
            }
            am_json_close(w);
        }
    }
}

void am_part_put_plan(am_json_writer *w, const char *key, const am_plan *plan)
{
    am_json_open(w, key, '{');
    am_json_put_string(w, "schema", AM_PLAN_SCHEMA);
    put_members(w, "", plan, 0);
    am_json_close(w);
}

void am_part_put_prediction(am_json_writer *w, const char *key, const am_prediction *prediction)
{
    const am_plan plan = { .expected = *prediction };

    am_json_open(w, key, '{');
    put_members(w, "expected.", &plan, 0);
    am_json_close(w);
}

am_status am_plan_to_json(const am_plan *plan, const am_allocator *allocator, char **json, am_error *err)
{
    am_json_writer *w = NULL;
    am_status status;

    if (!plan || !json)
        return am_fail(err, AM_ERR_RANGE, "am_plan_to_json: plan or json is NULL");
    status = am_plan_check(plan, err);
    if (!status)
        status = am_json_writer_open(allocator, &w, err);
    if (status)
        return status;
    am_part_put_plan(w, NULL, plan);
    return am_json_writer_take(w, json, err);
}

/* ------------------------------------------------------------------ reading */

static am_status read_value(const cJSON *object, const char *path, const member *m, double *value, am_error *err)
{
    const am_field *field = m->field;
    am_status status;
    bool flag = false;
    int word = 0;

    switch (field->type) {
    case AM_FIELD_WORD:
        status = am_json_word(object, path, m->key, field->words, count_words(field), &word, err);
        *value = word;
        return status;
    case AM_FIELD_BOOL:
        status = am_json_bool(object, path, m->key, &flag, err);
        *value = flag;
        return status;
    case AM_FIELD_NUMBER:
        if (isnan(field->low))
            return am_json_number_or_null(object, path, m->key, -INFINITY, INFINITY, value, err);
        break;
    case AM_FIELD_INTEGER:
    case AM_FIELD_LONG:
    case AM_FIELD_COUNT: break;
    }
    return am_json_number(object, path, m->key, field->low, field->high, field->step >= 1.0, value, err);
}

static am_status read_field(const cJSON *object, const char *path, const member *m, am_plan *plan, size_t index, am_error *err)
{
    const am_field *field = m->field;
    const bool array = field->count > 1 && !strstr(field->path, "[]");
    const size_t count = array ? field->count : 1;
    double values[AM_BANDS];
    am_status status;

    assert(field->count <= AM_BANDS);
    if (array)
        status = am_json_numbers(object, path, m->key, field->low, field->high, values, count, err);
    else
        status = read_value(object, path, m, values, err);
    for (size_t i = 0; i < count && !status; i++) {
        const size_t at = array ? i : index;

        status = am_field_check(field, at, values[i], err);
        if (!status)
            am_field_set(field, plan, at, values[i]);
    }
    return status;
}

static am_status read_members(const cJSON *object, const char *path, const char *prefix, am_plan *plan, size_t index, am_error *err);

static am_status read_list(const cJSON *object, const char *path, const member *m, const char *inner, am_plan *plan, am_error *err)
{
    am_status status;
    const cJSON *array, *item;
    char item_path[2 * MAX_PATH];
    size_t index = 0;
    int count;

    status = am_json_member(object, path, m->key, true, &array, err);
    if (status)
        return status;
    count = cJSON_GetArraySize(array);
    if (count > (int)m->field->high)
        return am_fail(err, AM_ERR_RANGE, "%s.%s: %d objects; expected at most %d", path, m->key, count, (int)m->field->high);
    am_field_set(m->field, plan, 0, count);
    cJSON_ArrayForEach(item, array) {
        (void)snprintf(item_path, sizeof item_path, "%s.%s[%zu]", path, m->key, index);
        if (!cJSON_IsObject(item))
            return am_fail(err, AM_ERR_FORMAT, "%s: not an object", item_path);
        status = read_members(item, item_path, inner, plan, index++, err);
        if (status)
            return status;
    }
    return AM_OK;
}

static am_status refuse_unknown(const cJSON *object, const char *path, bool top, const member *members, size_t count, am_error *err)
{
    const char *known[MAX_KEYS + 2] = { NULL };

    for (size_t i = 0; i < count; i++)
        known[i] = members[i].key;
    if (top)
        known[count] = "schema";
    return am_json_only(object, path, known, err);
}

static am_status read_members(const cJSON *object, const char *path, const char *prefix, am_plan *plan, size_t index, am_error *err)
{
    member members[MAX_KEYS];
    const size_t count = list_members(prefix, members);
    am_status status = refuse_unknown(object, path, !*prefix, members, count, err);
    char inner[MAX_PATH], inner_path[2 * MAX_PATH];
    const cJSON *child;

    for (size_t i = 0; i < count && !status; i++) {
        const member *m = &members[i];

        join(prefix, m, inner);
        if (m->end == 0) {
            status = read_field(object, path, m, plan, index, err);
        } else if (m->end == '[') {
            status = read_list(object, path, m, inner, plan, err);
        } else {
            (void)snprintf(inner_path, sizeof inner_path, "%s.%s", path, m->key);
            status = am_json_member(object, path, m->key, false, &child, err);
            if (!status)
                status = read_members(child, inner_path, inner, plan, index, err);
        }
    }
    return status;
}

/* The plan in a document: itself, or a report's. */
static am_status find_plan(const cJSON *root, const cJSON **plan, am_error *err)
{
    static const char *const words[] = { AM_PLAN_SCHEMA, AM_REPORT_SCHEMA };
    am_status status;
    int word;

    if (!cJSON_IsObject(root))
        return am_fail(err, AM_ERR_FORMAT, "plan: expected an object with \"schema\": \"" AM_PLAN_SCHEMA "\"");
    status = am_json_word(root, "", "schema", words, 2, &word, err);
    *plan = root;
    if (!status && word == 1) {
        status = am_json_member(root, "", "plan", false, plan, err);
        if (!status)
            status = am_json_word(*plan, "plan", "schema", words, 1, &word, err);
    }
    return status;
}

am_status am_plan_from_json(const char *bytes, size_t length, am_plan *plan, am_error *err)
{
    const cJSON *source = NULL;
    cJSON *root = NULL;
    am_plan draft;
    am_status status;

    if (!bytes || !plan)
        return am_fail(err, AM_ERR_RANGE, "am_plan_from_json: bytes or plan is NULL");
    am_plan_neutral(&draft, 44100);
    status = am_json_parse(bytes, length, "plan", &root, err);
    if (!status)
        status = find_plan(root, &source, err);
    if (!status)
        status = read_members(source, "plan", "", &draft, 0, err);
    if (!status)
        *plan = draft;
    cJSON_Delete(root);
    return status;
}
