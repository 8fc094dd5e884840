/* test_softclip.c - dsp/softclip.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "dsp/softclip.h"
#include "tests/support/stream.h"

enum { RATE = 44100, REACH = AM_SOFTCLIP_REACH, FRAMES = 44096 };

static float in[REACH + FRAMES + REACH], out[FRAMES], scratch[4 * (FRAMES + REACH)];

static void check_near(const char *what, double is, double wanted, double tolerance)
{
    if (!(fabs(is - wanted) <= tolerance))
        fail_msg("%s is %.6f, wanted %.6f +- %g", what, is, wanted, tolerance);
}

static void the_curve_bends_and_ends(void **state)
{
    am_softclip clip;
    float before = 0.0f;

    (void)state;
    am_softclip_init(&clip, 0.5, 0.1, 1.5);
    for (int i = 0; i <= 2000; i++) {
        const float x = (float)i * 5e-4f, y = am_softclip_curve(&clip, x);

        assert_true(am_softclip_curve(&clip, -x) == -y && y >= before && y <= x);
        if (x > 0.0f && y < x)
            assert_true((double)x > 0.4499 && am_db_from_gain((double)x / (double)y) <= 1.5001);
        before = y;
    }
    check_near("start", (double)am_softclip_curve(&clip, 0.4499f), 0.4499, 1e-7);
    check_near("middle", (double)am_softclip_curve(&clip, 0.5f), 0.5 - 0.05 * 0.05 / (4.0 * 0.1 * 0.5), 1e-6);
    check_near("end", (double)am_softclip_curve(&clip, 0.55f), 0.5, 1e-6);
    check_near("flat", (double)am_softclip_curve(&clip, 0.57f), 0.5, 1e-6);
    check_near("range", am_db_from_gain(1.0 / (double)am_softclip_curve(&clip, 1.0f)), 1.5, 1e-4);
    am_softclip_init(&clip, 0.5, 0.0, 6.0);
    check_near("hard", (double)am_softclip_curve(&clip, 0.9f), 0.5, 1e-6);
    check_near("hard below", (double)am_softclip_curve(&clip, 0.499f), 0.499, 1e-6);
}

static void run(const am_softclip *clip)
{
    am_softclip_process(clip, in + REACH, out, FRAMES, 32, NULL, NULL, scratch);
}

static void what_stays_below_passes(void **state)
{
    am_softclip clip;

    (void)state;
    stream_noise(1, in, sizeof in / sizeof *in, 0.2);
    am_softclip_init(&clip, 1.0, 0.1, 1.5);
    run(&clip);
    assert_memory_equal(out, in + REACH, sizeof out);
    am_softclip_init(&clip, 0.6, 0.1, 1.5);     /* looked at, not touched */
    run(&clip);
    assert_memory_equal(out, in + REACH, sizeof out);
}

static double tone_db(double hz)
{
    double re, im;

    stream_tone(out, FRAMES, hz / RATE, &re, &im);
    return am_db_from_gain(hypot(re, im));
}

/* A sine that is cut by the most that there is: what folds back lies 90 dB under it up to 3 kHz, 70 dB under one of 7 kHz, whose next
 * odd harmonics all fold. The same curve at the rate itself: for comparison. */
static void harmonics_do_not_fold_back(void **state)
{
    static const struct { double hz, limit_db; } tones[] = { { 1003.0, -95.0 }, { 3001.0, -90.0 }, { 5003.0, -75.0 }, { 7001.0, -70.0 } };
    am_softclip clip;

    (void)state;
    am_softclip_init(&clip, 0.5, 0.1, 1.5);
    for (size_t k = 0; k < sizeof tones / sizeof *tones; k++) {
        const double hz = tones[k].hz;
        double worst = -HUGE_VAL, plain = -HUGE_VAL, carrier;

        for (size_t i = 0; i < sizeof in / sizeof *in; i++)
            in[i] = (float)(0.59 * sin(2.0 * AM_PI * hz * (double)i / RATE));
        run(&clip);
        carrier = tone_db(hz);
        for (int n = 3; n < 60; n += 2) {
            const double folded = fabs(hz * n - RATE * round(hz * n / RATE));

            if (hz * n > 0.55 * RATE)
                worst = fmax(worst, tone_db(folded));
        }
        for (size_t i = 0; i < FRAMES; i++)
            out[i] = am_softclip_curve(&clip, in[REACH + i]);
        for (int n = 3; n < 60; n += 2)
            if (hz * n > 0.55 * RATE)
                plain = fmax(plain, tone_db(fabs(hz * n - RATE * round(hz * n / RATE))));
        print_message("%.0f Hz: %.1f dB folds back, %.1f dB without oversampling\n", hz, worst - carrier, plain - carrier);
        if (worst - carrier > tones[k].limit_db)
            fail_msg("%.0f Hz: %.1f dB folds back, at most %.0f", hz, worst - carrier, tones[k].limit_db);
    }
}

static void pieces_do_not_matter(void **state)
{
    static float piecewise[FRAMES];
    am_softclip clip;

    (void)state;
    stream_noise(2, in, sizeof in / sizeof *in, 0.9);
    am_softclip_init(&clip, 0.4, 0.2, 1.5);
    run(&clip);
    for (size_t at = 0, piece = 32; at < FRAMES; at += piece, piece = FRAMES - at < 3 * piece ? FRAMES - at : 3 * piece)
        am_softclip_process(&clip, in + REACH + at, piecewise + at, piece, 32, NULL, NULL, scratch);
    assert_memory_equal(out, piecewise, sizeof out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_curve_bends_and_ends),
        cmocka_unit_test(what_stays_below_passes),
        cmocka_unit_test(harmonics_do_not_fold_back),
        cmocka_unit_test(pieces_do_not_matter),
    };

    return cmocka_run_group_tests_name("softclip", tests, NULL, NULL);
}
