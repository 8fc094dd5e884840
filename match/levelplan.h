/* levelplan.h - the leveller whose ride brings the loudness range of a signal to a wanted one */
#ifndef AM_MATCH_LEVELPLAN_H
#define AM_MATCH_LEVELPLAN_H

#include "match/simulate.h"

/* The least ride, within the bounds of params.h, after which the range behind leveller and compressor is range_lu, or as near as it gets.
 *
 *   simulation   is left with the ride of *out
 *   behind       the compressor, which may be off
 *   level_lufs   integrated loudness in front of the leveller
 *   out          rounded; enabled
 */
void am_levelplan_solve(am_simulation *simulation, const am_compressor *behind, double level_lufs, double range_lu, am_leveller *out);

#endif
