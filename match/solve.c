#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/plan_check.h"
#include "match/bands.h"
#include "match/belief.h"
#include "match/drive.h"
#include "match/exact.h"
#include "match/notes.h"
#include "match/params.h"
#include "match/passages.h"
#include "match/refine.h"
#include "match/toneplan.h"
#include "match/widthplan.h"

/* ------------------------------------------------------------------ prediction */

/* Distance of the spectra that the plan will leave, re the loudness that it will leave. */
void am_plan_expect(am_report *report)
{
    const am_analysis *before = &report->before;
    const double *side_db = report->plan.width.enabled ? report->plan.width.side_db : NULL;
    double tone_db[AM_BANDS], mid_power_db[AM_BANDS], side_power_db[AM_BANDS], louder_db;

    am_toneplan_response(&report->plan.tone, before->sample_rate_hz, tone_db);
    for (int k = 0; k < AM_BANDS && report->pressed.present; k++)
        tone_db[k] += report->pressed.change_db[k];
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
    if (!am_within((double)options->match, AM_MATCH_NATURAL, AM_MATCH_EXACT))
        return am_fail(err, AM_ERR_RANGE, "solver: match %d is not in [%d, %d]", (int)options->match, AM_MATCH_NATURAL, AM_MATCH_EXACT);
    if (!isfinite(report->before.loudness.integrated_lufs))
        return am_fail(err, AM_ERR_CONTENT, "the mix is silent: there is nothing to master");
    return AM_OK;
}

/* ------------------------------------------------------------------ parts of the plan */

/* What is too little to matter now is not after the gain that the loudness takes. */
static void decide_dc(am_report *report)
{
    am_plan *plan = &report->plan;
    const double louder_db = report->target.loudness_lufs - report->before.loudness.integrated_lufs;
    const double least = AM_DC_FLOOR * (louder_db > 0.0 ? am_gain_from_db(-louder_db) : 1.0);
    bool any = false;

    for (int c = 0; c < 2; c++) {
        const double dc = report->before.dc[c];

        plan->dc[c] = fabs(dc) > least && fabs(dc) <= 1.0 ? am_round_to(dc, 1e-6) : 0.0;
        any = any || plan->dc[c] != 0.0;
    }
    if (any)
        am_note_add(report, AM_STAGE_INPUT, "dc_removed", fmax(fabs(plan->dc[0]), fabs(plan->dc[1])),
                    "The mix has a constant offset, which is taken off.");
}

static void tell_clipping(am_report *report)
{
    const am_peak *peak = &report->before.peak;

    if (peak->clipped_percent > AM_INPUT_CLIPPED_PERCENT)
        am_note_add(report, AM_STAGE_INPUT, "input_clipped", peak->clipped_percent,
                    "The mix clips in %u places: what is cut off cannot be brought back; export it at a lower level.", peak->clipped_runs);
}

static void tell_sources(const am_options *options, am_report *report)
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
    if (am_shared_recording(&target->shared))
        am_note_add(report, AM_STAGE_TARGET, "same_recording", target->shared.in_step,
                    "The reference is the same recording as the mix%s; --match exact copies its tone, too.",
                    options->dynamics_from ? "" : ", so its levels are followed closely");
    else if (target->shared.share >= AM_SHARED_NO_CHANCE)
        am_note_add(report, AM_STAGE_TARGET, "shared_passages", target->shared.share,
                    "%.0f %% of the mix is heard in the reference too: there the two are compared passage by passage, which is surer.",
                    100.0 * target->shared.share);
    else if (am_shared_song(am_shared_of_levels(options, target)))
        am_note_add(report, AM_STAGE_TARGET, "same_song", target->shared.kinship,
                    "The reference sounds like another part of the same song, but passages of the mix are not heard in it: how its levels differ "
                    "is arrangement, so dynamics are left alone; --dynamics-from follows them all the same.");
    if (before->gated_s < AM_SHORT_S)
        am_note_add(report, AM_STAGE_INPUT, "input_short", before->gated_s,
                    "The mix is short (%.0f s of music), so what it needs is less sure.", before->gated_s);
}

