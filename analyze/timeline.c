#include "analyze/timeline.h"

#include <assert.h>
#include <string.h>

void am_timeline_init(am_timeline *timeline, uint32_t rate_hz)
{
    memset(timeline, 0, sizeof *timeline);
    timeline->rate_hz = rate_hz;
    timeline->fine.size = sizeof(float);
    timeline->tenths.size = sizeof(am_segment);
}

static void merge(am_segment *into, const am_segment *from)
{
    into->loud += from->loud;
    into->left += from->left;
    into->right += from->right;
    into->mid += from->mid;
    into->side += from->side;
    if (from->peak > into->peak)
        into->peak = from->peak;
}

am_status am_timeline_add(am_timeline *timeline, const am_segment *segment, const am_allocator *allocator)
{
    const bool starts = timeline->fine.count % AM_FINE_PER_TENTH == 0;
    am_segment *tenths;
    float *fine;

    if (starts && !am_series_add(&timeline->tenths, allocator))
        return AM_ERR_NOMEM;
    fine = am_series_add(&timeline->fine, allocator);
    if (!fine)
        return AM_ERR_NOMEM;
    *fine = (float)segment->loud;
    tenths = timeline->tenths.items;
    merge(&tenths[timeline->tenths.count - 1], segment);
    return AM_OK;
}

void am_timeline_close(am_timeline *timeline, const am_allocator *allocator)
{
    am_series_close(&timeline->fine, allocator);
    am_series_close(&timeline->tenths, allocator);
}

uint64_t am_timeline_boundary(uint32_t rate_hz, uint64_t segment)
{
    return (segment * rate_hz + 50) / 100;
}

double am_timeline_seconds(const am_timeline *timeline, size_t segment)
{
    return (double)am_timeline_boundary(timeline->rate_hz, segment) / (double)timeline->rate_hz;
}

size_t am_timeline_windows(const am_timeline *timeline, size_t tenths)
{
    const size_t complete = timeline->fine.count / AM_FINE_PER_TENTH;

    return complete < tenths ? 0 : complete - tenths + 1;
}

static double span_frames(const am_timeline *timeline, size_t first, size_t count)
{
    return (double)(am_timeline_boundary(timeline->rate_hz, first + count) - am_timeline_boundary(timeline->rate_hz, first));
}

am_segment am_timeline_sum(const am_timeline *timeline, size_t k, size_t tenths)
{
    const am_segment *items = timeline->tenths.items;
    am_segment sum = { 0 };

    assert(k + tenths <= timeline->tenths.count);
    for (size_t i = k; i < k + tenths; i++)
        merge(&sum, &items[i]);
    return sum;
}

double am_timeline_power(const am_timeline *timeline, size_t k, size_t tenths)
{
    const am_segment *items = timeline->tenths.items;
    double sum = 0.0;

    assert(k + tenths <= timeline->tenths.count);
    for (size_t i = k; i < k + tenths; i++)
        sum += items[i].loud;
    return sum / span_frames(timeline, k * AM_FINE_PER_TENTH, tenths * AM_FINE_PER_TENTH);
}

double am_timeline_fine_power(const am_timeline *timeline, size_t first, size_t count)
{
    const float *fine = timeline->fine.items;
    double sum = 0.0;

    assert(first + count <= timeline->fine.count);
    for (size_t i = first; i < first + count; i++)
        sum += (double)fine[i];
    return sum / span_frames(timeline, first, count);
}
