/* listen.h - analyse arrays in a test, and the signals that several tests share */
#ifndef LISTEN_H
#define LISTEN_H

#include <automaster/automaster.h>
#include "base/blocks.h"

/* Analyse frames of count channels in pushes of block frames (0: one push); fails the test unless all is well. *out is zeroed first, so
 * that memcmp may compare two of them. */
void listen(const float *const *channels, uint32_t count, size_t frames, uint32_t rate_hz, size_t block, am_analysis *out);

/* The same for two channels in one push. */
void listen_stereo(const float *left, const float *right, size_t frames, uint32_t rate_hz, am_analysis *out);

/* calloc that fails the test when there is no memory */
float *listen_buffer(size_t frames);

/* Zeroed memory as the state of a cmocka group, and its end */
int listen_state(void **state, size_t bytes);
int listen_drop(void **state);

/* Independent stereo music-like noise: pink, with a beat, seeded. peak about 0.5. */
void listen_noise(float *left, float *right, size_t frames, uint32_t rate_hz, uint64_t seed);

/* What the listener of the pipeline makes of two channels, from a threshold of 0.1 on. */
am_blocks *listen_blocks(const float *left, const float *right, size_t frames, uint32_t rate_hz);

/* Fail with both values unless |value - expected| <= tolerance. */
void check_near(const char *what, double value, double expected, double tolerance);

#endif
