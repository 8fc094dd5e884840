/* minphase.h - a minimum-phase FIR through a curve on the band grid */
#ifndef AM_DSP_MINPHASE_H
#define AM_DSP_MINPHASE_H

#include <automaster/automaster.h>

/* Write taps coefficients (a power of two, [16, 65536]) of the causal filter whose magnitude is am_curve_at(curve_db) at rate_hz
 * and whose phase is the least that goes with it: the real cepstrum folded onto its causal half. The last quarter fades out.
 * Source: A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, chapter on cepstrum and homomorphic deconvolution. */
am_status am_minphase_design(const double *curve_db, double rate_hz, size_t taps, float *kernel, const am_allocator *allocator,
                             am_error *err);

#endif
