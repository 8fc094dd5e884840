/* sections.h - covariance of band levels between sections of 5 s
 *
 * Overlapping frames make neighbours within a section alike, which does no harm: only the mean of each section enters, and sections
 * share at most one frame.
 */
#ifndef AM_ANALYZE_SECTIONS_H
#define AM_ANALYZE_SECTIONS_H

#include <automaster/automaster.h>

typedef struct am_section_sums {
    uint64_t index;                 /* of the section being summed */
    uint32_t frames;
    double level_db, mid_db[AM_BANDS], side_db[AM_BANDS];       /* sums over its frames */
    double mean_mid[AM_BANDS], mean_width[AM_BANDS];            /* over the sections so far */
} am_section_sums;

/* One gated frame at time_s, in order of time: level is its K-weighted level. Covariances grow in *out, which starts zeroed. */
void am_sections_add(am_section_sums *sums, double time_s, double level_db, const double *mid_db, const double *side_db,
                     am_sections *out);

/* Close the last section and divide. Rows and columns from bands on are NaN, and everything when there are fewer than two sections. */
void am_sections_finish(am_section_sums *sums, uint32_t bands, am_sections *out);

#endif
