#include "match/compress.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "match/drive.h"
#include "match/levelplan.h"
#include "match/notes.h"
#include "match/params.h"
#include "match/passages.h"
#include "match/pressfit.h"
#include "match/quickplan.h"
#include "match/simulate.h"

enum { P50 = 3, P95 = 6 };          /* indices of AM_QUANTILES */

typedef struct certainty {          /* of what a target says about the levels of this mix */
    double nothing_db;              /* a distance within which nothing is done */
    double doubt_db;                /* that nothing to correct may look like */
    double amount;                  /* most of the way to go */
} certainty;

static const certainty of_one_recording = { 0.1, 0.05, 1.0 };       /* [set] simulation is that exact */
static const certainty of_one_song = { AM_DYN_NOTHING_DB, AM_DYN_DOUBT_DB, AM_DYN_PART_AMOUNT };
static const certainty of_kin = { HUGE_VAL, 0.0, 0.0 };      /* no passage to tell dynamics from arrangement: more moved away than nearer */
static const certainty of_another_song = { AM_DYN_OTHER_NOTHING_DB, AM_DYN_OTHER_DOUBT_DB, 1.0 };

typedef struct task {
    const am_options *options;
    am_blocks *blocks;
    double wanted_lufs, offset_lu;
    am_report *report;
    am_pressfit fit;
    am_drive plain;                 /* without leveller and compressor */
    am_drive drive;                 /* with the best so far */
    am_leveller leveller;           /* enabled: worth having, and on in the simulation */
    am_features levelled;           /* behind the limiter, with that leveller alone */
    am_compressor best;             /* enabled: worth having */
    am_error *err;
} task;

/* ------------------------------------------------------------------ outcomes */

/* Of the blocks as they were pressed last */
static am_status trace(const task *t, double drive_db, am_features *out)
{
    return am_simulation_limit(t->blocks, &t->report->plan.clip, &t->report->plan.limiter, drive_db, t->options->allocator, out, t->err);
}

static am_status drive(const task *t, am_drive *out)
{
    return am_drive_solve(t->blocks, &t->report->plan.clip, &t->report->plan.limiter, t->wanted_lufs, t->offset_lu, t->options->allocator, out, t->err);
}

/* Behind a compressor, with the gain that makes up for it: good enough for the shape of the distributions. */
static am_status carry_through(const task *t, const am_compressor *compressor, am_features *behind)
{
    am_features front;
    am_status st;

    am_simulation_run(t->fit.simulation, compressor, NULL, &front);
    st = am_simulation_press(t->fit.simulation, compressor, t->err);
    return st ? st : trace(t, t->plain.drive_db + t->fit.in_front_lufs - front.integrated_lufs, behind);
}

static void keep(task *t, const am_compressor *compressor, const am_features *behind)
{
    t->best = *compressor;
    t->report->dynamics.expected = *behind;
}

/* ------------------------------------------------------------------ wish */

static bool tells(const am_target *target)
{
    for (int q = 0; q < AM_QUANTILES; q++)
        if (!isfinite(target->momentary_lu[q]) || !isfinite(target->fast_lu[q]))
            return false;
    return true;
}

/* Distance behind the limiter */
static double distance(const task *t, const am_features *behind)
{
    am_pressfit plain = t->fit;

    memset(plain.shift_db, 0, sizeof plain.shift_db);
    return am_pressfit_distance(&plain, behind);
}

/* From what there would be without a compressor towards the target, as far as it is sure. */
static void wish(task *t, double amount)
{
    const am_target *target = &t->report->target;
    const am_features *plain = &t->report->dynamics.plain;

    for (int q = 0; q < AM_QUANTILES; q++) {
        const double m = plain->momentary_lu[q], f = plain->fast_lu[q];

        t->fit.wish_db[q] = m + amount * (target->momentary_lu[q] - m);
        t->fit.wish_db[AM_QUANTILES + q] = f + amount * (target->fast_lu[q] - f);
    }
}

