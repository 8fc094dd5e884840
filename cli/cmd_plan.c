#include "cli/commands.h"
#include "cli/files.h"
#include "cli/job.h"
#include "cli/presets.h"
#include "cli/progress.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>

static am_status solve(const settings *options, am_options *call, char **json, am_error *err)
{
    const char *source = name_source(options->files[0]);
    const bool costs = option_flag(options, OPTION_LOUDNESS_CURVE), table = costs && !option_flag(options, OPTION_JSON);
    am_report *report = malloc(sizeof *report);
    am_loudcurve curve;
    progress p;
    am_status st;

    if (!report) {
        *err = (am_error) { AM_ERR_NOMEM, "out of memory" };
        return AM_ERR_NOMEM;
    }
    progress_begin(&p, options, source, call);
    st = costs ? am_loudcurve_file(source, call, report, &curve, err) : am_plan_file(source, call, report, err);
    progress_end(&p);
    if (!st && table)
        st = am_loudcurve_to_text(&curve, colour_wanted(options, stdout), NULL, json, err);
    else if (!st && costs)
        st = am_loudcurve_to_json(&curve, NULL, json, err);
    else if (!st)
        st = am_plan_to_json(&report->plan, NULL, json, err);
    free(report);
    return st;
}

int command_plan(const settings *options)
{
    const char *output = options->values[OPTION_OUTPUT].text;
    job j = { .output = "-" };
    am_error err = { 0 };
    am_options call;
    char *json = NULL;
    am_status st;

    if (output && (strlen(output) >= sizeof j.output || file_is_folder(output))) {
        say("--output %s: is no name for a file", output);
        return USAGE;
    }
    if (output && suffix_is_audio(name_suffix(output))) {
        say("--output %s: a plan is JSON, not audio; name it .json", output);
        return USAGE;
    }
    if (output)
        memcpy(j.output, output, strlen(output) + 1);
    if (call_prepare(options, &call, &err)) {
        (void)say_failure(err.status, &err);
        return err.status == AM_ERR_NOMEM ? TEMPORARY : USAGE;
    }
    if (strcmp(j.output, "-") == 0 && !output_open())
        return FAILED;
    st = job_look(options, &j, &err);
    if (!st)
        st = solve(options, &call, &json, &err);
    if (!st && strcmp(j.output, "-") == 0) {
        results to = { .to = stdout, .format = option_flag(options, OPTION_JSON) ? RESULT_JSON : RESULT_TEXT };

        results_add(&to, json);
    } else if (!st) {
        st = file_write(j.output, json, option_flag(options, OPTION_FORCE), &err);
    }
    am_release(NULL, json);
    return st ? say_failure(st, &err) : DONE;
}
