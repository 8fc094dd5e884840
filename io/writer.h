/* writer.h - planar float out, as the file that the suffix asks for */
#ifndef AM_IO_WRITER_H
#define AM_IO_WRITER_H

#include "io/output.h"
#include "io/reader.h"

typedef struct am_writer am_writer;

typedef struct am_writer_format {
    uint32_t rate_hz, channels;
    uint32_t bits;                  /* 16, 24, 32 (float) */
} am_writer_format;

/* Open output's temporary for writing. name: the final path, whose suffix picks the format (.wav, switching to RF64 above 4 GiB, .rf64
 * .w64 .flac .aiff .aif .caf .ogg .opus .mp3; none or "-": WAV). A format that cannot hold rate, channels or bits is AM_ERR_RANGE naming
 * what it can hold. No PEAK chunk, no time stamps, Ogg streams with a fixed serial number: the same samples give the same bytes, whatever
 * the sizes of the writes. Mono and stereo WAV are plain PCM or float, not "extensible". Samples must already be
 * on the grid of bits: they are turned into integers exactly. */
am_status am_writer_open(am_output *output, const char *name, const am_writer_format *format, const am_allocator *allocator,
                         am_writer **out, am_error *err);
/* Carry tags, broadcast extension, cue points, instrument and other chunks over from reader, scaled to the new rate; before the first
 * write. What the format cannot hold is named in lost: NULL-terminated words, owned by the writer ("cue points", "broadcast extension"). */
am_status am_writer_carry(am_writer *writer, am_reader *reader, const char *const **lost, am_error *err);
am_status am_writer_write(am_writer *writer, const float *const *channels, size_t frames, am_error *err);
am_status am_writer_finish(am_writer *writer, am_error *err);   /* flush and close the file; output may be verified and committed now */
void am_writer_close(am_writer *writer);                    /* NULL is fine */

/* The rate that a file of that name gets for audio at rate_hz: the same, unless its coder takes but some (.opus, .mp3). */
uint32_t am_writer_rate_hz(const char *name, uint32_t rate_hz);

/* True for suffixes that a lossy encoder writes (.ogg .opus .mp3). */
bool am_writer_is_lossy(const char *name);

#endif
