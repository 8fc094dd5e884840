/* test_timbre.c - analyze/timbre.h against its definitions, written out slowly in double precision */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/texture.h"
#include "analyze/timbre.h"
#include "base/db.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

enum { SIZE = 2048, HOP = 512, BINS = 1025, MOST = 128, RATE = AM_TIMBRE_RATE_HZ };

typedef struct slow {
    size_t frames;
    double power[MOST][BINS], level[MOST][128], cepstrum[MOST][20], chroma[MOST][12];
    double rms[MOST], gain_db[BINS], centroid[MOST], bandwidth[MOST], rolloff[MOST], crossings[MOST];
} slow;

static double hertz(double bin) { return bin * RATE / SIZE; }

static void slow_spectrum(slow *s, size_t f, const float *x)
{
    static double cosine[SIZE];

    for (int i = 0; i < SIZE; i++)
        cosine[i] = cos(2.0 * AM_PI * i / SIZE);
    for (int k = 0; k < BINS; k++) {
        double re = 0.0, im = 0.0;

        for (int i = 0; i < SIZE; i++) {
            const double value = (double)x[i] * (0.5 - 0.5 * cosine[i]);

            re += value * cosine[k * i % SIZE];
            im += value * cosine[(k * i + SIZE / 4) % SIZE];
        }
        s->power[f][k] = re * re + im * im;
    }
}

static void slow_samples(slow *s, size_t f, const float *x)
{
    double square = 0.0;
    int changes = 0;

    for (int i = 0; i < SIZE; i++) {
        square += (double)x[i] * (double)x[i];
        changes += i && signbit(x[i]) != signbit(x[i - 1]);
    }
    s->rms[f] = sqrt(square / SIZE);
    s->crossings[f] = (double)changes / SIZE;
}

static void slow_power(slow *s, size_t f)
{
    double sum = 0.0, square = 0.0;

    for (int k = 0; k < BINS; k++) {
        sum += s->power[f][k];
        square += s->power[f][k] * hertz(k) * hertz(k);
    }
    s->rms[f] = sqrt(sum);
    s->crossings[f] = sqrt(square / sum);
}

static void slow_shape(slow *s, size_t f)
{
    double sum = 0.0, first = 0.0, second = 0.0, part = 0.0;
    int bin = -1;

    for (int k = 0; k < BINS; k++)
        sum += sqrt(s->power[f][k]);
    for (int k = 0; k < BINS; k++)
        first += hertz(k) * sqrt(s->power[f][k]) / sum;
    for (int k = 0; k < BINS; k++)
        second += (hertz(k) - first) * (hertz(k) - first) * sqrt(s->power[f][k]) / sum;
    do
        part += sqrt(s->power[f][++bin]);
    while (part < 0.85 * sum);
    s->centroid[f] = first;
    s->bandwidth[f] = sqrt(second);
    s->rolloff[f] = hertz(bin);
}

static double slow_mel_hz(int edge)
{
    const double top = 15.0 + 27.0 * log(RATE / 2000.0) / log(6.4), mel = edge * top / 129.0;

    return mel < 15.0 ? mel * 200.0 / 3.0 : 1000.0 * pow(6.4, (mel - 15.0) / 27.0);
}

static double slow_mel(double hz) { return hz < 1000.0 ? hz * 0.015 : 15.0 + 27.0 * log(hz / 1000.0) / log(6.4); }

static void slow_levels(slow *s, size_t f)
{
    for (int m = 0; m < 128; m++) {
        const double low = slow_mel_hz(m), mid = slow_mel_hz(m + 1), high = slow_mel_hz(m + 2);
        double sum = 0.0;

        for (int k = 0; k < BINS; k++)
            sum += s->power[f][k] * 2.0 / (high - low) *
                   fmax(0.0, fmin((hertz(k) - low) / (mid - low), (high - hertz(k)) / (high - mid)));
        s->level[f][m] = 10.0 * log10(sum + 1e-30);
    }
}

static void slow_cepstra(slow *s)
{
    double largest = -HUGE_VAL;

    for (size_t f = 0; f < s->frames; f++)
        for (int m = 0; m < 128; m++)
            largest = fmax(largest, s->level[f][m]);
    for (size_t f = 0; f < s->frames; f++)
        for (int k = 0; k < 20; k++) {
            s->cepstrum[f][k] = 0.0;
            for (int m = 0; m < 128; m++)
                s->cepstrum[f][k] += fmax(s->level[f][m], largest - 80.0) * cos(AM_PI * k * (m + 0.5) / 128.0) * sqrt((k ? 2.0 : 1.0) / 128.0);
        }
}

