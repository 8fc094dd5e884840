#include "render/quantise.h"

#include <assert.h>
#include <math.h>

/* Error feedback, e-weighted: Lipshitz, Vanderkooy, Wannamaker, "Minimally audible noise shaping", JAES 39(11), 1991. */
enum { SHAPER_TAPS = 5 };
static const double shaper[SHAPER_TAPS] = { 2.033, -2.165, 1.959, -1.590, 0.6149 };

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* Output function of SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static inline uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Difference of two uniform numbers of 32 bits: triangular in (-1, 1), mean 0. */
static inline double next_triangle(uint64_t *state)
{
    const uint64_t z = mix(*state += GOLDEN);

    return ((double)(int64_t)(z >> 32) - (double)(int64_t)(z & UINT32_MAX)) * 0x1p-32;
}

/* To the nearest integer, ties to even, for |x| < 2^51 (the default rounding mode is part of the contract). */
static inline double nearest(double x)
{
    return (x + 0x1.8p52) - 0x1.8p52;
}

static inline double limited(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

void am_quantise_init(am_quantise *q, uint32_t bits, am_dither dither, uint64_t seed, uint32_t channels, double rate_hz)
{
    assert(bits == 16 || bits == 24 || bits == 32);
    assert(channels == 1 || channels == 2);
    *q = (am_quantise){ .bits = bits, .dither = dither, .channels = channels, .rate_hz = rate_hz };
    if (dither == AM_DITHER_SHAPED && rate_hz != 44100.0 && rate_hz != 48000.0)
        q->dither = AM_DITHER_TPDF;
    for (uint32_t c = 0; c < 2; c++)
        q->random[c] = mix(mix(seed) + (c + 1) * GOLDEN);
}

static void round_plain(float *samples, size_t frames, double scale)
{
    for (size_t i = 0; i < frames; i++)
        samples[i] = (float)(limited(nearest((double)samples[i] * scale), -scale, scale - 1.0) / scale);
}

static void round_dithered(float *samples, size_t frames, double scale, uint64_t *random)
{
    uint64_t state = *random;

    for (size_t i = 0; i < frames; i++) {
        const double y = nearest((double)samples[i] * scale + next_triangle(&state));

        samples[i] = (float)(limited(y, -scale, scale - 1.0) / scale);
    }
    *random = state;
}

/* What clipping at the ends of the grid takes off is no error to be shaped: fed back it would grow. */
static void round_shaped(float *samples, size_t frames, double scale, uint64_t *random, double *error)
{
    for (size_t i = 0; i < frames; i++) {
        double wanted = (double)samples[i] * scale, y;

        for (int k = 0; k < SHAPER_TAPS; k++)
            wanted -= shaper[k] * error[k];
        y = nearest(wanted + next_triangle(random));
        for (int k = SHAPER_TAPS - 1; k > 0; k--)
            error[k] = error[k - 1];
        error[0] = y - wanted;
        samples[i] = (float)(limited(y, -scale, scale - 1.0) / scale);
    }
}

void am_quantise_process(am_quantise *q, float *const *channels, size_t frames)
{
    const double scale = ldexp(1.0, (int)q->bits - 1);

    if (q->bits == 32)
        return;
    for (uint32_t c = 0; c < q->channels; c++)
        switch (q->dither) {
        case AM_DITHER_NONE: round_plain(channels[c], frames, scale); break;
        case AM_DITHER_TPDF: round_dithered(channels[c], frames, scale, &q->random[c]); break;
        case AM_DITHER_SHAPED: round_shaped(channels[c], frames, scale, &q->random[c], q->error[c]); break;
        }
}
