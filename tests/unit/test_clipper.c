/* test_clipper.c - render/clipper.h, alone and in front of the limiter */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "match/drive.h"
#include "analyze/listener.h"
#include "render/clipper.h"
#include "tests/support/faulty.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"
#include "tests/support/stream.h"

enum { RATE = 44100, FRAMES = 10 * RATE };

static float in[2][FRAMES], out[2][FRAMES + 1], other[2][FRAMES + 1];

static am_plan plan_of(double drive_db, double over_db)
{
    am_plan plan;

    am_plan_neutral(&plan, RATE);
    plan.bits = 32;
    plan.drive_db = drive_db;
    plan.clip.enabled = true;
    plan.clip.over_db = over_db;
    plan.limiter.enabled = true;
    return plan;
}

static am_status run(const am_plan *plan, uint32_t channels, size_t frames, const am_allocator *allocator, uint64_t split,
                     float (*to)[FRAMES + 1], am_limiter_trace *trace)
{
    am_clipper *c = NULL;
    size_t given = 1, done = 0;
    am_status st = am_clipper_open(channels, plan, allocator, &c, NULL);

    if (!st && trace)
        am_clipper_trace(c, 100, 0.1 * RATE);
    for (size_t at = 0, block; !st && at < frames; at += block) {
        const float *from[2] = { in[0] + at, in[1] + at };

        block = split ? (size_t)stream_uniform(&split, 0.0, 3000.0) : frames;
        block = block < frames - at ? block : frames - at;
        st = am_clipper_push(c, from, block, NULL);
    }
    if (!st)
        st = am_clipper_finish(c, NULL);
    while (!st && given) {
        float *into[2] = { to[0] + done, to[1] + done };

        am_clipper_pull(c, into, split ? 777 : FRAMES, &given);
        done += given;
    }
    if (!st)
        assert_int_equal(done, frames);
    if (!st && trace)
        am_clipper_traced(c, trace);
    am_clipper_close(c);
    return st;
}

static void make_song(double peak)
{
    float *both = listen_buffer(2 * FRAMES);

    music_fill(both, FRAMES, 2, RATE, 4, peak);
    for (size_t i = 0; i < FRAMES; i++) {
        in[0][i] = both[2 * i];
        in[1][i] = both[2 * i + 1];
    }
    free(both);
}

static void no_sample_loses_more_than_its_range(void **state)
{
    const am_plan plan = plan_of(3.0, 1.0);
    const double level_db = -1.0 + 1.0 - 3.0;
    am_limiter_trace trace;
    double most_db = 0.0;

    (void)state;
    make_song(0.95);
    assert_int_equal(run(&plan, 2, FRAMES, NULL, 0, out, &trace), AM_OK);
    for (int c = 0; c < 2; c++)
        for (size_t i = 0; i < FRAMES; i++) {
            const double a = fabs((double)in[c][i]), b = fabs((double)out[c][i]);

            if (a < am_gain_from_db(level_db) * 0.2)
                continue;
            most_db = fmax(most_db, am_db_from_gain(a / b));
        }
    /* what is taken off is filtered, so a sample may lose a little more than the curve takes off its points */
    if (!(most_db > 1.0 && most_db <= 1.5 + 0.1))
        fail_msg("%.3f dB off a sample, more than 1 and at most 1.6 wanted", most_db);
    check_near("deepest", trace.max_db, 1.5, 0.02);
    assert_true(trace.count == 100 && trace.p50_db <= trace.p95_db && trace.p95_db <= trace.max_db && trace.max_s < 10.0);
}

