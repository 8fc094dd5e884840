/* limiter.h - drive, look-ahead true-peak limiter, guard passes, trim */
#ifndef AM_RENDER_LIMITER_H
#define AM_RENDER_LIMITER_H

#include <automaster/automaster.h>

typedef struct am_lookahead am_lookahead;

/* Uses drive_db, limiter, trim_db of the plan, at plan->rate_hz. Output is aligned with the input. Where the signal stays below the ceiling
 * and the gain is 0 dB the very same samples pass. */
am_status am_lookahead_open(uint32_t channels, const am_plan *plan, const am_allocator *allocator, am_lookahead **out, am_error *err);
am_status am_lookahead_push(am_lookahead *limiter, const float *const *channels, size_t frames, am_error *err);
am_status am_lookahead_finish(am_lookahead *limiter, am_error *err);
am_status am_lookahead_pull(am_lookahead *limiter, float *const *channels, size_t capacity, size_t *given);
/* Call before the first push: nobody will look at the first frames, which may come out above the ceiling and are left out of the trace.
 * What follows them is the same as ever. */
void am_lookahead_unseen(am_lookahead *limiter, uint64_t frames);
/* Keep the deepest reduction of each slice of slice_frames frames, count <= AM_OVERVIEW; call before the first push. */
void am_lookahead_trace(am_lookahead *limiter, uint32_t count, double slice_frames);
/* reduction_db and statistics so far; p50 and p95 over the time in which the driven signal is above -40 dBFS. */
void am_lookahead_traced(const am_lookahead *limiter, am_limiter_trace *out);
void am_lookahead_close(am_lookahead *limiter);             /* NULL is fine */

#endif
