/* dynamics.h - distributions of level in four regions of the spectrum, and the quantities made of loudness and peaks
 *
 * Every 20 ms: 20-120 Hz by Butterworth filters at a reduced rate (a window of 20 ms cannot tell 60 from 120 Hz), the three regions
 * above by a transform of 21.3 ms with tapered ends. Both channels, powers added.
 */
#ifndef AM_ANALYZE_DYNAMICS_H
#define AM_ANALYZE_DYNAMICS_H

#include "analyze/loudness.h"
#include "dsp/fft.h"

enum { AM_BASS_SECTIONS = 4 };

typedef struct am_bass {            /* level of 20-120 Hz */
    uint32_t factor, phase;         /* input samples a step, samples into the step */
    double sections[AM_BASS_SECTIONS][5];
    double state[AM_BASS_SECTIONS][2][2];   /* section, delay, channel */
    float sums[4], ramps[4];        /* of the step: left, right; and of the step before */
    double energy;
    uint32_t steps;                 /* since energy was read */
} am_bass;

typedef struct am_regions {
    size_t window_frames;
    float *window;
    am_fft *fft;
    size_t edges[AM_REGIONS + 1];   /* bins */
    double power_scale;
    am_bass bass;
    am_series levels[AM_REGIONS];   /* codes of 20 ms */
} am_regions;

am_status am_regions_open(am_regions *regions, uint32_t rate_hz, const am_allocator *allocator, am_error *err);
void am_regions_close(am_regions *regions, const am_allocator *allocator);

/* Every sample once, in order; right may be left. */
void am_regions_push_bass(am_regions *regions, const float *left, const float *right, size_t frames);

/* After each 20 ms: left and right end here, with window_frames before them. */
am_status am_regions_push(am_regions *regions, const float *left_end, const float *right_end, const am_allocator *allocator);

/* Everything of am_dynamics but the crest factor and plr_db. */
am_status am_dynamics_measure(am_regions *regions, const am_timeline *timeline, const am_gates *gates, double integrated_lufs,
                              const am_allocator *allocator, am_dynamics *out);

#endif
