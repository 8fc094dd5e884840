/* judge.c - how a song differs from what a profile's songs do: profile.h */
#include <math.h>
#include <stdio.h>

#include "base/db.h"
#include "base/error.h"
#include "references/blend.h"
#include "references/quantities.h"
#include "references/statistics.h"

static const double normal_p90 = 1.2815515655446004;
enum { HERE = 48 };

static const struct {
    const char *what;
    double low_hz, high_hz;
} groups[] = { { "sub bass", 25.0, 60.0 },      { "low end", 60.0, 150.0 },      { "low mids", 150.0, 500.0 },
               { "mids", 500.0, 2000.0 },       { "presence", 2000.0, 6000.0 },  { "treble", 6000.0, 14000.0 } };

static const struct {
    am_quantity quantity;
    const char *what;
    bool before_tone;
} singles[] = { { AM_QUANTITY_LOUDNESS, "loudness", true },      { AM_QUANTITY_RANGE, "loudness range", true },
                { AM_QUANTITY_PLR, "peak to loudness", true },   { AM_QUANTITY_PSR, "peak to short-term loudness", true },
                { AM_QUANTITY_WIDTH, "width", false },           { AM_QUANTITY_LOW_SIDE, "low-end side", false } };

typedef struct task {
    const am_profile *profile;
    const double *values;           /* of the song */
    am_deviation *out;
    size_t count;
} task;

/* What is behind a quantity */
static void put_basis(const am_provenance *from, char text[HERE])
{
    const char *published = from->origin == AM_ORIGIN_PUBLISHED ? "published, " : "", *only = from->n < AM_PROFILE_FEW ? " only" : "";

    if (from->origin == AM_ORIGIN_CONVENTION)
        (void)snprintf(text, HERE, " (a convention)");
    else
        (void)snprintf(text, HERE, " (%sn = %u%s)", published, from->n, only);
}

static void say(const task *t, am_quantity quantity, am_deviation *d)
{
    char basis[HERE];

    put_basis(&t->profile->provenance[quantity], basis);
    if (d->beyond != 0.0)
        (void)snprintf(d->text, sizeof d->text, "%.39s %.1f %s %s 90 %% of %.47s%s", d->what, fabs(d->beyond), d->unit[0] == 'L' ? "LU" : "dB",
                       d->beyond > 0.0 ? "above" : "below", t->profile->name, basis);
    else
        (void)snprintf(d->text, sizeof d->text, "%.39s as usual for %.47s%s, above %.0f %% of it", d->what, t->profile->name,
                       basis, am_clamp(d->percentile, 0.0, 100.0));
}

/* One song has no percentiles. */
static void add(task *t, am_quantity quantity, const char *what, double value, const am_statistic *s)
{
    const am_provenance *from = &t->profile->provenance[quantity];
    am_deviation *d = &t->out[t->count];

    if (!isfinite(value) || !isfinite(s->p10) || !isfinite(s->p50) || !isfinite(s->p90) || (from->n == 1 && from->origin != AM_ORIGIN_CONVENTION))
        return;
    *d = (am_deviation){ .value = value, .p10 = s->p10, .p50 = s->p50, .p90 = s->p90, .percentile = 100.0 * am_statistic_share(s, value) };
    d->beyond = value > s->p90 ? value - s->p90 : value < s->p10 ? value - s->p10 : 0.0;
    if (fabs(d->beyond) < 0.05)
        d->beyond = 0.0;
    (void)snprintf(d->what, sizeof d->what, "%s", what);
    (void)snprintf(d->unit, sizeof d->unit, "%s", am_quantity_about((int)quantity)->unit);
    say(t, quantity, d);
    t->count++;
}

static void add_singles(task *t, bool before_tone)
{
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        const am_quantity_info *about = am_quantity_about((int)singles[i].quantity);

        if (singles[i].before_tone == before_tone)
            add(t, singles[i].quantity, singles[i].what, t->values[about->first], &t->profile->values[about->first]);
    }
}

/* A group's level is that of its bands by their share in the profile's median power: linear in dB, so that the covariance tells its spread. */
static void add_group(task *t, size_t group, const double *covariance)
{
    const int first = am_quantity_about(AM_QUANTITY_TONE)->first;
    double share[AM_BANDS] = { 0 }, total = 0.0, value = 0.0, middle = 0.0, variance = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        const double p50 = t->profile->values[first + k].p50, hz = am_band_hz(k);

        if (!am_within(hz, groups[group].low_hz, groups[group].high_hz) || !am_within(hz, t->profile->from_hz, t->profile->to_hz) ||
            !isfinite(p50) || !isfinite(t->values[first + k]))
            continue;
        share[k] = am_power_from_db(p50);
        total += share[k];
    }
    for (int k = 0; k < AM_BANDS && total > 0.0; k++) {
        if (share[k] == 0.0)
            continue;
        value += share[k] / total * t->values[first + k];
        middle += share[k] / total * t->profile->values[first + k].p50;
        for (int j = 0; j < AM_BANDS; j++)
            variance += share[k] * share[j] / (total * total) * covariance[k >= j ? AM_PACKED(k, j) : AM_PACKED(j, k)];
    }
    if (total > 0.0) {
        const double half = normal_p90 * sqrt(fmax(variance, 0.0));
        const am_statistic s = { middle, half / normal_p90, middle - half, middle, middle + half };

        add(t, AM_QUANTITY_TONE, groups[group].what, value, &s);
    }
}

am_status am_profile_judge(const am_profile *profile, const am_analysis *analysis, am_deviation *deviations, size_t *count, am_error *err)
{
    static const double one = 1.0;
    double values[AM_PROFILE_VALUES], covariance[AM_PROFILE_PACKED];
    task t = { profile, values, deviations, 0 };

    if (!profile || !analysis || !deviations || !count || analysis->version != AM_ANALYSIS_VERSION)
        return am_fail(err, AM_ERR_RANGE, "profile: a profile, an analysis of version %u and room are needed", AM_ANALYSIS_VERSION);
    am_quantities_of(analysis, values);
    am_blend_covariance(&profile, &one, 1, 0, true, covariance);
    add_singles(&t, true);
    for (size_t g = 0; g < sizeof groups / sizeof *groups && !(analysis->stereo.width_db > AM_SIDES_ALONE_DB); g++)
        add_group(&t, g, covariance);
    add_singles(&t, false);
    *count = t.count;
    return AM_OK;
}
