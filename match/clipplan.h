/* clipplan.h - whether the tops of peaks are cut off ahead of the limiter
 *
 * Only where the reference does so (its peaks lie less than 9 dB above its loudness, and its samples stand at its own extreme) and the
 * limiter alone would have to work hard: at equal loudness a clip stage distorts more than the limiter, but it hits single peaks alone.
 */
#ifndef AM_MATCH_CLIPPLAN_H
#define AM_MATCH_CLIPPLAN_H

#include <automaster/automaster.h>
#include "base/blocks.h"
#include "match/drive.h"

/* Decide plan.clip behind a solved compressor.
 *
 *   blocks    what the stage gets; wanted_lufs, offset_lu as am_drive_solve takes them
 *   report    target, plan.limiter and report->dynamics are read; the prediction in the latter follows
 *   drive     in: without a clip stage; out: with what was decided
 */
am_status am_clipplan_solve(const am_options *options, const am_blocks *blocks, double wanted_lufs, double offset_lu, am_report *report,
                            am_drive *drive, am_error *err);

#endif
