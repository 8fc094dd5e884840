#include "match/passages.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/kweight.h"
#include "dsp/simd.h"
#include "match/doubt.h"
#include "match/kinship.h"
#include "match/params.h"

enum {
    LONG = 8,                       /* frames a window: 1.4 s */
    LANES = 8,
    FIRST = 3, STEP = 2, SEEN = 28, /* bands 3, 5, .. 57 are looked at */
    LOOK = LONG * SEEN,             /* numbers a window is known by */
    USED_FIRST = 2, USED_END = 59,  /* 25 Hz .. 16 kHz */
    MOST_ASKED = 1000, MOST_SEARCHED = 4000
};

/* ------------------------------------------------------------------ windows */

typedef struct windows {
    const am_trace *trace;
    size_t count;
    size_t *first;                  /* frame at which each begins */
    float *look;                    /* [count][LOOK], unit length */
} windows;

static bool sounds(const am_trace *trace, size_t first)
{
    size_t loud = 0;

    for (size_t i = first; i < first + LONG; i++)
        loud += trace->frames[i].loud;
    return loud >= LONG - 1;
}

/* Band levels about their mean over the window; a window without any movement stays 0 and is like nothing. */
static void look_at(const am_trace *trace, size_t first, float *look)
{
    double squares = 0.0;

    for (size_t s = 0; s < SEEN; s++) {
        const size_t band = FIRST + STEP * s;
        double sum = 0.0;

        for (size_t i = 0; i < LONG; i++)
            sum += 0.01 * trace->frames[first + i].mid_cdb[band];
        for (size_t i = 0; i < LONG; i++) {
            const double x = am_clamp(0.01 * trace->frames[first + i].mid_cdb[band] - sum / LONG, -AM_SHARED_CLIP_DB, AM_SHARED_CLIP_DB);

            look[i * SEEN + s] = (float)x;
            squares += x * x;
        }
    }
    for (size_t k = 0; k < LOOK && squares > 0.0; k++)
        look[k] = (float)((double)look[k] / sqrt(squares));
}

static am_status cut(windows *w, const am_trace *trace, size_t step, size_t most, const am_allocator *allocator)
{
    const size_t places = trace->count >= LONG ? trace->count - LONG + 1 : 0;

    while (places / step > most)
        step++;
    w->trace = trace;
    w->first = am_acquire(allocator, places / step + 1, sizeof *w->first);
    w->look = am_acquire(allocator, (places / step + 1) * LOOK, sizeof *w->look);
    if (!w->first || !w->look)
        return AM_ERR_NOMEM;
    for (size_t i = 0; i < places; i += step)
        if (sounds(trace, i)) {
            look_at(trace, i, &w->look[w->count * LOOK]);
            w->first[w->count++] = i;
        }
    return AM_OK;
}

static void forget(windows *w, const am_allocator *allocator)
{
    am_forget(allocator, w->first);
    am_forget(allocator, w->look);
}

/* ------------------------------------------------------------------ pairs */

typedef float lanes __attribute__((vector_size(4 * LANES)));

/* likeness[i] = look . looks[i] */
AM_CLONES
static void compare(const float *look, const float *looks, size_t count, float *likeness)
{
    for (size_t i = 0; i < count; i++) {
        lanes total = { 0 };
        float x[LANES];

        for (size_t k = 0; k < LOOK; k += LANES) {
            lanes a, b;

            memcpy(&a, look + k, sizeof a);
            memcpy(&b, looks + i * LOOK + k, sizeof b);
            total += a * b;
        }
        memcpy(x, &total, sizeof x);
        likeness[i] = am_fold8(x);
    }
}

typedef struct pair {
    size_t asked, found;            /* frames at which the two windows begin */
    double likeness;
} pair;

/* The most alike window of the reference for each of the input, where there is one. */
static size_t find_pairs(const windows *asked, const windows *searched, float *likeness, pair *out)
{
    size_t count = 0;

    for (size_t a = 0; a < asked->count; a++) {
        size_t best = 0;

        compare(&asked->look[a * LOOK], searched->look, searched->count, likeness);
        for (size_t i = 1; i < searched->count; i++)
            if (likeness[i] > likeness[best])
                best = i;
        if ((double)likeness[best] > AM_SHARED_ALIKE)
            out[count++] = (pair){ asked->first[a], searched->first[best], (double)likeness[best] };
    }
    return count;
}

