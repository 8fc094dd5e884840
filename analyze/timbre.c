#include "analyze/timbre.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "analyze/texture.h"
#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/explog.h"
#include "dsp/fft.h"
#include "dsp/median.h"
#include "dsp/simd.h"

enum {
    FRAME = 2048,
    HOP = 512,
    BINS = FRAME / 2 + 1,
    LANES = AM_MEDIAN_LANES,
    STRIDE = (BINS + LANES - 1) / LANES * LANES,    /* of a row of bins, zeros behind BINS */
    FRAMES = (AM_TIMBRE_SAMPLES - FRAME) / HOP + 1,
    MELS = 128,
    COEFFICIENTS = 20,
    CLASSES = 12,
    TOGETHER = MELS / AM_TEXTURE_GROUPS,
    BASS_FIRST = 6,                 /* bins: 65 to 108 Hz */
    BASS_LAST = 10,
    REACH = AM_MEDIAN_WINDOW / 2,
    TEXTURE = 47                    /* the first feature of texture.h */
};

_Static_assert((int)TEXTURE + (int)AM_TEXTURE_FEATURES == AM_STYLE_FEATURES && (int)FRAME == (int)AM_TEXTURE_POINTS, "see texture.h");

/* What the long-term spectrum is made to fall with. */
static const double slope_db_per_octave = -5.0, slope_from_hz = 100.0, most_db = 40.0;

typedef struct mel_band {
    uint32_t first, count;          /* bins */
    const float *weights;
} mel_band;

/* What is kept of each frame. */
typedef struct frame_values {
    double rms;                     /* of the samples, which says whether the frame counts */
    double level, centroid, bandwidth, rolloff, crossings;
    double cepstrum[COEFFICIENTS], chroma[CLASSES];
} frame_values;

typedef struct rows {               /* LANES frames, bin by bin */
    float power[BINS][LANES], steady[BINS][LANES];
} rows;

struct am_timbre {
    const am_allocator *allocator;
    am_fft *fft;
    float *window;
    float *mel_weights;             /* of all bands, one after the other */
    mel_band mel[MELS];
    float *groups;                  /* AM_TEXTURE_GROUPS rows of STRIDE: the weights of TOGETHER mel bands each */
    float *cosines;                 /* COEFFICIENTS rows of MELS */
    float *pitch;                   /* CLASSES rows of STRIDE */
    float *power;                   /* FRAMES rows of STRIDE */
    float *levels;                  /* FRAMES rows of MELS, dB; later of what the texture is measured of */
    frame_values *values;           /* FRAMES */
    am_median *columns;             /* STRIDE / LANES: over time */
    rows *rows;
};

/* ------------------------------------------------------------------ tables */

/* M. Slaney, Auditory Toolbox, 1998: linear below 1 kHz, 27 steps a factor of 6.4 above. */
static double hz_from_mel(double mel)
{
    return mel < 15.0 ? mel * 200.0 / 3.0 : 1000.0 * exp((mel - 15.0) * log(6.4) / 27.0);
}

static double mel_from_hz(double hz)
{
    return hz < 1000.0 ? hz * 3.0 / 200.0 : 15.0 + log(hz / 1000.0) * 27.0 / log(6.4);
}

static double bin_hz(int bin) { return (double)bin * AM_TIMBRE_RATE_HZ / FRAME; }

/* Each bin lies in at most two triangles. */
static void fill_mel(am_timbre *t)
{
    const double step = mel_from_hz(AM_TIMBRE_RATE_HZ / 2.0) / (MELS + 1);
    float *next = t->mel_weights;

    for (int m = 0; m < MELS; m++) {
        const double low = hz_from_mel(m * step), mid = hz_from_mel((m + 1) * step), high = hz_from_mel((m + 2) * step);
        mel_band *band = &t->mel[m];

        band->weights = next;
        for (int bin = 0; bin < BINS; bin++) {
            const double hz = bin_hz(bin), weight = fmin((hz - low) / (mid - low), (high - hz) / (high - mid));

            if (weight <= 0.0)
                continue;
            if (band->count++ == 0)
                band->first = (uint32_t)bin;
            *next++ = (float)(weight * 2.0 / (high - low));
            t->groups[m / TOGETHER * STRIDE + bin] += next[-1];
        }
    }
    assert(next <= t->mel_weights + 2 * STRIDE);
}

