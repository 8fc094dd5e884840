/* toneplan.h - from what is wanted of the mid spectrum to filters in the plan */
#ifndef AM_MATCH_TONEPLAN_H
#define AM_MATCH_TONEPLAN_H

#include <automaster/automaster.h>
#include "match/belief.h"

/* Caps of one band and why: boost_db >= 0 may be as much, cut_db >= 0 too. */
typedef struct am_caps {
    double boost_db[AM_BANDS], cut_db[AM_BANDS];
    am_limit boost_limit[AM_BANDS]; /* what sets boost_db; cuts are only ever limited by AM_LIMIT_RANGE */
} am_caps;

void am_toneplan_caps(const am_analysis *before, const am_target *target, am_match match, am_caps *out);

/* Fill plan->tone and report->tone from a curve, and add notes on what was held back. Of *report before, target and plan are read. */
void am_toneplan_decide(const am_curve *curve, am_match match, am_report *report);

/* Response of an EQ in dB on the band grid at rate_hz; 0 when it is off. */
void am_toneplan_response(const am_eq *eq, double rate_hz, double *response_db);

#endif