/* Left and right are each other upside down: tone and width are told by the middle, and that holds rounding noise at best. */
static bool lacks_middle(const am_report *report)
{
    return report->before.stereo.layout == AM_LAYOUT_ANTIPHASE || report->before.stereo.width_db > AM_SIDES_ALONE_DB;
}

static bool wants_tone(const am_options *options, const am_report *report)
{
    return options->amount_tone > 0.0 && report->target.tone.present && report->before.stereo.layout != AM_LAYOUT_MULTI;
}

/* ------------------------------------------------------------------ exact matching */

/* Bands of which nothing is known follow their nearest neighbour below, or above at the low end. */
static void extend(const bool *known, double *curve_db)
{
    int last = -1;

    for (int k = 0; k < AM_BANDS; k++) {
        if (known[k]) {
            for (int j = last < 0 ? 0 : k; j < k; j++)
                curve_db[j] = curve_db[k];
            last = k;
        } else if (last >= 0) {
            curve_db[k] = curve_db[last];
        }
    }
}

/* Beyond a cap, what is lacking there counts as wanted; half of the way does not get to a cap. */
static void take_wanted(const am_exact_curve *from, double amount, am_curve *out)
{
    for (int k = 0; k < AM_BANDS; k++) {
        const double gain_db = from->gain_db[k], left_db = from->known[k] && isfinite(from->left_db[k]) ? from->left_db[k] : 0.0;
        const bool capped = amount >= 1.0 &&
                            (gain_db > from->high_db[k] - AM_TONE_OFF_DB ? left_db > 0.0 : gain_db < from->low_db[k] + AM_TONE_OFF_DB && left_db < 0.0);

        out->wanted_db[k] = fmin(amount, 1.0) * gain_db + (capped ? left_db : 0.0);
    }
    extend(from->known, out->wanted_db);
}

static void set_caps(const am_report *report, am_exact *e)
{
    am_caps caps;

    am_toneplan_caps(&report->before, &report->target, AM_MATCH_EXACT, &caps);
    for (int k = 0; k < AM_BANDS; k++) {
        e->tone.low_db[k] = -caps.cut_db[k];
        e->tone.high_db[k] = caps.boost_db[k];
        e->side.low_db[k] = -AM_WIDTH_CUT_EXACT_DB;
    }
    am_widthplan_room(&report->before, e->side_room_db);
}

/* A third that reaches beyond a codec's cut-off is not whole. */
static void forget_cut_off(const am_analysis *before, const am_target *target, am_curve *curve)
{
    const double hz = fmin(isfinite(before->cutoff_hz) ? before->cutoff_hz : INFINITY, isfinite(target->cutoff_hz) ? target->cutoff_hz : INFINITY);

    for (int k = 0; k < AM_BANDS; k++)
        curve->known[k] = curve->known[k] && am_band_hz(k) * exp2(1.0 / 6.0) <= hz;
}

/* How the spectra differ in sixths of an octave, as finely as the curve may follow them */
static void set_asked(const am_analysis *before, const am_target *target, am_exact *e)
{
    bool tells_tone[AM_BANDS], tells_side[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++) {
        const double tone_db = target->tone.sixth_db[k] - am_sixth_db(before->mid.twelfth_db, k);
        const double side_db = target->width.sixth_db[k] + am_sixth_db(before->mid.twelfth_db, k) - am_sixth_db(before->side.twelfth_db, k);

        tells_tone[k] = e->tone.known[k] && isfinite(tone_db);
        tells_side[k] = e->side.known[k] && isfinite(side_db);
        e->tone.asked_db[k] = tells_tone[k] ? tone_db : 0.0;
        e->side.asked_db[k] = tells_side[k] ? side_db : 0.0;
    }
    extend(tells_tone, e->tone.asked_db);
    extend(tells_side, e->side.asked_db);
}

