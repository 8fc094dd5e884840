/* test_peq.c - match/peq.h: random chains fitted back, ceilings, rounding */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/db.h"
#include "dsp/biquad.h"
#include "match/peq.h"
#include "tests/support/analyses.h"

static const double rates[] = { 44100.0, 48000.0, 96000.0, 22050.0 };

/* A low shelf, a high shelf and bells, as mastering chains are. */
static void random_chain(uint64_t *seed, double rate_hz, int bells, double range_db, double *out_db)
{
    am_eq_section chain[AM_EQ_SECTIONS];
    uint32_t count = 0;

    chain[count++] = (am_eq_section){ AM_SECTION_LOW_SHELF, test_uniform(seed, 60.0, 150.0), test_uniform(seed, -range_db, range_db), 0.7 };
    chain[count++] = (am_eq_section){ AM_SECTION_HIGH_SHELF, test_uniform(seed, 4000.0, 8000.0), test_uniform(seed, -range_db, range_db), 0.7 };
    for (int i = 0; i < bells; i++)
        chain[count++] = (am_eq_section){ AM_SECTION_BELL, 120.0 * pow(60.0, test_uniform(seed, 0.0, 1.0)),
                                          test_uniform(seed, -range_db, range_db), test_uniform(seed, 0.6, 1.6) };
    am_peq_response(rate_hz, chain, count, out_db);
}

static void goal_for(double rate_hz, const double *curve_db, am_peq_goal *goal)
{
    *goal = (am_peq_goal){ .rate_hz = rate_hz };
    for (int k = 0; k < AM_BANDS; k++) {
        goal->curve_db[k] = curve_db[k];
        goal->weight[k] = am_band_hz(k) > 24.0 && am_band_hz(k) < fmin(18500.0, 0.49 * rate_hz) ? 1.0 : 0.0;
        goal->ceiling_db[k] = INFINITY;
        goal->ceiling_weight[k] = 25.0;
    }
}

static void random_chains_are_fitted(void **state)
{
    enum { trials = 100 };

    (void)state;
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        double sum = 0.0, worst = 0.0, sections = 0.0;
        uint64_t seed = 100 + r;
        const clock_t start = clock();

        for (int i = 0; i < trials; i++) {
            double curve_db[AM_BANDS];
            am_peq_goal goal;
            am_peq fitted;

            random_chain(&seed, rates[r], i % 6, 5.0, curve_db);
            goal_for(rates[r], curve_db, &goal);
            am_peq_fit(&goal, &fitted);
            sum += fitted.rms_db;
            sections += fitted.count;
            worst = fmax(worst, fitted.rms_db);
        }
        print_message("%6.0f Hz: mean rms %.3f dB, worst %.3f dB, %.1f sections, %.1f ms each\n", rates[r], sum / trials, worst,
                      sections / trials, 1e3 * (double)(clock() - start) / CLOCKS_PER_SEC / trials);
        if (!(sum / trials <= 0.15) || !(worst <= 0.5))
            fail_msg("%g Hz: mean rms %.3f dB (<= 0.15), worst %.3f dB (<= 0.5)", rates[r], sum / trials, worst);
    }
}

static void sections_are_rounded_sorted_and_designable(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (int i = 0; i < 50; i++) {
        double curve_db[AM_BANDS];
        am_peq_goal goal;
        am_peq fitted;

        random_chain(&seed, 44100.0, 4, 8.0, curve_db);
        goal_for(44100.0, curve_db, &goal);
        am_peq_fit(&goal, &fitted);
        for (uint32_t s = 0; s < fitted.count; s++) {
            const am_eq_section *section = &fitted.sections[s];
            am_biquad filter;

            assert_int_equal(am_biquad_design(44100.0, section, &filter), AM_OK);
            assert_true(fabs(section->gain_db * 100.0 - round(section->gain_db * 100.0)) < 1e-9);
            assert_true(fabs(section->q * 100.0 - round(section->q * 100.0)) < 1e-9);
            assert_true(fabs(section->gain_db) <= 9.0);
            if (s && section->kind == AM_SECTION_BELL && section[-1].kind == AM_SECTION_BELL)
                assert_true(section[-1].frequency_hz <= section->frequency_hz);
        }
    }
}

static void the_same_goal_gives_the_same_sections(void **state)
{
    uint64_t seed = 9;
    double curve_db[AM_BANDS];
    am_peq_goal goal;
    am_peq one, two;

    (void)state;
    random_chain(&seed, 48000.0, 5, 5.0, curve_db);
    goal_for(48000.0, curve_db, &goal);
    am_peq_fit(&goal, &one);
    am_peq_fit(&goal, &two);
    assert_memory_equal(&one, &two, sizeof one);
}

