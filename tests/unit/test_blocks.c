/* test_blocks.c - base/blocks.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/blocks.h"
#include "base/db.h"
#include "tests/support/faulty.h"

static void values_come_back_within_0_02_db(void **state)
{
    enum { COUNT = 200000 };        /* more than one page */
    am_blocks *blocks = NULL;

    (void)state;
    assert_int_equal(am_blocks_open(48000.0, NULL, &blocks, NULL), AM_OK);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(am_blocks_push(blocks, am_gain_from_db(-189.0 + 0.0037 * i), am_power_from_db(-189.0 + 0.0023 * i), NULL), AM_OK);
    assert_int_equal(am_blocks_count(blocks), COUNT);
    for (size_t i = 0; i < COUNT; i += 7) {
        float peak, power;

        am_blocks_read(blocks, i, 1, &peak, &power);
        if (fabs(am_db_from_gain((double)peak) - (-189.0 + 0.0037 * (double)i)) > 0.02)
            fail_msg("peak %.4f dB, want %.4f", am_db_from_gain((double)peak), -189.0 + 0.0037 * (double)i);
        if (fabs(am_db_from_power((double)power) - fmin(-189.0 + 0.0023 * (double)i, 385.0)) > 0.02)
            fail_msg("power %.4f dB, want %.4f", am_db_from_power((double)power), -189.0 + 0.0023 * (double)i);
    }
    am_blocks_close(blocks);
}

static void silence_and_extremes(void **state)
{
    static const double values[] = { 0.0, 1e-30, 1.0, 3e38, 1e300, -1.0, NAN };
    static const float want[] = { 0.0f, 0.0f, 1.0f, 0.0f, 0.0f, 0.0f, 0.0f };
    am_blocks *blocks = NULL;
    float peak[7], power[7];

    (void)state;
    assert_int_equal(am_blocks_open(44100.0, NULL, &blocks, NULL), AM_OK);
    for (int i = 0; i < 7; i++)
        assert_int_equal(am_blocks_push(blocks, values[i], values[i], NULL), AM_OK);
    am_blocks_read(blocks, 0, 7, peak, power);
    for (int i = 0; i < 7; i++) {
        assert_true(isfinite(peak[i]) && isfinite(power[i]));
        if (i != 1 && i != 3 && i != 4)
            assert_true(peak[i] == want[i] && power[i] == want[i]);
    }
    assert_true(power[1] == 0.0f && peak[3] > 1e38f && peak[4] > 1e38f);
    am_blocks_close(blocks);
}

static void a_ride_moves_peaks_and_powers(void **state)
{
    enum { COUNT = 70002, STEPS = (COUNT + 3) / 4 };
    static float gains_db[STEPS], peak[COUNT], power[COUNT], neper[COUNT];
    am_blocks *blocks = NULL;

    (void)state;
    assert_int_equal(am_blocks_open(48000.0, NULL, &blocks, NULL), AM_OK);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(am_blocks_push(blocks, i == 9 ? 0.0 : 0.5, 0.02, NULL), AM_OK);
    for (int i = 0; i < STEPS; i++)
        gains_db[i] = (float)(12.0 * sin(0.01 * i));
    assert_int_equal(am_blocks_ride(blocks, gains_db, STEPS, NULL), AM_OK);
    am_blocks_read(blocks, 0, COUNT, peak, power);
    am_blocks_read_log(blocks, 0, COUNT, neper);
    assert_true(peak[9] == 0.0f && neper[9] < -700.0f);
    for (int i = 0; i < COUNT; i++) {
        const double step = ((double)i + 0.5) / 4.0 - 0.5, wanted_db = step < 0.0 ? 0.0 : 12.0 * sin(0.01 * fmin(step, STEPS - 1));

        if (i == 9)
            continue;
        if (fabs(am_db_from_gain(2.0 * (double)peak[i]) - wanted_db) > 0.03 || fabs(am_db_from_power(50.0 * (double)power[i]) - wanted_db) > 0.03 ||
            fabs(8.685889638 * (double)neper[i] - am_db_from_gain((double)peak[i])) > 1e-3)
            fail_msg("block %d: peak %.3f, power %.3f, log %.3f dB, wanted %.3f", i, am_db_from_gain(2.0 * (double)peak[i]),
                     am_db_from_power(50.0 * (double)power[i]), 8.685889638 * (double)neper[i] + 6.0206, wanted_db);
    }
    assert_int_equal(am_blocks_ride(blocks, NULL, 0, NULL), AM_OK);
    am_blocks_read(blocks, 4000, 1, peak, power);
    assert_true(peak[0] == 0.5f);
    am_blocks_close(blocks);
}

static void blocks_last_0_7_ms_at_any_rate(void **state)
{
    static const struct { double rate_hz; size_t frames; } cases[] = {
        { 8000.0, 32 }, { 44100.0, 32 }, { 50000.0, 32 }, { 88200.0, 64 }, { 96000.0, 64 }, { 192000.0, 128 }, { 384000.0, 256 }
    };

    (void)state;
    for (int i = 0; i < 7; i++) {
        am_blocks *blocks = NULL;

        assert_int_equal(am_blocks_open(cases[i].rate_hz, NULL, &blocks, NULL), AM_OK);
        assert_int_equal(am_blocks_frames(blocks), cases[i].frames);
        assert_true(am_blocks_rate_hz(blocks) == cases[i].rate_hz);
        am_blocks_close(blocks);
    }
    am_blocks_close(NULL);
}

static void bad_rates_and_no_memory_are_reported(void **state)
{
    faulty few;
    am_blocks *blocks = NULL;
    am_error err = { 0 };

    (void)state;
    assert_int_equal(am_blocks_open(NAN, NULL, &blocks, &err), AM_ERR_RANGE);
    assert_int_equal(am_blocks_open(7999.0, NULL, &blocks, &err), AM_ERR_RANGE);
    for (int ration = 0; ration < 3; ration++) {
        am_status st;

        (void)faulty_init(&few, (size_t)ration + 1);
        blocks = NULL;
        st = am_blocks_open(48000.0, &few.allocator, &blocks, &err);
        if (!st)
            st = am_blocks_push(blocks, 1.0, 1.0, &err);
        assert_int_equal(st, AM_ERR_NOMEM);
        am_blocks_close(blocks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_within_0_02_db),
        cmocka_unit_test(silence_and_extremes),
        cmocka_unit_test(a_ride_moves_peaks_and_powers),
        cmocka_unit_test(blocks_last_0_7_ms_at_any_rate),
        cmocka_unit_test(bad_rates_and_no_memory_are_reported),
    };

    return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
