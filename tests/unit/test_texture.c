/* test_texture.c - analyze/texture.h against its definitions, written out slowly in double precision */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/texture.h"
#include "base/db.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

enum { FRAMES = 1288, GROUPS = AM_TEXTURE_GROUPS, BANDS = AM_TEXTURE_BANDS };

static const double frames_hz = 22050.0 / 512.0;

typedef struct fixture {
    am_fft *fft;
    double db[FRAMES][BANDS];       /* what the powers are made from */
    double level[FRAMES][BANDS];    /* slow: as the header says */
} fixture;

/* ------------------------------------------------------------------ slow */

static void slow_levels(fixture *f)
{
    double loudest = -HUGE_VAL, loudest_bass = -HUGE_VAL;

    for (int i = 0; i < FRAMES; i++) {
        for (int g = 0; g < GROUPS; g++)
            loudest = fmax(loudest, f->db[i][g]);
        loudest_bass = fmax(loudest_bass, f->db[i][GROUPS]);
    }
    for (int i = 0; i < FRAMES; i++) {
        double mean = 0.0;

        for (int g = 0; g < GROUPS; g++)
            mean += fmax(f->db[i][g], loudest - 60.0) / GROUPS;
        for (int g = 0; g < GROUPS; g++)
            f->level[i][g] = fmax(f->db[i][g], loudest - 60.0) - mean;
        f->level[i][GROUPS] = fmax(f->db[i][GROUPS], loudest_bass - 40.0);
    }
}

/* M of a column at a bin, without what is added */
static double slow_modulation(const fixture *f, int column, int bin)
{
    double mean = 0.0, re = 0.0, im = 0.0;

    for (int i = 0; i < FRAMES; i++)
        mean += f->level[i][column] / FRAMES;
    for (int i = 0; i < FRAMES; i++) {
        const double x = (f->level[i][column] - mean) * pow(sin(AM_PI * i / (FRAMES - 1)), 2.0);

        re += x * cos(2.0 * AM_PI * bin * i / AM_TEXTURE_POINTS);
        im += x * sin(2.0 * AM_PI * bin * i / AM_TEXTURE_POINTS);
    }
    return re * re + im * im;
}

static double slow_deviation(const fixture *f, int column)
{
    double mean = 0.0, square = 0.0;

    for (int i = 0; i < FRAMES; i++)
        mean += f->level[i][column] / FRAMES;
    for (int i = 0; i < FRAMES; i++)
        square += pow(f->level[i][column] - mean, 2.0) / FRAMES;
    return sqrt(square);
}

static double slow_bass(const fixture *f)
{
    double m[AM_TEXTURE_POINTS / 2], sum = 0.0, count = 0.0;

    for (int k = 0; k < AM_TEXTURE_POINTS / 2; k++)
        m[k] = slow_modulation(f, GROUPS, k) + 1e-4 * FRAMES;
    for (int k = 24; k < 1000; k++)
        if (k * frames_hz / AM_TEXTURE_POINTS >= 0.7 && k * frames_hz / AM_TEXTURE_POINTS < 12.0) {
            double mean = 0.0;

            for (int i = k - 24; i <= k + 24; i++)
                mean += m[i] / 49.0;
            sum -= log(m[k] / mean + 1e-4);
            count += 1.0;
        }
    return log(fmax(sum / count, 0.001));
}

static void slow_texture(fixture *f, double *out)
{
    double energy[5] = { 0 }, sum = 0.0, deviation = 0.0;

    slow_levels(f);
    for (int g = 0; g < GROUPS; g++)
        deviation += slow_deviation(f, g) / GROUPS;
    for (int k = 0; k < 1000; k++) {
        const double hz = k * frames_hz / AM_TEXTURE_POINTS;
        double m = 1e-4 * FRAMES;

        if (hz < 0.25 || hz >= 16.0)
            continue;
        for (int g = 0; g < GROUPS; g++)
            m += slow_modulation(f, g, k);
        energy[hz < 1.0 ? 0 : hz < 2.0 ? 1 : hz < 4.0 ? 2 : hz < 8.0 ? 3 : 4] += m;
        sum += m;
    }
    out[0] = log(deviation + 0.001);
    out[1] = log(energy[0] / sum);
    for (int b = 2; b < 5; b++)
        out[b] = log(energy[b] / sum);
    out[5] = slow_bass(f);
}

/* ------------------------------------------------------------------ signals */

/* Every group swells and beats in a way of its own; random how much is chance. */
static void fill(fixture *f, uint64_t seed, double random_db)
{
    music_random random = { seed };
    const double beat_hz = music_uniform(&random, 1.5, 3.0);

    for (int b = 0; b < BANDS; b++) {
        const double depth = music_uniform(&random, 2.0, 12.0), slow_hz = music_uniform(&random, 0.3, 0.9), fast = floor(music_uniform(&random, 1.0, 5.0));
        const double base = -2.5 * b;

        for (int i = 0; i < FRAMES; i++) {
            const double t = i / frames_hz, beat = fmod(t * beat_hz * fast, 1.0);

            f->db[i][b] = base + depth * exp(-4.0 * beat) + 3.0 * sin(2.0 * AM_PI * slow_hz * t) + music_uniform(&random, -random_db, random_db);
        }
    }
}

