/* formats.h - what the audio file library of this build can do, for people */
#ifndef AM_IO_FORMATS_H
#define AM_IO_FORMATS_H

#include <stddef.h>

const char *am_formats_version(void);
/* Suffixes with spaces between, cut to size. */
void am_formats_read(char *out, size_t size);
void am_formats_written(char *out, size_t size);

#endif
