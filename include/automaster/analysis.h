/* analysis.h - every measurement of one piece of audio
 *
 * A quantity that cannot be measured (silence, too short, too few channels) is NaN here and null in JSON.
 * Levels are dB re full scale: a stereo sine of amplitude 1 in both channels has mid power -3.01 dB.
 */
#ifndef AUTOMASTER_ANALYSIS_H
#define AUTOMASTER_ANALYSIS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AM_ANALYSIS_VERSION 1u

/* The band grid: centres 1000 * 2^(k/6) Hz, k = -34 .. 26 (19.7 Hz .. 20.2 kHz), each band a third of an octave wide. */
#define AM_BANDS 61
#define AM_BAND_1K 34               /* index of the 1 kHz band */

/* Twelfths of an octave side by side, from a sixth of an octave below the first centre to as much above the last: band k of the grid
 * covers those from 2 k to 2 k + 3. */
#define AM_TWELFTHS (2 * AM_BANDS + 2)

#define AM_QUANTILES 7
#define AM_QUANTILE_PERCENTS { 5, 10, 25, 50, 75, 90, 95 }
#define AM_REGIONS 4                /* of the spectrum, between these edges */
#define AM_REGION_HZ { 20.0, 120.0, 1000.0, 6000.0, 16000.0 }
#define AM_MAX_DEFECTS 64
#define AM_OVERVIEW 1000            /* points of the time line, whatever the duration */
#define AM_MAX_STYLES 32
#define AM_STYLE_FEATURES 53
#define AM_SIDES_ALONE_DB 40.0

typedef enum am_layout {
    AM_LAYOUT_MONO,                 /* one channel in the file */
    AM_LAYOUT_DUAL_MONO,            /* two channels, the same samples in both */
    AM_LAYOUT_STEREO,
    AM_LAYOUT_ANTIPHASE,            /* right is left with the polarity turned: mono sum silent */
    AM_LAYOUT_ONE_SIDED,            /* one of two channels is silent */
    AM_LAYOUT_MULTI                 /* three to eight channels: loudness and peaks only */
} am_layout;

typedef struct am_loudness {        /* ITU-R BS.1770-5, EBU Tech 3341 and 3342 */
    double integrated_lufs;         /* gated */
    double momentary_max_lufs;      /* 400 ms windows at 10 ms steps */
    double short_term_max_lufs;     /* 3 s windows at 100 ms steps */
    double range_lu;                /* 3 s windows at 100 ms steps; NaN below two that do not overlap */
    double loudest_s;               /* where the loudest short-term window (or momentary, if shorter) begins */
} am_loudness;

typedef struct am_peak {
    double sample_dbfs;
    double true_peak_dbtp;
    double true_peak_s;             /* where it is */
    double clipped_percent;         /* samples in runs of 3 or more at the file's own extreme, [0, 100] */
    uint32_t clipped_runs;
} am_peak;

/* Distributions of level; every quantile is relative to integrated_lufs or, per region, to that region's median. */
typedef struct am_dynamics {
    double plr_db;                  /* true peak - integrated */
    double psr_db;                  /* median over 3 s windows above -70 LUFS of sample peak - short-term loudness */
    double psr_min_db;
    double crest_db;                /* sample peak over rms, mean of the channels */
    double short_term_lu[AM_QUANTILES];     /* 3 s windows, within the range gate */
    double momentary_lu[AM_QUANTILES];      /* 400 ms windows, within the integrated gate */
    double fast_lu[AM_QUANTILES];           /* 20 ms K-weighted levels, within the integrated gate */
    double region_db[AM_REGIONS][AM_QUANTILES]; /* 20 ms levels of each region, both channels */
} am_dynamics;

/* One spectrum on the band grid. mean_db is what solvers match, power_db what meters show. */
typedef struct am_spectrum {
    double mean_db[AM_BANDS];       /* mean over gated frames of the band level in dB, re integrated_lufs */
    double power_db[AM_BANDS];      /* level of the mean power over gated frames, re integrated_lufs */
    double floor_db[AM_BANDS];      /* 5th percentile over all frames above digital silence, re integrated_lufs */
    double twelfth_db[AM_TWELFTHS]; /* as power_db, in ideal bands without overlap: what exact matching follows */
} am_spectrum;

