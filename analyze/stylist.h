/* stylist.h - the features of timbre.h over a whole piece: the mean over at most four windows of 30 s spread over it
 *
 * Windows lie side by side from the first sample of the mono mix that is not zero. While the length is unknown all are measured until there
 * are four; then every second one is dropped, and from there on only every second, fourth, ... is measured: those numbered n - 1, 2n - 1,
 * 3n - 1 with n a power of two, so that of a piece of more than two minutes the beginning does not count. The last one counts
 * when it is 15 s long, or 10 s when it is the only one.
 */
#ifndef AM_ANALYZE_STYLIST_H
#define AM_ANALYZE_STYLIST_H

#include "analyze/timbre.h"
#include "dsp/resample.h"

enum { AM_STYLIST_WINDOWS = 4 };

typedef struct am_stylist {
    uint32_t rate_hz;
    bool as_found;                  /* see am_timbre_measure; for whoever sets it after am_stylist_open */
    bool begun;                     /* the first sample that is not zero has come */
    uint64_t window, frames;        /* the current one, input frames into it */
    uint32_t step;                  /* windows numbered k * step - 1 are measured */
    bool open;                      /* the current one is */
    uint32_t count;                 /* measured and kept */
    struct {
        uint64_t index;
        double seconds, features[AM_STYLE_FEATURES];
    } kept[AM_STYLIST_WINDOWS];
    am_timbre *timbre;
    am_resampler *resampler;        /* of the current window */
    am_fifo mix, samples;           /* input frames on their way; the window at AM_TIMBRE_RATE_HZ */
} am_stylist;

/* rate_hz from AM_TIMBRE_RATE_HZ on */
am_status am_stylist_open(am_stylist *stylist, uint32_t rate_hz, const am_allocator *allocator, am_error *err);
void am_stylist_close(am_stylist *stylist);                 /* a zeroed one is fine */

/* Every frame once, in order, in pieces of any size. */
am_status am_stylist_push(am_stylist *stylist, const float *left, const float *right, size_t frames, am_error *err);

/* *measured false: there was nothing to measure. */
am_status am_stylist_finish(am_stylist *stylist, double features[AM_STYLE_FEATURES], bool *measured, am_error *err);

#endif
