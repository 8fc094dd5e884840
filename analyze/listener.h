/* listener.h - fills am_blocks from the signal in front of the limiter */
#ifndef AM_ANALYZE_LISTENER_H
#define AM_ANALYZE_LISTENER_H

#include <automaster/automaster.h>
#include "base/blocks.h"

typedef struct am_listener am_listener;

/* threshold: linear peak below which the sample peak will do (no limiter setting considered will reach it) */
am_status am_listener_open(const am_format *format, double threshold, am_blocks *blocks, const am_allocator *allocator, am_listener **out,
                           am_error *err);
am_status am_listener_push(am_listener *listener, const float *const *channels, size_t frames, am_error *err);
am_status am_listener_finish(am_listener *listener, am_error *err);
void am_listener_close(am_listener *listener);              /* NULL is fine */

#endif
