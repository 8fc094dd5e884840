/* delta.c - am_delta_files of automaster.h: what each stage took or added, as files */
#include <stdio.h>

#include "base/error.h"
#include "base/plan_check.h"
#include "io/writer.h"
#include "pipeline/chains.h"
#include "pipeline/planar.h"
#include "pipeline/run.h"

typedef struct delta {
    am_output *output;
    am_writer *writer;
} delta;

static am_status open_delta(delta *d, const char *prefix, am_contribution k, const am_plan *plan, const char *in_path, uint32_t channels,
                            const am_options *options, am_error *err)
{
    const am_writer_format format = { plan->rate_hz, channels, 32 };
    char path[AM_PATH];
    am_status st;

    if (snprintf(path, sizeof path, "%s_%s.wav", prefix, am_contribution_words[k]) >= (int)sizeof path)
        return am_fail(err, AM_ERR_RANGE, "%.200s...: the name is too long", prefix);
    st = am_output_open(path, options->overwrite, &in_path, 1, options->allocator, &d->output, err);
    return st ? st : am_writer_open(d->output, path, &format, options->allocator, &d->writer, err);
}

static am_status write_ready(am_chains *chains, delta *deltas, am_error *err)
{
    size_t given = 1;
    am_status st = AM_OK;

    while (!st && given) {
        st = am_chains_pull(chains, &given, err);
        for (int k = 0; k < AM_CONTRIBUTION_COUNT && !st && given; k++)
            if (deltas[k].writer)
                st = am_writer_write(deltas[k].writer, (const float *const *)am_chains_part(chains, (am_contribution)k), given, err);
    }
    return st;
}

static am_status write_all(am_run *run, am_reader *reader, am_chains *chains, delta *deltas, am_error *err)
{
    const am_source *source = am_reader_source(reader);
    am_planar in = { 0 };
    double done = 0.0;
    size_t given = 1;
    am_status st = am_planar_open(&in, source->channels, run->options.allocator, err);

    while (!st && given) {
        st = am_reader_read(reader, in.channels, AM_PLANAR_FRAMES, &given, err);
        if (!st)
            st = given ? am_chains_push(chains, (const float *const *)in.channels, given, err) : am_chains_finish(chains, err);
        if (!st)
            st = write_ready(chains, deltas, err);
        done += (double)given;
        if (!st)
            st = am_run_tell(run, "render", source->frames ? done / (double)source->frames : 0.5, err);
    }
    am_planar_close(&in);
    return st;
}

static am_status commit(delta *d, am_error *err)
{
    am_status st = am_writer_finish(d->writer, err);

    return st ? st : am_output_commit(d->output, err);
}

am_status am_delta_files(const char *in_path, const am_plan *plan, const char *prefix, const am_options *options, am_error *err)
{
    am_reader *reader = NULL;
    am_chains *chains = NULL;
    delta deltas[AM_CONTRIBUTION_COUNT] = { { 0 } };
    am_format format;
    am_run run;
    am_status st;

    if (!in_path || !plan || !prefix)
        return am_fail(err, AM_ERR_RANGE, "am_delta_files: a path or plan is NULL");
    st = am_run_init(&run, options, err);
    if (!st)
        st = am_plan_check(plan, err);
    if (!st)
        st = am_reader_open(in_path, run.options.allocator, &reader, err);
    if (st)
        return st;
    format = (am_format){ am_reader_source(reader)->rate_hz, am_reader_source(reader)->channels };
    if (format.channels > 2)
        st = am_fail(err, AM_ERR_CONTENT, "%s: %u channels: mastering takes one or two", in_path, format.channels);
    for (int k = 0; k < AM_CONTRIBUTION_COUNT && !st; k++)
        if (am_contributes(plan, (am_contribution)k))
            st = open_delta(&deltas[k], prefix, (am_contribution)k, plan, in_path, format.channels, &run.options, err);
    if (!st)
        st = am_chains_open(&format, plan, &run.options, &chains, err);
    if (!st)
        st = write_all(&run, reader, chains, deltas, err);
    for (int k = 0; k < AM_CONTRIBUTION_COUNT && !st; k++)
        if (deltas[k].writer)
            st = commit(&deltas[k], err);
    for (int k = 0; k < AM_CONTRIBUTION_COUNT; k++) {
        am_writer_close(deltas[k].writer);
        am_output_close(deltas[k].output);
    }
    am_chains_close(chains);
    am_reader_close(reader);
    return st;
}
