/* test_retouch.c - match/retouch.h */
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
#include "match/params.h"
#include "match/refine.h"
#include "match/retouch.h"
#include "match/toneplan.h"
#include "tests/support/analyses.h"
#include "tests/support/listen.h"

static am_report *report;
static am_options options;

/* A song that is a little dark, to a reference */
static int setup(void **state)
{
    am_analysis *reference = malloc(sizeof *reference);
    double tone_db[AM_BANDS];

    (void)state;
    report = calloc(1, sizeof *report);
    assert_true(report && reference);
    AM_OPTIONS_INIT(&options);
    am_plan_neutral(&report->plan, 44100);
    test_song(1, &report->before);
    *reference = report->before;
    for (int k = 0; k < AM_BANDS; k++)
        tone_db[k] = 0.05 * (k - 30);
    test_filter(reference, tone_db, NULL);
    assert_int_equal(am_target_from_references(reference, NULL, 1, &report->target, NULL), AM_OK);
    assert_int_equal(am_plan_solve(&options, report, NULL), AM_OK);
    free(reference);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(report);
    return 0;
}

/* What a limiter takes off a bass drum, most_db at 50 Hz */
static void bass_loss(double most_db, double change_db[AM_BANDS])
{
    for (int k = 0; k < AM_BANDS; k++) {
        const double octaves = log2(am_band_hz(k) / 50.0);

        change_db[k] = 5.0 - most_db / (1.0 + octaves * octaves);
    }
}

static uint32_t noted(const char *kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < report->note_count; i++)
        count += strcmp(report->notes[i].kind, kind) == 0;
    return count;
}

static void response(double db[AM_BANDS])
{
    am_toneplan_response(&report->plan.tone, 44100.0, db);
}

static void the_answer_takes_the_change_back(void **state)
{
    double change_db[AM_BANDS], was_db[AM_BANDS], is_db[AM_BANDS], wanted_db[AM_BANDS];

    (void)state;
    bass_loss(2.5, change_db);
    response(was_db);
    memcpy(wanted_db, report->tone.wanted_db, sizeof wanted_db);
    assert_true(am_retouch_rms_db(report, change_db) > 0.5);
    assert_true(am_retouch_worth(change_db, report));
    am_retouch_answer(&options, change_db, 1.0, report);
    response(is_db);
    for (int k = 0; k < AM_BANDS; k++)
        is_db[k] += change_db[k] - was_db[k];
    check_near("tone behind the dynamics less the tone that was wanted", am_retouch_rms_db(report, is_db), 0.0, 0.15);
    assert_memory_equal(report->tone.wanted_db, wanted_db, sizeof wanted_db);
    assert_int_equal(noted("tone_behind_dynamics"), 1);
    assert_int_equal(noted("tone_matched"), 1);
    assert_int_equal(am_plan_check(&report->plan, NULL), AM_OK);
}

static void small_changes_are_left_alone(void **state)
{
    const am_eq was = report->plan.tone;
    double change_db[AM_BANDS];

    (void)state;
    bass_loss(1.0, change_db);
    check_near("rms", am_retouch_rms_db(report, change_db), 0.5 * AM_RETOUCH_LEAST_DB, 0.5 * AM_RETOUCH_LEAST_DB);
    assert_false(am_retouch_worth(change_db, report));
    assert_true(report->pressed.present && report->pressed.change_db[9] == change_db[9] && report->pressed.answer_db[9] == 0.0);
    assert_memory_equal(&report->plan.tone, &was, sizeof was);
}

static void the_answer_is_bounded(void **state)
{
    double change_db[AM_BANDS];

    (void)state;
    bass_loss(20.0, change_db);
    assert_true(am_retouch_worth(change_db, report));
    am_retouch_answer(&options, change_db, 1.0, report);
    for (int k = 0; k < AM_BANDS; k++)
        if (!(fabs(report->pressed.answer_db[k]) <= AM_RETOUCH_DB))
            fail_msg("%.0f Hz: %.2f dB, at most %.2f", am_band_hz(k), report->pressed.answer_db[k], AM_RETOUCH_DB);
    options.amount_tone = 0.5;
    am_retouch_answer(&options, change_db, 1.0, report);
    check_near("half of the tone is wanted", report->pressed.answer_db[9], 0.5 * AM_RETOUCH_DB, 1e-9);
}

static void no_share_is_the_plan_as_it_was(void **state)
{
    const am_eq was = report->plan.tone;
    const am_prediction expected = report->plan.expected;
    const uint32_t notes = report->note_count;
    double change_db[AM_BANDS], none_db[AM_BANDS] = { 0.0 };

    (void)state;
    bass_loss(6.0, change_db);
    am_retouch_answer(&options, change_db, 1.0, report);
    assert_true(memcmp(&report->plan.tone, &was, sizeof was) != 0);
    am_retouch_answer(&options, change_db, 0.0, report);
    assert_memory_equal(&report->plan.tone, &was, sizeof was);
    assert_int_equal(report->note_count, notes);
    am_retouch_expect(none_db, report);
    check_near("expected tone", report->plan.expected.tone_rms_db, expected.tone_rms_db, 1e-12);
    am_retouch_expect(change_db, report);
    assert_true(fabs(report->plan.expected.tone_rms_db - expected.tone_rms_db) > 0.1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_answer_takes_the_change_back),
        TEST(small_changes_are_left_alone),
        TEST(the_answer_is_bounded),
        TEST(no_share_is_the_plan_as_it_was),
    };

    return cmocka_run_group_tests_name("retouch", tests, NULL, NULL);
}
