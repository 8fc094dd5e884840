#include "references/profile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/json.h"
#include "base/sha256.h"
#include "references/quantities.h"
#include "references/statistics.h"

static const char *const origins[] = { "unknown", "measured", "published", "convention" };
static const char *const figures[] = { "mean", "deviation", "p10", "p50", "p90" };
static const char *const covariances[] = { "tone", "width" };
enum { FIGURES = 5, ROW = AM_REGIONS * AM_QUANTILES > AM_BANDS ? AM_REGIONS * AM_QUANTILES : AM_BANDS };

static double *figure(am_statistic *s, size_t which)
{
    double *const all[FIGURES] = { &s->mean, &s->deviation, &s->p10, &s->p50, &s->p90 };

    return all[which];
}

/* ------------------------------------------------------------------ writing */

static void put_values(am_json_writer *w, const char *key, const double *values, int count, int digits)
{
    if (count == 1)
        am_json_put_number(w, key, *values, digits);
    else
        am_json_put_numbers(w, key, values, (size_t)count, digits);
}

static void put_quantity(am_json_writer *w, const am_profile *p, int quantity)
{
    const am_quantity_info *about = am_quantity_about(quantity);
    const am_provenance *from = &p->provenance[quantity];

    am_json_open(w, about->key, '{');
    am_json_put_string(w, "origin", origins[from->origin]);
    if (from->origin != AM_ORIGIN_UNKNOWN) {
        am_json_put_string(w, "source", from->source);
        am_json_put_integer(w, "n", from->n);
        am_json_put_number(w, "measured_share", from->measured_share, 2);
    }
    for (size_t f = 0; f < FIGURES && from->origin != AM_ORIGIN_UNKNOWN; f++) {
        double row[ROW];

        for (int i = 0; i < about->count; i++) {
            am_statistic s = p->values[about->first + i];

            row[i] = *figure(&s, f);
        }
        put_values(w, figures[f], row, about->count, about->digits);
    }
    am_json_close(w);
}

static void put_covariance(am_json_writer *w, const am_profile *p, int which)
{
    am_json_open(w, covariances[which], '{');
    if (isfinite(p->correlation_oct[which]))
        am_json_put_number(w, "correlation_oct", p->correlation_oct[which], 2);
    else
        am_json_put_numbers(w, "packed_db2", p->covariance_db2[which], AM_PROFILE_PACKED, 2);
    am_json_close(w);
}

static void put_song(am_json_writer *w, const am_profile *p, const am_profile_song *song)
{
    am_json_open(w, NULL, '{');
    am_json_put_string(w, "sha256", song->sha256);
    am_json_put_number(w, "weight", song->weight, -1);
    am_json_put_bool(w, "outlier", song->refusal == AM_REFUSAL_OUTLIER);
    for (int q = 0; q < AM_QUANTITIES && !p->compact; q++) {
        const am_quantity_info *about = am_quantity_about(q);

        put_values(w, about->key, &song->values[about->first], about->count, about->digits);
    }
    am_json_close(w);
}

static void put_lineage(am_json_writer *w, const am_profile *p)
{
    am_json_open(w, "lineage", '{');
    am_json_put_integer(w, "revision", p->revision);
    am_json_put_string(w, "engine", p->engine);
    if (*p->date)
        am_json_put_string(w, "date", p->date);
    am_json_put_bool(w, "keep_all", p->keep_all);
    am_json_put_bool(w, "compact", p->compact);
    am_json_open(w, "parents", '[');
    for (uint32_t i = 0; i < p->parent_count; i++) {
        am_json_open(w, NULL, '{');
        am_json_put_string(w, "name", p->parents[i].name);
        am_json_put_string(w, "sha256", p->parents[i].sha256);
        am_json_put_number(w, "weight", p->parents[i].weight, -1);
        am_json_close(w);
    }
    am_json_close(w);
    am_json_open(w, "edits", '[');
    for (uint32_t i = 0; i < p->edit_count; i++)
        am_json_put_string(w, NULL, p->edits[i]);
    am_json_close(w);
    am_json_open(w, "songs", '[');
    for (size_t s = 0; s < p->song_count; s++)
        put_song(w, p, &p->songs[s]);
    am_json_close(w);
    am_json_close(w);
}

