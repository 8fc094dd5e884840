/* profile_words.c - changes of a profile as people write them */
#include "cli/verbs.h"

#include "cli/values.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* Short names, and what moves together under them. */
static const struct {
    const char *name, *keys[CHANGES];
} short_names[] = {
    { "tone", { "tone_power_db", "tone_mean_db" } },
    { "width", { "width_db", "band_width_db", "band_width_power_db" } },
    { "loudness", { "loudness_lufs" } },
    { "lufs", { "loudness_lufs" } },
    { "range", { "range_lu" } },
    { "lra", { "range_lu" } },
    { "plr", { "plr_db" } },
    { "psr", { "psr_db" } },
    { "crest", { "crest_db" } },
    { "true_peak", { "true_peak_dbtp" } },
    { "peak", { "true_peak_dbtp" } },
    { "low_side", { "low_side_db" } },
    { "tempo", { "tempo_bpm" } },
    { "short_term", { "short_term_lu" } },
    { "momentary", { "momentary_lu" } },
    { "fast", { "fast_lu" } },
    { "amount", { "amount_tone", "amount_dynamics", "amount_width", "amount_loudness" } },
};
enum { SHORT_NAMES = sizeof short_names / sizeof short_names[0] };

static const char *const plain_keys = "amount_tone amount_dynamics amount_width amount_loudness from_hz to_hz about";

typedef struct change {
    const char *word;               /* as typed, for messages */
    char name[48], where[48], value[CHANGE_TEXT];
    bool spread;                    /* .deviation */
    char sign;                      /* '=', '+', '-' */
} change;

/* ------------------------------------------------------------------ taking it apart */

static am_status split(const char *word, change *out, am_error *err)
{
    static const char suffix[] = ".deviation";
    const char *equals = strchr(word, '='), *end, *at;
    size_t length;

    *out = (change) { .word = word, .sign = '=' };
    if (!equals || equals == word)
        return usage_error(err, "\"%.200s\": a change reads quantity=value, quantity+=shift or quantity-=shift", word);
    end = equals;
    if (end[-1] == '+' || end[-1] == '-')
        out->sign = *--end;
    length = (size_t)(end - word);
    if (length > strlen(suffix) && memcmp(end - strlen(suffix), suffix, strlen(suffix)) == 0) {
        out->spread = true;
        length -= strlen(suffix);
    }
    at = memchr(word, '@', length);
    if (at && length - (size_t)(at + 1 - word) < sizeof out->where)
        memcpy(out->where, at + 1, length - (size_t)(at + 1 - word));
    if (at && !out->where[0])
        return usage_error(err, "\"%.200s\": behind @ stand frequencies (60-120, 2k-6k) or a percentage", word);
    length = at ? (size_t)(at - word) : length;
    if (length == 0 || length >= sizeof out->name || strlen(equals + 1) >= sizeof out->value)
        return usage_error(err, "\"%.200s\": no change of a profile", word);
    memcpy(out->name, word, length);
    if (strncmp(out->name, "amount.", 7) == 0)
        out->name[6] = '_';
    equals++;
    if (out->sign == '=' && *equals == '+' && strcmp(out->name, "about") != 0) {
        out->sign = '+';                /* nobody needs a plus to set a value */
        equals++;
    }
    memcpy(out->value, equals, strlen(equals) + 1);
    return AM_OK;
}

static int find_quantity(const char *key)
{
    for (int q = 0; q < AM_QUANTITIES; q++)
        if (strcmp(am_quantity_about(q)->key, key) == 0)
            return q;
    return -1;
}

/* Its place among the short names, -1: a key of am_profile_tune as it stands. */
static am_status find_name(const change *c, int *place, am_error *err)
{
    char candidates[1200], near[64];
    size_t used = (size_t)snprintf(candidates, sizeof candidates, "%s", plain_keys);

    for (*place = 0; *place < SHORT_NAMES; (*place)++)
        if (strcmp(short_names[*place].name, c->name) == 0)
            return AM_OK;
    *place = -1;
    if (find_quantity(c->name) >= 0 || choice_find(plain_keys, c->name, strlen(c->name)) >= 0)
        return AM_OK;
    for (int i = 0; i < SHORT_NAMES; i++)
        used += (size_t)snprintf(candidates + used, sizeof candidates - used, " %s", short_names[i].name);
    for (int q = 0; q < AM_QUANTITIES; q++)
        used += (size_t)snprintf(candidates + used, sizeof candidates - used, " %s", am_quantity_about(q)->key);
    if (am_suggest(c->name, candidates, near, sizeof near))
        return usage_error(err, "\"%.100s\": no quantity is called %s; did you mean \"%s\"?", c->word, c->name, near);
    return usage_error(err, "\"%.100s\": no quantity is called %s; they are: tone width loudness range plr psr crest true_peak low_side "
                       "correlation tempo short_term momentary fast amount", c->word, c->name);
}

/* ------------------------------------------------------------------ numbers and units */

/* A number at *text, with k for thousands and one of the units behind it. */
static bool read_hz(const char **text, double *out)
{
    const size_t digits = strspn(*text, ".0123456789");

    if (!number_read(*text, digits, out))
        return false;
    *text += digits;
    if (**text == 'k' || **text == 'K') {
        *out *= 1000.0;
        (*text)++;
    }
    if (strncasecmp(*text, "hz", 2) == 0)
        *text += 2;
    else if (**text == '%')
        (*text)++;
    return true;
}

