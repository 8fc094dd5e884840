#include "render/compressor.h"

#include <assert.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/fifo.h"
#include "base/memory.h"
#include "dsp/compgain.h"
#include "dsp/explog.h"
#include "dsp/kweight.h"
#include "dsp/simd.h"

enum { CHANNELS = 2, BINS = 4096 };             /* of change of gain, 0.01 dB each */

static const double loud_lufs = -50.0;          /* statistics count from here on, as in the solver's prediction */

typedef struct trace {
    uint32_t count;
    double slice_frames;
    uint64_t histogram[BINS];
    double greatest;                /* dB */
    uint64_t greatest_at;           /* step */
    float slices[AM_OVERVIEW];
} trace;

struct am_compression {
    const am_allocator *allocator;
    uint32_t channels;
    double rate_hz;
    size_t step;                    /* frames */
    am_kweight kweight;
    am_compgain gain;
    float power[AM_COMPGAIN_WINDOW];
    uint64_t steps;                 /* whose power is known */
    size_t measured;                /* frames of waiting whose power is taken */
    float linear;                   /* gain where waiting begins: the middle of a step, or the start */
    am_fifo waiting, ready;
    trace trace;
};

am_status am_compression_open(uint32_t channels, const am_plan *plan, const am_allocator *allocator, am_compression **out, am_error *err)
{
    am_compression *compression;

    assert(channels >= 1 && channels <= CHANNELS);
    compression = am_acquire(allocator, 1, sizeof *compression);
    if (!compression)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the compressor");
    compression->allocator = allocator;
    compression->channels = channels;
    compression->rate_hz = (double)plan->rate_hz;
    compression->step = am_compgain_frames(compression->rate_hz);
    am_kweight_init(&compression->kweight, compression->rate_hz, channels);
    am_compgain_init(&compression->gain, &plan->compressor, compression->rate_hz);
    am_fifo_init(&compression->waiting, channels, allocator);
    am_fifo_init(&compression->ready, channels, allocator);
    *out = compression;
    return AM_OK;
}

/* ------------------------------------------------------------------ gain */

static void note_step(am_compression *compression, uint64_t step, double change_db, bool counts)
{
    trace *t = &compression->trace;
    const double frame = ((double)step + 0.5) * (double)compression->step;
    const size_t slice = t->slice_frames > 0.0 ? (size_t)(frame / t->slice_frames) : 0;

    if (counts)
        t->histogram[change_db * 100.0 < BINS - 1 ? (size_t)(change_db * 100.0 + 0.5) : BINS - 1]++;
    if (change_db > t->greatest) {
        t->greatest = change_db;
        t->greatest_at = step;
    }
    if (slice < t->count && (float)change_db > t->slices[slice])
        t->slices[slice] = (float)change_db;
}

AM_CLONES
static void ramp(const float *restrict in, float *restrict out, size_t frames, float first, float slope)
{
    for (int i = 0; i < (int)frames; i++)
        out[i] = in[i] * (first + slope * (float)i);
}

/* The first frames that wait leave, the gain going from where it is to last. */
static am_status leave(am_compression *compression, size_t frames, float last, am_error *err)
{
    const float first = compression->linear;
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(&compression->ready, frames, write, err);

    if (st || !frames)
        return st;
    am_fifo_peek(&compression->waiting, read);
    for (uint32_t c = 0; c < compression->channels; c++) {
        if (first == 1.0f && last == 1.0f)
            memcpy(write[c], read[c], frames * sizeof *write[c]);
        else
            ramp(read[c], write[c], frames, first, (last - first) / (float)frames);
    }
    am_fifo_commit(&compression->ready, frames);
    am_fifo_drop(&compression->waiting, frames);
    compression->measured -= frames < compression->measured ? frames : compression->measured;
    compression->linear = last;
    return AM_OK;
}

