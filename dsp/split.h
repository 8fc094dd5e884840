/* split.h - linear-phase low-passes of one signal, so that bands are differences and add up to the signal
 *
 * Windowed sines (Kaiser, beta 5), 511 taps from 25.6 to 51.2 kHz, twice that an octave higher: the edge is 270 Hz wide at 44.1 kHz.
 * One forward transform serves all of them. Where the blocks begin shows in the last bits, so they begin where the steps of
 * excerpts do, too: 25 steps go into 32 s at all usual rates.
 */
#ifndef AM_DSP_SPLIT_H
#define AM_DSP_SPLIT_H

#include <automaster/automaster.h>

#define AM_SPLIT_EDGES (AM_REGIONS - 1)

typedef struct am_split am_split;

/* edges_hz: where the count <= AM_SPLIT_EDGES low-passes have half their gain, below half the rate */
am_status am_split_open(const double *edges_hz, uint32_t count, double rate_hz, const am_allocator *allocator, am_split **out,
                        am_error *err);
size_t am_split_reach(const am_split *split);               /* samples read on either side */
size_t am_split_block(const am_split *split);               /* samples a run: 25 am_compgain_frames */
/* in[-reach] .. in[block + reach - 1] -> low[edge][0 .. block), aligned with in */
void am_split_run(am_split *split, const float *in, float *const *low);
void am_split_close(am_split *split);                       /* NULL is fine */

#endif
