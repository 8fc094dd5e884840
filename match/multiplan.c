#include "match/multiplan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/note.h"
#include "base/plan_check.h"
#include "dsp/compgain.h"
#include "match/compress.h"
#include "match/params.h"
#include "match/passages.h"

enum { P10 = 1, P50 = 3, P95 = 6 };         /* indices of AM_QUANTILES */
enum { BINS = 9000, ROUNDS = 10, LOWER = 4 };

static const double lowest_db = -160.0, bins_per_db = 50.0, step_s = 0.02, lower_db = 2.0;
static const double edge_hz[AM_REGIONS + 1] = AM_REGION_HZ;

/* ------------------------------------------------------------------ evidence */

/* How much wider the levels of a band lie than the target's between two quantiles, beyond what the levels of all do. */
static double wider_db(const am_report *report, int region, int from, int to)
{
    const am_dynamics *is = &report->before.dynamics;
    const am_target *target = &report->target;
    const double all_db = is->fast_lu[to] - is->fast_lu[from] - (target->fast_lu[to] - target->fast_lu[from]);
    const double band_db = is->region_db[region][to] - is->region_db[region][from] -
                           (target->region_db[region][to] - target->region_db[region][from]);

    return band_db - fmax(all_db, 0.0);
}

/* How much narrower the upper half of each band should be; 0: nothing to do. The lower half alone is gaps, which are arrangement. */
static bool wish(const am_options *options, const am_report *report, double out_db[AM_REGIONS])
{
    const am_shared *shared = am_shared_of_levels(options, &report->target);
    const bool one = am_shared_recording(shared);
    const double least_db = one ? AM_MULTI_ONE_LEAST_DB : AM_MULTI_LEAST_DB;
    bool any = false;

    for (int r = 0; r < AM_REGIONS; r++) {
        const double whole_db = wider_db(report, r, P10, P95), upper_db = wider_db(report, r, P50, P95);
        const bool asked = whole_db > least_db && upper_db > least_db && !am_shared_song(shared);

        out_db[r] = asked ? upper_db * (1.0 - pow(least_db / upper_db, 2.0)) : 0.0;
        any = any || out_db[r] > 0.0;
    }
    return any;
}

/* ------------------------------------------------------------------ one band */

typedef struct histogram {
    uint32_t bins[BINS], count;
} histogram;

static void enter(histogram *h, double db)
{
    h->bins[(size_t)am_clamp((db - lowest_db) * bins_per_db, 0.0, BINS - 1)]++;
    h->count++;
}

static double quantile(const histogram *h, double share)
{
    const double wanted = share * h->count;
    double sum = 0.0;
    size_t i = 0;

    while (i < BINS - 1 && (sum += h->bins[i]) <= wanted)
        i++;
    return lowest_db + ((double)i + 0.5) / bins_per_db;
}

typedef struct band {
    const am_trace *mix;
    int region;
    histogram levels, reductions;   /* scratch */
    float *most_db;                 /* of each step, the greatest reduction of any band; NULL: not asked for */
    double upper_db, p50_db, p99_db, power_kept;    /* of what was simulated last */
} band;

/* The detector of dsp/compgain.h at the steps of the trace, over the whole piece; what is loud counts. */
static void simulate(band *b, const am_compressor *c)
{
    const double attack = exp(-1000.0 * step_s / c->attack_ms), release = exp(-1000.0 * step_s / c->release_ms);
    double held = 0.0, smooth = 0.0, before = 0.0, after = 0.0;

    memset(&b->levels, 0, sizeof b->levels);
    memset(&b->reductions, 0, sizeof b->reductions);
    for (size_t i = 0; i < b->mix->step_count; i++) {
        const am_trace_step *step = &b->mix->steps[i];
        const double level_db = 0.01 * step->region_cdb[b->region], wanted_db = -am_compgain_static(c, level_db);

        held = fmax(wanted_db, release * held + (1.0 - release) * wanted_db);
        smooth = attack * smooth + (1.0 - attack) * held;
        if (b->most_db)
            b->most_db[i] = fmaxf(b->most_db[i], (float)smooth);
        if (!step->loud)
            continue;
        enter(&b->levels, level_db - smooth);
        enter(&b->reductions, smooth);
        before += am_power_from_db(level_db);
        after += am_power_from_db(level_db - smooth);
    }
    b->upper_db = quantile(&b->levels, 0.95) - quantile(&b->levels, 0.5);
    b->p50_db = quantile(&b->reductions, 0.5);
    b->p99_db = quantile(&b->reductions, 0.99);
    b->power_kept = before > 0.0 ? after / before : 1.0;
}

