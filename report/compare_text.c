/* compare_text.c - am_comparison_to_json and am_comparison_to_text of automaster.h */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "report/facts.h"
#include "report/parts.h"
#include "report/text.h"

static const double told_s = 0.1;   /* less than that, at one of their ends, is not worth a word */

static void put_side(am_json_writer *w, const char *key, const am_source *source, const am_analysis *a)
{
    am_json_open(w, key, '{');
    am_json_put_string(w, "file", source->path);
    am_json_put_string(w, "sha256", source->sha256);
    am_json_put_string(w, "format", source->format);
    am_json_put_number(w, "integrated_lufs", a->loudness.integrated_lufs, 3);
    am_json_put_number(w, "true_peak_dbtp", a->peak.true_peak_dbtp, 3);
    am_json_put_number(w, "range_lu", a->loudness.range_lu, 3);
    am_json_put_number(w, "plr_db", a->dynamics.plr_db, 3);
    am_json_put_number(w, "psr_db", a->dynamics.psr_db, 3);
    am_json_put_number(w, "width_db", a->stereo.width_db, 3);
    am_json_put_number(w, "duration_s", a->duration_s, -1);
    am_json_put_numbers(w, "mid_db", a->mid.mean_db, AM_BANDS, 2);
    am_json_put_numbers(w, "band_width_db", a->stereo.band_width_db, AM_BANDS, 2);
    am_json_close(w);
}

static void put_difference(am_json_writer *w, const am_comparison *c)
{
    am_json_open(w, "difference", '{');
    am_json_put_number(w, "loudness_lu", c->loudness_lu, 3);
    am_json_put_number(w, "true_peak_db", c->true_peak_db, 3);
    am_json_put_number(w, "range_lu", c->range_lu, 3);
    am_json_put_number(w, "plr_db", c->plr_db, 3);
    am_json_put_number(w, "psr_db", c->psr_db, 3);
    am_json_put_number(w, "width_db", c->width_db, 3);
    am_json_put_number(w, "tone_rms_db", c->tone_rms_db, 3);
    am_json_put_numbers(w, "tone_db", c->tone_db, AM_BANDS, 2);
    am_json_put_number(w, "band_width_rms_db", c->band_width_rms_db, 3);
    am_json_put_numbers(w, "band_width_db", c->band_width_db, AM_BANDS, 2);
    am_json_close(w);
}

static void put_alignment(am_json_writer *w, const am_comparison *c)
{
    am_json_put_bool(w, "aligned", c->aligned);
    am_json_put_string(w, "reason", c->reason);
    am_json_put_number(w, "lag_s", c->lag_s, -1);
    am_json_put_number(w, "overlap_s", c->overlap_s, -1);
    am_json_put_number(w, "gain_db", c->gain_db, 3);
    am_json_put_bool(w, "inverted", c->inverted);
    am_json_put_number(w, "residual_db", c->residual_db, 2);
    am_json_open(w, "places", '[');
    for (uint32_t i = 0; i < c->place_count; i++) {
        am_json_open(w, NULL, '{');
        am_json_put_number(w, "time_s", c->places[i].time_s, 0);
        am_json_put_number(w, "residual_db", c->places[i].residual_db, 2);
        am_json_close(w);
    }
    am_json_close(w);
}

static void put_floats(am_json_writer *w, const char *key, const float *values, size_t count)
{
    double wide[AM_OVERVIEW];

    for (size_t i = 0; i < count; i++)
        wide[i] = (double)values[i];
    am_json_put_numbers(w, key, wide, count, 2);
}

static void put_timeline(am_json_writer *w, const am_compare_line *t)
{
    am_json_open(w, "timeline", '{');
    am_json_put_number(w, "slice_s", t->slice_s, 0);
    put_floats(w, "first_lufs", t->first_lufs, t->count);
    put_floats(w, "second_lufs", t->second_lufs, t->count);
    put_floats(w, "residual_db", t->residual_db, t->count);
    am_json_close(w);
}

am_status am_comparison_to_json(const am_comparison *comparison, const am_allocator *allocator, char **json, am_error *err)
{
    am_json_writer *w = NULL;
    am_status st;

    if (!comparison || !json)
        return am_fail(err, AM_ERR_RANGE, "am_comparison_to_json: comparison or json is NULL");
    st = am_json_writer_open(allocator, &w, err);
    if (st)
        return st;
    am_json_open(w, NULL, '{');
    am_json_put_string(w, "schema", AM_COMPARISON_SCHEMA);
    am_json_put_string(w, "engine", AM_ENGINE);
    put_side(w, "first", &comparison->source[0], &comparison->analysis[0]);
    put_side(w, "second", &comparison->source[1], &comparison->analysis[1]);
    put_difference(w, comparison);
    put_alignment(w, comparison);
    am_part_put_grid(w);
    put_timeline(w, &comparison->timeline);
    am_json_close(w);
    return am_json_writer_take(w, json, err);
}

