#include "match/pressfit.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "dsp/compgain.h"
#include "match/params.h"

enum {
    LEVELS = AM_PRESSFIT_LEVELS,
    PARAMS = 4,
    PRIORS = PARAMS,
    RESIDUALS = LEVELS + PRIORS,
    LIMITS = 2,                                 /* of reduction: typical and deep */
    ROWS = RESIDUALS + LIMITS,
    ROUNDS = 24
};

/* What is solved for */
enum { ABOVE, LN_RATIO, LN_ATTACK, LN_RELEASE };

static const double by_doubt[LEVELS] = { AM_DYN_WEIGHTS_MOMENTARY, AM_DYN_WEIGHTS_FAST };
static const double by_use[LEVELS] = { AM_DYN_OTHER_WEIGHTS_MOMENTARY, AM_DYN_OTHER_WEIGHTS_FAST };
static const double above_lu[2] = { AM_DYN_ABOVE_LU }, attack_ms[2] = { AM_DYN_ATTACK_MS }, release_ms[2] = { AM_DYN_RELEASE_MS };
static const double bound_weight = 4.0;
static const double steps[PARAMS] = { 0.5, 0.03, 0.15, 0.15 };      /* of the differences */
static const double strides[PARAMS] = { 2.0, 0.25, 0.5, 0.5 };      /* what is a large change: damping costs 1 dB^2 there */
static const double enough = 1e-4;              /* relative gain at which it stops */

/* ------------------------------------------------------------------ parameters */

static void bound(double x[PARAMS])
{
    x[ABOVE] = am_clamp(x[ABOVE], above_lu[0], above_lu[1]);
    x[LN_RATIO] = am_clamp(x[LN_RATIO], 0.0, log(AM_DYN_RATIO));
    x[LN_ATTACK] = am_clamp(x[LN_ATTACK], log(attack_ms[0] / AM_DYN_USUAL_ATTACK_MS), log(attack_ms[1] / AM_DYN_USUAL_ATTACK_MS));
    x[LN_RELEASE] = am_clamp(x[LN_RELEASE], log(release_ms[0] / AM_DYN_USUAL_RELEASE_MS), log(release_ms[1] / AM_DYN_USUAL_RELEASE_MS));
}

static am_compressor compressor_of(const am_pressfit *fit, const double x[PARAMS])
{
    return (am_compressor){
        .enabled = true,
        .threshold_lufs = am_clamp(fit->in_front_lufs + x[ABOVE], -80.0, 10.0),
        .ratio = exp(x[LN_RATIO]),
        .knee_db = AM_DYN_KNEE_DB,
        .range_db = AM_DYN_RANGE_DB,
        .attack_ms = AM_DYN_USUAL_ATTACK_MS * exp(x[LN_ATTACK]),
        .release_ms = AM_DYN_USUAL_RELEASE_MS * exp(x[LN_RELEASE]),
    };
}

static void params_of(const am_pressfit *fit, const am_compressor *c, double x[PARAMS])
{
    x[ABOVE] = c->threshold_lufs - fit->in_front_lufs;
    x[LN_RATIO] = log(c->ratio);
    x[LN_ATTACK] = log(c->attack_ms / AM_DYN_USUAL_ATTACK_MS);
    x[LN_RELEASE] = log(c->release_ms / AM_DYN_USUAL_RELEASE_MS);
    bound(x);
}

/* ------------------------------------------------------------------ distance */

static double weight(const am_pressfit *fit, int q) { return fit->same_song ? by_doubt[q] : by_use[q]; }

static void differences(const am_pressfit *fit, const am_features *features, double out[LEVELS])
{
    memcpy(out, features->momentary_lu, AM_QUANTILES * sizeof *out);
    memcpy(out + AM_QUANTILES, features->fast_lu, AM_QUANTILES * sizeof *out);
    for (int q = 0; q < LEVELS; q++) {
        const double d = out[q] + fit->shift_db[q] - fit->wish_db[q];

        out[q] = isfinite(d) ? weight(fit, q) * d : 0.0;
    }
}

double am_pressfit_distance(const am_pressfit *fit, const am_features *features)
{
    double d[LEVELS], sum = 0.0, total = 0.0;

    differences(fit, features, d);
    for (int q = 0; q < LEVELS; q++) {
        sum += d[q] * d[q];
        total += weight(fit, q) * weight(fit, q);
    }
    return sqrt(sum / total);
}

