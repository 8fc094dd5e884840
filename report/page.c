#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/embed.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/sha256.h"
#include "report/explain.h"
#include "report/markup.h"
#include "report/parts.h"

AM_EMBED(am_page_html, "report/assets/page.html");
AM_EMBED(am_page_css, "report/assets/page.css");
AM_EMBED(am_page_report, "report/assets/report.html");
AM_EMBED(am_page_report_js, "report/assets/page.js");
AM_EMBED(am_page_preview, "report/assets/preview.html");
AM_EMBED(am_page_preview_js, "report/assets/preview.js");
AM_EMBED(am_page_compare, "report/assets/compare.html");
AM_EMBED(am_page_compare_js, "report/assets/compare.js");
AM_EMBED(am_page_common, "report/assets/common.js");
AM_EMBED(am_page_player, "report/assets/player.js");
AM_EMBED(am_page_services, "report/assets/services.json");
AM_EMBED(am_page_uplot, "report/assets/uplot.js");
AM_EMBED(am_page_uplot_css, "report/assets/uplot.css");
AM_EMBED(am_page_licence, "report/assets/uplot-LICENSE");

enum { ENCODED_BYTES = 3 * 4096 };

/* What the kinds of pages differ in. */
static const struct part {
    const char *main, *script;
} parts[] = {
    [AM_PAGE_REPORT] = { am_page_report, am_page_report_js },
    [AM_PAGE_PREVIEW] = { am_page_preview, am_page_preview_js },
    [AM_PAGE_COMPARISON] = { am_page_compare, am_page_compare_js },
};

typedef struct writing {
    const am_page *page;
    const am_allocator *allocator;
    am_page_sink sink;
    void *context;
    am_error *err;
    am_status status;               /* the first failure */
    char title[600], engine[64];
    char *explanation;              /* of am_explain_json */
    char *audio;                    /* JSON of the excerpts */
} writing;

static void put(writing *w, const char *bytes, size_t count)
{
    if (!w->status && count)
        w->status = w->sink(w->context, bytes, count, w->err);
}

static void put_text(writing *w, const char *text) { put(w, text, strlen(text)); }

static void put_piece(void *to, const char *bytes, size_t count) { put(to, bytes, count); }

static void put_escaped(writing *w, const char *text, size_t count) { am_markup_escape(text, count, put_piece, w); }

/* JSON as it may stand in a script element: without spaces between its tokens, and without <, which only strings can hold. */
static void put_json(writing *w, const char *json, size_t count)
{
    bool in_string = false;
    size_t plain = 0;

    for (size_t i = 0; i < count; i++) {
        const bool space = !in_string && (json[i] == ' ' || json[i] == '\n' || json[i] == '\r' || json[i] == '\t');

        if (json[i] == '"')
            in_string = !in_string;
        else if (json[i] == '\\')
            i++;                    /* a backslash is always followed by something */
        if (!space && json[i] != '<')
            continue;
        put(w, json + plain, i - plain);
        if (!space)
            put_text(w, "\\u003c");
        plain = i + 1;
    }
    put(w, json + plain, count - plain);
}

/* ------------------------------------------------------------------ the policy */

#define SIZE(asset) ((size_t)(asset##_end - (asset)))

/* Our own scripts and styles go without their indentation. No string of theirs goes over a line. */
static void put_lean(writing *w, am_sha256 *hash, const char *text)
{
    while (*text) {
        const size_t count = strcspn(text, "\n") + 1;
        const size_t indent = strspn(text, " ");

        if (hash)
            am_sha256_push(hash, text + indent, count - indent);
        else
            put(w, text + indent, count - indent);
        text += count;
    }
}

static void put_hash(writing *w, am_sha256 *hash)
{
    char source[AM_MARKUP_SOURCE];

    am_markup_source(hash, source);
    put_text(w, " ");
    put_text(w, source);
}

/* The hash of an asset as it is with one that is made lean behind it. */
static void put_hash_of(writing *w, const char *plain, size_t plain_count, const char *lean)
{
    am_sha256 hash;

    am_sha256_init(&hash);
    am_sha256_push(&hash, plain, plain_count);
    put_lean(w, &hash, lean);
    put_hash(w, &hash);
}

/* Nothing may be loaded, and nothing runs but the scripts that this library holds. */
static void put_policy(writing *w)
{
    put_text(w, "default-src 'none'; base-uri 'none'; form-action 'none'; script-src");
    put_hash_of(w, am_page_uplot, SIZE(am_page_uplot), "");
    put_hash_of(w, "", 0, am_page_player);
    put_hash_of(w, "", 0, am_page_common);
    put_hash_of(w, "", 0, parts[w->page->kind].script);
    put_text(w, "; style-src");
    put_hash_of(w, am_page_uplot_css, SIZE(am_page_uplot_css), am_page_css);
}

