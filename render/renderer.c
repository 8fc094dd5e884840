#include "render/renderer.h"

#include <assert.h>

#include "base/error.h"
#include "base/memory.h"
#include "dsp/denormal.h"
#include "render/clipper.h"
#include "render/compressor.h"
#include "render/front.h"
#include "render/limiter.h"
#include "render/quantise.h"

enum { PIECE = 4096 };

struct am_renderer {
    const am_allocator *allocator;
    uint32_t channels, rate_hz;
    uint64_t unseen;                /* frames still to be pulled that nobody looks at */
    bool finished, broken;
    am_front *front;
    am_compression *compression;    /* NULL: off */
    am_clipper *clipper;            /* NULL: off */
    am_lookahead *limiter;
    am_quantise quantise;
    float *between[2];              /* from stage to stage, PIECE frames */
};

am_status am_render_open(const am_format *format, const am_plan *plan, const am_options *options, am_renderer **out, am_error *err)
{
    const am_allocator *allocator = options ? options->allocator : NULL;
    am_renderer *r;
    am_status st;

    if (!format || !plan || !out)
        return am_fail(err, AM_ERR_RANGE, "am_render_open: format, plan and out must not be NULL");
    r = am_acquire(allocator, 1, sizeof *r);
    if (!r)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the renderer");
    r->allocator = allocator;
    st = am_front_open(format, plan, allocator, &r->front, err);
    if (!st && (plan->leveller.enabled || plan->compressor.enabled))
        st = am_compression_open(format->channels, plan, allocator, &r->compression, err);
    if (!st && plan->clip.enabled)
        st = am_clipper_open(format->channels, plan, allocator, &r->clipper, err);
    if (!st)
        st = am_lookahead_open(format->channels, plan, allocator, &r->limiter, err);
    for (uint32_t c = 0; !st && c < format->channels; c++) {
        r->between[c] = am_acquire(allocator, PIECE, sizeof *r->between[c]);
        if (!r->between[c])
            st = am_fail(err, AM_ERR_NOMEM, "out of memory for the renderer");
    }
    if (st) {
        am_render_close(r);
        return st;
    }
    r->channels = format->channels;
    r->rate_hz = plan->rate_hz;
    am_quantise_init(&r->quantise, plan->bits, plan->dither, plan->dither_seed, format->channels, plan->rate_hz);
    *out = r;
    return AM_OK;
}

/* All that the clip stage has ready goes to the limiter. */
static am_status move_clipped(am_renderer *r, am_error *err)
{
    size_t given;
    am_status st = AM_OK;

    do {
        am_clipper_pull(r->clipper, r->between, PIECE, &given);
        if (given)
            st = am_lookahead_push(r->limiter, (const float *const *)r->between, given, err);
    } while (!st && given);
    return st;
}

static am_status take_compressed(am_renderer *r, const float *const *from, size_t frames, am_error *err)
{
    am_status st;

    if (!r->clipper)
        return am_lookahead_push(r->limiter, from, frames, err);
    st = am_clipper_push(r->clipper, from, frames, err);
    return st ? st : move_clipped(r, err);
}

/* All that the compressor has ready goes on. */
static am_status move_compressed(am_renderer *r, am_error *err)
{
    size_t given;
    am_status st = AM_OK;

    do {
        am_compression_pull(r->compression, r->between, PIECE, &given);
        if (given)
            st = take_compressed(r, (const float *const *)r->between, given, err);
    } while (!st && given);
    return st;
}

static am_status take_front(am_renderer *r, const float *const *from, size_t frames, am_error *err)
{
    am_status st;

    if (!r->compression)
        return take_compressed(r, from, frames, err);
    st = am_compression_push(r->compression, from, frames, err);
    return st ? st : move_compressed(r, err);
}

/* All that the front has ready goes on, as far as it gets. */
static am_status move_on(am_renderer *r, am_error *err)
{
    const unsigned mode = am_denormal_flush();
    size_t given;
    am_status st;

    do {
        st = am_front_pull(r->front, r->between, PIECE, &given, err);
        if (!st && given)
            st = take_front(r, (const float *const *)r->between, given, err);
    } while (!st && given);
    am_denormal_restore(mode);
    return st;
}

static bool all_finite(const float *samples, size_t frames)
{
    float sum = 0.0f;

    for (size_t n = 0; n < frames; n++)
        sum += samples[n] * 0.0f;
    return sum == 0.0f;
}

