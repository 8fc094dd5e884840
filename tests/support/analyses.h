/* analyses.h - made-up analyses for tests of the solver */
#ifndef TESTS_ANALYSES_H
#define TESTS_ANALYSES_H

#include <automaster/automaster.h>

#include "base/blocks.h"

/* Uniform in [low, high); the same sequence for the same start on every machine. */
double test_uniform(uint64_t *state, double low, double high);

/* A stereo song of 180 s at 44.1 kHz and -10 LUFS: pink with a roll-off at both ends and a shape of its own, side 8 dB down, 36 sections
 * that differ smoothly by about 2 dB. All by seed. */
void test_song(uint64_t seed, am_analysis *out);

/* The same song after an EQ and a gain of the side, both in dB on the band grid (NULL: none). Loudness stays what it was. */
void test_filter(am_analysis *song, const double *tone_db, const double *side_db);

/* Another section of the same mastering: spectra moved by one draw from the covariance of the sections times scale. */
void test_other_section(uint64_t seed, double scale, am_analysis *song);

/* A report with a neutral plan and the limiter on, for free(); NULL: no memory. */
am_report *test_report(uint32_t rate_hz);

/* A minute of noise at -20 LUFS, 44.1 kHz, in which so many blocks every half second have that peak and power. */
am_blocks *test_drums(int blocks, double peak, double power);

#endif
