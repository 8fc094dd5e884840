/* align.h - how much later one recording of a programme is than another
 *
 * Two steps: outlines of both files, thinned as a whole, give guesses at the lag; windows of samples about a guess confirm it and give the
 * fraction of a frame.
 */
#ifndef AM_ANALYZE_ALIGN_H
#define AM_ANALYZE_ALIGN_H

#include <automaster/automaster.h>

enum {
    AM_ALIGN_POINTS = 1 << 19,      /* of an outline, at most */
    AM_ALIGN_GUESSES = 16,
    AM_ALIGN_WINDOW = 1 << 17,      /* frames of the first that a window shows, at most */
    AM_ALIGN_RANGE = 1 << 16,       /* frames about a guess, early or late, that can be found there */
    AM_ALIGN_SECOND = AM_ALIGN_WINDOW + 2 * AM_ALIGN_RANGE,
    AM_ALIGN_TAPS = 64
};

typedef struct am_outline {         /* a point in step frames: their weighted sum, and after am_outline_finish their change over two points */
    const am_allocator *allocator;
    uint32_t step;
    size_t count;
    float *points;
    double *energy;                 /* [count + 1]: of the points before */
} am_outline;

/* The step that two files of at most that many frames share: no more points than AM_ALIGN_POINTS, and none above 5.5 kHz. */
uint32_t am_outline_step(uint32_t rate_hz, uint64_t frames);
am_status am_outline_open(uint32_t step, uint64_t frames, const am_allocator *allocator, am_outline *out, am_error *err);
void am_outline_close(am_outline *o);

/* The frames [at, at + count) of the file. */
void am_outline_add(am_outline *o, uint64_t at, const float *samples, size_t count);
void am_outline_finish(am_outline *o);

/* Of the points in the frames [first, first + frames). */
double am_outline_energy(const am_outline *o, uint64_t first, uint64_t frames);

/* Lags of the second in frames, to about a step, likeliest first: every lag at which both are heard for a second (half of the shorter file,
 * if that is less) is looked at, and judged by the correlation over all that both have and by how much that is. *count is 0 when nothing
 * is alike. Both outlines have the same step. */
am_status am_align_guess(const am_outline *first, const am_outline *second, uint32_t rate_hz, int64_t lags[AM_ALIGN_GUESSES], size_t *count,
                         am_error *err);

typedef struct am_alignment {
    double lag_frames;              /* of the second, about [-range, range] */
    double correlation;             /* at that lag, [0, 1]: below about 0.3 these are different programmes */
} am_alignment;

/* first: frames [1, AM_ALIGN_WINDOW] samples, second: AM_ALIGN_SECOND samples, beginning AM_ALIGN_RANGE earlier; zeros where a file has
 * nothing. Lags of at most range frames are looked at. The whole frames come from the largest normalised cross-correlation, the fraction
 * from the phase of the cross-spectrum, weighted by its magnitude: exact for pure delays (G. C. Carter, Coherence and time delay estimation,
 * Proc. IEEE 75(2), 1987). */
am_status am_align_find(const float *first, size_t frames, const float *second, size_t range, const am_allocator *allocator, am_alignment *out,
                        am_error *err);

/* Taps that read a signal fraction [0, 1) of a frame later: y[n] = sum taps[k] x[n + k - (AM_ALIGN_TAPS / 2 - 1)]. A Kaiser-windowed sinc,
 * flat within 0.01 dB up to 0.9 of the Nyquist frequency; fraction 0 gives exactly x. */
void am_align_taps(double fraction, double taps[AM_ALIGN_TAPS]);

#endif
