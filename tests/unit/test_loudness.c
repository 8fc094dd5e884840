/* test_loudness.c - gates, windows and range at odd rates, against the definitions sample by sample */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/levels.h"
#include "analyze/loudness.h"
#include "base/db.h"
#include "dsp/kweight.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

typedef struct cumulated {
    double *sum;                    /* sum[i]: K-weighted energy of the first i frames */
    size_t frames;
    uint32_t rate_hz;
} cumulated;

static void cumulate(cumulated *c, const float *left, const float *right)
{
    am_kweight filter;

    c->sum = calloc(c->frames + 1, sizeof *c->sum);
    assert_non_null(c->sum);
    am_kweight_init(&filter, c->rate_hz, 2);
    for (size_t i = 0; i < c->frames; i++) {
        const float *channels[2] = { left + i, right + i };
        double energy[2] = { 0 };

        am_kweight_energy(&filter, channels, 1, energy);
        c->sum[i + 1] = c->sum[i] + energy[0] + energy[1];
    }
}

/* Powers of windows of seconds, one each hop_s, at rounded positions; returns how many. */
static size_t windows(const cumulated *c, double seconds, double hop_s, double *out)
{
    const size_t length = (size_t)lround(seconds * c->rate_hz);
    size_t k = 0;

    for (;; k++) {
        const size_t start = (size_t)lround((double)k * hop_s * c->rate_hz);

        if (start + length > c->frames)
            return k;
        out[k] = (c->sum[start + length] - c->sum[start]) / (double)length;
    }
}

static double gated_mean(const double *powers, size_t count, double threshold)
{
    double sum = 0.0;
    size_t kept = 0;

    for (size_t k = 0; k < count; k++)
        if (powers[k] > threshold) {
            sum += powers[k];
            kept++;
        }
    return sum / (double)kept;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double slow_range(double *powers, size_t count)
{
    const double absolute = am_power_from_lufs(-70.0), gate = gated_mean(powers, count, absolute) * 0.01;
    size_t kept = 0;

    for (size_t k = 0; k < count; k++)
        if (powers[k] >= absolute && powers[k] >= gate)
            powers[kept++] = powers[k];
    qsort(powers, kept, sizeof *powers, compare);
    return am_db_from_power(powers[(size_t)floor((double)(kept - 1) * 0.95 + 0.5)] / powers[(size_t)floor((double)(kept - 1) * 0.1 + 0.5)]);
}

static double largest(const double *powers, size_t count)
{
    double most = 0.0;

    for (size_t k = 0; k < count; k++)
        most = fmax(most, powers[k]);
    return am_lufs_from_power(most);
}

static void measures_are_their_definitions(void **state)
{
    static const uint32_t rates[] = { 8000, 11025, 22050, 44100, 47999 };
    am_analysis *a = *state;

    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        cumulated c = { .frames = 25 * (size_t)rates[r] + 77, .rate_hz = rates[r] };
        float *left = listen_buffer(c.frames), *right = listen_buffer(c.frames);
        double *powers = calloc(3000, sizeof *powers);
        size_t count;
        double gate;

        assert_non_null(powers);
        listen_noise(left, right, c.frames, rates[r], 3 + r);
        for (size_t i = 0; i < c.frames; i++) {
            const float swell = (float)am_gain_from_db(-12.0 + 12.0 * sin((double)i / rates[r]) - (i / rates[r] % 10 > 7 ? 40.0 : 0.0));

            left[i] *= swell;
            right[i] *= swell;
        }
        cumulate(&c, left, right);
        listen_stereo(left, right, c.frames, rates[r], a);
        count = windows(&c, 0.4, 0.1, powers);
        gate = 0.1 * gated_mean(powers, count, am_power_from_lufs(-70.0));
        check_near("integrated", a->loudness.integrated_lufs, am_lufs_from_power(gated_mean(powers, count, gate)), 0.005);
        count = windows(&c, 0.4, 0.01, powers);
        check_near("momentary", a->loudness.momentary_max_lufs, largest(powers, count), 0.005);
        count = windows(&c, 3.0, 0.1, powers);
        check_near("short-term", a->loudness.short_term_max_lufs, largest(powers, count), 0.005);
        check_near("range", a->loudness.range_lu, slow_range(powers, count), 0.02);
        free(c.sum);
        free(powers);
        free(left);
        free(right);
    }
}

