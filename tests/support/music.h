/* music.h - deterministic stand-ins for music: drums, bass, chords and noise out of a seed */
#ifndef MUSIC_H
#define MUSIC_H

#include <stddef.h>
#include <stdint.h>

/* xorshift64*: the same numbers everywhere */
typedef struct music_random {
    uint64_t state;                 /* not 0 */
} music_random;

double music_uniform(music_random *random, double lo, double hi);

/* Fill frames * channels interleaved samples. Tempo, key, brightness, width and density follow from seed; the sample peak becomes
 * peak (linear). */
void music_fill(float *samples, size_t frames, size_t channels, double rate_hz, uint64_t seed, double peak);

/* Write it as WAV. bits: 16, 24 or 32 (float). Returns 0, or -1 with a line on stderr. */
int music_write(const char *path, const float *samples, size_t frames, size_t channels, double rate_hz, int bits);

#endif
