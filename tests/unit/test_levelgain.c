/* test_levelgain.c - dsp/levelgain.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/db.h"
#include "dsp/compgain.h"
#include "dsp/levelgain.h"

static const am_leveller usual = {
    .enabled = true, .level_lufs = -20.0, .amount = 0.5, .range_db = 3.0, .slew_db_s = 1.0, .floor_lufs = -40.0
};

static void check_near(const char *what, double is, double wanted, double tolerance)
{
    if (!(fabs(is - wanted) <= tolerance))
        fail_msg("%s is %.6f, wanted %.6f +- %g", what, is, wanted, tolerance);
}

static void pieces_last_a_tenth_of_a_second(void **state)
{
    static const double rates[] = { 8000.0, 22050.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0 };

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const size_t steps = am_levelgain_steps(rates[i]);

        assert_true(steps % 2 == 0);
        check_near("piece", (double)(steps * am_compgain_frames(rates[i])) / rates[i], 0.1, rates[i] < 20000.0 ? 0.02 : 0.007);
    }
}

static void the_curve_is_straight_within_its_range(void **state)
{
    (void)state;
    check_near("there", am_levelgain_static(&usual, -20.0), 0.0, 0.0);
    check_near("softer", am_levelgain_static(&usual, -24.0), 2.0, 1e-12);
    check_near("louder", am_levelgain_static(&usual, -16.0), -2.0, 1e-12);
    check_near("soft", am_levelgain_static(&usual, -60.0), 3.0, 0.0);
    check_near("loud", am_levelgain_static(&usual, 10.0), -3.0, 0.0);
}

static void silence_is_left_out(void **state)
{
    const float sound = (float)am_power_from_lufs(-18.0), hiss = (float)am_power_from_lufs(-40.5);
    const float half[4] = { hiss, sound, sound, 0.0f }, silence[3] = { 0.0f, hiss, hiss };
    am_levelgain gain;

    (void)state;
    am_levelgain_init(&gain, &usual, 48000.0);
    check_near("before anything", (double)am_levelgain_next(&gain, silence, 3), 0.0, 0.0);
    check_near("sound alone counts", (double)am_levelgain_next(&gain, half, 4), -1.0, 1e-5);
    check_near("stands still", (double)am_levelgain_next(&gain, silence, 3), -1.0, 1e-5);
}

static void it_moves_no_faster_than_its_slew(void **state)
{
    const double piece_s = (double)(am_levelgain_steps(48000.0) * am_compgain_frames(48000.0)) / 48000.0;
    const float soft = (float)am_power_from_lufs(-30.0), loud = (float)am_power_from_lufs(-10.0);
    am_levelgain gain;

    (void)state;
    am_levelgain_init(&gain, &usual, 48000.0);
    check_near("start", (double)am_levelgain_next(&gain, &soft, 1), 3.0, 1e-6);
    for (int i = 1; i < 80; i++)
        check_near("ride", (double)am_levelgain_next(&gain, &loud, 1), fmax(3.0 - i * piece_s, -3.0), 1e-5);
    check_near("between", (double)am_levelgain_between(-1.0f, 3.0f, 1, 4), 0.5, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_last_a_tenth_of_a_second),
        cmocka_unit_test(the_curve_is_straight_within_its_range),
        cmocka_unit_test(silence_is_left_out),
        cmocka_unit_test(it_moves_no_faster_than_its_slew),
    };

    return cmocka_run_group_tests_name("levelgain", tests, NULL, NULL);
}
