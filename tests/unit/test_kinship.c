/* test_kinship.c - match/kinship.h on traces whose spectrum and beat are known */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "match/kinship.h"
#include "match/params.h"
#include "tests/support/analyses.h"
#include "tests/support/faulty.h"

typedef struct piece {
    uint64_t notes, beat;           /* seeds of the spectrum's fine structure, and of the beat's accents */
    size_t period;                  /* steps to a beat */
    double eq_db, squeeze;          /* what mastering did */
    uint64_t seed;                  /* of what differs from part to part */
} piece;

static am_trace make(size_t steps)
{
    const am_trace trace = { .frames = calloc(steps / 8, sizeof(am_trace_frame)), .count = steps / 8,
                             .steps = calloc(steps, sizeof(am_trace_step)), .step_count = steps };

    assert_true(trace.frames && trace.steps);
    return trace;
}

static void forget(am_trace *trace)
{
    free(trace->frames);
    free(trace->steps);
}

static am_trace play(piece p, size_t steps)
{
    am_trace trace = make(steps);
    double note_db[AM_BANDS], accent_db[16];

    for (int k = 0; k < AM_BANDS; k++)
        note_db[k] = test_uniform(&p.notes, -6.0, 6.0) - 0.3 * k + p.eq_db * cos(k / 12.0);
    for (int k = 0; k < 16; k++)
        accent_db[k] = test_uniform(&p.beat, 0.0, 20.0);
    for (size_t i = 0; i < trace.count; i++) {
        trace.frames[i].loud = true;
        for (int k = 0; k < AM_BANDS; k++)
            trace.frames[i].mid_cdb[k] = (int16_t)lrint(100.0 * (note_db[k] - 20.0 + test_uniform(&p.seed, -6.0, 6.0)));
    }
    for (size_t i = 0; i < steps; i++)
        for (int r = 0; r < AM_REGIONS; r++) {
            const double db = accent_db[i / p.period % 16] - 1.5 * (double)(i % p.period) + test_uniform(&p.seed, -2.0, 2.0);

            trace.steps[i].loud = true;
            trace.steps[i].region_cdb[r] = (int16_t)lrint(100.0 * (p.squeeze * db - 30.0));
        }
    return trace;
}

static double kinship(piece a, size_t a_steps, piece b, size_t b_steps)
{
    am_trace one = play(a, a_steps), other = play(b, b_steps);
    double found = NAN;

    assert_int_equal(am_kinship(&one, &other, NULL, &found), AM_OK);
    forget(&one);
    forget(&other);
    return found;
}

static const piece song = { .notes = 1, .beat = 2, .period = 23, .squeeze = 1.0, .seed = 3 };

static void itself_is_the_nearest_kin(void **state)
{
    (void)state;
    assert_true(fabs(kinship(song, 3000, song, 3000) - 2.0) < 1e-6);
}

static void mastering_does_not_hide_kin(void **state)
{
    const piece part = { .notes = 1, .beat = 2, .period = 23, .eq_db = 5.0, .squeeze = 0.6, .seed = 4 };
    const double found = kinship(song, 2250, part, 3000);

    (void)state;
    if (!(found > 1.7))
        fail_msg("kinship %.2f", found);
}

/* The spectrum alone, and the beat alone */
static void half_of_it_is_no_kin(void **state)
{
    const piece notes = { .notes = 1, .beat = 7, .period = 17, .squeeze = 1.0, .seed = 5 };
    const piece beat = { .notes = 8, .beat = 2, .period = 23, .squeeze = 1.0, .seed = 6 };

    (void)state;
    assert_true(kinship(song, 3000, notes, 3000) == 0.0);
    assert_true(kinship(song, 3000, beat, 3000) == 0.0);
}

static void other_songs_are_no_kin(void **state)
{
    size_t kin = 0;

    (void)state;
    for (uint64_t k = 0; k < 50; k++) {
        const piece other = { .notes = 100 + k, .beat = 200 + k, .period = 13 + k % 9, .squeeze = 1.0, .seed = 300 + k };

        kin += kinship(song, 2250, other, 2250) >= AM_SHARED_KIN;
    }
    assert_true(kin <= 1);
}

static void scraps_say_nothing(void **state)
{
    am_trace silence = make(3000);
    double found = NAN;

    (void)state;
    assert_true(kinship(song, 700, song, 3000) == 0.0);
    assert_int_equal(am_kinship(&silence, &silence, NULL, &found), AM_OK);
    assert_true(fabs(found) < 1e-6);
    forget(&silence);
    assert_true(kinship(song, 20000, song, 20000) > 1.99);      /* the middle of what is long */
}

static void memory_that_fails_is_told(void **state)
{
    am_trace one = play(song, 1000);

    (void)state;
    for (size_t k = 1;; k++) {
        faulty f;
        const am_allocator *allocator = faulty_init(&f, k);
        double found;
        const am_status st = am_kinship(&one, &one, allocator, &found);

        assert_int_equal(f.live, 0);
        if (!f.failed)
            break;
        assert_int_equal(st, AM_ERR_NOMEM);
    }
    forget(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(itself_is_the_nearest_kin),
        cmocka_unit_test(mastering_does_not_hide_kin),
        cmocka_unit_test(half_of_it_is_no_kin),
        cmocka_unit_test(other_songs_are_no_kin),
        cmocka_unit_test(scraps_say_nothing),
        cmocka_unit_test(memory_that_fails_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
