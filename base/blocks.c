#include "base/blocks.h"

#include <assert.h>
#include <math.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"

enum {
    PAGE_BLOCKS = 1 << 16,
    STEP = 4,                       /* blocks to a gain of a ride */
    FINER = 4,
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
    size_t steps;                   /* of the ride; 0: none */
    int16_t *ride;                  /* gains, in codes of a peak, FINER to one */
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

am_status am_blocks_ride(am_blocks *blocks, const float *gains_db, size_t steps, am_error *err)
{
    const double codes_per_db = FRACTIONS * FINER / 6.020599913279624;

    assert(!gains_db || steps == (blocks->count + STEP - 1) / STEP);
    blocks->steps = 0;
    if (!gains_db)
        return AM_OK;
    if (!blocks->ride)
        blocks->ride = am_acquire(blocks->allocator, steps + 1, sizeof *blocks->ride);
    if (!blocks->ride)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for loudness blocks");
    for (size_t i = 0; i < steps; i++)
        blocks->ride[i] = (int16_t)lrint(am_clamp((double)gains_db[i] * codes_per_db, INT16_MIN, INT16_MAX));
    blocks->steps = steps;
    return AM_OK;
}

/* Code of a peak or power behind the gain, which is in eighths of a FINER; 0, none, stays none. */
static unsigned moved(unsigned code, int gain)
{
    const int unit = 8 * FINER, to = (int)code + (gain + (gain < 0 ? -unit : unit) / 2) / unit;

    return !code || to < 1 ? 0 : (unsigned)(to < TOP ? to : TOP);
}

/* The middles of the four blocks of a step are 3/8 of the way from either neighbour, or 1/8. */
static entry behind_gain(const am_blocks *blocks, size_t block)
{
    static const int share[STEP] = { 3, 1, 1, 3 };
    const entry e = blocks->pages[block / PAGE_BLOCKS][block % PAGE_BLOCKS];
    const size_t step = block / STEP, at = block % STEP;
    size_t next = step;
    int gain;

    if (!blocks->steps)
        return e;
    if (at < STEP / 2 ? step > 0 : step + 1 < blocks->steps)
        next = at < STEP / 2 ? step - 1 : step + 1;
    gain = (8 - share[at]) * blocks->ride[step] + share[at] * blocks->ride[next];
    return (entry){ (uint16_t)moved(e.peak, gain), (uint16_t)moved(e.power, 2 * gain) };
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
        const entry e = behind_gain(blocks, first + i);

        if (peak)
            peak[i] = decode(blocks, e.peak);
        if (power)
            power[i] = decode(blocks, e.power);
    }
}

void am_blocks_read_bare(const am_blocks *blocks, size_t first, size_t count, float *power)
{
    assert(first + count <= blocks->count);
    for (size_t i = 0; i < count; i++)
        power[i] = decode(blocks, blocks->pages[(first + i) / PAGE_BLOCKS][(first + i) % PAGE_BLOCKS].power);
}

static inline float log_of(unsigned code)
{
    return code ? 0.693147181f * ((float)(code - 1) * (1.0f / FRACTIONS) - (float)BIAS) : -1000.0f;
}

static void read_page_log(const entry *entries, size_t count, float *peak_neper)
{
    for (size_t i = 0; i < count; i++)
        peak_neper[i] = log_of(entries[i].peak);
}

void am_blocks_read_log(const am_blocks *blocks, size_t first, size_t count, float *peak_neper)
{
    assert(first + count <= blocks->count);
    for (size_t i = 0; i < count && blocks->steps; i++)
        peak_neper[i] = log_of(behind_gain(blocks, first + i).peak);
    for (size_t done = 0; done < count && !blocks->steps;) {
        const size_t at = (first + done) % PAGE_BLOCKS, left = PAGE_BLOCKS - at;
        const size_t some = left < count - done ? left : count - done;

        read_page_log(blocks->pages[(first + done) / PAGE_BLOCKS] + at, some, peak_neper + done);
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
    am_forget(blocks->allocator, blocks->ride);
    am_forget(blocks->allocator, blocks);
}
