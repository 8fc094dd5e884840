#include "render/width.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "dsp/fir.h"
#include "dsp/simd.h"

struct am_side {
    const am_allocator *allocator;
    size_t reach;                   /* coefficients on each side of the middle one */
    float *half;                    /* of h - 1, the middle one halved */
    am_convolver *convolver;        /* takes the place of the direct sum where that is long; else NULL */
    size_t history;                 /* frames before the next one that the filter reads */
    am_fifo waiting;                /* left, right, side: history, then the next frame and what follows */
};

bool am_side_needed(const am_width *width)
{
    for (int k = 0; width->enabled && k < AM_BANDS; k++)
        if (width->side_db[k] != 0.0)
            return true;
    return false;
}

enum { longest_direct = 512 };     /* beyond this many coefficients a side fast convolution is faster */

static size_t reach_for(double rate_hz, double length_ms)
{
    size_t length = 32;

    while ((double)length < 0.5e-3 * length_ms * rate_hz)
        length *= 2;
    return length - 1;
}

static am_status open_convolver(am_side *side, am_error *err)
{
    const size_t reach = side->reach, taps = 2 * (reach + 1);
    float *kernel = am_acquire(side->allocator, taps, sizeof *kernel);
    am_status st;

    if (!kernel)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the width");
    for (size_t n = 0; n <= reach; n++)
        kernel[reach + n] = kernel[reach - n] = (n ? 1.0f : 2.0f) * side->half[n];
    side->history = taps - reach;
    st = am_convolver_open(kernel, taps, side->allocator, &side->convolver, err);
    am_forget(side->allocator, kernel);
    return st;
}

am_status am_side_open(const am_width *width, double rate_hz, const am_allocator *allocator, am_side **out, am_error *err)
{
    am_side *side = am_acquire(allocator, 1, sizeof *side);
    am_status st = AM_OK;

    if (!side)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the width");
    side->allocator = allocator;
    side->reach = side->history = reach_for(rate_hz, width->length_ms);
    side->half = am_acquire(allocator, side->reach + 1, sizeof *side->half);
    am_fifo_init(&side->waiting, 3, allocator);
    if (!side->half)
        st = am_fail(err, AM_ERR_NOMEM, "out of memory for the width");
    if (!st)
        st = am_fir_design(width->side_db, rate_hz, side->half, side->reach, allocator, err);
    if (!st)
        side->half[0] -= 0.5f;
    if (!st && side->reach >= longest_direct)
        st = open_convolver(side, err);
    if (!st)
        st = am_fifo_zeros(&side->waiting, side->history, err);
    if (st) {
        am_side_close(side);
        return st;
    }
    *out = side;
    return AM_OK;
}

AM_CLONES static void difference(const float *restrict left, const float *restrict right, float *restrict side, size_t frames)
{
    for (size_t n = 0; n < frames; n++)
        side[n] = 0.5f * (left[n] - right[n]);
}

/* change is right_out. */
AM_CLONES static void spread(const float *restrict left, const float *restrict right, float *restrict left_out,
                             float *restrict right_out, size_t frames)
{
    for (size_t n = 0; n < frames; n++) {
        const float change = right_out[n];

        left_out[n] = left[n] + change;
        right_out[n] = right[n] - change;
    }
}

/* Filter frames of what waits; keep the first of them (all but at the very end). */
static am_status filter(am_side *side, size_t frames, size_t keep, am_fifo *into, am_error *err)
{
    const size_t at = side->history;
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(into, frames, write, err);

    if (st)
        return st;
    am_fifo_peek(&side->waiting, read);
    if (side->convolver)
        am_convolver_run(side->convolver, read[2] + at + side->reach, write[1]);
    else
        am_fir_symmetric(side->half, side->reach, read[2] + at, write[1], frames);
    spread(read[0] + at, read[1] + at, write[0], write[1], keep);
    am_fifo_commit(into, keep);
    am_fifo_drop(&side->waiting, frames);
    return AM_OK;
}

/* Frames that have all of their past and future */
static size_t frames_ready(const am_side *side)
{
    const size_t held = am_fifo_count(&side->waiting), around = side->history + side->reach;

    return held > around ? held - around : 0;
}

static am_status filter_ready(am_side *side, am_fifo *into, am_error *err)
{
    const size_t ready = frames_ready(side), step = side->convolver ? am_convolver_step(side->convolver) : ready;
    am_status st = AM_OK;

    for (size_t done = 0; ready && !st && done + step <= ready; done += step)
        st = filter(side, step, step, into, err);
    return st;
}

am_status am_side_push(am_side *side, const float *const *channels, size_t frames, am_fifo *into, am_error *err)
{
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(&side->waiting, frames, write, err);

    if (st || !frames)
        return st;
    memcpy(write[0], channels[0], frames * sizeof(float));
    memcpy(write[1], channels[1], frames * sizeof(float));
    difference(channels[0], channels[1], write[2], frames);
    am_fifo_commit(&side->waiting, frames);
    return filter_ready(side, into, err);
}

am_status am_side_finish(am_side *side, am_fifo *into, am_error *err)
{
    size_t rest;
    am_status st = am_fifo_zeros(&side->waiting, side->reach, err);

    if (!st)
        st = filter_ready(side, into, err);
    rest = frames_ready(side);
    if (st || !rest)
        return st;
    st = am_fifo_zeros(&side->waiting, am_convolver_step(side->convolver) - rest, err);
    return st ? st : filter(side, am_convolver_step(side->convolver), rest, into, err);
}

void am_side_close(am_side *side)
{
    if (side) {
        am_convolver_close(side->convolver);
        am_fifo_close(&side->waiting);
        am_forget(side->allocator, side->half);
        am_forget(side->allocator, side);
    }
}
