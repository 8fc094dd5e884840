/* tone.h - samples for tests of files */
#ifndef TESTS_SUPPORT_TONE_H
#define TESTS_SUPPORT_TONE_H

#include <stddef.h>
#include <stdint.h>

/* A 997 Hz sine of gain plus a little seeded noise, on the grid of bits (16, 24; 32: as it comes), into [-1, 1). */
void tone_fill(float *out, size_t frames, double rate_hz, double gain, unsigned bits, uint32_t seed);

#endif
