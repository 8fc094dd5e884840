#include "match/quickplan.h"

#include "match/notes.h"
#include "match/params.h"
#include "match/simulate.h"

static const struct {
    double release_ms, sustain;
} quicker[] = { AM_QUICK_TIMES };

void am_quickplan_reset(const am_analysis *before, am_limiter *limiter)
{
    const bool enabled = limiter->enabled;

    am_limiter_for(before, limiter->ceiling_dbtp, limiter);
    limiter->enabled = enabled;
}

am_status am_quickplan_drive(const am_blocks *blocks, const am_clip *clip, am_limiter *limiter, double target_lufs, double offset_lu,
                             const am_allocator *allocator, am_drive *drive, am_error *err)
{
    am_limiter tried = *limiter;
    am_status st = AM_OK;

    for (size_t k = 0; k < sizeof quicker / sizeof *quicker && !st && am_drive_falls_short(drive); k++) {
        am_drive at;

        tried.release_ms = quicker[k].release_ms;
        tried.sustain = quicker[k].sustain;
        if (!(tried.release_ms < limiter->release_ms))
            continue;
        st = am_drive_solve(blocks, clip, &tried, target_lufs, offset_lu, allocator, &at, err);
        if (!st && at.integrated_lufs > drive->integrated_lufs + AM_QUICK_WORTH_LU) {
            *limiter = tried;
            *drive = at;
        }
    }
    return st;
}

am_status am_quickplan_solve(const am_options *options, const am_blocks *blocks, double wanted_lufs, double offset_lu, am_report *report,
                             am_drive *drive, am_error *err)
{
    am_plan *plan = &report->plan;
    const am_limiter before = plan->limiter;
    am_limiter usual = before;
    am_status st = am_quickplan_drive(blocks, &plan->clip, &plan->limiter, wanted_lufs, offset_lu, options->allocator, drive, err);

    am_quickplan_reset(&report->before, &usual);
    if (!st && plan->limiter.release_ms != usual.release_ms)
        am_note_add(report, AM_STAGE_LIMITER, "limiter_quicker", plan->limiter.release_ms,
                    "To come to %.1f LUFS the limiter recovers in %.0f ms instead of %.0f, which is less clean.", drive->integrated_lufs,
                    plan->limiter.release_ms, usual.release_ms);
    if (st || !report->dynamics.present || plan->limiter.release_ms == before.release_ms)
        return st;
    return am_simulation_limit(blocks, &plan->clip, &plan->limiter, drive->drive_db, options->allocator, &report->dynamics.expected, err);
}
