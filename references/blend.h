/* blend.h - covariance of a mixture of profiles */
#ifndef AM_REFERENCES_BLEND_H
#define AM_REFERENCES_BLEND_H

#include <automaster/automaster.h>

/* sum w (C + (m - mbar)(m - mbar)') over the profiles whose tone (which 0) or width (1) is known; packed [AM_PROFILE_PACKED].
 * tolerant: each C first drawn towards what styles have in common, the more the fewer songs are behind it, and widened by the doubt in its mean:
 * what a target's tolerance is. weights need not sum to 1. */
void am_blend_covariance(const am_profile *const *profiles, const double *weights, size_t count, int which, bool tolerant, double *out);

#endif
