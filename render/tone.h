/* tone.h - the equaliser: the same minimum-phase filter on left and right */
#ifndef AM_RENDER_TONE_H
#define AM_RENDER_TONE_H

#include "base/fifo.h"

typedef struct am_tone am_tone;

/* False for an equaliser that would not change a sample: off, no section in use with a gain, a curve of zeros. */
bool am_tone_needed(const am_eq *eq, double rate_hz);
/* channels [1, 2] */
am_status am_tone_open(const am_eq *eq, double rate_hz, uint32_t channels, const am_allocator *allocator, am_tone **out,
                       am_error *err);
/* Append to *into what is ready; by the end of finish that is as much as was pushed, without latency. */
am_status am_tone_push(am_tone *tone, const float *const *channels, size_t frames, am_fifo *into, am_error *err);
am_status am_tone_finish(am_tone *tone, am_fifo *into, am_error *err);
void am_tone_close(am_tone *tone);                          /* NULL is fine */

#endif
