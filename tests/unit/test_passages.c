/* test_passages.c - match/passages.h on traces that were made from known passages */
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
#include "match/doubt.h"
#include "match/passages.h"
#include "tests/support/analyses.h"
#include "tests/support/faulty.h"

/* Music by seed: every frame and band moves by +- 8 dB about a spectrum that falls; the side 6 dB below, moving too. */
static void play(uint64_t seed, am_trace *trace, size_t first, size_t count, double offset_db)
{
    for (size_t i = 0; i < count; i++) {
        am_trace_frame *f = &trace->frames[first + i];

        f->loud = true;
        for (int k = 0; k < AM_BANDS; k++) {
            const double db = offset_db - 20.0 - 0.3 * k + test_uniform(&seed, -8.0, 8.0);

            f->mid_cdb[k] = (int16_t)lrint(100.0 * db);
            f->side_cdb[k] = (int16_t)lrint(100.0 * (db - 6.0 + test_uniform(&seed, -2.0, 2.0)));
        }
    }
}

static am_trace make(size_t count)
{
    const am_trace trace = { .frames = calloc(count, sizeof(am_trace_frame)), .count = count };

    assert_non_null(trace.frames);
    return trace;
}

static double eq_db(int band)
{
    return 3.0 * cos(band / 9.0);
}

static void filter(am_trace *trace, double side_db)
{
    for (size_t i = 0; i < trace->count; i++)
        for (int k = 0; k < AM_BANDS; k++) {
            trace->frames[i].mid_cdb[k] = (int16_t)(trace->frames[i].mid_cdb[k] + lrint(100.0 * eq_db(k)));
            trace->frames[i].side_cdb[k] = (int16_t)(trace->frames[i].side_cdb[k] + lrint(100.0 * (eq_db(k) + side_db)));
        }
}

static void find(const am_trace *input, const am_trace *reference, am_shared *out)
{
    am_error err = { 0 };

    assert_int_equal(am_passages_find(input, reference, NULL, out, &err), AM_OK);
}

/* The reference: a third of the input in another order and louder among other music, all through an EQ with a wider side. */
static void passages_that_come_back_tell_the_eq(void **state)
{
    am_trace input = make(300), reference = make(400);
    double offset = 0.0, worst = 0.0, worst_width = 0.0;
    am_shared s;

    (void)state;
    play(1, &input, 0, 100, 0.0);
    play(2, &input, 100, 100, 0.0);
    play(3, &input, 200, 100, 0.0);
    play(7, &reference, 0, 131, 0.0);
    play(2, &reference, 131, 100, 4.0);
    play(8, &reference, 231, 169, 0.0);
    filter(&reference, 2.0);
    find(&input, &reference, &s);
    assert_true(am_within(s.share, 0.28, 0.36));
    for (int k = 2; k < 59; k++)
        offset += (s.tone_db[k] - eq_db(k)) / 57.0;
    for (int k = 2; k < 59; k++) {
        worst = fmax(worst, fabs(s.tone_db[k] - eq_db(k) - offset));
        worst_width = fmax(worst_width, fabs(s.width_db[k] - 2.0));
        assert_true(s.tone_sd_db[k] > 0.0 && s.tone_sd_db[k] < 0.5);
    }
    if (worst > 0.05 || worst_width > 0.05)
        fail_msg("EQ off by %.3f dB, width by %.3f dB", worst, worst_width);
    free(input.frames);
    free(reference.frames);
}

static void other_music_says_nothing(void **state)
{
    am_trace input = make(300), reference = make(400), brief = make(5);
    am_shared s;

    (void)state;
    play(1, &input, 0, 300, 0.0);
    play(9, &reference, 0, 400, 0.0);
    play(1, &brief, 0, 5, 0.0);
    find(&input, &reference, &s);
    assert_true(s.share == 0.0);
    find(&input, &brief, &s);
    assert_true(s.share == 0.0);
    find(&brief, &input, &s);
    assert_true(s.share == 0.0);
    find(&(am_trace){ 0 }, &input, &s);
    assert_true(s.share == 0.0);
    free(input.frames);
    free(reference.frames);
    free(brief.frames);
}

/* Levels that never move (a test tone, digital silence) are like nothing, and give no NaN. */
static void what_stands_still_says_nothing(void **state)
{
    am_trace input = make(300);
    am_shared s;

    (void)state;
    for (size_t i = 0; i < input.count; i++)
        input.frames[i].loud = true;
    find(&input, &input, &s);
    assert_true(s.share == 0.0);
    free(input.frames);
}

