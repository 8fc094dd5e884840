/* votes.c - amounts learned from A/B votes: profile.h */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/json.h"
#include "base/sha256.h"
#include "references/profile.h"
#include "references/quantities.h"

enum { AMOUNTS = 4, MAX_VOTES = 10000, MAX_STEPS = 60 };

static const double sharpness = 8.0;    /* half an amount beside the best loses against the best in 88 % of votes: 1 / (1 + exp(-8 * 0.5^2)) */
static const double prior_deviation = 0.25; /* of the best amounts from those so far, before any vote */
static const char *const names[AMOUNTS] = { "tone", "dynamics", "width", "loudness" };

typedef struct vote {
    double a[AMOUNTS], b[AMOUNTS];
    double outcome;                     /* 1: a, 0: b, 0.5: none */
} vote;

typedef struct ascent {
    double prior[AMOUNTS], at[AMOUNTS];
    double gradient[AMOUNTS], curvature[AMOUNTS][AMOUNTS];
    double value;                       /* log posterior */
} ascent;

/* ------------------------------------------------------------------ reading */

static am_status read_amounts(const cJSON *object, const char *path, const char *key, double out[AMOUNTS], am_error *err)
{
    const cJSON *side = NULL;
    char inner[80];
    am_status st = am_json_member(object, path, key, false, &side, err);

    (void)snprintf(inner, sizeof inner, "%s.%s", path, key);
    if (!st)
        st = am_json_only(side, inner, (const char *const[]){ "tone", "dynamics", "width", "loudness", NULL }, err);
    for (int i = 0; i < AMOUNTS && !st; i++)
        st = am_json_number(side, inner, names[i], 0.0, 1.5, false, &out[i], err);
    return st;
}

/* *other: the vote is for another profile. */
static am_status read_vote(const cJSON *item, int index, const am_profile *p, vote *out, bool *other, am_error *err)
{
    static const char *const known[] = { "song", "profile", "preferred", "a", "b", NULL };
    static const char *const outcomes[] = { "a", "b", "none" };
    static const double values[] = { 1.0, 0.0, 0.5 };
    char path[64], text[256] = "";
    int outcome = 0;
    am_status st;

    (void)snprintf(path, sizeof path, "votes[%d]", index);
    if (!cJSON_IsObject(item))
        return am_fail(err, AM_ERR_FORMAT, "%s: an object is expected", path);
    st = am_json_only(item, path, known, err);
    if (!st && cJSON_GetObjectItemCaseSensitive(item, "song"))
        st = am_json_string(item, path, "song", text, sizeof text, err);
    if (!st && *text && (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64))
        return am_fail(err, AM_ERR_FORMAT, "%s.song: 64 hexadecimal digits are expected, the SHA-256 of the input", path);
    text[0] = '\0';
    if (!st && cJSON_GetObjectItemCaseSensitive(item, "profile"))
        st = am_json_string(item, path, "profile", text, sizeof text, err);
    *other = text[0] && strcmp(text, p->name) != 0;
    for (uint32_t i = 0; i < p->parent_count; i++)
        *other = *other && strcmp(text, p->parents[i].name) != 0;
    if (!st)
        st = am_json_word(item, path, "preferred", outcomes, 3, &outcome, err);
    out->outcome = values[outcome];
    if (!st)
        st = read_amounts(item, path, "a", out->a, err);
    return st ? st : read_amounts(item, path, "b", out->b, err);
}

static am_status check_document(const cJSON *root, const cJSON **votes, am_error *err)
{
    static const char *const schemas[] = { AM_VOTES_SCHEMA };
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(root, "schema");
    char engine[64];
    int which;
    am_status st;

    if (cJSON_IsString(schema) && strncmp(schema->valuestring, "automaster.abx/", 15) == 0)
        return am_fail(err, AM_ERR_FORMAT, "the result of a blind test: it says whether A and B sound different, not which is better; votes are wanted ("
                       AM_VOTES_SCHEMA ")");
    st = am_json_word(root, "", "schema", schemas, 1, &which, err);
    if (!st)
        st = am_json_only(root, "", (const char *const[]){ "schema", "engine", "votes", NULL }, err);
    if (!st && cJSON_GetObjectItemCaseSensitive(root, "engine"))
        st = am_json_string(root, "", "engine", engine, sizeof engine, err);
    if (!st)
        st = am_json_member(root, "", "votes", true, votes, err);
    if (!st && cJSON_GetArraySize(*votes) > MAX_VOTES)
        return am_fail(err, AM_ERR_RANGE, "votes: %d of them, at most %d are taken", cJSON_GetArraySize(*votes), MAX_VOTES);
    return st;
}

