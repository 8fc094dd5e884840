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
#include "match/widthplan.h"

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

static model *open_model(const am_analysis *before, const am_allocator *allocator)
{
    model *m = am_acquire(allocator, 1, sizeof *m);

    if (!m)
        return NULL;
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
    return m;
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

typedef struct outcome {
    double mid[AM_TWELFTHS], side[AM_TWELFTHS]; /* powers */
    double by_db;                   /* how much louder both together are */
} outcome;

static void respond(const model *m, const double *tone_db, const double *side_db, outcome *o)
{
    double sum = 0.0;

    raise(m, m->mid, tone_db, o->mid);
    raise(m, m->side, tone_db, o->side);
    raise(m, o->side, side_db, o->side);
    for (int t = 0; t < AM_TWELFTHS; t++)
        sum += m->loudness[t] * (o->mid[t] + o->side[t]);
    o->by_db = sum > 0.0 && m->loud_before > 0.0 ? am_db_from_power(sum / m->loud_before) : 0.0;
}

double am_exact_level_db(const double *difference_db)
{
    double sorted[AM_BANDS];
    int count = 0;

    for (int k = 0; k < AM_BANDS; k++) {
        int at = count;

        if (!isfinite(difference_db[k]))
            continue;
        for (; at > 0 && sorted[at - 1] > difference_db[k]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = difference_db[k];
        count++;
    }
    return count ? 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]) : 0.0;
}

static void find_excess(const model *m, const bool *known, const double *goal_db, const double *output, double *excess_db)
{
    for (int k = 0; k < AM_BANDS; k++) {
        const double total = known[k] ? third(m, output, k) : 0.0;

        excess_db[k] = total > 0.0 ? am_db_from_power(total) - goal_db[k] : NAN;
    }
}

/* What each known band still lacks of its goal, at the level that the mid has. The side does not fill in for a mid that may not be
 * raised: there it keeps to the width that is wanted. Returns that level. */
static double find_lack(const model *m, const am_exact *e, const am_exact_curve *curve, const outcome *o, double *left_db)
{
    double mid_db[AM_BANDS], side_db[AM_BANDS], level_db;

    find_excess(m, e->tone.known, e->mid_db, o->mid, mid_db);
    find_excess(m, e->side.known, e->side_db, o->side, side_db);
    level_db = am_exact_level_db(mid_db);
    for (int k = 0; k < AM_BANDS; k++) {
        if (curve == &e->tone)
            left_db[k] = level_db - mid_db[k];
        else
            left_db[k] = (e->side_over_mid ? am_db_from_power(third(m, o->mid, k)) : fmin(level_db, mid_db[k] + AM_EXACT_WIDER_DB)) - side_db[k];
    }
    return level_db;
}

/* Of a point of the curve that is so far from what is asked of it */
static double pull_of(double strain_db)
{
    const double far = strain_db / AM_EXACT_PULL_DB;

    return AM_EXACT_PULL * (1.0 + far * far);
}

/* Squares, that go on as straight lines from AM_EXACT_FAR_DB on (Huber), and the integral of the pull */
static double cost_of(const double *left_db, const double *strain_db)
{
    double sum = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        const double far = fabs(left_db[k]) / AM_EXACT_FAR_DB, strained = strain_db[k] / AM_EXACT_PULL_DB;

        if (isfinite(far))
            sum += AM_EXACT_FAR_DB * AM_EXACT_FAR_DB * (far < 1.0 ? far * far : 2.0 * far - 1.0);
        sum += AM_EXACT_PULL * strain_db[k] * strain_db[k] * (1.0 + 0.5 * strained * strained);
    }
    return sum;
}

typedef struct state {
    outcome out;
    double left_db[AM_BANDS];       /* of each known band */
    double strain_db[AM_BANDS];     /* between each point of the curve and what is asked of it */
    double cost;
} state;

