/* test_solve.c - what the solver promises: neutrality, recovery, invariance, refusals */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "match/bands.h"
#include "match/params.h"
#include "match/peq.h"
#include "match/refine.h"
#include "match/toneplan.h"
#include "tests/support/analyses.h"
#include "tests/support/faulty.h"

static am_analysis *song, *reference;
static am_report *report;
static am_options options;

static int setup(void **state)
{
    (void)state;
    song = malloc(sizeof *song);
    reference = malloc(sizeof *reference);
    report = calloc(1, sizeof *report);
    assert_true(song && reference && report);
    test_song(1, song);
    *reference = *song;
    AM_OPTIONS_INIT(&options);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(song);
    free(reference);
    free(report);
    return 0;
}

static void solve(void)
{
    am_error err = { 0 };

    memset(report, 0, sizeof *report);
    am_plan_neutral(&report->plan, 44100);
    report->before = *song;
    assert_int_equal(am_target_from_references(reference, NULL, 1, &report->target, NULL), AM_OK);
    if (am_plan_solve(&options, report, &err))
        fail_msg("%s", err.message);
    if (am_plan_check(&report->plan, &err))
        fail_msg("the plan is not valid: %s", err.message);
}

static bool noted(const char *kind)
{
    for (uint32_t i = 0; i < report->note_count; i++)
        if (!strcmp(report->notes[i].kind, kind))
            return true;
    return false;
}

static void must_note(const char *kind)
{
    if (!noted(kind))
        fail_msg("no note \"%s\"", kind);
}

/* rms of a - b over 25 Hz .. 16 kHz, common gain taken out */
static double shape_rms(const double *a, const double *b)
{
    double level = 0.0, squares = 0.0;

    for (int k = 2; k < 59; k++)
        level += (a[k] - (b ? b[k] : 0.0)) / 57.0;
    for (int k = 2; k < 59; k++)
        squares += pow(a[k] - (b ? b[k] : 0.0) - level, 2.0) / 57.0;
    return sqrt(squares);
}

static void chain(uint64_t *seed, double *out_db)
{
    am_eq_section s[5] = {
        { AM_SECTION_LOW_SHELF, test_uniform(seed, 60.0, 150.0), test_uniform(seed, -6.0, 6.0), 0.7 },
        { AM_SECTION_HIGH_SHELF, test_uniform(seed, 4000.0, 10000.0), test_uniform(seed, -6.0, 6.0), 0.7 },
    };

    for (int i = 2; i < 5; i++)
        s[i] = (am_eq_section){ AM_SECTION_BELL, 120.0 * pow(8000.0 / 120.0, test_uniform(seed, 0.0, 1.0)), test_uniform(seed, -6.0, 6.0),
                                test_uniform(seed, 0.6, 1.6) };
    am_peq_response(44100.0, s, 5, out_db);
}

/* ------------------------------------------------------------------ neutrality */

/* -64 dBFS is nothing; 12 dB louder it is an offset that check complains of. */
static void an_offset_is_judged_by_what_it_becomes(void **state)
{
    (void)state;
    song->dc[0] = reference->dc[0] = 0.0006;
    solve();
    assert_true(report->plan.dc[0] == 0.0);
    reference->loudness.integrated_lufs += 12.0;
    solve();
    assert_true(report->plan.dc[0] == 0.0006 && report->plan.dc[1] == 0.0);
    must_note("dc_removed");
}

static void reference_equal_to_the_input_changes_nothing(void **state)
{
    (void)state;
    solve();
    assert_int_equal(report->plan.tone.method, AM_EQ_OFF);
    assert_false(report->plan.width.enabled);
    assert_true(report->plan.expected.tone_rms_db < 1e-9);
    must_note("tone_neutral");
    options.match = AM_MATCH_EXACT;
    solve();
    assert_int_equal(report->plan.tone.method, AM_EQ_OFF);
    assert_false(report->plan.width.enabled);
}

/* A middle of rounding noise tells nothing of tone and width. */
static void an_empty_middle_leaves_tone_and_width_alone(void **state)
{
    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        reference->mid.mean_db[k] = reference->mid.power_db[k] += k < AM_BAND_1K ? 4.0 : -4.0;
    song->stereo.width_db = 80.0;
    solve();
    assert_int_equal(report->plan.tone.method, AM_EQ_OFF);
    assert_false(report->plan.width.enabled);
    must_note("input_opposite");
    song->stereo.width_db = -10.0;
    solve();
    assert_int_not_equal(report->plan.tone.method, AM_EQ_OFF);
}

static void clipping_is_told(void **state)
{
    (void)state;
    song->peak.clipped_percent = 1.5;
    song->peak.clipped_runs = 20982;
    solve();
    must_note("input_clipped");
}

