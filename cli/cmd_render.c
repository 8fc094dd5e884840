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

static am_status render(const settings *options, const job *j, const am_plan *plan, am_options *call, am_report *report,
                        am_error *err)
{
    progress p;
    am_status st = job_look(options, j, err);

    if (st)
        return st;
    progress_begin(&p, options, j->source, call);
    st = am_render_file(j->source, j->output, plan, call, report, err);
    progress_end(&p);
    return st;
}

int command_render(const settings *options)
{
    am_plan *plan = malloc(sizeof *plan);
    am_report *report = malloc(sizeof *report);
    job *j = calloc(1, sizeof *j);
    am_error err = { AM_ERR_NOMEM, "out of memory" };
    am_status st = plan && report && j ? AM_OK : AM_ERR_NOMEM;
    am_options call;
    results to;
    int code = DONE;

    if (!st)
        st = call_prepare(options, &call, &err);
    if (!st)
        st = read_plan(options->values[OPTION_PLAN].text, plan, &err);
    if (!st && job_name(options, options->files[0], plan->bits, j, &err)) {
        say("%s", err.message);
        code = USAGE;
        goto done;
    }
    if (!st && job_compare(j, 1, &err)) {
        say("%s", err.message);
        code = USAGE;
        goto done;
    }
    if (!st && job_skip(options, j))
        goto done;
    if (!st && !output_open()) {
        code = FAILED;
        goto done;
    }
    if (!st) {
        spare_the_plan(options, j);
        st = render(options, j, plan, &call, report, &err);
    }
    if (st) {
        code = say_failure(st, &err);
        goto done;
    }
    to = results_begin(options, strcmp(j->output, "-") == 0 ? stderr : stdout, false);
    code = job_deliver(options, j, report, &to);
done:
    free(plan);
    free(report);
    free(j);
    return code;
}
