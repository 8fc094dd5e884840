#include "tests/support/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HALF = 64, PHASES = 16, TAPS = 2 * HALF };

static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 60; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* Weights of the samples -HALF + 1 .. HALF around a point phase / PHASES behind sample 0; the Kaiser window has 120 dB. */
static void design(int phase, double weights[TAPS])
{
    const double pi = 3.14159265358979323846, beta = 12.0, at = (double)phase / PHASES;
    for (int k = 0; k < TAPS; k++) {
        const double x = at - (k - HALF + 1);
        const double u = x / HALF;
        const double window = fabs(u) < 1.0 ? bessel_i0(beta * sqrt(1.0 - u * u)) / bessel_i0(beta) : 0.0;
        weights[k] = window * (fabs(x) < 1e-12 ? 1.0 : sin(pi * x) / (pi * x));
    }
}

static double dot(const double *a, const double *b)
{
    double lanes[8] = { 0 };
    for (int k = 0; k < TAPS; k += 8)
        for (int l = 0; l < 8; l++)
            lanes[l] += a[k + l] * b[k + l];
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

double oracle_true_peak(const float *samples, size_t frames, size_t stride)
{
    double *padded = calloc(frames + 2 * TAPS, sizeof *padded);
    double weights[PHASES][TAPS], bound = 0.0, peak = 0.0;
    if (!padded)
        abort();
    for (int phase = 0; phase < PHASES; phase++) {
        double sum = 0.0;
        design(phase, weights[phase]);
        for (int k = 0; k < TAPS; k++)
            sum += fabs(weights[phase][k]);
        bound = fmax(bound, sum);
    }
    for (size_t i = 0; i < frames; i++) {
        padded[TAPS + i] = (double)samples[i * stride];
        peak = fmax(peak, fabs(padded[TAPS + i]));
    }
    /* Windows that cannot reach the peak so far, by the largest sum of |weights|, are left out: they change nothing. */
    for (size_t i = TAPS - HALF; i + TAPS <= frames + 2 * TAPS; i += TAPS) {
        double local = 0.0;
        for (size_t k = i - HALF; k < i + TAPS + HALF && k < frames + 2 * TAPS; k++)
            local = fmax(local, fabs(padded[k]));
        if (local * bound <= peak)
            continue;
        for (size_t n = i; n < i + TAPS && n + HALF < frames + 2 * TAPS; n++)
            for (int phase = 1; phase < PHASES; phase++)
                peak = fmax(peak, fabs(dot(padded + n - HALF + 1, weights[phase])));
    }
    free(padded);
    return peak;
}

/* I0 as the mean of exp(x cos t) over a turn */
static double bessel(double x)
{
    double sum = 0.0;

    for (int k = 0; k < 64; k++)
        sum += exp(x * cos(2.0 * M_PI * k / 64.0));
    return sum / 64.0;
}

static double low_pass_tap(double edge_hz, double rate_hz, long n, long reach)
{
    const double w = 2.0 * M_PI * edge_hz / rate_hz, x = (double)n / (double)reach;

    return (n ? sin(w * (double)n) / (M_PI * (double)n) : w / M_PI) * bessel(5.0 * sqrt(1.0 - x * x)) / bessel(5.0);
}

void oracle_low_pass(double edge_hz, double rate_hz, long reach, double *half)
{
    double sum = 0.0;

    for (long n = 0; n < reach; n++) {
        half[n] = low_pass_tap(edge_hz, rate_hz, n, reach);
        sum += n ? 2.0 * half[n] : half[n];
    }
    for (long n = 0; n < reach; n++)
        half[n] /= sum;
}

double oracle_low_pass_gain(double edge_hz, double rate_hz, long reach, double hz)
{
    double gain = 0.0, sum = 0.0;

    for (long n = 1 - reach; n < reach; n++) {
        gain += low_pass_tap(edge_hz, rate_hz, n, reach) * cos(2.0 * M_PI * hz / rate_hz * (double)n);
        sum += low_pass_tap(edge_hz, rate_hz, n, reach);
    }
    return gain / sum;
}
