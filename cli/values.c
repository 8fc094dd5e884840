#include "cli/values.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

am_status usage_error(am_error *err, const char *format, ...)
{
    va_list args;

    err->status = AM_ERR_RANGE;
    va_start(args, format);
    (void)vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return AM_ERR_RANGE;
}

bool number_read(const char *text, size_t length, double *out)
{
    char digits[64], *end;

    if (length == 0 || length >= sizeof digits || strspn(text, "+-.0123456789eE") < length)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    *out = strtod(digits, &end);
    return *end == '\0' && isfinite(*out);
}

int choice_find(const char *choices, const char *text, size_t length)
{
    int place = 0;

    for (const char *word = choices; *word; place++) {
        const size_t size = strcspn(word, " ");

        if (size == length && memcmp(word, text, size) == 0)
            return place;
        word += size + strspn(word + size, " ");
    }
    return -1;
}

static am_status set_number(const option *o, const char *text, double *number, const char *where, am_error *err)
{
    double x;

    if (!number_read(text, strlen(text), &x))
        return usage_error(err, "%s %.100s: not a number", where, text);
    if (!(x >= o->low && x <= o->high))
        return usage_error(err, "%s %.100s: outside [%.0f, %.0f]%s%s", where, text, o->low, o->high, o->unit ? " " : "",
                           o->unit ? o->unit : "");
    if (o->kind == KIND_INTEGER && x != floor(x))
        return usage_error(err, "%s %.100s: not a whole number", where, text);
    *number = x;
    return AM_OK;
}

static am_status no_choice(const option *o, const char *text, size_t length, const char *where, am_error *err)
{
    char word[64], near[64];

    (void)snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), text);
    if (!isdigit((unsigned char)word[0]) && am_suggest(word, o->choices, near, sizeof near))
        return usage_error(err, "%s %s: unknown; did you mean \"%s\"?", where, word, near);
    return usage_error(err, "%s %s: not one of %s", where, word, o->choices);
}

static am_status set_choice(const option *o, const char *text, double *number, const char *where, am_error *err)
{
    const int place = choice_find(o->choices, text, strlen(text));

    if (place < 0)
        return no_choice(o, text, strlen(text), where, err);
    *number = place;
    return AM_OK;
}

/* Does the word at position occur in the list before it? */
static bool repeated(const char *list, const char *position, size_t length)
{
    for (const char *word = list; word < position; word += strcspn(word, ",") + 1)
        if (strcspn(word, ",") == length && memcmp(word, position, length) == 0)
            return true;
    return false;
}

static am_status set_list(option_id id, const char *text, const char *where, am_error *err)
{
    const option *o = &option_table[id];

    for (const char *word = text;; word++) {
        const size_t length = strcspn(word, ",");

        if (choice_find(o->choices, word, length) < 0)
            return no_choice(o, word, length, where, err);
        if (id == OPTION_RESTORE && (length != 4 || memcmp(word, "none", 4) != 0))
            return usage_error(err, "%s %.100s: nothing is restored in this version yet; only none", where, text);
        if (repeated(text, word, length))
            return usage_error(err, "%s %.100s: a word comes twice", where, text);
        word += length;
        if (!*word)
            return AM_OK;
    }
}

static am_status set_flag(const char *text, double *number, const char *where, am_error *err)
{
    static const char *const words = "no false off 0 yes true on 1";
    const int place = text ? choice_find(words, text, strlen(text)) : 7;

    if (place < 0)
        return usage_error(err, "%s = %.100s: neither yes nor no", where, text);
    *number = place >= 4;
    return AM_OK;
}

static am_status percent(const char *text, size_t length, const char *where, double *out, am_error *err)
{
    double x;

    if (length && text[length - 1] == '%')
        length--;
    if (!number_read(text, length, &x))
        return usage_error(err, "%s %.*s: not a number", where, (int)(length < 100 ? length : 100), text);
    if (!(x >= 0.0 && x <= 150.0))
        return usage_error(err, "%s %.*s: outside [0, 150] %%", where, (int)(length < 100 ? length : 100), text);
    *out = x / 100.0;
    return AM_OK;
}

