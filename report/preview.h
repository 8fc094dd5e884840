/* preview.h - several ways to master one song, as a document for programs and for the page */
#ifndef AM_REPORT_PREVIEW_H
#define AM_REPORT_PREVIEW_H

#include <automaster/automaster.h>

typedef struct am_preview_variant {
    const char *name;
    const am_report *report;        /* as of am_plan_file */
    const char *unreachable;        /* why the loudness asked for cannot be had, as a clause; NULL: it can */
    const char *excerpt, *plan;     /* files written; NULL: none */
    double lufs;                    /* integrated loudness of the excerpt */
} am_preview_variant;

typedef struct am_preview {
    const char *page;               /* file written; NULL: none */
    double start_s, length_s;       /* of the excerpts, in the song */
    const am_preview_variant *variants;
    size_t count;                   /* 1 or more */
} am_preview;

am_status am_preview_to_json(const am_preview *preview, const am_allocator *allocator, char **json, am_error *err);

#endif
