#include "models/style.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/embed.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sha256.h"

AM_EMBED(am_style_model_text, "models/style.json");

enum { MAX_CLASSES = 32, MAX_PROFILES = AM_MAX_STYLES - 1, NAME = sizeof ((am_style *)0)->name,
       FACTOR = AM_STYLE_FEATURES * (AM_STYLE_FEATURES + 1) / 2 };

struct am_style_model {
    const am_allocator *allocator;
    uint32_t classes, profiles;
    char profile[MAX_PROFILES][NAME];
    double temperature, freedom;
    double confidence_none, confidence_full;        /* of the likeliest class: below and above, nothing and everything is known */
    double distance_full, distance_none;            /* d^2 of the nearest class: below and above, the same */
    double mean[AM_STYLE_FEATURES], deviation[AM_STYLE_FEATURES];
    double offset[MAX_CLASSES];
    double centres[MAX_CLASSES][AM_STYLE_FEATURES];
    double factors[MAX_CLASSES][FACTOR];            /* lower triangles, row by row */
    double map[MAX_CLASSES][MAX_PROFILES];
};

/* ------------------------------------------------------------------ reading */

/* Doubles as 8 bytes, the least significant first, whatever the machine. */
static void hash_numbers(am_sha256 *hash, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        uint8_t bytes[8];

        memcpy(&bits, &values[i], sizeof bits);
        for (int b = 0; b < 8; b++)
            bytes[b] = (uint8_t)(bits >> (8 * b));
        am_sha256_push(hash, bytes, sizeof bytes);
    }
}

typedef struct source {
    const cJSON *root, *arrays;
    am_sha256 hash;
    am_error *err;
} source;

/* "arrays.key": { "shape": [rows, columns], "values": [...] }; rows go to out at a distance of stride. */
static am_status read_array(source *s, const char *key, size_t rows, size_t columns, size_t stride, double limit, double *out)
{
    static const char *const known[] = { "shape", "values", NULL };
    const cJSON *array = NULL;
    double shape[2], *values = am_acquire(NULL, rows * columns, sizeof *values);
    am_status st;

    if (!values)
        return am_fail(s->err, AM_ERR_NOMEM, "no memory for the style model");
    st = am_json_member(s->arrays, "arrays", key, false, &array, s->err);
    if (!st)
        st = am_json_only(array, key, known, s->err);
    if (!st)
        st = am_json_numbers(array, key, "shape", 1.0, 4096.0, shape, 2, s->err);
    if (!st && (shape[0] != (double)rows || shape[1] != (double)columns))
        st = am_fail(s->err, AM_ERR_FORMAT, "arrays.%s: shape %gx%g; expected %zux%zu", key, shape[0], shape[1], rows, columns);
    if (!st)
        st = am_json_numbers(array, key, "values", -limit, limit, values, rows * columns, s->err);
    if (!st) {
        hash_numbers(&s->hash, values, rows * columns);
        for (size_t r = 0; r < rows; r++)
            memcpy(out + r * stride, values + r * columns, columns * sizeof *out);
    }
    am_forget(NULL, values);
    return st;
}

static am_status read_names(source *s, const char *key, size_t least, size_t most, char (*names)[NAME], uint32_t *count)
{
    const cJSON *list = NULL, *item;
    am_status st = am_json_member(s->root, "", key, true, &list, s->err);

    if (st)
        return st;
    if (!am_within(cJSON_GetArraySize(list), (double)least, (double)most))
        return am_fail(s->err, AM_ERR_FORMAT, "%s: %d names; expected %zu to %zu", key, cJSON_GetArraySize(list), least, most);
    *count = 0;
    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsString(item) || !*item->valuestring || strlen(item->valuestring) >= NAME)
            return am_fail(s->err, AM_ERR_FORMAT, "%s[%u]: a name of 1 to %d bytes is expected", key, (unsigned)*count, NAME - 1);
        if (names)
            (void)snprintf(names[*count], NAME, "%s", item->valuestring);
        ++*count;
    }
    return AM_OK;
}

