/* analysis_json.c - am_analysis_to_json of automaster.h */
#include "report/parts.h"

#include "base/db.h"
#include "base/error.h"
#include "report/facts.h"
#include "report/guidance.h"

#include <assert.h>

static void put_loudness(am_json_writer *w, const am_loudness *l)
{
    am_json_open(w, "loudness", '{');
    am_json_put_number(w, "integrated_lufs", l->integrated_lufs, 3);
    am_json_put_number(w, "momentary_max_lufs", l->momentary_max_lufs, 3);
    am_json_put_number(w, "short_term_max_lufs", l->short_term_max_lufs, 3);
    am_json_put_number(w, "range_lu", l->range_lu, 3);
    am_json_put_number(w, "loudest_s", l->loudest_s, 3);
    am_json_close(w);
}

static void put_peak(am_json_writer *w, const am_peak *p)
{
    am_json_open(w, "peak", '{');
    am_json_put_number(w, "sample_dbfs", p->sample_dbfs, 3);
    am_json_put_number(w, "true_peak_dbtp", p->true_peak_dbtp, 3);
    am_json_put_number(w, "true_peak_s", p->true_peak_s, 3);
    am_json_put_number(w, "clipped_percent", p->clipped_percent, 5);
    am_json_put_integer(w, "clipped_runs", p->clipped_runs);
    am_json_close(w);
}

static void put_dynamics(am_json_writer *w, const am_dynamics *d)
{
    static const double percents[AM_QUANTILES] = AM_QUANTILE_PERCENTS;

    am_json_open(w, "dynamics", '{');
    am_json_put_number(w, "plr_db", d->plr_db, 3);
    am_json_put_number(w, "psr_db", d->psr_db, 3);
    am_json_put_number(w, "psr_min_db", d->psr_min_db, 3);
    am_json_put_number(w, "crest_db", d->crest_db, 3);
    am_json_put_numbers(w, "percentiles", percents, AM_QUANTILES, 0);
    am_json_put_numbers(w, "short_term_lu", d->short_term_lu, AM_QUANTILES, 2);
    am_json_put_numbers(w, "momentary_lu", d->momentary_lu, AM_QUANTILES, 2);
    am_json_put_numbers(w, "fast_lu", d->fast_lu, AM_QUANTILES, 2);
    am_json_open(w, "region_db", '[');
    for (int region = 0; region < AM_REGIONS; region++)
        am_json_put_numbers(w, NULL, d->region_db[region], AM_QUANTILES, 2);
    am_json_close(w);
    am_json_close(w);
}

static void put_stereo(am_json_writer *w, const am_stereo *s)
{
    am_json_open(w, "stereo", '{');
    am_json_put_string(w, "layout", am_fact_word(am_layout_words, AM_LAYOUTS, (int)s->layout));
    am_json_put_number(w, "correlation", s->correlation, 4);
    am_json_put_number(w, "correlation_min", s->correlation_min, 4);
    am_json_put_number(w, "width_db", s->width_db, 3);
    am_json_put_number(w, "balance_db", s->balance_db, 3);
    am_json_put_number(w, "fold_down_lu", s->fold_down_lu, 3);
    am_json_put_number(w, "low_side_db", s->low_side_db, 3);
    am_json_put_number(w, "low_side_s", s->low_side_s, 1);
    am_json_put_numbers(w, "band_width_db", s->band_width_db, AM_BANDS, 2);
    am_json_put_numbers(w, "band_correlation", s->band_correlation, AM_BANDS, 3);
    am_json_put_numbers(w, "band_balance_db", s->band_balance_db, AM_BANDS, 2);
    am_json_close(w);
}

static void put_spectrum(am_json_writer *w, const char *key, const am_spectrum *s)
{
    am_json_open(w, key, '{');
    am_json_put_numbers(w, "mean_db", s->mean_db, AM_BANDS, 2);
    am_json_put_numbers(w, "power_db", s->power_db, AM_BANDS, 2);
    am_json_put_numbers(w, "floor_db", s->floor_db, AM_BANDS, 2);
    am_json_close(w);
}

/* Of the covariances only the diagonals: as standard deviations from section to section. */
static void put_sections(am_json_writer *w, const am_sections *s)
{
    double mid[AM_BANDS], width[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++) {
        mid[k] = sqrt(s->mid_db2[k][k]);
        width[k] = sqrt(s->width_db2[k][k]);
    }
    am_json_open(w, "sections", '{');
    am_json_put_integer(w, "count", s->count);
    am_json_put_numbers(w, "mid_deviation_db", mid, AM_BANDS, 2);
    am_json_put_numbers(w, "width_deviation_db", width, AM_BANDS, 2);
    am_json_close(w);
}

