#include "io/encoding.h"

#include <string.h>

#include "base/utf8.h"

bool am_encoding_is_utf8(const char *text)
{
    for (size_t left = strlen(text), length; left; text += length, left -= length) {
        length = am_utf8_sequence(text, left);
        if (!length)
            return false;
    }
    return true;
}

void am_encoding_copy(const char *text, bool latin1, char *out, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    const bool old = latin1 && !am_encoding_is_utf8(text);
    size_t used = 0, left = strlen(text);

    while (left) {
        const size_t length = old ? (*s < 0x80) : am_utf8_sequence((const char *)s, left);
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
        left -= length ? length : 1;
    }
    out[used] = '\0';
}

void am_encoding_show_path(const char *path, char out[AM_ENCODING_SHOWN])
{
    const size_t length = strlen(path), room = AM_ENCODING_SHOWN / 2;
    size_t start = length > room ? length - room : 0;

    while (start && start < length && ((unsigned char)path[start] & 0xc0) == 0x80)
        start++;
    strcpy(out, start ? "..." : "");
    am_encoding_copy(path + start, false, out + strlen(out), AM_ENCODING_SHOWN - 4);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}
