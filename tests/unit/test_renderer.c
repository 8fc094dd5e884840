/* test_renderer.c - am_render_* and render/renderer.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "render/renderer.h"
#include "tests/support/faulty.h"
#include "tests/support/stream.h"

enum { FRAMES = 40000, MOST = 60000 };
static float in[2][FRAMES], out[2][MOST], other[2][MOST];
static float *const to_out[2] = { out[0], out[1] }, *const to_other[2] = { other[0], other[1] };
static const float *const from[2] = { in[0], in[1] }, *const exchanged[2] = { in[1], in[0] };

static const am_format stereo = { 44100, 2 };

static am_plan full_plan(void)
{
    am_plan plan;

    am_plan_neutral(&plan, 48000);
    plan.tone.method = AM_EQ_SECTIONS_METHOD;
    plan.tone.section_count = 2;
    plan.tone.sections[0] = (am_eq_section){ AM_SECTION_LOW_SHELF, 90.0, 3.0, 0.7 };
    plan.tone.sections[1] = (am_eq_section){ AM_SECTION_BELL, 3000.0, -4.0, 1.5 };
    plan.width.enabled = true;
    for (int k = 0; k < AM_BANDS; k++)
        plan.width.side_db[k] = 3.0 * cos(0.1 * k);
    plan.multiband = (am_multiband){ true, { -30.0, -30.0, -30.0, -30.0 }, { 1.0, 1.0, 1.5, 2.0 }, { 1.0, 1.0, 3.0, 5.0 },
                                     6.0, 12.0, 20.0, 200.0 };
    plan.compressor = (am_compressor){ true, -14.0, 2.0, 6.0, 12.0, 15.0, 150.0, 0.2 };
    plan.drive_db = 4.0;
    plan.limiter.enabled = true;
    plan.dither = AM_DITHER_TPDF;
    plan.bits = 24;
    return plan;
}

static void fill(void)
{
    stream_noise(1, in[0], FRAMES, 0.8);
    stream_noise(2, in[1], FRAMES, 0.8);
    for (int n = 0; n < FRAMES; n++)
        for (int c = 0; c < 2; c++)
            in[c][n] *= n % 10000 < 3000 ? 1.0f : 0.2f;
}

static void neutral_plan_is_the_identity_on_the_grid_and_in_float(void **state)
{
    am_plan plan;

    (void)state;
    fill();
    am_plan_neutral(&plan, 44100);
    plan.bits = 32;
    for (uint64_t split = 0; split < 3; split++) {
        assert_int_equal(stream_render(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, split), FRAMES);
        assert_memory_equal(out[0], in[0], sizeof in[0]);
        assert_memory_equal(out[1], in[1], sizeof in[1]);
    }
    plan.bits = 16;
    for (int n = 0; n < FRAMES; n++)
        in[0][n] = in[1][n] = (float)(n * 7 % 65536 - 32768) / 32768.0f;
    assert_int_equal(stream_render(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 0), FRAMES);
    assert_memory_equal(out[0], in[0], sizeof in[0]);
}

static void blocks_do_not_matter(void **state)
{
    const am_plan plan = full_plan();

    (void)state;
    fill();
    assert_int_equal(stream_render(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 0), 43537);
    for (uint64_t split = 1; split < 8; split++) {
        assert_int_equal(stream_render(&stereo, &plan, NULL, from, FRAMES, to_other, MOST, split), 43537);
        assert_memory_equal(other[0], out[0], 43537 * sizeof(float));
        assert_memory_equal(other[1], out[1], 43537 * sizeof(float));
    }
}

static void exchanged_channels_come_out_exchanged(void **state)
{
    am_plan plan = full_plan();

    (void)state;
    fill();
    plan.bits = 32; /* dither has a stream of its own for each channel */
    assert_int_equal(stream_render(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 0), 43537);
    assert_int_equal(stream_render(&stereo, &plan, NULL, exchanged, FRAMES, to_other, MOST, 0), 43537);
    assert_memory_equal(other[0], out[1], 43537 * sizeof(float));
    assert_memory_equal(other[1], out[0], 43537 * sizeof(float));
}

static void output_is_on_the_grid_and_below_the_ceiling(void **state)
{
    am_plan plan = full_plan();
    double peak = 0.0;

    (void)state;
    fill();
    plan.bits = 16;
    assert_int_equal(stream_render(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 0), 43537);
    for (int n = 0; n < 43537; n++)
        for (int c = 0; c < 2; c++) {
            assert_true(out[c][n] * 32768.0f == rintf(out[c][n] * 32768.0f));
            peak = fmax(peak, fabs((double)out[c][n]));
        }
    print_message("sample peak %.4f dBFS\n", am_db_from_gain(peak));
    assert_true(peak <= am_gain_from_db(-1.0) + 1.5 / 32768.0 && peak > am_gain_from_db(-3.0));
}

