/* biquad.h - second-order sections: design, response, filtering
 *
 *   y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]
 */
#ifndef AM_DSP_BIQUAD_H
#define AM_DSP_BIQUAD_H

#include <automaster/plan.h>
#include <automaster/status.h>

typedef struct am_biquad {
    double b0, b1, b2, a1, a2;      /* normalised: a0 == 1 */
} am_biquad;

/* Design one section of an EQ, its magnitude matched to the analog prototype at DC, near the centre and at Nyquist, so that the top
 * octave is not cramped.
 *
 *   rate_hz    [8000, 384000]
 *   section    frequency_hz in [10, 0.49 rate_hz], gain_db in [-24, 24], q in [0.1, 20]
 *   out        written on AM_OK only; minimum phase: poles and zeros inside the unit circle; gain 0 gives an exact wire
 *
 * Returns AM_OK or AM_ERR_RANGE (NaN is out of range).
 * Source: M. Vicanek, Matched Second Order Digital Filters, 2016; prototypes of R. Bristow-Johnson's cookbook.
 */
am_status am_biquad_design(double rate_hz, const am_eq_section *section, am_biquad *out);

/* Magnitude in dB at frequency_hz, [0, rate_hz / 2]. */
double am_biquad_response_db(const am_biquad *filter, double rate_hz, double frequency_hz);

/* A cascade over two channels. State in double; the same samples for any block split. */
#define AM_CASCADE_MAX 16
typedef struct am_cascade {
    uint32_t count;                 /* <= AM_CASCADE_MAX */
    am_biquad sections[AM_CASCADE_MAX];
    double state[AM_CASCADE_MAX][2][2];     /* section, channel, delay: transposed direct form II */
} am_cascade;

/* Filter left and right (each may be in == out; right may be NULL). */
void am_cascade_process(am_cascade *cascade, const float *left_in, const float *right_in, float *left_out, float *right_out,
                        size_t frames);

#endif
