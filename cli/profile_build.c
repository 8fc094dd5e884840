/* profile_build.c - build: many files measured side by side, taken in in their order */
#include "cli/verbs.h"

#include "cli/files.h"
#include "cli/presets.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_JOBS = 64 };

typedef struct song {
    char sha256[65];                /* "": not measured */
    am_refusal refusal;
    bool failed;
} song;

typedef struct building {
    const settings *options;
    const file_list *list;
    am_profile_builder *builder;
    song *songs;                    /* one a file */
    pthread_mutex_t mutex;          /* of what follows */
    pthread_cond_t turned;
    size_t next, turn;              /* file to measure next, file to take in next */
    am_status status;               /* of the builder: it ends the work */
    am_error err;
    int code;
    bool drawn;
} building;

/* ------------------------------------------------------------------ measuring */

static void draw(building *b, const char *path)
{
    const progress_mode mode = progress_chosen(b->options);

    if (mode == PROGRESS_BAR)
        (void)fprintf(stderr, "\r%zu of %zu  %.60s\033[K", b->turn + 1, b->list->count, name_base(path));
    else if (mode == PROGRESS_PLAIN)
        remark("%zu of %zu: %s", b->turn + 1, b->list->count, path);
    b->drawn = mode == PROGRESS_BAR;
}

static void clear(building *b)
{
    if (b->drawn)
        (void)fputs("\r\033[K", stderr);
    b->drawn = false;
}

/* What a file came to, in the order of the files whatever order they were measured in: copies are named after the first one. */
static void take_in(building *b, size_t place, am_status st, const am_analysis *analysis, const am_source *source, const am_error *err)
{
    song *s = &b->songs[place];

    if (signal_caught() || b->status)
        return;
    draw(b, b->list->paths[place]);
    if (st) {
        s->failed = true;
        clear(b);
        b->code = worse(b->code, say_failure(st, err));
        return;
    }
    memcpy(s->sha256, source->sha256, sizeof s->sha256);
    b->status = am_profile_build_add(b->builder, analysis, source, &s->refusal, &b->err);
}

typedef struct desk {
    am_analysis analysis;
    am_source source;
} desk;

static void *work(void *context)
{
    building *b = context;
    desk *d = malloc(sizeof *d);
    am_options call;

    AM_OPTIONS_INIT(&call);
    call.threads = 1;
    call.progress = signal_none;
    (void)pthread_mutex_lock(&b->mutex);
    if (!d && !b->status) {
        b->status = AM_ERR_NOMEM;
        (void)snprintf(b->err.message, sizeof b->err.message, "out of memory");
    }
    while (d && b->next < b->list->count && !b->status && !signal_caught()) {
        const size_t place = b->next++;
        am_error err = { 0 };
        am_status st;

        (void)pthread_mutex_unlock(&b->mutex);
        st = am_analyze_file(name_source(b->list->paths[place]), &call, &d->analysis, &d->source, &err);
        (void)pthread_mutex_lock(&b->mutex);
        while (b->turn != place)
            (void)pthread_cond_wait(&b->turned, &b->mutex);
        take_in(b, place, st, &d->analysis, &d->source, &err);
        b->turn++;
        (void)pthread_cond_broadcast(&b->turned);
    }
    (void)pthread_mutex_unlock(&b->mutex);
    free(d);
    return NULL;
}

static size_t job_count(const settings *options, size_t files)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t jobs = option_given(options, OPTION_JOBS) ? (size_t)options->values[OPTION_JOBS].number : cores > 0 ? (size_t)cores : 1;

    jobs = jobs < MOST_JOBS ? jobs : MOST_JOBS;
    return jobs < files ? jobs : files;
}

/* This thread works too; one that cannot be started is done without. */
static void measure_all(building *b)
{
    const size_t jobs = job_count(b->options, b->list->count);
    pthread_t threads[MOST_JOBS];
    size_t started = 0;

    while (started + 1 < jobs && pthread_create(&threads[started], NULL, work, b) == 0)
        started++;
    (void)work(b);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    clear(b);
}

/* ------------------------------------------------------------------ telling */

static void mark_outliers(building *b, const am_profile *p)
{
    for (size_t s = 0; s < p->song_count; s++)
        for (size_t i = 0; i < b->list->count && p->songs[s].refusal == AM_REFUSAL_OUTLIER; i++)
            if (!b->songs[i].refusal && strcmp(b->songs[i].sha256, p->songs[s].sha256) == 0)
                b->songs[i].refusal = AM_REFUSAL_OUTLIER;
}

