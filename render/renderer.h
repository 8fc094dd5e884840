/* renderer.h - what the pipeline needs of the renderer beyond the public calls */
#ifndef AM_RENDER_RENDERER_H
#define AM_RENDER_RENDERER_H

#include <automaster/automaster.h>

/* Before the first push: keep the greatest change of gain by each stage in count equal slices of slice_s seconds. */
void am_render_trace(am_renderer *renderer, uint32_t count, double slice_s);
/* Into multiband, leveller, compressor, clip and limiter of *out. */
void am_render_traced(const am_renderer *renderer, am_report *out);

#endif
