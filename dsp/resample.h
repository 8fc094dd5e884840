/* resample.h - sample-rate conversion by libsoxr, VHQ, in double precision, linear phase
 *
 * Flat to 0.913 of the lower Nyquist frequency, aliases below -150 dB. libsoxr takes its own working memory from malloc.
 */
#ifndef AM_DSP_RESAMPLE_H
#define AM_DSP_RESAMPLE_H

#include "base/fifo.h"

typedef struct am_resampler am_resampler;

/* rates [8000, 384000], channels [1, 2] */
am_status am_resampler_open(uint32_t in_hz, uint32_t out_hz, uint32_t channels, const am_allocator *allocator, am_resampler **out,
                            am_error *err);
/* Append to *into what is ready. Output frame n is at the time n / out_hz of the input. */
am_status am_resampler_push(am_resampler *resampler, const float *const *channels, size_t frames, am_fifo *into, am_error *err);
/* Append the rest, up to round(frames in * out_hz / in_hz) frames altogether. */
am_status am_resampler_finish(am_resampler *resampler, am_fifo *into, am_error *err);
void am_resampler_close(am_resampler *resampler);           /* NULL is fine */

#endif
