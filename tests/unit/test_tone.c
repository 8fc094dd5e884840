/* test_tone.c - render/tone.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "dsp/biquad.h"
#include "render/tone.h"
#include "tests/support/stream.h"

enum { FRAMES = 60000 };
static float in[2][FRAMES], out[2][FRAMES], other[2][FRAMES];

static am_eq sections_eq(void)
{
    am_eq eq = { .method = AM_EQ_SECTIONS_METHOD, .section_count = 4 };

    eq.sections[0] = (am_eq_section){ AM_SECTION_LOW_SHELF, 90.0, 3.0, 0.7 };
    eq.sections[1] = (am_eq_section){ AM_SECTION_BELL, 1000.0, 0.0, 1.0 };
    eq.sections[2] = (am_eq_section){ AM_SECTION_BELL, 3000.0, -4.0, 1.5 };
    eq.sections[3] = (am_eq_section){ AM_SECTION_HIGH_SHELF, 9000.0, 2.0, 0.7 };
    return eq;
}

static am_eq curve_eq(void)
{
    am_eq eq = { .method = AM_EQ_CURVE_METHOD };

    for (int k = 0; k < AM_BANDS; k++)
        eq.curve_db[k] = 5.0 * sin(0.2 * k);
    return eq;
}

static size_t run(const am_eq *eq, double rate_hz, uint32_t channels, size_t frames, uint64_t split, float (*to)[FRAMES])
{
    am_tone *tone = NULL;
    am_fifo fifo;
    float *into[2] = { to[0], to[1] };
    size_t total;

    am_fifo_init(&fifo, channels, NULL);
    assert_int_equal(am_tone_open(eq, rate_hz, channels, NULL, &tone, NULL), AM_OK);
    for (size_t at = 0, block; at < frames; at += block) {
        const float *from[2] = { in[0] + at, in[1] + at };

        block = split ? (size_t)stream_uniform(&split, 0.0, 5000.0) : frames;
        block = block < frames - at ? block : frames - at;
        assert_int_equal(am_tone_push(tone, from, block, &fifo, NULL), AM_OK);
    }
    assert_int_equal(am_tone_finish(tone, &fifo, NULL), AM_OK);
    total = am_fifo_pull(&fifo, into, FRAMES);
    assert_int_equal(am_fifo_count(&fifo), 0);
    am_tone_close(tone);
    am_fifo_close(&fifo);
    return total;
}

static void it_knows_when_it_does_nothing(void **state)
{
    am_eq eq = sections_eq();

    (void)state;
    assert_true(am_tone_needed(&eq, 44100.0));
    eq.method = AM_EQ_OFF;
    assert_false(am_tone_needed(&eq, 44100.0));
    eq = (am_eq){ .method = AM_EQ_SECTIONS_METHOD, .section_count = 1 };
    eq.sections[0] = (am_eq_section){ AM_SECTION_BELL, 12000.0, 3.0, 1.0 };
    assert_true(am_tone_needed(&eq, 44100.0));
    assert_false(am_tone_needed(&eq, 22050.0)); /* left out above 0.49 of the rate */
    eq.sections[0].gain_db = 0.0;
    assert_false(am_tone_needed(&eq, 44100.0));
    eq = (am_eq){ .method = AM_EQ_CURVE_METHOD };
    assert_false(am_tone_needed(&eq, 44100.0));
    eq.curve_db[AM_BANDS - 1] = 0.1;
    assert_true(am_tone_needed(&eq, 44100.0));
}

/* Energy of the impulse response before the impulse is none at all, and its response is that of the plan. */
static void sections_have_the_response_of_their_design(void **state)
{
    const am_eq eq = sections_eq();
    double worst = 0.0;

    (void)state;
    memset(in, 0, sizeof in);
    in[0][1000] = in[1][1000] = 1.0f;
    assert_int_equal(run(&eq, 44100.0, 2, FRAMES, 0, out), FRAMES);
    for (int n = 0; n < 1000; n++)
        assert_true(out[0][n] == 0.0f);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    for (double hz = 30.0; hz < 20000.0; hz *= 1.3) {
        double re = 0.0, im = 0.0, want = 0.0;

        for (uint32_t i = 0; i < eq.section_count; i++) {
            am_biquad filter;

            assert_int_equal(am_biquad_design(44100.0, &eq.sections[i], &filter), AM_OK);
            want += am_biquad_response_db(&filter, 44100.0, hz);
        }
        for (int n = 1000; n < FRAMES; n++) {
            re += (double)out[0][n] * cos(2.0 * AM_PI * hz / 44100.0 * n);
            im += (double)out[0][n] * sin(2.0 * AM_PI * hz / 44100.0 * n);
        }
        worst = fmax(worst, fabs(am_db_from_gain(hypot(re, im)) - want));
    }
    print_message("worst error of the rendered response: %.2g dB\n", worst);
    assert_true(worst < 1e-3);
}

static void curve_is_causal_and_aligned(void **state)
{
    static const double rates[] = { 8000.0, 44100.0, 96000.0, 384000.0 };
    const am_eq eq = curve_eq();

    (void)state;
    for (size_t r = 0; r < 4; r++) {
        double before = 0.0, all = 0.0;

        memset(in, 0, sizeof in);
        in[0][20000] = 1.0f;
        assert_int_equal(run(&eq, rates[r], 2, FRAMES, 0, out), FRAMES);
        for (int n = 0; n < FRAMES; n++) {
            before += n < 20000 ? (double)out[0][n] * (double)out[0][n] : 0.0;
            all += (double)out[0][n] * (double)out[0][n];
            assert_true(out[1][n] == 0.0f);
        }
        print_message("%.0f Hz: energy before the impulse %.1f dB\n", rates[r], am_db_from_power(before / all));
        assert_true(before < 1e-12 * all); /* rounding of the transform, no pre-echo */
        assert_true(fabs((double)out[0][20000]) > 0.3);
    }
}

static void blocks_do_not_matter_and_channels_are_treated_alike(void **state)
{
    const am_eq eqs[] = { sections_eq(), curve_eq() };

    (void)state;
    stream_noise(1, in[0], FRAMES, 1.0);
    stream_noise(2, in[1], FRAMES, 1.0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(run(&eqs[i], 44100.0, 2, FRAMES, 0, out), FRAMES);
        for (uint64_t split = 1; split < 4; split++) {
            assert_int_equal(run(&eqs[i], 44100.0, 2, FRAMES, split, other), FRAMES);
            assert_memory_equal(other, out, sizeof out);
        }
        assert_int_equal(run(&eqs[i], 44100.0, 1, FRAMES, 0, other), FRAMES);
        assert_memory_equal(other[0], out[0], sizeof out[0]);
        assert_int_equal(run(&eqs[i], 44100.0, 2, 1, 0, other), 1);
        assert_int_equal(run(&eqs[i], 44100.0, 2, 0, 0, other), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_when_it_does_nothing),
        cmocka_unit_test(sections_have_the_response_of_their_design),
        cmocka_unit_test(curve_is_causal_and_aligned),
        cmocka_unit_test(blocks_do_not_matter_and_channels_are_treated_alike),
    };

    return cmocka_run_group_tests_name("tone", tests, NULL, NULL);
}
