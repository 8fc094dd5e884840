#include "pipeline/tape.h"

#include <string.h>

#include "base/memory.h"

/* ------------------------------------------------------------------ tape */

void am_tape_begin(am_tape *tape, uint32_t channels, uint64_t frames, const am_allocator *allocator)
{
    tape->allocator = allocator;
    tape->channels = channels;
    tape->torn = channels < 1 || channels > 2 || frames > (uint64_t)AM_TAPE_BLOCK * AM_TAPE_BLOCKS / channels;
    tape->frames = 0;
}

static size_t block_frames(const am_tape *tape)
{
    return AM_TAPE_BLOCK / tape->channels;
}

/* Where frame at lies in a channel, and how many frames follow it there. */
static float *look(const am_tape *tape, uint32_t channel, uint64_t at, size_t *follow)
{
    const size_t size = block_frames(tape), offset = (size_t)(at % size);

    *follow = size - offset;
    return tape->blocks[at / size] + channel * size + offset;
}

static bool make_room(am_tape *tape, uint64_t frames)
{
    while (tape->block_count * (uint64_t)block_frames(tape) < frames) {
        float *block = tape->block_count < AM_TAPE_BLOCKS ? am_acquire(tape->allocator, AM_TAPE_BLOCK, sizeof *block) : NULL;

        if (!block)
            return false;
        tape->blocks[tape->block_count++] = block;
    }
    return true;
}

static void release(am_tape *tape)
{
    while (tape->block_count)
        am_forget(tape->allocator, tape->blocks[--tape->block_count]);
}

void am_tape_push(am_tape *tape, const float *const *channels, size_t frames)
{
    if (!tape->torn && !make_room(tape, tape->frames + frames)) {
        tape->torn = true;
        release(tape);
    }
    for (size_t done = 0, count = 0; !tape->torn && done < frames; done += count) {
        for (uint32_t c = 0; c < tape->channels; c++) {
            float *to = look(tape, c, tape->frames, &count);

            count = frames - done < count ? frames - done : count;
            memcpy(to, channels[c] + done, count * sizeof *to);
        }
        tape->frames += count;
    }
}

bool am_tape_usable(const am_tape *tape)
{
    return tape && !tape->torn && tape->frames;
}

void am_tape_close(am_tape *tape)
{
    release(tape);
    tape->frames = 0;
}

/* ------------------------------------------------------------------ feed */

am_status am_feed_open(am_feed *feed, const am_tape *tape, am_reader *reader, const am_allocator *allocator, am_error *err)
{
    am_status st;

    *feed = (am_feed){ .tape = am_tape_usable(tape) ? tape : NULL, .reader = reader };
    if (feed->tape)
        return AM_OK;
    st = am_planar_open(&feed->part, am_reader_source(reader)->channels, allocator, err);
    return st ? st : am_reader_rewind(reader, err);
}

static size_t play(const am_tape *tape, uint64_t at, const float **channels)
{
    const uint64_t left = tape->frames - at;
    size_t count = 0;

    for (uint32_t c = 0; left && c < tape->channels; c++)
        channels[c] = look(tape, c, at, &count);
    count = left < count ? (size_t)left : count;
    return count < AM_PLANAR_FRAMES ? count : AM_PLANAR_FRAMES;
}

am_status am_feed_next(am_feed *feed, const float *channels[AM_PLANAR_CHANNELS], size_t *given, am_error *err)
{
    am_status st = AM_OK;

    if (feed->tape) {
        *given = play(feed->tape, feed->at, channels);
    } else {
        st = am_reader_read(feed->reader, feed->part.channels, AM_PLANAR_FRAMES, given, err);
        for (uint32_t c = 0; c < AM_PLANAR_CHANNELS; c++)
            channels[c] = feed->part.channels[c];
    }
    feed->at += *given;
    return st;
}

void am_feed_close(am_feed *feed)
{
    am_planar_close(&feed->part);
}