static am_compressor curve(const am_multiband *m, int region, double threshold_db, double ratio)
{
    am_multiband tried = *m;

    tried.threshold_db[region] = threshold_db;
    tried.ratio[region] = ratio;
    return am_compgain_of_band(&tried, region);
}

/* The ratio with which the band comes to upper_db, or as near as the bounds let it. */
static double ratio_for(band *b, const am_multiband *m, double threshold_db, double upper_db)
{
    double low = 1.0, high = AM_DYN_RATIO;

    for (int round = 0; round < ROUNDS; round++) {
        const double ratio = 0.5 * (low + high);
        const am_compressor c = curve(m, b->region, threshold_db, ratio);

        simulate(b, &c);
        if (b->upper_db > upper_db && b->p50_db <= AM_MULTI_P50_DB && b->p99_db <= AM_MULTI_P99_DB)
            low = ratio;
        else
            high = ratio;
    }
    return am_round_to(low, 0.01);
}

static double makeup_db(const band *b) { return am_round_to(am_clamp(-am_db_from_power(b->power_kept), -12.0, 12.0), 0.01); }

/* From the median level downwards, until the band is as narrow as wished; else what makes it narrowest. */
static void solve_band(band *b, am_multiband *m, double narrower_db)
{
    const int r = b->region;
    const am_compressor off = curve(m, r, 10.0, 1.0);
    double median_db, open_db, narrowest_db;

    simulate(b, &off);
    open_db = narrowest_db = b->upper_db;
    median_db = quantile(&b->levels, 0.5);
    for (int k = 0; k < LOWER && narrowest_db > open_db - 0.95 * narrower_db; k++) {
        const double threshold_db = am_round_to(am_clamp(median_db - lower_db * k, -100.0, 10.0), 0.01);
        const am_compressor c = curve(m, r, threshold_db, ratio_for(b, m, threshold_db, open_db - narrower_db));

        simulate(b, &c);
        if (b->upper_db < narrowest_db && c.ratio >= AM_MULTI_SMALL_RATIO) {
            narrowest_db = b->upper_db;
            m->threshold_db[r] = threshold_db;
            m->ratio[r] = c.ratio;
            m->makeup_db[r] = makeup_db(b);
        }
    }
}

static void try(band *b, am_multiband *m, double ratio)
{
    const am_compressor c = curve(m, b->region, m->threshold_db[b->region], ratio);

    m->ratio[b->region] = c.ratio;
    simulate(b, &c);
}

/* So much of the reduction that is solved for; above 1 as far as the bounds let it. */
static void go_part(band *b, am_multiband *m, double amount)
{
    const int r = b->region;
    const double whole = m->ratio[r];
    double part = amount;

    if (!(whole > 1.0))
        return;
    try(b, m, am_compress_part(whole, part));
    while (part > 1.0 && !(m->ratio[r] <= AM_DYN_RATIO && b->p50_db <= AM_MULTI_P50_DB && b->p99_db <= AM_MULTI_P99_DB)) {
        part = fmax(part - 0.05, 1.0);
        try(b, m, am_compress_part(whole, part));
    }
    m->makeup_db[r] = makeup_db(b);
}

/* ------------------------------------------------------------------ behind the equaliser */

/* Power response of the band-pass that the levels were measured through (analyze/dynamics.h). */
static double measured_through(int region, double hz)
{
    const double low = edge_hz[region], high = edge_hz[region + 1];

    return 1.0 / (1.0 + pow((hz * hz - low * high) / (hz * (high - low)), 8.0));
}

/* Of the low-pass of the renderer: the integral of its window's main lobe, nearly a Gaussian. */
static double low_pass(int edge, double hz)
{
    static const double lobe_hz = 62.0;

    return edge == 0 ? 0.0 : edge == AM_REGIONS ? 1.0 : 0.5 * erfc((hz - edge_hz[edge]) / (sqrt(2.0) * lobe_hz));
}

