/* page.h - the report as one HTML file that needs no network */
#ifndef AM_REPORT_PAGE_H
#define AM_REPORT_PAGE_H

#include <automaster/automaster.h>

typedef struct am_page_excerpt {    /* FLAC that the player can play */
    char id[24];                    /* "original", "master", "reference-1", "delta-tone": letters, digits, - */
    const char *kind;               /* "song", "reference", "delta" */
    char name[256];                 /* for people */
    char sha256[65];                /* of the file that it is from; "" for a delta */
    uint32_t rate_hz, channels;
    double start_s, duration_s;     /* where it lies in its file */
    double scale;                   /* what the samples were multiplied with */
    double lufs;                    /* integrated loudness of the excerpt; NaN: a delta, or silence */
    const uint8_t *flac;
    size_t flac_count;
} am_page_excerpt;

typedef struct am_page {
    const char *json;               /* the report as it was read */
    size_t json_length;
    const am_page_excerpt *excerpts;
    size_t excerpt_count;
    const char *const *missing;     /* sentences on what cannot be played, and why */
    size_t missing_count;
} am_page;

typedef am_status (*am_page_sink)(void *context, const void *bytes, size_t count, am_error *err);

/* Write the page through sink, in pieces. The report must be a document of the family of AM_REPORT_SCHEMA; errors as of am_explain_json. */
am_status am_page_write(const am_page *page, const am_allocator *allocator, am_page_sink sink, void *context, am_error *err);

#endif
