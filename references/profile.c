#include "references/profile.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "references/builtin.h"

enum { max_bytes = 1 << 20 };

/* ------------------------------------------------------------------ reading */

static am_status read_text(const cJSON *object, const char *path, const char *key, char *out, size_t size, am_error *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    if (!cJSON_IsString(item) || !*item->valuestring)
        return am_fail(err, AM_ERR_FORMAT, "%s%s%s: a text is expected", path, *path ? "." : "", key);
    if (out)
        (void)snprintf(out, size, "%s", item->valuestring);
    return AM_OK;
}

static am_status read_value(const cJSON *root, const char *key, double low, double high, double *out, am_error *err)
{
    static const char *const known[] = { "value", "source", NULL };
    const cJSON *object = NULL;
    am_status st = am_json_member(root, "", key, false, &object, err);

    if (!st)
        st = am_json_only(object, key, known, err);
    if (!st)
        st = am_json_number(object, key, "value", low, high, false, out, err);
    return st ? st : read_text(object, key, "source", NULL, 0, err);
}

typedef struct curve {
    double from_hz, to_hz, level_db[AM_BANDS], deviation_db[AM_BANDS], correlation_oct;
} curve;

static am_status read_curve(const cJSON *root, const char *key, curve *out, am_error *err)
{
    static const char *const known[] = { "quantity", "source", "from_hz", "to_hz", "level_db", "deviation_source", "deviation_db",
                                         "correlation_source", "correlation_oct", NULL };
    static const char *const texts[] = { "quantity", "source", "deviation_source", "correlation_source" };
    const cJSON *object = NULL;
    am_status st = am_json_member(root, "", key, false, &object, err);

    if (!st)
        st = am_json_only(object, key, known, err);
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !st; i++)
        st = read_text(object, key, texts[i], NULL, 0, err);
    if (!st)
        st = am_json_number(object, key, "from_hz", 10.0, 24000.0, false, &out->from_hz, err);
    if (!st)
        st = am_json_number(object, key, "to_hz", out->from_hz, 24000.0, false, &out->to_hz, err);
    if (!st)
        st = am_json_numbers(object, key, "level_db", -120.0, 20.0, out->level_db, AM_BANDS, err);
    if (!st)
        st = am_json_numbers(object, key, "deviation_db", 0.1, 40.0, out->deviation_db, AM_BANDS, err);
    if (!st)
        st = am_json_number(object, key, "correlation_oct", 0.1, 100.0, false, &out->correlation_oct, err);
    return st;
}

typedef struct profile {
    char name[sizeof ((am_target *)0)->name];
    double loudness_lufs, range_lu, plr_db;
    curve tone, width;
} profile;

static am_status read_root(const cJSON *root, profile *out, am_error *err)
{
    static const char *const known[] = { "schema", "name", "about", "loudness_lufs", "range_lu", "plr_db", "tone", "width", NULL };
    static const char *const schemas[] = { "automaster.profile/1" };
    int schema;
    am_status st = am_json_word(root, "", "schema", schemas, 1, &schema, err);

    if (!st)
        st = am_json_only(root, "", known, err);
    if (!st)
        st = read_text(root, "", "name", out->name, sizeof out->name, err);
    if (!st)
        st = read_text(root, "", "about", NULL, 0, err);
    if (!st)
        st = read_value(root, "loudness_lufs", -60.0, 0.0, &out->loudness_lufs, err);
    if (!st)
        st = read_value(root, "range_lu", 0.0, 40.0, &out->range_lu, err);
    if (!st)
        st = read_value(root, "plr_db", 0.0, 40.0, &out->plr_db, err);
    if (!st)
        st = read_curve(root, "tone", &out->tone, err);
    return st ? st : read_curve(root, "width", &out->width, err);
}

/* ------------------------------------------------------------------ the target */

static void put_curve(const curve *from, am_band_target *to)
{
    to->present = true;
    for (int i = 0; i < AM_BANDS; i++) {
        to->mean_db[i] = to->power_db[i] = to->third_db[i] = from->level_db[i];
        to->weight[i] = am_within(am_band_hz(i), from->from_hz, from->to_hz) ? 1.0 : 0.0;
        for (int j = 0; j < AM_BANDS; j++)
            to->covariance_db2[i][j] = from->deviation_db[i] * from->deviation_db[j] * exp(-(double)abs(i - j) / 6.0 / from->correlation_oct);
    }
}

/* Side over mid of the whole spectrum. */
static double broadband_width_db(const curve *tone, const curve *width)
{
    double mid = 0.0, side = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        mid += am_power_from_db(tone->level_db[k]);
        side += am_power_from_db(tone->level_db[k] + width->level_db[k]);
    }
    return am_db_from_power(side / mid);
}

static void make_target(const profile *from, am_target *out)
{
    memset(out, 0, sizeof *out);
    out->version = AM_TARGET_VERSION;
    out->kind = AM_TARGET_PROFILE;
    memcpy(out->name, from->name, sizeof out->name);
    out->loudness_lufs = from->loudness_lufs;
    out->range_lu = from->range_lu;
    out->plr_db = from->plr_db;
    out->psr_db = out->cutoff_hz = NAN;
    for (int q = 0; q < AM_QUANTILES; q++)
        out->short_term_lu[q] = out->momentary_lu[q] = out->fast_lu[q] = NAN;
    out->width_db = broadband_width_db(&from->tone, &from->width);
    put_curve(&from->tone, &out->tone);
    put_curve(&from->width, &out->width);
}

am_status am_profile_read(const char *bytes, size_t length, const char *name, am_target *out, am_error *err)
{
    cJSON *root = NULL;
    profile read;
    am_status st = am_json_parse(bytes, length, name, &root, err);

    if (!st)
        st = read_root(root, &read, err);
    if (!st)
        make_target(&read, out);
    cJSON_Delete(root);
    return st;
}

/* ------------------------------------------------------------------ by name */

static am_status read_file(const char *path, am_target *out, am_error *err)
{
    FILE *file = fopen(path, "rb");
    char *bytes;
    size_t length;
    am_status st;

    if (!file)
        return am_fail_errno(err, errno, "%s: no built-in profile has this name (there is: neutral), and as a file it cannot be read", path);
    bytes = am_acquire(NULL, max_bytes + 1, 1);
    length = bytes ? fread(bytes, 1, max_bytes + 1, file) : 0;
    if (!bytes)
        st = am_fail(err, AM_ERR_NOMEM, "%s: out of memory", path);
    else if (ferror(file))
        st = am_fail_errno(err, errno, "%s", path);
    else if (length > max_bytes)
        st = am_fail(err, AM_ERR_FORMAT, "%s: larger than any profile", path);
    else
        st = am_profile_read(bytes, length, path, out, err);
    (void)fclose(file);
    am_forget(NULL, bytes);
    return st;
}

am_status am_target_from_profile(const char *name, am_target *out, am_error *err)
{
    size_t length = 0;
    const char *bytes = name ? am_profile_builtin(name, &length) : NULL;

    if (!name || !out)
        return am_fail(err, AM_ERR_RANGE, "profile: a name and a target to write to are needed");
    return bytes ? am_profile_read(bytes, length, name, out, err) : read_file(name, out, err);
}
