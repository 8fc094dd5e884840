/* test_front.c - render/front.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "render/front.h"
#include "tests/support/faulty.h"
#include "tests/support/stream.h"

enum { FRAMES = 50000, MOST = 120000 };
static float in[2][FRAMES], out[2][MOST], other[2][MOST];
static float *const to_out[2] = { out[0], out[1] }, *const to_other[2] = { other[0], other[1] };
static const float *const from[2] = { in[0], in[1] }, *const exchanged[2] = { in[1], in[0] };

static const am_format stereo = { 44100, 2 }, mono = { 44100, 1 };

/* Everything on: which of the two equalisers, and the rate */
static am_plan full_plan(am_eq_method method, uint32_t rate_hz)
{
    am_plan plan;

    am_plan_neutral(&plan, rate_hz);
    plan.tone.method = method;
    plan.tone.section_count = 3;
    plan.tone.sections[0] = (am_eq_section){ AM_SECTION_LOW_SHELF, 90.0, 3.0, 0.7 };
    plan.tone.sections[1] = (am_eq_section){ AM_SECTION_BELL, 3000.0, -4.0, 1.5 };
    plan.tone.sections[2] = (am_eq_section){ AM_SECTION_HIGH_SHELF, 9000.0, 2.0, 0.7 };
    plan.width.enabled = true;
    for (int k = 0; k < AM_BANDS; k++) {
        plan.tone.curve_db[k] = 3.0 * sin(0.2 * k);
        plan.width.side_db[k] = 3.0 * cos(0.1 * k);
    }
    plan.multiband = (am_multiband){ true, { -30.0, -30.0, -30.0, -30.0 }, { 1.5, 1.2, 1.0, 2.0 }, { 1.0, 0.5, 0.0, -0.5 },
                                     6.0, 12.0, 20.0, 200.0 };
    return plan;
}

static void neutral_plan_passes_the_same_bits(void **state)
{
    am_plan plan;

    (void)state;
    stream_noise(1, in[0], FRAMES, 2.0);
    stream_noise(2, in[1], FRAMES, 2.0);
    in[0][7] = -0.0f;
    in[0][8] = 1e-41f; /* denormal */
    am_plan_neutral(&plan, 44100);
    plan.tone.method = AM_EQ_SECTIONS_METHOD;
    plan.tone.section_count = 2; /* of 0 dB */
    plan.width.enabled = true;
    for (uint64_t split = 0; split < 3; split++) {
        assert_int_equal(stream_front(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, split), FRAMES);
        assert_memory_equal(out[0], in[0], sizeof in[0]);
        assert_memory_equal(out[1], in[1], sizeof in[1]);
    }
    assert_int_equal(stream_front(&mono, &plan, NULL, from, FRAMES, to_out, MOST, 1), FRAMES);
    assert_memory_equal(out[0], in[0], sizeof in[0]);
}

static void blocks_do_not_matter_and_channels_may_be_exchanged(void **state)
{
    (void)state;
    stream_noise(1, in[0], FRAMES, 1.0);
    stream_noise(2, in[1], FRAMES, 1.0);
    for (int method = AM_EQ_OFF; method <= AM_EQ_CURVE_METHOD; method++)
        for (uint32_t rate = 44100; rate <= 48000; rate += 3900) {
            const am_plan plan = full_plan((am_eq_method)method, rate);
            const size_t frames = (size_t)floor((double)FRAMES * rate / 44100.0 + 0.5);

            assert_int_equal(stream_front(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 0), frames);
            for (uint64_t split = 1; split < 4; split++) {
                assert_int_equal(stream_front(&stereo, &plan, NULL, from, FRAMES, to_other, MOST, split), frames);
                assert_memory_equal(other[0], out[0], frames * sizeof(float));
                assert_memory_equal(other[1], out[1], frames * sizeof(float));
            }
            assert_int_equal(stream_front(&stereo, &plan, NULL, exchanged, FRAMES, to_other, MOST, 9), frames);
            assert_memory_equal(other[0], out[1], frames * sizeof(float));
            assert_memory_equal(other[1], out[0], frames * sizeof(float));
        }
}

