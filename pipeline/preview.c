/* preview.c - am_preview_file of automaster.h: the loudest part of a song in several variants, side by side */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "io/flac.h"
#include "io/writer.h"
#include "match/passages.h"
#include "pipeline/excerpt.h"
#include "pipeline/session.h"
#include "report/page.h"
#include "report/preview.h"

enum { EXCERPT_S = 30, REFERENCES = 4, PLAYED = 1 + AM_MAX_VARIANTS + REFERENCES };

typedef struct variant {
    const char *name;
    am_session session;
    am_report *report;
    char unreachable[160];          /* "": the loudness can be had */
    char excerpt_path[AM_PATH], plan_path[AM_PATH];
    am_output *excerpt_file, *plan_file;    /* NULL: not asked for */
} variant;

typedef struct played {             /* what the page plays: a variant, or a part of a file */
    variant *variant;
    const am_measurement *file;
    am_page_excerpt facts;
    am_excerpt audio;
    am_flac flac;
} played;

typedef struct passages {           /* of the input and one reference */
    const char *reference;
    am_shared shared;
} passages;

typedef struct preview {
    am_run run;
    const char *in_path, *page_path;
    am_tape tape;                   /* the input */
    variant variants[AM_MAX_VARIANTS];
    size_t count;
    am_measurement *files;          /* each path once, [0] the input */
    size_t file_count;
    passages passages[AM_MAX_VARIANTS];
    size_t passages_count;
    double start_s, length_s;
    played played[PLAYED];          /* [0] the original, then the variants */
    size_t played_count;
    am_output *page;

    /* the queue of both threads */
    atomic_size_t next, finished;
    atomic_bool failed;
} preview;

/* ------------------------------------------------------------------ what is measured once */

static am_measurement *find_measured(const preview *p, const char *path)
{
    for (size_t i = 0; i < p->file_count; i++)
        if (strcmp(p->files[i].path, path) == 0)
            return &p->files[i];
    return NULL;
}

static void add_file(preview *p, const am_measurement *wanted)
{
    am_measurement *m = find_measured(p, wanted->path);

    if (!m) {
        m = &p->files[p->file_count++];
        m->path = wanted->path;
    }
    m->want_trace = m->want_trace || wanted->want_trace;
    m->style = m->style || wanted->style;
}

static am_status list_files(preview *p, am_error *err)
{
    p->files = am_acquire(p->run.options.allocator, 1 + p->count * (AM_SESSION_FILES - 1), sizeof *p->files);
    if (!p->files)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", p->in_path);
    for (size_t k = 0; k < p->count; k++)
        for (size_t i = 0; i < p->variants[k].session.file_count; i++)
            add_file(p, &p->variants[k].session.files[i]);
    p->files[0].tape = &p->tape;
    return AM_OK;
}

/* One search for all variants that aim at the same reference. */
static am_status find_passages(preview *p, am_session *s, am_error *err)
{
    const char *reference = s->files[1].path;
    passages *found = p->passages;

    while (found < p->passages + p->passages_count && strcmp(found->reference, reference) != 0)
        found++;
    s->shared = &found->shared;
    if (found < p->passages + p->passages_count)
        return AM_OK;
    found->reference = reference;
    p->passages_count++;
    return am_passages_find(&p->files[0].trace, &find_measured(p, reference)->trace, p->run.options.allocator, &found->shared, err);
}

static am_status measure_all(preview *p, am_error *err)
{
    am_status st = am_measure_all(&p->run, "analyse", p->files, p->file_count, err);

    if (!st)
        st = am_measure_if_quiet(&p->run, &p->files[0], err);
    for (size_t i = 0; i < p->file_count && !st; i++)
        st = am_measure_usable(&p->files[i], err);
    for (size_t k = 0; k < p->count && !st; k++)
        if (am_session_shares(&p->variants[k].session.run.options))
            st = find_passages(p, &p->variants[k].session, err);
    return st;
}

