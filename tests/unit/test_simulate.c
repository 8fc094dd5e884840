/* test_simulate.c - match/simulate.h and match/features.h against rendering and measuring */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "match/drive.h"
#include "match/simulate.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"
#include "tests/support/stream.h"

enum { RATE = 44100, FRAMES = 40 * RATE };

static float song[2][FRAMES], output[2][FRAMES + 1];

static const am_limiter limiter = {
    .enabled = true, .ceiling_dbtp = -1.0, .lookahead_ms = 3.0, .hold_ms = 6.0, .release_ms = 60.0, .sustain_attack_ms = 80.0,
    .sustain_release_ms = 400.0, .sustain = 0.8
};

/* A song with a soft verse and a silence */
static void make_song(uint64_t seed)
{
    float *both = listen_buffer(2 * FRAMES);

    music_fill(both, FRAMES, 2, RATE, seed, 0.7);
    for (size_t i = 0; i < FRAMES; i++) {
        const float gain = i < 12 * RATE ? 0.35f : i > 25 * RATE && i < 28 * RATE ? 0.0f : 1.0f;

        song[0][i] = gain * both[2 * i];
        song[1][i] = gain * both[2 * i + 1];
    }
    free(both);
}

static void compare_quantiles(const char *what, const double *is, const double *wanted, double tolerance)
{
    for (int q = 0; q < AM_QUANTILES; q++) {
        char text[64];

        (void)snprintf(text, sizeof text, "%s, quantile %d", what, q);
        check_near(text, is[q], wanted[q], tolerance);
    }
}

static void compare(const am_features *is, const am_analysis *measured)
{
    check_near("integrated", is->integrated_lufs, measured->loudness.integrated_lufs, 0.05);
    check_near("range", is->range_lu, measured->loudness.range_lu, 0.25);
    check_near("plr", is->plr_db, measured->dynamics.plr_db, 0.1);
    check_near("psr", is->psr_db, measured->dynamics.psr_db, 0.25);
    compare_quantiles("short-term", is->short_term_lu, measured->dynamics.short_term_lu, 0.25);
    compare_quantiles("momentary", is->momentary_lu, measured->dynamics.momentary_lu, 0.25);
    compare_quantiles("fast", is->fast_lu, measured->dynamics.fast_lu, 0.25);
}

static void features_are_those_that_rendering_gives(void **state)
{
    static const am_compressor settings[] = {
        { false, -18.0, 1.0, 8.0, 12.0, 15.0, 150.0, 0.0 }, { true, -24.0, 2.5, 8.0, 12.0, 5.0, 50.0, 0.0 },
        { true, -30.0, 1.5, 6.0, 12.0, 30.0, 300.0, 0.3 },  { true, -20.0, 0.8, 8.0, 2.0, 15.0, 150.0, 0.0 },
        { false, -18.0, 1.0, 8.0, 12.0, 15.0, 150.0, 0.0 }, { true, -24.0, 2.5, 8.0, 12.0, 5.0, 50.0, 0.0 }
    };
    static const am_leveller leveller = { true, -20.0, 0.7, 3.0, 1.0, -45.0 };
    const am_format format = { .rate_hz = RATE, .channels = 2 };
    const float *from[2] = { song[0], song[1] };
    float *to[2] = { output[0], output[1] };
    am_analysis *measured = calloc(1, sizeof *measured);

    (void)state;
    assert_non_null(measured);
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
        for (double drive_db = 0.0; drive_db <= 8.0; drive_db += 8.0) {
            am_plan plan;
            am_simulation *simulation = NULL;
            am_blocks *blocks;
            am_features features;

            am_plan_neutral(&plan, RATE);
            plan.compressor = settings[k];
            if (k >= 4)
                plan.leveller = leveller;
            plan.limiter = limiter;
            plan.drive_db = drive_db;
            plan.bits = 32;
            make_song(k % 4 + 1);
            blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
            assert_int_equal(am_simulation_open(blocks, NULL, &simulation, NULL), AM_OK);
            am_simulation_level(simulation, &plan.leveller, NULL);
            assert_int_equal(am_simulation_press(simulation, &plan.compressor, NULL), AM_OK);
            assert_int_equal(am_simulation_limit(blocks, NULL, &limiter, drive_db, NULL, &features, NULL), AM_OK);
            assert_int_equal(stream_render(&format, &plan, NULL, from, FRAMES, to, FRAMES + 1, 0), FRAMES);
            listen_stereo(output[0], output[1], FRAMES, RATE, measured);
            compare(&features, measured);
            am_blocks_close(blocks);
            am_simulation_close(simulation);
        }
    free(measured);
}

