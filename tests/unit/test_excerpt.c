/* test_excerpt.c - pipeline/excerpt.h: windows of files, and contributions that add up to the master */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/plan_check.h"
#include "pipeline/excerpt.h"
#include "tests/support/music.h"
#include "tests/support/scratch.h"

enum { RATE = 44100, SECONDS = 60, FRAMES = RATE * SECONDS, START_S = 51, LENGTH_S = 5 };

static float *song;                 /* interleaved */
static am_options options;

static int setup(void **state)
{
    (void)state;
    AM_OPTIONS_INIT(&options);
    scratch_open();
    song = malloc(2 * FRAMES * sizeof *song);
    if (!song)
        return -1;
    music_fill(song, FRAMES, 2, RATE, 7, 0.9);
    return music_write(scratch_path("song.wav"), song, FRAMES, 2, RATE, 32);
}

static int teardown(void **state)
{
    (void)state;
    free(song);
    scratch_close();
    return 0;
}

static am_reader *open_song(void)
{
    am_reader *reader = NULL;

    assert_int_equal(am_reader_open(scratch_path("song.wav"), NULL, &reader, NULL), AM_OK);
    return reader;
}

static void windows_are_exact(void **state)
{
    static const struct { uint64_t first; size_t frames, expected; } windows[] = {
        { 0, 10, 10 }, { 12345, 9999, 9999 }, { FRAMES - 100, 300, 100 }, { FRAMES + 5, 10, 0 } };
    am_reader *reader = open_song();

    (void)state;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        am_excerpt x;

        assert_int_equal(am_excerpt_read(reader, windows[i].first, windows[i].frames, NULL, &x, NULL), AM_OK);
        assert_int_equal(x.frames, windows[i].expected);
        for (size_t n = 0; n < x.frames; n++)
            for (int c = 0; c < 2; c++)
                assert_true(x.channels[c][n] == song[2 * (windows[i].first + n) + (size_t)c]);
        am_excerpt_close(&x);
    }
    am_reader_close(reader);
}

static am_plan example_plan(uint32_t rate_hz)
{
    am_plan plan;

    am_plan_neutral(&plan, rate_hz);
    plan.drive_db = 4.0;
    plan.trim_db = -0.1;
    plan.bits = 24;
    plan.dither = AM_DITHER_NONE;
    plan.dc[0] = 0.01;
    plan.tone = (am_eq){ .method = AM_EQ_SECTIONS_METHOD, .section_count = 2,
                         .sections = { { AM_SECTION_BELL, 200, 3.0, 1.0 }, { AM_SECTION_HIGH_SHELF, 4000, -2.0, 0.7 } } };
    plan.width.enabled = true;
    for (int k = 0; k < AM_BANDS; k++)
        plan.width.side_db[k] = k > AM_BAND_1K ? 2.0 : 0.0;
    plan.width.length_ms = 20;
    plan.compressor = (am_compressor){ true, -24.0, 2.0, 6.0, 12.0, 15.0, 150.0, 0.0 };
    plan.limiter = (am_limiter){ .enabled = true, .ceiling_dbtp = -1.0, .lookahead_ms = 3, .hold_ms = 10, .release_ms = 60, .sustain_attack_ms = 80,
                                 .sustain_release_ms = 400, .sustain = 0.8 };
    return plan;
}

/* rms of input * drive + contributions - master, over that of the master, in dB; the master from a rendering of the whole song. */
static double error_db(const am_plan *plan)
{
    const double gain = pow(10.0, (plan->drive_db + plan->trim_db) / 20.0);
    am_reader *reader = open_song(), *back = NULL;
    am_excerpt dry = { 0 }, parts[AM_CONTRIBUTION_COUNT] = { { 0 } }, master = { 0 };
    am_report *report = malloc(sizeof *report);
    double power = 0.0, error = 0.0;

    assert_non_null(report);
    options.overwrite = true;
    assert_int_equal(am_render_file(scratch_path("song.wav"), scratch_path("master.wav"), plan, &options, report, NULL), AM_OK);
    assert_int_equal(am_reader_open(scratch_path("master.wav"), NULL, &back, NULL), AM_OK);
    assert_int_equal(am_excerpt_read(back, (uint64_t)START_S * plan->rate_hz, (size_t)LENGTH_S * plan->rate_hz, NULL, &master, NULL), AM_OK);
    assert_int_equal(am_excerpt_contributions(reader, plan, START_S, LENGTH_S, &options, &dry, parts, NULL), AM_OK);
    assert_int_equal(dry.frames, master.frames);
    for (int c = 0; c < 2; c++)
        for (size_t n = 0; n < master.frames; n++) {
            double sum = gain * (double)dry.channels[c][n];

            for (int k = 0; k < AM_CONTRIBUTION_COUNT; k++)
                sum += parts[k].frames ? (double)parts[k].channels[c][n] : 0.0;
            power += (double)master.channels[c][n] * (double)master.channels[c][n];
            error += (sum - (double)master.channels[c][n]) * (sum - (double)master.channels[c][n]);
        }
    for (int k = 0; k < AM_CONTRIBUTION_COUNT; k++)
        am_excerpt_close(&parts[k]);
    am_excerpt_close(&dry);
    am_excerpt_close(&master);
    am_reader_close(reader);
    am_reader_close(back);
    free(report);
    return 10.0 * log10(error / power);
}

