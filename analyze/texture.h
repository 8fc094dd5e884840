/* texture.h - 6 numbers that tell how the parts of a spectrum move against each other, whatever moves all of them together
 *
 * Of every frame come the powers of 16 groups and that of the bass. In dB, not lower than 60 dB (the bass 40 dB) below the loudest; from the
 * groups their mean over the groups is taken, so that neither gain nor what limiters and compressors do counts. An EQ adds a constant to
 * a group, which does not count either. M is the power of a group's modulation, less its mean over the frames, under a Hann window:
 * transform of AM_TEXTURE_POINTS with zeros behind, summed over the groups, plus 1e-4 dB^2 a frame, so that what stands still is no riddle.
 *
 *   0          ln of the mean over the groups of the standard deviation over the frames in dB, plus 0.001
 *   1 .. 4     ln of the shares of 0.25 - 1, 2 - 4, 4 - 8 and 8 - 16 Hz in the M of 0.25 to 16 Hz
 *   5          how regular the bass is: ln of the mean, from 0.7 to 12 Hz, of -ln(M / mean of M from 24 bins below to 24 above + 1e-4),
 *              M that of the bass; at least ln 0.001
 */
#ifndef AM_ANALYZE_TEXTURE_H
#define AM_ANALYZE_TEXTURE_H

#include "dsp/fft.h"

enum { AM_TEXTURE_FEATURES = 6, AM_TEXTURE_GROUPS = 16, AM_TEXTURE_BANDS = AM_TEXTURE_GROUPS + 1, AM_TEXTURE_POINTS = 2048 };

/* powers: AM_TEXTURE_BANDS of each frame, the bass last; they do not survive. fft: AM_FFT_REAL of AM_TEXTURE_POINTS, and frames are at
 * most as many. frames_hz: frames in a second, more than 32. */
void am_texture_measure(am_fft *fft, float *powers, size_t frames, double frames_hz, double features[AM_TEXTURE_FEATURES]);

#endif
