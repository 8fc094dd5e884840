#include "pipeline/measure.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "analyze/analyzer.h"
#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "pipeline/planar.h"

/* What only the end of the audio tells: its length, and what is missing or odd. */
static void finish_source(am_measurement *m, const am_reader *reader)
{
    am_source *source = &m->source;
    const char *const *warnings = am_reader_warnings(reader);

    source->frames = m->analysis.frames;
    source->promised_s = am_reader_source(reader)->promised_s;
    for (; *warnings && source->warning_count < AM_MAX_WARNINGS; warnings++)
        (void)snprintf(source->warnings[source->warning_count++], sizeof source->warnings[0], "%s", *warnings);
}

static void apply_gain(const am_planar *audio, uint32_t channels, size_t frames, float gain)
{
    for (uint32_t c = 0; c < channels; c++)
        for (size_t i = 0; i < frames; i++)
            audio->channels[c][i] *= gain;
}

static am_status analyze_all(am_run *run, const char *stage, am_reader *reader, const am_measurement *m, am_analyzer *analyzer, am_error *err)
{
    const am_source *source = am_reader_source(reader);
    am_planar audio = { 0 };
    uint64_t done = 0;
    size_t given = 1;
    am_status st = am_planar_open(&audio, source->channels, run->options.allocator, err);

    while (!st && given) {
        st = am_reader_read(reader, audio.channels, AM_PLANAR_FRAMES, &given, err);
        if (!st && m->tape)
            am_tape_push(m->tape, (const float *const *)audio.channels, given);
        if (!st && m->lift_db != 0.0)
            apply_gain(&audio, source->channels, given, (float)am_gain_from_db(m->lift_db));
        if (!st && given)
            st = am_analyze_push(analyzer, (const float *const *)audio.channels, given, err);
        done += given;
        if (!st && stage)
            st = am_run_tell(run, stage, source->frames ? (double)done / (double)source->frames : 0.5, err);
        else if (!st && atomic_load(&run->cancelled))
            st = am_fail(err, AM_ERR_CANCELLED, "cancelled");
    }
    am_planar_close(&audio);
    return st;
}

/* Back to the level that the file has. What is relative to the loudness stays. */
static void set_down(am_analysis *a, double lift_db)
{
    const double gain = am_gain_from_db(-lift_db);
    double *const levels[] = { &a->loudness.integrated_lufs, &a->loudness.momentary_max_lufs, &a->loudness.short_term_max_lufs,
                               &a->peak.sample_dbfs, &a->peak.true_peak_dbtp };

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        *levels[i] -= lift_db;
    for (size_t c = 0; c < 2; c++)
        a->dc[c] *= gain;
    for (uint32_t i = 0; i < a->overview.count; i++) {
        a->overview.low[i] *= (float)gain;
        a->overview.high[i] *= (float)gain;
        a->overview.short_term_lufs[i] -= (float)lift_db;
    }
}

static am_status measure_into(am_run *run, const char *stage, am_measurement *m, am_error *err)
{
    am_reader *reader = NULL;
    am_analyzer *analyzer = NULL;
    am_options options = run->options;
    am_format format;
    am_status st = am_reader_open(m->path, run->options.allocator, &reader, err);

    if (st)
        goto done;
    m->source = *am_reader_source(reader);
    format = (am_format){ m->source.rate_hz, m->source.channels };
    options.struct_size = sizeof options;
    options.style = m->style;
    st = am_analyze_open(&format, &options, &analyzer, err);
    if (!st && m->want_trace)
        am_analyzer_want_trace(analyzer, &m->trace);
    if (m->tape)
        am_tape_begin(m->tape, m->source.channels, m->source.frames, run->options.allocator);
    if (!st)
        st = analyze_all(run, stage, reader, m, analyzer, err);
    if (!st)
        st = am_analyze_finish(analyzer, &m->analysis, err);
    if (st)
        goto done;
    if (m->lift_db != 0.0)
        set_down(&m->analysis, m->lift_db);
    finish_source(m, reader);
    st = am_reader_hash(reader, m->source.sha256, err);
done:
    am_analyze_close(analyzer);
    if (!st && m->keep)
        m->reader = reader;
    else
        am_reader_close(reader);
    return st;
}

/* Content errors of the stages do not know the file's name; those of the reader begin with it. */
static void name_file(am_measurement *m)
{
    am_error named = { .status = m->error.status };

    if (strncmp(m->error.message, m->path, strlen(m->path)) == 0 || m->status == AM_ERR_CANCELLED)
        return;
    (void)snprintf(named.message, sizeof named.message, "%.200s: %.300s", m->path, m->error.message);
    m->error = named;
}

