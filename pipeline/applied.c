#include "pipeline/applied.h"

#include <math.h>
#include <string.h>

#include "base/note.h"
#include "base/number.h"
#include "match/toneplan.h"

static const double told_lu = 0.5, told_db = 3.0, told_offset = 1e-3;

static void fill(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = NAN;
}

static void empty_target(am_target *t)
{
    *t = (am_target){ .version = AM_TARGET_VERSION };
    t->loudness_lufs = t->range_lu = t->plr_db = t->psr_db = t->width_db = t->cutoff_hz = t->clipped_percent = NAN;
    fill(t->short_term_lu, AM_QUANTILES);
    fill(t->momentary_lu, AM_QUANTILES);
    fill(t->fast_lu, AM_QUANTILES);
    fill(t->region_db[0], AM_REGIONS * AM_QUANTILES);
}

static void describe_curve(am_evidence *e)
{
    e->present = true;
    fill(e->difference_db, AM_BANDS);
    fill(e->wanted_db, AM_BANDS);
    fill(e->sure_db, AM_BANDS);
}

void am_applied_describe(am_report *report)
{
    const am_plan *plan = &report->plan;

    empty_target(&report->target);
    if (plan->tone.method != AM_EQ_OFF) {
        describe_curve(&report->tone);
        am_toneplan_response(&plan->tone, report->input.rate_hz, report->tone.applied_db);
    }
    if (plan->width.enabled && report->input.channels == 2) {
        describe_curve(&report->width);
        memcpy(report->width.applied_db, plan->width.side_db, sizeof report->width.applied_db);
    }
}

static void note_input(am_report *r)
{
    const am_plan *plan = &r->plan;

    if (r->input.rate_hz != plan->rate_hz)
        am_note_add(r, AM_STAGE_DELIVERY, "plan_rate", r->input.rate_hz, "The plan delivers %u Hz: the input's %u Hz are converted.", plan->rate_hz,
                    r->input.rate_hz);
    if (plan->width.enabled && r->input.channels == 1)
        am_note_add(r, AM_STAGE_WIDTH, "plan_width", NAN, "The plan changes the width, and the input has one channel: there is nothing to widen.");
    for (uint32_t c = 0; c < r->input.channels && c < 2; c++)
        if (fabs(plan->dc[c]) > told_offset && !(fabs(plan->dc[c] - r->before.dc[c]) < told_offset)) {
            am_note_add(r, AM_STAGE_TONE, "plan_dc", plan->dc[c], "The plan takes off a constant offset that this input does not have, and so puts one in: set dc to 0 in the plan.");
            break;
        }
}

static void note_level(am_report *r)
{
    const am_prediction *expected = &r->plan.expected;
    const double reached_lufs = r->after.loudness.integrated_lufs;
    char reached[AM_NUMBER_TEXT], wanted[AM_NUMBER_TEXT], drive[AM_NUMBER_TEXT];

    if (fabs(reached_lufs - expected->integrated_lufs) > told_lu)
        am_note_add(r, AM_STAGE_LOUDNESS, "plan_loudness", reached_lufs,
                    "It comes to %s LUFS, where the plan expected %s: it was made for another input, or edited; drive_db (%s) sets the level.",
                    am_number_fixed(reached_lufs, 1, reached), am_number_fixed(expected->integrated_lufs, 1, wanted),
                    am_number_fixed(r->plan.drive_db, 1, drive));
    if (r->plan.limiter.enabled && r->limiter.max_db > expected->limiter_max_db + told_db)
        am_note_add(r, AM_STAGE_LIMITER, "plan_limiter", r->limiter.max_db, "The limiter takes up to %s dB, where the plan expected %s.",
                    am_number_fixed(r->limiter.max_db, 1, reached), am_number_fixed(expected->limiter_max_db, 1, wanted));
}

void am_applied_note(am_report *report)
{
    note_input(report);
    note_level(report);
}
