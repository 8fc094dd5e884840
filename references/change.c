/* change.c - comparing and tuning profiles: profile.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "references/build.h"
#include "references/profile.h"
#include "references/quantities.h"
#include "references/statistics.h"

/* ------------------------------------------------------------------ diff */

am_status am_profile_diff(const am_profile *first, const am_profile *second, am_profile_change *changes, size_t *count, am_error *err)
{
    size_t used = 0;

    if (!first || !second || !changes || !count)
        return am_fail(err, AM_ERR_RANGE, "profiles: two of them and room for their differences are needed");
    for (int q = 0; q < AM_QUANTITIES; q++)
        for (int i = 0; i < am_quantity_about(q)->count; i++) {
            const am_statistic *a = &first->values[am_quantity_about(q)->first + i], *b = &second->values[am_quantity_about(q)->first + i];
            const double by = b->mean - a->mean;

            if (isnan(a->mean) && isnan(b->mean))
                continue;
            if (fabs(by) < 0.5 * pow(10.0, -am_quantity_about(q)->digits))
                continue;
            changes[used++] = (am_profile_change){ (am_quantity)q, i, a->mean, b->mean, a->deviation > 0.0 ? by / a->deviation : NAN };
        }
    *count = used;
    return AM_OK;
}

/* ------------------------------------------------------------------ tune: the words */

typedef enum operation { SET, RAISE, LOWER } operation;

typedef struct change {
    char key[48];
    bool has_where, spread;
    double low, high;               /* of where */
    operation operation;
    const char *text;               /* behind the sign */
    double number;
} change;

static bool parse_number(const char *text, double *out, const char **end)
{
    char *stop;

    /* strtod knows locales: a decimal point is all that is written here, and hexadecimal or named numbers are none. */
    if (strspn(text, "+-.0123456789") == 0 || strpbrk(text, "xXnNiI,"))
        return false;
    *out = strtod(text, &stop);
    *end = stop;
    return stop != text && isfinite(*out);
}

static bool parse_where(const char *text, size_t length, change *out)
{
    char where[48];
    const char *end;

    if (length == 0 || length >= sizeof where)
        return false;
    memcpy(where, text, length);
    where[length] = 0;
    out->has_where = true;
    if (!parse_number(where, &out->low, &end))
        return false;
    out->high = out->low;
    if (*end == '-' && !parse_number(end + 1, &out->high, &end))
        return false;
    return !*end && out->low > 0.0 && out->high >= out->low;
}

static am_status parse(const char *text, change *out, am_error *err)
{
    static const char suffix[] = ".deviation";
    const char *sign = strchr(text, '='), *end, *at;
    size_t length;

    *out = (change){ 0 };
    if (!sign || sign == text)
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": a change reads key=value, key+=value or key-=value", text);
    out->operation = sign[-1] == '+' ? RAISE : sign[-1] == '-' ? LOWER : SET;
    end = out->operation == SET ? sign : sign - 1;
    out->text = sign + 1;
    length = (size_t)(end - text);
    if (length > strlen(suffix) && memcmp(end - strlen(suffix), suffix, strlen(suffix)) == 0) {
        out->spread = true;
        length -= strlen(suffix);
    }
    at = memchr(text, '@', length);
    if (at && !parse_where(at + 1, length - (size_t)(at + 1 - text), out))
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": behind @ stands a frequency, a range of them (60-120) or a percentile", text);
    if (at)
        length = (size_t)(at - text);
    if (length >= sizeof out->key)
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": no quantity has this name", text);
    memcpy(out->key, text, length);
    return AM_OK;
}

static am_status need_number(change *c, const char *text, am_error *err)
{
    const char *end;

    if (!parse_number(c->text, &c->number, &end) || *end)
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": \"%.40s\" is no number (no unit stands behind it)", text, c->text);
    return AM_OK;
}

/* ------------------------------------------------------------------ tune: the values */

