/* bands.h - what band spectra say about loudness and stereo after a change */
#ifndef AM_MATCH_BANDS_H
#define AM_MATCH_BANDS_H

#include <automaster/automaster.h>

/* Change of the ungated K-weighted loudness in dB when mid and side get tone_db and the side side_db on top (NULL: 0 in each band). */
double am_bands_loudness_change(const am_analysis *before, const double *tone_db, const double *side_db);

/* Loudness lost by the fold-down to mono after that, in LU. */
double am_bands_fold_down(const am_analysis *before, const double *tone_db, const double *side_db);

/* Raised cosine: 1 at 0, 0 from 1 on either way */
double am_hump(double x);

/* What is taken off each band comes off its neighbours too, less and less: a ledge is heard. out[k] >= taken[k] >= 0; gone octaves away. */
void am_bands_fade(const double *taken_db, double octaves, double *out);

/* Does a band leave its own floor hardly more than even noise does? */
bool am_bands_steady(const am_spectrum *spectrum, int band);

/* Energy of the side over that of the mid after that, in dB; unweighted. */
double am_bands_width(const am_analysis *before, const double *tone_db, const double *side_db);

/* Correlation of left and right in one band after its side has been raised by side_db; NaN where it is not known. */
double am_bands_correlation(const am_analysis *before, int band, double side_db);

/* Centre of a twelfth of an octave, and its share of the third of an octave round band: 1 within, 0 without, the edges no sharper than
 * +-AM_EXACT_EDGE_HZ. */
double am_twelfth_hz(int twelfth);
double am_twelfth_share(int band, int twelfth);

/* Level of such a third; NaN where a twelfth of it is. */
double am_third_db(const double *twelfth_db, int band);

/* Level of the sixth of an octave round band, its edges as soft as it is wide, in dB of the third that reads so in even noise. */
double am_sixth_db(const double *twelfth_db, int band);

#endif
