#include "pipeline/lineage.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/db.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/sha256.h"
#include "io/file.h"

enum { MOST_BYTES = 1 << 24 };

static const char *const amounts[AM_LINEAGE_AMOUNTS] = { "tone", "dynamics", "width", "loudness" };

/* ------------------------------------------------------------------ the report beside it */

static bool name_report(const char *path, char out[AM_PATH])
{
    const char *base = am_path_base(path), *dot = strrchr(base, '.');
    const size_t stem = dot && dot > base ? (size_t)(dot - path) : strlen(path);

    return snprintf(out, AM_PATH, "%.*s.json", (int)stem, path) < AM_PATH && strcmp(out, path) != 0;
}

/* *bytes stays NULL for what is no file of a size that reports have. */
static am_status read_file(const char *path, const am_allocator *allocator, char **bytes, size_t *count, am_error *err)
{
    const int fd = am_file_open(path, O_RDONLY | O_NONBLOCK, 0);
    struct stat info;
    am_status st = AM_OK;

    if (fd < 0)
        return AM_OK;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 && info.st_size <= MOST_BYTES) {
        *count = (size_t)info.st_size;
        *bytes = am_acquire(allocator, *count, 1);
        if (!*bytes)
            st = am_fail(err, AM_ERR_NOMEM, "out of memory for a report");
        else if (am_file_read_at(fd, *bytes, *count, 0) != (int64_t)*count)
            *count = 0;
    }
    (void)close(fd);
    return st;
}

/* ------------------------------------------------------------------ what it says */

static const cJSON *member(const cJSON *object, const char *key) { return cJSON_GetObjectItemCaseSensitive(object, key); }

static const char *string_of(const cJSON *object, const char *key)
{
    const cJSON *value = member(object, key);

    return cJSON_IsString(value) ? value->valuestring : "";
}

static bool take_amounts(const cJSON *from, double out[AM_LINEAGE_AMOUNTS])
{
    for (int i = 0; i < AM_LINEAGE_AMOUNTS; i++) {
        const cJSON *value = member(from, amounts[i]);

        if (!cJSON_IsNumber(value) || !am_within(value->valuedouble, 0.0, 1.5))
            return false;
        out[i] = value->valuedouble;
    }
    return true;
}

static bool names_profile(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name) && *name != '_' && *name != '-';
}

/* Files by what is in them, wherever they lie; profiles by name. */
static void take_aim(const cJSON *report, am_lineage *out)
{
    const cJSON *target = member(report, "target"), *reference;
    const char *kind = string_of(target, "kind"), *name = string_of(target, "name");
    am_sha256 hash;

    am_sha256_init(&hash);
    am_sha256_push(&hash, kind, strlen(kind) + 1);
    if (strcmp(kind, "profile") == 0)
        am_sha256_push(&hash, name, strlen(name) + 1);
    cJSON_ArrayForEach(reference, member(report, "references"))
        am_sha256_push(&hash, string_of(reference, "sha256"), strlen(string_of(reference, "sha256")) + 1);
    am_sha256_finish(&hash, out->aim);
    if (strcmp(kind, "profile") == 0 && names_profile(name) && strlen(name) < sizeof out->profile)
        memcpy(out->profile, name, strlen(name) + 1);
}

static void take_report(const cJSON *report, const char *name, const char *sha256, am_lineage *out)
{
    const char *schema = string_of(report, "schema"), *song = string_of(member(report, "input"), "sha256");

    if (strncmp(schema, "automaster.report/", 18) != 0)
        (void)snprintf(out->why, sizeof out->why, "%.200s beside it is no report of a master", name);
    else if (strcmp(string_of(member(report, "output"), "sha256"), sha256) != 0 || strlen(song) != 64)
        (void)snprintf(out->why, sizeof out->why, "%.200s beside it is the report of another file, or the file was changed since", name);
    else if (!take_amounts(member(report, "amounts"), out->amounts))
        (void)snprintf(out->why, sizeof out->why, "%.200s tells of no target: it was rendered from a plan", name);
    else {
        memcpy(out->song, song, sizeof out->song);
        take_aim(report, out);
        out->known = true;
    }
}

void am_lineage_of_report(const char *bytes, size_t count, const char *name, const char *sha256, am_lineage *out)
{
    cJSON *report = NULL;

    memset(out, 0, sizeof *out);
    (void)am_json_parse(bytes, count, name, &report, NULL);
    take_report(report, name, sha256, out);     /* nothing at all is no report, too */
    cJSON_Delete(report);
}

am_status am_lineage_read(const char *path, const char *sha256, const am_allocator *allocator, am_lineage *out, am_error *err)
{
    char named[AM_PATH], *bytes = NULL;
    size_t count = 0;
    am_status st = AM_OK;

    memset(out, 0, sizeof *out);
    if (name_report(path, named))
        st = read_file(named, allocator, &bytes, &count, err);
    if (st)
        return st;
    (void)snprintf(out->why, sizeof out->why, "there is no report beside it (%.200s)", am_path_base(named));
    if (bytes)
        am_lineage_of_report(bytes, count, am_path_base(named), sha256, out);
    am_forget(allocator, bytes);
    return AM_OK;
}

/* ------------------------------------------------------------------ pairs */

static void become_song(am_lineage *song, const am_lineage *master)
{
    *song = *master;
    memset(song->amounts, 0, sizeof song->amounts);
}

bool am_lineage_comparable(am_lineage pair[2], const char *const names[2], const char *const sha256[2], char *why, size_t room)
{
    for (int i = 0; i < 2; i++)
        if (pair[!i].known && !pair[i].known && strcmp(sha256[i], pair[!i].song) == 0)
            become_song(&pair[i], &pair[!i]);
    for (int i = 0; i < 2; i++)
        if (!pair[i].known) {
            (void)snprintf(why, room, "How far %.200s went is not known: %s.", names[i], pair[i].why);
            return false;
        }
    if (strcmp(pair[0].song, pair[1].song) != 0)
        (void)snprintf(why, room, "These are masters of two different files.");
    else if (strcmp(pair[0].aim, pair[1].aim) != 0)
        (void)snprintf(why, room, "These two have different targets: a vote between them would say nothing about how far to go.");
    else
        return true;
    return false;
}
