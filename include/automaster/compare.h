/* compare.h - two files side by side: what differs, how much and where */
#ifndef AUTOMASTER_COMPARE_H
#define AUTOMASTER_COMPARE_H

#include "analysis.h"
#include "report.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AM_COMPARISON_SCHEMA "automaster.comparison/1"
#define AM_MAX_PLACES 5

typedef struct am_place {           /* a second of the first file */
    double time_s;
    double residual_db;             /* of that second, over the mean level of the first file where the second has something, too */
} am_place;

/* Both through time, on equal slices of whole seconds of the first file. NaN: not known. */
typedef struct am_compare_line {
    uint32_t count;
    double slice_s;
    float first_lufs[AM_OVERVIEW], second_lufs[AM_OVERVIEW];    /* short-term loudness in the middle of the slice, the lag taken out */
    float residual_db[AM_OVERVIEW];     /* as of am_place */
} am_compare_line;

/* All differences are second minus first. */
typedef struct am_comparison {
    uint32_t struct_version;        /* 1 */
    am_source source[2];
    am_analysis analysis[2];
    double loudness_lu, true_peak_db, range_lu, plr_db, psr_db, width_db;
    double tone_db[AM_BANDS];       /* of the mid at equal loudness; NaN where one of them is empty */
    double tone_rms_db;             /* 40 Hz - 16 kHz */
    double band_width_db[AM_BANDS]; /* of side - mid */
    double band_width_rms_db;       /* 40 Hz - 16 kHz; NaN: one of them is mono */
    bool aligned;                   /* the same programme was found in both: what follows is known */
    char reason[160];               /* why not; "" */
    double lag_s;                   /* how much later the second is, found to a hundredth of a frame */
    double gain_db;                 /* what makes the second as loud as the first, by least squares */
    bool inverted;                  /* its polarity is turned */
    double residual_db;             /* what is left of the first after subtracting the second, shifted and with gain, where both have
                                     * something; at least -200 */
    uint32_t place_count;           /* where most is left, loudest first, 5 s apart or more */
    am_place places[AM_MAX_PLACES];
    am_compare_line timeline;
    double overlap_s;               /* how much of the programme both files have */
} am_comparison;

#ifdef __cplusplus
}
#endif
#endif
