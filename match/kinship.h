/* kinship.h - are two pieces parts of one song, though they share no passage?
 *
 * Parts of a song share key and instruments, which shows in the fine structure of the spectrum, and tempo and meter, which show in how the
 * rises of the level follow on each other. Neither is changed by an equaliser, a gain, or much by a compressor.
 */
#ifndef AM_MATCH_KINSHIP_H
#define AM_MATCH_KINSHIP_H

#include <automaster/automaster.h>
#include "base/trace.h"

/* *kinship: the correlation of the one plus that of the other, [0, 2]; 0 where either says nothing or a piece is shorter than 16 s. Takes a time that is
 * bounded whatever the durations. Returns AM_OK or AM_ERR_NOMEM. */
am_status am_kinship(const am_trace *a, const am_trace *b, const am_allocator *allocator, double *kinship);

#endif
