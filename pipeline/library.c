/* library.c - profiles by name and on disk: the built-in ones, and a folder of the user's own. profile.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/output.h"
#include "references/builtin.h"
#include "references/statistics.h"

enum { max_bytes = 8 << 20 };
static const char suffix[] = ".json";

/* ------------------------------------------------------------------ names */

bool am_profile_is_path(const char *name)
{
    const size_t length = name ? strlen(name) : 0;

    return length && (strchr(name, '/') || (length > strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0));
}

static am_status path_of(const char *name, const char *folder, char path[PATH_MAX], am_error *err)
{
    if (!folder || !*folder)
        return am_fail(err, AM_ERR_RANGE, "profile %s: there is no folder for profiles of one's own", name);
    if (!am_profile_name_valid(name))
        return am_fail(err, AM_ERR_RANGE, "profile name \"%.60s\": a to z, 0 to 9, _ and - make a name, at most %d of them, beginning with a letter or digit", name,
                       AM_PROFILE_NAME - 1);
    if (snprintf(path, PATH_MAX, "%s/%s%s", folder, name, suffix) >= PATH_MAX)
        return am_fail_errno(err, ENAMETOOLONG, "%s", folder);
    return AM_OK;
}

static bool is_builtin(const char *name)
{
    size_t length;

    return am_profile_builtin(name, &length) != NULL;
}

/* ------------------------------------------------------------------ reading */

static am_status read_descriptor(int fd, const char *path, const am_allocator *allocator, am_profile **out, am_error *err)
{
    struct stat info;
    char *bytes;
    int64_t count;
    am_status st;

    if (fstat(fd, &info) || !S_ISREG(info.st_mode))
        return am_fail(err, AM_ERR_FORMAT, "%s: not a regular file, so no profile", path);
    if (info.st_size > max_bytes)
        return am_fail(err, AM_ERR_FORMAT, "%s: larger than any profile (8 MiB)", path);
    bytes = am_acquire(allocator, (size_t)info.st_size + 1, 1);
    if (!bytes)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", path);
    count = am_file_read_at(fd, bytes, (size_t)info.st_size, 0);
    st = count < 0 ? am_fail_errno(err, errno, "%s", path) : am_profile_from_json(bytes, (size_t)count, path, allocator, out, err);
    am_forget(allocator, bytes);
    return st;
}

static am_status read_path(const char *path, const am_allocator *allocator, am_profile **out, am_error *err)
{
    const int fd = am_file_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    am_status st;

    if (fd < 0)
        return am_fail_errno(err, errno, "%s", path);
    st = read_descriptor(fd, path, allocator, out, err);
    (void)close(fd);
    return st;
}

static am_status tell_unknown(const char *name, const char *folder, const am_allocator *allocator, am_error *err)
{
    char near[AM_PROFILE_NAME] = "", *names = NULL;
    am_profile_entry *entries = NULL;
    size_t count = 0, used = 0;

    if (am_profile_list(folder, allocator, &entries, &count, NULL) == AM_OK)
        names = am_acquire(allocator, count + 1, sizeof entries->name);
    for (size_t i = 0; i < count && names; i++)
        used += (size_t)sprintf(names + used, "%s ", entries[i].name);
    if (names)
        (void)am_suggest(name, names, near, sizeof near);
    am_forget(allocator, names);
    am_release(allocator, entries);
    if (*near)
        return am_fail(err, AM_ERR_IO, "%.200s: no profile has this name, nor a file; did you mean \"%s\"?", name, near);
    return am_fail(err, AM_ERR_IO, "%.200s: no profile has this name, nor a file; automaster profile list shows what there is", name);
}

am_status am_profile_load(const char *name, const char *folder, const am_allocator *allocator, am_profile **out, am_error *err)
{
    char path[PATH_MAX];
    const char *bytes;
    size_t length;

    if (!name || !out)
        return am_fail(err, AM_ERR_RANGE, "profile: a name and a place for the profile are needed");
    bytes = am_profile_builtin(name, &length);
    if (bytes)
        return am_profile_from_json(bytes, length, name, allocator, out, err);
    if (am_profile_is_path(name))
        return read_path(name, allocator, out, err);
    if (folder && am_profile_name_valid(name) && path_of(name, folder, path, NULL) == AM_OK && access(path, F_OK) == 0)
        return read_path(path, allocator, out, err);
    if (access(name, F_OK) == 0)
        return read_path(name, allocator, out, err);
    return tell_unknown(name, folder, allocator, err);
}

am_status am_target_from_profile(const char *name, am_target *out, am_error *err)
{
    am_profile *profile = NULL;
    am_status st;

    if (!name || !out)
        return am_fail(err, AM_ERR_RANGE, "profile: a name and a target to write to are needed");
    st = am_profile_load(name, NULL, NULL, &profile, err);
    if (!st)
        st = am_target_from_profiles((const am_profile *const[]){ profile }, NULL, 1, out, err);
    am_profile_close(profile);
    return st;
}

/* ------------------------------------------------------------------ writing */

