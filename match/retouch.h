/* retouch.h - the equaliser answers what compressor and limiter do to the tone */
#ifndef AM_MATCH_RETOUCH_H
#define AM_MATCH_RETOUCH_H

#include <automaster/automaster.h>

/* rms of a change of the spectrum, level taken out, over the bands that the tone was solved in. */
double am_retouch_rms_db(const am_report *report, const double change_db[AM_BANDS]);

/* Predicted behind the tone of the plan: is the change worth an answer of the equaliser? Fills report->pressed and what plan.expected says of
 * the tone. */
bool am_retouch_worth(const double change_db[AM_BANDS], am_report *report);

/* Solve the tone in the plan again, with its evidence and notes, for what is wanted less the change, smoothed and bounded. share in
 * [0, 1] of it; no more than the person wants of the tone either. */
void am_retouch_answer(const am_options *options, const double change_db[AM_BANDS], double share, am_report *report);

/* The change once more, behind the tone as it is now: report->pressed and what plan.expected says of the tone. */
void am_retouch_expect(const double change_db[AM_BANDS], am_report *report);

#endif
