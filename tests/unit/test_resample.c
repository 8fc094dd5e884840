/* test_resample.c - dsp/resample.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/resample.h"
#include "tests/support/stream.h"

enum { MOST = 400000 };
static float in[2][MOST], out[2][MOST], other[2][MOST];

static size_t convert(uint32_t in_hz, uint32_t out_hz, uint32_t channels, size_t frames, uint64_t split, float (*to)[MOST])
{
    am_resampler *resampler = NULL;
    am_fifo fifo;
    float *into[2] = { to[0], to[1] };
    size_t total;

    am_fifo_init(&fifo, channels, NULL);
    assert_int_equal(am_resampler_open(in_hz, out_hz, channels, NULL, &resampler, NULL), AM_OK);
    for (size_t at = 0, block; at < frames; at += block) {
        const float *from[2] = { in[0] + at, in[1] + at };

        block = split ? (size_t)stream_uniform(&split, 0.0, 5000.0) : frames;
        block = block < frames - at ? block : frames - at;
        assert_int_equal(am_resampler_push(resampler, from, block, &fifo, NULL), AM_OK);
    }
    assert_int_equal(am_resampler_finish(resampler, &fifo, NULL), AM_OK);
    total = am_fifo_pull(&fifo, into, MOST);
    assert_int_equal(am_fifo_count(&fifo), 0);
    am_resampler_close(resampler);
    am_fifo_close(&fifo);
    return total;
}

static void length_is_exact(void **state)
{
    static const uint32_t rates[][2] = { { 44100, 48000 }, { 48000, 44100 }, { 96000, 44100 }, { 44100, 96000 }, { 8000, 384000 },
                                         { 384000, 8000 }, { 44100, 22050 }, { 11025, 48000 }, { 44101, 44099 } };
    uint64_t seed = 3;

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (size_t k = 0; k < 12; k++) {
            const size_t frames = k < 4 ? k : (size_t)stream_uniform(&seed, 1.0, 8000.0);
            const size_t want = (size_t)floor((double)frames * rates[i][1] / rates[i][0] + 0.5);

            stream_noise(k, in[0], frames, 1.0);
            assert_int_equal(convert(rates[i][0], rates[i][1], 1, frames, k, out), want);
        }
}

static void an_impulse_stays_where_it_is(void **state)
{
    static const uint32_t rates[][2] = { { 44100, 48000 }, { 48000, 44100 }, { 96000, 44100 }, { 44100, 192000 } };

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (int end = 0; end < 3; end++) {
            const size_t frames = 20000, at = end == 0 ? 0 : end == 1 ? 9000 : frames - 1;
            double moment = 0.0, sum = 0.0, centre;
            size_t total, first, last;

            memset(in[0], 0, sizeof in[0]);
            in[0][at] = 1.0f;
            total = convert(rates[i][0], rates[i][1], 1, frames, 0, out);
            centre = (double)at * rates[i][1] / rates[i][0];
            if (end == 1) {
                first = (size_t)centre - 2000;
                last = first + 4000;
                for (size_t n = first; n < last; n++) {
                    moment += (double)n * (double)out[0][n];
                    sum += (double)out[0][n];
                }
                print_message("%u -> %u: centre %.5f, should be %.5f\n", rates[i][0], rates[i][1], moment / sum, centre);
                assert_true(fabs(moment / sum - centre) < 0.01);
            } else {
                size_t peak = 0;

                for (size_t n = 0; n < total; n++)
                    peak = fabsf(out[0][n]) > fabsf(out[0][peak]) ? n : peak;
                assert_true(fabs((double)peak - centre) <= 1.0);
            }
        }
}

/* Amplitude of a tone in the middle of the output */
static double tone_db(uint32_t in_hz, uint32_t out_hz, double hz, double at_hz)
{
    double re, im;
    const size_t frames = 120000;
    size_t total;

    for (size_t n = 0; n < frames; n++)
        in[0][n] = (float)(0.5 * sin(2.0 * AM_PI * hz * (double)n / in_hz));
    total = convert(in_hz, out_hz, 1, frames, 0, out);
    assert_true(total > 40000);
    stream_tone(out[0] + 8192, total - 16384, at_hz / out_hz, &re, &im);
    return am_db_from_gain(sqrt(re * re + im * im) / 0.5);
}

static void passband_is_flat_and_aliases_are_gone(void **state)
{
    double ripple = 0.0, alias = -300.0;

    (void)state;
    for (double hz = 100.0; hz <= 0.9 * 22050.0; hz += 1500.0) {
        ripple = fmax(ripple, fabs(tone_db(96000, 44100, hz, hz)));
        ripple = fmax(ripple, fabs(tone_db(44100, 48000, hz, hz)));
    }
    ripple = fmax(ripple, fabs(tone_db(96000, 44100, 0.9 * 22050.0, 0.9 * 22050.0)));
    for (double hz = 1.03 * 22050.0; hz < 44100.0; hz += 2500.0)
        alias = fmax(alias, tone_db(96000, 44100, hz, fabs(44100.0 - hz)));
    print_message("ripple %.5f dB, worst alias %.1f dB\n", ripple, alias);
    assert_true(ripple <= 0.01);
    assert_true(alias <= -150.0);
}

static void blocks_do_not_matter_and_channels_are_apart(void **state)
{
    size_t total;

    (void)state;
    stream_noise(1, in[0], 50000, 1.0);
    stream_noise(2, in[1], 50000, 1.0);
    total = convert(44100, 48000, 2, 50000, 0, out);
    for (uint64_t split = 1; split < 6; split++) {
        assert_int_equal(convert(44100, 48000, 2, 50000, split, other), total);
        assert_memory_equal(other[0], out[0], total * sizeof(float));
        assert_memory_equal(other[1], out[1], total * sizeof(float));
    }
    assert_int_equal(convert(44100, 48000, 1, 50000, 0, other), total);
    assert_memory_equal(other[0], out[0], total * sizeof(float));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_is_exact),
        cmocka_unit_test(an_impulse_stays_where_it_is),
        cmocka_unit_test(passband_is_flat_and_aliases_are_gone),
        cmocka_unit_test(blocks_do_not_matter_and_channels_are_apart),
    };

    return cmocka_run_group_tests_name("resample", tests, NULL, NULL);
}