static void print_json(const building *b, const am_profile *p, const char *path)
{
    bool first = true;

    (void)fputs("{\n  \"profile\": ", stdout);
    json_string(stdout, p->name);
    (void)fputs(",\n  \"file\": ", stdout);
    json_string(stdout, path);
    (void)printf(",\n  \"songs\": %u,\n  \"left_out\": [", (unsigned)am_profile_songs(p));
    for (size_t i = 0; i < b->list->count; i++) {
        if (!b->songs[i].refusal)
            continue;
        (void)fputs(first ? "\n    {\"file\": " : ",\n    {\"file\": ", stdout);
        json_string(stdout, b->list->paths[i]);
        (void)fputs(", \"reason\": ", stdout);
        json_string(stdout, am_refusal_text(b->songs[i].refusal));
        (void)putchar('}');
        first = false;
    }
    (void)printf("%s],\n  \"failed\": [", first ? "" : "\n  ");
    first = true;
    for (size_t i = 0; i < b->list->count; i++) {
        if (!b->songs[i].failed)
            continue;
        (void)fputs(first ? "" : ", ", stdout);
        json_string(stdout, b->list->paths[i]);
        first = false;
    }
    (void)fputs("]\n}\n", stdout);
}

static void print_left_out(const building *b, FILE *to)
{
    for (size_t i = 0; i < b->list->count; i++)
        if (b->songs[i].refusal) {
            (void)fputs("  left out  ", to);
            put_clean(to, b->list->paths[i], 400, 0);
            (void)fprintf(to, ": %s\n", am_refusal_text(b->songs[i].refusal));
        }
}

static void print_built(const building *b, const am_profile *p, const char *path)
{
    const char *output = b->options->values[OPTION_OUTPUT].text;
    const uint32_t songs = am_profile_songs(p);
    FILE *to = output && strcmp(output, "-") == 0 ? stderr : stdout;

    if (option_flag(b->options, OPTION_JSON) && to == stdout) {
        print_json(b, p, path);
        return;
    }
    if (option_flag(b->options, OPTION_QUIET))
        return;
    (void)fprintf(to, "%s: %u %s of %zu: %s\n", p->name, (unsigned)songs, songs == 1 ? "song" : "songs", b->list->count, path);
    print_left_out(b, to);
    if (songs < AM_PROFILE_FEW)
        remark("%s: %u %s; fewer than %d say little of a style", p->name, (unsigned)songs, songs == 1 ? "song" : "songs", AM_PROFILE_FEW);
}

/* ------------------------------------------------------------------ the verb */

/* Nothing is left: named is what was left out, whatever --quiet says, and how it gets in. */
static am_status tell_empty(const building *b, am_status st, am_error *err)
{
    const size_t used = strlen(err->message);
    bool would_do = false;

    print_left_out(b, stderr);
    for (size_t i = 0; i < b->list->count; i++)
        would_do = would_do || (b->songs[i].refusal > AM_REFUSAL_SURROUND && b->songs[i].refusal != AM_REFUSAL_TINY);
    if (would_do)
        (void)snprintf(err->message + used, sizeof err->message - used, "\n--keep-all takes lossy, clipped, mono and short files (0.4 s at least) in");
    return st;
}

static am_status finish(building *b, char *path, am_error *err)
{
    am_profile *p = NULL;
    am_status st = am_profile_build_finish(b->builder, &p, err);

    if (st)
        return tell_empty(b, st, err);
    mark_outliers(b, p);
    st = library_store(b->options, p, option_flag(b->options, OPTION_FORCE), path, err);
    if (!st)
        print_built(b, p, path);
    am_profile_close(p);
    return st;
}

static int build(const settings *options, const char *name, const file_list *list)
{
    building b = { .options = options, .list = list, .mutex = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER, .code = list->code };
    am_profile_options how;
    char path[PATH_SIZE];
    am_status st;

    AM_PROFILE_OPTIONS_INIT(&how);
    how.name = name;
    how.about = options->values[OPTION_ABOUT].text;
    how.keep_all = option_flag(options, OPTION_KEEP_ALL);
    how.compact = option_flag(options, OPTION_COMPACT);
    b.songs = calloc(list->count + 1, sizeof *b.songs);
    st = b.songs ? am_profile_build_open(&how, &b.builder, &b.err) : AM_ERR_NOMEM;
    if (!st) {
        measure_all(&b);
        st = b.status;
    }
    if (!st && !signal_caught())
        st = finish(&b, path, &b.err);
    am_profile_build_close(b.builder);
    free(b.songs);
    if (signal_caught())
        return signal_exit_code();
    return st ? worse(b.code, profile_failure(st, &b.err)) : b.code;
}

int profile_build(const settings *options, const char *const *words, size_t count)
{
    const char *output = options->values[OPTION_OUTPUT].text;
    am_error err = { 0 };
    file_list list;
    int code;

    if (library_free(options, words[0], &err) || list_files(words + 1, count - 1, &list, &err))
        return profile_failure(err.status, &err);
    for (size_t i = 0; i < list.count && output; i++)    /* those in folders too */
        if (file_same(output, list.paths[i])) {
            say("%s: is an input, and never overwritten", output);
            list_free(&list);
            return FAILED;
        }
    code = build(options, words[0], &list);
    list_free(&list);
    return code;
}
