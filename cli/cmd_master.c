#include "cli/commands.h"
#include "cli/job.h"
#include "cli/presets.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"

#include <stdlib.h>
#include <string.h>

static int master_one(const settings *options, const job *j, am_options *call, am_report *report, results *to)
{
    am_error err = { 0 };
    progress p;
    am_status st;

    if (job_skip(options, j))
        return DONE;
    st = job_look(options, j, &err);
    if (st)
        return results_failure(to, j->input, st, &err);
    progress_begin(&p, options, j->source, call);
    if (option_flag(options, OPTION_DRY_RUN))
        st = am_plan_file(j->source, call, report, &err);
    else
        st = am_master_file(j->source, j->output, call, report, &err);
    if (!st)
        st = job_delta(options, j, &report->plan, call, &err);
    progress_end(&p);
    if (st)
        return results_failure(to, j->input, st, &err);
    job_judge_channels(options, report);
    return job_deliver(options, j, report, to);
}

static int master_all(const settings *options, const job *jobs, am_options *call, results *to)
{
    am_report *report = malloc(sizeof *report);
    int code = DONE;

    if (!report)
        return say_failure(AM_ERR_NOMEM, &(am_error) { AM_ERR_NOMEM, "out of memory" });
    for (size_t i = 0; i < options->file_count && !signal_caught() && !ferror(to->to); i++)
        code = worse(code, master_one(options, &jobs[i], call, report, to));
    free(report);
    return signal_caught() ? signal_exit_code() : code;
}

static am_status name_all(const settings *options, unsigned bits, job *jobs, am_error *err)
{
    am_status st = AM_OK;

    for (size_t i = 0; i < options->file_count && !st; i++)
        st = job_name(options, options->files[i], bits, &jobs[i], err);
    return st ? st : job_compare(jobs, options->file_count, err);
}

int command_master(const settings *options)
{
    am_error err = { 0 };
    am_options call;
    job *jobs = NULL;
    results to;
    int code = FAILED;

    if (call_prepare(options, &call, &err)) {
        (void)say_failure(err.status, &err);
        return err.status == AM_ERR_NOMEM ? TEMPORARY : USAGE;
    }
    jobs = calloc(options->file_count, sizeof *jobs);
    if (!jobs)
        return say_failure(AM_ERR_NOMEM, &(am_error) { AM_ERR_NOMEM, "out of memory" });
    if (name_all(options, call.bits, jobs, &err)) {
        say("%s", err.message);
        free(jobs);
        return USAGE;
    }
    to = results_begin(options, strcmp(jobs[0].output, "-") == 0 ? stderr : stdout, options->file_count > 1);
    if (results_ready(&to, options)) {
        code = master_all(options, jobs, &call, &to);
        results_end(&to);
    }
    free(jobs);
    return code;
}
