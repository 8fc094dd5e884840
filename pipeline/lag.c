#include "pipeline/lag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/align.h"
#include "base/error.h"
#include "base/memory.h"
#include "pipeline/excerpt.h"
#include "pipeline/planar.h"

enum { LEAST_FRAMES = 256, SLACK_FRAMES = 128, QUARTERS = 4 };

/* alike: two windows of a mix and of its master are above 0.9, of unrelated music below 0.3. sure: no other guess is looked at, and one
 * window is enough where nothing else sounds. Between them, what another guess nearly reaches is a chord or a beat that both have. */
static const double alike = 0.4, sure = 0.9, nearly = 0.9, silent = 1e-6;

typedef struct search {
    am_reader *const *reader;
    const uint64_t *frames;
    const am_allocator *allocator;
    am_outline outlines[2];
    float *samples[2];              /* AM_ALIGN_WINDOW and AM_ALIGN_SECOND frames */
} search;

/* Both channels in unequal parts: where one is the other upside down, something is left to compare. */
static void mix(float *const *channels, uint32_t count, size_t frames, float *out)
{
    for (size_t n = 0; n < frames; n++)
        out[n] = count > 1 ? 0.6f * channels[0][n] + 0.4f * channels[1][n] : channels[0][n];
}

static am_status draw_outline(search *s, int i, uint32_t step, am_error *err)
{
    const uint32_t channels = am_reader_source(s->reader[i])->channels;
    am_outline *o = &s->outlines[i];
    am_planar block = { 0 };
    uint64_t at = 0;
    size_t given = 1;
    am_status st = am_outline_open(step, s->frames[i], s->allocator, o, err);

    if (!st)
        st = am_planar_open(&block, channels, s->allocator, err);
    if (!st)
        st = am_reader_rewind(s->reader[i], err);
    while (!st && given) {
        st = am_reader_read(s->reader[i], block.channels, AM_PLANAR_FRAMES, &given, err);
        if (st)
            break;
        mix(block.channels, channels, given, block.channels[0]);
        am_outline_add(o, at, block.channels[0], given);
        at += given;
    }
    if (!st)
        am_outline_finish(o);
    am_planar_close(&block);
    return st;
}

/* The frames [first, first + frames) of a file; zeros outside it. */
static am_status read_mix(const search *s, int i, int64_t first, size_t frames, am_error *err)
{
    const size_t before = first >= 0 ? 0 : (uint64_t)-first < frames ? (size_t)-first : frames;
    am_excerpt x = { 0 };
    am_status st = am_excerpt_read(s->reader[i], first < 0 ? 0 : (uint64_t)first, frames - before, s->allocator, &x, err);

    memset(s->samples[i], 0, frames * sizeof(float));
    if (!st)
        mix(x.channels, x.format.channels, x.frames, s->samples[i] + before);
    am_excerpt_close(&x);
    return st;
}

static am_status look(const search *s, uint64_t at, size_t window, int64_t lag, size_t range, am_alignment *out, am_error *err)
{
    am_status st = read_mix(s, 0, (int64_t)at, window, err);

    if (!st)
        st = read_mix(s, 1, (int64_t)at + lag - AM_ALIGN_RANGE, AM_ALIGN_SECOND, err);
    return st ? st : am_align_find(s->samples[0], window, s->samples[1], range, s->allocator, out, err);
}

static am_lag overlap(const search *s, int64_t lag)
{
    const int64_t first = lag < 0 ? -lag : 0, end = (int64_t)s->frames[1] - lag;
    const int64_t last = end < (int64_t)s->frames[0] ? end : (int64_t)s->frames[0];

    return (am_lag){ .first = (uint64_t)first, .count = last > first ? (uint64_t)(last - first) : 0 };
}

