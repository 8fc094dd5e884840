/* statistics.h - from the values of songs, or of profiles, to those of one profile; the same bits in any order of the songs given */
#ifndef AM_REFERENCES_STATISTICS_H
#define AM_REFERENCES_STATISTICS_H

#include <automaster/automaster.h>

/* An empty profile, closed with am_profile_close; song_count songs with all values NaN. */
am_status am_profile_make(const am_allocator *allocator, const char *name, size_t song_count, am_profile **out, am_error *err);

/* Name, about and date of options into the profile; refuses a name that is none. */
am_status am_profile_entitle(am_profile *profile, const am_profile_options *options, am_error *err);
/* about into the profile: AM_ERR_RANGE when it is too long, which says how long it can be. */
am_status am_profile_describe(am_profile *profile, const char *about, am_error *err);
bool am_profile_name_valid(const char *name);

/* Sort the songs by hash; the same bytes are the same song and stay once, with the weight of one or (add) of all. Returns true when there
 * were such. */
bool am_profile_unite_songs(am_profile *profile, bool add);

/* Sort the songs, mark outliers (unless keep_all), and write values, provenance, covariance and range from those that count.
 * AM_ERR_CONTENT when none does. */
am_status am_profile_compute(am_profile *profile, am_error *err);

/* Standard normal on either side of the median, through the percentiles: the share of songs below x, NaN when unknown. */
double am_statistic_share(const am_statistic *s, double x);

/* p-quantile of the mixture of count of them with weights; NaN when none is known. */
double am_statistic_quantile(const am_statistic *const *s, const double *weights, size_t count, double p);

/* A covariance that is written as deviations and a correlation length, filled in. */
void am_profile_fill_covariance(am_profile *profile, int which);

#endif
