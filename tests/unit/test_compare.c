/* test_compare.c - am_compare_files on known shifts, gains and damage */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <automaster/automaster.h>

#include "tests/support/faulty.h"
#include "tests/support/music.h"
#include "tests/support/scratch.h"

enum { RATE = 44100, FRAMES = 20 * RATE };

static float *song, *other;         /* interleaved stereo */
static am_comparison *found;
static am_options options;

static int setup(void **state)
{
    (void)state;
    AM_OPTIONS_INIT(&options);
    scratch_open();
    song = calloc(2 * FRAMES, sizeof *song);
    other = calloc(2 * FRAMES, sizeof *other);
    found = malloc(sizeof *found);
    if (!song || !other || !found)
        return -1;
    music_fill(song, FRAMES, 2, RATE, 11, 0.5);
    return music_write(scratch_path("a.wav"), song, FRAMES, 2, RATE, 32);
}

static int teardown(void **state)
{
    (void)state;
    free(song);
    free(other);
    free(found);
    scratch_close();
    return 0;
}

static void compare_both(void)
{
    am_error err = { 0 };

    if (am_compare_files(scratch_path("a.wav"), scratch_path("b.wav"), &options, found, &err))
        fail_msg("%s", err.message);
}

static void compare(double rate)
{
    assert_int_equal(music_write(scratch_path("b.wav"), other, FRAMES, 2, rate, 32), 0);
    compare_both();
}

/* other[n] = gain * song[n - lag] */
static void shift(int64_t lag, float gain)
{
    for (int64_t n = 0; n < FRAMES; n++)
        for (int c = 0; c < 2; c++)
            other[2 * n + c] = n - lag >= 0 && n - lag < FRAMES ? gain * song[2 * (n - lag) + c] : 0.0f;
}

static void shifts_and_gains_leave_nothing(void **state)
{
    static const struct { int64_t lag; float gain; } cases[] = { { 0, 0.5f }, { 31, 1.0f }, { 32, -0.25f }, { 100, 2.0f }, { -31, 1.0f }, { -33, 0.5f },
                                                                 { -5000, 1.0f }, { 70000, 0.5f } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        shift(cases[i].lag, cases[i].gain);
        compare(RATE);
        assert_true(found->aligned);
        if (!(fabs(found->lag_s * RATE - (double)cases[i].lag) < 0.01))
            fail_msg("lag %lld, found %.4f", (long long)cases[i].lag, found->lag_s * RATE);
        assert_true(found->inverted == (cases[i].gain < 0.0f));
        if (!(fabs(found->gain_db + 20.0 * log10(fabs((double)cases[i].gain))) < 0.01))
            fail_msg("gain %g, found %.4f dB", (double)cases[i].gain, found->gain_db);
        if (!(found->residual_db < -140.0))
            fail_msg("lag %lld: residual %.1f dB", (long long)cases[i].lag, found->residual_db);
    }
}