am_status am_profile_save(const am_profile *profile, const char *path, bool overwrite, am_error *err)
{
    am_output *output = NULL;
    char *json = NULL;
    am_status st;

    if (!profile || !path)
        return am_fail(err, AM_ERR_RANGE, "profile: a profile and a path are needed");
    st = am_profile_to_json(profile, profile->allocator, &json, err);
    if (!st)
        st = am_output_open(path, overwrite, NULL, 0, profile->allocator, &output, err);
    if (!st)
        st = am_output_write(output, json, strlen(json), err);
    if (!st)
        st = am_output_commit(output, err);
    am_output_close(output);
    am_release(profile->allocator, json);
    return st;
}

/* The folder and what is above it; what is there already stays as it is. */
static am_status make_folder(const char *folder, am_error *err)
{
    char path[PATH_MAX];
    const size_t length = strlen(folder);

    if (length >= sizeof path)
        return am_fail_errno(err, ENAMETOOLONG, "%s", folder);
    for (size_t i = 1; i <= length; i++) {
        if (folder[i] && folder[i] != '/')
            continue;
        memcpy(path, folder, i);
        path[i] = '\0';
        if (mkdir(path, 0777) && errno != EEXIST && access(path, F_OK))
            return am_fail_errno(err, errno, "%s", path);
    }
    return AM_OK;
}

am_status am_profile_store(const am_profile *profile, const char *folder, bool overwrite, am_error *err)
{
    char path[PATH_MAX];
    am_status st;

    if (!profile)
        return am_fail(err, AM_ERR_RANGE, "profile: a profile is needed");
    if (is_builtin(profile->name))
        return am_fail(err, AM_ERR_EXISTS, "profile %s: a built-in profile has this name; choose another", profile->name);
    st = path_of(profile->name, folder, path, err);
    if (!st)
        st = make_folder(folder, err);
    return st ? st : am_profile_save(profile, path, overwrite, err);
}

am_status am_profile_remove(const char *name, const char *folder, am_error *err)
{
    char path[PATH_MAX];
    am_status st;

    if (!name)
        return am_fail(err, AM_ERR_RANGE, "profile: a name is needed");
    if (is_builtin(name))
        return am_fail(err, AM_ERR_RANGE, "profile %s: it is built in and stays", name);
    st = path_of(name, folder, path, err);
    if (!st && unlink(path))
        return am_fail_errno(err, errno, "%s", path);
    return st;
}

/* ------------------------------------------------------------------ listing */

typedef struct listing {
    const am_allocator *allocator;
    am_profile_entry *entries;
    size_t count, capacity;
} listing;

static am_status add(listing *l, const char *name, size_t length, bool builtin, am_error *err)
{
    if (l->count == l->capacity) {
        const size_t capacity = l->capacity ? 2 * l->capacity : 64;
        am_profile_entry *grown = am_grow(l->allocator, l->entries, l->capacity, capacity, sizeof *grown);

        if (!grown)
            return am_fail(err, AM_ERR_NOMEM, "profiles: out of memory");
        l->entries = grown;
        l->capacity = capacity;
    }
    memcpy(l->entries[l->count].name, name, length);
    l->entries[l->count].name[length] = '\0';
    l->entries[l->count++].builtin = builtin;
    return AM_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const am_profile_entry *)a)->name, ((const am_profile_entry *)b)->name);
}

/* A folder that is not there yet holds nothing. */
static am_status add_folder(listing *l, const char *folder, am_error *err)
{
    DIR *directory = opendir(folder);
    const size_t first = l->count;
    const struct dirent *entry;
    am_status st = AM_OK;

    if (!directory)
        return errno == ENOENT ? AM_OK : am_fail_errno(err, errno, "%s", folder);
    while (!st && (entry = readdir(directory))) {
        const size_t length = strlen(entry->d_name);
        char name[AM_PROFILE_NAME];

        if (length <= strlen(suffix) || length - strlen(suffix) >= sizeof name || strcmp(entry->d_name + length - strlen(suffix), suffix) != 0)
            continue;
        memcpy(name, entry->d_name, length - strlen(suffix));
        name[length - strlen(suffix)] = '\0';
        if (am_profile_name_valid(name) && !is_builtin(name))
            st = add(l, name, strlen(name), false, err);
    }
    (void)closedir(directory);
    if (l->count > first)
        qsort(l->entries + first, l->count - first, sizeof *l->entries, by_name);
    return st;
}

/* am_release takes what came straight from the allocator; what am_grow gives is aligned by hand. */
static am_status hand_over(const listing *l, am_profile_entry **entries, am_error *err)
{
    *entries = (am_profile_entry *)(void *)am_string_copy(l->allocator, (const char *)l->entries, l->count * sizeof *l->entries);
    return *entries ? AM_OK : am_fail(err, AM_ERR_NOMEM, "profiles: out of memory");
}

am_status am_profile_list(const char *folder, const am_allocator *allocator, am_profile_entry **entries, size_t *count, am_error *err)
{
    listing l = { .allocator = allocator };
    am_status st = AM_OK;

    if (!entries || !count)
        return am_fail(err, AM_ERR_RANGE, "profiles: room for their names is needed");
    for (size_t i = 0; am_profile_builtin_name(i) && !st; i++)
        st = add(&l, am_profile_builtin_name(i), strlen(am_profile_builtin_name(i)), true, err);
    if (!st && folder && *folder)
        st = add_folder(&l, folder, err);
    if (!st)
        st = hand_over(&l, entries, err);
    if (!st)
        *count = l.count;
    am_forget(allocator, l.entries);
    return st;
}
