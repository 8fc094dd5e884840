/* test_stylist.c - analyze/stylist.h and the style in am_analysis: which windows count, and that pushes and rates do not matter */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/stylist.h"
#include "tests/support/faulty.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

static void analyse(const float *const *channels, uint32_t count, size_t frames, uint32_t rate_hz, size_t block, am_analysis *out)
{
    const am_format format = { .rate_hz = rate_hz, .channels = count };
    am_analyzer *analyzer = NULL;
    am_options options;

    AM_OPTIONS_INIT(&options);
    options.style = true;
    memset(out, 0, sizeof *out);
    assert_int_equal(am_analyze_open(&format, &options, &analyzer, NULL), AM_OK);
    for (size_t i = 0; i < frames;) {
        const size_t part = block && block < frames - i ? block : frames - i;
        const float *rest[3];

        for (uint32_t c = 0; c < count; c++)
            rest[c] = channels[c] + i;
        assert_int_equal(am_analyze_push(analyzer, rest, part, NULL), AM_OK);
        i += part;
    }
    assert_int_equal(am_analyze_finish(analyzer, out, NULL), AM_OK);
    am_analyze_close(analyzer);
}

static double sum_of(const am_analysis *a)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < a->style_count; i++) {
        assert_true(a->style[i].weight >= 0.0 && (i == 0 || a->style[i].weight <= a->style[i - 1].weight));
        sum += a->style[i].weight;
    }
    return sum;
}

static void pushes_of_any_size_give_the_same(void **state)
{
    enum { RATE = 44100, FRAMES = 40 * RATE };
    am_analysis *pair = *state;
    float *left = listen_buffer(FRAMES), *right = listen_buffer(FRAMES);
    const float *channels[2] = { left, right };

    listen_noise(left, right, FRAMES, RATE, 3);
    analyse(channels, 2, FRAMES, RATE, 0, &pair[0]);
    analyse(channels, 2, FRAMES, RATE, 1237, &pair[1]);
    assert_true(pair[0].style_count >= 1);
    check_near("sum of weights", sum_of(&pair[0]), 1.0, 1e-9);
    assert_memory_equal(&pair[0], &pair[1], sizeof pair[0]);
    free(left);
    free(right);
}

static void the_rate_does_not_matter_much(void **state)
{
    enum { SECONDS = 12 };
    static const uint32_t rates[] = { 44100, 48000, 96000 };
    am_analysis *pair = *state;

    for (int r = 0; r < 3; r++) {
        const size_t frames = SECONDS * (size_t)rates[r];
        float *x = listen_buffer(frames);
        const float *channels[1] = { x };

        for (size_t i = 0; i < frames; i++) {       /* notes of 0.3 s over four octaves, each dying away */
            const double t = (double)i / rates[r], note = floor(t / 0.3), within = t - 0.3 * note;

            for (int h = 1; h <= 8; h++)
                x[i] += (float)(0.1 / h * exp(-5.0 * within) * sin(2.0 * 3.14159265 * 110.0 * exp2(fmod(note * 7.0, 29.0) / 12.0) * h * within));
        }
        analyse(channels, 1, frames, rates[r], 0, &pair[r > 0]);
        for (int i = 0; r > 0 && i < 18; i++)
            check_near("mean of a coefficient", pair[1].style_features[i], pair[0].style_features[i], 0.5);
        for (int i = 39; r > 0 && i < 43; i++)
            check_near("feature", pair[1].style_features[i], pair[0].style_features[i], 0.02);
        free(x);
    }
}

static void silence_in_front_does_not_matter(void **state)
{
    enum { RATE = 22050, FRAMES = 12 * RATE, LATE = 5001 };
    am_analysis *pair = *state;
    float *x = listen_buffer(FRAMES + LATE);
    const float *early[1] = { x + LATE }, *late[1] = { x };

    music_fill(x + LATE, FRAMES, 1, RATE, 4, 0.5);
    analyse(early, 1, FRAMES, RATE, 0, &pair[0]);
    analyse(late, 1, FRAMES + LATE, RATE, 0, &pair[1]);
    assert_memory_equal(pair[0].style_features, pair[1].style_features, sizeof pair[0].style_features);
    free(x);
}

