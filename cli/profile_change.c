/* profile_change.c - tune, merge */
#include "cli/verbs.h"

#include "cli/files.h"
#include "cli/say.h"
#include "cli/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ what was done */

static void print_stored(const settings *options, const am_profile *p, const char *path)
{
    const char *output = options->values[OPTION_OUTPUT].text;

    if (output && strcmp(output, "-") == 0)
        return;
    if (option_flag(options, OPTION_JSON)) {
        (void)fputs("{\n  \"profile\": ", stdout);
        json_string(stdout, p->name);
        (void)fputs(",\n  \"file\": ", stdout);
        json_string(stdout, path);
        (void)printf(",\n  \"revision\": %u,\n  \"songs\": %u,\n  \"amounts\": {\"tone\": %.2f, \"dynamics\": %.2f, \"width\": %.2f, \"loudness\": %.2f}\n}\n",
                     (unsigned)p->revision, (unsigned)am_profile_songs(p), p->amount_tone, p->amount_dynamics, p->amount_width, p->amount_loudness);
    } else if (!option_flag(options, OPTION_QUIET)) {
        (void)printf("%s, revision %u: %s\n", p->name, (unsigned)p->revision, path);
    }
}

/* What the changes did to the figures as a whole: told, never a reason to refuse. */
static void warn(const settings *options, const am_profile *p)
{
    am_profile_finding *findings = malloc(32 * sizeof *findings);
    size_t count = 0;

    if (findings && !option_flag(options, OPTION_QUIET) && am_profile_lint(p, findings, 32, &count, NULL) == AM_OK)
        for (size_t i = 0; i < count; i++)
            if (findings[i].error || strstr(findings[i].text, "make a true peak"))
                remark("%s: %s", p->name, findings[i].text);
    free(findings);
}

/* ------------------------------------------------------------------ tune */

typedef struct expansion {
    char changes[CHANGES][CHANGE_TEXT];
} expansion;

/* All changes are one revision. */
static am_status apply_changes(am_profile *p, const char *const *words, size_t count, am_error *err)
{
    expansion *all = calloc(count + 1, sizeof *all);
    const char **list = calloc(CHANGES * count + 1, sizeof *list);
    size_t used = 0, found;
    am_status st = all && list ? AM_OK : AM_ERR_NOMEM;

    for (size_t i = 0; i < count && !st; i++) {
        if (strncmp(words[i], "about=", strlen("about=")) == 0) {
            list[used++] = words[i];        /* of any length, as it stands */
            continue;
        }
        st = change_expand(p, words[i], all[i].changes, &found, err);
        for (size_t k = 0; k < found && !st; k++)
            list[used++] = all[i].changes[k];
    }
    if (!st && used)
        st = am_profile_tune_all(p, list, used, err);
    free(all);
    free(list);
    return st;
}

static void tell_fit(const settings *options, const am_profile_fit *fit)
{
    static const char *const names[] = { "tone", "dynamics", "width", "loudness" };

    if (option_flag(options, OPTION_QUIET))
        return;
    remark("%u vote%s, %u without a preference%s", (unsigned)fit->votes, fit->votes == 1 ? "" : "s", (unsigned)fit->ties,
           fit->others ? "; those for other profiles do not count" : "");
    for (int i = 0; i < 4; i++)
        remark("  %-9s %3.0f -> %3.0f %%, give or take %.0f", names[i], 100.0 * fit->before[i], 100.0 * fit->after[i], 100.0 * fit->deviation[i]);
}

static am_status apply_votes(const settings *options, am_profile *p, am_error *err)
{
    const char *path = options->values[OPTION_FIT_TO].text;
    am_profile_fit fit;
    char *bytes = NULL;
    size_t length = 0;
    am_status st;

    if (!path)
        return AM_OK;
    st = file_read(path, &bytes, &length, err);
    if (!st)
        st = am_profile_fit_votes(p, bytes, length, path, &fit, err);
    free(bytes);
    if (!st)
        tell_fit(options, &fit);
    return st == AM_ERR_RANGE ? AM_ERR_FORMAT : st;
}

static bool is_word(const settings *options, const char *name, bool builtin)
{
    char *names = library_names(options, builtin, !builtin);
    const bool found = names && choice_find(names, name, strlen(name)) >= 0;

    free(names);
    return found;
}

