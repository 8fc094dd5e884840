#include "analyze/overview.h"

#include <math.h>
#include <string.h>

#include "base/db.h"

void am_overview_init(am_overview_meter *meter)
{
    memset(meter, 0, sizeof *meter);
    meter->segments = 1;
    meter->filled = 1;
}

static void merge_pairs(am_overview_meter *meter)
{
    for (uint32_t i = 0; i < AM_OVERVIEW / 2; i++) {
        meter->low[i] = fminf(meter->low[2 * i], meter->low[2 * i + 1]);
        meter->high[i] = fmaxf(meter->high[2 * i], meter->high[2 * i + 1]);
    }
    meter->count = AM_OVERVIEW / 2;
    meter->segments *= 2;
    meter->filled = meter->segments;
}

void am_overview_push(am_overview_meter *meter, float low, float high)
{
    if (meter->filled == meter->segments) {
        if (meter->count == AM_OVERVIEW)
            merge_pairs(meter);
        meter->low[meter->count] = low;
        meter->high[meter->count] = high;
        meter->count++;
        meter->filled = 0;
    }
    meter->low[meter->count - 1] = fminf(meter->low[meter->count - 1], low);
    meter->high[meter->count - 1] = fmaxf(meter->high[meter->count - 1], high);
    meter->filled++;
}

/* Short-term loudness of the 3 s window centred on slice i, placed on tenths of a second; NaN where it does not fit or is silent. */
static float short_term(const am_timeline *timeline, uint32_t i, uint32_t segments)
{
    const size_t windows = am_timeline_windows(timeline, AM_TENTHS_PER_WINDOW);
    const double middle = ((double)i + 0.5) * segments / AM_FINE_PER_TENTH, k = round(middle - AM_TENTHS_PER_WINDOW / 2.0);
    double power;

    if (k < 0.0 || k >= (double)windows)
        return NAN;
    power = am_timeline_power(timeline, (size_t)k, AM_TENTHS_PER_WINDOW);
    return power > 1e-20 ? (float)am_lufs_from_power(power) : NAN;
}

void am_overview_measure(const am_overview_meter *meter, const am_timeline *timeline, am_overview *out)
{
    out->count = meter->count;
    out->slice_s = 0.01 * meter->segments;
    memcpy(out->low, meter->low, sizeof out->low);
    memcpy(out->high, meter->high, sizeof out->high);
    for (uint32_t i = 0; i < AM_OVERVIEW; i++)
        out->short_term_lufs[i] = i < meter->count ? short_term(timeline, i, meter->segments) : NAN;
    for (uint32_t i = meter->count; i < AM_OVERVIEW; i++)
        out->low[i] = out->high[i] = 0.0f;
}
