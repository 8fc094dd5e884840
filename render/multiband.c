#include "render/multiband.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "dsp/compgain.h"
#include "dsp/explog.h"
#include "dsp/simd.h"
#include "dsp/split.h"
#include "render/steptrace.h"

enum { CHANNELS = 2, LANES = 8 };

static const double region_hz[AM_REGIONS + 1] = AM_REGION_HZ;
static const double highest = 0.45;             /* edge, of the rate */
static const double db_per_neper = 8.685889638065036;
static const float loud_db = -50.0f;

/* A band that is not left alone */
typedef struct part {
    bool compresses;
    float makeup_db;
    am_compgain gain;
    float power[AM_COMPGAIN_WINDOW];
    float linear;                   /* gain where waiting begins: the middle of a step, or the start */
} part;

struct am_bands {
    const am_allocator *allocator;
    uint32_t channels;
    double rate_hz;
    size_t step;                    /* frames */
    uint32_t count;
    part parts[AM_REGIONS];
    am_split *split;
    size_t reach;
    am_fifo waiting;                /* reach frames that have left, then those that are split, then the next */
    am_fifo split_off[AM_REGIONS];  /* the parts of those that are split */
    size_t ahead;                   /* frames that are split */
    size_t measured;                /* of them, those whose power is taken */
    float power[AM_COMPGAIN_WINDOW];    /* of all bands */
    uint64_t steps;                 /* whose power is known */
    am_steptrace trace;
};

bool am_bands_needed(const am_multiband *multiband)
{
    for (int b = 0; multiband->enabled && b < AM_REGIONS; b++)
        if (multiband->ratio[b] != 1.0 || multiband->makeup_db[b] != 0.0)
            return true;
    return false;
}

/* ------------------------------------------------------------------ open */

static void list_parts(am_bands *bands, const am_multiband *multiband, am_split_band *where)
{
    bool last = false;

    for (int b = 0; b < AM_REGIONS && !last; b++) {
        const am_compressor curve = am_compgain_of_band(multiband, b);
        part *p = &bands->parts[bands->count];

        last = b == AM_REGIONS - 1 || region_hz[b + 1] >= highest * bands->rate_hz;
        if (curve.ratio == 1.0 && multiband->makeup_db[b] == 0.0)
            continue;
        *p = (part){ .compresses = curve.ratio != 1.0, .makeup_db = (float)multiband->makeup_db[b] };
        am_compgain_init(&p->gain, &curve, bands->rate_hz);
        where[bands->count++] = (am_split_band){ b ? region_hz[b] : 0.0, last ? INFINITY : region_hz[b + 1] };
    }
}

am_status am_bands_open(const am_multiband *multiband, double rate_hz, uint32_t channels, const am_allocator *allocator,
                        am_bands **out, am_error *err)
{
    am_split_band where[AM_REGIONS];
    am_bands *bands;
    am_status st;

    assert(channels >= 1 && channels <= CHANNELS);
    bands = am_acquire(allocator, 1, sizeof *bands);
    if (!bands)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the bands");
    bands->allocator = allocator;
    bands->channels = channels;
    bands->rate_hz = rate_hz;
    bands->step = am_compgain_frames(rate_hz);
    list_parts(bands, multiband, where);
    am_fifo_init(&bands->waiting, channels, allocator);
    for (uint32_t k = 0; k < bands->count; k++)
        am_fifo_init(&bands->split_off[k], channels, allocator);
    st = am_split_open(where, bands->count, rate_hz, allocator, &bands->split, err);
    if (!st) {
        bands->reach = am_split_reach(bands->split);
        st = am_fifo_zeros(&bands->waiting, bands->reach, err);
    }
    if (st) {
        am_bands_close(bands);
        return st;
    }
    *out = bands;
    return AM_OK;
}

/* ------------------------------------------------------------------ gain */

AM_CLONES
static void add(const float *restrict in, float *restrict out, size_t frames, float first, float slope)
{
    for (int i = 0; i < (int)frames; i++)
        out[i] += in[i] * (first + slope * (float)i);
}

