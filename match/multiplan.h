/* multiplan.h - compression of single bands, where the bands of a reference are much denser than those of the mix
 *
 * Evidence: the levels of a band (20 ms) lie wider than the reference's, by AM_MULTI_LEAST_DB more than those of the whole, which are the
 * compressor's part: from 10 to 95 % of the time, and from 50 to 95 %, for the lower half alone is gaps. Then the band gets as much of its own as brings it nearer, within the bounds of params.h. What another part
 * of the same song says of single bands is arrangement and is not followed; that of the same recording is.
 */
#ifndef AM_MATCH_MULTIPLAN_H
#define AM_MATCH_MULTIPLAN_H

#include <automaster/automaster.h>
#include "base/trace.h"

/* Into report->plan.multiband and its prediction; tone and width are solved before. mix: its steps. Returns AM_OK or AM_ERR_NOMEM. */
am_status am_multiplan_solve(const am_options *options, const am_trace *mix, am_report *report, am_error *err);

/* The note of AM_STAGE_DYNAMICS, behind am_compress_solve, which clears them. */
void am_multiplan_tell(am_report *report);

#endif
