#include "match/gp.h"

#include <assert.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { work_factor = 40, max_pairs = 64 };

/* Eigenpairs of K v = lambda N v; columns[j] = N v_j, so that N = sum c c', K = sum lambda c c'. */
typedef struct pencil {
    size_t count;
    double *lambda;                 /* [count], >= 0 */
    double *vectors, *columns;      /* [count][count], one pair a row */
    double *scratch, *work;
    double *gain, *doubt;           /* [count], averaged over scales */
} pencil;

static am_status pencil_open(pencil *p, size_t count, const am_allocator *allocator, double **block)
{
    const size_t square = count * count, total = 3 * square + 3 * count + work_factor * count;

    *block = am_acquire(allocator, total, sizeof **block);
    if (!*block)
        return AM_ERR_NOMEM;
    p->count = count;
    p->vectors = *block;
    p->columns = p->vectors + square;
    p->scratch = p->columns + square;
    p->lambda = p->scratch + square;
    p->gain = p->lambda + count;
    p->doubt = p->gain + count;
    p->work = p->doubt + count;
    return AM_OK;
}

/* Both matrices are overwritten; vectors end up in prior, one a row. */
static bool diagonalise(size_t count, double *prior, double *noise, double *lambda, double *work, size_t work_count)
{
    const lapack_int n = (lapack_int)count;

    return LAPACKE_dsygv_work(LAPACK_COL_MAJOR, 1, 'V', 'U', n, prior, n, noise, n, lambda, work, (lapack_int)work_count) == 0;
}

static am_status factor(pencil *p, const am_gp *gp)
{
    const size_t n = p->count;

    memcpy(p->vectors, gp->prior, n * n * sizeof *p->vectors);
    memcpy(p->scratch, gp->noise, n * n * sizeof *p->scratch);
    if (!diagonalise(n, p->vectors, p->scratch, p->lambda, p->work, work_factor * n))
        return AM_ERR_RANGE;
    for (size_t j = 0; j < n; j++) {
        p->lambda[j] = fmax(p->lambda[j], 0.0);
        for (size_t i = 0; i < n; i++) {
            double sum = 0.0;

            for (size_t k = 0; k < n; k++)
                sum += gp->noise[i * n + k] * p->vectors[j * n + k];
            p->columns[j * n + i] = sum;
        }
    }
    return AM_OK;
}

/* out = modes * matrix * modes' */
static void project(const am_gp *gp, const double *matrix, double *out)
{
    const size_t n = gp->count, r = gp->scales->mode_count;
    const double *modes = gp->scales->modes;

    for (size_t a = 0; a < r; a++)
        for (size_t b = 0; b < r; b++) {
            double sum = 0.0;

            for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < n; k++)
                    sum += modes[a * n + i] * matrix[i * n + k] * modes[b * n + k];
            out[a * r + b] = sum;
        }
}

/* Log weight of every pair of scales, [prior][noise]. */
static am_status weigh(const am_gp *gp, double *log_weight)
{
    const am_gp_scales *s = gp->scales;
    const size_t n = gp->count, r = s->mode_count;
    double prior[AM_GP_MODES * AM_GP_MODES], noise[AM_GP_MODES * AM_GP_MODES], lambda[AM_GP_MODES], z[AM_GP_MODES];
    double work[work_factor * AM_GP_MODES];

    project(gp, gp->prior, prior);
    project(gp, gp->noise, noise);
    if (!diagonalise(r, prior, noise, lambda, work, sizeof work / sizeof *work))
        return AM_ERR_RANGE;
    for (size_t j = 0; j < r; j++) {
        z[j] = 0.0;
        for (size_t a = 0; a < r; a++)
            for (size_t i = 0; i < n; i++)
                z[j] += prior[j * r + a] * s->modes[a * n + i] * gp->difference[i];
    }
    for (size_t t = 0; t < s->prior_count; t++)
        for (size_t u = 0; u < s->noise_count; u++) {
            double *w = &log_weight[t * s->noise_count + u];

            *w = s->prior_log[t] + s->noise_log[u];
            for (size_t j = 0; j < r; j++) {
                const double variance = s->prior[t] * fmax(lambda[j], 0.0) + s->noise[u];

                *w -= 0.5 * s->evidence * (log(variance) + z[j] * z[j] / variance);
            }
        }
    return AM_OK;
}

