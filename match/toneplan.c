#include "match/toneplan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "match/bands.h"
#include "match/notes.h"
#include "match/params.h"
#include "match/peq.h"

static const double unknown_weight = 0.02;  /* of bands where only the prior speaks, against 1 / (sd^2 + 0.25) */

/* ------------------------------------------------------------------ caps */

static double usual_db(double hz)
{
    static const double points[][2] = AM_EMPTY_USUAL;
    const size_t count = sizeof points / sizeof *points;
    size_t i = 1;

    while (i + 1 < count && hz > points[i][0])
        i++;
    const double share = log(hz / points[i - 1][0]) / log(points[i][0] / points[i - 1][0]);

    return points[i - 1][1] + share * (points[i][1] - points[i - 1][1]);
}

/* How much a band may be raised before what is raised is nothing but its floor. Natural matching leaves the sides with the mid, so the
 * equaliser raises both, and both are judged; exact matching leads each to a goal of its own. */
static double room_db(const am_analysis *a, int band, bool exact)
{
    const double mid_db = a->mid.power_db[band], side_db = exact || !isfinite(a->side.power_db[band]) ? -INFINITY : a->side.power_db[band];
    const double level_db = am_db_from_power(am_power_from_db(mid_db) + am_power_from_db(side_db));
    const double below_db = usual_db(am_band_hz(band)) - level_db;

    if (!isfinite(mid_db) || (below_db > AM_EMPTY_STEADY_BELOW_DB && am_bands_steady(side_db > mid_db ? &a->side : &a->mid, band)))
        return 0.0;
    return (exact ? AM_EMPTY_SHARE_EXACT : 1.0) * fmax(AM_EMPTY_BELOW_DB - below_db, 0.0);
}

static void lower(am_caps *caps, int band, double boost_db, am_limit limit)
{
    if (boost_db < caps->boost_db[band]) {
        caps->boost_db[band] = boost_db;
        caps->boost_limit[band] = limit;
    }
}

static bool above_cutoff(double hz, double cutoff_hz)
{
    return isfinite(cutoff_hz) && hz > AM_LOSSY_SHARE * cutoff_hz;
}

/* Caps fade into the bands beside them. (Exact matching follows the reference third by third, whatever the slope.) */
static void fade(am_caps *caps)
{
    double taken_db[AM_BANDS], faded_db[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++)
        taken_db[k] = AM_TONE_RANGE_DB - caps->boost_db[k];
    am_bands_fade(taken_db, AM_EMPTY_FADE_OCT, faded_db);
    for (int k = 0; k < AM_BANDS; k++)
        if (faded_db[k] > taken_db[k])
            lower(caps, k, AM_TONE_RANGE_DB - faded_db[k], AM_LIMIT_BOOST);
}

void am_toneplan_caps(const am_analysis *before, const am_target *target, am_match match, am_caps *out)
{
    const bool exact = match == AM_MATCH_EXACT;

    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = am_band_hz(k), range_db = exact ? AM_TONE_RANGE_EXACT_DB : AM_TONE_RANGE_DB;

        out->boost_db[k] = range_db;
        out->cut_db[k] = exact ? AM_TONE_CUT_EXACT_DB : range_db;
        out->boost_limit[k] = AM_LIMIT_RANGE;
        if (hz < AM_TONE_SUB_HZ && !exact)
            lower(out, k, AM_TONE_SUB_BOOST_DB, AM_LIMIT_BOOST);
        if (hz > AM_TONE_AIR_HZ && !exact)
            lower(out, k, AM_TONE_AIR_BOOST_DB, AM_LIMIT_BOOST);
        lower(out, k, room_db(before, k, exact), AM_LIMIT_EMPTY);
    }
    if (!exact)
        fade(out);
    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = am_band_hz(k);

        if (above_cutoff(hz, before->cutoff_hz) || above_cutoff(hz, target->cutoff_hz))
            lower(out, k, 0.0, AM_LIMIT_LOSSY);
        else if (target->kind == AM_TARGET_REFERENCE && target->tone.weight[k] <= 0.0 && hz * exp2(1.0 / 6.0) < 0.5 * before->sample_rate_hz)
            lower(out, k, 0.0, AM_LIMIT_NYQUIST);
    }
}