/* Where the result goes, found out before anything is changed. */
static am_status check_target(const settings *options, const char *name, am_error *err)
{
    const char *as = options->values[OPTION_AS].text;

    if (as)
        return library_free(options, as, err);
    if (options->values[OPTION_OUTPUT].text)
        return library_free(options, "tuned", err);
    if (is_word(options, name, true))
        return usage_error(err, "%s is built in and stays as it is; --as NAME keeps the result under a name of your own", name);
    if (!is_word(options, name, false) && library_knows(options, name, err) == AM_OK)
        return usage_error(err, "%.200s: not in the library; say where the result goes with --as NAME or -o FILE", name);
    return AM_OK;
}

static am_status load(const settings *options, const char *name, am_profile **out, am_error *err)
{
    const char *as = options->values[OPTION_AS].text;
    am_profile *p = NULL;
    am_status st = library_load(options, name, &p, err);

    if (st || !as) {
        *out = p;
        return st;
    }
    st = am_profile_derive(p, as, NULL, out, err);
    am_profile_close(p);
    return st;
}

static am_status tune(const settings *options, const char *const *words, size_t count, am_profile **p, char *path, am_error *err)
{
    const bool in_place = !option_given(options, OPTION_AS) && !option_given(options, OPTION_OUTPUT);
    am_status st = load(options, words[0], p, err);
    const uint32_t revision = st ? 0 : (*p)->revision;

    if (!st)
        st = apply_votes(options, *p, err);
    if (!st)
        st = apply_changes(*p, words + 1, count - 1, err);
    if (!st)
        (*p)->revision = revision + 1;          /* votes and changes of one call are one revision */
    return st ? st : library_store(options, *p, in_place || option_flag(options, OPTION_FORCE), path, err);
}

int profile_tune(const settings *options, const char *const *words, size_t count)
{
    am_profile *p = NULL;
    am_error err = { 0 };
    char path[PATH_SIZE];
    int lock = -1;
    am_status st;

    if (count < 2 && !option_given(options, OPTION_FIT_TO)) {
        say("profile tune: what changes? as loudness=-9 or tone@60-120+=1.5, or --fit-to VOTES");
        return USAGE;
    }
    st = check_target(options, words[0], &err);
    if (!st)
        st = library_lock(options, &lock, &err);
    if (!st)
        st = tune(options, words, count, &p, path, &err);
    library_unlock(lock);
    if (!st) {
        warn(options, p);
        print_stored(options, p, path);
    }
    am_profile_close(p);
    return st ? profile_failure(st, &err) : DONE;
}

/* ------------------------------------------------------------------ merge */

/* words: behind the name of the result */
static am_status load_all(const settings *options, const char *const *words, size_t count, am_profile **profiles, double *weights,
                          bool *weighted, am_error *err)
{
    char name[PATH_SIZE];
    am_status st = AM_OK;

    *weighted = false;
    for (size_t i = 0; i < count && !st; i++) {
        st = weighted_name(words[i], name, sizeof name, &weights[i], err);
        if (!st && !option_given(options, OPTION_OUTPUT) && strcmp(name, words[-1]) == 0)
            st = usage_error(err, "%s: is an input, and never overwritten; give the result another name", name);
        if (!st)
            st = library_load(options, name, &profiles[i], err);
        *weighted = *weighted || !isnan(weights[i]);
    }
    for (size_t i = 0; i < count; i++)
        weights[i] = isnan(weights[i]) ? 1.0 : weights[i];
    return st;
}

int profile_merge(const settings *options, const char *const *words, size_t count)
{
    am_profile *profiles[AM_PROFILE_PARENTS] = { NULL }, *merged = NULL;
    double weights[AM_PROFILE_PARENTS];
    am_profile_options how;
    am_error err = { 0 };
    char path[PATH_SIZE];
    bool weighted = false;
    am_status st;

    if (count - 1 > AM_PROFILE_PARENTS) {
        say("profile merge: more than %d profiles", AM_PROFILE_PARENTS);
        return USAGE;
    }
    AM_PROFILE_OPTIONS_INIT(&how);
    how.name = words[0];
    how.about = options->values[OPTION_ABOUT].text;
    how.compact = option_flag(options, OPTION_COMPACT);
    st = library_free(options, words[0], &err);
    if (!st)
        st = load_all(options, words + 1, count - 1, profiles, weights, &weighted, &err);
    if (!st)
        st = am_profile_merge((const am_profile *const *)profiles, weighted ? weights : NULL, count - 1, &how, &merged, &err);
    if (!st)
        st = library_store(options, merged, option_flag(options, OPTION_FORCE), path, &err);
    if (!st)
        print_stored(options, merged, path);
    for (size_t i = 0; i < count - 1; i++)
        am_profile_close(profiles[i]);
    am_profile_close(merged);
    return st ? profile_failure(st, &err) : DONE;
}
