/* waveform.h - what single samples tell: extremes, sums, channel identity, word length, silence at the ends */
#ifndef AM_ANALYZE_WAVEFORM_H
#define AM_ANALYZE_WAVEFORM_H

#include "analyze/timeline.h"
#include "dsp/kweight.h"

typedef struct am_extent {          /* one channel of one segment */
    float low, high;
} am_extent;

typedef struct am_waveform {
    double left, right, mid, side;  /* energies; (L + R) / 2, (L - R) / 2 */
    double sum[2];
    float low[AM_KWEIGHT_CHANNELS], high[AM_KWEIGHT_CHANNELS];
    bool off_grid;                  /* some sample is no multiple of 2^-23 */
    uint32_t bits_used;             /* of the samples as 24-bit integers, or-ed */
    uint64_t frames;
    uint64_t first_loud, end_loud;  /* from and to where |x| >= 1e-4; end_loud 0: nowhere */
    uint64_t first_nonzero, end_nonzero;     /* the same for x != 0; first_ is UINT64_MAX where there is none */
} am_waveform;

void am_waveform_init(am_waveform *waveform);

/* One segment of count channels; right == left for mono. extents[c] gets its extremes, *segment its energies and its peak. */
void am_waveform_push(am_waveform *waveform, const float *const *channels, uint32_t count, size_t frames, am_extent *extents,
                      am_segment *segment);

/* 1 to 24, or 32 when a sample is off the grid of 24 bits. */
uint32_t am_waveform_bits(const am_waveform *waveform);

#endif
