/* pagefile.c - am_report_page of automaster.h: the files that a report names become the excerpts of its page */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "io/flac.h"
#include "io/output.h"
#include "pipeline/excerpt.h"
#include "pipeline/run.h"
#include "report/page.h"

enum { EXCERPT_S = 30, REFERENCES = 4, EXCERPTS = 2 + REFERENCES + AM_CONTRIBUTION_COUNT, SENTENCE = 400 };

static const double delta_scale = 0.25;     /* a contribution may exceed full scale by 12 dB */

typedef struct page_work {
    am_run run;
    const cJSON *report;
    const char *json, *report_path;
    size_t json_length;
    bool whole;
    double start_s, length_s;       /* of the song, whole seconds */
    am_page_excerpt excerpts[EXCERPTS];
    am_flac flacs[EXCERPTS];
    size_t excerpt_count;
    char sentences[2 + REFERENCES + 2][SENTENCE];
    const char *missing[2 + REFERENCES + 2];
    size_t missing_count;
} page_work;

static void miss(page_work *w, const char *format, ...) AM_PRINTF(2, 3);

static void miss(page_work *w, const char *format, ...)
{
    va_list args;

    if (w->missing_count == sizeof w->missing / sizeof *w->missing)
        return;
    va_start(args, format);
    (void)vsnprintf(w->sentences[w->missing_count], SENTENCE, format, args);
    va_end(args);
    w->missing[w->missing_count] = w->sentences[w->missing_count];
    w->missing_count++;
}

/* ------------------------------------------------------------------ what the report says */

static const char *string_of(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsString(value) ? value->valuestring : "";
}

static double number_of(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

/* ------------------------------------------------------------------ the files */

/* The places where a file may be: as named, as named from the report's folder, beside the report. */
static bool candidate(const page_work *w, const char *named, int k, char path[AM_PATH])
{
    const int folder = w->report_path ? (int)(am_path_base(w->report_path) - w->report_path) : 0;
    const char *from = folder ? w->report_path : "";
    int count = 0;

    switch (k) {
    case 0: count = snprintf(path, AM_PATH, "%s", named); break;
    case 1: count = *named == '/' ? -1 : snprintf(path, AM_PATH, "%.*s%s", folder, from, named); break;
    case 2: count = snprintf(path, AM_PATH, "%.*s%s", folder, from, am_path_base(named)); break;
    default: return false;
    }
    if (count < 0 || count >= AM_PATH)
        *path = '\0';
    return true;
}

/* Open the file of a source, if it is still what the report measured. Not having it is no error: *out stays NULL, a sentence tells. */
static am_status find_file(page_work *w, const cJSON *source, am_reader **out, am_error *err)
{
    const char *named = string_of(source, "path"), *wanted = string_of(source, "sha256");
    bool changed = false;
    char path[AM_PATH], hex[65];
    struct stat info;

    for (int k = 0; *named && candidate(w, named, k, path); k++) {
        am_error why;
        am_status st;

        if (!*path || stat(path, &info) || !S_ISREG(info.st_mode) || am_hash_file(path, hex, &why))
            continue;
        changed = changed || strcmp(hex, wanted) != 0;
        if (strcmp(hex, wanted) != 0)
            continue;
        st = am_reader_open(path, w->run.options.allocator, out, &why);
        if (!st && am_reader_source(*out)->channels <= 2)
            return AM_OK;
        am_reader_close(*out);
        *out = NULL;
        if (st == AM_ERR_NOMEM)
            return am_fail(err, st, "%s", why.message);
        miss(w, "%s cannot be played here.", am_path_base(named));
        return AM_OK;
    }
    miss(w, changed ? "%s has changed since this report was made (its SHA-256 differs): it is not in the player."
                    : "%s was not found: it is not in the player.", *named ? am_path_base(named) : "A file");
    return AM_OK;
}

/* ------------------------------------------------------------------ excerpts */

static am_page_excerpt *next_excerpt(page_work *w, const char *id, const char *kind, const char *name)
{
    am_page_excerpt *x = &w->excerpts[w->excerpt_count];

    (void)snprintf(x->id, sizeof x->id, "%s", id);
    (void)snprintf(x->name, sizeof x->name, "%s", name);
    x->kind = kind;
    x->null_db = NAN;
    return x;
}

static am_status add_excerpt(page_work *w, am_page_excerpt *x, uint32_t bits, const am_excerpt *audio, am_error *err)
{
    am_flac *flac = &w->flacs[w->excerpt_count];
    am_status st = am_run_tell(&w->run, "page", 0.0, err);

    if (!st)
        st = am_flac_encode(&audio->format, bits, x->scale, (const float *const *)audio->channels, audio->frames,
                            w->run.options.allocator, flac, err);
    if (st)
        return st;
    x->rate_hz = audio->format.rate_hz;
    x->channels = audio->format.channels;
    x->duration_s = (double)audio->frames / audio->format.rate_hz;
    x->flac = flac->bytes;
    x->flac_count = flac->count;
    w->excerpt_count++;
    return AM_OK;
}

static am_status add_song(page_work *w, const char *id, const char *kind, const cJSON *source, double start_s, const am_excerpt *audio,
                          am_error *err)
{
    am_page_excerpt *x = next_excerpt(w, id, kind, am_path_base(string_of(source, "path")));
    const bool short_words = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(source, "lossy")) || number_of(source, "bits") == 16.0;

    (void)snprintf(x->sha256, sizeof x->sha256, "%s", string_of(source, "sha256"));
    x->start_s = start_s;
    x->scale = am_excerpt_scale(audio);
    x->lufs = am_excerpt_loudness(audio);
    return add_excerpt(w, x, short_words && x->scale == 1.0 ? 16 : 24, audio, err);
}

