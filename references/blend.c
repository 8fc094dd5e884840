/* blend.c - targets out of profiles: am_target_from_profiles of profile.h */
#include "references/blend.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "references/quantities.h"
#include "references/statistics.h"

/* What songs of one style differ by when nothing else is known: dB at some frequencies, correlated over so many octaves. Of the corpus
 * and of the published third-octave spectra behind references/ (docs/profiles.md). */
static const struct {
    double hz, tone_db, width_db;
} common[] = { { 25.0, 9.0, 8.0 }, { 40.0, 7.0, 8.0 }, { 80.0, 4.0, 7.0 }, { 300.0, 3.0, 4.5 }, { 1500.0, 3.2, 4.0 }, { 6000.0, 4.5, 4.5 },
               { 12000.0, 6.0, 5.0 }, { 20000.0, 8.0, 6.0 } };
enum { COMMON = sizeof common / sizeof *common };
static const double common_oct[2] = { 2.0, 4.0 };
static const double normal_p90 = 1.2815515655446004;
static const double common_songs = 8.0; /* worth of songs that the common covariance has */

/* The deviation of loudness and levels from song to song within a style: the median over the 23 styles of references/. */
static const struct {
    am_quantity quantity;
    double deviations[AM_QUANTILES];
} usual[] = { { AM_QUANTITY_LOUDNESS, { 2.8 } },
              { AM_QUANTITY_RANGE, { 2.1 } },
              { AM_QUANTITY_PLR, { 2.5 } },
              { AM_QUANTITY_SHORT_TERM, { 2.1, 1.1, 1.3, 0.9, 0.8, 0.8, 0.9 } },
              { AM_QUANTITY_MOMENTARY, { 1.5, 1.4, 1.2, 0.8, 0.6, 0.8, 0.9 } },
              { AM_QUANTITY_FAST, { 2.7, 2.2, 1.5, 1.0, 0.8, 0.8, 1.0 } } };

static double common_db(int band, int which)
{
    const double hz = am_band_hz(band);
    int i = 1;

    while (i < COMMON - 1 && hz > common[i].hz)
        i++;
    const double t = am_clamp(log(hz / common[i - 1].hz) / log(common[i].hz / common[i - 1].hz), 0.0, 1.0);
    const double low = which ? common[i - 1].width_db : common[i - 1].tone_db, high = which ? common[i].width_db : common[i].tone_db;

    return low + t * (high - low);
}

/* A variance of n songs, drawn towards the common one and widened by the doubt in their mean */
static double drawn(double variance, double n, double common_variance)
{
    return (1.0 + 1.0 / n) * (n * variance + common_songs * common_variance) / (n + common_songs);
}

static double tolerated(const am_profile *p, int which, int i, int j)
{
    const am_provenance *from = &p->provenance[which ? AM_QUANTITY_BAND_WIDTH : AM_QUANTITY_TONE];
    const double n = from->origin == AM_ORIGIN_CONVENTION ? 1.0 : fmax((double)from->n, 1.0);

    return drawn(p->covariance_db2[which][AM_PACKED(i, j)], n,
                 common_db(i, which) * common_db(j, which) * exp(-(i - j) / 6.0 / common_oct[which]));
}

am_statistic am_blend_tolerated(const am_profile *p, am_quantity quantity, int index)
{
    const am_quantity_info *about = am_quantity_about((int)quantity);
    const am_provenance *from = &p->provenance[quantity];
    am_statistic s = p->values[about->first + index];
    const bool stated = from->origin == AM_ORIGIN_CONVENTION && isfinite(s.deviation);

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (usual[i].quantity == quantity && from->n < AM_PROFILE_FEW && !stated && isfinite(s.mean)) {
            const double own = isfinite(s.deviation) ? s.deviation : 0.0, common_deviation = usual[i].deviations[index];

            s.deviation = sqrt(drawn(own * own, fmax((double)from->n, 1.0), common_deviation * common_deviation));
            s.p10 = fmax(s.p50 - normal_p90 * s.deviation, about->low);
            s.p90 = fmin(s.p50 + normal_p90 * s.deviation, about->high);
        }
    return s;
}

