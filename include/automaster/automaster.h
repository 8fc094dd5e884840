/* automaster.h - the library in one header
 *
 * Reads a finished mix and a reference, solves for the settings that bring the one to the other, renders, measures what it wrote
 * and explains it. Every function is free of global state: separate handles and separate calls run in parallel.
 * Audio is planar float, full scale 1.0. A frame is one sample per channel.
 */
#ifndef AUTOMASTER_AUTOMASTER_H
#define AUTOMASTER_AUTOMASTER_H

#include "analysis.h"
#include "compare.h"
#include "loudcurve.h"
#include "plan.h"
#include "profile.h"
#include "report.h"
#include "status.h"
#include "target.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
AM_API const char *am_version(void);

/* What this build is made of, for people and bug reports: lines of "key: value" (engine, compiler, simd, fftw, sndfile, ebur128, soxr,
 * cjson, pictures, reads, writes). *text is the caller's to am_release. */
struct am_allocator;
AM_API am_status am_library_info(const struct am_allocator *allocator, char **text, am_error *err);

/* ------------------------------------------------------------------ memory */

/* Where handles and results take memory from. release gets NULL now and then. Both may be called from two threads at a time. */
typedef struct am_allocator {
    void *(*acquire)(void *context, size_t bytes);  /* at least 16-byte aligned; NULL: none left */
    void (*release)(void *context, void *memory);
    void *context;
} am_allocator;

/* ------------------------------------------------------------------ options */

typedef enum am_match { AM_MATCH_NATURAL, AM_MATCH_EXACT } am_match;

/* Where a run is: stage is one of "analyse", "solve", "listen", "render", "verify"; done in [0, 1] of that stage.
 * Called from the calling thread only. Return false to stop: the call then ends with AM_ERR_CANCELLED and leaves nothing behind. */
typedef bool (*am_progress)(void *context, const char *stage, double done);

typedef struct am_reference {
    const char *path;               /* NUL-terminated, as the system takes it */
    double weight;                  /* (0, 1000] */
} am_reference;

typedef struct am_options {
    size_t struct_size;
    const am_allocator *allocator;  /* outlives every handle; NULL: malloc and free */
    am_progress progress;           /* may be NULL */
    void *progress_context;
    uint32_t threads;               /* 1 or 2 are used; 0: as many as useful. Never changes a result. */

    /* what to aim for; all empty, profiles below included: the profiles of the style that is recognised, blended; where none is, neutral */
    const am_reference *references;
    size_t reference_count;         /* <= AM_MAX_REFERENCES */
    const char *tone_from, *width_from, *loudness_from, *dynamics_from;    /* paths; NULL: as the references say */
    const char *profile;            /* a name or a path, as am_profile_load takes them; NULL: none */
    am_match match;
    /* [0, 1.5]; default 1: how far of what 1 does, in dB. 0.5 moves half as far, 0 not at all; above 1 it goes on in proportion, within the
     * same limits, but where 1 is exact (tone and width of AM_MATCH_EXACT, peaks of the reference) it stays. */
    double amount_tone, amount_dynamics, amount_width, amount_loudness;
    double loudness_lufs;           /* [-36, -6]; NaN: as the target says */
    double ceiling_dbtp;            /* [-9, 0]; default -1 */
    bool limit;                     /* default true; false: no limiter, loudness only as far as the ceiling lets gain go */

    /* delivery */
    uint32_t rate_hz;               /* [8000, 384000]; 0: as the input */
    uint32_t bits;                  /* 16, 24, 32 (float); 0: 16 for an input of up to 16 bits, 24 for any other, lossy or float, too */
    int dither;                     /* an am_dither, or -1: TPDF, none where samples pass as they are or are float */
    uint64_t seed;                  /* [0, 2^53]; default 1 */
    bool overwrite;                 /* default false */
    bool strict;                    /* an unreachable loudness fails its gate */
    /* profiles, blended by weight */
    const am_reference *profiles;   /* path: a name or a path, as am_profile_load takes them */
    size_t profile_count;           /* <= AM_MAX_REFERENCES; profile above counts as one more, of weight 1 */
    const char *profile_folder;     /* of the user's own; NULL: built-in ones and paths only */
    bool style;                     /* am_analyze_open, am_analyze_file: recognise the style; default false */
} am_options;

/* Defaults. struct_size lets a program built against an older header go on working. */
AM_API void am_options_init(am_options *options, size_t struct_size);
#define AM_OPTIONS_INIT(options) am_options_init((options), sizeof *(options))

/* ------------------------------------------------------------------ files */

/* Measure one file. out and source (may be NULL) are written on AM_OK only. */
AM_API am_status am_analyze_file(const char *path, const am_options *options, am_analysis *out, am_source *source, am_error *err);

