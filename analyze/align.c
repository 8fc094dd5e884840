#include "analyze/align.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/fft.h"

enum { FINE = 1 << 16, ROUNDS = 4, OUTLINE_HZ = 5512, APART = 16 };

static const double faint = 0.15;  /* a correlation of outlines that is not worth a look */

/* ------------------------------------------------------------------ outlines */

uint32_t am_outline_step(uint32_t rate_hz, uint64_t frames)
{
    const uint64_t fitting = frames / (AM_ALIGN_POINTS - 1) + 1, enough = rate_hz / OUTLINE_HZ;

    return (uint32_t)(fitting > enough ? fitting : enough ? enough : 1);
}

am_status am_outline_open(uint32_t step, uint64_t frames, const am_allocator *allocator, am_outline *out, am_error *err)
{
    const size_t count = (size_t)(frames / step) + 1;

    assert(count <= AM_ALIGN_POINTS);
    *out = (am_outline){ .allocator = allocator, .step = step, .count = count };
    out->points = am_acquire(allocator, count, sizeof *out->points);
    out->energy = am_acquire(allocator, count + 1, sizeof *out->energy);
    return out->points && out->energy ? AM_OK : am_fail(err, AM_ERR_NOMEM, "out of memory");
}

void am_outline_close(am_outline *o)
{
    am_forget(o->allocator, o->points);
    am_forget(o->allocator, o->energy);
    *o = (am_outline){ 0 };
}

/* Triangles of two steps, so that what lies above the points' own Nyquist frequency comes down weak. */
void am_outline_add(am_outline *o, uint64_t at, const float *samples, size_t count)
{
    size_t i = (size_t)(at / o->step);
    uint32_t phase = (uint32_t)(at % o->step);

    for (size_t n = 0; n < count && i < o->count; n++) {
        const float late = (float)phase / (float)o->step;

        o->points[i] += (1.0f - late) * samples[n];
        if (i + 1 < o->count)
            o->points[i + 1] += late * samples[n];
        if (++phase == o->step) {
            phase = 0;
            i++;
        }
    }
}

/* Music falls towards high frequencies: its changes are nearer to white, and their correlation is narrow. Over two points, so that what a
 * lag of half a point would turn upside down is left out. */
void am_outline_finish(am_outline *o)
{
    float before[2] = { 0.0f, 0.0f };

    for (size_t i = 0; i < o->count; i++) {
        const float change = o->points[i] - before[i % 2];

        before[i % 2] = o->points[i];
        o->points[i] = change;
        o->energy[i + 1] = o->energy[i] + (double)change * (double)change;
    }
}

double am_outline_energy(const am_outline *o, uint64_t first, uint64_t frames)
{
    const size_t from = (size_t)(first / o->step), to = (size_t)((first + frames) / o->step);

    return from < o->count ? o->energy[to < o->count ? to : o->count] - o->energy[from] : 0.0;
}

/* ------------------------------------------------------------------ cross-correlation */

/* Three transforms of a size: first and second give what goes back. */
typedef struct transforms {
    size_t size;
    am_fft *first, *second, *back;
} transforms;

static am_status open_transforms(transforms *t, size_t size, const am_allocator *allocator, am_error *err)
{
    am_status st = am_fft_open(AM_FFT_REAL, size, false, allocator, &t->first, err);

    t->size = size;
    if (!st)
        st = am_fft_open(AM_FFT_REAL, size, false, allocator, &t->second, err);
    return st ? st : am_fft_open(AM_FFT_REAL_INVERSE, size, false, allocator, &t->back, err);
}

static void close_transforms(transforms *t)
{
    am_fft_close(t->first);
    am_fft_close(t->second);
    am_fft_close(t->back);
}

static void give(am_fft *fft, size_t size, const float *samples, size_t count)
{
    memcpy(am_fft_input(fft), samples, count * sizeof *samples);
    memset(am_fft_input(fft) + count, 0, (size - count) * sizeof *samples);
    am_fft_run(fft);
}

/* conj(first) * second, into the input of the way back */
static void cross(const transforms *t)
{
    const float *a = am_fft_output(t->first), *b = am_fft_output(t->second);
    float *where = am_fft_input(t->back);

    for (size_t k = 0; k < t->size / 2 + 1; k++) {
        where[2 * k] = a[2 * k] * b[2 * k] + a[2 * k + 1] * b[2 * k + 1];
        where[2 * k + 1] = a[2 * k] * b[2 * k + 1] - a[2 * k + 1] * b[2 * k];
    }
}