static void everything_is_aligned_and_dc_is_taken_off(void **state)
{
    (void)state;
    for (int method = AM_EQ_OFF; method <= AM_EQ_CURVE_METHOD; method++) {
        am_plan plan = full_plan((am_eq_method)method, 88200);
        size_t peak[2] = { 0, 0 };

        plan.dc[0] = 0.25;
        plan.dc[1] = -0.125;
        for (int n = 0; n < FRAMES; n++) {
            in[0][n] = 0.25f + (n == 20000 ? 0.5f : 0.0f);
            in[1][n] = -0.125f + (n == 30000 ? 0.5f : 0.0f);
        }
        assert_int_equal(stream_front(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 0), 2 * FRAMES);
        for (uint32_t c = 0; c < 2; c++)
            for (size_t n = 0; n < 2 * FRAMES; n++)
                peak[c] = fabsf(out[c][n]) > fabsf(out[c][peak[c]]) ? n : peak[c];
        print_message("peaks at %zu and %zu\n", peak[0], peak[1]);
        assert_true(peak[0] >= 39999 && peak[0] <= 40003); /* a minimum-phase filter may round its impulse off to the right */
        assert_true(peak[1] >= 59999 && peak[1] <= 60003);
        assert_true(fabsf(out[0][5000]) < 1e-6f && fabsf(out[1][5000]) < 1e-6f);
    }
}

static void silence_stays_silent_and_the_floating_point_mode_comes_back(void **state)
{
    const am_plan plan = full_plan(AM_EQ_SECTIONS_METHOD, 48000);
    volatile float tiny = 1e-38f;

    (void)state;
    memset(in, 0, sizeof in);
    assert_int_equal(stream_front(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 0), 54422);
    for (int n = 0; n < 54422; n++)
        assert_true(out[0][n] == 0.0f && out[1][n] == 0.0f);
    assert_true(tiny / 4.0f > 0.0f);
}

static void refused_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    stream_noise(1, in[0], FRAMES, 1.0);
    stream_noise(2, in[1], FRAMES, 1.0);
    for (int method = AM_EQ_SECTIONS_METHOD; method <= AM_EQ_CURVE_METHOD; method++) {
        const am_plan plan = full_plan((am_eq_method)method, 48000);
        size_t given = SIZE_MAX;

        for (size_t k = 0; given == SIZE_MAX; k++) {
            faulty memory;
            const am_allocator *allocator = faulty_init(&memory, k + 1);

            given = stream_front(&stereo, &plan, allocator, from, 20000, to_out, MOST, k + 1);
            assert_int_equal(memory.live, 0);
            assert_true(k < 1000 && (given == SIZE_MAX) == (memory.calls > k));
        }
        assert_int_equal(given, 21769);
    }
}

static void formats_and_plans_out_of_range_are_refused(void **state)
{
    static const am_format formats[] = { { 7999, 2 }, { 384001, 2 }, { 44100, 0 }, { 44100, 3 } };
    am_plan plan = full_plan(AM_EQ_OFF, 44100);
    am_front *front = NULL;
    am_error err;

    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        assert_int_equal(am_front_open(&formats[i], &plan, NULL, &front, &err), AM_ERR_RANGE);
    plan.dc[1] = 1.5;
    assert_int_equal(am_front_open(&stereo, &plan, NULL, &front, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan: dc[1] is 1.5: must be in [-1, 1]");
    assert_null(front);
}

/* Memory does not grow with the length. */
static void memory_is_constant(void **state)
{
    const am_plan plan = full_plan(AM_EQ_CURVE_METHOD, 48000);
    faulty memory;
    const am_allocator *allocator = faulty_init(&memory, 0);
    am_front *front = NULL;
    size_t settled = 0, given;

    (void)state;
    assert_int_equal(am_front_open(&stereo, &plan, allocator, &front, NULL), AM_OK);
    for (int k = 0; k < 60; k++) {
        assert_int_equal(am_front_push(front, from, FRAMES / 3, NULL), AM_OK);
        do
            assert_int_equal(am_front_pull(front, to_out, MOST, &given, NULL), AM_OK);
        while (given);
        if (k == 20)
            settled = memory.calls;
    }
    assert_int_equal(memory.calls, settled);
    am_front_close(front);
    assert_int_equal(memory.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neutral_plan_passes_the_same_bits),
        cmocka_unit_test(blocks_do_not_matter_and_channels_may_be_exchanged),
        cmocka_unit_test(everything_is_aligned_and_dc_is_taken_off),
        cmocka_unit_test(silence_stays_silent_and_the_floating_point_mode_comes_back),
        cmocka_unit_test(refused_memory_is_reported_and_nothing_leaks),
        cmocka_unit_test(formats_and_plans_out_of_range_are_refused),
        cmocka_unit_test(memory_is_constant),
    };

    return cmocka_run_group_tests_name("front", tests, NULL, NULL);
}