static void what_stays_below_passes(void **state)
{
    const am_plan plan = plan_of(3.0, 5.0);

    (void)state;
    make_song(0.5);
    assert_int_equal(run(&plan, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    assert_memory_equal(out[0], in[0], sizeof in[0]);
    assert_memory_equal(out[1], in[1], sizeof in[1]);
}

static void block_sizes_change_nothing(void **state)
{
    static const size_t lengths[] = { 0, 1, 31, 32, 33, 1023, 1024, 1025, 1100, 50000, FRAMES };
    const am_plan plan = plan_of(6.0, 1.0);

    (void)state;
    make_song(0.9);
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        memset(out, 0, sizeof out);
        memset(other, 0, sizeof other);
        assert_int_equal(run(&plan, 2, lengths[k], NULL, 0, out, NULL), AM_OK);
        assert_int_equal(run(&plan, 2, lengths[k], NULL, 99 + k, other, NULL), AM_OK);
        assert_memory_equal(out, other, sizeof out);
    }
    assert_int_equal(run(&plan, 1, FRAMES, NULL, 0, other, NULL), AM_OK);
    assert_memory_equal(out[0], other[0], sizeof out[0]);
}

/* The ceiling holds under an independent meter, and the drive model knows what the stage does to loudness and peaks. */
static void the_limiter_behind_it_holds(void **state)
{
    const am_format format = { RATE, 2 };
    const float *from[2] = { in[0], in[1] };
    float *to[2] = { out[0], out[1] };
    am_analysis *measured = calloc(1, sizeof *measured);

    (void)state;
    assert_non_null(measured);
    make_song(0.9);
    for (double drive_db = 4.0; drive_db <= 12.0; drive_db += 4.0) {
        const am_plan plan = plan_of(drive_db, drive_db - 3.0);
        am_blocks *blocks = NULL;
        am_listener *listener = NULL;
        am_drive with, without;

        assert_int_equal(am_blocks_open(RATE, NULL, &blocks, NULL), AM_OK);
        assert_int_equal(am_listener_open(&format, 0.05, blocks, NULL, &listener, NULL), AM_OK);
        assert_int_equal(am_listener_push(listener, from, FRAMES, NULL), AM_OK);
        assert_int_equal(am_listener_finish(listener, NULL), AM_OK);
        assert_int_equal(am_drive_predict(blocks, &plan.clip, &plan.limiter, drive_db, NULL, &with, NULL), AM_OK);
        assert_int_equal(am_drive_predict(blocks, NULL, &plan.limiter, drive_db, NULL, &without, NULL), AM_OK);
        assert_int_equal(stream_render(&format, &plan, NULL, from, FRAMES, to, FRAMES + 1, 0), FRAMES);
        listen_stereo(out[0], out[1], FRAMES, RATE, measured);
        check_near("integrated", with.integrated_lufs, measured->loudness.integrated_lufs, 0.05);
        print_message("drive %.0f dB: %.3f LUFS predicted, %.3f rendered, %.3f without; limiter p99 %.2f dB, %.2f without\n", drive_db,
                      with.integrated_lufs, measured->loudness.integrated_lufs, without.integrated_lufs, with.p99_db, without.p99_db);
        assert_true(with.max_db < without.max_db && with.clip_max_db > 0.5 && with.clip_max_db <= 1.5 + 1e-3);
        if (measured->peak.true_peak_dbtp > -1.0)
            fail_msg("true peak %.4f dBTP over -1", measured->peak.true_peak_dbtp);
        am_listener_close(listener);
        am_blocks_close(blocks);
    }
    free(measured);
}

static void extremes_stay_finite(void **state)
{
    const am_plan plan = plan_of(40.0, 0.0);

    (void)state;
    memset(in, 0, sizeof in);
    in[0][100] = 1e30f;
    in[1][5000] = -31.6f;
    assert_int_equal(run(&plan, 2, RATE, NULL, 0, out, NULL), AM_OK);
    for (size_t i = 0; i < RATE; i++)
        assert_true(isfinite(out[0][i]) && isfinite(out[1][i]));
    assert_true(out[0][20000] == 0.0f);
}

static void any_refused_request_is_told(void **state)
{
    const am_plan plan = plan_of(6.0, 1.0);

    (void)state;
    make_song(0.9);
    for (size_t k = 1;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k);
        const am_status st = run(&plan, 2, 5000, allocator, 0, out, NULL);

        assert_int_equal(memory.live, 0);
        if (!st)
            break;
        assert_int_equal(st, AM_ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_sample_loses_more_than_its_range),
        cmocka_unit_test(what_stays_below_passes),
        cmocka_unit_test(block_sizes_change_nothing),
        cmocka_unit_test(the_limiter_behind_it_holds),
        cmocka_unit_test(extremes_stay_finite),
        cmocka_unit_test(any_refused_request_is_told),
    };

    return cmocka_run_group_tests_name("clipper", tests, NULL, NULL);
}
