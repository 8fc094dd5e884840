/* prior.h - covariance of the corrections that a mastering engineer makes, on the band grid */
#ifndef AM_MATCH_PRIOR_H
#define AM_MATCH_PRIOR_H

#include <stddef.h>

#include <automaster/analysis.h>

/* A low shelf, a high shelf and bells of random centre and gain (linear in gain: the cookbook's prototypes for gains near 0 dB),
 * a squared-exponential remainder, a free level. out is n rows apart by stride. */
void am_prior_tone(double *out, size_t stride);

/* A step of the side above 200 Hz and a smooth remainder. */
void am_prior_width(double *out, size_t stride);

#endif
