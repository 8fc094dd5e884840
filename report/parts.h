/* parts.h - the objects that several documents hold */
#ifndef AM_REPORT_PARTS_H
#define AM_REPORT_PARTS_H

#include <automaster/automaster.h>
#include "base/json.h"

#define AM_ANALYSIS_SCHEMA "automaster.analysis/1"
#define AM_PLAN_SCHEMA "automaster.plan/1"
#define AM_ENGINE "automaster " AM_VERSION

/* The measurements as members of the object that is open. */
void am_part_put_analysis(am_json_writer *w, const am_analysis *analysis);
/* A plan as an object of its own; key NULL: as the document. */
void am_part_put_plan(am_json_writer *w, const char *key, const am_plan *plan);
void am_part_put_prediction(am_json_writer *w, const char *key, const am_prediction *prediction);
/* "amounts": how far the target was gone towards; null without a target, as when a plan was applied */
void am_part_put_amounts(am_json_writer *w, const am_report *report);
/* "band_hz": the centres of the band grid */
void am_part_put_grid(am_json_writer *w);

#endif