static void put_profile(am_json_writer *w, const am_profile *p)
{
    am_json_open(w, NULL, '{');
    am_json_put_string(w, "schema", AM_PROFILE_SCHEMA);
    am_json_put_string(w, "name", p->name);
    am_json_put_string(w, "about", p->about);
    am_json_put_string(w, "notice", p->notice);
    am_json_open(w, "amounts", '{');
    am_json_put_number(w, "tone", p->amount_tone, 2);
    am_json_put_number(w, "dynamics", p->amount_dynamics, 2);
    am_json_put_number(w, "width", p->amount_width, 2);
    am_json_put_number(w, "loudness", p->amount_loudness, 2);
    am_json_close(w);
    am_json_put_number(w, "from_hz", p->from_hz, 1);
    am_json_put_number(w, "to_hz", p->to_hz, 1);
    am_json_open(w, "quantities", '{');
    for (int q = 0; q < AM_QUANTITIES; q++)
        put_quantity(w, p, q);
    am_json_close(w);
    am_json_open(w, "covariance", '{');
    put_covariance(w, p, 0);
    put_covariance(w, p, 1);
    am_json_close(w);
    put_lineage(w, p);
    am_json_close(w);
}

am_status am_profile_to_json(const am_profile *profile, const am_allocator *allocator, char **json, am_error *err)
{
    am_json_writer *w = NULL;
    am_status st;

    if (!profile || !json)
        return am_fail(err, AM_ERR_RANGE, "am_profile_to_json: profile or json is NULL");
    if (profile->song_count > (profile->compact ? AM_PROFILE_MAX_COMPACT : AM_PROFILE_MAX_SONGS))
        return am_fail(err, AM_ERR_RANGE, "profile %s: %zu songs; a file holds %d with their values, %d without (compact)", profile->name,
                       profile->song_count, AM_PROFILE_MAX_SONGS, AM_PROFILE_MAX_COMPACT);
    st = am_json_writer_open(allocator, &w, err);
    if (st)
        return st;
    put_profile(w, profile);
    return am_json_writer_take(w, json, err);
}

am_status am_profile_hash(const am_profile *profile, char sha256[65], am_error *err)
{
    char *json = NULL;
    am_sha256 hash;
    const am_status st = am_profile_to_json(profile, profile->allocator, &json, err);

    if (st || !json)
        return st;
    am_sha256_init(&hash);
    am_sha256_push(&hash, json, strlen(json));
    am_sha256_finish(&hash, sha256);
    am_release(profile->allocator, json);
    return AM_OK;
}

/* ------------------------------------------------------------------ reading */

static am_status read_one(const cJSON *item, const char *path, const char *key, int index, double low, double high, double *out, am_error *err)
{
    if (cJSON_IsNull(item)) {
        *out = NAN;
        return AM_OK;
    }
    if (!cJSON_IsNumber(item))
        return am_fail(err, AM_ERR_FORMAT, "%s.%s[%d]: a number or null is expected", path, key, index);
    if (!am_within(item->valuedouble, low, high))
        return am_fail(err, AM_ERR_RANGE, "%s.%s[%d]: %g is not in [%g, %g]", path, key, index, item->valuedouble, low, high);
    *out = item->valuedouble;
    return AM_OK;
}

/* A number or null, or an array of count of them. */
static am_status read_values(const cJSON *object, const char *path, const char *key, int count, double low, double high, double *out, am_error *err)
{
    const cJSON *array = NULL, *item;
    int index = 0;
    am_status st;

    if (count == 1)
        return am_json_number_or_null(object, path, key, low, high, out, err);
    st = am_json_member(object, path, key, true, &array, err);
    if (!st && cJSON_GetArraySize(array) != count)
        return am_fail(err, AM_ERR_FORMAT, "%s.%s: %d values, expected %d", path, key, cJSON_GetArraySize(array), count);
    if (!st)
        cJSON_ArrayForEach(item, array) {
            st = read_one(item, path, key, index, low, high, &out[index], err);
            if (st)
                break;
            index++;
        }
    return st;
}

static am_status read_statistics(const cJSON *object, const char *path, am_profile *p, int quantity, am_error *err)
{
    const am_quantity_info *about = am_quantity_about(quantity);
    am_status st = AM_OK;

    for (size_t f = 0; f < FIGURES && !st; f++) {
        const bool spread = f == 1;
        double row[ROW] = { 0 };

        st = read_values(object, path, figures[f], about->count, spread ? 0.0 : about->low, spread ? about->high - about->low : about->high,
                         row, err);
        for (int i = 0; i < about->count && !st; i++)
            *figure(&p->values[about->first + i], f) = row[i];
    }
    return st;
}