/* The window where both sound most, apart from another one (taken < 0: none); *energy is the product of theirs. */
static uint64_t choose(const search *s, const am_lag *both, int64_t lag, size_t window, int64_t taken, double *energy)
{
    uint64_t best = both->first;

    *energy = 0.0;
    for (uint64_t at = both->first; at + window <= both->first + both->count; at += window / QUARTERS) {
        const double product = am_outline_energy(&s->outlines[0], at, window) * am_outline_energy(&s->outlines[1], (uint64_t)((int64_t)at + lag), window);

        if (product > *energy && (taken < 0 || llabs((int64_t)at - taken) >= (int64_t)window)) {
            *energy = product;
            best = at;
        }
    }
    return best;
}

/* *value: the smaller correlation of two windows; 0 where the guess does not hold. */
static am_status try_guess(const search *s, int64_t guess, double *value, double *lag_frames, am_error *err)
{
    const am_lag both = overlap(s, guess);
    const size_t window = both.count / QUARTERS < AM_ALIGN_WINDOW ? (size_t)(both.count / QUARTERS) : AM_ALIGN_WINDOW;
    const size_t range = 4 * (size_t)s->outlines[0].step < AM_ALIGN_RANGE ? 4 * (size_t)s->outlines[0].step : AM_ALIGN_RANGE;
    am_alignment one, other;
    double energy, second_energy;
    uint64_t at, elsewhere;
    am_status st;

    *value = 0.0;
    if (window < LEAST_FRAMES)
        return AM_OK;
    at = choose(s, &both, guess, window, -1, &energy);
    st = look(s, at, window, guess, range, &one, err);
    if (st || one.correlation < alike)
        return st;
    *lag_frames = (double)guess + one.lag_frames;
    elsewhere = choose(s, &both, guess, window, (int64_t)at, &second_energy);
    if (second_energy <= silent * energy) {
        *value = one.correlation >= sure ? one.correlation : 0.0;
        return AM_OK;
    }
    st = look(s, elsewhere, window, llround(*lag_frames), SLACK_FRAMES, &other, err);
    if (!st)
        *value = fmin(one.correlation, other.correlation);
    return st;
}

static am_status find(const search *s, am_lag *out, am_error *err)
{
    const uint32_t rate_hz = am_reader_source(s->reader[0])->rate_hz;
    int64_t guesses[AM_ALIGN_GUESSES];
    double best = 0.0, next = 0.0, lag_frames = 0.0;
    size_t count = 0;
    am_status st = am_align_guess(&s->outlines[0], &s->outlines[1], rate_hz, guesses, &count, err);

    for (size_t i = 0; i < count && !st && best < sure; i++) {
        double value, frames = 0.0;

        st = try_guess(s, guesses[i], &value, &frames, err);
        if (st)
            break;
        next = fmax(next, fmin(value, best));
        if (value > best) {
            best = value;
            lag_frames = frames;
        }
    }
    if (st || best < alike || (best < sure && next > nearly * best))
        return st;
    *out = overlap(s, llround(lag_frames));
    out->found = true;
    out->frames = lag_frames;
    return AM_OK;
}

am_status am_lag_find(am_reader *const reader[2], const uint64_t frames[2], const am_allocator *allocator, am_lag *out, am_error *err)
{
    const uint32_t step = am_outline_step(am_reader_source(reader[0])->rate_hz, frames[0] > frames[1] ? frames[0] : frames[1]);
    search s = { .reader = reader, .frames = frames, .allocator = allocator };
    am_status st = AM_OK;

    *out = (am_lag){ 0 };
    s.samples[0] = am_acquire(allocator, AM_ALIGN_WINDOW, sizeof(float));
    s.samples[1] = am_acquire(allocator, AM_ALIGN_SECOND, sizeof(float));
    if (!s.samples[0] || !s.samples[1])
        st = am_fail(err, AM_ERR_NOMEM, "out of memory");
    for (int i = 0; i < 2 && !st; i++)
        st = draw_outline(&s, i, step, err);
    if (!st)
        st = find(&s, out, err);
    for (int i = 0; i < 2; i++) {
        am_outline_close(&s.outlines[i]);
        am_forget(allocator, s.samples[i]);
    }
    return st;
}
