/* test_drive.c - match/drive.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ebur128.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "match/drive.h"
#include "render/limiter.h"
#include "tests/support/faulty.h"
#include "tests/support/listen.h"

enum { RATE = 44100, FRAMES = 30 * RATE };

static const am_limiter limiter = {
    .enabled = true, .ceiling_dbtp = -1.0, .lookahead_ms = 6.0, .hold_ms = 3.0, .release_ms = 80.0, .sustain_attack_ms = 80.0,
    .sustain_release_ms = 400.0, .sustain = 0.6
};

static float song[2][FRAMES], output[2][FRAMES];

static uint64_t random_state;

static double uniform(double low, double high)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(random_state >> 11) / 9007199254740992.0;
}

/* Drums, bass, a chord and noise at 120 beats a minute, with a quiet beginning; peaks at full scale. */
static void make_song(void)
{
    double peak = 0.0;

    random_state = 11;
    for (int i = 0; i < FRAMES; i++) {
        const double t = (double)i / RATE, beat = fmod(t, 0.5), off = fmod(t + 0.25, 0.5);
        const double kick = exp(-beat * 18.0) * sin(2.0 * AM_PI * (50.0 * beat + 8.0 * (1.0 - exp(-beat * 40.0))));
        const double snare = exp(-fmod(t + 0.5, 1.0) * 25.0) * uniform(-1.0, 1.0);
        const double hat = 0.3 * exp(-off * 60.0) * uniform(-1.0, 1.0);
        const double bass = 0.4 * sin(2.0 * AM_PI * 55.0 * t) + 0.1 * sin(2.0 * AM_PI * 110.0 * t + 1.0);
        const double chord = 0.15 * (sin(2.0 * AM_PI * 220.0 * t) + sin(2.0 * AM_PI * 277.2 * t) + sin(2.0 * AM_PI * 329.6 * t));
        const double loudness = t < 6.0 ? 0.1 : 1.0;

        song[0][i] = (float)(loudness * (kick + 0.6 * snare + hat + bass + chord));
        song[1][i] = (float)(loudness * (kick + 0.5 * snare - 0.5 * hat + bass + chord * cos(t)));
        peak = fmax(peak, fmax(fabs((double)song[0][i]), fabs((double)song[1][i])));
    }
    for (int i = 0; i < FRAMES; i++) {
        song[0][i] = (float)((double)song[0][i] / peak);
        song[1][i] = (float)((double)song[1][i] / peak);
    }
}

static am_blocks *blocks_of(size_t frames) { return listen_blocks(song[0], song[1], frames, RATE); }

/* What the meter reads after rendering, libebur128 being the meter */
static double rendered_lufs(double drive_db, const am_limiter *times)
{
    const am_plan plan = { .drive_db = drive_db, .limiter = *times, .rate_hz = RATE, .bits = 32 };
    const float *from[2] = { song[0], song[1] };
    float *to[2] = { output[0], output[1] };
    am_lookahead *render = NULL;
    ebur128_state *meter = ebur128_init(2, RATE, EBUR128_MODE_I);
    size_t given;
    double lufs;

    assert_int_equal(am_lookahead_open(2, &plan, NULL, &render, NULL), AM_OK);
    assert_int_equal(am_lookahead_push(render, from, FRAMES, NULL), AM_OK);
    assert_int_equal(am_lookahead_finish(render, NULL), AM_OK);
    assert_int_equal(am_lookahead_pull(render, to, FRAMES, &given), AM_OK);
    am_lookahead_close(render);
    assert_non_null(meter);
    for (size_t i = 0; i < given; i++) {
        const float frame[2] = { output[0][i], output[1][i] };

        ebur128_add_frames_float(meter, frame, 1);
    }
    ebur128_loudness_global(meter, &lufs);
    ebur128_destroy(&meter);
    return lufs;
}