/* Parts of one song, in seconds of it: whatever the lag, nothing is left where both are, and that is all that is judged. */
static void parts_are_found(void **state)
{
    static const struct { int a, a_end, b, b_end; double both; } cases[] = {
        { 8, 20, 0, 20, 12 }, { 0, 20, 8, 20, 12 }, { 0, 6, 0, 20, 6 }, { 0, 20, 0, 6, 6 }, { 0, 20, 13, 17, 4 }, { 0, 12, 9, 20, 3 }, { 9, 20, 0, 12, 3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(music_write(scratch_path("a.wav"), song + 2 * cases[i].a * RATE, (size_t)(cases[i].a_end - cases[i].a) * RATE, 2, RATE, 32), 0);
        assert_int_equal(music_write(scratch_path("b.wav"), song + 2 * cases[i].b * RATE, (size_t)(cases[i].b_end - cases[i].b) * RATE, 2, RATE, 32), 0);
        compare_both();
        if (!(found->aligned && fabs(found->lag_s - (cases[i].a - cases[i].b)) < 1e-6 && found->residual_db < -140.0 && fabs(found->overlap_s - cases[i].both) < 1e-6))
            fail_msg("case %zu: %s lag %.4f s, residual %.1f dB over %.3f s", i, found->reason, found->lag_s, found->residual_db, found->overlap_s);
        for (uint32_t k = 0; k < found->timeline.count; k++) {
            const int at = cases[i].a + (int)k;
            const bool known = at >= cases[i].b && at < cases[i].b_end;

            if (isnan(found->timeline.residual_db[k]) != !known)
                fail_msg("case %zu: second %u of the first is %s", i, k, known ? "not known" : "known");
        }
    }
    assert_int_equal(music_write(scratch_path("a.wav"), song, FRAMES, 2, RATE, 32), 0);
}

/* A second channel that is the first upside down leaves no mid. */
static void what_cancels_in_mono_is_aligned(void **state)
{
    (void)state;
    for (size_t n = 0; n < FRAMES; n++) {
        other[2 * n] = song[2 * n];
        other[2 * n + 1] = -song[2 * n];
    }
    assert_int_equal(music_write(scratch_path("a.wav"), other + 2 * 3 * RATE, FRAMES - 3 * RATE, 2, RATE, 32), 0);
    compare(RATE);
    assert_int_equal(music_write(scratch_path("a.wav"), song, FRAMES, 2, RATE, 32), 0);
    assert_true(found->aligned && fabs(found->lag_s - 3.0) < 1e-6 && found->residual_db < -140.0);
}

static void damage_is_found_where_it_is(void **state)
{
    (void)state;
    shift(0, 1.0f);
    for (size_t n = 7 * RATE; n < 7 * RATE + 2000; n++)
        other[2 * n] += 0.1f * (float)sin(0.2 * (double)n);
    compare(RATE);
    assert_true(found->place_count > 0 && found->places[0].time_s == 7.0);
    assert_true(found->place_count == 1 || found->places[1].residual_db < found->places[0].residual_db - 20.0);
    assert_true(found->residual_db < -20.0 && found->residual_db > -80.0);
}

/* Against a sum over each second. */
static void the_line_through_time_is_the_definition(void **state)
{
    double whole = 0.0;

    (void)state;
    shift(0, 1.0f);
    for (size_t n = 4 * RATE; n < 6 * RATE; n++)
        other[2 * n + 1] *= 0.9f;
    compare(RATE);
    assert_int_equal(found->timeline.count, FRAMES / RATE);
    assert_true(found->timeline.slice_s == 1.0);
    for (size_t n = 0; n < 2 * FRAMES; n++)
        whole += (double)song[n] * (double)song[n];
    for (size_t s = 0; s < FRAMES / RATE; s++) {
        const double gain = pow(10.0, found->gain_db / 20.0);
        double left = 0.0, wanted_db;

        for (size_t n = 2 * s * RATE; n < 2 * (s + 1) * RATE; n++) {
            const double d = (double)song[n] - gain * (double)other[n];

            left += d * d;
        }
        wanted_db = 10.0 * log10(left / (whole / ((double)FRAMES / RATE)));
        if (!(fabs((double)found->timeline.residual_db[s] - wanted_db) < 0.05))
            fail_msg("second %zu: %.2f dB, wanted %.2f", s, (double)found->timeline.residual_db[s], wanted_db);
    }
    assert_true(isfinite(found->timeline.first_lufs[10]) && fabs((double)(found->timeline.first_lufs[12] - found->timeline.second_lufs[12])) < 0.01);
}

static void what_cannot_be_compared_says_why(void **state)
{
    (void)state;
    shift(0, 1.0f);
    compare(48000.0);
    assert_true(!found->aligned && found->reason[0] && isnan(found->residual_db) && isnan(found->lag_s));
    assert_true(isnan(found->timeline.residual_db[3]) && isfinite(found->timeline.second_lufs[10]));
    music_fill(other, FRAMES, 2, RATE, 77, 0.5);
    compare(RATE);
    assert_true(!found->aligned && found->reason[0] && found->tone_rms_db > 1.0);
}

static void texts_are_written_or_leak_nothing(void **state)
{
    char *text = NULL;

    (void)state;
    shift(10, 0.5f);
    compare(RATE);
    assert_int_equal(am_comparison_to_json(found, NULL, &text, NULL), AM_OK);
    assert_non_null(strstr(text, "\"schema\": \"automaster.comparison/1\""));
    am_release(NULL, text);
    for (size_t k = 1; k < 8; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k);

        text = NULL;
        if (am_comparison_to_json(found, allocator, &text, NULL) == AM_OK)
            am_release(allocator, text);
        assert_int_equal(memory.live, 0);
        allocator = faulty_init(&memory, k);
        text = NULL;
        if (am_comparison_to_text(found, true, allocator, &text, NULL) == AM_OK)
            am_release(allocator, text);
        assert_int_equal(memory.live, 0);
    }
}
static void the_page_is_written_or_nothing(void **state)
{
    am_options over = options;
    size_t count, before;
    char first[4096], second[4096], page[4096];

    (void)state;
    shift(-33, 0.5f);
    compare(RATE);
    strcpy(first, scratch_path("a.wav"));
    strcpy(second, scratch_path("b.wav"));
    strcpy(page, scratch_path("page.html"));
    assert_int_equal(am_comparison_page(found, first, second, page, false, &options, NULL), AM_OK);
    uint8_t *text = scratch_read(page, &count);

    assert_non_null(strstr((char *)text, "id=\"audio-original\""));
    assert_non_null(strstr((char *)text, "id=\"audio-master\""));
    free(text);
    assert_int_equal(am_comparison_page(found, first, second, page, false, &options, NULL), AM_ERR_EXISTS);
    over.overwrite = true;
    assert_int_equal(am_comparison_page(found, first, second, second, false, &over, NULL), AM_ERR_EXISTS);
    before = scratch_count();
    for (size_t k = 1; k < 40; k += 3) {
        faulty memory;

        over.allocator = faulty_init(&memory, k);
        (void)am_comparison_page(found, first, second, page, false, &over, NULL);
        assert_int_equal(memory.live, 0);
        assert_int_equal(scratch_count(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shifts_and_gains_leave_nothing), cmocka_unit_test(parts_are_found), cmocka_unit_test(what_cancels_in_mono_is_aligned),
        cmocka_unit_test(damage_is_found_where_it_is),
        cmocka_unit_test(what_cannot_be_compared_says_why), cmocka_unit_test(texts_are_written_or_leak_nothing),
        cmocka_unit_test(the_line_through_time_is_the_definition), cmocka_unit_test(the_page_is_written_or_nothing),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