static void silence_stays_silent_without_dither(void **state)
{
    am_plan plan = full_plan();

    (void)state;
    memset(in, 0, sizeof in);
    plan.dither = AM_DITHER_NONE;
    assert_int_equal(stream_render(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 3), 43537);
    for (int n = 0; n < 43537; n++)
        assert_true(out[0][n] == 0.0f && out[1][n] == 0.0f);
    plan.dither = AM_DITHER_TPDF;
    assert_int_equal(stream_render(&stereo, &plan, NULL, from, FRAMES, to_out, MOST, 3), 43537);
    for (int n = 0; n < 43537; n++)
        assert_true(fabsf(out[0][n]) <= 1.5f / 8388608.0f);
}

static void calls_out_of_order_and_bad_content_are_refused(void **state)
{
    const am_plan plan = full_plan();
    am_plan bad = plan;
    am_renderer *r = NULL;
    am_error err;
    size_t given;

    (void)state;
    bad.limiter.hold_ms = -1.0;
    assert_int_equal(am_render_open(&stereo, &bad, NULL, &r, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan: limiter.hold_ms is -1: must be in [0, 40] ms");
    assert_int_equal(am_render_open(NULL, &plan, NULL, &r, &err), AM_ERR_RANGE);
    assert_null(r);
    assert_int_equal(am_render_push(NULL, from, 1, &err), AM_ERR_RANGE);
    am_render_close(NULL);

    fill();
    assert_int_equal(am_render_open(&stereo, &plan, NULL, &r, &err), AM_OK);
    assert_int_equal(am_render_push(r, from, 100, &err), AM_OK);
    assert_int_equal(am_render_finish(r, &err), AM_OK);
    assert_int_equal(am_render_push(r, from, 100, &err), AM_ERR_STATE);
    assert_int_equal(am_render_finish(r, &err), AM_ERR_STATE);
    assert_int_equal(am_render_pull(r, to_out, MOST, &given), AM_OK);
    assert_int_equal(given, 109);
    am_render_close(r);

    assert_int_equal(am_render_open(&stereo, &plan, NULL, &r, &err), AM_OK);
    in[1][50] = NAN;
    assert_int_equal(am_render_push(r, from, 100, &err), AM_ERR_CONTENT);
    assert_int_equal(am_render_push(r, from, 10, &err), AM_ERR_STATE);
    am_render_close(r);
}

static void refused_memory_is_reported_and_nothing_leaks(void **state)
{
    const am_plan plan = full_plan();
    size_t given = SIZE_MAX;

    (void)state;
    fill();
    for (size_t k = 0; given == SIZE_MAX; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k + 1);

        given = stream_render(&stereo, &plan, allocator, from, 20000, to_out, MOST, k + 1);
        assert_int_equal(memory.live, 0);
        assert_true(k < 1000 && (given == SIZE_MAX) == (memory.calls > k));
    }
    assert_int_equal(given, 21769);
}

static void reductions_can_be_watched(void **state)
{
    const am_plan plan = full_plan();
    am_report *traces = calloc(1, sizeof *traces);
    const am_limiter_trace *trace;
    am_renderer *r = NULL;

    (void)state;
    fill();
    assert_non_null(traces);
    trace = &traces->limiter;
    assert_int_equal(am_render_open(&stereo, &plan, NULL, &r, NULL), AM_OK);
    am_render_trace(r, 4, FRAMES / 4 / 44100.0);
    assert_int_equal(am_render_push(r, from, FRAMES, NULL), AM_OK);
    assert_int_equal(am_render_finish(r, NULL), AM_OK);
    am_render_traced(r, traces);
    assert_true(traces->compressor.count == 4 && traces->compressor.max_db > 0.5 && traces->leveller.count == 0);
    assert_true(traces->multiband.count == 4 && am_within(traces->multiband.p50_db, 1.0, traces->multiband.max_db) && traces->multiband.max_db < 12.0);
    for (int k = 0; k < 4; k++)
        assert_true(traces->multiband.reduction_db[k] > 1.0f);
    assert_int_equal(trace->count, 4);
    assert_true(trace->max_db > 1.0 && trace->max_db < 12.0);
    for (int k = 0; k < 4; k++)
        assert_true((double)trace->reduction_db[k] > 0.5 && (double)trace->reduction_db[k] <= trace->max_db + 1e-3);
    am_render_close(r);
    free(traces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neutral_plan_is_the_identity_on_the_grid_and_in_float),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(exchanged_channels_come_out_exchanged),
        cmocka_unit_test(output_is_on_the_grid_and_below_the_ceiling),
        cmocka_unit_test(silence_stays_silent_without_dither),
        cmocka_unit_test(calls_out_of_order_and_bad_content_are_refused),
        cmocka_unit_test(refused_memory_is_reported_and_nothing_leaks),
        cmocka_unit_test(reductions_can_be_watched),
    };

    return cmocka_run_group_tests_name("renderer", tests, NULL, NULL);
}
