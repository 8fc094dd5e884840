/* merge.c - one profile of several: profile.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "references/blend.h"
#include "references/build.h"
#include "references/profile.h"
#include "references/quantities.h"
#include "references/statistics.h"

typedef struct task {
    const am_profile *const *profiles;
    const double *weights;          /* NULL: every song once */
    size_t count;
} task;

/* Only profiles that nobody tuned still are what their songs say. */
static bool have_songs(const task *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->profiles[i]->compact || !t->profiles[i]->song_count || t->profiles[i]->edit_count)
            return false;
    return true;
}

static double songs_weight(const am_profile *p)
{
    double sum = 0.0;

    for (size_t s = 0; s < p->song_count; s++)
        sum += p->songs[s].refusal == AM_REFUSAL_NONE ? p->songs[s].weight : 0.0;
    return sum;
}

/* With weights every profile's songs together weigh what they say, scaled so that the mean song weighs 1. */
static void take_songs(const task *t, bool values, am_profile *out)
{
    double total = 0.0, all = 0.0;
    size_t at = 0;

    for (size_t i = 0; i < t->count && t->weights; i++)
        total += t->weights[i];
    for (size_t i = 0; i < t->count; i++)
        all += songs_weight(t->profiles[i]);
    for (size_t i = 0; i < t->count; i++) {
        const am_profile *p = t->profiles[i];
        const double own = songs_weight(p), by = t->weights && own > 0.0 ? t->weights[i] / total * all / own : 1.0;

        for (size_t s = 0; s < p->song_count; s++) {
            out->songs[at] = p->songs[s];
            if (t->weights)
                out->songs[at].weight = am_clamp(am_rounded(p->songs[s].weight * by, 6), 1e-6, 1000.0);
            at++;
        }
    }
    if (!values)
        am_profile_make_compact(out);
}

static am_status note_parents(const task *t, am_profile *out, am_error *err)
{
    am_status st = AM_OK;

    for (size_t i = 0; i < t->count && !st; i++) {
        am_profile_parent *parent = &out->parents[out->parent_count++];

        memcpy(parent->name, t->profiles[i]->name, sizeof parent->name);
        parent->weight = t->weights ? t->weights[i] : (double)am_profile_songs(t->profiles[i]);
        st = am_profile_hash(t->profiles[i], parent->sha256, err);
    }
    return st;
}

/* ------------------------------------------------------------------ by moments */

/* Weight of each profile for a quantity: as given, or its n; a convention counts as one song. */
static void weights_of(const task *t, int quantity, double *out)
{
    for (size_t i = 0; i < t->count; i++) {
        const am_provenance *from = &t->profiles[i]->provenance[quantity];

        out[i] = from->origin == AM_ORIGIN_UNKNOWN ? 0.0 : t->weights ? t->weights[i] : fmax((double)from->n, 1.0);
    }
}

static void merge_statistic(const task *t, int value, int digits, const double *weights, am_statistic *out)
{
    const am_statistic *all[AM_PROFILE_PARENTS];
    double sum = 0.0, squares = 0.0, total = 0.0;

    for (size_t i = 0; i < t->count; i++) {
        all[i] = &t->profiles[i]->values[value];
        if (isfinite(all[i]->mean)) {
            sum += weights[i] * all[i]->mean;
            total += weights[i];
        }
    }
    *out = (am_statistic){ NAN, NAN, NAN, NAN, NAN };
    if (!(total > 0.0))
        return;
    for (size_t i = 0; i < t->count; i++)
        if (isfinite(all[i]->mean)) {
            const double own = isfinite(all[i]->deviation) ? all[i]->deviation : 0.0, d = all[i]->mean - sum / total;

            squares += weights[i] * (own * own + d * d);
        }
    out->mean = am_rounded(sum / total, digits);
    out->deviation = am_rounded(sqrt(squares / total), digits);
    out->p10 = am_rounded(am_statistic_quantile(all, weights, t->count, 0.1), digits);
    out->p50 = am_rounded(am_statistic_quantile(all, weights, t->count, 0.5), digits);
    out->p90 = am_rounded(am_statistic_quantile(all, weights, t->count, 0.9), digits);
}

/* What each profile says, shortened, as many as there is room for. */
static void merge_sources(const task *t, int quantity, const double *weights, char *out, size_t size)
{
    static const char tuned[] = "; tuned";
    size_t used = 0, left = 0;

    for (size_t i = 0; i < t->count; i++)
        left += weights[i] > 0.0;
    for (size_t i = 0; i < t->count; i++) {
        const char *source = t->profiles[i]->provenance[quantity].source;
        const size_t length = strlen(source), kept = am_utf8_fit(source, 60);
        const bool hidden = kept < length && length > strlen(tuned) && strcmp(source + length - strlen(tuned), tuned) == 0;
        char one[AM_PROFILE_NAME + 80];

        if (!(weights[i] > 0.0))
            continue;
        const size_t bytes = (size_t)snprintf(one, sizeof one, "%s: %.*s%s%s", t->profiles[i]->name, (int)kept, source, kept < length ? "..." : "",
                                              hidden ? tuned : "");

        if (used + 2 + bytes + (left > 1 ? strlen("; and 32 more") : 0) >= size) {
            (void)snprintf(out + used, size - used, "; and %zu more", left);
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "; " : "", one);
        left--;
    }
}