static am_status read_where(change *c, am_error *err)
{
    const char *text = c->where;
    double low, high;

    if (!*text)
        return AM_OK;
    if (!read_hz(&text, &low))
        return usage_error(err, "\"%.200s\": behind @ stand frequencies (60-120, 2k-6k) or a percentage", c->word);
    high = low;
    if (*text == '-') {
        text++;
        if (!read_hz(&text, &high))
            high = -1.0;
    }
    if (*text || !(low > 0.0 && high >= low))
        return usage_error(err, "\"%.200s\": behind @ stand frequencies (60-120, 2k-6k) or a percentage", c->word);
    if (high > low)
        (void)snprintf(c->where, sizeof c->where, "@%.6g-%.6g", low, high);
    else
        (void)snprintf(c->where, sizeof c->where, "@%.6g", low);
    return AM_OK;
}

static bool is_level(const char *unit)
{
    return strcasecmp(unit, "dB") == 0 || strcasecmp(unit, "LU") == 0 || strcasecmp(unit, "LUFS") == 0 || strcasecmp(unit, "dBTP") == 0;
}

/* The unit behind the number, if there is one, must be that of the quantity; shifts and spreads of levels are in dB as in LU. */
static am_status read_value(change *c, const char *key, am_error *err)
{
    const int quantity = find_quantity(key);
    const char *wanted = quantity >= 0 ? am_quantity_about(quantity)->unit : strstr(key, "_hz") ? "Hz" : "%";
    const size_t digits = strspn(c->value, "+-.0123456789");
    const char *unit = c->value + digits + strspn(c->value + digits, " ");
    double x;

    if (!number_read(c->value, digits, &x))
        return usage_error(err, "\"%.200s\": \"%.60s\" is no number", c->word, c->value);
    if (*unit && strcasecmp(unit, wanted) != 0 && !((c->sign != '=' || c->spread) && is_level(unit) && is_level(wanted)))
        return usage_error(err, "\"%.200s\": the unit of %s is %s, not %.20s", c->word, c->name, *wanted ? wanted : "none", unit);
    if (strncmp(key, "amount", 6) == 0 && *unit)
        x /= 100.0;
    (void)snprintf(c->value, sizeof c->value, "%.10g", x);
    return AM_OK;
}

/* ------------------------------------------------------------------ putting it together */

static bool unknown(const am_profile *profile, const char *key)
{
    const int quantity = find_quantity(key);

    return quantity >= 0 && profile->provenance[quantity].origin == AM_ORIGIN_UNKNOWN;
}

/* A value that is set for several quantities at once is a shift of each, by what the first one lacks of it. */
static am_status set_as_shift(const am_profile *profile, change *c, am_error *err)
{
    double mean, wanted;

    if (strcmp(c->name, "tone") == 0 || c->where[0])
        return usage_error(err, "\"%.100s\": %s is a curve: += and -= shift it; %s%s=value sets its bands", c->word, c->name,
                           strcmp(c->name, "tone") == 0 ? "tone_power_db" : "band_width_db", c->where);
    mean = profile->values[am_quantity_about(AM_QUANTITY_WIDTH)->first].mean;
    if (!isfinite(mean))
        return usage_error(err, "\"%.100s\": the width is unknown in profile %s; width_db=value sets it", c->word, profile->name);
    (void)number_read(c->value, strlen(c->value), &wanted);
    (void)snprintf(c->value, sizeof c->value, "%.10g", wanted - mean);
    c->sign = '+';
    return AM_OK;
}

static am_status check_curve(const am_profile *profile, change *c, am_error *err)
{
    if (strcmp(c->name, "tone") == 0 && !c->where[0] && !c->spread)
        return usage_error(err, "\"%.100s\": all bands alike are no tone; say where, as tone@60-120%s=%s", c->word,
                           c->sign == '=' ? "+" : (char[]) { c->sign, '\0' }, c->value);
    return c->sign == '=' && !c->spread ? set_as_shift(profile, c, err) : AM_OK;
}

am_status change_expand(const am_profile *profile, const char *word, char changes[CHANGES][CHANGE_TEXT], size_t *count, am_error *err)
{
    const char *const *keys, *alone[CHANGES] = { NULL };
    change c;
    int place;
    am_status st = split(word, &c, err);

    *count = 0;
    if (!st)
        st = find_name(&c, &place, err);
    if (st)
        return st;
    alone[0] = c.name;
    keys = place < 0 ? alone : short_names[place].keys;
    if (strcmp(c.name, "about") != 0) {
        st = read_where(&c, err);
        if (!st)
            st = read_value(&c, keys[0], err);
        if (!st && place >= 0 && find_quantity(keys[0]) >= 0 && keys[1])
            st = check_curve(profile, &c, err);
    }
    for (size_t i = 0; i < CHANGES && keys[i] && !st; i++) {
        const char *const key = keys[i];
        const bool scalar = find_quantity(key) >= 0 && am_quantity_about(find_quantity(key))->count == 1;

        /* The broad width has no bands to stand behind @, and companions may be unknown. */
        if (keys[1] && ((c.where[0] && scalar) || unknown(profile, key)))
            continue;
        if (snprintf(changes[*count], CHANGE_TEXT, "%s%s%s%s%s%s", key, c.where, c.spread ? ".deviation" : "", c.sign == '=' ? "" : (char[]) { c.sign, '\0' },
                     "=", c.value) >= CHANGE_TEXT)
            return usage_error(err, "\"%.100s...\": too long", word);
        (*count)++;
    }
    if (!st && *count == 0)
        st = usage_error(err, "\"%.100s\": %s is unknown in profile %s", word, c.name, profile->name);
    return st;
}
