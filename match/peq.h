/* peq.h - fit shelves and bells to a curve
 *
 * Levenberg-Marquardt on the response of the digital filters themselves, so that warping near Nyquist is part of the fit.
 * Source: K. Levenberg 1944, D. Marquardt 1963; Bayesian information criterion of G. Schwarz 1978 for the number of bells.
 */
#ifndef AM_MATCH_PEQ_H
#define AM_MATCH_PEQ_H

#include <automaster/automaster.h>

typedef struct am_peq_goal {
    double rate_hz;                 /* of the filters, [8000, 384000] */
    double curve_db[AM_BANDS];      /* wanted, up to a common gain */
    double weight[AM_BANDS];        /* >= 0; 0: do not care, above the half of the rate too */
    double ceiling_db[AM_BANDS];    /* not to be exceeded, softly, whatever the weight; INFINITY: none */
    double ceiling_weight[AM_BANDS];    /* >= 0, of a dB^2 over it in one band, against a mean weight of 1 */
} am_peq_goal;

typedef struct am_peq {
    uint32_t count;                 /* [0, AM_EQ_SECTIONS] */
    am_eq_section sections[AM_EQ_SECTIONS]; /* rounded: frequency to 0.1 %, gain to 0.01 dB, q to 0.01; low shelf, bells upward, high shelf */
    double response_db[AM_BANDS];   /* of the rounded sections; 0 above the half of the rate */
    double rms_db;                  /* weighted distance to the curve, common gain taken out */
} am_peq;

void am_peq_fit(const am_peq_goal *goal, am_peq *out);

/* Response of a list of sections on the band grid; bands above the half of the rate get 0. */
void am_peq_response(double rate_hz, const am_eq_section *sections, uint32_t count, double *response_db);

#endif
