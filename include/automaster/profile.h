/* profile.h - what many masters have in common: built, read, merged, compared, tuned, and turned into a target
 *
 * A profile is JSON "automaster.profile/1" (docs/profiles.md). Each quantity is one number or a row of numbers; each number has a mean,
 * a deviation from song to song and percentiles, each quantity says how many songs are behind it and where they come from. Profiles of
 * a user's own files also keep each song's values, rounded, with the hash of the file: so shards merge into exactly what one build of
 * all files gives, in any order. Compact profiles keep the hashes alone.
 */
#ifndef AUTOMASTER_PROFILE_H
#define AUTOMASTER_PROFILE_H

#include "analysis.h"
#include "report.h"
#include "status.h"
#include "target.h"

#ifdef __cplusplus
extern "C" {
#endif

struct am_allocator;

#define AM_PROFILE_SCHEMA "automaster.profile/1"
#define AM_PROFILE_FEW 8            /* fewer songs than this are told wherever the profile is used */
#define AM_PROFILE_NAME 48          /* [a-z0-9_-], the first a letter or digit; NUL included */
#define AM_PROFILE_PACKED (AM_BANDS * (AM_BANDS + 1) / 2)
#define AM_PROFILE_VALUES (10 + 3 * AM_QUANTILES + AM_REGIONS * AM_QUANTILES + 5 * AM_BANDS)

/* ------------------------------------------------------------------ quantities */

typedef enum am_quantity {          /* in the order of the values */
    AM_QUANTITY_LOUDNESS,           /* integrated, LUFS */
    AM_QUANTITY_RANGE,              /* loudness range, LU */
    AM_QUANTITY_PLR,                /* true peak over loudness, dB */
    AM_QUANTITY_PSR,
    AM_QUANTITY_CREST,
    AM_QUANTITY_TRUE_PEAK,          /* dBTP */
    AM_QUANTITY_WIDTH,              /* side over mid, dB */
    AM_QUANTITY_CORRELATION,
    AM_QUANTITY_LOW_SIDE,           /* side over mid below 120 Hz, dB */
    AM_QUANTITY_TEMPO,              /* beats a minute */
    AM_QUANTITY_SHORT_TERM,         /* AM_QUANTILES values each, as in am_dynamics */
    AM_QUANTITY_MOMENTARY,
    AM_QUANTITY_FAST,
    AM_QUANTITY_REGIONS,            /* AM_REGIONS times AM_QUANTILES */
    AM_QUANTITY_TONE,               /* AM_BANDS values each from here on: mid, level of the mean power re loudness, dB */
    AM_QUANTITY_TONE_MEAN,          /* mid, mean of dB */
    AM_QUANTITY_BAND_WIDTH,         /* side over mid, mean of dB */
    AM_QUANTITY_BAND_WIDTH_POWER,   /* side over mid of the mean powers */
    AM_QUANTITY_BAND_CORRELATION
} am_quantity;
#define AM_QUANTITIES 19

typedef struct am_quantity_info {
    const char *key;                /* in the file, with its unit: "loudness_lufs", "tone_power_db" */
    const char *label;              /* for people: "loudness" */
    const char *unit;               /* "LUFS", "LU", "dB", "dBTP", "bpm", "" */
    int first, count;               /* its values: [first, first + count) of am_profile.values */
    double low, high;               /* what a value can be */
    int digits;                     /* decimals kept */
} am_quantity_info;

/* The table above as data; NULL when quantity is none. */
AM_API const am_quantity_info *am_quantity_about(int quantity);

typedef enum am_origin {
    AM_ORIGIN_UNKNOWN,              /* nobody knows: the values are NaN */
    AM_ORIGIN_MEASURED,             /* by this engine, on n songs */
    AM_ORIGIN_PUBLISHED,            /* statistics of others, of n songs; source names them */
    AM_ORIGIN_CONVENTION            /* a stated choice; n is 0 */
} am_origin;

typedef struct am_provenance {
    am_origin origin;               /* what most of it is */
    double measured_share;          /* [0, 1]: weight of this engine's own measurements in it */
    uint32_t n;                     /* songs behind it, measured or published */
    char source[320];
} am_provenance;

typedef struct am_statistic {       /* across songs; NaN: unknown */
    double mean, deviation, p10, p50, p90;
} am_statistic;

/* ------------------------------------------------------------------ the profile */

typedef enum am_refusal {           /* why a file does not enter a profile */
    AM_REFUSAL_NONE,
    AM_REFUSAL_SILENT,              /* these three and TINY whatever keep_all says */
    AM_REFUSAL_DUPLICATE,           /* the same bytes twice */
    AM_REFUSAL_SURROUND,            /* more than two channels */
    AM_REFUSAL_SHORT,               /* less than 15 s of music */
    AM_REFUSAL_LOSSY,               /* a lossy codec took the top */
    AM_REFUSAL_CLIPPED,
    AM_REFUSAL_MONO,                /* no stereo image, or one channel silent */
    AM_REFUSAL_OUTLIER,             /* unlike the other files: told by songs[].refusal after the build */
    AM_REFUSAL_TINY                 /* with keep_all: too short to have a loudness */
} am_refusal;

/* "lossy: its spectrum ends at a codec's cut-off"; never NULL. */
AM_API const char *am_refusal_text(am_refusal refusal);

typedef struct am_profile_song {
    char sha256[65];                /* of the file */
    double weight;                  /* (0, 1000] */
    am_refusal refusal;             /* NONE or OUTLIER: then it does not count */
    double values[AM_PROFILE_VALUES];   /* rounded to the digits of their quantity, NaN where unknown; all NaN in a compact profile */
} am_profile_song;

typedef struct am_profile_parent {
    char name[AM_PROFILE_NAME], sha256[65];     /* of its file's bytes as am_profile_to_json writes them */
    double weight;
} am_profile_parent;

#define AM_PROFILE_PARENTS 32
#define AM_PROFILE_EDITS 64         /* then tuning is AM_ERR_RANGE; am_profile_derive begins a new list */

typedef struct am_profile {
    const struct am_allocator *allocator;
    char name[AM_PROFILE_NAME];
    char about[512];
    char notice[256];               /* licence or notice of data in it; "" */
    am_statistic values[AM_PROFILE_VALUES];
    am_provenance provenance[AM_QUANTITIES];
    double from_hz, to_hz;          /* outside the bands say nothing */
    double correlation_oct[2];      /* tone, width: songs are correlated by exp(-octaves / this) between bands; NaN: as covariance_db2 says */
    double covariance_db2[2][AM_PROFILE_PACKED];    /* tone, band width: across songs, rows of the lower triangle (AM_PACKED) */
    double amount_tone, amount_dynamics, amount_width, amount_loudness; /* [0, 1.5]: times those of the options; 1 by default */

    /* lineage */
    uint32_t revision;              /* 1, then one more for every tuning */
    char engine[32];                /* "automaster 0.1.0" */
    char date[16];                  /* as given: "2025-03-01"; "" */
    bool keep_all;                  /* files were not left out */
    bool compact;                   /* songs have no values */
    size_t song_count;
    am_profile_song *songs;         /* sorted by hash */
    uint32_t parent_count;
    am_profile_parent parents[AM_PROFILE_PARENTS];
    uint32_t edit_count;
    char edits[AM_PROFILE_EDITS][96];   /* what was tuned, oldest first */
} am_profile;

/* Index of row i, column j <= i in a packed triangle. */
#define AM_PACKED(i, j) ((size_t)(i) * ((size_t)(i) + 1) / 2 + (size_t)(j))

/* Everything that follows hands out profiles on AM_OK only; they are the caller's to close. */
AM_API void am_profile_close(am_profile *profile);          /* NULL is fine */

/* The n that speaks for the profile: the least of those behind tone and loudness (0: convention, or NULL). */
AM_API uint32_t am_profile_songs(const am_profile *profile);

/* ------------------------------------------------------------------ building */

typedef struct am_profile_options {
    size_t struct_size;
    const struct am_allocator *allocator;
    const char *name;               /* of the profile; see AM_PROFILE_NAME */
    const char *about;              /* NULL: "" */
    const char *date;               /* NULL: none, so that the same files give the same bytes on any day */
    bool keep_all;                  /* lossy, clipped, mono, short files and outliers count too */
    bool compact;                   /* leave the songs' values out */
} am_profile_options;
/* Defaults: 0, NULL, false. struct_size lets a program built against an older header go on working. */
AM_API void am_profile_options_init(am_profile_options *options, size_t struct_size);
#define AM_PROFILE_OPTIONS_INIT(options) am_profile_options_init((options), sizeof *(options))

typedef struct am_profile_builder am_profile_builder;
AM_API am_status am_profile_build_open(const am_profile_options *options, am_profile_builder **out, am_error *err);
/* source gives the hash. *refusal says why the song was left out (AM_REFUSAL_NONE: it is in); the call is AM_OK either way. */
AM_API am_status am_profile_build_add(am_profile_builder *builder, const am_analysis *analysis, const am_source *source,
                                      am_refusal *refusal, am_error *err);
/* AM_ERR_CONTENT when no song is in. */
AM_API am_status am_profile_build_finish(am_profile_builder *builder, am_profile **out, am_error *err);
AM_API void am_profile_build_close(am_profile_builder *builder);    /* NULL is fine */

/* The same from analyses at hand; refusals[count] may be NULL. */
AM_API am_status am_profile_build(const am_analysis *analyses, const am_source *sources, size_t count, const am_profile_options *options,
                                  am_refusal *refusals, am_profile **out, am_error *err);

/* One of several. weights NULL: every song counts once, and where all of them keep their songs' values the result is what one build of
 * all songs gives, to the byte (but for name, about and parents); otherwise by moments: means by n, covariances within and between.
 * With weights (sum 1 or not) profile i counts weights[i], however many songs it has. n counts a song once that is known to
 * be in several, by its hash or because one profile was made from the other. At most AM_PROFILE_PARENTS; AM_ERR_CONTENT: their notices are
 * too long together (none is left out), or without weights a song cannot be counted once. */
AM_API am_status am_profile_merge(const am_profile *const *profiles, const double *weights, size_t count, const am_profile_options *options,
                                  am_profile **out, am_error *err);

/* ------------------------------------------------------------------ looking and changing */

typedef struct am_profile_change {
    am_quantity quantity;
    int index;                      /* of the value in its quantity */
    double first, second;           /* means; NaN: unknown there */
    double deviations;              /* second - first in deviations of the first; NaN: unknown */
} am_profile_change;

/* Values whose means differ by more than their last printed digit. changes[AM_PROFILE_VALUES]. */
AM_API am_status am_profile_diff(const am_profile *first, const am_profile *second, am_profile_change *changes, size_t *count, am_error *err);

/* Set or shift: "loudness_lufs=-9.5", "range_lu+=1", "tone_power_db@60-120+=1.5" (Hz; one number: the band next to it; none: all),
 * "short_term_lu@95=4" (percent), "loudness_lufs.deviation=1.2", "amount_tone=0.8", "about=words". Mean and percentiles move together;
 * .deviation scales the percentiles and the covariance. The revision counts up, the change joins the lineage, and the songs' values are
 * dropped (they no longer are what the profile says). A mistake leaves the profile as it was. */
AM_API am_status am_profile_tune(am_profile *profile, const char *change, am_error *err);
/* Several at once as one revision: all of them or none. */
AM_API am_status am_profile_tune_all(am_profile *profile, const char *const *changes, size_t count, am_error *err);

/* A copy under another name, revision 1, with the profile as its only parent, whose hash stands for its edits: the list begins anew, but
 * for the newest AM_PROFILE_EDITS / 2 that say which votes were learned from. */
AM_API am_status am_profile_derive(const am_profile *from, const char *name, const struct am_allocator *allocator, am_profile **out,
                                   am_error *err);

typedef struct am_profile_finding {
    bool error;                     /* false: a warning */
    char text[240];
} am_profile_finding;

/* What is wrong or weak in it: too few songs, percentiles out of order, what is no covariance, loudness, peak and PLR that
 * contradict each other, nothing above a frequency, ... *count findings, at most capacity. */
AM_API am_status am_profile_lint(const am_profile *profile, am_profile_finding *findings, size_t capacity, size_t *count, am_error *err);

/* ------------------------------------------------------------------ JSON, files, names */

/* Strict: an unknown, missing, repeated or out-of-range field is an error that names it. name stands for the document in errors. */
AM_API am_status am_profile_from_json(const char *bytes, size_t length, const char *name, const struct am_allocator *allocator,
                                      am_profile **out, am_error *err);
AM_API am_status am_profile_to_json(const am_profile *profile, const struct am_allocator *allocator, char **json, am_error *err);

/* By name or path: a built-in name; a file where am_profile_is_path; NAME.json in folder (NULL: none); else a file that is called so.
 * AM_ERR_IO: there is none; the message offers a name that is near. */
AM_API am_status am_profile_load(const char *name, const char *folder, const struct am_allocator *allocator, am_profile **out, am_error *err);
/* It has a '/' or ends in ".json": never the name of a profile. */
AM_API bool am_profile_is_path(const char *name);
/* Write whole or not at all; the folder of a profile library is made when it is missing. */
AM_API am_status am_profile_save(const am_profile *profile, const char *path, bool overwrite, am_error *err);
/* Into the library: folder/NAME.json. A built-in name is AM_ERR_EXISTS. */
AM_API am_status am_profile_store(const am_profile *profile, const char *folder, bool overwrite, am_error *err);
/* Out of the library. Built-in profiles stay: AM_ERR_RANGE. */
AM_API am_status am_profile_remove(const char *name, const char *folder, am_error *err);

typedef struct am_profile_entry {
    char name[AM_PROFILE_NAME];
    bool builtin;
} am_profile_entry;
/* Names in order, built-in ones first. *entries is the caller's to am_release. */
AM_API am_status am_profile_list(const char *folder, const struct am_allocator *allocator, am_profile_entry **entries, size_t *count,
                                 am_error *err);

/* For people: figures, a chart of p10 / p50 / p90 by band, where everything comes from, lineage. colour adds ANSI colours; no meaning hangs
 * on them. */
AM_API am_status am_profile_to_text(const am_profile *profile, bool colour, const struct am_allocator *allocator, char **text, am_error *err);
/* The same as one page that needs no network and no script. */
AM_API am_status am_profile_to_html(const am_profile *profile, const struct am_allocator *allocator, char **html, am_error *err);

/* ------------------------------------------------------------------ votes */

#define AM_VOTES_SCHEMA "automaster.votes/1"

typedef struct am_profile_fit {
    uint32_t votes, ties, others;   /* that counted; those of them without a preference; that did not count: for other profiles */
    double before[4], after[4];     /* amounts: tone, dynamics, width, loudness */
    double deviation[4];            /* standard deviation of after, as far as the votes tell */
} am_profile_fit;

/* Learn the amounts from A/B votes, JSON "automaster.votes/1": what was heard in a and in b as amounts (those of the options times those of
 * the profile), and which was preferred. The most likely amounts, where a vote goes to the one nearer to the best amounts, surer the
 * greater the difference (Bradley-Terry with a quadratic utility), and where the amounts so far are what is likely without votes: a few
 * votes move them a little. The revision counts up and the lineage says how many votes there were and of which document: it counts once,
 * and is AM_ERR_CONTENT from then on. bytes need no NUL; name stands for the
 * document in errors; fit may be NULL. AM_ERR_CONTENT: no vote is for this profile. A mistake leaves the profile as it was. */
AM_API am_status am_profile_fit_votes(am_profile *profile, const char *bytes, size_t length, const char *name, am_profile_fit *fit, am_error *err);

/* ------------------------------------------------------------------ use */

/* Blend by the moments of the mixture: means by weight, covariance within plus between, so that profiles that disagree are followed
 * gently. weights NULL: equal; they need not sum to 1. */
AM_API am_status am_target_from_profiles(const am_profile *const *profiles, const double *weights, size_t count, am_target *out, am_error *err);

/* How a song differs from what the profile's songs do. */
typedef struct am_deviation {
    char what[40];                  /* "low end" */
    char unit[8];
    double value;                   /* of the song; tone: of the group of bands, re the others */
    double p10, p50, p90;           /* of the profile */
    double percentile;              /* [0, 100]: share of the profile's songs below, estimated */
    double beyond;                  /* above p90 (> 0), below p10 (< 0), or 0 */
    char text[192];                 /* "low end 4.0 dB above 90 % of house (n = 12)"; "loudness as usual for house (published, n = 217), above 40 % of it" */
} am_deviation;
#define AM_DEVIATIONS 16

/* deviations[AM_DEVIATIONS], in reading order: loudness, range, PLR, tone by groups of bands, width. Quantities that are
 * unknown or of one song are left out, and the tone where left and right cancel: the mid is what it is of. */
AM_API am_status am_profile_judge(const am_profile *profile, const am_analysis *analysis, am_deviation *deviations, size_t *count,
                                  am_error *err);

#ifdef __cplusplus
}
#endif
#endif
