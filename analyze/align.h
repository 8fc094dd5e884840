/* align.h - how much later one recording of a programme is than another */
#ifndef AM_ANALYZE_ALIGN_H
#define AM_ANALYZE_ALIGN_H

#include <automaster/automaster.h>

enum {
    AM_ALIGN_RANGE = 1 << 18,       /* frames that can be found, early or late */
    AM_ALIGN_FIRST = 1 << 19,       /* frames of the first that are looked at */
    AM_ALIGN_SECOND = 1 << 20,      /* of the second, from AM_ALIGN_RANGE before that */
    AM_ALIGN_TAPS = 64
};

typedef struct am_alignment {
    double lag_frames;              /* of the second, [-AM_ALIGN_RANGE, AM_ALIGN_RANGE] */
    double correlation;             /* at that lag, [0, 1]: below about 0.3 these are different programmes */
} am_alignment;

/* first: AM_ALIGN_FIRST frames, second: AM_ALIGN_SECOND frames, beginning AM_ALIGN_RANGE earlier in its file; zeros where a file has
 * nothing. The whole frames come from the largest normalised cross-correlation, the fraction from the phase of the cross-spectrum,
 * weighted by its magnitude: exact for pure delays (G. C. Carter, Coherence and time delay estimation, Proc. IEEE 75(2), 1987). */
am_status am_align_find(const float *first, const float *second, const am_allocator *allocator, am_alignment *out, am_error *err);

/* Taps that read a signal fraction [0, 1) of a frame later: y[n] = sum taps[k] x[n + k - (AM_ALIGN_TAPS / 2 - 1)]. A Kaiser-windowed sinc,
 * flat within 0.01 dB up to 0.9 of the Nyquist frequency; fraction 0 gives exactly x. */
void am_align_taps(double fraction, double taps[AM_ALIGN_TAPS]);

#endif