/* ------------------------------------------------------------------ what they say of one band */

typedef struct vote {
    double difference_db, weight;
} vote;

static int by_difference(const void *a, const void *b)
{
    const double x = ((const vote *)a)->difference_db, y = ((const vote *)b)->difference_db;

    return (x > y) - (x < y);
}

static double weighted_median(const vote *sorted, size_t count)
{
    double half = 0.0, sum = 0.0;

    for (size_t i = 0; i < count; i++)
        half += 0.5 * sorted[i].weight;
    for (size_t i = 0; i < count; i++) {
        sum += sorted[i].weight;
        if (sum >= half)
            return sorted[i].difference_db;
    }
    return 0.0;
}

/* Location with Cauchy weights from the median on, and its standard error for windows that overlap (Huber, Robust Statistics, 1981, ch. 6). */
static void locate(vote *votes, size_t count, double *location_db, double *error_db)
{
    double x, numerator = 0.0, total = 0.0;

    qsort(votes, count, sizeof *votes, by_difference);
    x = weighted_median(votes, count);
    for (int pass = 0; pass < 8; pass++) {
        double squares = 0.0, weights = 0.0, sum = 0.0, scale;

        for (size_t i = 0; i < count; i++) {
            const double off = votes[i].difference_db - x;

            squares += votes[i].weight * fmin(off * off, AM_SHARED_FAR_DB * AM_SHARED_FAR_DB);
            weights += votes[i].weight;
        }
        scale = sqrt(squares / weights) + 0.1;
        numerator = total = 0.0;
        for (size_t i = 0; i < count; i++) {
            const double off = votes[i].difference_db - x, weight = votes[i].weight / (1.0 + off * off / (scale * scale));

            sum += weight * votes[i].difference_db;
            numerator += weight * weight * off * off;
            total += weight;
        }
        x = sum / total;
    }
    *location_db = x;
    *error_db = sqrt(AM_SHARED_OVERLAP * numerator) / total;
}

/* ------------------------------------------------------------------ what they say */

/* Level of a band in one frame: of the mid, or of the side over the mid. */
static double level_db(const am_trace_frame *frame, size_t band, bool width)
{
    return width ? 0.01 * (frame->side_cdb[band] - frame->mid_cdb[band]) : 0.01 * frame->mid_cdb[band];
}