/* Two parts of one master differ, too, so a small difference says little (W. James, C. Stein, Estimation with Quadratic Loss, 1961). */
static double sure_amount(task *t)
{
    const am_shared *shared = am_shared_of_levels(t->options, &t->report->target);
    const certainty *c = am_shared_recording(shared) ? &of_one_recording : !t->fit.same_song ? &of_another_song
                       : shared->share >= AM_SHARED_NO_CHANCE ? &of_one_song : &of_kin;
    double distance_db;

    wish(t, 1.0);
    distance_db = distance(t, &t->levelled);
    if (!(distance_db > c->nothing_db))
        return 0.0;
    return c->amount * fmax(1.0 - pow(c->doubt_db / distance_db, 2.0), 0.0);
}

/* What the limiter does to the quantiles that the compressor leaves */
static void learn_limiter(task *t, const am_compressor *compressor, const am_features *behind)
{
    am_features front;

    am_simulation_run(t->fit.simulation, compressor, NULL, &front);
    for (int q = 0; q < AM_QUANTILES; q++) {
        t->fit.shift_db[q] = behind->momentary_lu[q] - front.momentary_lu[q];
        t->fit.shift_db[AM_QUANTILES + q] = behind->fast_lu[q] - front.fast_lu[q];
    }
}

static bool worth(const task *t, const am_features *with, double without_db)
{
    const double gained_db = without_db - distance(t, with);

    return gained_db >= AM_DYN_WORTH_DB && gained_db >= AM_DYN_WORTH_SHARE * without_db;
}

/* ------------------------------------------------------------------ compression */

/* Twice: the limiter behind a compressor has less to do than the limiter alone. */
static am_status compress(task *t)
{
    const double without_db = distance(t, &t->levelled);
    am_compressor c = t->report->plan.compressor;
    am_status st = AM_OK;

    learn_limiter(t, &c, &t->levelled);
    for (int round = 0; round < 2 && !st; round++) {
        am_features behind;

        st = am_pressfit_solve(&t->fit, round ? &c : NULL, &c, t->err);
        if (!st && c.ratio < 1.02)
            break;
        if (!st)
            st = carry_through(t, &c, &behind);
        if (!st)
            learn_limiter(t, &c, &behind);
        if (!st && worth(t, &behind, t->best.enabled ? distance(t, &t->report->dynamics.expected) : without_db))
            keep(t, &c, &behind);
    }
    return st;
}

/* ------------------------------------------------------------------ levelling */

/* Put a ride into the simulation, or none. */
static void ride(task *t, const am_leveller *leveller)
{
    t->leveller = *leveller;
    am_simulation_level(t->fit.simulation, leveller, NULL);
    am_simulation_run(t->fit.simulation, &t->report->plan.compressor, NULL, &t->fit.open);
}

/* The ride with which range_lu is left behind the limiter, where there is the range of *is now. */
static am_status find_ride(task *t, double range_lu, const am_features *is, am_features *behind)
{
    am_features ignored;
    am_leveller found;

    am_simulation_run(t->fit.simulation, &t->best, NULL, &ignored);
    am_levelplan_solve(t->fit.simulation, &t->best, t->fit.in_front_lufs,
                       range_lu - is->range_lu + am_simulation_range_lu(t->fit.simulation), &found);
    ride(t, &found);
    return carry_through(t, &t->best, behind);
}

/* A ride, a compressor anew behind it, and the ride again for what is left to it then. */
static am_status level_and_compress(task *t, double range_lu)
{
    am_features *expected = &t->report->dynamics.expected, behind;
    am_status st = find_ride(t, range_lu, expected, &behind);

    t->best.enabled = false;
    if (!st)
        st = carry_through(t, &t->report->plan.compressor, &t->levelled);
    *expected = t->levelled;
    wish(t, sure_amount(t));
    if (!st)
        st = compress(t);
    if (st || !t->best.enabled)
        return st;
    st = find_ride(t, range_lu, expected, &behind);
    *expected = behind;
    return st;
}

