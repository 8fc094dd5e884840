/* quickplan.h - a limiter that recovers more quickly, where the usual one ends short of the loudness that is asked for
 *
 * The usual times (am_limiter_for) are the cleanest at a given drive, but sustained reduction stays, so that dense music saturates while the
 * reduction is still shallow. Quicker ones go on from there, at about the distortion that the usual ones have where they end (docs/limiter.md).
 */
#ifndef AM_MATCH_QUICKPLAN_H
#define AM_MATCH_QUICKPLAN_H

#include <automaster/automaster.h>
#include "base/blocks.h"
#include "match/drive.h"

/* The usual times again; ceiling and whether it is on stay. */
void am_quickplan_reset(const am_analysis *before, am_limiter *limiter);

/* *drive is what *limiter reaches of target_lufs. Where that is short, the first quicker times that reach it, or that come nearest. */
am_status am_quickplan_drive(const am_blocks *blocks, const am_clip *clip, am_limiter *limiter, double target_lufs, double offset_lu,
                             const am_allocator *allocator, am_drive *drive, am_error *err);

/* Last of the dynamics: the same for report->plan.limiter behind all of them, with a note where its times are not the usual ones, and the levels
 * expected. */
am_status am_quickplan_solve(const am_options *options, const am_blocks *blocks, double wanted_lufs, double offset_lu, am_report *report,
                             am_drive *drive, am_error *err);

#endif