static void amount_zero_leaves_it_alone(void **state)
{
    uint64_t seed = 3;
    double eq_db[AM_BANDS];

    (void)state;
    chain(&seed, eq_db);
    test_filter(song, eq_db, eq_db);
    options.amount_tone = options.amount_width = 0.0;
    solve();
    assert_int_equal(report->plan.tone.method, AM_EQ_OFF);
    assert_false(report->plan.width.enabled);
    assert_false(report->tone.present);
    assert_false(report->width.present);
}

static void another_section_of_the_song_is_hardly_corrected(void **state)
{
    double sum = 0.0;

    (void)state;
    for (uint64_t i = 0; i < 20; i++) {
        test_song(100 + i, song);
        *reference = *song;
        test_other_section(200 + i, 0.5, reference);
        solve();
        sum += shape_rms(report->tone.applied_db, NULL) / 20.0;
    }
    print_message("false correction: %.2f dB rms\n", sum);
    if (!(sum <= 0.7))
        fail_msg("%.2f dB rms on average, 0.7 are allowed", sum);
}

/* ------------------------------------------------------------------ recovery */

static void known_chains_are_undone(void **state)
{
    double nothing = 0.0, ours = 0.0;
    uint64_t seed = 17;
    const clock_t start = clock();

    (void)state;
    for (uint64_t i = 0; i < 30; i++) {
        double eq_db[AM_BANDS], inverse_db[AM_BANDS];

        test_song(300 + i, song);
        *reference = *song;
        test_other_section(400 + i, 0.5, reference);
        chain(&seed, eq_db);
        for (int k = 0; k < AM_BANDS; k++)
            inverse_db[k] = -eq_db[k];
        test_filter(song, eq_db, NULL);
        solve();
        nothing += shape_rms(inverse_db, NULL) / 30.0;
        ours += shape_rms(report->tone.applied_db, inverse_db) / 30.0;
    }
    print_message("left of known chains: %.2f of %.2f dB rms, %.1f ms each\n", ours, nothing, 1e3 * (double)(clock() - start) / CLOCKS_PER_SEC / 30);
    if (!(ours <= 0.55 * nothing))
        fail_msg("%.2f of %.2f dB left, 55 %% are allowed", ours, nothing);
}

static void side_gain_is_undone(void **state)
{
    double side_db[AM_BANDS];

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = am_band_hz(k) > 200.0 ? -3.0 : 0.0;
    test_filter(song, NULL, side_db);
    solve();
    assert_true(report->plan.width.enabled);
    if (!(shape_rms(report->tone.applied_db, NULL) < 0.5))
        fail_msg("the tone moves by %.2f dB rms for a change of the side", shape_rms(report->tone.applied_db, NULL));
    for (int k = 28; k < 58; k++)
        if (!(fabs(report->plan.width.side_db[k] - 3.0) < 1.0))
            fail_msg("%.0f Hz: side %+.2f dB, wanted +3", am_band_hz(k), report->plan.width.side_db[k]);
}

static void exact_matching_follows_the_reference(void **state)
{
    (void)state;
    test_song(2, reference);
    options.match = AM_MATCH_EXACT;
    solve();
    assert_int_equal(report->plan.tone.method, AM_EQ_CURVE_METHOD);
    if (!(report->plan.expected.tone_rms_db <= 0.1) || !(report->plan.expected.width_rms_db <= 0.1))
        fail_msg("expected distances %.3f and %.3f dB, 0.1 are allowed", report->plan.expected.tone_rms_db, report->plan.expected.width_rms_db);
}

static void refining_takes_off_what_is_left(void **state)
{
    double left_db[AM_BANDS], moved_db[AM_BANDS], level_db = 0.0, tone_db, width_db;

    (void)state;
    test_song(2, reference);
    options.match = AM_MATCH_EXACT;
    solve();
    const am_plan first = report->plan;
    report->after = *song;
    for (int k = 0; k < AM_BANDS; k++)
        left_db[k] = 1.5 * sin(k / 6.0);
    test_filter(&report->after, first.tone.curve_db, first.width.side_db);
    test_filter(&report->after, left_db, NULL);
    assert_int_equal(am_plan_refine(&options, report, NULL), AM_OK);
    for (int k = 0; k < AM_BANDS; k++) {
        moved_db[k] = report->plan.tone.curve_db[k] - first.tone.curve_db[k];
        level_db += (moved_db[k] + left_db[k]) / AM_BANDS;
    }
    for (int k = 12; k < 58; k++)       /* below 70 Hz thirds are softer */
        if (!(fabs(moved_db[k] + left_db[k] - level_db) < 0.1))
            fail_msg("%.0f Hz: moved by %.2f dB, wanted %.2f", am_band_hz(k), moved_db[k] - level_db, -left_db[k]);
    am_target_distance(&report->target, &report->before, &report->after, &tone_db, &width_db);
    assert_true(tone_db > 0.5);
}

