/* chart.c - am_report_chart_svg and am_report_chart_png of automaster.h: the main charts, drawn without a browser */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "report/explain.h"
#include "report/facts.h"
#include "report/picture.h"

enum { WIDTH = 860, LEFT = 56, RIGHT = 20, HEAD = 46, FOOT = 34, SPECTRUM = 330, EQ = 170, LOUDNESS = 170, LEGEND = 100 };

static const double low_hz = 25.0, high_hz = 18000.0, ribbon = 1.2816;     /* normal quantile of 90 % */

static const am_look words = { 0x3d4650, 1.0, 12.0, false }, strong = { 0x1b1f24, 1.0, 13.5, false }, grid = { 0xe3e6ea, 1.0, 1.0, false };
static const am_look before = { 0x8a94a3, 1.0, 2.0, false }, target = { 0xd9822b, 1.0, 2.0, true }, after = { 0x1f6feb, 1.0, 2.6, false },
                     side = { 0x7a3fb5, 1.0, 2.0, false }, wash = { 0xd9822b, 0.16, 0.0, false };

typedef struct series {
    const char *name;
    am_look look;
    const double *values;           /* NaN: interrupted */
} series;

typedef struct panel {
    am_picture *picture;
    double top, height;             /* of the plot itself */
    double x_low, x_high, y_low, y_high;
    const double *x;
    size_t count;                   /* of x, and of the values of each series */
} panel;

static double x_of(const panel *p, double x) { return LEFT + (WIDTH - LEFT - RIGHT) * (x - p->x_low) / (p->x_high - p->x_low); }

static double y_of(const panel *p, double y) { return p->top + p->height * (p->y_high - fmax(y, p->y_low)) / (p->y_high - p->y_low); }

static bool shown(const panel *p, size_t k) { return p->x[k] >= p->x_low && p->x[k] <= p->x_high; }

static void put_line(const panel *p, double x1, double y1, double x2, double y2, am_look look)
{
    am_picture_begin(p->picture, AM_SHAPE_LINE, look);
    am_picture_point(p->picture, x1, y1);
    am_picture_point(p->picture, x2, y2);
}

/* ------------------------------------------------------------------ a panel */

/* From the largest value down by at most range, on multiples of step; least: what is shown anyway on both sides of 0, or 0. */
static void choose_scale(panel *p, const series *list, size_t count, double step, double range, double least)
{
    double high = least > 0.0 ? least : -INFINITY, low = least > 0.0 ? -least : INFINITY;

    for (size_t s = 0; s < count; s++)
        for (size_t k = 0; k < p->count; k++)
            if (shown(p, k) && isfinite(list[s].values[k])) {
                high = fmax(high, list[s].values[k]);
                low = fmin(low, list[s].values[k]);
            }
    p->y_high = isfinite(high) ? step * ceil(high / step) : 0.0;
    p->y_low = fmax(isfinite(low) ? step * floor(low / step) : -range, p->y_high - range);
    if (p->y_low >= p->y_high)
        p->y_low = p->y_high - step;
}

static void put_levels(const panel *p, double step)
{
    char number[AM_NUMBER_TEXT];

    for (int k = 0; p->y_low + k * step <= p->y_high; k++) {
        const double y = y_of(p, p->y_low + k * step);

        put_line(p, LEFT, y, WIDTH - RIGHT, y, grid);
        am_picture_words(p->picture, LEFT - 8, y + 4, AM_ANCHOR_END, words, am_number_short(p->y_low + k * step, 0, number));
    }
}

static void put_mark(const panel *p, double x, const char *name)
{
    put_line(p, x_of(p, x), p->top, x_of(p, x), p->top + p->height, grid);
    am_picture_words(p->picture, x_of(p, x), p->top + p->height + 18, AM_ANCHOR_MIDDLE, words, name);
}

/* Where a curve is interrupted by NaN, a new line begins. */
static void put_curve(const panel *p, const series *s)
{
    bool open = false;

    for (size_t k = 0; k < p->count; k++) {
        const bool here = shown(p, k) && isfinite(s->values[k]);

        if (here && !open)
            am_picture_begin(p->picture, AM_SHAPE_LINE, s->look);
        if (here)
            am_picture_point(p->picture, x_of(p, p->x[k]), y_of(p, s->values[k]));
        open = here;
    }
}

static void put_heading(const panel *p, const char *title, const series *list, size_t count)
{
    const double y = p->top - 16;

    am_picture_words(p->picture, LEFT, y, AM_ANCHOR_START, strong, title);
    for (size_t s = 0; s < count; s++) {
        const double x = WIDTH - RIGHT - LEGEND * (double)(count - s) + 28;

        put_line(p, x, y - 4, x + 24, y - 4, list[s].look);
        am_picture_words(p->picture, x + 30, y, AM_ANCHOR_START, words, list[s].name);
    }
}

