#include "cli/options.h"

#include "cli/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Words of the contract that later versions will know: never taken for files. */
static const char *const later_commands = "album batch";

typedef struct occurrence {
    option_id id;
    const char *spelling;           /* "--loudness", "-r": for messages */
    const char *text;               /* NULL for a flag */
} occurrence;

typedef struct scan {
    settings *out;
    occurrence *given;
    size_t given_count;
    int next, argc;
    char *const *argv;
    bool first_is_literal;          /* the first file came after "--" */
} scan;

option_id option_find(const char *name, size_t length)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(option_table[i].name) == length && memcmp(option_table[i].name, name, length) == 0)
            return (option_id)i;
    return OPTION_COUNT;
}

static option_id find_letter(char letter)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].letter == letter)
            return (option_id)i;
    return OPTION_COUNT;
}

bool option_given(const settings *options, option_id id)
{
    return options->values[id].from != FROM_DEFAULT;
}

bool option_flag(const settings *options, option_id id)
{
    return options->values[id].number > 0.0;
}

static am_status unknown_option(const char *text, size_t length, am_error *err)
{
    char candidates[1024] = "", near[64], name[64];
    size_t used = 0;

    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_table[i].group == GROUP_HIDDEN)
            continue;
        used += (size_t)snprintf(candidates + used, sizeof candidates - used, "%s ", option_table[i].name);
    }
    if (length < sizeof name) {
        memcpy(name, text, length);
        name[length] = '\0';
        if (am_suggest(name, candidates, near, sizeof near))
            return usage_error(err, "unknown option --%s; did you mean --%s?", name, near);
    }
    return usage_error(err, "unknown option --%.*s", (int)(length < 200 ? length : 200), text);
}

static void record(scan *s, option_id id, const char *spelling, const char *text)
{
    s->given[s->given_count++] = (occurrence) { id, spelling, text };
}

/* The argument after the option. What names an option itself is one forgotten, not a file name. */
static am_status take_argument(scan *s, option_id id, const char *spelling, am_error *err)
{
    const char *text = s->next < s->argc ? s->argv[s->next] : NULL;

    if (!text)
        return usage_error(err, "%s: %s is missing", spelling, option_table[id].argument);
    if (text[0] == '-' && text[1] == '-' && option_find(text + 2, strcspn(text + 2, "=")) != OPTION_COUNT)
        return usage_error(err, "%s: %s is missing before %s", spelling, option_table[id].argument, text);
    s->next++;
    record(s, id, spelling, text);
    return AM_OK;
}

static am_status scan_long(scan *s, const char *word, am_error *err)
{
    const size_t length = strcspn(word + 2, "=");
    const option_id id = option_find(word + 2, length);
    const bool attached = word[2 + length] == '=';

    if (id == OPTION_COUNT)
        return unknown_option(word + 2, length, err);
    if (!option_table[id].argument && attached)
        return usage_error(err, "--%s takes no value", option_table[id].name);
    if (option_table[id].argument && !attached)
        return take_argument(s, id, word, err);
    record(s, id, option_table[id].name, attached ? word + 2 + length + 1 : NULL);
    return AM_OK;
}

/* -fq, -r FILE, -rFILE. One word may hold several flags, so the room for occurrences counts letters. */
static am_status scan_letters(scan *s, const char *word, am_error *err)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const option_id id = find_letter(*letter);

        if (id == OPTION_COUNT)
            return usage_error(err, "unknown option -%c in \"%.100s\"; a file of that name: ./%.100s", *letter, word, word);
        if (!option_table[id].argument) {
            record(s, id, option_table[id].name, NULL);
        } else if (letter[1]) {
            record(s, id, option_table[id].name, letter + 1);
            break;
        } else {
            return take_argument(s, id, word, err);
        }
    }
    return AM_OK;
}

static am_status scan_words(scan *s, am_error *err)
{
    bool literal = false;

    while (s->next < s->argc) {
        const char *word = s->argv[s->next++];
        am_status st = AM_OK;

        if (literal || word[0] != '-' || !word[1]) {
            s->first_is_literal = s->first_is_literal || (literal && s->out->file_count == 0);
            s->out->files[s->out->file_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            literal = true;
        } else {
            st = word[1] == '-' ? scan_long(s, word, err) : scan_letters(s, word, err);
        }
        if (st)
            return st;
    }
    return AM_OK;
}

static bool exists(const char *path)
{
    struct stat info;

    return strcmp(path, "-") == 0 || lstat(path, &info) == 0;
}

static am_status unknown_command(const char *word, am_error *err)
{
    char candidates[128] = "", near[32];
    size_t used = 0;

    for (int i = 0; i < COMMAND_COUNT; i++)
        used += (size_t)snprintf(candidates + used, sizeof candidates - used, "%s ", command_table[i].name);
    if (am_suggest(word, candidates, near, sizeof near))
        return usage_error(err, "unknown command \"%.200s\"; did you mean \"%s\"?", word, near);
    return usage_error(err, "\"%.200s\" is neither a file nor a command; see automaster --help", word);
}

static int find_command(const char *word)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(command_table[i].name, word) == 0)
            return i;
    return -1;
}