/* D. Ellis, Chroma feature analysis and synthesis, 2007: Gaussians of half a semitone or, below, of half a bin, unit length, and over
 * the octaves one of two octaves around 880 Hz / 2. Bin 0 counts as 1.5 octaves below bin 1. Class 0 is C. */
static void fill_pitch(am_timbre *t)
{
    for (int bin = 0; bin < BINS; bin++) {
        const double at = bin ? 12.0 * log2(bin_hz(bin) / 27.5) : 12.0 * log2(bin_hz(1) / 27.5) - 18.0;
        const double width = fmax(12.0 * log2(bin_hz(bin + 1) / 27.5) - at, 1.0);
        const double octave = exp(-0.5 * pow((at / 12.0 - 5.0) / 2.0, 2.0));
        double weights[CLASSES], square = 0.0;

        for (int c = 0; c < CLASSES; c++) {
            const double away = at - c - 12.0 * round((at - c) / 12.0);

            weights[c] = exp(-0.5 * pow(2.0 * away / width, 2.0));
            square += weights[c] * weights[c];
        }
        for (int c = 0; c < CLASSES; c++)   /* c counts from A */
            t->pitch[(c + 9) % CLASSES * STRIDE + bin] = (float)(octave * weights[c] / sqrt(square));
    }
}

static void fill_tables(am_timbre *t)
{
    for (int i = 0; i < FRAME; i++)
        t->window[i] = (float)(0.5 - 0.5 * cos(2.0 * AM_PI * i / FRAME));
    for (int k = 0; k < COEFFICIENTS; k++)
        for (int m = 0; m < MELS; m++)
            t->cosines[k * MELS + m] = (float)(sqrt((k ? 2.0 : 1.0) / MELS) * cos(AM_PI * k * (2 * m + 1) / (2.0 * MELS)));
    fill_mel(t);
    fill_pitch(t);
}

static bool acquire_all(am_timbre *t, const am_allocator *allocator)
{
    t->window = am_acquire(allocator, FRAME, sizeof(float));
    t->mel_weights = am_acquire(allocator, 2 * (size_t)STRIDE, sizeof(float));
    t->groups = am_acquire(allocator, (size_t)AM_TEXTURE_GROUPS * STRIDE, sizeof(float));
    t->cosines = am_acquire(allocator, (size_t)COEFFICIENTS * MELS, sizeof(float));
    t->pitch = am_acquire(allocator, (size_t)CLASSES * STRIDE, sizeof(float));
    t->power = am_acquire(allocator, (size_t)FRAMES * STRIDE, sizeof(float));
    t->levels = am_acquire(allocator, (size_t)FRAMES * MELS, sizeof(float));
    t->values = am_acquire(allocator, FRAMES, sizeof *t->values);
    t->columns = am_acquire(allocator, STRIDE / LANES, sizeof *t->columns);
    t->rows = am_acquire(allocator, 1, sizeof *t->rows);
    return t->window && t->mel_weights && t->groups && t->cosines && t->pitch && t->power && t->levels && t->values && t->columns &&
           t->rows;
}

am_status am_timbre_open(const am_allocator *allocator, am_timbre **out, am_error *err)
{
    am_timbre *t = am_acquire(allocator, 1, sizeof *t);

    if (!t)
        return am_fail(err, AM_ERR_NOMEM, "no memory for the style");
    t->allocator = allocator;
    if (!acquire_all(t, allocator) || am_fft_open(AM_FFT_REAL, FRAME, false, allocator, &t->fft, err)) {
        am_timbre_close(t);
        return am_fail(err, AM_ERR_NOMEM, "no memory for the style");
    }
    fill_tables(t);
    *out = t;
    return AM_OK;
}

