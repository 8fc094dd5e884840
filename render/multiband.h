/* multiband.h - four bands that are compressed by themselves: split in linear phase, one gain each for both channels
 *
 *   y = g4 x + (g3 - g4) low3 + (g2 - g3) low2 + (g1 - g2) low1,   low k: x below edge k (dsp/split.h)
 *
 * which is the sum of the bands, each with its gain: equal gains add nothing, and where all are 0 dB the very same samples pass.
 * The gains go in straight lines from the middle of one step to the middle of the next. An edge at or above 0.45 of the rate is
 * left out with all bands above it, an edge between two bands that are left alone alike is not computed.
 */
#ifndef AM_RENDER_MULTIBAND_H
#define AM_RENDER_MULTIBAND_H

#include "base/fifo.h"

typedef struct am_bands am_bands;

/* False when it would not change a sample: off, or ratios of 1 and no makeup. */
bool am_bands_needed(const am_multiband *multiband);
/* One or two channels */
am_status am_bands_open(const am_multiband *multiband, double rate_hz, uint32_t channels, const am_allocator *allocator,
                        am_bands **out, am_error *err);
/* Append to *into what is ready; by the end of finish that is as much as was pushed, without latency. */
am_status am_bands_push(am_bands *bands, const float *const *channels, size_t frames, am_fifo *into, am_error *err);
am_status am_bands_finish(am_bands *bands, am_fifo *into, am_error *err);
/* Keep the greatest change of gain, makeup not counted, in each slice of slice_frames frames, count <= AM_OVERVIEW; call before
 * the first push. */
void am_bands_trace(am_bands *bands, uint32_t count, double slice_frames);
/* Statistics so far, of the band that is changed most; p50 and p95 over the time in which both channels have more than -50 dB. */
void am_bands_traced(const am_bands *bands, am_limiter_trace *out);
void am_bands_close(am_bands *bands);                       /* NULL is fine */

#endif