static am_status read_quantity(const cJSON *quantities, am_profile *p, int quantity, am_error *err)
{
    static const char *const all[] = { "origin", "source", "n", "measured_share", "mean", "deviation", "p10", "p50", "p90", NULL };
    static const char *const none[] = { "origin", NULL };
    const char *key = am_quantity_about(quantity)->key;
    am_provenance *from = &p->provenance[quantity];
    const cJSON *object = NULL;
    char path[64];
    double n = 0.0;
    int origin = 0;
    am_status st = am_json_member(quantities, "quantities", key, false, &object, err);

    (void)snprintf(path, sizeof path, "quantities.%s", key);
    if (!st)
        st = am_json_word(object, path, "origin", origins, sizeof origins / sizeof *origins, &origin, err);
    if (!st)
        st = am_json_only(object, path, origin ? all : none, err);
    from->origin = (am_origin)origin;
    if (st || !origin)
        return st;
    st = am_json_string(object, path, "source", from->source, sizeof from->source, err);
    if (!st && !*from->source)
        return am_fail(err, AM_ERR_FORMAT, "%s.source: empty; say where the values come from", path);
    if (!st)
        st = am_json_number(object, path, "n", 0.0, 1e9, true, &n, err);
    if (!st)
        st = am_json_number(object, path, "measured_share", 0.0, 1.0, false, &from->measured_share, err);
    from->n = (uint32_t)n;
    return st ? st : read_statistics(object, path, p, quantity, err);
}

static am_status read_quantities(const cJSON *root, am_profile *p, am_error *err)
{
    const char *known[AM_QUANTITIES + 1] = { NULL };
    const cJSON *object = NULL;
    am_status st = am_json_member(root, "", "quantities", false, &object, err);

    for (int q = 0; q < AM_QUANTITIES; q++)
        known[q] = am_quantity_about(q)->key;
    if (!st)
        st = am_json_only(object, "quantities", known, err);
    for (int q = 0; q < AM_QUANTITIES && !st; q++)
        st = read_quantity(object, p, q, err);
    if (!st && p->provenance[AM_QUANTITY_TONE].origin == AM_ORIGIN_UNKNOWN)
        return am_fail(err, AM_ERR_FORMAT, "quantities.tone_power_db: a profile without a tone is none");
    return st;
}

static am_status read_covariance(const cJSON *root, am_profile *p, int which, am_error *err)
{
    static const char *const packed[] = { "packed_db2", NULL }, *const length[] = { "correlation_oct", NULL };
    const cJSON *both = NULL, *object = NULL;
    char path[32];
    am_status st = am_json_member(root, "", "covariance", false, &both, err);

    (void)snprintf(path, sizeof path, "covariance.%s", covariances[which]);
    if (!st)
        st = am_json_only(both, "covariance", (const char *const[]){ "tone", "width", NULL }, err);
    if (!st)
        st = am_json_member(both, "covariance", covariances[which], false, &object, err);
    if (st)
        return st;
    if (!cJSON_GetObjectItemCaseSensitive(object, "packed_db2")) {
        st = am_json_only(object, path, length, err);
        if (!st)
            st = am_json_number(object, path, "correlation_oct", 0.1, 100.0, false, &p->correlation_oct[which], err);
        if (!st)
            am_profile_fill_covariance(p, which);
        return st;
    }
    p->correlation_oct[which] = NAN;
    st = am_json_only(object, path, packed, err);
    return st ? st : am_json_numbers(object, path, "packed_db2", -1e4, 1e4, p->covariance_db2[which], AM_PROFILE_PACKED, err);
}

static am_status read_hash(const cJSON *object, const char *path, char out[65], am_error *err)
{
    const am_status st = am_json_string(object, path, "sha256", out, 65, err);

    if (!st && strspn(out, "0123456789abcdef") != 64)
        return am_fail(err, AM_ERR_FORMAT, "%s.sha256: 64 hexadecimal digits are expected", path);
    return st;
}