void am_timbre_close(am_timbre *t)
{
    if (!t)
        return;
    am_fft_close(t->fft);
    am_forget(t->allocator, t->window);
    am_forget(t->allocator, t->mel_weights);
    am_forget(t->allocator, t->groups);
    am_forget(t->allocator, t->cosines);
    am_forget(t->allocator, t->pitch);
    am_forget(t->allocator, t->power);
    am_forget(t->allocator, t->levels);
    am_forget(t->allocator, t->values);
    am_forget(t->allocator, t->columns);
    am_forget(t->allocator, t->rows);
    am_forget(t->allocator, t);
}

/* ------------------------------------------------------------------ one frame */

/* count a multiple of 16 */
AM_CLONES
static double dot(const float *a, const float *b, size_t count)
{
    float lanes[16] = { 0 };
    double sum = 0.0;

    for (size_t i = 0; i < count; i += 16)
        for (size_t lane = 0; lane < 16; lane++)
            lanes[lane] += a[i + lane] * b[i + lane];
    for (size_t lane = 0; lane < 16; lane++)
        sum += (double)lanes[lane];
    return sum;
}

static float mean_of(const float *x, size_t count)
{
    double sum = 0.0;

    for (size_t i = 0; i < count; i++)
        sum += (double)x[i];
    return (float)(sum / (double)count);
}

static void measure_samples(const float *x, float offset, frame_values *out)
{
    static const float zero = -1e-10f;  /* rounding of silence does not cross */
    int crossings = 0;

    out->rms = out->level = sqrt(fmax(dot(x, x, FRAME) / FRAME - (double)offset * (double)offset, 0.0));
    for (int i = 1; i < FRAME; i++)
        crossings += (x[i] < zero) != (x[i - 1] < zero);
    out->crossings = (double)crossings / FRAME;
}

AM_CLONES
static void transform(am_timbre *t, const float *x, float offset, float *restrict power)
{
    float *in = am_fft_input(t->fft);
    const float *y = am_fft_output(t->fft);

    for (size_t i = 0; i < FRAME; i++)
        in[i] = (x[i] - offset) * t->window[i];
    am_fft_run(t->fft);
    for (size_t bin = 0; bin < BINS; bin++)
        power[bin] = y[2 * bin] * y[2 * bin] + y[2 * bin + 1] * y[2 * bin + 1];
}

/* In bins. Moments over magnitudes; the roll-off is the first bin where the sum reaches 85 %. */
static void measure_shape(const float *power, frame_values *out)
{
    double magnitude[BINS], sum = 0.0, first = 0.0, second = 0.0, running;
    int bin = 0;

    for (int i = 0; i < BINS; i++)
        magnitude[i] = sqrt((double)power[i]);
    for (int i = 0; i < BINS; i++) {
        sum += magnitude[i];
        first += magnitude[i] * i;
        second += magnitude[i] * i * i;
    }
    if (sum <= 0.0)
        return;
    out->centroid = first / sum;
    out->bandwidth = sqrt(fmax(second / sum - out->centroid * out->centroid, 0.0));
    running = magnitude[0];
    while (running < 0.85 * sum && bin + 1 < BINS)
        running += magnitude[++bin];
    out->rolloff = bin;
}

static void measure_levels(const am_timbre *t, const float *power, float *levels)
{
    for (int m = 0; m < MELS; m++) {
        const mel_band *band = &t->mel[m];
        float sum = 0.0f;

        for (uint32_t i = 0; i < band->count; i++)
            sum += band->weights[i] * power[band->first + i];
        levels[m] = 4.34294482f * am_logf(fmaxf(sum, 1e-30f));
    }
}