static void choose_window(preview *p)
{
    const am_analysis *a = &p->files[0].analysis;

    p->length_s = fmin(EXCERPT_S, a->duration_s);
    p->start_s = am_excerpt_choose(a->overview.short_term_lufs, a->overview.count, a->overview.slice_s, a->duration_s, EXCERPT_S);
}

/* ------------------------------------------------------------------ one variant */

/* The session of am_plan_file, with the measurements that all variants share. */
static am_status decide(preview *p, am_session *s, am_error *err)
{
    am_status st = AM_OK;

    s->lent = true;
    for (size_t i = 0; i < s->file_count; i++) {
        const bool want_trace = s->files[i].want_trace;

        s->files[i] = *find_measured(p, s->files[i].path);
        if (!want_trace)            /* another variant's: a mastering of this one alone would not have it */
            s->files[i].trace = (am_trace){ 0 };
    }
    s->tape = &p->tape;
    if (!am_tape_usable(s->tape))
        st = am_reader_open(p->in_path, s->run.options.allocator, &s->files[0].reader, err);
    if (!st)
        st = am_session_adopt(s, err);
    return st ? st : am_session_decide(s, err);
}

static am_status render_window(const preview *p, const variant *v, am_run *run, am_excerpt *out, am_error *err)
{
    const am_session *s = &v->session;
    const am_format format = { v->report->input.rate_hz, v->report->input.channels };
    const bool behind = am_tape_usable(s->front);
    am_feed feed;
    am_status st = am_feed_open(&feed, behind ? s->front : s->tape, s->files[0].reader, run->options.allocator, err);

    if (!st)
        st = am_excerpt_render(&feed, &format, behind, &v->report->plan, p->start_s, p->length_s, run, out, err);
    am_feed_close(&feed);
    return st;
}

static am_status make_variant(preview *p, variant *v, am_tape *front, am_run *run, am_excerpt *out, am_error *err)
{
    am_session *s = &v->session;
    am_status st;

    s->run.options.progress = run->options.progress;
    s->run.options.progress_context = run->options.progress_context;
    s->run.options.threads = run->options.threads;
    s->front = front;
    st = decide(p, s, err);
    if (!st && am_session_unreachable(s))
        (void)snprintf(v->unreachable, sizeof v->unreachable, "%s", am_session_unreachable(s));
    if (!st)
        st = render_window(p, v, run, out, err);
    s->front = NULL;
    return st;
}

/* ------------------------------------------------------------------ what the page plays */

/* The seconds from start_s of a file as it is. */
static am_status read_part(const char *path, double start_s, double length_s, const am_allocator *allocator, am_excerpt *out, am_error *err)
{
    am_reader *reader = NULL;
    am_status st = am_reader_open(path, allocator, &reader, err);
    const double rate = st ? 0.0 : am_reader_source(reader)->rate_hz;

    if (!st)
        st = am_excerpt_read(reader, (uint64_t)llround(start_s * rate), (size_t)llround(length_s * rate), allocator, out, err);
    am_reader_close(reader);
    return st;
}

static void list_played(preview *p)
{
    played *x = &p->played[p->played_count++];
    size_t references = 0;

    *x = (played){ .file = &p->files[0], .facts = { .id = "original", .kind = "song", .start_s = p->start_s } };
    for (size_t k = 0; k < p->count; k++) {
        x = &p->played[p->played_count++];
        *x = (played){ .variant = &p->variants[k], .facts = { .kind = "variant", .start_s = p->start_s } };
        (void)snprintf(x->facts.id, sizeof x->facts.id, "variant-%zu", k + 1);
        (void)snprintf(x->facts.name, sizeof x->facts.name, "%.255s", p->variants[k].name);
    }
    for (size_t i = 1; i < p->file_count && references < REFERENCES; i++) {
        const am_analysis *a = &p->files[i].analysis;
        const am_overview *o = &a->overview;

        if (p->files[i].source.channels > 2)
            continue;
        x = &p->played[p->played_count++];
        *x = (played){ .file = &p->files[i], .facts = { .kind = "reference" } };
        x->facts.start_s = am_excerpt_choose(o->short_term_lufs, o->count, o->slice_s, a->duration_s, EXCERPT_S);
        (void)snprintf(x->facts.id, sizeof x->facts.id, "reference-%zu", ++references);
    }
}

