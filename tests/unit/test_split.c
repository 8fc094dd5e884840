/* test_split.c - dsp/split.h */
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
#include "dsp/split.h"
#include "tests/support/faulty.h"
#include "tests/support/oracle.h"
#include "tests/support/stream.h"

enum { MOST = 32768 };

static const double edges_hz[] = { 120.0, 1000.0, 6000.0 };
static const am_split_band bands[] = { { 0.0, 120.0 }, { 120.0, 1000.0 }, { 1000.0, 6000.0 }, { 6000.0, INFINITY } };
enum { BANDS = 4, EDGES = 3 };
static const double rates_hz[] = { 16000.0, 22050.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0 };
static float in[2 * MOST], out[BANDS][MOST];
static float *const to[] = { out[0], out[1], out[2], out[3] };

static am_split *opened(double rate_hz, const am_allocator *allocator)
{
    am_split *split = NULL;

    assert_int_equal(am_split_open(bands, BANDS, rate_hz, allocator, &split, NULL), AM_OK);
    return split;
}

static void it_is_511_taps_long_and_as_long_in_time_at_other_rates(void **state)
{
    (void)state;
    for (double rate_hz = 8000.0; rate_hz <= 384000.0; rate_hz += 50.0) {
        am_split *split = opened(rate_hz, NULL);
        const size_t reach = am_split_reach(split);

        if (rate_hz == 44100.0 || rate_hz == 48000.0)
            assert_int_equal(reach, 256);
        if (!am_within((double)reach / rate_hz, 0.005, 0.010))
            fail_msg("%.0f Hz: %zu samples on each side", rate_hz, reach);
        assert_int_equal(am_split_block(split) % am_compgain_frames(rate_hz), 0);
        am_split_close(split);
        rate_hz = rate_hz < 52000.0 ? rate_hz : rate_hz + 7000.0;
    }
}

static void blocks_begin_where_excerpts_do(void **state)
{
    const unsigned usual_hz[] = { 8000, 16000, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000 };

    (void)state;
    for (size_t r = 0; r < sizeof usual_hz / sizeof *usual_hz; r++) {
        am_split *split = opened(usual_hz[r], NULL);

        if (32 * usual_hz[r] % am_split_block(split))
            fail_msg("%u Hz: blocks of %zu do not go into 32 s", usual_hz[r], am_split_block(split));
        am_split_close(split);
    }
}

/* times the half that begins at the middle; of no edge: all, or nothing */
static void add_low_pass(double edge_hz, double rate_hz, long reach, double times, double *taps)
{
    static double half[MOST];

    if (isinf(edge_hz))
        taps[0] += times;
    if (isinf(edge_hz) || edge_hz == 0.0)
        return;
    oracle_low_pass(edge_hz, rate_hz, reach, half);
    for (long n = 0; n < reach; n++)
        taps[n] += times * half[n];
}

static void it_is_the_sum_that_defines_it(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof rates_hz / sizeof *rates_hz; r++) {
        am_split *split = opened(rates_hz[r], NULL);
        const long reach = (long)am_split_reach(split), block = (long)am_split_block(split);
        double *taps = calloc((size_t)reach, sizeof *taps), worst = 0.0;

        assert_non_null(taps);
        stream_noise(r, in, (size_t)(block + 2 * reach), 1.0);
        am_split_run(split, in + reach, to);
        for (int k = 0; k < BANDS; k++) {
            memset(taps, 0, (size_t)reach * sizeof *taps);
            add_low_pass(bands[k].high_hz, rates_hz[r], reach, 1.0, taps);
            add_low_pass(bands[k].low_hz, rates_hz[r], reach, -1.0, taps);
            for (long i = 0; i < block; i += i % 7 + 1) {
                double y = taps[0] * (double)in[reach + i];

                for (long n = 1; n < reach; n++)
                    y += taps[n] * ((double)in[reach + i - n] + (double)in[reach + i + n]);
                worst = fmax(worst, fabs((double)out[k][i] - y));
            }
        }
        free(taps);
        print_message("%.0f Hz: worst difference to the sum %.2g\n", rates_hz[r], worst);
        assert_true(worst < 1e-6);
        am_split_close(split);
    }
}

static void edges_are_where_they_should_be(void **state)
{
    double most = 0.0;

    (void)state;
    for (int k = 0; k < EDGES; k++) {
        assert_true(fabs(oracle_low_pass_gain(edges_hz[k], 44100.0, 256, edges_hz[k]) - 0.5) < 0.04);
        for (double hz = edges_hz[k] + 160.0; hz < 22000.0; hz += 37.0)
            most = fmax(most, fabs(oracle_low_pass_gain(edges_hz[k], 44100.0, 256, hz)));
        for (double hz = 0.0; hz < edges_hz[k] - 160.0; hz += 37.0)
            most = fmax(most, fabs(oracle_low_pass_gain(edges_hz[k], 44100.0, 256, hz) - 1.0));
    }
    print_message("at most %.1f dB beyond 160 Hz of the edges; 120 Hz low-pass at 40 / 80 Hz: %.4f %.4f\n", am_db_from_gain(most),
                  oracle_low_pass_gain(120.0, 44100.0, 256, 40.0), oracle_low_pass_gain(120.0, 44100.0, 256, 80.0));
    assert_true(am_db_from_gain(most) < -50.0);
}

static void running_out_of_memory_leaks_nothing(void **state)
{
    faulty f = { 0 };

    (void)state;
    while (faulty_again(&f)) {
        am_split *split = NULL;
        const am_status st = am_split_open(bands, BANDS, 44100.0, &f.allocator, &split, NULL);

        if (!st)
            am_split_close(split);
        faulty_judge(&f, st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_511_taps_long_and_as_long_in_time_at_other_rates),
        cmocka_unit_test(blocks_begin_where_excerpts_do),
        cmocka_unit_test(it_is_the_sum_that_defines_it),
        cmocka_unit_test(edges_are_where_they_should_be),
        cmocka_unit_test(running_out_of_memory_leaks_nothing),
    };

    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