static bool chosen(const change *c, int quantity, int index, int nearest)
{
    static const double percents[] = AM_QUANTILE_PERCENTS;

    if (!c->has_where)
        return true;
    if (am_quantity_about(quantity)->count == AM_QUANTILES)
        return am_within(percents[index], c->low, c->high);
    return index == nearest || am_within(am_band_hz(index), c->low, c->high);
}

/* The band next to a single frequency, -1 for a range. */
static int nearest_band(const change *c)
{
    return c->low == c->high ? (int)am_clamp(round(6.0 * log2(c->low / 1000.0)) + AM_BAND_1K, 0.0, AM_BANDS - 1.0) : -1;
}

static double moved(const change *c, double from)
{
    return c->operation == SET ? c->number : c->operation == RAISE ? from + c->number : from - c->number;
}

static void move(am_statistic *s, double to, int digits)
{
    const double by = to - s->mean;

    if (!isfinite(s->mean)) {
        *s = (am_statistic){ to, NAN, to, to, to };
        return;
    }
    s->mean = am_rounded(to, digits);
    s->p10 = am_rounded(s->p10 + by, digits);
    s->p50 = am_rounded(s->p50 + by, digits);
    s->p90 = am_rounded(s->p90 + by, digits);
}

static void widen(am_statistic *s, double to, int digits)
{
    static const double normal_p90 = 1.2815515655446004;
    const double by = to / s->deviation;

    if (s->deviation > 0.0 && isfinite(s->p50)) {
        s->p10 = am_rounded(s->mean + by * (s->p10 - s->mean), digits);
        s->p50 = am_rounded(s->mean + by * (s->p50 - s->mean), digits);
        s->p90 = am_rounded(s->mean + by * (s->p90 - s->mean), digits);
    } else {
        s->p50 = isfinite(s->p50) ? s->p50 : s->mean;
        s->p10 = am_rounded(s->p50 - normal_p90 * to, digits);
        s->p90 = am_rounded(s->p50 + normal_p90 * to, digits);
    }
    s->deviation = am_rounded(to, digits);
}

/* Row and column of a band whose deviation changed; without one before, it starts uncorrelated. */
static void widen_covariance(am_profile *p, int which, int band, double from, double to)
{
    double *c = p->covariance_db2[which];

    if (isfinite(p->correlation_oct[which]))
        return;                         /* comes of the deviations */
    for (int k = 0; k < AM_BANDS; k++) {
        double *cell = &c[k <= band ? AM_PACKED(band, k) : AM_PACKED(k, band)];
        const double by = from > 0.0 ? to / from : 0.0;

        *cell = am_rounded(k == band ? to * to : *cell * by, 2);
    }
}

/* What is unknown can be set, and nothing else. */
static bool can_change(const am_profile *p, const change *c, int value)
{
    const am_statistic *s = &p->values[value];

    return c->spread ? isfinite(s->mean) && (c->operation == SET || isfinite(s->deviation)) : c->operation == SET || isfinite(s->mean);
}

static am_status change_value(am_profile *p, const change *c, int quantity, int index, const char *text, am_error *err)
{
    const am_quantity_info *about = am_quantity_about(quantity);
    am_statistic *s = &p->values[about->first + index];
    const double from = c->spread ? s->deviation : s->mean, to = moved(c, from);
    const double low = c->spread ? 0.0 : about->low, high = c->spread ? about->high - about->low : about->high;

    if (!am_within(to, low, high))
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": %g is not in [%g, %g] %s", text, to, low, high, about->unit);
    if (c->spread)
        widen(s, to, about->digits);
    else
        move(s, am_rounded(to, about->digits), about->digits);
    if (c->spread && (quantity == AM_QUANTITY_TONE || quantity == AM_QUANTITY_BAND_WIDTH))
        widen_covariance(p, quantity == AM_QUANTITY_BAND_WIDTH, index, from, to);
    s->p10 = am_clamp(s->p10, about->low, about->high);
    s->p50 = am_clamp(s->p50, about->low, about->high);
    s->p90 = am_clamp(s->p90, about->low, about->high);
    return AM_OK;
}