static am_status read_song(const cJSON *object, const char *path, bool compact, am_profile_song *song, am_error *err)
{
    const char *known[AM_QUANTITIES + 4] = { "sha256", "weight", "outlier" };
    bool outlier = false;
    am_status st;

    for (int q = 0; q < AM_QUANTITIES && !compact; q++)
        known[3 + q] = am_quantity_about(q)->key;
    if (!cJSON_IsObject(object))
        return am_fail(err, AM_ERR_FORMAT, "%s: an object is expected", path);
    st = am_json_only(object, path, known, err);
    if (!st)
        st = read_hash(object, path, song->sha256, err);
    if (!st)
        st = am_json_number(object, path, "weight", 1e-9, 1000.0, false, &song->weight, err);
    if (!st)
        st = am_json_bool(object, path, "outlier", &outlier, err);
    song->refusal = outlier ? AM_REFUSAL_OUTLIER : AM_REFUSAL_NONE;
    for (int q = 0; q < AM_QUANTITIES && !st && !compact; q++) {
        const am_quantity_info *about = am_quantity_about(q);

        st = read_values(object, path, about->key, about->count, about->low, about->high, &song->values[about->first], err);
    }
    return st;
}

static am_status read_songs(const cJSON *array, am_profile *p, am_error *err)
{
    const cJSON *item;
    size_t s = 0;

    cJSON_ArrayForEach(item, array) {
        char path[48];
        am_status st;

        (void)snprintf(path, sizeof path, "lineage.songs[%zu]", s);
        st = read_song(item, path, p->compact, &p->songs[s], err);
        if (st)
            return st;
        if (s && strcmp(p->songs[s - 1].sha256, p->songs[s].sha256) >= 0)
            return am_fail(err, AM_ERR_FORMAT, "%s.sha256: songs are sorted by hash, each once", path);
        s++;
    }
    return AM_OK;
}

static am_status read_parents(const cJSON *lineage, am_profile *p, am_error *err)
{
    const cJSON *array = NULL, *item;
    am_status st = am_json_member(lineage, "lineage", "parents", true, &array, err);

    if (!st && cJSON_GetArraySize(array) > AM_PROFILE_PARENTS)
        return am_fail(err, AM_ERR_RANGE, "lineage.parents: more than %d", AM_PROFILE_PARENTS);
    if (!st)
        cJSON_ArrayForEach(item, array) {
            am_profile_parent *parent = &p->parents[p->parent_count++];

            if (!cJSON_IsObject(item))
                return am_fail(err, AM_ERR_FORMAT, "lineage.parents: objects are expected");
            st = am_json_only(item, "lineage.parents", (const char *const[]){ "name", "sha256", "weight", NULL }, err);
            if (!st)
                st = am_json_string(item, "lineage.parents", "name", parent->name, sizeof parent->name, err);
            if (!st)
                st = read_hash(item, "lineage.parents", parent->sha256, err);
            if (!st)
                st = am_json_number(item, "lineage.parents", "weight", 0.0, 1e9, false, &parent->weight, err);
            if (st)
                return st;
        }
    return st;
}

static am_status read_edits(const cJSON *lineage, am_profile *p, am_error *err)
{
    const cJSON *array = NULL, *item;
    const am_status st = am_json_member(lineage, "lineage", "edits", true, &array, err);

    if (!st && cJSON_GetArraySize(array) > AM_PROFILE_EDITS)
        return am_fail(err, AM_ERR_RANGE, "lineage.edits: more than %d", AM_PROFILE_EDITS);
    if (!st)
        cJSON_ArrayForEach(item, array) {
            if (!cJSON_IsString(item) || strlen(item->valuestring) >= sizeof p->edits[0])
                return am_fail(err, AM_ERR_FORMAT, "lineage.edits: texts of fewer than %zu bytes are expected", sizeof p->edits[0]);
            (void)snprintf(p->edits[p->edit_count++], sizeof p->edits[0], "%s", item->valuestring);
        }
    return st;
}

