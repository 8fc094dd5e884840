/* profile_text.c - am_profile_to_text of profile.h: figures, charts by band, provenance, lineage */
#include "report/text.h"

#include "base/db.h"
#include "base/error.h"
#include "base/number.h"
#include "report/facts.h"

#include <stdio.h>
#include <string.h>

enum { CHART = 56 };                /* columns of a chart */

static const char *const origins[] = { "unknown", "measured", "published", "convention" };

static const char *fixed1(double value, char text[AM_NUMBER_TEXT]) { return am_number_fixed(value, 1, text); }

static bool known(const am_profile *p, int quantity) { return p->provenance[quantity].origin != AM_ORIGIN_UNKNOWN; }

/* ------------------------------------------------------------------ figures */

static void put_head(am_text *t, const am_profile *p)
{
    const uint32_t songs = am_profile_songs(p);
    char engine[AM_TEXT_NAME], date[AM_TEXT_NAME];

    am_text_paint(t, AM_COLOUR_BOLD, "%s", p->name);
    am_text_add(t, ", revision %u, %s%s%s\n", (unsigned)p->revision, am_text_name(p->engine, 40, engine), p->date[0] ? ", " : "",
                am_text_name(p->date, 20, date));
    if (p->about[0])
        am_text_wrap(t, "  ", 2, "%s", p->about);
    if (songs < AM_PROFILE_FEW)
        am_text_paint(t, AM_COLOUR_YELLOW, "  few songs: %u; fewer than %d say little of a style\n", (unsigned)songs, AM_PROFILE_FEW);
}

static void put_origin(am_text *t, const am_provenance *from)
{
    am_text_add(t, "  %8u  %s", (unsigned)from->n, origins[from->origin]);
    if (from->origin != AM_ORIGIN_MEASURED || from->measured_share < 0.995)
        am_text_add(t, ", %.0f %% measured", 100.0 * from->measured_share);
    am_text_add(t, "%s\n", strstr(from->source, "; tuned") ? ", then tuned" : "");
}

static void put_figures(am_text *t, const am_profile *p)
{
    am_text_add(t, "\n%30s%8s%8s%8s%14s  from\n", "", "p10", "p50", "p90", "songs");
    for (int q = 0; q < AM_QUANTITIES; q++) {
        const am_quantity_info *about = am_quantity_about(q);
        const am_statistic *s = &p->values[about->first];
        char n[3][AM_NUMBER_TEXT];

        if (about->count != 1 || !known(p, q))
            continue;
        am_text_add(t, "  %-28s%8s%8s%8s %-4s", about->label, am_number_fixed(s->p10, about->digits < 2 ? about->digits : about->digits - 1, n[0]),
                    am_number_fixed(s->p50, about->digits < 2 ? about->digits : about->digits - 1, n[1]),
                    am_number_fixed(s->p90, about->digits < 2 ? about->digits : about->digits - 1, n[2]), about->unit);
        put_origin(t, &p->provenance[q]);
    }
}

/* How level is distributed within a song: the mean over songs of three of its percentiles. */
static void put_levels(am_text *t, const am_profile *p)
{
    static const int shown[] = { 0, 3, 6 };     /* 5, 50 and 95 % */
    bool any = false;

    for (int q = AM_QUANTITY_SHORT_TERM; q <= AM_QUANTITY_FAST; q++) {
        const am_quantity_info *about = am_quantity_about(q);
        char n[3][AM_NUMBER_TEXT];

        if (!known(p, q))
            continue;
        if (!any)
            am_text_add(t, "\n%30s%8s%8s%8s\n", "levels within a song", "5 %", "50 %", "95 %");
        any = true;
        for (int i = 0; i < 3; i++)
            (void)fixed1(p->values[about->first + shown[i]].mean, n[i]);
        am_text_add(t, "  %-28s%8s%8s%8s %-4s", about->label, n[0], n[1], n[2], about->unit);
        put_origin(t, &p->provenance[q]);
    }
}

/* ------------------------------------------------------------------ charts */

typedef struct scale {
    double low, high;
} scale;

static scale scale_of(const am_profile *p, int quantity)
{
    const am_statistic *s = &p->values[am_quantity_about(quantity)->first];
    scale out = { INFINITY, -INFINITY };

    for (int k = 0; k < AM_BANDS; k++)
        if (isfinite(s[k].p10) && isfinite(s[k].p90)) {
            out.low = fmin(out.low, s[k].p10);
            out.high = fmax(out.high, s[k].p90);
        }
    out.low = 5.0 * floor(out.low / 5.0);
    out.high = fmax(5.0 * ceil(out.high / 5.0), out.low + 5.0);
    return out;
}

static int column_of(scale range, double x)
{
    return (int)am_clamp(round((CHART - 1) * (x - range.low) / (range.high - range.low)), 0.0, CHART - 1.0);
}