static double residuals(const am_pressfit *fit, const double x[PARAMS], double r[ROWS])
{
    const am_compressor c = compressor_of(fit, x);
    am_reduction reduction;
    am_features features;
    double cost = 0.0;

    am_simulation_run(fit->simulation, &c, &reduction, &features);
    differences(fit, &features, r);
    r[LEVELS + ABOVE] = AM_DYN_PRIOR_ABOVE * x[ABOVE];
    r[LEVELS + LN_RATIO] = AM_DYN_PRIOR_RATIO * x[LN_RATIO];
    r[LEVELS + LN_ATTACK] = AM_DYN_PRIOR_TIMES * x[LN_ATTACK];
    r[LEVELS + LN_RELEASE] = AM_DYN_PRIOR_TIMES * x[LN_RELEASE];
    r[RESIDUALS] = bound_weight * (reduction.p50_db - AM_DYN_P50_DB);
    r[RESIDUALS + 1] = bound_weight * (reduction.p99_db - AM_DYN_P99_DB);
    for (int i = 0; i < ROWS; i++)
        cost += i < RESIDUALS || r[i] > 0.0 ? r[i] * r[i] : 0.0;
    return cost;
}

/* ------------------------------------------------------------------ start */

/* How far the fast quantiles, sent through a static curve, stay from the wish; a common offset is gain and free. */
static double transport_cost(const am_pressfit *fit, const am_compressor *c)
{
    double d[AM_QUANTILES], mean = 0.0, total = 0.0, cost = 0.0;

    for (int q = 0; q < AM_QUANTILES; q++) {
        const double level = fit->in_front_lufs + fit->open.fast_lu[q], wish = fit->wish_db[AM_QUANTILES + q];

        d[q] = fit->open.fast_lu[q] + am_compgain_static(c, level) + fit->shift_db[AM_QUANTILES + q] - wish;
        if (isfinite(d[q])) {
            mean += weight(fit, AM_QUANTILES + q) * d[q];
            total += weight(fit, AM_QUANTILES + q);
        }
    }
    for (int q = 0; q < AM_QUANTILES; q++)
        if (isfinite(d[q]))
            cost += weight(fit, AM_QUANTILES + q) * (d[q] - mean / total) * (d[q] - mean / total);
    return cost;
}

/* x -> quantile of the wish at the share at which x is a quantile of the mix: the slope of its upper part is 1 / ratio, its bend the
 * threshold (P. Hilsamer, S. Herzog, A Statistical Approach to Automated Offline Dynamic Processing, DAFx-14). */
static void start_of_transport(const am_pressfit *fit, double x[PARAMS])
{
    double least = HUGE_VAL;

    for (int i = 0; i < 10; i++)
        for (int j = 0; j < 6; j++) {
            const double above = -14.0 + 2.0 * i, ln_ratio = 0.1 + 0.2 * j;
            const double tried[PARAMS] = { [ABOVE] = above, [LN_RATIO] = ln_ratio };
            const am_compressor c = compressor_of(fit, tried);
            const double cost = transport_cost(fit, &c) + AM_DYN_PRIOR_RATIO * AM_DYN_PRIOR_RATIO * ln_ratio * ln_ratio;

            if (cost < least) {
                least = cost;
                memcpy(x, tried, sizeof tried);
            }
        }
}

/* The map knows nothing of time: the start of transport, or the best of a few usual settings. */
static void start(const am_pressfit *fit, double x[PARAMS])
{
    static const double others[][PARAMS] = {
        { [ABOVE] = -3.0, [LN_RATIO] = 0.7 }, { [ABOVE] = -6.0, [LN_RATIO] = 0.7 }, { [ABOVE] = -9.0, [LN_RATIO] = 0.4 }
    };
    double r[ROWS], least;

    start_of_transport(fit, x);
    least = residuals(fit, x, r);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        const double cost = residuals(fit, others[k], r);

        if (cost < least) {
            least = cost;
            memcpy(x, others[k], sizeof others[k]);
        }
    }
}

/* ------------------------------------------------------------------ Gauss-Newton */

/* Rows: residuals, then the damping. A parameter at a bound is stepped inwards. */
static void differentiate(const am_pressfit *fit, const double x[PARAMS], const double r[ROWS], double jacobian[ROWS][PARAMS])
{
    for (int p = 0; p < PARAMS; p++) {
        double moved[PARAMS], there[ROWS], step;

        memcpy(moved, x, sizeof moved);
        moved[p] += steps[p];
        bound(moved);
        if (moved[p] - x[p] < 0.5 * steps[p])
            moved[p] = x[p] - steps[p];
        step = moved[p] - x[p];
        (void)residuals(fit, moved, there);
        for (int i = 0; i < ROWS; i++)
            jacobian[i][p] = (there[i] - r[i]) / step;
    }
}

/* A parameter that stands at a bound and wants over it is held, or the others would step as if it moved. */
static void hold_at_bounds(const double x[PARAMS], const double r[ROWS], double jacobian[ROWS][PARAMS])
{
    for (int p = 0; p < PARAMS; p++) {
        double slope = 0.0, moved[PARAMS];

        for (int i = 0; i < ROWS; i++)
            slope += i >= RESIDUALS && r[i] <= 0.0 ? 0.0 : jacobian[i][p] * r[i];
        memcpy(moved, x, sizeof moved);
        moved[p] -= slope > 0.0 ? 1e-3 : -1e-3;
        bound(moved);
        for (int i = 0; i < ROWS && fabs(moved[p] - x[p]) < 5e-4; i++)
            jacobian[i][p] = 0.0;
    }
}