/* Measure and encode. */
static am_status describe_played(played *x, const am_run *run, am_error *err)
{
    am_page_excerpt *f = &x->facts;
    const am_excerpt *a = &x->audio;
    am_status st;

    if (x->file) {
        (void)snprintf(f->name, sizeof f->name, "%.255s", am_path_base(x->file->source.path));
        memcpy(f->sha256, x->file->source.sha256, sizeof f->sha256);
    }
    f->null_db = NAN;
    f->scale = am_excerpt_scale(a);
    f->rate_hz = a->format.rate_hz;
    f->channels = a->format.channels;
    f->duration_s = (double)a->frames / a->format.rate_hz;
    f->lufs = am_excerpt_loudness(a);
    st = am_flac_encode(&a->format, 24, f->scale, (const float *const *)a->channels, a->frames, run->options.allocator, &x->flac, err);
    f->flac = x->flac.bytes;
    f->flac_count = x->flac.count;
    return st;
}

/* A job: one thing that the page plays. front: scratch. */
static am_status make_played(preview *p, size_t index, am_tape *front, am_run *run, am_error *err)
{
    played *x = &p->played[index];
    am_status st = am_run_tell(run, "render", 0.0, err);

    if (!st && x->variant)
        st = make_variant(p, x->variant, front, run, &x->audio, err);
    else if (!st)
        st = read_part(x->file->path, x->facts.start_s, fmin(EXCERPT_S, x->file->analysis.duration_s), run->options.allocator, &x->audio, err);
    return st ? st : describe_played(x, run, err);
}

/* ------------------------------------------------------------------ two threads */

/* What a job that is not told of asks instead of the person. */
static bool go_on(void *context, const char *stage, double done)
{
    const preview *p = context;

    (void)stage;
    (void)done;
    return !atomic_load(&p->failed);
}

/* The same from the calling thread, which tells how far all of them are. */
static bool tell(void *context, const char *stage, double done)
{
    preview *p = context;
    const double jobs = (double)atomic_load(&p->finished);

    if (!go_on(context, stage, done))
        return false;
    if (am_run_tell(&p->run, "render", jobs / (double)p->played_count, NULL))
        atomic_store(&p->failed, true);
    return !atomic_load(&p->failed);
}

typedef struct worker {
    preview *preview;
    am_tape front;                  /* of the variant at hand */
    am_progress ask;
    am_status status;
    am_error error;
} worker;

static void *serve(void *context)
{
    worker *w = context;
    preview *p = w->preview;
    am_run run;

    run.options = p->run.options;
    run.options.progress = w->ask;
    run.options.progress_context = p;
    run.options.threads = 1;
    atomic_init(&run.cancelled, false);
    for (size_t i = atomic_fetch_add(&p->next, 1); i < p->played_count && !w->status; i = atomic_fetch_add(&p->next, 1)) {
        w->status = make_played(p, i, &w->front, &run, &w->error);
        atomic_fetch_add(&p->finished, 1);
    }
    if (w->status)
        atomic_store(&p->failed, true);
    am_tape_close(&w->front);
    return NULL;
}

/* All that is played, two at a time. What went wrong first is told, not that the other one was stopped. */
static am_status make_all(preview *p, am_error *err)
{
    worker workers[2] = { { .preview = p, .ask = tell }, { .preview = p, .ask = go_on } };
    const worker *bad = &workers[0];
    pthread_t thread;
    const bool beside = p->run.options.threads != 1 && pthread_create(&thread, NULL, serve, &workers[1]) == 0;

    (void)serve(&workers[0]);
    if (beside)
        (void)pthread_join(thread, NULL);
    if (!bad->status || (bad->status == AM_ERR_CANCELLED && workers[1].status && workers[1].status != AM_ERR_CANCELLED))
        bad = &workers[1];
    return bad->status ? am_fail(err, bad->status, "%s", bad->error.message) : AM_OK;
}

