/* test_compressor.c - render/compressor.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/compgain.h"
#include "dsp/kweight.h"
#include "dsp/levelgain.h"
#include "render/compressor.h"
#include "tests/support/faulty.h"
#include "tests/support/stream.h"

enum { RATE = 48000, FRAMES = 6 * RATE };

static float in[2][FRAMES], out[2][FRAMES], other[2][FRAMES];

static const am_compressor usual = {
    .enabled = true, .threshold_lufs = -20.0, .ratio = 2.0, .knee_db = 6.0, .range_db = 24.0, .attack_ms = 20.0, .release_ms = 200.0
};

static void check_near(const char *what, double is, double wanted, double tolerance)
{
    if (!(fabs(is - wanted) <= tolerance))
        fail_msg("%s is %.6f, wanted %.6f +- %g", what, is, wanted, tolerance);
}

static const am_leveller ride = {
    .enabled = true, .level_lufs = -20.0, .amount = 0.6, .range_db = 3.0, .slew_db_s = 1.0, .floor_lufs = -50.0
};
static am_leveller leveller;        /* off but where a test says otherwise */

static am_status run(const am_compressor *curve, uint32_t channels, size_t frames, const am_allocator *allocator, uint64_t split,
                     float (*to)[FRAMES], am_limiter_trace *trace)
{
    const am_plan plan = { .leveller = leveller, .compressor = *curve, .rate_hz = RATE };
    am_compression *c = NULL;
    size_t given = 1, done = 0;
    am_status st = am_compression_open(channels, &plan, allocator, &c, NULL);

    if (!st && trace)
        am_compression_trace(c, 60, (double)RATE / 10.0);
    for (size_t at = 0, block; !st && at < frames; at += block) {
        const float *from[2] = { in[0] + at, in[1] + at };

        block = split ? (size_t)stream_uniform(&split, 0.0, 900.0) : frames;
        block = block < frames - at ? block : frames - at;
        st = am_compression_push(c, from, block, NULL);
    }
    if (!st)
        st = am_compression_finish(c, NULL);
    while (!st && given) {
        float *into[2] = { to[0] + done, to[1] + done };

        am_compression_pull(c, into, split ? 777 : FRAMES, &given);
        done += given;
    }
    if (!st)
        assert_int_equal(done, frames);
    if (!st && trace)
        am_compression_traced(c, &(am_limiter_trace){ 0 }, trace);
    am_compression_close(c);
    return st;
}

static void fill_sine(double hz, double gain, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        in[0][i] = in[1][i] = (float)(gain * sin(2.0 * AM_PI * hz * (double)i / RATE));
}

static double rms_db(const float *x, size_t first, size_t end)
{
    double sum = 0.0;

    for (size_t i = first; i < end; i++)
        sum += (double)x[i] * (double)x[i];
    return am_db_from_power(sum / (double)(end - first));
}

/* K-weighted loudness of a sine of gain in both channels */
static double sine_lufs(double hz, double gain) { return am_lufs_from_power(gain * gain * am_kweight_power(RATE, hz)); }

