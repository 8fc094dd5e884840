/* gates.h - verdicts on the written file */
#ifndef AM_PIPELINE_GATES_H
#define AM_PIPELINE_GATES_H

#include <automaster/automaster.h>

/* Fill report->gates from report->after, plan, output and before. loudness_lufs: what was asked for, NaN: nothing; unreachable: why it cannot be
 * had, NULL: it can; strict: an unreachable loudness fails. */
void am_gates_judge(am_report *report, double loudness_lufs, const char *unreachable, bool strict);

#endif
