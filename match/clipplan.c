#include "match/clipplan.h"

#include <math.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "match/notes.h"
#include "match/params.h"
#include "match/simulate.h"

static bool asked_for(const am_options *options, const am_report *report, const am_drive *drive)
{
    return options->amount_dynamics > 0.0 && report->plan.limiter.enabled && report->target.clipped_percent >= AM_CLIP_SEEN_PERCENT &&
           report->target.plr_db < AM_CLIP_SEEN_PLR_DB && drive->p99_db > AM_CLIP_WORK_DB;
}

static bool worth(const am_drive *without, const am_drive *with)
{
    return with->integrated_lufs > without->integrated_lufs + AM_CLIP_WORTH_LU || with->p99_db < without->p99_db - AM_CLIP_WORTH_DB;
}

am_status am_clipplan_solve(const am_options *options, const am_blocks *blocks, double wanted_lufs, double offset_lu, am_report *report,
                            am_drive *drive, am_error *err)
{
    am_plan neutral;
    am_clip clip;
    am_drive with;
    am_status st;

    am_plan_neutral(&neutral, 44100);
    report->plan.clip = clip = neutral.clip;
    am_note_clear(report, AM_STAGE_LIMITER);
    if (!asked_for(options, report, drive))
        return AM_OK;
    clip.enabled = true;
    clip.range_db = AM_CLIP_RANGE_DB;
    clip.over_db = am_round_to(am_clamp(drive->p99_db - AM_CLIP_RANGE_DB, 0.0, 12.0), 0.1);
    st = am_drive_solve(blocks, &clip, &report->plan.limiter, wanted_lufs, offset_lu, options->allocator, &with, err);
    if (st || !worth(drive, &with))
        return st;
    report->plan.clip = clip;
    *drive = with;
    am_note_add(report, AM_STAGE_LIMITER, "clipped", with.clip_max_db,
                "The reference is clipped, too: the highest peaks lose up to %.1f dB ahead of the limiter.", with.clip_max_db);
    if (report->dynamics.present)
        st = am_simulation_limit(blocks, &clip, &report->plan.limiter, with.drive_db, options->allocator, &report->dynamics.expected, err);
    return st;
}
