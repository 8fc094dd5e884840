/* front.h - the chain in front of the limiter: dc, tone, width, multiband, rate conversion */
#ifndef AM_RENDER_FRONT_H
#define AM_RENDER_FRONT_H

#include <automaster/automaster.h>

typedef struct am_front am_front;

/* format: of the input, one or two channels. Output has plan->rate_hz and the same channels, aligned with the input (no latency) and
 * round(frames * out / in) long. A plan that does nothing passes the very same samples. */
am_status am_front_open(const am_format *format, const am_plan *plan, const am_allocator *allocator, am_front **out, am_error *err);
am_status am_front_push(am_front *front, const float *const *channels, size_t frames, am_error *err);
am_status am_front_finish(am_front *front, am_error *err);
/* Up to capacity frames; *given 0: push more, or all done after finish. */
am_status am_front_pull(am_front *front, float *const *channels, size_t capacity, size_t *given, am_error *err);
/* Before the first push: the changes of gain by the multiband stage in count slices of slice_s seconds; zeros when it is off. */
void am_front_trace(am_front *front, uint32_t count, double slice_s);
void am_front_traced(const am_front *front, am_limiter_trace *multiband);
void am_front_close(am_front *front);                       /* NULL is fine */

#endif
