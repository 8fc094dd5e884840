/* doubt.h - covariance of the difference between two pieces that were mastered alike
 *
 * From how much the 5 s sections of each differ, pooled over both, and from where mean level and level of the mean power disagree between
 * the two: there one piece is sparser than the other in that band, and neither mean can be trusted. Both are blind to any EQ.
 */
#ifndef AM_MATCH_DOUBT_H
#define AM_MATCH_DOUBT_H

#include <stddef.h>

#include <automaster/automaster.h>

#define AM_JOINT (2 * AM_BANDS)         /* tone, then width */

/* Write the [AM_JOINT][AM_JOINT] covariance of (tone, width) of target - before. scratch: three such matrices.
 * Bands that are not known get AM_DOUBT_BLIND_DB2 and no correlation. */
void am_doubt(const am_analysis *before, const am_target *target, const bool *tone_known, const bool *width_known, double *out,
              double *scratch);

/* What a section covariance looks like on average, for pieces too short to have one of their own. */
double am_doubt_usual(size_t i, size_t j);

#endif
