/* test_compgain.c - dsp/compgain.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "dsp/compgain.h"
#include "tests/support/stream.h"

static const am_compressor usual = {
    .enabled = true, .threshold_lufs = -20.0, .ratio = 2.5, .knee_db = 8.0, .range_db = 24.0, .attack_ms = 20.0, .release_ms = 200.0
};

static void check_near(const char *what, double is, double wanted, double tolerance)
{
    if (!(fabs(is - wanted) <= tolerance))
        fail_msg("%s is %.6f, wanted %.6f +- %g", what, is, wanted, tolerance);
}

/* Giannoulis, Massberg and Reiss 2012, eq. 4, as output level against input level */
static double paper(double x, double t, double r, double w)
{
    if (2.0 * (x - t) < -w)
        return x;
    if (2.0 * fabs(x - t) <= w)
        return x + (1.0 / r - 1.0) * (x - t + w / 2.0) * (x - t + w / 2.0) / (2.0 * w);
    return t + (x - t) / r;
}

static void curve_is_that_of_the_paper(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) {
        uint64_t seed = (uint64_t)i + 1;
        am_compressor c = usual;
        double level;

        c.threshold_lufs = stream_uniform(&seed, -40.0, -5.0);
        c.ratio = stream_uniform(&seed, 0.8, 6.0);
        c.knee_db = stream_uniform(&seed, 0.1, 24.0);
        level = stream_uniform(&seed, -60.0, 0.0);
        check_near("gain", am_compgain_static(&c, level),
                   am_clamp(paper(level, c.threshold_lufs, c.ratio, c.knee_db) - level, -24.0, 24.0), 1e-9);
    }
}

static void hard_knee_is_a_corner(void **state)
{
    am_compressor c = usual;

    (void)state;
    c.knee_db = 0.0;
    check_near("below", am_compgain_static(&c, -20.001), 0.0, 0.0);
    check_near("above", am_compgain_static(&c, -10.0), -6.0, 1e-9);
}

static void dry_is_a_parallel_mix(void **state)
{
    am_compressor c = usual;
    const double wet_db = am_compgain_static(&c, -8.0);

    (void)state;
    c.dry = 0.4;
    check_near("gain", am_compgain_static(&c, -8.0), 20.0 * log10(0.4 + 0.6 * pow(10.0, wet_db / 20.0)), 1e-9);
    check_near("below", am_compgain_static(&c, -40.0), 0.0, 0.0);
}

static void range_ends_the_change(void **state)
{
    am_compressor c = usual;

    (void)state;
    c.range_db = 2.0;
    check_near("compression", am_compgain_static(&c, 0.0), -2.0, 0.0);
    c.ratio = 0.8;
    check_near("expansion", am_compgain_static(&c, 0.0), 2.0, 0.0);
}

/* A step of level: the change reaches 1 - 1/e of its way after the attack, and on the way back 1/e after the release, to which the
 * smoothing by the attack adds its own delay (two first-order systems in a row). */
static void times_are_those_of_the_detector(void **state)
{
    const double rate_hz = 44100.0, step_ms = 1e3 * 128.0 / rate_hz, a = 20.0, r = 200.0;
    float levels[4000], gains[4000];
    am_compgain gain;
    double deep;

    (void)state;
    for (int i = 0; i < 4000; i++)
        levels[i] = i >= 100 && i < 2000 ? -10.0f : -60.0f;
    am_compgain_init(&gain, &usual, rate_hz);
    am_compgain_process(&gain, levels, gains, 4000);
    deep = (double)gains[1999];
    check_near("settled", deep, -6.0, 0.001);
    for (int i = 1; i < 100; i++)
        check_near("attack", (double)gains[99 + i] / deep, 1.0 - exp(-i * step_ms / a), 0.001);
    for (int i = 1; i < 1000; i++) {
        const double q = exp(-step_ms / a), p = exp(-step_ms / r), n = i;

        check_near("release", (double)gains[1999 + i] / deep, ((1.0 - q) * p * (pow(p, n) - pow(q, n)) / (p - q)) + pow(q, n), 0.001);
    }
    check_near("gone", (double)gains[3999], 0.0, 0.0);
}

static void calls_of_any_length_give_the_same(void **state)
{
    float levels[1000], whole[1000], parts[1000];
    uint64_t seed = 5;
    am_compgain gain;

    (void)state;
    for (int i = 0; i < 1000; i++)
        levels[i] = (float)stream_uniform(&seed, -40.0, 0.0);
    am_compgain_init(&gain, &usual, 48000.0);
    am_compgain_process(&gain, levels, whole, 1000);
    am_compgain_init(&gain, &usual, 48000.0);
    for (size_t at = 0, n; at < 1000; at += n) {
        n = (size_t)stream_uniform(&seed, 0.0, 40.0);
        n = n < 1000 - at ? n : 1000 - at;
        am_compgain_process(&gain, levels + at, parts + at, n);
    }
    assert_memory_equal(whole, parts, sizeof whole);
}

static void level_is_that_of_the_mean_power(void **state)
{
    float power[AM_COMPGAIN_WINDOW] = { 0.0f };

    (void)state;
    check_near("silence", (double)am_compgain_level(power), AM_COMPGAIN_FLOOR_LUFS, 0.0);
    for (int i = 0; i < AM_COMPGAIN_WINDOW; i++)
        power[i] = 0.1f * (float)(i + 1);
    check_near("level", (double)am_compgain_level(power), am_lufs_from_power(0.4), 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curve_is_that_of_the_paper),
        cmocka_unit_test(hard_knee_is_a_corner),
        cmocka_unit_test(dry_is_a_parallel_mix),
        cmocka_unit_test(range_ends_the_change),
        cmocka_unit_test(times_are_those_of_the_detector),
        cmocka_unit_test(calls_of_any_length_give_the_same),
        cmocka_unit_test(level_is_that_of_the_mean_power),
    };

    return cmocka_run_group_tests_name("compgain", tests, NULL, NULL);
}