/* "    2 kHz   -24.1   -21.9   -19.8   .....----o----....." */
static void put_band(am_text *t, scale range, int band, const am_statistic *s)
{
    char hz[AM_FACT_TEXT], n[3][AM_NUMBER_TEXT], line[CHART + 1];

    memset(line, ' ', CHART);
    line[CHART] = '\0';
    for (int x = column_of(range, s->p10); x <= column_of(range, s->p90); x++)
        line[x] = '-';
    line[column_of(range, s->p50)] = 'o';
    am_text_add(t, "  %8s%8s%8s%8s  |%s|\n", am_fact_hz(am_band_hz(band), hz), fixed1(s->p10, n[0]), fixed1(s->p50, n[1]), fixed1(s->p90, n[2]), line);
}

/* Every step-th band, 1 kHz among them. */
static void put_chart(am_text *t, const am_profile *p, int quantity, int step, const char *title)
{
    const am_quantity_info *about = am_quantity_about(quantity);
    const scale range = scale_of(p, quantity);
    char low[AM_NUMBER_TEXT], high[AM_NUMBER_TEXT];

    if (!known(p, quantity) || !isfinite(range.low))
        return;
    am_text_add(t, "\n");
    am_text_paint(t, AM_COLOUR_BOLD, "%s\n", title);
    am_text_add(t, "  %8s%8s%8s%8s  |%-*s%s|\n", "", "p10", "p50", "p90", CHART - (int)strlen(am_number_short(range.high, 0, high)),
                am_number_short(range.low, 0, low), high);
    for (int k = AM_BAND_1K % step; k < AM_BANDS; k += step) {
        const am_statistic *s = &p->values[about->first + k];

        if (isfinite(s->p10) && isfinite(s->p50) && isfinite(s->p90))
            put_band(t, range, k, s);
    }
}

/* ------------------------------------------------------------------ where it comes from */

static void put_sources(am_text *t, const am_profile *p)
{
    const char *before = "";

    am_text_add(t, "\n");
    am_text_paint(t, AM_COLOUR_BOLD, "where it comes from\n");
    for (int q = 0; q < AM_QUANTITIES; q++) {
        const am_provenance *from = &p->provenance[q];
        char label[64];

        (void)snprintf(label, sizeof label, "  %-28s", am_quantity_about(q)->label);
        if (!known(p, q))
            am_text_wrap(t, label, 30, "unknown");
        else if (strcmp(from->source, before) != 0)
            am_text_wrap(t, label, 30, "%s", from->source);
        else
            am_text_wrap(t, label, 30, "the same");
        before = known(p, q) ? from->source : "";
    }
    if (p->notice[0])
        am_text_wrap(t, "  ", 2, "%s", p->notice);
}

static void put_lineage(am_text *t, const am_profile *p)
{
    size_t outliers = 0;

    for (size_t s = 0; s < p->song_count; s++)
        outliers += p->songs[s].refusal == AM_REFUSAL_OUTLIER;
    am_text_add(t, "\n");
    am_text_paint(t, AM_COLOUR_BOLD, "lineage\n");
    am_text_add(t, "  %zu files known by their hash%s", p->song_count, p->song_count && p->compact ? ", without their values" : "");
    if (outliers)
        am_text_add(t, ", %zu of them unlike the others and not counted", outliers);
    am_text_add(t, "\n");
    for (uint32_t i = 0; i < p->parent_count; i++) {
        char weight[AM_NUMBER_TEXT];

        am_text_add(t, "  made from %s, weight %s\n", p->parents[i].name, am_number_short(p->parents[i].weight, 3, weight));
    }
    for (uint32_t i = 0; i < p->edit_count; i++)
        am_text_wrap(t, "  changed: ", 11, "%s", p->edits[i]);
    am_text_add(t, "  amounts: tone %.0f, dynamics %.0f, width %.0f, loudness %.0f %%\n", 100.0 * p->amount_tone, 100.0 * p->amount_dynamics,
                100.0 * p->amount_width, 100.0 * p->amount_loudness);
}

am_status am_profile_to_text(const am_profile *profile, bool colour, const am_allocator *allocator, char **text, am_error *err)
{
    am_text t = { .allocator = allocator, .colour = colour };

    if (!profile || !text)
        return am_fail(err, AM_ERR_RANGE, "am_profile_to_text: profile or text is NULL");
    put_head(&t, profile);
    put_figures(&t, profile);
    put_levels(&t, profile);
    put_chart(&t, profile, AM_QUANTITY_TONE, 2, "tone of the mid, dB a sixth of an octave, re loudness");
    put_chart(&t, profile, AM_QUANTITY_BAND_WIDTH, 6, "width: side over mid, dB");
    put_sources(&t, profile);
    put_lineage(&t, profile);
    return am_text_take(&t, text, err);
}
