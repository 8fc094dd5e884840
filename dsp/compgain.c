#include "dsp/compgain.h"

#include "base/db.h"
#include "dsp/explog.h"

static const double db_per_neper = 8.685889638065036, power_db_per_neper = 4.342944819032518;
static const double still_db = 1e-5;            /* a detector that has come this close to 0 is there */

size_t am_compgain_frames(double rate_hz)
{
    size_t frames = 128;

    while (rate_hz > 50000.0 * (double)frames / 128.0)
        frames *= 2;
    return frames;
}

void am_compgain_init(am_compgain *gain, const am_compressor *compressor, double rate_hz)
{
    const double step_ms = 1e3 * (double)am_compgain_frames(rate_hz) / rate_hz;

    *gain = (am_compgain){
        .curve = *compressor,
        .attack = am_exp(-step_ms / compressor->attack_ms),
        .release = am_exp(-step_ms / compressor->release_ms),
    };
}

static double bent(const am_compressor *c, double over_db)
{
    const double slope = 1.0 / c->ratio - 1.0, half = 0.5 * c->knee_db;

    if (over_db <= -half)
        return 0.0;
    if (over_db < half)
        return slope * (over_db + half) * (over_db + half) / (2.0 * c->knee_db);
    return slope * over_db;
}

double am_compgain_static(const am_compressor *curve, double level_lufs)
{
    double gain_db = bent(curve, level_lufs - curve->threshold_lufs);

    if (gain_db != 0.0 && curve->dry > 0.0)
        gain_db = db_per_neper * am_log(curve->dry + (1.0 - curve->dry) * am_exp(gain_db / db_per_neper));
    return am_clamp(gain_db, -curve->range_db, curve->range_db);
}

/* The detector works on the size of the change, so that an expander opens with the attack and closes with the release. */
void am_compgain_process(am_compgain *gain, const float *levels_lufs, float *gains_db, size_t steps)
{
    const double sign = gain->curve.ratio < 1.0 ? 1.0 : -1.0;
    double held = gain->held, smooth = gain->smooth;

    for (size_t i = 0; i < steps; i++) {
        const double change = sign * am_compgain_static(&gain->curve, (double)levels_lufs[i]);
        const double falling = gain->release * held + (1.0 - gain->release) * change;

        held = change > falling ? change : falling;
        smooth = gain->attack * smooth + (1.0 - gain->attack) * held;
        if (change == 0.0 && held < still_db && smooth < still_db)
            held = smooth = 0.0;
        gains_db[i] = (float)(sign * smooth);
    }
    gain->held = held;
    gain->smooth = smooth;
}

float am_compgain_level(const float *power)
{
    double sum = 0.0;

    for (int i = 0; i < AM_COMPGAIN_WINDOW; i++)
        sum += (double)power[i];
    sum /= AM_COMPGAIN_WINDOW;
    return sum > 1e-12 ? (float)(power_db_per_neper * am_log(sum) - 0.691) : (float)AM_COMPGAIN_FLOOR_LUFS;
}
