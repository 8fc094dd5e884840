#include "io/text.h"

#include <string.h>

/* Length of the well-formed UTF-8 sequence at s (Unicode 15, table 3-7), 0 when there is none. */
static size_t sequence(const unsigned char *s)
{
    size_t length;

    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    length = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)      /* a NUL ends the search too */
            return 0;
    return length;
}

bool am_text_is_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    while (*s) {
        const size_t length = sequence(s);

        if (!length)
            return false;
        s += length;
    }
    return true;
}

void am_text_copy(const char *text, bool latin1, char *out, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    const bool old = latin1 && !am_text_is_utf8(text);
    size_t used = 0;

    while (*s) {
        const size_t length = old ? (*s < 0x80) : sequence(s);
        char piece[4] = "\xef\xbf\xbd";
        size_t piece_size = 3;

        if (length) {
            memcpy(piece, s, length);
            piece_size = length;
        } else if (old) {
            piece[0] = (char)(0xc0 | *s >> 6);
            piece[1] = (char)(0x80 | (*s & 0x3f));
            piece_size = 2;
        }
        if (used + piece_size >= size)
            break;
        memcpy(out + used, piece, piece_size);
        used += piece_size;
        s += length ? length : 1;
    }
    out[used] = '\0';
}

void am_text_show_path(const char *path, char out[AM_TEXT_SHOWN])
{
    const size_t length = strlen(path), room = AM_TEXT_SHOWN / 2;
    size_t start = length > room ? length - room : 0;

    while (start && start < length && ((unsigned char)path[start] & 0xc0) == 0x80)
        start++;
    strcpy(out, start ? "..." : "");
    am_text_copy(path + start, false, out + strlen(out), AM_TEXT_SHOWN - 4);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}
