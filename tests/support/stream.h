/* stream.h - what the tests of streaming stages share: seeded noise, runs in blocks of random size */
#ifndef STREAM_H
#define STREAM_H

#include <automaster/automaster.h>

/* The same numbers everywhere; *seed is the state. */
double stream_uniform(uint64_t *seed, double low, double high);
void stream_noise(uint64_t seed, float *samples, size_t frames, double amplitude);

/* Push frames through the chain in front of the limiter (render/front.h), or through am_render_*, and pull all of it, at most
 * capacity frames; returns how many came, or SIZE_MAX after an error. split 0: one block; else blocks of random size, of up to
 * 3000 frames. */
size_t stream_front(const am_format *format, const am_plan *plan, const am_allocator *allocator, const float *const *in,
                    size_t frames, float *const *out, size_t capacity, uint64_t split);
size_t stream_render(const am_format *format, const am_plan *plan, const am_allocator *allocator, const float *const *in,
                     size_t frames, float *const *out, size_t capacity, uint64_t split);

/* Gain and phase of one tone: the complex amplitude of frequency (cycles a frame) in samples, under a Hann window. */
void stream_tone(const float *samples, size_t frames, double frequency, double *re, double *im);

/* A kick of 55 Hz twice a second at level over a pad of 1 kHz at pad: samples[i] from the start on. */
void stream_kick_and_pad(float *samples, size_t frames, double rate_hz, double kick, double pad);
/* How much the pad's level moves at 1 to 8 Hz, rms in dB: what is heard as pumping. At most 40 s. */
double stream_pumping_db(const float *samples, size_t frames, double rate_hz);

#endif
