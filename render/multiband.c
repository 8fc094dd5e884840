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

/* One band, or several side by side that are left alone alike */
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
    uint32_t edges;                 /* between parts, which are one more */
    part parts[AM_REGIONS];
    am_split *split;
    size_t reach;
    am_fifo waiting;                /* reach frames that have left, then those that are split, then the next */
    am_fifo low[AM_SPLIT_EDGES];    /* of those that are split */
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

static bool alike(const am_multiband *multiband, int band)
{
    const double *ratio = multiband->ratio + band, *makeup_db = multiband->makeup_db + band;

    return ratio[0] == 1.0 && ratio[1] == 1.0 && makeup_db[0] == makeup_db[1];
}

/* Writes the edges that are needed, and the parts. */
static void divide(am_bands *bands, const am_multiband *multiband, double *needed_hz)
{
    for (int b = 0; b < AM_REGIONS; b++) {
        const bool last = b == AM_SPLIT_EDGES || region_hz[b + 1] >= highest * bands->rate_hz;
        const am_compressor curve = am_compgain_of_band(multiband, b);
        part *p = &bands->parts[bands->edges];

        if (!last && alike(multiband, b))
            continue;
        *p = (part){ .compresses = curve.ratio != 1.0, .makeup_db = (float)multiband->makeup_db[b] };
        am_compgain_init(&p->gain, &curve, bands->rate_hz);
        if (last)
            return;
        needed_hz[bands->edges++] = region_hz[b + 1];
    }
}

