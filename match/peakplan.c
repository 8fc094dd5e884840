#include "match/peakplan.h"

#include <math.h>

#include "base/db.h"
#include "match/drive.h"
#include "match/notes.h"
#include "match/params.h"
#include "match/passages.h"

void am_peakplan_wish(const am_options *options, double peaks_dbtp, am_report *report)
{
    const double lower_db = fmin(options->amount_dynamics, 1.0) * (options->ceiling_dbtp - fmax(peaks_dbtp, AM_PEAKS_LEAST_DBTP));
    const bool known = !isnan(peaks_dbtp) && !am_shared_song(am_shared_of_levels(options, &report->target));

    if (options->limit && known && lower_db > 0.0)
        report->plan.limiter.ceiling_dbtp = am_round_to(options->ceiling_dbtp - lower_db, 0.01);
}

typedef struct search {
    const am_options *options;
    const am_blocks *blocks;
    am_limiter *limiter;
    double wanted_lufs, offset_lu;
} search;

static am_status try(const search *s, double ceiling_dbtp, am_drive *drive, bool *gentle, am_error *err)
{
    am_status st;

    s->limiter->ceiling_dbtp = ceiling_dbtp;
    st = am_drive_solve(s->blocks, NULL, s->limiter, s->wanted_lufs, s->offset_lu, s->options->allocator, drive, err);
    *gentle = !st && drive->end == AM_DRIVE_REACHED && drive->p99_db <= AM_PEAKS_WORK_DB;
    return st;
}

/* Between one that is not gentle and one that is */
static am_status approach(const search *s, double low_dbtp, double high_dbtp, am_error *err)
{
    am_drive drive;
    bool gentle;
    am_status st = try(s, low_dbtp, &drive, &gentle, err);

    if (st || gentle)
        return st;
    while (!st && high_dbtp - low_dbtp > AM_PEAKS_STEP_DB) {
        const double middle_dbtp = 0.5 * (low_dbtp + high_dbtp);

        st = try(s, middle_dbtp, &drive, &gentle, err);
        *(gentle ? &high_dbtp : &low_dbtp) = middle_dbtp;
    }
    s->limiter->ceiling_dbtp = am_round_to(high_dbtp, 0.01);
    return st;
}

am_status am_peakplan_settle(const am_options *options, const am_blocks *blocks, double wanted_lufs, double offset_lu, am_report *report,
                             am_error *err)
{
    am_limiter *limiter = &report->plan.limiter;
    const search s = { options, blocks, limiter, wanted_lufs, offset_lu };
    const double wish_dbtp = limiter->ceiling_dbtp;
    am_drive plain;
    bool gentle;
    am_status st;

    if (!(wish_dbtp < options->ceiling_dbtp))
        return AM_OK;
    st = try(&s, options->ceiling_dbtp, &plain, &gentle, err);
    if (st || !gentle || plain.true_peak_dbtp < wish_dbtp + AM_PEAKS_WORTH_DB)
        return st;
    st = approach(&s, wish_dbtp, options->ceiling_dbtp, err);
    if (!st)
        am_note_add(report, AM_STAGE_LOUDNESS, "peaks_of_reference", limiter->ceiling_dbtp,
                    "The reference's peaks stand less high above its loudness than the ceiling allows: the limiter holds them to %.1f dBTP%s.",
                    limiter->ceiling_dbtp, limiter->ceiling_dbtp > wish_dbtp ? "; lower would be more than gentle limiting" : "");
    return st;
}
