/* test_compress.c - match/compress.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "match/compress.h"
#include "match/params.h"
#include "match/simulate.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"
#include "tests/support/faulty.h"
#include "tests/support/stream.h"
#include "tests/support/analyses.h"

enum { RATE = 44100, FRAMES = 30 * RATE };

static float song[2][FRAMES];
static am_report *report;
static am_options options;

static void make_song(uint64_t seed)
{
    float *both = listen_buffer(2 * FRAMES);

    music_fill(both, FRAMES, 2, RATE, seed, 0.5);
    for (size_t i = 0; i < FRAMES; i++) {
        const float gain = i < FRAMES / 3 ? 0.5f : 1.0f;

        song[0][i] = gain * both[2 * i];
        song[1][i] = gain * both[2 * i + 1];
    }
    free(both);
}

static void set_target(const am_features *features)
{
    report->target.loudness_lufs = features->integrated_lufs;
    report->target.range_lu = features->range_lu;
    memcpy(report->target.short_term_lu, features->short_term_lu, sizeof features->short_term_lu);
    memcpy(report->target.momentary_lu, features->momentary_lu, sizeof features->momentary_lu);
    memcpy(report->target.fast_lu, features->fast_lu, sizeof features->fast_lu);
}

/* The song behind a compressor is the target. */
static void aim_at(am_blocks *blocks, const am_compressor *c)
{
    am_simulation *simulation = NULL;
    am_features features;

    assert_int_equal(am_simulation_open(blocks, NULL, &simulation, NULL), AM_OK);
    assert_int_equal(am_simulation_press(simulation, c, NULL), AM_OK);
    assert_int_equal(am_simulation_limit(blocks, NULL, &report->plan.limiter, 0.0, NULL, &features, NULL), AM_OK);
    set_target(&features);
    assert_int_equal(am_blocks_ride(blocks, NULL, 0, NULL), AM_OK);
    am_simulation_close(simulation);
}

static am_status solve(am_blocks *blocks, double lufs)
{
    am_drive drive;

    return am_compress_solve(&options, blocks, lufs, 0.0, report, &drive, NULL);
}

static bool noted(const char *kind)
{
    for (uint32_t i = 0; i < report->note_count; i++)
        if (strcmp(report->notes[i].kind, kind) == 0)
            return true;
    return false;
}

static int prepare(void **state)
{
    (void)state;
    report = test_report(RATE);
    if (!report)
        return -1;
    AM_OPTIONS_INIT(&options);
    report->before.dynamics.plr_db = 15.0;
    report->before.dynamics.psr_db = 12.0;
    report->target.shared.share = report->target.shared.in_step = 1.0;     /* the same recording */
    make_song(3);
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    free(report);
    return 0;
}

static void a_compressed_song_is_matched(void **state)
{
    static const am_compressor known[] = {
        { true, -24.0, 2.0, 8.0, 12.0, 10.0, 100.0, 0.0 }, { true, -22.0, 2.5, 8.0, 12.0, 15.0, 200.0, 0.0 },
        { true, -28.0, 1.6, 8.0, 12.0, 8.0, 60.0, 0.0 }
    };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);

    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        aim_at(blocks, &known[k]);
        assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
        print_message("%.2f -> %.2f dB, ratio %.2f for %.2f\n", report->dynamics.plain_rms_db, report->dynamics.expected_rms_db,
                      report->plan.compressor.ratio, known[k].ratio);
        assert_true(report->plan.compressor.enabled && report->dynamics.present);
        assert_true(report->dynamics.expected_rms_db < 0.35 * report->dynamics.plain_rms_db);
        assert_int_equal(am_plan_check(&report->plan, NULL), AM_OK);
    }
    am_blocks_close(blocks);
}

/* Where the bounds of reduction bind, too. */
static void the_level_of_the_input_does_not_matter(void **state)
{
    static const am_compressor dense = { true, -34.0, 4.0, 8.0, 24.0, 5.0, 50.0, 0.0 };
    static const double turned_db[] = { 0.0, -6.0, -27.3 };
    am_compressor found[3];

    (void)state;
    for (int k = 0; k < 3; k++) {
        am_blocks *blocks;

        for (size_t i = 0; i < FRAMES; i++)
            for (int c = 0; c < 2; c++)
                song[c][i] *= (float)am_gain_from_db(turned_db[k] - (k ? turned_db[k - 1] : 0.0));
        blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
        if (k == 0)
            aim_at(blocks, &dense);
        assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
        assert_true(noted("dynamics_capped"));
        found[k] = report->plan.compressor;
        found[k].threshold_lufs -= turned_db[k];
        print_message("turned by %.1f dB: %.2f LUFS, ratio %.2f, %.1f / %.0f ms\n", turned_db[k], found[k].threshold_lufs, found[k].ratio,
                      found[k].attack_ms, found[k].release_ms);
        am_blocks_close(blocks);
        assert_float_equal(found[k].ratio, found[0].ratio, 0.05);
        assert_float_equal(found[k].threshold_lufs, found[0].threshold_lufs, 0.5);
    }
}

