#include "pipeline/excerpt.h"

#include <math.h>
#include <string.h>

#include "analyze/loudness.h"
#include "base/error.h"
#include "base/memory.h"
#include "render/renderer.h"

/* The slowest state is the limiter's sustained reduction, 5 s at most; a leveller forgets nothing for minutes. Gains are computed on a grid of up to 128 frames, which every rate
 * meets on multiples of 32 s. */
enum { LEAD_S = 15, GRID_S = 32, TAIL_S = 2 };

am_status am_excerpt_open(const am_format *format, size_t frames, const am_allocator *allocator, am_excerpt *out, am_error *err)
{
    *out = (am_excerpt){ .allocator = allocator, .format = *format, .frames = frames };
    for (uint32_t c = 0; c < format->channels; c++) {
        out->channels[c] = am_acquire(allocator, frames ? frames : 1, sizeof(float));
        if (!out->channels[c]) {
            am_excerpt_close(out);
            return am_fail(err, AM_ERR_NOMEM, "out of memory for an excerpt");
        }
    }
    return AM_OK;
}

void am_excerpt_close(am_excerpt *x)
{
    am_forget(x->allocator, x->channels[0]);
    am_forget(x->allocator, x->channels[1]);
    *x = (am_excerpt){ 0 };
}

/* Copy what of the frames [at, at + count) of a stream lies in the excerpt, which begins at its frame first. */
static void keep(am_excerpt *x, uint64_t first, uint64_t at, float *const *channels, size_t count)
{
    const uint64_t from = at > first ? at : first, end = first + x->frames, to = at + count < end ? at + count : end;

    for (uint32_t c = 0; from < to && c < x->format.channels; c++)
        memcpy(x->channels[c] + (from - first), channels[c] + (from - at), (size_t)(to - from) * sizeof(float));
}

am_status am_excerpt_read(am_reader *reader, uint64_t first, size_t frames, const am_allocator *allocator, am_excerpt *out, am_error *err)
{
    const am_source *source = am_reader_source(reader);
    const am_format format = { source->rate_hz, source->channels };
    am_planar block = { 0 };
    uint64_t at = 0;
    size_t given = 1;
    am_status st = am_excerpt_open(&format, frames, allocator, out, err);

    if (!st)
        st = am_planar_open(&block, format.channels, allocator, err);
    if (!st)
        st = am_reader_seek(reader, first, &at, err);
    while (!st && given && at < first + frames) {
        st = am_reader_read(reader, block.channels, AM_PLANAR_FRAMES, &given, err);
        if (!st)
            keep(out, first, at, block.channels, given);
        at += given;
    }
    am_planar_close(&block);
    if (st)
        am_excerpt_close(out);
    else if (at < first + frames)
        out->frames = at > first ? (size_t)(at - first) : 0;
    return st;
}

double am_excerpt_loudness(const am_excerpt *x)
{
    double lufs;

    return am_loudness_integrated(&x->format, (const float *const *)x->channels, x->frames, x->allocator, &lufs) ? NAN : lufs;
}

double am_excerpt_scale(const am_excerpt *x)
{
    float peak = 0.0f;
    double scale = 1.0;

    for (uint32_t c = 0; c < x->format.channels; c++)
        for (size_t n = 0; n < x->frames; n++)
            peak = fabsf(x->channels[c][n]) > peak ? fabsf(x->channels[c][n]) : peak;
    while (scale * (double)peak > 1.0)
        scale *= 0.5;
    return scale;
}

/* ------------------------------------------------------------------ the loudest part */

double am_excerpt_choose(const float *short_term_lufs, size_t count, double slice_s, double duration_s, double length_s)
{
    double best_s = 0.0, most = 0.0;

    for (uint64_t second = 0; (double)second + length_s <= duration_s; second++) {
        const double start_s = (double)second;
        double power = 0.0;
        size_t slices = 0;

        for (size_t i = (size_t)ceil(start_s / slice_s - 0.5); i < count && ((double)i + 0.5) * slice_s < start_s + length_s; i++, slices++)
            power += isfinite(short_term_lufs[i]) ? pow(10.0, 0.1 * (double)short_term_lufs[i]) : 0.0;
        power = slices ? power / (double)slices : 0.0;
        if (power > most) {
            most = power;
            best_s = start_s;
        }
    }
    return best_s;
}

/* ------------------------------------------------------------------ rendered */

typedef struct rendered {
    uint64_t first, given;          /* frames of the master: where the excerpt begins; what came so far */
    am_excerpt *out;
} rendered;

static am_status keep_rendered(am_renderer *renderer, const am_planar *block, rendered *r, am_error *err)
{
    size_t given = 1;
    am_status st = AM_OK;

    while (!st && given) {
        st = am_render_pull(renderer, block->channels, AM_PLANAR_FRAMES, &given);
        if (!st && given)
            keep(r->out, r->first, r->given, block->channels, given);
        r->given += given;
    }
    return st ? am_fail(err, st, "rendering failed") : AM_OK;
}

