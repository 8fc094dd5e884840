#include "base/json.h"

#include "base/db.h"
#include "base/error.h"
#include "base/json_scan.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 8 * 1024 * 1024, PATH_TEXT = 160, FOUND_TEXT = 64 };

/* ------------------------------------------------------------------ what errors say */

static void join(const char *path, const char *key, char out[PATH_TEXT])
{
    char shown[FOUND_TEXT];

    am_utf8_show(key, shown, sizeof shown);
    (void)snprintf(out, PATH_TEXT, "%.90s%s%s", path, *path ? "." : "", shown);
}

static const char *describe(const cJSON *value, char out[FOUND_TEXT])
{
    char number[AM_NUMBER_TEXT], shown[FOUND_TEXT - 2];

    if (cJSON_IsNumber(value)) {
        (void)snprintf(out, FOUND_TEXT, "%s", am_number_exact(value->valuedouble, number));
    } else if (cJSON_IsString(value)) {
        am_utf8_show(value->valuestring, shown, sizeof shown);
        (void)snprintf(out, FOUND_TEXT, "\"%s\"", shown);
    } else {
        (void)snprintf(out, FOUND_TEXT, "%s", cJSON_IsArray(value) ? "an array" : cJSON_IsObject(value) ? "an object"
                                              : cJSON_IsTrue(value) ? "true" : cJSON_IsFalse(value) ? "false" : "null");
    }
    return out;
}

/* The member, or NULL with "path.key: missing, expected ..." */
static const cJSON *require(const cJSON *object, const char *path, const char *key, const char *expected, am_error *err)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    char at[PATH_TEXT];

    if (!value) {
        join(path, key, at);
        (void)am_fail(err, AM_ERR_FORMAT, "%s: missing; expected %s", at, expected);
    }
    return value;
}

static am_status wrong(am_error *err, am_status status, const char *path, const char *key, const cJSON *found, const char *expected)
{
    char at[PATH_TEXT], text[FOUND_TEXT];

    join(path, key, at);
    return am_fail(err, status, "%s: %s is not %s", at, describe(found, text), expected);
}

static void describe_range(const char *what, double low, double high, char out[PATH_TEXT])
{
    char from[AM_NUMBER_TEXT], to[AM_NUMBER_TEXT];

    if (isinf(low) && isinf(high))
        (void)snprintf(out, PATH_TEXT, "%s", what);
    else
        (void)snprintf(out, PATH_TEXT, "%s in [%s, %s]", what, am_number_exact(low, from), am_number_exact(high, to));
}

/* ------------------------------------------------------------------ parsing */

static int compare_names(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static am_status refuse_repeats(const cJSON *object, const char *path, am_error *err)
{
    const size_t count = (size_t)cJSON_GetArraySize(object);
    const char **names = am_acquire(NULL, count, sizeof *names);
    am_status status = AM_OK;
    const cJSON *child;
    char at[PATH_TEXT];
    size_t n = 0;

    if (!names)
        return am_fail(err, AM_ERR_NOMEM, "no memory to read JSON");
    cJSON_ArrayForEach(child, object)
        names[n++] = child->string;
    qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 1; i < n && !status; i++)
        if (strcmp(names[i - 1], names[i]) == 0) {
            join(path, names[i], at);
            status = am_fail(err, AM_ERR_FORMAT, "%s: given twice", at);
        }
    am_forget(NULL, names);
    return status;
}

static am_status check_tree(const cJSON *value, const char *path, am_error *err)
{
    const bool object = cJSON_IsObject(value);
    am_status status = object ? refuse_repeats(value, path, err) : AM_OK;
    char at[PATH_TEXT];
    const cJSON *child;
    size_t index = 0;

    if (cJSON_IsNumber(value) && !isfinite(value->valuedouble))
        return am_fail(err, AM_ERR_RANGE, "%s: a number too large for a double", *path ? path : "the document");
    cJSON_ArrayForEach(child, value) {
        if (status)
            break;
        if (object)
            join(path, child->string, at);
        else
            (void)snprintf(at, sizeof at, "%.120s[%zu]", path, index++);
        status = check_tree(child, at, err);
    }
    return status;
}

am_status am_json_parse(const char *bytes, size_t length, const char *name, cJSON **out, am_error *err)
{
    char shown[PATH_TEXT];
    am_json_fault fault;
    am_error inner;
    am_status status;
    cJSON *tree;

    am_utf8_show(name ? name : "JSON", shown, sizeof shown);
    if (!bytes || length > MAX_BYTES)
        return am_fail(err, AM_ERR_FORMAT, "%s: %zu bytes of JSON; at most 8 MiB are read", shown, bytes ? length : 0);
    fault = am_json_scan(bytes, length);
    if (fault.what)
        return am_fail(err, AM_ERR_FORMAT, "%s: not JSON: line %zu, column %zu: %s", shown, fault.line, fault.column, fault.what);
    tree = cJSON_ParseWithLength(bytes, length);
    if (!tree)
        return am_fail(err, AM_ERR_NOMEM, "%s: no memory to read %zu bytes of JSON", shown, length);
    status = check_tree(tree, "", &inner);
    if (status) {
        cJSON_Delete(tree);
        return am_fail(err, status, "%s: %s", shown, inner.message);
    }
    *out = tree;
    return AM_OK;
}

/* ------------------------------------------------------------------ members */

