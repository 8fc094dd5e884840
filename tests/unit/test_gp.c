/* test_gp.c - match/gp.h against plain matrix algebra */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "match/gp.h"
#include "tests/support/analyses.h"
#include "tests/support/faulty.h"

enum { n = 12 };

typedef double matrix[n][n];

static void random_positive(uint64_t *state, double floor, matrix out)
{
    matrix a;

    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            a[i][j] = test_uniform(state, -1.0, 1.0);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            out[i][j] = i == j ? floor : 0.0;
            for (int k = 0; k < n; k++)
                out[i][j] += a[i][k] * a[j][k];
        }
}

/* Gauss-Jordan; also log |m| */
static double invert(matrix m, matrix out)
{
    matrix a;
    double log_det = 0.0;

    memcpy(a, m, sizeof a);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            out[i][j] = i == j;
    for (int c = 0; c < n; c++) {
        const double pivot = a[c][c];       /* positive definite: no exchange needed */

        log_det += log(pivot);
        for (int j = 0; j < n; j++) {
            a[c][j] /= pivot;
            out[c][j] /= pivot;
        }
        for (int i = 0; i < n; i++) {
            const double f = i == c ? 0.0 : a[i][c];

            for (int j = 0; j < n; j++) {
                a[i][j] -= f * a[c][j];
                out[i][j] -= f * out[c][j];
            }
        }
    }
    return log_det;
}

/* K (K + N)^-1 d, diag(K - K (K + N)^-1 K), -2 log likelihood */
static double direct(matrix k, matrix noise, const double *d, double *mean, double *variance)
{
    matrix sum, inverse;
    double cost;

    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            sum[i][j] = k[i][j] + noise[i][j];
    cost = invert(sum, inverse);
    for (int i = 0; i < n; i++) {
        mean[i] = 0.0;
        variance[i] = k[i][i];
        for (int a = 0; a < n; a++)
            for (int b = 0; b < n; b++) {
                mean[i] += k[i][a] * inverse[a][b] * d[b];
                variance[i] -= k[i][a] * inverse[a][b] * k[b][i];
                cost += i == 0 ? d[a] * inverse[a][b] * d[b] : 0.0;
            }
    }
    return cost;
}

static void close_to(const char *what, double found, double wanted, double tolerance)
{
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("%s: found %.12g, wanted %.12g", what, found, wanted);
}

static void posterior_is_that_of_the_direct_inverse(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int trial = 0; trial < 50; trial++) {
        matrix k, noise;
        double d[n], mean[n], full[n], sd[n], wanted[n], variance[n];

        random_positive(&seed, 0.0, k);
        random_positive(&seed, 0.1, noise);
        for (int i = 0; i < n; i++)
            d[i] = test_uniform(&seed, -5.0, 5.0);
        direct(k, noise, d, wanted, variance);
        const am_gp gp = { n, &k[0][0], &noise[0][0], d, 0, NULL };
        assert_int_equal(am_gp_solve(&gp, NULL, mean, full, sd, NULL), AM_OK);
        for (int i = 0; i < n; i++) {
            close_to("mean", mean[i], wanted[i], 1e-8);
            close_to("mean under the full prior", full[i], wanted[i], 1e-8);
            close_to("sd", sd[i], sqrt(variance[i]), 1e-6);
        }
    }
}

static void scales_are_weighed_by_their_likelihood(void **state)
{
    static const double prior_scale[] = { 0.2, 1.0 }, prior_log[] = { -0.4, 0.0 }, noise_scale[] = { 0.5, 1.0, 4.0 }, noise_log[] = { -1.0, 0.0, -2.0 };
    double modes[AM_GP_MODES * n] = { 0 }, total = 0.0, d[n], mean[n], full[n], sd[n], wanted[n] = { 0 };
    matrix k, noise;
    uint64_t seed = 7;

    (void)state;
    random_positive(&seed, 0.0, k);
    random_positive(&seed, 0.1, noise);
    /* the first eight variables see each other only, so that modes that pick them out have a likelihood of their own */
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if ((i < AM_GP_MODES) != (j < AM_GP_MODES))
                k[i][j] = noise[i][j] = 0.0;
    for (int i = 0; i < n; i++)
        d[i] = i < AM_GP_MODES ? test_uniform(&seed, -2.0, 2.0) : 0.0;
    for (int i = 0; i < AM_GP_MODES; i++)
        modes[i * n + i] = 1.0;
    for (int t = 0; t < 2; t++)
        for (int s = 0; s < 3; s++) {
            matrix tk, sn, rest;
            double one[n], variance[n], cost, weight;

            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) {
                    tk[i][j] = prior_scale[t] * k[i][j];
                    sn[i][j] = noise_scale[s] * noise[i][j];
                }
            cost = direct(tk, sn, d, one, variance);
            for (int i = 0; i < n; i++)         /* the part of |K + N| that the modes do not see */
                for (int j = 0; j < n; j++)
                    rest[i][j] = i < AM_GP_MODES || j < AM_GP_MODES ? (i == j ? 1.0 : 0.0) : tk[i][j] + sn[i][j];
            matrix ignored;
            cost -= invert(rest, ignored);
            weight = exp(prior_log[t] + noise_log[s] - 0.5 * 0.7 * cost);
            total += weight;
            for (int i = 0; i < n; i++)
                wanted[i] += weight * one[i];
        }
    const am_gp_scales scales = { 2, 3, prior_scale, prior_log, 1, noise_scale, noise_log, AM_GP_MODES, modes, 0.7 };
    const am_gp gp = { n, &k[0][0], &noise[0][0], d, 0, &scales };
    assert_int_equal(am_gp_solve(&gp, NULL, mean, full, sd, NULL), AM_OK);
    for (int i = 0; i < n; i++)
        close_to("mean", mean[i], wanted[i] / total, 1e-8);
}

static void no_covariance_is_refused(void **state)
{
    matrix k = { { 0 } }, noise = { { 0 } };
    double d[n] = { 0 }, mean[n] = { 42.0 }, full[n], sd[n];
    am_error err = { 0 };

    (void)state;
    const am_gp gp = { n, &k[0][0], &noise[0][0], d, 0, NULL };
    assert_int_equal(am_gp_solve(&gp, NULL, mean, full, sd, &err), AM_ERR_RANGE);
    assert_true(mean[0] == 42.0);
    assert_int_equal(err.status, AM_ERR_RANGE);
}

static void no_memory_is_told(void **state)
{
    faulty none;
    matrix k = { { 0 } }, noise = { { 0 } };
    double d[n] = { 0 }, mean[n], full[n], sd[n];

    (void)state;
    const am_gp gp = { n, &k[0][0], &noise[0][0], d, 0, NULL };
    assert_int_equal(am_gp_solve(&gp, faulty_init(&none, 1), mean, full, sd, NULL), AM_ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posterior_is_that_of_the_direct_inverse),
        cmocka_unit_test(scales_are_weighed_by_their_likelihood),
        cmocka_unit_test(no_covariance_is_refused),
        cmocka_unit_test(no_memory_is_told),
    };

    return cmocka_run_group_tests_name("gp", tests, NULL, NULL);
}
