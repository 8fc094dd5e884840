#include "references/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "references/quantities.h"

static const double normal_p90 = 1.2815515655446004;   /* of the standard normal */

/* ------------------------------------------------------------------ making */

static void forget_values(am_profile *p)
{
    for (int v = 0; v < AM_PROFILE_VALUES; v++)
        p->values[v] = (am_statistic){ NAN, NAN, NAN, NAN, NAN };
}

am_status am_profile_make(const am_allocator *allocator, const char *name, size_t song_count, am_profile **out, am_error *err)
{
    am_profile *p = am_acquire(allocator, 1, sizeof *p);

    if (p && song_count)
        p->songs = am_acquire(allocator, song_count, sizeof *p->songs);
    if (!p || (song_count && !p->songs)) {
        am_forget(allocator, p);
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", name);
    }
    p->allocator = allocator;
    p->song_count = song_count;
    p->revision = 1;
    p->amount_tone = p->amount_dynamics = p->amount_width = p->amount_loudness = 1.0;
    p->correlation_oct[0] = p->correlation_oct[1] = NAN;
    forget_values(p);
    for (size_t s = 0; s < song_count; s++) {
        p->songs[s].weight = 1.0;
        for (int v = 0; v < AM_PROFILE_VALUES; v++)
            p->songs[s].values[v] = NAN;
    }
    *out = p;
    return AM_OK;
}

void am_profile_close(am_profile *profile)
{
    if (!profile)
        return;
    am_forget(profile->allocator, profile->songs);
    am_forget(profile->allocator, profile);
}

bool am_profile_name_valid(const char *name)
{
    const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    return length > 0 && length < AM_PROFILE_NAME && !name[length] && name[0] != '_' && name[0] != '-';
}

am_status am_profile_describe(am_profile *p, const char *about, am_error *err)
{
    if (strlen(about) >= sizeof p->about)
        return am_fail(err, AM_ERR_RANGE, "profile %s: \"about\" has room for %zu bytes; these are %zu", p->name, sizeof p->about - 1, strlen(about));
    (void)snprintf(p->about, sizeof p->about, "%s", about);
    return AM_OK;
}

am_status am_profile_entitle(am_profile *p, const am_profile_options *o, am_error *err)
{
    if (!o->name || !am_profile_name_valid(o->name))
        return am_fail(err, AM_ERR_RANGE, "profile name \"%.60s\": a to z, 0 to 9, _ and - make a name, at most %d of them, beginning with a letter or digit",
                       o->name ? o->name : "", AM_PROFILE_NAME - 1);
    if (o->date && strlen(o->date) >= sizeof p->date)
        return am_fail(err, AM_ERR_RANGE, "profile %s: a date has at most %zu bytes", o->name, sizeof p->date - 1);
    (void)snprintf(p->name, sizeof p->name, "%s", o->name);
    (void)snprintf(p->date, sizeof p->date, "%s", o->date ? o->date : "");
    (void)snprintf(p->engine, sizeof p->engine, "automaster %s", am_version());
    return am_profile_describe(p, o->about ? o->about : "", err);
}

uint32_t am_profile_songs(const am_profile *p)
{
    const uint32_t tone = p ? p->provenance[AM_QUANTITY_TONE].n : 0, loudness = p ? p->provenance[AM_QUANTITY_LOUDNESS].n : 0;

    return tone < loudness ? tone : loudness;
}

/* ------------------------------------------------------------------ one value across songs */

typedef struct sample {
    double x, weight;
} sample;

static int by_value(const void *a, const void *b)
{
    const sample *first = a, *second = b;

    return first->x < second->x ? -1 : first->x > second->x;
}

/* Each sample stands in the middle of its weight, straight lines between. */
static double quantile(const sample *sorted, size_t count, double total, double p)
{
    double below = 0.0, last_at = 0.0;

    for (size_t i = 0; i < count; i++) {
        const double at = (below + 0.5 * sorted[i].weight) / total;

        if (p <= at && i == 0)
            return sorted[0].x;
        if (p <= at)
            return sorted[i - 1].x + (p - last_at) / (at - last_at) * (sorted[i].x - sorted[i - 1].x);
        last_at = at;
        below += sorted[i].weight;
    }
    return sorted[count - 1].x;
}

