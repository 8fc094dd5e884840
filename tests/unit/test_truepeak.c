/* test_truepeak.c - dsp/truepeak.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/truepeak.h"

enum { FRAMES = 6000, TONES = 5, DENSE = 64 };

typedef struct tones {              /* band-limited music of which every value between the samples is known */
    double frequency[TONES], phase[TONES], level[TONES];
    int count;
} tones;

static uint64_t random_state;

static double uniform(double low, double high)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(random_state >> 11) / 9007199254740992.0;
}

static double tones_at(const tones *x, double t)
{
    double sum = 0.0;

    if (t <= 0.0 || t >= FRAMES)
        return 0.0;
    for (int i = 0; i < x->count; i++)
        sum += x->level[i] * sin(2.0 * AM_PI * x->frequency[i] * t + x->phase[i]);
    return sum * (0.5 - 0.5 * cos(2.0 * AM_PI * t / FRAMES));
}

static tones random_tones(double top)
{
    tones x = { .count = 1 + (int)uniform(0.0, TONES) };

    for (int i = 0; i < x.count; i++) {
        x.frequency[i] = uniform(0.001, top);
        x.phase[i] = uniform(0.0, 6.0);
        x.level[i] = uniform(0.05, 1.0);
    }
    return x;
}

static double tones_peak(const tones *x, double from, double to)
{
    double peak = 0.0;

    for (int i = 0; i <= (int)((to - from) * DENSE); i++)
        peak = fmax(peak, fabs(tones_at(x, from + (double)i / DENSE)));
    return peak;
}

static double measure(const float *x, size_t frames, double *position)
{
    am_truepeak *meter = NULL;
    double peak;

    assert_int_equal(am_truepeak_open(NULL, &meter, NULL), AM_OK);
    am_truepeak_push(meter, x, frames);
    am_truepeak_finish(meter);
    peak = am_truepeak_max(meter, position);
    am_truepeak_close(meter);
    return peak;
}

static void assert_db(double got, double want, double tolerance, const char *what)
{
    const double error = am_db_from_gain(got / want);

    if (!(fabs(error) <= tolerance))
        fail_msg("%s: got %.5f, want %.5f: %+.4f dB, tolerance %.4f", what, got, want, error, tolerance);
}

static void the_meter_reads_the_band_limited_truth(void **state)
{
    static float samples[FRAMES];

    (void)state;
    random_state = 1;
    for (int trial = 0; trial < 60; trial++) {
        const tones x = random_tones(0.45);
        double position, got;

        for (int i = 0; i < FRAMES; i++)
            samples[i] = (float)tones_at(&x, i);
        got = measure(samples, FRAMES, &position);
        assert_db(got, tones_peak(&x, 0.0, FRAMES), 0.01, "tones");
        assert_db(fabs(tones_at(&x, position)), got, 0.03, "position");
    }
}

static void the_detector_is_exact_above_its_threshold(void **state)
{
    static float samples[FRAMES + 2 * 64];
    static const size_t steps[] = { 1, 8, 12, 16, 32, 64, 240 };

    (void)state;
    random_state = 2;
    for (int trial = 0; trial < 21; trial++) {
        const size_t step = steps[trial % 7], frames = 5760;
        const float threshold = (float)uniform(0.2, 1.0);
        const tones x = random_tones(0.4);
        static float peaks[FRAMES];

        for (int i = -64; i < FRAMES + 64; i++)
            samples[i + 64] = (float)tones_at(&x, i);
        memset(peaks, 0, sizeof peaks);
        am_truepeak_detect(samples + 64, frames, step, threshold, peaks);
        for (size_t b = 0; b < frames / step; b++) {
            const double want = tones_peak(&x, (double)(b * step), (double)((b + 1) * step));
            double sample = 0.0;

            for (size_t i = b * step; i <= (b + 1) * step; i++)
                sample = fmax(sample, (double)fabsf(samples[i + 64]));
            if (peaks[b] < sample || (want < threshold * 0.999 && peaks[b] > threshold * 1.001))
                fail_msg("block %zu of %zu: %.6f, sample peak %.6f, threshold %.6f", b, step, (double)peaks[b], sample, (double)threshold);
            if (want > threshold * 1.001)
                assert_db(peaks[b], want, 0.02, "block");
        }
    }
}

static void channels_link_by_maximum(void **state)
{
    static float samples[64 + 64 + 64];
    float peaks[8] = { 0 };

    (void)state;
    samples[64 + 20] = -0.5f;
    peaks[2] = 0.25f;
    peaks[5] = 0.75f;
    am_truepeak_detect(samples + 64, 64, 8, 0.9f, peaks);
    assert_true(peaks[2] == 0.5f && peaks[5] == 0.75f && peaks[0] == 0.0f);
}

static void sine(float *x, int frames, double divisor, double level, double degrees)
{
    for (int i = 0; i < frames; i++) {
        const double edge = fmin(1.0, fmin(i, frames - 1 - i) / 480.0);

        x[i] = (float)(edge * level * sin(2.0 * AM_PI * i / divisor + degrees * AM_PI / 180.0));
    }
}

/* EBU Tech 3341 (2023) Table 1: +0.2, -0.4 dB */
static void assert_ebu(double peak, double want_dbtp, int number)
{
    const double got_dbtp = am_db_from_gain(peak);

    if (!(got_dbtp >= want_dbtp - 0.4 && got_dbtp <= want_dbtp + 0.2))
        fail_msg("EBU 3341 case %d: %.3f dBTP, want %.1f", number, got_dbtp, want_dbtp);
}