/* sum over n of first[n] second[n + lag], at lag modulo size, where the sizes of both fit in. */
static float *correlate(const transforms *t, const float *first, size_t first_count, const float *second, size_t second_count)
{
    const float scale = 1.0f / (float)t->size;
    float *out = am_fft_output(t->back);

    give(t->first, t->size, first, first_count);
    give(t->second, t->size, second, second_count);
    cross(t);
    am_fft_run(t->back);
    for (size_t n = 0; n < t->size; n++)
        out[n] *= scale;
    return out;
}

/* ------------------------------------------------------------------ guesses */

/* How much likelier the product of a lag in points is when both have the same there than by chance: of n pairs of a Gaussian with
 * correlation r, -n/2 ln(1 - r^2). So neither a short piece that fits by chance nor a long one that fits half is before what is the same. */
static float evidence(const am_outline *a, const am_outline *b, int64_t lag, double product, int64_t least)
{
    const int64_t from = lag < 0 ? -lag : 0, end = (int64_t)b->count - lag, to = end < (int64_t)a->count ? end : (int64_t)a->count;
    double energy;

    if (to - from < least)
        return 0.0f;
    energy = (a->energy[to] - a->energy[from]) * (b->energy[to + lag] - b->energy[from + lag]);
    if (!(energy > 1e-18 * a->energy[a->count] * b->energy[b->count]) || product * product < faint * faint * energy)
        return 0.0f;
    return (float)(-0.5 * (double)(to - from) * log1p(-fmin(product * product / energy, 1.0 - 1e-6)));
}

static bool apart(int64_t lag, const int64_t *lags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (llabs(lag - lags[i]) < APART)
            return false;
    return true;
}

am_status am_align_guess(const am_outline *first, const am_outline *second, uint32_t rate_hz, int64_t lags[AM_ALIGN_GUESSES], size_t *count,
                         am_error *err)
{
    const int64_t a = (int64_t)first->count, b = (int64_t)second->count, half = (a < b ? a : b) / 2, second_long = rate_hz / first->step;
    const int64_t least = half < second_long ? half : second_long;
    float *at;                      /* of a lag modulo size: products, then evidence */
    transforms t = { 0 };
    size_t size = 16;
    am_status st;

    assert(first->step == second->step);
    while (size < first->count + second->count)
        size *= 2;
    *count = 0;
    st = open_transforms(&t, size, first->allocator, err);
    if (st)
        goto done;
    at = correlate(&t, first->points, first->count, second->points, second->count);
    for (int64_t lag = 1 - a; lag < b; lag++)
        at[lag < 0 ? lag + (int64_t)size : lag] = evidence(first, second, lag, (double)at[lag < 0 ? lag + (int64_t)size : lag], least);
    while (*count < AM_ALIGN_GUESSES) {
        float most = 0.0f;

        for (int64_t lag = 1 - a; lag < b; lag++) {
            const float here = at[lag < 0 ? lag + (int64_t)size : lag];

            if (here > most && apart(lag, lags, *count)) {
                most = here;
                lags[*count] = lag;
            }
        }
        if (!(most > 0.0f))
            break;
        ++*count;
    }
    for (size_t i = 0; i < *count; i++)
        lags[i] *= (int64_t)first->step;
done:
    close_transforms(&t);
    return st;
}

/* ------------------------------------------------------------------ a window of samples */

/* The largest |correlation| over the root of the energy that it compares with; correlation[k] and second + k: k - AM_ALIGN_RANGE late. */
static size_t best_lag(const float *correlation, const float *first, size_t frames, const float *second, size_t range, double *value)
{
    double first_energy = 0.0, energy = 0.0, most = 0.0;
    size_t best = AM_ALIGN_RANGE;

    for (size_t n = 0; n < frames; n++) {
        first_energy += (double)first[n] * (double)first[n];
        energy += (double)second[AM_ALIGN_RANGE - range + n] * (double)second[AM_ALIGN_RANGE - range + n];
    }
    for (size_t lag = AM_ALIGN_RANGE - range; lag <= AM_ALIGN_RANGE + range; lag++) {
        const double score = energy > 1e-9 * first_energy ? fabs((double)correlation[lag]) / sqrt(energy * first_energy) : 0.0;

        if (score > most) {
            most = score;
            best = lag;
        }
        if (lag + frames < AM_ALIGN_SECOND)
            energy += (double)second[lag + frames] * (double)second[lag + frames] - (double)second[lag] * (double)second[lag];
    }
    *value = fmin(most, 1.0);
    return best;
}

