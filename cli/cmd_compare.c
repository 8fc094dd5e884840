#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/say.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A limit that is given and exceeded is said; what is not known exceeds it. */
static bool within(const settings *options, option_id id, double found, const char *what, const char *unit)
{
    const double limit = options->values[id].number;

    if (!option_given(options, id) || found <= limit)
        return true;
    if (isnan(found))
        say("%s is not known, wanted at most %g %s", what, limit, unit);
    else
        say("%s is %.2f %s, wanted at most %g %s", what, found, unit, limit, unit);
    return false;
}

static bool gates_pass(const settings *options, const am_comparison *c)
{
    bool pass = within(options, OPTION_MAX_RESIDUAL, c->residual_db, "the residual", "dB");

    pass = within(options, OPTION_MAX_LOUDNESS, fabs(c->loudness_lu), "the difference in loudness", "LU") && pass;
    pass = within(options, OPTION_MAX_TONE, c->tone_rms_db, "the difference in tone", "dB") && pass;
    return within(options, OPTION_MAX_WIDTH, fabs(c->width_db), "the difference in width", "dB") && pass;
}

int command_compare(const settings *options)
{
    am_comparison *c = malloc(sizeof *c);
    am_error err = { AM_ERR_NOMEM, "out of memory" };
    char *text = NULL;
    int code = DONE;
    am_options call;
    progress p;
    const char *page = options->values[OPTION_HTML].text;
    results to = results_begin(options, page && strcmp(page, "-") == 0 ? stderr : stdout, false);   /* the page has standard output */
    am_status st = c ? AM_OK : AM_ERR_NOMEM;

    AM_OPTIONS_INIT(&call);
    if (option_given(options, OPTION_JOBS))
        call.threads = (uint32_t)options->values[OPTION_JOBS].number;
    if (!st) {
        progress_begin(&p, options, options->files[0], &call);
        st = am_compare_files(options->files[0], options->files[1], &call, c, &err);
        call.overwrite = option_flag(options, OPTION_FORCE);
        if (!st && page)
            st = am_comparison_page(c, options->files[0], options->files[1], page, option_flag(options, OPTION_FULL), &call, &err);
        progress_end(&p);
    }
    if (!st)
        st = to.format == RESULT_JSON ? am_comparison_to_json(c, NULL, &text, &err)
                                      : am_comparison_to_text(c, colour_wanted(options, to.to), NULL, &text, &err);
    if (!st && (to.format == RESULT_JSON || !option_flag(options, OPTION_QUIET)))
        results_add(&to, text);
    if (st)
        code = say_failure(st, &err);
    else if (!gates_pass(options, c))
        code = GATE_FAILED;
    am_release(NULL, text);
    free(c);
    return code;
}
