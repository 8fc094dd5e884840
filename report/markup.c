#include "report/markup.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"

void am_markup_escape(const char *text, size_t count, am_markup_put put, void *to)
{
    for (size_t i = 0, plain = 0; i <= count; i++) {
        const char *entity = i == count      ? ""
                             : text[i] == '<' ? "&lt;"
                             : text[i] == '>' ? "&gt;"
                             : text[i] == '&' ? "&amp;"
                             : text[i] == '"' ? "&quot;"
                                              : NULL;

        if (!entity)
            continue;
        put(to, text + plain, i - plain);
        put(to, entity, strlen(entity));
        plain = i + 1;
    }
}

static unsigned nibble(char hex) { return (unsigned)(hex <= '9' ? hex - '0' : hex - 'a' + 10); }

void am_markup_source(am_sha256 *hash, char source[AM_MARKUP_SOURCE])
{
    enum { BYTES = 32, TEXT = (BYTES + 2) / 3 * 4 };
    char hex[2 * BYTES + 1], text[TEXT];
    uint8_t bytes[BYTES];

    am_sha256_finish(hash, hex);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    am_base64_encode(bytes, BYTES, text);
    (void)snprintf(source, AM_MARKUP_SOURCE, "'sha256-%.*s'", TEXT, text);
}
