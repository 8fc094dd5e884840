/* test_multiplan.c - match/multiplan.h, on levels that are made up */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "match/multiplan.h"
#include "match/params.h"
#include "tests/support/faulty.h"

enum { STEPS = 6000, LOW = 0, P50 = 3, P95 = 6 };

static am_trace mix;
static am_report *report;
static am_options options;

/* Bands between -swing and 0 dB about -20 dBFS, evenly, in beats of 0.4 s. */
static void play(int region, double swing_db)
{
    for (size_t i = 0; i < STEPS; i++)
        mix.steps[i].region_cdb[region] = (int16_t)lrint(100.0 * (-20.0 - swing_db * (double)(i % 20) / 19.0));
}

/* What am_dynamics says of a band that moves as play does. */
static void describe(double quantiles[AM_QUANTILES], double swing_db)
{
    static const double percent[AM_QUANTILES] = AM_QUANTILE_PERCENTS;

    for (int q = 0; q < AM_QUANTILES; q++)
        quantiles[q] = swing_db * (percent[q] / 100.0 - 0.5);
}

static int prepare(void **state)
{
    (void)state;
    report = calloc(1, sizeof *report);
    mix = (am_trace){ .steps = calloc(STEPS, sizeof *mix.steps), .step_count = STEPS };
    if (!report || !mix.steps)
        return -1;
    AM_OPTIONS_INIT(&options);
    report->before.dynamics.plr_db = 14.0;
    describe(report->before.dynamics.fast_lu, 6.0);
    describe(report->target.fast_lu, 6.0);
    for (int k = 0; k < AM_BANDS; k++)
        report->before.mid.power_db[k] = report->before.side.power_db[k] = -20.0;
    for (size_t i = 0; i < STEPS; i++)
        mix.steps[i].loud = true;
    for (int r = 0; r < AM_REGIONS; r++) {
        play(r, 6.0);
        describe(report->before.dynamics.region_db[r], 6.0);
        describe(report->target.region_db[r], 6.0);
    }
    play(LOW, 12.0);
    describe(report->before.dynamics.region_db[LOW], 12.0);
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    free(report);
    free(mix.steps);
    return 0;
}

static am_status solve(void) { return am_multiplan_solve(&options, &mix, report, NULL); }

static void the_band_that_varies_more_is_compressed(void **state)
{
    const am_multiband *m = &report->plan.multiband;

    (void)state;
    assert_int_equal(solve(), AM_OK);
    assert_true(m->enabled && m->ratio[LOW] >= AM_MULTI_SMALL_RATIO && m->ratio[LOW] <= AM_DYN_RATIO);
    for (int r = LOW + 1; r < AM_REGIONS; r++)
        assert_true(m->ratio[r] == 1.0 && m->makeup_db[r] == 0.0);
    assert_true(m->makeup_db[LOW] > 0.0 && m->makeup_db[LOW] <= AM_MULTI_P99_DB);
    assert_true(report->plan.expected.multiband_p50_db <= AM_MULTI_P50_DB + 0.1 && report->plan.expected.multiband_max_db > 1.0);
    report->plan.version = AM_PLAN_VERSION;
    am_multiplan_tell(report);
    assert_int_equal(report->note_count, 1);
    assert_non_null(strstr(report->notes[0].text, "up to 120 Hz"));
}

static void amounts_part_the_reduction(void **state)
{
    const am_prediction *e = &report->plan.expected;

    (void)state;
    assert_int_equal(solve(), AM_OK);
    const double whole_db = e->multiband_p50_db;
    options.amount_dynamics = 0.5;
    assert_int_equal(solve(), AM_OK);
    if (!(whole_db > 0.5) || !(fabs(e->multiband_p50_db - 0.5 * whole_db) < 0.05 * whole_db))
        fail_msg("typical reduction %.2f dB, half of it %.2f dB", whole_db, e->multiband_p50_db);
    options.amount_dynamics = 1.5;
    assert_int_equal(solve(), AM_OK);
    if (!(e->multiband_p50_db >= whole_db) || !(e->multiband_p50_db <= AM_MULTI_P50_DB + 0.1))
        fail_msg("typical reduction %.2f dB, one and a half of it %.2f dB", whole_db, e->multiband_p50_db);
}