static void ebu_3341_cases_15_to_19(void **state)
{
    static const struct { int number; double divisor, level_db, degrees; } cases[] = {
        { 15, 4.0, -6.0, 0.0 }, { 16, 4.0, -6.0, 45.0 }, { 17, 6.0, -6.0, 60.0 }, { 18, 8.0, -6.0, 67.5 }, { 19, 4.0, 3.0, 45.0 }
    };
    static float x[9600];

    (void)state;
    for (int i = 0; i < 5; i++) {
        sine(x, 9600, cases[i].divisor, am_gain_from_db(cases[i].level_db), cases[i].degrees);
        assert_ebu(measure(x, 9600, NULL), cases[i].level_db, cases[i].number);
    }
}

/* A sine at a sixth of the rate with one period at a fourth of it, twice as high, made at four times the rate. */
static double burst_at(int i, int centre)
{
    const double low = am_gain_from_db(-6.0);

    if (i < centre)
        return low * sin(2.0 * AM_PI * (i - centre) / 24.0);
    return i < centre + 16 ? sin(2.0 * AM_PI * (i - centre) / 16.0) : low * sin(2.0 * AM_PI * (i - centre - 16) / 24.0);
}

static double low_passed(int i, int centre)
{
    double sum = 0.0, weights = 0.0;

    for (int k = -400; k <= 400; k++) {
        const double t = k / 4.0, window = 0.5 + 0.5 * cos(AM_PI * k / 401.0);
        const double h = (k ? sin(AM_PI * t) / (AM_PI * t) : 1.0) * window;

        sum += h * burst_at(i - k, centre);
        weights += h;
    }
    return sum / weights;
}

static void ebu_3341_cases_20_to_23(void **state)
{
    enum { LENGTH = 2400, CENTRE = 4800 };
    static float x[LENGTH];

    (void)state;
    for (int offset = 0; offset < 4; offset++) {
        for (int i = 0; i < LENGTH; i++)
            x[i] = (float)(fmin(1.0, fmin(i, LENGTH - 1 - i) / 480.0) * low_passed(4 * i + offset, CENTRE));
        assert_ebu(measure(x, LENGTH, NULL), 0.0, 20 + offset);
    }
}

static void peaks_at_both_ends_are_found(void **state)
{
    static float x[3000];

    (void)state;
    for (size_t frames = 2; frames < 3000; frames = frames * 5 / 4 + 1) {
        const float want = 0.5f * 1.27324f; /* two samples of 0.5: 0.5 * 4 / pi half way between */
        double position;

        memset(x, 0, sizeof x);
        x[frames - 2] = x[frames - 1] = -0.5f;
        assert_db(measure(x, frames, &position), want, 0.02, "last samples");
        assert_true(fabs(position - ((double)frames - 1.5)) < 0.05);
        memset(x, 0, sizeof x);
        x[0] = x[1] = 0.5f;
        assert_db(measure(x, frames, &position), want, 0.02, "first samples");
        assert_true(fabs(position - 0.5) < 0.05);
    }
    x[0] = 0.25f;
    assert_true(measure(x, 1, NULL) == 0.25 && measure(x, 0, NULL) == 0.0);
}

static void silence_and_huge_values_are_safe(void **state)
{
    static float x[5000];
    double position;

    (void)state;
    assert_true(measure(x, 5000, NULL) == 0.0);
    x[2500] = 3e38f;
    x[2501] = -3e38f;
    x[4000] = 1.0f;
    assert_true(measure(x, 5000, &position) == (double)3e38f && position == 2500.0);
    x[2500] = 0.0f;
    x[2501] = 1e29f;
    assert_db(measure(x, 5000, NULL), 1e29, 0.01, "1e29");
}

static void any_split_gives_the_same(void **state)
{
    static float x[20000];
    double whole, whole_position;

    (void)state;
    random_state = 3;
    for (int i = 0; i < 20000; i++)
        x[i] = (float)uniform(-1.0, 1.0);
    whole = measure(x, 20000, &whole_position);
    for (int trial = 0; trial < 20; trial++) {
        am_truepeak *meter = NULL;
        double position;

        assert_int_equal(am_truepeak_open(NULL, &meter, NULL), AM_OK);
        for (size_t at = 0; at < 20000;) {
            size_t count = (size_t)uniform(0.0, trial % 2 ? 30.0 : 3000.0);

            count = count < 20000 - at ? count : 20000 - at;
            am_truepeak_push(meter, x + at, count);
            at += count;
        }
        am_truepeak_finish(meter);
        assert_true(am_truepeak_max(meter, &position) == whole && position == whole_position);
        am_truepeak_close(meter);
    }
}

static void *refuse(void *context, size_t bytes)
{
    (void)context;
    (void)bytes;
    return NULL;
}

static void no_memory_is_reported(void **state)
{
    const am_allocator none = { .acquire = refuse };
    am_truepeak *meter = NULL;
    am_error err = { 0 };

    (void)state;
    assert_int_equal(am_truepeak_open(&none, &meter, &err), AM_ERR_NOMEM);
    assert_true(!meter && err.status == AM_ERR_NOMEM);
    am_truepeak_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_meter_reads_the_band_limited_truth),
        cmocka_unit_test(the_detector_is_exact_above_its_threshold),
        cmocka_unit_test(channels_link_by_maximum),
        cmocka_unit_test(ebu_3341_cases_15_to_19),
        cmocka_unit_test(ebu_3341_cases_20_to_23),
        cmocka_unit_test(peaks_at_both_ends_are_found),
        cmocka_unit_test(silence_and_huge_values_are_safe),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(no_memory_is_reported),
    };

    return cmocka_run_group_tests_name("truepeak", tests, NULL, NULL);
}
