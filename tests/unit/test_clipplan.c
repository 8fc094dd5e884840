/* test_clipplan.c - match/clipplan.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/plan_check.h"
#include "match/clipplan.h"
#include "match/params.h"
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
    report->target.clipped_percent = 0.2;
    report->target.plr_db = 8.0;
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    free(report);
    return 0;
}

static void decide(am_blocks *blocks, double lufs, am_drive *drive)
{
    assert_int_equal(am_drive_solve(blocks, NULL, &report->plan.limiter, lufs, 0.0, NULL, drive, NULL), AM_OK);
    assert_int_equal(am_clipplan_solve(&options, blocks, lufs, 0.0, report, drive, NULL), AM_OK);
    assert_int_equal(am_plan_check(&report->plan, NULL), AM_OK);
}

static void hard_work_is_shared_where_the_reference_clips(void **state)
{
    am_blocks *blocks = test_drums(3, pow(10.0, -3.0 / 20.0), 0.05);
    am_drive without, with;

    (void)state;
    assert_int_equal(am_drive_solve(blocks, NULL, &report->plan.limiter, -12.0, 0.0, NULL, &without, NULL), AM_OK);
    decide(blocks, -12.0, &with);
    assert_true(report->plan.clip.enabled && report->plan.clip.range_db <= AM_CLIP_RANGE_DB);
    assert_true(with.p99_db < without.p99_db - AM_CLIP_WORTH_DB && with.clip_max_db <= AM_CLIP_RANGE_DB + 1e-3);
    assert_true(fabs(with.integrated_lufs - without.integrated_lufs) < 0.05);
    assert_int_equal(report->note_count, 1);
    am_blocks_close(blocks);
}

static void else_there_is_none(void **state)
{
    am_blocks *blocks = test_drums(3, pow(10.0, -3.0 / 20.0), 0.05);
    am_drive drive;

    (void)state;
    decide(blocks, -18.0, &drive);              /* little to do */
    assert_false(report->plan.clip.enabled);
    report->target.clipped_percent = 0.01;
    decide(blocks, -12.0, &drive);
    assert_false(report->plan.clip.enabled);
    report->target.clipped_percent = 0.2;
    report->target.plr_db = 12.0;
    decide(blocks, -12.0, &drive);
    assert_false(report->plan.clip.enabled);
    report->target.plr_db = NAN;
    decide(blocks, -12.0, &drive);
    assert_false(report->plan.clip.enabled);
    report->target.plr_db = 8.0;
    options.amount_dynamics = 0.0;
    decide(blocks, -12.0, &drive);
    assert_false(report->plan.clip.enabled);
    options.amount_dynamics = 1.0;
    report->plan.limiter.enabled = false;
    decide(blocks, -12.0, &drive);
    assert_false(report->plan.clip.enabled);
    am_blocks_close(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hard_work_is_shared_where_the_reference_clips, prepare, tidy),
        cmocka_unit_test_setup_teardown(else_there_is_none, prepare, tidy),
    };

    return cmocka_run_group_tests_name("clipplan", tests, NULL, NULL);
}