/* A first word with a dot or a slash is a file that is missing, and told so when it is opened. */
static am_status find_out_command(scan *s, am_error *err)
{
    settings *out = s->out;
    const char *word = out->file_count ? out->files[0] : NULL;
    const int found = word && !s->first_is_literal ? find_command(word) : -1;

    out->command = COMMAND_MASTER;
    if (!word || s->first_is_literal)
        return AM_OK;
    if (found >= 0) {
        out->command = (command_id)found;
        out->command_named = true;
        out->files++;
        out->file_count--;
        return AM_OK;
    }
    if (choice_find(later_commands, word, strlen(word)) >= 0)
        return usage_error(err, "%s: not in this version yet", word);
    if (!exists(word) && !strpbrk(word, "./"))
        return unknown_command(word, err);
    return AM_OK;
}

static am_status check_words(const settings *out, am_error *err)
{
    const command *c = &command_table[out->command];

    if (out->command == COMMAND_HELP && out->file_count == 1 && find_command(out->files[0]) < 0) {
        if (choice_find(later_commands, out->files[0], strlen(out->files[0])) >= 0)
            return usage_error(err, "%s: not in this version yet", out->files[0]);
        return unknown_command(out->files[0], err);
    }
    if (out->file_count < c->least)
        return usage_error(err, "%s: %s is missing; see automaster %s --help", c->name, c->arguments, c->name);
    if (out->file_count > c->most)
        return usage_error(err, "%s: too many arguments, from \"%.200s\" on", c->name, out->files[c->most]);
    for (size_t i = 0; i < out->file_count; i++)
        if (!out->files[i][0])
            return usage_error(err, "%s: a file name is empty", c->name);
    return AM_OK;
}

static am_status check_together(const settings *out, am_error *err)
{
    if (out->command == COMMAND_RENDER && !option_given(out, OPTION_PLAN))
        return usage_error(err, "render: --plan FILE is missing");
    if (option_flag(out, OPTION_FORCE) && option_flag(out, OPTION_SKIP_EXISTING))
        return usage_error(err, "--force and --skip-existing contradict each other");
    if (option_flag(out, OPTION_JSON) + option_flag(out, OPTION_NDJSON) + option_flag(out, OPTION_CSV) > 1)
        return usage_error(err, "--json, --ndjson and --csv exclude each other");
    if (out->command != COMMAND_CHECK && option_given(out, OPTION_FOR) && strchr(out->values[OPTION_FOR].text, ','))
        return usage_error(err, "--for %s: one destination for a master; check takes several", out->values[OPTION_FOR].text);
    return AM_OK;
}

/* --help and --version are answered whatever else stands there. */
static bool wants_help(scan *s)
{
    bool found = s->out->command == COMMAND_HELP && s->out->file_count == 0 && s->given_count == 0;

    for (size_t i = 0; i < s->given_count; i++) {
        const option_id id = s->given[i].id;

        if (id == OPTION_HELP || id == OPTION_VERSION) {
            s->out->values[id].number = 1.0;
            found = true;
        }
    }
    return found;
}

static am_status check_command(const settings *out, const scan *s, am_error *err)
{
    for (size_t i = 0; i < s->given_count; i++) {
        const option *o = &option_table[s->given[i].id];

        if (!(o->commands & 1u << out->command))
            return usage_error(err, "--%s is no option of %s", o->name, command_table[out->command].name);
    }
    return AM_OK;
}

static am_status apply(scan *s, am_error *err)
{
    for (size_t i = 0; i < s->given_count; i++) {
        const occurrence *o = &s->given[i];
        char origin_text[80];
        am_status st;

        (void)snprintf(origin_text, sizeof origin_text, "--%s", option_table[o->id].name);
        st = value_set(s->out, o->id, o->text, FROM_COMMAND_LINE, origin_text, err);
        if (st)
            return st;
    }
    return AM_OK;
}

static am_status load_config(settings *out, am_error *err)
{
    char path[4096];

    if (out->command == COMMAND_HELP || !config_path(path, sizeof path))
        return AM_OK;
    return config_load(path, out, err);
}

static am_status understand(scan *s, am_error *err)
{
    am_status st;

    value_defaults(s->out);
    st = scan_words(s, err);
    if (st)
        return st;
    st = find_out_command(s, err);
    if (st || wants_help(s))
        return st;
    st = check_words(s->out, err);
    if (st)
        return st;
    st = check_command(s->out, s, err);
    if (st)
        return st;
    st = load_config(s->out, err);
    if (st)
        return st;
    st = apply(s, err);
    return st ? st : check_together(s->out, err);
}

am_status options_parse(int argc, char *const *argv, settings *out, am_error *err)
{
    scan s = { .out = out, .next = 1, .argc = argc, .argv = argv };
    size_t room = 1;
    am_status st;

    *out = (settings) { 0 };
    if (!profiles_path(out->profile_folder, sizeof out->profile_folder))
        out->profile_folder[0] = '\0';
    for (int i = 1; i < argc; i++)
        room += strlen(argv[i]) + 1;
    s.given = calloc(room, sizeof *s.given);
    out->files_base = out->files = calloc((size_t)(argc > 0 ? argc : 0) + 1, sizeof *out->files);
    st = s.given && out->files ? understand(&s, err) : usage_error(err, "out of memory");
    if (!s.given || !out->files)
        st = AM_ERR_NOMEM;
    free(s.given);
    return st;
}

void options_free(settings *options)
{
    for (size_t i = 0; i < options->copy_count; i++)
        free(options->copies[i]);
    free(options->files_base);
    free(options->config);
    *options = (settings) { 0 };
}
