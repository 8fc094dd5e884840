/* lag.h - where the programme of one file lies in another */
#ifndef AM_PIPELINE_LAG_H
#define AM_PIPELINE_LAG_H

#include "io/reader.h"

typedef struct am_lag {
    bool found;                     /* the rest is known */
    double frames;                  /* how much later the second is, to a hundredth of a frame */
    uint64_t first, count;          /* the frames of the first that the second has, too */
} am_lag;

/* Two files of one rate, of frames[i] frames; the readers are left anywhere. Lags of any size are looked for, in either file; what is
 * found holds in two windows apart from each other, unless all else is silent. Less than 80 MB, whatever the length. */
am_status am_lag_find(am_reader *const reader[2], const uint64_t frames[2], const am_allocator *allocator, am_lag *out, am_error *err);

#endif
