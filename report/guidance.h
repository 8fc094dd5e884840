/* guidance.h - how a song deviates from the profile that it sounds like most */
#ifndef AM_REPORT_GUIDANCE_H
#define AM_REPORT_GUIDANCE_H

#include "base/json.h"
#include "report/text.h"

/* Nothing when no style was recognised, or none has a quarter of the song. */
void am_guidance_put_text(am_text *t, const am_analysis *analysis);  /* a line for each deviation beyond 90 % of the profile's songs */
void am_guidance_put_json(am_json_writer *w, const am_analysis *analysis);  /* the member "against": null or an object */

#endif
