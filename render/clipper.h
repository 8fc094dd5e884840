/* clipper.h - the clip stage: takes the tops off single peaks ahead of the limiter (dsp/softclip.h), each channel by itself */
#ifndef AM_RENDER_CLIPPER_H
#define AM_RENDER_CLIPPER_H

#include <automaster/automaster.h>

typedef struct am_clipper am_clipper;

/* Uses clip, drive_db, limiter.ceiling_dbtp and rate_hz of the plan; it stands in front of the drive. Output is aligned with the input;
 * where nothing is clipped the very same samples pass. */
am_status am_clipper_open(uint32_t channels, const am_plan *plan, const am_allocator *allocator, am_clipper **out, am_error *err);
am_status am_clipper_push(am_clipper *clipper, const float *const *channels, size_t frames, am_error *err);
am_status am_clipper_finish(am_clipper *clipper, am_error *err);
/* Up to capacity frames; *given 0: push more, or all done after finish. */
void am_clipper_pull(am_clipper *clipper, float *const *channels, size_t capacity, size_t *given);
/* Keep the greatest reduction of a peak in each slice of slice_frames frames, count <= AM_OVERVIEW; call before the first push. */
void am_clipper_trace(am_clipper *clipper, uint32_t count, double slice_frames);
/* Statistics so far; p50 and p95 over the time in which the driven signal is above -40 dBFS. */
void am_clipper_traced(const am_clipper *clipper, am_limiter_trace *out);
void am_clipper_close(am_clipper *clipper);                 /* NULL is fine */

#endif