/* The power of one more step is known, so the gain of the step AM_COMPGAIN_LATE before it is. */
static am_status take_power(am_compression *compression, float power, am_error *err)
{
    const size_t held = am_fifo_count(&compression->waiting);
    uint64_t step;
    size_t frames;
    float level, gain_db, linear;

    memmove(compression->power, compression->power + 1, (AM_COMPGAIN_WINDOW - 1) * sizeof power);
    compression->power[AM_COMPGAIN_WINDOW - 1] = power;
    if (++compression->steps <= AM_COMPGAIN_LATE)
        return AM_OK;
    step = compression->steps - 1 - AM_COMPGAIN_LATE;
    level = am_compgain_level(compression->power);
    am_compgain_process(&compression->gain, &level, &gain_db, 1);
    note_step(compression, step, fabs((double)gain_db), (double)level > loud_lufs);
    linear = gain_db == 0.0f ? 1.0f : (float)am_exp((double)gain_db * (1.0 / 8.685889638065036));
    if (step == 0)
        compression->linear = linear;           /* so the gain stands still up to the middle of the first step */
    frames = step == 0 ? compression->step / 2 : compression->step;
    return leave(compression, frames < held ? frames : held, linear, err);
}

static am_status measure(am_compression *compression, size_t frames, am_error *err)
{
    const float *read[AM_FIFO_CHANNELS];
    double energy[CHANNELS] = { 0.0, 0.0 };

    am_fifo_peek(&compression->waiting, read);
    for (uint32_t c = 0; c < compression->channels; c++)
        read[c] += compression->measured;
    am_kweight_energy(&compression->kweight, read, frames, energy);
    if (compression->channels == 1)
        energy[1] = energy[0];                  /* mono is heard from two speakers */
    compression->measured += frames;
    return take_power(compression, (float)((energy[0] + energy[1]) / (double)compression->step), err);
}

/* ------------------------------------------------------------------ stream */

am_status am_compression_push(am_compression *compression, const float *const *channels, size_t frames, am_error *err)
{
    am_status st = am_fifo_append(&compression->waiting, channels, frames, err);

    while (!st && am_fifo_count(&compression->waiting) - compression->measured >= compression->step)
        st = measure(compression, compression->step, err);
    return st;
}

am_status am_compression_finish(am_compression *compression, am_error *err)
{
    const size_t rest = am_fifo_count(&compression->waiting) - compression->measured;
    am_status st = rest ? measure(compression, rest, err) : AM_OK;

    for (int i = 0; i < AM_COMPGAIN_LATE && !st; i++)
        st = take_power(compression, 0.0f, err);
    return st ? st : leave(compression, am_fifo_count(&compression->waiting), compression->linear, err);
}

void am_compression_pull(am_compression *compression, float *const *channels, size_t capacity, size_t *given)
{
    *given = am_fifo_pull(&compression->ready, channels, capacity);
}

void am_compression_close(am_compression *compression)
{
    if (compression) {
        am_fifo_close(&compression->waiting);
        am_fifo_close(&compression->ready);
        am_forget(compression->allocator, compression);
    }
}

/* ------------------------------------------------------------------ trace */

void am_compression_trace(am_compression *compression, uint32_t count, double slice_frames)
{
    compression->trace.count = count < AM_OVERVIEW ? count : AM_OVERVIEW;
    compression->trace.slice_frames = slice_frames;
}

static double histogram_db(const trace *t, double share)
{
    uint64_t total = 0, sum = 0;

    for (int i = 0; i < BINS; i++)
        total += t->histogram[i];
    for (int i = 0; i < BINS; i++) {
        sum += t->histogram[i];
        if (total && (double)sum >= share * (double)total)
            return i * 0.01;
    }
    return 0.0;
}

void am_compression_traced(const am_compression *compression, am_limiter_trace *out)
{
    const trace *t = &compression->trace;

    *out = (am_limiter_trace){ .count = t->count };
    memcpy(out->reduction_db, t->slices, t->count * sizeof *t->slices);
    out->p50_db = histogram_db(t, 0.50);
    out->p95_db = histogram_db(t, 0.95);
    out->max_db = t->greatest;
    out->max_s = ((double)t->greatest_at + 0.5) * (double)compression->step / compression->rate_hz;
}