static void nothing_wanted_gives_nothing(void **state)
{
    const double flat_db[AM_BANDS] = { 0 };
    am_peq_goal goal;
    am_peq fitted;

    (void)state;
    goal_for(44100.0, flat_db, &goal);
    am_peq_fit(&goal, &fitted);
    assert_int_equal(fitted.count, 0);
    memset(goal.weight, 0, sizeof goal.weight);
    am_peq_fit(&goal, &fitted);
    assert_int_equal(fitted.count, 0);
}

static void a_common_gain_does_not_matter(void **state)
{
    uint64_t seed = 11;
    double curve_db[AM_BANDS];
    am_peq_goal goal;
    am_peq one, two;

    (void)state;
    random_chain(&seed, 44100.0, 3, 5.0, curve_db);
    goal_for(44100.0, curve_db, &goal);
    am_peq_fit(&goal, &one);
    for (int k = 0; k < AM_BANDS; k++)
        goal.curve_db[k] += 3.0;
    am_peq_fit(&goal, &two);
    if (!(fabs(one.rms_db - two.rms_db) < 0.1))
        fail_msg("rms %.3f dB and with 3 dB more %.3f dB", one.rms_db, two.rms_db);
}

static void a_ceiling_holds_a_shelf_down(void **state)
{
    double curve_db[AM_BANDS], most = -99.0;
    am_peq_goal goal;
    am_peq fitted;

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        curve_db[k] = am_band_hz(k) > 5000.0 ? 4.0 : 0.0;
    goal_for(44100.0, curve_db, &goal);
    for (int k = 0; k < AM_BANDS; k++)
        if (am_band_hz(k) > 15000.0) {
            goal.weight[k] = 0.0;
            goal.ceiling_db[k] = 0.0;
        }
    am_peq_fit(&goal, &fitted);
    for (int k = 0; k < AM_BANDS; k++)
        if (am_band_hz(k) > 16500.0 && am_band_hz(k) < 20000.0)
            most = fmax(most, fitted.response_db[k]);
    if (!(most <= 1.0))
        fail_msg("%.2f dB above the ceiling of 0 dB, 1 is allowed", most);
}

/* The most that sections undo of each other in one band */
static double undone_db(const am_peq *fitted)
{
    double most_db = 0.0, up_db[AM_BANDS] = { 0 }, down_db[AM_BANDS] = { 0 }, one_db[AM_BANDS];

    for (uint32_t i = 0; i < fitted->count; i++) {
        am_peq_response(44100.0, &fitted->sections[i], 1, one_db);
        for (int k = 0; k < AM_BANDS; k++)
            *(one_db[k] > 0.0 ? &up_db[k] : &down_db[k]) += fabs(one_db[k]);
    }
    for (int k = 0; k < AM_BANDS; k++)
        most_db = fmax(most_db, fmin(up_db[k], down_db[k]));
    return most_db;
}

/* A hump that a cap cuts off below 35 Hz */
static void sections_do_not_fight_each_other(void **state)
{
    double undone = 0.0, rms = 0.0;

    (void)state;
    for (int i = 0; i < 12; i++) {
        const double top_db = 4.0 + 0.5 * (i % 6), hump_hz = i < 6 ? 40.0 : 55.0;
        double curve_db[AM_BANDS];
        am_peq_goal goal;
        am_peq fitted;

        for (int k = 0; k < AM_BANDS; k++) {
            const double hz = am_band_hz(k), octaves = log2(hz / hump_hz), from_4k = log2(hz / 4000.0);

            curve_db[k] = top_db * exp(-octaves * octaves) - 3.0 * exp(-0.5 * from_4k * from_4k);
            curve_db[k] = hz < 35.0 ? fmin(curve_db[k], 2.0) : curve_db[k];
        }
        goal_for(44100.0, curve_db, &goal);
        for (int k = 0; am_band_hz(k) < 35.0; k++)
            goal.ceiling_db[k] = 2.0;
        am_peq_fit(&goal, &fitted);
        undone += undone_db(&fitted) / 12.0;
        rms += fitted.rms_db / 12.0;
    }
    if (!(undone <= 1.5) || !(rms <= 0.25))
        fail_msg("sections undo %.2f dB of each other (<= 1.5), mean rms %.3f dB (<= 0.25)", undone, rms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_chains_are_fitted),
        cmocka_unit_test(sections_are_rounded_sorted_and_designable),
        cmocka_unit_test(the_same_goal_gives_the_same_sections),
        cmocka_unit_test(nothing_wanted_gives_nothing),
        cmocka_unit_test(a_common_gain_does_not_matter),
        cmocka_unit_test(sections_do_not_fight_each_other),
        cmocka_unit_test(a_ceiling_holds_a_shelf_down),
    };

    return cmocka_run_group_tests_name("peq", tests, NULL, NULL);
}
