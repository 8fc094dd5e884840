#include "analyze/listener.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "dsp/kweight.h"
#include "dsp/truepeak.h"

enum {
    CHANNELS = 2,
    CHUNK = 1024,                   /* frames measured together: whole blocks at any rate */
    EDGE = (AM_TRUEPEAK_HALF + 32) / 32 * 32,   /* frames that the detector reads on either side, and more */
    BLOCKS = CHUNK / 32
};

struct am_listener {
    const am_allocator *allocator;
    am_blocks *blocks;
    uint32_t channels;
    float threshold;
    am_kweight kweight;
    uint64_t taken, measured;       /* frames */
    size_t filled;                  /* of each buffer, the EDGE in front included */
    float buffer[CHANNELS][EDGE + CHUNK + EDGE];
};

am_status am_listener_open(const am_format *format, double threshold, am_blocks *blocks, const am_allocator *allocator,
                           am_listener **out, am_error *err)
{
    am_listener *listener;

    assert(format->channels >= 1 && format->channels <= CHANNELS && am_blocks_rate_hz(blocks) == (double)format->rate_hz);
    listener = am_acquire(allocator, 1, sizeof *listener);
    if (!listener)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the loudness solver");
    listener->allocator = allocator;
    listener->blocks = blocks;
    listener->channels = format->channels;
    listener->threshold = (float)threshold;
    listener->filled = EDGE;
    am_kweight_init(&listener->kweight, (double)format->rate_hz, format->channels);
    *out = listener;
    return AM_OK;
}

static double block_power(am_listener *listener, size_t first, size_t frames)
{
    const float *from[CHANNELS];
    double energy[CHANNELS] = { 0.0, 0.0 };

    for (uint32_t c = 0; c < listener->channels; c++)
        from[c] = listener->buffer[c] + EDGE + first;
    am_kweight_energy(&listener->kweight, from, frames, energy);
    if (listener->channels == 1)
        energy[1] = energy[0];      /* mono is heard from two speakers */
    return (energy[0] + energy[1]) / (double)frames;
}

static am_status measure_chunk(am_listener *listener, am_error *err)
{
    const size_t frames = am_blocks_frames(listener->blocks);
    float peaks[BLOCKS] = { 0.0f };

    for (uint32_t c = 0; c < listener->channels; c++)
        am_truepeak_detect(listener->buffer[c] + EDGE, CHUNK, frames, listener->threshold, peaks);
    for (size_t first = 0; first < CHUNK && listener->measured < listener->taken; first += frames) {
        const am_status st =
            am_blocks_push(listener->blocks, (double)peaks[first / frames], block_power(listener, first, frames), err);

        if (st)
            return st;
        listener->measured += frames;
    }
    for (uint32_t c = 0; c < listener->channels; c++)
        memmove(listener->buffer[c], listener->buffer[c] + CHUNK, 2 * EDGE * sizeof(float));
    listener->filled = 2 * EDGE;
    return AM_OK;
}

am_status am_listener_push(am_listener *listener, const float *const *channels, size_t frames, am_error *err)
{
    am_status st = AM_OK;

    for (size_t done = 0; done < frames && !st;) {
        const size_t room = EDGE + CHUNK + EDGE - listener->filled;
        const size_t count = frames - done < room ? frames - done : room;

        for (uint32_t c = 0; c < listener->channels; c++)
            memcpy(listener->buffer[c] + listener->filled, channels[c] + done, count * sizeof(float));
        listener->filled += count;
        listener->taken += count;
        done += count;
        if (count == room)
            st = measure_chunk(listener, err);
    }
    return st;
}

am_status am_listener_finish(am_listener *listener, am_error *err)
{
    am_status st = AM_OK;

    while (listener->measured < listener->taken && !st) {
        for (uint32_t c = 0; c < listener->channels; c++) {
            memset(listener->buffer[c] + listener->filled, 0,
                   (EDGE + CHUNK + EDGE - listener->filled) * sizeof(float));
        }
        st = measure_chunk(listener, err);
    }
    return st;
}

void am_listener_close(am_listener *listener)
{
    if (listener)
        am_forget(listener->allocator, listener);
}