/* The slope of the phase, by Gauss-Newton from 0: a delay of d frames turns bin k by -2 pi k d / FINE. Polarity is taken out. */
static double slope(const float *cross_spectrum)
{
    double delay = 0.0;

    for (int round = 0; round < ROUNDS; round++) {
        double above = 0.0, below = 0.0, real = 0.0;

        for (size_t k = 1; k < FINE / 2; k++)
            real += (double)cross_spectrum[2 * k] * cos(2.0 * AM_PI * (double)k * delay / FINE) -
                    (double)cross_spectrum[2 * k + 1] * sin(2.0 * AM_PI * (double)k * delay / FINE);
        for (size_t k = 1; k < FINE / 2; k++) {
            const double w = 2.0 * AM_PI * (double)k / FINE, c = cos(w * delay), s = sin(w * delay);
            const double re = (double)cross_spectrum[2 * k], im = (double)cross_spectrum[2 * k + 1], sign = real < 0.0 ? -1.0 : 1.0;
            const double turned = sign * (re * s + im * c), along = sign * (re * c - im * s);

            above -= w * turned;
            below += w * w * fabs(along);
        }
        delay += below > 0.0 ? above / below : 0.0;
        delay = fmin(fmax(delay, -1.0), 1.0);
    }
    return delay;
}

/* frames: FINE at most */
static am_status find_fraction(const float *first, const float *second, size_t frames, const am_allocator *allocator, double *fraction,
                               am_error *err)
{
    transforms t = { 0 };
    am_status st = open_transforms(&t, FINE, allocator, err);

    for (size_t n = 0; n < FINE && !st; n++) {
        const float window = n < frames ? (float)(0.5 - 0.5 * cos(2.0 * AM_PI * (double)n / (double)frames)) : 0.0f;

        am_fft_input(t.first)[n] = n < frames ? window * first[n] : 0.0f;
        am_fft_input(t.second)[n] = n < frames ? window * second[n] : 0.0f;
    }
    if (!st) {
        am_fft_run(t.first);
        am_fft_run(t.second);
        cross(&t);
        *fraction = slope(am_fft_input(t.back));
    }
    close_transforms(&t);
    return st;
}

/* Where the first is loudest: the fraction is read there. */
static size_t loudest_part(const float *first, size_t frames)
{
    size_t best = 0;
    double most = -1.0;

    for (size_t at = 0; at + FINE <= frames; at += FINE / 2) {
        double energy = 0.0;

        for (size_t n = 0; n < FINE; n++)
            energy += (double)first[at + n] * (double)first[at + n];
        if (energy > most) {
            most = energy;
            best = at;
        }
    }
    return best;
}

am_status am_align_find(const float *first, size_t frames, const float *second, size_t range, const am_allocator *allocator, am_alignment *out,
                        am_error *err)
{
    const size_t part = loudest_part(first, frames);
    transforms t = { 0 };
    size_t lag = 0;
    double value = 0.0, fraction = 0.0;
    am_status st = open_transforms(&t, AM_ALIGN_SECOND, allocator, err);

    assert(frames > 0 && frames <= AM_ALIGN_WINDOW && range <= AM_ALIGN_RANGE);
    if (!st)
        lag = best_lag(correlate(&t, first, frames, second, AM_ALIGN_SECOND), first, frames, second, range, &value);
    close_transforms(&t);
    if (!st && value > 0.0)
        st = find_fraction(first + part, second + lag + part, frames < FINE ? frames : FINE, allocator, &fraction, err);
    if (!st)
        *out = (am_alignment){ (double)lag - AM_ALIGN_RANGE + fraction, value };
    return st;
}

/* ------------------------------------------------------------------ a fraction of a frame */

static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;

    for (int k = 1; k < 40; k++) {
        term *= x / (2.0 * k) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

void am_align_taps(double fraction, double taps[AM_ALIGN_TAPS])
{
    const double beta = 8.0, half = AM_ALIGN_TAPS / 2;

    for (int k = 0; k < AM_ALIGN_TAPS; k++) {
        const double x = k - (half - 1.0) - fraction, inside = 1.0 - x / half * (x / half);
        const double sinc = fabs(x) < 1e-12 ? 1.0 : fraction == 0.0 ? 0.0 : sin(AM_PI * x) / (AM_PI * x);

        taps[k] = inside > 0.0 ? sinc * bessel_i0(beta * sqrt(inside)) / bessel_i0(beta) : 0.0;
    }
}