/* Mean difference of a band over the pair; weight: the less the two move apart within it, the more. */
static vote compare_band(const windows *asked, const windows *searched, const pair *p, size_t band, bool width)
{
    const double surplus = (p->likeness - AM_SHARED_ALIKE) / (1.0 - AM_SHARED_ALIKE);
    double x[LONG], mean = 0.0, apart = 0.0;

    for (size_t i = 0; i < LONG; i++) {
        x[i] = level_db(&searched->trace->frames[p->found + i], band, width) - level_db(&asked->trace->frames[p->asked + i], band, width);
        mean += x[i] / LONG;
    }
    for (size_t i = 0; i < LONG; i++)
        apart += (x[i] - mean) * (x[i] - mean) / LONG;
    return (vote){ mean, surplus * surplus / (apart + AM_SHARED_APART_DB2) };
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The pair's own level: the median over the bands. */
static double level_of(const vote *bands)
{
    double x[USED_END - USED_FIRST];

    for (size_t k = USED_FIRST; k < USED_END; k++)
        x[k - USED_FIRST] = bands[k].difference_db;
    qsort(x, USED_END - USED_FIRST, sizeof *x, by_value);
    return x[(USED_END - USED_FIRST) / 2];
}

/* votes: scratch, [AM_BANDS][count] */
static void ask(const windows *asked, const windows *searched, const pair *pairs, size_t count, bool width, vote *votes, double *location_db,
                double *error_db)
{
    for (size_t i = 0; i < count; i++) {
        vote bands[AM_BANDS];
        double level = 0.0;

        for (size_t k = 0; k < AM_BANDS; k++)
            bands[k] = compare_band(asked, searched, &pairs[i], k, width);
        if (!width)
            level = level_of(bands);
        for (size_t k = 0; k < AM_BANDS; k++)
            votes[k * count + i] = (vote){ bands[k].difference_db - level, bands[k].weight };
    }
    for (size_t k = 0; k < AM_BANDS; k++)
        locate(&votes[k * count], count, &location_db[k], &error_db[k]);
}

/* Standard errors know nothing of what passages share besides (another voice on top): measured, the error is this much larger. */
static void calibrate_tone(double *error_db)
{
    double squares = 0.0, factor;

    for (size_t k = USED_FIRST; k < USED_END; k++)
        squares += error_db[k] * error_db[k] / (USED_END - USED_FIRST);
    factor = AM_SHARED_TONE_FACTOR * pow(fmax(sqrt(squares), 0.02), AM_SHARED_TONE_POWER - 1.0);
    for (size_t k = 0; k < AM_BANDS; k++)
        error_db[k] = hypot(factor * error_db[k], AM_SHARED_FLOOR_DB);
}

static void calibrate_width(double *error_db)
{
    for (size_t k = 0; k < AM_BANDS; k++)
        error_db[k] = hypot(AM_SHARED_WIDTH_FACTOR * error_db[k], AM_SHARED_FLOOR_DB);
}

/* Of the windows asked, the part that is more alike than two songs by chance. */
static double share_of(const pair *pairs, size_t count, size_t asked)
{
    size_t sure = 0;

    for (size_t i = 0; i < count; i++)
        sure += pairs[i].likeness > AM_SHARED_SURE;
    return (double)sure / (double)asked;
}

/* Of the windows asked, those that were found at the most common distance. */
static double in_step_of(const pair *pairs, size_t count, size_t asked)
{
    size_t most = 0;

    for (size_t i = 0; i < count; i++) {
        size_t same = 0;

        for (size_t k = 0; k < count; k++) {
            const size_t here = pairs[i].found + pairs[k].asked, there = pairs[k].found + pairs[i].asked;

            same += here <= there + 1 && there <= here + 1;
        }
        most = same > most ? same : most;
    }
    return (double)most / (double)asked;
}

/* Between what chance gives and what only the same material does, passages are trusted by degrees. */
static void doubt_chance(am_shared *shared)
{
    const double trust = fmin((shared->share - AM_SHARED_CHANCE) / (AM_SHARED_NO_CHANCE - AM_SHARED_CHANCE), 1.0);

    for (size_t k = 0; k < AM_BANDS; k++) {
        shared->tone_sd_db[k] /= trust;
        shared->width_sd_db[k] /= trust;
    }
}

/* ------------------------------------------------------------------ levels */

/* K-weighted level of one frame but for a constant: bands overlap alike everywhere. */
static double loudness_db(const am_trace_frame *frame, const double *weights)
{
    double sum = 1e-20;

    for (size_t k = 0; k < AM_BANDS; k += STEP)
        sum += weights[k] * (am_power_from_db(0.01 * frame->mid_cdb[k]) + am_power_from_db(0.01 * frame->side_cdb[k]));
    return am_db_from_power(sum);
}

/* Quantiles of count levels re the level of their mean power; levels are sorted. */
static void quantiles(double *level_db, size_t count, double out[AM_QUANTILES])
{
    static const double percent[AM_QUANTILES] = AM_QUANTILE_PERCENTS;
    double power = 0.0;

    for (size_t i = 0; i < count; i++)
        power += am_power_from_db(level_db[i]) / (double)count;
    qsort(level_db, count, sizeof *level_db, by_value);
    for (size_t q = 0; q < AM_QUANTILES; q++)
        out[q] = level_db[(size_t)(percent[q] / 100.0 * (double)(count - 1) + 0.5)] - am_db_from_power(power);
}

/* How the distribution of level differs over the passages alone. */
static am_status tell_levels(const windows *asked, const windows *searched, const pair *pairs, size_t count, const am_allocator *allocator,
                             am_shared *out)
{
    double weights[AM_BANDS], theirs[AM_QUANTILES], ours[AM_QUANTILES];
    double *levels = am_acquire(allocator, 2 * count * LONG, sizeof *levels), *other = levels + count * LONG;
    size_t n = 0;

    if (!levels)
        return AM_ERR_NOMEM;
    for (size_t k = 0; k < AM_BANDS; k++)
        weights[k] = am_kweight_power(48000.0, am_band_hz((int)k));
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < LONG && pairs[i].likeness > AM_SHARED_SURE; f++) {
            levels[n] = loudness_db(&asked->trace->frames[pairs[i].asked + f], weights);
            other[n++] = loudness_db(&searched->trace->frames[pairs[i].found + f], weights);
        }
    quantiles(levels, n, ours);
    quantiles(other, n, theirs);
    for (size_t q = 0; q < AM_QUANTILES; q++)
        out->levels_lu[q] = theirs[q] - ours[q];
    am_forget(allocator, levels);
    return AM_OK;
}