static void measure(const fixture *f, double *out)
{
    float *powers = listen_buffer((size_t)FRAMES * BANDS);

    for (int i = 0; i < FRAMES; i++)
        for (int b = 0; b < BANDS; b++)
            powers[i * BANDS + b] = (float)am_power_from_db(f->db[i][b]);
    am_texture_measure(f->fft, powers, FRAMES, frames_hz, out);
    free(powers);
}

static int setup(void **state)
{
    const int failed = listen_state(state, sizeof(fixture));

    return failed || am_fft_open(AM_FFT_REAL, AM_TEXTURE_POINTS, false, NULL, &((fixture *)*state)->fft, NULL);
}

static int teardown(void **state)
{
    am_fft_close(((fixture *)*state)->fft);
    return listen_drop(state);
}

/* ------------------------------------------------------------------ tests */

/* Logarithms: within 1 % of what they are the logarithm of. */
static void features_follow_their_definitions(void **state)
{
    fixture *f = *state;

    for (uint64_t seed = 1; seed <= 3; seed++) {
        double fast[AM_TEXTURE_FEATURES], expected[AM_TEXTURE_FEATURES];

        fill(f, seed, (double)seed);
        f->db[200][3] -= 90.0;              /* both floors */
        f->db[300][GROUPS] -= 90.0;
        measure(f, fast);
        slow_texture(f, expected);
        for (int i = 0; i < AM_TEXTURE_FEATURES; i++)
            check_near("feature", fast[i], expected[i], 0.01);
    }
}

/* A constant for every group is nothing, as is a gain that moves all groups, however wildly: to the bass, that is its own movement. */
static void equalisers_and_gain_do_not_show(void **state)
{
    fixture *f = *state;
    double before[AM_TEXTURE_FEATURES], after[AM_TEXTURE_FEATURES];

    fill(f, 7, 2.0);
    measure(f, before);
    for (int i = 0; i < FRAMES; i++)
        for (int b = 0; b < BANDS; b++)
            f->db[i][b] += b % 2 ? 1.5 : -1.5;
    measure(f, after);
    for (int i = 0; i < AM_TEXTURE_FEATURES; i++)
        check_near("after an EQ", after[i], before[i], 1e-3);
    for (int i = 0; i < FRAMES; i++)
        for (int g = 0; g < GROUPS; g++)
            f->db[i][g] -= 8.0 * fabs(sin(0.7 * i));
    measure(f, after);
    for (int i = 0; i < AM_TEXTURE_FEATURES; i++)
        check_near("after a gain", after[i], before[i], 1e-3);
}

static void a_beat_is_more_regular_than_chance(void **state)
{
    fixture *f = *state;
    double strict[AM_TEXTURE_FEATURES], loose[AM_TEXTURE_FEATURES], chance[AM_TEXTURE_FEATURES];
    music_random random = { 5 };

    fill(f, 11, 0.1);
    measure(f, strict);
    fill(f, 11, 6.0);
    measure(f, loose);
    for (int i = 0; i < FRAMES; i++)
        f->db[i][GROUPS] = music_uniform(&random, -6.0, 0.0);
    measure(f, chance);
    assert_true(strict[5] > loose[5] + 0.1);
    assert_true(loose[5] > chance[5] + 0.02);
}

/* Groups that one frequency moves have their energy where it is; what stands still has some everywhere, as wide as the bands are. */
static void energy_is_where_the_movement_is(void **state)
{
    fixture *f = *state;
    double features[AM_TEXTURE_FEATURES];
    static const struct {
        double hz;
        int feature;
    } cases[] = { { 0.5, 1 }, { 3.0, 2 }, { 6.0, 3 }, { 12.0, 4 } };

    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        for (int i = 0; i < FRAMES; i++)
            for (int b = 0; b < BANDS; b++)
                f->db[i][b] = (b % 2 ? 5.0 : -5.0) * sin(2.0 * AM_PI * cases[c].hz * i / frames_hz);
        measure(f, features);
        check_near("share of the band", exp(features[cases[c].feature]), 1.0, 0.01);
        check_near("deviation, dB", exp(features[0]), 5.0 * sqrt(0.5), 0.05);
    }
    memset(f->db, 0, sizeof f->db);
    measure(f, features);
    check_near("shares of stillness", exp(features[4]) / exp(features[3]), 2.0, 0.02);
    check_near("deviation of stillness, dB", exp(features[0]), 0.001, 1e-4);
    assert_true(isfinite(features[5]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_follow_their_definitions),
        cmocka_unit_test(equalisers_and_gain_do_not_show),
        cmocka_unit_test(a_beat_is_more_regular_than_chance),
        cmocka_unit_test(energy_is_where_the_movement_is),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