/* ------------------------------------------------------------------ distinct songs */

static int by_hash(const void *key, const void *song)
{
    return strcmp(key, ((const am_profile_song *)song)->sha256);
}

/* Songs of profile i that are in one before it. */
static uint32_t repeated_songs(const task *t, size_t i)
{
    const am_profile *p = t->profiles[i];
    uint32_t count = 0;

    for (size_t s = 0; s < p->song_count; s++) {
        bool found = p->songs[s].refusal != AM_REFUSAL_NONE;

        for (size_t j = 0; j < i && !found; j++) {
            const am_profile_song *same = t->profiles[j]->song_count ? bsearch(p->songs[s].sha256, t->profiles[j]->songs, t->profiles[j]->song_count,
                                                                               sizeof *same, by_hash) : NULL;

            found = same && same->refusal == AM_REFUSAL_NONE;
            count += found;
        }
    }
    return count;
}

static bool made_from(const am_profile *p, const char *sha256)
{
    for (uint32_t i = 0; i < p->parent_count; i++)
        if (strcmp(p->parents[i].sha256, sha256) == 0)
            return true;
    return false;
}

/* The same profile, one made from the other, or both made from one and nothing else; hashes of out's parents. */
static bool kin(const am_profile *a, const char *a_sha256, const am_profile *b, const char *b_sha256)
{
    return strcmp(a_sha256, b_sha256) == 0 || made_from(a, b_sha256) || made_from(b, a_sha256) ||
           (a->parent_count == 1 && b->parent_count == 1 && made_from(a, b->parents[0].sha256));
}

/* Songs behind a quantity of all profiles together: those known to be in two of them count once. */
static uint32_t distinct_songs(const task *t, int quantity, const double *weights, const uint32_t *repeated, const am_profile *out)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < t->count; i++) {
        const uint32_t n = t->profiles[i]->provenance[quantity].n;
        uint32_t known = repeated[i];

        if (!(weights[i] > 0.0))
            continue;
        for (size_t j = 0; j < i; j++) {
            const uint32_t other = t->profiles[j]->provenance[quantity].n;

            if (weights[j] > 0.0 && other > known && kin(t->profiles[i], out->parents[i].sha256, t->profiles[j], out->parents[j].sha256))
                known = other;
        }
        sum += known < n ? n - known : 0;
    }
    return sum;
}

static void merge_provenance(const task *t, int quantity, const double *weights, am_provenance *out)
{
    const am_provenance *heaviest = NULL;
    double top = 0.0, total = 0.0, share = 0.0;

    *out = (am_provenance){ 0 };
    merge_sources(t, quantity, weights, out->source, sizeof out->source);
    for (size_t i = 0; i < t->count; i++) {
        const am_provenance *from = &t->profiles[i]->provenance[quantity];

        if (weights[i] > 0.0) {
            share += weights[i] * from->measured_share;
            total += weights[i];
        }
        if (weights[i] > top) {
            top = weights[i];
            heaviest = from;
        }
    }
    if (heaviest) {
        out->origin = heaviest->origin;
        out->measured_share = am_rounded(share / total, 2);
    }
}

static void merge_covariance(const task *t, int which, am_profile *out)
{
    const int quantity = which ? AM_QUANTITY_BAND_WIDTH : AM_QUANTITY_TONE;
    double weights[AM_PROFILE_PARENTS], *mixed = out->covariance_db2[which];

    weights_of(t, quantity, weights);
    am_blend_covariance(t->profiles, weights, t->count, which, false, mixed);
    out->correlation_oct[which] = NAN;
    for (size_t i = 0; i < AM_PROFILE_PACKED; i++)
        mixed[i] = am_rounded(mixed[i], 2);
}

static void merge_moments(const task *t, am_profile *out)
{
    double weights[AM_PROFILE_PARENTS];
    uint32_t repeated[AM_PROFILE_PARENTS];

    for (size_t i = 0; i < t->count; i++)
        repeated[i] = repeated_songs(t, i);
    for (int q = 0; q < AM_QUANTITIES; q++) {
        const am_quantity_info *about = am_quantity_about(q);

        weights_of(t, q, weights);
        for (int i = 0; i < about->count; i++)
            merge_statistic(t, about->first + i, about->digits, weights, &out->values[about->first + i]);
        merge_provenance(t, q, weights, &out->provenance[q]);
        out->provenance[q].n = distinct_songs(t, q, weights, repeated, out);
    }
    out->from_hz = t->profiles[0]->from_hz;
    out->to_hz = t->profiles[0]->to_hz;
    for (size_t i = 1; i < t->count; i++) {
        out->from_hz = fmin(out->from_hz, t->profiles[i]->from_hz);
        out->to_hz = fmax(out->to_hz, t->profiles[i]->to_hz);
    }
    merge_covariance(t, 0, out);
    merge_covariance(t, 1, out);
}

