/* test_limiter.c - render/limiter.h
 *
 * AM_FUZZ_CASES=10000 runs more random cases against the ceiling than the usual 200; AM_SEED=n starts them elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "render/limiter.h"
#include "tests/support/faulty.h"
#include "tests/support/oracle.h"
#include "tests/support/stream.h"

enum { LONGEST = 400000 };

static const am_limiter usual = {
    .enabled = true, .ceiling_dbtp = -1.0, .lookahead_ms = 6.0, .hold_ms = 3.0, .release_ms = 80.0, .sustain_attack_ms = 80.0,
    .sustain_release_ms = 400.0, .sustain = 0.6
};

static float input[2][LONGEST], output[2][LONGEST];
static uint64_t random_state, skipped;  /* skipped: frames that nobody looks at */

static double uniform(double low, double high)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(random_state >> 11) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2.0 * log(uniform(1e-12, 1.0))) * cos(uniform(0.0, 2.0 * AM_PI));
}

static am_plan usual_plan(double drive_db)
{
    return (am_plan){ .drive_db = drive_db, .limiter = usual, .rate_hz = 44100, .bits = 32 };
}

static size_t pull_all(am_lookahead *limiter, size_t at, size_t capacity)
{
    size_t given;

    do {
        float *to[2] = { output[0] + at, output[1] + at };

        assert_int_equal(am_lookahead_pull(limiter, to, capacity, &given), AM_OK);
        at += given;
    } while (given);
    return at;
}

/* input to output; block 0: random pushes and pulls. */
static void render(const am_plan *plan, uint32_t channels, size_t frames, size_t block, am_limiter_trace *trace)
{
    am_lookahead *limiter = NULL;
    size_t got = 0;

    assert_int_equal(am_lookahead_open(channels, plan, NULL, &limiter, NULL), AM_OK);
    am_lookahead_unseen(limiter, skipped);
    if (trace)
        am_lookahead_trace(limiter, 100, (double)frames / 100.0);
    for (size_t at = 0; at < frames;) {
        const size_t wanted = block ? block : (size_t)uniform(0.0, 3000.0);
        const size_t count = wanted < frames - at ? wanted : frames - at;
        const float *from[2] = { input[0] + at, input[1] + at };

        assert_int_equal(am_lookahead_push(limiter, from, count, NULL), AM_OK);
        got = pull_all(limiter, got, block ? block : (size_t)uniform(1.0, 3000.0));
        at += count;
    }
    assert_int_equal(am_lookahead_finish(limiter, NULL), AM_OK);
    got = pull_all(limiter, got, 4096);
    assert_int_equal(got, frames);
    if (trace)
        am_lookahead_traced(limiter, trace);
    am_lookahead_close(limiter);
}

/* ------------------------------------------------------------------ ceiling */

static double sound(int kind, size_t i, double a, double b)
{
    const double t = (double)i;

    switch (kind) {
    case 0: return am_clamp(2.0 * normal(), -1.0, 1.0);
    case 1: return uniform(-1.0, 1.0) < 0.0 ? -1.0 : 1.0;
    case 2: return sin(2.0 * AM_PI * a * 0.2 * t + b) < 0.0 ? -1.0 : 1.0;
    case 3: return sin(AM_PI / 2.0 * t + AM_PI / 4.0);
    case 4: return fmod(t, 900.0) < 400.0 * a ? (i % 2 ? -1.0 : 1.0) : 0.0;
    case 5: return uniform(0.0, 1.0) < 0.01 ? normal() : 0.0;
    case 6: return 100.0 * normal();
    case 7: return sin(2.0 * AM_PI * a * t * t / 6000.0) + 0.3 * normal() * exp(-fmod(t, 800.0) / 100.0);
    case 8: return fmod(a * 0.01 * t + b, 1.0) - 0.5 + sin(2.0 * AM_PI * 0.0012 * t) + 0.5 * sin(2.0 * AM_PI * 0.45 * b * t);
    default: return uniform(-1.0, 1.0) * (t > 1000.0 * a ? 1.0 : 1e-3);
    }
}

static am_limiter random_times(void)
{
    am_limiter times = usual;

    times.ceiling_dbtp = uniform(-9.0, 0.0);
    if (uniform(0.0, 1.0) < 0.5)
        return times;
    times.lookahead_ms = uniform(0.5, 20.0);
    times.hold_ms = uniform(0.0, 40.0);
    times.release_ms = uniform(5.0, 500.0);
    times.sustain_attack_ms = uniform(10.0, 2000.0);
    times.sustain_release_ms = uniform(20.0, 5000.0);
    times.sustain = uniform(0.0, 1.0);
    return times;
}

