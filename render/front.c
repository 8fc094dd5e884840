#include "render/front.h"

#include "base/db.h"
#include "base/error.h"
#include "base/fifo.h"
#include "base/memory.h"
#include "base/plan_check.h"
#include "dsp/denormal.h"
#include "dsp/resample.h"
#include "render/multiband.h"
#include "render/tone.h"
#include "render/width.h"

enum { PIECE = 4096, STAGES = 5 };  /* frames that go through all stages at a time, so that they stay in the cache */

typedef enum stage_kind { STAGE_DC, STAGE_TONE, STAGE_WIDTH, STAGE_BANDS, STAGE_RATE } stage_kind;

typedef struct stage {
    stage_kind kind;
    am_fifo out;                    /* what it made; emptied by the next stage */
} stage;

struct am_front {
    const am_allocator *allocator;
    uint32_t channels;
    double dc[2], rate_hz;          /* of the input */
    am_tone *tone;
    am_side *side;
    am_bands *bands;
    am_resampler *resampler;
    uint32_t stage_count;           /* only stages with something to do; one at least */
    stage stages[STAGES];
};

static void add_stage(am_front *front, stage_kind kind)
{
    stage *s = &front->stages[front->stage_count++];

    s->kind = kind;
    am_fifo_init(&s->out, front->channels, front->allocator);
}

static am_status open_stages(am_front *front, const am_format *format, const am_plan *plan, am_error *err)
{
    const double rate_hz = format->rate_hz;
    am_status st = AM_OK;

    if (front->dc[0] != 0.0 || front->dc[1] != 0.0)
        add_stage(front, STAGE_DC);
    if (am_tone_needed(&plan->tone, rate_hz)) {
        add_stage(front, STAGE_TONE);
        st = am_tone_open(&plan->tone, rate_hz, front->channels, front->allocator, &front->tone, err);
    }
    if (!st && front->channels == 2 && am_side_needed(&plan->width)) {
        add_stage(front, STAGE_WIDTH);
        st = am_side_open(&plan->width, rate_hz, front->allocator, &front->side, err);
    }
    if (!st && am_bands_needed(&plan->multiband)) {
        add_stage(front, STAGE_BANDS);
        st = am_bands_open(&plan->multiband, rate_hz, front->channels, front->allocator, &front->bands, err);
    }
    if (!st && plan->rate_hz != format->rate_hz) {
        add_stage(front, STAGE_RATE);
        st = am_resampler_open(format->rate_hz, plan->rate_hz, front->channels, front->allocator, &front->resampler, err);
    }
    if (!front->stage_count)
        add_stage(front, STAGE_DC);
    return st;
}

am_status am_front_open(const am_format *format, const am_plan *plan, const am_allocator *allocator, am_front **out, am_error *err)
{
    am_front *front;
    am_status st = am_plan_check(plan, err);

    if (st)
        return st;
    if (!am_within(format->rate_hz, 8000.0, 384000.0))
        return am_fail(err, AM_ERR_RANGE, "format: rate_hz is %u: must be in [8000, 384000] Hz", format->rate_hz);
    if (format->channels < 1 || format->channels > 2)
        return am_fail(err, AM_ERR_RANGE, "format: channels is %u: must be 1 or 2 to render", format->channels);
    front = am_acquire(allocator, 1, sizeof *front);
    if (!front)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the renderer");
    front->allocator = allocator;
    front->channels = format->channels;
    front->rate_hz = format->rate_hz;
    for (uint32_t c = 0; c < front->channels; c++)
        front->dc[c] = plan->dc[c];
    st = open_stages(front, format, plan, err);
    if (st) {
        am_front_close(front);
        return st;
    }
    *out = front;
    return AM_OK;
}

static am_status push_dc(const am_front *front, const float *const *channels, size_t frames, am_fifo *into, am_error *err)
{
    float *write[AM_FIFO_CHANNELS];
    am_status st;

    if (front->dc[0] == 0.0 && front->dc[1] == 0.0)
        return am_fifo_append(into, channels, frames, err);
    st = am_fifo_reserve(into, frames, write, err);
    if (st)
        return st;
    for (uint32_t c = 0; c < front->channels; c++)
        for (size_t n = 0; n < frames; n++)
            write[c][n] = (float)((double)channels[c][n] - front->dc[c]);
    am_fifo_commit(into, frames);
    return AM_OK;
}