static void natural_matching_of_another_song_is_restrained_and_nearer(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20; i++) {
        double before_tone, before_width;

        test_song(500 + i, song);
        test_song(600 + i, reference);
        solve();
        am_target_distance(&report->target, song, song, &before_tone, &before_width);
        if (!(report->plan.expected.tone_rms_db <= before_tone + 0.05))
            fail_msg("song %d: tone %.2f dB away, was %.2f", (int)i, report->plan.expected.tone_rms_db, before_tone);
        for (int k = 0; k < AM_BANDS; k++)
            if (!(fabs(report->tone.applied_db[k]) <= 9.0))
                fail_msg("song %d: %+.1f dB at %.0f Hz", (int)i, report->tone.applied_db[k], am_band_hz(k));
    }
}

static double side_rms(void)
{
    double squares = 0.0;

    for (int k = 0; k < AM_BANDS; k++)
        squares += pow(report->plan.width.side_db[k], 2.0) / AM_BANDS;
    return sqrt(squares);
}

/* 25 % is a quarter of what 100 % would do, 150 % one and a half of it: of what is wanted, and within the fit of what is done. */
static void amounts_say_how_far(void **state)
{
    const double amounts[] = { 0.25, 0.5, 0.75, 1.5 };
    double eq_db[AM_BANDS], side_db[AM_BANDS];
    uint64_t seed = 3;

    (void)state;
    test_other_section(5, 0.5, reference);
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = am_band_hz(k) > 200.0 ? 2.5 : 0.0;
    chain(&seed, eq_db);
    for (int k = 0; k < AM_BANDS; k++)
        eq_db[k] *= 0.5;
    test_filter(reference, eq_db, side_db);
    solve();
    const am_evidence tone = report->tone, width = report->width;
    const double whole_side_db = side_rms();
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        options.amount_tone = options.amount_width = amounts[i];
        solve();
        for (int k = 0; k < AM_BANDS; k++)
            if (!(fabs(report->tone.wanted_db[k] - amounts[i] * tone.wanted_db[k]) < 1e-9) ||
                !(fabs(report->width.wanted_db[k] - amounts[i] * width.wanted_db[k]) < 1e-9))
                fail_msg("amount %g, %.0f Hz: tone %.2f, side %.2f dB are wanted, at 100 %% %.2f and %.2f", amounts[i], am_band_hz(k),
                         report->tone.wanted_db[k], report->width.wanted_db[k], tone.wanted_db[k], width.wanted_db[k]);
        const double done_db = shape_rms(report->tone.applied_db, NULL), whole_db = shape_rms(tone.applied_db, NULL), moved_db = side_rms();
        if (!(fabs(done_db - amounts[i] * whole_db) < AM_PEQ_GOOD_DB) || !(fabs(moved_db - amounts[i] * whole_side_db) < 0.01))
            fail_msg("amount %g moves the tone by %.2f dB, 100 %% by %.2f, the width by %.2f and %.2f", amounts[i], done_db, whole_db,
                     moved_db, whole_side_db);
    }
}

/* One amount is no matter of the other. */
static void amounts_do_not_mix(void **state)
{
    (void)state;
    test_song(2, reference);
    solve();
    const am_plan whole = report->plan;
    options.amount_tone = 0.0;
    solve();
    assert_memory_equal(&report->plan.width, &whole.width, sizeof whole.width);
}

/* The bass that is gathered goes with the amount, too, and never further in than where it does no harm. */
static void the_low_end_is_gathered_as_far_as_asked(void **state)
{
    double side_db[AM_BANDS], whole_db;

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = am_band_hz(k) < 120.0 ? 16.0 : 0.0;
    test_filter(song, NULL, side_db);
    song->stereo.low_side_db = 0.0;
    solve();
    must_note("low_end_side");
    whole_db = report->plan.width.side_db[6];
    options.amount_width = 0.5;
    solve();
    if (!(whole_db < -6.0) || !(fabs(report->plan.width.side_db[6] - 0.5 * whole_db) < 0.011))
        fail_msg("half of %.2f dB is %.2f dB", whole_db, report->plan.width.side_db[6]);
    options.amount_width = 1.5;
    solve();
    assert_true(report->plan.width.side_db[6] >= -AM_WIDTH_LOW_CUT_DB);
}