static void what_cannot_be_told_is_left_empty(void **state)
{
    enum { RATE = 44100, FRAMES = 12 * RATE };
    am_analysis *a = *state;
    float *x = listen_buffer(FRAMES), *turned = listen_buffer(FRAMES);
    const float *three[3] = { x, x, x }, *against[2] = { x, turned };

    analyse(three, 2, FRAMES, RATE, 0, a);                                  /* silence */
    assert_int_equal(a->style_count, 0);
    assert_true(isnan(a->style_features[0]) && isnan(a->style_features[AM_STYLE_FEATURES - 1]));
    music_fill(x, FRAMES, 1, RATE, 4, 0.5);
    analyse(three, 1, 9 * RATE, RATE, 0, a);                                /* short */
    assert_int_equal(a->style_count, 0);
    analyse(three, 3, FRAMES, RATE, 0, a);
    assert_int_equal(a->style_count, 0);
    analyse(three, 1, FRAMES, 16000, 0, a);
    assert_int_equal(a->style_count, 0);
    for (size_t i = 0; i < FRAMES; i++)
        turned[i] = -x[i];
    analyse(against, 2, FRAMES, RATE, 0, a);
    assert_int_equal(a->style_count, 0);
    listen(three, 1, FRAMES, RATE, 0, a);                                   /* not asked for */
    assert_int_equal(a->style_count, 0);
    analyse(three, 1, FRAMES, RATE, 0, a);
    assert_true(a->style_count > 0);
    free(x);
    free(turned);
}

/* seconds of a quiet rate: which windows were kept, and how many seconds each */
static void check_windows(double seconds, uint32_t count, const uint64_t *index, double last_s)
{
    enum { RATE = AM_TIMBRE_RATE_HZ };
    am_stylist s;
    double features[AM_STYLE_FEATURES];
    float *x = listen_buffer(RATE);
    bool measured;

    music_fill(x, RATE, 1, RATE, 8, 0.5);
    assert_int_equal(am_stylist_open(&s, RATE, NULL, NULL), AM_OK);
    for (double rest = seconds; rest > 0.0; rest -= 1.0)
        assert_int_equal(am_stylist_push(&s, x, x, (size_t)(fmin(rest, 1.0) * RATE), NULL), AM_OK);
    assert_int_equal(am_stylist_finish(&s, features, &measured, NULL), AM_OK);
    assert_int_equal(measured, count > 0);
    assert_int_equal(s.count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(s.kept[i].index, index[i]);
        check_near("seconds", s.kept[i].seconds, i + 1 < count ? 30.0 : last_s, 0.01);
    }
    am_stylist_close(&s);
    free(x);
}

static void windows_are_spread_over_the_piece(void **state)
{
    (void)state;
    check_windows(9.5, 0, NULL, 0.0);
    check_windows(10.5, 1, (const uint64_t[]) { 0 }, 10.5);
    check_windows(44.0, 1, (const uint64_t[]) { 0 }, 30.0);
    check_windows(46.0, 2, (const uint64_t[]) { 0, 1 }, 16.0);
    check_windows(125.0, 4, (const uint64_t[]) { 0, 1, 2, 3 }, 30.0);
    check_windows(180.0, 3, (const uint64_t[]) { 1, 3, 5 }, 30.0);
    check_windows(240.5, 4, (const uint64_t[]) { 1, 3, 5, 7 }, 30.0);
    check_windows(600.0, 4, (const uint64_t[]) { 3, 7, 11, 15 }, 30.0);
}

static am_status whole_run(const am_allocator *allocator, const float *x, size_t frames, am_analysis *out)
{
    const am_format format = { .rate_hz = 44100, .channels = 1 };
    am_analyzer *analyzer = NULL;
    am_options options;
    am_status st;

    AM_OPTIONS_INIT(&options);
    options.style = true;
    options.allocator = allocator;
    st = am_analyze_open(&format, &options, &analyzer, NULL);
    if (!st)
        st = am_analyze_push(analyzer, &x, frames, NULL);
    if (!st)
        st = am_analyze_finish(analyzer, out, NULL);
    am_analyze_close(analyzer);
    return st;
}

/* Each allocation of a run fails once. */
static void a_lack_of_memory_is_told_and_leaks_nothing(void **state)
{
    enum { FRAMES = 10 * 44100 + 100 };
    am_analysis *a = *state;
    float *x = listen_buffer(FRAMES);
    bool failed = true;

    music_fill(x, FRAMES, 1, 44100, 4, 0.5);
    for (size_t k = 1; failed; k++) {
        faulty memory;
        const am_status st = whole_run(faulty_init(&memory, k), x, FRAMES, a);

        assert_int_equal(memory.live, 0);
        failed = memory.failed;
        assert_int_equal(st, failed ? AM_ERR_NOMEM : AM_OK);
    }
    assert_true(a->style_count > 0);
    free(x);
}

static int setup(void **state) { return listen_state(state, 2 * sizeof(am_analysis)); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes_of_any_size_give_the_same),
        cmocka_unit_test(the_rate_does_not_matter_much),
        cmocka_unit_test(silence_in_front_does_not_matter),
        cmocka_unit_test(what_cannot_be_told_is_left_empty),
        cmocka_unit_test(windows_are_spread_over_the_piece),
        cmocka_unit_test(a_lack_of_memory_is_told_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, setup, listen_drop);
}
