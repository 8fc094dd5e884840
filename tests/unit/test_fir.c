/* test_fir.c - dsp/fir.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/curve.h"
#include "dsp/fir.h"
#include "tests/support/stream.h"

enum { REACH = 255, FRAMES = 2000 };

static void symmetric_sum_is_the_definition_for_any_split(void **state)
{
    static float half[REACH + 1], in[FRAMES + 2 * REACH], out[FRAMES], split[FRAMES];
    uint64_t seed = 5;
    double worst = 0.0;

    (void)state;
    stream_noise(1, in, FRAMES + 2 * REACH, 1.0);
    for (int k = 0; k <= REACH; k++)
        half[k] = (float)(stream_uniform(&seed, -1.0, 1.0) / (1.0 + k));
    am_fir_symmetric(half, REACH, in + REACH, out, FRAMES);
    for (int n = 0; n < FRAMES; n++) {
        double sum = 2.0 * (double)half[0] * (double)in[n + REACH];

        for (int k = 1; k <= REACH; k++)
            sum += (double)half[k] * ((double)in[n + REACH - k] + (double)in[n + REACH + k]);
        worst = fmax(worst, fabs(sum - (double)out[n]));
    }
    print_message("worst difference to the double sum: %.3g\n", worst);
    assert_true(worst < 2e-6);
    for (size_t at = 0, block; at < FRAMES; at += block) {
        block = 1 + (size_t)stream_uniform(&seed, 0.0, 90.0);
        block = block < FRAMES - at ? block : FRAMES - at;
        am_fir_symmetric(half, REACH, in + REACH + at, split + at, block);
    }
    assert_memory_equal(split, out, sizeof out);
}

static double response_db(const float *half, double frequency)
{
    double sum = 2.0 * (double)half[0];

    for (int k = 1; k <= REACH; k++)
        sum += 2.0 * (double)half[k] * cos(2.0 * AM_PI * frequency * k);
    return am_db_from_gain(fabs(sum));
}

/* Smooth: sines over log frequency with a period of eight octaves and more (a side curve's prior has a length of 1.5) */
static void linear_phase_design_follows_smooth_curves(void **state)
{
    static float half[REACH + 1];
    double worst_high = 0.0, worst_low = 0.0;

    (void)state;
    for (int shape = 0; shape < 24; shape++) {
        double curve[AM_BANDS];

        for (int k = 0; k < AM_BANDS; k++)
            curve[k] = 4.0 * sin(2.0 * AM_PI * k / (48.0 + shape % 3 * 12.0) + shape * 0.7);
        assert_int_equal(am_fir_design(curve, 44100.0, half, REACH, NULL, NULL), AM_OK);
        for (double hz = 20.0; hz < 20000.0; hz *= 1.01) {
            const double error = fabs(response_db(half, hz / 44100.0) - am_curve_at(curve, hz));

            if (hz >= 120.0)
                worst_high = fmax(worst_high, error);
            else
                worst_low = fmax(worst_low, error);
        }
    }
    print_message("curves of +-4 dB: worst error %.3f dB from 120 Hz, %.3f dB below\n", worst_high, worst_low);
    assert_true(worst_high <= 0.3);
    assert_true(worst_low <= 2.2); /* the filter is 12 ms long */
}

static void convolver_is_the_slow_sum(void **state)
{
    enum { TAPS = 64 };
    float kernel[TAPS], in[16 * TAPS], out[16 * TAPS];
    am_convolver *convolver = NULL;
    size_t step;
    double worst = 0.0;

    (void)state;
    stream_noise(7, kernel, TAPS, 0.3);
    stream_noise(8, in, 16 * TAPS, 1.0);
    assert_int_equal(am_convolver_open(kernel, TAPS, NULL, &convolver, NULL), AM_OK);
    step = am_convolver_step(convolver);
    assert_true(step >= TAPS && step + TAPS <= 16 * TAPS);
    am_convolver_run(convolver, in + TAPS, out);
    for (size_t n = 0; n < step; n++) {
        double sum = 0.0;

        for (size_t k = 0; k < TAPS; k++)
            sum += (double)kernel[k] * (double)in[TAPS + n - k];
        worst = fmax(worst, fabs(sum - (double)out[n]));
    }
    print_message("worst difference to the double sum: %.3g\n", worst);
    assert_true(worst < 2e-6);
    am_convolver_close(convolver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symmetric_sum_is_the_definition_for_any_split),
        cmocka_unit_test(linear_phase_design_follows_smooth_curves),
        cmocka_unit_test(convolver_is_the_slow_sum),
    };

    return cmocka_run_group_tests_name("fir", tests, NULL, NULL);
}
