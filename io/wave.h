/* wave.h - WAV files out, of any size
 *
 * Plain WAVE with room for the table of RF64 in front, which is filled in when the file passes 4 GiB (EBU Tech 3306). Written without
 * libsndfile, whose RF64 writer turns every stereo file into WAVE_FORMAT_EXTENSIBLE and knows neither cue points nor loops.
 */
#ifndef AM_IO_WAVE_H
#define AM_IO_WAVE_H

#include "io/writer.h"

typedef struct am_wave {
    int fd;
    am_writer_format format;
    bool always_rf64;
    uint64_t data_offset, data_bytes;
    uint8_t *bytes;                 /* of AM_WAVE_FRAMES frames */
    const am_allocator *allocator;
} am_wave;

enum { AM_WAVE_FRAMES = 4096 };

/* All return 0 or an errno. chunks: metadata between format and audio. */
int am_wave_open(am_wave *wave, int fd, const am_writer_format *format, bool always_rf64, const uint8_t *chunks, size_t chunk_bytes,
                 const am_allocator *allocator);
int am_wave_write(am_wave *wave, const float *const *channels, size_t frames);
int am_wave_finish(am_wave *wave);
void am_wave_close(am_wave *wave);

#endif
