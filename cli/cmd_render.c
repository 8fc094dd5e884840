#include "cli/commands.h"
#include "cli/job.h"
#include "cli/presets.h"
#include "cli/progress.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>

static am_status read_plan(const char *path, am_plan *plan, am_error *err)
{
    char *bytes = NULL;
    size_t length;
    am_error why = { 0 };
    am_status st = file_read(path, &bytes, &length, err);

    if (st)
        return st;
    st = am_plan_from_json(bytes, length, plan, &why);
    if (st) {
        err->status = st;
        (void)snprintf(err->message, sizeof err->message, "%.200s: %.300s", path, why.message);
    }
    free(bytes);
    return st;
}

/* The report that the plan came from is not replaced by the report of its rendering. */
static void spare_the_plan(const settings *options, job *j)
{
    if (options->values[OPTION_REPORT].text || !file_same(j->report, options->values[OPTION_PLAN].text))
        return;
    j->report[0] = '\0';
}

typedef struct rendering {
    am_options call;
    am_plan plan;
    am_report report;
    job job;
} rendering;

/* Read the plan and name the output: an exit code. */
static int prepare(const settings *options, rendering *r)
{
    am_error err = { 0 };
    am_status st = call_prepare(options, &r->call, &err);

    if (!st)
        st = read_plan(options->values[OPTION_PLAN].text, &r->plan, &err);
    if (st)
        return say_failure(st, &err);
    st = job_name(options, options->files[0], r->plan.bits, &r->job, &err);
    if (!st)
        st = job_compare(&r->job, 1, &err);
    if (st) {
        say("%s", err.message);
        return USAGE;
    }
    spare_the_plan(options, &r->job);
    return DONE;
}

static int render(const settings *options, rendering *r)
{
    const job *j = &r->job;
    results to = results_begin(options, strcmp(j->output, "-") == 0 ? stderr : stdout, false);
    am_error err = { 0 };
    progress p;
    am_status st;

    if (!results_ready(&to, options))
        return FAILED;
    if (job_skip(options, j)) {
        results_end(&to);
        return DONE;
    }
    st = job_look(options, j, &err);
    if (st)
        return results_failure(&to, j->input, st, &err);
    progress_begin(&p, options, j->source, &r->call);
    st = am_render_file(j->source, j->output, &r->plan, &r->call, &r->report, &err);
    if (!st)
        st = job_delta(options, j, &r->plan, &r->call, &err);
    progress_end(&p);
    return st ? results_failure(&to, j->input, st, &err) : job_deliver(options, j, &r->report, &to);
}

int command_render(const settings *options)
{
    rendering *r = calloc(1, sizeof *r);
    int code;

    if (!r)
        return say_failure(AM_ERR_NOMEM, &(am_error) { AM_ERR_NOMEM, "out of memory" });
    code = prepare(options, r);
    if (!code)
        code = render(options, r);
    free(r);
    return code;
}
