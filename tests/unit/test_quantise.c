/* test_quantise.c - render/quantise.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "render/quantise.h"
#include "tests/support/stream.h"

enum { FRAMES = 400000 };
static float in[2][FRAMES], out[2][FRAMES], other[2][FRAMES];

static void run(uint32_t bits, am_dither dither, uint64_t seed, uint32_t channels, uint64_t split, float (*to)[FRAMES])
{
    am_quantise q;

    memcpy(to, in, sizeof in);
    am_quantise_init(&q, bits, dither, seed, channels, 44100.0);
    for (size_t at = 0, block; at < FRAMES; at += block) {
        float *channel[2] = { to[0] + at, to[1] + at };

        block = split ? (size_t)stream_uniform(&split, 0.0, 5000.0) : FRAMES;
        block = block < FRAMES - at ? block : FRAMES - at;
        am_quantise_process(&q, channel, block);
    }
}

/* A ramp over a few steps of the grid: every fraction of a step occurs. */
static void fill_ramp(uint32_t bits)
{
    for (int n = 0; n < FRAMES; n++)
        in[0][n] = in[1][n] = (float)ldexp((double)n / FRAMES * 8.0 - 4.0, 1 - (int)bits);
}

typedef struct moments {
    double mean, variance, largest;
} moments;

static moments error_of(uint32_t channel, uint32_t bits, int fraction)
{
    const double scale = ldexp(1.0, (int)bits - 1);
    moments m = { 0 };
    size_t count = 0;

    for (size_t n = 0; n < FRAMES; n++) {
        const double x = (double)in[channel][n] * scale, e = (double)out[channel][n] * scale - x;

        assert_true((double)out[channel][n] * scale == rint((double)out[channel][n] * scale));
        if (fraction >= 0 && (int)((x - floor(x)) * 8.0) != fraction)
            continue;
        m.mean += e;
        m.variance += e * e;
        m.largest = fmax(m.largest, fabs(e));
        count++;
    }
    m.mean /= (double)count;
    m.variance = m.variance / (double)count - m.mean * m.mean;
    return m;
}

static void triangular_dither_has_the_moments_of_theory_at_every_fraction(void **state)
{
    (void)state;
    for (uint32_t bits = 16; bits <= 24; bits += 8) {
        fill_ramp(bits);
        run(bits, AM_DITHER_TPDF, 1, 2, 0, out);
        for (uint32_t c = 0; c < 2; c++)
            for (int fraction = -1; fraction < 8; fraction++) {
                const moments m = error_of(c, bits, fraction);
                const double sure = fraction < 0 ? 1.0 : sqrt(8.0);

                print_message("%u bits, channel %u, fraction %d: mean %+.4f, variance %.4f, largest %.3f LSB\n", bits, c, fraction,
                              m.mean, m.variance, m.largest);
                assert_true(fabs(m.mean) < 4.0 * 0.5 / sqrt(FRAMES) * sure);
                assert_true(fabs(m.variance - 0.25) < 0.003 * sure);
                assert_true(m.largest <= 1.5);
            }
    }
}

static void errors_of_the_channels_are_independent_and_white(void **state)
{
    double cross = 0.0, next = 0.0, power = 0.0, before = 0.0;

    (void)state;
    memset(in, 0, sizeof in);
    run(16, AM_DITHER_TPDF, 5, 2, 0, out);
    for (int n = 0; n < FRAMES; n++) {
        cross += (double)out[0][n] * (double)out[1][n];
        next += (double)out[0][n] * before;
        power += (double)out[0][n] * (double)out[0][n];
        before = (double)out[0][n];
    }
    print_message("correlation left to right %.4f, sample to sample %.4f\n", cross / power, next / power);
    assert_true(fabs(cross / power) < 5.0 / sqrt(FRAMES));
    assert_true(fabs(next / power) < 5.0 / sqrt(FRAMES));
    run(16, AM_DITHER_TPDF, 6, 2, 0, other);
    assert_memory_not_equal(other, out, sizeof out);
}

/* Noise between low and high, in dB re white TPDF, by averaged periodograms */
static double noise_db(double low_hz, double high_hz)
{
    double sum = 0.0;
    int count = 0;

    for (double hz = low_hz; hz < high_hz; hz += (high_hz - low_hz) / 7.3)
        for (int block = 0; block < 40; block++) {
            double re, im;

            stream_tone(out[0] + 4096 * block, 4096, hz / 44100.0, &re, &im);
            sum += re * re + im * im;
            count++;
        }
    /* a Hann window's noise gain: amplitude^2 = 4 * 1.5 * variance / frames */
    return am_db_from_power(sum / count / (6.0 * 0.25 * ldexp(1.0, -30) / 4096.0));
}