static void measure_bands(const am_timbre *t, const float *power, float *bands)
{
    for (size_t g = 0; g < AM_TEXTURE_GROUPS; g++) {
        const mel_band *low = &t->mel[g * TOGETHER], *high = low + TOGETHER - 1;
        const size_t first = low->first / LANES * LANES, end = (high->first + high->count + LANES - 1) / LANES * LANES;

        bands[g] = (float)dot(t->groups + g * STRIDE + first, power + first, end - first);
    }
    bands[AM_TEXTURE_GROUPS] = 0.0f;
    for (int bin = BASS_FIRST; bin <= BASS_LAST; bin++)
        bands[AM_TEXTURE_GROUPS] += power[bin];
}

static void measure_chroma(const am_timbre *t, const float *power, frame_values *out)
{
    double largest = 0.0;

    for (size_t c = 0; c < CLASSES; c++) {
        out->chroma[c] = dot(t->pitch + c * STRIDE, power, STRIDE);
        largest = fmax(largest, out->chroma[c]);
    }
    for (int c = 0; c < CLASSES && largest > 0.0; c++)
        out->chroma[c] /= largest;
}

/* ------------------------------------------------------------------ harmonic and percussive */

/* Mirrored at the ends, the last value twice; the window is at most as long as the signal. */
static size_t mirror(long at, size_t count)
{
    if (at < 0)
        return (size_t)(-1 - at);
    return (size_t)at < count ? (size_t)at : 2 * count - 1 - (size_t)at;
}

/* The medians of the window around frame at, one row of bins; the window moves on by one frame. */
static void take_column(am_timbre *t, size_t at, size_t frames, float *out)
{
    const float *leaving = t->power + mirror((long)at - REACH, frames) * STRIDE;
    const float *entering = t->power + mirror((long)at + REACH + 1, frames) * STRIDE;

    for (size_t block = 0; block < STRIDE / LANES; block++) {
        memcpy(out + block * LANES, t->columns[block][REACH], LANES * sizeof *out);
        if (at + 1 < frames)
            am_median_replace(t->columns[block], leaving + block * LANES, entering + block * LANES);
    }
}

static void begin_columns(am_timbre *t, size_t frames)
{
    float infinite[LANES];

    for (int lane = 0; lane < LANES; lane++)
        infinite[lane] = HUGE_VALF;
    for (size_t block = 0; block < STRIDE / LANES; block++) {
        am_median_init(t->columns[block]);
        for (long at = -REACH; at <= REACH; at++)
            am_median_replace(t->columns[block], infinite, t->power + mirror(at, frames) * STRIDE + block * LANES);
    }
}

/* Adds the energies of the masked spectra of LANES frames, halved: but for the outermost, each bin stands for two. */
static void add_energies(const rows *r, double *harmonic, double *percussive)
{
    float infinite[LANES], sums[2][LANES] = { { 0 } };
    am_median window;

    for (int lane = 0; lane < LANES; lane++)
        infinite[lane] = HUGE_VALF;
    am_median_init(window);
    for (long at = -REACH; at <= REACH; at++)
        am_median_replace(window, infinite, r->power[mirror(at, BINS)]);
    for (long bin = 0; bin < BINS; bin++) {
        const float share = bin == 0 || bin == BINS - 1 ? 0.5f : 1.0f;

        for (int lane = 0; lane < LANES; lane++) {
            const float h = r->steady[bin][lane], p = window[REACH][lane], mask = h + p > 1e-30f ? h / (h + p) : 0.5f;

            sums[0][lane] += share * r->power[bin][lane] * mask * mask;
            sums[1][lane] += share * r->power[bin][lane] * (1.0f - mask) * (1.0f - mask);
        }
        if (bin + 1 < BINS)
            am_median_replace(window, r->power[mirror(bin - REACH, BINS)], r->power[mirror(bin + REACH + 1, BINS)]);
    }
    for (int lane = 0; lane < LANES; lane++) {
        *harmonic += (double)sums[0][lane];
        *percussive += (double)sums[1][lane];
    }
}