static void quantise(float *x, size_t frames, uint32_t bits)
{
    const double steps = ldexp(1.0, (int)bits - 1);

    for (size_t i = 0; i < frames && bits < 32; i++) {
        const double dither = uniform(0.0, 1.0) - uniform(0.0, 1.0);

        x[i] = (float)(am_clamp(floor((double)x[i] * steps + dither + 0.5), -steps, steps - 1.0) / steps);
    }
}

static void nothing_gets_over_the_ceiling(void **state)
{
    static const uint32_t rates[] = { 44100, 44100, 48000, 88200, 96000, 192000, 32000, 8000 }, words[] = { 16, 24, 32 };
    const char *cases = getenv("AM_FUZZ_CASES"), *seed = getenv("AM_SEED");
    const long count = cases ? atol(cases) : 200;
    double worst_db = -1e9;

    (void)state;
    random_state = seed ? (uint64_t)atoll(seed) : 1;
    for (long trial = 0; trial < count; trial++) {
        const int kind = (int)uniform(0.0, 10.0);
        const size_t frames = (size_t)uniform(1.0, 3000.0);
        const uint32_t channels = uniform(0.0, 1.0) < 0.3 ? 1 : 2;
        const double a = uniform(0.01, 1.0), b = uniform(0.0, 1.0);
        am_plan plan = usual_plan(uniform(-12.0, 24.0));

        plan.limiter = random_times();
        plan.rate_hz = rates[(int)uniform(0.0, 8.0)];
        plan.bits = words[(int)uniform(0.0, 3.0)];
        plan.dither = plan.bits < 32 ? AM_DITHER_TPDF : AM_DITHER_NONE;
        for (size_t i = 0; i < frames; i++) {
            input[0][i] = (float)sound(kind, i, a, b);
            input[1][i] = (float)(0.8 * sound(kind, i, a * 0.9, b));
        }
        render(&plan, channels, frames, 1000, NULL);
        for (uint32_t c = 0; c < channels; c++) {
            double over_db;

            quantise(output[c], frames, plan.bits);
            over_db = am_db_from_gain(oracle_true_peak(output[c], frames, 1) + 1e-12) - plan.limiter.ceiling_dbtp;
            worst_db = fmax(worst_db, over_db);
            if (!(over_db <= 0.0))
                fail_msg("case %ld kind %d, %zu frames at %u Hz, %u bits, lookahead %.2f hold %.2f, drive %.1f: %+.5f dB over %.3f",
                         trial, kind, frames, plan.rate_hz, plan.bits, plan.limiter.lookahead_ms, plan.limiter.hold_ms, plan.drive_db,
                         over_db, plan.limiter.ceiling_dbtp);
        }
    }
    print_message("%ld cases, nearest to the ceiling: %.5f dB\n", count, worst_db);
}

/* ------------------------------------------------------------------ quality */

static void tone(double hz, double level, double phase, size_t frames)
{
    for (size_t i = 0; i < frames; i++)
        input[0][i] += (float)(level * sin(2.0 * AM_PI * hz / 44100.0 * (double)i + phase));
}

/* Power in output[0] from first on at hz by a windowed projection; *total gets all of it. */
static double tone_power(double hz, size_t first, size_t frames, double *total)
{
    double real = 0.0, imaginary = 0.0, weights = 0.0, squares = 0.0;

    for (size_t i = 0; i < frames; i++) {
        const double phase = 2.0 * AM_PI * (double)i / (double)frames;
        const double w = 0.35875 - 0.48829 * cos(phase) + 0.14128 * cos(2.0 * phase) - 0.01168 * cos(3.0 * phase);
        const double x = (double)output[0][first + i], turn = 2.0 * AM_PI * hz / 44100.0 * (double)(first + i);

        real += w * x * cos(turn);
        imaginary += w * x * sin(turn);
        weights += w;
        squares += x * x;
    }
    if (total)
        *total = squares / (double)frames;
    return 2.0 * (real * real + imaginary * imaginary) / (weights * weights);
}

/* Distortion and noise of output[0] behind the first second: what is left without the best-fitting sine. hz has whole periods in
 * four seconds. */
