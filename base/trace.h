/* trace.h - the spectrum of a piece over time, for comparing passages of two pieces
 *
 * One frame of 341.3 ms every 170.7 ms, counted from the first sample that is not zero; 250 bytes each, so an hour takes 5 MB.
 */
#ifndef AM_BASE_TRACE_H
#define AM_BASE_TRACE_H

#include <automaster/automaster.h>

typedef struct am_trace_frame {
    int16_t mid_cdb[AM_BANDS], side_cdb[AM_BANDS];  /* band levels, 0.01 dB re full scale, at least -140 dB */
    bool loud;                      /* within the loudness gate */
} am_trace_frame;

/* Owned by whoever asked for it: am_trace_close. */
typedef struct am_trace {
    am_trace_frame *frames;
    size_t count;
} am_trace;

void am_trace_close(am_trace *trace, const am_allocator *allocator);

#endif
