#include "report/guidance.h"

#include <math.h>
#include <string.h>

typedef struct guidance {
    am_profile *profile;            /* NULL: none is like it */
    double weight;
    am_deviation deviations[AM_DEVIATIONS];
    size_t count;
} guidance;

const am_style *am_guidance_style(const am_analysis *a)
{
    for (uint32_t i = 0; i < a->style_count; i++)
        if (strcmp(a->style[i].name, "unknown") != 0)
            return a->style[i].weight >= AM_GUIDANCE_SHARE ? &a->style[i] : NULL;
    return NULL;
}

static guidance find(const am_analysis *a, const am_allocator *allocator)
{
    const am_style *style = am_guidance_style(a);
    guidance g = { .weight = style ? style->weight : 0.0 };

    if (!style || am_profile_load(style->name, NULL, allocator, &g.profile, NULL))
        return g;
    if (am_profile_judge(g.profile, a, g.deviations, &g.count, NULL)) {
        am_profile_close(g.profile);
        g.profile = NULL;
    }
    return g;
}

void am_guidance_put_text(am_text *t, const am_analysis *analysis)
{
    guidance g = find(analysis, t->allocator);
    bool told = false;

    if (analysis->stereo.width_db > AM_SIDES_ALONE_DB) {
        am_text_wrap(t, "  unusual     ", 14, "left and right are each other upside down: the sides are everything, and it cancels in mono");
        told = true;
    }
    for (size_t i = 0; i < g.count && g.profile; i++)
        if (fabs(g.deviations[i].beyond) >= AM_GUIDANCE_LEAST_DB) {
            am_text_wrap(t, "  unusual     ", 14, "%s", g.deviations[i].text);
            told = true;
        }
    if (g.profile && !told)
        am_text_wrap(t, "  usual       ", 14, "in everything that the profile %s says", g.profile->name);
    am_profile_close(g.profile);
}

void am_guidance_put_json(am_json_writer *w, const am_analysis *analysis)
{
    guidance g = find(analysis, NULL);

    if (!g.profile) {
        am_json_put_null(w, "against");
        return;
    }
    am_json_open(w, "against", '{');
    am_json_put_string(w, "profile", g.profile->name);
    am_json_put_number(w, "weight", g.weight, 4);
    am_json_put_integer(w, "n", am_profile_songs(g.profile));
    am_json_open(w, "deviations", '[');
    for (size_t i = 0; i < g.count; i++) {
        const am_deviation *d = &g.deviations[i];

        am_json_open(w, NULL, '{');
        am_json_put_string(w, "what", d->what);
        am_json_put_string(w, "unit", d->unit);
        am_json_put_number(w, "value", d->value, 2);
        am_json_put_number(w, "p10", d->p10, 2);
        am_json_put_number(w, "p50", d->p50, 2);
        am_json_put_number(w, "p90", d->p90, 2);
        am_json_put_number(w, "percentile", d->percentile, 1);
        am_json_put_number(w, "beyond", d->beyond, 2);
        am_json_put_string(w, "text", d->text);
        am_json_close(w);
    }
    am_json_close(w);
    am_json_close(w);
    am_profile_close(g.profile);
}
