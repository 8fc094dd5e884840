/* test_listener.c - analyze/listener.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/listener.h"
#include "base/db.h"
#include "tests/support/faulty.h"

enum { LONGEST = 400000 };

static float samples[2][LONGEST];

static am_blocks *listen(uint32_t rate_hz, uint32_t channels, size_t frames, size_t split)
{
    const am_format format = { .rate_hz = rate_hz, .channels = channels };
    am_blocks *blocks = NULL;
    am_listener *listener = NULL;

    assert_int_equal(am_blocks_open((double)rate_hz, NULL, &blocks, NULL), AM_OK);
    assert_int_equal(am_listener_open(&format, 0.25, blocks, NULL, &listener, NULL), AM_OK);
    for (size_t at = 0; at < frames; at += split) {
        const float *from[2] = { samples[0] + at, samples[1] + at };

        assert_int_equal(am_listener_push(listener, from, frames - at < split ? frames - at : split, NULL), AM_OK);
    }
    assert_int_equal(am_listener_finish(listener, NULL), AM_OK);
    am_listener_close(listener);
    return blocks;
}

static double mean_power(const am_blocks *blocks, size_t first)
{
    double sum = 0.0;

    for (size_t i = first; i < am_blocks_count(blocks); i++) {
        float power;

        am_blocks_read(blocks, i, 1, NULL, &power);
        sum += (double)power;
    }
    return sum / (double)(am_blocks_count(blocks) - first);
}

/* BS.1770: a sine of 997 Hz at 0 dBFS in one channel reads -3.01 LUFS. */
static void a_sine_has_its_loudness_and_peak(void **state)
{
    static const uint32_t rates[] = { 44100, 48000, 96000, 192000 };

    (void)state;
    for (int r = 0; r < 4; r++) {
        const size_t frames = rates[r] * 2;
        am_blocks *blocks;
        double lufs;

        for (size_t i = 0; i < frames; i++)
            samples[0][i] = samples[1][i] = (float)(0.5 * sin(2.0 * AM_PI * 997.0 * (double)i / rates[r]));
        for (uint32_t channels = 1; channels <= 2; channels++) {
            blocks = listen(rates[r], channels, frames, 4096);
            assert_int_equal(am_blocks_count(blocks), (frames + am_blocks_frames(blocks) - 1) / am_blocks_frames(blocks));
            lufs = am_lufs_from_power(mean_power(blocks, am_blocks_count(blocks) / 2));
            if (!(fabs(lufs + 6.02) < 0.03))
                fail_msg("%u Hz, %u channels: %.3f LUFS, want -6.02", rates[r], channels, lufs);
            for (size_t i = 4; i + 4 < am_blocks_count(blocks); i++) {
                float peak;

                am_blocks_read(blocks, i, 1, &peak, NULL);
                assert_true(peak <= 0.501f);    /* blocks are shorter than a period: not each holds the peak */
            }
            am_blocks_close(blocks);
        }
    }
}

static void peaks_between_samples_are_in_their_block(void **state)
{
    am_blocks *blocks;
    float peak[4];

    (void)state;
    memset(samples, 0, sizeof samples);
    samples[1][40] = samples[1][41] = 0.5f;
    blocks = listen(44100, 2, 100, 7);
    assert_int_equal(am_blocks_count(blocks), 4);
    am_blocks_read(blocks, 0, 4, peak, NULL);
    assert_true(peak[0] < 0.25f && peak[2] < 0.25f && peak[3] < 0.25f);
    if (!(peak[1] >= 0.6366f * 0.997f && peak[1] < 0.75f))  /* with an allowance for what is near Nyquist */
        fail_msg("peak %.5f, want 0.6366 or some more", (double)peak[1]);
    am_blocks_close(blocks);
}

static void any_split_gives_the_same(void **state)
{
    static float peak[2][2000], power[2][2000];
    uint64_t x = 1;

    (void)state;
    for (int i = 0; i < 40000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        samples[0][i] = (float)((double)(x >> 11) / 9007199254740992.0 - 0.5);
        samples[1][i] = -samples[0][i] * 0.5f;
    }
    for (size_t split = 1; split < 40000; split = split * 7 + 1) {
        am_blocks *blocks = listen(48000, 2, 40000, split);
        const size_t k = split > 1;

        assert_int_equal(am_blocks_count(blocks), 1250);
        am_blocks_read(blocks, 0, 1250, peak[k], power[k]);
        am_blocks_close(blocks);
        if (k) {
            assert_memory_equal(peak[0], peak[1], sizeof peak[0]);
            assert_memory_equal(power[0], power[1], sizeof power[0]);
        }
    }
}

static void nothing_gives_nothing(void **state)
{
    am_blocks *blocks = listen(44100, 2, 0, 1);

    (void)state;
    assert_int_equal(am_blocks_count(blocks), 0);
    am_blocks_close(blocks);
    am_listener_close(NULL);
}

static void no_memory_is_reported(void **state)
{
    faulty none;
    const am_format format = { .rate_hz = 44100, .channels = 2 };
    am_blocks *blocks = NULL;
    am_listener *listener = NULL;
    am_error err = { 0 };

    (void)state;
    assert_int_equal(am_blocks_open(44100.0, NULL, &blocks, NULL), AM_OK);
    assert_int_equal(am_listener_open(&format, 0.5, blocks, faulty_init(&none, 1), &listener, &err), AM_ERR_NOMEM);
    assert_true(!listener && err.status == AM_ERR_NOMEM);
    am_blocks_close(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_has_its_loudness_and_peak),
        cmocka_unit_test(peaks_between_samples_are_in_their_block),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(nothing_gives_nothing),
        cmocka_unit_test(no_memory_is_reported),
    };

    return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