static void exact_amounts_go_part_of_the_way(void **state)
{
    (void)state;
    test_song(2, reference);
    options.match = AM_MATCH_EXACT;
    solve();
    const am_eq whole = report->plan.tone;
    options.amount_tone = options.amount_width = 0.5;
    solve();
    for (int k = 0; k < AM_BANDS; k++)
        if (!(fabs(report->plan.tone.curve_db[k] - 0.5 * whole.curve_db[k]) < 0.05))
            fail_msg("%.0f Hz: half of %.2f dB is %.2f dB", am_band_hz(k), whole.curve_db[k], report->plan.tone.curve_db[k]);
    options.amount_tone = options.amount_width = 1.5;
    solve();
    assert_memory_equal(&report->plan.tone, &whole, sizeof whole);
}

/* ------------------------------------------------------------------ invariance */

static void gain_and_swapped_channels_change_nothing(void **state)
{
    uint64_t seed = 3;
    double eq_db[AM_BANDS];
    am_plan first;

    (void)state;
    chain(&seed, eq_db);
    test_filter(song, eq_db, eq_db);
    solve();
    first = report->plan;
    song->loudness.integrated_lufs -= 20.0;     /* spectra are relative to it */
    song->peak.sample_dbfs -= 20.0;
    song->peak.true_peak_dbtp -= 20.0;
    for (int k = 0; k < AM_BANDS; k++)
        song->stereo.band_balance_db[k] *= -1.0;
    solve();
    assert_memory_equal(&report->plan.tone, &first.tone, sizeof first.tone);
    assert_memory_equal(&report->plan.width, &first.width, sizeof first.width);
}

/* ------------------------------------------------------------------ refusals */

static void mono_references_leave_the_image_alone(void **state)
{
    double side_db[AM_BANDS];

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = -20.0;
    reference->stereo.layout = AM_LAYOUT_DUAL_MONO;
    test_filter(reference, NULL, side_db);
    for (int exact = 0; exact < 2; exact++) {
        options.match = exact ? AM_MATCH_EXACT : AM_MATCH_NATURAL;
        solve();
        assert_false(report->plan.width.enabled);
        must_note("reference_mono");
    }
}

static void mono_inputs_stay_mono(void **state)
{
    (void)state;
    song->stereo.layout = AM_LAYOUT_MONO;
    for (int k = 0; k < AM_BANDS; k++)
        song->side.power_db[k] = song->side.mean_db[k] = song->stereo.band_width_db[k] = -INFINITY;
    for (int exact = 0; exact < 2; exact++) {
        options.match = exact ? AM_MATCH_EXACT : AM_MATCH_NATURAL;
        solve();
        assert_false(report->plan.width.enabled);
        must_note("input_mono");
    }
}

static void almost_mono_is_never_widened(void **state)
{
    double side_db[AM_BANDS];

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = -24.0;
    test_filter(song, NULL, side_db);
    song->stereo.width_db = -32.0;
    for (int exact = 0; exact < 2; exact++) {
        options.match = exact ? AM_MATCH_EXACT : AM_MATCH_NATURAL;
        solve();
        for (int k = 0; k < AM_BANDS; k++)
            assert_true(report->plan.width.side_db[k] <= 0.0);
        must_note("near_mono");
    }
}

static void widening_stays_mono_compatible(void **state)
{
    double side_db[AM_BANDS];

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = 14.0;              /* the reference is all side */
    test_filter(reference, NULL, side_db);
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = 6.0;
    test_filter(song, NULL, side_db);
    song->stereo.correlation_min = 0.15;
    solve();
    must_note("width_correlation");
    for (int k = 0; k < AM_BANDS; k++) {
        const double ratio = am_power_from_db(song->side.power_db[k] + report->plan.width.side_db[k] - song->mid.power_db[k]);

        if (!(ratio <= 1.01))
            fail_msg("%.0f Hz: side over mid %.2f, correlation below 0", am_band_hz(k), ratio);
    }
}

