/* reader.h - audio files in, as planar float
 *
 * Everything that libsndfile reads, and AAC/M4A through an ffmpeg child where one is installed. A pipe is spooled to an unlinked
 * temporary file first, so that every reader can rewind.
 */
#ifndef AM_IO_READER_H
#define AM_IO_READER_H

#include <automaster/automaster.h>

typedef struct am_reader am_reader;

/* Errors name the path, the cause and what to do. Refused: rates outside 8000 .. 384000 Hz, 0 or more than 8 channels, directories.
 * A WAV, RF64, W64 or AIFF header that promises more or less audio than the file has is told as a warning. */
am_status am_reader_open(const char *path, const am_allocator *allocator, am_reader **out, am_error *err);
/* path, format, rate_hz, channels, bits, lossy; frames as the header says (0: unknown; never trust it); promised_s, once the end has been
 * read; sha256 and the warnings are left empty. */
const am_source *am_reader_source(const am_reader *reader);
/* NULL-terminated sentences about the file that the person should know ("The header promises 9.0 s, the file holds 4.5 s: what is there is taken."). Reading to the end
 * may add one (a FLAC file that was cut). */
const char *const *am_reader_warnings(const am_reader *reader);
/* Up to capacity frames into channels[0 .. n); *given 0: end. A decoder's error in mid-file is AM_ERR_FORMAT. Not-finite samples are
 * AM_ERR_CONTENT naming the time. */
am_status am_reader_read(am_reader *reader, float *const *channels, size_t capacity, size_t *given, am_error *err);
am_status am_reader_rewind(am_reader *reader, am_error *err);
/* To that frame of the file, without decoding what is before it where the format is lossless and the file lets itself be sought; or else by
 * reading. Behind the end: to the end. *at: where it is now. */
am_status am_reader_seek(am_reader *reader, uint64_t frame, uint64_t *at, am_error *err);
void am_reader_close(am_reader *reader);                    /* NULL is fine */

/* SHA-256 of the bytes that came in, as 64 hex digits and NUL: works for pipes too, any time, without moving the reader. */
am_status am_reader_hash(const am_reader *reader, char hex[65], am_error *err);
/* The same of a file; AM_ERR_IO for what is not a regular file. */
am_status am_hash_file(const char *path, char hex[65], am_error *err);

#endif