/* The curve within its caps; where it was cut is in evidence->limit. */
static void cap(const double *wanted_db, const am_caps *caps, double *out_db, am_evidence *evidence)
{
    for (int k = 0; k < AM_BANDS; k++) {
        out_db[k] = am_clamp(wanted_db[k], -caps->cut_db[k], caps->boost_db[k]);
        evidence->limit[k] = wanted_db[k] > caps->boost_db[k] ? caps->boost_limit[k]
                             : wanted_db[k] < -caps->cut_db[k] ? AM_LIMIT_RANGE
                                                               : AM_LIMIT_NONE;
    }
}

/* ------------------------------------------------------------------ filters */

void am_toneplan_response(const am_eq *eq, double rate_hz, double *response_db)
{
    memset(response_db, 0, AM_BANDS * sizeof *response_db);
    if (eq->method == AM_EQ_SECTIONS_METHOD)
        am_peq_response(rate_hz, eq->sections, eq->section_count, response_db);
    else if (eq->method == AM_EQ_CURVE_METHOD)
        memcpy(response_db, eq->curve_db, AM_BANDS * sizeof *response_db);
}

static bool flat(const am_curve *curve, const double *db)
{
    for (int k = 0; k < AM_BANDS; k++)
        if (curve->known[k] && fabs(db[k]) >= AM_TONE_OFF_DB)
            return false;
    return true;
}

static void fit_sections(const am_curve *curve, const am_caps *caps, const double *capped_db, double rate_hz, am_eq *out)
{
    am_peq_goal goal = { .rate_hz = rate_hz };
    am_peq fitted;

    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = am_band_hz(k), sure = curve->sure_db[k];
        const bool in_range = am_within(hz, AM_TONE_LOW_HZ, fmin(AM_TONE_HIGH_HZ, 0.49 * rate_hz));

        goal.curve_db[k] = capped_db[k];
        goal.weight[k] = !in_range ? 0.0 : curve->known[k] ? 1.0 / (sure * sure + 0.25) : unknown_weight;
        goal.ceiling_db[k] = caps->boost_limit[k] == AM_LIMIT_RANGE || hz > AM_TONE_HIGH_HZ ? INFINITY : caps->boost_db[k];
        goal.ceiling_weight[k] = hz < 1000.0 ? AM_PEQ_CEILING_LOW : AM_PEQ_CEILING_HIGH;
    }
    am_peq_fit(&goal, &fitted);
    *out = (am_eq){ .method = fitted.count ? AM_EQ_SECTIONS_METHOD : AM_EQ_OFF, .section_count = fitted.count };
    memcpy(out->sections, fitted.sections, sizeof out->sections);
}

static void take_curve(const double *curve_db, am_eq *out)
{
    *out = (am_eq){ .method = AM_EQ_CURVE_METHOD };
    for (int k = 0; k < AM_BANDS; k++)
        out->curve_db[k] = am_round_to(curve_db[k], 0.01);
}

/* ------------------------------------------------------------------ words */

enum { WHERE = 120 };                /* bytes of the places that a note names */

static const struct {
    am_limit limit;
    const char *kind, *format;      /* takes where, as "From 20 Hz to 30 Hz" */
} sayings[] = {
    { AM_LIMIT_EMPTY, "band_empty", "%s the mix has nothing but its own floor, so it is not raised there." },
    { AM_LIMIT_LOSSY, "lossy_band", "%s a lossy codec left nothing to compare, so nothing is raised there." },
    { AM_LIMIT_BOOST, "tone_capped", "%s less is boosted than wanted: it would cost headroom or raise hiss." },
    { AM_LIMIT_RANGE, "tone_capped", "%s the correction wanted is larger than mastering should make; it is cut short." },
    { AM_LIMIT_NYQUIST, "reference_bandwidth", "%s the reference has no signal to compare with, so nothing is raised." },
};

