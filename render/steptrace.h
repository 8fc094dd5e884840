/* steptrace.h - what a stage that sets one gain a step did: greatest changes in slices of time, percentiles over the loud time */
#ifndef AM_RENDER_STEPTRACE_H
#define AM_RENDER_STEPTRACE_H

#include <automaster/automaster.h>

#define AM_STEPTRACE_BINS 4096      /* 0.01 dB each */

typedef struct am_steptrace {       /* zeroed: percentiles and the greatest change, no slices */
    uint32_t count;
    double slice_frames;
    uint64_t histogram[AM_STEPTRACE_BINS];
    double greatest_db, greatest_at;    /* frame */
    float slices[AM_OVERVIEW];
} am_steptrace;

/* count <= AM_OVERVIEW slices, before the first note */
void am_steptrace_slice(am_steptrace *trace, uint32_t count, double slice_frames);
/* gain_db at frame; counts: loud enough for the percentiles. */
void am_steptrace_note(am_steptrace *trace, double frame, double gain_db, bool counts);
void am_steptrace_read(const am_steptrace *trace, double rate_hz, am_limiter_trace *out);

#endif