static am_status read_lineage(const cJSON *lineage, am_profile *p, am_error *err)
{
    static const char *const known[] = { "revision", "engine", "date", "keep_all", "compact", "parents", "edits", "songs", NULL };
    double revision = 1.0;
    am_status st = am_json_only(lineage, "lineage", known, err);

    if (!st)
        st = am_json_number(lineage, "lineage", "revision", 1.0, 1e9, true, &revision, err);
    if (!st)
        st = am_json_string(lineage, "lineage", "engine", p->engine, sizeof p->engine, err);
    if (!st && cJSON_GetObjectItemCaseSensitive(lineage, "date"))
        st = am_json_string(lineage, "lineage", "date", p->date, sizeof p->date, err);
    if (!st)
        st = am_json_bool(lineage, "lineage", "keep_all", &p->keep_all, err);
    if (!st)
        st = am_json_bool(lineage, "lineage", "compact", &p->compact, err);
    p->revision = (uint32_t)revision;
    if (!st)
        st = read_parents(lineage, p, err);
    if (!st)
        st = read_edits(lineage, p, err);
    return st ? st : read_songs(cJSON_GetObjectItemCaseSensitive(lineage, "songs"), p, err);
}

static am_status read_amounts(const cJSON *root, am_profile *p, am_error *err)
{
    const cJSON *object = NULL;
    am_status st = am_json_member(root, "", "amounts", false, &object, err);

    if (!st)
        st = am_json_only(object, "amounts", (const char *const[]){ "tone", "dynamics", "width", "loudness", NULL }, err);
    if (!st)
        st = am_json_number(object, "amounts", "tone", 0.0, 1.5, false, &p->amount_tone, err);
    if (!st)
        st = am_json_number(object, "amounts", "dynamics", 0.0, 1.5, false, &p->amount_dynamics, err);
    if (!st)
        st = am_json_number(object, "amounts", "width", 0.0, 1.5, false, &p->amount_width, err);
    return st ? st : am_json_number(object, "amounts", "loudness", 0.0, 1.5, false, &p->amount_loudness, err);
}

static am_status read_heading(const cJSON *root, am_profile *p, am_error *err)
{
    am_status st = am_json_string(root, "", "name", p->name, sizeof p->name, err);

    if (!st && !am_profile_name_valid(p->name))
        return am_fail(err, AM_ERR_FORMAT, "name: \"%s\": a to z, 0 to 9, _ and - make a name", p->name);
    if (!st)
        st = am_json_string(root, "", "about", p->about, sizeof p->about, err);
    if (!st)
        st = am_json_string(root, "", "notice", p->notice, sizeof p->notice, err);
    if (!st)
        st = am_json_number(root, "", "from_hz", 10.0, 24000.0, false, &p->from_hz, err);
    return st ? st : am_json_number(root, "", "to_hz", p->from_hz, 24000.0, false, &p->to_hz, err);
}

static am_status read_root(const cJSON *root, const char *name, const am_allocator *allocator, am_profile **out, am_error *err)
{
    static const char *const known[] = { "schema",     "name",       "about",   "notice", "amounts", "from_hz", "to_hz",
                                         "quantities", "covariance", "lineage", NULL };
    static const char *const schemas[] = { AM_PROFILE_SCHEMA };
    const cJSON *lineage = NULL, *songs = NULL;
    int schema;
    am_status st = am_json_word(root, "", "schema", schemas, 1, &schema, err);

    if (!st)
        st = am_json_only(root, "", known, err);
    if (!st)
        st = am_json_member(root, "", "lineage", false, &lineage, err);
    if (!st)
        st = am_json_member(lineage, "lineage", "songs", true, &songs, err);
    if (!st)
        st = am_profile_make(allocator, name, (size_t)cJSON_GetArraySize(songs), out, err);
    if (!st)
        st = read_heading(root, *out, err);
    if (!st)
        st = read_amounts(root, *out, err);
    if (!st)
        st = read_quantities(root, *out, err);
    for (int which = 0; which < 2 && !st; which++)
        st = read_covariance(root, *out, which, err);
    return st ? st : read_lineage(lineage, *out, err);
}

am_status am_profile_from_json(const char *bytes, size_t length, const char *name, const am_allocator *allocator, am_profile **out, am_error *err)
{
    cJSON *root = NULL;
    am_profile *p = NULL;
    am_error detail = { 0 };
    am_status st;

    if (!bytes || !name || !out)
        return am_fail(err, AM_ERR_RANGE, "am_profile_from_json: bytes, name or out is NULL");
    st = am_json_parse(bytes, length, name, &root, err);
    if (st)
        return st;
    st = read_root(root, name, allocator, &p, &detail);
    cJSON_Delete(root);
    if (st) {
        am_profile_close(p);
        return am_fail(err, st, "%s: %s", name, detail.message);
    }
    *out = p;
    return AM_OK;
}
