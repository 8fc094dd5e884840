/* base64.h - bytes as text, RFC 4648 section 4 */
#ifndef AM_BASE_BASE64_H
#define AM_BASE_BASE64_H

#include <stddef.h>

/* Characters that count bytes take, padding included, NUL not. */
size_t am_base64_length(size_t count);

/* Write am_base64_length(count) characters, no NUL. Parts of a whole that are multiples of 3 bytes can be encoded one by one. */
void am_base64_encode(const void *bytes, size_t count, char *out);

#endif
