#include "match/simulate.h"

#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/compgain.h"
#include "dsp/levelgain.h"
#include "dsp/simd.h"
#include "match/drive.h"

enum {
    STEP = 4,                       /* blocks to a step of the compressor */
    CHUNK = 1024,                   /* steps taken together */
    BINS = 2500                     /* of change of gain, 0.01 dB each */
};

static const double neper_per_db = 0.11512925464970229;

struct am_simulation {
    const am_allocator *allocator;
    am_blocks *blocks;
    size_t steps;
    float *power, *level, *gain;    /* of each step: mean square and LUFS behind the leveller, dB of the compressor */
    bool levels;
    size_t piece_steps, pieces;     /* of the leveller */
    float *piece, *ride_db;         /* of each: mean square in front of it, gain in its middle */
    am_meter *meter;
    uint32_t histogram[BINS];
};

/* ------------------------------------------------------------------ open */

static void read_powers(am_simulation *s)
{
    const size_t blocks = am_blocks_count(s->blocks);
    float power[STEP * CHUNK];

    for (size_t first = 0; first < s->steps; first += CHUNK) {
        const size_t steps = s->steps - first < CHUNK ? s->steps - first : CHUNK;
        const size_t count = blocks - STEP * first < STEP * steps ? blocks - STEP * first : STEP * steps;

        memset(power, 0, sizeof power);
        am_blocks_read(s->blocks, STEP * first, count, NULL, power);
        for (size_t i = 0; i < steps; i++)
            s->power[first + i] = 0.25f * ((power[STEP * i] + power[STEP * i + 1]) + (power[STEP * i + 2] + power[STEP * i + 3]));
    }
}

static void take_pieces(am_simulation *s)
{
    for (size_t p = 0; p < s->pieces; p++) {
        const size_t first = p * s->piece_steps, steps = s->steps - first < s->piece_steps ? s->steps - first : s->piece_steps;
        double sum = 0.0;

        for (size_t i = 0; i < steps; i++)
            sum += (double)s->power[first + i];
        s->piece[p] = (float)(sum / (double)steps);
    }
}

static void take_levels(am_simulation *s)
{
    for (size_t n = 0; n < s->steps; n++) {
        float window[AM_COMPGAIN_WINDOW] = { 0.0f };

        for (size_t i = 0; i < AM_COMPGAIN_WINDOW; i++)
            if (n + i >= AM_COMPGAIN_LATE && n + i - AM_COMPGAIN_LATE < s->steps)
                window[i] = s->power[n + i - AM_COMPGAIN_LATE];
        s->level[n] = am_compgain_level(window);
    }
}

am_status am_simulation_open(am_blocks *blocks, const am_allocator *allocator, am_simulation **out, am_error *err)
{
    const double step_s = STEP * (double)am_blocks_frames(blocks) / am_blocks_rate_hz(blocks);
    am_simulation *s = am_acquire(allocator, 1, sizeof *s);
    am_status st;

    if (!s)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the dynamics solver");
    s->piece_steps = am_levelgain_steps(am_blocks_rate_hz(blocks));
    s->allocator = allocator;
    s->blocks = blocks;
    s->steps = (am_blocks_count(blocks) + STEP - 1) / STEP;
    s->power = am_acquire(allocator, s->steps + 1, sizeof *s->power);
    s->level = am_acquire(allocator, s->steps + 1, sizeof *s->level);
    s->gain = am_acquire(allocator, s->steps + 1, sizeof *s->gain);
    s->pieces = (s->steps + s->piece_steps - 1) / s->piece_steps;
    s->piece = am_acquire(allocator, s->pieces + 1, sizeof *s->piece);
    s->ride_db = am_acquire(allocator, s->pieces + 1, sizeof *s->ride_db);
    st = s->power && s->level && s->gain && s->piece && s->ride_db ? am_meter_open(s->steps, step_s, allocator, &s->meter, err)
                                         : am_fail(err, AM_ERR_NOMEM, "out of memory for the dynamics solver");
    if (st) {
        am_simulation_close(s);
        return st;
    }
    (void)am_blocks_ride(blocks, NULL, 0, err);
    read_powers(s);
    take_pieces(s);
    take_levels(s);
    *out = s;
    return AM_OK;
}

void am_simulation_close(am_simulation *s)
{
    if (s) {
        am_meter_close(s->meter);
        am_forget(s->allocator, s->power);
        am_forget(s->allocator, s->level);
        am_forget(s->allocator, s->gain);
        am_forget(s->allocator, s->piece);
        am_forget(s->allocator, s->ride_db);
        am_forget(s->allocator, s);
    }
}

/* ------------------------------------------------------------------ run */

static float ride_at(const am_simulation *s, size_t step)
{
    const size_t half = s->piece_steps / 2, before = step < half ? 0 : (step - half) / s->piece_steps;

    if (step < half || before + 1 >= s->pieces)
        return s->ride_db[before];
    return am_levelgain_between(s->ride_db[before], s->ride_db[before + 1], (step - half) % s->piece_steps, s->piece_steps);
}

