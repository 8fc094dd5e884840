/* report_json.c - am_report_to_json of automaster.h */
#include "report/parts.h"

#include "base/error.h"
#include "report/facts.h"

#include <math.h>

static void put_source(am_json_writer *w, const char *key, const am_source *s)
{
    am_json_open(w, key, '{');
    am_json_put_string(w, "path", s->path);
    am_json_put_string(w, "sha256", s->sha256);
    am_json_put_string(w, "format", s->format);
    am_json_put_integer(w, "rate_hz", s->rate_hz);
    am_json_put_integer(w, "channels", s->channels);
    am_json_put_integer(w, "bits", s->bits);
    am_json_put_bool(w, "lossy", s->lossy);
    am_json_put_integer(w, "frames", s->frames);
    am_json_close(w);
}

static void put_sources(am_json_writer *w, const am_report *r)
{
    put_source(w, "input", &r->input);
    if (r->output.path[0])
        put_source(w, "output", &r->output);
    else
        am_json_put_null(w, "output");
    am_json_open(w, "references", '[');
    for (uint32_t i = 0; i < r->reference_count && i < AM_MAX_REFERENCES; i++)
        put_source(w, NULL, &r->references[i]);
    am_json_close(w);
}

static void put_gates(am_json_writer *w, const am_report *r)
{
    am_json_open(w, "gates", '[');
    for (uint32_t i = 0; i < r->gate_count && i < AM_MAX_GATES; i++) {
        const am_gate *g = &r->gates[i];

        am_json_open(w, NULL, '{');
        am_json_put_string(w, "name", g->name);
        am_json_put_string(w, "limit", g->limit);
        am_json_put_string(w, "measured", g->measured);
        am_json_put_bool(w, "pass", g->pass);
        am_json_put_bool(w, "advisory", g->advisory);
        am_json_put_string(w, "reason", g->reason);
        am_json_close(w);
    }
    am_json_close(w);
}

static void put_notes(am_json_writer *w, const am_report *r)
{
    am_json_open(w, "notes", '[');
    for (uint32_t i = 0; i < r->note_count && i < AM_MAX_NOTES; i++) {
        const am_note *n = &r->notes[i];

        am_json_open(w, NULL, '{');
        am_json_put_string(w, "stage", am_fact_word(am_stage_words, AM_STAGES, (int)n->stage));
        am_json_put_string(w, "kind", n->kind);
        am_json_put_string(w, "text", n->text);
        am_json_put_number(w, "time_s", n->time_s, 3);
        am_json_put_number(w, "value", n->value, 4);
        am_json_close(w);
    }
    am_json_close(w);
}

static void put_band_target(am_json_writer *w, const char *key, const am_band_target *b)
{
    double sure[AM_BANDS];

    if (!b->present) {
        am_json_put_null(w, key);
        return;
    }
    for (int k = 0; k < AM_BANDS; k++)
        sure[k] = sqrt(b->covariance_db2[k][k]);
    am_json_open(w, key, '{');
    am_json_put_numbers(w, "mean_db", b->mean_db, AM_BANDS, 2);
    am_json_put_numbers(w, "power_db", b->power_db, AM_BANDS, 2);
    am_json_put_numbers(w, "weight", b->weight, AM_BANDS, 3);
    am_json_put_numbers(w, "deviation_db", sure, AM_BANDS, 2);
    am_json_close(w);
}

void am_part_put_amounts(am_json_writer *w, const am_report *r)
{
    static const char *const names[] = { "tone", "dynamics", "width", "loudness" };

    if (!r->target.name[0]) {
        am_json_put_null(w, "amounts");
        return;
    }
    am_json_open(w, "amounts", '{');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        am_json_put_number(w, names[i], r->amounts[i], 4);
    am_json_close(w);
}

