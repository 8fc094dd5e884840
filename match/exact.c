#include "match/exact.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/curve.h"
#include "dsp/kweight.h"
#include "match/bands.h"
#include "match/params.h"

enum { REACH = 4 };                 /* points of the curve that a twelfth depends on */

typedef struct model {
    int first[AM_TWELFTHS];         /* of those points */
    double share[AM_TWELFTHS][REACH];
    double in_third[AM_BANDS][AM_TWELFTHS];
    double loudness[AM_TWELFTHS];   /* K-weight */
    double mid[AM_TWELFTHS], side[AM_TWELFTHS];     /* powers of the input */
    double loud_before;
    double matrix[AM_BANDS * AM_BANDS], gradient[AM_BANDS]; /* normal equations: matrix x step = gradient */
} model;

/* ------------------------------------------------------------------ the model */

static double power(double db)
{
    return am_within(db, -300.0, 300.0) ? am_power_from_db(db) : 0.0;
}

/* Weights of the curve's points in its value at the centre of twelfth t */
static void find_shares(model *m, int t)
{
    const int first = (int)floor(0.5 * t - 0.75) - 1;

    m->first[t] = first < 0 ? 0 : first > AM_BANDS - REACH ? AM_BANDS - REACH : first;
    for (int i = 0; i < REACH; i++) {
        double unit[AM_BANDS] = { 0.0 };

        unit[m->first[t] + i] = 1.0;
        m->share[t][i] = am_curve_at(unit, am_twelfth_hz(t));
    }
}

static am_status open_model(const am_analysis *before, const am_allocator *allocator, model **out, am_error *err)
{
    model *m = am_acquire(allocator, 1, sizeof *m);

    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "solver: out of memory");
    for (int t = 0; t < AM_TWELFTHS; t++) {
        const double hz = am_twelfth_hz(t);

        find_shares(m, t);
        for (int k = 0; k < AM_BANDS; k++)
            m->in_third[k][t] = am_twelfth_share(k, t);
        m->mid[t] = power(before->mid.twelfth_db[t]);
        m->side[t] = power(before->side.twelfth_db[t]);
        m->loudness[t] = hz < 0.5 * before->sample_rate_hz ? am_kweight_power(before->sample_rate_hz, hz) : 0.0;
        m->loud_before += m->loudness[t] * (m->mid[t] + m->side[t]);
    }
    *out = m;
    return AM_OK;
}

static void raise(const model *m, const double *input, const double *gain_db, double *output)
{
    for (int t = 0; t < AM_TWELFTHS; t++) {
        double sum_db = 0.0;

        for (int i = 0; i < REACH; i++)
            sum_db += m->share[t][i] * gain_db[m->first[t] + i];
        output[t] = input[t] * am_power_from_db(sum_db);
    }
}

static double third(const model *m, const double *twelfths, int band)
{
    double sum = 0.0;

    for (int t = 0; t < AM_TWELFTHS; t++)
        sum += m->in_third[band][t] * twelfths[t];
    return sum;
}

/* Powers that come out, and how much louder that is. */
static double respond(const model *m, const double *tone_db, const double *side_db, double *mid, double *side)
{
    double sum = 0.0;

    raise(m, m->mid, tone_db, mid);
    raise(m, m->side, tone_db, side);
    raise(m, side, side_db, side);
    for (int t = 0; t < AM_TWELFTHS; t++)
        sum += m->loudness[t] * (mid[t] + side[t]);
    return sum > 0.0 && m->loud_before > 0.0 ? am_db_from_power(sum / m->loud_before) : 0.0;
}

/* ------------------------------------------------------------------ one curve */

/* d level / d curve for the power weighted, as shares of the whole */
static void differentiate(const model *m, const double *weights, const double *output, double total, double *row)
{
    memset(row, 0, AM_BANDS * sizeof *row);
    for (int t = 0; t < AM_TWELFTHS; t++)
        for (int i = 0; i < REACH && weights[t] > 0.0; i++)
            row[m->first[t] + i] += weights[t] * output[t] / total * m->share[t][i];
}

/* What the bands lack, and the normal equations of the curve that adds it. output: of the signal that is to have the goal; louder: d
 * loudness / d curve, where the goal is relative to that. */
static void linearise(model *m, am_exact_curve *curve, const double *goal_db, const double *output, const double *louder)
{
    memset(m->matrix, 0, sizeof m->matrix);
    memset(m->gradient, 0, sizeof m->gradient);
    for (int k = 0; k < AM_BANDS; k++) {
        const double total = third(m, output, k);
        double row[AM_BANDS];

        curve->left_db[k] = curve->known[k] && total > 0.0 ? goal_db[k] - am_db_from_power(total) : NAN;
        if (!isfinite(curve->left_db[k]))
            continue;
        differentiate(m, m->in_third[k], output, total, row);
        for (int a = 0; a < AM_BANDS; a++)
            row[a] -= louder[a];
        const double weight = 1.0 / fmax(1.0, fabs(curve->left_db[k]) / AM_EXACT_FAR_DB);

        for (int a = 0; a < AM_BANDS; a++) {
            m->gradient[a] += weight * row[a] * curve->left_db[k];
            for (int b = 0; b < AM_BANDS; b++)
                m->matrix[a * AM_BANDS + b] += weight * row[a] * row[b];
        }
    }
}

