/* levels.h - growing series, and levels kept as 16-bit codes with exact order statistics
 *
 * A code is a level in steps of 1/256 dB from -156 dB to +99.99 dB re full scale; code 0 is silence (or less than -156 dB).
 */
#ifndef AM_ANALYZE_LEVELS_H
#define AM_ANALYZE_LEVELS_H

#include <automaster/automaster.h>

typedef struct am_series {
    void *items;
    size_t count, capacity;
    size_t size;                    /* bytes an item */
} am_series;

/* A zeroed item at the end, or NULL when memory is short (the series stays as it was). size is set before the first call. */
void *am_series_add(am_series *series, const am_allocator *allocator);
void am_series_close(am_series *series, const am_allocator *allocator);

#define AM_LEVEL_FLOOR_DB (-156.0)

uint16_t am_level_code(double power);
static inline double am_level_db(uint16_t code) { return (double)code / 256.0 + AM_LEVEL_FLOOR_DB; }

/* The n-th smallest, n in [0, count), of codes[0], codes[stride], ... Exact, in two passes, without memory. */
uint16_t am_level_nth(const uint16_t *codes, size_t stride, size_t count, size_t n);

/* Quantile q in [0, 1] in dB, interpolated between neighbours; NaN when count is 0. */
double am_level_quantile(const uint16_t *codes, size_t stride, size_t count, double q);

/* The quantiles of analysis.h, minus offset_db. */
void am_level_quantiles(const uint16_t *codes, size_t count, double offset_db, double out[AM_QUANTILES]);

#endif