/* The side of the mix 3 dB down above 200 Hz, so that a step up is wanted there */
static void make_narrow(void)
{
    double side_db[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = am_band_hz(k) > 200.0 ? -3.0 : 0.0;
    test_filter(song, NULL, side_db);
}

static void a_guard_cuts_no_hole_of_one_band(void **state)
{
    const double *side_db = report->plan.width.side_db;

    (void)state;
    make_narrow();
    song->side.power_db[30] = song->mid.power_db[30] + 1.0;     /* out of phase already */
    solve();
    if (!(side_db[30] < 0.2) || report->width.limit[30] != AM_LIMIT_CORRELATION)
        fail_msg("side %+.2f dB where the correlation is below 0", side_db[30]);
    for (int k = 27; k < 33; k++)
        if (!(fabs(side_db[k + 1] - side_db[k]) < 1.5))
            fail_msg("%.0f Hz: side %+.2f dB beside %+.2f dB", am_band_hz(k), side_db[k], side_db[k + 1]);
    if (!(side_db[26] > 2.0) || !(side_db[34] > 2.0))
        fail_msg("half an octave away the side moves by %.2f and %.2f dB", side_db[26], side_db[34]);
}

static void no_side_is_raised_where_the_reference_is_narrower(void **state)
{
    double side_db[AM_BANDS];

    (void)state;
    make_narrow();
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = am_band_hz(k) > 9000.0 ? -6.0 : 0.0;
    test_filter(reference, NULL, side_db);
    solve();
    if (!(report->plan.width.side_db[36] > 1.0))
        fail_msg("side %+.2f dB at %.0f Hz", report->plan.width.side_db[36], am_band_hz(36));
    for (int k = 57; k < AM_BANDS; k++)
        if (!(report->plan.width.side_db[k] <= 0.0))
            fail_msg("side %+.2f dB at %.0f Hz", report->plan.width.side_db[k], am_band_hz(k));
}

static void a_wide_bass_is_gathered(void **state)
{
    double side_db[AM_BANDS] = { 0 };

    (void)state;
    for (int k = 0; am_band_hz(k) < 130.0; k++)
        side_db[k] = 12.0;
    test_filter(song, NULL, side_db);
    song->stereo.low_side_db = -2.0;    /* 10 dB wider than what does no harm */
    solve();
    must_note("low_end_side");
    assert_true(report->plan.width.side_db[8] <= -8.0);
    assert_true(report->plan.width.side_db[8] >= -12.0);
}

/* 10 dB and more missing on top of one of the two, because a codec cut it off: nothing may be raised there. */
static void lossy(am_analysis *a)
{
    double cut_db[AM_BANDS] = { 0 };
    const am_spectrum mid = a->mid, side = a->side;

    for (int k = 0; k < AM_BANDS; k++)
        cut_db[k] = am_band_hz(k) > 15500.0 ? -50.0 : 0.0;
    test_filter(a, cut_db, cut_db);
    for (int t = 0; t < AM_TWELFTHS; t++) {
        a->mid.twelfth_db[t] = mid.twelfth_db[t] - (am_twelfth_hz(t) > 16000.0 ? 50.0 : 0.0);
        a->side.twelfth_db[t] = side.twelfth_db[t] - (am_twelfth_hz(t) > 16000.0 ? 50.0 : 0.0);
    }
    a->cutoff_hz = 16000.0;
}

static void no_side_is_raised_above_a_cut_off(void **state)
{
    (void)state;
    for (am_match match = AM_MATCH_NATURAL; match <= AM_MATCH_EXACT; match++) {
        options.match = match;
        test_song(1, song);
        make_narrow();
        test_song(1, reference);
        lossy(reference);
        solve();
        assert_true(report->plan.width.side_db[50] > 1.0);
        for (int k = 0; k < AM_BANDS; k++)
            if (!isfinite(report->width.difference_db[k]) && am_band_hz(k) > 10000.0)
                if (!(report->plan.width.side_db[k] <= 0.0) || report->width.limit[k] != AM_LIMIT_LOSSY)
                    fail_msg("side %+.2f dB at %.0f Hz", report->plan.width.side_db[k], am_band_hz(k));
    }
}

static void no_boost_above(double hz, double allowed_db)
{
    for (int k = 0; k < AM_BANDS; k++)
        if (am_band_hz(k) > hz && !(report->tone.applied_db[k] <= allowed_db))
            fail_msg("%+.2f dB at %.0f Hz", report->tone.applied_db[k], am_band_hz(k));
}

static void what_a_codec_cut_is_not_raised(void **state)
{
    (void)state;
    lossy(song);
    for (int exact = 0; exact < 2; exact++) {
        options.match = exact ? AM_MATCH_EXACT : AM_MATCH_NATURAL;
        solve();
        no_boost_above(15100.0, 0.3);
        must_note("input_lossy");
    }
}

static void what_a_codec_cut_is_not_copied(void **state)
{
    (void)state;
    lossy(reference);
    for (int exact = 0; exact < 2; exact++) {
        options.match = exact ? AM_MATCH_EXACT : AM_MATCH_NATURAL;
        solve();
        must_note("reference_lossy");
        assert_int_equal(report->plan.tone.method, AM_EQ_OFF);
    }
}

static void an_empty_band_is_not_raised(void **state)
{
    double cut_db[AM_BANDS] = { 0 };

    (void)state;
    for (int k = 0; am_band_hz(k) < 60.0; k++)
        cut_db[k] = -60.0;
    test_filter(song, cut_db, cut_db);
    for (int exact = 0; exact < 2; exact++) {
        options.match = exact ? AM_MATCH_EXACT : AM_MATCH_NATURAL;
        solve();
        must_note("band_empty");
        for (int k = 0; am_band_hz(k) < 50.0; k++) {
            if (!(report->tone.applied_db[k] <= 1.0))
                fail_msg("%+.2f dB at %.0f Hz, where there is nothing", report->tone.applied_db[k], am_band_hz(k));
            if (am_band_hz(k) > 30.0 && exact)
                assert_int_equal(report->tone.limit[k], AM_LIMIT_EMPTY);
        }
    }
}

/* Make a band as steady as noise: over its floor by so much, in mid and side. */
static void steady(am_analysis *a, int band, double over_db)
{
    a->mid.floor_db[band] = a->mid.mean_db[band] - over_db;
    a->side.floor_db[band] = a->side.mean_db[band] - over_db;
}

static void find_caps(am_match match, am_caps *caps)
{
    assert_int_equal(am_target_from_references(reference, NULL, 1, &report->target, NULL), AM_OK);
    am_toneplan_caps(song, &report->target, match, caps);
}

static bool between_1_and_4_khz(int band) { return am_within(am_band_hz(band), 1000.0, 4000.0); }

/* A sustained mix whose sides are 9 dB over its middle: all that the middle is, is music. */
static void side_heavy_and_sustained_music_is_no_floor(void **state)
{
    double tone_db[AM_BANDS], side_db[AM_BANDS];
    am_caps caps;

    (void)state;
    for (int k = 0; k < AM_BANDS; k++) {
        tone_db[k] = -18.0 - song->mid.power_db[k];             /* the middle 16 dB under the usual at 1 .. 4 kHz, the side 7 dB */
        tone_db[k] -= between_1_and_4_khz(k) ? 16.0 : 0.0;
        side_db[k] = song->mid.power_db[k] - song->side.power_db[k] + 9.0;
    }
    test_filter(song, tone_db, side_db);
    for (int k = 0; k < AM_BANDS; k++)
        steady(song, k, 3.5);
    find_caps(AM_MATCH_NATURAL, &caps);
    for (int k = 0; k < AM_BANDS; k++)
        if (between_1_and_4_khz(k) && !(caps.boost_db[k] == AM_TONE_RANGE_DB))
            fail_msg("%.0f Hz: %.1f dB of boost where there is music", am_band_hz(k), caps.boost_db[k]);
}

/* 20 dB under the usual, and never more than even noise does over its floor */
static void a_steady_floor_is_found(void **state)
{
    double tone_db[AM_BANDS];
    am_caps caps;

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        tone_db[k] = between_1_and_4_khz(k) ? -38.0 - song->mid.power_db[k] : 0.0;
    test_filter(song, tone_db, NULL);
    for (int k = 0; k < AM_BANDS; k++)
        if (between_1_and_4_khz(k))
            steady(song, k, 1.2);
    for (int exact = 0; exact < 2; exact++) {
        find_caps(exact ? AM_MATCH_EXACT : AM_MATCH_NATURAL, &caps);
        for (int k = 0; k < AM_BANDS; k++)
            if (between_1_and_4_khz(k) && (caps.boost_db[k] > 0.0 || caps.boost_limit[k] != AM_LIMIT_EMPTY))
                fail_msg("%.0f Hz: %.1f dB of boost of a floor", am_band_hz(k), caps.boost_db[k]);
    }
}

static void caps_have_no_ledge(void **state)
{
    am_caps caps;

    (void)state;
    a_steady_floor_is_found(state);
    find_caps(AM_MATCH_NATURAL, &caps);
    for (int k = 1; k < AM_BANDS; k++)
        if (!(fabs(caps.boost_db[k] - caps.boost_db[k - 1]) <= 0.5 * AM_TONE_RANGE_DB + 1e-9))
            fail_msg("%.0f Hz: %.1f dB of boost beside %.1f dB", am_band_hz(k), caps.boost_db[k], caps.boost_db[k - 1]);
}

/* The side of the bass is as far under the middle as only a codec's residue is, that of the highs no more than the steps of 10 bits. */
static void exact_matching_raises_no_side_that_is_noise(void **state)
{
    double side_db[AM_BANDS], total_db = 0.0;

    (void)state;
    options.match = AM_MATCH_EXACT;
    song->effective_bits = 10;
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = song->mid.power_db[k] - song->side.power_db[k] - (am_band_hz(k) < 100.0 ? 45.0 : am_band_hz(k) > 6000.0 ? 40.0 : 25.0);
    test_filter(song, NULL, side_db);
    for (int k = 0; k < AM_BANDS; k++)
        side_db[k] = reference->mid.power_db[k] - reference->side.power_db[k] + 14.0;
    test_filter(reference, NULL, side_db);
    solve();
    must_note("side_empty");
    must_note("width_capped");
    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = am_band_hz(k), by_db = report->tone.applied_db[k] + report->plan.width.side_db[k];

        total_db = fmax(total_db, by_db);
        if ((hz < 90.0 || hz > 7000.0) && !(report->plan.width.side_db[k] <= fmax(-report->tone.applied_db[k], 0.0) + 0.5))
            fail_msg("%.0f Hz: side %+.1f dB where there is none to raise", hz, report->plan.width.side_db[k]);
    }
    if (!(total_db > 20.0 && total_db <= AM_WIDTH_BOOST_EXACT_DB + 0.02))
        fail_msg("the side is raised by %.1f dB", total_db);
}