static void prediction_is_what_rendering_gives(void **state)
{
    am_blocks *blocks = blocks_of(FRAMES);

    (void)state;
    for (double drive_db = -8.0; drive_db <= 8.0; drive_db += 4.0) {
        const double want = rendered_lufs(drive_db, &limiter);
        am_drive got;

        assert_int_equal(am_drive_predict(blocks, NULL, &limiter, drive_db, NULL, &got, NULL), AM_OK);
        print_message("drive %+.0f dB: predicted %.3f, rendered %.3f LUFS\n", drive_db, got.integrated_lufs, want);
        if (!(fabs(got.integrated_lufs - want) <= 0.03))
            fail_msg("drive %.1f dB: predicted %.4f, rendered %.4f LUFS", drive_db, got.integrated_lufs, want);
    }
    am_blocks_close(blocks);
}

static void solving_reaches_the_loudness(void **state)
{
    am_blocks *blocks = blocks_of(FRAMES);
    am_drive plain, got;

    (void)state;
    assert_int_equal(am_drive_predict(blocks, NULL, &limiter, -20.0, NULL, &plain, NULL), AM_OK);
    for (double more_lu = -12.0; more_lu <= 3.0; more_lu += 3.0) {
        const double target = plain.integrated_lufs + 20.0 + more_lu;

        assert_int_equal(am_drive_solve(blocks, NULL, &limiter, target, 0.0, NULL, &got, NULL), AM_OK);
        assert_int_equal(got.end, AM_DRIVE_REACHED);
        if (!(fabs(got.integrated_lufs - target) <= 0.005 && fabs(rendered_lufs(got.drive_db, &limiter) - target) <= 0.03))
            fail_msg("wanted %.3f, predicted %.3f, rendered %.3f LUFS", target, got.integrated_lufs,
                     rendered_lufs(got.drive_db, &limiter));
        assert_true(fabs(got.drive_db * 1000.0 - round(got.drive_db * 1000.0)) < 1e-6);
    }
    assert_int_equal(am_drive_solve(blocks, NULL, &limiter, plain.integrated_lufs + 16.0, 1.0, NULL, &got, NULL), AM_OK);
    assert_true(fabs(got.drive_db + 5.0) < 0.01 && fabs(got.integrated_lufs - (plain.integrated_lufs + 16.0)) < 0.01);
    am_blocks_close(blocks);
}

static void too_much_is_not_done(void **state)
{
    am_blocks *blocks = blocks_of(FRAMES);
    am_drive got, below;

    (void)state;
    assert_int_equal(am_drive_solve(blocks, NULL, &limiter, 10.0, 0.0, NULL, &got, NULL), AM_OK);
    assert_true(got.end == AM_DRIVE_TOO_DEEP || got.end == AM_DRIVE_SATURATED);
    assert_true(got.p99_db <= 8.0 && got.integrated_lufs < 10.0);
    assert_int_equal(am_drive_predict(blocks, NULL, &limiter, got.drive_db - 0.5, NULL, &below, NULL), AM_OK);
    assert_true(got.integrated_lufs - below.integrated_lufs >= 0.124);
    am_blocks_close(blocks);
}

static void without_a_limiter_peaks_stay_at_the_ceiling(void **state)
{
    am_blocks *blocks = blocks_of(FRAMES);
    am_limiter off = limiter;
    am_drive got, plain;

    (void)state;
    off.enabled = false;
    assert_int_equal(am_drive_predict(blocks, NULL, &off, 0.0, NULL, &plain, NULL), AM_OK);
    assert_int_equal(am_drive_solve(blocks, NULL, &off, plain.integrated_lufs + 6.0, 0.0, NULL, &got, NULL), AM_OK);
    assert_int_equal(got.end, AM_DRIVE_CEILING);
    assert_true(got.drive_db < -1.0 && got.drive_db > -2.0 && got.max_db == 0.0);
    assert_int_equal(am_drive_solve(blocks, NULL, &off, NAN, 0.0, NULL, &got, NULL), AM_OK);
    assert_true(got.end == AM_DRIVE_CEILING && got.drive_db < -1.0);
    assert_int_equal(am_drive_solve(blocks, NULL, &off, plain.integrated_lufs - 6.0, 0.0, NULL, &got, NULL), AM_OK);
    assert_true(got.end == AM_DRIVE_REACHED && fabs(got.drive_db + 6.0) < 0.001);
    am_blocks_close(blocks);
}

