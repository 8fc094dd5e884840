/* fir.h - long filters: a symmetric one summed directly, any one by fast convolution
 *
 * Both read the past (and the symmetric one the future) from the caller's buffer and keep no signal of their own.
 */
#ifndef AM_DSP_FIR_H
#define AM_DSP_FIR_H

#include <automaster/automaster.h>

/* out[n] = sum over k of half[k] (in[n - k] + in[n + k]), k = 0 .. reach: half[0] is half the middle coefficient
 *
 *   half       reach + 1 coefficients, a multiple of 32
 *   in         in[-reach] .. in[frames - 1 + reach] must be readable
 *   out        not overlapping in
 *
 * Each sum is one float, in one order: a sample has the same bits in any block. */
void am_fir_symmetric(const float *half, size_t reach, const float *restrict in, float *restrict out, size_t frames);

/* Linear-phase filter with the gain am_curve_at(curve_db) dB at rate_hz: half[0 .. reach], a Kaiser window (beta 2) over the
 * inverse transform of the curve. */
am_status am_fir_design(const double *curve_db, double rate_hz, float *half, size_t reach, const am_allocator *allocator,
                        am_error *err);

/* Kaiser window at x in [-1, 1], 1 in the middle */
double am_fir_kaiser(double x, double beta);

/* Overlap-save: out[n] = sum of kernel[k] in[n - k] */
typedef struct am_convolver am_convolver;

/* taps: a power of two, [16, 65536]; the kernel is copied */
am_status am_convolver_open(const float *kernel, size_t taps, const am_allocator *allocator, am_convolver **out, am_error *err);
/* Frames a step: only whole steps are computed. */
size_t am_convolver_step(const am_convolver *convolver);
/* One step: in[-taps] .. in[step - 1] must be readable; out gets step samples and may be in. */
void am_convolver_run(am_convolver *convolver, const float *in, float *out);
void am_convolver_close(am_convolver *convolver);           /* NULL is fine */

#endif
