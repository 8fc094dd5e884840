#include "pipeline/aim.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "match/drive.h"
#include "match/notes.h"
#include "match/params.h"
#include "match/retouch.h"
#include "references/blend.h"
#include "report/guidance.h"

/* What of a difference from the profile's mean is followed: d^3 / (d^2 + usual^2), usual so many deviations from song to song. */
static const double usual_deviations = 2.0;
static const double gate_lu = 0.1;      /* what a loudness may miss by */
static const double limited_db = 6.0;   /* of peaks that a limiter is asked to take off for a profile [set] */
static const double sparing_lu = 12.0;  /* of loudness that is looked through for less */
static const double below_lu = 3.0;     /* that a loudness settles below those of the profile; what is further off is out of reach [set] */
static const double least_share = 0.02; /* of a style to be blended */

typedef struct cast {
    am_profile *profiles[AM_MAX_REFERENCES];
    double weights[AM_MAX_REFERENCES];  /* sum 1 */
    size_t count;
} cast;

static void dismiss(cast *c)
{
    for (size_t i = 0; i < c->count; i++)
        am_profile_close(c->profiles[i]);
    c->count = 0;
}

/* ------------------------------------------------------------------ which */

static am_status engage(const am_options *o, const char *name, double weight, cast *c, am_error *err)
{
    am_status st = am_profile_load(name, o->profile_folder, o->allocator, &c->profiles[c->count], err);

    if (!st)
        c->weights[c->count++] = weight;
    return st;
}

bool am_aim_asks_for_style(const am_options *o)
{
    return !o->reference_count && !o->profile && !o->profile_count;
}

/* What the song sounds like; the share that no style can claim is the neutral profile's. */
static am_status engage_style(const am_options *o, const am_analysis *before, cast *c, am_error *err)
{
    am_status st = AM_OK;

    for (uint32_t i = 0; i < before->style_count && c->count < AM_MAX_REFERENCES && !st; i++)
        if (before->style[i].weight >= least_share)
            st = engage(o, strcmp(before->style[i].name, "unknown") == 0 ? "neutral" : before->style[i].name, before->style[i].weight, c, err);
    return st;
}

static am_status choose(const am_options *o, const am_analysis *before, cast *c, am_error *err)
{
    double total = 0.0;
    am_status st = o->profile ? engage(o, o->profile, 1.0, c, err) : AM_OK;

    for (size_t i = 0; i < o->profile_count && !st; i++)
        st = engage(o, o->profiles[i].path, o->profiles[i].weight, c, err);
    if (!st && am_aim_asks_for_style(o))
        st = engage_style(o, before, c, err);
    if (!st && !c->count)
        st = engage(o, "neutral", 1.0, c, err);
    for (size_t i = 0; i < c->count; i++)
        total += c->weights[i];
    for (size_t i = 0; i < c->count; i++)
        c->weights[i] /= total;
    return st;
}

/* ------------------------------------------------------------------ loudness */

static double deviation_of(const double range[2])
{
    static const double ends = 2.5631031310892007;      /* from 10 to 90 % of a normal distribution, in deviations */

    return fmax((range[1] - range[0]) / ends, 0.1);
}

/* The loudness that is left when no peak may be over the ceiling */
static double at_ceiling_lufs(const am_analysis *own, double ceiling_dbtp)
{
    return own->loudness.integrated_lufs - fmax(own->peak.true_peak_dbtp - ceiling_dbtp, 0.0);
}

/* Released masters peak above the ceiling that is safe, so their loudness and their density cannot both be had under it: what suits
 * both best, each by its own spread, and the density of nine in ten of them in any case. A song whose peaks stand out more than a
 * limiter takes off well is brought as far as the sparsest ten in a hundred, and further only by what a limiter does well. One that is
 * louder already is turned down to the loudest ten in a hundred, no further than the ceiling asks for. */
