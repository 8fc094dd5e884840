/* test_minphase.c - dsp/minphase.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <complex.h>
#include <stdlib.h>

#include "base/db.h"
#include "dsp/biquad.h"
#include "dsp/curve.h"
#include "dsp/minphase.h"
#include "tests/support/faulty.h"
#include "tests/support/stream.h"

enum { TAPS = 4096 };

static double response_db(const float *kernel, double frequency)
{
    const double complex step = cexp(-2.0 * I * AM_PI * frequency);
    double complex sum = 0.0;

    for (int n = TAPS; n-- > 0;)
        sum = sum * step + (double)kernel[n];
    return am_db_from_gain(cabs(sum));
}

/* Three sines over log frequency, periods from two octaves on, up to +-9 dB: rougher than what a solver gives */
static void random_curve(uint64_t *seed, double *curve)
{
    double phase[3], period[3];

    for (int i = 0; i < 3; i++) {
        phase[i] = stream_uniform(seed, 0.0, 2.0 * AM_PI);
        period[i] = 6.0 * stream_uniform(seed, 2.0, 8.0);
    }
    for (int k = 0; k < AM_BANDS; k++) {
        curve[k] = 0.0;
        for (int i = 0; i < 3; i++)
            curve[k] += 3.0 * sin(2.0 * AM_PI * k / period[i] + phase[i]);
    }
}

static void response_follows_the_curve(void **state)
{
    static float kernel[TAPS];
    uint64_t seed = 11;
    double worst_rms = 0.0, worst = 0.0;

    (void)state;
    for (int trial = 0; trial < 12; trial++) {
        double curve[AM_BANDS], squares = 0.0;
        int count = 0;

        random_curve(&seed, curve);
        assert_int_equal(am_minphase_design(curve, trial % 2 ? 48000.0 : 44100.0, TAPS, kernel, NULL, NULL), AM_OK);
        for (double hz = 25.0; hz < 18000.0; hz *= 1.02) {
            const double error = response_db(kernel, hz / (trial % 2 ? 48000.0 : 44100.0)) - am_curve_at(curve, hz);

            squares += error * error;
            worst = fmax(worst, fabs(error));
            count++;
        }
        worst_rms = fmax(worst_rms, sqrt(squares / count));
    }
    print_message("25 Hz - 18 kHz: worst rms %.4f dB, worst %.4f dB\n", worst_rms, worst);
    assert_true(worst_rms <= 0.05);
}

/* The impulse response of a bell is minimum phase; the kernel through its magnitude must be the same one. */
static void phase_is_the_minimum_phase(void **state)
{
    static float kernel[TAPS];
    const am_eq_section bell = { AM_SECTION_BELL, 1000.0, 6.0, 0.7 };
    am_cascade cascade = { .count = 1 };
    static float impulse[TAPS];
    double curve[AM_BANDS], difference = 0.0, energy = 0.0;

    (void)state;
    assert_int_equal(am_biquad_design(44100.0, &bell, &cascade.sections[0]), AM_OK);
    for (int k = 0; k < AM_BANDS; k++)
        curve[k] = am_biquad_response_db(&cascade.sections[0], 44100.0, am_band_hz(k));
    assert_int_equal(am_minphase_design(curve, 44100.0, TAPS, kernel, NULL, NULL), AM_OK);
    impulse[0] = 1.0f;
    am_cascade_process(&cascade, impulse, NULL, impulse, NULL, TAPS);
    for (int n = 0; n < TAPS; n++) {
        difference += ((double)kernel[n] - (double)impulse[n]) * ((double)kernel[n] - (double)impulse[n]);
        energy += (double)impulse[n] * (double)impulse[n];
    }
    print_message("kernel against the bell's impulse response: %.1f dB\n", am_db_from_power(difference / energy));
    assert_true(am_db_from_power(difference / energy) < -55.0);
}

static void flat_curves_give_an_impulse_and_memory_may_run_out(void **state)
{
    static float kernel[TAPS];
    double curve[AM_BANDS];

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        curve[k] = 6.0;
    for (size_t k = 0;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k + 1);
        am_error err;
        const am_status st = am_minphase_design(curve, 48000.0, TAPS, kernel, allocator, &err);

        assert_int_equal(memory.live, 0);
        if (st == AM_OK)
            break;
        assert_int_equal(st, AM_ERR_NOMEM);
    }
    assert_true(fabs(am_db_from_gain((double)kernel[0]) - 6.0) < 1e-5);
    for (int n = 1; n < TAPS; n++)
        assert_true(fabsf(kernel[n]) < 1e-6f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response_follows_the_curve),
        cmocka_unit_test(phase_is_the_minimum_phase),
        cmocka_unit_test(flat_curves_give_an_impulse_and_memory_may_run_out),
    };

    return cmocka_run_group_tests_name("minphase", tests, NULL, NULL);
}