static am_status render_up_to(am_renderer *renderer, am_feed *feed, bool behind, am_run *run, rendered *r, am_error *err)
{
    const uint64_t end = r->first + r->out->frames;
    am_planar block = { 0 };
    size_t given = 1;
    am_status st = am_planar_open(&block, r->out->format.channels, run->options.allocator, err);

    while (!st && given && r->given < end) {
        const float *part[AM_PLANAR_CHANNELS] = { NULL };

        st = am_feed_next(feed, part, &given, err);
        if (!st)
            st = am_render_take(renderer, part, given, behind, err);
        if (!st)
            st = keep_rendered(renderer, &block, r, err);
        if (!st)
            st = am_run_tell(run, "render", (double)r->given / (double)end, err);
    }
    am_planar_close(&block);
    return st;
}

am_status am_excerpt_render(am_feed *feed, const am_format *format, bool behind, const am_plan *plan, double start_s, double length_s,
                            am_run *run, am_excerpt *out, am_error *err)
{
    const am_format made = { plan->rate_hz, format->channels };
    rendered r = { .first = (uint64_t)llround(start_s * plan->rate_hz), .out = out };
    am_renderer *renderer = NULL;
    am_status st = am_excerpt_open(&made, (size_t)llround(length_s * plan->rate_hz), run->options.allocator, out, err);

    if (!st)
        st = am_render_open(format, plan, &run->options, &renderer, err);
    if (!st)
        am_render_unseen(renderer, r.first);
    if (!st)
        st = render_up_to(renderer, feed, behind, run, &r, err);
    if (!st && r.given < r.first + out->frames)
        out->frames = r.given > r.first ? (size_t)(r.given - r.first) : 0;
    am_render_close(renderer);
    return st;
}

/* ------------------------------------------------------------------ contributions */

/* Where the window lies in what the chains give. */
typedef struct window {
    uint64_t first, given;
    am_excerpt *dry, *parts;
} window;

static am_status open_window(const am_format *format, size_t frames, const am_plan *plan, const am_allocator *allocator, const window *w,
                             am_error *err)
{
    am_status st = am_excerpt_open(format, frames, allocator, w->dry, err);

    for (int k = 0; k < AM_CONTRIBUTION_COUNT && !st; k++)
        if (am_contributes(plan, (am_contribution)k))
            st = am_excerpt_open(format, frames, allocator, &w->parts[k], err);
    return st;
}

static am_status drain(am_chains *chains, window *w, am_error *err)
{
    size_t given = 1;
    am_status st = AM_OK;

    while (!st && given) {
        st = am_chains_pull(chains, &given, err);
        if (st)
            break;
        keep(w->dry, w->first, w->given, am_chains_dry(chains), given);
        for (int k = 0; k < AM_CONTRIBUTION_COUNT; k++)
            if (w->parts[k].frames)
                keep(&w->parts[k], w->first, w->given, am_chains_part(chains, (am_contribution)k), given);
        w->given += given;
    }
    return st;
}

/* The frames [from, to) of the file through the chains. */
static am_status run_chains(am_chains *chains, window *w, am_reader *reader, uint64_t from, uint64_t to, const am_allocator *allocator,
                            am_error *err)
{
    const uint32_t channels = am_reader_source(reader)->channels;
    am_planar in = { 0 };
    uint64_t at = 0;
    size_t given = 1;
    am_status st = am_planar_open(&in, channels, allocator, err);

    if (!st)
        st = am_reader_rewind(reader, err);
    while (!st && given && at < to) {
        const float *part[AM_PLANAR_CHANNELS] = { NULL };
        size_t skip;

        st = am_reader_read(reader, in.channels, AM_PLANAR_FRAMES, &given, err);
        skip = at < from ? (from - at < given ? (size_t)(from - at) : given) : 0;
        for (uint32_t c = 0; c < channels; c++)
            part[c] = in.channels[c] + skip;
        if (!st && given > skip)
            st = am_chains_push(chains, part, given - skip, err);
        if (!st)
            st = drain(chains, w, err);
        at += given;
    }
    if (!st)
        st = am_chains_finish(chains, err);
    if (!st)
        st = drain(chains, w, err);
    am_planar_close(&in);
    return st;
}

am_status am_excerpt_contributions(am_reader *reader, const am_plan *plan, double start_s, double length_s, const am_options *options,
                                   am_excerpt *dry, am_excerpt out[AM_CONTRIBUTION_COUNT], am_error *err)
{
    const am_source *source = am_reader_source(reader);
    const am_format in = { source->rate_hz, source->channels }, result = { plan->rate_hz, source->channels };
    const double lead_s = plan->leveller.enabled ? start_s : start_s - fmax(0.0, GRID_S * floor((start_s - LEAD_S) / GRID_S));
    window w = { .first = (uint64_t)llround(lead_s * plan->rate_hz), .dry = dry, .parts = out };
    am_chains *chains = NULL;
    am_status st = open_window(&result, (size_t)llround(length_s * plan->rate_hz), plan, options->allocator, &w, err);

    if (!st)
        st = am_chains_open(&in, plan, options, &chains, err);
    if (!st)
        st = run_chains(chains, &w, reader, (uint64_t)llround((start_s - lead_s) * in.rate_hz),
                        (uint64_t)llround((start_s + length_s + TAIL_S) * in.rate_hz), options->allocator, err);
    am_chains_close(chains);
    return st;
}