am_status am_measure(am_run *run, const char *stage, am_measurement *m)
{
    m->status = measure_into(run, stage, m, &m->error);
    if (m->status)
        name_file(m);
    return m->status;
}

typedef struct queue {
    am_run *run;
    am_measurement *list;
    size_t count;
    atomic_size_t next;
} queue;

static void serve(queue *q, const char *stage)
{
    for (size_t i = atomic_fetch_add(&q->next, 1); i < q->count; i = atomic_fetch_add(&q->next, 1))
        if (am_measure(q->run, stage, &q->list[i]))
            atomic_store(&q->run->cancelled, true); /* no use in finishing the others */
}

static void *serve_beside(void *context)
{
    serve(context, NULL);
    return NULL;
}

/* The error that matters: the first that is not "cancelled", which is what the others end with once one has failed. */
static am_status first_error(const am_measurement *list, size_t count, am_error *err)
{
    const am_measurement *worst = NULL;

    for (size_t i = 0; i < count; i++)
        if (list[i].status && (!worst || (worst->status == AM_ERR_CANCELLED && list[i].status != AM_ERR_CANCELLED)))
            worst = &list[i];
    if (!worst)
        return AM_OK;
    return am_fail(err, worst->status, "%s", worst->error.message);
}

am_status am_measure_all(am_run *run, const char *stage, am_measurement *list, size_t count, am_error *err)
{
    queue q = { .run = run, .list = list, .count = count };
    pthread_t thread;
    bool beside;

    atomic_init(&q.next, 0);
    beside = count > 1 && run->options.threads != 1 && pthread_create(&thread, NULL, serve_beside, &q) == 0;
    serve(&q, stage);
    if (beside)
        (void)pthread_join(thread, NULL);
    return first_error(list, count, err);
}

static const double quietest_dbfs = -74.0;      /* the gain of a plan, 80 dB, still brings it up to the ceiling */
static const double lifted_dbfs = -6.0;
static const double loudest_dbfs = 120.0;       /* floats beyond it are not audio */

static bool needs_lift(const am_measurement *m, double *lift_db)
{
    const am_analysis *a = &m->analysis;

    *lift_db = lifted_dbfs - a->peak.sample_dbfs;
    return a->duration_s >= 0.4 && !isfinite(a->loudness.integrated_lufs) && a->peak.sample_dbfs >= quietest_dbfs && *lift_db > 0.0;
}

am_status am_measure_if_quiet(am_run *run, am_measurement *m, am_error *err)
{
    double lift_db;

    if (!needs_lift(m, &lift_db))
        return AM_OK;
    am_reader_close(m->reader);
    am_trace_close(&m->trace, run->options.allocator);
    *m = (am_measurement){ .path = m->path, .keep = m->keep, .want_trace = m->want_trace, .style = m->style, .tape = m->tape, .lift_db = lift_db };
    return am_measure(run, "analyse", m) ? am_fail(err, m->status, "%s", m->error.message) : AM_OK;
}

am_status am_measure_usable(const am_measurement *m, am_error *err)
{
    if (m->analysis.duration_s < 0.4)
        return am_fail(err, AM_ERR_CONTENT, "%s: %.3f s is too short: loudness needs at least 0.4 s", m->path, m->analysis.duration_s);
    if (!isfinite(m->analysis.loudness.integrated_lufs))
        return am_fail(err, AM_ERR_CONTENT, "%s: silence: nothing in it is louder than -70 LUFS", m->path);
    if (m->analysis.peak.sample_dbfs > loudest_dbfs)
        return am_fail(err, AM_ERR_CONTENT, "%s: peaks at %.0f dBFS: these samples are not audio", m->path, m->analysis.peak.sample_dbfs);
    return AM_OK;
}

am_status am_analyze_file(const char *path, const am_options *options, am_analysis *out, am_source *source, am_error *err)
{
    am_measurement *m = NULL;
    am_run run;
    am_status st;

    if (!path || !out)
        return am_fail(err, AM_ERR_RANGE, "am_analyze_file: path or out is NULL");
    st = am_run_init(&run, options, err);
    if (st)
        return st;
    m = am_acquire(run.options.allocator, 1, sizeof *m);
    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", path);
    m->path = path;
    m->style = run.options.style;
    st = am_measure(&run, "analyse", m);
    if (st) {
        (void)am_fail(err, st, "%s", m->error.message);
    } else {
        *out = m->analysis;
        if (source)
            *source = m->source;
    }
    am_forget(run.options.allocator, m);
    return st;
}