/* Where all varies more, the compressor's part is taken out; where only the gaps are deeper, it is arrangement. */
static void what_all_does_is_no_evidence(void **state)
{
    (void)state;
    describe(report->before.dynamics.fast_lu, 12.0);
    assert_int_equal(solve(), AM_OK);
    assert_false(report->plan.multiband.enabled);
    describe(report->before.dynamics.fast_lu, 6.0);
    for (int q = 0; q <= P50; q++)
        report->before.dynamics.region_db[LOW][q] *= 2.0;
    memcpy(report->target.region_db[LOW] + P50, report->before.dynamics.region_db[LOW] + P50, (AM_QUANTILES - P50) * sizeof(double));
    assert_int_equal(solve(), AM_OK);
    assert_false(report->plan.multiband.enabled);
}

static void nothing_is_done_without_evidence(void **state)
{
    (void)state;
    report->target.shared.share = 0.5;          /* another part of the song */
    assert_int_equal(solve(), AM_OK);
    assert_false(report->plan.multiband.enabled);
    report->target.shared.share = 0.0;
    options.amount_dynamics = 0.0;
    assert_int_equal(solve(), AM_OK);
    assert_false(report->plan.multiband.enabled);
    options.amount_dynamics = 1.0;
    report->target.region_db[LOW][P95] = NAN;
    assert_int_equal(solve(), AM_OK);
    assert_false(report->plan.multiband.enabled);
    describe(report->target.region_db[LOW], 6.0);
    mix.step_count = 0;
    assert_int_equal(solve(), AM_OK);
    assert_false(report->plan.multiband.enabled);
    mix.step_count = STEPS;
    for (size_t i = 0; i < STEPS; i++)
        mix.steps[i].loud = false;              /* silence */
    assert_int_equal(solve(), AM_OK);
    assert_false(report->plan.multiband.enabled);
}

/* The equaliser stands in front: 6 dB more in the band raise the threshold by 6 dB, and move nothing else. */
static void thresholds_stand_behind_the_equaliser(void **state)
{
    am_multiband flat;

    (void)state;
    assert_int_equal(solve(), AM_OK);
    flat = report->plan.multiband;
    for (int k = 0; k < AM_BANDS; k++)
        report->tone.applied_db[k] = 6.0;
    assert_int_equal(solve(), AM_OK);
    assert_true(fabs(report->plan.multiband.threshold_db[LOW] - flat.threshold_db[LOW] - 6.0) < 0.011);
    assert_true(report->plan.multiband.ratio[LOW] == flat.ratio[LOW] && report->plan.multiband.makeup_db[LOW] == flat.makeup_db[LOW]);
}

static void refused_memory_is_told(void **state)
{
    (void)state;
    for (size_t k = 1;; k++) {
        faulty memory;
        am_status st;

        options.allocator = faulty_init(&memory, k);
        st = solve();
        assert_int_equal(memory.live, 0);
        if (!st)
            break;
        assert_int_equal(st, AM_ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_band_that_varies_more_is_compressed, prepare, tidy),
        cmocka_unit_test_setup_teardown(amounts_part_the_reduction, prepare, tidy),
        cmocka_unit_test_setup_teardown(what_all_does_is_no_evidence, prepare, tidy),
        cmocka_unit_test_setup_teardown(nothing_is_done_without_evidence, prepare, tidy),
        cmocka_unit_test_setup_teardown(thresholds_stand_behind_the_equaliser, prepare, tidy),
        cmocka_unit_test_setup_teardown(refused_memory_is_told, prepare, tidy),
    };

    return cmocka_run_group_tests_name("multiplan", tests, NULL, NULL);
}