static void a_piece_in_memory_is_as_loud_as_the_analysis_says(void **state)
{
    static const uint32_t rates[] = { 22050, 44100, 47999 };
    am_analysis *a = *state;

    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (uint32_t n = 1; n <= 2; n++)
            for (size_t tenths = 1; tenths <= 81; tenths += 40) {
                const size_t frames = tenths * rates[r] / 10 + 33;
                float *channels[2] = { listen_buffer(frames), listen_buffer(frames) };
                const am_format format = { rates[r], n };
                double lufs = 0.0;

                listen_noise(channels[0], channels[1], frames, rates[r], 3 + r);
                listen((const float *const *)channels, n, frames, rates[r], 0, a);
                assert_int_equal(am_loudness_integrated(&format, (const float *const *)channels, frames, NULL, &lufs), AM_OK);
                if (lufs != a->loudness.integrated_lufs && !(isnan(lufs) && isnan(a->loudness.integrated_lufs)))
                    fail_msg("%u Hz, %u channels, %zu frames: %.17g, the analysis says %.17g", rates[r], n, frames, lufs,
                             a->loudness.integrated_lufs);
                assert_true(tenths > 1 ? isfinite(lufs) : isnan(lufs));
                free(channels[0]);
                free(channels[1]);
            }
}

static void the_loudest_place_is_named(void **state)
{
    enum { RATE = 48000, FRAMES = 12 * RATE };
    am_analysis *a = *state;
    float *x = listen_buffer(FRAMES);

    for (int i = 0; i < FRAMES; i++)
        x[i] = (float)((i >= 5 * RATE && i < 8 * RATE ? 0.5 : 0.05) * sin(2.0 * AM_PI * 997.0 * i / RATE));
    listen_stereo(x, x, FRAMES, RATE, a);
    check_near("loudest", a->loudness.loudest_s, 5.0, 0.11);
    free(x);
}

static void order_statistics_are_those_of_a_sorted_list(void **state)
{
    enum { COUNT = 777 };
    uint16_t codes[COUNT];
    double sorted[COUNT];
    music_random random = { 3 };

    (void)state;
    for (int i = 0; i < COUNT; i++)
        sorted[i] = codes[i] = (uint16_t)music_uniform(&random, 0.0, i % 3 ? 65536.0 : 300.0);
    qsort(sorted, COUNT, sizeof *sorted, compare);
    for (size_t n = 0; n < COUNT; n++)
        check_near("n-th", am_level_nth(codes, 1, COUNT, n), sorted[n], 0.0);
    check_near("median", am_level_quantile(codes, 1, COUNT, 0.5), am_level_db((uint16_t)sorted[388]), 1e-12);
    check_near("every third", am_level_nth(codes, 3, COUNT / 3, 0), sorted[0], 300.0);
    assert_true(isnan(am_level_quantile(codes, 1, 0, 0.5)));
}

static void codes_keep_levels(void **state)
{
    (void)state;
    for (double db = -155.9; db < 99.0; db += 0.0371)
        check_near("level", am_level_db(am_level_code(am_power_from_db(db))), db, 0.00196);
    assert_int_equal(am_level_code(0.0), 0);
    assert_int_equal(am_level_code(1e-20), 0);
    assert_int_equal(am_level_code(1e30), 65535);
}

static int make_state(void **state) { return listen_state(state, sizeof(am_analysis)); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_are_their_definitions),
        cmocka_unit_test(a_piece_in_memory_is_as_loud_as_the_analysis_says),
        cmocka_unit_test(the_loudest_place_is_named),
        cmocka_unit_test(order_statistics_are_those_of_a_sorted_list),
        cmocka_unit_test(codes_keep_levels),
    };

    return cmocka_run_group_tests_name("loudness", tests, make_state, listen_drop);
}
