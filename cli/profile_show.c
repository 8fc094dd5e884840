/* profile_show.c - list, show, diff */
#include "cli/verbs.h"

#include "cli/files.h"
#include "cli/results.h"
#include "cli/say.h"
#include "cli/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ list */

static const char *const origins[] = { "unknown", "measured", "published", "convention" };

static double mean_of(const am_profile *p, am_quantity quantity)
{
    return p->values[am_quantity_about((int)quantity)->first].mean;
}

/* Of tone and loudness, which speak for a profile. */
static double measured_share(const am_profile *p)
{
    return 0.5 * (p->provenance[AM_QUANTITY_TONE].measured_share + p->provenance[AM_QUANTITY_LOUDNESS].measured_share);
}

/* As many words of text as fit, and "..." where some do not. */
static void put_words(const char *text, int columns)
{
    static const char more[] = "...";
    const int room = columns - (int)strlen(more);
    int column = 0, kept = room;

    for (const char *c = text; *c; c++) {
        if (*c == ' ' && column <= room)
            kept = column;
        column += (*c & 0xc0) != 0x80;
    }
    put_clean(stdout, text, column > columns ? kept : columns, 0);
    (void)fputs(column > columns ? more : "", stdout);
}

static void list_text(const am_profile *p, bool builtin, bool first)
{
    const double loudness = mean_of(p, AM_QUANTITY_LOUDNESS);

    if (first)
        (void)printf("%-22s %6s %9s %-11s %9s  %s\n", "name", "songs", "measured", "tone from", "loudness", "about");
    (void)printf("%-22s %6u %7.0f %% %-11s ", p->name, (unsigned)am_profile_songs(p), 100.0 * measured_share(p),
                 origins[p->provenance[AM_QUANTITY_TONE].origin]);
    if (isfinite(loudness))
        (void)printf("%9.1f  ", loudness);
    else
        (void)printf("%9s  ", "-");
    if (!builtin)
        (void)fputs("yours: ", stdout);
    put_words(p->about, builtin ? 60 : 53);
    (void)putchar('\n');
}

static void list_json(const am_profile *p, bool builtin, bool first)
{
    (void)printf("%s  {\"name\": \"%s\", \"builtin\": %s, \"songs\": %u, \"measured_share\": %.3f, \"tone_origin\": \"%s\", \"loudness_lufs\": ",
                 first ? "" : ",\n", p->name, builtin ? "true" : "false", (unsigned)am_profile_songs(p), measured_share(p),
                 origins[p->provenance[AM_QUANTITY_TONE].origin]);
    json_number(stdout, mean_of(p, AM_QUANTITY_LOUDNESS), 2);
    (void)printf(", \"revision\": %u, \"about\": ", (unsigned)p->revision);
    json_string(stdout, p->about);
    (void)putchar('}');
}

/* A file of the library that cannot be read is told and does not keep the others. */
static int list_one(const settings *options, const am_profile_entry *entry, bool *first)
{
    am_profile *p = NULL;
    am_error err = { 0 };
    am_status st;

    if (option_flag(options, OPTION_NAMES)) {
        (void)printf("%s\n", entry->name);
        return DONE;
    }
    st = am_profile_load(entry->name, library_folder(options), NULL, &p, &err);
    if (st)
        return say_failure(st, &err);
    if (strcmp(p->name, entry->name) != 0 && !option_flag(options, OPTION_QUIET))
        remark("%s.json calls itself %s", entry->name, p->name);
    (void)snprintf(p->name, sizeof p->name, "%s", entry->name);
    if (option_flag(options, OPTION_JSON))
        list_json(p, entry->builtin, *first);
    else
        list_text(p, entry->builtin, *first);
    *first = false;
    am_profile_close(p);
    return DONE;
}

int profile_list(const settings *options, const char *const *words, size_t count)
{
    am_profile_entry *entries = NULL;
    am_error err = { 0 };
    bool first = true;
    size_t found = 0;
    int code = DONE;
    am_status st;

    (void)words;
    (void)count;
    if (!output_open())
        return FAILED;
    st = am_profile_list(library_folder(options), NULL, &entries, &found, &err);
    if (st)
        return say_failure(st, &err);
    if (option_flag(options, OPTION_JSON))
        (void)fputs("[\n", stdout);
    for (size_t i = 0; i < found; i++)
        code = worse(code, list_one(options, &entries[i], &first));
    if (option_flag(options, OPTION_JSON))
        (void)fputs("\n]\n", stdout);
    am_release(NULL, entries);
    return code;
}

/* ------------------------------------------------------------------ show */

typedef enum shape { SHAPE_TEXT, SHAPE_JSON, SHAPE_HTML } shape;

/* Where it goes (NULL: standard output) and as what. */
static shape choose(const settings *options, const char **path, am_error *err)
{
    const char *html = options->values[OPTION_HTML].text, *output = options->values[OPTION_OUTPUT].text;

    *path = html && strcmp(html, "-") != 0 ? html : !html && output && strcmp(output, "-") != 0 ? output : NULL;
    if ((html != NULL) + (output != NULL) > 1 || (html && option_flag(options, OPTION_JSON)))
        (void)usage_error(err, "profile show: --html FILE, --json and -o FILE exclude each other");
    if (html || (*path && strcmp(name_suffix(*path), ".html") == 0))
        return SHAPE_HTML;
    return option_flag(options, OPTION_JSON) || (*path && strcmp(name_suffix(*path), ".json") == 0) ? SHAPE_JSON : SHAPE_TEXT;
}

