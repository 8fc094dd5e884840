/* renderer.h - what the pipeline needs of the renderer beyond the public calls */
#ifndef AM_RENDER_RENDERER_H
#define AM_RENDER_RENDERER_H

#include <automaster/automaster.h>

/* Before the first push: keep the greatest change of gain by each stage in count equal slices of slice_s seconds. */
void am_render_trace(am_renderer *renderer, uint32_t count, double slice_s);
/* Into multiband, leveller, compressor, clip and limiter of *out. */
void am_render_traced(const am_renderer *renderer, am_report *out);

/* In place of am_render_push and am_render_finish: frames as am_front made them of the same plan. */
am_status am_render_push_behind(am_renderer *renderer, const float *const *channels, size_t frames, am_error *err);
am_status am_render_finish_behind(am_renderer *renderer, am_error *err);

/* Push frames as they come, or behind what am_front made of them; no frames: finish. */
am_status am_render_take(am_renderer *renderer, const float *const *channels, size_t frames, bool behind, am_error *err);

/* Before the first push: nobody will look at the first frames. They are pulled as ever, but their samples are not worth looking at; those
 * that follow are the same as ever. */
void am_render_unseen(am_renderer *renderer, uint64_t frames);

#endif