static void look(const model *m, const am_exact *e, const am_exact_curve *curve, state *now)
{
    double level_db;

    respond(m, e->tone.gain_db, e->side.gain_db, &now->out);
    level_db = find_lack(m, e, curve, &now->out, now->left_db);
    for (int k = 0; k < AM_BANDS; k++) {
        const double asked_db = curve->asked_db[k] + (curve == &e->tone ? level_db : 0.0);

        now->strain_db[k] = curve->gain_db[k] - am_clamp(asked_db, curve->low_db[k], curve->high_db[k]);
    }
    now->cost = cost_of(now->left_db, now->strain_db);
}

/* ------------------------------------------------------------------ one step of one curve */

/* d level of a band / d curve */
static void differentiate(const model *m, int band, const double *output, double *row)
{
    const double total = third(m, output, band);

    memset(row, 0, AM_BANDS * sizeof *row);
    for (int t = 0; t < AM_TWELFTHS; t++)
        for (int i = 0; i < REACH && m->in_third[band][t] > 0.0; i++)
            row[m->first[t] + i] += m->in_third[band][t] * output[t] / total * m->share[t][i];
}

static void add_row(model *m, const double *row, double weight, double left_db)
{
    for (int a = 0; a < AM_BANDS; a++) {
        m->gradient[a] += weight * row[a] * left_db;
        for (int b = 0; b < AM_BANDS; b++)
            m->matrix[a * AM_BANDS + b] += weight * row[a] * row[b];
    }
}

static void add_pulls(model *m, const double *strain_db)
{
    for (int k = 0; k < AM_BANDS; k++) {
        m->gradient[k] -= pull_of(strain_db[k]) * strain_db[k];
        m->matrix[k * AM_BANDS + k] += pull_of(strain_db[k]);
    }
}

/* Points at a cap that would go beyond it stay. */
static void hold(model *m, const am_exact_curve *curve)
{
    for (int k = 0; k < AM_BANDS; k++) {
        const double g = m->gradient[k];

        if (!(curve->gain_db[k] >= curve->high_db[k] && g > 0.0) && !(curve->gain_db[k] <= curve->low_db[k] && g < 0.0))
            continue;
        for (int j = 0; j < AM_BANDS; j++)
            m->matrix[k * AM_BANDS + j] = m->matrix[j * AM_BANDS + k] = 0.0;
        m->gradient[k] = 0.0;
    }
}

/* The level counts as given: it hardly changes with a step that brings bands to it. */
static void linearise(model *m, const am_exact_curve *curve, const double *output, const state *now)
{
    double row[AM_BANDS];

    memset(m->matrix, 0, sizeof m->matrix);
    memset(m->gradient, 0, sizeof m->gradient);
    for (int k = 0; k < AM_BANDS; k++) {
        const double left_db = now->left_db[k];

        if (!isfinite(left_db))
            continue;
        differentiate(m, k, output, row);
        add_row(m, row, 1.0 / fmax(1.0, fabs(left_db) / AM_EXACT_FAR_DB), left_db);
    }
    add_pulls(m, now->strain_db);
    hold(m, curve);
}

/* Where the damped step leads, within the caps; returns the largest change in dB. */
static double move(const model *m, double damping, const am_exact_curve *curve, double *gain_db)
{
    double matrix[AM_BANDS * AM_BANDS], by_db[AM_BANDS], most_db = 0.0;

    memcpy(matrix, m->matrix, sizeof matrix);
    memcpy(by_db, m->gradient, sizeof by_db);
    for (int k = 0; k < AM_BANDS; k++)
        matrix[k * AM_BANDS + k] += damping;
    if (LAPACKE_dposv_work(LAPACK_COL_MAJOR, 'U', AM_BANDS, 1, matrix, AM_BANDS, by_db, AM_BANDS))
        memset(by_db, 0, sizeof by_db);
    for (int k = 0; k < AM_BANDS; k++) {
        gain_db[k] = am_clamp(curve->gain_db[k] + am_clamp(by_db[k], -AM_EXACT_STEP_DB, AM_EXACT_STEP_DB), curve->low_db[k], curve->high_db[k]);
        most_db = fmax(most_db, fabs(gain_db[k] - curve->gain_db[k]));
    }
    return most_db;
}

