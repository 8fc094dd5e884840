#include "match/peq.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "dsp/biquad.h"
#include "match/params.h"

enum { max_parameters = 1 + 3 * AM_EQ_SECTIONS, greedy_steps = 8, final_steps = 40 };

static const double start_q = 1.2, step_db = 1e-3, step_ln = 1e-4;

/* Of one section: gain, ln frequency, ln q; shelves keep their q. */
typedef struct fit {
    const am_peq_goal *goal;
    double total;                   /* sum of weights */
    double level_db;                /* common gain */
    uint32_t count;
    am_eq_section sections[AM_EQ_SECTIONS];
    double response_db[AM_EQ_SECTIONS][AM_BANDS];
} fit;

typedef struct normal {             /* J'J and J'r of the parameters in use */
    lapack_int count;
    double jtj[max_parameters * max_parameters], jtr[max_parameters];
} normal;

/* ------------------------------------------------------------------ responses */

static bool heard(double rate_hz, int band)
{
    return am_band_hz(band) < 0.5 * rate_hz;
}

static void respond(double rate_hz, const am_eq_section *section, double *response_db)
{
    am_biquad filter;
    const am_status st = am_biquad_design(rate_hz, section, &filter);

    for (int k = 0; k < AM_BANDS; k++)
        response_db[k] = st || !heard(rate_hz, k) ? 0.0 : am_biquad_response_db(&filter, rate_hz, am_band_hz(k));
}

void am_peq_response(double rate_hz, const am_eq_section *sections, uint32_t count, double *response_db)
{
    double one[AM_BANDS];

    memset(response_db, 0, AM_BANDS * sizeof *response_db);
    for (uint32_t i = 0; i < count; i++) {
        respond(rate_hz, &sections[i], one);
        for (int k = 0; k < AM_BANDS; k++)
            response_db[k] += one[k];
    }
}

static void sum_responses(const fit *f, double *sum_db)
{
    memset(sum_db, 0, AM_BANDS * sizeof *sum_db);
    for (uint32_t i = 0; i < f->count; i++)
        for (int k = 0; k < AM_BANDS; k++)
            sum_db[k] += f->response_db[i][k];
}

/* ------------------------------------------------------------------ cost */

static double excess(const fit *f, const double *sum_db, int band)
{
    return fmax(sum_db[band] - f->goal->ceiling_db[band], 0.0);
}

/* What sections add up to in a band, those that raise and those that lower it */
static void part(const fit *f, int band, double *up_db, double *down_db)
{
    *up_db = *down_db = 0.0;
    for (uint32_t i = 0; i < f->count; i++)
        *(f->response_db[i][band] > 0.0 ? up_db : down_db) += fabs(f->response_db[i][band]);
}

/* Weighted mean of squared distances, plus overshoot of the ceiling, plus what sections undo of each other, plus a little for size and for a
 * common gain */
static double cost(const fit *f)
{
    double sum_db[AM_BANDS], squares = 0.0, size = 0.0, up_db, down_db;

    sum_responses(f, sum_db);
    for (int k = 0; k < AM_BANDS; k++) {
        const double r = sum_db[k] - f->goal->curve_db[k] - f->level_db, over = excess(f, sum_db, k);

        squares += f->goal->weight[k] * r * r / f->total + f->goal->ceiling_weight[k] / AM_BANDS * over * over;
        part(f, k, &up_db, &down_db);
        squares += AM_PEQ_OPPOSED / AM_BANDS * up_db * down_db;
    }
    for (uint32_t i = 0; i < f->count; i++)
        size += f->sections[i].gain_db * f->sections[i].gain_db;
    return squares + AM_PEQ_RIDGE / AM_BANDS * size + AM_PEQ_LEVEL_RIDGE * f->level_db * f->level_db;
}

static double weighted_rms(const am_peq_goal *goal, const double *sum_db)
{
    double total = 1e-12, level = 0.0, squares = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        total += goal->weight[k];
        level += goal->weight[k] * (sum_db[k] - goal->curve_db[k]);
    }
    level /= total;
    for (int k = 0; k < AM_BANDS; k++) {
        const double r = sum_db[k] - goal->curve_db[k] - level;

        squares += goal->weight[k] * r * r;
    }
    return sqrt(squares / total);
}

/* ------------------------------------------------------------------ one step */

static int free_of(am_section_kind kind)
{
    return kind == AM_SECTION_BELL ? 3 : 2;
}

