/* belief.h - what the difference between input and target says about the mastering that is missing
 *
 * Tone (mid) and width (side - mid) are estimated together: what the two pieces differ in without any mastering shows in mid and side
 * alike, and the sections of input and reference say how.
 */
#ifndef AM_MATCH_BELIEF_H
#define AM_MATCH_BELIEF_H

#include <automaster/automaster.h>

typedef struct am_curve {
    bool known[AM_BANDS];           /* both sides say something there */
    double difference_db[AM_BANDS]; /* target - input, tone: level taken out; 0 where not known */
    double wanted_db[AM_BANDS];     /* posterior mean */
    double sure_db[AM_BANDS];       /* posterior standard deviation, of the tone's shape without its level; exact: NaN */
    double low_doubt_db;            /* width, natural: standard deviation of the mean difference below AM_WIDTH_LOW_HZ without any mastering */
} am_curve;

/* Shift curve so that its mean over known bands of the solved range is 0 (all of that range if none is known). */
void am_curve_level(const bool *known, double *curve_db);

/* A known band of the low end, whose side is looked at as one */
bool am_curve_low(const am_curve *curve, int band);

/* Natural matching. with_width false: the width is left out, and *width is zeroed.
 * Returns AM_OK, AM_ERR_NOMEM, or AM_ERR_RANGE when an analysis holds no usable covariance. */
am_status am_believe(const am_analysis *before, const am_target *target, bool with_width, const am_allocator *allocator, am_curve *tone,
                     am_curve *width, am_error *err);

/* Exact matching: the difference of the power spectra as it is; width is what is left of the side's difference after the tone. What is
 * wanted is left to match/exact.h. */
void am_believe_exactly(const am_analysis *before, const am_target *target, bool with_width, am_curve *tone, am_curve *width);

#endif