static bool tells(const am_profile *p, int which)
{
    return p->provenance[which ? AM_QUANTITY_BAND_WIDTH : AM_QUANTITY_TONE].origin != AM_ORIGIN_UNKNOWN;
}

void am_blend_covariance(const am_profile *const *profiles, const double *weights, size_t count, int which, bool tolerant, double *out)
{
    const int first = am_quantity_about(which ? AM_QUANTITY_BAND_WIDTH : AM_QUANTITY_TONE)->first;
    double mean[AM_BANDS] = { 0 }, known[AM_BANDS] = { 0 }, total = 0.0;

    memset(out, 0, AM_PROFILE_PACKED * sizeof *out);
    for (size_t p = 0; p < count; p++) {
        total += tells(profiles[p], which) ? weights[p] : 0.0;
        for (int k = 0; k < AM_BANDS; k++)
            if (isfinite(profiles[p]->values[first + k].mean)) {
                mean[k] += weights[p] * profiles[p]->values[first + k].mean;
                known[k] += weights[p];
            }
    }
    for (size_t p = 0; p < count && total > 0.0; p++) {
        double apart[AM_BANDS];

        for (int k = 0; k < AM_BANDS; k++) {
            const double m = profiles[p]->values[first + k].mean;

            apart[k] = isfinite(m) && known[k] > 0.0 ? m - mean[k] / known[k] : 0.0;
        }
        for (int i = 0; i < AM_BANDS && tells(profiles[p], which); i++)
            for (int j = 0; j <= i; j++)
                out[AM_PACKED(i, j)] += weights[p] / total * ((tolerant ? tolerated(profiles[p], which, i, j)
                                                                       : profiles[p]->covariance_db2[which][AM_PACKED(i, j)]) +
                                                              apart[i] * apart[j]);
    }
}

/* ------------------------------------------------------------------ targets */

typedef struct blend {
    const am_profile *const *profiles;
    size_t count;
    double weights[AM_MAX_REFERENCES];      /* sum 1 */
} blend;

static double mean_of(const blend *b, am_quantity quantity, int index)
{
    const int value = am_quantity_about((int)quantity)->first + index;
    double sum = 0.0, total = 0.0;

    for (size_t p = 0; p < b->count; p++)
        if (isfinite(b->profiles[p]->values[value].mean)) {
            sum += b->weights[p] * b->profiles[p]->values[value].mean;
            total += b->weights[p];
        }
    return total > 0.0 ? sum / total : NAN;
}

static double quantile_of(const blend *b, am_quantity quantity, double share)
{
    am_statistic each[AM_MAX_REFERENCES];
    const am_statistic *all[AM_MAX_REFERENCES];

    for (size_t p = 0; p < b->count; p++) {
        each[p] = am_blend_tolerated(b->profiles[p], quantity, 0);
        all[p] = &each[p];
    }
    return am_statistic_quantile(all, b->weights, b->count, share);
}

static void put_curve(const blend *b, int which, am_band_target *out)
{
    const am_quantity mean = which ? AM_QUANTITY_BAND_WIDTH : AM_QUANTITY_TONE;
    double packed[AM_PROFILE_PACKED];

    for (int k = 0; k < AM_BANDS; k++) {
        const double power = which ? mean_of(b, AM_QUANTITY_BAND_WIDTH_POWER, k) : NAN;

        out->mean_db[k] = mean_of(b, mean, k);
        out->power_db[k] = out->third_db[k] = out->sixth_db[k] = isfinite(power) ? power : out->mean_db[k];
        for (size_t p = 0; p < b->count; p++)
            if (am_within(am_band_hz(k), b->profiles[p]->from_hz, b->profiles[p]->to_hz) && isfinite(out->mean_db[k]) && tells(b->profiles[p], which))
                out->weight[k] += b->weights[p];
        out->weight[k] = out->weight[k] > 0.5 ? 1.0 : 0.0;
        out->present = out->present || out->weight[k] > 0.0;
    }
    am_blend_covariance(b->profiles, b->weights, b->count, which, true, packed);
    for (int i = 0; i < AM_BANDS; i++)
        for (int j = 0; j < AM_BANDS; j++)
            out->covariance_db2[i][j] = packed[i >= j ? AM_PACKED(i, j) : AM_PACKED(j, i)];
}

