#include "match/exact.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/curve.h"
#include "dsp/kweight.h"
#include "match/params.h"

enum { REACH = 4, PER_BAND = 4 };   /* curve points that a twelfth depends on; twelfths in a third */

typedef struct model {
    int first[AM_TWELFTHS];         /* of the points that a twelfth depends on */
    double share[AM_TWELFTHS][REACH];
    double loudness[AM_TWELFTHS];   /* K-weight */
    double mid[AM_TWELFTHS], side[AM_TWELFTHS];     /* powers of the input */
    double loud_before;
} model;

typedef struct normal {             /* matrix x step = gradient */
    double matrix[AM_BANDS * AM_BANDS], gradient[AM_BANDS];
} normal;

/* ------------------------------------------------------------------ the model */

static double power(double db)
{
    return am_within(db, -300.0, 300.0) ? am_power_from_db(db) : 0.0;
}

static double twelfth_hz(int t)
{
    return am_band_hz(0) * exp2((t - 1.5) / 12.0);
}

/* Weights of the curve's points in its value at the centre of twelfth t */
static void find_shares(model *m, int t)
{
    const int first = (int)floor(0.5 * t - 0.75) - 1;

    m->first[t] = first < 0 ? 0 : first > AM_BANDS - REACH ? AM_BANDS - REACH : first;
    for (int i = 0; i < REACH; i++) {
        double unit[AM_BANDS] = { 0.0 };

        unit[m->first[t] + i] = 1.0;
        m->share[t][i] = am_curve_at(unit, twelfth_hz(t));
    }
}

static double gain_power(const model *m, const double *gain_db, int t)
{
    double sum = 0.0;

    for (int i = 0; i < REACH; i++)
        sum += m->share[t][i] * gain_db[m->first[t] + i];
    return am_power_from_db(sum);
}

/* Change of the K-weighted loudness */
static double louder_db(const model *m, const double *tone_db, const double *side_db)
{
    double sum = 0.0;

    for (int t = 0; t < AM_TWELFTHS; t++)
        sum += m->loudness[t] * gain_power(m, tone_db, t) * (m->mid[t] + m->side[t] * gain_power(m, side_db, t));
    return sum > 0.0 && m->loud_before > 0.0 ? am_db_from_power(sum / m->loud_before) : 0.0;
}

static void init(model *m, const am_analysis *before)
{
    m->loud_before = 0.0;
    for (int t = 0; t < AM_TWELFTHS; t++) {
        const double hz = twelfth_hz(t);

        find_shares(m, t);
        m->mid[t] = power(before->mid.twelfth_db[t]);
        m->side[t] = power(before->side.twelfth_db[t]);
        m->loudness[t] = hz < 0.5 * before->sample_rate_hz ? am_kweight_power(before->sample_rate_hz, hz) : 0.0;
        m->loud_before += m->loudness[t] * (m->mid[t] + m->side[t]);
    }
}

static void raise(const model *m, const double *input, const double *gain_db, double *output)
{
    for (int t = 0; t < AM_TWELFTHS; t++)
        output[t] = input[t] * gain_power(m, gain_db, t);
}

static double third(const double *twelfths, int band)
{
    double sum = 0.0;

    for (int t = 2 * band; t < 2 * band + PER_BAND; t++)
        sum += twelfths[t];
    return sum;
}

/* ------------------------------------------------------------------ one curve */

/* What the bands lack, and the normal equations of the curve that adds it. output: powers with the curve as it is. */
static void linearise(const model *m, const am_exact_curve *curve, const double *goal_db, const double *output, double *left_db, normal *n)
{
    memset(n->matrix, 0, sizeof n->matrix);
    memset(n->gradient, 0, sizeof n->gradient);
    for (int k = 0; k < AM_BANDS; k++) {
        double row[AM_BANDS] = { 0.0 };
        const double total = third(output, k);

        left_db[k] = NAN;
        if (!curve->known[k] || !(total > 0.0) || !isfinite(goal_db[k]))
            continue;
        left_db[k] = goal_db[k] - am_db_from_power(total);
        for (int t = 2 * k; t < 2 * k + PER_BAND; t++)
            for (int i = 0; i < REACH; i++)
                row[m->first[t] + i] += output[t] / total * m->share[t][i];
        const double weight = 1.0 / fmax(1.0, fabs(left_db[k]) / AM_EXACT_FAR_DB);
        const int from = m->first[2 * k], to = m->first[2 * k + PER_BAND - 1] + REACH;

        for (int a = from; a < to; a++) {
            n->gradient[a] += weight * row[a] * left_db[k];
            for (int b = from; b < to; b++)
                n->matrix[a * AM_BANDS + b] += weight * row[a] * row[b];
        }
    }
}

