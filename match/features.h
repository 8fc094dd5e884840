/* features.h - loudness and level distributions of a signal from its blocks, by the definitions of analysis.h
 *
 * A meter takes mean powers of successive pieces of equal length, of any length up to 20 ms; a piece that lies across a border is shared
 * out by time.
 */
#ifndef AM_MATCH_FEATURES_H
#define AM_MATCH_FEATURES_H

#include <automaster/automaster.h>

typedef struct am_meter am_meter;

/* pieces: how many there will be at most; piece_s: seconds each */
am_status am_meter_open(size_t pieces, double piece_s, const am_allocator *allocator, am_meter **out, am_error *err);
void am_meter_reset(am_meter *meter);
/* power: K-weighted mean square, summed over channels; peak: linear */
void am_meter_add(am_meter *meter, size_t piece, double power, double peak);
/* Several from piece on, without peaks. */
void am_meter_add_powers(am_meter *meter, size_t piece, const float *powers, size_t count);
/* NaN where there is nothing to measure. all false: integrated, momentary and fast alone, which is faster. */
void am_meter_read(am_meter *meter, bool all, am_features *out);
/* Loudness range, after am_meter_read. */
double am_meter_range_lu(am_meter *meter);
void am_meter_close(am_meter *meter);                       /* NULL is fine */

/* Distance of the momentary and fast quantiles: rms in dB over those that both know; NaN when there is none. */
double am_features_distance(const double *momentary_lu, const double *fast_lu, const am_target *target);

#endif
