#include "match/target.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "match/bands.h"
#include "match/belief.h"
#include "match/doubt.h"
#include "match/params.h"

/* ------------------------------------------------------------------ weighted means that skip what is unknown */

typedef struct mean {
    double sum, weight;
} mean;

static void add(mean *m, double x, double weight)
{
    if (isfinite(x)) {
        m->sum += weight * x;
        m->weight += weight;
    }
}

static double value(const mean *m)
{
    return m->weight > 0.0 ? m->sum / m->weight : NAN;
}

/* The references with their weights scaled to sum 1. */
typedef struct set {
    const am_analysis *analyses;
    size_t count;
    double weight[AM_MAX_REFERENCES];
} set;

static double mean_at(const set *s, size_t offset)
{
    mean m = { 0 };

    for (size_t r = 0; r < s->count; r++)
        add(&m, *(const double *)(const void *)((const char *)&s->analyses[r] + offset), s->weight[r]);
    return value(&m);
}

static void means_at(const set *s, size_t offset, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = mean_at(s, offset + i * sizeof *out);
}

/* ------------------------------------------------------------------ spectra */

/* One band of one reference: what the target averages. */
typedef struct levels {
    double mean_db, power_db, third_db, sixth_db;
} levels;

typedef levels (*spectrum_of)(const am_analysis *a, int band);

static levels tone_of(const am_analysis *a, int band)
{
    const am_spectrum *mid = &a->mid;

    return (levels){ mid->mean_db[band], mid->power_db[band], am_third_db(mid->twelfth_db, band), am_sixth_db(mid->twelfth_db, band) };
}

static levels width_of(const am_analysis *a, int band)
{
    const levels mid = tone_of(a, band);

    return (levels){ a->stereo.band_width_db[band], a->side.power_db[band] - mid.power_db,
                     am_third_db(a->side.twelfth_db, band) - mid.third_db, am_sixth_db(a->side.twelfth_db, band) - mid.sixth_db };
}

static bool has_width(const am_analysis *a)
{
    return a->stereo.layout == AM_LAYOUT_STEREO && a->stereo.width_db > AM_WIDTH_MONO_DB;
}

static bool has_tone(const am_analysis *a)
{
    return a->stereo.layout != AM_LAYOUT_MULTI;
}

/* Nothing is known above a codec's cut-off or where the band's upper edge is beyond the rate. */
static bool covers(const am_analysis *a, int band)
{
    return am_band_hz(band) * exp2(1.0 / 6.0) <= 0.5 * a->sample_rate_hz &&
           !(isfinite(a->cutoff_hz) && am_band_hz(band) > AM_LOSSY_SHARE * a->cutoff_hz);
}

static bool tells(const am_analysis *a, int band, spectrum_of spectrum, bool (*has)(const am_analysis *), levels *out)
{
    *out = spectrum(a, band);
    return has(a) && covers(a, band) && isfinite(out->mean_db) && isfinite(out->power_db);
}

static void average(const set *s, spectrum_of spectrum, bool (*has)(const am_analysis *), am_band_target *out)
{
    for (int k = 0; k < AM_BANDS; k++) {
        mean of_mean = { 0 }, of_power = { 0 }, of_third = { 0 }, of_sixth = { 0 };

        for (size_t r = 0; r < s->count; r++) {
            levels of;

            if (tells(&s->analyses[r], k, spectrum, has, &of)) {
                add(&of_mean, of.mean_db, s->weight[r]);
                add(&of_power, of.power_db, s->weight[r]);
                add(&of_third, of.third_db, s->weight[r]);
                add(&of_sixth, of.sixth_db, s->weight[r]);
            }
        }
        out->mean_db[k] = value(&of_mean);
        out->power_db[k] = value(&of_power);
        out->third_db[k] = value(&of_third);
        out->sixth_db[k] = value(&of_sixth);
        out->weight[k] = am_clamp(of_mean.weight, 0.0, 1.0);
        out->present = out->present || out->weight[k] > 0.0;
    }
}

/* ------------------------------------------------------------------ covariance */

/* Covariance of the mean: of each reference's own mean by its sections, and of references among each other. */
static void add_sections(const set *s, size_t which, double out[AM_BANDS][AM_BANDS])
{
    for (size_t r = 0; r < s->count; r++) {
        const am_sections *of = &s->analyses[r].sections;
        const double (*own)[AM_BANDS] = which == 0 ? of->mid_db2 : which == 1 ? of->width_db2 : of->cross_db2;
        const bool known = of->count >= 2;
        const double count = known ? (double)of->count : fmax(s->analyses[r].gated_s / AM_DOUBT_SECTION_S, 0.5);

        for (size_t i = 0; i < AM_BANDS; i++)
            for (size_t j = 0; j < AM_BANDS; j++) {
                const double c = known ? own[i][j] : which == 2 ? 0.0 : am_doubt_usual(i, j);

                out[i][j] += isfinite(c) ? s->weight[r] * s->weight[r] / count * c : 0.0;
            }
    }
}