static void put_target(am_json_writer *w, const am_target *t)
{
    am_json_open(w, "target", '{');
    am_json_put_string(w, "name", t->name);
    am_json_put_string(w, "kind", am_fact_word(am_target_words, AM_TARGET_KINDS, (int)t->kind));
    am_json_put_number(w, "loudness_lufs", t->loudness_lufs, 3);
    am_json_put_number(w, "range_lu", t->range_lu, 3);
    am_json_put_number(w, "plr_db", t->plr_db, 3);
    am_json_put_number(w, "psr_db", t->psr_db, 3);
    am_json_put_number(w, "width_db", t->width_db, 3);
    am_json_put_numbers(w, "loudness_range_lufs", t->loudness_range_lufs, 2, 2);
    am_json_put_numbers(w, "plr_range_db", t->plr_range_db, 2, 2);
    am_json_put_numbers(w, "range_range_lu", t->range_range_lu, 2, 2);
    am_json_put_numbers(w, "short_term_lu", t->short_term_lu, AM_QUANTILES, 2);
    am_json_put_numbers(w, "momentary_lu", t->momentary_lu, AM_QUANTILES, 2);
    am_json_put_numbers(w, "fast_lu", t->fast_lu, AM_QUANTILES, 2);
    am_json_open(w, "region_db", '[');
    for (int region = 0; region < AM_REGIONS; region++)
        am_json_put_numbers(w, NULL, t->region_db[region], AM_QUANTILES, 2);
    am_json_close(w);
    am_json_put_number(w, "cutoff_hz", t->cutoff_hz, 0);
    am_json_put_number(w, "clipped_percent", t->clipped_percent, 5);
    am_json_put_number(w, "sections", t->sections, 1);
    am_json_put_number(w, "shared_share", t->shared.share, 3);
    am_json_put_number(w, "shared_in_step", t->shared.in_step, 3);
    am_json_put_number(w, "shared_kinship", t->shared.kinship, 3);
    put_band_target(w, "tone", &t->tone);
    put_band_target(w, "width", &t->width);
    am_json_close(w);
}

static void put_evidence(am_json_writer *w, const char *key, const am_evidence *e)
{
    const char *limits[AM_BANDS];

    if (!e->present) {
        am_json_put_null(w, key);
        return;
    }
    for (int k = 0; k < AM_BANDS; k++)
        limits[k] = am_fact_word(am_limit_words, AM_LIMITS, (int)e->limit[k]);
    am_json_open(w, key, '{');
    am_json_put_numbers(w, "difference_db", e->difference_db, AM_BANDS, 2);
    am_json_put_numbers(w, "wanted_db", e->wanted_db, AM_BANDS, 2);
    am_json_put_numbers(w, "sure_db", e->sure_db, AM_BANDS, 2);
    am_json_put_numbers(w, "applied_db", e->applied_db, AM_BANDS, 2);
    am_json_put_strings(w, "limit", limits, AM_BANDS);
    am_json_close(w);
}

static void put_features(am_json_writer *w, const char *key, const am_features *f)
{
    am_json_open(w, key, '{');
    am_json_put_number(w, "integrated_lufs", f->integrated_lufs, 3);
    am_json_put_number(w, "range_lu", f->range_lu, 3);
    am_json_put_number(w, "plr_db", f->plr_db, 3);
    am_json_put_number(w, "psr_db", f->psr_db, 3);
    am_json_put_numbers(w, "short_term_lu", f->short_term_lu, AM_QUANTILES, 2);
    am_json_put_numbers(w, "momentary_lu", f->momentary_lu, AM_QUANTILES, 2);
    am_json_put_numbers(w, "fast_lu", f->fast_lu, AM_QUANTILES, 2);
    am_json_close(w);
}

static void put_dynamics_evidence(am_json_writer *w, const am_dynamics_evidence *d)
{
    if (!d->present) {
        am_json_put_null(w, "dynamics");
        return;
    }
    am_json_open(w, "dynamics", '{');
    put_features(w, "plain", &d->plain);
    put_features(w, "expected", &d->expected);
    am_json_put_number(w, "plain_rms_db", d->plain_rms_db, 3);
    am_json_put_number(w, "expected_rms_db", d->expected_rms_db, 3);
    am_json_close(w);
}

static void put_pressed(am_json_writer *w, const am_pressed *p)
{
    if (!p->present) {
        am_json_put_null(w, "pressed");
        return;
    }
    am_json_open(w, "pressed", '{');
    am_json_put_numbers(w, "change_db", p->change_db, AM_BANDS, 2);
    am_json_put_numbers(w, "answer_db", p->answer_db, AM_BANDS, 2);
    am_json_close(w);
}

