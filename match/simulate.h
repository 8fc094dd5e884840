/* simulate.h - what leveller, compressor, and the limiter behind them would do to a signal, computed on its blocks
 *
 * The gain computers are those of the renderer, fed with the same powers; only the order of rounding differs.
 */
#ifndef AM_MATCH_SIMULATE_H
#define AM_MATCH_SIMULATE_H

#include <automaster/automaster.h>
#include "base/blocks.h"
#include "match/features.h"

typedef struct am_simulation am_simulation;

typedef struct am_reduction {       /* change of gain in dB, >= 0, over the time that the renderer's trace counts */
    double p50_db, p95_db, p99_db, max_db;
} am_reduction;

/* blocks: in front of leveller and compressor; they must outlive the simulation, which rides them (am_blocks_ride). */
am_status am_simulation_open(am_blocks *blocks, const am_allocator *allocator, am_simulation **out, am_error *err);

/* Put a leveller in front of the compressor from here on; one that is off takes it away. */
void am_simulation_level(am_simulation *simulation, const am_leveller *leveller, am_reduction *reduction);

/* Leveller and compressor alone. reduction, of the compressor, may be NULL; of *out integrated, momentary and fast are written, NaN where
 * there is nothing. */
void am_simulation_run(am_simulation *simulation, const am_compressor *compressor, am_reduction *reduction, am_features *out);

/* Loudness range of what ran last. */
double am_simulation_range_lu(am_simulation *simulation);

/* The blocks read as they are behind leveller and compressor from here on. */
am_status am_simulation_press(am_simulation *simulation, const am_compressor *compressor, am_error *err);

/* Everything, behind drive, clip stage (NULL or off: none) and limiter. */
am_status am_simulation_limit(const am_blocks *pressed, const am_clip *clip, const am_limiter *limiter, double drive_db, const am_allocator *allocator,
                              am_features *out, am_error *err);
void am_simulation_close(am_simulation *simulation);        /* NULL is fine */

#endif