static void aim_loudness(const am_analysis *own, double ceiling_dbtp, am_target *t)
{
    const double dense_lufs = ceiling_dbtp - t->plr_db, own_plr_db = own->dynamics.plr_db;
    const double kept_lufs = at_ceiling_lufs(own, ceiling_dbtp);

    if (!isfinite(t->loudness_lufs) || !isfinite(t->plr_db) || !isfinite(t->plr_range_db[0]) || !isfinite(t->loudness_range_lufs[0]))
        return;
    const double a = pow(deviation_of(t->loudness_range_lufs), -2.0), b = pow(deviation_of(t->plr_range_db), -2.0);
    const double both_lufs = (a * t->loudness_lufs + b * dense_lufs) / (a + b);

    const double densest_db = fmax(ceiling_dbtp - both_lufs, t->plr_range_db[0]);
    const double gentle_db = fmin(isfinite(own_plr_db) ? own_plr_db - limited_db : -INFINITY, t->plr_range_db[1]);
    const double lufs = am_round_to(fmax(ceiling_dbtp - fmax(densest_db, gentle_db), isfinite(kept_lufs) ? kept_lufs : -INFINITY), 0.1);
    const double margin_lu = fmin(gate_lu, 0.5 * (t->loudness_range_lufs[1] - t->loudness_range_lufs[0]));

    t->loudness_lufs = am_clamp(lufs, t->loudness_range_lufs[0] + margin_lu, t->loudness_range_lufs[1] - margin_lu);
    t->plr_db = ceiling_dbtp - t->loudness_lufs;
}

/* ------------------------------------------------------------------ levels */

static double spread_of(const cast *c, am_quantity quantity, int index)
{
    double sum = 0.0, total = 0.0;

    for (size_t i = 0; i < c->count; i++) {
        const double d = am_blend_tolerated(c->profiles[i], quantity, index).deviation;

        if (isfinite(d)) {
            sum += c->weights[i] * d * d;
            total += c->weights[i];
        }
    }
    return total > 0.0 ? sqrt(sum / total) : NAN;
}

static double followed(double own, double wanted, double deviation)
{
    const double d = wanted - own, usual = usual_deviations * deviation;

    return isfinite(d) && isfinite(usual) ? own + d * d * d / fmax(d * d + usual * usual, 1e-9) : wanted;
}

static void aim_levels(const cast *c, const am_analysis *before, am_target *t)
{
    for (int q = 0; q < AM_QUANTILES; q++) {
        t->short_term_lu[q] = followed(before->dynamics.short_term_lu[q], t->short_term_lu[q], spread_of(c, AM_QUANTITY_SHORT_TERM, q));
        t->momentary_lu[q] = followed(before->dynamics.momentary_lu[q], t->momentary_lu[q], spread_of(c, AM_QUANTITY_MOMENTARY, q));
        t->fast_lu[q] = followed(before->dynamics.fast_lu[q], t->fast_lu[q], spread_of(c, AM_QUANTITY_FAST, q));
    }
    t->range_lu = followed(before->loudness.range_lu, t->range_lu, spread_of(c, AM_QUANTITY_RANGE, 0));
}

/* ------------------------------------------------------------------ telling */

static void tell_few(const cast *c, am_report *report)
{
    for (size_t i = 0; i < c->count; i++) {
        const uint32_t n = am_profile_songs(c->profiles[i]);

        if (n < AM_PROFILE_FEW)
            am_note_add(report, AM_STAGE_TARGET, "profile_few_songs", n, n ? "The profile %s rests on %u %s only: it is followed gently."
                                                                           : "The profile %s is a convention (%u %s behind it): it is followed gently.",
                        c->profiles[i]->name, n, n == 1 ? "song" : "songs");
    }
}

/* Of styles the heaviest comes first; neutral stands where none is recognised. */
static void tell_style(const cast *c, am_report *report)
{
    bool whole = true;

    for (size_t i = 0; i < c->count; i++)
        whole = whole && strcmp(c->profiles[i]->name, "neutral") != 0;
    am_note_add(report, AM_STAGE_TARGET, "style", NAN,
                whole ? "It sounds like %.200s, and is mastered towards that."
                : strcmp(c->profiles[0]->name, "neutral") == 0
                    ? "Its style is not recognised: it is mastered towards %.180s."
                    : "It is mastered towards what it sounds like, %.160s; neutral stands for what is not recognised.",
                report->target.name);
}