static am_status read_scalars(source *s, am_style_model *m)
{
    const struct {
        const char *key;
        double low, high, *out;
    } scalars[] = {
        { "temperature", 0.01, 100.0, &m->temperature },
        { "freedom", 1.0, 1e6, &m->freedom },
        { "confidence_none", -1.0, 1.0, &m->confidence_none },
        { "confidence_full", -1.0, 2.0, &m->confidence_full },
        { "distance_full", 0.0, 1e6, &m->distance_full },
        { "distance_none", 0.0, 1e6, &m->distance_none },
    };
    am_status st = AM_OK;

    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0] && !st; i++) {
        st = am_json_number(s->root, "", scalars[i].key, scalars[i].low, scalars[i].high, false, scalars[i].out, s->err);
        hash_numbers(&s->hash, scalars[i].out, 1);
    }
    if (!st && (m->confidence_full <= m->confidence_none || m->distance_none <= m->distance_full))
        st = am_fail(s->err, AM_ERR_RANGE, "confidence_full must exceed confidence_none, and distance_none distance_full");
    return st;
}

static am_status read_arrays(source *s, am_style_model *m)
{
    const size_t features = AM_STYLE_FEATURES;
    am_status st = read_array(s, "mean", 1, features, features, 1e3, m->mean);

    if (!st)
        st = read_array(s, "deviation", 1, features, features, 1e3, m->deviation);
    for (size_t i = 0; i < features && !st; i++)
        if (m->deviation[i] < 1e-6)
            st = am_fail(s->err, AM_ERR_RANGE, "arrays.deviation[%zu] %g: outside [1e-06, 1000]", i, m->deviation[i]);
    if (!st)
        st = read_array(s, "offset", 1, m->classes, m->classes, 1e4, m->offset);
    if (!st)
        st = read_array(s, "centres", m->classes, features, features, 1e3, &m->centres[0][0]);
    if (!st)
        st = read_array(s, "factors", m->classes, FACTOR, FACTOR, 1e3, &m->factors[0][0]);
    return st ? st : read_array(s, "map", m->classes, m->profiles, MAX_PROFILES, 1.0, &m->map[0][0]);
}

static am_status check_map(const am_style_model *m, am_error *err)
{
    for (uint32_t c = 0; c < m->classes; c++) {
        double sum = 0.0;

        for (uint32_t p = 0; p < m->profiles; p++) {
            if (m->map[c][p] < 0.0)
                return am_fail(err, AM_ERR_RANGE, "arrays.map[%u][%u] %g: outside [0, 1]", (unsigned)c, (unsigned)p, m->map[c][p]);
            sum += m->map[c][p];
        }
        if (!am_within(sum, 1.0 - 1e-6, 1.0 + 1e-6))
            return am_fail(err, AM_ERR_RANGE, "arrays.map: row %u sums to %g; expected 1", (unsigned)c, sum);
    }
    return AM_OK;
}

static am_status check_hash(source *s)
{
    char found[65], said[65];
    const am_status st = am_json_string(s->root, "", "sha256", said, sizeof said, s->err);

    am_sha256_finish(&s->hash, found);
    if (!st && strcmp(found, said) != 0)
        return am_fail(s->err, AM_ERR_FORMAT, "sha256: the numbers have %.16s..., the file says %.16s...", found, said);
    return st;
}

static am_status read_model(source *s, am_style_model *m)
{
    static const char *const known[] = { "schema", "about", "trained", "features", "classes", "profiles", "temperature", "freedom",
                                         "confidence_none", "confidence_full", "distance_full", "distance_none", "arrays", "sha256", NULL };
    static const char *const arrays[] = { "mean", "deviation", "offset", "centres", "factors", "map", NULL };
    static const char *const schemas[] = { "automaster.style-model/2" };
    const cJSON *trained = NULL;
    uint32_t features = 0;
    int schema;
    am_status st = am_json_word(s->root, "", "schema", schemas, 1, &schema, s->err);

    if (!st)
        st = am_json_only(s->root, "", known, s->err);
    if (!st)
        st = am_json_member(s->root, "", "trained", false, &trained, s->err);
    if (!st)
        st = am_json_member(s->root, "", "arrays", false, &s->arrays, s->err);
    if (!st)
        st = am_json_only(s->arrays, "arrays", arrays, s->err);
    if (!st)
        st = read_names(s, "features", AM_STYLE_FEATURES, AM_STYLE_FEATURES, NULL, &features);
    if (!st)
        st = read_names(s, "classes", 2, MAX_CLASSES, NULL, &m->classes);
    if (!st)
        st = read_names(s, "profiles", 1, MAX_PROFILES, m->profile, &m->profiles);
    if (!st)
        st = read_scalars(s, m);
    if (!st)
        st = read_arrays(s, m);
    if (!st)
        st = check_map(m, s->err);
    return st ? st : check_hash(s);
}

