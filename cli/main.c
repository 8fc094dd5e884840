/* main.c - the command: arguments in, exit code out */
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/say.h"
#include "cli/signals.h"

static int run(const settings *options)
{
    switch (options->command) {
    case COMMAND_MASTER: return command_master(options);
    case COMMAND_ANALYZE: return command_analyze(options);
    case COMMAND_PLAN: return command_plan(options);
    case COMMAND_RENDER: return command_render(options);
    case COMMAND_CHECK: return command_check(options);
    case COMMAND_EXPLAIN: return command_explain(options);
    case COMMAND_COMPARE: return command_compare(options);
    case COMMAND_REPORT: return command_report(options);
    case COMMAND_PREVIEW: return command_preview(options);
    case COMMAND_PROFILE: return command_profile(options);
    case COMMAND_DOCTOR: return command_doctor(options);
    default: return command_help(options);
    }
}

static int answer(const settings *options)
{
    if (option_flag(options, OPTION_VERSION))
        return version_print();
    if (!option_flag(options, OPTION_HELP))
        return run(options);
    if (options->command_named)
        help_command(stdout, options->command);
    else
        help_overview(stdout);
    return DONE;
}

int main(int argc, char **argv)
{
    settings options;
    am_error err = { 0 };
    am_status st;
    int code;

    descriptors_guard();
    signals_install();
    if (argc < 2) {
        help_overview(stderr);
        return USAGE;
    }
    st = options_parse(argc, argv, &options, &err);
    if (st) {
        say("%s", err.message);
        code = st == AM_ERR_NOMEM ? TEMPORARY : USAGE;
    } else {
        code = answer(&options);
    }
    if (signal_caught())
        say("stopped by a signal");
    options_free(&options);
    return finish_output(code);
}
