/* spectrum.h - band levels of mid and side, frame by frame, and what follows from them
 *
 * A Hann window of 341.3 ms (8192 samples of 48 kHz hold one hop), moved by half of itself, the same in seconds at every rate, is
 * transformed at the next power of two. The first frame begins at the first sample that is not zero, and frames that reach beyond the
 * last one do not count, so silence around the music has no effect at all. A frame's bands are kept as 16-bit levels of 1/256 dB; what
 * needs the gate is computed at the end, from them.
 *
 * Bands: raised cosine in log frequency, a third of an octave between half-power points, but at least 2.5 / 341.3 ms = 7.3 Hz wide.
 * Each is scaled so that flat noise reads as through an ideal third-octave filter; a tone in the centre of a band that is not widened
 * reads its level. Bands centred above half the rate are NaN.
 *
 * Gate: each frame's K-weighted power, absolute -70 LUFS, then 10 LU below the mean of the frames that are left. Pauses and fades drop
 * out as soon as they are 10 LU below the music.
 */
#ifndef AM_ANALYZE_SPECTRUM_H
#define AM_ANALYZE_SPECTRUM_H

#include "analyze/cutoff.h"
#include "analyze/levels.h"
#include "analyze/twelfths.h"
#include "base/trace.h"
#include "dsp/fft.h"

typedef struct am_spectrum_frame {
    float power, mid_power;         /* K-weighted mean square, left + right; of mid in both channels */
    uint16_t mid[AM_BANDS], side[AM_BANDS];
    int8_t lean[AM_BANDS];          /* 127 * (left - right) / (left + right) of the band's power */
} am_spectrum_frame;

typedef struct am_spectrum_band {
    uint32_t first, count;          /* bins; count is a multiple of 8, the weights beyond the band are 0 */
    const float *weights;
} am_spectrum_band;

typedef struct am_spectrum_meter {
    uint32_t rate_hz;
    size_t window_frames, bins;     /* bins in use: up to the end of the highest band, or half the rate */
    double power_scale;
    float *window, *weights, *loudness, *mid, *side, *cross;
    am_spectrum_band bands[AM_BANDS];
    uint32_t band_count;            /* bands that exist at this rate */
    am_fft *fft_mid, *fft_side;
    am_series frames;               /* am_spectrum_frame */
    am_cutoff cutoff;
    am_twelfths twelfths;
} am_spectrum_meter;

am_status am_spectrum_open(am_spectrum_meter *meter, uint32_t rate_hz, const am_allocator *allocator, am_error *err);
void am_spectrum_close(am_spectrum_meter *meter, const am_allocator *allocator);

/* Where frame i begins, counted from the first; it is window_frames long. */
uint64_t am_spectrum_start(uint32_t rate_hz, uint64_t i);
double am_spectrum_hop_s(void);

am_status am_spectrum_push(am_spectrum_meter *meter, const float *left, const float *right, const am_allocator *allocator);

/* The frames that count as a trace; sounding_frames as below, and before it. */
am_status am_spectrum_trace(const am_spectrum_meter *meter, uint64_t sounding_frames, const am_allocator *allocator, am_trace *out);

/* sounding_frames: from the first to the last sample that is not zero. Fills mid, side, sections, gated_s and the bands and low end of
 * stereo. To be called once: the frames are rearranged. */
am_status am_spectrum_measure(am_spectrum_meter *meter, uint64_t sounding_frames, double integrated_lufs,
                              const am_allocator *allocator, am_analysis *out);

#endif
