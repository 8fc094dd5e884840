/* trace.h - the spectrum of a piece over time, for comparing passages of two pieces
 *
 * One frame of 341.3 ms every 170.7 ms, counted from the first sample that is not zero; 250 bytes each, so an hour takes 5 MB. The
 * powers of four regions every 20 ms, which tell what happens within a frame, take 0.7 MB.
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
    double start_s;                 /* of the first frame in the file */
    uint8_t (*levels)[AM_REGIONS];  /* of each 20 ms of the file, in dB above -156 dBFS; 0: nothing */
    size_t level_count;
} am_trace;

void am_trace_close(am_trace *trace, const am_allocator *allocator);

#endif