/* What the header of a file says, without reading its audio: path, format, rate_hz, channels, bits, lossy, frames (0: unknown; never to
 * be trusted). sha256 is left empty. Of the options only allocator is read. */
AM_API am_status am_probe_file(const char *path, const am_options *options, am_source *out, am_error *err);

/* Analyse, solve, render, write, verify. in_path is never written to. out_path appears only when all of it is done; its suffix
 * picks the format (.wav .flac .aiff .caf .w64 .rf64 .ogg .opus .mp3). report (about half a MB: allocate it) is complete on AM_OK; gates that
 * fail are verdicts in the report, not errors. "-" as out_path writes WAV to standard output. */
AM_API am_status am_master_file(const char *in_path, const char *out_path, const am_options *options, am_report *report,
                                am_error *err);

/* The same without rendering: report holds before, target, plan, evidence, notes and the prediction. */
AM_API am_status am_plan_file(const char *in_path, const am_options *options, am_report *report, am_error *err);

/* The same, and what loudness would cost behind the plan's leveller and compressor, from -16 to -6 LUFS. */
AM_API am_status am_loudcurve_file(const char *in_path, const am_options *options, am_report *report, am_loudcurve *curve, am_error *err);

/* Apply a plan as it stands. Of the options only allocator, progress, threads, overwrite are read. */
AM_API am_status am_render_file(const char *in_path, const char *out_path, const am_plan *plan, const am_options *options,
                                am_report *report, am_error *err);

/* Write what each stage of a plan takes or adds, as 32-bit float WAV at the level that it has in the master: {prefix}_tone.wav (the constant
 * offset included), {prefix}_width.wav, {prefix}_compressor.wav, {prefix}_limiter.wav; none for a stage that is off. in_path times drive and
 * trim, plus these, is the master before dither. Of the options only allocator, progress and overwrite are read. */
AM_API am_status am_delta_files(const char *in_path, const am_plan *plan, const char *prefix, const am_options *options, am_error *err);

#define AM_PREVIEW_SCHEMA "automaster.preview/1"
#define AM_MAX_VARIANTS 6

typedef struct am_variant {         /* one way to master */
    const char *name;               /* for people */
    const am_options *options;      /* what to aim for, and the delivery */
} am_variant;

/* The loudest 30 s of a song in 1 to AM_MAX_VARIANTS variants: the very samples that am_render_file makes of the same plan. page_path (NULL:
 * none) gets a page that plays and compares them; prefix (NULL: none) makes files {prefix}_1.wav, ... with the excerpts and {prefix}_1.json,
 * ... with the plans. *json (AM_PREVIEW_SCHEMA) is the caller's to am_release. Of options only allocator, progress, threads and overwrite are
 * read; the variants' own are used for the rest. */
AM_API am_status am_preview_file(const char *in_path, const am_variant *variants, size_t count, const char *page_path, const char *prefix,
                                 const am_options *options, char **json, am_error *err);

/* Compare two recordings of one programme: what the meters say, and, at one rate, what is left after alignment and level matching. out
 * (about half a MB: allocate it) is written on AM_OK only. */
AM_API am_status am_compare_files(const char *first, const char *second, const am_options *options, am_comparison *out, am_error *err);

/* The page that shows and plays a comparison of the same two files: 30 s around what differs most, or all of it (whole), the second shifted
 * by the lag that was found. Of the options only allocator and overwrite are read. */
AM_API am_status am_comparison_page(const am_comparison *comparison, const char *first, const char *second, const char *out_path, bool whole,
                                    const am_options *options, am_error *err);

/* True when every gate passed that is not advisory; false without a report. */
AM_API bool am_report_passed(const am_report *report);

/* ------------------------------------------------------------------ JSON and text
 * Strings are UTF-8, NUL-terminated, from the allocator (NULL: malloc), and the caller's to release. */

AM_API am_status am_analysis_to_json(const am_analysis *analysis, const am_source *source, const am_allocator *allocator,
                                     char **json, am_error *err);
AM_API am_status am_plan_to_json(const am_plan *plan, const am_allocator *allocator, char **json, am_error *err);
AM_API am_status am_report_to_json(const am_report *report, const am_allocator *allocator, char **json, am_error *err);

/* Read a plan, or the plan inside a report. Every field is checked: an unknown, missing, repeated or out-of-range one is
 * AM_ERR_RANGE or AM_ERR_FORMAT with its name, its range and what was found. bytes need no NUL. */
AM_API am_status am_plan_from_json(const char *bytes, size_t length, am_plan *plan, am_error *err);

/* The sentences of explain, from a report's JSON (so that an edited or older report can be explained too). */
AM_API am_status am_explain_json(const char *bytes, size_t length, const am_allocator *allocator, char **text, am_error *err);

