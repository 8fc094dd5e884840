#include "render/steptrace.h"

#include <math.h>
#include <string.h>

void am_steptrace_slice(am_steptrace *trace, uint32_t count, double slice_frames)
{
    trace->count = count < AM_OVERVIEW ? count : AM_OVERVIEW;
    trace->slice_frames = slice_frames;
}

void am_steptrace_note(am_steptrace *trace, double frame, double gain_db, bool counts)
{
    const double change_db = fabs(gain_db), bin = change_db * 100.0 + 0.5;
    const size_t slice = trace->slice_frames > 0.0 ? (size_t)(frame / trace->slice_frames) : 0;

    if (counts)
        trace->histogram[bin < AM_STEPTRACE_BINS - 0.5 ? (size_t)bin : AM_STEPTRACE_BINS - 1]++;
    if (change_db > trace->greatest_db) {
        trace->greatest_db = change_db;
        trace->greatest_at = frame;
    }
    if (slice < trace->count && (float)change_db > fabsf(trace->slices[slice]))
        trace->slices[slice] = (float)-gain_db;
}

static double percentile_db(const am_steptrace *trace, double share)
{
    uint64_t total = 0, sum = 0;

    for (int i = 0; i < AM_STEPTRACE_BINS; i++)
        total += trace->histogram[i];
    for (int i = 0; i < AM_STEPTRACE_BINS; i++) {
        sum += trace->histogram[i];
        if (total && (double)sum >= share * (double)total)
            return i * 0.01;
    }
    return 0.0;
}

void am_steptrace_read(const am_steptrace *trace, double rate_hz, am_limiter_trace *out)
{
    *out = (am_limiter_trace){ .count = trace->count };
    memcpy(out->reduction_db, trace->slices, trace->count * sizeof *trace->slices);
    out->p50_db = percentile_db(trace, 0.50);
    out->p95_db = percentile_db(trace, 0.95);
    out->max_db = trace->greatest_db;
    out->max_s = trace->greatest_at / rate_hz;
}