static void contributions_add_up(void **state)
{
    am_plan plan = example_plan(RATE);

    (void)state;
    for (int slow = 0; slow < 2; slow++) {
        if (slow) {
            plan.leveller = (am_leveller){ true, -30.0, 0.5, 6.0, 0.1, -60.0 };
            plan.clip.enabled = true;
        }
        const double found = error_db(&plan);

        print_message("contributions%s: %.1f dB\n", slow ? " with leveller and clip" : "", found);
        assert_true(found < -100.0);
    }
}

static void contributions_add_up_at_another_rate(void **state)
{
    const am_plan plan = example_plan(48000);
    const double found = error_db(&plan);

    (void)state;
    print_message("contributions at 48 kHz: %.1f dB\n", found);
    assert_true(found < -80.0);
}

static void stages_that_are_off_are_empty(void **state)
{
    am_plan plan = example_plan(RATE);
    am_reader *reader = open_song();
    am_excerpt dry = { 0 }, parts[AM_CONTRIBUTION_COUNT] = { { 0 } };

    (void)state;
    plan.width.enabled = plan.compressor.enabled = plan.limiter.enabled = false;
    assert_int_equal(am_excerpt_contributions(reader, &plan, 2, 2, &options, &dry, parts, NULL), AM_OK);
    assert_true(parts[AM_CONTRIBUTION_TONE].frames == 2 * RATE && parts[AM_CONTRIBUTION_WIDTH].frames == 0);
    assert_true(parts[AM_CONTRIBUTION_LIMITER].frames == 0);
    for (size_t n = 0; n < dry.frames; n++)
        assert_true(dry.channels[1][n] == song[2 * (2 * RATE + n) + 1]);
    am_excerpt_close(&parts[AM_CONTRIBUTION_TONE]);
    am_excerpt_close(&dry);
    am_reader_close(reader);
}

/* With every stage on: leveller, compressor, the limiter's slow state and the noise shaper all remember the song before the window. */
static void rendered_windows_are_the_master(void **state)
{
    static const uint32_t rates[] = { RATE, 48000 };
    const am_format format = { RATE, 2 };
    am_report *report = malloc(sizeof *report);

    (void)state;
    assert_non_null(report);
    options.overwrite = true;
    for (size_t i = 0; i < 2; i++) {
        am_plan plan = example_plan(rates[i]);
        am_reader *reader = open_song(), *back = NULL;
        am_excerpt part = { 0 }, master = { 0 };
        am_feed feed;
        am_run run;

        plan.bits = 16;
        plan.dither = AM_DITHER_SHAPED;
        plan.leveller.enabled = plan.clip.enabled = true;
        assert_int_equal(am_run_init(&run, &options, NULL), AM_OK);
        assert_int_equal(am_render_file(scratch_path("song.wav"), scratch_path("master.wav"), &plan, &options, report, NULL), AM_OK);
        assert_int_equal(am_reader_open(scratch_path("master.wav"), NULL, &back, NULL), AM_OK);
        assert_int_equal(am_excerpt_read(back, (uint64_t)START_S * rates[i], (size_t)30 * rates[i], NULL, &master, NULL), AM_OK);
        assert_int_equal(am_feed_open(&feed, NULL, reader, NULL, NULL), AM_OK);
        assert_int_equal(am_excerpt_render(&feed, &format, false, &plan, START_S, 30, &run, &part, NULL), AM_OK);
        am_feed_close(&feed);
        assert_int_equal(part.frames, master.frames);
        assert_int_equal(part.frames, (size_t)(SECONDS - START_S) * rates[i]);
        for (int c = 0; c < 2; c++)
            for (size_t n = 0; n < part.frames; n++)
                assert_true(part.channels[c][n] == master.channels[c][n]);
        am_excerpt_close(&part);
        am_excerpt_close(&master);
        am_reader_close(reader);
        am_reader_close(back);
    }
    free(report);
}

static void the_loudest_part_is_found(void **state)
{
    float lufs[200];

    (void)state;
    for (int i = 0; i < 200; i++)
        lufs[i] = i < 5 ? NAN : -30.0f;
    assert_true(am_excerpt_choose(lufs, 200, 0.5, 100.0, 120.0) == 0.0);     /* shorter than that */
    lufs[30] = -12.0f;                  /* one loud moment, at 15.25 s */
    assert_true(am_excerpt_choose(lufs, 200, 0.5, 100.0, 30.0) <= 15.0);
    for (int i = 104; i < 174; i++)     /* a chorus from 52 to 87 s is more */
        lufs[i] = -18.0f;
    const double start_s = am_excerpt_choose(lufs, 200, 0.5, 100.0, 30.0);

    assert_true(start_s >= 52.0 && start_s <= 57.0);
    for (int i = 0; i < 200; i++)
        lufs[i] = -20.0f + 0.01f * (float)i;
    assert_true(am_excerpt_choose(lufs, 200, 0.5, 100.0, 30.0) == 70.0);
    assert_true(am_excerpt_choose(lufs, 0, 0.5, 100.0, 30.0) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_exact), cmocka_unit_test(contributions_add_up),
        cmocka_unit_test(contributions_add_up_at_another_rate), cmocka_unit_test(stages_that_are_off_are_empty),
        cmocka_unit_test(rendered_windows_are_the_master), cmocka_unit_test(the_loudest_part_is_found),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
