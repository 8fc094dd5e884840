/* faulty.h - an allocator that counts, and fails the k-th call
 *
 *     faulty f = { 0 };
 *
 *     while (faulty_again(&f))
 *         faulty_judge(&f, what_is_tested(&f.allocator));
 */
#ifndef TESTS_SUPPORT_FAULTY_H
#define TESTS_SUPPORT_FAULTY_H

#include <automaster/automaster.h>

typedef struct faulty {
    am_allocator allocator;
    size_t calls, fail_at;          /* fail_at 0: never */
    size_t live;                    /* blocks handed out and not given back */
    bool failed;
} faulty;

/* One thread at a time. */
const am_allocator *faulty_init(faulty *f, size_t fail_at);

/* The allocator again, with the next call failing, at first the first; false once a run got by without. *f is zeroed before. */
bool faulty_again(faulty *f);

/* Of cmocka: nothing leaked, and where a call failed, what was tested says so. */
void faulty_judge(const faulty *f, am_status st);

#endif