/* What the target says; of a band that it leaves empty, that it is empty. */
static void set_goals(const am_target *target, const am_curve *tone, const am_curve *width, am_exact *e)
{
    double top_db = -INFINITY;

    for (int k = 0; k < AM_BANDS; k++)
        top_db = tone->known[k] ? fmax(top_db, target->tone.third_db[k]) : top_db;
    for (int k = 0; k < AM_BANDS; k++) {
        const double side_db = target->tone.third_db[k] + target->width.third_db[k];

        e->tone.known[k] = tone->known[k];
        e->side.known[k] = width->known[k] && (e->side_over_mid || tone->known[k]);
        e->mid_db[k] = fmax(target->tone.third_db[k], top_db - AM_DISTANCE_EMPTY_DB);
        e->side_db[k] = e->side_over_mid ? target->width.third_db[k] : fmax(side_db, top_db - AM_DISTANCE_EMPTY_DB);
    }
}

static double believable(double off_db)
{
    return isfinite(off_db) ? am_clamp(off_db, -AM_EXACT_MODEL_DB, AM_EXACT_MODEL_DB) : 0.0;
}

/* The plan was rendered: begin with its curves, and aim off by as much as they missed what was predicted of them. */
static am_status learn(const am_report *report, const am_allocator *allocator, am_exact *e, am_error *err)
{
    const am_plan *plan = &report->plan;
    const am_analysis *after = &report->after;
    double mid_db[AM_BANDS], side_db[AM_BANDS];
    am_status st;

    for (int k = 0; k < AM_BANDS; k++) {
        e->tone.gain_db[k] = plan->tone.method == AM_EQ_CURVE_METHOD ? plan->tone.curve_db[k] : 0.0;
        e->side.gain_db[k] = plan->width.enabled ? plan->width.side_db[k] : 0.0;
    }
    st = am_exact_predict(&report->before, e->tone.gain_db, e->side.gain_db, allocator, mid_db, side_db, err);
    for (int k = 0; k < AM_BANDS && !st; k++) {
        const double mid_off = am_third_db(after->mid.twelfth_db, k) - mid_db[k], side_off = am_third_db(after->side.twelfth_db, k) - side_db[k];

        e->mid_db[k] -= believable(mid_off);
        e->side_db[k] -= believable(e->side_over_mid ? side_off - mid_off : side_off);
        e->tone.asked_db[k] -= believable(mid_off);
        e->side.asked_db[k] -= believable(side_off - mid_off);
    }
    return st;
}

/* Curves that give the spectra of the target. again: the plan has been rendered, and report->after is what came of it. */
static am_status follow(const am_options *options, const am_report *report, bool with_tone, bool with_width, bool again, am_curve *tone,
                        am_curve *width, am_error *err)
{
    am_exact e = { .before = &report->before, .side_over_mid = !with_tone || options->amount_tone < 1.0 };
    am_status st = AM_OK;

    am_believe_exactly(&report->before, &report->target, report->target.width.present, tone, width);
    forget_cut_off(&report->before, &report->target, tone);
    forget_cut_off(&report->before, &report->target, width);
    set_caps(report, &e);
    set_goals(&report->target, tone, width, &e);
    set_asked(&report->before, &report->target, &e);
    if (again)
        st = learn(report, options->allocator, &e, err);
    e.tone.free = with_tone;
    e.side.free = with_width;
    if (!st)
        st = am_exact_solve(&e, options->allocator, err);
    if (!st && with_tone && with_width && options->amount_tone < 1.0) {
        for (int k = 0; k < AM_BANDS; k++)
            e.tone.gain_db[k] *= options->amount_tone;
        e.tone.free = false;
        st = am_exact_solve(&e, options->allocator, err);
    }
    take_wanted(&e.tone, e.tone.free ? options->amount_tone : 1.0, tone);
    take_wanted(&e.side, options->amount_width, width);
    return st;
}

/* An amount is how far to go of what is wanted; the caps hold for what comes of it. */
static void go_part(double amount, am_curve *curve)
{
    for (int k = 0; k < AM_BANDS; k++)
        curve->wanted_db[k] *= amount;
}