static am_status push_stage(am_front *front, stage *s, const float *const *channels, size_t frames, am_error *err)
{
    if (!frames)
        return AM_OK;
    switch (s->kind) {
    case STAGE_TONE: return am_tone_push(front->tone, channels, frames, &s->out, err);
    case STAGE_WIDTH: return am_side_push(front->side, channels, frames, &s->out, err);
    case STAGE_BANDS: return am_bands_push(front->bands, channels, frames, &s->out, err);
    case STAGE_RATE: return am_resampler_push(front->resampler, channels, frames, &s->out, err);
    case STAGE_DC: break;
    }
    return push_dc(front, channels, frames, &s->out, err);
}

static am_status finish_stage(am_front *front, stage *s, am_error *err)
{
    switch (s->kind) {
    case STAGE_TONE: return am_tone_finish(front->tone, &s->out, err);
    case STAGE_WIDTH: return am_side_finish(front->side, &s->out, err);
    case STAGE_BANDS: return am_bands_finish(front->bands, &s->out, err);
    case STAGE_RATE: return am_resampler_finish(front->resampler, &s->out, err);
    case STAGE_DC: break;
    }
    return AM_OK;
}

/* Push through stage first and all behind it; what the last one made stays to be pulled. */
static am_status run_from(am_front *front, uint32_t first, const float *const *channels, size_t frames, am_error *err)
{
    const float *read[AM_FIFO_CHANNELS];
    am_status st = push_stage(front, &front->stages[first], channels, frames, err);

    for (uint32_t k = first + 1; !st && k < front->stage_count; k++) {
        am_fifo *made = &front->stages[k - 1].out;

        am_fifo_peek(made, read);
        st = push_stage(front, &front->stages[k], read, am_fifo_count(made), err);
        am_fifo_drop(made, am_fifo_count(made));
    }
    return st;
}

am_status am_front_push(am_front *front, const float *const *channels, size_t frames, am_error *err)
{
    const unsigned mode = am_denormal_flush();
    am_status st = AM_OK;

    for (size_t at = 0, piece; !st && at < frames; at += piece) {
        const float *from[2] = { channels[0] + at, front->channels > 1 ? channels[1] + at : NULL };

        piece = frames - at < PIECE ? frames - at : PIECE;
        st = run_from(front, 0, from, piece, err);
    }
    am_denormal_restore(mode);
    return st;
}

am_status am_front_finish(am_front *front, am_error *err)
{
    const unsigned mode = am_denormal_flush();
    am_status st = AM_OK;

    for (uint32_t k = 0; !st && k < front->stage_count; k++) {
        am_fifo *made = &front->stages[k].out;
        const float *read[AM_FIFO_CHANNELS];

        st = finish_stage(front, &front->stages[k], err);
        if (!st && k + 1 < front->stage_count) {
            am_fifo_peek(made, read);
            st = run_from(front, k + 1, read, am_fifo_count(made), err);
            am_fifo_drop(made, am_fifo_count(made));
        }
    }
    am_denormal_restore(mode);
    return st;
}

am_status am_front_pull(am_front *front, float *const *channels, size_t capacity, size_t *given, am_error *err)
{
    (void)err;
    *given = am_fifo_pull(&front->stages[front->stage_count - 1].out, channels, capacity);
    return AM_OK;
}

void am_front_trace(am_front *front, uint32_t count, double slice_s)
{
    if (front->bands)
        am_bands_trace(front->bands, count, slice_s * front->rate_hz);
}

void am_front_traced(const am_front *front, am_limiter_trace *multiband)
{
    *multiband = (am_limiter_trace){ 0 };
    if (front->bands)
        am_bands_traced(front->bands, multiband);
}

void am_front_close(am_front *front)
{
    if (front) {
        am_tone_close(front->tone);
        am_side_close(front->side);
        am_bands_close(front->bands);
        am_resampler_close(front->resampler);
        for (uint32_t k = 0; k < front->stage_count; k++)
            am_fifo_close(&front->stages[k].out);
        am_forget(front->allocator, front);
    }
}