/* 1.15 : 1 leaves less behind than two parts of one master may differ by (AM_DYN_NOTHING_DB); of the same recording it is heard. */
static void a_little_is_left_alone(void **state)
{
    const am_compressor little = { true, -28.0, 1.15, 8.0, 12.0, 8.0, 60.0, 0.0 };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);

    (void)state;
    aim_at(blocks, &little);
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_true(report->plan.compressor.enabled);
    report->target.shared.in_step = 0.1;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.compressor.enabled);
    am_blocks_close(blocks);
}

static void another_part_is_followed_half_way(void **state)
{
    const am_compressor known = { true, -24.0, 2.5, 8.0, 12.0, 10.0, 100.0, 0.0 };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);

    (void)state;
    aim_at(blocks, &known);
    report->target.shared.in_step = 0.1;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    check_near("half way", report->dynamics.expected_rms_db / report->dynamics.plain_rms_db, 1.0 - AM_DYN_PART_AMOUNT, 0.15);
    am_blocks_close(blocks);
}

/* Kin by sound alone: there is no passage to tell dynamics from arrangement by. */
static void kin_without_passages_is_not_followed(void **state)
{
    const am_compressor known = { true, -24.0, 2.5, 8.0, 12.0, 10.0, 100.0, 0.0 };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);

    (void)state;
    aim_at(blocks, &known);
    report->target.shared.share = report->target.shared.in_step = 0.0;
    report->target.shared.kinship = AM_SHARED_KIN - 0.1;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_true(report->plan.compressor.enabled);
    report->target.shared.kinship = AM_SHARED_KIN + 0.1;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.compressor.enabled || report->plan.leveller.enabled);
    am_blocks_close(blocks);
}

static void what_needs_nothing_gets_nothing(void **state)
{
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
    const am_compressor off = { .enabled = false };

    (void)state;
    aim_at(blocks, &off);
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.compressor.enabled);
    assert_int_equal(report->note_count, 0);
    report->target.momentary_lu[0] = NAN;       /* a profile tells nothing */
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.compressor.enabled || report->dynamics.present);
    am_blocks_close(blocks);
}

static void amount_says_how_far(void **state)
{
    const am_compressor known = { true, -24.0, 2.5, 8.0, 12.0, 10.0, 100.0, 0.0 };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
    double plain_db, half_db, full_db;

    (void)state;
    aim_at(blocks, &known);
    options.amount_dynamics = 0.0;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.compressor.enabled);
    options.amount_dynamics = 0.5;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    plain_db = report->dynamics.plain_rms_db;
    half_db = report->dynamics.expected_rms_db;
    options.amount_dynamics = 1.0;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    full_db = report->dynamics.expected_rms_db;
    check_near("half way", half_db / plain_db, 0.5, 0.15);
    assert_true(full_db < 0.5 * half_db);
    am_blocks_close(blocks);
}

static void bounds_hold(void **state)
{
    const am_compressor brutal = { true, -34.0, 20.0, 0.0, 24.0, 1.0, 30.0, 0.0 };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
    const am_compressor *c = &report->plan.compressor;
    am_simulation *simulation = NULL;
    am_features features;
    am_reduction r;

    (void)state;
    aim_at(blocks, &brutal);
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_true(c->enabled && c->ratio <= AM_DYN_RATIO);
    assert_true(noted("dynamics_capped") || report->plan.leveller.enabled);
    assert_int_equal(am_simulation_open(blocks, NULL, &simulation, NULL), AM_OK);
    am_simulation_level(simulation, &report->plan.leveller, NULL);
    am_simulation_run(simulation, c, &r, &features);
    if (!(r.p50_db <= AM_DYN_P50_DB + 0.1 && r.p99_db <= AM_DYN_P99_DB))
        fail_msg("typical %.2f dB, at most %.1f; p99 %.2f dB, at most %.1f", r.p50_db, AM_DYN_P50_DB, r.p99_db, AM_DYN_P99_DB);
    am_simulation_close(simulation);
    am_blocks_close(blocks);
}

/* The song has a soft third; a song whose range is 6 LU less asks for a ride, another part of the same song for none. */
static void a_wide_range_is_ridden(void **state)
{
    const am_compressor off = { .enabled = false };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
    double wide_lu;

    (void)state;
    aim_at(blocks, &off);
    wide_lu = report->target.range_lu;
    report->target.range_lu -= 4.5;
    report->target.shared.in_step = 0.1;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.leveller.enabled);
    report->target.shared.share = 0.0;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    print_message("range %.2f -> %.2f LU for %.2f, amount %.2f\n", wide_lu, report->dynamics.expected.range_lu, report->target.range_lu,
                  report->plan.leveller.amount);
    if (report->plan.leveller.enabled)
        assert_true(report->dynamics.expected.range_lu < wide_lu - AM_LEVEL_WORTH_LU &&
                    report->plan.expected.leveller_max_db <= AM_LEVEL_RANGE_DB + 1e-3);
    assert_int_equal(am_plan_check(&report->plan, NULL), AM_OK);
    options.amount_dynamics = 0.0;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.leveller.enabled);
    am_blocks_close(blocks);
}