/* Distance of reference r to the mean, shape only; 0 where it tells nothing. */
static void distance_to_mean(const set *s, size_t r, spectrum_of spectrum, bool (*has)(const am_analysis *), const am_band_target *to,
                             double *out)
{
    bool known[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++) {
        levels of;

        known[k] = tells(&s->analyses[r], k, spectrum, has, &of);
        out[k] = known[k] ? of.mean_db - to->mean_db[k] : 0.0;
    }
    am_curve_level(known, out);
    for (int k = 0; k < AM_BANDS; k++)
        out[k] = known[k] ? out[k] : 0.0;
}

static void add_spread(const set *s, spectrum_of spectrum, bool (*has)(const am_analysis *), am_band_target *to)
{
    double squares = 0.0;

    for (size_t r = 0; r < s->count; r++)
        squares += s->weight[r] * s->weight[r];
    for (size_t r = 0; r < s->count && squares < 1.0 - 1e-9; r++) {
        double x[AM_BANDS];

        distance_to_mean(s, r, spectrum, has, to, x);
        for (size_t i = 0; i < AM_BANDS; i++)
            for (size_t j = 0; j < AM_BANDS; j++)
                to->covariance_db2[i][j] += s->weight[r] * squares / (1.0 - squares) * x[i] * x[j];
    }
}

/* ------------------------------------------------------------------ the target */

static void describe(const set *s, am_target *out)
{
    mean clipped = { 0 };

    out->loudness_lufs = mean_at(s, offsetof(am_analysis, loudness.integrated_lufs));
    out->range_lu = mean_at(s, offsetof(am_analysis, loudness.range_lu));
    out->plr_db = mean_at(s, offsetof(am_analysis, dynamics.plr_db));
    out->psr_db = mean_at(s, offsetof(am_analysis, dynamics.psr_db));
    out->width_db = out->width.present ? mean_at(s, offsetof(am_analysis, stereo.width_db)) : NAN;
    means_at(s, offsetof(am_analysis, dynamics.short_term_lu), out->short_term_lu, AM_QUANTILES);
    means_at(s, offsetof(am_analysis, dynamics.momentary_lu), out->momentary_lu, AM_QUANTILES);
    means_at(s, offsetof(am_analysis, dynamics.fast_lu), out->fast_lu, AM_QUANTILES);
    means_at(s, offsetof(am_analysis, dynamics.region_db), out->region_db[0], AM_REGIONS * AM_QUANTILES);
    out->cutoff_hz = NAN;
    for (int end = 0; end < 2; end++)
        out->loudness_range_lufs[end] = out->plr_range_db[end] = out->range_range_lu[end] = NAN;
    for (size_t r = 0; r < s->count; r++) {
        const am_analysis *a = &s->analyses[r];

        add(&clipped, a->peak.clipped_percent, s->weight[r]);
        out->sections += a->sections.count >= 2 ? (double)a->sections.count : fmax(a->gated_s / AM_DOUBT_SECTION_S, 0.5);
        if (s->count == 1)
            out->cutoff_hz = a->cutoff_hz;
    }
    out->clipped_percent = isnan(value(&clipped)) ? 0.0 : value(&clipped);
}

static am_status collect(const am_analysis *references, const double *weights, size_t count, set *s, am_error *err)
{
    double total = 0.0;

    if (!references)
        return am_fail(err, AM_ERR_RANGE, "am_target_from_references: references is NULL");
    if (count < 1 || count > AM_MAX_REFERENCES)
        return am_fail(err, AM_ERR_RANGE, "references: %zu given, 1 to %d can be used", count, AM_MAX_REFERENCES);
    *s = (set){ .analyses = references, .count = count };
    for (size_t r = 0; r < count; r++) {
        s->weight[r] = weights ? weights[r] : 1.0;
        if (references[r].version != AM_ANALYSIS_VERSION)
            return am_fail(err, AM_ERR_RANGE, "reference %zu: analysis of version %u, expected %u", r + 1, references[r].version,
                           AM_ANALYSIS_VERSION);
        if (!am_within(s->weight[r], 1e-9, 1000.0))
            return am_fail(err, AM_ERR_RANGE, "reference %zu: weight %g is not in (0, 1000]", r + 1, s->weight[r]);
        if (!isfinite(references[r].loudness.integrated_lufs))
            return am_fail(err, AM_ERR_CONTENT, "reference %zu: it is silent, so there is nothing to match", r + 1);
        total += s->weight[r];
    }
    for (size_t r = 0; r < count; r++)
        s->weight[r] /= total;
    return AM_OK;
}

