/* faulty.h - an allocator that counts, and fails the k-th call
 *
 *     for (size_t k = 1;; k++) {
 *         faulty f;
 *         const am_allocator *a = faulty_init(&f, k);
 *         st = what_is_tested(a);
 *         assert(f.live == 0);             nothing leaked
 *         if (!f.failed) break;            it got by with fewer than k calls
 *         assert(st == AM_ERR_NOMEM);
 *     }
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

#endif