static am_status add_file(page_work *w, const char *id, const char *kind, const cJSON *source, double start_s, double length_s,
                          am_error *err)
{
    am_reader *reader = NULL;
    am_excerpt audio = { 0 };
    am_status st = find_file(w, source, &reader, err);

    if (st || !reader)
        return st;
    const double rate = am_reader_source(reader)->rate_hz;

    st = am_excerpt_read(reader, (uint64_t)llround(start_s * rate), (size_t)llround(length_s * rate), w->run.options.allocator, &audio, err);
    if (!st)
        st = add_song(w, id, kind, source, start_s, &audio, err);
    am_excerpt_close(&audio);
    am_reader_close(reader);
    return st;
}

/* Stages that are one contribution are told together, those that are on. */
static void name_stages(const am_plan *plan, am_contribution k, char *out, size_t room)
{
    const struct { am_contribution part; bool on; const char *name; } stages[] = {
        { AM_CONTRIBUTION_TONE, true, "EQ" }, { AM_CONTRIBUTION_WIDTH, true, "width" },
        { AM_CONTRIBUTION_COMPRESSOR, plan->multiband.enabled, "multiband" }, { AM_CONTRIBUTION_COMPRESSOR, plan->leveller.enabled, "leveller" },
        { AM_CONTRIBUTION_COMPRESSOR, plan->compressor.enabled, "compressor" }, { AM_CONTRIBUTION_LIMITER, plan->clip.enabled, "clip" },
        { AM_CONTRIBUTION_LIMITER, plan->limiter.enabled, "limiter" },
    };
    size_t used = 0;

    *out = '\0';
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (stages[i].part == k && stages[i].on && used < room)
            used += (size_t)snprintf(out + used, room - used, "%s%s", used ? ", " : "", stages[i].name);
    if (*out >= 'a' && *out <= 'z')
        *out = (char)(*out - 'a' + 'A');
}

/* The original at the rate of the master, and what the stages of the plan did to it. */
static am_status add_original(page_work *w, am_error *err)
{
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(w->report, "input");
    am_excerpt dry = { 0 }, parts[AM_CONTRIBUTION_COUNT] = { { 0 } };
    am_reader *reader = NULL;
    am_error why = { 0 };
    am_plan *plan = am_acquire(w->run.options.allocator, 1, sizeof *plan);
    am_status st = plan ? find_file(w, source, &reader, err) : am_fail(err, AM_ERR_NOMEM, "out of memory");
    const bool planned = !st && !am_plan_from_json(w->json, w->json_length, plan, &why);

    if (!st && reader && planned)
        st = am_excerpt_contributions(reader, plan, w->start_s, w->length_s, &w->run.options, &dry, parts, err);
    else if (!st && reader) {
        const double rate = am_reader_source(reader)->rate_hz;

        miss(w, "The plan in this report cannot be rendered, so the stages are not in the player: %.200s", why.message);
        st = am_excerpt_read(reader, (uint64_t)llround(w->start_s * rate), (size_t)llround(w->length_s * rate),
                             w->run.options.allocator, &dry, err);
    }
    if (!st && reader)
        st = add_song(w, "original", "song", source, w->start_s, &dry, err);
    for (int k = 0; k < AM_CONTRIBUTION_COUNT && !st; k++) {
        char id[24], name[64];

        if (!parts[k].frames)
            continue;
        (void)snprintf(id, sizeof id, "delta-%s", am_contribution_words[k]);
        name_stages(plan, (am_contribution)k, name, sizeof name);
        am_page_excerpt *x = next_excerpt(w, id, "delta", name);

        x->start_s = w->start_s;
        x->scale = delta_scale;
        x->lufs = NAN;
        st = add_excerpt(w, x, 16, &parts[k], err);
    }
    for (int k = 0; k < AM_CONTRIBUTION_COUNT; k++)
        am_excerpt_close(&parts[k]);
    am_excerpt_close(&dry);
    am_reader_close(reader);
    am_forget(w->run.options.allocator, plan);
    return st;
}