/* What equaliser, width and the other shape of the band add to the level that the renderer will see. */
static double shift_db(const am_report *report, int region)
{
    double before = 0.0, behind = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = am_band_hz(k), through = low_pass(region + 1, hz) - low_pass(region, hz);
        const double mid = am_power_from_db(report->before.mid.power_db[k]), side = am_power_from_db(report->before.side.power_db[k]);
        const double tone = am_power_from_db(report->tone.applied_db[k]);
        const double width = report->plan.width.enabled ? am_power_from_db(report->width.applied_db[k]) : 1.0;

        if (!isfinite(mid))
            continue;
        before += (mid + (isfinite(side) ? side : 0.0)) * measured_through(region, hz);
        behind += (mid + (isfinite(side) ? side * width : 0.0)) * tone * through * through;
    }
    return before > 0.0 && behind > 0.0 ? am_db_from_power(behind / before) : 0.0;
}

/* ------------------------------------------------------------------ all of it */

static void predict(const am_trace *mix, const float *most_db, histogram *h, am_prediction *out)
{
    memset(h, 0, sizeof *h);
    out->multiband_max_db = 0.0;
    for (size_t i = 0; i < mix->step_count; i++)
        if (mix->steps[i].loud) {
            enter(h, (double)most_db[i]);
            out->multiband_max_db = fmax(out->multiband_max_db, am_round_to((double)most_db[i], 0.01));
        }
    out->multiband_p50_db = am_round_to(quantile(h, 0.5), 0.01);
    out->multiband_p95_db = am_round_to(quantile(h, 0.95), 0.01);
}

am_status am_multiplan_solve(const am_options *options, const am_trace *mix, am_report *report, am_error *err)
{
    am_multiband *m = &report->plan.multiband;
    double wish_db[AM_REGIONS];
    float *most_db;
    band *b;
    am_plan neutral;

    am_plan_neutral(&neutral, 44100);
    *m = neutral.multiband;
    report->plan.expected.multiband_p50_db = report->plan.expected.multiband_p95_db = report->plan.expected.multiband_max_db = 0.0;
    if (!(options->amount_dynamics > 0.0) || !mix->step_count || am_compress_is_limited(&report->before) || !wish(options, report, wish_db))
        return AM_OK;
    m->attack_ms = AM_MULTI_ATTACK_MS;
    m->release_ms = AM_MULTI_RELEASE_MS;
    b = am_acquire(options->allocator, 1, sizeof *b);
    most_db = am_acquire(options->allocator, mix->step_count, sizeof *most_db);
    if (!b || !most_db) {
        am_forget(options->allocator, b);
        am_forget(options->allocator, most_db);
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the dynamics solver");
    }
    b->mix = mix;
    for (b->region = 0; b->region < AM_REGIONS; b->region++)
        if (wish_db[b->region] > 0.0)
            solve_band(b, m, wish_db[b->region]);
    for (b->region = 0; b->region < AM_REGIONS && options->amount_dynamics != 1.0; b->region++)
        go_part(b, m, options->amount_dynamics);
    b->most_db = most_db;
    for (b->region = 0; b->region < AM_REGIONS; b->region++) {
        const int r = b->region;
        const am_compressor c = am_compgain_of_band(m, r);

        if (m->ratio[r] <= 1.0)
            continue;
        m->enabled = true;
        simulate(b, &c);
        m->threshold_db[r] = am_round_to(am_clamp(m->threshold_db[r] + shift_db(report, r), -100.0, 10.0), 0.01);
    }
    if (m->enabled)
        predict(mix, most_db, &b->levels, &report->plan.expected);
    am_forget(options->allocator, b);
    am_forget(options->allocator, most_db);
    return AM_OK;
}

void am_multiplan_tell(am_report *report)
{
    const am_multiband *m = &report->plan.multiband;
    char bands[160] = "";
    size_t used = 0;

    if (!m->enabled)
        return;
    for (int r = 0; r < AM_REGIONS; r++)
        if (m->ratio[r] > 1.0)
            used += (size_t)snprintf(bands + used, sizeof bands - used, "%s%s (%.1f : 1)", used ? ", " : "", am_band_words[r], m->ratio[r]);
    am_note_add(report, AM_STAGE_DYNAMICS, "multiband", report->plan.expected.multiband_p50_db,
                "Single bands vary more than the reference's, by more than the whole does; they are compressed by themselves: %s.", bands);
}