static void put_curves(const panel *p, const char *title, const series *list, size_t count)
{
    for (size_t s = 0; s < count; s++)
        put_curve(p, &list[s]);
    put_heading(p, title, list, count);
}

/* ------------------------------------------------------------------ over frequency */

static void find_octaves(double octaves[AM_BANDS])
{
    for (int k = 0; k < AM_BANDS; k++)
        octaves[k] = (k - AM_BAND_1K) / 6.0;
}

static panel over_frequency(am_picture *picture, double top, double height, const double octaves[AM_BANDS])
{
    return (panel){ .picture = picture, .top = top, .height = height, .x_low = log2(1e-3 * low_hz), .x_high = log2(1e-3 * high_hz),
                    .x = octaves, .count = AM_BANDS };
}

static void put_pitches(const panel *p)
{
    static const struct { double hz; const char *name; } marks[] = { { 31.5, "31" }, { 63, "63" }, { 125, "125" }, { 250, "250" },
        { 500, "500" }, { 1000, "1k" }, { 2000, "2k" }, { 4000, "4k" }, { 8000, "8k" }, { 16000, "16k Hz" } };

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        put_mark(p, log2(1e-3 * marks[i].hz), marks[i].name);
}

static void put_ribbon(const panel *p, const double mean[AM_BANDS], const double deviation[AM_BANDS])
{
    am_picture_begin(p->picture, AM_SHAPE_AREA, wash);
    for (int way = 0; way < 2; way++)
        for (size_t i = 0; i < AM_BANDS; i++) {
            const size_t k = way ? AM_BANDS - 1 - i : i;

            if (shown(p, k) && isfinite(mean[k]) && isfinite(deviation[k]))
                am_picture_point(p->picture, x_of(p, p->x[k]), y_of(p, mean[k] + (way ? -ribbon : ribbon) * deviation[k]));
        }
}

static void draw_spectrum(am_picture *picture, double top, const cJSON *report)
{
    const cJSON *tone = am_explain_member(am_explain_member(report, "target"), "tone");
    double octaves[AM_BANDS], curves[3][AM_BANDS], deviation[AM_BANDS], weight[AM_BANDS];
    const series list[] = { { "before", before, curves[0] }, { "target", target, curves[1] }, { "after", after, curves[2] } };
    panel p = over_frequency(picture, top + HEAD, SPECTRUM - HEAD - FOOT, octaves);

    find_octaves(octaves);
    (void)am_explain_curve(am_explain_member(am_explain_member(report, "before"), "mid"), "mean_db", curves[0]);
    (void)am_explain_curve(tone, "mean_db", curves[1]);
    (void)am_explain_curve(am_explain_member(am_explain_member(report, "after"), "mid"), "mean_db", curves[2]);
    if (am_explain_curve(tone, "weight", weight))
        for (int k = 0; k < AM_BANDS; k++)
            curves[1][k] = weight[k] > 0.0 ? curves[1][k] : NAN;
    choose_scale(&p, list, 3, 6.0, 60.0, 0.0);
    put_levels(&p, 6.0);
    put_pitches(&p);
    if (am_explain_curve(tone, "deviation_db", deviation))
        put_ribbon(&p, curves[1], deviation);
    put_curves(&p, "Spectrum of the mid, dB re loudness", list, 3);
}

/* "Equalisation, dB: at most +2.1 at 9 kHz" */
static void name_equalisation(const double applied[AM_BANDS], char out[160])
{
    char move[AM_FACT_TEXT], hz[AM_FACT_TEXT];
    int best = 0;

    for (int k = 1; k < AM_BANDS; k++)
        best = !(fabs(applied[k]) <= fabs(applied[best])) && isfinite(applied[k]) ? k : best;
    (void)snprintf(out, 160, "Equalisation, dB: most %s at %s", am_fact_signed(applied[best], 1, move),
                   am_fact_hz(1000.0 * exp2((best - AM_BAND_1K) / 6.0), hz));
}

/* Height used: 0 when the report says nothing of it. */
static double draw_equalisation(am_picture *picture, double top, const cJSON *report)
{
    const cJSON *evidence = am_explain_member(report, "evidence");
    double octaves[AM_BANDS], mid[AM_BANDS], sides[AM_BANDS];
    const series list[] = { { "mid", after, mid }, { "side", side, sides } };
    panel p = over_frequency(picture, top + HEAD, EQ - HEAD - FOOT, octaves);
    size_t count = 1;
    char title[160];

    if (!am_explain_curve(am_explain_member(evidence, "tone"), "applied_db", mid))
        return 0.0;
    if (am_explain_curve(am_explain_member(evidence, "width"), "applied_db", sides))
        for (int k = 0; k < AM_BANDS; k++) {
            count = fabs(sides[k]) >= 0.05 ? 2 : count;
            sides[k] += mid[k];
        }
    find_octaves(octaves);
    choose_scale(&p, list, count, 3.0, 36.0, 3.0);
    put_levels(&p, p.y_high - p.y_low > 12.0 ? 6.0 : 3.0);
    put_pitches(&p);
    name_equalisation(mid, title);
    put_curves(&p, title, list, count);
    return EQ;
}

