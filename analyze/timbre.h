/* timbre.h - 53 numbers that tell styles apart: how a sound is spread in time and over the spectrum, whatever its level
 *
 * Defined on 22.05 kHz mono, in frames of 2048 samples every 512 that lie within the excerpt, Hann window. Frames more than 60 dB below
 * the loudest count only for the harmonic and percussive energies. cv(x) is ln(var x / mean^2 x) over the frames.
 *
 *   0 .. 18    means of the mel cepstrum coefficients 2 .. 20: orthonormal DCT of the levels in dB (floor 80 dB below the loudest) of the
 *              powers in 128 triangular bands, equal on Slaney's mel scale from 0 to 11.025 kHz, each of area 1 Hz
 *   19 .. 38   ln of the variances of coefficients 1 .. 20
 * The rest is measured after an EQ that gives everything the same long-term spectrum, so that no EQ done before changes it: the means of
 * the cepstrum (coefficients 2 .. 20, that is 19 cosines over the bands) become those of a slope of -5 dB an octave from 100 Hz on, within
 * 40 dB; between the middles of the bands, gains in dB are interpolated along mel.
 *
 *   39         cv of the root of the frame's power
 *   40, 41     mean and variance over frames and pitch classes of the chroma (power, 440 Hz, largest class of each frame 1)
 *   42         ln of percussive over harmonic energy: medians of 31 frames and of 31 bins as powers of a soft mask (D. Fitzgerald,
 *              Harmonic/percussive separation using median filtering, DAFx 2010), energies of the masked spectra
 *   43 .. 46   cv of centroid, bandwidth, 85 % roll-off of the magnitudes, and the frequency whose square is the mean over the power
 *   47 .. 52   those of texture.h; its groups are 8 of the triangular bands each, its bass 65 to 108 Hz (5 bins), of all frames
 *
 * A constant offset is taken off first. As found, neither that nor the EQ is done, 39 is that of the rms of the frame's samples, and 46
 * that of their zero crossings. These are the definitions of librosa 0.10 (feature.mfcc, rms, chroma_stft with tuning 0, spectral_*,
 * decompose.hpss), without its padding at the ends of the excerpt: what published tables hold, see docs/style.md.
 */
#ifndef AM_ANALYZE_TIMBRE_H
#define AM_ANALYZE_TIMBRE_H

#include <automaster/automaster.h>

enum { AM_TIMBRE_RATE_HZ = AM_STYLE_LEAST_HZ, AM_TIMBRE_SECONDS = 30, AM_TIMBRE_SAMPLES = AM_TIMBRE_RATE_HZ * AM_TIMBRE_SECONDS };

typedef struct am_timbre am_timbre;

am_status am_timbre_open(const am_allocator *allocator, am_timbre **out, am_error *err);
void am_timbre_close(am_timbre *timbre);                    /* NULL is fine */

/* count samples, at most AM_TIMBRE_SAMPLES. False when there is nothing to measure: fewer than 31 frames, or silence; features is then as
 * it was. */
bool am_timbre_measure(am_timbre *timbre, const float *samples, size_t count, bool as_found, double features[AM_STYLE_FEATURES]);

#endif
