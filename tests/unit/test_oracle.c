/* test_oracle.c - tests/support/oracle.h against closed forms */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/oracle.h"

static void sines_read_their_amplitude(void **state)
{
    static const double cycles[] = { 0.01, 0.1, 0.25, 0.3333, 0.41, 0.45 };     /* a sample */
    enum { FRAMES = 20000 };
    float *wave = malloc(FRAMES * 2 * sizeof *wave);
    (void)state;
    for (size_t c = 0; c < sizeof cycles / sizeof *cycles; c++) {
        for (size_t i = 0; i < FRAMES; i++) {
            const double fade = fmin(1.0, fmin((double)i, (double)(FRAMES - 1 - i)) / 2000.0);
            wave[2 * i] = (float)(0.5 * fade * sin(6.283185307179586 * cycles[c] * (double)i + 0.7));
            wave[2 * i + 1] = 1.0f;
        }
        const double error_db = 20.0 * log10(oracle_true_peak(wave, FRAMES, 2) / 0.5);
        if (!(fabs(error_db) < 0.03))
            fail_msg("%g cycles a sample: %+.4f dB off, allowed 0.03", cycles[c], error_db);
    }
    free(wave);
}

/* A quarter-rate sine sampled at 45 degrees hides 3.01 dB between its samples (BS.1770-5, annex 2). */
static void peaks_between_samples_are_seen(void **state)
{
    float wave[4000] = { 0 };
    static const float cycle[4] = { 0.5f, 0.5f, -0.5f, -0.5f };
    (void)state;
    for (size_t i = 1000; i < 3000; i++)
        wave[i] = cycle[i % 4] * (float)fmin(1.0, fmin((double)(i - 1000), (double)(2999 - i)) / 200.0);
    const double peak_db = 20.0 * log10(oracle_true_peak(wave, 4000, 1));
    if (!(fabs(peak_db - 20.0 * log10(0.5 * sqrt(2.0))) < 0.01))
        fail_msg("read %.4f dB, is %.4f", peak_db, 20.0 * log10(0.5 * sqrt(2.0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sines_read_their_amplitude),
        cmocka_unit_test(peaks_between_samples_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
