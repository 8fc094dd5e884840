/* stereo.h - layout, correlation, width and balance of the whole file */
#ifndef AM_ANALYZE_STEREO_H
#define AM_ANALYZE_STEREO_H

#include "analyze/loudness.h"
#include "analyze/waveform.h"

/* Writes layout, correlation, correlation_min, width_db and balance_db. Where one of the two powers is zero, width and balance stop
 * at +-120 dB; they are NaN when both are. */
void am_stereo_measure(const am_waveform *waveform, const am_timeline *timeline, uint32_t channels, am_stereo *out);

#endif