/* The page that shows and plays a report, from its JSON: one HTML file that asks for nothing over a network. Excerpts come from the files
 * that the report names, looked for as named, and from the folder of report_path (NULL: unknown) on. A file that is missing or not the
 * one that was measured is told in the page, which comes without it. whole: the whole song instead of 30 s around its loudest part.
 * Of the options only allocator and overwrite are read. */
AM_API am_status am_report_page(const char *json, size_t length, const char *report_path, const char *out_path, bool whole,
                                const am_options *options, am_error *err);

/* The main charts of a report (spectrum, equalisation, loudness through the song), from its JSON, as an SVG picture. */
AM_API am_status am_report_chart_svg(const char *json, size_t length, const am_allocator *allocator, char **svg, am_error *err);
/* The same drawing as PNG, which ends behind *count bytes. AM_ERR_STATE in a build without cairo. */
AM_API am_status am_report_chart_png(const char *json, size_t length, const am_allocator *allocator, unsigned char **png, size_t *count,
                                     am_error *err);

/* The table that a person sees after mastering. colour adds ANSI colours; no meaning hangs on them. */
AM_API am_status am_report_to_text(const am_report *report, bool colour, const am_allocator *allocator, char **text,
                                   am_error *err);
AM_API am_status am_analysis_to_text(const am_analysis *analysis, const am_source *source, const am_allocator *allocator,
                                     char **text, am_error *err);

AM_API am_status am_loudcurve_to_json(const am_loudcurve *curve, const am_allocator *allocator, char **json, am_error *err);
AM_API am_status am_loudcurve_to_text(const am_loudcurve *curve, bool colour, const am_allocator *allocator, char **text, am_error *err);

AM_API am_status am_comparison_to_json(const am_comparison *comparison, const am_allocator *allocator, char **json, am_error *err);
AM_API am_status am_comparison_to_text(const am_comparison *comparison, bool colour, const am_allocator *allocator, char **text,
                                       am_error *err);

/* The one of words, which spaces separate, that name may be a slip of, into out (size bytes, NUL included); false, and out is left alone: none is
 * near. Letters that are missing, too many, wrong or exchanged: one in three. */
AM_API bool am_suggest(const char *name, const char *words, char *out, size_t size);

/* Give back what the functions above returned; NULL is fine. */
AM_API void am_release(const am_allocator *allocator, void *memory);

/* ------------------------------------------------------------------ stages, for programs with audio of their own */

typedef struct am_format {
    uint32_t rate_hz;               /* [8000, 384000] */
    uint32_t channels;              /* [1, 8] to analyse, [1, 2] to render */
} am_format;

typedef struct am_analyzer am_analyzer;
AM_API am_status am_analyze_open(const am_format *format, const am_options *options, am_analyzer **out, am_error *err);
/* channels[c][0 .. frames). Not-finite samples: AM_ERR_CONTENT, and the analyzer is of no further use. Allocates only to grow
 * its statistics, about 1 kB a second. */
AM_API am_status am_analyze_push(am_analyzer *analyzer, const float *const *channels, size_t frames, am_error *err);
AM_API am_status am_analyze_finish(am_analyzer *analyzer, am_analysis *out, am_error *err);
AM_API void am_analyze_close(am_analyzer *analyzer);        /* NULL is fine */

/* A target from analyses of references, weighted; weights may be NULL. */
AM_API am_status am_target_from_references(const am_analysis *references, const double *weights, size_t count, am_target *out,
                                           am_error *err);
/* Of one profile, by name or path as am_profile_load takes it without a folder. */
AM_API am_status am_target_from_profile(const char *name, am_target *out, am_error *err);

/* Solve for everything but the drive, which needs the signal after the EQ: am_master_file does that too. Writes plan, tone,
 * width and notes of *report, whose before and target are already set. */
AM_API am_status am_plan_solve(const am_options *options, am_report *report, am_error *err);

typedef struct am_renderer am_renderer;
/* plan must hold rate_hz, bits and so on; what comes out of pull is on the grid of its word length (bits 32: plain float). */
AM_API am_status am_render_open(const am_format *format, const am_plan *plan, const am_options *options, am_renderer **out,
                                am_error *err);
/* Takes all frames. Output has no latency: what comes before the first sample is cut, and finish flushes the rest. */
AM_API am_status am_render_push(am_renderer *renderer, const float *const *channels, size_t frames, am_error *err);
AM_API am_status am_render_finish(am_renderer *renderer, am_error *err);
/* Hands out what is ready, at most capacity frames; *given 0: push more, or all done after finish. */
AM_API am_status am_render_pull(am_renderer *renderer, float *const *channels, size_t capacity, size_t *given);
AM_API void am_render_close(am_renderer *renderer);         /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
