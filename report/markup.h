/* markup.h - what the pages share: text as it may stand in HTML, and hashes as their policy names them */
#ifndef AM_REPORT_MARKUP_H
#define AM_REPORT_MARKUP_H

#include <stddef.h>

#include "base/sha256.h"

typedef void (*am_markup_put)(void *to, const char *bytes, size_t count);

/* Text as it may stand in an element or an attribute, piece by piece. */
void am_markup_escape(const char *text, size_t count, am_markup_put put, void *to);

/* Finish the hash of a script or style as the source that a Content-Security-Policy takes: 'sha256-...', quotes included. */
enum { AM_MARKUP_SOURCE = 54 };
void am_markup_source(am_sha256 *hash, char source[AM_MARKUP_SOURCE]);

#endif
