/* chart.c - am_report_chart_svg of automaster.h: the spectrum before, after and wanted, drawn without a browser */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "report/explain.h"
#include "report/facts.h"
#include "report/parts.h"

enum { WIDTH = 860, HEIGHT = 420, LEFT = 56, TOP = 54, RIGHT = 20, BOTTOM = 40, RANGE_DB = 60, STEP_DB = 6, NAME = 16 };

static const double low_hz = 25.0, high_hz = 18000.0, ribbon = 1.2816;     /* normal quantile of 90 % */

typedef struct drawing {
    am_text text;
    double hz[AM_BANDS];
    double top_db, bottom_db;
} drawing;

static double x_of(double hz) { return LEFT + (WIDTH - LEFT - RIGHT) * log(hz / low_hz) / log(high_hz / low_hz); }

static double y_of(const drawing *d, double db)
{
    return TOP + (HEIGHT - TOP - BOTTOM) * (d->top_db - fmax(db, d->bottom_db)) / (d->top_db - d->bottom_db);
}

static bool shown(const drawing *d, int k) { return d->hz[k] >= low_hz && d->hz[k] <= high_hz; }

/* "12.3,45.6 " */
static void put_point(am_text *t, double x, double y)
{
    char a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT];

    am_text_add(t, "%s,%s ", am_number_short(x, 1, a), am_number_short(y, 1, b));
}

static void put_line(am_text *t, double x1, double y1, double x2, double y2, const char *style)
{
    char a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT], c[AM_NUMBER_TEXT], e[AM_NUMBER_TEXT];

    am_text_add(t, "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" %s/>\n", am_number_short(x1, 1, a), am_number_short(y1, 1, b),
                am_number_short(x2, 1, c), am_number_short(y2, 1, e), style);
}

static void put_label(am_text *t, double x, double y, const char *anchor, const char *label)
{
    char a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT];

    am_text_add(t, "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>\n", am_number_short(x, 1, a), am_number_short(y, 1, b), anchor, label);
}

static void put_grid(drawing *d)
{
    static const struct { double hz; const char *name; } marks[] = { { 31.5, "31" }, { 63, "63" }, { 125, "125" }, { 250, "250" },
        { 500, "500" }, { 1000, "1k" }, { 2000, "2k" }, { 4000, "4k" }, { 8000, "8k" }, { 16000, "16k Hz" } };
    char number[AM_NUMBER_TEXT];

    for (int step = 0; d->bottom_db + step * STEP_DB <= d->top_db; step++) {
        const double db = d->bottom_db + step * STEP_DB;

        put_line(&d->text, LEFT, y_of(d, db), WIDTH - RIGHT, y_of(d, db), "stroke=\"#e3e6ea\"");
        put_label(&d->text, LEFT - 8, y_of(d, db) + 4, "end", am_number_short(db, 0, number));
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        put_line(&d->text, x_of(marks[i].hz), TOP, x_of(marks[i].hz), HEIGHT - BOTTOM, "stroke=\"#eef0f3\"");
        put_label(&d->text, x_of(marks[i].hz), HEIGHT - BOTTOM + 18, "middle", marks[i].name);
    }
}

/* Where a curve is interrupted by NaN, a new line begins. */
static void put_curve(drawing *d, const double curve[AM_BANDS], const char *style)
{
    bool open = false;

    for (int k = 0; k <= AM_BANDS; k++) {
        const bool here = k < AM_BANDS && shown(d, k) && isfinite(curve[k]);

        if (here && !open)
            am_text_add(&d->text, "<polyline fill=\"none\" stroke-linejoin=\"round\" %s points=\"", style);
        if (here)
            put_point(&d->text, x_of(d->hz[k]), y_of(d, curve[k]));
        if (open && !here)
            am_text_add(&d->text, "\"/>\n");
        open = here;
    }
}

static void put_ribbon(drawing *d, const double mean[AM_BANDS], const double deviation[AM_BANDS])
{
    am_text_add(&d->text, "<polygon fill=\"#d9822b\" fill-opacity=\"0.16\" points=\"");
    for (int way = 0; way < 2; way++)
        for (int i = 0; i < AM_BANDS; i++) {
            const int k = way ? AM_BANDS - 1 - i : i;

            if (shown(d, k) && isfinite(mean[k]) && isfinite(deviation[k]))
                put_point(&d->text, x_of(d->hz[k]), y_of(d, mean[k] + (way ? -ribbon : ribbon) * deviation[k]));
        }
    am_text_add(&d->text, "\"/>\n");
}

