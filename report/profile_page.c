/* profile_page.c - am_profile_to_html of profile.h: a page without scripts, its charts as SVG, in the style of the report's page */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/number.h"
#include "report/facts.h"
#include "report/markup.h"
#include "report/text.h"

extern const char am_page_css[], am_page_css_end[];     /* embedded by page.c */

static const char own_css[] =
    "svg { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; }\n"
    "svg text { fill: var(--muted); }\n"
    "svg .grid { stroke: var(--grid); }\n"
    "svg .range { fill: var(--ribbon); }\n"
    "svg .middle { fill: none; stroke: var(--target); stroke-width: 2; }\n"
    "td.unknown { color: var(--muted); }\n";

enum { WIDTH = 900, HEIGHT = 320, LEFT = 48, RIGHT = 12, TOP = 12, BOTTOM = 30, CHUNK = 1500 };

static const double low_hz = 19.0, high_hz = 21000.0;
static const char *const origins[] = { "unknown", "measured", "published", "convention" };

/* ------------------------------------------------------------------ text */

static void put_raw(void *to, const char *bytes, size_t count)
{
    for (size_t from = 0; from < count; from += CHUNK)
        am_text_add(to, "%.*s", (int)(count - from < CHUNK ? count - from : CHUNK), bytes + from);
}

static void put_escaped(am_text *t, const char *text) { am_markup_escape(text, strlen(text), put_raw, t); }

/* Nothing is loaded and nothing runs; the one style is known by its hash. */
static void put_policy(am_text *t)
{
    char source[AM_MARKUP_SOURCE];
    am_sha256 hash;

    am_sha256_init(&hash);
    am_sha256_push(&hash, am_page_css, (size_t)(am_page_css_end - am_page_css));
    am_sha256_push(&hash, own_css, sizeof own_css - 1);
    am_markup_source(&hash, source);
    am_text_add(t, "default-src 'none'; base-uri 'none'; form-action 'none'; style-src %s", source);
}

