/* json_scan.h - is this one JSON document, by the letter of RFC 8259? */
#ifndef AM_BASE_JSON_SCAN_H
#define AM_BASE_JSON_SCAN_H

#include <stddef.h>

#define AM_JSON_DEPTH 64

typedef struct am_json_fault {
    size_t line, column;            /* from 1; columns are bytes */
    const char *what;               /* a few words; NULL: nothing wrong */
} am_json_fault;

/* cJSON takes leading zeros, raw control characters, bytes behind the document, invalid UTF-8 and lone surrogates; this takes none of
 * them, nor NUL (raw or as \u0000), nor more than AM_JSON_DEPTH levels, nor numbers of more than 63 characters (cJSON's limit). */
am_json_fault am_json_scan(const char *bytes, size_t length);

#endif