static am_status decide(const am_options *options, am_report *report, am_error *err)
{
    bool with_tone, with_width;
    am_curve tone, width;
    am_status st = AM_OK;

    if (lacks_middle(report)) {
        am_note_add(report, AM_STAGE_TONE, "input_opposite", report->before.stereo.width_db,
                    "Left and right are each other upside down: there is no middle to tell tone and width by, so both are left alone; in mono it cancels.");
        return AM_OK;
    }
    with_tone = wants_tone(options, report);
    with_width = am_widthplan_possible(options->amount_width, report);
    if (!with_tone && !with_width)
        return AM_OK;
    if (options->match == AM_MATCH_EXACT)
        st = follow(options, report, with_tone, with_width, false, &tone, &width, err);
    else
        st = am_believe(&report->before, &report->target, with_width, options->allocator, &tone, &width, err);
    if (!st && options->match == AM_MATCH_NATURAL) {
        go_part(options->amount_tone, &tone);
        go_part(options->amount_width, &width);
    }
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
    memset(&report->pressed, 0, sizeof report->pressed);
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
    report->plan.multiband = neutral.multiband;     /* match/multiplan.h */
    report->plan.leveller = neutral.leveller;
    report->plan.clip = neutral.clip;
    report->plan.compressor = neutral.compressor;   /* whoever knows the level in front of it decides: match/compress.h */
    decide_dc(report);
    tell_clipping(report);
    tell_sources(options, report);
    am_limiter_for(&report->before, options->ceiling_dbtp, &report->plan.limiter);
    st = decide(options, report, err);
    if (st) {
        report->plan = kept;
        return st;
    }
    am_plan_expect(report);
    return AM_OK;
}

/* ------------------------------------------------------------------ refining */

static double rms(const double *x)
{
    double sum = 0.0;
    int count = 0;

    for (int k = 0; k < AM_BANDS; k++)
        if (isfinite(x[k])) {
            sum += x[k] * x[k];
            count++;
        }
    return count ? sqrt(sum / count) : 0.0;
}

double am_plan_lack_db(const am_report *report)
{
    const am_band_target *tone = &report->target.tone, *width = &report->target.width;
    const bool with_tone = report->plan.tone.method == AM_EQ_CURVE_METHOD, with_width = report->plan.width.enabled;
    double mid_db[AM_BANDS], side_db[AM_BANDS], level_db;

    for (int k = 0; k < AM_BANDS; k++) {
        const bool inside = am_within(am_band_hz(k), AM_TONE_LOW_HZ, AM_TONE_HIGH_HZ);

        mid_db[k] = inside && isfinite(report->tone.difference_db[k]) ? tone->third_db[k] - am_third_db(report->after.mid.twelfth_db, k) : NAN;
        side_db[k] = inside && with_width && isfinite(report->width.difference_db[k])
                         ? tone->third_db[k] + width->third_db[k] - am_third_db(report->after.side.twelfth_db, k) : NAN;
    }
    level_db = am_exact_level_db(mid_db);
    for (int k = 0; k < AM_BANDS; k++) {
        mid_db[k] = with_tone ? mid_db[k] - level_db : NAN;
        side_db[k] -= level_db;
    }
    return fmax(rms(mid_db), rms(side_db));
}

am_status am_plan_refine(const am_options *options, am_report *report, am_error *err)
{
    am_status st = check(options, report, err);
    bool with_tone, with_width;
    am_curve tone, width;

    if (st)
        return st;
    if (report->after.version != AM_ANALYSIS_VERSION)
        return am_fail(err, AM_ERR_RANGE, "solver: nothing was measured that a plan could be refined by");
    with_tone = report->plan.tone.method == AM_EQ_CURVE_METHOD && options->amount_tone >= 1.0;
    with_width = report->plan.width.enabled && options->match == AM_MATCH_EXACT && options->amount_width >= 1.0;
    if (with_tone || with_width)
        st = follow(options, report, with_tone, with_width, true, &tone, &width, err);
    if (!st && with_tone) {
        am_note_clear(report, AM_STAGE_TONE);
        am_toneplan_decide(&tone, AM_MATCH_EXACT, report);
    }
    if (!st && with_width) {
        am_note_clear(report, AM_STAGE_WIDTH);
        am_widthplan_decide(&width, 1.0, AM_MATCH_EXACT, report);
    }
    if (!st)
        am_plan_expect(report);
    return st;
}