/* Of 5 s sections: how much a band differs from section to section, which says how far its mean can be trusted. */
typedef struct am_sections {
    uint32_t count;                 /* sections that entered; covariances are NaN below 2 */
    double mid_db2[AM_BANDS][AM_BANDS];     /* of mid mean_db with each section's own level taken out */
    double width_db2[AM_BANDS][AM_BANDS];   /* of side - mid */
    double cross_db2[AM_BANDS][AM_BANDS];   /* between the two, [mid][side - mid]: where the side moves with the mid it tells of it */
} am_sections;

typedef struct am_stereo {
    am_layout layout;
    double correlation;             /* sum LR / sqrt(sum LL sum RR), [-1, 1] */
    double correlation_min;         /* over 3 s windows above the gate */
    double width_db;                /* side energy over mid energy; above AM_SIDES_ALONE_DB there is no mid to judge */
    double balance_db;              /* right over left, > 0 leans right */
    double fold_down_lu;            /* loudness lost by (L + R) / 2 in both channels, >= 0 mostly */
    double low_side_db;             /* side over mid below 120 Hz */
    double low_side_s;              /* about where the side has most below 120 Hz; NaN: it has nothing there */
    double band_width_db[AM_BANDS]; /* mean over gated frames of side - mid, in dB */
    double band_correlation[AM_BANDS];
    double band_balance_db[AM_BANDS];
} am_stereo;

typedef enum am_defect_kind {
    AM_DEFECT_CLIPPING,             /* a run of three or more samples at the extreme */
    AM_DEFECT_DC,                   /* constant offset above -60 dBFS */
    AM_DEFECT_LOSSY,                /* spectrum ends abruptly: value is the cut-off in Hz */
    AM_DEFECT_DROPOUT               /* 5 ms .. 200 ms of digital silence inside sounding music */
} am_defect_kind;

typedef struct am_defect {
    am_defect_kind kind;
    int32_t channel;                /* -1: all */
    double time_s;                  /* NaN: the whole file */
    double value;                   /* in the unit of the kind: samples, dBFS, Hz, s */
    double confidence;              /* [0, 1] */
} am_defect;

/* The file on a fixed number of equal time slices, for pictures. */
typedef struct am_overview {
    uint32_t count;                 /* slices in use, <= AM_OVERVIEW */
    double slice_s;
    float low[AM_OVERVIEW], high[AM_OVERVIEW];  /* extreme samples of all channels, linear */
    float short_term_lufs[AM_OVERVIEW];         /* of the 3 s window centred on the slice; NaN where there is none */
} am_overview;

#define AM_STYLE_LEAST_S 10.0       /* a style is recognised from this much on, leading silence not counted ... */
#define AM_STYLE_LEAST_HZ 22050     /* ... and from this rate */

/* The share of the profile `name` in what the piece sounds like; "unknown" is the share that no style can claim. */
typedef struct am_style {
    char name[32];
    double weight;                  /* [0, 1] */
} am_style;

typedef struct am_analysis {
    uint32_t version;               /* AM_ANALYSIS_VERSION */
    uint32_t channels;              /* [1, 8]; mono is measured as two equal channels */
    double sample_rate_hz;
    uint64_t frames;
    double duration_s;
    double gated_s;                 /* seconds of spectrum frames within the loudness gate */
    double leading_silence_s, trailing_silence_s;   /* below -80 dBFS */
    uint32_t effective_bits;        /* [1, 24]; 32: uses the full resolution of float */
    double cutoff_hz;               /* where a lossy codec ended the spectrum; NaN: none seen */
    double dc[2];                   /* mean of each of the first two channels, linear */
    am_loudness loudness;
    am_peak peak;
    am_dynamics dynamics;
    am_stereo stereo;
    am_spectrum mid, side;          /* (L + R) / 2, (L - R) / 2 */
    am_sections sections;
    uint32_t defect_count;          /* of the whole file; the first AM_MAX_DEFECTS are kept */
    am_defect defects[AM_MAX_DEFECTS];
    am_overview overview;
    uint32_t style_count;           /* 0: not asked for (am_options.style), silent, shorter than 10 s, below 22.05 kHz, or multichannel */
    am_style style[AM_MAX_STYLES];  /* by falling weight; the weights sum to 1 */
    double style_features[AM_STYLE_FEATURES];   /* what they follow from (docs/style.md); NaN where style_count is 0 */
} am_analysis;

#ifdef __cplusplus
}
#endif
#endif