/* ------------------------------------------------------------------ the most likely amounts */

/* With u(x) = -sharpness |x - best|^2 the odds of a against b are exp(u(a) - u(b)), whose exponent is linear in best. */
static void add_vote(ascent *f, const vote *v)
{
    double slope[AMOUNTS], odds = 0.0;

    for (int i = 0; i < AMOUNTS; i++) {
        slope[i] = 2.0 * sharpness * (v->a[i] - v->b[i]);
        odds += slope[i] * (f->at[i] - 0.5 * (v->a[i] + v->b[i]));
    }
    const double share = 1.0 / (1.0 + exp(-odds));

    f->value += v->outcome * odds - (odds > 0.0 ? odds + log1p(exp(-odds)) : log1p(exp(odds)));
    for (int i = 0; i < AMOUNTS; i++) {
        f->gradient[i] += (v->outcome - share) * slope[i];
        for (int j = 0; j < AMOUNTS; j++)
            f->curvature[i][j] += share * (1.0 - share) * slope[i] * slope[j];
    }
}

static am_status add_votes(ascent *f, const cJSON *votes, const am_profile *p, am_profile_fit *out, am_error *err)
{
    const double precision = 1.0 / (prior_deviation * prior_deviation);
    const cJSON *item;
    int index = 0;

    f->value = 0.0;
    memset(f->gradient, 0, sizeof f->gradient);
    memset(f->curvature, 0, sizeof f->curvature);
    out->votes = out->ties = out->others = 0;
    for (int i = 0; i < AMOUNTS; i++) {
        f->value -= 0.5 * precision * (f->at[i] - f->prior[i]) * (f->at[i] - f->prior[i]);
        f->gradient[i] = -precision * (f->at[i] - f->prior[i]);
        f->curvature[i][i] = precision;
    }
    cJSON_ArrayForEach(item, votes) {
        bool other = false;
        vote v;
        const am_status st = read_vote(item, index++, p, &v, &other, err);

        if (st)
            return st;
        out->others += other;
        out->votes += !other;
        out->ties += !other && v.outcome == 0.5;
        if (!other)
            add_vote(f, &v);
    }
    return AM_OK;
}

/* Gauss-Jordan: the matrix is the prior's diagonal plus squares, so no pivot is near zero. */
static void invert(const double in[AMOUNTS][AMOUNTS], double out[AMOUNTS][AMOUNTS])
{
    double m[AMOUNTS][2 * AMOUNTS];

    for (int i = 0; i < AMOUNTS; i++)
        for (int j = 0; j < AMOUNTS; j++) {
            m[i][j] = in[i][j];
            m[i][AMOUNTS + j] = i == j;
        }
    for (int k = 0; k < AMOUNTS; k++) {
        const double pivot = m[k][k];

        for (int j = 0; j < 2 * AMOUNTS; j++)
            m[k][j] /= pivot;
        for (int i = 0; i < AMOUNTS; i++) {
            const double by = m[i][k];

            for (int j = 0; j < 2 * AMOUNTS && i != k; j++)
                m[i][j] -= by * m[k][j];
        }
    }
    for (int i = 0; i < AMOUNTS; i++)
        for (int j = 0; j < AMOUNTS; j++)
            out[i][j] = m[i][AMOUNTS + j];
}