/* ------------------------------------------------------------------ what fills the template */

/* The paragraphs of am_explain_json: headings, and items that go on in indented lines. The first paragraph is the title of the page. */
static void put_explanation(writing *w)
{
    const char *line = w->explanation ? strstr(w->explanation, "\n\n") : NULL;
    bool in_list = false, in_item = false;

    while (line && *line) {
        const size_t count = strcspn(line, "\n"), indent = strspn(line, " ");
        const bool item = count > 4 && memcmp(line, "  - ", 4) == 0;

        if (in_item && (item || !indent)) {
            put_text(w, "</li>\n");
            in_item = false;
        }
        if (in_list && !indent && count) {
            put_text(w, "</ul>\n");
            in_list = false;
        }
        if (item) {
            put_text(w, in_list ? "<li>" : "<ul>\n<li>");
            put_escaped(w, line + 4, count - 4);
            in_list = in_item = true;
        } else if (in_item && count) {
            put_text(w, " ");
            put_escaped(w, line + indent, count - indent);
        } else if (count) {
            put_text(w, "<h3>");
            put_escaped(w, line, count);
            put_text(w, "</h3>\n");
        }
        line += count + (line[count] == '\n');
    }
    if (in_item)
        put_text(w, "</li>\n");
    if (in_list)
        put_text(w, "</ul>\n");
}

static void put_excerpt(writing *w, const am_page_excerpt *x)
{
    char text[ENCODED_BYTES / 3 * 4];

    put_text(w, "<script type=\"application/octet-stream\" id=\"audio-");
    put_text(w, x->id);
    put_text(w, "\">");
    for (size_t from = 0; from < x->flac_count && !w->status; from += ENCODED_BYTES) {
        const size_t count = x->flac_count - from < ENCODED_BYTES ? x->flac_count - from : ENCODED_BYTES;

        am_base64_encode(x->flac + from, count, text);
        put(w, text, am_base64_length(count));
    }
    put_text(w, "</script>\n");
}

/* What a report says about services needs their rules. */
static void put_services(writing *w)
{
    if (w->page->kind != AM_PAGE_REPORT)
        return;
    put_text(w, "<script type=\"application/json\" id=\"services-data\">");
    put_json(w, am_page_services, SIZE(am_page_services));
    put_text(w, "</script>\n");
}

static void put_template(writing *w, const char *template);

static void put_field(writing *w, const char *name, size_t count)
{
#define IS(word) (count == sizeof(word) - 1 && memcmp(name, word, sizeof(word) - 1) == 0)
    if (IS("policy"))
        put_policy(w);
    else if (IS("title"))
        put_escaped(w, w->title, strlen(w->title));
    else if (IS("engine"))
        put_escaped(w, w->engine, strlen(w->engine));
    else if (IS("style")) {
        put(w, am_page_uplot_css, SIZE(am_page_uplot_css));
        put_lean(w, NULL, am_page_css);
    } else if (IS("explain"))
        put_explanation(w);
    else if (IS("report"))
        put_json(w, w->page->json, w->page->json_length);
    else if (IS("main"))
        put_template(w, parts[w->page->kind].main);
    else if (IS("services"))
        put_services(w);
    else if (IS("audio"))
        put_json(w, w->audio, strlen(w->audio));
    else if (IS("excerpts"))
        for (size_t i = 0; i < w->page->excerpt_count; i++)
            put_excerpt(w, &w->page->excerpts[i]);
    else if (IS("licence"))
        put(w, am_page_licence, SIZE(am_page_licence));
    else if (IS("uplot"))
        put(w, am_page_uplot, SIZE(am_page_uplot));
    else if (IS("player"))
        put_lean(w, NULL, am_page_player);
    else if (IS("common"))
        put_lean(w, NULL, am_page_common);
    else if (IS("script"))
        put_lean(w, NULL, parts[w->page->kind].script);
#undef IS
}

static void put_template(writing *w, const char *template)
{
    const char *at = template, *open, *end;

    while ((open = strstr(at, "{{")) && (end = strstr(open, "}}"))) {
        put(w, at, (size_t)(open - at));
        put_field(w, open + 2, (size_t)(end - open - 2));
        at = end + 2;
    }
    put_text(w, at);
}

/* ------------------------------------------------------------------ what is known before */