/* ", from 20 Hz to 30 Hz" behind what is there, with a capital and no comma where nothing is */
static void add_range(int first, int last, char where[WHERE])
{
    const size_t used = strlen(where);
    char from[16], to[16];

    (void)am_note_hz(am_band_hz(first), from);
    (void)am_note_hz(am_band_hz(last), to);
    if (first == last)
        (void)snprintf(where + used, WHERE - used, "%s %s", used ? ", at" : "At", from);
    else
        (void)snprintf(where + used, WHERE - used, "%s %s to %s", used ? ", from" : "From", from, to);
}

static void tell_limit(size_t which, const am_curve *curve, const double *capped_db, am_report *report)
{
    char where[WHERE] = "";
    double most_db = 0.0;
    int first = -1;

    for (int k = 0; k <= AM_BANDS; k++) {
        const bool here = k < AM_BANDS && report->tone.limit[k] == sayings[which].limit &&
                          am_within(am_band_hz(k), AM_TONE_LOW_HZ, AM_TONE_HIGH_HZ);

        if (here)
            most_db = fmax(most_db, fabs(curve->wanted_db[k] - capped_db[k]));
        if (!here && first >= 0)
            add_range(first, k - 1, where);
        first = !here ? -1 : first < 0 ? k : first;
    }
    if (*where && most_db >= AM_TONE_OFF_DB) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        am_note_add(report, AM_STAGE_TONE, sayings[which].kind, most_db, sayings[which].format, where);
#pragma GCC diagnostic pop
    }
}

static void tell_result(am_report *report)
{
    int up = 0, down = 0;
    char at_up[16], at_down[16];
    double told_db[AM_BANDS];

    if (report->plan.tone.method == AM_EQ_OFF) {
        am_note_add(report, AM_STAGE_TONE, "tone_neutral", NAN, "The tone is left as it is: nothing that mastering should change shows.");
        return;
    }
    for (int k = 0; k < AM_BANDS; k++) {
        if (!am_within(am_band_hz(k), AM_TONE_LOW_HZ, AM_TONE_HIGH_HZ))
            continue;
        told_db[k] = am_round_to(report->tone.applied_db[k], 0.01);     /* as in the JSON */
        if (!up || told_db[k] > told_db[up])
            up = k;
        if (!down || told_db[k] < told_db[down])
            down = k;
    }
    am_note_add(report, AM_STAGE_TONE, "tone_matched", NAN, "The equaliser moves the tone between %+.1f dB (%s) and %+.1f dB (%s).",
                am_round_to(report->tone.applied_db[up], 0.1) + 0.0, am_note_hz(am_band_hz(up), at_up), report->tone.applied_db[down],
                am_note_hz(am_band_hz(down), at_down));
}

/* ------------------------------------------------------------------ */

static void put_evidence(const am_curve *curve, am_report *report)
{
    am_evidence *e = &report->tone;

    memset(e, 0, sizeof *e);
    e->present = true;
    for (int k = 0; k < AM_BANDS; k++) {
        e->difference_db[k] = curve->known[k] ? curve->difference_db[k] : NAN;
        e->wanted_db[k] = curve->wanted_db[k];
        e->sure_db[k] = curve->sure_db[k];
    }
}

void am_toneplan_decide(const am_curve *curve, am_match match, am_report *report)
{
    const double rate_hz = report->before.sample_rate_hz;
    am_eq *eq = &report->plan.tone;
    double capped_db[AM_BANDS];
    am_caps caps;

    am_toneplan_caps(&report->before, &report->target, match, &caps);
    put_evidence(curve, report);
    cap(curve->wanted_db, &caps, capped_db, &report->tone);
    *eq = (am_eq){ .method = AM_EQ_OFF };
    if (!flat(curve, capped_db)) {
        if (match == AM_MATCH_EXACT)
            take_curve(capped_db, eq);
        else
            fit_sections(curve, &caps, capped_db, rate_hz, eq);
    }
    am_toneplan_response(eq, rate_hz, report->tone.applied_db);
    for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++)
        tell_limit(i, curve, capped_db, report);
    tell_result(report);
}
