/* guidance.h - how a song deviates from the profile that it sounds like most */
#ifndef AM_REPORT_GUIDANCE_H
#define AM_REPORT_GUIDANCE_H

#include "base/json.h"
#include "report/text.h"

/* What a song is compared with, here and when it is mastered: a profile that has this share of it at least, and deviations of this size */
#define AM_GUIDANCE_SHARE 0.25
#define AM_GUIDANCE_LEAST_DB 0.5

/* The style that has most of the song, where that is AM_GUIDANCE_SHARE; NULL: none is recognised as such. */
const am_style *am_guidance_style(const am_analysis *analysis);

void am_guidance_put_text(am_text *t, const am_analysis *analysis);  /* a line for each deviation beyond 90 % of the profile's songs */
void am_guidance_put_json(am_json_writer *w, const am_analysis *analysis);  /* the member "against": null or an object */

#endif
