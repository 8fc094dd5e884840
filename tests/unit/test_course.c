/* test_course.c - match/course.h against rendering and measuring */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/analyzer.h"
#include "base/db.h"
#include "base/plan_check.h"
#include "match/course.h"
#include "match/simulate.h"
#include "tests/support/faulty.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"
#include "tests/support/stream.h"

enum { RATE = 44100, FRAMES = 30 * RATE };

static float song[2][FRAMES], output[2][FRAMES + 1];

static const am_limiter limiter = {
    .enabled = true, .ceiling_dbtp = -1.0, .lookahead_ms = 6.0, .hold_ms = 6.0, .release_ms = 80.0, .sustain_attack_ms = 80.0,
    .sustain_release_ms = 400.0, .sustain = 0.6
};

static void make_song(uint64_t seed)
{
    float *both = listen_buffer(2 * FRAMES);

    music_fill(both, FRAMES, 2, RATE, seed, 0.7);
    for (size_t i = 0; i < FRAMES; i++) {
        const float gain = i < 10 * RATE ? 0.35f : 1.0f;

        song[0][i] = gain * both[2 * i];
        song[1][i] = gain * both[2 * i + 1];
    }
    free(both);
}

/* A bass drum twice a second under soft noise: all that a limiter does is done to the drum. */
static void make_drum(void)
{
    uint64_t seed = 5;

    for (size_t i = 0; i < FRAMES; i++) {
        const double t = (double)(i % (RATE / 2)) / RATE, drum = 0.7 * exp(-t / 0.06) * sin(2.0 * AM_PI * 60.0 * t);

        for (int ch = 0; ch < 2; ch++)
            song[ch][i] = (float)(drum + stream_uniform(&seed, -0.05, 0.05));
    }
}

static void analyse(size_t frames, am_analysis *measured, am_trace *trace)
{
    const am_format format = { .rate_hz = RATE, .channels = 2 };
    const float *channels[2] = { song[0], song[1] };
    am_analyzer *analyzer = NULL;

    assert_int_equal(am_analyze_open(&format, NULL, &analyzer, NULL), AM_OK);
    am_analyzer_want_trace(analyzer, trace);
    assert_int_equal(am_analyze_push(analyzer, channels, frames, NULL), AM_OK);
    assert_int_equal(am_analyze_finish(analyzer, measured, NULL), AM_OK);
    am_analyze_close(analyzer);
}

static am_course *course_of(size_t frames, am_analysis *measured)
{
    am_trace trace = { 0 };
    am_course *course = NULL;

    analyse(frames, measured, &trace);
    assert_int_equal(am_course_open(&trace, RATE, NULL, &course, NULL), AM_OK);
    am_trace_close(&trace, NULL);
    return course;
}

/* Predicted for these stages, and by how much that is off what rendering and measuring gives: 0 in bands without music; rms from
 * 40 Hz to 16 kHz. */
static double compare(const am_compressor *compressor, double drive_db, double change_db[AM_BANDS], double off_db[AM_BANDS])
{
    const am_format format = { .rate_hz = RATE, .channels = 2 };
    const float *from[2] = { song[0], song[1] };
    float *to[2] = { output[0], output[1] };
    am_analysis *before = calloc(1, sizeof *before), *after = calloc(1, sizeof *after);
    am_simulation *simulation = NULL;
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
    am_course *course;
    double sum = 0.0, count = 0.0;
    am_plan plan;

    assert_true(before && after);
    course = course_of(FRAMES, before);
    am_plan_neutral(&plan, RATE);
    plan.compressor = *compressor;
    plan.limiter = limiter;
    plan.drive_db = drive_db;
    plan.bits = 32;
    assert_int_equal(am_simulation_open(blocks, NULL, &simulation, NULL), AM_OK);
    assert_int_equal(am_simulation_press(simulation, compressor, NULL), AM_OK);
    assert_int_equal(am_course_change(course, blocks, NULL, &limiter, drive_db, change_db, NULL), AM_OK);
    assert_int_equal(stream_render(&format, &plan, NULL, from, FRAMES, to, FRAMES + 1, 0), FRAMES);
    listen_stereo(output[0], output[1], FRAMES, RATE, after);
    for (int k = 0; k < AM_BANDS; k++) {
        const double louder_db = after->loudness.integrated_lufs - before->loudness.integrated_lufs;
        const double is_db = after->mid.power_db[k] - before->mid.power_db[k] + louder_db;

        off_db[k] = before->mid.power_db[k] > -60.0 ? change_db[k] - is_db : 0.0;
        if (am_within(am_band_hz(k), 40.0, 16000.0)) {
            sum += off_db[k] * off_db[k];
            count += 1.0;
        }
    }
    am_course_close(course);
    am_blocks_close(blocks);
    am_simulation_close(simulation);
    free(before);
    free(after);
    return sqrt(sum / count);
}

