/* test_stereo.c - layouts, correlation, width, balance, fold-down */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "tests/support/listen.h"

enum { RATE = 44100, FRAMES = 12 * RATE };

typedef struct signals {
    am_analysis a;
    float left[FRAMES], right[FRAMES];
} signals;

static void layouts_are_told_apart(void **state)
{
    signals *s = *state;

    listen_noise(s->left, s->right, FRAMES, RATE, 3);
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    assert_int_equal(s->a.stereo.layout, AM_LAYOUT_STEREO);
    listen_stereo(s->left, s->left, FRAMES, RATE, &s->a);
    assert_int_equal(s->a.stereo.layout, AM_LAYOUT_DUAL_MONO);
    check_near("correlation", s->a.stereo.correlation, 1.0, 1e-9);
    check_near("fold-down", s->a.stereo.fold_down_lu, 0.0, 1e-6);
    check_near("width", s->a.stereo.width_db, -120.0, 0.0);
    for (int i = 0; i < FRAMES; i++)
        s->right[i] = -s->left[i];
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    assert_int_equal(s->a.stereo.layout, AM_LAYOUT_ANTIPHASE);
    check_near("correlation", s->a.stereo.correlation, -1.0, 1e-9);
    memset(s->right, 0, sizeof s->right);
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    assert_int_equal(s->a.stereo.layout, AM_LAYOUT_ONE_SIDED);
    check_near("balance", s->a.stereo.balance_db, -120.0, 0.0);
    check_near("width", s->a.stereo.width_db, 0.0, 1e-6);
    check_near("fold-down", s->a.stereo.fold_down_lu, 3.0103, 1e-3);
    s->right[FRAMES / 2] = 1e-6f;
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    assert_int_equal(s->a.stereo.layout, AM_LAYOUT_STEREO);
}

/* Against sums over the samples. */
static void totals_are_their_definitions(void **state)
{
    signals *s = *state;
    double ll = 0.0, rr = 0.0, lr = 0.0, mm = 0.0, ss = 0.0;

    listen_noise(s->left, s->right, FRAMES, RATE, 9);
    for (int i = 0; i < FRAMES; i++) {
        const double l = (double)s->left[i], r = (double)(s->right[i] *= 0.5f);

        ll += l * l;
        rr += r * r;
        lr += l * r;
        mm += (l + r) * (l + r);
        ss += (l - r) * (l - r);
    }
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    check_near("correlation", s->a.stereo.correlation, lr / sqrt(ll * rr), 1e-6);
    check_near("width", s->a.stereo.width_db, am_db_from_power(ss / mm), 1e-4);
    check_near("balance", s->a.stereo.balance_db, am_db_from_power(rr / ll), 1e-4);
    for (int b = 34; b < 58; b++)
        check_near("band balance", s->a.stereo.band_balance_db[b], am_db_from_power(rr / ll), 0.4);
}

/* Fold-down against the loudness of a file that is folded down. */
static void fold_down_is_what_the_meter_says(void **state)
{
    signals *s = *state;
    double stereo, lost;

    listen_noise(s->left, s->right, FRAMES, RATE, 13);
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    stereo = s->a.loudness.integrated_lufs;
    lost = s->a.stereo.fold_down_lu;
    for (int i = 0; i < FRAMES; i++)
        s->left[i] = 0.5f * (s->left[i] + s->right[i]);
    listen_stereo(s->left, s->left, FRAMES, RATE, &s->a);
    assert_true(lost > 0.5);
    check_near("fold-down", lost, stereo - s->a.loudness.integrated_lufs, 0.05);
}

static void the_worst_window_is_found(void **state)
{
    signals *s = *state;

    listen_noise(s->left, s->right, FRAMES, RATE, 17);
    for (int i = 0; i < FRAMES; i++)
        s->right[i] = i >= 4 * RATE && i < 8 * RATE ? -s->left[i] : s->left[i];
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    check_near("worst correlation", s->a.stereo.correlation_min, -1.0, 1e-6);
    assert_true(s->a.stereo.correlation > 0.0);
}

static void a_wide_bass_shows_in_the_low_side(void **state)
{
    signals *s = *state;

    for (int i = 0; i < FRAMES; i++) {
        const double mid = 0.3 * sin(2.0 * AM_PI * 60.0 * i / RATE), high = 0.3 * sin(2.0 * AM_PI * 1500.0 * i / RATE);
        const double side = 0.03 * sin(2.0 * AM_PI * 70.0 * i / RATE);

        s->left[i] = (float)(mid + side + high);
        s->right[i] = (float)(mid - side - high);
    }
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    check_near("low side", s->a.stereo.low_side_db, -20.0, 0.3);
    assert_true(s->a.stereo.low_side_s >= 0.0);
    check_near("width", s->a.stereo.width_db, 0.0, 0.1);
}

static int make_state(void **state) { return listen_state(state, sizeof(signals)); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_are_told_apart),
        cmocka_unit_test(totals_are_their_definitions),
        cmocka_unit_test(fold_down_is_what_the_meter_says),
        cmocka_unit_test(the_worst_window_is_found),
        cmocka_unit_test(a_wide_bass_shows_in_the_low_side),
    };

    return cmocka_run_group_tests_name("stereo", tests, make_state, listen_drop);
}
