/* test_width.c - render/width.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/curve.h"
#include "render/width.h"
#include "tests/support/stream.h"

enum { FRAMES = 40000 };
static float in[2][FRAMES], out[2][FRAMES], other[2][FRAMES];

/* A direct sum, and fast convolution */
static const double lengths_ms[] = { 10.0, 85.0 };
#define FOR_BOTH_LENGTHS(ms) for (const double *ms = lengths_ms; ms < lengths_ms + 2; ms++)

static am_width smooth_width(double phase, double length_ms)
{
    am_width width = { .enabled = true, .length_ms = length_ms };

    for (int k = 0; k < AM_BANDS; k++)
        width.side_db[k] = 4.0 * sin(2.0 * AM_PI * k / 54.0 + phase);
    return width;
}

static void run(const am_width *width, double rate_hz, size_t frames, uint64_t split, float (*to)[FRAMES])
{
    am_side *side = NULL;
    am_fifo fifo;
    float *into[2] = { to[0], to[1] };

    am_fifo_init(&fifo, 2, NULL);
    assert_int_equal(am_side_open(width, rate_hz, NULL, &side, NULL), AM_OK);
    for (size_t at = 0, block; at < frames; at += block) {
        const float *from[2] = { in[0] + at, in[1] + at };

        block = split ? (size_t)stream_uniform(&split, 0.0, 900.0) : frames;
        block = block < frames - at ? block : frames - at;
        assert_int_equal(am_side_push(side, from, block, &fifo, NULL), AM_OK);
    }
    assert_int_equal(am_side_finish(side, &fifo, NULL), AM_OK);
    assert_int_equal(am_fifo_pull(&fifo, into, FRAMES), frames);
    assert_int_equal(am_fifo_count(&fifo), 0);
    am_side_close(side);
    am_fifo_close(&fifo);
}

static void it_knows_when_it_does_nothing(void **state)
{
    am_width width = { .enabled = true, .length_ms = 10.0 };

    (void)state;
    assert_false(am_side_needed(&width));
    width.side_db[3] = -0.5;
    assert_true(am_side_needed(&width));
    width.enabled = false;
    assert_false(am_side_needed(&width));
}

static void equal_channels_stay_equal_and_exchanged_ones_come_out_exchanged(void **state)
{
    (void)state;
    FOR_BOTH_LENGTHS (ms) {
        const am_width width = smooth_width(0.3, *ms);

        stream_noise(1, in[0], FRAMES, 1.0);
        memcpy(in[1], in[0], sizeof in[0]);
        run(&width, 44100.0, FRAMES, 0, out);
        assert_memory_equal(out, in, sizeof in);

        stream_noise(2, in[1], FRAMES, 1.0);
        run(&width, 44100.0, FRAMES, 0, out);
        stream_noise(2, in[0], FRAMES, 1.0);
        stream_noise(1, in[1], FRAMES, 1.0);
        run(&width, 44100.0, FRAMES, 0, other);
        assert_memory_equal(other[0], out[1], sizeof out[0]);
        assert_memory_equal(other[1], out[0], sizeof out[0]);
    }
}

static void blocks_do_not_matter(void **state)
{
    (void)state;
    stream_noise(1, in[0], FRAMES, 1.0);
    stream_noise(2, in[1], FRAMES, 1.0);
    FOR_BOTH_LENGTHS (ms) {
        const am_width width = smooth_width(1.0, *ms);

        run(&width, 44100.0, FRAMES, 0, out);
        for (uint64_t split = 1; split < 6; split++) {
            run(&width, 44100.0, FRAMES, split, other);
            assert_memory_equal(other, out, sizeof out);
        }
        run(&width, 44100.0, 1, 0, other);
        run(&width, 44100.0, 0, 0, other);
    }
}

/* A tone in mid and side at once: the side's gain is the curve's, the mid and every phase are as they were. */
static void check_gain(double length_ms, double most_low_db)
{
    double gain_high = 0.0, gain_low = 0.0, phase = 0.0, mid = 0.0;

    for (int shape = 0; shape < 6; shape++) {
        const am_width width = smooth_width(shape, length_ms);

        for (double hz = 40.0; hz < 20000.0; hz *= 1.6) {
            const double w = 2.0 * AM_PI * hz / 44100.0;
            double m[2], s[2], turn, error;

            for (int n = 0; n < FRAMES; n++) {
                in[0][n] = (float)(0.4 * cos(w * n) + 0.2 * cos(w * n + 1.0));
                in[1][n] = (float)(0.4 * cos(w * n) - 0.2 * cos(w * n + 1.0));
            }
            run(&width, 44100.0, FRAMES, 0, out);
            for (int n = 0; n < FRAMES; n++) {
                other[0][n] = 0.5f * (out[0][n] + out[1][n]);
                other[1][n] = 0.5f * (out[0][n] - out[1][n]);
            }
            stream_tone(other[0] + 500, FRAMES - 1000, hz / 44100.0, &m[0], &m[1]);
            stream_tone(other[1] + 500, FRAMES - 1000, hz / 44100.0, &s[0], &s[1]);
            turn = remainder(atan2(s[1], s[0]) - atan2(m[1], m[0]) - 1.0, 2.0 * AM_PI) * 180.0 / AM_PI;
            error = fabs(am_db_from_gain(hypot(s[0], s[1]) / 0.2) - am_curve_at(width.side_db, hz));
            phase = fmax(phase, fabs(turn));
            mid = fmax(mid, fabs(am_db_from_gain(hypot(m[0], m[1]) / 0.4)));
            if (hz >= 120.0)
                gain_high = fmax(gain_high, error);
            else
                gain_low = fmax(gain_low, error);
        }
    }
    print_message("side gain, %.0f ms: worst error %.3f dB from 120 Hz, %.3f dB at 40 - 120 Hz; mid %.5f dB; rotation %.4f degrees\n",
                  length_ms, gain_high, gain_low, mid, phase);
    assert_true(gain_high <= 0.3);
    assert_true(gain_low <= most_low_db);
    assert_true(mid < 1e-4);
    assert_true(phase < 0.5);
}

static void only_the_gain_of_the_side_changes(void **state)
{
    (void)state;
    check_gain(lengths_ms[0], 1.2);
    check_gain(lengths_ms[1], 0.1);
}

static void pre_echo_is_low_and_the_mid_has_none(void **state)
{
    double worst = -300.0;

    (void)state;
    for (int shape = 0; shape < 12; shape++) {
        const am_width width = smooth_width(0.5 * shape, lengths_ms[0]);
        double before = 0.0, all = 0.0;

        memset(in, 0, sizeof in);
        in[0][5000] = 1.0f;
        in[1][5000] = -1.0f;
        run(&width, 44100.0, FRAMES, 0, out);
        for (int n = 0; n < FRAMES; n++) {
            const double energy = (double)out[0][n] * (double)out[0][n];

            all += energy;
            before += n < 5000 - 44 ? energy : 0.0;
            assert_true(out[0][n] == -out[1][n]);
        }
        worst = fmax(worst, am_db_from_power(before / all));
    }
    print_message("side, curve of +-4 dB: energy more than 1 ms before an impulse at most %.1f dB\n", worst);
    assert_true(worst < -29.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_when_it_does_nothing),
        cmocka_unit_test(equal_channels_stay_equal_and_exchanged_ones_come_out_exchanged),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(only_the_gain_of_the_side_changes),
        cmocka_unit_test(pre_echo_is_low_and_the_mid_has_none),
    };

    return cmocka_run_group_tests_name("width", tests, NULL, NULL);
}