static double distortion_db(double hz)
{
    enum { FIRST = 44100, COUNT = 4 * 44100 };
    double a = 0.0, b = 0.0, rest = 0.0, whole = 0.0;

    for (size_t i = FIRST; i < FIRST + COUNT; i++) {
        a += (double)output[0][i] * sin(2.0 * AM_PI * hz / 44100.0 * (double)i) * 2.0 / COUNT;
        b += (double)output[0][i] * cos(2.0 * AM_PI * hz / 44100.0 * (double)i) * 2.0 / COUNT;
    }
    for (size_t i = FIRST; i < FIRST + COUNT; i++) {
        const double turn = 2.0 * AM_PI * hz / 44100.0 * (double)i, x = (double)output[0][i];

        rest += (x - a * sin(turn) - b * cos(turn)) * (x - a * sin(turn) - b * cos(turn));
        whole += x * x;
    }
    return am_db_from_power(rest / whole);
}

static void a_steady_sine_stays_clean(void **state)
{
    static const double frequencies[] = { 60.0, 75.0, 100.0, 250.0, 997.0, 5000.0 };
    const am_plan plan = usual_plan(5.0);   /* 6 dB over the ceiling */
    enum { FRAMES = 6 * 44100 };

    (void)state;
    for (int k = 0; k < 6; k++) {
        double got_db;

        memset(input, 0, sizeof input);
        tone(frequencies[k], 1.0, 0.0, FRAMES);
        render(&plan, 1, FRAMES, 4096, NULL);
        got_db = distortion_db(frequencies[k]);
        print_message("%.0f Hz, 6 dB over: THD+N %.1f dB\n", frequencies[k], got_db);
        if (!(got_db <= -100.0))
            fail_msg("%.0f Hz: THD+N %.2f dB, want -100", frequencies[k], got_db);
    }
}

/* 1 kHz at -12 dB under a bass 6 dB over the ceiling: side bands at +-1, 2 and 4 times the bass */
static void bass_does_not_modulate_what_is_above(void **state)
{
    static const double basses[] = { 50.0, 80.0, 100.0, 150.0 };
    const am_plan plan = usual_plan(5.0);
    enum { FRAMES = 6 * 44100, COUNT = 4 * 44100 };

    (void)state;
    for (int k = 0; k < 4; k++) {
        double sides = 0.0, carrier, got_db;

        memset(input, 0, sizeof input);
        tone(basses[k], 1.0, 0.3, FRAMES);
        tone(1000.0, 0.25, 0.0, FRAMES);
        render(&plan, 1, FRAMES, 4096, NULL);
        carrier = tone_power(1000.0, 66150, COUNT, NULL);
        for (int n = 1; n <= 4; n++)
            sides += tone_power(1000.0 - n * basses[k], 66150, COUNT, NULL) + tone_power(1000.0 + n * basses[k], 66150, COUNT, NULL);
        got_db = am_db_from_power(sides / carrier);
        print_message("%.0f Hz + 1 kHz: intermodulation %.1f dB\n", basses[k], got_db);
        if (!(got_db <= -45.0))
            fail_msg("%.0f Hz + 1 kHz: %.2f dB, want -45", basses[k], got_db);
    }
}

/* 60 Hz and, a quarter as large, 7 kHz, the louder 6 dB over the ceiling (SMPTE RP 120 has these tones) */
static void bass_and_treble_stay_apart(void **state)
{
    const am_plan plan = usual_plan(5.0);
    enum { FRAMES = 6 * 44100, COUNT = 4 * 44100 };
    double sides = 0.0, got_db;

    (void)state;
    memset(input, 0, sizeof input);
    tone(60.0, 1.0, 0.3, FRAMES);
    tone(7000.0, 0.25, 0.0, FRAMES);
    render(&plan, 1, FRAMES, 4096, NULL);
    for (int n = 1; n <= 4; n++)
        sides += tone_power(7000.0 - n * 60.0, 66150, COUNT, NULL) + tone_power(7000.0 + n * 60.0, 66150, COUNT, NULL);
    got_db = am_db_from_power(sides / tone_power(7000.0, 66150, COUNT, NULL));
    print_message("60 Hz + 7 kHz: intermodulation %.1f dB\n", got_db);
    if (!(got_db <= -45.0))
        fail_msg("60 Hz + 7 kHz: %.2f dB, want -45", got_db);
}

