/* test_quickplan.c - a quicker limiter where the usual one ends short of the loudness */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "match/params.h"
#include "match/quickplan.h"
#include "tests/support/analyses.h"
#include "tests/support/faulty.h"

static am_report *report;
static am_options options;
static am_blocks *blocks;

/* Dense: a peak over what a loud song leaves room for in every tenth of a second */
static int prepare(void **state)
{
    (void)state;
    report = test_report(44100);
    AM_OPTIONS_INIT(&options);
    if (!report || am_blocks_open(44100.0, NULL, &blocks, NULL))
        return -1;
    am_limiter_for(&report->before, -1.0, &report->plan.limiter);
    for (int i = 0; i < 41344; i++)
        assert_int_equal(am_blocks_push(blocks, i % 137 < 9 ? 0.9 : 0.35, i % 137 < 9 ? 0.2 : 0.03, NULL), AM_OK);
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    am_blocks_close(blocks);
    free(report);
    return 0;
}

static am_status solve(double lufs, am_drive *drive)
{
    am_limiter *limiter = &report->plan.limiter;
    am_status st;

    am_quickplan_reset(&report->before, limiter);
    report->note_count = 0;
    st = am_drive_solve(blocks, NULL, limiter, lufs, 0.0, options.allocator, drive, NULL);
    return st ? st : am_quickplan_solve(&options, blocks, lufs, 0.0, report, drive, NULL);
}

static void what_is_out_of_reach_comes_nearer(void **state)
{
    const am_limiter usual = report->plan.limiter;
    am_drive end, drive;
    double further_lufs;

    (void)state;
    assert_int_equal(am_drive_solve(blocks, NULL, &usual, 0.0, 0.0, NULL, &end, NULL), AM_OK);
    assert_true(end.end == AM_DRIVE_SATURATED || end.end == AM_DRIVE_TOO_DEEP);

    /* Just above the end of the usual times: the first of the quicker ones. */
    further_lufs = end.integrated_lufs + 0.2;
    assert_int_equal(solve(further_lufs, &drive), AM_OK);
    print_message("usual times end at %.2f LUFS; %.2f for %.2f with %.0f ms\n", end.integrated_lufs, drive.integrated_lufs, further_lufs,
                  report->plan.limiter.release_ms);
    assert_int_equal(drive.end, AM_DRIVE_REACHED);
    assert_float_equal(drive.integrated_lufs, further_lufs, 0.02);
    assert_true(report->plan.limiter.release_ms == 40.0 && report->plan.limiter.sustain == 0.3);
    assert_int_equal(report->note_count, 1);
    assert_string_equal(report->notes[0].kind, "limiter_quicker");

    /* Beyond all of them: as near as they come. */
    assert_int_equal(solve(0.0, &drive), AM_OK);
    assert_int_not_equal(drive.end, AM_DRIVE_REACHED);
    assert_true(report->plan.limiter.release_ms == 20.0 && drive.integrated_lufs > further_lufs);
    assert_true(report->plan.limiter.ceiling_dbtp == usual.ceiling_dbtp && report->plan.limiter.hold_ms == usual.hold_ms);
}

static void what_is_in_reach_keeps_the_usual_times(void **state)
{
    const am_limiter usual = report->plan.limiter;
    am_drive end, drive;

    (void)state;
    assert_int_equal(am_drive_solve(blocks, NULL, &usual, 0.0, 0.0, NULL, &end, NULL), AM_OK);
    assert_int_equal(solve(end.integrated_lufs - 0.2, &drive), AM_OK);
    assert_memory_equal(&report->plan.limiter, &usual, sizeof usual);
    assert_int_equal(report->note_count, 0);
    assert_int_equal(solve(0.0, &drive), AM_OK);
    am_quickplan_reset(&report->before, &report->plan.limiter);
    assert_memory_equal(&report->plan.limiter, &usual, sizeof usual);
    report->plan.limiter.enabled = false;
    assert_int_equal(solve(0.0, &drive), AM_OK);
    assert_true(drive.end == AM_DRIVE_CEILING && report->note_count == 0 && !report->plan.limiter.enabled);
}

static void every_allocation_may_fail(void **state)
{
    faulty f = { 0 };
    am_drive drive;

    (void)state;
    options.allocator = &f.allocator;
    while (faulty_again(&f))
        faulty_judge(&f, solve(0.0, &drive));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_out_of_reach_comes_nearer, prepare, tidy),
        cmocka_unit_test_setup_teardown(what_is_in_reach_keeps_the_usual_times, prepare, tidy),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, prepare, tidy),
    };

    return cmocka_run_group_tests_name("quickplan", tests, NULL, NULL);
}