static void bounds_of(am_section_kind kind, double rate_hz, double range_hz[2])
{
    static const double low_shelf[] = { AM_PEQ_LOW_SHELF_HZ }, high_shelf[] = { AM_PEQ_HIGH_SHELF_HZ }, bell[] = { AM_PEQ_BELL_HZ };
    const double *range = kind == AM_SECTION_BELL ? bell : kind == AM_SECTION_LOW_SHELF ? low_shelf : high_shelf;

    range_hz[1] = fmin(range[1], AM_PEQ_RATE_SHARE * rate_hz);
    range_hz[0] = fmin(range[0], range_hz[1]);
}

static void nudge(am_eq_section *section, double rate_hz, const double *by)
{
    static const double q[] = { AM_PEQ_Q };
    double range_hz[2];

    bounds_of(section->kind, rate_hz, range_hz);
    section->gain_db = am_clamp(section->gain_db + by[0], -AM_PEQ_GAIN_DB, AM_PEQ_GAIN_DB);
    section->frequency_hz = am_clamp(section->frequency_hz * exp(am_clamp(by[1], -1.0, 1.0)), range_hz[0], range_hz[1]);
    if (section->kind == AM_SECTION_BELL)
        section->q = am_clamp(section->q * exp(am_clamp(by[2], -1.0, 1.0)), q[0], q[1]);
}

/* Derivatives of one section's response, by forward differences inside its bounds. */
static void differentiate(const fit *f, uint32_t index, double out[3][AM_BANDS])
{
    const am_eq_section *section = &f->sections[index];

    for (int p = 0; p < free_of(section->kind); p++) {
        double by[3] = { 0.0, 0.0, 0.0 }, moved_db[AM_BANDS], step = p ? step_ln : step_db;
        am_eq_section moved = *section;

        if (p == 0 && section->gain_db > 0.0)
            step = -step;
        if (p && (p == 1 ? section->frequency_hz : section->q) > (p == 1 ? 1000.0 : 1.0))
            step = -step;
        by[p] = step;
        nudge(&moved, f->goal->rate_hz, by);
        respond(f->goal->rate_hz, &moved, moved_db);
        for (int k = 0; k < AM_BANDS; k++)
            out[p][k] = (moved_db[k] - f->response_db[index][k]) / step;
    }
}

/* up x down = ((up + down)^2 - (up - down)^2) / 4: of its curvature only the first square counts, so that steps stay downhill. */
static void add_opposed(const fit *f, double (*jacobian)[AM_BANDS], normal *n)
{
    const size_t count = (size_t)n->count;
    uint32_t owner[max_parameters] = { 0 };

    for (size_t a = 1, i = 0; i < f->count; i++)
        for (int p = 0; p < free_of(f->sections[i].kind); p++)
            owner[a++] = (uint32_t)i;
    for (int k = 0; k < AM_BANDS; k++) {
        double up_db, down_db, slope[max_parameters];

        part(f, k, &up_db, &down_db);
        for (size_t a = 1; a < count; a++) {
            const bool up = f->response_db[owner[a]][k] > 0.0;

            slope[a] = (up ? 0.5 : -0.5) * jacobian[a][k];
            n->jtr[a] += AM_PEQ_OPPOSED / AM_BANDS * slope[a] * (up ? down_db : up_db);
            for (size_t b = 1; b <= a; b++)
                n->jtj[a * count + b] += AM_PEQ_OPPOSED / AM_BANDS * slope[a] * slope[b];
        }
    }
}

static void linearise(const fit *f, normal *n)
{
    double jacobian[max_parameters][AM_BANDS], sum_db[AM_BANDS];
    size_t count = 1;

    sum_responses(f, sum_db);
    for (int k = 0; k < AM_BANDS; k++)
        jacobian[0][k] = -1.0;
    for (uint32_t i = 0; i < f->count; i++) {
        differentiate(f, i, &jacobian[count]);
        count += (size_t)free_of(f->sections[i].kind);
    }
    memset(n, 0, sizeof *n);
    n->count = (lapack_int)count;
    for (int k = 0; k < AM_BANDS; k++) {
        const double w = f->goal->weight[k] / f->total, r = sum_db[k] - f->goal->curve_db[k] - f->level_db;
        const double over = excess(f, sum_db, k), v = over > 0.0 ? f->goal->ceiling_weight[k] / AM_BANDS : 0.0;

        for (size_t a = 0; a < count; a++) {
            n->jtr[a] += jacobian[a][k] * (w * r + (a ? v * over : 0.0));
            for (size_t b = 0; b <= a; b++)
                n->jtj[a * count + b] += jacobian[a][k] * jacobian[b][k] * (w + (b ? v : 0.0));
        }
    }
    add_opposed(f, jacobian, n);
    n->jtr[0] += AM_PEQ_LEVEL_RIDGE * f->level_db;
    n->jtj[0] += AM_PEQ_LEVEL_RIDGE;
    for (size_t a = 1, i = 0; i < f->count; a += (size_t)free_of(f->sections[i++].kind)) {
        n->jtr[a] += AM_PEQ_RIDGE / AM_BANDS * f->sections[i].gain_db;
        n->jtj[a * count + a] += AM_PEQ_RIDGE / AM_BANDS;
    }
}