static size_t gather(const am_profile *p, int value, sample *out)
{
    size_t count = 0;

    for (size_t s = 0; s < p->song_count; s++)
        if (p->songs[s].refusal == AM_REFUSAL_NONE && isfinite(p->songs[s].values[value]))
            out[count++] = (sample){ p->songs[s].values[value], p->songs[s].weight };
    return count;
}

/* Unbiased for equal weights; NaN for a single song. */
static double deviation(const sample *x, size_t count, double mean)
{
    double squares = 0.0, total = 0.0, weights = 0.0;

    for (size_t i = 0; i < count; i++) {
        squares += x[i].weight * (x[i].x - mean) * (x[i].x - mean);
        total += x[i].weight;
        weights += x[i].weight * x[i].weight;
    }
    return count < 2 ? NAN : sqrt(squares / (total - weights / total));
}

static void describe(sample *x, size_t count, int digits, am_statistic *out)
{
    double sum = 0.0, total = 0.0;

    *out = (am_statistic){ NAN, NAN, NAN, NAN, NAN };
    if (!count)
        return;
    qsort(x, count, sizeof *x, by_value);
    for (size_t i = 0; i < count; i++) {
        sum += x[i].weight * x[i].x;
        total += x[i].weight;
    }
    out->mean = am_rounded(sum / total, digits);
    out->deviation = am_rounded(deviation(x, count, sum / total), digits);
    out->p10 = am_rounded(quantile(x, count, total, 0.1), digits);
    out->p50 = am_rounded(quantile(x, count, total, 0.5), digits);
    out->p90 = am_rounded(quantile(x, count, total, 0.9), digits);
}

/* ------------------------------------------------------------------ outliers */

enum { outliers_from = 8 };             /* with fewer songs nobody can say who is unlike the others */

static const struct {
    am_quantity quantity;
    double least;                       /* smallest deviation that counts as one */
} judged[] = { { AM_QUANTITY_LOUDNESS, 1.0 }, { AM_QUANTITY_PLR, 1.0 }, { AM_QUANTITY_RANGE, 1.5 }, { AM_QUANTITY_WIDTH, 2.0 } };

static const double outlier_deviations = 4.5, outlier_shape_ratio = 2.5, outlier_shape_db = 6.0;

static double median(sample *x, size_t count)
{
    qsort(x, count, sizeof *x, by_value);
    return quantile(x, count, (double)count, 0.5);
}

static void mark_by_value(am_profile *p, int value, double least, sample *scratch, bool *out)
{
    const size_t count = gather(p, value, scratch);
    double middle, spread;

    if (count < outliers_from)
        return;
    for (size_t i = 0; i < count; i++)
        scratch[i].weight = 1.0;
    middle = median(scratch, count);
    for (size_t i = 0; i < count; i++)
        scratch[i].x = fabs(scratch[i].x - middle);
    spread = fmax(1.4826 * median(scratch, count), least);
    for (size_t s = 0; s < p->song_count; s++)
        if (fabs(p->songs[s].values[value] - middle) > outlier_deviations * spread)
            out[s] = true;
}

/* Distance of a song's tone to the median tone, its level taken out, from 40 Hz to 10 kHz; NaN where too little is known. */
static double shape_distance(const am_profile_song *song, const double *middle)
{
    const int first = am_quantity_about(AM_QUANTITY_TONE)->first;
    double sum = 0.0, squares = 0.0, count = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        const double d = song->values[first + k] - middle[k];

        if (!am_within(am_band_hz(k), 40.0, 10000.0) || !isfinite(d))
            continue;
        sum += d;
        squares += d * d;
        count += 1.0;
    }
    return count < 6.0 ? NAN : sqrt(fmax(squares / count - sum / count * (sum / count), 0.0));
}

static void mark_by_shape(am_profile *p, sample *scratch, bool *out)
{
    double middle[AM_BANDS], limit;
    size_t count = 0;

    for (int k = 0; k < AM_BANDS; k++) {
        const size_t known = gather(p, am_quantity_about(AM_QUANTITY_TONE)->first + k, scratch);

        for (size_t i = 0; i < known; i++)
            scratch[i].weight = 1.0;
        middle[k] = known ? median(scratch, known) : NAN;
    }
    for (size_t s = 0; s < p->song_count; s++) {
        const double d = shape_distance(&p->songs[s], middle);

        if (isfinite(d))
            scratch[count++] = (sample){ d, 1.0 };
    }
    if (count < outliers_from)
        return;
    limit = fmax(outlier_shape_ratio * median(scratch, count), outlier_shape_db);
    for (size_t s = 0; s < p->song_count; s++)
        if (shape_distance(&p->songs[s], middle) > limit)
            out[s] = true;
}