/* Least squares over the residuals, the damping, and the limits that count. */
static am_status step_within(double jacobian[ROWS][PARAMS], const double r[ROWS], const bool *counts, double damping, double dx[PARAMS],
                             am_error *err)
{
    double a[ROWS + PARAMS][PARAMS] = { { 0.0 } }, b[ROWS + PARAMS] = { 0.0 };

    for (int i = 0; i < ROWS; i++) {
        if (i >= RESIDUALS && !counts[i - RESIDUALS])
            continue;
        memcpy(a[i], jacobian[i], sizeof a[i]);
        b[i] = -r[i];
    }
    for (int p = 0; p < PARAMS; p++)
        a[ROWS + p][p] = sqrt(damping) / strides[p];
    if (LAPACKE_dgels(LAPACK_ROW_MAJOR, 'N', ROWS + PARAMS, PARAMS, 1, &a[0][0], PARAMS, b, 1))
        return am_fail(err, AM_ERR_NOMEM, "dynamics: least squares failed");
    memcpy(dx, b, PARAMS * sizeof *dx);
    return AM_OK;
}

/* A limit counts where it is overstepped, or would be by the step without it: from then on the step goes along it. */
static am_status step_of(double jacobian[ROWS][PARAMS], const double r[ROWS], double damping, double dx[PARAMS], am_error *err)
{
    bool counts[LIMITS] = { r[RESIDUALS] > 0.0, r[RESIDUALS + 1] > 0.0 }, more = true;
    am_status st = AM_OK;

    for (int round = 0; round <= LIMITS && more && !st; round++) {
        st = step_within(jacobian, r, counts, damping, dx, err);
        more = false;
        for (int k = 0; k < LIMITS; k++) {
            double there = r[RESIDUALS + k];

            for (int p = 0; p < PARAMS; p++)
                there += jacobian[RESIDUALS + k][p] * dx[p];
            if (!counts[k] && there > 0.0)
                counts[k] = more = true;
        }
    }
    return st;
}

static am_status descend(const am_pressfit *fit, double x[PARAMS], am_error *err)
{
    double r[ROWS], jacobian[ROWS][PARAMS], damping = 0.3;
    double cost = residuals(fit, x, r);

    for (int round = 0; round < ROUNDS; round++) {
        bool better = false;
        double before = cost;

        differentiate(fit, x, r, jacobian);
        hold_at_bounds(x, r, jacobian);
        for (int tries = 0; tries < 5 && !better; tries++) {
            double dx[PARAMS] = { 0.0 }, there[PARAMS], r_there[ROWS], cost_there;
            const am_status st = step_of(jacobian, r, damping, dx, err);

            if (st)
                return st;
            for (int p = 0; p < PARAMS; p++)
                there[p] = x[p] + dx[p];
            bound(there);
            cost_there = residuals(fit, there, r_there);
            better = cost_there < cost;
            damping *= better ? 0.3 : 6.0;
            if (better) {
                cost = cost_there;
                memcpy(x, there, sizeof there);
                memcpy(r, r_there, sizeof r_there);
            }
        }
        if (!better || before - cost < enough * before)
            break;
    }
    return AM_OK;
}

/* ------------------------------------------------------------------ result */

void am_pressfit_hold(const am_pressfit *fit, am_compressor *compressor)
{
    for (int round = 0; round < 60; round++) {
        am_reduction reduction;
        am_features ignored;

        am_simulation_run(fit->simulation, compressor, &reduction, &ignored);
        if (reduction.p50_db <= AM_DYN_P50_DB && reduction.p99_db <= AM_DYN_P99_DB)
            break;
        compressor->threshold_lufs = am_round_to(fmin(compressor->threshold_lufs + 0.5, 10.0), 0.01);
    }
}

am_status am_pressfit_solve(const am_pressfit *fit, const am_compressor *first, am_compressor *out, am_error *err)
{
    double x[PARAMS];
    am_status st;

    if (first)
        params_of(fit, first, x);
    else
        start(fit, x);
    st = descend(fit, x, err);
    if (st)
        return st;
    *out = compressor_of(fit, x);
    out->threshold_lufs = am_round_to(out->threshold_lufs, 0.01);
    out->ratio = am_round_to(out->ratio, 0.01);
    out->attack_ms = am_round_to(out->attack_ms, 0.1);
    out->release_ms = am_round_to(out->release_ms, 1.0);
    am_pressfit_hold(fit, out);
    return AM_OK;
}
