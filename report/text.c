#include "report/text.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 4096 };

static void put(am_text *t, const char *bytes, size_t length)
{
    if (!t->failed && length > t->capacity - t->used) {
        const size_t capacity = 2 * t->capacity + length + FIRST_CAPACITY;
        char *grown = am_grow(t->allocator, t->bytes, t->capacity, capacity, 1);

        t->failed = !grown;
        t->bytes = grown ? grown : t->bytes;
        t->capacity = grown ? capacity : t->capacity;
    }
    if (t->failed || !length)
        return;
    memcpy(t->bytes + t->used, bytes, length);
    t->used += length;
}

static void put_formatted(am_text *t, const char *format, va_list args)
{
    char line[2048];
    const int length = vsnprintf(line, sizeof line, format, args);

    assert(length >= 0 && (size_t)length < sizeof line);
    put(t, line, (size_t)length);
}

void am_text_add(am_text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_formatted(t, format, args);
    va_end(args);
}

void am_text_paint(am_text *t, am_colour colour, const char *format, ...)
{
    static const char *const codes[] = { "", "\x1B[1m", "\x1B[32m", "\x1B[31m", "\x1B[33m" };
    const bool on = t->colour && colour != AM_COLOUR_PLAIN;
    va_list args;

    if (on)
        put(t, codes[colour], strlen(codes[colour]));
    va_start(args, format);
    put_formatted(t, format, args);
    va_end(args);
    if (on)
        put(t, "\x1B[0m", 4);
}

/* ------------------------------------------------------------------ width */

static size_t width_of(uint32_t code)
{
    static const uint32_t wide[][2] = { { 0x1100, 0x115F }, { 0x2E80, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F },
                                        { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1FAFF }, { 0x20000, 0x3FFFD } };
    static const uint32_t none[][2] = { { 0x0300, 0x036F }, { 0x200B, 0x200F }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F } };

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (code >= none[i][0] && code <= none[i][1])
            return 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (code >= wide[i][0] && code <= wide[i][1])
            return 2;
    return 1;
}

static size_t width_within(const char *text, size_t length)
{
    size_t width = 0;

    for (size_t at = 0; at < length;) {
        const size_t bytes = am_utf8_sequence(text + at, length - at);

        width += bytes ? width_of(am_utf8_code(text + at, bytes)) : 1;
        at += bytes ? bytes : 1;
    }
    return width;
}

size_t am_text_width(const char *text) { return width_within(text, strlen(text)); }

/* Bytes of the longest head of text that is at most columns wide. */
static size_t head_within(const char *text, size_t length, size_t columns)
{
    size_t at = 0;

    while (at < length) {
        const size_t bytes = am_utf8_sequence(text + at, length - at);
        const size_t width = bytes ? width_of(am_utf8_code(text + at, bytes)) : 1;

        if (width > columns)
            break;
        columns -= width;
        at += bytes ? bytes : 1;
    }
    return at;
}

const char *am_text_name(const char *name, size_t columns, char out[AM_TEXT_NAME])
{
    char shown[AM_PATH * 4];
    size_t length, head, tail;

    assert(columns >= 8 && columns <= AM_TEXT_COLUMNS);
    am_utf8_show(name, shown, sizeof shown);
    length = strlen(shown);
    head = head_within(shown, length, columns);
    if (head == length && length < AM_TEXT_NAME)
        return memcpy(out, shown, length + 1);
    head = head_within(shown, length, (columns - 3) / 2);
    if (head > AM_TEXT_NAME / 2 - 4)        /* a heap of combining marks */
        head = 0;
    tail = length;
    while (tail > head && length - tail < AM_TEXT_NAME / 2 - 4) {
        size_t before = tail - 1;

        while (((unsigned char)shown[before] & 0xC0) == 0x80)
            before--;
        if (width_within(shown + before, length - before) > columns - 3 - (columns - 3) / 2)
            break;
        tail = before;
    }
    (void)snprintf(out, AM_TEXT_NAME, "%.*s...%s", (int)head, shown, shown + tail);
    return out;
}

/* ------------------------------------------------------------------ lines */

static void put_words(am_text *t, size_t column, size_t indent, const char *text)
{
    bool fresh = true;              /* no word on this line yet */

    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        const size_t length = head_within(text, strcspn(text, " "), AM_TEXT_COLUMNS - indent);
        const size_t width = width_within(text, length);

        if (column > indent && column + !fresh + width > AM_TEXT_COLUMNS) {
            am_text_add(t, "\n%*s", (int)indent, "");
            column = indent;
            fresh = true;
        }
        if (!fresh)
            put(t, " ", 1);
        put(t, text, length);
        column += width + !fresh;
        fresh = false;
        text += length;
    }
    put(t, "\n", 1);
}

void am_text_wrap_list(am_text *t, const char *first, int indent, const char *format, va_list args)
{
    const size_t begun = am_text_width(first);
    char text[1024], shown[1024];

    (void)vsnprintf(text, sizeof text, format, args);
    am_utf8_show(text, shown, sizeof shown);
    put(t, first, strlen(first));
    put_words(t, begun > (size_t)indent ? begun : (size_t)indent, (size_t)indent, shown);
}

void am_text_wrap(am_text *t, const char *first, int indent, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    am_text_wrap_list(t, first, indent, format, args);
    va_end(args);
}

am_status am_text_take(am_text *t, char **text, am_error *err)
{
    char *copy = t->failed ? NULL : am_string_copy(t->allocator, t->bytes ? t->bytes : "", t->used);

    am_forget(t->allocator, t->bytes);
    *t = (am_text){ .allocator = t->allocator, .colour = t->colour };
    if (!copy)
        return am_fail(err, AM_ERR_NOMEM, "no memory to write text");
    *text = copy;
    return AM_OK;
}
