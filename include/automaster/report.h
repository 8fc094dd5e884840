/* report.h - what was measured, wanted, decided and reached; the struct behind song_master.json */
#ifndef AUTOMASTER_REPORT_H
#define AUTOMASTER_REPORT_H

#include "analysis.h"
#include "plan.h"
#include "target.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AM_REPORT_SCHEMA "automaster.report/1"
#define AM_MAX_ATTEMPTS 8
#define AM_MAX_GATES 16
#define AM_MAX_NOTES 96
#define AM_MAX_WARNINGS 4
#define AM_PATH 4096

/* Why a decision came out as it did, band by band. */
typedef enum am_limit {             /* what kept a band from its wanted value */
    AM_LIMIT_NONE,
    AM_LIMIT_EMPTY,                 /* the input has nothing there but its own floor: no boost */
    AM_LIMIT_LOSSY,                 /* above the cut-off of a lossy source: nothing is known */
    AM_LIMIT_BOOST,                 /* cap on boost at the edges of the spectrum */
    AM_LIMIT_RANGE,                 /* cap on any correction */
    AM_LIMIT_NYQUIST,               /* above what one of the rates can hold */
    AM_LIMIT_MONO,                  /* no side to widen, or the reference is mono */
    AM_LIMIT_CORRELATION            /* widening further would hurt the mono sum */
} am_limit;

typedef struct am_evidence {
    bool present;
    double difference_db[AM_BANDS]; /* target - input as measured */
    double wanted_db[AM_BANDS];     /* what the solver believes in, before caps */
    double sure_db[AM_BANDS];       /* posterior standard deviation of wanted_db; NaN: exact matching asks for no such thing */
    double applied_db[AM_BANDS];    /* response of the filters in the plan */
    am_limit limit[AM_BANDS];
} am_evidence;

/* How level is distributed, of one signal: measured, or simulated on its blocks. Quantiles as in am_dynamics. */
typedef struct am_features {
    double integrated_lufs, range_lu, plr_db, psr_db;
    double short_term_lu[AM_QUANTILES], momentary_lu[AM_QUANTILES], fast_lu[AM_QUANTILES];
} am_features;

typedef struct am_dynamics_evidence {
    bool present;                   /* the target says how level is distributed */
    am_features plain;              /* predicted with tone, gain and limiter alone */
    am_features expected;           /* predicted with the compressor of the plan; the same as plain without one */
    double plain_rms_db, expected_rms_db;   /* distance of the momentary and fast quantiles to the target */
} am_dynamics_evidence;

/* What happens to the tone behind the equaliser, on the mid */
typedef struct am_pressed {
    bool present;                   /* predicted */
    double change_db[AM_BANDS];     /* of the mean power, by leveller, compressor, drive and limiter together */
    double answer_db[AM_BANDS];     /* what the equaliser was asked for because of it, beyond tone.wanted_db */
} am_pressed;

typedef enum am_stage {
    AM_STAGE_INPUT, AM_STAGE_TARGET, AM_STAGE_TONE, AM_STAGE_DYNAMICS, AM_STAGE_WIDTH, AM_STAGE_LOUDNESS, AM_STAGE_LIMITER,
    AM_STAGE_DELIVERY
} am_stage;

/* Something to tell the person. kind is a stable word for scripts ("tone_capped", "reference_lossy", ...). */
typedef struct am_note {
    am_stage stage;
    char kind[40];
    char text[240];                 /* one English sentence */
    double time_s;                  /* NaN: the whole file */
    double value;                   /* NaN: none */
} am_note;

typedef struct am_attempt {
    double drive_db, trim_db;
    am_prediction predicted;
    double integrated_lufs, true_peak_dbtp, tone_rms_db, width_rms_db;  /* measured on the file written */
} am_attempt;

typedef struct am_gate {
    char name[32];                  /* "loudness", "true_peak", "format", "finite", ... */
    char limit[64];                 /* "-9.1 +-0.1 LUFS" */
    char measured[64];
    bool pass;
    bool advisory;                  /* a miss that is told but does not fail the run (loudness_unreachable without strict) */
    char reason[160];               /* "" or "loudness_unreachable: ..." */
} am_gate;

typedef struct am_source {
    char path[AM_PATH];             /* as given, made valid UTF-8 */
    char sha256[65];
    char format[64];                /* "WAV 24 bit", "Ogg Vorbis" */
    uint32_t rate_hz, channels, bits; /* bits: of the container, 0 for lossy */
    bool lossy;
    uint64_t frames;
    double promised_s;              /* of a file that was cut: what its header says it lasts; 0: nothing is missing */
    uint32_t warning_count;
    char warnings[AM_MAX_WARNINGS][160];    /* sentences on what is odd about the file */
} am_source;

typedef struct am_limiter_trace {   /* what a stage of dynamics did, on the slices of after.overview */
    uint32_t count;
    float reduction_db[AM_OVERVIEW];    /* greatest change of gain in the slice: > 0 is taken off, < 0 added */
    double p50_db, p95_db, max_db, max_s;
} am_limiter_trace;

typedef struct am_report {
    uint32_t struct_version;        /* 1 */
    char engine[32];                /* "automaster 0.1.0" */
    am_source input, output;
    uint32_t reference_count;
    am_source references[AM_MAX_REFERENCES];
    am_analysis before, after;      /* after: of the written file; version 0 in a dry run */
    am_target target;
    am_evidence tone, width;
    am_dynamics_evidence dynamics;
    am_pressed pressed;
    am_plan plan;
    am_limiter_trace multiband, leveller, compressor, clip, limiter;
    uint32_t attempt_count;
    am_attempt attempts[AM_MAX_ATTEMPTS];
    uint32_t gate_count;
    am_gate gates[AM_MAX_GATES];
    uint32_t note_count;
    am_note notes[AM_MAX_NOTES];
    double analyze_s, solve_s, render_s, verify_s, total_s;
    double amounts[4];              /* tone, dynamics, width, loudness: those of the options times those of the profiles; of no use without a target */
} am_report;

#ifdef __cplusplus
}
#endif
#endif