static double semitone(int k) { return 12.0 * log2(hertz(k) / 27.5); }

/* What brings the 19 cosines of the mean levels to those of -5 dB an octave from 100 Hz on. */
static void slow_equalise(slow *s)
{
    double missing[128], smooth[130] = { 0 };

    for (int m = 0; m < 128; m++) {
        missing[m] = -5.0 * log2(fmax(slow_mel_hz(m + 1), 100.0) / 100.0);
        for (size_t f = 0; f < s->frames; f++)
            for (int k = 0; k < 20; k++)
                missing[m] -= s->cepstrum[f][k] / (double)s->frames * cos(AM_PI * k * (m + 0.5) / 128.0) * sqrt((k ? 2.0 : 1.0) / 128.0);
    }
    for (int m = 0; m < 128; m++)
        for (int n = 0; n < 128; n++)
            for (int k = 1; k < 20; k++)
                smooth[m + 1] += missing[n] * cos(AM_PI * k * (m + 0.5) / 128.0) * cos(AM_PI * k * (n + 0.5) / 128.0) / 64.0;
    smooth[0] = smooth[1];
    smooth[129] = smooth[128];
    for (int k = 0, edge = 0; k < BINS; k++) {
        while (edge < 128 && slow_mel_hz(edge + 1) <= hertz(k))
            edge++;
        /* along mel, of which the edges are equal steps */
        const double low = slow_mel(slow_mel_hz(edge)), part = (slow_mel(hertz(k)) - low) / (slow_mel(slow_mel_hz(edge + 1)) - low);

        s->gain_db[k] = fmax(-40.0, fmin(40.0, smooth[edge] + part * (smooth[edge + 1] - smooth[edge])));
    }
    for (size_t f = 0; f < s->frames; f++)
        for (int k = 0; k < BINS; k++)
            s->power[f][k] *= pow(10.0, s->gain_db[k] / 10.0);
}

static void slow_chroma(slow *s, size_t f)
{
    double largest = 0.0, sum[12] = { 0 };

    for (int k = 0; k < BINS; k++) {
        const double at = k ? semitone(k) : semitone(1) - 18.0, width = fmax(1.0, semitone(k + 1) - at);
        double weight[12], length = 0.0;

        for (int c = 0; c < 12; c++) {
            double away = fmod(at - c + 1206.0, 12.0) - 6.0;

            weight[c] = exp(-0.5 * (2.0 * away / width) * (2.0 * away / width));
            length += weight[c] * weight[c];
        }
        for (int c = 0; c < 12; c++)
            sum[c] += s->power[f][k] * weight[c] / sqrt(length) * exp(-0.5 * (at / 12.0 - 5.0) * (at / 12.0 - 5.0) / 4.0);
    }
    for (int c = 0; c < 12; c++)
        largest = fmax(largest, sum[c]);
    for (int c = 0; c < 12; c++)
        s->chroma[f][c] = sum[c] / largest;
}

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static long mirrored(long i, long count) { return i < 0 ? -1 - i : i >= count ? 2 * count - 1 - i : i; }

static double slow_percussive(const slow *s)
{
    double harmonic = 0.0, percussive = 0.0;

    for (long f = 0; f < (long)s->frames; f++)
        for (long k = 0; k < BINS; k++) {
            double over_time[31], over_bins[31], mask;
            const double share = k == 0 || k == BINS - 1 ? 1.0 : 2.0;

            for (long i = -15; i <= 15; i++) {
                over_time[i + 15] = s->power[mirrored(f + i, (long)s->frames)][k];
                over_bins[i + 15] = s->power[f][mirrored(k + i, BINS)];
            }
            qsort(over_time, 31, sizeof over_time[0], rising);
            qsort(over_bins, 31, sizeof over_bins[0], rising);
            mask = over_time[15] / (over_time[15] + over_bins[15]);
            harmonic += share * s->power[f][k] * mask * mask;
            percussive += share * s->power[f][k] * (1.0 - mask) * (1.0 - mask);
        }
    return log(percussive / harmonic);
}