static am_status set_amounts(double amounts[AMOUNT_COUNT], const char *text, const char *where, am_error *err)
{
    static const char *const names = "tone dynamics width loudness";
    am_status st = AM_OK;

    if (!strchr(text, '=')) {
        st = percent(text, strlen(text), where, &amounts[0], err);
        for (int i = 1; !st && i < AMOUNT_COUNT; i++)
            amounts[i] = amounts[0];
        return st;
    }
    for (const char *word = text; !st; word++) {
        const size_t length = strcspn(word, ","), name = strcspn(word, "=,");
        const int place = choice_find(names, word, name);

        if (place < 0 || name == length)
            return usage_error(err, "%s %.100s: wanted are PCT or %s", where, text, "tone=PCT,dynamics=PCT,width=PCT,loudness=PCT");
        st = percent(word + name + 1, length - name - 1, where, &amounts[place], err);
        word += length;
        if (!*word)
            break;
    }
    return st;
}

/* FILE or FILE=WEIGHT. A file that has the whole text as its name is meant as such. */
static am_status add_reference(settings *out, am_reference *list, size_t *count, const char *text, const char *where, am_error *err)
{
    const char *equals = strrchr(text, '=');
    am_reference *reference = &list[*count];
    struct stat info;
    double weight;

    if (*count == AM_MAX_REFERENCES)
        return usage_error(err, "%s %.200s: given more than %d times", where, text, AM_MAX_REFERENCES);
    if (!text[0])
        return usage_error(err, "%s: the file name is empty", where);
    *reference = (am_reference) { text, 1.0 };
    if (equals && equals > text && stat(text, &info) != 0 && number_read(equals + 1, strlen(equals + 1), &weight)) {
        if (!(weight > 0.0 && weight <= 1000.0))
            return usage_error(err, "%s %.200s: weight outside (0, 1000]", where, text);
        char *path = strndup(text, (size_t)(equals - text));

        if (!path) {
            (void)usage_error(err, "out of memory");
            return AM_ERR_NOMEM;
        }
        out->copies[out->copy_count++] = path;
        *reference = (am_reference) { path, weight };
    }
    (*count)++;
    return AM_OK;
}

/* What stands in it is read when the options that it changes are all known. */
static am_status add_variant(settings *out, const char *text, const char *where, am_error *err)
{
    if (out->variant_count == AM_MAX_VARIANTS)
        return usage_error(err, "%s %.200s: more than %d variants", where, text, AM_MAX_VARIANTS);
    if (!text[0])
        return usage_error(err, "%s: the value is empty", where);
    out->variants[out->variant_count++] = text;
    return AM_OK;
}

am_status value_set(settings *out, option_id id, const char *text, origin from, const char *where, am_error *err)
{
    const option *o = &option_table[id];
    option_value *value = &out->values[id];
    am_status st = AM_OK;

    switch (o->kind) {
    case KIND_FLAG: st = set_flag(text, &value->number, where, err); break;
    case KIND_NUMBER:
    case KIND_INTEGER: st = set_number(o, text, &value->number, where, err); break;
    case KIND_CHOICE: st = set_choice(o, text, &value->number, where, err); break;
    case KIND_LIST: st = set_list(id, text, where, err); break;
    case KIND_AMOUNT: st = set_amounts(out->amounts, text, where, err); break;
    case KIND_TEXT: st = text[0] ? AM_OK : usage_error(err, "%s: the value is empty", where); break;
    case KIND_VARIANT: st = add_variant(out, text, where, err); break;
    case KIND_LATER: st = usage_error(err, "%s: not in this version yet", where); break;
    case KIND_REFERENCE: {
        const bool profile = id == OPTION_PROFILE;
        size_t *count = profile ? &out->profile_count : &out->reference_count;

        if (value->from < from)
            *count = 0;
        st = add_reference(out, profile ? out->profiles : out->references, count, text, where, err);
        break;
    }
    }
    if (!st) {
        value->text = text;
        value->from = from;
    }
    return st;
}

void value_defaults(settings *out)
{
    am_error err;

    for (int i = 0; i < OPTION_COUNT; i++) {
        out->values[i] = (option_value) { NULL, option_table[i].kind == KIND_FLAG ? 0.0 : NAN, FROM_DEFAULT };
        if (option_table[i].initial)
            (void)value_set(out, (option_id)i, option_table[i].initial, FROM_DEFAULT, "", &err);
    }
}
