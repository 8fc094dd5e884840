#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/plan_check.h"
#include "match/bands.h"
#include "match/belief.h"
#include "match/drive.h"
#include "match/notes.h"
#include "match/params.h"
#include "match/refine.h"
#include "match/toneplan.h"
#include "match/widthplan.h"

/* ------------------------------------------------------------------ prediction */

/* Distance of the spectra that the plan's filters will leave, re the loudness that they will leave. */
static void expect(am_report *report)
{
    const am_analysis *before = &report->before;
    const double *side_db = report->plan.width.enabled ? report->plan.width.side_db : NULL;
    double tone_db[AM_BANDS], mid_power_db[AM_BANDS], side_power_db[AM_BANDS], louder_db;

    am_toneplan_response(&report->plan.tone, before->sample_rate_hz, tone_db);
    louder_db = am_bands_loudness_change(before, tone_db, side_db);
    for (int k = 0; k < AM_BANDS; k++) {
        mid_power_db[k] = before->mid.power_db[k] + tone_db[k] - louder_db;
        side_power_db[k] = before->side.power_db[k] + tone_db[k] + (side_db ? side_db[k] : 0.0) - louder_db;
    }
    am_target_distance_of(&report->target, before, mid_power_db, side_power_db, &report->plan.expected.tone_rms_db,
                          &report->plan.expected.width_rms_db);
}

/* ------------------------------------------------------------------ checks */

static am_status check(const am_options *options, const am_report *report, am_error *err)
{
    if (!options || !report)
        return am_fail(err, AM_ERR_RANGE, "solver: options and report are needed");
    if (report->before.version != AM_ANALYSIS_VERSION || report->target.version != AM_TARGET_VERSION)
        return am_fail(err, AM_ERR_RANGE, "solver: analysis of version %u and target of version %u, expected %u and %u",
                       report->before.version, report->target.version, AM_ANALYSIS_VERSION, AM_TARGET_VERSION);
    if (!am_within(report->before.sample_rate_hz, 8000.0, 384000.0))
        return am_fail(err, AM_ERR_RANGE, "solver: sample rate %g is not in [8000, 384000]", report->before.sample_rate_hz);
    if (!am_within(options->amount_tone, 0.0, 1.5) || !am_within(options->amount_width, 0.0, 1.5))
        return am_fail(err, AM_ERR_RANGE, "solver: amounts %g (tone) and %g (width) are not in [0, 1.5]", options->amount_tone,
                       options->amount_width);
    if (!isfinite(report->before.loudness.integrated_lufs))
        return am_fail(err, AM_ERR_CONTENT, "the mix is silent: there is nothing to master");
    return AM_OK;
}

/* ------------------------------------------------------------------ parts of the plan */

static void decide_dc(am_report *report)
{
    am_plan *plan = &report->plan;
    bool any = false;

    for (int c = 0; c < 2; c++) {
        const double dc = report->before.dc[c];

        plan->dc[c] = fabs(dc) > AM_DC_FLOOR && fabs(dc) <= 1.0 ? am_round_to(dc, 1e-6) : 0.0;
        any = any || plan->dc[c] != 0.0;
    }
    if (any)
        am_note_add(report, AM_STAGE_INPUT, "dc_removed", fmax(fabs(plan->dc[0]), fabs(plan->dc[1])),
                    "The mix has a constant offset, which is taken off.");
}

static void tell_sources(am_report *report)
{
    const am_analysis *before = &report->before;
    const am_target *target = &report->target;
    char at[16];

    if (isfinite(before->cutoff_hz))
        am_note_add(report, AM_STAGE_INPUT, "input_lossy", before->cutoff_hz,
                    "The mix has been through a lossy codec: nothing is left above %s, and nothing is raised there.",
                    am_note_hz(before->cutoff_hz, at));
    if (isfinite(target->cutoff_hz))
        am_note_add(report, AM_STAGE_TARGET, "reference_lossy", target->cutoff_hz,
                    "The reference has been through a lossy codec: what it lacks above %s is not copied.", am_note_hz(target->cutoff_hz, at));
    if (target->kind == AM_TARGET_REFERENCE && target->sections > 0.0 && target->sections * AM_DOUBT_SECTION_S < AM_SHORT_S)
        am_note_add(report, AM_STAGE_TARGET, "reference_short", target->sections * AM_DOUBT_SECTION_S,
                    "The reference is short (about %.0f s of music), so it is followed with caution.", target->sections * AM_DOUBT_SECTION_S);
    if (before->gated_s < AM_SHORT_S)
        am_note_add(report, AM_STAGE_INPUT, "input_short", before->gated_s,
                    "The mix is short (%.0f s of music), so what it needs is less sure.", before->gated_s);
}

static bool wants_tone(const am_options *options, const am_report *report)
{
    return options->amount_tone > 0.0 && report->target.tone.present && report->before.stereo.layout != AM_LAYOUT_MULTI;
}

