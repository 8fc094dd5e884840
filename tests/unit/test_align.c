/* test_align.c - analyze/align.h: known delays of music, taps against the ideal, other music */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "analyze/align.h"
#include "tests/support/music.h"

enum { RATE = 44100 };

static float *music;                /* AM_ALIGN_SECOND frames and some */

static int setup(void **state)
{
    (void)state;
    music = malloc((AM_ALIGN_SECOND + 4096) * sizeof *music);
    if (music)
        music_fill(music, AM_ALIGN_SECOND + 4096, 1, RATE, 3, 0.8);
    return music ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(music);
    return 0;
}

/* The second hears music[n] at n + AM_ALIGN_RANGE - start + delay: delayed by a fraction through a long sinc of its own. */
static double found(double lag, double gain, bool other)
{
    const double pi = 3.14159265358979323846, whole = floor(lag), fraction = lag - whole;
    float *first = calloc(AM_ALIGN_FIRST, sizeof *first), *second = calloc(AM_ALIGN_SECOND, sizeof *second);
    am_alignment out;

    assert_true(first && second);
    for (size_t n = 0; n < AM_ALIGN_FIRST; n++)
        first[n] = music[n + AM_ALIGN_RANGE];
    if (other)
        music_fill(second, AM_ALIGN_SECOND, 1, RATE, 99, 0.8);
    for (int64_t n = 0; n < AM_ALIGN_SECOND && !other; n++) {
        const int64_t from = n - (int64_t)whole;
        double sum = 0.0;

        for (int64_t k = fraction > 0.0 ? -40 : 0; k <= (fraction > 0.0 ? 40 : 0); k++) {
            const double x = (double)k - fraction, w = 0.5 + 0.5 * cos(pi * x / 42.0);

            if (from - k >= 0 && from - k < AM_ALIGN_SECOND)
                sum += (double)music[from - k] * (fabs(x) < 1e-12 ? 1.0 : w * sin(pi * x) / (pi * x));
        }
        second[n] = (float)(gain * sum);
    }
    assert_int_equal(am_align_find(first, second, NULL, &out, NULL), AM_OK);
    free(first);
    free(second);
    if (other)
        return out.correlation;
    assert_true(out.correlation > 0.9);
    return out.lag_frames;
}

static void delays_are_found(void **state)
{
    static const struct { double lag, gain; } cases[] = { { 0, 1 }, { 1, 0.5 }, { -12345, -0.3 }, { 200000, 1 }, { 0.25, 0.7 }, { -77.5, 1 }, { 3.9, -1 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double lag = found(cases[i].lag, cases[i].gain, false);

        if (!(fabs(lag - cases[i].lag) < 0.01))
            fail_msg("lag %.4f, found %.4f", cases[i].lag, lag);
    }
}

static void other_music_is_not_found(void **state)
{
    const double correlation = found(0, 1, true);

    (void)state;
    print_message("other music: correlation %.3f\n", correlation);
    assert_true(correlation < 0.3);
}

static void taps_delay_by_a_fraction(void **state)
{
    (void)state;
    for (double fraction = 0.0; fraction < 1.0; fraction += 0.125)
        for (double w = 0.01; w < 0.9; w += 0.0511) {
            const double turn = w * 3.14159265358979323846;
            double taps[AM_ALIGN_TAPS], re = 0.0, im = 0.0;

            am_align_taps(fraction, taps);
            for (int k = 0; k < AM_ALIGN_TAPS; k++) {
                re += taps[k] * cos(turn * (k - (AM_ALIGN_TAPS / 2 - 1) - fraction));
                im += taps[k] * sin(turn * (k - (AM_ALIGN_TAPS / 2 - 1) - fraction));
            }
            if (!(hypot(re - 1.0, im) < 1e-3))
                fail_msg("fraction %.3f at %.2f of Nyquist: error %.2e", fraction, w, hypot(re - 1.0, im));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(delays_are_found), cmocka_unit_test(other_music_is_not_found),
                                        cmocka_unit_test(taps_delay_by_a_fraction) };

    return cmocka_run_group_tests(tests, setup, teardown);
}
