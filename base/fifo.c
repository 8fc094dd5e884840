#include "base/fifo.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

void am_fifo_init(am_fifo *fifo, uint32_t channels, const am_allocator *allocator)
{
    assert(channels >= 1 && channels <= AM_FIFO_CHANNELS);
    *fifo = (am_fifo){ .allocator = allocator, .channels = channels };
}

void am_fifo_close(am_fifo *fifo)
{
    for (uint32_t c = 0; c < AM_FIFO_CHANNELS; c++)
        am_forget(fifo->allocator, fifo->data[c]);
    *fifo = (am_fifo){ 0 };
}

static am_status grow(am_fifo *fifo, size_t frames, am_error *err)
{
    const size_t held = fifo->end - fifo->begin, wanted = held + frames, capacity = wanted + wanted / 2 + 64;
    float *data[AM_FIFO_CHANNELS] = { NULL };

    if (frames > SIZE_MAX / 4 - held)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for audio");
    for (uint32_t c = 0; c < fifo->channels; c++) {
        data[c] = am_acquire(fifo->allocator, capacity, sizeof(float));
        if (!data[c]) {
            while (c-- > 0)
                am_forget(fifo->allocator, data[c]);
            return am_fail(err, AM_ERR_NOMEM, "out of memory for %zu frames of audio", capacity);
        }
    }
    for (uint32_t c = 0; c < fifo->channels; c++) {
        if (held)
            memcpy(data[c], fifo->data[c] + fifo->begin, held * sizeof(float));
        am_forget(fifo->allocator, fifo->data[c]);
        fifo->data[c] = data[c];
    }
    fifo->begin = 0;
    fifo->end = held;
    fifo->capacity = capacity;
    return AM_OK;
}

/* What is left moves to the front once it is the smaller part, so that each frame moves about once. */
static void move_to_front(am_fifo *fifo)
{
    const size_t held = fifo->end - fifo->begin;

    for (uint32_t c = 0; c < fifo->channels && held; c++)
        memmove(fifo->data[c], fifo->data[c] + fifo->begin, held * sizeof(float));
    fifo->begin = 0;
    fifo->end = held;
}

am_status am_fifo_reserve(am_fifo *fifo, size_t frames, float *write[AM_FIFO_CHANNELS], am_error *err)
{
    const size_t held = fifo->end - fifo->begin;

    if (!fifo->capacity || frames > fifo->capacity - fifo->end) {
        if (fifo->capacity && held <= fifo->begin && frames <= fifo->capacity - held) {
            move_to_front(fifo);
        } else {
            const am_status st = grow(fifo, frames, err);

            if (st)
                return st;
        }
    }
    for (uint32_t c = 0; c < fifo->channels; c++)
        write[c] = fifo->data[c] + fifo->end;
    return AM_OK;
}

void am_fifo_commit(am_fifo *fifo, size_t frames)
{
    assert(frames <= fifo->capacity - fifo->end);
    fifo->end += frames;
}

size_t am_fifo_count(const am_fifo *fifo) { return fifo->end - fifo->begin; }

void am_fifo_peek(const am_fifo *fifo, const float *read[AM_FIFO_CHANNELS])
{
    for (uint32_t c = 0; c < fifo->channels; c++)
        read[c] = fifo->data[c] ? fifo->data[c] + fifo->begin : NULL;
}

void am_fifo_drop(am_fifo *fifo, size_t frames)
{
    assert(frames <= fifo->end - fifo->begin);
    fifo->begin += frames;
    if (fifo->begin == fifo->end)
        fifo->begin = fifo->end = 0;
}

am_status am_fifo_append(am_fifo *fifo, const float *const *channels, size_t frames, am_error *err)
{
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(fifo, frames, write, err);

    if (st || !frames)
        return st;
    for (uint32_t c = 0; c < fifo->channels; c++)
        memcpy(write[c], channels[c], frames * sizeof(float));
    am_fifo_commit(fifo, frames);
    return AM_OK;
}

am_status am_fifo_zeros(am_fifo *fifo, size_t frames, am_error *err)
{
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(fifo, frames, write, err);

    if (st || !frames)
        return st;
    for (uint32_t c = 0; c < fifo->channels; c++)
        memset(write[c], 0, frames * sizeof(float));
    am_fifo_commit(fifo, frames);
    return AM_OK;
}

size_t am_fifo_pull(am_fifo *fifo, float *const *channels, size_t capacity)
{
    const size_t held = fifo->end - fifo->begin, frames = held < capacity ? held : capacity;

    for (uint32_t c = 0; c < fifo->channels && frames; c++)
        memcpy(channels[c], fifo->data[c] + fifo->begin, frames * sizeof(float));
    am_fifo_drop(fifo, frames);
    return frames;
}