/* ------------------------------------------------------------------ both */

/* The weighted mean of the amounts; every notice once, as licences ask for, or none of it. */
static am_status merge_terms(const task *t, am_profile *out, am_error *err)
{
    double total = 0.0, tone = 0.0, dynamics = 0.0, width = 0.0, loudness = 0.0;

    for (size_t i = 0; i < t->count; i++) {
        const am_profile *p = t->profiles[i];
        const double w = t->weights ? t->weights[i] : fmax((double)am_profile_songs(p), 1.0);
        const size_t used = strlen(out->notice);

        total += w;
        tone += w * p->amount_tone;
        dynamics += w * p->amount_dynamics;
        width += w * p->amount_width;
        loudness += w * p->amount_loudness;
        if (!*p->notice || strstr(out->notice, p->notice))
            continue;
        if (used + 1 + strlen(p->notice) >= sizeof out->notice)
            return am_fail(err, AM_ERR_CONTENT, "profile %s: the notices of its parts are longer than the %zu bytes that a profile holds, and none may be left out",
                           out->name, sizeof out->notice - 1);
        (void)snprintf(out->notice + used, sizeof out->notice - used, "%s%s", used ? " " : "", p->notice);
    }
    out->amount_tone = am_rounded(tone / total, 2);
    out->amount_dynamics = am_rounded(dynamics / total, 2);
    out->amount_width = am_rounded(width / total, 2);
    out->amount_loudness = am_rounded(loudness / total, 2);
    return AM_OK;
}

static am_status merge_into(const task *t, bool keep_all, am_profile *out, am_error *err)
{
    const bool whole = have_songs(t);
    am_status st = merge_terms(t, out, err);

    take_songs(t, whole, out);
    if (!st && (t->weights || !whole))  /* otherwise the songs say it all, and it is what one build of them gives */
        st = note_parents(t, out, err);
    if (st)
        return st;
    for (size_t i = 0; i < t->count; i++)
        keep_all = keep_all || t->profiles[i]->keep_all;
    out->keep_all = keep_all;
    const bool repeats = am_profile_unite_songs(out, t->weights != NULL);

    if (whole)
        return am_profile_compute(out, err);
    merge_moments(t, out);
    if (repeats && !t->weights)
        return am_fail(err, AM_ERR_CONTENT, "profile %s: a song is in two of the profiles, and without the songs' values it cannot be counted once; "
                       "give weights", out->name);
    return AM_OK;
}

static am_status check(const task *t, am_error *err)
{
    if (!t->profiles)
        return am_fail(err, AM_ERR_RANGE, "am_profile_merge: profiles is NULL");
    if (t->count < 1 || t->count > AM_PROFILE_PARENTS)
        return am_fail(err, AM_ERR_RANGE, "profiles: %zu given, 1 to %d can be merged", t->count, AM_PROFILE_PARENTS);
    for (size_t i = 0; i < t->count; i++)
        if (!t->profiles[i])
            return am_fail(err, AM_ERR_RANGE, "am_profile_merge: profile %zu is NULL", i + 1);
    for (size_t i = 0; i < t->count && t->weights; i++)
        if (!am_within(t->weights[i], 1e-9, 1e9))
            return am_fail(err, AM_ERR_RANGE, "profile %s: weight %g is not above 0", t->profiles[i]->name, t->weights[i]);
    return AM_OK;
}

am_status am_profile_merge(const am_profile *const *profiles, const double *weights, size_t count, const am_profile_options *options,
                           am_profile **out, am_error *err)
{
    const task t = { profiles, weights, count };
    am_profile *p = NULL;
    size_t songs = 0;
    am_profile_options own;
    am_status st;

    if (!out)
        return am_fail(err, AM_ERR_RANGE, "am_profile_merge: out is NULL");
    st = am_profile_options_take(options, &own, err);
    if (!st)
        st = check(&t, err);
    for (size_t i = 0; i < count && !st; i++)
        songs += profiles[i]->song_count;
    if (!st)
        st = am_profile_make(own.allocator, "profile", songs, &p, err);
    if (!st)
        st = am_profile_entitle(p, &own, err);
    if (!st)
        st = merge_into(&t, own.keep_all, p, err);
    if (st) {
        am_profile_close(p);
        return st;
    }
    if (own.compact)
        am_profile_make_compact(p);
    *out = p;
    return AM_OK;
}
