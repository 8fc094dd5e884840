/* test_kweight.c - dsp/kweight.h against the tables of BS.1770-5 and the definition */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/kweight.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

static void tables_of_the_recommendation_at_48k(void **state)
{
    static const double shelf[5] = { 1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585 };
    static const double highpass[5] = { 1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621 };
    am_kweight filter;

    (void)state;
    am_kweight_init(&filter, 48000.0, 2);
    for (int i = 0; i < 5; i++) {
        check_near("shelf", filter.shelf[i], shelf[i], 2e-12);
        check_near("high-pass", filter.highpass[i], highpass[i], 2e-12);
    }
}

static double slow_section(const double *c, double x, double *s)
{
    const double y = c[0] * x + c[1] * s[0] + c[2] * s[1] - c[3] * s[2] - c[4] * s[3];

    s[1] = s[0];
    s[0] = x;
    s[3] = s[2];
    s[2] = y;
    return y;
}

static void energy_is_that_of_the_difference_equation(void **state)
{
    enum { FRAMES = 5000 };
    float samples[8][FRAMES];
    const float *channels[8];
    music_random random = { 5 };

    (void)state;
    for (int c = 0; c < 8; c++)
        for (int i = 0; i < FRAMES; i++)
            samples[c][i] = (float)music_uniform(&random, -1.0, 1.0);
    for (uint32_t n = 1; n <= 8; n++) {
        double energy[8] = { 0 };
        am_kweight filter;

        am_kweight_init(&filter, 44100.0, n);
        for (size_t at = 0, step = 1; at < FRAMES; at += step, step = step % 97 + 1) {
            step = step < FRAMES - at ? step : FRAMES - at;
            for (uint32_t c = 0; c < n; c++)
                channels[c] = samples[c] + at;
            am_kweight_energy(&filter, channels, step, energy);
        }
        for (uint32_t c = 0; c < n; c++) {
            double first[4] = { 0 }, second[4] = { 0 }, sum = 0.0;

            for (int i = 0; i < FRAMES; i++) {
                const double y = slow_section(filter.highpass, slow_section(filter.shelf, (double)samples[c][i], first), second);

                sum += y * y;
            }
            check_near("energy", energy[c] / sum, 1.0, 1e-9);
        }
    }
}

static void splits_change_no_bit(void **state)
{
    float samples[2][1000];
    music_random random = { 9 };
    double whole[2] = { 0 }, parts[2] = { 0 };
    const float *channels[2] = { samples[0], samples[1] };
    am_kweight a, b;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        samples[0][i] = (float)music_uniform(&random, -1.0, 1.0);
        samples[1][i] = (float)music_uniform(&random, -1.0, 1.0);
    }
    am_kweight_init(&a, 48000.0, 2);
    b = a;
    am_kweight_energy(&a, channels, 1000, whole);
    for (size_t at = 0; at < 1000; at += 25) {
        const float *rest[2] = { samples[0] + at, samples[1] + at };

        am_kweight_energy(&b, rest, 25, parts);
    }
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(whole, parts, sizeof whole);
}

static void power_is_what_a_sine_is_scaled_by(void **state)
{
    static const double hz[] = { 40.0, 200.0, 997.0, 3000.0, 9000.0, 18000.0 };

    (void)state;
    for (size_t f = 0; f < sizeof hz / sizeof *hz; f++) {
        float *x = listen_buffer(96000);
        const float *channels[1];
        double energy = 0.0, skip = 0.0;
        am_kweight filter;

        for (int i = 0; i < 96000; i++)
            x[i] = (float)sin(2.0 * AM_PI * hz[f] * i / 48000.0);
        am_kweight_init(&filter, 48000.0, 1);
        channels[0] = x;
        am_kweight_energy(&filter, channels, 48000, &skip);
        channels[0] = x + 48000;
        am_kweight_energy(&filter, channels, 48000, &energy);
        check_near("power in dB", am_db_from_power(energy / 24000.0), am_db_from_power(am_kweight_power(48000.0, hz[f])), 1e-4);
        free(x);
    }
}

static void weights_are_those_of_the_recommendation(void **state)
{
    (void)state;
    check_near("mono", am_kweight_channel_weight(1, 0), 1.0, 0.0);
    check_near("5.0 Ls", am_kweight_channel_weight(5, 3), 1.41, 0.0);
    check_near("5.1 C", am_kweight_channel_weight(6, 2), 1.0, 0.0);
    check_near("5.1 LFE", am_kweight_channel_weight(6, 3), 0.0, 0.0);
    check_near("5.1 Rs", am_kweight_channel_weight(6, 5), 1.41, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_the_recommendation_at_48k),
        cmocka_unit_test(energy_is_that_of_the_difference_equation),
        cmocka_unit_test(splits_change_no_bit),
        cmocka_unit_test(power_is_what_a_sine_is_scaled_by),
        cmocka_unit_test(weights_are_those_of_the_recommendation),
    };

    return cmocka_run_group_tests_name("kweight", tests, NULL, NULL);
}
