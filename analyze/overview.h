/* overview.h - the file on at most AM_OVERVIEW equal slices while its length is unknown
 *
 * One slice every 10 ms at first; whenever all are in use, neighbours are merged and a slice is twice as long from then on.
 */
#ifndef AM_ANALYZE_OVERVIEW_H
#define AM_ANALYZE_OVERVIEW_H

#include "analyze/timeline.h"

typedef struct am_overview_meter {
    uint32_t count, filled;         /* slices; segments in the last one */
    uint32_t segments;              /* a slice */
    float low[AM_OVERVIEW], high[AM_OVERVIEW];
} am_overview_meter;

void am_overview_init(am_overview_meter *meter);
void am_overview_push(am_overview_meter *meter, float low, float high);     /* extremes of one 10 ms segment */
void am_overview_measure(const am_overview_meter *meter, const am_timeline *timeline, am_overview *out);

#endif
