/* target.h - putting targets together (am_target_from_references is public: automaster.h) */
#ifndef AM_MATCH_TARGET_H
#define AM_MATCH_TARGET_H

#include <automaster/automaster.h>

/* Replace parts of *target: its tone by that of tone, its stereo image by that of width, its loudness (and peak to loudness) by that of
 * loudness, its distributions of level by those of dynamics. Each may be NULL: that part stays. kind and cutoff follow the tone. */
void am_target_compose(am_target *target, const am_target *tone, const am_target *width, const am_target *loudness,
                       const am_target *dynamics);

/* Distance of after to target in dB: rms over 40 Hz - 16 kHz of the differences of the power spectra re integrated loudness (mid) and of
 * side over mid (width), weighted with the target's weights; bands empty in either are left out. NaN where there is nothing to
 * compare. before is the input, whose lossy cut-off bounds the comparison. */
void am_target_distance(const am_target *target, const am_analysis *before, const am_analysis *after, double *tone_rms_db,
                        double *width_rms_db);

/* The same from two power spectra on the band grid, re integrated loudness. */
void am_target_distance_of(const am_target *target, const am_analysis *before, const double *mid_db, const double *side_db,
                           double *tone_rms_db, double *width_rms_db);

#endif
