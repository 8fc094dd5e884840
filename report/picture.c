#include "report/picture.h"

#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "report/text.h"

enum { FIRST_ROOM = 256 };

/* ------------------------------------------------------------------ drawing */

static am_shape *next_shape(am_picture *p, am_shape_kind kind, am_look look)
{
    if (!p->failed && p->shape_count == p->shape_room) {
        const size_t room = 2 * p->shape_room + FIRST_ROOM;
        am_shape *grown = am_grow(p->allocator, p->shapes, p->shape_room, room, sizeof *grown);

        p->failed = !grown;
        p->shapes = grown ? grown : p->shapes;
        p->shape_room = grown ? room : p->shape_room;
    }
    if (p->failed)
        return NULL;
    p->shapes[p->shape_count] = (am_shape){ .kind = kind, .look = look, .first = p->point_count };
    return &p->shapes[p->shape_count++];
}

void am_picture_begin(am_picture *p, am_shape_kind kind, am_look look) { (void)next_shape(p, kind, look); }

void am_picture_point(am_picture *p, double x, double y)
{
    if (!p->failed && p->point_count == p->point_room) {
        const size_t room = 2 * p->point_room + FIRST_ROOM;
        double(*grown)[2] = am_grow(p->allocator, p->points, p->point_room, room, sizeof *grown);

        p->failed = !grown;
        p->points = grown ? grown : p->points;
        p->point_room = grown ? room : p->point_room;
    }
    if (p->failed)
        return;
    p->points[p->point_count][0] = x;
    p->points[p->point_count++][1] = y;
    p->shapes[p->shape_count - 1].count++;
}

void am_picture_words(am_picture *p, double x, double y, am_anchor anchor, am_look look, const char *words)
{
    am_shape *s = next_shape(p, AM_SHAPE_WORDS, look);

    if (!s)
        return;
    s->anchor = anchor;
    (void)snprintf(s->words, sizeof s->words, "%s", words);
    am_picture_point(p, x, y);
}

void am_picture_close(am_picture *p)
{
    am_forget(p->allocator, p->shapes);
    am_forget(p->allocator, p->points);
    p->shapes = NULL;
    p->points = NULL;
}

/* ------------------------------------------------------------------ SVG */

static void put_points(am_text *t, const am_picture *p, const am_shape *s)
{
    char x[AM_NUMBER_TEXT], y[AM_NUMBER_TEXT];

    for (size_t i = s->first; i < s->first + s->count; i++)
        am_text_add(t, "%s%s,%s", i > s->first ? " " : "", am_number_short(p->points[i][0], 1, x), am_number_short(p->points[i][1], 1, y));
}

static void put_shape(am_text *t, const am_picture *p, const am_shape *s)
{
    static const char *const anchors[] = { "start", "middle", "end" };
    char x[AM_NUMBER_TEXT], y[AM_NUMBER_TEXT], width[AM_NUMBER_TEXT], opacity[AM_NUMBER_TEXT];

    (void)am_number_short(s->look.width, 2, width);
    (void)am_number_short(s->look.opacity, 2, opacity);
    switch (s->kind) {
    case AM_SHAPE_LINE:
        am_text_add(t, "<polyline fill=\"none\" stroke-linejoin=\"round\" stroke=\"#%06x\" stroke-width=\"%s\"%s points=\"", s->look.colour, width,
                    s->look.dashed ? " stroke-dasharray=\"6 4\"" : "");
        put_points(t, p, s);
        am_text_add(t, "\"/>\n");
        break;
    case AM_SHAPE_AREA:
        am_text_add(t, "<polygon fill=\"#%06x\" fill-opacity=\"%s\" points=\"", s->look.colour, opacity);
        put_points(t, p, s);
        am_text_add(t, "\"/>\n");
        break;
    case AM_SHAPE_WORDS:
        am_text_add(t, "<text x=\"%s\" y=\"%s\" font-size=\"%s\" fill=\"#%06x\" text-anchor=\"%s\">%s</text>\n",
                    am_number_short(p->points[s->first][0], 1, x), am_number_short(p->points[s->first][1], 1, y), width, s->look.colour,
                    anchors[s->anchor], s->words);
        break;
    }
}

am_status am_picture_svg(const am_picture *p, char **svg, am_error *err)
{
    am_text t = { .allocator = p->allocator };
    char width[AM_NUMBER_TEXT], height[AM_NUMBER_TEXT];

    if (p->failed)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for a picture");
    am_text_add(&t, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" role=\"img\" font-family=\"system-ui, sans-serif\">\n<title>%s</title>\n"
                    "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n", am_number_short(p->width, 1, width), am_number_short(p->height, 1, height),
                p->title);
    for (size_t i = 0; i < p->shape_count; i++)
        put_shape(&t, p, &p->shapes[i]);
    am_text_add(&t, "</svg>\n");
    return am_text_take(&t, svg, err);
}
