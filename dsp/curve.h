/* curve.h - curves on the band grid of analysis.h, between its points */
#ifndef AM_DSP_CURVE_H
#define AM_DSP_CURVE_H

#include <automaster/analysis.h>

/* Value at frequency_hz >= 0 of a curve given at the AM_BANDS centres: cubic Hermite in log frequency with the mean slope of the
 * two neighbours at each centre (Catmull-Rom), flat below the first and above the last centre. */
double am_curve_at(const double *bands, double frequency_hz);

#endif