/* Solve (J'J + mu diag) step = J'r; false when that is not possible. */
static bool solve_step(const normal *n, double mu, double *step)
{
    double matrix[max_parameters * max_parameters];
    const size_t count = (size_t)n->count;

    memcpy(matrix, n->jtj, count * count * sizeof *matrix);
    memcpy(step, n->jtr, count * sizeof *step);
    for (size_t a = 0; a < count; a++)
        matrix[a * count + a] += mu * n->jtj[a * count + a] + 1e-9;
    /* the lower triangle by rows is the upper one by columns */
    return LAPACKE_dposv_work(LAPACK_COL_MAJOR, 'U', n->count, 1, matrix, n->count, step, n->count) == 0;
}

static void apply_step(const fit *from, const double *step, fit *to)
{
    size_t at = 1;

    *to = *from;
    to->level_db -= step[0];
    for (uint32_t i = 0; i < to->count; i++) {
        const int parameters = free_of(to->sections[i].kind);
        double by[3] = { 0.0, 0.0, 0.0 };

        for (int p = 0; p < parameters; p++)
            by[p] = -step[at++];
        nudge(&to->sections[i], to->goal->rate_hz, by);
        respond(to->goal->rate_hz, &to->sections[i], to->response_db[i]);
    }
}

static double improve(fit *f, int steps)
{
    double best = cost(f), mu = 1e-2, step[max_parameters];
    normal n;
    fit trial;

    linearise(f, &n);
    for (int i = 0; i < steps && mu < 1e6; i++) {
        double now;

        if (!solve_step(&n, mu, step)) {
            mu *= 4.0;
            continue;
        }
        apply_step(f, step, &trial);
        now = cost(&trial);
        if (!(now < best)) {
            mu *= 4.0;
            continue;
        }
        const bool done = best - now < 1e-5 * best;

        *f = trial;
        best = now;
        mu /= 5.0;
        if (done)
            break;
        linearise(f, &n);
    }
    return best;
}

/* ------------------------------------------------------------------ which sections */

static void add_section(fit *f, am_section_kind kind, double frequency_hz, double gain_db, double q)
{
    am_eq_section *section = &f->sections[f->count];
    const double none[3] = { 0.0, 0.0, 0.0 };

    *section = (am_eq_section){ .kind = kind, .frequency_hz = frequency_hz, .gain_db = gain_db, .q = q };
    nudge(section, f->goal->rate_hz, none);
    respond(f->goal->rate_hz, section, f->response_db[f->count++]);
}

/* A bell where the residual, smoothed over half an octave and weighted, is largest. */
static void add_bell(fit *f)
{
    double sum_db[AM_BANDS], residual[AM_BANDS], top = -1.0, gain_db = 0.0;
    int place = AM_BAND_1K;

    sum_responses(f, sum_db);
    for (int k = 0; k < AM_BANDS; k++)
        residual[k] = f->goal->weight[k] > 0.0 ? f->goal->curve_db[k] + f->level_db - sum_db[k] : -excess(f, sum_db, k);
    for (int k = 1; k + 1 < AM_BANDS; k++) {
        const double smooth = (residual[k - 1] + residual[k] + residual[k + 1]) / 3.0;
        const double size = fabs(smooth) * sqrt(f->goal->weight[k] / f->total + 1e-3 / AM_BANDS);

        if (size > top) {
            top = size;
            place = k;
            gain_db = smooth;
        }
    }
    add_section(f, AM_SECTION_BELL, am_band_hz(place), gain_db, start_q);
}

static void remove_section(fit *f, uint32_t index)
{
    f->count--;
    for (uint32_t i = index; i < f->count; i++) {
        f->sections[i] = f->sections[i + 1];
        memcpy(f->response_db[i], f->response_db[i + 1], sizeof f->response_db[i]);
    }
}

/* Schwarz's criterion; the residual floor keeps a perfect fit finite. */
static double information(double mean_square, uint32_t bells)
{
    return AM_BANDS * log(mean_square + 1e-6) + 3.0 * bells * log((double)AM_BANDS);
}

