/* comparepage.c - am_comparison_page of automaster.h: the two files in step, as excerpts of a page */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyze/align.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "io/flac.h"
#include "io/output.h"
#include "pipeline/excerpt.h"
#include "pipeline/lineage.h"
#include "report/page.h"

enum { EXCERPT_S = 30, HALF = AM_ALIGN_TAPS / 2 - 1 };

static const double audible_db = -90.0;     /* less than that is left nowhere: the loudest part tells more */

typedef struct sides {
    am_run run;
    const am_comparison *comparison;
    const char *paths[2];
    double start_s, length_s;       /* in the first file */
    am_excerpt audio[2];
    am_page_excerpt facts[2];
    am_flac flacs[2];
    am_page_made made[2];
    char no_vote[640];              /* "": a vote is possible */
} sides;

/* In whole seconds, and where both files have something as far as that reaches. */
static void choose_window(sides *s, bool whole)
{
    const am_comparison *c = s->comparison;
    const am_overview *o = &c->analysis[0].overview;
    const double duration_s = c->analysis[0].duration_s, first_s = c->aligned ? ceil(fmax(-c->lag_s, 0.0)) : 0.0;
    const double last_s = fmax((c->aligned ? fmin(c->analysis[1].duration_s - c->lag_s, duration_s) : duration_s) - EXCERPT_S, first_s);

    s->length_s = whole ? duration_s : fmin(EXCERPT_S, duration_s);
    if (whole || duration_s <= EXCERPT_S)
        return;
    if (c->place_count && c->places[0].residual_db > audible_db)
        s->start_s = c->places[0].time_s - 0.5 * EXCERPT_S;
    else
        s->start_s = am_excerpt_choose(o->short_term_lufs, o->count, o->slice_s, duration_s, EXCERPT_S);
    s->start_s = floor(fmax(fmin(fmin(fmax(s->start_s, first_s), last_s), duration_s - EXCERPT_S), 0.0));
}

/* The frames [first, first + frames) of a file, zeros outside it. */
static am_status read_around(am_reader *reader, int64_t first, size_t frames, const am_allocator *allocator, am_excerpt *out, am_error *err)
{
    const am_source *source = am_reader_source(reader);
    const am_format format = { source->rate_hz, source->channels };
    const size_t before = first >= 0 ? 0 : (uint64_t)-first < frames ? (size_t)-first : frames;
    am_excerpt held = { 0 };
    am_status st = am_excerpt_open(&format, frames, allocator, out, err);

    if (!st)
        st = am_excerpt_read(reader, first < 0 ? 0 : (uint64_t)first, frames - before, allocator, &held, err);
    for (uint32_t c = 0; c < format.channels && !st; c++) {
        memset(out->channels[c], 0, frames * sizeof(float));
        memcpy(out->channels[c] + before, held.channels[c], held.frames * sizeof(float));
    }
    am_excerpt_close(&held);
    return st;
}

/* y[n] = sign sum over k of taps[k] x[n + k]; the excerpt gets shorter by what the taps reach. */
static void shift(am_excerpt *x, double fraction, double sign)
{
    double taps[AM_ALIGN_TAPS];

    am_align_taps(fraction, taps);
    x->frames -= AM_ALIGN_TAPS;
    for (uint32_t c = 0; c < x->format.channels; c++)
        for (size_t n = 0; n < x->frames; n++) {
            double sum = 0.0;

            for (int k = 0; k < AM_ALIGN_TAPS; k++)
                sum += taps[k] * (double)x->channels[c][n + (size_t)k];
            x->channels[c][n] = (float)(sign * sum);
        }
}

/* Side 1 comes in step with side 0, and in its polarity. Where only whole frames lie between them, its samples stay what they are. */
static am_status read_side(sides *s, int i, am_error *err)
{
    const am_comparison *c = s->comparison;
    const double rate = c->source[i].rate_hz, lag = i && c->aligned ? c->lag_s * rate : 0.0, sign = i && c->inverted ? -1.0 : 1.0;
    const int64_t first = llround(s->start_s * rate), whole = (int64_t)floor(lag + 5e-4);
    const size_t frames = (size_t)llround(s->length_s * rate);
    const double fraction = fmax(lag - (double)whole, 0.0);
    const bool plain = fraction < 1e-3 && sign > 0.0;
    am_reader *reader = NULL;
    am_status st = am_reader_open(s->paths[i], s->run.options.allocator, &reader, err);

    if (!st && plain)
        st = read_around(reader, first + whole, frames, s->run.options.allocator, &s->audio[i], err);
    else if (!st) {
        st = read_around(reader, first + whole - HALF, frames + AM_ALIGN_TAPS, s->run.options.allocator, &s->audio[i], err);
        if (!st)
            shift(&s->audio[i], fraction < 1e-3 ? 0.0 : fraction, sign);
    }
    am_reader_close(reader);
    return st;
}

