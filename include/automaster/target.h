/* target.h - what to aim for: a reference, a weighted set of them, a profile, or a mixture */
#ifndef AUTOMASTER_TARGET_H
#define AUTOMASTER_TARGET_H

#include "analysis.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AM_TARGET_VERSION 1u
#define AM_MAX_REFERENCES 16

/* A wanted curve on the band grid with its tolerance. */
typedef struct am_band_target {
    bool present;
    double mean_db[AM_BANDS];       /* what to match; re integrated_lufs (tone), side - mid (width) */
    double power_db[AM_BANDS];      /* the same as mean power */
    double third_db[AM_BANDS];      /* the same in ideal thirds of an octave, for AM_MATCH_EXACT */
    double sixth_db[AM_BANDS];      /* the same in sixths with soft edges, as thirds would read them */
    double weight[AM_BANDS];        /* [0, 1]; 0: the target says nothing about this band */
    double covariance_db2[AM_BANDS][AM_BANDS]; /* of mean_db as an estimate of what is wanted: the covariance of the mean for
                                       references, the full covariance across songs for a profile */
} am_band_target;

/* Passages of the mix that a reference has too, compared like with like. Belongs to one pair of files. */
typedef struct am_shared {
    double share;                   /* of the windows of 1.4 s of the mix that were found, [0, 1]; 0: the rest says nothing */
    double in_step;                 /* of these windows, found where the reference runs beside the mix, [0, 1]; near 1: one recording */
    double kinship;                 /* where share is small: likeness of fine spectrum and of rhythm, [0, 2]; near 2: parts of one song */
    double tone_db[AM_BANDS], width_db[AM_BANDS];           /* reference - mix, of the mid without its level, and of side - mid */
    double levels_lu[AM_QUANTILES]; /* reference - mix, quantiles of level re loudness over the passages alone */
    double tone_sd_db[AM_BANDS], width_sd_db[AM_BANDS];     /* their standard deviations as estimates of the mastering between the two */
} am_shared;

typedef enum am_target_kind { AM_TARGET_REFERENCE, AM_TARGET_PROFILE } am_target_kind;

typedef struct am_target {
    uint32_t version;               /* AM_TARGET_VERSION */
    am_target_kind kind;            /* of the tone */
    char name[256];                 /* for people: "ref.wav", "neutral", "3 references" */
    double loudness_lufs;           /* NaN: leave the loudness as it is */
    double range_lu, plr_db, psr_db;        /* NaN: unknown */
    double width_db;                /* broadband side over mid; NaN: unknown or mono */
    double short_term_lu[AM_QUANTILES], momentary_lu[AM_QUANTILES], fast_lu[AM_QUANTILES];  /* NaN: unknown */
    double region_db[AM_REGIONS][AM_QUANTILES];     /* as in am_dynamics; NaN: unknown */
    double cutoff_hz;               /* lossy source; NaN: none */
    double clipped_percent;
    am_band_target tone;            /* of the mid */
    am_band_target width;           /* absent when the reference is mono: its stereo image is never copied */
    double cross_db2[AM_BANDS][AM_BANDS];   /* covariance of tone.mean_db with width.mean_db; 0 where they are of different files */
    double sections;                /* of 5 s behind the covariances; 0: a profile */
    double loudness_range_lufs[2], plr_range_db[2], range_range_lu[2];  /* of a profile: 10 and 90 % of its songs; of references NaN */
    am_shared shared;               /* with the one reference that tone and width are of */
} am_target;

#ifdef __cplusplus
}
#endif
#endif
