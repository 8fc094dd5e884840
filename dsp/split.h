/* split.h - bands of one signal in linear phase: differences of low-passes, so that all of them add up to the signal
 *
 * Windowed sines (Kaiser, beta 5), 511 taps from 25.6 to 51.2 kHz, twice that an octave higher: an edge is 270 Hz wide at 44.1 kHz.
 * One forward transform serves all bands. Where the blocks begin shows in the last bits, so they begin where the steps of
 * excerpts do, too: 25 steps go into 32 s at all usual rates.
 */
#ifndef AM_DSP_SPLIT_H
#define AM_DSP_SPLIT_H

#include <automaster/automaster.h>

typedef struct am_split am_split;

/* Edges have half the gain; low_hz 0 and high_hz INFINITY are none, others are below half the rate. */
typedef struct am_split_band {
    double low_hz, high_hz;
} am_split_band;

/* count <= AM_REGIONS */
am_status am_split_open(const am_split_band *bands, uint32_t count, double rate_hz, const am_allocator *allocator, am_split **out,
                        am_error *err);
size_t am_split_reach(const am_split *split);               /* samples read on either side */
size_t am_split_block(const am_split *split);               /* samples a run: 25 am_compgain_frames */
/* in[-reach] .. in[block + reach - 1] -> out[band][0 .. block), aligned with in */
void am_split_run(am_split *split, const float *in, float *const *out);
void am_split_close(am_split *split);                       /* NULL is fine */

#endif
