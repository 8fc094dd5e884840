/* test_limitgain.c - dsp/limitgain.h and dsp/explog.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/explog.h"
#include "dsp/limitgain.h"
#include "tests/support/faulty.h"

enum { STEPS = 6000 };

static const am_limiter times = {
    .enabled = true, .ceiling_dbtp = -1.0, .lookahead_ms = 3.0, .hold_ms = 6.0, .release_ms = 60.0, .sustain_attack_ms = 80.0,
    .sustain_release_ms = 400.0, .sustain = 0.8
};
static const double step_hz = 5512.5;

static uint64_t random_state;

static double uniform(double low, double high)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(random_state >> 11) / 9007199254740992.0;
}

static void random_peaks(float *required, double often)
{
    for (int i = 0; i < STEPS; i++)
        required[i] = uniform(0.0, 1.0) < often ? (float)-uniform(0.0, 2.0) : 0.0f;
}

static am_limitgain *opened(void)
{
    am_limitgain *gain = NULL;

    assert_int_equal(am_limitgain_open(&times, step_hz, NULL, &gain, NULL), AM_OK);
    return gain;
}

/* By definition: minimum over hold and smoothing, two releases, three means. */
static void slow_gain(const float *required, double *out)
{
    enum { LENGTH = 17, HOLD = 33 };    /* 3 and 6 ms */
    static const int boxes[3] = { 8, 6, 5 };    /* 0.42, 0.33 and the rest of 19; in cascade 17 long */
    static double a[STEPS], b[STEPS];
    double slow = 0.0, held = 0.0;

    for (int i = 0; i < STEPS; i++) {
        double least = 0.0, sustained;

        for (int k = i > LENGTH - 1 + HOLD ? i - (LENGTH - 1 + HOLD) : 0; k <= i; k++)
            least = fmin(least, (double)required[k]);
        slow += (least - slow) * (1.0 - exp(-1e3 / ((least < slow ? 80.0 : 400.0) * step_hz)));
        sustained = 0.8 * slow;
        held = fmin(least, sustained + (held - sustained) * exp(-1e3 / (60.0 * step_hz)));
        a[i] = held;
    }
    for (int box = 0; box < 3; box++) {
        for (int i = 0; i < STEPS; i++) {
            b[i] = 0.0;
            for (int k = 0; k < boxes[box] && k <= i; k++)
                b[i] += a[i - k] / boxes[box];
        }
        memcpy(a, b, sizeof a);
    }
    memcpy(out, a, sizeof a);
}

static void the_gain_is_the_one_defined(void **state)
{
    static float required[STEPS], out[STEPS];
    static double want[STEPS];

    (void)state;
    random_state = 4;
    for (int trial = 0; trial < 4; trial++) {
        am_limitgain *gain = opened();

        random_peaks(required, trial ? 0.02 * trial : 0.001);
        slow_gain(required, want);
        am_limitgain_process(gain, required, out, STEPS);
        assert_int_equal(am_limitgain_latency(gain), 16);
        for (int i = 0; i < STEPS; i++) {
            if (fabs((double)out[i] - want[i]) > 2e-5)  /* what is below 5e-6 neper counts as none */
                fail_msg("step %d: %.8f, want %.8f", i, (double)out[i], want[i]);
        }
        am_limitgain_close(gain);
    }
}

static void no_output_is_above_its_input(void **state)
{
    static float required[STEPS], out[STEPS];
    am_limitgain *gain = opened();
    const size_t latency = am_limitgain_latency(gain);

    (void)state;
    random_state = 5;
    for (int trial = 0; trial < 20; trial++) {
        random_peaks(required, 0.05 * trial);
        if (trial == 10)
            required[100] = -80.0f;
        am_limitgain_reset(gain);
        am_limitgain_process(gain, required, out, STEPS);
        for (size_t i = latency; i < STEPS; i++) {
            if (out[i] > required[i - latency] + 1e-6f * fabsf(required[i - latency]))
                fail_msg("step %zu: %.8f above %.8f", i, (double)out[i], (double)required[i - latency]);
        }
    }
    am_limitgain_close(gain);
}