/* The change at a level re the loudness, between the quantiles of the mix by straight lines. */
static double change_at(const double *change_lu, const double *level_lu, double at_lu)
{
    size_t q = 1;

    if (at_lu <= level_lu[0])
        return change_lu[0];
    while (q < AM_QUANTILES - 1 && at_lu > level_lu[q])
        q++;
    const double span = level_lu[q] - level_lu[q - 1], along = span > 0.0 ? am_clamp((at_lu - level_lu[q - 1]) / span, 0.0, 1.0) : 1.0;

    return change_lu[q - 1] + along * (change_lu[q] - change_lu[q - 1]);
}

bool am_shared_recording(const am_shared *shared)
{
    return shared->in_step > AM_SHARED_IN_STEP;
}

bool am_shared_song(const am_shared *shared)
{
    return !am_shared_recording(shared) && shared->share / AM_SHARED_NO_CHANCE + shared->kinship / AM_SHARED_KIN >= 1.0;
}

const am_shared *am_shared_of_levels(const am_options *options, const am_target *target)
{
    static const am_shared nothing = { 0 };

    return options->dynamics_from ? &nothing : &target->shared;
}

void am_shared_levels(const am_options *options, const am_analysis *before, am_target *target)
{
    const am_shared *s = am_shared_of_levels(options, target);
    const am_dynamics *mix = &before->dynamics;

    if (s->share < AM_SHARED_NO_CHANCE || am_shared_recording(s))
        return;
    for (size_t q = 0; q < AM_QUANTILES; q++) {
        target->momentary_lu[q] = mix->momentary_lu[q] + s->levels_lu[q];
        target->fast_lu[q] = mix->fast_lu[q] + change_at(s->levels_lu, mix->momentary_lu, mix->fast_lu[q]);
    }
}

/* ------------------------------------------------------------------ all of it */

static am_status tell(const windows *asked, const windows *searched, const pair *pairs, size_t count, const am_allocator *allocator,
                      am_shared *out)
{
    vote *votes = am_acquire(allocator, AM_BANDS * count, sizeof *votes);

    if (!votes)
        return AM_ERR_NOMEM;
    ask(asked, searched, pairs, count, false, votes, out->tone_db, out->tone_sd_db);
    ask(asked, searched, pairs, count, true, votes, out->width_db, out->width_sd_db);
    calibrate_tone(out->tone_sd_db);
    calibrate_width(out->width_sd_db);
    doubt_chance(out);
    am_forget(allocator, votes);
    return tell_levels(asked, searched, pairs, count, allocator, out);
}