static void livelier_targets_are_told(void **state)
{
    const am_compressor off = { .enabled = false };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);

    (void)state;
    aim_at(blocks, &off);
    for (int q = 0; q < AM_QUANTILES; q++) {
        report->target.momentary_lu[q] *= 1.5;
        report->target.fast_lu[q] *= 1.5;
    }
    report->before.dynamics.psr_db = 8.0;       /* its transients are gone */
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.compressor.enabled);
    assert_true(noted("target_more_dynamic"));
    report->before.dynamics.psr_db = 12.0;
    report->note_count = 0;
    assert_int_equal(solve(blocks, report->target.loudness_lufs - 10.0), AM_OK);
    if (report->plan.compressor.enabled)
        assert_true(report->plan.compressor.ratio < 1.0 && report->plan.expected.compressor_max_db <= AM_DYN_EXPAND_RANGE_DB + 1e-6 &&
                    noted("expanded"));
    am_blocks_close(blocks);
}

static void a_limited_mix_is_left_alone(void **state)
{
    const am_compressor known = { true, -24.0, 2.5, 8.0, 12.0, 10.0, 100.0, 0.0 };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);

    (void)state;
    aim_at(blocks, &known);
    report->before.dynamics.plr_db = 7.0;
    for (int i = 0; i < 20; i++)                /* dense, but its peaks are not flat */
        report->before.overview.high[i] = i ? 0.8f : 0.9f;
    report->before.overview.count = 20;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_true(report->plan.compressor.enabled);
    report->before.overview.high[1] = report->before.overview.high[2] = 0.89f;
    assert_int_equal(solve(blocks, report->target.loudness_lufs), AM_OK);
    assert_false(report->plan.compressor.enabled);
    assert_true(noted("mix_limited"));
    am_blocks_close(blocks);
}

/* Too loud for the limiter alone, with nothing known of the levels: compression lends a hand, gently. */
static void loudness_is_shared(void **state)
{
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);

    (void)state;
    report->target.momentary_lu[0] = NAN;
    assert_int_equal(solve(blocks, -6.0), AM_OK);
    if (report->plan.compressor.enabled)
        assert_true(report->plan.expected.compressor_p50_db <= AM_DYN_SPLIT_DB + 0.05);
    assert_int_equal(solve(blocks, -20.0), AM_OK);
    assert_false(report->plan.compressor.enabled);
    am_blocks_close(blocks);
}

static void silence_and_scraps_are_left_alone(void **state)
{
    static const size_t lengths[] = { 0, 1, 1000, RATE };

    (void)state;
    memset(song, 0, sizeof song);
    song[0][0] = 1.0f;
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        am_blocks *blocks = listen_blocks(song[0], song[1], lengths[k], RATE);

        assert_int_equal(solve(blocks, -14.0), AM_OK);
        assert_false(report->plan.compressor.enabled);
        am_blocks_close(blocks);
    }
}

static void refused_memory_is_told(void **state)
{
    const am_compressor known = { true, -24.0, 2.5, 8.0, 12.0, 10.0, 100.0, 0.0 };
    am_blocks *blocks = listen_blocks(song[0], song[1], 3 * RATE, RATE);

    (void)state;
    aim_at(blocks, &known);
    for (size_t k = 1;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k);
        am_status st;

        options.allocator = allocator;
        st = solve(blocks, report->target.loudness_lufs);
        assert_int_equal(memory.live, 0);
        if (!st)
            break;
        assert_int_equal(st, AM_ERR_NOMEM);
    }
    am_blocks_close(blocks);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, prepare, tidy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_compressed_song_is_matched),
        CASE(the_level_of_the_input_does_not_matter),
        CASE(a_little_is_left_alone),
        CASE(another_part_is_followed_half_way),
        CASE(kin_without_passages_is_not_followed),
        CASE(what_needs_nothing_gets_nothing),
        CASE(amount_says_how_far),
        CASE(bounds_hold),
        CASE(a_wide_range_is_ridden),
        CASE(livelier_targets_are_told),
        CASE(a_limited_mix_is_left_alone),
        CASE(loudness_is_shared),
        CASE(silence_and_scraps_are_left_alone),
        CASE(refused_memory_is_told),
    };

    return cmocka_run_group_tests_name("compress", tests, NULL, NULL);
}