static void smooth(model *m, const double *gain_db)
{
    for (int k = 0; k + 1 < AM_BANDS; k++) {
        const double slope = AM_EXACT_SMOOTH * (gain_db[k + 1] - gain_db[k]);

        m->gradient[k] += slope;
        m->gradient[k + 1] -= slope;
        m->matrix[k * AM_BANDS + k] += AM_EXACT_SMOOTH;
        m->matrix[(k + 1) * AM_BANDS + k + 1] += AM_EXACT_SMOOTH;
        m->matrix[k * AM_BANDS + k + 1] -= AM_EXACT_SMOOTH;
        m->matrix[(k + 1) * AM_BANDS + k] -= AM_EXACT_SMOOTH;
    }
    for (int k = 0; k < AM_BANDS; k++)
        m->matrix[k * AM_BANDS + k] += AM_EXACT_DAMPING;
}

/* Points at a cap that would go beyond it stay. */
static void hold(model *m, const am_exact_curve *curve, double level_db)
{
    for (int k = 0; k < AM_BANDS; k++) {
        const double g = m->gradient[k], gain_db = curve->gain_db[k] - level_db;

        if (!(gain_db >= curve->high_db[k] && g > 0.0) && !(gain_db <= curve->low_db[k] && g < 0.0))
            continue;
        for (int j = 0; j < AM_BANDS; j++)
            m->matrix[k * AM_BANDS + j] = m->matrix[j * AM_BANDS + k] = 0.0;
        m->matrix[k * AM_BANDS + k] = 1.0;
        m->gradient[k] = 0.0;
    }
}

/* Solve, and move the curve within its caps, which are relative to level_db. Returns the largest change in dB. */
static double move(model *m, am_exact_curve *curve, double level_db)
{
    double most_db = 0.0;

    smooth(m, curve->gain_db);
    hold(m, curve, level_db);
    if (LAPACKE_dposv_work(LAPACK_COL_MAJOR, 'U', AM_BANDS, 1, m->matrix, AM_BANDS, m->gradient, AM_BANDS))
        return 0.0;
    for (int k = 0; k < AM_BANDS; k++) {
        const double to_db = curve->gain_db[k] + am_clamp(m->gradient[k], -AM_EXACT_STEP_DB, AM_EXACT_STEP_DB);
        const double capped_db = am_clamp(to_db, curve->low_db[k] + level_db, curve->high_db[k] + level_db);

        most_db = fmax(most_db, fabs(capped_db - curve->gain_db[k]));
        curve->gain_db[k] = capped_db;
    }
    return most_db;
}

/* ------------------------------------------------------------------ both */

static double step_tone(model *m, am_exact *e)
{
    double goal_db[AM_BANDS], mid[AM_TWELFTHS], side[AM_TWELFTHS], both[AM_TWELFTHS], louder[AM_BANDS];
    const double by_db = respond(m, e->tone.gain_db, e->side.gain_db, mid, side);

    for (int t = 0; t < AM_TWELFTHS; t++)
        both[t] = mid[t] + side[t];
    differentiate(m, m->loudness, both, m->loud_before * am_power_from_db(by_db), louder);
    for (int k = 0; k < AM_BANDS; k++)
        goal_db[k] = e->mid_db[k] + by_db;
    linearise(m, &e->tone, goal_db, mid, louder);
    return e->tone.free ? move(m, &e->tone, by_db) : 0.0;
}

static double step_side(model *m, am_exact *e)
{
    double goal_db[AM_BANDS], mid[AM_TWELFTHS], side[AM_TWELFTHS], louder[AM_BANDS] = { 0.0 };
    const double by_db = respond(m, e->tone.gain_db, e->side.gain_db, mid, side);

    if (!e->side_over_mid)
        differentiate(m, m->loudness, side, m->loud_before * am_power_from_db(by_db), louder);
    for (int k = 0; k < AM_BANDS; k++)
        goal_db[k] = e->side_db[k] + (e->side_over_mid ? am_db_from_power(third(m, mid, k)) : by_db);
    linearise(m, &e->side, goal_db, side, louder);
    return e->side.free ? move(m, &e->side, 0.0) : 0.0;
}

am_status am_exact_solve(am_exact *exact, const am_allocator *allocator, am_error *err)
{
    double mid[AM_TWELFTHS], side[AM_TWELFTHS], moved_db = INFINITY;
    model *m = NULL;
    const am_status st = open_model(exact->before, allocator, &m, err);

    if (st)
        return st;
    for (int i = 0; i < AM_EXACT_STEPS && moved_db > AM_EXACT_DONE_DB; i++) {
        moved_db = step_tone(m, exact);
        moved_db = fmax(moved_db, step_side(m, exact));
    }
    if (exact->tone.free) {
        const double by_db = respond(m, exact->tone.gain_db, exact->side.gain_db, mid, side);

        for (int k = 0; k < AM_BANDS; k++)
            exact->tone.gain_db[k] = am_clamp(exact->tone.gain_db[k] - by_db, exact->tone.low_db[k], exact->tone.high_db[k]);
    }
    am_forget(allocator, m);
    return AM_OK;
}

am_status am_exact_predict(const am_analysis *before, const double *tone_db, const double *side_db, const am_allocator *allocator,
                           double *mid_db, double *side_out_db, am_error *err)
{
    double mid[AM_TWELFTHS], side[AM_TWELFTHS], by_db;
    model *m = NULL;
    const am_status st = open_model(before, allocator, &m, err);

    if (st)
        return st;
    by_db = respond(m, tone_db, side_db, mid, side);
    for (int k = 0; k < AM_BANDS; k++) {
        const double of_mid = third(m, mid, k), of_side = third(m, side, k);

        mid_db[k] = of_mid > 0.0 ? am_db_from_power(of_mid) - by_db : NAN;
        side_out_db[k] = of_side > 0.0 ? am_db_from_power(of_side) - by_db : NAN;
    }
    am_forget(allocator, m);
    return AM_OK;
}
