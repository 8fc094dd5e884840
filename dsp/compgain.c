#include "dsp/compgain.h"

#include "base/db.h"
#include "dsp/explog.h"
#include "dsp/simd.h"

enum { CHUNK = 512 };           /* steps bent together */

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

typedef struct bend {
    double threshold, half, knee, slope, square;
} bend;

static bend bend_of(const am_compressor *c)
{
    const double slope = 1.0 / c->ratio - 1.0;

    return (bend){ c->threshold_lufs, 0.5 * c->knee_db, c->knee_db, slope, c->knee_db > 0.0 ? slope / (2.0 * c->knee_db) : 0.0 };
}

static inline double bent(const bend *b, double level_lufs)
{
    const double over = level_lufs - b->threshold, into = over + b->half;

    return into <= 0.0 ? 0.0 : into < b->knee ? b->square * into * into : b->slope * over;
}

static inline double within_range(double gain_db, double range_db)
{
    return gain_db < -range_db ? -range_db : gain_db > range_db ? range_db : gain_db;
}

double am_compgain_static(const am_compressor *curve, double level_lufs)
{
    const bend b = bend_of(curve);
    double gain_db = bent(&b, level_lufs);

    if (gain_db != 0.0 && curve->dry > 0.0)
        gain_db = db_per_neper * am_log(curve->dry + (1.0 - curve->dry) * am_exp(gain_db / db_per_neper));
    return within_range(gain_db, curve->range_db);
}

AM_CLONES
static void bend_all(const bend *curve, double range_db, const float *levels_lufs, double *gains_db, size_t steps)
{
    const bend b = *curve;

    for (size_t i = 0; i < steps; i++)
        gains_db[i] = within_range(bent(&b, (double)levels_lufs[i]), range_db);
}

static void find_static(const am_compressor *curve, const float *levels_lufs, double *gains_db, size_t steps)
{
    const bend b = bend_of(curve);

    if (curve->dry == 0.0)
        bend_all(&b, curve->range_db, levels_lufs, gains_db, steps);
    else
        for (size_t i = 0; i < steps; i++)
            gains_db[i] = am_compgain_static(curve, (double)levels_lufs[i]);
}

/* The detector works on the size of the change, so that an expander opens with the attack and closes with the release. */
static void detect(am_compgain *gain, const double *static_db, float *gains_db, size_t steps)
{
    const double sign = gain->curve.ratio < 1.0 ? 1.0 : -1.0, attack = gain->attack, release = gain->release;
    double held = gain->held, smooth = gain->smooth;

    for (size_t i = 0; i < steps; i++) {
        const double change = sign * static_db[i], falling = release * held + (1.0 - release) * change;

        held = change > falling ? change : falling;
        smooth = attack * smooth + (1.0 - attack) * held;
        if (change == 0.0 && held < still_db && smooth < still_db)
            held = smooth = 0.0;
        gains_db[i] = (float)(sign * smooth);
    }
    gain->held = held;
    gain->smooth = smooth;
}

void am_compgain_process(am_compgain *gain, const float *levels_lufs, float *gains_db, size_t steps)
{
    double static_db[CHUNK];

    for (size_t first = 0; first < steps; first += CHUNK) {
        const size_t count = steps - first < CHUNK ? steps - first : CHUNK;

        find_static(&gain->curve, levels_lufs + first, static_db, count);
        detect(gain, static_db, gains_db + first, count);
    }
}

static float level_of(const float *power, double offset_db)
{
    double sum = 0.0;

    for (int i = 0; i < AM_COMPGAIN_WINDOW; i++)
        sum += (double)power[i];
    sum /= AM_COMPGAIN_WINDOW;
    return sum > 1e-12 ? (float)(power_db_per_neper * am_log(sum) + offset_db) : (float)AM_COMPGAIN_FLOOR_LUFS;
}

float am_compgain_level(const float *power) { return level_of(power, -0.691); }

float am_compgain_band_level(const float *power) { return level_of(power, 0.0); }

am_compressor am_compgain_of_band(const am_multiband *bands, int band)
{
    return (am_compressor){
        .enabled = bands->enabled,
        .threshold_lufs = bands->threshold_db[band],
        .ratio = bands->ratio[band],
        .knee_db = bands->knee_db,
        .range_db = bands->range_db,
        .attack_ms = bands->attack_ms,
        .release_ms = bands->release_ms,
    };
}