static double histogram_db(const am_simulation *s, double share)
{
    double total = 0.0, sum = 0.0;

    for (int i = 0; i < BINS; i++)
        total += (double)s->histogram[i];
    for (int i = 0; i < BINS; i++) {
        sum += (double)s->histogram[i];
        if (total > 0.0 && sum >= share * total)
            return i * 0.01;
    }
    return 0.0;
}

/* Over the time above least_lufs, as in the renderer's trace */
static void measure_reduction(am_simulation *s, double least_lufs, am_reduction *out)
{
    float most = 0.0f;

    memset(s->histogram, 0, sizeof s->histogram);
    for (size_t n = 0; n < s->steps; n++) {
        const float change = fabsf(s->gain[n]);
        const size_t bin = (size_t)(change * 100.0f + 0.5f);

        most = change > most ? change : most;
        if ((double)s->level[n] > least_lufs)
            s->histogram[bin < BINS ? bin : BINS - 1]++;
    }
    *out = (am_reduction){ histogram_db(s, 0.50), histogram_db(s, 0.95), histogram_db(s, 0.99), (double)most };
}

/* out[i] = power[i] 10^(gain_db[i] / 10). The exponential by its series at a sixteenth of the exponent: 0.0002 dB off at 24 dB. */
AM_CLONES
static void apply(const float *power, const float *gain_db, float *out, size_t steps)
{
    for (size_t i = 0; i < steps; i++) {
        const double x = (double)gain_db[i] * (2.0 * neper_per_db / 16.0);
        double e = 1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0))));

        e *= e;
        e *= e;
        e *= e;
        e *= e;
        out[i] = (float)((double)power[i] * e);
    }
}

/* Of the leveller, in front of the compressor: levels and powers are behind it. */
static void find_rides(am_simulation *s, const am_leveller *leveller)
{
    am_levelgain gain;

    am_levelgain_init(&gain, leveller, am_blocks_rate_hz(s->blocks));
    for (size_t p = 0; p < s->pieces; p++) {
        const size_t first = p < AM_LEVELGAIN_LATE ? 0 : p - AM_LEVELGAIN_LATE;
        const size_t end = p + AM_LEVELGAIN_LATE + 1 < s->pieces ? p + AM_LEVELGAIN_LATE + 1 : s->pieces;

        s->ride_db[p] = am_levelgain_next(&gain, s->piece + first, end - first);
    }
    for (size_t n = 0; n < s->steps; n++)
        s->gain[n] = ride_at(s, n);
}

void am_simulation_level(am_simulation *s, const am_leveller *leveller, am_reduction *reduction)
{
    (void)am_blocks_ride(s->blocks, NULL, 0, NULL);
    if (s->levels)
        read_powers(s);
    s->levels = leveller->enabled;
    if (s->levels) {
        find_rides(s, leveller);
        apply(s->power, s->gain, s->power, s->steps);
    }
    take_levels(s);
    if (reduction && s->levels)
        measure_reduction(s, leveller->floor_lufs, reduction);
}

static void find_gains(am_simulation *s, const am_compressor *compressor)
{
    am_compgain gain;

    if (!compressor->enabled) {
        memset(s->gain, 0, s->steps * sizeof *s->gain);
        return;
    }
    am_compgain_init(&gain, compressor, am_blocks_rate_hz(s->blocks));
    am_compgain_process(&gain, s->level, s->gain, s->steps);
}

void am_simulation_run(am_simulation *s, const am_compressor *compressor, am_reduction *reduction, am_features *out)
{
    find_gains(s, compressor);
    am_meter_reset(s->meter);
    for (size_t first = 0; first < s->steps; first += CHUNK) {
        const size_t count = s->steps - first < CHUNK ? s->steps - first : CHUNK;
        float powers[CHUNK];

        apply(s->power + first, s->gain + first, powers, count);
        am_meter_add_powers(s->meter, first, powers, count);
    }
    am_meter_read(s->meter, false, out);
    if (reduction)
        measure_reduction(s, compressor->threshold_lufs - AM_COMPGAIN_COUNTS_LU, reduction);
}

double am_simulation_range_lu(am_simulation *s) { return am_meter_range_lu(s->meter); }

am_status am_simulation_press(am_simulation *s, const am_compressor *compressor, am_error *err)
{
    find_gains(s, compressor);
    for (size_t n = 0; n < s->steps && s->levels; n++)
        s->gain[n] += ride_at(s, n);
    return am_blocks_ride(s->blocks, compressor->enabled || s->levels ? s->gain : NULL, s->steps, err);
}

/* ------------------------------------------------------------------ limit */

static void listen(void *context, size_t block, double peak, double power) { am_meter_add(context, block, power, peak); }

am_status am_simulation_limit(const am_blocks *pressed, const am_clip *clip, const am_limiter *limiter, double drive_db, const am_allocator *allocator,
                              am_features *out, am_error *err)
{
    const double block_s = (double)am_blocks_frames(pressed) / am_blocks_rate_hz(pressed);
    am_meter *meter = NULL;
    am_status st = am_meter_open(am_blocks_count(pressed), block_s, allocator, &meter, err);

    if (!st) {
        am_meter_reset(meter);
        st = am_drive_trace(pressed, clip, limiter, drive_db, allocator, listen, meter, err);
    }
    if (!st)
        am_meter_read(meter, true, out);
    am_meter_close(meter);
    return st;
}
