#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/db.h"
#include "dsp/curve.h"
#include "match/bands.h"
#include "match/exact.h"
#include "match/params.h"
#include "tests/support/analyses.h"

static am_analysis song, reference;

/* Tonal music: of eight twelfths of an octave, one holds nearly all power. */
static void make_tonal(am_analysis *a, int from)
{
    for (int t = 0; t < AM_TWELFTHS; t++)
        if ((t + from) % 8) {
            a->mid.twelfth_db[t] -= 18.0;
            a->side.twelfth_db[t] -= 18.0;
        }
}

static void set_up(am_exact *e)
{
    test_song(1, &song);
    test_song(2, &reference);
    *e = (am_exact){ .before = &song, .tone.free = true, .side.free = true };
    for (int k = 0; k < AM_BANDS; k++) {
        e->tone.known[k] = e->side.known[k] = true;
        e->tone.low_db[k] = e->side.low_db[k] = -36.0;
        e->tone.high_db[k] = e->side_room_db[k] = 24.0;
    }
}

static void aim(am_exact *e)
{
    for (int k = 0; k < AM_BANDS; k++) {
        e->mid_db[k] = am_third_db(reference.mid.twelfth_db, k);
        e->side_db[k] = am_third_db(reference.side.twelfth_db, k);
        e->tone.asked_db[k] = am_sixth_db(reference.mid.twelfth_db, k) - am_sixth_db(song.mid.twelfth_db, k);
        e->side.asked_db[k] = am_sixth_db(reference.side.twelfth_db, k) - am_sixth_db(song.side.twelfth_db, k) - e->tone.asked_db[k];
    }
}

/* rms of what the curves leave, after the common level */
static double missed_db(const am_exact *e, const double *goal_db, bool side)
{
    double mid_db[AM_BANDS], side_db[AM_BANDS], mean = 0.0, squares = 0.0;

    assert_int_equal(am_exact_predict(&song, e->tone.gain_db, e->side.gain_db, NULL, mid_db, side_db, NULL), AM_OK);
    for (int k = 0; k < AM_BANDS; k++)
        mean += (mid_db[k] - e->mid_db[k]) / AM_BANDS;
    for (int k = 0; k < AM_BANDS; k++)
        squares += pow((side ? side_db : mid_db)[k] - goal_db[k] - mean, 2.0) / AM_BANDS;
    return sqrt(squares);
}

static void prediction_is_the_filtered_power(void **state)
{
    double tone_db[AM_BANDS], side_db[AM_BANDS], mid_out_db[AM_BANDS], side_out_db[AM_BANDS], offset_db = NAN;
    am_analysis filtered;

    (void)state;
    test_song(1, &song);
    make_tonal(&song, 3);
    filtered = song;
    for (int k = 0; k < AM_BANDS; k++) {
        tone_db[k] = 9.0 * sin(0.7 * k);
        side_db[k] = 5.0 * cos(0.9 * k);
    }
    for (int t = 0; t < AM_TWELFTHS; t++) {
        filtered.mid.twelfth_db[t] += am_curve_at(tone_db, am_twelfth_hz(t));
        filtered.side.twelfth_db[t] += am_curve_at(tone_db, am_twelfth_hz(t)) + am_curve_at(side_db, am_twelfth_hz(t));
    }
    assert_int_equal(am_exact_predict(&song, tone_db, side_db, NULL, mid_out_db, side_out_db, NULL), AM_OK);
    for (int k = 0; k < AM_BANDS; k++) {
        if (!k)
            offset_db = am_third_db(filtered.mid.twelfth_db, k) - mid_out_db[k];
        assert_true(fabs(am_third_db(filtered.mid.twelfth_db, k) - mid_out_db[k] - offset_db) < 1e-9);
        assert_true(fabs(am_third_db(filtered.side.twelfth_db, k) - side_out_db[k] - offset_db) < 1e-9);
    }
}

static void thirds_are_sums_of_twelfths_with_soft_edges_in_the_bass(void **state)
{
    (void)state;
    test_song(1, &song);
    for (int k = 24; k < AM_BANDS; k++) {
        double sum = 0.0;

        for (int t = 2 * k; t < 2 * k + 4; t++)
            sum += am_power_from_db(song.mid.twelfth_db[t]);
        assert_true(fabs(am_third_db(song.mid.twelfth_db, k) - am_db_from_power(sum)) < 1e-9);
    }
    for (int k = 10; k < AM_BANDS; k++) {       /* white: as much power as an ideal third */
        double white_db[AM_TWELFTHS];

        for (int t = 0; t < AM_TWELFTHS; t++)
            white_db[t] = am_db_from_power(am_twelfth_hz(t) * (exp2(1.0 / 24.0) - exp2(-1.0 / 24.0)));
        assert_true(fabs(am_third_db(white_db, k) - am_db_from_power(am_band_hz(k) * (exp2(1.0 / 6.0) - exp2(-1.0 / 6.0)))) < 0.05);
    }
}

