/* loudplan.h - the cost of loudness, predicted on blocks */
#ifndef AM_MATCH_LOUDPLAN_H
#define AM_MATCH_LOUDPLAN_H

#include <automaster/automaster.h>
#include "base/blocks.h"

/* blocks: what the clip stage (NULL or off: none) and the limiter get, as after am_compress_solve; times as
 * am_quickplan_drive picks them. The knee is where the deep reduction
 * (p95) lies farthest below the straight line between its ends (V. Satopaa and others, Finding a "Kneedle" in a Haystack, ICDCSW 2011). */
am_status am_loudcurve_solve(const am_analysis *before, const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter,
                             const am_allocator *allocator, am_loudcurve *out, am_error *err);

#endif