/* ------------------------------------------------------------------ text */

static void put_row(am_text *t, const char *label, double first, double second, double difference, const char *unit)
{
    char a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT], d[AM_FACT_TEXT];

    am_text_add(t, "  %-17s%8s %8s %11s  %s\n", label, am_number_fixed(first, 1, a), am_number_fixed(second, 1, b),
                isfinite(difference) ? am_fact_signed(difference, 1, d) : "-", unit);
}

/* "tone   3.1 dB rms; +2.1 dB at 9 kHz, ..." */
static void put_curve(am_text *t, const char *label, double rms_db, const double curve[AM_BANDS])
{
    char number[AM_NUMBER_TEXT], move[AM_FACT_TEXT], hz[AM_FACT_TEXT], words[200] = "";
    int bands[3];
    const size_t count = am_fact_moves(curve, 0.5, bands, 3);
    size_t used = 0;

    if (!isfinite(rms_db))
        return;
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s dB at %s", i ? ", " : "; ", am_fact_signed(curve[bands[i]], 1, move),
                                 am_fact_hz(1000.0 * exp2((bands[i] - AM_BAND_1K) / 6.0), hz));
    am_text_add(t, "  %-12s%s dB rms%s\n", label, am_number_fixed(rms_db, 1, number), words);
}

static void put_samples(am_text *t, const am_comparison *c)
{
    char a[AM_NUMBER_TEXT], b[AM_FACT_TEXT], time[AM_FACT_TEXT];

    if (!c->aligned) {
        am_text_add(t, "  %-12snot compared: %s\n", "samples", c->reason);
        return;
    }
    am_text_add(t, "  %-12sthe second is %s ms %s%s\n", "lag", am_number_short(1000.0 * fabs(c->lag_s), 4, a), c->lag_s < 0.0 ? "early" : "late",
                c->inverted ? ", and in opposite polarity" : "");
    am_text_add(t, "  %-12s%s dB after a gain of %s dB on the second", "residual",
                c->residual_db <= -200.0 ? "nothing, below -200" : am_number_fixed(c->residual_db, 1, a), am_fact_signed(c->gain_db, 2, b));
    if (fmax(c->analysis[0].duration_s, c->analysis[1].duration_s) - c->overlap_s >= told_s)
        am_text_add(t, ", over the %s s that both have", am_number_fixed(c->overlap_s, 1, a));
    am_text_add(t, "\n");
    if (!c->place_count)
        return;
    am_text_add(t, "  %-12s", "most at");
    for (uint32_t i = 0; i < c->place_count; i++)
        am_text_add(t, "%s%s (%s dB)", i ? ", " : "", am_fact_time(c->places[i].time_s, time), am_number_fixed(c->places[i].residual_db, 0, a));
    am_text_add(t, "\n");
}

am_status am_comparison_to_text(const am_comparison *comparison, bool colour, const am_allocator *allocator, char **text, am_error *err)
{
    am_text t = { .allocator = allocator, .colour = colour };
    const am_comparison *c = comparison;
    char first[AM_TEXT_NAME], second[AM_TEXT_NAME];

    if (!comparison || !text)
        return am_fail(err, AM_ERR_RANGE, "am_comparison_to_text: comparison or text is NULL");
    am_text_paint(&t, AM_COLOUR_BOLD, "%s | %s\n\n", am_text_name(c->source[0].path, 48, first), am_text_name(c->source[1].path, 48, second));
    am_text_add(&t, "  %-17s%8s %8s %11s\n", "", "first", "second", "difference");
#define ROW(label, member, difference, unit) put_row(&t, label, c->analysis[0].member, c->analysis[1].member, c->difference, unit)
    ROW("loudness", loudness.integrated_lufs, loudness_lu, "LUFS");
    ROW("true peak", peak.true_peak_dbtp, true_peak_db, "dBTP");
    ROW("loudness range", loudness.range_lu, range_lu, "LU");
    ROW("peak to loudness", dynamics.plr_db, plr_db, "LU");
    ROW("width", stereo.width_db, width_db, "dB side/mid");
#undef ROW
    am_text_add(&t, "\n");
    put_curve(&t, "tone", c->tone_rms_db, c->tone_db);
    put_curve(&t, "band width", c->band_width_rms_db, c->band_width_db);
    put_samples(&t, c);
    return am_text_take(&t, text, err);
}