/* Parts of one master differ in range, too, so it comes down a little less than it is too wide. */
static am_status level(task *t)
{
    const am_features without = t->report->dynamics.expected, *with = &t->report->dynamics.expected;
    const am_compressor best = t->best;
    const double wide_lu = without.range_lu - t->report->target.range_lu;
    am_status st;

    /* another part of the same song says how that part swells, not how this one should */
    if (!(wide_lu > AM_LEVEL_LEAST_LU) || t->fit.same_song)
        return AM_OK;
    st = level_and_compress(t, without.range_lu - wide_lu * (1.0 - pow(AM_LEVEL_LEAST_LU / wide_lu, 2.0)));
    if (!st && without.range_lu - with->range_lu > AM_LEVEL_WORTH_LU && distance(t, with) < distance(t, &without) + AM_LEVEL_WORSE_DB)
        return AM_OK;
    ride(t, &(am_leveller){ .enabled = false });
    t->best = best;
    t->report->dynamics.expected = without;
    return st;
}

/* ------------------------------------------------------------------ expansion */

static double upper_db(const double *quantiles) { return quantiles[P95] - quantiles[P50]; }

static bool wants_expansion(const task *t)
{
    return !t->best.enabled && !t->leveller.enabled && t->report->before.dynamics.psr_db > AM_DYN_EXPAND_PSR_DB &&
           upper_db(t->fit.wish_db + AM_QUANTILES) - upper_db(t->report->dynamics.plain.fast_lu) > AM_DYN_EXPAND_SHORT_DB;
}

static am_status expand(task *t)
{
    const double without_db = distance(t, &t->report->dynamics.plain);
    const am_compressor c = {
        .enabled = true,
        .threshold_lufs = am_round_to(am_clamp(t->fit.in_front_lufs + t->fit.open.fast_lu[P50], -80.0, 10.0), 0.01),
        .ratio = AM_DYN_EXPAND_RATIO,
        .knee_db = AM_DYN_KNEE_DB,
        .range_db = AM_DYN_EXPAND_RANGE_DB,
        .attack_ms = AM_DYN_USUAL_ATTACK_MS,
        .release_ms = AM_DYN_USUAL_RELEASE_MS,
    };
    am_features behind;
    const am_status st = carry_through(t, &c, &behind);

    if (!st && t->plain.end == AM_DRIVE_REACHED && worth(t, &behind, without_db))
        keep(t, &c, &behind);
    return st;
}

/* ------------------------------------------------------------------ amount */

double am_compress_part(double ratio, double amount)
{
    return am_round_to(1.0 / fmax(1.0 - amount * (1.0 - 1.0 / ratio), 0.1), 0.01);
}

static bool within_bounds(const task *t, const am_compressor *c)
{
    am_reduction reduction;
    am_features ignored;

    am_simulation_run(t->fit.simulation, c, &reduction, &ignored);
    return c->ratio <= AM_DYN_RATIO && reduction.p50_db <= AM_DYN_P50_DB && reduction.p99_db <= AM_DYN_P99_DB;
}

/* So much of every gain that is solved for; above 1 as far as the bounds let it, and no expansion. */
static void go_part(task *t, double amount)
{
    const am_compressor whole = t->best;
    double part = whole.ratio < 1.0 ? fmin(amount, 1.0) : amount;
    am_leveller *l = &t->leveller;

    if (l->enabled) {
        l->amount = am_round_to(fmin(amount * l->amount, AM_LEVEL_AMOUNT), 0.01);
        l->range_db = am_round_to(fmin(amount, 1.0) * l->range_db, 0.01);
        l->enabled = l->amount > 0.0;
        ride(t, l);
    }
    if (whole.enabled) {
        t->best.ratio = am_compress_part(whole.ratio, part);
        while (part > 1.0 && !within_bounds(t, &t->best)) {
            part = fmax(part - 0.05, 1.0);
            t->best.ratio = am_compress_part(whole.ratio, part);
        }
        t->best.range_db = whole.ratio < 1.0 ? am_round_to(part * whole.range_db, 0.01) : whole.range_db;
        t->best.enabled = t->best.ratio != 1.0;
    }
    if (!t->best.enabled && !t->leveller.enabled)
        t->report->dynamics.expected = t->report->dynamics.plain;
}

