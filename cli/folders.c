#include "cli/files.h"
#include "cli/say.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static am_status add(file_list *list, const char *path)
{
    char *copy = strdup(path);

    if (copy && list->count == list->room) {
        char **grown = realloc(list->paths, (2 * list->room + 16) * sizeof *grown);

        if (grown) {
            list->paths = grown;
            list->room = 2 * list->room + 16;
        }
    }
    if (!copy || list->count == list->room) {
        free(copy);
        return AM_ERR_NOMEM;
    }
    list->paths[list->count++] = copy;
    return AM_OK;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* By bytes: scandir's alphasort would follow the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static am_status search(file_list *list, const char *folder);

/* Links to files are followed, links to folders are not, so that no circle is walked. */
static am_status consider(file_list *list, const char *folder, const char *name)
{
    const size_t length = strlen(folder), size = length + strlen(name) + 2;
    const bool slash = length && folder[length - 1] == '/';
    char *path = malloc(size);
    struct stat itself, target;
    am_status st = AM_OK;

    if (!path)
        return AM_ERR_NOMEM;
    (void)snprintf(path, size, "%s%s%s", folder, slash ? "" : "/", name);
    if (lstat(path, &itself) == 0 && S_ISDIR(itself.st_mode))
        st = search(list, path);
    else if (suffix_is_audio(name_suffix(name)) && stat(path, &target) == 0 && S_ISREG(target.st_mode))
        st = add(list, path);
    free(path);
    return st;
}

static am_status search(file_list *list, const char *folder)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, visible, by_name);
    am_status st = AM_OK;

    if (count < 0) {
        if (errno == ENOMEM)
            return AM_ERR_NOMEM;
        say("%s: %s", folder, strerror(errno));
        list->code = FAILED;
        return AM_OK;
    }
    for (int i = 0; i < count; i++) {
        if (!st)
            st = consider(list, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return st;
}

am_status list_files(const char *const *arguments, size_t count, file_list *out, am_error *err)
{
    am_status st = AM_OK;

    *out = (file_list) { 0 };
    for (size_t i = 0; i < count && !st; i++) {
        const size_t before = out->count;

        if (!file_is_folder(arguments[i])) {
            st = add(out, arguments[i]);
            continue;
        }
        out->from_folder = true;
        st = search(out, arguments[i]);
        if (!st && out->count == before && !out->code) {
            say("%s: no audio files in this folder", arguments[i]);
            out->code = FAILED;
        }
    }
    if (st) {
        *err = (am_error) { st, "out of memory" };
        list_free(out);
    }
    return st;
}

void list_free(file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (file_list) { 0 };
}
