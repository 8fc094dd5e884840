#include "tests/support/faulty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

static void *acquire(void *context, size_t bytes)
{
    faulty *f = context;
    void *memory;

    if (++f->calls == f->fail_at) {
        f->failed = true;
        return NULL;
    }
    memory = malloc(bytes);
    f->live += memory != NULL;
    return memory;
}

static void release(void *context, void *memory)
{
    faulty *f = context;

    f->live -= memory != NULL;
    free(memory);
}

const am_allocator *faulty_init(faulty *f, size_t fail_at)
{
    *f = (faulty){ .allocator = { acquire, release, f }, .fail_at = fail_at };
    return &f->allocator;
}

bool faulty_again(faulty *f)
{
    if (f->fail_at && !f->failed)
        return false;
    (void)faulty_init(f, f->fail_at + 1);
    return true;
}

void faulty_judge(const faulty *f, am_status st)
{
    assert_int_equal(f->live, 0);
    if (f->failed)
        assert_int_equal(st, AM_ERR_NOMEM);
}
