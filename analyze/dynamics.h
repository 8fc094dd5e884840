/* dynamics.h - distributions of level in four regions of the spectrum, and the quantities made of loudness and peaks
 *
 * Every 20 ms, both channels, powers added, through band-passes of order 4 (Butterworth): below 1 kHz by recursive filters at about 6 kHz
 * (a window of 20 ms cannot tell 60 from 120 Hz), above by weighting the bins of a transform of 21.3 ms with tapered ends.
 */
#ifndef AM_ANALYZE_DYNAMICS_H
#define AM_ANALYZE_DYNAMICS_H

#include "analyze/loudness.h"
#include "base/trace.h"
#include "dsp/fft.h"

enum { AM_LOW_SECTIONS = 4, AM_LOW_LANES = 4, AM_LOW_TAPS = 128 };  /* lanes: region 0 left, right, region 1 left, right */

typedef struct am_low_regions {
    uint32_t factor, phase;         /* input samples a step, samples into the step */
    double gain[AM_LOW_SECTIONS][AM_LOW_LANES], a1[AM_LOW_SECTIONS][AM_LOW_LANES], a2[AM_LOW_SECTIONS][AM_LOW_LANES];
    double state[AM_LOW_SECTIONS][2][AM_LOW_LANES];
    uint32_t taps;                  /* of the decimation filter, a triangle over two steps; padded in front to a multiple of 8 */
    float triangle[AM_LOW_TAPS];
    double energy[AM_LOW_LANES];
    uint32_t steps;                 /* in energy */
} am_low_regions;

typedef struct am_regions {
    uint32_t rate_hz;
    size_t window_frames, bins;
    float *window, *weights[AM_REGIONS - 2];        /* weights: each bin's twice */
    am_fft *fft;
    double power_scale;
    am_low_regions low;
    am_series levels[AM_REGIONS];   /* codes of 20 ms */
} am_regions;

am_status am_regions_open(am_regions *regions, uint32_t rate_hz, const am_allocator *allocator, am_error *err);
void am_regions_close(am_regions *regions, const am_allocator *allocator);

/* Every sample once, in order; the 128 samples in front of each pointer are readable. right may be left. */
void am_regions_push_low(am_regions *regions, const float *left, const float *right, size_t frames);

/* After each 20 ms: left and right end here, with window_frames before them. */
am_status am_regions_push(am_regions *regions, const float *left_end, const float *right_end, const am_allocator *allocator);

/* The levels so far as steps of a trace; before am_dynamics_measure. */
am_status am_regions_trace(const am_regions *regions, const am_timeline *timeline, const am_gates *gates, const am_allocator *allocator,
                           am_trace *out);

/* Everything of am_dynamics but the crest factor and plr_db. */
am_status am_dynamics_measure(am_regions *regions, const am_timeline *timeline, const am_gates *gates, double integrated_lufs,
                              const am_allocator *allocator, am_dynamics *out);

#endif