/* Frames 10 dB apart in the mix are 5 dB apart in the reference. */
static void denser_passages_make_a_denser_aim(void **state)
{
    am_trace input = make(200), reference = make(200);
    am_analysis before = { 0 };
    am_target target = { 0 };
    am_options options;

    (void)state;
    AM_OPTIONS_INIT(&options);
    play(1, &input, 0, 200, 0.0);
    for (size_t i = 0; i < input.count; i++) {
        reference.frames[i] = input.frames[i];
        for (int k = 0; k < AM_BANDS; k++) {
            const int step = i % 2 ? 250 : -250;

            input.frames[i].mid_cdb[k] = (int16_t)(input.frames[i].mid_cdb[k] + 2 * step);
            input.frames[i].side_cdb[k] = (int16_t)(input.frames[i].side_cdb[k] + 2 * step);
            reference.frames[i].mid_cdb[k] = (int16_t)(reference.frames[i].mid_cdb[k] + step);
            reference.frames[i].side_cdb[k] = (int16_t)(reference.frames[i].side_cdb[k] + step);
        }
    }
    find(&input, &reference, &target.shared);
    assert_true(target.shared.share > 0.9 && target.shared.in_step > 0.9);
    for (int q = 0; q < AM_QUANTILES; q++) {
        const double ours = q < 3 ? -10.0 : 0.0, theirs = q < 3 ? -5.0 : 0.0;  /* re the louder half */

        if (q != 3 && fabs(target.shared.levels_lu[q] - target.shared.levels_lu[6] - (theirs - ours)) > 1.5)
            fail_msg("quantile %d: %+.2f LU", q, target.shared.levels_lu[q] - target.shared.levels_lu[6]);
        before.dynamics.momentary_lu[q] = before.dynamics.fast_lu[q] = q - 5.0;
        target.momentary_lu[q] = 99.0;
    }
    am_shared_levels(&options, &before, &target);
    assert_true(target.momentary_lu[0] == 99.0);        /* one recording: its own levels say it */
    target.shared.in_step = 0.1;
    options.dynamics_from = "another.wav";
    am_shared_levels(&options, &before, &target);
    assert_true(target.momentary_lu[0] == 99.0);        /* those are not of the reference */
    assert_true(am_shared_song(&target.shared) && !am_shared_song(am_shared_of_levels(&options, &target)));
    options.dynamics_from = NULL;
    am_shared_levels(&options, &before, &target);
    for (int q = 0; q < AM_QUANTILES; q++) {
        assert_true(fabs(target.momentary_lu[q] - (q - 5.0) - target.shared.levels_lu[q]) < 1e-9);
        assert_true(fabs(target.fast_lu[q] - target.momentary_lu[q]) < 1e-9);
        target.momentary_lu[q] = 99.0;
    }
    target.shared.share = 0.03;
    am_shared_levels(&options, &before, &target);
    assert_true(target.momentary_lu[0] == 99.0);
    free(input.frames);
    free(reference.frames);
}

static void memory_that_fails_is_told(void **state)
{
    am_trace input = make(300);
    am_shared s;

    (void)state;
    play(1, &input, 0, 300, 0.0);
    for (size_t k = 1;; k++) {
        faulty f;
        const am_allocator *allocator = faulty_init(&f, k);
        am_error err = { 0 };
        const am_status st = am_passages_find(&input, &input, allocator, &s, &err);

        assert_int_equal(f.live, 0);
        if (!f.failed)
            break;
        assert_int_equal(st, AM_ERR_NOMEM);
    }
    free(input.frames);
}

typedef struct observation {
    double difference[AM_JOINT], noise[AM_JOINT * AM_JOINT], scratch[2 * AM_JOINT * AM_JOINT + 2 * AM_JOINT];
    bool known[AM_BANDS];
} observation;

static void observe(observation *o, double sd_db)
{
    for (size_t i = 0; i < AM_JOINT; i++) {
        o->difference[i] = 0.0;
        for (size_t j = 0; j < AM_JOINT; j++)
            o->noise[i * AM_JOINT + j] = i == j ? sd_db * sd_db : 0.0;
    }
    for (int k = 0; k < AM_BANDS; k++)
        o->known[k] = k < 58;
}

static void the_surer_of_two_is_followed(void **state)
{
    observation *o = calloc(1, sizeof *o);
    am_shared s = { .share = 0.5 };

    (void)state;
    assert_non_null(o);
    for (int k = 0; k < AM_BANDS; k++) {
        s.tone_db[k] = eq_db(k);
        s.width_db[k] = 2.0;
        s.tone_sd_db[k] = s.width_sd_db[k] = 0.01;
    }
    observe(o, 3.0);
    am_shared_join(&s, o->known, o->known, o->difference, o->noise, o->scratch);
    for (int k = 0; k < 58; k++) {
        const double tone = o->difference[k] - o->difference[20] - (eq_db(k) - eq_db(20)), width = o->difference[AM_BANDS + k] - 2.0;

        if (fabs(tone) > 0.05 || fabs(width) > 0.05)
            fail_msg("band %d: tone off by %.3f dB, width by %.3f dB", k, tone, width);
        assert_true(o->noise[(AM_BANDS + k) * AM_JOINT + AM_BANDS + k] < 0.01);
    }
    assert_true(o->difference[60] == 0.0 && o->noise[60 * AM_JOINT + 60] >= 9.0);
    for (int k = 0; k < AM_BANDS; k++)
        s.tone_sd_db[k] = s.width_sd_db[k] = 300.0;
    observe(o, 1.0);
    am_shared_join(&s, o->known, o->known, o->difference, o->noise, o->scratch);
    for (int k = 0; k < AM_JOINT; k++)
        assert_true(fabs(o->difference[k]) < 0.01);
    free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passages_that_come_back_tell_the_eq), cmocka_unit_test(other_music_says_nothing),
        cmocka_unit_test(what_stands_still_says_nothing),      cmocka_unit_test(memory_that_fails_is_told),
        cmocka_unit_test(denser_passages_make_a_denser_aim),
        cmocka_unit_test(the_surer_of_two_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