/* At the end of the source, which makes room for it. */
static void say_tuned(am_provenance *from)
{
    static const char tuned[] = "; tuned", cut[] = "...; tuned";
    const size_t length = strlen(from->source), least = strlen("tuned");

    if (length >= least && strcmp(from->source + length - least, "tuned") == 0)
        return;
    if (length + sizeof tuned <= sizeof from->source)
        memcpy(from->source + length, tuned, sizeof tuned);
    else
        memcpy(from->source + am_utf8_fit(from->source, sizeof from->source - sizeof cut), cut, sizeof cut);
}

static am_status change_quantity(am_profile *p, change *c, int quantity, const char *text, am_error *err)
{
    const int count = am_quantity_about(quantity)->count, nearest = c->has_where && count == AM_BANDS ? nearest_band(c) : -1;
    am_provenance *from = &p->provenance[quantity];
    bool any = false;
    am_status st = need_number(c, text, err);

    if (!st && c->has_where && count != AM_QUANTILES && count != AM_BANDS)
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": %s is one thing: nothing stands behind @", text, c->key);
    for (int i = 0; i < count && !st; i++)
        if (chosen(c, quantity, i, nearest) && can_change(p, c, am_quantity_about(quantity)->first + i)) {
            st = change_value(p, c, quantity, i, text, err);
            any = true;
        }
    if (!st && !any)
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": nothing of %s is known there%s", text, c->key,
                       c->operation == SET && !c->spread ? "" : ", so it cannot be shifted; set it with =");
    if (st)
        return st;
    if (from->origin == AM_ORIGIN_UNKNOWN)
        *from = (am_provenance){ .origin = AM_ORIGIN_CONVENTION, .source = "tuned" };
    else
        say_tuned(from);
    for (int which = 0; which < 2; which++)
        if (isfinite(p->correlation_oct[which]))
            am_profile_fill_covariance(p, which);
    return AM_OK;
}

/* ------------------------------------------------------------------ tune: the rest */

static double *plain_number(am_profile *p, const char *key, double *low, double *high)
{
    const struct {
        const char *key;
        double *value, low, high;
    } all[] = { { "amount_tone", &p->amount_tone, 0.0, 1.5 },       { "amount_dynamics", &p->amount_dynamics, 0.0, 1.5 },
                { "amount_width", &p->amount_width, 0.0, 1.5 },     { "amount_loudness", &p->amount_loudness, 0.0, 1.5 },
                { "from_hz", &p->from_hz, 10.0, p->to_hz },         { "to_hz", &p->to_hz, p->from_hz, 24000.0 } };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].key, key) == 0) {
            *low = all[i].low;
            *high = all[i].high;
            return all[i].value;
        }
    return NULL;
}

static am_status change_plain(am_profile *p, change *c, const char *text, am_error *err)
{
    double low, high, *value = plain_number(p, c->key, &low, &high);
    am_status st;

    if (!value || c->has_where || c->spread)
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": no quantity of a profile is called %s", text, c->key);
    st = need_number(c, text, err);
    if (!st && !am_within(moved(c, *value), low, high))
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": %g is not in [%g, %g]", text, moved(c, *value), low, high);
    if (!st)
        *value = am_rounded(moved(c, *value), 2);
    return st;
}

static am_status change_text(am_profile *p, const change *c, const char *text, am_error *err)
{
    if (c->operation != SET)
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": a text is set with =", text);
    return am_profile_describe(p, c->text, err);
}

am_status am_profile_has_room(const am_profile *p, am_error *err)
{
    return p->edit_count < AM_PROFILE_EDITS ? AM_OK :
           am_fail(err, AM_ERR_RANGE, "profile %s: its list of changes is full (%d); a copy under another name (--as NAME) begins a new one", p->name,
                   AM_PROFILE_EDITS);
}

