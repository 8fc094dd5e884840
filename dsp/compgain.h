/* compgain.h - the gain computer of the compressor, shared by the renderer and by the solver that simulates it
 *
 * Feed-forward, in the log domain (D. Giannoulis, M. Massberg, J. Reiss, Digital Dynamic Range Compressor Design, JAES 60(6), 2012): level
 * of the 20 ms around a step of about 3 ms, static curve with a soft knee (eq. 4), smooth decoupled detector (eq. 17) on the gain.
 *   level -> static -> parallel mix -> range -> detector
 * A parallel mix of a broadband gain is another broadband gain, so it is a shape of the curve: 20 log10(dry + (1 - dry) 10^(g / 20)).
 */
#ifndef AM_DSP_COMPGAIN_H
#define AM_DSP_COMPGAIN_H

#include <automaster/automaster.h>

#define AM_COMPGAIN_WINDOW 7        /* steps whose power makes one level; the middle one is the step itself */
#define AM_COMPGAIN_LATE (AM_COMPGAIN_WINDOW / 2)
#define AM_COMPGAIN_FLOOR_LUFS (-120.0)
#define AM_COMPGAIN_COUNTS_LU 20.0  /* percentiles of the reduction are over the time above so much under the threshold, at any level of the input alike */

/* Frames a step: 128 up to 50 kHz, doubling with the rate, so that steps are 4 blocks of base/blocks.h. */
size_t am_compgain_frames(double rate_hz);

typedef struct am_compgain {
    am_compressor curve;
    double attack, release;         /* factors a step */
    double held, smooth;            /* dB: the two states of the detector */
} am_compgain;

void am_compgain_init(am_compgain *gain, const am_compressor *compressor, double rate_hz);

/* Gain in dB that a steady level gets. */
double am_compgain_static(const am_compressor *curve, double level_lufs);

/* levels[i] -> gains_db[i], which belongs to the same step; gains_db may be levels. The detector goes on from call to call. */
void am_compgain_process(am_compgain *gain, const float *levels_lufs, float *gains_db, size_t steps);

/* Level of AM_COMPGAIN_WINDOW successive powers (K-weighted mean squares, summed over channels). */
float am_compgain_level(const float *power);

/* For a band of am_multiband: its curve, levels in dB instead of LUFS, and the level of powers that are not weighted. */
am_compressor am_compgain_of_band(const am_multiband *bands, int band);
float am_compgain_band_level(const float *power);

#endif
