/* page.h - a report, a preview or a comparison as one HTML file that needs no network */
#ifndef AM_REPORT_PAGE_H
#define AM_REPORT_PAGE_H

#include <automaster/automaster.h>

typedef struct am_page_made {       /* how a file was mastered, for votes */
    char song[65], profile[64];     /* SHA-256 of what was mastered; "": references, or a blend */
    double tone, dynamics, width, loudness;     /* amounts */
} am_page_made;

typedef struct am_page_excerpt {    /* FLAC that the player can play */
    char id[24];                    /* "original", "master", "variant-1", "reference-1", "delta-tone": letters, digits, - */
    const char *kind;               /* "song", "variant", "reference", "delta" */
    char name[256];                 /* for people */
    char sha256[65];                /* of the file that it is from; "" for a delta */
    uint32_t rate_hz, channels;
    double start_s, duration_s;     /* where it lies in its file */
    double scale;                   /* what the samples were multiplied with */
    double lufs;                    /* integrated loudness of the excerpt; NaN: a delta, or silence */
    double null_db;                 /* gain on it that leaves least of the difference to the original; NaN: unknown */
    const am_page_made *made;       /* NULL: the document tells, or nobody knows */
    const uint8_t *flac;
    size_t flac_count;
} am_page_excerpt;

typedef enum am_page_kind { AM_PAGE_REPORT, AM_PAGE_PREVIEW, AM_PAGE_COMPARISON } am_page_kind;

typedef struct am_page {
    am_page_kind kind;
    const char *json;               /* the document as it was read or made */
    size_t json_length;
    const am_page_excerpt *excerpts;
    size_t excerpt_count;
    const char *const *missing;     /* sentences on what cannot be played, and why */
    size_t missing_count;
    const char *no_vote;            /* a sentence on why nobody can vote; NULL: they can, or it is no question */
} am_page;

typedef am_status (*am_page_sink)(void *context, const void *bytes, size_t count, am_error *err);

/* Write the page through sink, in pieces. A report must be a document of the family of AM_REPORT_SCHEMA; errors as of am_explain_json. */
am_status am_page_write(const am_page *page, const am_allocator *allocator, am_page_sink sink, void *context, am_error *err);

#endif