/* Newton's method with halved steps where a whole one leads down; the posterior is concave. */
static am_status climb(ascent *f, const cJSON *votes, const am_profile *p, am_profile_fit *out, am_error *err)
{
    double inverse[AMOUNTS][AMOUNTS], length = 1.0;
    am_status st = add_votes(f, votes, p, out, err);

    for (int step = 0; step < MAX_STEPS && !st; step++) {
        const ascent before = *f;
        double far = 0.0;

        invert((const double (*)[AMOUNTS])f->curvature, inverse);
        for (int i = 0; i < AMOUNTS; i++) {
            double by = 0.0;

            for (int j = 0; j < AMOUNTS; j++)
                by += inverse[i][j] * before.gradient[j];
            f->at[i] += length * by;
            far = fmax(far, fabs(by));
        }
        if (far < 1e-6)
            break;
        st = add_votes(f, votes, p, out, err);
        length = f->value < before.value ? 0.5 * length : 1.0;
        if (f->value < before.value)
            *f = before;
    }
    invert((const double (*)[AMOUNTS])f->curvature, inverse);
    for (int i = 0; i < AMOUNTS; i++)
        out->deviation[i] = sqrt(inverse[i][i]);
    return st;
}

enum { MARK = 17 };                     /* of a document in the lineage: the first digits of its SHA-256 */

static void mark_of(const char *bytes, size_t length, char mark[MARK])
{
    char hex[65];
    am_sha256 hash;

    am_sha256_init(&hash);
    am_sha256_push(&hash, bytes, length);
    am_sha256_finish(&hash, hex);
    memcpy(mark, hex, MARK - 1);
    mark[MARK - 1] = '\0';
}

static bool learned(const am_profile *p, const char *mark)
{
    for (uint32_t i = 0; i < p->edit_count; i++)
        if (strncmp(p->edits[i], AM_PROFILE_FIT_EDIT, strlen(AM_PROFILE_FIT_EDIT)) == 0 && strstr(p->edits[i], mark))
            return true;
    return false;
}

static am_status learn(const cJSON *root, const char *mark, am_profile *p, am_profile_fit *out, am_error *err)
{
    double *const amounts[AMOUNTS] = { &p->amount_tone, &p->amount_dynamics, &p->amount_width, &p->amount_loudness };
    const cJSON *votes = NULL;
    ascent f;
    am_status st = check_document(root, &votes, err);

    if (!st && learned(p, mark))
        return am_fail(err, AM_ERR_CONTENT, "profile %s has learned from these votes already; they count once", p->name);
    if (!st)
        st = am_profile_has_room(p, err);
    for (int i = 0; i < AMOUNTS; i++)
        out->before[i] = f.prior[i] = f.at[i] = *amounts[i];
    if (!st)
        st = climb(&f, votes, p, out, err);
    if (!st && !out->votes && !out->others)
        return am_fail(err, AM_ERR_CONTENT, "there are no votes in it");
    if (!st && !out->votes)
        return am_fail(err, AM_ERR_CONTENT, "no vote is for profile %s", p->name);
    if (st)
        return st;
    for (int i = 0; i < AMOUNTS; i++)
        out->after[i] = *amounts[i] = am_rounded(am_clamp(f.at[i], 0.0, 1.5), 2);
    (void)snprintf(p->edits[p->edit_count++], sizeof p->edits[0], AM_PROFILE_FIT_EDIT "%u %s, %s", out->votes,
                   out->votes == 1 ? "vote" : "votes", mark);
    p->revision++;
    return AM_OK;
}

am_status am_profile_fit_votes(am_profile *profile, const char *bytes, size_t length, const char *name, am_profile_fit *fit, am_error *err)
{
    am_profile_fit draft = { 0 };
    am_error detail = { 0 };
    char mark[MARK];
    cJSON *root = NULL;
    am_status st;

    if (!profile || !bytes || !name)
        return am_fail(err, AM_ERR_RANGE, "am_profile_fit_votes: profile, bytes or name is NULL");
    st = am_json_parse(bytes, length, name, &root, err);
    if (st)
        return st;
    mark_of(bytes, length, mark);
    st = learn(root, mark, profile, &draft, &detail);
    cJSON_Delete(root);
    if (st)
        return am_fail(err, st, "%s: %s", name, detail.message);
    if (fit)
        *fit = draft;
    return AM_OK;
}