static void smooth(const double *gain_db, normal *n)
{
    for (int k = 0; k + 1 < AM_BANDS; k++) {
        const double slope = gain_db[k + 1] - gain_db[k];

        n->gradient[k] += AM_EXACT_SMOOTH * slope;
        n->gradient[k + 1] -= AM_EXACT_SMOOTH * slope;
        n->matrix[k * AM_BANDS + k] += AM_EXACT_SMOOTH;
        n->matrix[(k + 1) * AM_BANDS + k + 1] += AM_EXACT_SMOOTH;
        n->matrix[k * AM_BANDS + k + 1] -= AM_EXACT_SMOOTH;
        n->matrix[(k + 1) * AM_BANDS + k] -= AM_EXACT_SMOOTH;
    }
    for (int k = 0; k < AM_BANDS; k++)
        n->matrix[k * AM_BANDS + k] += AM_EXACT_DAMPING;
}

/* Points at a cap that would go beyond it stay. */
static void hold(const am_exact_curve *curve, normal *n)
{
    for (int k = 0; k < AM_BANDS; k++) {
        const double g = n->gradient[k];

        if (!(curve->gain_db[k] >= curve->high_db[k] && g > 0.0) && !(curve->gain_db[k] <= curve->low_db[k] && g < 0.0))
            continue;
        for (int j = 0; j < AM_BANDS; j++)
            n->matrix[k * AM_BANDS + j] = n->matrix[j * AM_BANDS + k] = 0.0;
        n->matrix[k * AM_BANDS + k] = 1.0;
        n->gradient[k] = 0.0;
    }
}

/* One step; returns the largest change in dB. */
static double step(const model *m, am_exact_curve *curve, const double *goal_db, const double *input, normal *n)
{
    double output[AM_TWELFTHS], most_db = 0.0;

    raise(m, input, curve->gain_db, output);
    linearise(m, curve, goal_db, output, curve->left_db, n);
    if (!curve->free)
        return 0.0;
    smooth(curve->gain_db, n);
    hold(curve, n);
    if (LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', AM_BANDS, 1, n->matrix, AM_BANDS, n->gradient, AM_BANDS))
        return 0.0;
    for (int k = 0; k < AM_BANDS; k++) {
        const double by_db = am_clamp(n->gradient[k], -AM_EXACT_STEP_DB, AM_EXACT_STEP_DB);
        const double to_db = am_clamp(curve->gain_db[k] + by_db, curve->low_db[k], curve->high_db[k]);

        most_db = fmax(most_db, fabs(to_db - curve->gain_db[k]));
        curve->gain_db[k] = to_db;
    }
    return most_db;
}

/* ------------------------------------------------------------------ both */

static double step_both(const model *m, am_exact *e, normal *n)
{
    const double by_db = louder_db(m, e->tone.gain_db, e->side.gain_db);
    double goal_db[AM_BANDS], mid[AM_TWELFTHS], side[AM_TWELFTHS], moved_db, level_db;

    for (int k = 0; k < AM_BANDS; k++)
        goal_db[k] = e->mid_db[k] + by_db;
    moved_db = step(m, &e->tone, goal_db, m->mid, n);
    raise(m, m->mid, e->tone.gain_db, mid);
    raise(m, m->side, e->tone.gain_db, side);
    for (int k = 0; k < AM_BANDS; k++)
        goal_db[k] = e->side_db[k] + (e->side_over_mid ? am_db_from_power(third(mid, k)) : by_db);
    moved_db = fmax(moved_db, step(m, &e->side, goal_db, side, n));
    level_db = e->tone.free ? louder_db(m, e->tone.gain_db, e->side.gain_db) : 0.0;
    for (int k = 0; k < AM_BANDS; k++)
        e->tone.gain_db[k] = e->tone.free ? am_clamp(e->tone.gain_db[k] - level_db, e->tone.low_db[k], e->tone.high_db[k]) : e->tone.gain_db[k];
    return moved_db;
}

am_status am_exact_solve(am_exact *exact, const am_allocator *allocator, am_error *err)
{
    normal *n = am_acquire(allocator, 1, sizeof *n);
    model m;

    if (!n)
        return am_fail(err, AM_ERR_NOMEM, "solver: out of memory");
    init(&m, exact->before);
    for (int i = 0; i < AM_EXACT_STEPS && step_both(&m, exact, n) > AM_EXACT_DONE_DB; i++)
        ;
    am_forget(allocator, n);
    return AM_OK;
}

void am_exact_predict(const am_analysis *before, const double *tone_db, const double *side_db, double *mid_db, double *side_out_db)
{
    double mid[AM_TWELFTHS], side[AM_TWELFTHS], both[AM_TWELFTHS], level_db;
    model m;

    init(&m, before);
    level_db = louder_db(&m, tone_db, side_db);
    raise(&m, m.mid, tone_db, mid);
    raise(&m, m.side, tone_db, side);
    raise(&m, side, side_db, both);
    for (int k = 0; k < AM_BANDS; k++) {
        mid_db[k] = third(mid, k) > 0.0 ? am_db_from_power(third(mid, k)) - level_db : NAN;
        side_out_db[k] = third(both, k) > 0.0 ? am_db_from_power(third(both, k)) - level_db : NAN;
    }
}