/* ------------------------------------------------------------------ files */

/* What cannot be written is told before the work. */
static am_status open_files(preview *p, const char *prefix, am_error *err)
{
    const am_options *o = &p->run.options;
    const char **inputs = am_acquire(o->allocator, p->file_count, sizeof *inputs);
    am_status st = AM_OK;

    if (!inputs)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", p->in_path);
    for (size_t i = 0; i < p->file_count; i++)
        inputs[i] = p->files[i].path;
    if (p->page_path)
        st = am_output_open(p->page_path, o->overwrite, inputs, p->file_count, o->allocator, &p->page, err);
    for (size_t k = 0; k < p->count && prefix && !st; k++) {
        variant *v = &p->variants[k];

        if (snprintf(v->excerpt_path, AM_PATH, "%s_%zu.wav", prefix, k + 1) >= AM_PATH)
            st = am_fail(err, AM_ERR_RANGE, "%.200s...: the name is too long", prefix);
        (void)snprintf(v->plan_path, AM_PATH, "%.*s.json", (int)(strlen(v->excerpt_path) - 4), v->excerpt_path);
        if (!st)
            st = am_output_open(v->excerpt_path, o->overwrite, inputs, p->file_count, o->allocator, &v->excerpt_file, err);
        if (!st)
            st = am_output_open(v->plan_path, o->overwrite, inputs, p->file_count, o->allocator, &v->plan_file, err);
    }
    am_forget(o->allocator, inputs);
    return st;
}

static am_status write_variant(const preview *p, const variant *v, const am_excerpt *audio, am_error *err)
{
    const am_writer_format format = { audio->format.rate_hz, audio->format.channels, v->report->plan.bits };
    am_writer *writer = NULL;
    char *json = NULL;
    am_status st = am_writer_open(v->excerpt_file, v->excerpt_path, &format, p->run.options.allocator, &writer, err);

    if (!st)
        st = am_writer_write(writer, (const float *const *)audio->channels, audio->frames, err);
    if (!st)
        st = am_writer_finish(writer, err);
    if (!st)
        st = am_plan_to_json(&v->report->plan, p->run.options.allocator, &json, err);
    if (!st)
        st = am_output_write(v->plan_file, json, strlen(json), err);
    am_release(p->run.options.allocator, json);
    am_writer_close(writer);
    return st;
}

static am_status write_page(preview *p, const char *json, am_error *err)
{
    am_page_excerpt facts[PLAYED];
    const am_page page = { AM_PAGE_PREVIEW, json, strlen(json), facts, p->played_count, NULL, 0, NULL };

    for (size_t i = 0; i < p->played_count; i++)
        facts[i] = p->played[i].facts;
    return am_page_write(&page, p->run.options.allocator, am_output_sink, p->page, err);
}

static am_status describe(const preview *p, char **json, am_error *err)
{
    am_preview_variant variants[AM_MAX_VARIANTS];
    const am_preview document = { p->page_path, p->start_s, p->length_s, variants, p->count };

    for (size_t k = 0; k < p->count; k++) {
        const variant *v = &p->variants[k];

        variants[k] = (am_preview_variant){ .name = v->name, .report = v->report, .unreachable = v->unreachable,
                                            .excerpt = v->excerpt_file ? v->excerpt_path : NULL, .plan = v->plan_file ? v->plan_path : NULL,
                                            .lufs = p->played[1 + k].facts.lufs };
    }
    return am_preview_to_json(&document, p->run.options.allocator, json, err);
}

