#include "render/clipper.h"

#include <assert.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/fifo.h"
#include "base/memory.h"
#include "dsp/softclip.h"

enum {
    CHANNELS = 2,
    CHUNK = 1024,                   /* frames processed together, whatever the pushes */
    REACH = AM_SOFTCLIP_REACH,
    BINS = 4096                     /* of reduction, 0.01 dB each */
};

static const double loud = 0.01;    /* -40 dBFS: statistics count from here on */

struct am_clipper {
    const am_allocator *allocator;
    uint32_t channels;
    double rate_hz, drive;
    am_softclip clip;
    size_t step;                    /* frames to a block of the statistics, as in base/blocks.h */
    float *scratch;
    am_fifo waiting, ready;         /* waiting: REACH frames of the past, then what is to be clipped */
    uint64_t position;              /* of the first block of the next chunk */
    uint32_t count;
    double slice_frames, greatest;  /* dB */
    uint64_t greatest_at;           /* frame */
    uint64_t histogram[BINS];
    float slices[AM_OVERVIEW];
};

am_status am_clipper_open(uint32_t channels, const am_plan *plan, const am_allocator *allocator, am_clipper **out, am_error *err)
{
    const double over_db = plan->limiter.ceiling_dbtp + plan->clip.over_db - plan->drive_db;
    am_clipper *c = am_acquire(allocator, 1, sizeof *c);
    am_status st;

    assert(channels >= 1 && channels <= CHANNELS);
    if (!c)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the clip stage");
    c->allocator = allocator;
    c->channels = channels;
    c->rate_hz = (double)plan->rate_hz;
    c->drive = am_gain_from_db(plan->drive_db);
    am_softclip_init(&c->clip, am_gain_from_db(over_db), plan->clip.knee, plan->clip.range_db);
    c->step = 32;
    while (c->rate_hz > 50000.0 * (double)c->step / 32.0)
        c->step *= 2;
    am_fifo_init(&c->waiting, channels, allocator);
    am_fifo_init(&c->ready, channels, allocator);
    c->scratch = am_acquire(allocator, 4 * (CHUNK + REACH), sizeof *c->scratch);
    st = c->scratch ? am_fifo_zeros(&c->waiting, REACH, err) : am_fail(err, AM_ERR_NOMEM, "out of memory for the clip stage");
    if (st)
        am_clipper_close(c);
    else
        *out = c;
    return st;
}

static void note(am_clipper *c, const float *before, const float *after, size_t blocks)
{
    for (size_t i = 0; i < blocks; i++) {
        const double frame = (double)c->position + ((double)i + 0.5) * (double)c->step;
        const double by_db = after[i] < before[i] ? am_db_from_gain((double)before[i] / (double)after[i]) : 0.0;
        const size_t slice = c->slice_frames > 0.0 ? (size_t)(frame / c->slice_frames) : 0;

        if ((double)before[i] * c->drive > loud)
            c->histogram[by_db * 100.0 < BINS - 1 ? (size_t)(by_db * 100.0 + 0.5) : BINS - 1]++;
        if (by_db > c->greatest) {
            c->greatest = by_db;
            c->greatest_at = (uint64_t)frame;
        }
        if (slice < c->count && (float)by_db > c->slices[slice])
            c->slices[slice] = (float)by_db;
    }
    c->position += blocks * c->step;
}

/* frames of the CHUNK that begins REACH into what waits are real. */
static am_status run_chunk(am_clipper *c, size_t frames, am_error *err)
{
    float before[CHUNK / 32] = { 0.0f }, after[CHUNK / 32] = { 0.0f };
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(&c->ready, CHUNK, write, err);

    if (st)
        return st;
    am_fifo_peek(&c->waiting, read);
    for (uint32_t k = 0; k < c->channels; k++)
        am_softclip_process(&c->clip, read[k] + REACH, write[k], CHUNK, c->step, before, after, c->scratch);
    am_fifo_commit(&c->ready, frames);
    am_fifo_drop(&c->waiting, CHUNK);
    note(c, before, after, (frames + c->step - 1) / c->step);
    return AM_OK;
}

am_status am_clipper_push(am_clipper *c, const float *const *channels, size_t frames, am_error *err)
{
    am_status st = am_fifo_append(&c->waiting, channels, frames, err);

    while (!st && am_fifo_count(&c->waiting) >= CHUNK + 2 * REACH)
        st = run_chunk(c, CHUNK, err);
    return st;
}

am_status am_clipper_finish(am_clipper *c, am_error *err)
{
    size_t left = am_fifo_count(&c->waiting) - REACH;
    am_status st = am_fifo_zeros(&c->waiting, CHUNK + REACH + CHUNK, err);

    for (; left && !st; left -= left < CHUNK ? left : CHUNK)
        st = run_chunk(c, left < CHUNK ? left : CHUNK, err);
    return st;
}

void am_clipper_pull(am_clipper *c, float *const *channels, size_t capacity, size_t *given)
{
    *given = am_fifo_pull(&c->ready, channels, capacity);
}

void am_clipper_close(am_clipper *c)
{
    if (c) {
        am_fifo_close(&c->waiting);
        am_fifo_close(&c->ready);
        am_forget(c->allocator, c->scratch);
        am_forget(c->allocator, c);
    }
}

/* ------------------------------------------------------------------ trace */

void am_clipper_trace(am_clipper *c, uint32_t count, double slice_frames)
{
    c->count = count < AM_OVERVIEW ? count : AM_OVERVIEW;
    c->slice_frames = slice_frames;
}

static double histogram_db(const am_clipper *c, double share)
{
    uint64_t total = 0, sum = 0;

    for (int i = 0; i < BINS; i++)
        total += c->histogram[i];
    for (int i = 0; i < BINS; i++) {
        sum += c->histogram[i];
        if (total && (double)sum >= share * (double)total)
            return i * 0.01;
    }
    return 0.0;
}

void am_clipper_traced(const am_clipper *c, am_limiter_trace *out)
{
    *out = (am_limiter_trace){ .count = c->count };
    memcpy(out->reduction_db, c->slices, c->count * sizeof *c->slices);
    out->p50_db = histogram_db(c, 0.50);
    out->p95_db = histogram_db(c, 0.95);
    out->max_db = c->greatest;
    out->max_s = (double)c->greatest_at / c->rate_hz;
}