/* A kick 6 dB over the ceiling over a pad: the gain comes back between the kicks, and moves the pad at 1 to 8 Hz. */
static void a_kick_does_not_pump_the_pad(void **state)
{
    const am_plan plan = usual_plan(5.0);
    enum { FRAMES = 6 * 44100 };
    double got_db;

    (void)state;
    stream_kick_and_pad(input[0], FRAMES, 44100.0, 1.0, 0.1);
    render(&plan, 1, FRAMES, 4096, NULL);
    got_db = stream_pumping_db(output[0] + 44100, FRAMES - 44100, 44100.0);
    print_message("a kick 6 dB over: the pad moves by %.2f dB rms\n", got_db);
    if (!(got_db <= 1.5))
        fail_msg("a kick 6 dB over: the pad moves by %.2f dB rms, at most 1.5", got_db);
}

/* ------------------------------------------------------------------ stream */

static void noise(size_t frames, double level)
{
    for (size_t i = 0; i < frames; i++) {
        input[0][i] = (float)(level * normal());
        input[1][i] = (float)(level * normal());
    }
}

static void below_the_ceiling_the_same_samples_pass(void **state)
{
    enum { FRAMES = 30000 };
    am_plan plan = usual_plan(0.0);

    (void)state;
    random_state = 7;
    noise(FRAMES, 0.1);
    render(&plan, 2, FRAMES, 1000, NULL);
    assert_memory_equal(output[0], input[0], FRAMES * sizeof(float));
    assert_memory_equal(output[1], input[1], FRAMES * sizeof(float));
    plan.limiter.enabled = false;
    noise(FRAMES, 10.0);
    render(&plan, 2, FRAMES, 1000, NULL);
    assert_memory_equal(output[1], input[1], FRAMES * sizeof(float));
}

static void drive_and_trim_are_gains(void **state)
{
    enum { FRAMES = 5000 };
    am_plan plan = usual_plan(-6.0);

    (void)state;
    random_state = 8;
    noise(FRAMES, 0.1);
    plan.trim_db = -1.5;
    for (int enabled = 0; enabled < 2; enabled++) {
        plan.limiter.enabled = enabled;
        render(&plan, 1, FRAMES, 0, NULL);
        for (int i = 0; i < FRAMES; i++) {
            const double want = (double)input[0][i] * am_gain_from_db(-7.5);

            if (fabs((double)output[0][i] - want) > 1e-6 * fabs(want))
                fail_msg("frame %d: %.9f, want %.9f", i, (double)output[0][i], want);
        }
    }
}

static void any_split_gives_the_same(void **state)
{
    enum { FRAMES = 40000 };
    static float whole[2][FRAMES];
    const am_plan plan = usual_plan(6.0);

    (void)state;
    random_state = 9;
    noise(FRAMES, 0.4);
    render(&plan, 2, FRAMES, FRAMES, NULL);
    memcpy(whole[0], output[0], sizeof whole[0]);
    memcpy(whole[1], output[1], sizeof whole[1]);
    for (int trial = 0; trial < 5; trial++) {
        render(&plan, 2, FRAMES, trial ? 0 : 1, NULL);
        assert_memory_equal(output[0], whole[0], sizeof whole[0]);
        assert_memory_equal(output[1], whole[1], sizeof whole[1]);
    }
}

/* Bursts that the guards have to see to, before and behind where somebody begins to look. */
static void what_follows_the_unseen_is_the_same(void **state)
{
    enum { FRAMES = 200000 };
    static const uint64_t unseen[] = { 0, 1, 44100, 60000, 123457, FRAMES };
    static float whole[2][FRAMES];
    const am_plan plan = usual_plan(9.0);
    bool other = false;

    (void)state;
    random_state = 4;
    noise(FRAMES, 0.4);
    for (int i = 0; i < FRAMES; i++)
        input[0][i] *= i % 5000 < 40 ? 8.0f : 1.0f;
    render(&plan, 2, FRAMES, FRAMES, NULL);
    memcpy(whole[0], output[0], sizeof whole[0]);
    memcpy(whole[1], output[1], sizeof whole[1]);
    for (size_t k = 0; k < sizeof unseen / sizeof *unseen; k++) {
        skipped = unseen[k];
        render(&plan, 2, FRAMES, 0, NULL);
        for (int c = 0; c < 2; c++) {
            assert_memory_equal(output[c] + skipped, whole[c] + skipped, (FRAMES - skipped) * sizeof(float));
            other |= memcmp(output[c], whole[c], skipped * sizeof(float)) != 0;
        }
    }
    skipped = 0;
    assert_true(other);                 /* or else the guards had nothing to do */
}

