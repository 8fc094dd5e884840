/* analyses.h - made-up analyses for tests of the solver */
#ifndef TESTS_ANALYSES_H
#define TESTS_ANALYSES_H

#include <automaster/automaster.h>

/* Uniform in [low, high); the same sequence for the same start on every machine. */
double test_uniform(uint64_t *state, double low, double high);

/* A stereo song of 180 s at 44.1 kHz and -10 LUFS: pink with a roll-off at both ends and a shape of its own, side 8 dB down, 36 sections
 * that differ smoothly by about 2 dB. All by seed. */
void test_song(uint64_t seed, am_analysis *out);

/* The same song after an EQ and a gain of the side, both in dB on the band grid (NULL: none). Loudness stays what it was. */
void test_filter(am_analysis *song, const double *tone_db, const double *side_db);

/* Another section of the same mastering: spectra moved by one draw from the covariance of the sections times scale. */
void test_other_section(uint64_t seed, double scale, am_analysis *song);

#endif
