/* gp.h - Gaussian-process posterior with unknown scales
 *
 * d = T + n with T ~ N(0, t K), n ~ N(0, s N). One generalised eigenproblem K v = lambda N v gives the posterior for every pair of
 * scales (t, s); where scales are listed, the pairs are weighed by how well they explain a few linear functionals of d.
 * Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, eq. 2.25, 2.26; scales averaged over as in 5.1.
 */
#ifndef AM_MATCH_GP_H
#define AM_MATCH_GP_H

#include <automaster/automaster.h>

#define AM_GP_MODES 8

typedef struct am_gp_scales {
    size_t prior_count, noise_count;
    const double *prior, *prior_log;    /* t and its log weight */
    size_t full;                        /* which t is the full prior */
    const double *noise, *noise_log;    /* s and its log weight */
    size_t mode_count;                  /* <= AM_GP_MODES */
    const double *modes;                /* [mode_count][count] */
    double evidence;                    /* power of the likelihood of the modes, > 0 */
} am_gp_scales;

typedef struct am_gp {
    size_t count;
    const double *prior, *noise;        /* [count][count] symmetric; noise positive definite */
    const double *difference;           /* d */
    size_t centred;                     /* sd of the first centred variables is that of their distance to their common mean; 0: none */
    const am_gp_scales *scales;         /* NULL: t = s = 1 */
} am_gp;

/* Mean scales t and s over the weighed pairs of gp->scales, which must be given. Returns AM_OK, or AM_ERR_RANGE when the modes do not
 * see a positive definite noise; then the outputs are untouched. */
am_status am_gp_judge(const am_gp *gp, double *prior_scale, double *noise_scale);

/* Write posterior mean, mean given the full prior, and standard deviation, each count long.
 * Returns AM_OK, AM_ERR_NOMEM, or AM_ERR_RANGE when noise is not positive definite; then the outputs are untouched. */
am_status am_gp_solve(const am_gp *gp, const am_allocator *allocator, double *mean, double *mean_full, double *sd, am_error *err);

#endif
