/* quantities.h - the values of a profile: where each comes from in an analysis, and how it is rounded */
#ifndef AM_REFERENCES_QUANTITIES_H
#define AM_REFERENCES_QUANTITIES_H

#include <automaster/automaster.h>

/* To so many decimals, as the double that the printed text reads back to. */
double am_rounded(double x, int digits);

/* What a profile holds of one song: every value rounded to the digits of its quantity, NaN where unknown or out of its range. Bands above a
 * codec's cut-off or the file's rate are unknown. */
void am_quantities_of(const am_analysis *analysis, double values[AM_PROFILE_VALUES]);

/* The quantity that a key names ("loudness_lufs"), or -1. */
int am_quantity_find(const char *key, size_t length);

#endif
