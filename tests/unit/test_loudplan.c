/* test_loudplan.c - match/loudplan.h, and its table and JSON */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/plan_check.h"
#include "match/drive.h"
#include "match/loudplan.h"
#include "tests/support/faulty.h"

static am_analysis before;
static am_limiter limiter;

static int prepare(void **state)
{
    (void)state;
    am_limiter_for(&before, -1.0, &limiter);
    return 0;
}

/* Thirty seconds at about -20 LUFS with a peak at -6 dBFS every half second */
static am_blocks *drums(void)
{
    am_blocks *blocks = NULL;

    assert_int_equal(am_blocks_open(44100.0, NULL, &blocks, NULL), AM_OK);
    for (int i = 0; i < 41344; i++)
        assert_int_equal(am_blocks_push(blocks, i % 689 < 3 ? 0.5 : 0.2, i % 689 < 3 ? 0.05 : 0.0117, NULL), AM_OK);
    return blocks;
}

static void loudness_costs_more_and_more(void **state)
{
    am_blocks *blocks = drums();
    am_loudcurve curve;
    am_drive drive;

    (void)state;
    assert_int_equal(am_loudcurve_solve(&before, blocks, NULL, &limiter, NULL, &curve, NULL), AM_OK);
    assert_true(curve.count == AM_LOUDCURVE_STEPS && curve.steps[20].loudness_lufs == -6.0);
    assert_true(curve.steps[0].limiter_max_db == 0.0 && curve.steps[0].distortion_db == -120.0);
    for (uint32_t i = 0; i < curve.count; i++) {
        const am_loudcurve_step *s = &curve.steps[i];

        if (s->reached && fabs(s->reached_lufs - s->loudness_lufs) > 0.01)
            fail_msg("%.2f LUFS for %.2f", s->reached_lufs, s->loudness_lufs);
        if (i && s->reached)
            assert_true(s->distortion_db >= s[-1].distortion_db - 0.02 && s->plr_db <= s[-1].plr_db + 0.02);
        assert_true((s->limiter_max_db > 0.1) == (s->distortion_db > -120.0) || s->limiter_max_db < 0.5);
    }
    assert_int_equal(am_drive_solve(blocks, NULL, &limiter, -9.0, 0.0, NULL, &drive, NULL), AM_OK);
    assert_true(curve.steps[14].drive_db == drive.drive_db && curve.steps[14].limiter_p95_db == drive.p95_db);
    assert_true(curve.knee > 0 && curve.steps[curve.knee].limiter_p95_db < 1.0);
    am_blocks_close(blocks);
}

static void without_a_limiter_there_is_a_ceiling(void **state)
{
    am_blocks *blocks = drums();
    am_loudcurve curve;

    (void)state;
    limiter.enabled = false;
    assert_int_equal(am_loudcurve_solve(&before, blocks, NULL, &limiter, NULL, &curve, NULL), AM_OK);
    assert_true(curve.steps[0].reached && !curve.steps[20].reached && curve.knee == -1);
    am_blocks_close(blocks);
}

static void it_is_told(void **state)
{
    am_blocks *blocks = drums();
    am_loudcurve curve;
    char *text = NULL, line[64];

    (void)state;
    assert_int_equal(am_loudcurve_solve(&before, blocks, NULL, &limiter, NULL, &curve, NULL), AM_OK);
    assert_int_equal(am_loudcurve_to_text(&curve, false, NULL, &text, NULL), AM_OK);
    (void)snprintf(line, sizeof line, "%8.1f", curve.steps[curve.knee].loudness_lufs);
    assert_true(strstr(text, line) && strstr(strstr(text, line), "<- knee") && strstr(text, "out of reach"));
    am_release(NULL, text);
    for (size_t k = 1;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k);
        const am_status st = am_loudcurve_to_json(&curve, allocator, &text, NULL);

        if (!st) {
            assert_non_null(strstr(text, "\"schema\": \"automaster.loudness-curve/1\""));
            am_release(allocator, text);
            break;
        }
        assert_int_equal(st, AM_ERR_NOMEM);
        assert_int_equal(memory.live, 0);
    }
    am_blocks_close(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(loudness_costs_more_and_more, prepare),
        cmocka_unit_test_setup(without_a_limiter_there_is_a_ceiling, prepare),
        cmocka_unit_test_setup(it_is_told, prepare),
    };

    return cmocka_run_group_tests_name("loudplan", tests, NULL, NULL);
}