/* ------------------------------------------------------------------ loudness split */

/* The threshold at which the typical reduction is p50_db, within the bounds */
static void press_typically(task *t, double p50_db, am_compressor *c)
{
    double low = fmax(t->fit.in_front_lufs - 30.0, -80.0), high = fmin(t->fit.in_front_lufs + 6.0, 10.0);

    for (int round = 0; round < 12; round++) {
        am_reduction reduction;
        am_features ignored;

        c->threshold_lufs = am_round_to(0.5 * (low + high), 0.01);
        am_simulation_run(t->fit.simulation, c, &reduction, &ignored);
        if (reduction.p50_db > p50_db || reduction.p99_db > AM_DYN_P99_DB)
            low = c->threshold_lufs;
        else
            high = c->threshold_lufs;
    }
    c->threshold_lufs = am_round_to(high, 0.01);
}

/* Cheaper than solving: at the peaks of the best so far, is it louder? */
static am_status promises(const task *t, const am_compressor *c, bool *out)
{
    am_features before, after;
    am_drive at;
    am_status st;

    am_simulation_run(t->fit.simulation, &t->best, NULL, &before);
    am_simulation_run(t->fit.simulation, c, NULL, &after);
    st = am_drive_predict(t->blocks, &t->report->plan.clip, &t->report->plan.limiter, t->drive.drive_db + before.integrated_lufs - after.integrated_lufs,
                          t->options->allocator, &at, t->err);
    *out = !st && at.integrated_lufs > t->drive.integrated_lufs;
    return st;
}

/* What no limiter alone can do: gentle compression first, in one step. */
static am_status split_loudness(task *t)
{
    am_compressor c = t->best;
    am_reduction reduction = { 0 };
    bool promising = false;
    am_features ignored;
    am_drive louder;
    am_status st;

    am_simulation_run(t->fit.simulation, &c, &reduction, &ignored);
    if (reduction.p50_db > AM_DYN_P50_DB - AM_DYN_SPLIT_LEAST_DB)
        return AM_OK;
    if (!c.enabled) {
        c = t->report->plan.compressor;
        c.enabled = true;
        c.ratio = 2.0;
        c.attack_ms = AM_DYN_USUAL_ATTACK_MS;
        c.release_ms = AM_DYN_USUAL_RELEASE_MS;
    }
    press_typically(t, fmin(reduction.p50_db + AM_DYN_SPLIT_DB, AM_DYN_P50_DB), &c);
    st = am_simulation_press(t->fit.simulation, &c, t->err);
    if (!st)
        st = promises(t, &c, &promising);
    if (!st && promising)
        st = drive(t, &louder);
    if (!st && promising && louder.integrated_lufs > t->drive.integrated_lufs + AM_DYN_SPLIT_WORTH_LU) {
        t->best = c;
        t->drive = louder;
    }
    return st;
}

/* ------------------------------------------------------------------ telling */

/* How much wider the upper and lower halves of the wish lie than what there is */
static double wider_db(const task *t, const am_features *is)
{
    double sum = 0.0;

    for (int q = 0; q < AM_QUANTILES; q++) {
        const double sign = q < P50 ? -1.0 : q > P50 ? 1.0 : 0.0;

        sum += sign * (t->fit.wish_db[q] - is->momentary_lu[q] + t->fit.wish_db[AM_QUANTILES + q] - is->fast_lu[q]);
    }
    return sum / (AM_QUANTILES - 1);
}