static void steady_tones_get_the_static_curve(void **state)
{
    static const double hz[] = { 50.0, 100.0, 997.0, 5000.0 };

    (void)state;
    for (int k = 0; k < 4; k++)
        for (double gain_db = -36.0; gain_db <= 0.0; gain_db += 3.0) {
            const double gain = am_gain_from_db(gain_db), wanted_db = am_compgain_static(&usual, sine_lufs(hz[k], gain));

            fill_sine(hz[k], gain, 0, FRAMES);
            assert_int_equal(run(&usual, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
            /* the level of 20 ms of a bass note swings a little, and the detector holds its peaks */
            check_near("gain", rms_db(out[0], 3 * RATE, 5 * RATE) - rms_db(in[0], 3 * RATE, 5 * RATE), wanted_db, hz[k] < 500.0 ? 0.25 : 0.05);
        }
}

static void ratio_one_passes_the_samples(void **state)
{
    am_compressor one = usual;

    (void)state;
    one.ratio = 1.0;
    stream_noise(1, in[0], FRAMES, 1.0);
    stream_noise(2, in[1], FRAMES, 1.0);
    assert_int_equal(run(&one, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    assert_memory_equal(in, out, sizeof in);
    one = usual;
    one.threshold_lufs = 10.0;
    assert_int_equal(run(&one, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    assert_memory_equal(in, out, sizeof in);
}

static void block_sizes_change_nothing(void **state)
{
    static const size_t lengths[] = { 0, 1, 63, 64, 65, 128, 200, 1000, FRAMES };

    (void)state;
    stream_noise(3, in[0], FRAMES, 1.0);
    stream_noise(4, in[1], FRAMES, 0.5);
    for (size_t i = 0; i < FRAMES; i++) {
        in[0][i] *= (float)(0.5 + 0.5 * sin((double)i / 3000.0));
        in[1][i] *= i % 20000 < 10000 ? 0.01f : 1.0f;
    }
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        memset(out, 0, sizeof out);
        memset(other, 0, sizeof other);
        assert_int_equal(run(&usual, 2, lengths[k], NULL, 0, out, NULL), AM_OK);
        assert_int_equal(run(&usual, 2, lengths[k], NULL, 77 + k, other, NULL), AM_OK);
        assert_memory_equal(out, other, sizeof out);
    }
}

static void channels_share_one_gain(void **state)
{
    (void)state;
    stream_noise(5, in[0], FRAMES, 0.9);
    for (size_t i = 0; i < FRAMES; i++)
        in[1][i] = 0.25f * in[0][i];
    assert_int_equal(run(&usual, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    for (size_t i = 0; i < FRAMES; i++)
        if (out[1][i] != 0.25f * out[0][i])
            fail_msg("frame %zu: %g is not a quarter of %g", i, (double)out[1][i], (double)out[0][i]);
    memcpy(in[1], in[0], sizeof in[0]);
    assert_int_equal(run(&usual, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    assert_int_equal(run(&usual, 1, FRAMES, NULL, 0, other, NULL), AM_OK);
    assert_memory_equal(out[0], other[0], sizeof out[0]);
}

/* 20 dB up and down again: 1/e of the way is left after the attack, within the 20 ms over which the level is taken. */
static void it_moves_in_its_times(void **state)
{
    am_compressor c = usual;
    const double high_db = am_compgain_static(&c, sine_lufs(997.0, 0.5));
    am_limiter_trace trace;
    double gain_db;

    (void)state;
    fill_sine(997.0, 0.005, 0, FRAMES);
    fill_sine(997.0, 0.5, RATE, 3 * RATE);
    assert_int_equal(run(&c, 2, FRAMES, NULL, 0, out, &trace), AM_OK);
    gain_db = rms_db(out[0], RATE + 960, RATE + 1056) - rms_db(in[0], RATE + 960, RATE + 1056);
    assert_true(gain_db < (1.0 - exp(-0.5)) * high_db && gain_db > (1.0 - exp(-2.0)) * high_db);
    check_near("settled", rms_db(out[0], 2 * RATE, 3 * RATE) - rms_db(in[0], 2 * RATE, 3 * RATE), high_db, 0.02);
    gain_db = rms_db(out[0], 3 * RATE + 9600, 3 * RATE + 9696) - rms_db(in[0], 3 * RATE + 9600, 3 * RATE + 9696);
    check_near("after the release", gain_db / high_db, exp(-1.0), 0.06);
    check_near("deepest", trace.max_db, -high_db, 0.05);
    check_near("typical", trace.p95_db, -high_db, 0.05);
    assert_true(trace.count == 60 && trace.reduction_db[5] == 0.0f && (double)trace.reduction_db[25] > 0.99 * -high_db);
    assert_true(trace.max_s > 1.0 && trace.max_s < 3.1);
}

/* Nothing swells out of a silence, and digital silence stays silent. */
static void silence_stays(void **state)
{
    am_compressor c = usual;

    (void)state;
    c.threshold_lufs = -80.0;
    memset(in, 0, sizeof in);
    fill_sine(440.0, 0.5, 0, RATE);
    fill_sine(440.0, 30.0, 4 * RATE, 5 * RATE);
    assert_int_equal(run(&c, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    for (size_t i = 0; i < FRAMES; i++)
        if (!isfinite(out[0][i]) || fabsf(out[0][i]) > fabsf(in[0][i]))
            fail_msg("frame %zu: %g from %g", i, (double)out[0][i], (double)in[0][i]);
}

/* ------------------------------------------------------------------ leveller */

static const am_compressor none = { .ratio = 1.0, .attack_ms = 20.0, .release_ms = 200.0 };

static double gain_at(double from_s, double to_s)
{
    const size_t first = (size_t)(from_s * RATE), end = (size_t)(to_s * RATE);

    return rms_db(out[0], first, end) - rms_db(in[0], first, end);
}

static void a_leveller_rides_slowly_ahead_of_the_music(void **state)
{
    const double soft = 0.05, loud = 0.1;
    double steepest_db_s = 0.0;

    (void)state;
    leveller = ride;
    leveller.level_lufs = 0.5 * (sine_lufs(997.0, soft) + sine_lufs(997.0, loud));
    fill_sine(997.0, soft, 0, 5 * RATE / 2);
    fill_sine(997.0, loud, 5 * RATE / 2, FRAMES);
    assert_int_equal(run(&none, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    check_near("soft", gain_at(0.0, 0.5), am_levelgain_static(&leveller, sine_lufs(997.0, soft)), 0.03);
    check_near("loud", gain_at(5.9, 6.0), am_levelgain_static(&leveller, sine_lufs(997.0, loud)), 0.1);
    assert_true(gain_at(2.3, 2.4) < gain_at(0.0, 0.5) - 0.5);   /* it begins ahead */
    for (double t = 0.2; t < 5.8; t += 0.1)
        steepest_db_s = fmax(steepest_db_s, fabs(gain_at(t + 0.1, t + 0.15) - gain_at(t, t + 0.05)) / 0.1);
    check_near("slew", fmin(steepest_db_s, 1.0), steepest_db_s, 0.05);
    leveller.enabled = false;
}

/* Through a silence, and what is softer than the floor, the gain stands still; digital silence stays silent. */
static void a_leveller_does_not_pump_out_of_silence(void **state)
{
    (void)state;
    leveller = ride;
    memset(in, 0, sizeof in);
    fill_sine(440.0, 0.2, 0, 2 * RATE);
    stream_noise(8, in[0] + 2 * RATE, 2 * RATE, 0.0005);
    memcpy(in[1] + 2 * RATE, in[0] + 2 * RATE, 2 * RATE * sizeof(float));
    fill_sine(440.0, 0.2, 5 * RATE, 6 * RATE);
    assert_int_equal(run(&none, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    check_near("noise", gain_at(2.1, 3.9), gain_at(0.1, 1.9), 0.1);
    check_near("after", gain_at(5.1, 5.9), gain_at(0.1, 1.9), 0.1);
    for (size_t i = 4 * RATE; i < 5 * RATE; i++)
        assert_true(out[0][i] == 0.0f);
    leveller.enabled = false;
}

static void a_leveller_that_asks_for_nothing_passes_the_samples(void **state)
{
    (void)state;
    leveller = ride;
    leveller.amount = 0.0;
    stream_noise(1, in[0], FRAMES, 1.0);
    stream_noise(2, in[1], FRAMES, 1.0);
    assert_int_equal(run(&none, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    assert_memory_equal(in, out, sizeof in);
    leveller.enabled = false;
}

static void block_sizes_change_nothing_with_a_leveller(void **state)
{
    (void)state;
    leveller = ride;
    block_sizes_change_nothing(state);
    leveller.enabled = false;
}

/* Intermodulation: 60 Hz at full scale with 1 kHz at -20 dB under 6 dB of reduction, sidebands below -45 dB of the 1 kHz */
static void bass_does_not_modulate(void **state)
{
    am_compressor c = usual;
    double re, im, carrier, worst = 0.0;

    (void)state;
    c.attack_ms = 5.0;              /* the fastest that the solver chooses */
    c.release_ms = 50.0;
    c.threshold_lufs = sine_lufs(60.0, 1.0) - 12.0;
    for (size_t i = 0; i < FRAMES; i++)
        in[0][i] = in[1][i] = (float)(sin(2.0 * AM_PI * 60.0 * (double)i / RATE) + 0.1 * sin(2.0 * AM_PI * 1000.0 * (double)i / RATE));
    assert_int_equal(run(&c, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
    check_near("reduction", rms_db(out[0], 3 * RATE, 5 * RATE) - rms_db(in[0], 3 * RATE, 5 * RATE), -6.0, 0.4);
    stream_tone(out[0] + 2 * RATE, 3 * RATE, 1000.0 / RATE, &re, &im);
    carrier = hypot(re, im);
    for (int k = -4; k <= 4; k++) {
        if (k == 0)
            continue;
        stream_tone(out[0] + 2 * RATE, 3 * RATE, (1000.0 + 60.0 * k) / RATE, &re, &im);
        worst = fmax(worst, hypot(re, im));
    }
    if (am_db_from_gain(worst / carrier) > -45.0)
        fail_msg("sidebands at %.1f dB, at most -45", am_db_from_gain(worst / carrier));
}

/* Pumping: the kick moves the pad under it at 1 to 8 Hz, at the usual setting and at the fastest and steepest that the solver chooses. */
static void a_kick_does_not_pump_the_pad(void **state)
{
    static const struct {
        double ratio, attack_ms, release_ms, most_db;
    } settings[] = { { 2.0, 15.0, 150.0, 1.5 }, { 3.0, 5.0, 50.0, 2.0 } };

    (void)state;
    stream_kick_and_pad(in[0], FRAMES, RATE, 0.5, 0.1);
    memcpy(in[1], in[0], sizeof in[1]);
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
        am_compressor c = usual;
        am_limiter_trace trace = { 0 };
        double got_db;

        c.ratio = settings[k].ratio;
        c.attack_ms = settings[k].attack_ms;
        c.release_ms = settings[k].release_ms;
        c.threshold_lufs = sine_lufs(1000.0, 0.1) - 2.0;
        assert_int_equal(run(&c, 2, FRAMES, NULL, 0, out, &trace), AM_OK);
        got_db = stream_pumping_db(out[0] + RATE, FRAMES - RATE, RATE);
        print_message("%.1f : 1 in %.0f and %.0f ms, typically %.1f, at most %.1f dB: the pad moves by %.2f dB rms\n", c.ratio, c.attack_ms, c.release_ms,
                      trace.p50_db, trace.max_db, got_db);
        if (!(got_db <= settings[k].most_db))
            fail_msg("%.1f : 1: the pad moves by %.2f dB rms, at most %.2f", c.ratio, got_db, settings[k].most_db);
    }
}

static void any_refused_request_is_told(void **state)
{
    (void)state;
    leveller = ride;
    stream_noise(6, in[0], 5000, 0.9);
    for (size_t k = 1;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k);
        const am_status st = run(&usual, 2, 5000, allocator, 0, out, NULL);

        assert_int_equal(memory.live, 0);
        if (!st)
            break;
        assert_int_equal(st, AM_ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_tones_get_the_static_curve),
        cmocka_unit_test(ratio_one_passes_the_samples),
        cmocka_unit_test(block_sizes_change_nothing),
        cmocka_unit_test(channels_share_one_gain),
        cmocka_unit_test(it_moves_in_its_times),
        cmocka_unit_test(silence_stays),
        cmocka_unit_test(bass_does_not_modulate),
        cmocka_unit_test(a_kick_does_not_pump_the_pad),
        cmocka_unit_test(a_leveller_rides_slowly_ahead_of_the_music),
        cmocka_unit_test(a_leveller_does_not_pump_out_of_silence),
        cmocka_unit_test(a_leveller_that_asks_for_nothing_passes_the_samples),
        cmocka_unit_test(block_sizes_change_nothing_with_a_leveller),
        cmocka_unit_test(any_refused_request_is_told),
    };

    return cmocka_run_group_tests_name("compressor", tests, NULL, NULL);
}
