/* passages.h - material that two pieces share, compared like with like
 *
 * How the band levels of 1.4 s move about their own mean is blind to any EQ, so a passage of the input that comes back in the reference (the
 * same chorus, the same loop, another master or version of the same song) can be found before anything is known of the EQ between them. What
 * then differs is the mastering: of other music the difference of two halves of a song is 3 dB, of shared passages often 0.3 dB.
 */
#ifndef AM_MATCH_PASSAGES_H
#define AM_MATCH_PASSAGES_H

#include <automaster/automaster.h>
#include "base/trace.h"

/* Look for passages of input in reference. *out: what they say, or share 0 where there are too few. Takes a time that is bounded whatever
 * the durations. Returns AM_OK or AM_ERR_NOMEM. */
am_status am_passages_find(const am_trace *input, const am_trace *reference, const am_allocator *allocator, am_shared *out, am_error *err);

/* Is the reference the recording of the mix itself, so that its levels are those of the mix but for the mastering? */
bool am_shared_recording(const am_shared *shared);

/* Is it another part of the mix's song, by passages or by kinship (kinship.h)? */
bool am_shared_song(const am_shared *shared);

/* What of target->shared counts for levels: nothing where the person named a file for its dynamics, which are followed as another song's are. */
const am_shared *am_shared_of_levels(const am_options *options, const am_target *target);

/* Where passages are surely shared, the distributions of level that are aimed at are those of the mix, changed as the passages are: the
 * arrangement of the rest of the reference is not dynamics. Nothing changes elsewhere, nor where both are one recording. */
void am_shared_levels(const am_options *options, const am_analysis *before, am_target *target);

/* What the shared passages say joins a difference of tone and width ([AM_JOINT], doubt.h) and its covariance noise: two observations of the
 * same, weighed by what is known of each. Bands of which nothing is known stay as they are. scratch: two matrices like noise and two rows.
 * Where the arithmetic fails, nothing changes. */
void am_shared_join(const am_shared *shared, const bool *tone_known, const bool *width_known, double *difference, double *noise,
                    double *scratch);

#endif
