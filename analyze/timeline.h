/* timeline.h - what is kept of the audio per 10 ms and per 100 ms, and windows over it
 *
 * Boundary j lies at sample round(j * rate / 100), so that windows of 400 ms and 3 s sit where BS.1770 and Tech 3341 want them at
 * every rate. Only complete segments are in it.
 */
#ifndef AM_ANALYZE_TIMELINE_H
#define AM_ANALYZE_TIMELINE_H

#include "analyze/levels.h"

enum { AM_FINE_PER_TENTH = 10, AM_TENTHS_PER_BLOCK = 4, AM_TENTHS_PER_WINDOW = 30, AM_FINE_PER_BLOCK = 40 };

typedef struct am_segment {         /* 10 ms */
    double loud;                    /* K-weighted energy, channels summed with their weights, mono counted twice */
    double left, right;             /* energies; mid and side of (L + R) / 2, (L - R) / 2 */
    double mid, side;
    float peak;                     /* of all channels */
} am_segment;

typedef struct am_timeline {
    uint32_t rate_hz;
    am_series fine;                 /* float: K-weighted energy of 10 ms */
    am_series tenths;               /* am_segment: 100 ms; the last one may be incomplete */
} am_timeline;

void am_timeline_init(am_timeline *timeline, uint32_t rate_hz);
am_status am_timeline_add(am_timeline *timeline, const am_segment *segment, const am_allocator *allocator);
void am_timeline_close(am_timeline *timeline, const am_allocator *allocator);

uint64_t am_timeline_boundary(uint32_t rate_hz, uint64_t segment);
double am_timeline_seconds(const am_timeline *timeline, size_t segment);

/* How many windows of `tenths` * 100 ms there are, one each 100 ms; and the mean K-weighted power of window k. */
size_t am_timeline_windows(const am_timeline *timeline, size_t tenths);
double am_timeline_power(const am_timeline *timeline, size_t k, size_t tenths);

/* Largest sample of the window, and its energies summed (loud included). */
am_segment am_timeline_sum(const am_timeline *timeline, size_t k, size_t tenths);

/* Mean K-weighted power of count 10 ms segments from first on. */
double am_timeline_fine_power(const am_timeline *timeline, size_t first, size_t count);

#endif