static void put_head(am_text *t, const am_profile *p)
{
    am_text_add(t, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"");
    put_policy(t);
    am_text_add(t, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s, a profile</title>\n<style>", p->name);
    put_raw(t, am_page_css, (size_t)(am_page_css_end - am_page_css));
    put_raw(t, own_css, sizeof own_css - 1);
    am_text_add(t, "</style>\n</head>\n<body>\n<header class=\"page\">\n<p class=\"brand\">automaster</p>\n<h1>%s</h1>\n<p class=\"lead\">", p->name);
    put_escaped(t, p->about);
    am_text_add(t, "</p>\n<ul class=\"chips\" aria-label=\"Standing\">\n<li>revision %u</li>\n", (unsigned)p->revision);
    if (am_profile_songs(p) < AM_PROFILE_FEW)
        am_text_add(t, "<li class=\"miss\">few songs: %u; fewer than %d say little of a style</li>\n", (unsigned)am_profile_songs(p), AM_PROFILE_FEW);
    am_text_add(t, "</ul>\n</header>\n<main>\n");
}

/* ------------------------------------------------------------------ figures */

static void put_tile(am_text *t, const am_profile *p, int quantity)
{
    const am_quantity_info *about = am_quantity_about(quantity);
    const am_statistic *s = &p->values[about->first];
    char n[3][AM_NUMBER_TEXT];

    am_text_add(t, "<div class=\"tile\"><p class=\"name\">%s</p><p class=\"value\">%s <small>%s</small></p><dl><div><dt>p10</dt><dd>%s</dd></div>"
                "<div><dt>p90</dt><dd>%s</dd></div></dl></div>\n", about->label, am_number_fixed(s->p50, 1, n[0]), about->unit,
                am_number_fixed(s->p10, 1, n[1]), am_number_fixed(s->p90, 1, n[2]));
}

static void put_tiles(am_text *t, const am_profile *p)
{
    static const int shown[] = { AM_QUANTITY_LOUDNESS, AM_QUANTITY_PLR, AM_QUANTITY_RANGE };

    am_text_add(t, "<section aria-label=\"Figures\"><div class=\"tiles\">\n");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        put_tile(t, p, shown[i]);
    am_text_add(t, "</div></section>\n");
}

static void put_row(am_text *t, const am_profile *p, int quantity)
{
    const am_quantity_info *about = am_quantity_about(quantity);
    const am_provenance *from = &p->provenance[quantity];
    char n[AM_NUMBER_TEXT];

    am_text_add(t, "<tr><th scope=\"row\">%s</th>", about->label);
    if (from->origin == AM_ORIGIN_UNKNOWN) {
        am_text_add(t, "<td class=\"text unknown\" colspan=\"6\">unknown</td></tr>\n");
        return;
    }
    for (int i = 0; i < 3; i++) {
        const am_statistic *s = &p->values[about->first];
        const double x = i == 0 ? s->p10 : i == 1 ? s->p50 : s->p90;

        am_text_add(t, "<td>%s</td>", about->count == 1 ? am_number_fixed(x, about->digits, n) : "");
    }
    am_text_add(t, "<td>%u</td><td>%.0f&nbsp;%%</td><td class=\"text\">%s: ", (unsigned)from->n, 100.0 * from->measured_share, origins[from->origin]);
    put_escaped(t, from->source);
    am_text_add(t, "</td></tr>\n");
}

static void put_table(am_text *t, const am_profile *p)
{
    am_text_add(t, "<section aria-labelledby=\"h-from\"><h2 id=\"h-from\">Where it comes from</h2>\n<div class=\"wide\"><table class=\"grid\"><thead><tr>"
                "<th scope=\"col\" class=\"text\">quantity</th><th scope=\"col\">p10</th><th scope=\"col\">p50</th><th scope=\"col\">p90</th><th scope=\"col\">songs"
                "</th><th scope=\"col\">measured</th><th scope=\"col\" class=\"text\">source</th></tr></thead><tbody>\n");
    for (int q = 0; q < AM_QUANTITIES; q++)
        put_row(t, p, q);
    am_text_add(t, "</tbody></table></div>\n<p class=\"hint\">");
    put_escaped(t, p->notice);
    am_text_add(t, "</p></section>\n");
}

/* ------------------------------------------------------------------ charts */

typedef struct chart {
    const am_statistic *bands;
    double low_db, high_db;
} chart;

static double x_of(double hz) { return LEFT + (WIDTH - LEFT - RIGHT) * log(hz / low_hz) / log(high_hz / low_hz); }

static double y_of(const chart *c, double db) { return TOP + (HEIGHT - TOP - BOTTOM) * (c->high_db - db) / (c->high_db - c->low_db); }

static bool has(const chart *c, int k) { return isfinite(c->bands[k].p10) && isfinite(c->bands[k].p50) && isfinite(c->bands[k].p90); }

static void put_point(am_text *t, const chart *c, int band, double db)
{
    char x[AM_NUMBER_TEXT], y[AM_NUMBER_TEXT];

    am_text_add(t, "%s,%s ", am_number_short(x_of(am_band_hz(band)), 1, x), am_number_short(y_of(c, db), 1, y));
}

static void put_grid(am_text *t, const chart *c)
{
    static const double marks_hz[] = { 31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000 };
    const double step_db = c->high_db - c->low_db > 40.0 ? 10.0 : 5.0;
    char hz[AM_FACT_TEXT], n[2][AM_NUMBER_TEXT];

    for (int step = (int)ceil(c->low_db / step_db); step * step_db <= c->high_db; step++) {
        const double db = step * step_db;

        (void)am_number_short(y_of(c, db), 1, n[0]);
        am_text_add(t, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%s\" y2=\"%s\"/><text x=\"%d\" y=\"%s\" dy=\"4\" text-anchor=\"end\">%s</text>\n", LEFT,
                    WIDTH - RIGHT, n[0], n[0], LEFT - 8, n[0], am_number_short(db, 0, n[1]));
    }
    for (size_t i = 0; i < sizeof marks_hz / sizeof *marks_hz; i++) {
        (void)am_number_short(x_of(marks_hz[i]), 1, n[0]);
        am_text_add(t, "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%d\" y2=\"%d\"/><text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", n[0], n[0],
                    TOP, HEIGHT - BOTTOM, n[0], HEIGHT - BOTTOM + 18, am_fact_hz(marks_hz[i], hz));
    }
}

/* Runs of bands that are known: the range as a surface, the median as a line. */
static void put_runs(am_text *t, const chart *c)
{
    for (int first = 0, last; first < AM_BANDS; first = last + 1) {
        for (last = first; last < AM_BANDS && has(c, last); last++)
            ;
        if (last == first)
            continue;
        am_text_add(t, "<polygon class=\"range\" points=\"");
        for (int k = first; k < last; k++)
            put_point(t, c, k, c->bands[k].p90);
        for (int k = last - 1; k >= first; k--)
            put_point(t, c, k, c->bands[k].p10);
        am_text_add(t, "\"/>\n<polyline class=\"middle\" points=\"");
        for (int k = first; k < last; k++)
            put_point(t, c, k, c->bands[k].p50);
        am_text_add(t, "\"/>\n");
    }
}

/* The same for those who cannot see it. */
static void put_values(am_text *t, const chart *c)
{
    am_text_add(t, "<details class=\"data\"><summary>Values</summary><div class=\"scroll\"><table class=\"grid\"><thead><tr><th scope=\"col\">band</th>"
                "<th scope=\"col\">p10</th><th scope=\"col\">p50</th><th scope=\"col\">p90</th></tr></thead><tbody>\n");
    for (int k = 0; k < AM_BANDS; k++) {
        char hz[AM_FACT_TEXT], n[3][AM_NUMBER_TEXT];

        if (has(c, k))
            am_text_add(t, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td>%s</td></tr>\n", am_fact_hz(am_band_hz(k), hz),
                        am_number_fixed(c->bands[k].p10, 1, n[0]), am_number_fixed(c->bands[k].p50, 1, n[1]),
                        am_number_fixed(c->bands[k].p90, 1, n[2]));
    }
    am_text_add(t, "</tbody></table></div></details>\n");
}

static void put_chart(am_text *t, const am_profile *p, int quantity, const char *id, const char *title, const char *words)
{
    chart c = { &p->values[am_quantity_about(quantity)->first], INFINITY, -INFINITY };

    for (int k = 0; k < AM_BANDS; k++)
        if (has(&c, k)) {
            c.low_db = fmin(c.low_db, c.bands[k].p10);
            c.high_db = fmax(c.high_db, c.bands[k].p90);
        }
    if (!isfinite(c.low_db))
        return;
    c.low_db = 5.0 * floor(c.low_db / 5.0);
    c.high_db = fmax(5.0 * ceil(c.high_db / 5.0), c.low_db + 5.0);
    am_text_add(t, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2>\n<figure><figcaption><p>%s</p></figcaption>\n"
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by frequency: p10, p50 and p90\">\n", id, id, title, words, WIDTH, HEIGHT, title);
    put_grid(t, &c);
    put_runs(t, &c);
    am_text_add(t, "</svg>\n");
    put_values(t, &c);
    am_text_add(t, "</figure></section>\n");
}

/* ------------------------------------------------------------------ lineage */

static void put_lineage(am_text *t, const am_profile *p)
{
    char weight[AM_NUMBER_TEXT];

    am_text_add(t, "<section aria-labelledby=\"h-lineage\"><h2 id=\"h-lineage\">Lineage</h2>\n<div class=\"prose\"><ul>\n<li>%zu files known by their hash%s</li>\n",
                p->song_count, p->song_count && p->compact ? ", without their values" : "");
    for (uint32_t i = 0; i < p->parent_count; i++)
        am_text_add(t, "<li>made from %s, weight %s <span class=\"hash\">%s</span></li>\n", p->parents[i].name,
                    am_number_short(p->parents[i].weight, 3, weight), p->parents[i].sha256);
    for (uint32_t i = 0; i < p->edit_count; i++) {
        am_text_add(t, "<li>changed: ");
        put_escaped(t, p->edits[i]);
        am_text_add(t, "</li>\n");
    }
    am_text_add(t, "<li>amounts: tone %.0f, dynamics %.0f, width %.0f, loudness %.0f %%</li>\n</ul></div></section>\n</main>\n"
                "<footer class=\"page\"><p>Made by ", 100.0 * p->amount_tone, 100.0 * p->amount_dynamics, 100.0 * p->amount_width,
                100.0 * p->amount_loudness);
    put_escaped(t, p->engine);
    am_text_add(t, ". This page is one file: it needs no network and asks for none.</p></footer>\n</body>\n</html>\n");
}

am_status am_profile_to_html(const am_profile *profile, const am_allocator *allocator, char **html, am_error *err)
{
    am_text t = { .allocator = allocator };

    if (!profile || !html)
        return am_fail(err, AM_ERR_RANGE, "am_profile_to_html: profile or html is NULL");
    put_head(&t, profile);
    put_tiles(&t, profile);
    put_chart(&t, profile, AM_QUANTITY_TONE, "h-tone", "Tone", "Level of the mid by sixths of an octave, in dB re loudness: the middle song (line), and "
              "what eight songs of ten are within (surface).");
    put_chart(&t, profile, AM_QUANTITY_BAND_WIDTH, "h-width", "Width", "Side over mid by sixths of an octave, in dB.");
    put_table(&t, profile);
    put_lineage(&t, profile);
    return am_text_take(&t, html, err);
}
