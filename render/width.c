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
    am_fifo waiting;                /* left, right, side: reach frames before the next one, then it and what follows */
};

bool am_side_needed(const am_width *width)
{
    for (int k = 0; width->enabled && k < AM_BANDS; k++)
        if (width->side_db[k] != 0.0)
            return true;
    return false;
}

static size_t reach_for(double rate_hz)
{
    size_t length = 32;

    while ((double)length * 50000.0 < 256.0 * rate_hz)
        length *= 2;
    return length - 1;
}

am_status am_side_open(const am_width *width, double rate_hz, const am_allocator *allocator, am_side **out, am_error *err)
{
    am_side *side = am_acquire(allocator, 1, sizeof *side);
    am_status st = AM_OK;

    if (!side)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the width");
    side->allocator = allocator;
    side->reach = reach_for(rate_hz);
    side->half = am_acquire(allocator, side->reach + 1, sizeof *side->half);
    am_fifo_init(&side->waiting, 3, allocator);
    if (!side->half)
        st = am_fail(err, AM_ERR_NOMEM, "out of memory for the width");
    if (!st)
        st = am_fir_design(width->side_db, rate_hz, side->half, side->reach, allocator, err);
    if (!st)
        st = am_fifo_zeros(&side->waiting, side->reach, err);
    if (st) {
        am_side_close(side);
        return st;
    }
    side->half[0] -= 0.5f;
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

static am_status filter_ready(am_side *side, am_fifo *into, am_error *err)
{
    const size_t held = am_fifo_count(&side->waiting), reach = side->reach, ready = held > 2 * reach ? held - 2 * reach : 0;
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(into, ready, write, err);

    if (st || !ready)
        return st;
    am_fifo_peek(&side->waiting, read);
    am_fir_symmetric(side->half, reach, read[2] + reach, write[1], ready);
    spread(read[0] + reach, read[1] + reach, write[0], write[1], ready);
    am_fifo_commit(into, ready);
    am_fifo_drop(&side->waiting, ready);
    return AM_OK;
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
    const am_status st = am_fifo_zeros(&side->waiting, side->reach, err);

    return st ? st : filter_ready(side, into, err);
}

void am_side_close(am_side *side)
{
    if (side) {
        am_fifo_close(&side->waiting);
        am_forget(side->allocator, side->half);
        am_forget(side->allocator, side);
    }
}