static void channels_share_one_gain(void **state)
{
    enum { FRAMES = 20000 };
    const am_plan plan = usual_plan(0.0);

    (void)state;
    memset(input, 0, sizeof input);
    tone(100.0, 2.0, 0.0, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        input[1][i] = 0.25f * input[0][i];
    render(&plan, 2, FRAMES, 1000, NULL);
    for (int i = 0; i < FRAMES; i++)
        assert_true(output[1][i] == 0.25f * output[0][i]);
}

static void edges_are_safe(void **state)
{
    am_plan plan = usual_plan(12.0);

    (void)state;
    memset(input, 0, sizeof input);
    render(&plan, 2, 0, 100, NULL);
    render(&plan, 2, 20000, 1000, NULL);
    for (int i = 0; i < 20000; i++)
        assert_true(output[0][i] == 0.0f && output[1][i] == 0.0f);
    input[0][0] = -1.0f;
    render(&plan, 1, 1, 1, NULL);
    assert_true(output[0][0] < -0.5f && output[0][0] >= -0.8913f);
    for (int i = 0; i < 20000; i++)
        input[0][i] = i % 3 ? 3e38f : -1e30f;
    render(&plan, 1, 20000, 700, NULL);
    for (int i = 0; i < 20000; i++)
        assert_true(fabsf(output[0][i]) <= 0.8913f);
}

static void the_trace_tells_what_was_done(void **state)
{
    static am_limiter_trace trace;
    const am_plan plan = usual_plan(0.0);
    enum { FRAMES = 200000 };

    (void)state;
    memset(input, 0, sizeof input);
    tone(1000.0, 0.5, 0.0, FRAMES);
    for (int i = 120000; i < 140000; i++)
        input[0][i] *= 4.0f;
    render(&plan, 1, FRAMES, 4096, &trace);
    assert_int_equal(trace.count, 100);
    if (!(fabs(trace.max_db - 7.03) < 0.2 && fabs(trace.p95_db - 7.03) < 0.02))    /* the steps up and down ring a little */
        fail_msg("deepest %.3f dB, 95 %% %.3f dB, want 7.03", trace.max_db, trace.p95_db);
    assert_true(trace.max_s > 119000 / 44100.0 && trace.max_s < 140600 / 44100.0);
    assert_true(trace.p50_db == 0.0);
    assert_true(trace.reduction_db[10] == 0.0f && fabsf(trace.reduction_db[65] - 7.03f) < 0.02f);
}

static void every_refused_allocation_is_reported(void **state)
{
    faulty few;
    const am_plan plan = usual_plan(6.0);
    am_status st = AM_ERR_NOMEM;
    int ration = 0;

    (void)state;
    for (; st == AM_ERR_NOMEM && ration < 100; ration++) {
        const float *from[2] = { input[0], input[1] };
        am_lookahead *limiter = NULL;
        am_error err = { 0 };

        (void)faulty_init(&few, (size_t)ration + 1);
        st = am_lookahead_open(2, &plan, &few.allocator, &limiter, &err);
        if (!st)
            st = am_lookahead_push(limiter, from, 20000, &err);
        assert_true(st == AM_OK || err.status == AM_ERR_NOMEM);
        am_lookahead_close(limiter);
    }
    assert_true(st == AM_OK && ration > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gets_over_the_ceiling),
        cmocka_unit_test(a_steady_sine_stays_clean),
        cmocka_unit_test(bass_does_not_modulate_what_is_above),
        cmocka_unit_test(bass_and_treble_stay_apart),
        cmocka_unit_test(a_kick_does_not_pump_the_pad),
        cmocka_unit_test(below_the_ceiling_the_same_samples_pass),
        cmocka_unit_test(drive_and_trim_are_gains),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(what_follows_the_unseen_is_the_same),
        cmocka_unit_test(channels_share_one_gain),
        cmocka_unit_test(edges_are_safe),
        cmocka_unit_test(the_trace_tells_what_was_done),
        cmocka_unit_test(every_refused_allocation_is_reported),
    };

    return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
