#include "match/widthplan.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "match/bands.h"
#include "match/notes.h"
#include "match/params.h"

bool am_widthplan_possible(double amount, am_report *report)
{
    const am_stereo *s = &report->before.stereo;

    if (amount <= 0.0)
        return false;
    if (s->layout == AM_LAYOUT_MONO || s->layout == AM_LAYOUT_DUAL_MONO) {
        am_note_add(report, AM_STAGE_WIDTH, "input_mono", NAN, "The mix is mono and stays so: there is no side signal to work on.");
        return false;
    }
    if (s->layout != AM_LAYOUT_STEREO || !isfinite(s->width_db)) {
        am_note_add(report, AM_STAGE_WIDTH, "input_not_stereo", NAN, "The stereo image is left alone: this is not ordinary two-channel stereo.");
        return false;
    }
    if (!report->target.width.present) {
        am_note_add(report, AM_STAGE_WIDTH, "reference_mono", NAN,
                    "The reference is mono, so it says nothing about the stereo image, which is left alone.");
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------ limits of each band */

static void limit_to(double *side_db, am_limit *limit, double low_db, double high_db, am_limit why)
{
    if (*side_db > high_db || *side_db < low_db) {
        *side_db = am_clamp(*side_db, low_db, high_db);
        *limit = why;
    }
}

/* The most that a band may be widened: its correlation stays over the floor, or where it was if that is lower. */
static double correlation_room_db(const am_analysis *before, int band, double most_db)
{
    const double floor = am_band_hz(band) < AM_CORRELATION_LOW_HZ ? AM_CORRELATION_LOW : AM_CORRELATION_FLOOR;
    const double now = am_bands_correlation(before, band, 0.0);
    double low_db = 0.0, high_db = most_db;

    if (!isfinite(now) || am_bands_correlation(before, band, most_db) >= fmin(floor, now))
        return most_db;
    if (now <= floor)
        return 0.0;
    for (int i = 0; i < 20; i++) {
        const double middle_db = 0.5 * (low_db + high_db);

        if (am_bands_correlation(before, band, middle_db) >= floor)
            low_db = middle_db;
        else
            high_db = middle_db;
    }
    return low_db;
}

/* Enough side in a band to say how wide it is */
static bool side_tells(const am_analysis *before, int band) { return before->stereo.band_width_db[band] >= AM_WIDTH_DEAF_DB; }

/* Of the side in a third of an octave, re integrated loudness: two channels with triangular dither, (step^2 / 4) / 2 over the half of the rate */
static double quantisation_db(const am_analysis *before, int band)
{
    const double bits = before->effective_bits > 24 ? HUGE_VAL : (double)before->effective_bits;
    const double share = am_band_hz(band) * (exp2(1.0 / 6.0) - exp2(-1.0 / 6.0)) / (0.5 * before->sample_rate_hz);

    return am_db_from_power(exp2(2.0 * (1.0 - bits)) / 8.0 * share) - before->loudness.integrated_lufs;
}

/* How far a band's side stands above what is no music in it: its own floor, a codec's residue, quantisation */
static double over_floor_db(const am_analysis *before, int band)
{
    const double residue_db = isfinite(before->cutoff_hz) ? AM_WIDTH_NEAR_MONO_DB : AM_WIDTH_DEAF_DB;
    const double floor_db = fmax(before->mid.power_db[band] + residue_db, quantisation_db(before, band) + AM_WIDTH_QUANTISED_DB);
    const double side_db = before->side.power_db[band];
    const bool silent = !(side_db + before->loudness.integrated_lufs >= AM_WIDTH_SILENT_DBFS);

    return silent || !isfinite(side_db - floor_db) || am_bands_steady(&before->side, band) ? 0.0 : fmax(side_db - floor_db, 0.0);
}

void am_widthplan_room(const am_analysis *before, double *room_db)
{
    const bool near_mono = before->stereo.width_db < AM_WIDTH_NEAR_MONO_DB;

    for (int k = 0; k < AM_BANDS; k++)
        room_db[k] = near_mono ? -INFINITY : fmin(AM_EMPTY_SHARE_EXACT * over_floor_db(before, k), AM_WIDTH_BOOST_EXACT_DB);
}

double am_widthplan_most_db(double room_db, double tone_db)
{
    return am_clamp(room_db - tone_db, 0.0, AM_WIDTH_BOOST_EXACT_DB);
}

/* What is taken off a band comes off its neighbours too: a hole of one band is heard, and keeps nothing in mono. */
static void guard_correlation(const am_analysis *before, double *side_db, am_limit *limit)
{
    double taken_db[AM_BANDS], eased_db[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++)
        taken_db[k] = side_db[k] > 0.0 ? side_db[k] - correlation_room_db(before, k, side_db[k]) : 0.0;
    am_bands_fade(taken_db, AM_WIDTH_GUARD_OCT, eased_db);
    for (int k = 0; k < AM_BANDS; k++)
        if (side_db[k] > 0.0)
            limit_to(&side_db[k], &limit[k], -INFINITY, fmax(side_db[k] - eased_db[k], 0.0), AM_LIMIT_CORRELATION);
}

/* Above the last band that the target says something of, its cut goes on, a boost does not. */
static void hold_top(const am_report *report, const bool *known, double *side_db, am_limit *limit)
{
    const bool lossy = isfinite(report->before.cutoff_hz) || isfinite(report->target.cutoff_hz);
    int last = AM_BANDS - 1;

    while (last > 0 && !known[last])
        last--;
    for (int k = last + 1; k < AM_BANDS; k++)
        limit_to(&side_db[k], &limit[k], -INFINITY, fmin(side_db[last], 0.0), lossy ? AM_LIMIT_LOSSY : AM_LIMIT_NYQUIST);
}

static void limit_naturally(const am_analysis *before, double *side_db, am_limit *limit)
{
    const bool near_mono = before->stereo.width_db < AM_WIDTH_NEAR_MONO_DB;

    for (int k = 0; k < AM_BANDS; k++) {
        const bool deaf = !side_tells(before, k);
        const double cut_db = am_band_hz(k) < AM_WIDTH_LOW_HZ ? AM_WIDTH_LOW_CUT_DB : AM_WIDTH_CUT_DB;

        limit_to(&side_db[k], &limit[k], -cut_db, near_mono ? INFINITY : AM_WIDTH_BOOST_DB, AM_LIMIT_RANGE);
        if (deaf || near_mono)
            limit_to(&side_db[k], &limit[k], -INFINITY, 0.0, deaf ? AM_LIMIT_EMPTY : AM_LIMIT_MONO);
    }
    guard_correlation(before, side_db, limit);
}

static void limit_exactly(am_report *report, double *side_db, am_limit *limit)
{
    double room_db[AM_BANDS], held_db = 0.0;

    am_widthplan_room(&report->before, room_db);
    for (int k = 0; k < AM_BANDS; k++) {
        const am_limit why = room_db[k] < 0.0 ? AM_LIMIT_MONO : room_db[k] < AM_WIDTH_BOOST_EXACT_DB ? AM_LIMIT_EMPTY : AM_LIMIT_RANGE;
        const double most_db = am_widthplan_most_db(room_db[k], report->tone.applied_db[k]);

        limit_to(&side_db[k], &limit[k], -AM_WIDTH_CUT_EXACT_DB, INFINITY, AM_LIMIT_RANGE);
        if (why == AM_LIMIT_EMPTY)
            held_db = fmax(held_db, side_db[k] - most_db);
        limit_to(&side_db[k], &limit[k], -INFINITY, most_db, why);
    }
    if (held_db >= AM_WIDTH_OFF_DB)
        am_note_add(report, AM_STAGE_WIDTH, "side_empty", held_db,
                    "Some bands of the mix have little in their sides but noise or what a codec left; they are raised less than wanted.");
}

static void limit_bands(am_report *report, am_match match, const bool *known, double *side_db, am_limit *limit)
{
    for (int k = 0; k < AM_BANDS; k++)
        limit[k] = AM_LIMIT_NONE;
    if (match == AM_MATCH_EXACT)
        limit_exactly(report, side_db, limit);
    else
        limit_naturally(&report->before, side_db, limit);
    hold_top(report, known, side_db, limit);
}

/* ------------------------------------------------------------------ mono compatibility of the whole */

static double after_widening(double correlation, double gain_db)
{
    const double ratio = (1.0 - correlation) / (1.0 + correlation) * am_power_from_db(gain_db);

    return (1.0 - ratio) / (1.0 + ratio);
}

static bool compatible(const am_report *report, const double *side_db)
{
    const am_analysis *before = &report->before;
    const double *tone_db = report->tone.applied_db, worst = before->stereo.correlation_min;
    const double gain_db = am_bands_width(before, tone_db, side_db) - am_bands_width(before, tone_db, NULL);
    const double then = after_widening(am_clamp(worst, -0.999, 0.999), gain_db);
    const double lost_lu = am_bands_fold_down(before, tone_db, side_db) - am_bands_fold_down(before, NULL, NULL);

    if (isfinite(worst) && gain_db > 0.0 && then < AM_CORRELATION_WORST && then < worst - AM_CORRELATION_DROP)
        return false;
    return !(lost_lu > AM_FOLD_DOWN_DROP_LU) || gain_db <= 0.0;
}

static void scale_boosts(const double *side_db, double by, double *out)
{
    for (int k = 0; k < AM_BANDS; k++)
        out[k] = side_db[k] > 0.0 ? by * side_db[k] : side_db[k];
}

/* Scale all widening back until the whole stays mono compatible. */
static bool hold_back(const am_report *report, double *side_db, am_limit *limit)
{
    double scaled_db[AM_BANDS], low = 0.0, high = 1.0;

    if (compatible(report, side_db))
        return false;
    for (int i = 0; i < 12; i++) {
        const double middle = 0.5 * (low + high);

        scale_boosts(side_db, middle, scaled_db);
        if (compatible(report, scaled_db))
            low = middle;
        else
            high = middle;
    }
    for (int k = 0; k < AM_BANDS; k++)
        if (side_db[k] > 0.0)
            limit[k] = AM_LIMIT_CORRELATION;
    scale_boosts(side_db, low, scaled_db);
    memcpy(side_db, scaled_db, sizeof scaled_db);
    return true;
}

/* ------------------------------------------------------------------ low end */

/* Side over mid of the low end's power; NaN: the target does not say. */
static double low_side_db(const double *mid_db, const double *side_db, const am_curve *curve)
{
    double mid = 0.0, side = 0.0;

    for (int k = 0; k < AM_BANDS; k++)
        if (am_curve_low(curve, k)) {
            mid += am_power_from_db(mid_db[k]);
            side += am_power_from_db(side_db[k]);
        }
    return am_db_from_power(side / mid);
}

static double power_excess_db(const am_curve *curve, const am_report *report)
{
    const am_target *target = &report->target;
    double side_db[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = target->tone.power_db[k] + target->width.power_db[k];
    return low_side_db(report->before.mid.power_db, report->before.side.power_db, curve) - low_side_db(target->tone.power_db, side_db, curve);
}

/* How much further out the bass is than the target's, in every section as in its power, beyond what two parts of one song differ in. */
static double low_excess_db(const am_curve *curve, const am_report *report)
{
    double sum = 0.0;
    int count = 0;

    for (int k = 0; k < AM_BANDS; k++)
        if (am_curve_low(curve, k)) {
            sum -= curve->difference_db[k];
            count++;
        }
    if (!count)
        return 0.0;
    return fmin(sum / count, power_excess_db(curve, report)) - AM_WIDTH_LOW_SURE * curve->low_doubt_db;
}

/* A bass that is out on the sides while the target keeps it in the middle is taken in, down to where it does no harm: it eats headroom
 * and goes missing in mono. */
static void gather_low_end(const am_curve *curve, double amount, am_report *report, double *side_db)
{
    const double excess_db = low_excess_db(curve, report), room_db = report->before.stereo.low_side_db - AM_WIDTH_LOW_SIDE_DB;
    const double by_db = fmin(fmin(excess_db, room_db), AM_WIDTH_LOW_CUT_DB);

    if (!(room_db > 0.0) || !(excess_db > AM_WIDTH_LOW_EXCESS_DB))
        return;
    for (int k = 0; k < AM_BANDS; k++) {
        const double octaves = log2(am_band_hz(k) / (0.75 * AM_WIDTH_LOW_HZ)), share = am_clamp(1.0 - octaves, 0.0, 1.0);

        side_db[k] = fmin(side_db[k], -share * fmin(amount * by_db, room_db));
    }
    am_note_add(report, AM_STAGE_WIDTH, "low_end_side", excess_db,
                "The bass of the mix sits at least %.0f dB further out to the sides than the target's; it is taken towards the middle.",
                excess_db);
}

/* ------------------------------------------------------------------ */

static void tell(am_report *report, bool held_back)
{
    double most_db = 0.0;
    int place = AM_BAND_1K, capped = 0, guarded = 0;
    char at[16];

    for (int k = 0; k < AM_BANDS; k++) {
        capped += report->width.limit[k] == AM_LIMIT_RANGE;
        guarded += report->width.limit[k] == AM_LIMIT_CORRELATION;
        if (report->plan.width.enabled && fabs(report->plan.width.side_db[k]) > fabs(most_db)) {
            most_db = report->plan.width.side_db[k];
            place = k;
        }
    }
    if (report->before.stereo.width_db < AM_WIDTH_NEAR_MONO_DB)
        am_note_add(report, AM_STAGE_WIDTH, "near_mono", report->before.stereo.width_db,
                    "The mix is almost mono; what little side it has is noise more than music and is not raised.");
    if (capped)
        am_note_add(report, AM_STAGE_WIDTH, "width_capped", NAN, "The change of width wanted is larger than mastering should make; it is cut short.");
    if (guarded || held_back)
        am_note_add(report, AM_STAGE_WIDTH, "width_correlation", NAN, "Widening is held back so that the mix survives in mono.");
    if (report->plan.width.enabled)
        am_note_add(report, AM_STAGE_WIDTH, "width_matched", most_db, "The sides move by %+.1f dB where it is most (%s).", most_db,
                    am_note_hz(am_band_hz(place), at));
    else
        am_note_add(report, AM_STAGE_WIDTH, "width_neutral", NAN, "The stereo image is left as it is.");
}

void am_widthplan_decide(const am_curve *curve, double amount, am_match match, am_report *report)
{
    am_width *width = &report->plan.width;
    am_evidence *e = &report->width;
    double side_db[AM_BANDS], largest_db = 0.0;
    bool held_back;

    memset(e, 0, sizeof *e);
    e->present = true;
    for (int k = 0; k < AM_BANDS; k++) {
        e->difference_db[k] = curve->known[k] ? curve->difference_db[k] : NAN;
        e->wanted_db[k] = side_db[k] = curve->wanted_db[k];
        e->sure_db[k] = curve->sure_db[k];
    }
    if (match == AM_MATCH_NATURAL)
        gather_low_end(curve, amount, report, side_db);
    limit_bands(report, match, curve->known, side_db, e->limit);
    held_back = match == AM_MATCH_NATURAL && hold_back(report, side_db, e->limit);   /* exact: as wide as the reference is */
    for (int k = 0; k < AM_BANDS; k++)
        if (curve->known[k])
            largest_db = fmax(largest_db, fabs(side_db[k]));
    *width = (am_width){ .enabled = largest_db >= AM_WIDTH_OFF_DB,
                         .length_ms = match == AM_MATCH_EXACT ? AM_WIDTH_LENGTH_EXACT_MS : AM_WIDTH_LENGTH_MS };
    for (int k = 0; k < AM_BANDS && width->enabled; k++)
        e->applied_db[k] = width->side_db[k] = am_round_to(side_db[k], 0.01);
    tell(report, held_back);
}