static void sub_and_air_boosts_are_capped(void **state)
{
    double tilt_db[AM_BANDS];

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        tilt_db[k] = am_band_hz(k) < 60.0 || am_band_hz(k) > 10000.0 ? -12.0 : 0.0;
    test_filter(song, tilt_db, NULL);
    solve();
    must_note("tone_capped");
    for (int k = 0; k < AM_BANDS; k++) {
        const double most_db = am_band_hz(k) < 32.0 ? 3.0 : am_band_hz(k) > 15000.0 ? 5.0 : 9.0;

        if (!(report->tone.applied_db[k] <= most_db))
            fail_msg("%+.2f dB at %.0f Hz", report->tone.applied_db[k], am_band_hz(k));
    }
}

static void holes_in_the_analysis_are_survived(void **state)
{
    uint64_t seed = 23;

    (void)state;
    for (int trial = 0; trial < 60; trial++) {
        double eq_db[AM_BANDS];
        am_analysis *hurt = trial % 2 ? song : reference;

        test_song(1, song);
        test_song(2, reference);
        chain(&seed, eq_db);
        test_filter(song, eq_db, NULL);
        for (int i = 0; i < 20; i++) {
            const int k = (int)test_uniform(&seed, 0.0, 60.999), j = (int)test_uniform(&seed, 0.0, 60.999);
            const double bad = i % 3 == 0 ? (double)NAN : i % 3 == 1 ? -INFINITY : 1e9;

            if (i < 5)
                hurt->mid.mean_db[k] = hurt->mid.power_db[j] = bad;
            else if (i < 10)
                hurt->side.power_db[k] = hurt->stereo.band_width_db[j] = i % 3 ? -INFINITY : (double)NAN;
            else
                hurt->sections.mid_db2[k][j] = hurt->sections.width_db2[j][k] = hurt->sections.cross_db2[k][j] = NAN;
        }
        options.match = trial % 3 ? AM_MATCH_NATURAL : AM_MATCH_EXACT;
        solve();                        /* checks the plan: every number in range */
    }
}