static void put_legend(drawing *d, int place, const char *name, const char *style)
{
    const double x = LEFT + 10 + 110 * place;

    put_line(&d->text, x, 24, x + 26, 24, style);
    put_label(&d->text, x + 32, 28, "start", name);
}

/* From the largest down by at most RANGE_DB, on multiples of STEP_DB. */
static void choose_scale(drawing *d, const double (*curves)[AM_BANDS], int count)
{
    double high = -INFINITY, low = INFINITY;

    for (int c = 0; c < count; c++)
        for (int k = 0; k < AM_BANDS; k++)
            if (shown(d, k) && isfinite(curves[c][k])) {
                high = fmax(high, curves[c][k]);
                low = fmin(low, curves[c][k]);
            }
    d->top_db = isfinite(high) ? STEP_DB * ceil(high / STEP_DB) : 0.0;
    d->bottom_db = fmax(isfinite(low) ? STEP_DB * floor(low / STEP_DB) : -RANGE_DB, d->top_db - RANGE_DB);
    if (d->bottom_db >= d->top_db)
        d->bottom_db = d->top_db - STEP_DB;
}

static void draw(drawing *d, const cJSON *report)
{
    static const char *const names[] = { "before", "target", "after" };
    static const char *const styles[] = { "stroke=\"#8a94a3\" stroke-width=\"2\"", "stroke=\"#d9822b\" stroke-width=\"2\" stroke-dasharray=\"6 4\"",
                                          "stroke=\"#1f6feb\" stroke-width=\"2.6\"" };
    const cJSON *tone = am_explain_member(am_explain_member(report, "target"), "tone");
    double curves[3][AM_BANDS], deviation[AM_BANDS], weight[AM_BANDS], applied[AM_BANDS];
    char move[AM_FACT_TEXT], hz[AM_FACT_TEXT], say[160];
    int best = 0;

    (void)am_explain_curve(am_explain_member(am_explain_member(report, "before"), "mid"), "mean_db", curves[0]);
    (void)am_explain_curve(tone, "mean_db", curves[1]);
    (void)am_explain_curve(am_explain_member(am_explain_member(report, "after"), "mid"), "mean_db", curves[2]);
    if (am_explain_curve(tone, "weight", weight))
        for (int k = 0; k < AM_BANDS; k++)
            curves[1][k] = weight[k] > 0.0 ? curves[1][k] : NAN;
    choose_scale(d, curves, 3);
    am_text_add(&d->text, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"system-ui, sans-serif\" "
                          "font-size=\"12\" fill=\"#3d4650\">\n<title>Spectrum before, after and of the target</title>\n"
                          "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, HEIGHT, WIDTH, HEIGHT);
    put_grid(d);
    if (am_explain_curve(tone, "deviation_db", deviation))
        put_ribbon(d, curves[1], deviation);
    for (int c = 0; c < 3; c++) {
        put_curve(d, curves[c], styles[c]);
        put_legend(d, c, names[c], styles[c]);
    }
    (void)am_explain_curve(am_explain_member(am_explain_member(report, "evidence"), "tone"), "applied_db", applied);
    for (int k = 1; k < AM_BANDS; k++)
        best = !(fabs(applied[k]) <= fabs(applied[best])) && isfinite(applied[k]) ? k : best;
    if (isfinite(applied[best])) {
        (void)snprintf(say, sizeof say, "mid spectrum, dB re loudness; largest correction %s dB at %s", am_fact_signed(applied[best], 1, move),
                       am_fact_hz(d->hz[best], hz));
        put_label(&d->text, WIDTH - RIGHT, 28, "end", say);
    }
    am_text_add(&d->text, "</svg>\n");
}

am_status am_report_chart_svg(const char *json, size_t length, const am_allocator *allocator, char **svg, am_error *err)
{
    drawing d = { .text = { .allocator = allocator } };
    const cJSON *before;
    cJSON *root = NULL;
    am_status st;

    if (!json || !svg)
        return am_fail(err, AM_ERR_RANGE, "am_report_chart_svg: json or svg is NULL");
    st = am_json_parse(json, length, "report", &root, err);
    if (st)
        return st;
    before = am_explain_member(root, "before");
    if (!before || !am_explain_array(am_explain_member(before, "mid"), "mean_db"))
        st = am_fail(err, AM_ERR_FORMAT, "this is no report: a member \"before\" with a spectrum is missing");
    else {
        for (int k = 0; k < AM_BANDS; k++)
            d.hz[k] = 1000.0 * exp2((k - AM_BAND_1K) / 6.0);
        draw(&d, root);
        st = am_text_take(&d.text, svg, err);
    }
    cJSON_Delete(root);
    return st;
}
