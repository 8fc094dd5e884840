#include "dsp/softclip.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "dsp/simd.h"

enum { HALF = AM_SOFTCLIP_HALF, TAPS = AM_SOFTCLIP_REACH, POINTS = 4 };

static const double kaiser_beta = 8.0;

static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;

    for (int k = 1; k < 40; k++) {
        term *= 0.25 * x * x / ((double)k * (double)k);
        sum += term;
    }
    return sum;
}

/* taps[p - 1][k] weighs the sample k - HALF + 1 ahead in the point p / 4 ahead. */
void am_softclip_init(am_softclip *clip, double level, double knee, double range_db)
{
    *clip = (am_softclip){ .level = (float)level, .knee = (float)knee, .share = (float)am_gain_from_db(-range_db) };
    for (int p = 1; p < POINTS; p++) {
        double sum = 0.0, taps[TAPS];

        for (int k = 0; k < TAPS; k++) {
            const double t = p / (double)POINTS - (k - HALF + 1), r = t / HALF;

            taps[k] = sin(AM_PI * t) / (AM_PI * t) * bessel_i0(kaiser_beta * sqrt(1.0 - r * r)) / bessel_i0(kaiser_beta);
            sum += taps[k];
        }
        for (int k = 0; k < TAPS; k++)
            clip->taps[p - 1][k] = (float)(taps[k] / sum);
    }
}

static inline float bent(float level, float knee, float share, float x)
{
    const float size = fabsf(x), start = level * (1.0f - knee), end = level * (1.0f + knee), into = size - start;
    const float curved = knee > 0.0f ? size - into * into / (4.0f * knee * level) : level;
    const float y = size <= start ? size : size < end ? curved : level;
    const float least = share * size;

    return copysignf(y > least ? y : least, x);
}

float am_softclip_curve(const am_softclip *clip, float value) { return bent(clip->level, clip->knee, clip->share, value); }

/* ------------------------------------------------------------------ four times as many points */

AM_CLONES
static void interpolate(const float *restrict taps, const float *restrict in, float *restrict out, size_t points)
{
    for (size_t n = 0; n < points; n++)
        out[n] = 0.0f;
    for (ptrdiff_t k = 0; k < TAPS; k++)
        for (size_t n = 0; n < points; n++)
            out[n] += taps[k] * in[(ptrdiff_t)n + k - HALF + 1];
}

/* Values become what the curve takes off. */
AM_CLONES
static void take_off(const am_softclip *clip, float *values, size_t points)
{
    const float level = clip->level, knee = clip->knee, share = clip->share;

    for (size_t n = 0; n < points; n++)
        values[n] = bent(level, knee, share, values[n]) - values[n];
}

AM_CLONES
static void gather(const float *restrict taps, const float *restrict off, float *restrict out, size_t frames)
{
    for (ptrdiff_t k = 0; k < TAPS; k++)
        for (size_t n = 0; n < frames; n++)
            out[n] += taps[k] * off[(ptrdiff_t)n - (k - HALF + 1)];
}

static void note(const float *values, size_t frames, size_t step, float *peaks)
{
    for (size_t n = 0; n < frames; n++) {
        const float size = fabsf(values[n]);

        peaks[n / step] = size > peaks[n / step] ? size : peaks[n / step];
    }
}

AM_CLONES
static void add(const float *restrict in, const float *restrict change, float *restrict out, size_t frames)
{
    for (size_t n = 0; n < frames; n++)
        out[n] = change[n] == 0.0f ? in[n] : in[n] + 0.25f * change[n];
}

static bool reaches(const float *in, size_t frames, float start)
{
    for (size_t n = 0; n < frames; n++)
        if (fabsf(in[n]) >= start)
            return true;
    return false;
}

void am_softclip_process(const am_softclip *clip, const float *in, float *out, size_t frames, size_t step, float *before, float *after,
                         float *scratch)
{
    const size_t points = frames + TAPS;
    const float *first = in - HALF;         /* the points that the frames hear of */
    float *off = scratch, *change = scratch + points, *curved = change + points;

    memset(change, 0, frames * sizeof *change);
    /* no interpolator of these taps makes more than 2.6 of its largest sample */
    if (!reaches(in - TAPS, frames + 2 * TAPS, am_softclip_start(clip) / 2.6f)) {
        memcpy(out, in, frames * sizeof *out);
        if (before) {
            note(in, frames, step, before);
            note(in, frames, step, after);
        }
        return;
    }
    for (int p = 0; p < POINTS; p++) {
        if (p == 0)
            memcpy(off, first, points * sizeof *off);
        else
            interpolate(clip->taps[p - 1], first, off, points);
        memcpy(curved, off, points * sizeof *off);
        take_off(clip, off, points);
        if (before) {
            note(curved + HALF, frames, step, before);
            for (size_t n = 0; n < points; n++)
                curved[n] += off[n];
            note(curved + HALF, frames, step, after);
        }
        if (p == 0)
            memcpy(change, off + HALF, frames * sizeof *change);
        else
            gather(clip->taps[p - 1], off + HALF, change, frames);
    }
    add(in, change, out, frames);
}
