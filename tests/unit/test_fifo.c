/* test_fifo.c - base/fifo.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fifo.h"
#include "tests/support/faulty.h"
#include "tests/support/stream.h"

/* Frames are numbered; channel 1 holds their negatives. What comes out is the next number, whatever the sizes. */
static void frames_come_out_in_order(void **state)
{
    enum { MOST = 700 };
    float block[2][MOST];
    float *const to[2] = { block[0], block[1] };
    const float *const from[2] = { block[0], block[1] };
    uint64_t seed = 1;
    size_t in = 0, out = 0;
    am_fifo fifo;

    (void)state;
    am_fifo_init(&fifo, 2, NULL);
    for (int step = 0; step < 20000; step++) {
        const size_t frames = (size_t)stream_uniform(&seed, 0.0, MOST);

        if (stream_uniform(&seed, 0.0, 1.0) < 0.5) {
            for (size_t n = 0; n < frames; n++) {
                block[0][n] = (float)(in + n);
                block[1][n] = -block[0][n];
            }
            assert_int_equal(am_fifo_append(&fifo, from, frames, NULL), AM_OK);
            in += frames;
        } else {
            const size_t given = am_fifo_pull(&fifo, to, frames);

            assert_int_equal(given, frames < in - out ? frames : in - out);
            for (size_t n = 0; n < given; n++)
                assert_true(block[0][n] == (float)(out + n) && block[1][n] == -block[0][n]);
            out += given;
        }
        assert_int_equal(am_fifo_count(&fifo), in - out);
        if (in > 8000000) {         /* floats count no further */
            am_fifo_drop(&fifo, in - out);
            in = out = 0;
        }
    }
    assert_true(in > 100000);
    am_fifo_close(&fifo);
}

static void less_may_be_committed_than_reserved_and_silence_appended(void **state)
{
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_FIFO_CHANNELS];
    am_fifo fifo;

    (void)state;
    am_fifo_init(&fifo, 1, NULL);
    assert_int_equal(am_fifo_reserve(&fifo, 0, write, NULL), AM_OK);
    assert_non_null(write[0]);
    assert_int_equal(am_fifo_reserve(&fifo, 1000, write, NULL), AM_OK);
    write[0][0] = 5.0f;
    write[0][1] = 6.0f;
    am_fifo_commit(&fifo, 2);
    assert_int_equal(am_fifo_zeros(&fifo, 3000, NULL), AM_OK);
    assert_int_equal(am_fifo_count(&fifo), 3002);
    am_fifo_peek(&fifo, read);
    assert_true(read[0][0] == 5.0f && read[0][1] == 6.0f && read[0][2] == 0.0f && read[0][3001] == 0.0f);
    am_fifo_close(&fifo);
}

static void refused_memory_keeps_what_is_held(void **state)
{
    (void)state;
    for (size_t k = 3; k < 6; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k + 1);
        float *write[AM_FIFO_CHANNELS];
        am_error err;
        am_fifo fifo;

        am_fifo_init(&fifo, 3, allocator);
        assert_int_equal(am_fifo_zeros(&fifo, 10, &err), AM_OK);
        assert_int_equal(am_fifo_reserve(&fifo, 100000, write, &err), AM_ERR_NOMEM);
        assert_int_equal(am_fifo_reserve(&fifo, SIZE_MAX, write, &err), AM_ERR_NOMEM);
        assert_int_equal(am_fifo_count(&fifo), 10);
        am_fifo_close(&fifo);
        assert_int_equal(memory.live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_in_order),
        cmocka_unit_test(less_may_be_committed_than_reserved_and_silence_appended),
        cmocka_unit_test(refused_memory_keeps_what_is_held),
    };

    return cmocka_run_group_tests_name("fifo", tests, NULL, NULL);
}
