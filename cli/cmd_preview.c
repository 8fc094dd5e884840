#include "cli/commands.h"
#include "cli/files.h"
#include "cli/presets.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/say.h"
#include "cli/values.h"

#include <stdlib.h>
#include <string.h>

typedef struct previewing {
    size_t count;
    settings settings[AM_MAX_VARIANTS];     /* as of the command line, with the words of one variant in place of theirs */
    am_options calls[AM_MAX_VARIANTS];
    am_variant variants[AM_MAX_VARIANTS];
    char *words[AM_MAX_VARIANTS];           /* of --variant, cut up */
    char page[PATH_SIZE], prefix[PATH_SIZE];    /* prefix "": no files beside the page */
} previewing;

/* ------------------------------------------------------------------ variants */

static const char *trimmed(char *text)
{
    size_t length;

    text += strspn(text, " ");
    for (length = strlen(text); length && text[length - 1] == ' ';)
        text[--length] = '\0';
    return text;
}

/* "amount=50": what was given beside --variant goes, also what excludes it. */
static am_status apply_word(settings *to, char *word, bool seen[OPTION_COUNT], am_error *err)
{
    char *equals = strchr(word, '='), where[80];
    const char *name, *text;
    option_id id;

    if (equals)
        *equals = '\0';
    name = trimmed(word);
    text = equals ? trimmed(equals + 1) : NULL;
    id = option_find(name, strlen(name));
    if (id == OPTION_COUNT || id == OPTION_VARIANT || option_table[id].group != GROUP_TARGET || !(option_table[id].commands & 1u << COMMAND_PREVIEW))
        return usage_error(err, "--variant %.100s: no option that a variant can change; see automaster preview --help", name);
    if (!text && option_table[id].argument)
        return usage_error(err, "--variant %s: %s is missing", name, option_table[id].argument);
    if (id == OPTION_FOR && text && strchr(text, ','))
        return usage_error(err, "--variant for=%.100s: one destination for a master", text);
    (void)snprintf(where, sizeof where, "--variant %s", name);
    if (!seen[id])
        to->values[id].from = FROM_CONFIG;
    seen[id] = true;
    return value_set(to, id, text, FROM_COMMAND_LINE, where, err);
}

static am_status apply_words(settings *to, char *words, am_error *err)
{
    bool seen[OPTION_COUNT] = { false };
    am_status st = AM_OK;

    for (char *word = words, *next; word && !st; word = next) {
        next = strchr(word, ';');
        if (next)
            *next++ = '\0';
        if (*trimmed(word))
            st = apply_word(to, word, seen, err);
    }
    if (seen[OPTION_REFERENCE] && !seen[OPTION_PROFILE])
        to->profile_count = 0;
    if (seen[OPTION_PROFILE] && !seen[OPTION_REFERENCE])
        to->reference_count = 0;
    return st;
}

/* Settings of its own, which share what options_free would release. */
static settings copy_of(const settings *options)
{
    settings copy = *options;

    copy.files_base = NULL;
    copy.config = NULL;
    copy.copy_count = 0;
    return copy;
}

static am_status prepare_variant(const settings *options, const char *text, previewing *p, am_error *err)
{
    const size_t k = p->count;
    am_status st = AM_OK;

    p->settings[k] = copy_of(options);
    p->count++;
    if (text) {
        p->words[k] = strdup(text);
        if (!p->words[k]) {
            (void)usage_error(err, "out of memory");
            return AM_ERR_NOMEM;
        }
        st = apply_words(&p->settings[k], p->words[k], err);
    }
    if (!st)
        st = call_prepare(&p->settings[k], &p->calls[k], err);
    p->variants[k] = (am_variant) { text ? text : "master", &p->calls[k] };
    return st;
}

/* ------------------------------------------------------------------ names */

static am_status name_in_folder(const char *folder, const char *input, previewing *p, am_error *err)
{
    const char *base = name_base(input);
    const bool slash = folder[0] && folder[strlen(folder) - 1] == '/';

    if (folder_make(folder, err))
        return err->status;
    if (snprintf(p->prefix, sizeof p->prefix, "%s%s%.*s_preview", folder, slash ? "" : "/", (int)(name_suffix(base) - base), base) >= PATH_SIZE - 8)
        return usage_error(err, "--output %.200s: the name is too long", folder);
    (void)snprintf(p->page, sizeof p->page, "%.*s.html", PATH_SIZE - 8, p->prefix);
    return AM_OK;
}

/* A page beside the input; the page that -o names; or a folder for the page, the excerpts and the plans. */
static am_status name_files(const settings *options, previewing *p, am_error *err)
{
    const char *output = options->values[OPTION_OUTPUT].text, *input = options->files[0], *suffix = output ? name_suffix(output) : "";

    if (strcmp(input, "-") == 0 || (output && strcmp(output, "-") == 0))
        return usage_error(err, "preview: takes no standard input and writes no standard output");
    if (!output)
        return name_beside(input, "_preview.html", p->page, err);
    if (strcmp(suffix, ".html") == 0 || strcmp(suffix, ".htm") == 0)
        return snprintf(p->page, sizeof p->page, "%s", output) < PATH_SIZE ? AM_OK : usage_error(err, "--output: the name is too long");
    if (*suffix && !file_is_folder(output) && (suffix_is_audio(suffix) || strcmp(suffix, ".json") == 0))
        return usage_error(err, "--output %.300s: a page (.html), or a folder for page, excerpts and plans", output);
    return name_in_folder(output, input, p, err);
}

/* ------------------------------------------------------------------ the command */

static int preview(const settings *options, const previewing *p)
{
    results to = results_begin(options, stdout, false);
    am_error err = { 0 };
    am_options call;
    char *json = NULL;
    progress shown;
    am_status st;

    if (!results_ready(&to, options))
        return FAILED;
    AM_OPTIONS_INIT(&call);
    call.overwrite = option_flag(options, OPTION_FORCE);
    if (option_given(options, OPTION_JOBS))
        call.threads = (uint32_t)options->values[OPTION_JOBS].number;
    progress_begin(&shown, options, options->files[0], &call);
    st = am_preview_file(options->files[0], p->variants, p->count, p->page, p->prefix[0] ? p->prefix : NULL, &call, &json, &err);
    progress_end(&shown);
    if (st)
        return say_failure(st, &err);
    if (to.format == RESULT_JSON)
        results_add(&to, json);
    else if (!option_flag(options, OPTION_QUIET))
        (void)printf("%s\n", p->page);
    am_release(NULL, json);
    return DONE;
}

int command_preview(const settings *options)
{
    previewing *p = calloc(1, sizeof *p);
    am_error err = { 0 };
    am_status st = AM_OK;
    int code;

    if (!p)
        return say_failure(AM_ERR_NOMEM, &(am_error) { AM_ERR_NOMEM, "out of memory" });
    for (size_t i = 0; i < options->variant_count && !st; i++)
        st = prepare_variant(options, options->variants[i], p, &err);
    if (!options->variant_count)
        st = prepare_variant(options, NULL, p, &err);
    if (!st)
        st = name_files(options, p, &err);
    code = st == AM_ERR_RANGE ? USAGE : st ? TEMPORARY : DONE;
    if (st == AM_ERR_IO)
        code = FAILED;
    if (st)
        say("%s", err.message);
    else
        code = preview(options, p);
    for (size_t k = 0; k < p->count; k++) {
        options_free(&p->settings[k]);
        free(p->words[k]);
    }
    free(p);
    return code;
}
