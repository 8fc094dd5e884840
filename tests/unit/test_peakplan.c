/* test_peakplan.c - match/peakplan.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/plan_check.h"
#include "match/drive.h"
#include "match/params.h"
#include "match/peakplan.h"
#include "tests/support/analyses.h"

static am_report *report;
static am_options options;

static int prepare(void **state)
{
    (void)state;
    report = test_report(44100);
    if (!report)
        return -1;
    AM_OPTIONS_INIT(&options);
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    free(report);
    return 0;
}

static double decide(am_blocks *blocks, double peaks_dbtp, double lufs)
{
    report->note_count = 0;
    report->plan.limiter.ceiling_dbtp = options.ceiling_dbtp;
    am_peakplan_wish(&options, peaks_dbtp, report);
    assert_int_equal(am_peakplan_settle(&options, blocks, lufs, 0.0, report, NULL), AM_OK);
    assert_int_equal(am_plan_check(&report->plan, NULL), AM_OK);
    assert_int_equal(report->note_count, report->plan.limiter.ceiling_dbtp < options.ceiling_dbtp);
    return report->plan.limiter.ceiling_dbtp;
}

static void peaks_follow_the_reference(void **state)
{
    am_blocks *blocks = test_drums(3, 0.5, 0.03);

    (void)state;
    assert_true(fabs(decide(blocks, -7.5, -20.0) - -7.5) < 1e-9);
    options.amount_dynamics = 0.5;
    assert_true(fabs(decide(blocks, -7.0, -17.0) - -4.0) < 1e-9);
    am_blocks_close(blocks);
}

static void else_the_ceiling_stays(void **state)
{
    am_blocks *blocks = test_drums(3, 0.5, 0.03);

    (void)state;
    assert_true(decide(blocks, NAN, -20.0) == -1.0);
    assert_true(decide(blocks, 0.4, -20.0) == -1.0);
    assert_true(decide(blocks, -6.2, -20.0) == -1.0);   /* they stand no higher */
    report->target.shared.kinship = AM_SHARED_KIN;      /* another part of the song */
    assert_true(decide(blocks, -7.5, -20.0) == -1.0);
    report->target.shared.kinship = 0.0;
    options.amount_dynamics = 0.0;
    assert_true(decide(blocks, -8.0, -20.0) == -1.0);
    options.amount_dynamics = 1.0;
    options.limit = false;
    assert_true(decide(blocks, -8.0, -20.0) == -1.0);
    am_blocks_close(blocks);
}

/* Where the wish takes more, it stops where the limiter takes off what it may, to the step of the search. */
static void only_gentle_limiting_is_done(void **state)
{
    am_blocks *blocks = test_drums(40, 0.5, 0.03);
    am_limiter lower;
    am_drive at, below;
    double found;

    (void)state;
    found = decide(blocks, -9.0, -16.0);
    lower = report->plan.limiter;
    assert_int_equal(am_drive_solve(blocks, NULL, &lower, -16.0, 0.0, NULL, &at, NULL), AM_OK);
    lower.ceiling_dbtp -= 2.0 * AM_PEAKS_STEP_DB;
    assert_int_equal(am_drive_solve(blocks, NULL, &lower, -16.0, 0.0, NULL, &below, NULL), AM_OK);
    if (!(found > -9.0 && found < -1.0 && at.p99_db <= AM_PEAKS_WORK_DB + 0.01 && below.p99_db > AM_PEAKS_WORK_DB))
        fail_msg("%.2f dBTP: p99 %.2f dB, lower %.2f dB", found, at.p99_db, below.p99_db);
    assert_true(decide(blocks, -9.0, -6.0) == -1.0);    /* loud as that the limiter has its hands full */
    am_blocks_close(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(peaks_follow_the_reference, prepare, tidy),
        cmocka_unit_test_setup_teardown(else_the_ceiling_stays, prepare, tidy),
        cmocka_unit_test_setup_teardown(only_gentle_limiting_is_done, prepare, tidy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
