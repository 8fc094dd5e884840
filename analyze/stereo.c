#include "analyze/stereo.h"

#include <math.h>

#include "base/db.h"

static const double ratio_limit_db = 120.0;

static double ratio_db(double over, double under)
{
    if (over <= 0.0 && under <= 0.0)
        return NAN;
    if (over <= 0.0 || under <= 0.0)
        return over <= 0.0 ? -ratio_limit_db : ratio_limit_db;
    return am_clamp(am_db_from_power(over / under), -ratio_limit_db, ratio_limit_db);
}

/* sum LR = sum MM - sum SS */
static double correlation(double left, double right, double mid, double side)
{
    return left > 0.0 && right > 0.0 ? am_clamp((mid - side) / sqrt(left * right), -1.0, 1.0) : (double)NAN;
}

static double least_correlation(const am_timeline *timeline)
{
    const size_t windows = am_timeline_windows(timeline, AM_TENTHS_PER_WINDOW);
    const double absolute = am_power_from_lufs(-70.0);
    double least = NAN;

    for (size_t k = 0; k < windows; k++) {
        const am_segment sum = am_timeline_sum(timeline, k, AM_TENTHS_PER_WINDOW);

        if (am_timeline_power(timeline, k, AM_TENTHS_PER_WINDOW) > absolute)
            least = fmin(least, correlation(sum.left, sum.right, sum.mid, sum.side));
    }
    return least;
}

static am_layout layout_of(const am_waveform *w, uint32_t channels)
{
    if (channels != 2)
        return channels == 1 ? AM_LAYOUT_MONO : AM_LAYOUT_MULTI;
    if (w->side <= 0.0)
        return AM_LAYOUT_DUAL_MONO;
    if (w->left <= 0.0 || w->right <= 0.0)
        return AM_LAYOUT_ONE_SIDED;
    return w->mid <= 0.0 ? AM_LAYOUT_ANTIPHASE : AM_LAYOUT_STEREO;
}

void am_stereo_measure(const am_waveform *waveform, const am_timeline *timeline, uint32_t channels, am_stereo *out)
{
    out->layout = layout_of(waveform, channels);
    if (out->layout == AM_LAYOUT_MULTI)
        return;
    out->correlation = correlation(waveform->left, waveform->right, waveform->mid, waveform->side);
    out->correlation_min = least_correlation(timeline);
    out->width_db = ratio_db(waveform->side, waveform->mid);
    out->balance_db = ratio_db(waveform->right, waveform->left);
}