/* Levenberg-Marquardt: more damping until the step helps. Returns the largest change in dB. */
static double step(model *m, am_exact *e, am_exact_curve *curve, double *damping)
{
    double kept_db[AM_BANDS];
    state now, then;

    look(m, e, curve, &now);
    memcpy(curve->left_db, now.left_db, sizeof now.left_db);
    if (!curve->free)
        return 0.0;
    linearise(m, curve, curve == &e->side ? now.out.side : now.out.mid, &now);
    memcpy(kept_db, curve->gain_db, sizeof kept_db);
    while (*damping < AM_EXACT_DAMPING_MOST) {
        double trial_db[AM_BANDS];
        const double moved_db = move(m, *damping, curve, trial_db);

        memcpy(curve->gain_db, trial_db, sizeof trial_db);
        look(m, e, curve, &then);
        if (then.cost < now.cost) {
            memcpy(curve->left_db, then.left_db, sizeof then.left_db);
            *damping = fmax(*damping / 5.0, AM_EXACT_DAMPING);
            return moved_db;
        }
        memcpy(curve->gain_db, kept_db, sizeof kept_db);
        *damping *= 4.0;
    }
    *damping = AM_EXACT_DAMPING_MOST / 64.0;
    return 0.0;
}

/* ------------------------------------------------------------------ both */

/* The same curve at a level that leaves the loudness as it was; what that is at the caps. */
static void level(const model *m, am_exact *e)
{
    outcome o;

    if (!e->tone.free)
        return;
    respond(m, e->tone.gain_db, e->side.gain_db, &o);
    for (int k = 0; k < AM_BANDS; k++)
        e->tone.gain_db[k] = am_clamp(e->tone.gain_db[k] - o.by_db, e->tone.low_db[k], e->tone.high_db[k]);
}

static void bound_side(am_exact *e)
{
    for (int k = 0; k < AM_BANDS; k++) {
        e->side.high_db[k] = am_widthplan_most_db(e->side_room_db[k], e->tone.gain_db[k]);
        if (e->side.free)
            e->side.gain_db[k] = fmin(e->side.gain_db[k], e->side.high_db[k]);
    }
}

am_status am_exact_solve(am_exact *exact, const am_allocator *allocator, am_error *err)
{
    model *m = open_model(exact->before, allocator);

    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "solver: out of memory");
    for (int round = 0; round < AM_EXACT_ROUNDS; round++) {
        double damping[2] = { AM_EXACT_DAMPING, AM_EXACT_DAMPING }, moved_db = INFINITY;

        level(m, exact);
        for (int i = 0; i < AM_EXACT_STEPS && moved_db > AM_EXACT_DONE_DB; i++) {
            moved_db = step(m, exact, &exact->tone, &damping[0]);
            bound_side(exact);
            moved_db = fmax(moved_db, step(m, exact, &exact->side, &damping[1]));
        }
    }
    level(m, exact);
    bound_side(exact);
    am_forget(allocator, m);
    return AM_OK;
}

am_status am_exact_predict(const am_analysis *before, const double *tone_db, const double *side_db, const am_allocator *allocator,
                           double *mid_db, double *side_out_db, am_error *err)
{
    model *m = open_model(before, allocator);
    outcome o;

    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "solver: out of memory");
    respond(m, tone_db, side_db, &o);
    for (int k = 0; k < AM_BANDS; k++) {
        const double mid = third(m, o.mid, k), side = third(m, o.side, k);

        mid_db[k] = mid > 0.0 ? am_db_from_power(mid) - o.by_db : NAN;
        side_out_db[k] = side > 0.0 ? am_db_from_power(side) - o.by_db : NAN;
    }
    am_forget(allocator, m);
    return AM_OK;
}
