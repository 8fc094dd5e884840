/* test_memory.c - base/memory.h and base/error.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "tests/support/faulty.h"

static void acquired_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t count = 0; count < 200; count++) {
        unsigned char *memory = am_acquire(NULL, count, 3);

        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 64, 0);
        for (size_t i = 0; i < count * 3; i++)
            assert_int_equal(memory[i], 0);
        am_forget(NULL, memory);
    }
}

static void overflow_and_refusal_give_null(void **state)
{
    faulty none;

    (void)state;
    assert_null(am_acquire(NULL, SIZE_MAX / 2, 3));
    assert_null(am_acquire(NULL, SIZE_MAX, 1));
    assert_null(am_acquire(faulty_init(&none, 1), 1, 1));
    am_forget(NULL, NULL);
}

static void growing_keeps_what_was_there(void **state)
{
    double *memory = am_acquire(NULL, 3, sizeof *memory);

    (void)state;
    assert_non_null(memory);
    memory[2] = 7.0;
    memory = am_grow(NULL, memory, 3, 1000, sizeof *memory);
    assert_non_null(memory);
    assert_true(memory[2] == 7.0 && memory[999] == 0.0);
    am_forget(NULL, memory);
}

static void errors_carry_status_and_reason(void **state)
{
    am_error err = { 0 };

    (void)state;
    assert_int_equal(am_fail(NULL, AM_ERR_RANGE, "x"), AM_ERR_RANGE);
    assert_int_equal(am_fail(&err, AM_ERR_RANGE, "gain %d", 7), AM_ERR_RANGE);
    assert_string_equal(err.message, "gain 7");
    assert_int_equal(am_fail_errno(&err, ENOSPC, "out.wav"), AM_ERR_NOSPACE);
    assert_string_equal(err.message, "out.wav: No space left on device");
    assert_int_equal(err.status, AM_ERR_NOSPACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acquired_memory_is_zeroed_and_aligned),
        cmocka_unit_test(overflow_and_refusal_give_null),
        cmocka_unit_test(growing_keeps_what_was_there),
        cmocka_unit_test(errors_carry_status_and_reason),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
