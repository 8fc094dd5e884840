/* utf8.h - which bytes are UTF-8 */
#ifndef AM_BASE_UTF8_H
#define AM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the sequence that begins at text: 1 to 4, or 0 when it is no valid one within length bytes (RFC 3629: shortest form, no
 * surrogates, at most U+10FFFF). */
size_t am_utf8_sequence(const char *text, size_t length);

/* The character of a sequence that am_utf8_sequence found. */
uint32_t am_utf8_code(const char *text, size_t bytes);

/* Bytes at the beginning of text that fit into limit bytes without cutting a sequence; all of it when it fits. */
size_t am_utf8_fit(const char *text, size_t limit);

/* Copy text so that it is harmless on a terminal and in a message: control characters (C0, DEL, C1, line separators, changes of writing
 * direction) and bytes that are no UTF-8 become '?'. What does not fit capacity (counted with the NUL) is cut at a sequence, and "..." says so; capacity is at least 8. */
void am_utf8_show(const char *text, char *out, size_t capacity);

#endif