am_status am_target_from_references(const am_analysis *references, const double *weights, size_t count, am_target *out, am_error *err)
{
    set s = { 0 };
    am_status st = collect(references, weights, count, &s, err);

    if (st)
        return st;
    if (!out)
        return am_fail(err, AM_ERR_RANGE, "am_target_from_references: out is NULL");
    memset(out, 0, sizeof *out);
    out->version = AM_TARGET_VERSION;
    out->kind = AM_TARGET_REFERENCE;
    (void)snprintf(out->name, sizeof out->name, count == 1 ? "reference" : "%zu references", count);
    average(&s, tone_of, has_tone, &out->tone);
    average(&s, width_of, has_width, &out->width);
    describe(&s, out);
    add_sections(&s, 0, out->tone.covariance_db2);
    add_sections(&s, 1, out->width.covariance_db2);
    add_sections(&s, 2, out->cross_db2);
    add_spread(&s, tone_of, has_tone, &out->tone);
    add_spread(&s, width_of, has_width, &out->width);
    return AM_OK;
}

/* ------------------------------------------------------------------ parts */

/* Covariances of references are those of a mean and get AM_DOUBT_KAPPA in the solver, those of profiles are whole: in a mixture the
 * width's is brought to what the kind of the tone means. */
static void replace_width(am_target *target, const am_band_target *width, double width_db, am_target_kind kind)
{
    const double scale = kind == target->kind ? 1.0 : kind == AM_TARGET_PROFILE ? 1.0 / AM_DOUBT_KAPPA : AM_DOUBT_KAPPA;

    target->width = *width;
    target->width_db = width_db;
    for (size_t i = 0; i < AM_BANDS; i++)
        for (size_t j = 0; j < AM_BANDS; j++)
            target->width.covariance_db2[i][j] *= scale;
}

static void replace_tone(am_target *target, const am_target *tone)
{
    const am_target_kind before = target->kind;

    target->kind = tone->kind;
    target->tone = tone->tone;
    target->cutoff_hz = tone->cutoff_hz;
    target->sections = tone->sections;
    memcpy(target->name, tone->name, sizeof target->name);
    memset(target->cross_db2, 0, sizeof target->cross_db2);
    replace_width(target, &target->width, target->width_db, before);
}

static void replace_loudness(am_target *target, const am_target *loudness)
{
    target->loudness_lufs = loudness->loudness_lufs;
    target->plr_db = loudness->plr_db;
    target->clipped_percent = loudness->clipped_percent;
}

static void replace_dynamics(am_target *target, const am_target *dynamics)
{
    target->range_lu = dynamics->range_lu;
    target->psr_db = dynamics->psr_db;
    memcpy(target->short_term_lu, dynamics->short_term_lu, sizeof target->short_term_lu);
    memcpy(target->momentary_lu, dynamics->momentary_lu, sizeof target->momentary_lu);
    memcpy(target->fast_lu, dynamics->fast_lu, sizeof target->fast_lu);
    memcpy(target->region_db, dynamics->region_db, sizeof target->region_db);
}

void am_target_compose(am_target *target, const am_target *tone, const am_target *width, const am_target *loudness,
                       const am_target *dynamics)
{
    if (tone)
        replace_tone(target, tone);
    if (width) {
        memset(target->cross_db2, 0, sizeof target->cross_db2);
        replace_width(target, &width->width, width->width_db, width->kind);
    }
    if (loudness)
        replace_loudness(target, loudness);
    if (dynamics)
        replace_dynamics(target, dynamics);
}

/* ------------------------------------------------------------------ distance */

static double weighted_rms(const double *squares, const double *weights)
{
    double sum = 0.0, total = 0.0;

    for (int k = 0; k < AM_BANDS; k++)
        if (am_within(am_band_hz(k), AM_DISTANCE_LOW_HZ, AM_DISTANCE_HIGH_HZ) && isfinite(squares[k])) {
            sum += weights[k] * squares[k];
            total += weights[k];
        }
    return total > 0.0 ? sqrt(sum / total) : NAN;
}

static double loudest(const double *db)
{
    double top = -INFINITY;

    for (int k = 0; k < AM_BANDS; k++)
        if (db[k] > top)
            top = db[k];
    return top;
}

void am_target_distance_of(const am_target *target, const am_analysis *before, const double *mid_db, const double *side_db,
                           double *tone_rms_db, double *width_rms_db)
{
    const double hz = isfinite(before->cutoff_hz) ? AM_LOSSY_SHARE * before->cutoff_hz : INFINITY;
    const double floor_db = loudest(target->tone.power_db) - AM_DISTANCE_EMPTY_DB;
    double tone[AM_BANDS], width[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++) {
        const double t = mid_db[k] - target->tone.power_db[k], w = side_db[k] - mid_db[k] - target->width.power_db[k];
        const bool empty = am_band_hz(k) > hz || !(target->tone.power_db[k] > floor_db) || !(mid_db[k] > floor_db);

        tone[k] = empty ? NAN : t * t;
        width[k] = empty || !(side_db[k] > floor_db) ? NAN : w * w;
    }
    *tone_rms_db = target->tone.present ? weighted_rms(tone, target->tone.weight) : NAN;
    *width_rms_db = target->width.present ? weighted_rms(width, target->width.weight) : NAN;
}

void am_target_distance(const am_target *target, const am_analysis *before, const am_analysis *after, double *tone_rms_db,
                        double *width_rms_db)
{
    am_target_distance_of(target, before, after->mid.power_db, after->side.power_db, tone_rms_db, width_rms_db);
}
