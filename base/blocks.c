#include "base/blocks.h"

#include <assert.h>
#include <math.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"

enum {
    PAGE_BLOCKS = 1 << 16,
    FRACTIONS = 256,                /* codes an octave: steps of 0.024 dB for peaks, 0.012 dB for powers */
    BIAS = 64,                      /* octaves below 1.0 that code 1 stands for: -385 dB as a peak, -193 dB as a power */
    TOP = FRACTIONS * (BIAS + 128)        /* of float: 770 dB as a peak, 385 dB as a power */
};

typedef struct entry {
    uint16_t peak, power;           /* 0: none; else 1 + 256 (log2 + 64) */
} entry;

struct am_blocks {
    const am_allocator *allocator;
    double rate_hz;
    size_t frames;
    size_t count;
    size_t page_room;               /* of pages */
    entry **pages;
    float octave[FRACTIONS];        /* 2^(i / 256) */
    float scale[BIAS + 128];        /* 2^(i - 64) */
};

am_status am_blocks_open(double rate_hz, const am_allocator *allocator, am_blocks **out, am_error *err)
{
    am_blocks *blocks;

    if (!am_within(rate_hz, 8000.0, 384000.0))
        return am_fail(err, AM_ERR_RANGE, "blocks: rate %g Hz, not in 8000 .. 384000", rate_hz);
    blocks = am_acquire(allocator, 1, sizeof *blocks);
    if (!blocks)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for loudness blocks");
    blocks->allocator = allocator;
    blocks->rate_hz = rate_hz;
    blocks->frames = 32;
    while (rate_hz > 50000.0 * (double)blocks->frames / 32.0)
        blocks->frames *= 2;
    for (int i = 0; i < FRACTIONS; i++)
        blocks->octave[i] = (float)exp2((double)i / FRACTIONS);
    for (int i = 0; i < BIAS + 128; i++)
        blocks->scale[i] = ldexpf(1.0f, i - BIAS);
    *out = blocks;
    return AM_OK;
}

size_t am_blocks_frames(const am_blocks *blocks)
{
    return blocks->frames;
}

double am_blocks_rate_hz(const am_blocks *blocks)
{
    return blocks->rate_hz;
}

size_t am_blocks_count(const am_blocks *blocks)
{
    return blocks->count;
}

static uint16_t encode(double value)
{
    double code;

    if (!(value > 0.0))
        return 0;
    code = 1.0 + round(FRACTIONS * (log2(value) + BIAS));
    return (uint16_t)am_clamp(code, 0.0, TOP);
}

static am_status add_page(am_blocks *blocks, am_error *err)
{
    const size_t page = blocks->count / PAGE_BLOCKS;

    if (page == blocks->page_room) {
        const size_t room = 2 * page + 8;
        entry **pages = am_grow(blocks->allocator, blocks->pages, page, room, sizeof(entry *));

        if (!pages)
            return am_fail(err, AM_ERR_NOMEM, "out of memory for loudness blocks");
        blocks->pages = pages;
        blocks->page_room = room;
    }
    blocks->pages[page] = am_acquire(blocks->allocator, PAGE_BLOCKS, sizeof(entry));
    return blocks->pages[page] ? AM_OK : am_fail(err, AM_ERR_NOMEM, "out of memory for loudness blocks");
}

am_status am_blocks_push(am_blocks *blocks, double peak, double power, am_error *err)
{
    am_status st;

    if (blocks->count % PAGE_BLOCKS == 0) {
        st = add_page(blocks, err);
        if (st)
            return st;
    }
    blocks->pages[blocks->count / PAGE_BLOCKS][blocks->count % PAGE_BLOCKS] =
        (entry){ .peak = encode(peak), .power = encode(power) };
    blocks->count++;
    return AM_OK;
}

static float decode(const am_blocks *blocks, unsigned code)
{
    if (!code)
        return 0.0f;
    code -= 1;
    return blocks->octave[code % FRACTIONS] * blocks->scale[code / FRACTIONS];
}

void am_blocks_read(const am_blocks *blocks, size_t first, size_t count, float *peak, float *power)
{
    assert(first + count <= blocks->count);
    for (size_t i = 0; i < count; i++) {
        const entry e = blocks->pages[(first + i) / PAGE_BLOCKS][(first + i) % PAGE_BLOCKS];

        if (peak)
            peak[i] = decode(blocks, e.peak);
        if (power)
            power[i] = decode(blocks, e.power);
    }
}

void am_blocks_read_log(const am_blocks *blocks, size_t first, size_t count, float *peak_neper)
{
    const float octave = 0.693147181f;

    assert(first + count <= blocks->count);
    for (size_t done = 0; done < count;) {
        const size_t at = (first + done) % PAGE_BLOCKS, left = PAGE_BLOCKS - at;
        const size_t some = left < count - done ? left : count - done;
        const entry *e = blocks->pages[(first + done) / PAGE_BLOCKS] + at;

        for (size_t i = 0; i < some; i++)
            peak_neper[done + i] = e[i].peak ? octave * ((float)(e[i].peak - 1) * (1.0f / FRACTIONS) - (float)BIAS) : -1000.0f;
        done += some;
    }
}

void am_blocks_close(am_blocks *blocks)
{
    if (!blocks)
        return;
    for (size_t page = 0; page * PAGE_BLOCKS < blocks->count; page++)
        am_forget(blocks->allocator, blocks->pages[page]);
    am_forget(blocks->allocator, blocks->pages);
    am_forget(blocks->allocator, blocks);
}
