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

/* The second hears music[n] late by lag: by a fraction through a long sinc of its own. */
static double found(double lag, double gain, bool other)
{
    const double pi = 3.14159265358979323846, whole = floor(lag), fraction = lag - whole;
    float *first = calloc(AM_ALIGN_WINDOW, sizeof *first), *second = calloc(AM_ALIGN_SECOND, sizeof *second);
    am_alignment out;

    assert_true(first && second);
    for (size_t n = 0; n < AM_ALIGN_WINDOW; n++)
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
    assert_int_equal(am_align_find(first, AM_ALIGN_WINDOW, second, other ? 1024 : AM_ALIGN_RANGE, NULL, &out, NULL), AM_OK);
    free(first);
    free(second);
    if (other)
        return out.correlation;
    assert_true(out.correlation > 0.9);
    return out.lag_frames;
}

static void delays_are_found(void **state)
{
    static const struct { double lag, gain; } cases[] = { { 0, 1 }, { 1, 0.5 }, { -12345, -0.3 }, { 60000, 1 }, { 0.25, 0.7 }, { -77.5, 1 }, { 3.9, -1 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double lag = found(cases[i].lag, cases[i].gain, false);

        if (!(fabs(lag - cases[i].lag) < 0.01))
            fail_msg("lag %.4f, found %.4f", cases[i].lag, lag);
    }
}

/* Guesses are good to four steps, which is what the search for samples looks at. */
static void one_of_the_guesses_is_near(const float *first, size_t a, const float *second, size_t b, uint32_t step, int64_t lag)
{
    am_outline outlines[2];
    int64_t lags[AM_ALIGN_GUESSES];
    size_t count;

    assert_int_equal(am_outline_open(step, a, NULL, &outlines[0], NULL), AM_OK);
    assert_int_equal(am_outline_open(step, b, NULL, &outlines[1], NULL), AM_OK);
    for (size_t n = 0; n < a; n += 1000)
        am_outline_add(&outlines[0], n, first + n, a - n < 1000 ? a - n : 1000);
    am_outline_add(&outlines[1], 0, second, b);
    for (int i = 0; i < 2; i++)
        am_outline_finish(&outlines[i]);
    assert_int_equal(am_align_guess(&outlines[0], &outlines[1], RATE, lags, &count, NULL), AM_OK);
    for (size_t i = 0; i < count; i++)
        if (llabs(lags[i] - lag) <= 4 * (int64_t)step) {
            am_outline_close(&outlines[0]);
            am_outline_close(&outlines[1]);
            return;
        }
    fail_msg("step %u: lag %lld is not among %zu guesses, of which the first is %lld", step, (long long)lag, count, (long long)lags[0]);
}

static void lags_of_any_size_are_guessed(void **state)
{
    enum { ALL = AM_ALIGN_SECOND };

    (void)state;
    for (uint32_t step = 8; step <= 28; step += 20) {
        one_of_the_guesses_is_near(music, ALL, music, ALL, step, 0);
        one_of_the_guesses_is_near(music + 3 * RATE, ALL - 3 * RATE, music, ALL, step, 3 * RATE);
        one_of_the_guesses_is_near(music, ALL, music + 4 * RATE + 7, RATE, step, -4 * RATE - 7);
        one_of_the_guesses_is_near(music + 4 * RATE + 7, RATE, music, ALL, step, 4 * RATE + 7);
        one_of_the_guesses_is_near(music, 4 * RATE, music + 2 * RATE + 5, ALL - 2 * RATE - 5, step, -2 * RATE - 5);
    }
}

static void silence_gives_no_guess(void **state)
{
    am_outline o;
    int64_t lags[AM_ALIGN_GUESSES];
    size_t count = 1;

    (void)state;
    assert_int_equal(am_outline_open(8, RATE, NULL, &o, NULL), AM_OK);
    am_outline_finish(&o);
    assert_int_equal(am_align_guess(&o, &o, RATE, lags, &count, NULL), AM_OK);
    am_outline_close(&o);
    assert_int_equal(count, 0);
}

static void an_outline_fits_whatever_the_length(void **state)
{
    (void)state;
    for (uint64_t frames = 1; frames < (uint64_t)1 << 40; frames = 3 * frames + 1) {
        const uint32_t step = am_outline_step(44100, frames);

        if (!(step >= 8 && frames / step + 1 <= AM_ALIGN_POINTS))
            fail_msg("%llu frames: step %u", (unsigned long long)frames, step);
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
    const struct CMUnitTest tests[] = { cmocka_unit_test(delays_are_found), cmocka_unit_test(lags_of_any_size_are_guessed),
                                        cmocka_unit_test(silence_gives_no_guess), cmocka_unit_test(an_outline_fits_whatever_the_length),
                                        cmocka_unit_test(other_music_is_not_found),
                                        cmocka_unit_test(taps_delay_by_a_fraction) };

    return cmocka_run_group_tests(tests, setup, teardown);
}