/* "house", "house 62 %, techno 38 %", or the three of most weight (profiles come by falling weight from recognition) "and 5 more" */
static void put_name(const blend *b, am_target *out)
{
    const size_t told = b->count <= 4 ? b->count : 3;
    size_t used = 0;

    if (b->count == 1) {
        (void)snprintf(out->name, sizeof out->name, "%s", b->profiles[0]->name);
        return;
    }
    for (size_t p = 0; p < told; p++)
        used += (size_t)snprintf(out->name + used, sizeof out->name - used, "%s%.39s %.0f %%", p ? ", " : "", b->profiles[p]->name,
                                 100.0 * b->weights[p]);
    if (told < b->count)
        (void)snprintf(out->name + used, sizeof out->name - used, " and %zu more", b->count - told);
}

static void put_levels(const blend *b, am_target *out)
{
    for (int q = 0; q < AM_QUANTILES; q++) {
        out->short_term_lu[q] = mean_of(b, AM_QUANTITY_SHORT_TERM, q);
        out->momentary_lu[q] = mean_of(b, AM_QUANTITY_MOMENTARY, q);
        out->fast_lu[q] = mean_of(b, AM_QUANTITY_FAST, q);
        for (int r = 0; r < AM_REGIONS; r++)
            out->region_db[r][q] = mean_of(b, AM_QUANTITY_REGIONS, r * AM_QUANTILES + q);
    }
    out->loudness_lufs = mean_of(b, AM_QUANTITY_LOUDNESS, 0);
    out->range_lu = mean_of(b, AM_QUANTITY_RANGE, 0);
    out->plr_db = mean_of(b, AM_QUANTITY_PLR, 0);
    out->psr_db = mean_of(b, AM_QUANTITY_PSR, 0);
    out->width_db = mean_of(b, AM_QUANTITY_WIDTH, 0);
    for (int end = 0; end < 2; end++) {
        const double share = end ? 0.9 : 0.1;

        out->loudness_range_lufs[end] = quantile_of(b, AM_QUANTITY_LOUDNESS, share);
        out->plr_range_db[end] = quantile_of(b, AM_QUANTITY_PLR, share);
        out->range_range_lu[end] = quantile_of(b, AM_QUANTITY_RANGE, share);
    }
}

static am_status collect(const am_profile *const *profiles, const double *weights, size_t count, blend *b, am_error *err)
{
    double total = 0.0;

    if (!profiles)
        return am_fail(err, AM_ERR_RANGE, "am_target_from_profiles: profiles is NULL");
    if (count < 1 || count > AM_MAX_REFERENCES)
        return am_fail(err, AM_ERR_RANGE, "profiles: %zu given, 1 to %d can be blended", count, AM_MAX_REFERENCES);
    *b = (blend){ .profiles = profiles, .count = count };
    for (size_t p = 0; p < count; p++) {
        if (!profiles[p])
            return am_fail(err, AM_ERR_RANGE, "am_target_from_profiles: profile %zu is NULL", p + 1);
        b->weights[p] = weights ? weights[p] : 1.0;
        if (!am_within(b->weights[p], 1e-9, 1000.0))
            return am_fail(err, AM_ERR_RANGE, "profile %s: weight %g is not in (0, 1000]", profiles[p]->name, b->weights[p]);
        total += b->weights[p];
    }
    for (size_t p = 0; p < count; p++)
        b->weights[p] /= total;
    return AM_OK;
}

am_status am_target_from_profiles(const am_profile *const *profiles, const double *weights, size_t count, am_target *out, am_error *err)
{
    blend b = { 0 };
    am_status st = collect(profiles, weights, count, &b, err);

    if (st)
        return st;
    if (!out)
        return am_fail(err, AM_ERR_RANGE, "am_target_from_profiles: out is NULL");
    memset(out, 0, sizeof *out);
    out->version = AM_TARGET_VERSION;
    out->kind = AM_TARGET_PROFILE;
    out->cutoff_hz = NAN;
    put_name(&b, out);
    put_levels(&b, out);
    put_curve(&b, 0, &out->tone);
    put_curve(&b, 1, &out->width);
    return AM_OK;
}
