/* refine.h - a second look once the result has been measured */
#ifndef AM_MATCH_REFINE_H
#define AM_MATCH_REFINE_H

#include <automaster/automaster.h>
#include "match/target.h"

/* What report->after lacks of report->target, of mid or side whichever is more: rms over the thirds that are followed, but for the level. */
double am_plan_lack_db(const am_report *report);

/* Exact matching at full amount: correct plan->tone.curve_db and plan->width.side_db by what report->after still lacks of report->target,
 * within the same caps, and refresh evidence, prediction and the notes on both. Reads before, target, plan, after. Tone sections
 * (natural matching) and a tone that is off stay. Returns AM_OK, AM_ERR_RANGE or AM_ERR_NOMEM. */
am_status am_plan_refine(const am_options *options, am_report *report, am_error *err);

/* Fill what plan->expected says of tone and width: what the filters leave, and what report->pressed says that the dynamics do to it. */
void am_plan_expect(am_report *report);

#endif