static am_status mark_outliers(am_profile *p, sample *scratch, am_error *err)
{
    bool *out = am_acquire(p->allocator, p->song_count, sizeof *out);

    if (!out)
        return am_fail(err, AM_ERR_NOMEM, "profile %s: out of memory", p->name);
    for (size_t s = 0; s < p->song_count; s++)
        p->songs[s].refusal = AM_REFUSAL_NONE;
    for (size_t j = 0; j < sizeof judged / sizeof *judged && !p->keep_all; j++)
        mark_by_value(p, am_quantity_about((int)judged[j].quantity)->first, judged[j].least, scratch, out);
    if (!p->keep_all)
        mark_by_shape(p, scratch, out);
    for (size_t s = 0; s < p->song_count; s++)
        if (out[s])
            p->songs[s].refusal = AM_REFUSAL_OUTLIER;
    am_forget(p->allocator, out);
    return AM_OK;
}

/* ------------------------------------------------------------------ covariance */

/* Deviations of one song from the means; a band that it does not know follows its nearest neighbour below, or above at the low end. */
static bool residuals(const am_profile *p, const am_profile_song *song, int first, double *x)
{
    int last = -1;

    for (int k = 0; k < AM_BANDS; k++) {
        const double d = song->values[first + k] - p->values[first + k].mean;

        x[k] = last < 0 ? 0.0 : x[last];
        if (!isfinite(d))
            continue;
        for (int j = last < 0 ? 0 : k; j <= k; j++)
            x[j] = d;
        last = k;
    }
    return last >= 0;
}

static void find_covariance(am_profile *p, int which)
{
    const int first = am_quantity_about(which ? AM_QUANTITY_BAND_WIDTH : AM_QUANTITY_TONE)->first;
    double total = 0.0, weights = 0.0, *out = p->covariance_db2[which];

    memset(out, 0, sizeof p->covariance_db2[which]);
    p->correlation_oct[which] = NAN;
    for (size_t s = 0; s < p->song_count; s++) {
        const am_profile_song *song = &p->songs[s];
        double x[AM_BANDS];

        if (song->refusal != AM_REFUSAL_NONE || !residuals(p, song, first, x))
            continue;
        total += song->weight;
        weights += song->weight * song->weight;
        for (int i = 0; i < AM_BANDS; i++)
            for (int j = 0; j <= i; j++)
                out[AM_PACKED(i, j)] += song->weight * x[i] * x[j];
    }
    for (size_t i = 0; i < AM_PROFILE_PACKED; i++)      /* of a single song: zero */
        out[i] = am_rounded(total * total > weights * (1.0 + 1e-9) ? out[i] / (total - weights / total) : 0.0, 2);
}

void am_profile_fill_covariance(am_profile *p, int which)
{
    const int first = am_quantity_about(which ? AM_QUANTITY_BAND_WIDTH : AM_QUANTITY_TONE)->first;

    for (int i = 0; i < AM_BANDS; i++)
        for (int j = 0; j <= i; j++) {
            const double a = p->values[first + i].deviation, b = p->values[first + j].deviation;

            p->covariance_db2[which][AM_PACKED(i, j)] =
                isfinite(a) && isfinite(b) ? a * b * exp(-(i - j) / 6.0 / p->correlation_oct[which]) : 0.0;
        }
}

/* ------------------------------------------------------------------ all */

static int by_hash(const void *a, const void *b)
{
    return strcmp(((const am_profile_song *)a)->sha256, ((const am_profile_song *)b)->sha256);
}

bool am_profile_unite_songs(am_profile *p, bool add)
{
    const size_t all = p->song_count;
    size_t kept = 0;

    if (all)
        qsort(p->songs, all, sizeof *p->songs, by_hash);
    for (size_t s = 0; s < p->song_count; s++)
        if (s == 0 || strcmp(p->songs[kept - 1].sha256, p->songs[s].sha256) != 0)
            p->songs[kept++] = p->songs[s];
        else if (add)
            p->songs[kept - 1].weight = fmin(am_rounded(p->songs[kept - 1].weight + p->songs[s].weight, 6), 1000.0);
    p->song_count = kept;
    return kept < all;
}