/* A click in silence has no spectrum within the gate. */
static void nothing_known_leaves_it_alone(void **state)
{
    (void)state;
    for (int known = 0; known < 4; known++) {
        test_song(1, song);
        test_song(2, reference);
        for (int k = known; k < AM_BANDS; k++)
            song->mid.mean_db[k] = song->mid.power_db[k] = song->side.power_db[k] = song->stereo.band_width_db[k] = NAN;
        options.match = AM_MATCH_NATURAL;
        solve();
        for (int k = 20; k < AM_BANDS; k++)
            assert_true(fabs(report->tone.applied_db[k]) < 0.5);
    }
}

static void short_pieces_are_followed_with_caution(void **state)
{
    (void)state;
    test_song(2, reference);
    solve();
    const double sure = shape_rms(report->tone.applied_db, NULL);

    for (int i = 0; i < 2; i++) {
        am_analysis *a = i ? reference : song;

        a->gated_s = 8.0;
        a->sections.count = 1;
        for (int k = 0; k < AM_BANDS; k++)
            for (int j = 0; j < AM_BANDS; j++)
                a->sections.mid_db2[k][j] = a->sections.width_db2[k][j] = a->sections.cross_db2[k][j] = NAN;
    }
    solve();
    must_note("reference_short");
    must_note("input_short");
    if (!(shape_rms(report->tone.applied_db, NULL) < sure))
        fail_msg("%.2f dB rms from 8 s, %.2f from 180 s", shape_rms(report->tone.applied_db, NULL), sure);
}