static am_status decide(const am_options *options, am_report *report, am_error *err)
{
    const bool with_tone = wants_tone(options, report), with_width = am_widthplan_possible(options->amount_width, report);
    am_curve tone, width;
    am_status st = AM_OK;

    if (!with_tone && !with_width)
        return AM_OK;
    if (options->match == AM_MATCH_EXACT)
        am_believe_exactly(&report->before, &report->target, options->amount_tone, options->amount_width, with_width, &tone, &width);
    else
        st = am_believe(&report->before, &report->target, options->amount_tone, options->amount_width, with_width, options->allocator,
                        &tone, &width, err);
    if (!st && with_tone)
        am_toneplan_decide(&tone, options->match, report);
    if (!st && with_width)
        am_widthplan_decide(&width, options->amount_width, options->match, report);
    return st;
}

static void clear(am_report *report)
{
    static const am_stage mine[] = { AM_STAGE_TONE, AM_STAGE_WIDTH };

    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++)
        am_note_clear(report, mine[i]);
    memset(&report->tone, 0, sizeof report->tone);
    memset(&report->width, 0, sizeof report->width);
}

am_status am_plan_solve(const am_options *options, am_report *report, am_error *err)
{
    am_status st = check(options, report, err);
    const am_plan kept = st ? (am_plan){ 0 } : report->plan;
    am_plan neutral;

    if (st)
        return st;
    clear(report);
    report->plan.version = AM_PLAN_VERSION;
    report->plan.tone = (am_eq){ .method = AM_EQ_OFF };
    report->plan.width = (am_width){ .enabled = false, .length_ms = AM_WIDTH_LENGTH_MS };
    am_plan_neutral(&neutral, 44100);
    report->plan.leveller = neutral.leveller;
    report->plan.clip = neutral.clip;
    report->plan.compressor = neutral.compressor;   /* whoever knows the level in front of it decides: match/compress.h */
    decide_dc(report);
    tell_sources(report);
    am_limiter_for(&report->before, options->ceiling_dbtp, &report->plan.limiter);
    st = decide(options, report, err);
    if (st) {
        report->plan = kept;
        return st;
    }
    expect(report);
    return AM_OK;
}

/* ------------------------------------------------------------------ refining */

static void refine_tone(am_report *report)
{
    const am_target *target = &report->target;
    double *curve_db = report->plan.tone.curve_db;
    double lack_db[AM_BANDS], sum = 0.0, total = 0.0;
    am_caps caps;

    am_toneplan_caps(&report->before, target, AM_MATCH_EXACT, &caps);
    for (int k = 0; k < AM_BANDS; k++) {
        const double lack = target->tone.power_db[k] - report->after.mid.power_db[k];
        const bool known = isfinite(lack) && target->tone.weight[k] > 0.0 && isfinite(report->tone.difference_db[k]);

        lack_db[k] = known ? am_clamp(lack, -AM_REFINE_STEP_DB, AM_REFINE_STEP_DB) : NAN;
        sum += known ? lack_db[k] : 0.0;
        total += known;
    }
    for (int k = 0; k < AM_BANDS; k++) {
        const double by = isfinite(lack_db[k]) ? lack_db[k] : total > 0.0 ? sum / total : 0.0;

        curve_db[k] = am_round_to(am_clamp(curve_db[k] + by, -caps.cut_db[k], caps.boost_db[k]), 0.01);
        report->tone.applied_db[k] = curve_db[k];
    }
}

static void refine_width(am_report *report)
{
    const am_target *target = &report->target;
    am_curve width = { 0 };

    for (int k = 0; k < AM_BANDS; k++) {
        const double lack = target->width.power_db[k] - (report->after.side.power_db[k] - report->after.mid.power_db[k]);

        width.known[k] = isfinite(lack) && isfinite(report->width.difference_db[k]);
        width.difference_db[k] = report->width.difference_db[k];
        width.sure_db[k] = report->width.sure_db[k];
        width.wanted_db[k] = report->plan.width.side_db[k] + (width.known[k] ? am_clamp(lack, -AM_REFINE_STEP_DB, AM_REFINE_STEP_DB) : 0.0);
    }
    am_note_clear(report, AM_STAGE_WIDTH);
    am_widthplan_decide(&width, 1.0, AM_MATCH_EXACT, report);
}

am_status am_plan_refine(const am_options *options, am_report *report, am_error *err)
{
    const am_status st = check(options, report, err);

    if (st)
        return st;
    if (report->after.version != AM_ANALYSIS_VERSION)
        return am_fail(err, AM_ERR_RANGE, "solver: nothing was measured that a plan could be refined by");
    if (report->plan.tone.method == AM_EQ_CURVE_METHOD && options->amount_tone >= 1.0)
        refine_tone(report);
    if (report->plan.width.enabled && options->match == AM_MATCH_EXACT && options->amount_width >= 1.0)
        refine_width(report);
    expect(report);
    return AM_OK;
}
