#include "render/tone.h"

#include <assert.h>

#include "base/error.h"
#include "base/memory.h"
#include "dsp/biquad.h"
#include "dsp/fir.h"
#include "dsp/minphase.h"

struct am_tone {
    const am_allocator *allocator;
    am_cascade cascade;
    /* curve method */
    am_convolver *convolver;        /* NULL: the cascade is used */
    size_t taps;
    am_fifo waiting;                /* the last taps frames that were used, then those to come */
};

static bool section_counts(const am_eq_section *section, double rate_hz)
{
    return section->gain_db != 0.0 && section->frequency_hz < 0.49 * rate_hz;
}

bool am_tone_needed(const am_eq *eq, double rate_hz)
{
    if (eq->method == AM_EQ_SECTIONS_METHOD)
        for (uint32_t i = 0; i < eq->section_count; i++)
            if (section_counts(&eq->sections[i], rate_hz))
                return true;
    if (eq->method == AM_EQ_CURVE_METHOD)
        for (int k = 0; k < AM_BANDS; k++)
            if (eq->curve_db[k] != 0.0)
                return true;
    return false;
}

static void open_sections(am_tone *tone, const am_eq *eq, double rate_hz)
{
    for (uint32_t i = 0; i < eq->section_count; i++)
        if (section_counts(&eq->sections[i], rate_hz)) {
            const am_status st = am_biquad_design(rate_hz, &eq->sections[i], &tone->cascade.sections[tone->cascade.count++]);

            assert(st == AM_OK);
            (void)st;
        }
}

/* 8192 taps, 186 ms, at 44.1 and 48 kHz: notches of a sixth of an octave in the bass; about the same time at other rates */
static size_t taps_for(double rate_hz)
{
    size_t taps = 512;

    while ((double)taps * 50000.0 < 8192.0 * rate_hz)
        taps *= 2;
    return taps;
}

static am_status open_curve(am_tone *tone, const am_eq *eq, double rate_hz, am_error *err)
{
    float *kernel;
    am_status st;

    tone->taps = taps_for(rate_hz);
    kernel = am_acquire(tone->allocator, tone->taps, sizeof *kernel);
    if (!kernel)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for a filter of %zu taps", tone->taps);
    st = am_minphase_design(eq->curve_db, rate_hz, tone->taps, kernel, tone->allocator, err);
    if (!st)
        st = am_convolver_open(kernel, tone->taps, tone->allocator, &tone->convolver, err);
    if (!st)
        st = am_fifo_zeros(&tone->waiting, tone->taps, err);
    am_forget(tone->allocator, kernel);
    return st;
}

am_status am_tone_open(const am_eq *eq, double rate_hz, uint32_t channels, const am_allocator *allocator, am_tone **out,
                       am_error *err)
{
    am_tone *tone = am_acquire(allocator, 1, sizeof *tone);
    am_status st = AM_OK;

    if (!tone)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the equaliser");
    tone->allocator = allocator;
    am_fifo_init(&tone->waiting, channels, allocator);
    if (eq->method == AM_EQ_CURVE_METHOD)
        st = open_curve(tone, eq, rate_hz, err);
    else
        open_sections(tone, eq, rate_hz);
    if (st) {
        am_tone_close(tone);
        return st;
    }
    *out = tone;
    return AM_OK;
}

static am_status filter_sections(am_tone *tone, const float *const *channels, size_t frames, am_fifo *into, am_error *err)
{
    const bool stereo = tone->waiting.channels > 1;
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(into, frames, write, err);

    if (st)
        return st;
    am_cascade_process(&tone->cascade, channels[0], stereo ? channels[1] : NULL, write[0], stereo ? write[1] : NULL, frames);
    am_fifo_commit(into, frames);
    return AM_OK;
}

/* Convolve one step of what waits; keep frames of it. */
static am_status convolve_step(am_tone *tone, size_t keep, am_fifo *into, am_error *err)
{
    const size_t step = am_convolver_step(tone->convolver);
    const float *read[AM_FIFO_CHANNELS];
    float *write[AM_FIFO_CHANNELS];
    const am_status st = am_fifo_reserve(into, step, write, err);

    if (st)
        return st;
    am_fifo_peek(&tone->waiting, read);
    for (uint32_t c = 0; c < tone->waiting.channels; c++)
        am_convolver_run(tone->convolver, read[c] + tone->taps, write[c]);
    am_fifo_commit(into, keep);
    am_fifo_drop(&tone->waiting, step);
    return AM_OK;
}

am_status am_tone_push(am_tone *tone, const float *const *channels, size_t frames, am_fifo *into, am_error *err)
{
    am_status st;

    if (!tone->convolver)
        return filter_sections(tone, channels, frames, into, err);
    st = am_fifo_append(&tone->waiting, channels, frames, err);
    while (!st && am_fifo_count(&tone->waiting) >= tone->taps + am_convolver_step(tone->convolver))
        st = convolve_step(tone, am_convolver_step(tone->convolver), into, err);
    return st;
}

am_status am_tone_finish(am_tone *tone, am_fifo *into, am_error *err)
{
    size_t rest;
    am_status st;

    if (!tone->convolver)
        return AM_OK;
    rest = am_fifo_count(&tone->waiting) - tone->taps;
    st = am_fifo_zeros(&tone->waiting, am_convolver_step(tone->convolver) - rest, err);
    return st ? st : convolve_step(tone, rest, into, err);
}

void am_tone_close(am_tone *tone)
{
    if (tone) {
        am_convolver_close(tone->convolver);
        am_fifo_close(&tone->waiting);
        am_forget(tone->allocator, tone);
    }
}