/* Around the loudest three seconds, beginning on a whole second, where every rate has a frame. */
static void choose_window(const page_work *w, double loudest_s, double duration_s, double *start_s, double *length_s)
{
    *start_s = 0.0;
    *length_s = duration_s;
    if (w->whole || !(duration_s > EXCERPT_S))
        return;
    *length_s = EXCERPT_S;
    if (isfinite(loudest_s))
        *start_s = floor(fmin(fmax(loudest_s + 1.5 - 0.5 * EXCERPT_S, 0.0), duration_s - EXCERPT_S));
}

static am_status add_references(page_work *w, am_error *err)
{
    const cJSON *source;
    int count = 0;
    am_status st = AM_OK;

    cJSON_ArrayForEach(source, cJSON_GetObjectItemCaseSensitive(w->report, "references")) {
        const double seconds = number_of(source, "frames") / number_of(source, "rate_hz");
        double start_s = 0.0, length_s = EXCERPT_S;
        char id[24];

        if (st || count == REFERENCES || !(seconds > 0.0 && seconds < 1e6))
            break;
        choose_window(w, 0.5 * seconds, seconds, &start_s, &length_s);
        (void)snprintf(id, sizeof id, "reference-%d", ++count);
        st = add_file(w, id, "reference", source, start_s, length_s, err);
    }
    return st;
}

static am_status collect(page_work *w, am_error *err)
{
    const cJSON *before = cJSON_GetObjectItemCaseSensitive(w->report, "before");
    const cJSON *output = cJSON_GetObjectItemCaseSensitive(w->report, "output");
    const double duration_s = number_of(before, "duration_s");
    am_status st;

    if (!(duration_s > 0.0 && duration_s < 1e6))
        return AM_OK;
    choose_window(w, number_of(cJSON_GetObjectItemCaseSensitive(before, "loudness"), "loudest_s"), duration_s, &w->start_s, &w->length_s);
    st = add_original(w, err);
    if (!st && *string_of(output, "path"))
        st = add_file(w, "master", "song", output, w->start_s, w->length_s, err);
    return st ? st : add_references(w, err);
}

/* ------------------------------------------------------------------ the call */

static am_status write_page(page_work *w, const char *out_path, am_error *err)
{
    const am_page page = { AM_PAGE_REPORT, w->json, w->json_length, w->excerpts, w->excerpt_count, w->missing, w->missing_count, NULL };
    am_output *output = NULL;
    am_status st = am_output_open(out_path, w->run.options.overwrite, &w->report_path, w->report_path ? 1 : 0, w->run.options.allocator,
                                  &output, err);

    if (!st)
        st = am_page_write(&page, w->run.options.allocator, am_output_sink, output, err);
    if (!st)
        st = am_output_commit(output, err);
    am_output_close(output);
    return st;
}

am_status am_report_page(const char *json, size_t length, const char *report_path, const char *out_path, bool whole,
                         const am_options *options, am_error *err)
{
    page_work *w = NULL;
    cJSON *root = NULL;
    am_run run;
    am_status st;

    if (!json || !out_path)
        return am_fail(err, AM_ERR_RANGE, "am_report_page: json or out_path is NULL");
    st = am_run_init(&run, options, err);
    if (!st)
        st = am_json_parse(json, length, "report", &root, err);
    if (st)
        return st;
    w = am_acquire(run.options.allocator, 1, sizeof *w);
    if (!w)
        st = am_fail(err, AM_ERR_NOMEM, "out of memory for the page");
    if (!st) {
        w->run = run;
        w->report = root;
        w->json = json;
        w->json_length = length;
        w->report_path = report_path;
        w->whole = whole;
        st = collect(w, err);
    }
    if (!st)
        st = am_run_tell(&w->run, "page", 1.0, err);
    if (!st)
        st = write_page(w, out_path, err);
    for (size_t i = 0; w && i < w->excerpt_count; i++)
        am_forget(run.options.allocator, w->flacs[i].bytes);
    am_forget(run.options.allocator, w);
    cJSON_Delete(root);
    return st;
}
