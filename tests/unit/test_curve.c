/* test_curve.c - dsp/curve.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/db.h"
#include "dsp/curve.h"

static void it_passes_through_its_points_and_is_flat_outside(void **state)
{
    double bands[AM_BANDS];

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        bands[k] = (k * 7 % 11) - 5;
    for (int k = 0; k < AM_BANDS; k++)
        assert_true(fabs(am_curve_at(bands, am_band_hz(k)) - bands[k]) < 1e-9);
    assert_true(am_curve_at(bands, 0.0) == bands[0] && am_curve_at(bands, 19.0) == bands[0]);
    assert_true(am_curve_at(bands, 192000.0) == bands[AM_BANDS - 1]);
}

static void straight_lines_stay_straight_and_steps_have_no_corner(void **state)
{
    double line[AM_BANDS], step[AM_BANDS], worst = 0.0, bend = 0.0;

    (void)state;
    for (int k = 0; k < AM_BANDS; k++) {
        line[k] = 0.1 * k - 3.0;
        step[k] = k < 30 ? 0.0 : 6.0;
    }
    for (double k = 1.0; k < AM_BANDS - 2; k += 0.01)
        worst = fmax(worst, fabs(am_curve_at(line, am_band_hz(0) * exp2(k / 6.0)) - (0.1 * k - 3.0)));
    for (double k = -1.0; k < AM_BANDS; k += 0.001) {
        const double h = 0.001, *b = step;
        const double before = am_curve_at(b, am_band_hz(0) * exp2((k - h) / 6.0)),
                     here = am_curve_at(b, am_band_hz(0) * exp2(k / 6.0)),
                     after = am_curve_at(b, am_band_hz(0) * exp2((k + h) / 6.0));

        bend = fmax(bend, fabs(after - 2.0 * here + before) / h);
    }
    print_message("line: %.2g dB; largest change of slope within 0.002 bands of the step: %.3g dB a band\n", worst, bend);
    assert_true(worst < 1e-9);
    assert_true(bend < 0.05); /* a corner would change the slope by 6 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_passes_through_its_points_and_is_flat_outside),
        cmocka_unit_test(straight_lines_stay_straight_and_steps_have_no_corner),
    };

    return cmocka_run_group_tests_name("curve", tests, NULL, NULL);
}