static double log_percussive(am_timbre *t, size_t frames)
{
    rows *r = t->rows;
    float steady[STRIDE];
    double harmonic = 0.0, percussive = 0.0;

    begin_columns(t, frames);
    for (size_t first = 0; first < frames; first += LANES) {
        if (first + LANES > frames)
            memset(r, 0, sizeof *r);
        for (size_t lane = 0; lane < LANES && first + lane < frames; lane++) {
            const float *power = t->power + (first + lane) * STRIDE;

            take_column(t, first + lane, frames, steady);
            for (size_t bin = 0; bin < BINS; bin++) {
                r->power[bin][lane] = power[bin];
                r->steady[bin][lane] = steady[bin];
            }
        }
        add_energies(r, &harmonic, &percussive);
    }
    return log(fmax(percussive, 1e-12 * harmonic) / fmax(harmonic, 1e-12 * percussive));
}

/* ------------------------------------------------------------------ over the frames */

typedef struct spread {
    double mean, variance;
} spread;

/* Of the count numbers that begin at first in each of the frames that count; rms says which. */
static spread spread_of(const frame_values *values, const double *first, size_t count, size_t frames, double quietest)
{
    const size_t offset = (size_t)((const char *)first - (const char *)values);
    double sum = 0.0, square = 0.0, n = 0.0;
    spread s;

    for (int pass = 0; pass < 2; pass++)
        for (size_t f = 0; f < frames; f++) {
            const double *x = (const double *)(const void *)((const char *)&values[f] + offset);

            for (size_t i = 0; i < count && values[f].rms > quietest; i++)
                if (pass == 0) {
                    sum += x[i];
                    n += 1.0;
                } else {
                    square += (x[i] - sum / n) * (x[i] - sum / n);
                }
        }
    s.mean = sum / n;
    s.variance = square / n;
    return s;
}

/* Variations smaller than this are none: a tone has them from rounding. */
static double log_cv(spread s) { return log(fmax(s.variance, 1e-10 * s.mean * s.mean) / fmax(s.mean * s.mean, 1e-30)); }

static void measure_cepstra(am_timbre *t, size_t frames)
{
    float floor_db = -HUGE_VALF;

    for (size_t i = 0; i < frames * MELS; i++)
        floor_db = fmaxf(floor_db, t->levels[i] - 80.0f);
    for (size_t i = 0; i < frames * MELS; i++)
        t->levels[i] = fmaxf(t->levels[i], floor_db);
    for (size_t f = 0; f < frames; f++)
        for (size_t k = 0; k < COEFFICIENTS; k++)
            t->values[f].cepstrum[k] = dot(t->cosines + k * MELS, t->levels + f * MELS, MELS);
}

static void summarise_cepstra(const am_timbre *t, size_t frames, double quietest, double *features)
{
    for (int k = 0; k < COEFFICIENTS; k++) {
        const spread s = spread_of(t->values, &t->values->cepstrum[k], 1, frames, quietest);

        if (k)
            features[k - 1] = s.mean;
        features[19 + k] = log(fmax(s.variance, 1e-6));
    }
}

static void summarise(const am_timbre *t, size_t frames, double quietest, double percussive, double *features)
{
    const frame_values *v = t->values;
    const double *const ratios[] = { &v->centroid, &v->bandwidth, &v->rolloff, &v->crossings };
    const spread chroma = spread_of(v, v->chroma, CLASSES, frames, quietest);

    features[39] = log_cv(spread_of(v, &v->level, 1, frames, quietest));
    features[40] = chroma.mean;
    features[41] = chroma.variance;
    features[42] = percussive;
    for (int i = 0; i < 4; i++)
        features[43 + i] = log_cv(spread_of(v, ratios[i], 1, frames, quietest));
}

/* ------------------------------------------------------------------ the same long-term spectrum for all */