/* Mean and variance of count numbers at a distance of stride. */
static double moments(const double *x, size_t count, size_t stride, double *variance)
{
    double mean = 0.0;

    *variance = 0.0;
    for (size_t i = 0; i < count; i++)
        mean += x[i * stride] / (double)count;
    for (size_t i = 0; i < count; i++)
        *variance += (x[i * stride] - mean) * (x[i * stride] - mean) / (double)count;
    return mean;
}

/* The 6 numbers themselves: test_texture.c. */
static void slow_texture(const slow *s, double *out)
{
    float bands[MOST * AM_TEXTURE_BANDS];
    am_fft *fft = NULL;

    for (size_t f = 0; f < s->frames; f++) {
        float *band = bands + f * AM_TEXTURE_BANDS;

        for (int g = 0; g < AM_TEXTURE_GROUPS; g++) {
            double sum = 0.0;

            for (int m = 8 * g; m < 8 * g + 8; m++)
                sum += am_power_from_db(s->level[f][m]);
            band[g] = (float)sum;
        }
        band[AM_TEXTURE_GROUPS] = 0.0f;
        for (int k = 0; k < BINS; k++)
            if (hertz(k) > 60.0 && hertz(k) < 110.0)
                band[AM_TEXTURE_GROUPS] += (float)s->power[f][k];
    }
    assert_int_equal(am_fft_open(AM_FFT_REAL, AM_TEXTURE_POINTS, false, NULL, &fft, NULL), AM_OK);
    am_texture_measure(fft, bands, s->frames, (double)RATE / HOP, out);
    am_fft_close(fft);
}

static void slow_features(slow *s, const float *x, size_t count, bool as_found, double *out)
{
    const double *const ratios[] = { s->rms, s->centroid, s->bandwidth, s->rolloff, s->crossings };
    static const int place[] = { 39, 43, 44, 45, 46 };
    double variance, mean;

    s->frames = (count - SIZE) / HOP + 1;
    assert_true(s->frames <= MOST);
    for (size_t f = 0; f < s->frames; f++) {
        slow_spectrum(s, f, x + f * HOP);
        slow_samples(s, f, x + f * HOP);
        slow_levels(s, f);
    }
    slow_cepstra(s);
    if (!as_found)
        slow_equalise(s);
    for (size_t f = 0; f < s->frames; f++) {
        if (!as_found)
            slow_power(s, f);
        slow_shape(s, f);
        slow_chroma(s, f);
        slow_levels(s, f);
    }
    for (int k = 0; k < 20; k++) {
        mean = moments(&s->cepstrum[0][k], s->frames, 20, &variance);
        if (k)
            out[k - 1] = mean;
        out[19 + k] = log(variance);
    }
    for (int i = 0; i < 5; i++) {
        mean = moments(ratios[i], s->frames, 1, &variance);
        out[place[i]] = log(variance / (mean * mean));
    }
    out[40] = moments(&s->chroma[0][0], 12 * s->frames, 1, &out[41]);
    out[42] = slow_percussive(s);
    slow_texture(s, out + 47);
}

typedef struct fixture {
    am_timbre *timbre;
    slow slow;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    *state = f;
    return !f || am_timbre_open(NULL, &f->timbre, NULL);
}

static int teardown(void **state)
{
    fixture *f = *state;

    am_timbre_close(f->timbre);
    free(f);
    return 0;
}

/* Logarithms within 1 % of what they are the logarithm of, means within 1 % of 10 dB, chroma within 1 %. */
static void features_follow_their_definitions(void **state)
{
    enum { COUNT = SIZE + 100 * HOP };
    fixture *f = *state;

    for (uint64_t seed = 1; seed <= 4; seed++) {
        const bool as_found = seed % 2 == 0;
        float *x = listen_buffer(COUNT);
        double fast[AM_STYLE_FEATURES], expected[AM_STYLE_FEATURES];

        music_fill(x, COUNT, 1, RATE, seed, 0.5);
        assert_true(am_timbre_measure(f->timbre, x, COUNT, as_found, fast));
        slow_features(&f->slow, x, COUNT, as_found, expected);
        for (int i = 0; i < AM_STYLE_FEATURES; i++) {
            const double tolerance = i < 19 ? 0.1 : i == 40 || i == 41 ? 0.01 * expected[i] : 0.01;

            if (!(fabs(fast[i] - expected[i]) <= tolerance))
                fail_msg("seed %u, feature %d: %g, expected %g", (unsigned)seed, i, fast[i], expected[i]);
        }
        free(x);
    }
}

