#include "analyze/align.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "dsp/fft.h"

enum { FINE = 1 << 16, ROUNDS = 4 };

static const double pi = 3.14159265358979323846;

typedef struct transforms {
    am_fft *first, *second;
} transforms;

static am_status open_transforms(transforms *t, size_t size, const am_allocator *allocator, am_error *err)
{
    am_status st = am_fft_open(AM_FFT_REAL, size, false, allocator, &t->first, err);

    return st ? st : am_fft_open(AM_FFT_REAL, size, false, allocator, &t->second, err);
}

static void close_transforms(transforms *t)
{
    am_fft_close(t->first);
    am_fft_close(t->second);
}

/* conj(first) * second into where */
static void cross(const transforms *t, size_t bins, float *where)
{
    const float *a = am_fft_output(t->first), *b = am_fft_output(t->second);

    for (size_t k = 0; k < bins; k++) {
        where[2 * k] = a[2 * k] * b[2 * k] + a[2 * k + 1] * b[2 * k + 1];
        where[2 * k + 1] = a[2 * k] * b[2 * k + 1] - a[2 * k + 1] * b[2 * k];
    }
}

/* The largest |correlation| over the root of the energy that it compares with. */
static size_t best_lag(const float *correlation, const float *second, double first_energy, double *value)
{
    double energy = 0.0, most = 0.0;
    size_t best = AM_ALIGN_RANGE;

    for (size_t n = 0; n < AM_ALIGN_FIRST; n++)
        energy += (double)second[n] * (double)second[n];
    for (size_t lag = 0; lag <= 2 * AM_ALIGN_RANGE; lag++) {
        const double r = fabs((double)correlation[lag]) / AM_ALIGN_SECOND;
        const double score = energy > 1e-3 * first_energy * 1e-6 ? r / sqrt(energy * first_energy) : 0.0;

        if (score > most) {
            most = score;
            best = lag;
        }
        if (lag + AM_ALIGN_FIRST < AM_ALIGN_SECOND)
            energy += (double)second[lag + AM_ALIGN_FIRST] * (double)second[lag + AM_ALIGN_FIRST] - (double)second[lag] * (double)second[lag];
    }
    *value = fmin(most, 1.0);
    return best;
}

static am_status find_coarse(const float *first, const float *second, const am_allocator *allocator, size_t *lag, double *value,
                             am_error *err)
{
    transforms t = { 0 };
    am_fft *back = NULL;
    double energy = 0.0;
    am_status st = open_transforms(&t, AM_ALIGN_SECOND, allocator, err);

    if (!st)
        st = am_fft_open(AM_FFT_REAL_INVERSE, AM_ALIGN_SECOND, false, allocator, &back, err);
    if (st)
        goto done;
    for (size_t n = 0; n < AM_ALIGN_FIRST; n++)
        energy += (double)first[n] * (double)first[n];
    memset(am_fft_input(t.first), 0, AM_ALIGN_SECOND * sizeof(float));
    memcpy(am_fft_input(t.first), first, AM_ALIGN_FIRST * sizeof(float));
    memcpy(am_fft_input(t.second), second, AM_ALIGN_SECOND * sizeof(float));
    am_fft_run(t.first);
    am_fft_run(t.second);
    cross(&t, AM_ALIGN_SECOND / 2 + 1, am_fft_input(back));
    am_fft_run(back);
    *lag = best_lag(am_fft_output(back), second, energy, value);
done:
    am_fft_close(back);
    close_transforms(&t);
    return st;
}

/* The slope of the phase, by Gauss-Newton from 0: a delay of d frames turns bin k by -2 pi k d / FINE. Polarity is taken out. */
static double slope(const float *cross_spectrum)
{
    double delay = 0.0;

    for (int round = 0; round < ROUNDS; round++) {
        double above = 0.0, below = 0.0, real = 0.0;

        for (size_t k = 1; k < FINE / 2; k++)
            real += (double)cross_spectrum[2 * k] * cos(2.0 * pi * (double)k * delay / FINE) -
                    (double)cross_spectrum[2 * k + 1] * sin(2.0 * pi * (double)k * delay / FINE);
        for (size_t k = 1; k < FINE / 2; k++) {
            const double w = 2.0 * pi * (double)k / FINE, c = cos(w * delay), s = sin(w * delay);
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

static am_status find_fraction(const float *first, const float *second, const am_allocator *allocator, double *fraction, am_error *err)
{
    transforms t = { 0 };
    float *product = am_acquire(allocator, FINE + 2, sizeof *product);
    am_status st = product ? open_transforms(&t, FINE, allocator, err) : am_fail(err, AM_ERR_NOMEM, "out of memory");

    for (size_t n = 0; n < FINE && !st; n++) {
        const float window = (float)(0.5 - 0.5 * cos(2.0 * pi * (double)n / FINE));

        am_fft_input(t.first)[n] = window * first[n];
        am_fft_input(t.second)[n] = window * second[n];
    }
    if (!st) {
        am_fft_run(t.first);
        am_fft_run(t.second);
        cross(&t, FINE / 2 + 1, product);
        *fraction = slope(product);
    }
    close_transforms(&t);
    am_forget(allocator, product);
    return st;
}

/* Where the first is loudest: the fraction is read there. */
static size_t loudest_part(const float *first)
{
    size_t best = 0;
    double most = -1.0;

    for (size_t at = 0; at + FINE <= AM_ALIGN_FIRST; at += FINE / 2) {
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

am_status am_align_find(const float *first, const float *second, const am_allocator *allocator, am_alignment *out, am_error *err)
{
    size_t lag = 0;
    double value = 0.0, fraction = 0.0;
    const size_t part = loudest_part(first);
    am_status st = find_coarse(first, second, allocator, &lag, &value, err);

    if (!st && value > 0.0)
        st = find_fraction(first + part, second + lag + part, allocator, &fraction, err);
    if (!st)
        *out = (am_alignment){ (double)lag - AM_ALIGN_RANGE + fraction, value };
    return st;
}

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
        const double sinc = fabs(x) < 1e-12 ? 1.0 : fraction == 0.0 ? 0.0 : sin(pi * x) / (pi * x);

        taps[k] = inside > 0.0 ? sinc * bessel_i0(beta * sqrt(inside)) / bessel_i0(beta) : 0.0;
    }
}