static void put_made(am_json_writer *j, const am_page_made *m)
{
    am_json_open(j, "made", '{');
    am_json_put_string(j, "song", m->song);
    am_json_put_string(j, "profile", m->profile);
    am_json_open(j, "amounts", '{');
    am_json_put_number(j, "tone", m->tone, 4);
    am_json_put_number(j, "dynamics", m->dynamics, 4);
    am_json_put_number(j, "width", m->width, 4);
    am_json_put_number(j, "loudness", m->loudness, 4);
    am_json_close(j);
    am_json_close(j);
}

static void put_excerpt_facts(am_json_writer *j, const am_page_excerpt *x)
{
    am_json_open(j, NULL, '{');
    am_json_put_string(j, "id", x->id);
    am_json_put_string(j, "kind", x->kind);
    am_json_put_string(j, "name", x->name);
    am_json_put_string(j, "sha256", x->sha256);
    am_json_put_integer(j, "rate_hz", x->rate_hz);
    am_json_put_integer(j, "channels", x->channels);
    am_json_put_number(j, "start_s", x->start_s, 3);
    am_json_put_number(j, "duration_s", x->duration_s, -1);
    am_json_put_number(j, "scale", x->scale, -1);
    am_json_put_number(j, "lufs", x->lufs, 3);
    am_json_put_number(j, "null_db", x->null_db, -1);
    if (x->made)
        put_made(j, x->made);
    am_json_close(j);
}

static am_status list_audio(writing *w)
{
    am_json_writer *j = NULL;
    am_status st = am_json_writer_open(w->allocator, &j, w->err);

    if (st)
        return st;
    am_json_open(j, NULL, '{');
    am_json_open(j, "excerpts", '[');
    for (size_t i = 0; i < w->page->excerpt_count; i++)
        put_excerpt_facts(j, &w->page->excerpts[i]);
    am_json_close(j);
    am_json_put_strings(j, "missing", w->page->missing, w->page->missing_count);
    if (w->page->no_vote)
        am_json_put_string(j, "no_vote", w->page->no_vote);
    am_json_close(j);
    return am_json_writer_take(j, &w->audio, w->err);
}

static am_status title_report(writing *w, const cJSON *root)
{
    char input[AM_PATH], output[AM_PATH];

    (void)am_explain_string(am_explain_member(root, "input"), "path", input, sizeof input);
    (void)am_explain_string(am_explain_member(root, "output"), "path", output, sizeof output);
    (void)snprintf(w->title, sizeof w->title, *output ? "%.280s \xe2\x86\x92 %.280s" : "%.280s%s", *input ? am_path_base(input) : "A master",
                   am_path_base(output));
    if (!am_explain_member(root, "schema") || !am_explain_member(root, "before"))
        return am_fail(w->err, AM_ERR_FORMAT, "this is no report: a member \"before\" is missing");
    return AM_OK;
}

static void title_preview(writing *w, const cJSON *root)
{
    char input[AM_PATH];

    (void)am_explain_string(root, "file", input, sizeof input);
    (void)snprintf(w->title, sizeof w->title, "%.280s: preview", am_path_base(input));
}

static void title_comparison(writing *w, const cJSON *root)
{
    char first[AM_PATH], second[AM_PATH];

    (void)am_explain_string(am_explain_member(root, "first"), "file", first, sizeof first);
    (void)am_explain_string(am_explain_member(root, "second"), "file", second, sizeof second);
    (void)snprintf(w->title, sizeof w->title, "%.280s and %.280s compared", am_path_base(first), am_path_base(second));
}

static am_status read_title(writing *w)
{
    cJSON *root = NULL;
    am_status st = am_json_parse(w->page->json, w->page->json_length, "report", &root, w->err);

    if (st)
        return st;
    (void)am_explain_string(root, "engine", w->engine, sizeof w->engine);
    switch (w->page->kind) {
    case AM_PAGE_REPORT: st = title_report(w, root); break;
    case AM_PAGE_PREVIEW: title_preview(w, root); break;
    case AM_PAGE_COMPARISON: title_comparison(w, root); break;
    }
    cJSON_Delete(root);
    return st;
}

am_status am_page_write(const am_page *page, const am_allocator *allocator, am_page_sink sink, void *context, am_error *err)
{
    writing w = { .page = page, .allocator = allocator, .sink = sink, .context = context, .err = err };
    am_status st = AM_OK;

    if (page->kind == AM_PAGE_REPORT)
        st = am_explain_json(page->json, page->json_length, allocator, &w.explanation, err);
    if (!st)
        st = read_title(&w);
    if (!st)
        st = list_audio(&w);
    if (!st) {
        put_template(&w, am_page_html);
        st = w.status;
    }
    am_release(allocator, w.audio);
    am_release(allocator, w.explanation);
    return st;
}
