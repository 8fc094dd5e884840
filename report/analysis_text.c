/* analysis_text.c - am_analysis_to_text of automaster.h: one block a file */
#include "report/text.h"

#include "base/db.h"
#include "base/error.h"
#include "base/number.h"
#include "report/facts.h"
#include "report/guidance.h"

#include <stdio.h>
#include <string.h>

static const double loudness_s = 0.4;  /* one window of it */

static const char *fixed1(double value, char text[AM_NUMBER_TEXT]) { return am_number_fixed(value, 1, text); }

static void put_head(am_text *t, const am_analysis *a, const am_source *source)
{
    static const char *const layouts[AM_LAYOUTS] = { "mono", "stereo with equal channels", "stereo", "stereo in opposite polarity",
                                                     "stereo with one silent channel", "multichannel" };
    char name[AM_TEXT_NAME], rate[AM_FACT_TEXT], time[AM_FACT_TEXT], format[AM_TEXT_NAME];

    if (source)
        am_text_paint(t, AM_COLOUR_BOLD, "%s\n", am_text_name(source->path, AM_TEXT_COLUMNS, name));
    am_text_add(t, "  format      %s, %s, %s", am_fact_rate(a->sample_rate_hz, rate),
                am_fact_word(layouts, AM_LAYOUTS, (int)a->stereo.layout), am_fact_time(a->duration_s, time));
    if (source && source->format[0])
        am_text_add(t, ", %s", am_text_name(source->format, 24, format));
    am_text_add(t, "\n");
}

/* "  width        -11.2 dB     " and words that wrap under themselves */
static void put_line(am_text *t, const char *label, double value, const char *unit, const char *format, ...) AM_PRINTF(5, 6);

static void put_line(am_text *t, const char *label, double value, const char *unit, const char *format, ...)
{
    char first[2 * AM_NUMBER_TEXT], number[AM_NUMBER_TEXT];
    va_list args;

    (void)snprintf(first, sizeof first, "  %-12s%6s %-7s", label, fixed1(value, number), unit);
    va_start(args, format);
    am_text_wrap_list(t, first, 14, format, args);
    va_end(args);
}

static void put_levels(am_text *t, const am_analysis *a)
{
    const am_loudness *l = &a->loudness;
    char n[3][AM_NUMBER_TEXT];

    if (!isfinite(l->integrated_lufs))
        am_text_wrap(t, "  loudness    ", 14, "none: %s", a->duration_s < loudness_s    ? "it takes at least 0.4 s"
                                                         : isfinite(a->peak.sample_dbfs) ? "silence, nothing is louder than -70 LUFS"
                                                                                         : "silence, every sample is zero");
    else
        put_line(t, "loudness", l->integrated_lufs, "LUFS", "range %s LU, short-term up to %s, momentary up to %s LUFS", fixed1(l->range_lu, n[0]),
             fixed1(l->short_term_max_lufs, n[1]), fixed1(l->momentary_max_lufs, n[2]));
    if (isfinite(a->peak.sample_dbfs))
        put_line(t, "true peak", a->peak.true_peak_dbtp, "dBTP", "samples up to %s dBFS, peak to loudness %s dB, to short-term %s dB",
             fixed1(a->peak.sample_dbfs, n[0]), fixed1(a->dynamics.plr_db, n[1]), fixed1(a->dynamics.psr_db, n[2]));
}

static void put_stereo(am_text *t, const am_analysis *a)
{
    const am_stereo *s = &a->stereo;
    char n[2][AM_NUMBER_TEXT], balance[AM_FACT_TEXT];

    if (s->layout == AM_LAYOUT_MONO || s->layout == AM_LAYOUT_DUAL_MONO || s->layout == AM_LAYOUT_MULTI)
        return;
    put_line(t, "width", s->width_db, "dB", "side to mid, correlation %s, balance %s dB, mono sum loses %s LU",
             am_number_fixed(s->correlation, 2, n[0]), am_fact_signed(s->balance_db, 1, balance), fixed1(s->fold_down_lu, n[1]));
}