static void tell_target(task *t)
{
    const double more_db = wider_db(t, &t->report->dynamics.plain);

    if (t->best.enabled && t->best.ratio < 1.0)
        am_note_add(t->report, AM_STAGE_DYNAMICS, "expanded", more_db,
                    "The target is livelier than the mix: what is above the typical level is expanded by up to %.0f dB.",
                    AM_DYN_EXPAND_RANGE_DB);
    else if (!t->best.enabled && !t->leveller.enabled && more_db > AM_DYN_MORE_DB)
        am_note_add(t->report, AM_STAGE_DYNAMICS, "target_more_dynamic", more_db,
                    t->report->plan.multiband.enabled
                        ? "The target is more dynamic than the mix by about %.1f dB; that cannot be put back, so the whole is not compressed."
                        : "The target is more dynamic than the mix by about %.1f dB; that cannot be put back, so the dynamics are left alone.",
                    more_db);
}

static void tell_bounds(task *t, const am_reduction *reduction)
{
    const double left_db = t->report->dynamics.expected_rms_db;

    if (left_db > AM_DYN_LEFT_DB && (t->best.ratio > 0.95 * AM_DYN_RATIO || reduction->p50_db > 0.9 * AM_DYN_P50_DB ||
                                     reduction->p99_db > 0.9 * AM_DYN_P99_DB))
        am_note_add(t->report, AM_STAGE_DYNAMICS, "dynamics_capped", left_db,
                    "The target is denser than gentle compression gets: the compressor stops at its limits, %.1f dB away.", left_db);
}

static void finish(task *t)
{
    am_dynamics_evidence *d = &t->report->dynamics;
    am_plan *plan = &t->report->plan;
    am_reduction reduction;
    am_features ignored;

    if (t->best.enabled)
        plan->compressor = t->best;
    d->expected_rms_db = am_features_distance(d->expected.momentary_lu, d->expected.fast_lu, &t->report->target);
    if (d->present)
        tell_target(t);
    if (t->leveller.enabled) {
        am_simulation_level(t->fit.simulation, &t->leveller, &reduction);
        plan->leveller = t->leveller;
        plan->expected.leveller_p50_db = reduction.p50_db;
        plan->expected.leveller_p95_db = reduction.p95_db;
        plan->expected.leveller_max_db = reduction.max_db;
    }
    if (!t->best.enabled)
        return;
    am_simulation_run(t->fit.simulation, &t->best, &reduction, &ignored);
    plan->expected.compressor_p50_db = reduction.p50_db;
    plan->expected.compressor_p95_db = reduction.p95_db;
    plan->expected.compressor_max_db = reduction.max_db;
    if (d->present && t->best.ratio > 1.0)
        tell_bounds(t, &reduction);
}

/* ------------------------------------------------------------------ solve */

static void clear(am_report *report)
{
    am_plan neutral;

    am_plan_neutral(&neutral, 44100);
    report->plan.leveller = neutral.leveller;
    report->plan.compressor = neutral.compressor;
    report->plan.clip = neutral.clip;               /* match/clipplan.h decides, behind this */
    report->plan.expected.leveller_p50_db = report->plan.expected.leveller_p95_db = report->plan.expected.leveller_max_db = 0.0;
    report->plan.expected.compressor_p50_db = report->plan.expected.compressor_p95_db = report->plan.expected.compressor_max_db = 0.0;
    memset(&report->dynamics, 0, sizeof report->dynamics);
    am_note_clear(report, AM_STAGE_DYNAMICS);
}

/* Share of the sounding slices of the mix whose highest sample stands at its very top. Of 21 mixes at most 0.01, of limited masters that
 * no lossy codec rounded off 0.2 to 0.7. */
static double flat_share(const am_analysis *before)
{
    const am_overview *o = &before->overview;
    double sounding = 0.0, flat = 0.0;
    float top = 0.0f;

    for (uint32_t i = 0; i < o->count; i++)
        top = fmaxf(top, fmaxf(-o->low[i], o->high[i]));
    for (uint32_t i = 0; i < o->count; i++) {
        const float extreme = fmaxf(-o->low[i], o->high[i]);

        sounding += extreme > 0.03f * top;
        flat += extreme > 0.0f && am_db_from_gain((double)extreme / (double)top) > -AM_DYN_LIMITED_FLAT_DB;
    }
    return sounding > 0.0 ? flat / sounding : 0.0;
}

