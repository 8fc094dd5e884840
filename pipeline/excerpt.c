#include "pipeline/excerpt.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "pipeline/planar.h"

const char *const am_contribution_words[AM_CONTRIBUTION_COUNT] = { "tone", "width", "limiter" };

/* The slowest state is the limiter's sustained reduction, 5 s at most. Gains are computed on a grid of up to 128 frames, which every rate
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
        st = am_reader_rewind(reader, err);
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

am_status am_excerpt_loudness(const am_excerpt *x, const am_options *options, double *lufs, am_error *err)
{
    am_analyzer *analyzer = NULL;
    am_analysis *analysis = am_acquire(x->allocator, 1, sizeof *analysis);
    am_status st = analysis ? am_analyze_open(&x->format, options, &analyzer, err) : am_fail(err, AM_ERR_NOMEM, "out of memory");

    if (!st)
        st = am_analyze_push(analyzer, (const float *const *)x->channels, x->frames, err);
    if (!st)
        st = am_analyze_finish(analyzer, analysis, err);
    *lufs = st ? NAN : analysis->loudness.integrated_lufs;
    am_analyze_close(analyzer);
    am_forget(x->allocator, analysis);
    return st;
}

/* ------------------------------------------------------------------ contributions */

enum { DRY = AM_CONTRIBUTION_COUNT + 1, CHAINS };   /* chain k has the stages before contribution k; the last one has none, nor drive */

typedef struct chains {
    am_renderer *renderer[CHAINS];
    am_excerpt heard[CHAINS];
    uint64_t given[CHAINS];
    uint64_t first;                 /* of the excerpt, in frames of what is pulled */
    am_planar block;
} chains;

static am_plan plan_up_to(const am_plan *whole, int stages)
{
    am_plan plan = *whole;

    plan.bits = 32;
    plan.dither = AM_DITHER_NONE;
    if (stages == DRY)
        plan.drive_db = plan.trim_db = 0.0;
    if (stages <= AM_CONTRIBUTION_TONE || stages == DRY) {
        plan.tone.method = AM_EQ_OFF;
        plan.dc[0] = plan.dc[1] = 0.0;
    }
    if (stages <= AM_CONTRIBUTION_WIDTH || stages == DRY)
        plan.width.enabled = false;
    if (stages <= AM_CONTRIBUTION_LIMITER || stages == DRY)
        plan.limiter.enabled = false;
    return plan;
}

static bool contributes(const am_plan *plan, int contribution)
{
    switch (contribution) {
    case AM_CONTRIBUTION_TONE: return plan->tone.method != AM_EQ_OFF || plan->dc[0] != 0.0 || plan->dc[1] != 0.0;
    case AM_CONTRIBUTION_WIDTH: return plan->width.enabled;
    default: return plan->limiter.enabled;
    }
}

static am_status open_chains(chains *s, const am_format *in, const am_plan *plan, double length_s, const am_options *options, am_error *err)
{
    const am_format out = { plan->rate_hz, in->channels };
    am_status st = am_planar_open(&s->block, in->channels, options->allocator, err);

    for (int k = 0; k < CHAINS && !st; k++) {
        const am_plan part = plan_up_to(plan, k);

        if (k < CHAINS - 1 && k > 0 && !contributes(plan, k - 1))
            continue;               /* the same as the one before */
        st = am_render_open(in, &part, options, &s->renderer[k], err);
        if (!st)
            st = am_excerpt_open(&out, (size_t)llround(length_s * out.rate_hz), options->allocator, &s->heard[k], err);
    }
    return st;
}

static am_status pull(chains *s, int k)
{
    size_t given = 1;
    am_status st = AM_OK;

    while (!st && given) {
        st = am_render_pull(s->renderer[k], s->block.channels, AM_PLANAR_FRAMES, &given);
        if (!st)
            keep(&s->heard[k], s->first, s->given[k], s->block.channels, given);
        s->given[k] += given;
    }
    return st;
}

static am_status feed(chains *s, const float *const *channels, size_t frames, am_error *err)
{
    am_status st = AM_OK;

    for (int k = 0; k < CHAINS && !st; k++) {
        if (!s->renderer[k])
            continue;
        st = frames ? am_render_push(s->renderer[k], channels, frames, err) : am_render_finish(s->renderer[k], err);
        if (!st)
            st = pull(s, k);
    }
    return st;
}

/* The frames [from, to) of the file through every chain. */
static am_status run_chains(chains *s, am_reader *reader, uint64_t from, uint64_t to, const am_allocator *allocator, am_error *err)
{
    am_planar in = { 0 };
    uint64_t at = 0;
    size_t given = 1;
    am_status st = am_planar_open(&in, am_reader_source(reader)->channels, allocator, err);

    if (!st)
        st = am_reader_rewind(reader, err);
    while (!st && given && at < to) {
        const float *part[AM_PLANAR_CHANNELS] = { NULL };
        size_t skip;

        st = am_reader_read(reader, in.channels, AM_PLANAR_FRAMES, &given, err);
        skip = at < from ? (from - at < given ? (size_t)(from - at) : given) : 0;
        for (uint32_t c = 0; c < am_reader_source(reader)->channels; c++)
            part[c] = in.channels[c] + skip;
        if (!st && given > skip)
            st = feed(s, part, given - skip, err);
        at += given;
    }
    if (!st)
        st = feed(s, NULL, 0, err);
    am_planar_close(&in);
    return st;
}

/* *later becomes later minus earlier. */
static void subtract(am_excerpt *later, const am_excerpt *earlier)
{
    for (uint32_t c = 0; c < later->format.channels; c++)
        for (size_t n = 0; n < later->frames; n++)
            later->channels[c][n] -= earlier->channels[c][n];
}

am_status am_excerpt_contributions(am_reader *reader, const am_plan *plan, double start_s, double length_s, const am_options *options,
                                   am_excerpt *dry, am_excerpt out[AM_CONTRIBUTION_COUNT], am_error *err)
{
    const am_source *source = am_reader_source(reader);
    const am_format in = { source->rate_hz, source->channels };
    const double lead_s = start_s - fmax(0.0, GRID_S * floor((start_s - LEAD_S) / GRID_S));
    chains s = { .first = (uint64_t)llround(lead_s * plan->rate_hz) };
    am_status st = open_chains(&s, &in, plan, length_s, options, err);

    if (!st)
        st = run_chains(&s, reader, (uint64_t)llround((start_s - lead_s) * in.rate_hz),
                        (uint64_t)llround((start_s + length_s + TAIL_S) * in.rate_hz), options->allocator, err);
    for (int k = AM_CONTRIBUTION_COUNT, before; k > 0 && !st; k--) {
        if (!s.renderer[k])
            continue;
        for (before = k - 1; !s.renderer[before];)
            before--;
        subtract(&s.heard[k], &s.heard[before]);
        out[k - 1] = s.heard[k];
        s.heard[k] = (am_excerpt){ 0 };
    }
    if (!st) {
        *dry = s.heard[DRY];
        s.heard[DRY] = (am_excerpt){ 0 };
    }
    for (int k = 0; k < CHAINS; k++) {
        am_render_close(s.renderer[k]);
        am_excerpt_close(&s.heard[k]);
    }
    am_planar_close(&s.block);
    return st;
}