/* Power gains of the bins that bring the means of the cepstrum to those of a straight slope. */
static void find_gains(const am_timbre *t, const double *means, float *gains)
{
    const double step = mel_from_hz(AM_TIMBRE_RATE_HZ / 2.0) / (MELS + 1);
    double slope[MELS], gains_db[MELS] = { 0 };

    for (int m = 0; m < MELS; m++)
        slope[m] = slope_db_per_octave * log2(fmax(hz_from_mel((m + 1) * step) / slope_from_hz, 1.0));
    for (int k = 1; k < COEFFICIENTS; k++) {
        const float *cosine = t->cosines + k * MELS;
        double missing = -means[k - 1];

        for (int m = 0; m < MELS; m++)
            missing += slope[m] * (double)cosine[m];
        for (int m = 0; m < MELS; m++)
            gains_db[m] += missing * (double)cosine[m];
    }
    for (int bin = 0; bin < BINS; bin++) {
        const double at = am_clamp(mel_from_hz(bin_hz(bin)) / step - 1.0, 0.0, MELS - 1.0), part = at - floor(at);
        const int m = (int)at, next = m + 1 < MELS ? m + 1 : m;

        gains[bin] = (float)am_power_from_db(am_clamp((1.0 - part) * gains_db[m] + part * gains_db[next], -most_db, most_db));
    }
}

AM_CLONES
static void multiply(float *restrict power, const float *gains)
{
    for (size_t i = 0; i < STRIDE; i++)
        power[i] *= gains[i];
}

/* S. O. Rice, Mathematical analysis of random noise, 1945: zero crossings go with the root of the mean square of the frequency. */
static void equalise(am_timbre *t, size_t frames, const double *means)
{
    float gains[STRIDE] = { 0 }, ones[STRIDE] = { 0 }, squares[STRIDE] = { 0 };

    find_gains(t, means, gains);
    for (int bin = 0; bin < BINS; bin++) {
        ones[bin] = 1.0f;
        squares[bin] = (float)(bin * bin);
    }
    for (size_t f = 0; f < frames; f++) {
        float *power = t->power + f * STRIDE;

        multiply(power, gains);
        t->values[f].level = sqrt(dot(power, ones, STRIDE));
        t->values[f].crossings = sqrt(dot(power, squares, STRIDE)) / fmax(t->values[f].level, 1e-30);
    }
}

bool am_timbre_measure(am_timbre *t, const float *samples, size_t count, bool as_found, double features[AM_STYLE_FEATURES])
{
    const size_t frames = count < FRAME ? 0 : (count - FRAME) / HOP + 1;
    double loudest = 0.0;
    float offset;

    assert(frames <= FRAMES);
    if (frames < AM_MEDIAN_WINDOW)
        return false;
    offset = as_found ? 0.0f : mean_of(samples, count);
    for (size_t f = 0; f < frames; f++) {
        memset(&t->values[f], 0, sizeof t->values[f]);
        measure_samples(samples + f * HOP, offset, &t->values[f]);
        loudest = fmax(loudest, t->values[f].rms);
        transform(t, samples + f * HOP, offset, t->power + f * STRIDE);
        measure_levels(t, t->power + f * STRIDE, t->levels + f * MELS);
    }
    if (loudest < 1e-6)
        return false;
    measure_cepstra(t, frames);
    summarise_cepstra(t, frames, 1e-3 * loudest, features);
    if (!as_found)
        equalise(t, frames, features);
    for (size_t f = 0; f < frames; f++) {
        measure_shape(t->power + f * STRIDE, &t->values[f]);
        measure_chroma(t, t->power + f * STRIDE, &t->values[f]);
        measure_bands(t, t->power + f * STRIDE, t->levels + f * AM_TEXTURE_BANDS);
    }
    summarise(t, frames, 1e-3 * loudest, log_percussive(t, frames), features);
    am_texture_measure(t->fft, t->levels, frames, (double)AM_TIMBRE_RATE_HZ / HOP, features + TEXTURE);
    return true;
}
