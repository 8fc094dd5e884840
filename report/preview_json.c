/* preview_json.c - am_preview_to_json of preview.h */
#include <math.h>

#include "base/json.h"
#include "report/facts.h"
#include "report/parts.h"
#include "report/preview.h"

static void put_file(am_json_writer *w, const char *key, const char *path)
{
    if (path)
        am_json_put_string(w, key, path);
    else
        am_json_put_null(w, key);
}

static void put_references(am_json_writer *w, const am_report *r)
{
    const char *paths[AM_MAX_REFERENCES];

    for (uint32_t i = 0; i < r->reference_count; i++)
        paths[i] = r->references[i].path;
    am_json_put_strings(w, "references", paths, r->reference_count);
}

static void put_curve(am_json_writer *w, const char *key, const am_evidence *e)
{
    if (e->present)
        am_json_put_numbers(w, key, e->applied_db, AM_BANDS, 2);
    else
        am_json_put_null(w, key);
}

static void put_variant(am_json_writer *w, const am_preview_variant *v)
{
    const am_report *r = v->report;

    am_json_open(w, NULL, '{');
    am_json_put_string(w, "name", v->name);
    am_json_put_string(w, "target", r->target.name);
    put_references(w, r);
    am_part_put_amounts(w, r);
    am_json_put_number(w, "target_lufs", r->target.loudness_lufs, 3);
    am_json_put_string(w, "unreachable", v->unreachable ? v->unreachable : "");
    am_json_put_number(w, "excerpt_lufs", v->lufs, 3);
    put_file(w, "excerpt_file", v->excerpt);
    put_file(w, "plan_file", v->plan);
    put_curve(w, "tone_db", &r->tone);
    put_curve(w, "width_db", &r->width);
    am_part_put_plan(w, "plan", &r->plan);
    am_json_close(w);
}

am_status am_preview_to_json(const am_preview *preview, const am_allocator *allocator, char **json, am_error *err)
{
    const am_report *r = preview->variants[0].report;
    am_json_writer *w = NULL;
    const am_status st = am_json_writer_open(allocator, &w, err);

    if (st)
        return st;
    am_json_open(w, NULL, '{');
    am_json_put_string(w, "schema", AM_PREVIEW_SCHEMA);
    am_json_put_string(w, "engine", r->engine);
    am_json_put_string(w, "file", r->input.path);
    am_json_put_string(w, "sha256", r->input.sha256);
    put_file(w, "page", preview->page);
    am_json_put_number(w, "start_s", preview->start_s, 3);
    am_json_put_number(w, "length_s", preview->length_s, 3);
    am_json_open(w, "before", '{');
    am_part_put_analysis(w, &r->before);
    am_json_close(w);
    am_json_open(w, "variants", '[');
    for (size_t i = 0; i < preview->count; i++)
        put_variant(w, &preview->variants[i]);
    am_json_close(w);
    am_part_put_grid(w);
    am_json_close(w);
    return am_json_writer_take(w, json, err);
}
