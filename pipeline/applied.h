/* applied.h - what a report says of a plan that was applied as it stood: nothing was aimed at, but filters have a response */
#ifndef AM_PIPELINE_APPLIED_H
#define AM_PIPELINE_APPLIED_H

#include <automaster/automaster.h>

/* Before rendering: an empty target, and the curves of the plan's filters as evidence. */
void am_applied_describe(am_report *report);
/* After verifying: notes where the file is not what the plan was made for. */
void am_applied_note(am_report *report);

#endif