static void shaping_moves_noise_to_where_it_is_not_heard(void **state)
{
    double low, middle, high;

    (void)state;
    for (int n = 0; n < FRAMES; n++)
        in[0][n] = in[1][n] = (float)(0.01 * sin(0.01 * n));
    run(16, AM_DITHER_SHAPED, 1, 2, 0, out);
    for (int n = 0; n < FRAMES; n++)
        out[0][n] -= in[0][n];
    low = noise_db(20.0, 500.0);
    middle = noise_db(2000.0, 5000.0);
    high = noise_db(15000.0, 20000.0);
    print_message("shaped noise re TPDF: 20-500 Hz %.1f dB, 2-5 kHz %.1f dB, 15-20 kHz %.1f dB\n", low, middle, high);
    assert_true(low < -6.0 && middle < -15.0 && high < 13.0);
}

static void blocks_do_not_matter(void **state)
{
    (void)state;
    stream_noise(1, in[0], FRAMES, 1.01);
    stream_noise(2, in[1], FRAMES, 1.01);
    for (int dither = 0; dither < 3; dither++) {
        run(16, (am_dither)dither, 1, 2, 0, out);
        run(16, (am_dither)dither, 1, 2, 77, other);
        assert_memory_equal(other, out, sizeof out);
    }
}

static void ends_of_the_grid_clip_and_what_is_on_it_passes(void **state)
{
    (void)state;
    for (uint32_t bits = 16; bits <= 24; bits += 8) {
        const float top = (float)(1.0 - ldexp(1.0, 1 - (int)bits));

        for (int dither = 0; dither < 3; dither++) {
            for (int n = 0; n < FRAMES; n++) {
                in[0][n] = n % 2 ? 1.5f : -1.5f;
                in[1][n] = n % 2 ? 1e30f : -1e30f;
            }
            run(bits, (am_dither)dither, 1, 2, 0, out);
            for (int n = 0; n < FRAMES; n++)
                assert_true(out[0][n] == (n % 2 ? top : -1.0f) && out[1][n] == (n % 2 ? top : -1.0f));
        }
        for (int n = 0; n < FRAMES; n++)
            in[0][n] = in[1][n] = (float)ldexp((double)(n * 41 % (1 << 16)) - 32768.0, 1 - 16);
        run(bits, AM_DITHER_NONE, 1, 2, 0, out);
        assert_memory_equal(out, in, sizeof in);
    }
    stream_noise(3, in[0], FRAMES, 3.0);
    run(32, AM_DITHER_TPDF, 1, 2, 0, out);
    assert_memory_equal(out, in, sizeof in);
}

static void what_is_skipped_changes_nothing_behind_it(void **state)
{
    static const am_dither dithers[] = { AM_DITHER_NONE, AM_DITHER_TPDF, AM_DITHER_SHAPED };
    enum { SKIPPED = 123457 };

    (void)state;
    fill_ramp(16);
    for (int d = 0; d < 3; d++) {
        float *first[2] = { other[0], other[1] }, *rest[2] = { other[0] + SKIPPED, other[1] + SKIPPED };
        am_quantise q;

        run(16, dithers[d], 5, 2, 0, out);
        memcpy(other, in, sizeof in);
        am_quantise_init(&q, 16, dithers[d], 5, 2, 44100.0);
        am_quantise_skip(&q, first, SKIPPED);
        am_quantise_process(&q, rest, FRAMES - SKIPPED);
        for (int c = 0; c < 2; c++)
            assert_memory_equal(other[c] + SKIPPED, out[c] + SKIPPED, (FRAMES - SKIPPED) * sizeof(float));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triangular_dither_has_the_moments_of_theory_at_every_fraction),
        cmocka_unit_test(errors_of_the_channels_are_independent_and_white),
        cmocka_unit_test(shaping_moves_noise_to_where_it_is_not_heard),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(what_is_skipped_changes_nothing_behind_it),
        cmocka_unit_test(ends_of_the_grid_clip_and_what_is_on_it_passes),
    };

    return cmocka_run_group_tests_name("quantise", tests, NULL, NULL);
}
