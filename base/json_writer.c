/* json_writer.c - the writing half of json.h */
#include "base/json.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LEVELS = 32, FIRST_CAPACITY = 4096 };

struct am_json_writer {
    const am_allocator *allocator;
    char *text;
    size_t used, capacity;
    bool failed;
    int level;                      /* brackets open */
    char closing[MAX_LEVELS];       /* what closes each */
    bool filled[MAX_LEVELS + 1];    /* something is in it already */
};

am_status am_json_writer_open(const am_allocator *allocator, am_json_writer **out, am_error *err)
{
    am_json_writer *w = am_acquire(allocator, 1, sizeof *w);

    if (!w)
        return am_fail(err, AM_ERR_NOMEM, "no memory to write JSON");
    w->allocator = allocator;
    *out = w;
    return AM_OK;
}

static void put(am_json_writer *w, const char *text, size_t length)
{
    if (!w->failed && length > w->capacity - w->used) {
        size_t capacity = w->capacity ? w->capacity : FIRST_CAPACITY;
        char *grown;

        while (capacity - w->used < length)
            capacity *= 2;
        grown = am_grow(w->allocator, w->text, w->capacity, capacity, 1);
        w->failed = !grown;
        w->text = grown ? grown : w->text;
        w->capacity = grown ? capacity : w->capacity;
    }
    if (w->failed)
        return;
    memcpy(w->text + w->used, text, length);
    w->used += length;
}

static void put_text(am_json_writer *w, const char *text) { put(w, text, strlen(text)); }

static void put_line(am_json_writer *w)
{
    put(w, "\n", 1);
    for (int i = 0; i < w->level; i++)
        put(w, "  ", 2);
}

/* '<' is escaped so that a document may stand inside a <script> of an HTML page whatever the names in it are. */
static void put_quoted(am_json_writer *w, const char *text)
{
    const size_t length = strlen(text);
    size_t at = 0;

    put(w, "\"", 1);
    while (at < length) {
        const size_t bytes = am_utf8_sequence(text + at, length - at);
        const unsigned char c = (unsigned char)text[at];
        char escape[8];

        if (!bytes) {
            put_text(w, "\xEF\xBF\xBD");
        } else if (c == '"' || c == '\\') {
            put(w, "\\", 1);
            put(w, text + at, 1);
        } else if (c < 0x20 || c == 0x7F || c == '<') {
            (void)snprintf(escape, sizeof escape, "\\u%04x", c);
            put_text(w, escape);
        } else {
            put(w, text + at, bytes);
        }
        at += bytes ? bytes : 1;
    }
    put(w, "\"", 1);
}

/* Comma, line and key: everything before a value. */
static void begin(am_json_writer *w, const char *key)
{
    assert(w->level == 0 ? !key && !w->filled[0] : (w->closing[w->level - 1] == '}') == (key != NULL));
    if (w->filled[w->level])
        put(w, ",", 1);
    w->filled[w->level] = true;
    if (w->level)
        put_line(w);
    if (key) {
        put_quoted(w, key);
        put(w, ": ", 2);
    }
}

void am_json_open(am_json_writer *w, const char *key, char bracket)
{
    assert((bracket == '{' || bracket == '[') && w->level < MAX_LEVELS);
    begin(w, key);
    put(w, &bracket, 1);
    w->closing[w->level++] = bracket == '{' ? '}' : ']';
    w->filled[w->level] = false;
}

void am_json_close(am_json_writer *w)
{
    const bool filled = w->filled[w->level];

    assert(w->level > 0);
    w->level--;
    if (filled)
        put_line(w);
    put(w, &w->closing[w->level], 1);
}

static void put_value(am_json_writer *w, double value, int digits)
{
    char text[AM_NUMBER_TEXT];

    put_text(w, !isfinite(value) ? "null" : digits < 0 ? am_number_exact(value, text) : am_number_short(value, digits, text));
}

void am_json_put_number(am_json_writer *w, const char *key, double value, int digits)
{
    begin(w, key);
    put_value(w, value, digits);
}

void am_json_put_integer(am_json_writer *w, const char *key, uint64_t value)
{
    char text[AM_NUMBER_TEXT];

    begin(w, key);
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    put_text(w, text);
}

void am_json_put_bool(am_json_writer *w, const char *key, bool value)
{
    begin(w, key);
    put_text(w, value ? "true" : "false");
}

void am_json_put_string(am_json_writer *w, const char *key, const char *value)
{
    begin(w, key);
    put_quoted(w, value);
}

void am_json_put_numbers(am_json_writer *w, const char *key, const double *values, size_t count, int digits)
{
    begin(w, key);
    put(w, "[", 1);
    for (size_t i = 0; i < count; i++) {
        if (i)
            put(w, ", ", 2);
        put_value(w, values[i], digits);
    }
    put(w, "]", 1);
}

void am_json_put_strings(am_json_writer *w, const char *key, const char *const *values, size_t count)
{
    begin(w, key);
    put(w, "[", 1);
    for (size_t i = 0; i < count; i++) {
        if (i)
            put(w, ", ", 2);
        put_quoted(w, values[i]);
    }
    put(w, "]", 1);
}

void am_json_put_null(am_json_writer *w, const char *key)
{
    begin(w, key);
    put(w, "null", 4);
}

am_status am_json_writer_take(am_json_writer *w, char **json, am_error *err)
{
    char *copy;

    assert(w->level == 0 && w->filled[0]);
    put(w, "\n", 1);
    copy = w->failed ? NULL : am_string_copy(w->allocator, w->text, w->used);
    am_json_writer_close(w);
    if (!copy)
        return am_fail(err, AM_ERR_NOMEM, "no memory to write JSON");
    *json = copy;
    return AM_OK;
}

void am_json_writer_close(am_json_writer *w)
{
    if (!w)
        return;
    am_forget(w->allocator, w->text);
    am_forget(w->allocator, w);
}
