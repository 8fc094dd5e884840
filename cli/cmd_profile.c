#include "cli/commands.h"
#include "cli/verbs.h"
#include "cli/say.h"

#include <math.h>
#include <string.h>

#define O(id) (UINT64_C(1) << OPTION_##id)

const profile_verb profile_verbs[PROFILE_VERBS] = {
    { "list", "", "built-in and own profiles", 0, 0, O(JSON) | O(NAMES), profile_list },
    { "show", "NAME|FILE", "figures, charts by band, provenance, lineage", 1, 1, O(JSON) | O(HTML) | O(OUTPUT) | O(FORCE), profile_show },
    { "build", "NAME FILE|DIR...", "make one from finished masters", 2, SIZE_MAX,
      O(JSON) | O(OUTPUT) | O(FORCE) | O(KEEP_ALL) | O(COMPACT) | O(ABOUT) | O(JOBS) | O(PROGRESS), profile_build },
    { "tune", "NAME CHANGE...", "set or shift: loudness=-9 tone@60-120+=1.5 width-=2", 1, SIZE_MAX,
      O(JSON) | O(OUTPUT) | O(FORCE) | O(AS) | O(FIT_TO), profile_tune },
    { "diff", "A B", "what B has other than A", 2, 2, O(JSON), profile_diff },
    { "merge", "NEW A[=W] B[=W]...", "one of several; by songs, or by weights", 2, SIZE_MAX,
      O(JSON) | O(OUTPUT) | O(FORCE) | O(COMPACT) | O(ABOUT), profile_merge },
    { "import", "FILE...", "take profile files into the library", 1, SIZE_MAX, O(FORCE) | O(AS), profile_import },
    { "export", "NAME", "the profile as JSON, to stdout or -o FILE", 1, 1, O(OUTPUT) | O(FORCE), profile_export },
    { "lint", "NAME|FILE...", "what is wrong or weak; exit 3 when something is", 1, SIZE_MAX, O(JSON), profile_lint },
    { "rm", "NAME...", "take own profiles out of the library", 1, SIZE_MAX, 0, profile_rm },
};

int profile_failure(am_status status, const am_error *err)
{
    const int code = say_failure(status, err);

    return code != FAILED ? code : status == AM_ERR_RANGE ? USAGE : status == AM_ERR_STATE ? TEMPORARY : FAILED;
}

static const profile_verb *find_verb(const char *word)
{
    for (size_t i = 0; i < PROFILE_VERBS; i++)
        if (strcmp(profile_verbs[i].name, word) == 0)
            return &profile_verbs[i];
    return NULL;
}

static int unknown_verb(const char *word)
{
    char near[32];

    if (am_suggest(word, "list show build tune diff merge import export lint rm", near, sizeof near))
        say("profile: unknown verb \"%.200s\"; did you mean \"%s\"?", word, near);
    else
        say("profile: unknown verb \"%.200s\"; see automaster profile --help", word);
    return USAGE;
}

static bool allowed(const settings *options, const profile_verb *verb)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &option_table[i];
        const bool everywhere = (o->commands & 1u << COMMAND_DOCTOR) && i != OPTION_JSON;

        if (options->values[i].from != FROM_COMMAND_LINE || everywhere || (verb->options & UINT64_C(1) << i))
            continue;
        say("--%s is no option of profile %s", o->name, verb->name);
        return false;
    }
    return true;
}

int command_profile(const settings *options)
{
    const profile_verb *verb = find_verb(options->files[0]);
    const size_t count = options->file_count - 1;

    _Static_assert(OPTION_COUNT <= 64, "the options of a verb are bits of 64");
    if (!verb)
        return unknown_verb(options->files[0]);
    if (!allowed(options, verb))
        return USAGE;
    if (count < verb->least) {
        say("profile %s: %s is missing; see automaster profile --help", verb->name, verb->arguments);
        return USAGE;
    }
    if (count > verb->most) {
        say("profile %s: too many arguments, from \"%.200s\" on", verb->name, options->files[1 + verb->most]);
        return USAGE;
    }
    return verb->run(options, options->files + 1, count);
}

/* ------------------------------------------------------------------ printing */

void put_clean(FILE *to, const char *text, int columns, int fill)
{
    int column = 0;

    for (const unsigned char *c = (const unsigned char *)text; *c && column < columns; column++) {
        const bool control = *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0);

        if (control)
            (void)fputc('?', to);
        else
            (void)fputc(*c, to);
        for (c++; (*c & 0xc0) == 0x80; c++)
            if (!control)
                (void)fputc(*c, to);
    }
    (void)fprintf(to, "%*s", fill > column ? fill - column : 0, "");
}

void json_number(FILE *to, double x, int decimals)
{
    if (isfinite(x))
        (void)fprintf(to, "%.*f", decimals, x);
    else
        (void)fputs("null", to);
}