am_status am_render_push(am_renderer *r, const float *const *channels, size_t frames, am_error *err)
{
    uint32_t count;
    am_status st = AM_OK;

    if (!r || (!channels && frames))
        return am_fail(err, AM_ERR_RANGE, "am_render_push: renderer and channels must not be NULL");
    if (r->finished || r->broken)
        return am_fail(err, AM_ERR_STATE, "am_render_push: the renderer %s", r->finished ? "is finished" : "has failed before");
    count = r->channels;
    assert(count <= 2);
    for (uint32_t c = 0; frames && c < count; c++)
        if (!channels[c])
            return am_fail(err, AM_ERR_RANGE, "am_render_push: channel %u of %u is NULL", (unsigned)c + 1, (unsigned)count);
    for (size_t at = 0, piece; !st && at < frames; at += piece) {
        const float *from[2] = { channels[0] + at, count > 1 ? channels[1] + at : NULL };

        piece = frames - at < PIECE ? frames - at : PIECE;
        for (uint32_t c = 0; !st && c < count; c++)
            if (!all_finite(from[c], piece))
                st = am_fail(err, AM_ERR_CONTENT, "am_render_push: a sample of channel %u is not finite", c);
        if (!st)
            st = am_front_push(r->front, from, piece, err);
        if (!st)
            st = move_on(r, err);
    }
    r->broken = st != AM_OK;
    return st;
}

am_status am_render_push_behind(am_renderer *r, const float *const *channels, size_t frames, am_error *err)
{
    am_status st = AM_OK;

    assert(!r->finished && !r->broken);
    for (size_t at = 0, piece; !st && at < frames; at += piece) {
        const float *from[2] = { channels[0] + at, r->channels > 1 ? channels[1] + at : NULL };
        const unsigned mode = am_denormal_flush();

        piece = frames - at < PIECE ? frames - at : PIECE;
        st = take_front(r, from, piece, err);
        am_denormal_restore(mode);
    }
    r->broken = st != AM_OK;
    return st;
}

am_status am_render_finish_behind(am_renderer *r, am_error *err)
{
    am_status st = AM_OK;

    if (r->compression)
        st = am_compression_finish(r->compression, err);
    if (!st && r->compression)
        st = move_compressed(r, err);
    if (!st && r->clipper)
        st = am_clipper_finish(r->clipper, err);
    if (!st && r->clipper)
        st = move_clipped(r, err);
    if (!st)
        st = am_lookahead_finish(r->limiter, err);
    r->broken = st != AM_OK;
    r->finished = st == AM_OK;
    return st;
}

am_status am_render_finish(am_renderer *r, am_error *err)
{
    am_status st;

    if (!r)
        return am_fail(err, AM_ERR_RANGE, "am_render_finish: renderer must not be NULL");
    if (r->finished || r->broken)
        return am_fail(err, AM_ERR_STATE, "am_render_finish: the renderer %s", r->finished ? "is finished" : "has failed before");
    st = am_front_finish(r->front, err);
    if (!st)
        st = move_on(r, err);
    r->broken = st != AM_OK;
    return st ? st : am_render_finish_behind(r, err);
}

am_status am_render_take(am_renderer *r, const float *const *channels, size_t frames, bool behind, am_error *err)
{
    if (behind)
        return frames ? am_render_push_behind(r, channels, frames, err) : am_render_finish_behind(r, err);
    return frames ? am_render_push(r, channels, frames, err) : am_render_finish(r, err);
}

am_status am_render_pull(am_renderer *r, float *const *channels, size_t capacity, size_t *given)
{
    am_status st;

    if (!r || !given || (!channels && capacity))
        return AM_ERR_RANGE;
    for (uint32_t c = 0; capacity && c < r->channels; c++)
        if (!channels[c])
            return AM_ERR_RANGE;
    *given = 0;
    if (r->broken)
        return AM_ERR_STATE;
    st = am_lookahead_pull(r->limiter, channels, r->unseen && r->unseen < capacity ? (size_t)r->unseen : capacity, given);
    if (st)
        return st;
    if (r->unseen)
        am_quantise_skip(&r->quantise, channels, *given);
    else
        am_quantise_process(&r->quantise, channels, *given);
    r->unseen -= r->unseen ? *given : 0;
    return AM_OK;
}

void am_render_unseen(am_renderer *r, uint64_t frames)
{
    r->unseen = frames;
    am_lookahead_unseen(r->limiter, frames);
}

void am_render_trace(am_renderer *r, uint32_t count, double slice_s)
{
    am_front_trace(r->front, count, slice_s);
    if (r->compression)
        am_compression_trace(r->compression, count, slice_s * r->rate_hz);
    if (r->clipper)
        am_clipper_trace(r->clipper, count, slice_s * r->rate_hz);
    am_lookahead_trace(r->limiter, count, slice_s * r->rate_hz);
}

void am_render_traced(const am_renderer *r, am_report *out)
{
    am_front_traced(r->front, &out->multiband);
    if (r->compression)
        am_compression_traced(r->compression, &out->leveller, &out->compressor);
    else
        out->leveller = out->compressor = (am_limiter_trace){ 0 };
    if (r->clipper)
        am_clipper_traced(r->clipper, &out->clip);
    else
        out->clip = (am_limiter_trace){ 0 };
    am_lookahead_traced(r->limiter, &out->limiter);
}

void am_render_close(am_renderer *r)
{
    if (r) {
        am_front_close(r->front);
        am_compression_close(r->compression);
        am_clipper_close(r->clipper);
        am_lookahead_close(r->limiter);
        am_forget(r->allocator, r->between[0]);
        am_forget(r->allocator, r->between[1]);
        am_forget(r->allocator, r);
    }
}