static void any_split_and_a_reset_give_the_same(void **state)
{
    static float required[STEPS], whole[STEPS], out[STEPS];
    am_limitgain *gain = opened();

    (void)state;
    random_state = 6;
    random_peaks(required, 0.01);
    am_limitgain_process(gain, required, whole, STEPS);
    for (int trial = 0; trial < 5; trial++) {
        am_limitgain_reset(gain);
        for (size_t at = 0; at < STEPS;) {
            size_t count = (size_t)uniform(0.0, 100.0);

            count = count < STEPS - at ? count : STEPS - at;
            memcpy(out + at, required + at, count * sizeof *out);
            am_limitgain_process(gain, out + at, out + at, count);
            at += count;
        }
        assert_memory_equal(out, whole, sizeof out);
    }
    am_limitgain_close(gain);
}

static void the_gain_returns_to_exactly_none(void **state)
{
    static float required[STEPS], out[STEPS];
    am_limitgain *gain = opened();
    bool none = false;

    (void)state;
    required[10] = -3.0f;
    for (int second = 0; second < 20 && !none; second++) {
        am_limitgain_process(gain, required, out, STEPS);
        required[10] = 0.0f;
        none = out[STEPS - 1] == 0.0f;
    }
    assert_true(none);
    am_limitgain_close(gain);
}

static void extreme_times_are_safe(void **state)
{
    static const am_limiter extremes[] = {
        { .lookahead_ms = 20.0, .hold_ms = 40.0, .release_ms = 2000.0, .sustain_attack_ms = 2000.0, .sustain_release_ms = 5000.0, .sustain = 1.0 },
        { .lookahead_ms = 0.5, .hold_ms = 0.0, .release_ms = 5.0, .sustain_attack_ms = 10.0, .sustain_release_ms = 20.0, .sustain = 0.0 }
    };
    static float required[STEPS], out[STEPS];

    (void)state;
    for (int i = 0; i < STEPS; i++)
        required[i] = -100.0f;
    for (int k = 0; k < 4; k++) {
        am_limitgain *gain = NULL;

        assert_int_equal(am_limitgain_open(&extremes[k / 2], k % 2 ? 48000.0 : 250.0, NULL, &gain, NULL), AM_OK);
        am_limitgain_process(gain, required, out, STEPS);
        assert_true(fabsf(out[STEPS - 1] + 100.0f) < 1e-3f);
        am_limitgain_close(gain);
    }
    am_limitgain_close(NULL);
}

static void exp_and_log_agree_with_the_library(void **state)
{
    (void)state;
    for (double x = -100.0; x <= 100.0; x += 0.0137) {
        if (fabs(am_exp(x) / exp(x) - 1.0) > 1e-14)
            fail_msg("exp(%.4f): %.17g, want %.17g", x, am_exp(x), exp(x));
        if (fabs(am_log(exp(x)) - x) > 5e-14)
            fail_msg("log(%.17g): %.17g, want %.17g", exp(x), am_log(exp(x)), x);
    }
    assert_true(am_exp(0.0) == 1.0 && am_log(1.0) == 0.0);
    for (float x = -80.0f; x <= 80.0f; x += 0.00137f) {
        if (fabs((double)am_expf(x) / exp((double)x) - 1.0) > 2e-7)
            fail_msg("float exp(%.4f): %.9g, want %.9g", (double)x, (double)am_expf(x), exp((double)x));
        if (fabs((double)am_logf(am_expf(x)) - log((double)am_expf(x))) > 2e-7 + 1.2e-7 * fabs((double)x))
            fail_msg("float log(%.9g): %.9g, want %.9g", (double)am_expf(x), (double)am_logf(am_expf(x)), log((double)am_expf(x)));
    }
    assert_true(am_expf(0.0f) == 1.0f && am_logf(1.0f) == 0.0f);
}

static void no_memory_is_reported(void **state)
{
    faulty few;

    (void)state;
    for (int ration = 0; ration < 3; ration++) {
        am_limitgain *gain = NULL;

        (void)faulty_init(&few, (size_t)ration + 1);
        assert_int_equal(am_limitgain_open(&times, step_hz, &few.allocator, &gain, NULL), AM_ERR_NOMEM);
        assert_null(gain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gain_is_the_one_defined),
        cmocka_unit_test(no_output_is_above_its_input),
        cmocka_unit_test(any_split_and_a_reset_give_the_same),
        cmocka_unit_test(the_gain_returns_to_exactly_none),
        cmocka_unit_test(extreme_times_are_safe),
        cmocka_unit_test(exp_and_log_agree_with_the_library),
        cmocka_unit_test(no_memory_is_reported),
    };

    return cmocka_run_group_tests_name("limitgain", tests, NULL, NULL);
}