static void nothing_to_do_is_nothing(void **state)
{
    am_limiter high = limiter;
    am_blocks *blocks;
    am_drive got, plain;

    (void)state;
    for (int i = 0; i < FRAMES; i++) {
        song[0][i] *= 0.5f;
        song[1][i] *= 0.5f;
    }
    blocks = blocks_of(FRAMES);
    assert_int_equal(am_drive_predict(blocks, NULL, &high, 0.0, NULL, &plain, NULL), AM_OK);
    assert_int_equal(am_drive_solve(blocks, NULL, &high, plain.integrated_lufs + 0.019, 0.0, NULL, &got, NULL), AM_OK);
    assert_true(got.drive_db == 0.0 && got.max_db == 0.0 && got.end == AM_DRIVE_REACHED);
    assert_int_equal(am_drive_solve(blocks, NULL, &high, NAN, 0.0, NULL, &got, NULL), AM_OK);
    assert_true(got.drive_db == 0.0);
    am_blocks_close(blocks);
    make_song();
}

static void silence_and_snippets_get_no_drive(void **state)
{
    static const size_t lengths[] = { 0, 1, 1000, 15000 };
    am_blocks *blocks;
    am_drive got;

    (void)state;
    for (int i = 0; i < 4; i++) {
        blocks = blocks_of(lengths[i]);
        assert_int_equal(am_drive_solve(blocks, NULL, &limiter, -14.0, 0.0, NULL, &got, NULL), AM_OK);
        assert_true(got.drive_db == 0.0);
        am_blocks_close(blocks);
    }
    memset(song, 0, sizeof song);
    blocks = blocks_of(FRAMES);
    assert_int_equal(am_drive_solve(blocks, NULL, &limiter, -14.0, 0.0, NULL, &got, NULL), AM_OK);
    assert_true(got.drive_db == 0.0);
    am_blocks_close(blocks);
    make_song();
}

static void hold_follows_the_bass(void **state)
{
    am_analysis *before = calloc(1, sizeof *before);
    am_limiter times;

    (void)state;
    assert_non_null(before);
    for (int band = 0; band < AM_BANDS; band++)
        before->mid.power_db[band] = am_band_hz(band) < 39.0 ? -40.0 : -20.0;
    am_limiter_for(before, -2.0, &times);
    assert_true(times.enabled && times.ceiling_dbtp == -2.0);
    assert_true(times.lookahead_ms + times.hold_ms > 500.0 / 40.0);
    for (int band = 0; band < AM_BANDS; band++)
        before->mid.power_db[band] = NAN;
    am_limiter_for(before, -1.0, &times);
    assert_true(times.hold_ms >= 3.0 && times.hold_ms <= 9.0);
    free(before);
}

static void every_refused_allocation_is_reported(void **state)
{
    int ration = 0;
    faulty few;
    am_blocks *blocks = blocks_of(50000);
    am_status st = AM_ERR_NOMEM;

    (void)state;
    for (; st == AM_ERR_NOMEM && ration < 20; ration++) {
        am_drive got;

        (void)faulty_init(&few, (size_t)ration + 1);
        st = am_drive_solve(blocks, NULL, &limiter, -14.0, 0.0, &few.allocator, &got, NULL);
    }
    assert_true(st == AM_OK && ration == 6);
    am_blocks_close(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prediction_is_what_rendering_gives),
        cmocka_unit_test(solving_reaches_the_loudness),
        cmocka_unit_test(too_much_is_not_done),
        cmocka_unit_test(without_a_limiter_peaks_stay_at_the_ceiling),
        cmocka_unit_test(nothing_to_do_is_nothing),
        cmocka_unit_test(silence_and_snippets_get_no_drive),
        cmocka_unit_test(hold_follows_the_bass),
        cmocka_unit_test(every_refused_allocation_is_reported),
    };

    make_song();
    return cmocka_run_group_tests_name("drive", tests, NULL, NULL);
}
