#include "analyze/levels.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/memory.h"

void *am_series_add(am_series *series, const am_allocator *allocator)
{
    if (series->count == series->capacity) {
        const size_t capacity = series->capacity ? 2 * series->capacity : 256;
        void *grown = am_grow(allocator, series->items, series->capacity, capacity, series->size);

        if (!grown)
            return NULL;
        series->items = grown;
        series->capacity = capacity;
    }
    return (unsigned char *)series->items + series->size * series->count++;
}

void am_series_close(am_series *series, const am_allocator *allocator)
{
    am_forget(allocator, series->items);
    series->items = NULL;
    series->count = series->capacity = 0;
}

uint16_t am_level_code(double power)
{
    const double steps = power > 0.0 ? (am_db_from_power(power) - AM_LEVEL_FLOOR_DB) * 256.0 : 0.0;

    return steps < 1.0 ? 0 : steps > 65535.0 ? 65535 : (uint16_t)lrint(steps);
}

uint16_t am_level_nth(const uint16_t *codes, size_t stride, size_t count, size_t n)
{
    size_t high[256] = { 0 }, low[256] = { 0 };
    unsigned h = 0, l = 0;

    assert(n < count);
    for (size_t i = 0; i < count; i++)
        high[codes[i * stride] >> 8]++;
    while (n >= high[h])
        n -= high[h++];
    for (size_t i = 0; i < count; i++)
        if (codes[i * stride] >> 8 == (int)h)
            low[codes[i * stride] & 255]++;
    while (n >= low[l])
        n -= low[l++];
    return (uint16_t)(h << 8 | l);
}

double am_level_quantile(const uint16_t *codes, size_t stride, size_t count, double q)
{
    const double position = q * (double)(count ? count - 1 : 0);
    const size_t below = (size_t)position;
    double low, high;

    if (!count)
        return NAN;
    low = am_level_db(am_level_nth(codes, stride, count, below));
    high = below + 1 < count ? am_level_db(am_level_nth(codes, stride, count, below + 1)) : low;
    return low + (position - (double)below) * (high - low);
}

void am_level_quantiles(const uint16_t *codes, size_t count, double offset_db, double out[AM_QUANTILES])
{
    static const double percent[AM_QUANTILES] = AM_QUANTILE_PERCENTS;

    for (int i = 0; i < AM_QUANTILES; i++)
        out[i] = am_level_quantile(codes, 1, count, percent[i] / 100.0) - offset_db;
}
