#include "dsp/curve.h"

#include <math.h>

static double slope_at(const double *bands, int k)
{
    return k <= 0 || k >= AM_BANDS - 1 ? 0.0 : 0.5 * (bands[k + 1] - bands[k - 1]);
}

double am_curve_at(const double *bands, double frequency_hz)
{
    const double place = AM_BAND_1K + 6.0 * log2(fmax(frequency_hz, 1.0) / 1000.0);
    const int k = (int)floor(place);
    const double t = place - k, u = 1.0 - t;

    if (place <= 0.0)
        return bands[0];
    if (place >= AM_BANDS - 1)
        return bands[AM_BANDS - 1];
    return bands[k] * (1.0 + 2.0 * t) * u * u + slope_at(bands, k) * t * u * u + bands[k + 1] * t * t * (3.0 - 2.0 * t) -
           slope_at(bands, k + 1) * t * t * u;
}
