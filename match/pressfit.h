/* pressfit.h - the compressor whose simulated level quantiles come nearest to wanted ones
 *
 * Start: the map of optimal transport between the fast quantiles, fitted by a static curve. Then bounded Gauss-Newton (Levenberg-Marquardt
 * damping) on the simulation, with priors that prefer gentle settings. Bounds and priors: params.h.
 */
#ifndef AM_MATCH_PRESSFIT_H
#define AM_MATCH_PRESSFIT_H

#include "match/simulate.h"

#define AM_PRESSFIT_LEVELS (2 * AM_QUANTILES)

typedef struct am_pressfit {
    am_simulation *simulation;
    double in_front_lufs;           /* integrated, in front of the compressor */
    bool same_song;                 /* the wish is of another part of the song: quantiles count by how much parts of a master differ there;
                                       else by how much they matter, for the wish is what is wanted */
    am_features open;               /* simulated without a compressor */
    double wish_db[AM_PRESSFIT_LEVELS];     /* momentary, then fast, re integrated; NaN: not known */
    double shift_db[AM_PRESSFIT_LEVELS];    /* what the limiter adds to the simulated quantiles */
} am_pressfit;

/* Weighted rms distance of simulated features to the wish, the limiter's shift added. */
double am_pressfit_distance(const am_pressfit *fit, const am_features *features);

/* first: a setting to start from, or NULL for the start of optimal transport. *out is rounded, enabled, and within the bounds. */
am_status am_pressfit_solve(const am_pressfit *fit, const am_compressor *first, am_compressor *out, am_error *err);

/* Raise the threshold until the typical and the deep reduction are within their bounds. */
void am_pressfit_hold(const am_pressfit *fit, am_compressor *compressor);

#endif