am_status am_style_model_open(const char *bytes, size_t length, const char *name, const am_allocator *allocator, am_style_model **out,
                              am_error *err)
{
    source s = { .err = err };
    cJSON *root = NULL;
    am_style_model *m = am_acquire(allocator, 1, sizeof *m);
    am_status st;

    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "no memory for the style model");
    m->allocator = allocator;
    am_sha256_init(&s.hash);
    st = am_json_parse(bytes, length, name, &root, err);
    s.root = root;
    if (!st)
        st = read_model(&s, m);
    cJSON_Delete(root);
    if (st)
        am_style_model_close(m);
    else
        *out = m;
    return st;
}

am_status am_style_model_open_builtin(const am_allocator *allocator, am_style_model **out, am_error *err)
{
    const size_t length = (size_t)(am_style_model_text_end - am_style_model_text);

    return am_style_model_open(am_style_model_text, length, "style model", allocator, out, err);
}

void am_style_model_close(am_style_model *m)
{
    if (m)
        am_forget(m->allocator, m);
}

/* ------------------------------------------------------------------ scoring */

/* |factor' (z - centre)|^2 */
static double square_distance(const am_style_model *m, uint32_t c, const double *z)
{
    double y[AM_STYLE_FEATURES] = { 0 }, sum = 0.0;
    const double *factor = m->factors[c];

    for (int i = 0; i < AM_STYLE_FEATURES; i++)
        for (int j = 0; j <= i; j++)
            y[j] += *factor++ * (z[i] - m->centres[c][i]);
    for (int j = 0; j < AM_STYLE_FEATURES; j++)
        sum += y[j] * y[j];
    return sum;
}

/* Posterior probabilities of the classes; returns the share that the model can speak for, [0, 1]. */
static double classify(const am_style_model *m, const double *z, double *p)
{
    double top = -HUGE_VAL, sum = 0.0, likeliest = 0.0, nearest = HUGE_VAL;

    for (uint32_t c = 0; c < m->classes; c++) {
        const double square = square_distance(m, c, z);

        p[c] = m->offset[c] - 0.5 * (m->freedom + AM_STYLE_FEATURES) * log1p(square / m->freedom);
        top = fmax(top, p[c]);
        nearest = fmin(nearest, square);
    }
    for (uint32_t c = 0; c < m->classes; c++)
        sum += p[c] = exp((p[c] - top) / m->temperature);
    for (uint32_t c = 0; c < m->classes; c++)
        likeliest = fmax(likeliest, p[c] /= sum);
    return am_clamp((likeliest - m->confidence_none) / (m->confidence_full - m->confidence_none), 0.0, 1.0) *
           am_clamp((m->distance_none - nearest) / (m->distance_none - m->distance_full), 0.0, 1.0);
}

static int by_weight(const void *a, const void *b)
{
    const am_style *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return strcmp(x->name, y->name);
}

void am_style_model_score(const am_style_model *m, am_analysis *analysis)
{
    static const double least = 0.0005;
    double z[AM_STYLE_FEATURES], p[MAX_CLASSES], known, unknown = 1.0;
    uint32_t count = 0;

    for (int i = 0; i < AM_STYLE_FEATURES; i++)
        z[i] = (analysis->style_features[i] - m->mean[i]) / m->deviation[i];
    known = classify(m, z, p);
    for (uint32_t k = 0; k < m->profiles; k++) {
        double weight = 0.0;

        for (uint32_t c = 0; c < m->classes; c++)
            weight += known * p[c] * m->map[c][k];
        weight = am_round_to(weight, 0.0001);   /* so that another C library gives the same */
        if (weight < least)
            continue;
        memcpy(analysis->style[count].name, m->profile[k], NAME);
        analysis->style[count++].weight = weight;
        unknown -= weight;
    }
    unknown = am_round_to(unknown, 0.0001);
    analysis->style[count] = (am_style){ "unknown", fmax(unknown, 0.0) };
    analysis->style_count = count + 1;
    qsort(analysis->style, analysis->style_count, sizeof analysis->style[0], by_weight);
    if (unknown < 0.0)              /* rounded up more often than down */
        analysis->style[0].weight = am_round_to(analysis->style[0].weight + unknown, 0.0001);
}
