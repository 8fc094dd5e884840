#include "cli/job.h"

#include "cli/presets.h"
#include "cli/say.h"
#include "cli/values.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *text_of(const settings *options, option_id id)
{
    return options->values[id].text;
}

static am_status name_the_report(const settings *options, job *out, am_error *err)
{
    const char *given = text_of(options, OPTION_REPORT);

    out->report[0] = '\0';
    if (option_flag(options, OPTION_DRY_RUN) || (given && strcmp(given, "none") == 0))
        return AM_OK;
    if (given && options->file_count > 1)
        return usage_error(err, "--report %.300s: one file for several inputs; leave it out, or say none", given);
    if (given && strcmp(given, "-") == 0)
        return usage_error(err, "--report -: --json prints the report");
    if (given && strlen(given) >= sizeof out->report)
        return usage_error(err, "--report %.300s...: the name is too long", given);
    if (given) {
        memcpy(out->report, given, strlen(given) + 1);
        return AM_OK;
    }
    return strcmp(out->output, "-") == 0 ? AM_OK : name_report(out->output, out->report, err);
}

am_status job_name(const settings *options, const char *input, unsigned bits, job *out, am_error *err)
{
    const char *output = text_of(options, OPTION_OUTPUT);
    const bool several = options->file_count > 1;
    am_status st;

    out->input = input;
    out->source = name_source(input);
    if (output && strcmp(output, "-") == 0) {
        if (several)
            return usage_error(err, "--output -: one input only");
        if (isatty(STDOUT_FILENO))
            return usage_error(err, "--output -: standard output is a terminal");
        memcpy(out->output, "-", 2);
    } else {
        st = name_output(input, output, bits, several, out->output, err);
        if (st)
            return st;
    }
    return name_the_report(options, out, err);
}

am_status job_compare(const job *jobs, size_t count, am_error *err)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(jobs[i].output, jobs[k].output) == 0)
                return usage_error(err, "%.200s and %.200s would both become %.200s", jobs[k].input, jobs[i].input, jobs[i].output);
        if (strcmp(jobs[i].output, jobs[i].report) == 0)
            return usage_error(err, "--report %.300s: is the name of the master", jobs[i].report);
    }
    return AM_OK;
}

bool job_is_input(const settings *options, const char *path)
{
    static const option_id single[] = { OPTION_TONE_FROM, OPTION_WIDTH_FROM, OPTION_LOUDNESS_FROM, OPTION_DYNAMICS_FROM, OPTION_PLAN };

    for (size_t i = 0; i < options->file_count; i++)
        if (file_same(path, name_source(options->files[i])))
            return true;
    for (size_t i = 0; i < options->reference_count; i++)
        if (file_same(path, options->references[i].path))
            return true;
    for (size_t i = 0; i < options->profile_count; i++)
        if (file_same(path, options->profiles[i].path))
            return true;
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (text_of(options, single[i]) && file_same(path, name_source(text_of(options, single[i]))))
            return true;
    return false;
}

static am_status look_at(const settings *options, const char *path, am_error *err)
{
    const char *base = name_base(path);
    char folder[PATH_SIZE];

    (void)snprintf(folder, sizeof folder, "%.*s", (int)(base - path), path);
    if (access(base == path ? "." : folder, W_OK | X_OK) != 0) {
        err->status = AM_ERR_IO;
        (void)snprintf(err->message, sizeof err->message, "%.400s: the folder: %s%s", path, strerror(errno), errno == ENOENT ? "; make it first" : "");
        return AM_ERR_IO;
    }
    err->status = AM_ERR_EXISTS;
    if (job_is_input(options, path))
        (void)snprintf(err->message, sizeof err->message, "%.400s: is an input, and never overwritten", path);
    else if (file_exists(path) && !option_flag(options, OPTION_FORCE))
        (void)snprintf(err->message, sizeof err->message,
                       "%.400s: is there already\n--force overwrites it%s", path,
                       options->command == COMMAND_PLAN ? "" : ", --skip-existing leaves it");
    else
        err->status = AM_OK;
    return err->status;
}