/* The spectrum in four strokes: the mean of the bands within each region, against the loudness. */
static void put_tone(am_text *t, const am_analysis *a)
{
    static const double edges_hz[AM_REGIONS + 1] = AM_REGION_HZ;
    char n[AM_REGIONS][AM_NUMBER_TEXT];

    for (int region = 0; region < AM_REGIONS; region++) {
        double sum = 0.0;
        int count = 0;

        for (int k = 0; k < AM_BANDS; k++)
            if (am_band_hz(k) >= edges_hz[region] && am_band_hz(k) < edges_hz[region + 1]) {
                sum += a->mid.mean_db[k];
                count++;
            }
        (void)fixed1(sum / count, n[region]);
    }
    if (isfinite(a->mid.mean_db[AM_BAND_1K]))
        am_text_wrap(t, "  tone        ", 14, "bass %s, low mids %s, high mids %s, treble %s dB a band, to the loudness", n[0], n[1], n[2],
                     n[3]);
}

/* Why there is no style, where that is of the file: it may just not have been asked for. */
static const char *without_style(const am_analysis *a)
{
    if (!isfinite(a->loudness.integrated_lufs))
        return NULL;
    if (a->channels > 2)
        return "more than two channels";
    if (a->sample_rate_hz < AM_STYLE_LEAST_HZ)
        return "below 22.05 kHz";
    return a->duration_s - a->leading_silence_s < AM_STYLE_LEAST_S ? "shorter than 10 s" : NULL;
}

/* The shares that matter, e.g. "rock 41 %, not recognised 30 %, blues 22 %". */
static void put_styles(am_text *t, const am_analysis *a)
{
    enum { SHOWN = 4 };
    char list[SHOWN * 48] = "", percent[AM_NUMBER_TEXT];
    size_t used = 0;

    for (uint32_t i = 0; i < a->style_count && i < SHOWN; i++)
        if (i == 0 || a->style[i].weight >= 0.1)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s %s %%", i ? ", " : "",
                                     strcmp(a->style[i].name, "unknown") == 0 ? "not recognised" : a->style[i].name,
                                     am_number_fixed(100.0 * a->style[i].weight, 0, percent));
    if (a->style_count)
        am_text_wrap(t, "  style       ", 14, "%s", list);
    else if (without_style(a))
        am_text_wrap(t, "  style       ", 14, "not told: %s", without_style(a));
}

static void put_defect(am_text *t, const am_defect *d)
{
    static const char first[] = "  defect      ";
    char n[AM_NUMBER_TEXT], at[AM_FACT_TEXT], channel[AM_FACT_TEXT] = "", hz[AM_FACT_TEXT];

    if (d->channel >= 0)
        (void)snprintf(channel, sizeof channel, " in channel %d", d->channel + 1);
    switch (d->kind) {
    case AM_DEFECT_CLIPPING:
        am_text_wrap(t, first, 14, "clipping at %s%s: %s samples", am_fact_time(d->time_s, at), channel, am_number_short(d->value, 0, n));
        return;
    case AM_DEFECT_DC: am_text_wrap(t, first, 14, "constant offset%s: %s dBFS", channel, fixed1(d->value, n)); return;
    case AM_DEFECT_LOSSY: am_text_wrap(t, first, 14, "lossy source: ends at %s", am_fact_hz(d->value, hz)); return;
    case AM_DEFECT_DROPOUT:
        am_text_wrap(t, first, 14, "dropout at %s%s: %s ms", am_fact_time(d->time_s, at), channel, fixed1(d->value * 1000.0, n));
        return;
    }
}

am_status am_analysis_to_text(const am_analysis *analysis, const am_source *source, const am_allocator *allocator, char **text,
                              am_error *err)
{
    enum { SHOWN = 6 };
    am_text t = { .allocator = allocator };

    if (!analysis || !text)
        return am_fail(err, AM_ERR_RANGE, "am_analysis_to_text: analysis or text is NULL");
    put_head(&t, analysis, source);
    for (uint32_t i = 0; source && i < source->warning_count && i < AM_MAX_WARNINGS; i++)
        am_text_wrap(&t, "  file        ", 14, "%s", source->warnings[i]);
    put_levels(&t, analysis);
    put_stereo(&t, analysis);
    put_tone(&t, analysis);
    put_styles(&t, analysis);
    am_guidance_put_text(&t, analysis);
    for (uint32_t i = 0; i < analysis->defect_count && i < SHOWN; i++)
        put_defect(&t, &analysis->defects[i]);
    if (analysis->defect_count > SHOWN)
        am_text_add(&t, "  defect      and %u more\n", analysis->defect_count - SHOWN);
    return am_text_take(&t, text, err);
}
