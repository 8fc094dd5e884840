#include "match/bands.h"

#include <math.h>

#include "base/db.h"
#include "dsp/kweight.h"
#include "match/params.h"

static double power(double db)
{
    return am_within(db, -300.0, 300.0) ? am_power_from_db(db) : 0.0;
}

/* Neighbouring bands overlap by the same amount everywhere, so plain sums over bands are sums over frequency times a constant. */
static void sums(const am_analysis *a, const double *tone_db, const double *side_db, bool weighted, double *mid, double *side)
{
    *mid = *side = 0.0;
    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = am_band_hz(k), weight = !weighted ? 1.0 : hz < 0.5 * a->sample_rate_hz ? am_kweight_power(a->sample_rate_hz, hz) : 0.0;
        const double tone = weight * am_power_from_db(tone_db ? tone_db[k] : 0.0);

        *mid += tone * power(a->mid.power_db[k]);
        *side += tone * am_power_from_db(side_db ? side_db[k] : 0.0) * power(a->side.power_db[k]);
    }
}

double am_bands_loudness_change(const am_analysis *before, const double *tone_db, const double *side_db)
{
    double mid, side, mid_before, side_before;

    sums(before, NULL, NULL, true, &mid_before, &side_before);
    sums(before, tone_db, side_db, true, &mid, &side);
    return mid_before + side_before > 0.0 && mid + side > 0.0 ? am_db_from_power((mid + side) / (mid_before + side_before)) : 0.0;
}

double am_bands_fold_down(const am_analysis *before, const double *tone_db, const double *side_db)
{
    double mid, side;

    sums(before, tone_db, side_db, true, &mid, &side);
    return mid > 0.0 ? am_db_from_power((mid + side) / mid) : INFINITY;
}

double am_bands_width(const am_analysis *before, const double *tone_db, const double *side_db)
{
    double mid, side;

    sums(before, tone_db, side_db, false, &mid, &side);
    return am_db_from_power(side / mid);
}

/* With balance b = (PL - PR) / (PL + PR) = 2 Re(M S*) / (PM + PS): PL', PR' = PM + g^2 PS +- g b (PM + PS), Re(L R*)' = PM - g^2 PS. */
double am_bands_correlation(const am_analysis *before, int band, double side_db)
{
    const double mid = power(before->mid.power_db[band]), gain = am_gain_from_db(side_db), side = power(before->side.power_db[band]);
    const double right_over_left = am_power_from_db(before->stereo.band_balance_db[band]);
    const double balance = isfinite(right_over_left) ? (1.0 - right_over_left) / (1.0 + right_over_left) : 0.0;
    const double both = mid + gain * gain * side, lean = gain * balance * (mid + side);
    const double product = (both + lean) * (both - lean);

    return product > 0.0 ? (mid - gain * gain * side) / sqrt(product) : NAN;
}

double am_hump(double x)
{
    return fabs(x) < 1.0 ? 0.5 + 0.5 * cos(AM_PI * x) : 0.0;
}

void am_bands_fade(const double *taken_db, double octaves, double *out)
{
    for (int k = 0; k < AM_BANDS; k++) {
        out[k] = 0.0;
        for (int j = 0; j < AM_BANDS; j++)
            out[k] = fmax(out[k], taken_db[j] * am_hump((k - j) / (6.0 * octaves)));
    }
}

bool am_bands_steady(const am_spectrum *spectrum, int band)
{
    const double noise_db = AM_FLOOR_NOISE_DB / sqrt(am_band_hz(band));

    return spectrum->mean_db[band] - spectrum->floor_db[band] < fmin(noise_db + AM_FLOOR_DRIFT_DB, AM_FLOOR_MOST_DB);
}

/* ------------------------------------------------------------------ thirds out of twelfths */

double am_twelfth_hz(int twelfth)
{
    return am_band_hz(0) * exp2((twelfth - 1.5) / 12.0);
}

/* From 0 to 1 as x goes from -1 to 1: the integral of a raised cosine */
static double rise(double x)
{
    return x <= -1.0 ? 0.0 : x >= 1.0 ? 1.0 : 0.5 * (1.0 + x + sin(AM_PI * x) / AM_PI);
}

double am_twelfth_share(int band, int twelfth)
{
    const double hz = am_twelfth_hz(twelfth), low_hz = am_band_hz(band) * exp2(-1.0 / 6.0), high_hz = am_band_hz(band) * exp2(1.0 / 6.0);

    return rise((hz - low_hz) / AM_EXACT_EDGE_HZ) - rise((hz - high_hz) / AM_EXACT_EDGE_HZ);
}

double am_third_db(const double *twelfth_db, int band)
{
    double sum = 0.0;

    for (int t = 0; t < AM_TWELFTHS; t++) {
        const double share = am_twelfth_share(band, t);

        if (share > 0.0)
            sum += share * am_power_from_db(twelfth_db[t]);
    }
    return am_db_from_power(sum);
}

double am_sixth_db(const double *twelfth_db, int band)
{
    static const double weights[4] = { 2.0 / 3.0, 4.0 / 3.0, 4.0 / 3.0, 2.0 / 3.0 };
    double sum = 0.0;

    for (int i = 0; i < 4; i++)
        sum += weights[i] * am_power_from_db(twelfth_db[2 * band + i]);
    return am_db_from_power(sum);
}