/* The report is written last, so a master without one may come from a run that was interrupted. */
static bool lacks_report(const job *j)
{
    return j->report[0] && file_exists(j->output) && !file_exists(j->report);
}

am_status job_look(const settings *options, const job *j, am_error *err)
{
    const char *given = text_of(options, OPTION_OUTPUT);
    am_status st = AM_OK;

    if (option_flag(options, OPTION_DRY_RUN))
        return AM_OK;
    if (given && strlen(given) < strlen(j->output))     /* it names the folder */
        st = folder_make(given, err);
    if (!st && option_flag(options, OPTION_SKIP_EXISTING) && lacks_report(j)) {
        (void)snprintf(err->message, sizeof err->message,
                       "%.180s: is there, but %.180s is not: was a run interrupted?\n--force makes both again, --report none takes it as it is",
                       j->output, j->report);
        st = err->status = AM_ERR_EXISTS;
    }
    if (!st && strcmp(j->output, "-") != 0)
        st = look_at(options, j->output, err);
    if (!st && j->report[0])
        st = look_at(options, j->report, err);
    return st;
}

bool job_skip(const settings *options, const job *j)
{
    if (!option_flag(options, OPTION_SKIP_EXISTING) || strcmp(j->output, "-") == 0 || !file_exists(j->output) || lacks_report(j))
        return false;
    if (!option_flag(options, OPTION_QUIET))
        remark("%s: skipped, %s is there already", j->input, j->output);
    return true;
}

am_status job_delta(const settings *options, const job *j, const am_plan *plan, am_options *call, am_error *err)
{
    const char *folder = text_of(options, OPTION_DELTA), *base = name_base(strcmp(j->output, "-") == 0 ? j->input : j->output);
    char prefix[PATH_SIZE];

    if (!folder || option_flag(options, OPTION_DRY_RUN))
        return AM_OK;
    if (folder_make(folder, err))
        return err->status;
    if (snprintf(prefix, sizeof prefix, "%s/%.*s", folder, (int)(name_suffix(base) - base), base) >= (int)sizeof prefix)
        return usage_error(err, "--delta %.200s: the name is too long", folder);
    return am_delta_files(j->source, plan, prefix, call, err);
}

static am_status print_text(const settings *options, const am_report *report, const char *json, results *to, am_error *err)
{
    char *table = NULL, *sentences = NULL;
    am_status st;

    if (option_flag(options, OPTION_QUIET))
        return AM_OK;
    st = am_report_to_text(report, colour_wanted(options, to->to), NULL, &table, err);
    if (!st)
        results_add(to, table);
    if (!st && option_flag(options, OPTION_VERBOSE))
        st = am_explain_json(json, strlen(json), NULL, &sentences, err);
    if (sentences)
        results_add(to, sentences);
    am_release(NULL, table);
    am_release(NULL, sentences);
    return st;
}

/* The renderer keeps the channels of the input. */
void job_judge_channels(const settings *options, am_report *report)
{
    const destination *d = destination_given(options);
    am_gate *g;

    if (!d || report->input.channels >= d->least_channels || report->gate_count == AM_MAX_GATES)
        return;
    g = &report->gates[report->gate_count++];
    *g = (am_gate) { .name = "channels" };
    (void)snprintf(g->limit, sizeof g->limit, "%u channels", d->least_channels);
    (void)snprintf(g->measured, sizeof g->measured, "%u channel", report->input.channels);
    (void)snprintf(g->reason, sizeof g->reason, "%s takes no mono file: give it the song with the channel twice (ffmpeg -i in.wav -ac 2 out.wav)", d->name);
}

int job_deliver(const settings *options, const job *j, const am_report *report, results *to)
{
    am_error err = { 0 };
    char *json = NULL;
    am_status st;

    st = am_report_to_json(report, NULL, &json, &err);
    if (!st && j->report[0])
        st = file_write(j->report, json, option_flag(options, OPTION_FORCE), &err);
    if (!st && to->format == RESULT_TEXT)
        st = print_text(options, report, json, to, &err);
    else if (!st)
        results_add(to, json);
    am_release(NULL, json);
    flush_output(to->to);
    if (st)
        return say_failure(st, &err);
    return am_report_passed(report) ? DONE : GATE_FAILED;
}
