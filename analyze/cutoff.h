/* cutoff.h - where a lossy codec ended the spectrum */
#ifndef AM_ANALYZE_CUTOFF_H
#define AM_ANALYZE_CUTOFF_H

#include <automaster/automaster.h>

enum { AM_CUTOFF_BANDS = 128, AM_CUTOFF_LEVELS = 256 };

typedef struct am_cutoff {
    double rate_hz;
    uint32_t band_count;            /* 1/48 octave each, from 8 kHz up */
    uint32_t edges[AM_CUTOFF_BANDS + 1];    /* bins */
    uint32_t frames;
    uint32_t (*histogram)[AM_CUTOFF_LEVELS];        /* of band density in steps of 0.75 dB, frames above -70 LUFS */
} am_cutoff;

/* bins of bin_hz each are going to be pushed. */
am_status am_cutoff_open(am_cutoff *cutoff, double rate_hz, double bin_hz, size_t bins, const am_allocator *allocator);
void am_cutoff_push(am_cutoff *cutoff, const float *mid, const float *side);
void am_cutoff_close(am_cutoff *cutoff, const am_allocator *allocator);

/* The frequency in Hz, or NaN: none. confidence in [0, 1] grows with the depth of the drop. */
double am_cutoff_find(const am_cutoff *cutoff, double *confidence);

#endif