static am_status encode(sides *s, int i, am_error *err)
{
    const am_comparison *c = s->comparison;
    const am_excerpt *a = &s->audio[i];
    am_page_excerpt *x = &s->facts[i];
    am_status st;

    (void)snprintf(x->id, sizeof x->id, "%s", i ? "master" : "original");   /* the player's names for what it subtracts */
    (void)snprintf(x->name, sizeof x->name, "%.255s", am_path_base(c->source[i].path));
    memcpy(x->sha256, c->source[i].sha256, sizeof x->sha256);
    x->kind = "song";
    x->start_s = s->start_s;
    x->rate_hz = a->format.rate_hz;
    x->channels = a->format.channels;
    x->duration_s = (double)a->frames / a->format.rate_hz;
    x->scale = am_excerpt_scale(a);
    x->null_db = i && c->aligned && isfinite(c->gain_db) ? c->gain_db : NAN;
    x->lufs = am_excerpt_loudness(a);
    st = am_flac_encode(&a->format, 24, x->scale, (const float *const *)a->channels, a->frames, s->run.options.allocator, &s->flacs[i], err);
    x->flac = s->flacs[i].bytes;
    x->flac_count = s->flacs[i].count;
    return st;
}

/* Two masters of one song and one target, or a master and its original, can be voted on. */
static am_status trace_back(sides *s, am_error *err)
{
    const char *const names[2] = { s->facts[0].name, s->facts[1].name }, *const hashes[2] = { s->facts[0].sha256, s->facts[1].sha256 };
    am_lineage pair[2];
    am_status st = AM_OK;

    for (int i = 0; i < 2 && !st; i++)
        st = am_lineage_read(s->paths[i], hashes[i], s->run.options.allocator, &pair[i], err);
    if (st || !am_lineage_comparable(pair, names, hashes, s->no_vote, sizeof s->no_vote))
        return st;
    for (int i = 0; i < 2; i++) {
        const double *a = pair[i].amounts;

        s->made[i] = (am_page_made){ .tone = a[0], .dynamics = a[1], .width = a[2], .loudness = a[3] };
        memcpy(s->made[i].song, pair[i].song, sizeof s->made[i].song);
        memcpy(s->made[i].profile, pair[i].profile, sizeof s->made[i].profile);
        s->facts[i].made = &s->made[i];
    }
    return AM_OK;
}

static am_status write_page(sides *s, const char *out_path, size_t excerpts, am_error *err)
{
    static const char *const missing = "Files with more than two channels cannot be played here.";
    const am_allocator *allocator = s->run.options.allocator;
    am_output *output = NULL;
    char *json = NULL;
    am_status st = am_comparison_to_json(s->comparison, allocator, &json, err);

    if (!st)
        st = am_output_open(out_path, s->run.options.overwrite, s->paths, 2, allocator, &output, err);
    if (!st) {
        const am_page page = { AM_PAGE_COMPARISON, json, strlen(json), s->facts, excerpts, &missing, excerpts ? 0 : 1,
                               excerpts && s->no_vote[0] ? s->no_vote : NULL };

        st = am_page_write(&page, allocator, am_output_sink, output, err);
    }
    if (!st)
        st = am_output_commit(output, err);
    am_output_close(output);
    am_release(allocator, json);
    return st;
}

am_status am_comparison_page(const am_comparison *comparison, const char *first, const char *second, const char *out_path, bool whole,
                             const am_options *options, am_error *err)
{
    sides s = { .comparison = comparison, .paths = { first, second } };
    am_status st;

    if (!comparison || !first || !second || !out_path)
        return am_fail(err, AM_ERR_RANGE, "am_comparison_page: an argument is NULL");
    const bool playable = comparison->source[0].channels <= 2 && comparison->source[1].channels <= 2;

    st = am_run_init(&s.run, options, err);
    choose_window(&s, whole);
    for (int i = 0; i < 2 && playable && !st; i++) {
        st = am_run_tell(&s.run, "page", 0.5 * i, err);
        if (!st)
            st = read_side(&s, i, err);
        if (!st)
            st = encode(&s, i, err);
    }
    if (!st && playable)
        st = trace_back(&s, err);
    if (!st)
        st = am_run_tell(&s.run, "page", 1.0, err);
    if (!st)
        st = write_page(&s, out_path, playable ? 2 : 0, err);
    for (int i = 0; i < 2; i++) {
        am_excerpt_close(&s.audio[i]);
        am_forget(s.run.options.allocator, s.flacs[i].bytes);
    }
    return st;
}