/* Thirds alone would be met just as well by a curve that goes up and down from point to point: without the pull it is 25 dB away in tonal music. */
static void stays_with_what_is_asked(const am_exact *e, int tonal)
{
    double strain_db[AM_BANDS], level_db, worst_db = 0.0;

    for (int k = 0; k < AM_BANDS; k++)
        strain_db[k] = e->tone.gain_db[k] - e->tone.asked_db[k];
    level_db = am_exact_level_db(strain_db);
    for (int k = 0; k < AM_BANDS; k++)
        worst_db = fmax(worst_db, fabs(strain_db[k] - level_db));
    print_message("tonal %d: at worst %.2f dB from what is asked\n", tonal, worst_db);
    if (!(worst_db < 8.0))
        fail_msg("tonal %d: %.2f dB from what is asked", tonal, worst_db);
}

static void another_song_is_followed_also_where_both_are_tonal(void **state)
{
    (void)state;
    for (int tonal = 0; tonal < 3; tonal++) {
        am_exact e;

        set_up(&e);
        if (tonal)
            make_tonal(&song, 0);
        if (tonal > 1)
            make_tonal(&reference, 4);
        aim(&e);
        assert_int_equal(am_exact_solve(&e, NULL, NULL), AM_OK);
        const double mid = missed_db(&e, e.mid_db, false), side = missed_db(&e, e.side_db, true);

        print_message("tonal %d: %.3f mid, %.3f side dB rms left\n", tonal, mid, side);
        if (!(mid < (tonal ? 0.8 : 0.05)) || !(side < (tonal ? 0.8 : 0.05)))
            fail_msg("tonal %d: %.3f mid, %.3f side dB rms left", tonal, mid, side);
        stays_with_what_is_asked(&e, tonal);
    }
}

static void caps_hold_and_their_neighbours_do_not_suffer(void **state)
{
    am_exact e;

    (void)state;
    set_up(&e);
    aim(&e);
    for (int k = 0; k < AM_BANDS; k++)
        if (k >= 30 && k < 34) {
            e.mid_db[k] -= 60.0;
            e.tone.asked_db[k] -= 60.0;
        }
    for (int k = 0; k < 12; k++)
        e.tone.high_db[k] = 0.0;
    assert_int_equal(am_exact_solve(&e, NULL, NULL), AM_OK);
    for (int k = 0; k < AM_BANDS; k++) {
        assert_true(e.tone.gain_db[k] >= e.tone.low_db[k] && e.tone.gain_db[k] <= e.tone.high_db[k]);
        assert_true(e.side.gain_db[k] >= e.side.low_db[k] && e.side.gain_db[k] <= e.side.high_db[k]);
        if ((k > 16 && k < 26) || k > 38)
            if (!(fabs(e.tone.left_db[k]) < 1.0))
                fail_msg("band %d lacks %.2f dB", k, e.tone.left_db[k]);
    }
    assert_true(e.tone.gain_db[32] <= -34.0);
}

static void the_side_does_not_fill_in_for_the_mid(void **state)
{
    double mid_db[AM_BANDS], side_db[AM_BANDS];
    am_exact e;

    (void)state;
    set_up(&e);
    aim(&e);
    for (int k = 0; k < 20; k++) {
        e.mid_db[k] += 20.0;
        e.side_db[k] += 20.0;
        e.tone.high_db[k] = 0.0;
    }
    assert_int_equal(am_exact_solve(&e, NULL, NULL), AM_OK);
    assert_int_equal(am_exact_predict(&song, e.tone.gain_db, e.side.gain_db, NULL, mid_db, side_db, NULL), AM_OK);
    for (int k = 2; k < 18; k++)
        if (!(side_db[k] - mid_db[k] < e.side_db[k] - e.mid_db[k] + AM_EXACT_WIDER_DB + 0.3))
            fail_msg("band %d: side %.2f over mid, wanted %.2f", k, side_db[k] - mid_db[k], e.side_db[k] - e.mid_db[k]);
}

static void what_is_given_stays(void **state)
{
    am_exact e;

    (void)state;
    set_up(&e);
    aim(&e);
    e.tone.free = false;
    e.side_over_mid = true;
    for (int k = 0; k < AM_BANDS; k++) {
        e.tone.gain_db[k] = 0.1 * k;
        e.side_db[k] -= e.mid_db[k];
    }
    assert_int_equal(am_exact_solve(&e, NULL, NULL), AM_OK);
    for (int k = 0; k < AM_BANDS; k++) {
        assert_true(e.tone.gain_db[k] == 0.1 * k);
        if (!(fabs(e.side.left_db[k]) < 0.3))
            fail_msg("band %d: the side lacks %.2f dB", k, e.side.left_db[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prediction_is_the_filtered_power),
        cmocka_unit_test(thirds_are_sums_of_twelfths_with_soft_edges_in_the_bass),
        cmocka_unit_test(another_song_is_followed_also_where_both_are_tonal),
        cmocka_unit_test(caps_hold_and_their_neighbours_do_not_suffer),
        cmocka_unit_test(the_side_does_not_fill_in_for_the_mid),
        cmocka_unit_test(what_is_given_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
