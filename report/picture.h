/* picture.h - a drawing as a list of lines, areas and words, and what it becomes: SVG text, or PNG where the build has cairo */
#ifndef AM_REPORT_PICTURE_H
#define AM_REPORT_PICTURE_H

#include <automaster/automaster.h>

typedef enum am_shape_kind { AM_SHAPE_LINE, AM_SHAPE_AREA, AM_SHAPE_WORDS } am_shape_kind;
typedef enum am_anchor { AM_ANCHOR_START, AM_ANCHOR_MIDDLE, AM_ANCHOR_END } am_anchor;

typedef struct am_look {
    uint32_t colour;                /* 0xRRGGBB */
    double opacity, width;          /* width: of lines; size of words */
    bool dashed;
} am_look;

typedef struct am_shape {
    am_shape_kind kind;
    am_look look;
    am_anchor anchor;
    size_t first, count;            /* points; of words: where they stand */
    char words[160];                /* no markup: nothing of it is escaped */
} am_shape;

typedef struct am_picture {         /* { .allocator, .width, .height, .title } begins one; latches its first failure */
    const am_allocator *allocator;
    double width, height;
    const char *title;
    am_shape *shapes;
    size_t shape_count, shape_room;
    double (*points)[2];
    size_t point_count, point_room;
    bool failed;
} am_picture;

/* Points come one by one, for the line or area that was begun last. */
void am_picture_begin(am_picture *p, am_shape_kind kind, am_look look);
void am_picture_point(am_picture *p, double x, double y);
void am_picture_words(am_picture *p, double x, double y, am_anchor anchor, am_look look, const char *words);
void am_picture_close(am_picture *p);

/* "svg png" or "svg" */
const char *am_picture_formats(void);
am_status am_picture_svg(const am_picture *p, char **svg, am_error *err);
/* Twice as many pixels each way; *png is the caller's to am_release. AM_ERR_STATE in a build without cairo. */
am_status am_picture_png(const am_picture *p, uint8_t **png, size_t *count, am_error *err);

#endif
