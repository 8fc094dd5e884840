/* truepeak.h - one oversampler for metering and limiting
 *
 * A windowed-sinc interpolator (48 taps a phase). Peaks are searched on a 4x grid, and every candidate that could become the
 * maximum is refined on a 16x grid with a parabola through its neighbours: within 0.01 dB of the band-limited truth up to 0.45 of
 * the rate. Stretches that cannot reach what is asked for are skipped: between two samples the signal leaves the straight line
 * by at most 0.52 times the largest second difference within the kernel's reach.
 */
#ifndef AM_DSP_TRUEPEAK_H
#define AM_DSP_TRUEPEAK_H

#include <automaster/automaster.h>

#define AM_TRUEPEAK_HALF 64         /* samples on each side that the detector reads */
#define AM_TRUEPEAK_STEP 256        /* longest block of the detector */

typedef struct am_truepeak am_truepeak;     /* one channel */

am_status am_truepeak_open(const am_allocator *allocator, am_truepeak **out, am_error *err);

/* Meter: keeps the running maximum of |x(t)| and its position. Zeros are assumed before the first and after the last sample;
 * finish flushes them. Where samples exceed 1e30 they alone are counted. */
void am_truepeak_push(am_truepeak *meter, const float *samples, size_t frames);
void am_truepeak_finish(am_truepeak *meter);
double am_truepeak_max(const am_truepeak *meter, double *position_frames);  /* linear; position may be NULL */
void am_truepeak_close(am_truepeak *meter);                 /* NULL is fine */

/* Detector for limiting: peaks[i] = the largest |x(t)| for t in [i * step, (i + 1) * step] (neighbours share the inter-sample peak
 * between them), where that may exceed threshold; elsewhere any value that is at least the sample peak and at most threshold.
 * Content above 0.45 of the rate, which longer kernels read higher than this one, adds an allowance to the peaks found, so that what
 * is limited by them stays below the threshold on those, too.
 *
 *   samples    samples[-AM_TRUEPEAK_HALF] .. samples[frames + AM_TRUEPEAK_HALF] must be readable
 *   frames     a multiple of step and of 16
 *   step       samples a block, [1, AM_TRUEPEAK_STEP]
 *   peaks      frames / step values, merged by maximum with what is there (so that channels link)
 */
void am_truepeak_detect(const float *samples, size_t frames, size_t step, float threshold, float *peaks);

#endif
