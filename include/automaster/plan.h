/* plan.h - every decision of one mastering, as plain data
 *
 * It holds no pointers: assignment copies it, JSON with 17 significant digits round-trips it, a person can edit it.
 * The chain, in order:
 *   dc -> tone (left and right alike) -> width (side alone, linear phase) -> multiband -> rate conversion -> leveller -> compressor
 *   -> drive -> clip -> limiter -> trim -> dither and word length
 */
#ifndef AUTOMASTER_PLAN_H
#define AUTOMASTER_PLAN_H

#include "analysis.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AM_PLAN_VERSION 1u
#define AM_EQ_SECTIONS 10           /* two shelves and eight bells */

typedef enum am_section_kind { AM_SECTION_BELL, AM_SECTION_LOW_SHELF, AM_SECTION_HIGH_SHELF } am_section_kind;

typedef struct am_eq_section {
    am_section_kind kind;
    double frequency_hz;            /* [10, 24000]; a section at or above 0.49 of the rate is left out */
    double gain_db;                 /* [-24, 24] */
    double q;                       /* [0.1, 20] */
} am_eq_section;

typedef enum am_eq_method {
    AM_EQ_OFF,                      /* bit-identical pass */
    AM_EQ_SECTIONS_METHOD,          /* minimum-phase second-order sections with an un-cramped top */
    AM_EQ_CURVE_METHOD              /* minimum-phase FIR through curve_db */
} am_eq_method;

typedef struct am_eq {
    am_eq_method method;
    uint32_t section_count;         /* [0, AM_EQ_SECTIONS] */
    am_eq_section sections[AM_EQ_SECTIONS];
    double curve_db[AM_BANDS];      /* [-36, 36] on the band grid, joined smoothly, flat outside it */
} am_eq;

typedef struct am_width {           /* gain of the side against the mid */
    bool enabled;
    double length_ms;               /* [5, 200] of the filter: short keeps what sounds ahead of a transient short, long resolves the bass */
    double side_db[AM_BANDS];       /* [-48, 36] on the band grid, rendered as a linear-phase filter */
} am_width;

/* Split in linear phase at 120 Hz, 1 kHz and 6 kHz; each band has one gain for both channels, from its own level of the 20 ms around. */
typedef struct am_multiband {
    bool enabled;
    double threshold_db[AM_REGIONS];        /* [-100, 10], of the power of both channels in the band; mono counts twice */
    double ratio[AM_REGIONS];               /* [1, 20]; 1: the band is left alone */
    double makeup_db[AM_REGIONS];           /* [-12, 12], gain of the band at all times */
    double knee_db;                         /* [0, 24] */
    double range_db;                        /* [0, 24], the gain but for makeup_db never changes by more */
    double attack_ms;                       /* [1, 500] */
    double release_ms;                      /* [10, 5000] */
} am_multiband;

/* A slow ride of both channels towards one level, from the K-weighted loudness of the 3 s around. */
typedef struct am_leveller {
    bool enabled;
    double level_lufs;              /* [-80, 10], what is louder is turned down, what is softer up */
    double amount;                  /* [0, 1], dB of gain for a dB of distance */
    double range_db;                /* [0, 6], the gain never changes by more */
    double slew_db_s;               /* [0.1, 4], fastest change of the gain */
    double floor_lufs;              /* [-90, 10], tenths of a second below count as silence, through which the gain stands still */
} am_leveller;

/* One gain for both channels, from the K-weighted level of the 20 ms around; no make-up: that is drive_db. */
typedef struct am_compressor {
    bool enabled;
    double threshold_lufs;          /* [-80, 10], in front of the compressor */
    double ratio;                   /* [0.8, 20]; below 1 it expands what is above the threshold */
    double knee_db;                 /* [0, 24], width of the bend around the threshold */
    double range_db;                /* [0, 24], the gain never changes by more */
    double attack_ms;               /* [1, 500] */
    double release_ms;              /* [10, 5000] */
    double dry;                     /* [0, 0.9], share of the unprocessed signal in a parallel mix */
} am_compressor;

/* Cuts off the tops of single peaks ahead of the limiter, four times oversampled. */
typedef struct am_clip {
    bool enabled;
    double over_db;                 /* [0, 12], the level that peaks are cut to, above the limiter's ceiling */
    double knee;                    /* [0, 0.5], share of that level on either side over which the curve bends */
    double range_db;                /* [0, 6], no sample is turned down by more */
} am_clip;

typedef struct am_limiter {
    bool enabled;
    double ceiling_dbtp;            /* [-20, 0], true peak of the file as delivered */
    double lookahead_ms;            /* [0.5, 20], length of the smoothing */
    double hold_ms;                 /* [0, 40] */
    double release_ms;              /* [5, 2000], of single peaks */
    double sustain_attack_ms;       /* [10, 2000], of the slow state that sustained reduction settles to */
    double sustain_release_ms;      /* [20, 5000] */
    double sustain;                 /* [0, 1], share of the slow state that stays while single peaks recover */
} am_limiter;

typedef enum am_dither { AM_DITHER_NONE, AM_DITHER_TPDF, AM_DITHER_SHAPED } am_dither;

/* What the solver thinks that the meter will read on the written file. */
typedef struct am_prediction {
    double integrated_lufs;
    double true_peak_dbtp;
    double tone_rms_db;             /* distance of the mid spectrum to the target, 40 Hz - 16 kHz, weighted */
    double width_rms_db;
    double multiband_p50_db, multiband_p95_db, multiband_max_db;    /* change of gain, as for the compressor, of the band that moves most */
    double leveller_p50_db, leveller_p95_db, leveller_max_db;       /* change of gain, >= 0, as for the compressor */
    double compressor_p50_db, compressor_p95_db, compressor_max_db; /* change of gain, >= 0; p50 and p95 over time above the gate */
    double clip_p50_db, clip_p95_db, clip_max_db;           /* reduction of the peaks of 0.7 ms, >= 0, as for the limiter */
    double limiter_p50_db, limiter_p95_db, limiter_max_db;  /* gain reduction, >= 0; p50 and p95 over time above the gate */
} am_prediction;

typedef struct am_plan {
    uint32_t version;               /* AM_PLAN_VERSION */
    double dc[2];                   /* [-1, 1], taken off left and right */
    am_eq tone;
    am_width width;
    am_multiband multiband;
    am_leveller leveller;
    am_compressor compressor;
    double drive_db;                /* [-80, 80], gain into clip stage and limiter */
    am_clip clip;
    am_limiter limiter;
    double trim_db;                 /* [-6, 0], after the limiter: what verification found over the ceiling */
    uint32_t rate_hz;               /* [8000, 384000], of the file delivered */
    uint32_t bits;                  /* 16, 24, or 32 for float */
    am_dither dither;
    uint64_t dither_seed;           /* [0, 2^53] so that JSON keeps it */
    am_prediction expected;
} am_plan;

#ifdef __cplusplus
}
#endif
#endif
