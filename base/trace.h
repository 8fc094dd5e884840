/* trace.h - the spectrum of a piece over time, for comparing passages of two pieces, and its levels, for simulating what bands would do
 *
 * One frame of 341.3 ms every 170.7 ms, counted from the first sample that is not zero; 250 bytes each, so an hour takes 5 MB. One step
 * every 20 ms from the first sample on; 10 bytes each, so an hour takes 2 MB.
 */
#ifndef AM_BASE_TRACE_H
#define AM_BASE_TRACE_H

#include <automaster/automaster.h>

typedef struct am_trace_frame {
    int16_t mid_cdb[AM_BANDS], side_cdb[AM_BANDS];  /* band levels, 0.01 dB re full scale, at least -140 dB */
    bool loud;                      /* within the loudness gate */
} am_trace_frame;

typedef struct am_trace_step {
    int16_t region_cdb[AM_REGIONS]; /* levels of 20 ms, powers of both channels added, 0.01 dB re full scale; mono counts twice */
    bool loud;                      /* within the integrated gate */
} am_trace_step;

/* Owned by whoever asked for it: am_trace_close. */
typedef struct am_trace {
    am_trace_frame *frames;
    size_t count;
    am_trace_step *steps;
    size_t step_count;
} am_trace;

void am_trace_close(am_trace *trace, const am_allocator *allocator);

#endif
