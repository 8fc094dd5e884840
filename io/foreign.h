/* foreign.h - AAC and MP4 through an ffmpeg child process */
#ifndef AM_IO_FOREIGN_H
#define AM_IO_FOREIGN_H

#include "io/header.h"

/* Decode source (a regular file, AM_CONTAINER_MP4 or _ADTS) to 32-bit float AU in a nameless temporary file, *decoded, the caller's to
 * close. The child reads the descriptor, so no name reaches it; it may open nothing but files and is reaped in any case. No ffmpeg in
 * PATH: AM_ERR_FORMAT naming codec and the line that converts shown. The child failed: AM_ERR_FORMAT with its first line. */
am_status am_foreign_decode(int source, const am_header *header, const char *codec, const char *shown, int *decoded, am_error *err);

/* AM_ERR_FORMAT: what ("WavPack") is not readable by this build, with the line that converts shown. */
am_status am_foreign_refuse(const char *what, const char *shown, am_error *err);

/* The name of a format that ffmpeg would read, by the suffix of shown; NULL: of none that is known. */
const char *am_foreign_name(const char *shown);

#endif
