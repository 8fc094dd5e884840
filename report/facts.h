/* facts.h - the words and small computations that JSON, table and explanation share */
#ifndef AM_REPORT_FACTS_H
#define AM_REPORT_FACTS_H

#include <automaster/automaster.h>

enum { AM_LAYOUTS = 6, AM_DEFECT_KINDS = 4, AM_LIMITS = 8, AM_STAGES = 8, AM_TARGET_KINDS = 2, AM_FACT_TEXT = 48 };

/* The words of the enums in JSON, in their order. */
extern const char *const am_layout_words[AM_LAYOUTS];
extern const char *const am_defect_words[AM_DEFECT_KINDS];
extern const char *const am_limit_words[AM_LIMITS];
extern const char *const am_stage_words[AM_STAGES];
extern const char *const am_target_words[AM_TARGET_KINDS];

/* words[index], or "unknown" when index is none of count. */
const char *am_fact_word(const char *const *words, int count, int index);

/* "260 Hz", "9 kHz", "9.5 kHz": two digits */
const char *am_fact_hz(double hz, char out[AM_FACT_TEXT]);
/* "44.1 kHz": exact */
const char *am_fact_rate(double hz, char out[AM_FACT_TEXT]);
/* "2:14", "1:02:14"; "-" for NaN */
const char *am_fact_time(double s, char out[AM_FACT_TEXT]);
/* "+2.1", "-0.4", "0.0" */
const char *am_fact_signed(double value, int decimals, char out[AM_FACT_TEXT]);

/* Distance of a spectrum (of mean power, of the mid) to the target's: root of the weighted mean square over 40 Hz to 16 kHz. Bands 70 dB
 * under the target's loudest are empty, and above 0.94 of cutoff_hz (NaN: none), where a lossy input ends, nothing counts: as the solver
 * measures its tone_rms_db. NaN: nothing to compare. */
double am_fact_distance(const double power_db[AM_BANDS], const am_band_target *target, double cutoff_hz);

/* The bands where a curve is furthest from 0: extremes of at least least_db, half an octave or more apart, largest first; returns how
 * many of the most were found. NaN is passed over. */
size_t am_fact_moves(const double curve_db[AM_BANDS], double least_db, int *bands, size_t most);

/* Runs of neighbouring bands that were kept back by something: limit not NONE and wanted and applied at least 0.5 dB apart. */
size_t am_fact_capped(const am_evidence *evidence);

#endif