/* The signal, and of each part what its gain adds to it or takes off */
static void mix(const am_bands *bands, const float *linear, uint32_t channel, float *out, size_t frames)
{
    const float *read[AM_FIFO_CHANNELS];

    am_fifo_peek(&bands->waiting, read);
    memcpy(out, read[channel] + bands->reach, frames * sizeof *out);
    for (uint32_t k = 0; k < bands->count; k++) {
        const float first = bands->parts[k].linear - 1.0f, last = linear[k] - 1.0f;

        am_fifo_peek(&bands->split_off[k], read);
        if (first != 0.0f || last != 0.0f)
            add(read[channel], out, frames, first, (last - first) / (float)frames);
    }
}

/* The first frames that are split leave, the gains going from where they are to linear. */
static am_status leave(am_bands *bands, size_t frames, const float *linear, am_fifo *into, am_error *err)
{
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(into, frames, write, err);

    if (st || !frames)
        return st;
    for (uint32_t c = 0; c < bands->channels; c++)
        mix(bands, linear, c, write[c], frames);
    am_fifo_commit(into, frames);
    am_fifo_drop(&bands->waiting, frames);
    for (uint32_t k = 0; k < bands->count; k++)
        am_fifo_drop(&bands->split_off[k], frames);
    bands->ahead -= frames;
    bands->measured -= frames < bands->measured ? frames : bands->measured;
    for (uint32_t p = 0; p < bands->count; p++)
        bands->parts[p].linear = linear[p];
    return AM_OK;
}

static void find_gains(am_bands *bands, uint64_t step, float *linear)
{
    const double middle = ((double)step + 0.5) * (double)bands->step;
    double most_db = 0.0;

    for (uint32_t k = 0; k < bands->count; k++) {
        part *p = &bands->parts[k];
        const float level = am_compgain_band_level(p->power);
        float gain_db = 0.0f;

        if (p->compresses)
            am_compgain_process(&p->gain, &level, &gain_db, 1);
        if (fabs((double)gain_db) > most_db)
            most_db = fabs((double)gain_db);
        gain_db += p->makeup_db;
        linear[k] = gain_db == 0.0f ? 1.0f : (float)am_exp((double)gain_db / db_per_neper);
    }
    am_steptrace_note(&bands->trace, middle, -most_db, am_compgain_band_level(bands->power) > loud_db);
}

static void slide(float *window, float power)
{
    memmove(window, window + 1, (AM_COMPGAIN_WINDOW - 1) * sizeof *window);
    window[AM_COMPGAIN_WINDOW - 1] = power;
}

/* The powers of one more step are known, so the gains of the step AM_COMPGAIN_LATE before it are. */
static am_status take_powers(am_bands *bands, const float *part_power, float power, am_fifo *into, am_error *err)
{
    float linear[AM_REGIONS] = { 0.0f };
    uint64_t step;
    size_t frames;

    for (uint32_t p = 0; p < bands->count; p++)
        slide(bands->parts[p].power, part_power[p]);
    slide(bands->power, power);
    if (++bands->steps <= AM_COMPGAIN_LATE)
        return AM_OK;
    step = bands->steps - 1 - AM_COMPGAIN_LATE;
    find_gains(bands, step, linear);
    for (uint32_t p = 0; step == 0 && p < bands->count; p++)
        bands->parts[p].linear = linear[p];     /* so the gains stand still up to the middle of the first step */
    frames = step == 0 ? bands->step / 2 : bands->step;
    return leave(bands, frames < bands->ahead ? frames : bands->ahead, linear, into, err);
}

/* ------------------------------------------------------------------ level */

