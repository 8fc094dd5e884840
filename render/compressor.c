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
#include "dsp/levelgain.h"
#include "dsp/simd.h"
#include "render/steptrace.h"

enum { CHANNELS = 2, RIDES = AM_COMPGAIN_LATE + 1 };

static const double db_per_neper = 8.685889638065036;

/* The leveller hears 1.5 s ahead: steps wait in powers until the gain of the piece that begins in their middle is known. */
typedef struct riding {
    am_levelgain gain;
    size_t steps;                   /* to a piece */
    float piece[AM_LEVELGAIN_WINDOW];   /* powers of the pieces around the next whose gain is asked for */
    size_t count, before;           /* of them there are, and lie in front of it */
    double sum;                     /* of the piece that is open */
    size_t filled;
    bool began;
    float gain_db;                  /* in the middle of the last piece whose gain is known */
    am_fifo powers;
} riding;

struct am_compression {
    const am_allocator *allocator;
    uint32_t channels;
    double rate_hz;
    size_t step;                    /* frames */
    am_kweight kweight;
    bool levels, compresses;
    riding ride;
    am_compgain gain;
    float power[AM_COMPGAIN_WINDOW];    /* behind the leveller */
    float ride_db[RIDES];
    uint64_t steps;                 /* whose power is known */
    size_t measured;                /* frames of waiting whose power is taken */
    float linear;                   /* gain where waiting begins: the middle of a step, or the start */
    am_fifo waiting, ready;
    am_steptrace levelled, compressed;
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
    compression->levels = plan->leveller.enabled;
    compression->compresses = plan->compressor.enabled;
    am_levelgain_init(&compression->ride.gain, &plan->leveller, compression->rate_hz);
    compression->ride.steps = am_levelgain_steps(compression->rate_hz);
    am_fifo_init(&compression->ride.powers, 1, allocator);
    am_compgain_init(&compression->gain, &plan->compressor, compression->rate_hz);
    am_fifo_init(&compression->waiting, channels, allocator);
    am_fifo_init(&compression->ready, channels, allocator);
    *out = compression;
    return AM_OK;
}

/* ------------------------------------------------------------------ gain */

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

static float gain_of(am_compression *compression, uint64_t step)
{
    const float ride_db = compression->ride_db[0], level = am_compgain_level(compression->power);
    const double middle = ((double)step + 0.5) * (double)compression->step;
    float gain_db = 0.0f;

    if (compression->compresses)
        am_compgain_process(&compression->gain, &level, &gain_db, 1);
    am_steptrace_note(&compression->levelled, middle, (double)ride_db, (double)level > compression->ride.gain.curve.floor_lufs);
    am_steptrace_note(&compression->compressed, middle, (double)gain_db, (double)level > compression->gain.curve.threshold_lufs - AM_COMPGAIN_COUNTS_LU);
    gain_db += ride_db;
    return gain_db == 0.0f ? 1.0f : (float)am_exp((double)gain_db / db_per_neper);
}

/* The power of one more step is known, so the gain of the step AM_COMPGAIN_LATE before it is. */
static am_status compress(am_compression *compression, float power, float ride_db, am_error *err)
{
    const size_t held = am_fifo_count(&compression->waiting);
    uint64_t step;
    size_t frames;
    float linear;

    memmove(compression->power, compression->power + 1, (AM_COMPGAIN_WINDOW - 1) * sizeof power);
    memmove(compression->ride_db, compression->ride_db + 1, (RIDES - 1) * sizeof ride_db);
    compression->power[AM_COMPGAIN_WINDOW - 1] = power;
    compression->ride_db[RIDES - 1] = ride_db;
    if (++compression->steps <= AM_COMPGAIN_LATE)
        return AM_OK;
    step = compression->steps - 1 - AM_COMPGAIN_LATE;
    linear = gain_of(compression, step);
    if (step == 0)
        compression->linear = linear;           /* so the gain stands still up to the middle of the first step */
    frames = step == 0 ? compression->step / 2 : compression->step;
    return leave(compression, frames < held ? frames : held, linear, err);
}

