/* widthplan.h - from what is wanted of the stereo image to the side's gain curve in the plan */
#ifndef AM_MATCH_WIDTHPLAN_H
#define AM_MATCH_WIDTHPLAN_H

#include <automaster/automaster.h>
#include "match/belief.h"

/* May the width be touched at all? Otherwise a note says why not, unless nobody asked (amount 0). */
bool am_widthplan_possible(double amount, am_report *report);

/* Fill plan->width and report->width from a curve, and add notes on what was held back. plan->tone and report->tone.applied_db must be set. */
void am_widthplan_decide(const am_curve *curve, double amount, am_match match, am_report *report);

/* Exact matching: the most by which tone and side gain together may raise each band's side, [0, AM_WIDTH_BOOST_EXACT_DB], less where it is
 * hardly more than noise; -INFINITY: the side gain may not raise it at all. */
void am_widthplan_room(const am_analysis *before, double *room_db);

/* What such room leaves to the side gain of a band that the tone moves by tone_db */
double am_widthplan_most_db(double room_db, double tone_db);

#endif