static void attest(am_profile *p, int quantity, uint32_t n)
{
    am_provenance *from = &p->provenance[quantity];

    *from = (am_provenance){ .origin = n ? AM_ORIGIN_MEASURED : AM_ORIGIN_UNKNOWN, .measured_share = n ? 1.0 : 0.0, .n = n };
    if (n)
        (void)snprintf(from->source, sizeof from->source, "measured with this engine");
}

/* Where at least half of the songs say something. */
static void find_range(am_profile *p, const uint32_t *known, uint32_t all)
{
    int low = AM_BANDS, high = -1;

    for (int k = 0; k < AM_BANDS; k++)
        if (2 * known[k] >= all) {
            low = k < low ? k : low;
            high = k;
        }
    p->from_hz = am_rounded(am_band_hz(low < AM_BANDS ? low : 0) * 0.99, 1);
    p->to_hz = am_rounded(am_band_hz(high < 0 ? AM_BANDS - 1 : high) * 1.01, 1);
}

static void describe_quantities(am_profile *p, sample *scratch)
{
    uint32_t known[AM_BANDS] = { 0 }, all = 0;

    for (size_t s = 0; s < p->song_count; s++)
        all += p->songs[s].refusal == AM_REFUSAL_NONE;
    for (int q = 0; q < AM_QUANTITIES; q++) {
        const am_quantity_info *about = am_quantity_about(q);
        uint32_t n = 0;

        for (int i = 0; i < about->count; i++) {
            const size_t count = gather(p, about->first + i, scratch);

            describe(scratch, count, about->digits, &p->values[about->first + i]);
            n = count > n ? (uint32_t)count : n;
            if (q == AM_QUANTITY_TONE)
                known[i] = (uint32_t)count;
        }
        attest(p, q, n);
    }
    find_range(p, known, all);
}

am_status am_profile_compute(am_profile *p, am_error *err)
{
    sample *scratch;
    am_status st;

    (void)am_profile_unite_songs(p, false);
    scratch = am_acquire(p->allocator, p->song_count + 1, sizeof *scratch);
    if (!scratch)
        return am_fail(err, AM_ERR_NOMEM, "profile %s: out of memory", p->name);
    st = mark_outliers(p, scratch, err);
    if (!st) {
        describe_quantities(p, scratch);
        if (!p->provenance[AM_QUANTITY_LOUDNESS].n)
            st = am_fail(err, AM_ERR_CONTENT, "profile %s: there is no song in it", p->name);
        find_covariance(p, 0);
        find_covariance(p, 1);
    }
    am_forget(p->allocator, scratch);
    return st;
}

/* ------------------------------------------------------------------ distributions */

double am_statistic_share(const am_statistic *s, double x)
{
    const double half = x < s->p50 ? s->p50 - s->p10 : s->p90 - s->p50;

    return 0.5 * erfc(-(x - s->p50) / (fmax(half, 1e-6) / normal_p90) / sqrt(2.0));
}

double am_statistic_quantile(const am_statistic *const *s, const double *weights, size_t count, double p)
{
    double low = INFINITY, high = -INFINITY, total = 0.0;

    for (size_t i = 0; i < count; i++)
        if (isfinite(s[i]->p10) && isfinite(s[i]->p50) && isfinite(s[i]->p90)) {
            low = fmin(low, 3.0 * s[i]->p10 - 2.0 * s[i]->p50);
            high = fmax(high, 3.0 * s[i]->p90 - 2.0 * s[i]->p50);
            total += weights[i];
        }
    if (!(total > 0.0))
        return NAN;
    for (int step = 0; step < 60; step++) {
        const double x = 0.5 * (low + high);
        double share = 0.0;

        for (size_t i = 0; i < count; i++)
            share += isfinite(s[i]->p10) && isfinite(s[i]->p50) && isfinite(s[i]->p90) ? weights[i] / total * am_statistic_share(s[i], x) : 0.0;
        *(share < p ? &low : &high) = x;
    }
    return 0.5 * (low + high);
}
