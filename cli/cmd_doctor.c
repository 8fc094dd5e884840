#include "cli/commands.h"
#include "cli/results.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the helper reads, if the search path has one. */
static bool find_ffmpeg(char *out, size_t size)
{
    const char *paths = getenv("PATH");
    char path[4000];

    while (paths && *paths) {
        const size_t length = strcspn(paths, ":");

        if (length && snprintf(path, sizeof path, "%.*s/ffmpeg", (int)length, paths) < (int)sizeof path && access(path, X_OK) == 0) {
            (void)snprintf(out, size, "m4a mp4 aac (AAC, ALAC) through %s", path);
            return true;
        }
        paths += length + (paths[length] == ':');
    }
    return false;
}

static void print_pair(results *to, const char *key, size_t key_length, const char *value, size_t value_length)
{
    char name[64], text[2048];

    (void)snprintf(name, sizeof name, "%.*s", (int)key_length, key);
    (void)snprintf(text, sizeof text, "%.*s", (int)value_length, value);
    if (to->format == RESULT_TEXT) {
        (void)fprintf(to->to, "%-12s %s\n", name, text);
    } else {
        (void)fputs(to->count ? ",\n  " : "{\n  ", to->to);
        json_string(to->to, name);
        (void)fputs(": ", to->to);
        json_string(to->to, text);
    }
    to->count++;
}

static void print_word(results *to, const char *key, const char *value)
{
    print_pair(to, key, strlen(key), value, strlen(value));
}

/* How many profiles are built in, and how many are the user's own. */
static void print_library(results *to, const char *folder)
{
    am_profile_entry *entries = NULL;
    size_t count = 0, own = 0;
    am_error err = { 0 };
    char text[600];

    if (am_profile_list(folder[0] ? folder : NULL, NULL, &entries, &count, &err)) {
        print_word(to, "library", err.message);
        return;
    }
    for (size_t i = 0; i < count; i++)
        own += !entries[i].builtin;
    (void)snprintf(text, sizeof text, "%zu profiles built in, %zu of your own", count - own, own);
    am_release(NULL, entries);
    print_word(to, "library", text);
}

int command_doctor(const settings *options)
{
    results to = results_begin(options, stdout, false);
    am_error err = { 0 };
    char *info = NULL, path[4096];
    const am_status st = am_library_info(NULL, &info, &err);

    if (st)
        return say_failure(st, &err);
    for (const char *line = info; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const size_t key = strcspn(line, ":\n"), length = strcspn(line, "\n");

        if (key < length)
            print_pair(&to, line, key, line + key + 2, length - key - 2);
    }
    am_release(NULL, info);
    print_word(&to, "aac", find_ffmpeg(path, sizeof path) ? path : "not readable: no ffmpeg in the search path");
    print_word(&to, "config", config_path(path, sizeof path) ? path : "none: neither XDG_CONFIG_HOME nor HOME is set");
    if (to.format == RESULT_TEXT)
        print_word(&to, "config is", access(path, R_OK) == 0 ? "there" : "not there");
    print_word(&to, "profiles", options->profile_folder[0] ? options->profile_folder : "none: neither XDG_DATA_HOME nor HOME is set");
    print_library(&to, options->profile_folder);
    print_word(&to, "licence", "sources MIT; linked with FFTW3, and so as a whole GPL 2 or later");
    if (to.format != RESULT_TEXT)
        (void)fputs("\n}\n", stdout);
    return DONE;
}