static void the_profile_is_followed_gently(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 10; i++) {
        am_error err = { 0 };

        memset(report, 0, sizeof *report);
        am_plan_neutral(&report->plan, 44100);
        test_song(700 + i, &report->before);
        assert_int_equal(am_target_from_profile("neutral", &report->target, &err), AM_OK);
        assert_int_equal(am_plan_solve(&options, report, &err), AM_OK);
        for (int k = 10; k < 56; k++)
            if (!(fabs(report->tone.applied_db[k]) < 0.75 * fabs(report->tone.difference_db[k]) + 1.5))
                fail_msg("song %d: %+.1f dB at %.0f Hz for a difference of %+.1f", (int)i, report->tone.applied_db[k], am_band_hz(k),
                         report->tone.difference_db[k]);
    }
}

/* ------------------------------------------------------------------ errors */

static void bad_calls_are_told(void **state)
{
    am_error err = { 0 };

    (void)state;
    solve();
    assert_int_equal(am_plan_solve(NULL, report, &err), AM_ERR_RANGE);
    assert_int_equal(am_plan_solve(&options, NULL, &err), AM_ERR_RANGE);
    options.amount_tone = 1.6;
    assert_int_equal(am_plan_solve(&options, report, &err), AM_ERR_RANGE);
    options.amount_tone = NAN;
    assert_int_equal(am_plan_solve(&options, report, &err), AM_ERR_RANGE);
    options.amount_tone = 1.0;
    report->before.loudness.integrated_lufs = -INFINITY;
    assert_int_equal(am_plan_solve(&options, report, &err), AM_ERR_CONTENT);
    report->before.version = 0;
    assert_int_equal(am_plan_solve(&options, report, &err), AM_ERR_RANGE);
    assert_int_equal(am_plan_refine(&options, report, &err), AM_ERR_RANGE);
}

static void every_failed_allocation_is_told(void **state)
{
    am_status st = AM_ERR_NOMEM;

    (void)state;
    test_song(2, reference);
    solve();
    const am_plan before = report->plan;
    for (size_t k = 1; k <= 20 && st; k++) {
        faulty f;

        options.allocator = faulty_init(&f, k);
        st = am_plan_solve(&options, report, NULL);
        assert_true(st == AM_OK || st == AM_ERR_NOMEM);
        assert_int_equal(f.live, 0);
        if (st)
            assert_memory_equal(&report->plan, &before, sizeof before);
    }
    assert_int_equal(st, AM_OK);
    assert_memory_equal(&report->plan, &before, sizeof before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reference_equal_to_the_input_changes_nothing),
        TEST(an_offset_is_judged_by_what_it_becomes),
        TEST(an_empty_middle_leaves_tone_and_width_alone),
        TEST(clipping_is_told),
        TEST(amount_zero_leaves_it_alone),
        TEST(another_section_of_the_song_is_hardly_corrected),
        TEST(known_chains_are_undone),
        TEST(side_gain_is_undone),
        TEST(exact_matching_follows_the_reference),
        TEST(refining_takes_off_what_is_left),
        TEST(natural_matching_of_another_song_is_restrained_and_nearer),
        TEST(amounts_say_how_far),
        TEST(amounts_do_not_mix),
        TEST(the_low_end_is_gathered_as_far_as_asked),
        TEST(exact_amounts_go_part_of_the_way),
        TEST(gain_and_swapped_channels_change_nothing),
        TEST(mono_references_leave_the_image_alone),
        TEST(mono_inputs_stay_mono),
        TEST(almost_mono_is_never_widened),
        TEST(widening_stays_mono_compatible),
        TEST(a_guard_cuts_no_hole_of_one_band),
        TEST(no_side_is_raised_where_the_reference_is_narrower),
        TEST(no_side_is_raised_above_a_cut_off),
        TEST(a_wide_bass_is_gathered),
        TEST(what_a_codec_cut_is_not_raised),
        TEST(what_a_codec_cut_is_not_copied),
        TEST(an_empty_band_is_not_raised),
        TEST(side_heavy_and_sustained_music_is_no_floor),
        TEST(a_steady_floor_is_found),
        TEST(caps_have_no_ledge),
        TEST(exact_matching_raises_no_side_that_is_noise),
        TEST(sub_and_air_boosts_are_capped),
        TEST(holes_in_the_analysis_are_survived),
        TEST(nothing_known_leaves_it_alone),
        TEST(short_pieces_are_followed_with_caution),
        TEST(the_profile_is_followed_gently),
        TEST(bad_calls_are_told),
        TEST(every_failed_allocation_is_told),
    };

    return cmocka_run_group_tests_name("solve", tests, NULL, NULL);
}
