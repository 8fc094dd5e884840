/* course.h - how the bands of a piece move over time, and what a gain that moves does to their mean
 *
 * A limiter that gives way to a bass drum takes bass off the long-term spectrum; a compressor that holds back loud bars takes off
 * what sounds in them. Each frame of the trace has its spectrum; how its power in four regions lies in time tells which of the gains
 * within it each band gets. 85 bytes a frame and 8 for each 20 ms, so that an hour takes 3 MB.
 */
#ifndef AM_MATCH_COURSE_H
#define AM_MATCH_COURSE_H

#include <automaster/automaster.h>
#include "base/blocks.h"
#include "base/trace.h"

typedef struct am_course am_course;

/* rate_hz: of the piece. The trace is not needed any more afterwards. */
am_status am_course_open(const am_trace *trace, double rate_hz, const am_allocator *allocator, am_course **out, am_error *err);

/* Change of the gated mean power of each band of the mid, in dB, by everything behind the blocks as they were listened to: ride, drive,
 * clip stage and limiter. Its level is that of the gain; 0 where a band has nothing. Not from two threads at a time. */
am_status am_course_change(const am_course *course, const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter,
                           double drive_db, double change_db[AM_BANDS], am_error *err);
void am_course_close(am_course *course);                    /* NULL is fine */

#endif