am_status am_json_only(const cJSON *object, const char *path, const char *const *known, am_error *err)
{
    const cJSON *child;
    char at[PATH_TEXT];

    cJSON_ArrayForEach(child, object) {
        const char *const *name = known;

        while (*name && strcmp(*name, child->string) != 0)
            name++;
        if (!*name) {
            join(path, child->string, at);
            return am_fail(err, AM_ERR_FORMAT, "%s: unknown field", at);
        }
    }
    return AM_OK;
}

static am_status read_number(const cJSON *value, const char *path, const char *key, const char *expected, double low, double high,
                             bool integer, double *out, am_error *err)
{
    if (!cJSON_IsNumber(value))
        return wrong(err, AM_ERR_FORMAT, path, key, value, expected);
    if (!am_within(value->valuedouble, low, high) || (integer && value->valuedouble != floor(value->valuedouble)))
        return wrong(err, AM_ERR_RANGE, path, key, value, expected);
    *out = value->valuedouble;
    return AM_OK;
}

am_status am_json_number(const cJSON *object, const char *path, const char *key, double low, double high, bool integer, double *out,
                         am_error *err)
{
    char expected[PATH_TEXT];
    const cJSON *value;

    describe_range(integer ? "a whole number" : "a number", low, high, expected);
    value = require(object, path, key, expected, err);
    return value ? read_number(value, path, key, expected, low, high, integer, out, err) : AM_ERR_FORMAT;
}

am_status am_json_number_or_null(const cJSON *object, const char *path, const char *key, double low, double high, double *out,
                                 am_error *err)
{
    char expected[PATH_TEXT];
    const cJSON *value;

    describe_range("null or a number", low, high, expected);
    value = require(object, path, key, expected, err);
    if (!value)
        return AM_ERR_FORMAT;
    if (!cJSON_IsNull(value))
        return read_number(value, path, key, expected, low, high, false, out, err);
    *out = NAN;
    return AM_OK;
}

am_status am_json_bool(const cJSON *object, const char *path, const char *key, bool *out, am_error *err)
{
    const cJSON *value = require(object, path, key, "true or false", err);

    if (!value)
        return AM_ERR_FORMAT;
    if (!cJSON_IsBool(value))
        return wrong(err, AM_ERR_FORMAT, path, key, value, "true or false");
    *out = cJSON_IsTrue(value);
    return AM_OK;
}

static void describe_words(const char *const *words, size_t count, char out[PATH_TEXT])
{
    size_t used = (size_t)snprintf(out, PATH_TEXT, "one of");

    for (size_t i = 0; i < count && used < PATH_TEXT; i++)
        used += (size_t)snprintf(out + used, PATH_TEXT - used, " \"%s\"", words[i]);
}

am_status am_json_word(const cJSON *object, const char *path, const char *key, const char *const *words, size_t count, int *out,
                       am_error *err)
{
    char expected[PATH_TEXT];
    const cJSON *value;

    describe_words(words, count, expected);
    value = require(object, path, key, expected, err);
    if (!value)
        return AM_ERR_FORMAT;
    if (cJSON_IsString(value))
        for (size_t i = 0; i < count; i++)
            if (strcmp(words[i], value->valuestring) == 0) {
                *out = (int)i;
                return AM_OK;
            }
    return wrong(err, cJSON_IsString(value) ? AM_ERR_RANGE : AM_ERR_FORMAT, path, key, value, expected);
}

am_status am_json_numbers(const cJSON *object, const char *path, const char *key, double low, double high, double *out, size_t count,
                          am_error *err)
{
    char expected[PATH_TEXT], item_key[PATH_TEXT];
    am_status status = AM_OK;
    const cJSON *array = NULL, *item;
    size_t index = 0;

    describe_range("a number", low, high, expected);
    status = am_json_member(object, path, key, true, &array, err);
    if (status)
        return status;
    if ((size_t)cJSON_GetArraySize(array) != count) {
        join(path, key, item_key);
        return am_fail(err, AM_ERR_FORMAT, "%s: %d number%s; expected %zu", item_key, cJSON_GetArraySize(array),
                       cJSON_GetArraySize(array) == 1 ? "" : "s", count);
    }
    cJSON_ArrayForEach(item, array) {
        (void)snprintf(item_key, sizeof item_key, "%.60s[%zu]", key, index);
        status = read_number(item, path, item_key, expected, low, high, false, &out[index++], err);
        if (status)
            break;
    }
    return status;
}

am_status am_json_member(const cJSON *object, const char *path, const char *key, bool array, const cJSON **out, am_error *err)
{
    const char *expected = array ? "an array" : "an object";
    const cJSON *value = require(object, path, key, expected, err);

    if (!value)
        return AM_ERR_FORMAT;
    if (array ? !cJSON_IsArray(value) : !cJSON_IsObject(value))
        return wrong(err, AM_ERR_FORMAT, path, key, value, expected);
    *out = value;
    return AM_OK;
}

am_status am_json_string(const cJSON *object, const char *path, const char *key, char *out, size_t capacity, am_error *err)
{
    const cJSON *value = require(object, path, key, "a string", err);
    char expected[PATH_TEXT];

    if (!value)
        return AM_ERR_FORMAT;
    if (!cJSON_IsString(value))
        return wrong(err, AM_ERR_FORMAT, path, key, value, "a string");
    if (strlen(value->valuestring) >= capacity) {
        (void)snprintf(expected, sizeof expected, "a string of fewer than %zu bytes", capacity);
        return wrong(err, AM_ERR_RANGE, path, key, value, expected);
    }
    memcpy(out, value->valuestring, strlen(value->valuestring) + 1);
    return AM_OK;
}