/* ------------------------------------------------------------------ leveller */

/* Steps on the way to gain_db, as many as wait but at most a piece, go on. */
static am_status release(am_compression *compression, size_t steps, float gain_db, am_error *err)
{
    riding *r = &compression->ride;
    am_status st = AM_OK;

    for (size_t i = 0; i < steps && am_fifo_count(&r->powers) && !st; i++) {
        const float ride_db = r->began ? am_levelgain_between(r->gain_db, gain_db, i, r->steps) : gain_db;
        const float *power[AM_FIFO_CHANNELS];

        am_fifo_peek(&r->powers, power);
        st = compress(compression, power[0][0] * (float)am_exp((double)ride_db * 2.0 / db_per_neper), ride_db, err);
        am_fifo_drop(&r->powers, 1);
    }
    r->gain_db = gain_db;
    r->began = true;
    return st;
}

/* The pieces around the next one are there, so its gain is known. */
static am_status ride_on(am_compression *compression, am_error *err)
{
    riding *r = &compression->ride;
    const float gain_db = am_levelgain_next(&r->gain, r->piece, r->count);

    if (r->before < AM_LEVELGAIN_LATE)
        r->before++;
    else
        memmove(r->piece, r->piece + 1, --r->count * sizeof *r->piece);
    return release(compression, r->began ? r->steps : r->steps / 2, gain_db, err);
}

static am_status close_piece(am_compression *compression, am_error *err)
{
    riding *r = &compression->ride;

    r->piece[r->count++] = (float)(r->sum / (double)r->filled);
    r->sum = 0.0;
    r->filled = 0;
    return r->count > r->before + AM_LEVELGAIN_LATE ? ride_on(compression, err) : AM_OK;
}

static am_status take_power(am_compression *compression, float power, am_error *err)
{
    riding *r = &compression->ride;
    const float *const one[] = { &power };
    am_status st;

    if (!compression->levels)
        return compress(compression, power, 0.0f, err);
    st = am_fifo_append(&r->powers, one, 1, err);
    r->sum += (double)power;
    return !st && ++r->filled == r->steps ? close_piece(compression, err) : st;
}

/* What waits for pieces that will not come */
static am_status finish_ride(am_compression *compression, am_error *err)
{
    riding *r = &compression->ride;
    am_status st = r->filled ? close_piece(compression, err) : AM_OK;

    while (!st && r->count > r->before)
        st = ride_on(compression, err);
    return st ? st : release(compression, am_fifo_count(&r->powers), r->gain_db, err);
}

/* ------------------------------------------------------------------ level */

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

    if (!st && compression->levels)
        st = finish_ride(compression, err);
    for (int i = 0; i < AM_COMPGAIN_LATE && !st; i++)
        st = compress(compression, 0.0f, compression->ride_db[RIDES - 1], err);
    return st ? st : leave(compression, am_fifo_count(&compression->waiting), compression->linear, err);
}

void am_compression_pull(am_compression *compression, float *const *channels, size_t capacity, size_t *given)
{
    *given = am_fifo_pull(&compression->ready, channels, capacity);
}

void am_compression_close(am_compression *compression)
{
    if (compression) {
        am_fifo_close(&compression->ride.powers);
        am_fifo_close(&compression->waiting);
        am_fifo_close(&compression->ready);
        am_forget(compression->allocator, compression);
    }
}

/* ------------------------------------------------------------------ trace */

void am_compression_trace(am_compression *compression, uint32_t count, double slice_frames)
{
    am_steptrace_slice(&compression->levelled, count, slice_frames);
    am_steptrace_slice(&compression->compressed, count, slice_frames);
}

void am_compression_traced(const am_compression *compression, am_limiter_trace *leveller, am_limiter_trace *compressor)
{
    *leveller = *compressor = (am_limiter_trace){ 0 };
    if (compression->levels)
        am_steptrace_read(&compression->levelled, compression->rate_hz, leveller);
    if (compression->compresses)
        am_steptrace_read(&compression->compressed, compression->rate_hz, compressor);
}
