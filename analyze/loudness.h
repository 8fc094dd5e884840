/* loudness.h - ITU-R BS.1770-5, EBU Tech 3341 and 3342 on a time line */
#ifndef AM_ANALYZE_LOUDNESS_H
#define AM_ANALYZE_LOUDNESS_H

#include "analyze/timeline.h"

/* Mean powers below which a block does not count; HUGE_VAL when nothing does. */
typedef struct am_gates {
    double integrated_power;        /* of 400 ms blocks: absolute -70 LUFS, then 10 LU below the mean */
    double range_power;             /* of 3 s windows: absolute -70 LUFS, then 20 LU below the mean */
} am_gates;

/* Every loudness of *out, NaN where the file is too short or too soft. allocator: scratch of 20 bytes a second. */
am_status am_loudness_measure(const am_timeline *timeline, const am_allocator *allocator, am_loudness *out, am_gates *gates);

/* Integrated loudness of a piece in memory, the same as am_analyze_finish tells of it. */
am_status am_loudness_integrated(const am_format *format, const float *const *channels, size_t frames, const am_allocator *allocator,
                                 double *lufs);

#endif