static am_status apply(am_profile *draft, const char *text, am_error *err)
{
    change c;
    int quantity;
    bool about;
    am_status st = parse(text, &c, err);

    if (st || !c.text)
        return st;
    about = strcmp(c.key, "about") == 0;
    st = am_profile_has_room(draft, err);
    if (st)
        return st;
    if (strlen(text) >= sizeof draft->edits[0] && !about)
        return am_fail(err, AM_ERR_RANGE, "\"%.80s\": a change has fewer than %zu bytes", text, sizeof draft->edits[0]);
    quantity = am_quantity_find(c.key, strlen(c.key));
    st = quantity >= 0 ? change_quantity(draft, &c, quantity, text, err) : about ? change_text(draft, &c, text, err)
                                                                                 : change_plain(draft, &c, text, err);
    if (!st)
        (void)snprintf(draft->edits[draft->edit_count++], sizeof draft->edits[0], "%s", about ? "about" : text);
    return st;
}

am_status am_profile_tune_all(am_profile *profile, const char *const *changes, size_t count, am_error *err)
{
    am_profile *draft;
    am_status st = AM_OK;

    if (!profile || !changes)
        return am_fail(err, AM_ERR_RANGE, "profile: a profile and its changes are needed");
    draft = am_acquire(profile->allocator, 1, sizeof *draft);
    if (!draft)
        return am_fail(err, AM_ERR_NOMEM, "profile %s: out of memory", profile->name);
    *draft = *profile;
    for (size_t i = 0; i < count && !st; i++)
        st = changes[i] ? apply(draft, changes[i], err) : am_fail(err, AM_ERR_RANGE, "profile %s: change %zu is none", profile->name, i + 1);
    if (!st && count) {
        draft->revision++;
        *profile = *draft;
        am_profile_make_compact(profile);
    }
    am_forget(profile->allocator, draft);
    return st;
}

am_status am_profile_tune(am_profile *profile, const char *text, am_error *err)
{
    return am_profile_tune_all(profile, &text, 1, err);
}

/* ------------------------------------------------------------------ derive */

/* The parent's hash stands for its changes. What it learned from votes stays, so that none counts again: of that the newest half of the room. */
static void begin_edits(am_profile *p)
{
    const uint32_t all = p->edit_count;
    uint32_t fits = 0, left = 0;

    for (uint32_t i = 0; i < all; i++)
        fits += strncmp(p->edits[i], AM_PROFILE_FIT_EDIT, strlen(AM_PROFILE_FIT_EDIT)) == 0;
    p->edit_count = 0;
    for (uint32_t i = 0; i < all; i++)
        if (strncmp(p->edits[i], AM_PROFILE_FIT_EDIT, strlen(AM_PROFILE_FIT_EDIT)) == 0 && left++ + AM_PROFILE_EDITS / 2 >= fits)
            memmove(p->edits[p->edit_count++], p->edits[i], sizeof p->edits[0]);
}

am_status am_profile_derive(const am_profile *from, const char *name, const am_allocator *allocator, am_profile **out, am_error *err)
{
    am_profile *p = NULL;
    am_profile_song *songs;
    am_status st;

    if (!from || !name || !out)
        return am_fail(err, AM_ERR_RANGE, "am_profile_derive: %s is NULL", !from ? "from" : !name ? "name" : "out");
    if (!am_profile_name_valid(name))
        return am_fail(err, AM_ERR_RANGE, "profile name \"%.60s\": a to z, 0 to 9, _ and - make a name", name);
    st = am_profile_make(allocator, name, from->song_count, &p, err);
    if (st)
        return st;
    songs = p->songs;
    *p = *from;
    p->allocator = allocator;
    p->songs = songs;
    if (from->song_count)
        memcpy(songs, from->songs, from->song_count * sizeof *songs);
    (void)snprintf(p->name, sizeof p->name, "%s", name);
    begin_edits(p);
    p->revision = 1;
    p->parent_count = 1;
    memset(p->parents, 0, sizeof p->parents);
    memcpy(p->parents[0].name, from->name, sizeof p->parents[0].name);
    p->parents[0].weight = 1.0;
    st = am_profile_hash(from, p->parents[0].sha256, err);
    if (st) {
        am_profile_close(p);
        return st;
    }
    *out = p;
    return AM_OK;
}