static bool good_enough(const fit *f)
{
    double sum_db[AM_BANDS];

    sum_responses(f, sum_db);
    return weighted_rms(f->goal, sum_db) < AM_PEQ_GOOD_DB && cost(f) < 4.0 * AM_PEQ_GOOD_DB * AM_PEQ_GOOD_DB;
}

/* Add bells while they pay; one that does not may still open the way for the next. */
static void grow(fit *f)
{
    double known = information(improve(f, greedy_steps), 0);
    fit trial = *f;
    int idle = 0;

    for (uint32_t bells = 1; bells <= AM_PEQ_BELLS && idle < 2 && !good_enough(f); bells++) {
        double now;

        add_bell(&trial);
        now = information(improve(&trial, 2 * greedy_steps), bells);
        idle = now < known ? 0 : idle + 1;
        if (idle)
            continue;
        known = now;
        *f = trial;
    }
}

static bool drop_smallest(fit *f)
{
    uint32_t smallest = f->count;
    double size_db = AM_PEQ_SMALL_DB;

    for (uint32_t i = 0; i < f->count; i++)
        if (fabs(f->sections[i].gain_db) < size_db) {
            size_db = fabs(f->sections[i].gain_db);
            smallest = i;
        }
    if (smallest == f->count)
        return false;
    remove_section(f, smallest);
    return true;
}

/* The most by which a firm ceiling is exceeded */
static double worst_excess(const fit *f)
{
    double sum_db[AM_BANDS], worst_db = 0.0;

    sum_responses(f, sum_db);
    for (int k = 0; k < AM_BANDS; k++)
        if (f->goal->ceiling_weight[k] >= AM_PEQ_CEILING_FIRM)
            worst_db = fmax(worst_db, excess(f, sum_db, k));
    return worst_db;
}

/* Firm ceilings weigh more and more until they hold. strict is f's goal. */
static void obey(fit *f, am_peq_goal *strict)
{
    for (int i = 0; i < AM_PEQ_FIRM_ROUNDS && worst_excess(f) > AM_PEQ_FIRM_DB; i++) {
        for (int k = 0; k < AM_BANDS; k++)
            if (strict->ceiling_weight[k] >= AM_PEQ_CEILING_FIRM)
                strict->ceiling_weight[k] *= 4.0;
        improve(f, final_steps);
    }
}

/* ------------------------------------------------------------------ result */

static double round_frequency(double hz)
{
    const double per_hz = hz < 100.0 ? 10.0 : hz < 1000.0 ? 1.0 : 0.1;

    return round(hz * per_hz) / per_hz;     /* by division: the nearest double of the decimal */
}

static void round_section(am_eq_section *s)
{
    s->frequency_hz = round_frequency(s->frequency_hz);
    s->gain_db = round(s->gain_db * 100.0) / 100.0;
    s->q = round(s->q * 100.0) / 100.0;
}

static int rank(const am_eq_section *s)
{
    return s->kind == AM_SECTION_LOW_SHELF ? 0 : s->kind == AM_SECTION_BELL ? 1 : 2;
}

static void sort_sections(am_eq_section *sections, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = i; j > 0; j--) {
            const am_eq_section a = sections[j - 1], b = sections[j];

            if (rank(&a) < rank(&b) || (rank(&a) == rank(&b) && a.frequency_hz <= b.frequency_hz))
                break;
            sections[j - 1] = b;
            sections[j] = a;
        }
}

void am_peq_fit(const am_peq_goal *goal, am_peq *out)
{
    am_peq_goal strict = *goal;
    fit f = { .goal = &strict };

    memset(out, 0, sizeof *out);
    for (int k = 0; k < AM_BANDS; k++)
        f.total += goal->weight[k];
    if (!(f.total > 0.0))
        return;
    add_section(&f, AM_SECTION_LOW_SHELF, 100.0, 0.0, AM_PEQ_SHELF_Q);
    add_section(&f, AM_SECTION_HIGH_SHELF, 7000.0, 0.0, AM_PEQ_SHELF_Q);
    grow(&f);
    improve(&f, final_steps);
    while (drop_smallest(&f))
        improve(&f, greedy_steps);
    obey(&f, &strict);
    for (uint32_t i = 0; i < f.count; i++)
        round_section(&f.sections[i]);
    sort_sections(f.sections, f.count);
    out->count = f.count;
    memcpy(out->sections, f.sections, sizeof out->sections);
    am_peq_response(goal->rate_hz, out->sections, out->count, out->response_db);
    out->rms_db = weighted_rms(goal, out->response_db);
}