static const am_compressor off = { false, -18.0, 1.0, 8.0, 12.0, 15.0, 150.0, 0.0 };

static void a_gain_that_stands_still_moves_all_bands_alike(void **state)
{
    double change_db[AM_BANDS], off_db[AM_BANDS];

    (void)state;
    make_song(1);
    check_near("measured", compare(&off, -6.0, change_db, off_db), 0.0, 0.02);
    for (int k = 0; k < AM_BANDS; k++)
        check_near("band", change_db[k], -6.0, 0.02);
}

static void what_limiter_and_compressor_do_is_predicted(void **state)
{
    static const am_compressor settings[] = {
        { false, -18.0, 1.0, 8.0, 12.0, 15.0, 150.0, 0.0 }, { true, -24.0, 2.5, 8.0, 12.0, 5.0, 50.0, 0.0 },
        { true, -30.0, 1.5, 6.0, 12.0, 30.0, 300.0, 0.3 }
    };
    double change_db[AM_BANDS], off_db[AM_BANDS];

    (void)state;
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
        for (double drive_db = 4.0; drive_db <= 8.0; drive_db += 4.0) {
            make_song(k + 1);
            check_near("rms", compare(&settings[k], drive_db, change_db, off_db), 0.0, 0.25);
        }
}

/* What is off most are the skirts of the drum, 12 dB and more below it. */
static void a_drum_under_a_limiter_loses_its_bass(void **state)
{
    const int bass = 10, treble = 50;   /* 62 Hz, 6.3 kHz */
    double change_db[AM_BANDS], off_db[AM_BANDS], rms_db;

    (void)state;
    make_drum();
    rms_db = compare(&off, 10.0, change_db, off_db);
    if (!(change_db[treble] - change_db[bass] > 3.0))
        fail_msg("bass %+.2f dB, treble %+.2f dB: the drum is 6 dB over the ceiling", change_db[bass], change_db[treble]);
    check_near("bass", off_db[bass], 0.0, 0.1);
    check_near("treble", off_db[treble], 0.0, 0.1);
    check_near("rms", rms_db, 0.0, 0.8);
}

static void short_and_silent_pieces_are_defined(void **state)
{
    static const size_t lengths[] = { RATE / 10, RATE / 2, 2 * RATE };
    am_analysis *measured = calloc(1, sizeof *measured);
    double change_db[AM_BANDS];

    (void)state;
    assert_non_null(measured);
    for (int loud = 0; loud < 2; loud++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            am_course *course;
            am_blocks *blocks;

            make_song(4);
            if (!loud)
                memset(song, 0, sizeof song);
            course = course_of(lengths[i], measured);
            blocks = listen_blocks(song[0], song[1], lengths[i], RATE);
            assert_int_equal(am_course_change(course, blocks, NULL, &limiter, 12.0, change_db, NULL), AM_OK);
            for (int k = 0; k < AM_BANDS; k++)
                assert_true(isfinite(change_db[k]));
            am_course_close(course);
            am_blocks_close(blocks);
        }
    free(measured);
}

static void short_memory_leaves_nothing(void **state)
{
    am_analysis *measured = calloc(1, sizeof *measured);
    am_trace trace = { 0 };
    bool failed = true;

    (void)state;
    assert_non_null(measured);
    make_song(2);
    analyse(2 * RATE, measured, &trace);
    for (size_t k = 1; failed; k++) {
        faulty f;
        am_course *course = NULL;
        const am_status st = am_course_open(&trace, RATE, faulty_init(&f, k), &course, NULL);

        failed = f.failed;
        assert_int_equal(st, failed ? AM_ERR_NOMEM : AM_OK);
        am_course_close(course);
        assert_int_equal(f.live, 0);
    }
    am_trace_close(&trace, NULL);
    free(measured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gain_that_stands_still_moves_all_bands_alike),
        cmocka_unit_test(what_limiter_and_compressor_do_is_predicted),
        cmocka_unit_test(a_drum_under_a_limiter_loses_its_bass),
        cmocka_unit_test(short_and_silent_pieces_are_defined),
        cmocka_unit_test(short_memory_leaves_nothing),
    };

    return cmocka_run_group_tests_name("course", tests, NULL, NULL);
}