static void gain_and_offset_change_nothing(void **state)
{
    static const struct {
        float gain, offset;
    } changes[] = { { 0.0013f, 0.0f }, { 1.0f, 0.05f }, { 0.5f, -0.2f } };
    enum { COUNT = 5 * RATE };
    fixture *f = *state;
    float *x = listen_buffer(COUNT), *y = listen_buffer(COUNT);
    double plain[AM_STYLE_FEATURES], changed[AM_STYLE_FEATURES];

    music_fill(x, COUNT, 1, RATE, 9, 0.9);
    assert_true(am_timbre_measure(f->timbre, x, COUNT, false, plain));
    for (size_t k = 0; k < sizeof changes / sizeof *changes; k++) {
        for (size_t i = 0; i < COUNT; i++)
            y[i] = changes[k].gain * x[i] + changes[k].offset;
        assert_true(am_timbre_measure(f->timbre, y, COUNT, false, changed));
        for (int i = 0; i < AM_STYLE_FEATURES; i++)
            check_near("feature", changed[i], plain[i], 1e-3);
    }
    free(x);
    free(y);
}

/* A shelf of 6 dB: of what is not the spectrum itself, next to nothing is left. */
static void equalisers_do_not_show(void **state)
{
    enum { COUNT = 10 * RATE };
    fixture *f = *state;
    float *x = listen_buffer(COUNT), *other = listen_buffer(COUNT), last = 0.0f;
    double flat[AM_STYLE_FEATURES], bright[AM_STYLE_FEATURES], found[AM_STYLE_FEATURES];

    listen_noise(x, other, COUNT, RATE, 4);
    assert_true(am_timbre_measure(f->timbre, x, COUNT, true, found));
    assert_true(am_timbre_measure(f->timbre, x, COUNT, false, flat));
    for (size_t i = 0; i < COUNT; i++) {
        const float here = x[i];

        x[i] = here - 0.33f * last;
        last = here;
    }
    assert_true(am_timbre_measure(f->timbre, x, COUNT, false, bright));
    for (int i = 39; i < AM_STYLE_FEATURES; i++)
        check_near("feature", bright[i], flat[i], i == 40 || i == 41 ? 0.005 : 0.05);
    assert_true(am_timbre_measure(f->timbre, x, COUNT, true, bright));
    assert_true(fabs(bright[43] - found[43]) > 0.1);
    free(x);
    free(other);
}

/* Nothing but a click now and then is percussive, a steady chord is harmonic. */
static void clicks_and_chords_are_told_apart(void **state)
{
    enum { COUNT = 5 * RATE };
    fixture *f = *state;
    float *x = listen_buffer(COUNT);
    double features[AM_STYLE_FEATURES];

    for (size_t i = 0; i < COUNT; i += 9000)
        x[i + 5000 < COUNT ? i + 5000 : i] = 0.5f;
    assert_true(am_timbre_measure(f->timbre, x, COUNT, true, features));
    assert_true(features[42] > 3.0);
    for (size_t i = 0; i < COUNT; i++)
        x[i] = (float)(0.1 * sin(0.05 * (double)i) + 0.1 * sin(0.063 * (double)i));
    assert_true(am_timbre_measure(f->timbre, x, COUNT, true, features));
    assert_true(features[42] < -6.0);
    free(x);
}

static void silence_and_snippets_have_none(void **state)
{
    fixture *f = *state;
    float *x = listen_buffer(RATE);
    double features[AM_STYLE_FEATURES] = { 7.0 };

    assert_false(am_timbre_measure(f->timbre, x, RATE, false, features));
    for (size_t i = 0; i < RATE; i++)
        x[i] = 0.5f;
    assert_false(am_timbre_measure(f->timbre, x, SIZE + 29 * HOP, false, features));
    assert_false(am_timbre_measure(f->timbre, x, 0, false, features));
    assert_true(features[0] == 7.0);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_follow_their_definitions),
        cmocka_unit_test(gain_and_offset_change_nothing),
        cmocka_unit_test(equalisers_do_not_show),
        cmocka_unit_test(clicks_and_chords_are_told_apart),
        cmocka_unit_test(silence_and_snippets_have_none),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
