/* width.h - gain of the side over frequency, in linear phase: the mid is not touched
 *
 *   S = (L - R) / 2,  D = (h - 1) * S,  L' = L + D,  R' = R - D
 *
 * so that equal channels stay equal bit for bit, exchanged channels come out exchanged, and L' + R' is L + R.
 */
#ifndef AM_RENDER_WIDTH_H
#define AM_RENDER_WIDTH_H

#include "base/fifo.h"

typedef struct am_side am_side;

/* False when it would not change a sample: off, or a curve of zeros. */
bool am_side_needed(const am_width *width);
/* Two channels. The filter is 511 taps long at 44.1 and 48 kHz, and as long in time (+-5.8 ms) at other rates. So it follows smooth
 * curves of +-4 dB within 0.3 dB from 120 Hz on; below, it rounds them off: up to 1.1 dB at 40 Hz and 2 dB at 20 Hz. */
am_status am_side_open(const am_width *width, double rate_hz, const am_allocator *allocator, am_side **out, am_error *err);
/* Append to *into what is ready; by the end of finish that is as much as was pushed, without latency. */
am_status am_side_push(am_side *side, const float *const *channels, size_t frames, am_fifo *into, am_error *err);
am_status am_side_finish(am_side *side, am_fifo *into, am_error *err);
void am_side_close(am_side *side);                          /* NULL is fine */

#endif
