/* compress.h - the leveller and the compressor that bring the level distributions of the mix to those of the target
 *
 * They are solved on the blocks in front of them: leveller, compressor and limiter are simulated (simulate.h), so that trying a setting
 * takes a few milliseconds and no audio.
 */
#ifndef AM_MATCH_COMPRESS_H
#define AM_MATCH_COMPRESS_H

#include <automaster/automaster.h>
#include "base/blocks.h"
#include "match/drive.h"

/* Decide plan.leveller, plan.compressor, what plan.expected says of them, report->dynamics and the notes of AM_STAGE_DYNAMICS, and solve the drive behind it.
 *
 *   options   amount_dynamics [0, 1.5], of every gain that 1 would solve for, and allocator are read
 *   blocks    in front of the leveller; read as they are behind the compressor afterwards (am_blocks_ride), which is what the limiter gets
 *   wanted_lufs, offset_lu   as am_drive_solve takes them
 *   report    before, target and plan.limiter are read
 *   out       drive of the limiter
 */
am_status am_compress_solve(const am_options *options, am_blocks *blocks, double wanted_lufs, double offset_lu, am_report *report,
                            am_drive *out, am_error *err);

/* The ratio that gains amount times as much, in dB, as ratio does; rounded */
double am_compress_part(double ratio, double amount);

/* Limited already, so that more compression would only flatten it: little peak over the loudness, and flat tops. */
bool am_compress_is_limited(const am_analysis *mix);

#endif