static am_status write_all(preview *p, const char *json, am_error *err)
{
    am_status st = p->page ? write_page(p, json, err) : AM_OK;

    for (size_t k = 0; k < p->count && !st; k++)
        if (p->variants[k].excerpt_file)
            st = write_variant(p, &p->variants[k], &p->played[1 + k].audio, err);
    for (size_t k = 0; k < p->count && !st; k++) {
        if (p->variants[k].excerpt_file)
            st = am_output_commit(p->variants[k].excerpt_file, err);
        if (!st && p->variants[k].plan_file)
            st = am_output_commit(p->variants[k].plan_file, err);
    }
    return !st && p->page ? am_output_commit(p->page, err) : st;
}

/* ------------------------------------------------------------------ the call */

static am_status open_preview(preview *p, const char *in_path, const am_variant *variants, size_t count, const char *page_path,
                              const am_options *options, am_error *err)
{
    am_status st = am_run_init(&p->run, options, err);

    p->in_path = in_path;
    p->page_path = page_path;
    atomic_init(&p->next, 0);
    atomic_init(&p->finished, 0);
    atomic_init(&p->failed, false);
    for (size_t k = 0; k < count && !st; k++) {
        variant *v = &p->variants[p->count++];
        am_run own;

        st = am_run_init(&own, variants[k].options, err);   /* complete, also from an older caller */
        own.options.struct_size = sizeof own.options;
        own.options.allocator = p->run.options.allocator;
        v->name = variants[k].name;
        v->report = am_acquire(p->run.options.allocator, 1, sizeof *v->report);
        if (!st && !v->report)
            st = am_fail(err, AM_ERR_NOMEM, "%s: out of memory", in_path);
        if (!st)
            st = am_session_open(&v->session, in_path, NULL, &own.options, v->report, err);
    }
    return st;
}

static void close_preview(preview *p)
{
    const am_allocator *allocator = p->run.options.allocator;

    for (size_t k = 0; k < p->count; k++) {
        am_session_close(&p->variants[k].session);
        am_output_close(p->variants[k].excerpt_file);
        am_output_close(p->variants[k].plan_file);
        am_forget(allocator, p->variants[k].report);
    }
    for (size_t i = 0; i < p->played_count; i++) {
        am_forget(allocator, p->played[i].flac.bytes);
        am_excerpt_close(&p->played[i].audio);
    }
    for (size_t i = 0; i < p->file_count; i++)
        am_trace_close(&p->files[i].trace, allocator);
    am_output_close(p->page);
    am_tape_close(&p->tape);
    am_forget(allocator, p->files);
}

am_status am_preview_file(const char *in_path, const am_variant *variants, size_t count, const char *page_path, const char *prefix,
                          const am_options *options, char **json, am_error *err)
{
    preview *p;
    am_run run;
    am_status st;

    if (!in_path || !variants || !json)
        return am_fail(err, AM_ERR_RANGE, "am_preview_file: in_path, variants or json is NULL");
    if (count < 1 || count > AM_MAX_VARIANTS)
        return am_fail(err, AM_ERR_RANGE, "%zu variants: 1 to %d", count, AM_MAX_VARIANTS);
    for (size_t k = 0; k < count; k++)
        if (!variants[k].name)
            return am_fail(err, AM_ERR_RANGE, "variant %zu has no name", k + 1);
    st = am_run_init(&run, options, err);
    if (st)
        return st;
    p = am_acquire(run.options.allocator, 1, sizeof *p);
    if (!p)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", in_path);
    *json = NULL;
    st = open_preview(p, in_path, variants, count, page_path, options, err);
    if (!st)
        st = list_files(p, err);
    if (!st)
        st = open_files(p, prefix, err);
    if (!st)
        st = measure_all(p, err);
    if (!st) {
        choose_window(p);
        list_played(p);
        st = make_all(p, err);
    }
    if (!st)
        st = describe(p, json, err);
    if (!st)
        st = write_all(p, *json, err);
    if (st) {
        am_release(run.options.allocator, *json);
        *json = NULL;
    }
    close_preview(p);
    am_forget(run.options.allocator, p);
    return st;
}