static void put_defects(am_json_writer *w, const am_analysis *a)
{
    am_json_put_integer(w, "defect_count", a->defect_count);
    am_json_open(w, "defects", '[');
    for (uint32_t i = 0; i < a->defect_count && i < AM_MAX_DEFECTS; i++) {
        const am_defect *d = &a->defects[i];

        am_json_open(w, NULL, '{');
        am_json_put_string(w, "kind", am_fact_word(am_defect_words, AM_DEFECT_KINDS, (int)d->kind));
        am_json_put_number(w, "time_s", d->time_s, 4);
        am_json_put_number(w, "channel", d->channel, 0);
        am_json_put_number(w, "value", d->value, 5);
        am_json_put_number(w, "confidence", d->confidence, 3);
        am_json_close(w);
    }
    am_json_close(w);
}

static void put_style(am_json_writer *w, const am_analysis *a)
{
    am_json_open(w, "style", '[');
    for (uint32_t i = 0; i < a->style_count && i < AM_MAX_STYLES; i++) {
        am_json_open(w, NULL, '{');
        am_json_put_string(w, "name", a->style[i].name);
        am_json_put_number(w, "weight", a->style[i].weight, 4);
        am_json_close(w);
    }
    am_json_close(w);
    if (a->style_count)
        am_json_put_numbers(w, "style_features", a->style_features, AM_STYLE_FEATURES, 5);
}

static void put_floats(am_json_writer *w, const char *key, const float *values, size_t count, int digits)
{
    double wide[AM_OVERVIEW];

    assert(count <= AM_OVERVIEW);
    for (size_t i = 0; i < count; i++)
        wide[i] = (double)values[i];
    am_json_put_numbers(w, key, wide, count, digits);
}

static void put_overview(am_json_writer *w, const am_overview *o)
{
    const size_t count = o->count < AM_OVERVIEW ? o->count : AM_OVERVIEW;

    am_json_open(w, "overview", '{');
    am_json_put_number(w, "slice_s", o->slice_s, 6);
    put_floats(w, "low", o->low, count, 4);
    put_floats(w, "high", o->high, count, 4);
    put_floats(w, "short_term_lufs", o->short_term_lufs, count, 2);
    am_json_close(w);
}

void am_part_put_grid(am_json_writer *w)
{
    double hz[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++)
        hz[k] = am_band_hz(k);
    am_json_put_numbers(w, "band_hz", hz, AM_BANDS, 1);
}

void am_part_put_analysis(am_json_writer *w, const am_analysis *a)
{
    am_json_put_number(w, "sample_rate_hz", a->sample_rate_hz, 3);
    am_json_put_integer(w, "channels", a->channels);
    am_json_put_integer(w, "frames", a->frames);
    am_json_put_number(w, "duration_s", a->duration_s, 6);
    am_json_put_number(w, "gated_s", a->gated_s, 3);
    am_json_put_number(w, "leading_silence_s", a->leading_silence_s, 3);
    am_json_put_number(w, "trailing_silence_s", a->trailing_silence_s, 3);
    am_json_put_integer(w, "effective_bits", a->effective_bits);
    am_json_put_number(w, "cutoff_hz", a->cutoff_hz, 0);
    am_json_put_numbers(w, "dc", a->dc, 2, 6);
    put_loudness(w, &a->loudness);
    put_peak(w, &a->peak);
    put_dynamics(w, &a->dynamics);
    put_stereo(w, &a->stereo);
    put_style(w, a);
    put_defects(w, a);
    put_spectrum(w, "mid", &a->mid);
    put_spectrum(w, "side", &a->side);
    put_sections(w, &a->sections);
    put_overview(w, &a->overview);
}

am_status am_analysis_to_json(const am_analysis *analysis, const am_source *source, const am_allocator *allocator, char **json,
                              am_error *err)
{
    am_json_writer *w = NULL;
    am_status status;

    if (!analysis || !json)
        return am_fail(err, AM_ERR_RANGE, "am_analysis_to_json: analysis or json is NULL");
    status = am_json_writer_open(allocator, &w, err);
    if (status)
        return status;
    am_json_open(w, NULL, '{');
    am_json_put_string(w, "schema", AM_ANALYSIS_SCHEMA);
    am_json_put_string(w, "engine", AM_ENGINE);
    if (source) {
        am_json_put_string(w, "file", source->path);
        am_json_put_string(w, "sha256", source->sha256);
        am_json_put_string(w, "format", source->format);
        am_json_put_integer(w, "bits", source->bits);
        am_json_put_bool(w, "lossy", source->lossy);
        am_json_put_number(w, "promised_s", source->promised_s > 0.0 ? source->promised_s : (double)NAN, 3);
        am_json_open(w, "warnings", '[');
        for (uint32_t i = 0; i < source->warning_count && i < AM_MAX_WARNINGS; i++)
            am_json_put_string(w, NULL, source->warnings[i]);
        am_json_close(w);
    }
    am_part_put_analysis(w, analysis);
    if (analysis->style_count)
        am_guidance_put_json(w, analysis);
    am_part_put_grid(w);
    am_json_close(w);
    return am_json_writer_take(w, json, err);
}
