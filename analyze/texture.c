#include "analyze/texture.h"

#include <assert.h>
#include <math.h>

#include "base/db.h"
#include "dsp/explog.h"

enum { BINS = AM_TEXTURE_POINTS / 2 + 1, REACH = 24 };

static const float groups_range_db = 60.0f, bass_range_db = 40.0f;
static const double least_db2 = 1e-4;

/* Columns from first on, powers before. */
static void to_levels(float *values, size_t first, size_t count, size_t frames, float range_db)
{
    float loudest = -HUGE_VALF;

    for (size_t f = 0; f < frames; f++)
        for (size_t i = first; i < first + count; i++) {
            float *value = values + f * AM_TEXTURE_BANDS + i;

            *value = 4.34294482f * am_logf(fmaxf(*value, 1e-30f));
            loudest = fmaxf(loudest, *value);
        }
    for (size_t f = 0; f < frames; f++)
        for (size_t i = first; i < first + count; i++)
            values[f * AM_TEXTURE_BANDS + i] = fmaxf(values[f * AM_TEXTURE_BANDS + i], loudest - range_db);
}

static void take_gain(float *levels, size_t frames)
{
    for (size_t f = 0; f < frames; f++) {
        float *row = levels + f * AM_TEXTURE_BANDS, mean = 0.0f;

        for (size_t g = 0; g < AM_TEXTURE_GROUPS; g++)
            mean += row[g] / AM_TEXTURE_GROUPS;
        for (size_t g = 0; g < AM_TEXTURE_GROUPS; g++)
            row[g] -= mean;
    }
}

/* Adds M of one column, without what is added to it; returns the standard deviation. */
static double add_modulation(am_fft *fft, const float *window, const float *column, size_t frames, double *modulation)
{
    float *in = am_fft_input(fft);
    const float *y = am_fft_output(fft);
    double mean = 0.0, square = 0.0;

    for (size_t f = 0; f < frames; f++)
        mean += (double)column[f * AM_TEXTURE_BANDS] / (double)frames;
    for (size_t f = 0; f < frames; f++) {
        const double off = (double)column[f * AM_TEXTURE_BANDS] - mean;

        in[f] = (float)off * window[f];
        square += off * off;
    }
    for (size_t f = frames; f < AM_TEXTURE_POINTS; f++)
        in[f] = 0.0f;
    am_fft_run(fft);
    for (size_t k = 0; k < BINS; k++)
        modulation[k] += (double)y[2 * k] * (double)y[2 * k] + (double)y[2 * k + 1] * (double)y[2 * k + 1];
    return sqrt(square / (double)frames);
}

static size_t bin_from(double hz, double frames_hz) { return (size_t)ceil(hz * AM_TEXTURE_POINTS / frames_hz); }

static void measure_groups(am_fft *fft, const float *window, const float *levels, size_t frames, double frames_hz, double *features)
{
    static const double edges_hz[] = { 0.25, 1.0, 2.0, 4.0, 8.0, 16.0 };
    static const int places[] = { 1, 0, 2, 3, 4 };          /* 1 - 2 Hz follows from the others, and is written over */
    double modulation[BINS] = { 0 }, deviation = 0.0, energy[5] = { 0 }, sum = 0.0;

    for (size_t g = 0; g < AM_TEXTURE_GROUPS; g++)
        deviation += add_modulation(fft, window, levels + g, frames, modulation) / AM_TEXTURE_GROUPS;
    for (int b = 0; b < 5; b++) {
        for (size_t k = bin_from(edges_hz[b], frames_hz); k < bin_from(edges_hz[b + 1], frames_hz); k++)
            energy[b] += modulation[k] + least_db2 * (double)frames;
        sum += energy[b];
    }
    for (int b = 0; b < 5; b++)
        features[places[b]] = log(energy[b] / sum);
    features[0] = log(deviation + 0.001);
}

static double measure_bass(am_fft *fft, const float *window, const float *levels, size_t frames, double frames_hz)
{
    const size_t first = bin_from(0.7, frames_hz), end = bin_from(12.0, frames_hz);
    const double least = least_db2 * (double)frames;
    double modulation[BINS] = { 0 }, sum = 0.0;

    assert(first >= REACH && end + REACH < BINS);
    (void)add_modulation(fft, window, levels, frames, modulation);
    for (size_t k = first; k < end; k++) {
        double around = 0.0;

        for (size_t i = k - REACH; i <= k + REACH; i++)
            around += modulation[i] / (2 * REACH + 1);
        sum -= log((modulation[k] + least) / (around + least) + 1e-4);
    }
    return log(fmax(sum / (double)(end - first), 0.001));
}

void am_texture_measure(am_fft *fft, float *powers, size_t frames, double frames_hz, double features[AM_TEXTURE_FEATURES])
{
    float window[AM_TEXTURE_POINTS];

    assert(frames > 1 && frames <= AM_TEXTURE_POINTS && frames_hz > 32.0);
    for (size_t f = 0; f < frames; f++)
        window[f] = (float)(0.5 - 0.5 * cos(2.0 * AM_PI * (double)f / (double)(frames - 1)));
    to_levels(powers, 0, AM_TEXTURE_GROUPS, frames, groups_range_db);
    to_levels(powers, AM_TEXTURE_GROUPS, 1, frames, bass_range_db);
    take_gain(powers, frames);
    measure_groups(fft, window, powers, frames, frames_hz, features);
    features[AM_TEXTURE_FEATURES - 1] = measure_bass(fft, window, powers + AM_TEXTURE_GROUPS, frames, frames_hz);
}
