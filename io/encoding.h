/* encoding.h - bytes of unknown encoding made UTF-8 */
#ifndef AM_IO_ENCODING_H
#define AM_IO_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

bool am_encoding_is_utf8(const char *text);

/* Copy text into out[0 .. size), NUL-terminated, cut between characters when it does not fit. Bytes that are not UTF-8 become U+FFFD
 * each; with latin1 true and any such byte in text, all of it is read as ISO 8859-1 instead, as old tags are. size >= 1. */
void am_encoding_copy(const char *text, bool latin1, char *out, size_t size);

/* A path as messages show it: UTF-8 without control characters, its beginning cut to "..." when it is long. */
enum { AM_ENCODING_SHOWN = 260 };
void am_encoding_show_path(const char *path, char out[AM_ENCODING_SHOWN]);

#endif