static void tell_louder(const am_options *o, am_report *report)
{
    const double over_lu = at_ceiling_lufs(&report->before, o->ceiling_dbtp) - report->target.loudness_lufs;

    if (isnan(o->loudness_lufs) && !o->loudness_from && over_lu >= AM_GUIDANCE_LEAST_DB)
        am_note_add(report, AM_STAGE_TARGET, "louder_than_profile", over_lu,
                    "It is louder than nine in ten of the profile: it is turned down by %.1f dB more than its peaks ask for.", over_lu);
}

/* A mix is not loud yet, and a bass in the middle is no fault. */
static bool told_of_mix(const am_deviation *d)
{
    return strcmp(d->unit, "LUFS") != 0 && strncmp(d->what, "peak", 4) != 0 && !(strcmp(d->what, "low-end side") == 0 && d->beyond < 0.0);
}

/* What analyze compares the song with; of profiles that were asked for, the heaviest. NULL: none has enough of it. */
static const am_profile *nearest(const cast *c, const am_options *o, const am_analysis *before)
{
    const am_style *style = am_aim_asks_for_style(o) ? am_guidance_style(before) : NULL;
    size_t best = 0;

    for (size_t i = 0; i < c->count && style; i++)
        if (strcmp(c->profiles[i]->name, style->name) == 0)
            return c->profiles[i];
    for (size_t i = 1; i < c->count; i++)
        best = c->weights[i] > c->weights[best] ? i : best;
    return am_aim_asks_for_style(o) || c->weights[best] < AM_GUIDANCE_SHARE ? NULL : c->profiles[best];
}

static am_status tell_deviations(const cast *c, const am_options *o, am_report *report, am_error *err)
{
    const am_profile *profile = nearest(c, o, &report->before);
    am_deviation all[AM_DEVIATIONS];
    size_t count = 0;
    am_status st = AM_OK;

    if (profile)
        st = am_profile_judge(profile, &report->before, all, &count, err);
    for (size_t i = 0; i < count && !st; i++)
        if (told_of_mix(&all[i]) && fabs(all[i].beyond) >= AM_GUIDANCE_LEAST_DB)
            am_note_add(report, AM_STAGE_TARGET, "unlike_profile", all[i].beyond, "The mix is unlike %s: %s.", profile->name, all[i].text);
    return st;
}

static void take_amounts(const cast *c, am_options *o)
{
    double tone = 0.0, dynamics = 0.0, width = 0.0, loudness = 0.0;

    for (size_t i = 0; i < c->count; i++) {
        tone += c->weights[i] * c->profiles[i]->amount_tone;
        dynamics += c->weights[i] * c->profiles[i]->amount_dynamics;
        width += c->weights[i] * c->profiles[i]->amount_width;
        loudness += c->weights[i] * c->profiles[i]->amount_loudness;
    }
    o->amount_tone = fmin(o->amount_tone * tone, 1.5);
    o->amount_dynamics = fmin(o->amount_dynamics * dynamics, 1.5);
    o->amount_width = fmin(o->amount_width * width, 1.5);
    o->amount_loudness = fmin(o->amount_loudness * loudness, 1.5);
}

am_status am_aim_profiles(am_run *run, am_report *report, am_error *err)
{
    cast c = { 0 };
    am_status st = choose(&run->options, &report->before, &c, err);

    if (!st)
        st = am_target_from_profiles((const am_profile *const *)c.profiles, c.weights, c.count, &report->target, err);
    if (!st) {
        aim_loudness(&report->before, run->options.ceiling_dbtp, &report->target);
        tell_louder(&run->options, report);
        aim_levels(&c, &report->before, &report->target);
        take_amounts(&c, &run->options);
        if (am_aim_asks_for_style(&run->options) && report->before.style_count)
            tell_style(&c, report);
        tell_few(&c, report);
        st = tell_deviations(&c, &run->options, report, err);
    }
    dismiss(&c);
    return st;
}

/* ------------------------------------------------------------------ what is reached */

static bool is_range(const am_run *run, const am_report *report)
{
    const am_options *o = &run->options;

    return !o->reference_count && !o->loudness_from && isnan(o->loudness_lufs) && isfinite(report->target.loudness_range_lufs[0]);
}