static void normalise(double *weight, size_t count)
{
    double top = weight[0], sum = 0.0;

    for (size_t i = 1; i < count; i++)
        top = fmax(top, weight[i]);
    for (size_t i = 0; i < count; i++)
        sum += weight[i] = exp(weight[i] - top);
    for (size_t i = 0; i < count; i++)
        weight[i] /= sum;
}

am_status am_gp_judge(const am_gp *gp, double *prior_scale, double *noise_scale)
{
    const am_gp_scales *s = gp->scales;
    double weight[max_pairs] = { 0 };

    assert(s->prior_count * s->noise_count <= max_pairs && s->mode_count <= AM_GP_MODES);
    if (weigh(gp, weight))
        return AM_ERR_RANGE;
    normalise(weight, s->prior_count * s->noise_count);
    *prior_scale = *noise_scale = 0.0;
    for (size_t t = 0; t < s->prior_count; t++)
        for (size_t u = 0; u < s->noise_count; u++) {
            *prior_scale += weight[t * s->noise_count + u] * s->prior[t];
            *noise_scale += weight[t * s->noise_count + u] * s->noise[u];
        }
    return AM_OK;
}

/* mean = sum over eigenpairs of gain * (v' d) * column */
static void combine(const pencil *p, const double *difference, double *mean)
{
    const size_t n = p->count;

    memset(mean, 0, n * sizeof *mean);
    for (size_t j = 0; j < n; j++) {
        double z = 0.0;

        for (size_t i = 0; i < n; i++)
            z += p->vectors[j * n + i] * difference[i];
        for (size_t i = 0; i < n; i++)
            mean[i] += p->gain[j] * z * p->columns[j * n + i];
    }
}

/* Average gain t l / (t l + s) and variance s t l / (t l + s) of each eigenpair over pairs of scales, of prior scales first .. last. */
static void average(pencil *p, const am_gp_scales *s, const double *weight, size_t first, size_t last)
{
    double total = 0.0;

    for (size_t k = first * s->noise_count; k < (last + 1) * s->noise_count; k++)
        total += weight[k];
    for (size_t j = 0; j < p->count; j++) {
        p->gain[j] = p->doubt[j] = 0.0;
        for (size_t t = first; t <= last; t++)
            for (size_t u = 0; u < s->noise_count; u++) {
                const double signal = s->prior[t] * p->lambda[j], share = weight[t * s->noise_count + u] / total;
                const double gain = signal / (signal + s->noise[u]);

                p->gain[j] += share * gain;
                p->doubt[j] += share * gain * s->noise[u];
            }
    }
}

/* sd[i]^2 = sum over j of doubt_j column_ji^2, with the common mean of the centred variables taken out of the columns. */
static void spread(const pencil *p, size_t centred, double *sd)
{
    const size_t n = p->count;

    memset(sd, 0, n * sizeof *sd);
    for (size_t j = 0; j < n; j++) {
        const double *column = &p->columns[j * n];
        double level = 0.0;

        for (size_t i = 0; i < centred; i++)
            level += column[i] / (double)centred;
        for (size_t i = 0; i < n; i++) {
            const double x = i < centred ? column[i] - level : column[i];

            sd[i] += p->doubt[j] * x * x;
        }
    }
    for (size_t i = 0; i < n; i++)
        sd[i] = sqrt(sd[i]);
}

am_status am_gp_solve(const am_gp *gp, const am_allocator *allocator, double *mean, double *mean_full, double *sd, am_error *err)
{
    static const double one = 1.0, zero = 0.0;
    const am_gp_scales plain = { 1, 1, &one, &zero, 0, &one, &zero, 0, NULL, 1.0 };
    const am_gp_scales *scales = gp->scales ? gp->scales : &plain;
    double weight[max_pairs] = { 0 }, *block = NULL;
    pencil p;
    am_status st = pencil_open(&p, gp->count, allocator, &block);

    assert(scales->prior_count * scales->noise_count <= max_pairs && scales->mode_count <= AM_GP_MODES);
    if (!st)
        st = factor(&p, gp);
    if (!st && gp->scales)
        st = weigh(gp, weight);
    if (st) {
        am_fail(err, st, st == AM_ERR_NOMEM ? "solver: out of memory" : "solver: covariance of the sections is not positive definite");
        goto done;
    }
    normalise(weight, scales->prior_count * scales->noise_count);
    average(&p, scales, weight, scales->full, scales->full);
    combine(&p, gp->difference, mean_full);
    average(&p, scales, weight, 0, scales->prior_count - 1);
    combine(&p, gp->difference, mean);
    spread(&p, gp->centred, sd);
done:
    am_forget(allocator, block);
    return st;
}