AM_CLONES
static float energy(const float *x, size_t frames)
{
    float sum[LANES] = { 0.0f };

    for (size_t i = 0; i + LANES <= frames; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            sum[j] += x[i + j] * x[i + j];
    for (size_t i = frames - frames % LANES, j = 0; i < frames; i++, j++)
        sum[j] += x[i] * x[i];
    return am_fold8(sum);
}

/* Of all channels, frames that wait from there on */
static double energy_of(const am_bands *bands, const am_fifo *waiting, size_t from, size_t frames)
{
    const float *read[AM_FIFO_CHANNELS];
    double sum = 0.0;

    am_fifo_peek(waiting, read);
    for (uint32_t c = 0; c < bands->channels; c++)
        sum += (double)energy(read[c] + from, frames);
    return sum;
}

static am_status measure(am_bands *bands, size_t frames, am_fifo *into, am_error *err)
{
    const double weight = (bands->channels == 1 ? 2.0 : 1.0) / (double)bands->step;     /* mono is heard from two speakers */
    const double whole = weight * energy_of(bands, &bands->waiting, bands->reach + bands->measured, frames);
    float part_power[AM_REGIONS] = { 0.0f };

    for (uint32_t p = 0; p < bands->count; p++)
        if (bands->parts[p].compresses)
            part_power[p] = (float)(weight * energy_of(bands, &bands->split_off[p], bands->measured, frames));
    bands->measured += frames;
    return take_powers(bands, part_power, (float)whole, into, err);
}

/* ------------------------------------------------------------------ stream */

/* A block of what waits is split; keep the first of it (all but at the very end). */
static am_status split(am_bands *bands, size_t keep, am_fifo *into, am_error *err)
{
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_REGIONS][AM_FIFO_CHANNELS];
    am_status st = AM_OK;

    for (uint32_t k = 0; k < bands->count && !st; k++)
        st = am_fifo_reserve(&bands->split_off[k], am_split_block(bands->split), write[k], err);
    if (st)
        return st;
    am_fifo_peek(&bands->waiting, read);
    for (uint32_t c = 0; c < bands->channels; c++) {
        float *part_of[AM_REGIONS] = { NULL };

        for (uint32_t k = 0; k < bands->count; k++)
            part_of[k] = write[k][c];
        am_split_run(bands->split, read[c] + bands->reach + bands->ahead, part_of);
    }
    for (uint32_t k = 0; k < bands->count; k++)
        am_fifo_commit(&bands->split_off[k], keep);
    bands->ahead += keep;
    while (!st && bands->measured < bands->ahead) {
        const size_t rest = bands->ahead - bands->measured;

        st = measure(bands, rest < bands->step ? rest : bands->step, into, err);
    }
    return st;
}

am_status am_bands_push(am_bands *bands, const float *const *channels, size_t frames, am_fifo *into, am_error *err)
{
    const size_t block = am_split_block(bands->split);
    am_status st = am_fifo_append(&bands->waiting, channels, frames, err);

    while (!st && am_fifo_count(&bands->waiting) >= bands->reach + bands->ahead + block + bands->reach)
        st = split(bands, block, into, err);
    return st;
}

am_status am_bands_finish(am_bands *bands, am_fifo *into, am_error *err)
{
    const size_t block = am_split_block(bands->split);
    const float silence[AM_REGIONS] = { 0.0f };
    float linear[AM_REGIONS] = { 0.0f };
    size_t rest = am_fifo_count(&bands->waiting) - bands->reach - bands->ahead;
    am_status st = am_fifo_zeros(&bands->waiting, block + bands->reach, err);

    for (size_t keep; rest && !st; rest -= keep) {
        keep = rest < block ? rest : block;
        st = split(bands, keep, into, err);
    }
    for (int i = 0; i < AM_COMPGAIN_LATE && !st; i++)
        st = take_powers(bands, silence, 0.0f, into, err);
    for (uint32_t p = 0; p < bands->count; p++)
        linear[p] = bands->parts[p].linear;
    return st ? st : leave(bands, bands->ahead, linear, into, err);
}

void am_bands_trace(am_bands *bands, uint32_t count, double slice_frames)
{
    am_steptrace_slice(&bands->trace, count, slice_frames);
}

void am_bands_traced(const am_bands *bands, am_limiter_trace *out)
{
    am_steptrace_read(&bands->trace, bands->rate_hz, out);
}

void am_bands_close(am_bands *bands)
{
    if (bands) {
        am_split_close(bands->split);
        am_fifo_close(&bands->waiting);
        for (uint32_t k = 0; k < bands->count; k++)
            am_fifo_close(&bands->split_off[k]);
        am_forget(bands->allocator, bands);
    }
}
