#include "cli/verbs.h"

#include "cli/files.h"
#include "cli/job.h"
#include "cli/say.h"
#include "cli/values.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_TRIES = 100, LOCK_PAUSE_NS = 100000000 };     /* ten seconds */

const char *library_folder(const settings *options)
{
    return options->profile_folder[0] ? options->profile_folder : NULL;
}

/* ------------------------------------------------------------------ names */

char *library_names(const settings *options, bool builtin, bool own)
{
    am_profile_entry *entries = NULL;
    size_t count = 0, used = 0;
    char *names = NULL;

    if (am_profile_list(own ? library_folder(options) : NULL, NULL, &entries, &count, NULL) == AM_OK)
        names = malloc(count * (AM_PROFILE_NAME + 1) + 1);
    for (size_t i = 0; i < count && names; i++)
        if (entries[i].builtin ? builtin : own)
            used += (size_t)sprintf(names + used, "%s%s", used ? " " : "", entries[i].name);
    if (names)
        names[used] = '\0';
    am_release(NULL, entries);
    return names;
}

am_status library_knows(const settings *options, const char *name, am_error *err)
{
    char *names, near[AM_PROFILE_NAME];
    struct stat info;
    am_status st = AM_OK;

    if (am_profile_is_path(name) || stat(name, &info) == 0)
        return AM_OK;
    names = library_names(options, true, true);
    if (!names)
        return usage_error(err, "%.200s: the library of profiles cannot be read", name);
    if (choice_find(names, name, strlen(name)) >= 0)
        st = AM_OK;
    else if (am_suggest(name, names, near, sizeof near))
        st = usage_error(err, "%.200s: no profile has this name, nor a file; did you mean \"%s\"?", name, near);
    else
        st = usage_error(err, "%.200s: no profile has this name, nor a file; automaster profile list shows what there is", name);
    free(names);
    return st;
}

am_status library_load(const settings *options, const char *name, am_profile **out, am_error *err)
{
    am_status st = library_knows(options, name, err);

    if (!st)
        st = am_profile_load(name, library_folder(options), NULL, out, err);
    return st == AM_ERR_RANGE ? AM_ERR_FORMAT : st;     /* a mistake in a file is none of the command line */
}

am_status weighted_name(const char *word, char *name, size_t size, double *weight, am_error *err)
{
    const char *equals = strrchr(word, '=');
    struct stat info;

    *weight = NAN;
    if (equals && stat(word, &info) != 0 && !number_read(equals + 1, strlen(equals + 1), weight))
        return usage_error(err, "%.200s: the weight is no number", word);
    if (!isnan(*weight) && !(*weight > 0.0 && *weight <= 1000.0))
        return usage_error(err, "%.200s: weight outside (0, 1000]", word);
    if (snprintf(name, size, "%.*s", (int)(isnan(*weight) ? strlen(word) : (size_t)(equals - word)), word) >= (int)size || !name[0])
        return usage_error(err, "%.200s: no name of a profile", word);
    return AM_OK;
}

/* ------------------------------------------------------------------ writing */

static am_status path_in_library(const settings *options, const char *name, char *path, am_error *err)
{
    if (!library_folder(options))
        return usage_error(err, "there is no place for profiles: neither XDG_DATA_HOME nor HOME is set");
    if (snprintf(path, PATH_SIZE, "%s/%s.json", library_folder(options), name) >= PATH_SIZE)
        return usage_error(err, "%.200s...: the name is too long", name);
    return AM_OK;
}

/* am_profile_make tells of a name that is none by the builder; here it costs nothing. */
static bool valid_name(const char *name)
{
    const size_t length = strlen(name);

    return length > 0 && length < AM_PROFILE_NAME && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length && name[0] != '_' &&
           name[0] != '-';
}

/* Is it one of the files that this call reads? A weight may stand behind the name of one. */
static bool is_input(const settings *options, const char *path)
{
    const char *votes = options->values[OPTION_FIT_TO].text;
    char name[PATH_SIZE];

    for (size_t i = 1; i < options->file_count; i++) {
        const char *word = options->files[i], *equals = strrchr(word, '=');

        if (equals && snprintf(name, sizeof name, "%.*s", (int)(equals - word), word) < (int)sizeof name && file_same(path, name))
            return true;
    }
    return job_is_input(options, path) || (votes && file_same(path, name_source(votes)));
}

am_status output_free(const settings *options, const char *path, am_error *err)
{
    err->status = AM_OK;
    if (strcmp(path, "-") == 0 || !file_exists(path))
        return AM_OK;
    if (is_input(options, path))
        (void)snprintf(err->message, sizeof err->message, "%.400s: is an input, and never overwritten", path);
    else if (!option_flag(options, OPTION_FORCE))
        (void)snprintf(err->message, sizeof err->message, "%.400s: is there already\n--force overwrites it", path);
    else
        return AM_OK;
    err->status = AM_ERR_EXISTS;
    return AM_ERR_EXISTS;
}

am_status library_free(const settings *options, const char *name, am_error *err)
{
    const char *output = options->values[OPTION_OUTPUT].text;
    char path[PATH_SIZE];
    am_status st = AM_OK;

    if (!valid_name(name))
        return usage_error(err, "\"%.60s\": a to z, 0 to 9, _ and - make a name of a profile, at most %d of them, beginning with a letter or digit", name,
                           AM_PROFILE_NAME - 1);
    if (output)
        return output_free(options, output, err);
    char *builtin = library_names(options, true, false);

    if (builtin && choice_find(builtin, name, strlen(name)) >= 0) {
        err->status = st = AM_ERR_EXISTS;
        (void)snprintf(err->message, sizeof err->message, "%s: a built-in profile has this name; choose another", name);
    }
    free(builtin);
    if (!st)
        st = path_in_library(options, name, path, err);
    return st ? st : output_free(options, path, err);
}

am_status library_store(const settings *options, const am_profile *profile, bool overwrite, char *path, am_error *err)
{
    const char *output = options->values[OPTION_OUTPUT].text;
    char *json = NULL;
    am_status st;

    if (output && snprintf(path, PATH_SIZE, "%s", output) >= PATH_SIZE)
        return usage_error(err, "--output %.200s...: the name is too long", output);
    if (!output) {
        st = path_in_library(options, profile->name, path, err);
        return st ? st : am_profile_store(profile, library_folder(options), overwrite, err);
    }
    st = am_profile_to_json(profile, NULL, &json, err);
    if (!st && strcmp(output, "-") == 0)
        (void)fputs(json, stdout);
    else if (!st)
        st = file_write(path, json, overwrite, err);
    am_release(NULL, json);
    return st;
}

/* ------------------------------------------------------------------ one at a time */

am_status library_lock(const settings *options, int *lock, am_error *err)
{
    const struct timespec pause = { 0, LOCK_PAUSE_NS };
    char path[PATH_SIZE];

    *lock = -1;
    if (!library_folder(options) || snprintf(path, sizeof path, "%s/.lock", library_folder(options)) >= (int)sizeof path)
        return AM_OK;
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        return AM_OK;                       /* no folder yet, or not ours to write to: what is done there fails by itself */
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(*lock, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR))
            return AM_OK;                   /* held, or a file system without locks */
        (void)nanosleep(&pause, NULL);
    }
    library_unlock(*lock);
    *lock = -1;
    err->status = AM_ERR_STATE;
    (void)snprintf(err->message, sizeof err->message, "%.400s: another automaster is changing the library; try again", path);
    return AM_ERR_STATE;
}

void library_unlock(int lock)
{
    if (lock >= 0)
        (void)close(lock);
}