/* The short cut that the solver takes, on steps of 3 ms instead of blocks of 0.7 ms, tells about the same as the long way. */
static void running_alone_agrees_with_pressing(void **state)
{
    const am_compressor c = { true, -24.0, 2.0, 8.0, 12.0, 8.0, 80.0, 0.0 };
    const am_limiter off = { .enabled = false, .ceiling_dbtp = -1.0 };
    am_simulation *simulation = NULL;
    am_blocks *blocks;
    am_features direct, behind;
    am_reduction reduction;

    (void)state;
    make_song(9);
    blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
    assert_int_equal(am_simulation_open(blocks, NULL, &simulation, NULL), AM_OK);
    am_simulation_run(simulation, &c, &reduction, &direct);
    assert_int_equal(am_simulation_press(simulation, &c, NULL), AM_OK);
    assert_int_equal(am_simulation_limit(blocks, NULL, &off, 0.0, NULL, &behind, NULL), AM_OK);
    check_near("integrated", direct.integrated_lufs, behind.integrated_lufs, 0.02);
    compare_quantiles("momentary", direct.momentary_lu, behind.momentary_lu, 0.1);
    compare_quantiles("fast", direct.fast_lu, behind.fast_lu, 0.3);
    assert_true(reduction.p50_db > 0.0 && reduction.p50_db <= reduction.p95_db && reduction.p95_db <= reduction.p99_db &&
                reduction.p99_db <= reduction.max_db + 0.01);
    am_blocks_close(blocks);
    am_simulation_close(simulation);
}

/* Silence, one block, less than a window: defined, and NaN where there is nothing. */
static void short_and_silent_signals_are_defined(void **state)
{
    static const size_t lengths[] = { 0, 1, 100, 4000, 30000 };
    const am_compressor c = { true, -24.0, 2.0, 8.0, 12.0, 8.0, 80.0, 0.0 };

    (void)state;
    memset(song, 0, sizeof song);
    for (int loud = 0; loud < 2; loud++)
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            am_simulation *simulation = NULL;
            am_blocks *blocks;
            am_features features;

            for (size_t i = 0; i < 30000; i++)
                song[0][i] = song[1][i] = loud ? (float)(30.0 * sin(0.1 * (double)i)) : 0.0f;
            blocks = listen_blocks(song[0], song[1], lengths[k], RATE);
            assert_int_equal(am_simulation_open(blocks, NULL, &simulation, NULL), AM_OK);
            am_simulation_run(simulation, &c, NULL, &features);
            assert_true(loud && lengths[k] >= 17640 ? isfinite(features.integrated_lufs) : isnan(features.integrated_lufs));
            assert_int_equal(am_simulation_press(simulation, &c, NULL), AM_OK);
            assert_int_equal(am_simulation_limit(blocks, NULL, &limiter, 0.0, NULL, &features, NULL), AM_OK);
            assert_true(isnan(features.range_lu) && isnan(features.psr_db));
            am_blocks_close(blocks);
            am_simulation_close(simulation);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_those_that_rendering_gives),
        cmocka_unit_test(running_alone_agrees_with_pressing),
        cmocka_unit_test(short_and_silent_signals_are_defined),
    };

    return cmocka_run_group_tests_name("simulate", tests, NULL, NULL);
}
