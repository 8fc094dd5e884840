/* profile_files.c - import, export, lint, rm */
#include "cli/verbs.h"

#include "cli/files.h"
#include "cli/say.h"
#include "cli/values.h"

#include <stdlib.h>
#include <string.h>

enum { FINDINGS = 64 };

/* What findings say of a profile; NULL: no memory. For free(). */
static am_profile_finding *find(const am_profile *p, size_t *count, am_status *st, am_error *err)
{
    am_profile_finding *findings = malloc(FINDINGS * sizeof *findings);

    *count = 0;
    *st = findings ? am_profile_lint(p, findings, FINDINGS, count, err) : AM_ERR_NOMEM;
    return findings;
}

/* ------------------------------------------------------------------ import */

/* A file, whatever the library holds under such a name. */
static am_status read_file(const char *path, am_profile **out, am_error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    am_status st = file_read(path, &bytes, &length, err);

    if (!st)
        st = am_profile_from_json(bytes, length, path, NULL, out, err);
    free(bytes);
    return st == AM_ERR_RANGE ? AM_ERR_FORMAT : st;
}

/* Nothing contradictory gets in; what is merely weak is told. */
static am_status inspect(const settings *options, const am_profile *p, const char *path, am_error *err)
{
    size_t count;
    am_status st;
    am_profile_finding *findings = find(p, &count, &st, err);

    for (size_t i = 0; i < count && !st; i++) {
        if (findings[i].error) {
            (void)usage_error(err, "%.200s: %s", path, findings[i].text);
            st = AM_ERR_FORMAT;
        } else if (!option_flag(options, OPTION_QUIET)) {
            remark("%s: %s", path, findings[i].text);
        }
    }
    free(findings);
    return st;
}

static int import_one(const settings *options, const char *path)
{
    const char *as = options->values[OPTION_AS].text;
    am_profile *p = NULL;
    am_error err = { 0 };
    char where[PATH_SIZE];
    am_status st = read_file(path, &p, &err);

    if (!st && as)
        (void)snprintf(p->name, sizeof p->name, "%s", as);
    if (!st)
        st = library_free(options, p->name, &err);
    if (!st)
        st = inspect(options, p, path, &err);
    if (!st)
        st = library_store(options, p, option_flag(options, OPTION_FORCE), where, &err);
    if (!st && !option_flag(options, OPTION_QUIET))
        (void)printf("%s: %s\n", p->name, where);
    am_profile_close(p);
    return st ? profile_failure(st, &err) : DONE;
}

int profile_import(const settings *options, const char *const *words, size_t count)
{
    int code = DONE;

    if (count > 1 && option_given(options, OPTION_AS)) {
        say("profile import: --as names one profile, and %zu files are given", count);
        return USAGE;
    }
    if (option_given(options, OPTION_AS) && strlen(options->values[OPTION_AS].text) >= AM_PROFILE_NAME) {
        say("--as %.100s: the name is too long", options->values[OPTION_AS].text);
        return USAGE;
    }
    for (size_t i = 0; i < count; i++)
        code = worse(code, import_one(options, words[i]));
    return code;
}

/* ------------------------------------------------------------------ export */

int profile_export(const settings *options, const char *const *words, size_t count)
{
    const char *output = options->values[OPTION_OUTPUT].text;
    am_profile *p = NULL;
    am_error err = { 0 };
    char *json = NULL;
    am_status st;

    (void)count;
    if ((!output || strcmp(output, "-") == 0) && !output_open())
        return FAILED;
    st = output ? output_free(options, output, &err) : AM_OK;
    if (!st)
        st = library_load(options, words[0], &p, &err);
    if (!st)
        st = am_profile_to_json(p, NULL, &json, &err);
    if (!st && (!output || strcmp(output, "-") == 0))
        (void)fputs(json, stdout);
    else if (!st)
        st = file_write(output, json, option_flag(options, OPTION_FORCE), &err);
    am_release(NULL, json);
    am_profile_close(p);
    return st ? profile_failure(st, &err) : DONE;
}

/* ------------------------------------------------------------------ lint */

static void print_finding(bool json, bool first, const char *name, bool error, const char *text)
{
    if (!json) {
        put_clean(stdout, name, 200, 0);
        (void)printf(": %s: ", error ? "error" : "warning");
        put_clean(stdout, text, 400, 0);
        (void)putchar('\n');
        return;
    }
    (void)printf("%s\n      {\"error\": %s, \"text\": ", first ? "" : ",", error ? "true" : "false");
    json_string(stdout, text);
    (void)putchar('}');
}

/* A file that is no profile is a finding; one that is not there is a failure. */
static int lint_one(const settings *options, const char *name, bool first)
{
    const bool json = option_flag(options, OPTION_JSON);
    am_profile_finding *findings = NULL;
    am_profile *p = NULL;
    am_error err = { 0 };
    size_t count = 0;
    am_status st = library_knows(options, name, &err);
    bool broken = false;

    if (st)
        return say_failure(st, &err);
    st = am_profile_load(name, library_folder(options), NULL, &p, &err);
    broken = st == AM_ERR_FORMAT || st == AM_ERR_RANGE;
    if (!st)
        findings = find(p, &count, &st, &err);
    am_profile_close(p);
    if (st && !broken) {
        free(findings);
        return say_failure(st, &err);
    }
    if (json) {
        (void)printf("%s\n  {\n    \"file\": ", first ? "" : ",");
        json_string(stdout, name);
        (void)fputs(",\n    \"findings\": [", stdout);
    }
    if (broken)
        print_finding(json, true, name, true, strncmp(err.message, name, strlen(name)) == 0 && err.message[strlen(name)] == ':' ?
                      err.message + strlen(name) + 2 : err.message);
    for (size_t i = 0; i < count; i++)
        print_finding(json, i == 0, name, findings[i].error, findings[i].text);
    if (json)
        (void)printf("%s]\n  }", broken || count ? "\n    " : "");
    free(findings);
    return broken || count ? GATE_FAILED : DONE;
}

int profile_lint(const settings *options, const char *const *words, size_t count)
{
    const bool json = option_flag(options, OPTION_JSON);
    bool first = true;
    int code = DONE;

    if (json)
        (void)putchar('[');
    for (size_t i = 0; i < count; i++) {
        const int one = lint_one(options, words[i], first);

        first = first && one != DONE && one != GATE_FAILED;
        code = worse(code, one);
    }
    if (json)
        (void)fputs("\n]\n", stdout);
    return code;
}

/* ------------------------------------------------------------------ rm */

static int remove_one(const settings *options, const char *name)
{
    char *own = library_names(options, false, true), *builtin = library_names(options, true, false), near[AM_PROFILE_NAME];
    am_error err = { 0 };
    am_status st = AM_OK;
    int code = DONE;

    if (own && builtin && choice_find(own, name, strlen(name)) < 0 && choice_find(builtin, name, strlen(name)) < 0) {
        if (am_suggest(name, own, near, sizeof near))
            say("%s: no profile of yours has this name; did you mean \"%s\"?", name, near);
        else
            say("%s: no profile of yours has this name", name);
        code = FAILED;
    } else {
        st = am_profile_remove(name, library_folder(options), &err);
        code = st ? say_failure(st, &err) : DONE;
    }
    free(own);
    free(builtin);
    return code;
}

int profile_rm(const settings *options, const char *const *words, size_t count)
{
    am_error err = { 0 };
    int lock, code = DONE;

    if (library_lock(options, &lock, &err))
        return profile_failure(err.status, &err);
    for (size_t i = 0; i < count; i++)
        code = worse(code, remove_one(options, words[i]));
    library_unlock(lock);
    return code;
}
