#include "pipeline/chains.h"

#include "base/error.h"
#include "base/fifo.h"
#include "base/memory.h"
#include "pipeline/planar.h"

const char *const am_contribution_words[AM_CONTRIBUTION_COUNT] = { "tone", "width", "compressor", "limiter" };

enum { DRY = AM_CONTRIBUTION_COUNT + 1, CHAINS };   /* chain k has the stages before contribution k; the last one has none, nor drive */

struct am_chains {
    const am_allocator *allocator;
    uint32_t channels;
    am_renderer *renderer[CHAINS];  /* NULL: a stage that is off, the same as the chain before it */
    am_fifo waiting[CHAINS];        /* chains are late by different times */
    am_planar block[CHAINS];
};

bool am_contributes(const am_plan *plan, am_contribution contribution)
{
    switch (contribution) {
    case AM_CONTRIBUTION_TONE: return plan->tone.method != AM_EQ_OFF || plan->dc[0] != 0.0 || plan->dc[1] != 0.0;
    case AM_CONTRIBUTION_WIDTH: return plan->width.enabled;
    case AM_CONTRIBUTION_COMPRESSOR: return plan->multiband.enabled || plan->leveller.enabled || plan->compressor.enabled;
    default: return plan->clip.enabled || plan->limiter.enabled;
    }
}

/* The plan with nothing but the stages before contribution stages on. */
static am_plan plan_up_to(const am_plan *whole, int stages)
{
    am_plan plan = *whole;

    plan.bits = 32;
    plan.dither = AM_DITHER_NONE;
    if (stages == DRY) {
        plan.drive_db = plan.trim_db = 0.0;
        stages = 0;
    }
    if (stages <= AM_CONTRIBUTION_TONE) {
        plan.tone.method = AM_EQ_OFF;
        plan.dc[0] = plan.dc[1] = 0.0;
    }
    if (stages <= AM_CONTRIBUTION_WIDTH)
        plan.width.enabled = false;
    if (stages <= AM_CONTRIBUTION_COMPRESSOR)
        plan.multiband.enabled = plan.leveller.enabled = plan.compressor.enabled = false;
    if (stages <= AM_CONTRIBUTION_LIMITER)
        plan.clip.enabled = plan.limiter.enabled = false;
    return plan;
}

am_status am_chains_open(const am_format *format, const am_plan *plan, const am_options *options, am_chains **out, am_error *err)
{
    const am_allocator *allocator = options ? options->allocator : NULL;
    am_chains *s = am_acquire(allocator, 1, sizeof *s);
    am_status st = AM_OK;

    if (!s)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    s->allocator = allocator;
    s->channels = format->channels;
    for (int k = 0; k < CHAINS && !st; k++) {
        const am_plan part = plan_up_to(plan, k);

        if (k > 0 && k < DRY && !am_contributes(plan, (am_contribution)(k - 1)))
            continue;
        am_fifo_init(&s->waiting[k], format->channels, allocator);
        st = am_planar_open(&s->block[k], format->channels, allocator, err);
        if (!st)
            st = am_render_open(format, &part, options, &s->renderer[k], err);
    }
    if (st)
        am_chains_close(s);
    else
        *out = s;
    return st;
}

/* All that a chain has ready goes to its queue. */
static am_status collect(am_chains *s, int k, am_error *err)
{
    size_t given = 1;
    am_status st = AM_OK;

    while (!st && given) {
        st = am_render_pull(s->renderer[k], s->block[k].channels, AM_PLANAR_FRAMES, &given);
        if (!st && given)
            st = am_fifo_append(&s->waiting[k], (const float *const *)s->block[k].channels, given, err);
    }
    return st;
}

am_status am_chains_push(am_chains *s, const float *const *channels, size_t frames, am_error *err)
{
    am_status st = AM_OK;

    for (int k = 0; k < CHAINS && !st; k++) {
        if (!s->renderer[k])
            continue;
        st = am_render_push(s->renderer[k], channels, frames, err);
        if (!st)
            st = collect(s, k, err);
    }
    return st;
}

am_status am_chains_finish(am_chains *s, am_error *err)
{
    am_status st = AM_OK;

    for (int k = 0; k < CHAINS && !st; k++) {
        if (!s->renderer[k])
            continue;
        st = am_render_finish(s->renderer[k], err);
        if (!st)
            st = collect(s, k, err);
    }
    return st;
}

am_status am_chains_pull(am_chains *s, size_t *given, am_error *err)
{
    size_t frames = AM_PLANAR_FRAMES;

    for (int k = 0; k < CHAINS; k++)
        if (s->renderer[k] && am_fifo_count(&s->waiting[k]) < frames)
            frames = am_fifo_count(&s->waiting[k]);
    *given = frames;
    for (int k = 0; k < CHAINS && frames; k++)
        if (s->renderer[k] && am_fifo_pull(&s->waiting[k], s->block[k].channels, frames) != frames)
            return am_fail(err, AM_ERR_STATE, "the stages gave different lengths");
    for (int k = DRY - 1, before; k > 0 && frames; k--) {
        if (!s->renderer[k])
            continue;
        for (before = k - 1; !s->renderer[before];)
            before--;
        for (uint32_t c = 0; c < s->channels; c++)
            for (size_t n = 0; n < frames; n++)
                s->block[k].channels[c][n] -= s->block[before].channels[c][n];
    }
    return AM_OK;
}

float *const *am_chains_dry(const am_chains *s) { return s->block[DRY].channels; }

float *const *am_chains_part(const am_chains *s, am_contribution contribution)
{
    return s->renderer[contribution + 1] ? s->block[contribution + 1].channels : NULL;
}

void am_chains_close(am_chains *s)
{
    if (!s)
        return;
    for (int k = 0; k < CHAINS; k++) {
        am_render_close(s->renderer[k]);
        am_fifo_close(&s->waiting[k]);
        am_planar_close(&s->block[k]);
    }
    am_forget(s->allocator, s);
}
