/* text.h - a text for people that grows, in lines of at most AM_TEXT_COLUMNS */
#ifndef AM_REPORT_TEXT_H
#define AM_REPORT_TEXT_H

#include <automaster/automaster.h>
#include <stdarg.h>

enum { AM_TEXT_COLUMNS = 100 };

typedef struct am_text {            /* latches its first failure; { .allocator = ... } begins one */
    const am_allocator *allocator;
    char *bytes;
    size_t used, capacity;
    bool failed;
    bool colour;
} am_text;

typedef enum am_colour { AM_COLOUR_PLAIN, AM_COLOUR_BOLD, AM_COLOUR_GREEN, AM_COLOUR_RED, AM_COLOUR_YELLOW } am_colour;

/* printf without numbers that a locale could change: take those from base/number.h. */
void am_text_add(am_text *t, const char *format, ...) AM_PRINTF(2, 3);
/* The same within colour, when colours are on. */
void am_text_paint(am_text *t, am_colour colour, const char *format, ...) AM_PRINTF(3, 4);

/* first (or what else stands in the first indent columns), then the words of what format gives (made harmless, cut at 1 kB), in lines
 * that begin with indent spaces from the second on; a word that is wider than a line is cut. */
void am_text_wrap(am_text *t, const char *first, int indent, const char *format, ...) AM_PRINTF(4, 5);
void am_text_wrap_list(am_text *t, const char *first, int indent, const char *format, va_list args) AM_PRINTF(4, 0);

/* The text from the allocator; *t is empty afterwards. */
am_status am_text_take(am_text *t, char **text, am_error *err);

/* Columns that a terminal gives to text: 0 for combining marks, 2 for wide East Asian characters and pictographs. */
size_t am_text_width(const char *text);

/* A name made harmless and at most columns [8, AM_TEXT_COLUMNS] wide: the middle is left out. */
enum { AM_TEXT_NAME = 4 * AM_TEXT_COLUMNS + 4 };
const char *am_text_name(const char *name, size_t columns, char out[AM_TEXT_NAME]);

#endif