/* ------------------------------------------------------------------ over time */

/* Numbers of an array, NaN for what is none; returns how many. */
static size_t read_numbers(const cJSON *array, double out[AM_OVERVIEW])
{
    const cJSON *item;
    size_t count = 0;

    cJSON_ArrayForEach(item, array)
        if (count < AM_OVERVIEW)
            out[count++] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    return count;
}

static void put_times(const panel *p)
{
    static const double steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200 };
    const size_t last = sizeof steps / sizeof *steps - 1;
    size_t s = 0;
    char text[AM_FACT_TEXT];

    while (s < last && p->x_high / steps[s] > 12.0)
        s++;
    if (p->x_high / steps[s] > 100.0)
        return;
    for (int k = 0; k * steps[s] <= p->x_high; k++)
        put_mark(p, k * steps[s], am_fact_time(k * steps[s], text));
}

static double draw_loudness(am_picture *picture, double top, const cJSON *report)
{
    const cJSON *overview = am_explain_member(am_explain_member(report, "before"), "overview");
    const double slice_s = am_explain_number(overview, "slice_s");
    double times[AM_OVERVIEW], lines[2][AM_OVERVIEW];
    const series list[] = { { "before", before, lines[0] }, { "after", after, lines[1] } };
    const size_t count = read_numbers(am_explain_array(overview, "short_term_lufs"), lines[0]);
    const size_t made = read_numbers(am_explain_array(am_explain_member(am_explain_member(report, "after"), "overview"), "short_term_lufs"), lines[1]);
    panel p = { .picture = picture, .top = top + HEAD, .height = LOUDNESS - HEAD - FOOT, .x = times, .count = count };

    if (!count || !(slice_s > 0.0 && slice_s < 1e6))
        return 0.0;
    for (size_t i = made; i < count; i++)
        lines[1][i] = NAN;
    for (size_t i = 0; i < count; i++)
        times[i] = ((double)i + 0.5) * slice_s;
    p.x_high = (double)count * slice_s;
    choose_scale(&p, list, made ? 2 : 1, 6.0, 36.0, 0.0);
    put_levels(&p, 6.0);
    put_times(&p);
    put_curves(&p, "Short-term loudness, LUFS", list, made ? 2 : 1);
    return LOUDNESS;
}

/* ------------------------------------------------------------------ the calls */

static am_status draw(const char *json, size_t length, am_picture *picture, am_error *err)
{
    const cJSON *measured;
    cJSON *root = NULL;
    am_status st = am_json_parse(json, length, "report", &root, err);

    if (st)
        return st;
    measured = am_explain_member(root, "before");
    if (!measured || !am_explain_array(am_explain_member(measured, "mid"), "mean_db"))
        st = am_fail(err, AM_ERR_FORMAT, "this is no report: a member \"before\" with a spectrum is missing");
    else {
        picture->width = WIDTH;
        picture->height = SPECTRUM;
        picture->title = "Spectrum, equalisation and loudness before and after";
        draw_spectrum(picture, 0.0, root);
        picture->height += draw_equalisation(picture, picture->height, root);
        picture->height += draw_loudness(picture, picture->height, root);
    }
    cJSON_Delete(root);
    return st;
}

am_status am_report_chart_svg(const char *json, size_t length, const am_allocator *allocator, char **svg, am_error *err)
{
    am_picture picture = { .allocator = allocator };
    am_status st;

    if (!json || !svg)
        return am_fail(err, AM_ERR_RANGE, "am_report_chart_svg: json or svg is NULL");
    st = draw(json, length, &picture, err);
    if (!st)
        st = am_picture_svg(&picture, svg, err);
    am_picture_close(&picture);
    return st;
}

am_status am_report_chart_png(const char *json, size_t length, const am_allocator *allocator, unsigned char **png, size_t *count, am_error *err)
{
    am_picture picture = { .allocator = allocator };
    am_status st;

    if (!json || !png || !count)
        return am_fail(err, AM_ERR_RANGE, "am_report_chart_png: json, png or count is NULL");
    st = draw(json, length, &picture, err);
    if (!st)
        st = am_picture_png(&picture, png, count, err);
    am_picture_close(&picture);
    return st;
}
