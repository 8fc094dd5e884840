#include "analyze/stylist.h"

#include <assert.h>
#include <string.h>

static const double shortest_last_s = 15.0;

am_status am_stylist_open(am_stylist *s, uint32_t rate_hz, const am_allocator *allocator, am_error *err)
{
    assert(rate_hz >= AM_TIMBRE_RATE_HZ);
    *s = (am_stylist){ .rate_hz = rate_hz, .step = 1 };
    am_fifo_init(&s->mix, 1, allocator);
    am_fifo_init(&s->samples, 1, allocator);
    return am_timbre_open(allocator, &s->timbre, err);
}

void am_stylist_close(am_stylist *s)
{
    am_timbre_close(s->timbre);
    am_resampler_close(s->resampler);
    am_fifo_close(&s->mix);
    am_fifo_close(&s->samples);
    *s = (am_stylist){ 0 };
}

/* Every second of the full list goes, and step is doubled. */
static void thin_out(am_stylist *s)
{
    uint32_t kept = 0;

    s->step *= 2;
    for (uint32_t i = 0; i < s->count; i++)
        if ((s->kept[i].index + 1) % s->step == 0)
            s->kept[kept++] = s->kept[i];
    s->count = kept;
}

static void keep(am_stylist *s, double seconds, const double *features)
{
    if (s->count == AM_STYLIST_WINDOWS)
        thin_out(s);
    s->kept[s->count].index = s->window;
    s->kept[s->count].seconds = seconds;
    memcpy(s->kept[s->count++].features, features, sizeof s->kept[0].features);
}

static am_status begin_window(am_stylist *s, am_error *err)
{
    const uint64_t step = s->count == AM_STYLIST_WINDOWS ? 2 * s->step : s->step;

    s->open = (s->window + 1) % step == 0;
    if (!s->open || s->rate_hz == AM_TIMBRE_RATE_HZ)
        return AM_OK;
    return am_resampler_open(s->rate_hz, AM_TIMBRE_RATE_HZ, 1, s->mix.allocator, &s->resampler, err);
}

static am_status end_window(am_stylist *s, am_error *err)
{
    const float *samples[AM_FIFO_CHANNELS];
    const double seconds = (double)s->frames / s->rate_hz;
    double features[AM_STYLE_FEATURES];
    am_status st = s->resampler ? am_resampler_finish(s->resampler, &s->samples, err) : AM_OK;

    am_resampler_close(s->resampler);
    s->resampler = NULL;
    if (!st && s->open && seconds >= (s->count ? shortest_last_s : AM_STYLE_LEAST_S)) {
        am_fifo_peek(&s->samples, samples);
        if (am_timbre_measure(s->timbre, samples[0], am_fifo_count(&s->samples), s->as_found, features))
            keep(s, seconds, features);
    }
    am_fifo_drop(&s->samples, am_fifo_count(&s->samples));
    s->window++;
    s->frames = 0;
    return st;
}

/* Frames of one window. */
static am_status add(am_stylist *s, const float *left, const float *right, size_t frames, am_error *err)
{
    float *mix[AM_FIFO_CHANNELS];
    const float *from[AM_FIFO_CHANNELS];
    am_fifo *into = s->resampler ? &s->mix : &s->samples;
    am_status st = AM_OK;

    s->frames += frames;
    if (!s->open)
        return AM_OK;
    st = am_fifo_reserve(into, frames, mix, err);
    if (st)
        return st;
    for (size_t i = 0; i < frames; i++)
        mix[0][i] = 0.5f * (left[i] + right[i]);
    am_fifo_commit(into, frames);
    if (!s->resampler)
        return AM_OK;
    am_fifo_peek(&s->mix, from);
    st = am_resampler_push(s->resampler, from, frames, &s->samples, err);
    am_fifo_drop(&s->mix, frames);
    return st;
}

am_status am_stylist_push(am_stylist *s, const float *left, const float *right, size_t frames, am_error *err)
{
    const uint64_t whole = (uint64_t)s->rate_hz * AM_TIMBRE_SECONDS;
    am_status st = AM_OK;
    size_t at = 0;

    while (!s->begun && at < frames && left[at] + right[at] == 0.0f)
        at++;
    s->begun |= at < frames;
    while (!st && at < frames) {
        const size_t part = frames - at < whole - s->frames ? frames - at : (size_t)(whole - s->frames);

        if (s->frames == 0)
            st = begin_window(s, err);
        if (!st)
            st = add(s, left + at, right + at, part, err);
        at += part;
        if (!st && s->frames == whole)
            st = end_window(s, err);
    }
    return st;
}

am_status am_stylist_finish(am_stylist *s, double features[AM_STYLE_FEATURES], bool *measured, am_error *err)
{
    am_status st = s->frames ? end_window(s, err) : AM_OK;
    double seconds = 0.0;

    *measured = !st && s->count > 0;
    if (!*measured)
        return st;
    memset(features, 0, AM_STYLE_FEATURES * sizeof *features);
    for (uint32_t i = 0; i < s->count; i++)
        seconds += s->kept[i].seconds;
    for (uint32_t i = 0; i < s->count; i++)
        for (int f = 0; f < AM_STYLE_FEATURES; f++)
            features[f] += s->kept[i].features[f] * s->kept[i].seconds / seconds;
    return AM_OK;
}
