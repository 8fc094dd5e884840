/* twelfths.h - mean power of mid and side in twelfths of an octave, over the frames of spectrum.h that pass its gate
 *
 * Ideal bands side by side; a bin on an edge is shared. The gate is known at the end, so powers are summed by the loudness of their
 * frame, in steps of half a dB: memory does not grow with the duration. The step that holds the gate counts by the share of its frames
 * that are over it.
 */
#ifndef AM_ANALYZE_TWELFTHS_H
#define AM_ANALYZE_TWELFTHS_H

#include <automaster/automaster.h>

typedef struct am_twelfth_powers {
    double mid[AM_TWELFTHS], side[AM_TWELFTHS];
} am_twelfth_powers;

typedef struct am_twelfths {
    uint32_t count;                 /* bands that begin below half the rate */
    uint32_t edge_bin[AM_TWELFTHS + 1];
    float edge_share[AM_TWELFTHS + 1];  /* of that bin, what lies below the edge */
    am_twelfth_powers *steps;
    /* the last frames: they count once sound has followed that lies beyond them, or at the end */
    struct {
        bool used;
        uint64_t frame;
        double power;
        am_twelfth_powers powers;
    } waiting[2];
} am_twelfths;

am_status am_twelfths_open(am_twelfths *twelfths, double rate_hz, double bin_hz, size_t bins, const am_allocator *allocator);
void am_twelfths_close(am_twelfths *twelfths, const am_allocator *allocator);

/* Frames in order, those without any sound may be left out. power: of frame, K-weighted; mid, side: power of each bin, bins + 1 of them
 * readable. */
void am_twelfths_push(am_twelfths *twelfths, uint64_t frame, double power, const float *mid, const float *side);

/* A look at the power of each frame, for the gate */
typedef double (*am_twelfths_power)(const void *frames, size_t i);

/* Sums over the frames in front of count whose power is over gate. To be called once. */
void am_twelfths_measure(am_twelfths *twelfths, const void *frames, am_twelfths_power power_of, size_t count, double gate,
                         am_twelfth_powers *out);

#endif
