/* sample.h - a made-up analysis, plan and report with something in every field */
#ifndef AM_TESTS_SAMPLE_H
#define AM_TESTS_SAMPLE_H

#include <automaster/automaster.h>

void sample_source(am_source *source, const char *path);
void sample_analysis(am_analysis *analysis, double loudness_lufs);
/* A plan within all its ranges, other for every seed. */
void sample_plan(am_plan *plan, uint64_t seed);
/* As after mastering song.wav to song_master.wav against ref.wav; from malloc. */
am_report *sample_report(void);

/* The next of a sequence of 64 random bits; in [low, high]. */
uint64_t sample_random(uint64_t *seed);
double sample_uniform(uint64_t *seed, double low, double high);

#endif
