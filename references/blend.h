/* blend.h - what of a profile, or of a mixture of them, counts where it is aimed at */
#ifndef AM_REFERENCES_BLEND_H
#define AM_REFERENCES_BLEND_H

#include <automaster/automaster.h>

/* sum w (C + (m - mbar)(m - mbar)') over the profiles whose tone (which 0) or width (1) is known; packed [AM_PROFILE_PACKED].
 * tolerant: each C first drawn towards what styles have in common, the more the fewer songs are behind it, and widened by the doubt in its mean:
 * what a target's tolerance is. weights need not sum to 1. */
void am_blend_covariance(const am_profile *const *profiles, const double *weights, size_t count, int which, bool tolerant, double *out);

/* A statistic as it counts where it is aimed at. Of fewer than AM_PROFILE_FEW songs the spread of loudness, range, PLR and levels is drawn
 * and widened like the covariance, with percentiles of a normal distribution; a spread that is a stated convention stays. */
am_statistic am_blend_tolerated(const am_profile *profile, am_quantity quantity, int index);

#endif
