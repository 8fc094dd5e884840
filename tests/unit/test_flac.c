/* test_flac.c - io/flac.h, reading back with io/reader.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/memory.h"
#include "io/flac.h"
#include "io/reader.h"
#include "tests/support/faulty.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

enum { FRAMES = 100003, RATE = 44100 };

static float made[2][FRAMES], got[2][FRAMES];
static const float *const planes[2] = { made[0], made[1] };
static const am_format format = { RATE, 2 };

static int setup(void **state)
{
    (void)state;
    scratch_open();
    for (unsigned c = 0; c < 2; c++)
        tone_fill(made[c], FRAMES, RATE, 0.5, 24, c + 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_close();
    return 0;
}

static double worst_after(uint32_t bits, double scale)
{
    am_flac flac = { 0 };
    am_reader *reader = NULL;
    size_t at = 0, given = 1;
    double worst = 0.0;

    assert_int_equal(am_flac_encode(&format, bits, scale, planes, FRAMES, NULL, &flac, NULL), AM_OK);
    scratch_write("x.flac", flac.bytes, flac.count);
    am_forget(NULL, flac.bytes);
    assert_int_equal(am_reader_open(scratch_path("x.flac"), NULL, &reader, NULL), AM_OK);
    while (given) {
        float *to[2] = { got[0] + at, got[1] + at };

        assert_int_equal(am_reader_read(reader, to, FRAMES - at ? FRAMES - at : 1, &given, NULL), AM_OK);
        at += given;
        if (at == FRAMES)
            break;
    }
    am_reader_close(reader);
    assert_int_equal(at, FRAMES);
    for (unsigned c = 0; c < 2; c++)
        for (size_t n = 0; n < FRAMES; n++)
            worst = fmax(worst, fabs((double)got[c][n] - fmin(fmax((double)made[c][n] * scale, -1.0), 1.0)));
    return worst;
}

static void grid_samples_come_back(void **state)
{
    (void)state;
    assert_true(worst_after(24, 1.0) == 0.0);
}

static void rounding_is_to_nearest(void **state)
{
    (void)state;
    assert_true(worst_after(16, 0.25) <= 0.5 / 32768.0 + 1e-9);
}

static void what_is_too_loud_is_clipped(void **state)
{
    (void)state;
    assert_true(worst_after(16, 3.0) <= 1.0 / 32768.0 + 1e-9);
}

static void refuses_and_leaks_nothing(void **state)
{
    const am_format strange = { 44100, 9 };
    am_flac flac = { 0 };
    am_error err = { 0 };

    (void)state;
    assert_int_equal(am_flac_encode(&strange, 16, 1.0, planes, 10, NULL, &flac, &err), AM_ERR_RANGE);
    for (size_t k = 1; k < 8; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k);

        if (am_flac_encode(&format, 24, 1.0, planes, FRAMES, allocator, &flac, &err) == AM_OK)
            am_forget(allocator, flac.bytes);
        assert_int_equal(memory.live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grid_samples_come_back), cmocka_unit_test(rounding_is_to_nearest),
        cmocka_unit_test(what_is_too_loud_is_clipped), cmocka_unit_test(refuses_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