bool am_compress_is_limited(const am_analysis *mix)
{
    return mix->dynamics.plr_db < AM_DYN_LIMITED_PLR_DB && flat_share(mix) > AM_DYN_LIMITED_FLAT_SHARE;
}

static void tell_limited(am_report *report)
{
    const double plr_db = report->before.dynamics.plr_db;

    am_note_add(report, AM_STAGE_DYNAMICS, "mix_limited", plr_db,
                "The mix is limited already (its peaks are flat, %.1f dB above its loudness): no compressor; a mix without limiting would "
                "give a better master.", plr_db);
}

static am_status decide(task *t)
{
    const am_shared *shared = am_shared_of_levels(t->options, &t->report->target);
    am_dynamics_evidence *d = &t->report->dynamics;
    am_status st = trace(t, t->plain.drive_db, &d->plain);

    if (st)
        return st;
    t->levelled = d->expected = d->plain;
    t->fit.same_song = am_shared_song(shared);
    d->present = tells(&t->report->target) && isfinite(d->plain.integrated_lufs);
    d->plain_rms_db = am_features_distance(d->plain.momentary_lu, d->plain.fast_lu, &t->report->target);
    am_simulation_run(t->fit.simulation, &t->report->plan.compressor, NULL, &t->fit.open);
    t->fit.in_front_lufs = t->fit.open.integrated_lufs;
    if (!isfinite(t->fit.in_front_lufs))
        return AM_OK;
    if (am_compress_is_limited(&t->report->before)) {
        tell_limited(t->report);
        return AM_OK;
    }
    if (d->present) {
        const double amount = sure_amount(t);

        wish(t, amount);
        if (amount > 0.0)
            st = compress(t);
        if (!st)
            st = level(t);
    }
    if (!st && d->present && wants_expansion(t))
        st = expand(t);
    if (!st && t->options->amount_dynamics != 1.0)
        go_part(t, t->options->amount_dynamics);
    if (!st)
        st = am_simulation_press(t->fit.simulation, &t->best, t->err);
    if (!st && (t->leveller.enabled || t->best.enabled))
        st = drive(t, &t->drive);
    if (!st)        /* a quicker limiter first: it leaves the levels as they are */
        st = am_quickplan_drive(t->blocks, &t->report->plan.clip, &t->report->plan.limiter, t->wanted_lufs, t->offset_lu, t->options->allocator,
                                &t->drive, t->err);
    if (!st && am_drive_falls_short(&t->drive))
        st = split_loudness(t);
    if (!st)
        st = am_simulation_press(t->fit.simulation, &t->best, t->err);
    return st || !(t->leveller.enabled || t->best.enabled) ? st : trace(t, t->drive.drive_db, &d->expected);
}

am_status am_compress_solve(const am_options *options, am_blocks *blocks, double wanted_lufs, double offset_lu, am_report *report,
                            am_drive *out, am_error *err)
{
    task t = { .options = options, .blocks = blocks, .wanted_lufs = wanted_lufs, .offset_lu = offset_lu, .report = report, .err = err };
    am_status st;

    clear(report);
    (void)am_blocks_ride(blocks, NULL, 0, err);
    st = drive(&t, &t.plain);
    t.drive = t.plain;
    if (st || !(options->amount_dynamics > 0.0)) {
        *out = t.drive;
        return st;
    }
    st = am_simulation_open(blocks, options->allocator, &t.fit.simulation, err);
    if (!st)
        st = decide(&t);
    if (!st) {
        finish(&t);
        *out = t.drive;
        st = am_simulation_press(t.fit.simulation, &t.best, err);
    }
    am_simulation_close(t.fit.simulation);
    return st;
}
