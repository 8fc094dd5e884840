/* exact.h - the curves that give the mid and the side the power spectra of the target
 *
 * Each twelfth of an octave of the input takes the gain of the curve in its centre; four of them make a third of an octave, as the meter
 * sees it. So what a curve will give is known without audio, however tonal the music: a band of which all power comes from its edge
 * follows the curve there. Damped Gauss-Newton steps (K. Levenberg 1944, D. Marquardt 1963) bring the thirds of the whole grid to the
 * target's, within caps; what is out of reach pulls with constant force (P. J. Huber 1964). Thirds on a grid of sixths hardly see a curve
 * that goes up and down from point to point, so each point is also drawn towards what the spectra ask of its own sixth, the more the further
 * it is from there.
 */
#ifndef AM_MATCH_EXACT_H
#define AM_MATCH_EXACT_H

#include <automaster/automaster.h>
#include "match/belief.h"

typedef struct am_exact_curve {
    bool free;                      /* false: gain_db is given and stays */
    bool known[AM_BANDS];           /* the target says something there */
    double low_db[AM_BANDS], high_db[AM_BANDS]; /* caps */
    double asked_db[AM_BANDS];      /* how the spectra differ there, the tone's up to a common level */
    double gain_db[AM_BANDS];       /* in: where to begin; out: within the caps */
    double left_db[AM_BANDS];       /* out: what a known band still lacks of the target, by the model */
} am_exact_curve;

typedef struct am_exact {
    const am_analysis *before;
    double mid_db[AM_BANDS], side_db[AM_BANDS]; /* goals: thirds, in common up to one level, that of the median band of the mid */
    bool side_over_mid;             /* side_db is re the mid that comes out, band by band */
    double side_room_db[AM_BANDS];  /* by which tone and side may raise the side together (widthplan.h) */
    am_exact_curve tone, side;      /* side: on top of the tone; its high_db follows from that room */
} am_exact;

/* Both curves, the tone with its level taken out so that the loudness stays. Returns AM_OK or AM_ERR_NOMEM. */
am_status am_exact_solve(am_exact *exact, const am_allocator *allocator, am_error *err);

/* Median of those that are finite, 0 without any: the level in which two spectra differ */
double am_exact_level_db(const double *difference_db);

/* Thirds of mid and side, re the loudness that comes out, that curves will give. NaN where before has no such band. */
am_status am_exact_predict(const am_analysis *before, const double *tone_db, const double *side_db, const am_allocator *allocator,
                           double *mid_db, double *side_out_db, am_error *err);

#endif
