/* lint.c - what is wrong or weak in a profile: profile.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/db.h"
#include "base/error.h"
#include "references/quantities.h"

typedef struct list {
    am_profile_finding *findings;
    size_t capacity, count;
} list;

AM_PRINTF(3, 4) static void tell(list *l, bool error, const char *format, ...)
{
    va_list args;

    if (l->count == l->capacity)
        return;
    l->findings[l->count].error = error;
    va_start(args, format);
    (void)vsnprintf(l->findings[l->count].text, sizeof l->findings[0].text, format, args);
    va_end(args);
    l->count++;
}

static void judge_counts(const am_profile *p, list *l)
{
    const uint32_t n = am_profile_songs(p);
    size_t outliers = 0;

    if (n == 0)
        tell(l, false, "no songs are behind its tone or its loudness: convention");
    else if (n < AM_PROFILE_FEW)
        tell(l, false, "only %u %s behind it; %d or more say what a style is", n, n == 1 ? "song is" : "songs are", AM_PROFILE_FEW);
    for (size_t s = 0; s < p->song_count; s++)
        outliers += p->songs[s].refusal == AM_REFUSAL_OUTLIER;
    if (outliers)
        tell(l, false, "%zu of %zu songs are unlike the others and do not count", outliers, p->song_count);
}

static void judge_quantity(const am_profile *p, int quantity, list *l)
{
    const am_quantity_info *about = am_quantity_about(quantity);
    int unordered = 0, unspread = 0, far = 0;

    if (p->provenance[quantity].origin == AM_ORIGIN_UNKNOWN)
        return;
    for (int i = 0; i < about->count; i++) {
        const am_statistic *s = &p->values[about->first + i];

        unordered += s->p10 > s->p50 || s->p50 > s->p90;
        unspread += isfinite(s->mean) && !(s->deviation >= 0.0);
        far += isfinite(s->mean) && s->deviation > 0.0 && fabs(s->mean - s->p50) > 3.0 * s->deviation;
    }
    if (unordered)
        tell(l, true, "%s: percentiles out of order in %d of %d values", about->key, unordered, about->count);
    if (far)
        tell(l, true, "%s: mean and median are more than three deviations apart in %d of %d values", about->key, far, about->count);
    if (unspread && p->provenance[quantity].n != 1)
        tell(l, false, "%s: no deviation in %d of %d values", about->key, unspread, about->count);
}

/* Loudness, peak and PLR are three names of two things. */
static void judge_peak(const am_profile *p, list *l)
{
    const double loudness = p->values[am_quantity_about(AM_QUANTITY_LOUDNESS)->first].mean, plr = p->values[am_quantity_about(AM_QUANTITY_PLR)->first].mean;
    const double peak = p->values[am_quantity_about(AM_QUANTITY_TRUE_PEAK)->first].mean, by = loudness + plr - peak;

    if (isfinite(by) && fabs(by) > 1.5)
        tell(l, false, "loudness %.1f LUFS and peak to loudness %.1f dB make a true peak of %.1f dBTP, but the profile says %.1f", loudness, plr, loudness + plr, peak);
    if (am_within(loudness, -5.0, 5.0))
        tell(l, false, "loudness %.1f LUFS is louder than anything released", loudness);
    if (isfinite(loudness) && loudness < -36.0)
        tell(l, true, "loudness %.1f LUFS is below what can be asked of a master (-36)", loudness);
}

/* Variances that are none, or correlations beyond 1: the solver falls back to the variances alone. */
static void judge_covariance(const am_profile *p, int which, list *l)
{
    const double *c = p->covariance_db2[which];
    int bad = 0;

    for (int i = 0; i < AM_BANDS; i++)
        for (int j = 0; j <= i; j++) {
            const double limit = c[AM_PACKED(i, i)] * c[AM_PACKED(j, j)];

            bad += c[AM_PACKED(i, i)] < 0.0 || c[AM_PACKED(i, j)] * c[AM_PACKED(i, j)] > limit * 1.01 + 0.05;
        }
    if (bad)
        tell(l, true, "the covariance of the %s is not a covariance: %d of its cells contradict their variances", which ? "width" : "tone", bad);
}

static void judge_range(const am_profile *p, list *l)
{
    if (p->to_hz < 12000.0)
        tell(l, false, "nothing is known above %.0f Hz", p->to_hz);
    if (p->from_hz > 60.0)
        tell(l, false, "nothing is known below %.0f Hz", p->from_hz);
    if (p->provenance[AM_QUANTITY_BAND_WIDTH].origin == AM_ORIGIN_UNKNOWN)
        tell(l, false, "it says nothing of the width");
    if (p->provenance[AM_QUANTITY_LOUDNESS].origin == AM_ORIGIN_UNKNOWN)
        tell(l, false, "it says nothing of the loudness: songs keep theirs");
}

am_status am_profile_lint(const am_profile *profile, am_profile_finding *findings, size_t capacity, size_t *count, am_error *err)
{
    list l = { findings, capacity, 0 };

    if (!profile || !findings || !count)
        return am_fail(err, AM_ERR_RANGE, "profile: a profile and room for findings are needed");
    judge_counts(profile, &l);
    for (int q = 0; q < AM_QUANTITIES; q++)
        judge_quantity(profile, q, &l);
    judge_peak(profile, &l);
    judge_covariance(profile, 0, &l);
    judge_covariance(profile, 1, &l);
    judge_range(profile, &l);
    *count = l.count;
    return AM_OK;
}