int profile_show(const settings *options, const char *const *words, size_t count)
{
    am_profile *p = NULL;
    am_error err = { 0 };
    char *document = NULL;
    const char *path;
    const shape as = choose(options, &path, &err);
    am_status st = err.status;

    (void)count;
    if (!st && !path && !output_open())
        return FAILED;
    if (st)
        return profile_failure(st, &err);
    st = path ? output_free(options, path, &err) : AM_OK;
    if (!st)
        st = library_load(options, words[0], &p, &err);
    if (!st && as == SHAPE_HTML)
        st = am_profile_to_html(p, NULL, &document, &err);
    else if (!st && as == SHAPE_JSON)
        st = am_profile_to_json(p, NULL, &document, &err);
    else if (!st)
        st = am_profile_to_text(p, !path && colour_wanted(options, stdout), NULL, &document, &err);
    if (!st && path)
        st = file_write(path, document, option_flag(options, OPTION_FORCE), &err);
    if (!st && !path)
        (void)fputs(document, stdout);
    else if (!st && !option_flag(options, OPTION_QUIET))
        (void)printf("%s\n", path);
    am_release(NULL, document);
    am_profile_close(p);
    return st ? profile_failure(st, &err) : DONE;
}

/* ------------------------------------------------------------------ diff */

static double band_hz(int band)
{
    return 1000.0 * exp2((band - AM_BAND_1K) / 6.0);
}

/* Which value of a quantity: "63 Hz", "p95", "". */
static void name_value(const am_quantity_info *about, int index, char *out, size_t size)
{
    static const int percents[] = AM_QUANTILE_PERCENTS;
    static const char *const regions[] = { "bass", "low mids", "high mids", "treble" };

    out[0] = '\0';
    if (about->count == AM_BANDS)
        (void)snprintf(out, size, "%.0f Hz", band_hz(index));
    else if (about->count == AM_QUANTILES)
        (void)snprintf(out, size, "at %d %%", percents[index]);
    else if (about->count > 1)
        (void)snprintf(out, size, "%s at %d %%", regions[index / AM_QUANTILES], percents[index % AM_QUANTILES]);
}

static void put_figure(double x, int decimals)
{
    if (isfinite(x))
        (void)printf("%9.*f", decimals, x);
    else
        (void)printf("%9s", "-");
}

static void diff_line(const am_profile_change *c)
{
    const am_quantity_info *about = am_quantity_about((int)c->quantity);
    char where[32], label[80];

    name_value(about, c->index, where, sizeof where);
    (void)snprintf(label, sizeof label, "%s%s%s", about->label, where[0] ? ", " : "", where);
    (void)printf("  %-40s", label);
    put_figure(c->first, about->digits);
    put_figure(c->second, about->digits);
    put_figure(c->second - c->first, about->digits);
    (void)printf(" %-5s", about->unit);
    if (isfinite(c->deviations))
        (void)printf("%5.1f sd", c->deviations);
    (void)putchar('\n');
}

/* Of the curves only octaves are shown, and what stands out between them does in --json. */
static bool shown(const am_profile_change *c)
{
    const int count = am_quantity_about((int)c->quantity)->count;

    return (count != AM_BANDS || (c->index - AM_BAND_1K % 6) % 6 == 0) && c->quantity != AM_QUANTITY_REGIONS;
}

static void diff_text(const am_profile *a, const am_profile *b, const am_profile_change *changes, size_t count)
{
    size_t left = 0;

    (void)printf("  %-40s%9.9s%9.9s%9s\n", "", a->name, b->name, "change");
    for (size_t i = 0; i < count; i++) {
        if (shown(&changes[i]))
            diff_line(&changes[i]);
        else
            left++;
    }
    (void)printf("%zu of %d values differ%s\n", count, AM_PROFILE_VALUES, left ? "; of the curves one band an octave is shown, --json has all" : "");
}

static void diff_json(const am_profile *a, const am_profile *b, const am_profile_change *changes, size_t count)
{
    (void)printf("{\n  \"first\": \"%s\",\n  \"second\": \"%s\",\n  \"changes\": [", a->name, b->name);
    for (size_t i = 0; i < count; i++) {
        const am_quantity_info *about = am_quantity_about((int)changes[i].quantity);

        (void)printf("%s\n    {\"quantity\": \"%s\", \"index\": %d, ", i ? "," : "", about->key, changes[i].index);
        if (about->count == AM_BANDS)
            (void)printf("\"hz\": %.1f, ", band_hz(changes[i].index));
        (void)fputs("\"first\": ", stdout);
        json_number(stdout, changes[i].first, about->digits);
        (void)fputs(", \"second\": ", stdout);
        json_number(stdout, changes[i].second, about->digits);
        (void)fputs(", \"deviations\": ", stdout);
        json_number(stdout, changes[i].deviations, 3);
        (void)putchar('}');
    }
    (void)printf("%s]\n}\n", count ? "\n  " : "");
}

int profile_diff(const settings *options, const char *const *words, size_t count)
{
    am_profile_change *changes = malloc(AM_PROFILE_VALUES * sizeof *changes);
    am_profile *a = NULL, *b = NULL;
    am_error err = { 0 };
    size_t found = 0;
    am_status st = changes ? AM_OK : AM_ERR_NOMEM;

    (void)count;
    if (!st)
        st = library_load(options, words[0], &a, &err);
    if (!st)
        st = library_load(options, words[1], &b, &err);
    if (!st)
        st = am_profile_diff(a, b, changes, &found, &err);
    if (!st && option_flag(options, OPTION_JSON))
        diff_json(a, b, changes, found);
    else if (!st)
        diff_text(a, b, changes, found);
    am_profile_close(a);
    am_profile_close(b);
    free(changes);
    return st ? profile_failure(st, &err) : DONE;
}
