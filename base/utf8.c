#include "base/utf8.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool continues(const char *text, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++)
        if (((uint8_t)text[i] & 0xC0) != 0x80)
            return false;
    return true;
}

size_t am_utf8_sequence(const char *text, size_t length)
{
    const uint8_t lead = length ? (uint8_t)text[0] : 0xFF;
    const size_t bytes = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    uint8_t second;

    if (bytes < 2)
        return bytes;
    if (length < bytes || !continues(text, 1, bytes - 1))
        return 0;
    second = (uint8_t)text[1];
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second > 0x8F))
        return 0;
    return bytes;
}

uint32_t am_utf8_code(const char *text, size_t bytes)
{
    static const uint8_t masks[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    uint32_t code = (uint8_t)text[0] & masks[bytes];

    for (size_t i = 1; i < bytes; i++)
        code = code << 6 | ((uint8_t)text[i] & 0x3F);
    return code;
}

size_t am_utf8_fit(const char *text, size_t limit)
{
    const size_t length = strlen(text);
    size_t kept = limit;

    if (length <= limit)
        return length;
    while (kept && ((uint8_t)text[kept] & 0xC0) == 0x80)
        kept--;
    return kept;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

void am_utf8_show(const char *text, char *out, size_t capacity)
{
    const size_t length = strlen(text);
    size_t used = 0, cut = 0, at = 0;

    assert(capacity >= 8);
    while (at < length) {
        const size_t bytes = am_utf8_sequence(text + at, length - at);
        const bool plain = bytes && !is_control(am_utf8_code(text + at, bytes));
        const size_t need = plain ? bytes : 1;

        if (used + need >= capacity) {
            used = cut;
            memcpy(out + used, "...", 3);
            used += 3;
            break;
        }
        if (plain)
            memcpy(out + used, text + at, bytes);
        else
            out[used] = '?';
        used += need;
        at += bytes ? bytes : 1;
        if (used + 3 < capacity)
            cut = used;
    }
    out[used] = '\0';
}
