/* png.c - am_picture_png of picture.h; AM_CAIRO: the build has cairo */
#include "report/picture.h"

#include "base/error.h"

#ifdef AM_CAIRO

#include <cairo.h>
#include <string.h>

#include "base/memory.h"

enum { SCALE = 2, FIRST_BYTES = 1 << 16 };

typedef struct sink {
    const am_allocator *allocator;
    uint8_t *bytes;
    size_t used, room;
} sink;

static cairo_status_t take(void *context, const unsigned char *bytes, unsigned int count)
{
    sink *s = context;

    if (s->used + count > s->room) {
        const size_t room = 2 * s->room + count + FIRST_BYTES;
        uint8_t *grown = am_grow(s->allocator, s->bytes, s->room, room, 1);

        if (!grown)
            return CAIRO_STATUS_NO_MEMORY;
        s->bytes = grown;
        s->room = room;
    }
    memcpy(s->bytes + s->used, bytes, count);
    s->used += count;
    return CAIRO_STATUS_SUCCESS;
}

static void set_colour(cairo_t *c, am_look look, double opacity)
{
    cairo_set_source_rgba(c, (look.colour >> 16 & 255u) / 255.0, (look.colour >> 8 & 255u) / 255.0, (look.colour & 255u) / 255.0, opacity);
}

static void trace(cairo_t *c, const am_picture *p, const am_shape *s)
{
    cairo_new_path(c);
    for (size_t i = s->first; i < s->first + s->count; i++)
        cairo_line_to(c, p->points[i][0], p->points[i][1]);
}

static void draw_words(cairo_t *c, const am_picture *p, const am_shape *s)
{
    cairo_text_extents_t extents;

    cairo_set_font_size(c, s->look.width);
    cairo_text_extents(c, s->words, &extents);
    cairo_move_to(c, p->points[s->first][0] - 0.5 * (double)s->anchor * extents.x_advance, p->points[s->first][1]);
    cairo_show_text(c, s->words);
}

static void draw(cairo_t *c, const am_picture *p, const am_shape *s)
{
    static const double dashes[] = { 6.0, 4.0 };

    set_colour(c, s->look, s->kind == AM_SHAPE_AREA ? s->look.opacity : 1.0);
    if (s->kind == AM_SHAPE_WORDS) {
        draw_words(c, p, s);
        return;
    }
    trace(c, p, s);
    if (s->kind == AM_SHAPE_AREA) {
        cairo_fill(c);
        return;
    }
    cairo_set_line_width(c, s->look.width);
    cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(c, dashes, s->look.dashed ? 2 : 0, 0.0);
    cairo_stroke(c);
}

am_status am_picture_png(const am_picture *p, uint8_t **png, size_t *count, am_error *err)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(SCALE * p->width), (int)(SCALE * p->height));
    cairo_t *c = cairo_create(surface);
    sink s = { .allocator = p->allocator };
    char *copy;
    bool made;

    cairo_scale(c, SCALE, SCALE);
    cairo_set_source_rgb(c, 1.0, 1.0, 1.0);
    cairo_paint(c);
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    for (size_t i = 0; i < p->shape_count; i++)
        draw(c, p, &p->shapes[i]);
    made = !p->failed && cairo_status(c) == CAIRO_STATUS_SUCCESS && cairo_surface_write_to_png_stream(surface, take, &s) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(c);
    cairo_surface_destroy(surface);
    copy = made ? am_string_copy(p->allocator, (const char *)s.bytes, s.used) : NULL;
    am_forget(p->allocator, s.bytes);
    if (!copy)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for a picture");
    *png = (uint8_t *)copy;
    *count = s.used;
    return AM_OK;
}

const char *am_picture_formats(void) { return "svg png"; }

#else

const char *am_picture_formats(void) { return "svg"; }

am_status am_picture_png(const am_picture *p, uint8_t **png, size_t *count, am_error *err)
{
    (void)p;
    (void)png;
    (void)count;
    return am_fail(err, AM_ERR_STATE, "png: this build has no cairo; svg needs none, and any browser or picture program turns it into png");
}

#endif