am_status am_bands_open(const am_multiband *multiband, double rate_hz, uint32_t channels, const am_allocator *allocator,
                        am_bands **out, am_error *err)
{
    double needed_hz[AM_SPLIT_EDGES] = { 0.0 };
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
    divide(bands, multiband, needed_hz);
    am_fifo_init(&bands->waiting, channels, allocator);
    for (uint32_t k = 0; k < bands->edges; k++)
        am_fifo_init(&bands->low[k], channels, allocator);
    st = am_split_open(needed_hz, bands->edges, rate_hz, allocator, &bands->split, err);
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
static void scale(const float *restrict in, float *restrict out, size_t frames, float first, float slope)
{
    for (int i = 0; i < (int)frames; i++)
        out[i] = in[i] * (first + slope * (float)i);
}

AM_CLONES
static void add(const float *restrict in, float *restrict out, size_t frames, float first, float slope)
{
    for (int i = 0; i < (int)frames; i++)
        out[i] += in[i] * (first + slope * (float)i);
}

static bool all_unity(const am_bands *bands, const float *linear)
{
    for (uint32_t p = 0; p <= bands->edges; p++)
        if (bands->parts[p].linear != 1.0f || linear[p] != 1.0f)
            return false;
    return true;
}

static void mix(const am_bands *bands, const float *linear, uint32_t channel, float *out, size_t frames)
{
    const float *read[AM_FIFO_CHANNELS];

    am_fifo_peek(&bands->waiting, read);
    for (uint32_t k = bands->edges + 1; k-- > 0;) {
        float first = bands->parts[k].linear, last = linear[k];

        if (k == bands->edges) {
            scale(read[channel] + bands->reach, out, frames, first, (last - first) / (float)frames);
            continue;
        }
        first -= bands->parts[k + 1].linear;
        last -= linear[k + 1];
        am_fifo_peek(&bands->low[k], read);
        if (first != 0.0f || last != 0.0f)
            add(read[channel], out, frames, first, (last - first) / (float)frames);
    }
}

/* The first frames that are split leave, the gains going from where they are to linear. */
static am_status leave(am_bands *bands, size_t frames, const float *linear, am_fifo *into, am_error *err)
{
    const bool same = all_unity(bands, linear);
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(into, frames, write, err);

    if (st || !frames)
        return st;
    am_fifo_peek(&bands->waiting, read);
    for (uint32_t c = 0; c < bands->channels; c++) {
        if (same)
            memcpy(write[c], read[c] + bands->reach, frames * sizeof *write[c]);
        else
            mix(bands, linear, c, write[c], frames);
    }
    am_fifo_commit(into, frames);
    am_fifo_drop(&bands->waiting, frames);
    for (uint32_t k = 0; k < bands->edges; k++)
        am_fifo_drop(&bands->low[k], frames);
    bands->ahead -= frames;
    bands->measured -= frames < bands->measured ? frames : bands->measured;
    for (uint32_t p = 0; p <= bands->edges; p++)
        bands->parts[p].linear = linear[p];
    return AM_OK;
}

static void find_gains(am_bands *bands, uint64_t step, float *linear)
{
    const double middle = ((double)step + 0.5) * (double)bands->step;
    double most_db = 0.0;

    for (uint32_t k = 0; k <= bands->edges; k++) {
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

    for (uint32_t p = 0; p <= bands->edges; p++)
        slide(bands->parts[p].power, part_power[p]);
    slide(bands->power, power);
    if (++bands->steps <= AM_COMPGAIN_LATE)
        return AM_OK;
    step = bands->steps - 1 - AM_COMPGAIN_LATE;
    find_gains(bands, step, linear);
    for (uint32_t p = 0; step == 0 && p <= bands->edges; p++)
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

AM_CLONES
static float energy_between(const float *x, const float *low, size_t frames)
{
    float sum[LANES] = { 0.0f };

    for (size_t i = 0; i + LANES <= frames; i += LANES)
        for (size_t j = 0; j < LANES; j++) {
            const float band = x[i + j] - low[i + j];

            sum[j] += band * band;
        }
    for (size_t i = frames - frames % LANES, j = 0; i < frames; i++, j++)
        sum[j] += (x[i] - low[i]) * (x[i] - low[i]);
    return am_fold8(sum);
}

static am_status measure(am_bands *bands, size_t frames, am_fifo *into, am_error *err)
{
    const double weight = (bands->channels == 1 ? 2.0 : 1.0) / (double)bands->step;     /* mono is heard from two speakers */
    double part_energy[AM_REGIONS] = { 0.0 }, whole = 0.0;
    float part_power[AM_REGIONS];
    const float *read[AM_FIFO_CHANNELS];

    for (uint32_t c = 0; c < bands->channels; c++) {
        const float *below = NULL;

        for (uint32_t p = 0; p <= bands->edges; p++) {
            const float *upto;

            am_fifo_peek(p < bands->edges ? &bands->low[p] : &bands->waiting, read);
            upto = read[c] + bands->measured + (p < bands->edges ? 0 : bands->reach);
            if (bands->parts[p].compresses)
                part_energy[p] += (double)(below ? energy_between(upto, below, frames) : energy(upto, frames));
            below = upto;
        }
        whole += (double)energy(below, frames);
    }
    for (uint32_t p = 0; p <= bands->edges; p++)
        part_power[p] = (float)(weight * part_energy[p]);
    bands->measured += frames;
    return take_powers(bands, part_power, (float)(weight * whole), into, err);
}

/* ------------------------------------------------------------------ stream */

/* A block of what waits is split; keep the first of it (all but at the very end). */
static am_status split(am_bands *bands, size_t keep, am_fifo *into, am_error *err)
{
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_SPLIT_EDGES][AM_FIFO_CHANNELS];
    am_status st = AM_OK;

    for (uint32_t k = 0; k < bands->edges && !st; k++)
        st = am_fifo_reserve(&bands->low[k], am_split_block(bands->split), write[k], err);
    if (st)
        return st;
    am_fifo_peek(&bands->waiting, read);
    for (uint32_t c = 0; c < bands->channels; c++) {
        float *low[AM_SPLIT_EDGES] = { NULL };

        for (uint32_t k = 0; k < bands->edges; k++)
            low[k] = write[k][c];
        am_split_run(bands->split, read[c] + bands->reach + bands->ahead, low);
    }
    for (uint32_t k = 0; k < bands->edges; k++)
        am_fifo_commit(&bands->low[k], keep);
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
    for (uint32_t p = 0; p <= bands->edges; p++)
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
        for (uint32_t k = 0; k < bands->edges; k++)
            am_fifo_close(&bands->low[k]);
        am_forget(bands->allocator, bands);
    }
}