double am_aim_least_lufs(const am_run *run, const am_report *report, double wanted_lufs)
{
    return is_range(run, report) ? fmin(wanted_lufs, report->target.loudness_range_lufs[0]) : wanted_lufs;
}

/* What a loudness asks of the limiter, and what the limiter does to the tone then */
typedef struct cost {
    am_drive drive;
    double tone_db;
} cost;

static am_status ask(const am_run *run, const am_blocks *blocks, const am_course *course, const am_report *report, double lufs, double offset_lu,
                     cost *out, am_error *err)
{
    const am_limiter *limiter = &report->plan.limiter;
    double change_db[AM_BANDS];
    am_status st = am_drive_solve(blocks, NULL, limiter, lufs, offset_lu, run->options.allocator, &out->drive, err);

    out->tone_db = 0.0;
    if (st || !course || !(out->drive.max_db > 0.0))
        return st;
    st = am_course_change(course, blocks, NULL, limiter, out->drive.drive_db, change_db, err);
    if (!st)
        out->tone_db = am_retouch_rms_db(report, change_db);
    return st;
}

/* Told once: the last settling counts. */
static void tell_settled(am_report *report, double lufs, bool for_tone)
{
    am_note_clear(report, AM_STAGE_LOUDNESS);
    if (for_tone)
        am_note_add(report, AM_STAGE_LOUDNESS, "loudness_for_tone", lufs,
                    "Louder than %.1f LUFS, the limiter would change the tone by more than %.2g dB: the loudness stops there.", lufs, AM_RETOUCH_MOST_DB);
    else
        am_note_add(report, AM_STAGE_LOUDNESS, "loudness_settled", lufs, "Louder than %.1f LUFS would take more limiting than sounds well%s.", lufs,
                    lufs < report->target.loudness_range_lufs[0] ? ": the loudness stops there" : "; this is usual for the profile, too");
}

static void settle(am_report *report, double ceiling_dbtp, double lufs, bool for_tone, double *wanted_lufs)
{
    *wanted_lufs = report->target.loudness_lufs = lufs;
    report->target.plr_db = ceiling_dbtp - lufs;
    tell_settled(report, lufs, for_tone);
}

/* The highest loudness at which the limiter changes the tone by no more than that */
static am_status spare_tone(const am_run *run, const am_blocks *blocks, const am_course *course, double offset_lu, const cost *worst,
                            am_report *report, double *wanted_lufs, am_error *err)
{
    double low = worst->drive.integrated_lufs - sparing_lu, high = worst->drive.integrated_lufs;
    am_status st = AM_OK;

    while (!st && high - low > gate_lu) {
        const double lufs = 0.5 * (low + high);
        cost at;

        st = ask(run, blocks, course, report, lufs, offset_lu, &at, err);
        if (at.tone_db > AM_RETOUCH_MOST_DB)
            high = lufs;
        else
            low = lufs;
    }
    if (st)
        return st;
    settle(report, run->options.ceiling_dbtp, am_round_to(low, 0.01), true, wanted_lufs);
    return AM_OK;
}

am_status am_aim_settle(const am_run *run, const am_blocks *blocks, const am_course *course, double offset_lu, am_report *report,
                        double *wanted_lufs, am_error *err)
{
    cost at;
    am_status st;

    if (!is_range(run, report) || !isfinite(*wanted_lufs))
        return AM_OK;
    st = ask(run, blocks, course, report, *wanted_lufs, offset_lu, &at, err);
    if (!st && at.tone_db > AM_RETOUCH_MOST_DB)
        return spare_tone(run, blocks, course, offset_lu, &at, report, wanted_lufs, err);
    if (st || !am_drive_falls_short(&at.drive))
        return st;
    const double lufs = am_round_to(fmax(at.drive.integrated_lufs - gate_lu, report->target.loudness_range_lufs[0] - below_lu), 0.01);

    if (lufs < *wanted_lufs - gate_lu)
        settle(report, run->options.ceiling_dbtp, lufs, false, wanted_lufs);
    return AM_OK;
}