static void put_trace(am_json_writer *w, const char *key, const am_report *r, const am_limiter_trace *l)
{
    const size_t count = l->count < AM_OVERVIEW ? l->count : AM_OVERVIEW;
    double reduction[AM_OVERVIEW];

    if (!r->after.version) {
        am_json_put_null(w, key);
        return;
    }
    for (size_t i = 0; i < count; i++)
        reduction[i] = (double)l->reduction_db[i];
    am_json_open(w, key, '{');
    am_json_put_number(w, "p50_db", l->p50_db, 3);
    am_json_put_number(w, "p95_db", l->p95_db, 3);
    am_json_put_number(w, "max_db", l->max_db, 3);
    am_json_put_number(w, "max_s", l->max_s, 3);
    am_json_put_numbers(w, "reduction_db", reduction, count, 2);
    am_json_close(w);
}

static void put_attempts(am_json_writer *w, const am_report *r)
{
    am_json_open(w, "attempts", '[');
    for (uint32_t i = 0; i < r->attempt_count && i < AM_MAX_ATTEMPTS; i++) {
        const am_attempt *a = &r->attempts[i];

        am_json_open(w, NULL, '{');
        am_json_put_number(w, "drive_db", a->drive_db, 3);
        am_json_put_number(w, "trim_db", a->trim_db, 3);
        am_part_put_prediction(w, "predicted", &a->predicted);
        am_json_open(w, "measured", '{');
        am_json_put_number(w, "integrated_lufs", a->integrated_lufs, 3);
        am_json_put_number(w, "true_peak_dbtp", a->true_peak_dbtp, 3);
        am_json_put_number(w, "tone_rms_db", a->tone_rms_db, 3);
        am_json_put_number(w, "width_rms_db", a->width_rms_db, 3);
        am_json_close(w);
        am_json_close(w);
    }
    am_json_close(w);
}

static void put_measured(am_json_writer *w, const char *key, const am_analysis *a)
{
    if (!a->version) {
        am_json_put_null(w, key);
        return;
    }
    am_json_open(w, key, '{');
    am_part_put_analysis(w, a);
    am_json_close(w);
}

/* The one part that differs from run to run. */
static void put_timings(am_json_writer *w, const am_report *r)
{
    am_json_open(w, "timings", '{');
    am_json_put_number(w, "analyze_s", r->analyze_s, 3);
    am_json_put_number(w, "solve_s", r->solve_s, 3);
    am_json_put_number(w, "render_s", r->render_s, 3);
    am_json_put_number(w, "verify_s", r->verify_s, 3);
    am_json_put_number(w, "total_s", r->total_s, 3);
    am_json_close(w);
}

/* What a person looks for first comes first, the long curves last. */
static void put_report(am_json_writer *w, const am_report *r)
{
    am_json_open(w, NULL, '{');
    am_json_put_string(w, "schema", AM_REPORT_SCHEMA);
    am_json_put_string(w, "engine", r->engine);
    put_sources(w, r);
    put_gates(w, r);
    put_notes(w, r);
    if (r->plan.version)
        am_part_put_plan(w, "plan", &r->plan);
    else
        am_json_put_null(w, "plan");
    put_attempts(w, r);
    put_target(w, &r->target);
    am_part_put_amounts(w, r);
    am_part_put_grid(w);
    am_json_open(w, "evidence", '{');
    put_evidence(w, "tone", &r->tone);
    put_evidence(w, "width", &r->width);
    put_dynamics_evidence(w, &r->dynamics);
    put_pressed(w, &r->pressed);
    am_json_close(w);
    put_trace(w, "multiband", r, &r->multiband);
    put_trace(w, "leveller", r, &r->leveller);
    put_trace(w, "compressor", r, &r->compressor);
    put_trace(w, "clip", r, &r->clip);
    put_trace(w, "limiter", r, &r->limiter);
    put_measured(w, "before", &r->before);
    put_measured(w, "after", &r->after);
    put_timings(w, r);
    am_json_close(w);
}

am_status am_report_to_json(const am_report *report, const am_allocator *allocator, char **json, am_error *err)
{
    am_json_writer *w = NULL;
    am_status status;

    if (!report || !json)
        return am_fail(err, AM_ERR_RANGE, "am_report_to_json: report or json is NULL");
    status = am_json_writer_open(allocator, &w, err);
    if (status)
        return status;
    put_report(w, report);
    return am_json_writer_take(w, json, err);
}