am_status am_passages_find(const am_trace *input, const am_trace *reference, const am_allocator *allocator, am_shared *out, am_error *err)
{
    windows asked = { 0 }, searched = { 0 };
    pair *pairs = NULL;
    float *likeness = NULL;
    size_t count;
    am_status st;

    memset(out, 0, sizeof *out);
    st = cut(&asked, input, 2, MOST_ASKED, allocator);
    if (!st)
        st = cut(&searched, reference, 1, MOST_SEARCHED, allocator);
    if (st || !asked.count || !searched.count)
        goto done;
    pairs = am_acquire(allocator, asked.count, sizeof *pairs);
    likeness = am_acquire(allocator, searched.count, sizeof *likeness);
    st = pairs && likeness ? AM_OK : AM_ERR_NOMEM;
    if (st)
        goto done;
    count = find_pairs(&asked, &searched, likeness, pairs);
    out->share = share_of(pairs, count, asked.count);
    if (count < AM_SHARED_LEAST || out->share <= AM_SHARED_CHANCE) {
        out->share = 0.0;
    } else {
        out->in_step = in_step_of(pairs, count, asked.count);
        st = tell(&asked, &searched, pairs, count, allocator, out);
    }
    if (!st && out->share < AM_SHARED_NO_CHANCE)
        st = am_kinship(input, reference, allocator, &out->kinship);
done:
    forget(&asked, allocator);
    forget(&searched, allocator);
    am_forget(allocator, pairs);
    am_forget(allocator, likeness);
    return st ? am_fail(err, st, "no memory to compare passages") : AM_OK;
}

/* ------------------------------------------------------------------ with the difference as a whole */

/* Errors of neighbouring bands go together. */
static double correlation(size_t i, size_t j)
{
    const double apart_oct = fabs((double)i - (double)j) / 6.0;

    return 0.7 * exp(-apart_oct / AM_SHARED_NEAR_OCT) + 0.3 * exp(-apart_oct * apart_oct / (AM_SHARED_WIDE_OCT * AM_SHARED_WIDE_OCT));
}

/* A common level of the tone says nothing, in either of the two. */
static double free_level(size_t i, size_t j)
{
    return i < AM_BANDS && j < AM_BANDS ? AM_SHARED_LEVEL_DB2 : 0.0;
}

static double covariance(const am_shared *shared, size_t i, size_t j)
{
    const bool width = i >= AM_BANDS;
    const double *sd = width ? shared->width_sd_db : shared->tone_sd_db;

    if (width != (j >= AM_BANDS))
        return 0.0;
    i -= width ? AM_BANDS : 0;
    j -= width ? AM_BANDS : 0;
    return correlation(i, j) * sd[i] * sd[j] + (width ? 0.0 : AM_SHARED_LEVEL_DB2);
}

void am_shared_join(const am_shared *shared, const bool *tone_known, const bool *width_known, double *difference, double *noise,
                    double *scratch)
{
    enum { N = AM_JOINT };
    double *sum = scratch, *gain = scratch + N * N, *surprise = gain + N * N;
    bool known[N];

    for (size_t i = 0; i < N; i++)
        known[i] = i < AM_BANDS ? tone_known[i] : width_known[i - AM_BANDS];
    for (size_t i = 0; i < N; i++) {
        surprise[i] = !known[i] ? 0.0 : (i < AM_BANDS ? shared->tone_db[i] : shared->width_db[i - AM_BANDS]) - difference[i];
        for (size_t j = 0; j < N; j++) {
            const bool both = known[i] && known[j];

            gain[i * N + j] = noise[i * N + j] + (both ? free_level(i, j) : 0.0);
            sum[i * N + j] = gain[i * N + j] + (both ? covariance(shared, i, j) : i == j ? AM_DOUBT_BLIND_DB2 : 0.0);
        }
    }
    /* gain' = (noise + shared)^-1 noise; both symmetric, so rows and columns may be read either way */
    if (LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', N, N, sum, N, gain, N) != 0)
        return;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            difference[i] += gain[i * N + j] * surprise[j];
            sum[i * N + j] = noise[i * N + j] += known[i] && known[j] ? free_level(i, j) : 0.0;
        }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            for (size_t j = 0; j < N; j++)
                noise[i * N + j] -= gain[i * N + k] * sum[k * N + j];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++)
            noise[i * N + j] = noise[j * N + i] = 0.5 * (noise[i * N + j] + noise[j * N + i]) + (i == j ? AM_SHARED_RIDGE_DB2 : 0.0);
}
