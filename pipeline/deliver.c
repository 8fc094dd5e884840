/* deliver.c - the last two stages of a session: render into a temporary file, and prove what is in it */
#include "pipeline/session.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/note.h"
#include "io/writer.h"
#include "pipeline/gauge.h"
#include "pipeline/planar.h"
#include "render/renderer.h"

/* ------------------------------------------------------------------ render */

typedef struct rendering {
    bool behind;                    /* what comes has been through the front */
    am_renderer *renderer;
    am_writer *writer;
    am_gauge *gauge;
    am_planar out;
} rendering;

static am_status pull_and_write(rendering *r, am_error *err)
{
    size_t given = 1;
    am_status st = AM_OK;

    while (!st && given) {
        st = am_render_pull(r->renderer, r->out.channels, AM_PLANAR_FRAMES, &given);
        if (!st && given)
            st = am_writer_write(r->writer, (const float *const *)r->out.channels, given, err);
        if (!st && given)
            st = am_gauge_push(r->gauge, (const float *const *)r->out.channels, given, err);
    }
    return st;
}

static am_status render_more(void *context, const float *const *channels, size_t frames, am_error *err)
{
    rendering *r = context;
    am_status st = am_render_take(r->renderer, channels, frames, r->behind, err);

    if (!st)
        st = pull_and_write(r, err);
    return st || frames ? st : am_writer_finish(r->writer, err);
}

static am_status open_writer(am_session *s, rendering *r, am_error *err)
{
    const am_plan *plan = &s->report->plan;
    const am_writer_format format = { plan->rate_hz, s->report->input.channels, plan->bits };
    const char *const *lost = NULL;
    am_status st = am_writer_open(s->output, s->out_path, &format, s->run.options.allocator, &r->writer, err);

    if (!st)
        st = am_writer_carry(r->writer, s->files[0].reader, &lost, err);
    if (st || s->report->attempt_count)
        return st;
    for (; *lost; lost++)
        am_note_add(s->report, AM_STAGE_DELIVERY, "metadata_lost", NAN, "Not carried over from the input: %s.", *lost);
    return AM_OK;
}

am_status am_session_render(am_session *s, am_error *err)
{
    const double start_s = am_run_seconds();
    const am_allocator *allocator = s->run.options.allocator;
    const am_format format = { s->report->input.rate_hz, s->report->input.channels };
    const am_format delivered = { s->report->plan.rate_hz, format.channels };
    const am_limiter_trace in_front = s->report->multiband;     /* of the front that listened */
    rendering r = { .behind = am_tape_usable(s->front) };
    am_status st = s->report->attempt_count ? am_session_reopen(s, err) : AM_OK;

    if (!st)
        st = am_render_open(&format, &s->report->plan, &s->run.options, &r.renderer, err);
    if (!st)
        st = open_writer(s, &r, err);
    if (!st)
        st = am_gauge_open(&delivered, &s->run, &r.gauge, err);
    if (!st)
        st = am_planar_open(&r.out, format.channels, allocator, err);
    if (!st) {
        am_render_trace(r.renderer, s->report->before.overview.count, s->report->before.overview.slice_s);
        st = am_session_stream(s, r.behind ? s->front : s->tape, "render", render_more, &r, err);
    }
    if (!st)
        st = am_gauge_finish(r.gauge, &s->report->after, &s->digest, err);
    if (!st)
        am_render_traced(r.renderer, s->report);
    if (!st && r.behind)
        s->report->multiband = in_front;
    am_planar_close(&r.out);
    am_gauge_close(r.gauge);
    am_writer_close(r.writer);
    am_render_close(r.renderer);
    s->report->render_s += am_run_seconds() - start_s;
    return st;
}

/* ------------------------------------------------------------------ verify */

/* Digest of everything that is in the file now. */
static am_status read_back(am_session *s, am_reader *reader, uint64_t *digest, am_error *err)
{
    const uint32_t channels = am_reader_source(reader)->channels;
    const double frames = (double)s->report->after.frames;
    am_planar audio = { 0 };
    double done = 0.0;
    size_t given = 1;
    am_status st = am_planar_open(&audio, channels, s->run.options.allocator, err);

    *digest = 0;
    while (!st && given) {
        st = am_reader_read(reader, audio.channels, AM_PLANAR_FRAMES, &given, err);
        if (!st)
            *digest = am_gauge_digest(*digest, (const float *const *)audio.channels, channels, given);
        done += (double)given;
        if (!st)
            st = am_run_tell(&s->run, "verify", done / frames, err);
    }
    am_planar_close(&audio);
    return st;
}

/* A file that gives the samples back as they were is the one that was measured. */
static am_status prove_same(am_session *s, const char *path, am_error *err)
{
    am_reader *reader = NULL;
    uint64_t digest = 0;
    am_status st = am_reader_open(path, s->run.options.allocator, &reader, err);

    if (!st)
        st = read_back(s, reader, &digest, err);
    if (!st && digest != s->digest)
        st = am_fail(err, AM_ERR_IO, "it does not hold the samples that were written");
    if (!st) {
        s->report->output = *am_reader_source(reader);
        s->report->output.frames = s->report->after.frames;
        st = am_reader_hash(reader, s->report->output.sha256, err);
    }
    am_reader_close(reader);
    return st;
}

/* What a lossy encoder made of the samples has to be measured itself. */
static am_status measure_again(am_session *s, const char *path, am_error *err)
{
    am_measurement *m = am_acquire(s->run.options.allocator, 1, sizeof *m);
    am_status st;

    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    m->path = path;
    st = am_measure(&s->run, "verify", m);
    if (st) {
        (void)am_fail(err, st, "%s", m->error.message);
    } else {
        s->report->after = m->analysis;
        s->report->output = m->source;
    }
    am_forget(s->run.options.allocator, m);
    return st;
}

am_status am_session_verify(am_session *s, am_error *err)
{
    const double start_s = am_run_seconds();
    const char *path = am_output_temporary(s->output);
    am_error why = { 0 };
    const am_status st = am_writer_is_lossy(s->out_path) ? measure_again(s, path, &why) : prove_same(s, path, &why);

    s->report->verify_s += am_run_seconds() - start_s;
    if (st)
        return am_fail(err, st, "%s: reading back what was written: %s", s->out_path, why.message);
    (void)snprintf(s->report->output.path, sizeof s->report->output.path, "%s", s->out_path);
    return AM_OK;
}
