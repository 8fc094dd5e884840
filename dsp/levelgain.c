#include "dsp/levelgain.h"

#include "base/db.h"
#include "dsp/compgain.h"
#include "dsp/explog.h"

static const double piece_s = 0.1;

static double step_s(double rate_hz) { return (double)am_compgain_frames(rate_hz) / rate_hz; }

size_t am_levelgain_steps(double rate_hz) { return 2 * (size_t)(0.5 * piece_s / step_s(rate_hz) + 0.5); }

void am_levelgain_init(am_levelgain *gain, const am_leveller *leveller, double rate_hz)
{
    *gain = (am_levelgain){ .curve = *leveller, .slew_db = leveller->slew_db_s * (double)am_levelgain_steps(rate_hz) * step_s(rate_hz) };
}

double am_levelgain_static(const am_leveller *curve, double level_lufs)
{
    return am_clamp(curve->amount * (curve->level_lufs - level_lufs), -curve->range_db, curve->range_db);
}

float am_levelgain_next(am_levelgain *gain, const float *powers, size_t count)
{
    const double floor = am_power_from_lufs(gain->curve.floor_lufs);
    double sum = 0.0, sounding = 0.0, wanted_db;

    for (size_t i = 0; i < count; i++)
        if ((double)powers[i] > floor) {
            sum += (double)powers[i];
            sounding += 1.0;
        }
    if (sounding == 0.0)
        return (float)gain->gain_db;
    wanted_db = am_levelgain_static(&gain->curve, 4.342944819032518 * am_log(sum / sounding) - 0.691);
    if (gain->sounding)
        wanted_db = am_clamp(wanted_db, gain->gain_db - gain->slew_db, gain->gain_db + gain->slew_db);
    gain->sounding = true;
    gain->gain_db = wanted_db;
    return (float)wanted_db;
}
