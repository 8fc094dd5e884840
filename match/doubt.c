#include "match/doubt.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "match/belief.h"
#include "match/params.h"

typedef double joint[AM_JOINT][AM_JOINT];

/* ------------------------------------------------------------------ section covariances */

static bool usable(const double matrix[AM_BANDS][AM_BANDS])
{
    for (int k = 0; k < AM_BANDS; k++)
        if (isfinite(matrix[k][k]))
            return true;
    return false;
}

static double finite_or(double x, double otherwise)
{
    return isfinite(x) ? x : otherwise;
}

double am_doubt_usual(size_t i, size_t j)
{
    return AM_DOUBT_UNKNOWN_DB * AM_DOUBT_UNKNOWN_DB * exp(-fabs((double)i - (double)j) / 6.0 / AM_DOUBT_UNKNOWN_OCT);
}

/* Blocks [mid mid', mid width'; width mid', width width'] times scale; what is not finite is 0. */
static void assemble(const double tone[AM_BANDS][AM_BANDS], const double width[AM_BANDS][AM_BANDS],
                     const double cross[AM_BANDS][AM_BANDS], double scale, bool known, joint *out)
{
    for (size_t i = 0; i < AM_BANDS; i++)
        for (size_t j = 0; j < AM_BANDS; j++) {
            (*out)[i][j] = known ? scale * finite_or(tone[i][j], 0.0) : am_doubt_usual(i, j);
            (*out)[AM_BANDS + i][AM_BANDS + j] = known ? scale * finite_or(width[i][j], 0.0) : am_doubt_usual(i, j);
            (*out)[i][AM_BANDS + j] = (*out)[AM_BANDS + j][i] = known ? scale * finite_or(cross[i][j], 0.0) : 0.0;
        }
}

/* Sections have their loudness taken out, differences their mean over bands: bring the tone's rows and columns to the latter. */
static void centre(const bool *known, joint *out)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < AM_JOINT; j++) {
            double line[AM_BANDS];

            for (size_t i = 0; i < AM_BANDS; i++)
                line[i] = pass ? (*out)[j][i] : (*out)[i][j];
            am_curve_level(known, line);
            for (size_t i = 0; i < AM_BANDS; i++)
                *(pass ? &(*out)[j][i] : &(*out)[i][j]) = line[i];
        }
}

/* Covariance of a mean over count sections whose covariance is own, when pooled is the covariance over all sections of both pieces:
 * shrunk to its diagonal the more the fewer sections there are. */
static void add_mean(const joint *own, double own_count, const joint *pooled, double all_count, double share, joint *out)
{
    const double seen = own_count + (all_count - own_count) * share, trust = seen / (seen + AM_DOUBT_SHRINK);

    for (size_t i = 0; i < AM_JOINT; i++)
        for (size_t j = 0; j < AM_JOINT; j++) {
            const double c = (1.0 - share) * (*own)[i][j] + share * (*pooled)[i][j];
            const double shrunk = i == j ? c + AM_DOUBT_FLOOR_DB2 : trust * c;

            (*out)[i][j] += AM_DOUBT_KAPPA * shrunk / own_count;
        }
}

static void add_pooled(const joint *a, double a_count, const joint *b, double b_count, joint *pooled, joint *out)
{
    const double freedom = fmax(a_count + b_count - 2.0, 1.0);

    for (size_t i = 0; i < AM_JOINT; i++)
        for (size_t j = 0; j < AM_JOINT; j++)
            (*pooled)[i][j] = (fmax(a_count - 1.0, 0.5) * (*a)[i][j] + fmax(b_count - 1.0, 0.5) * (*b)[i][j]) / freedom;
    add_mean(a, a_count, pooled, a_count + b_count, AM_DOUBT_POOL, out);
    add_mean(b, b_count, pooled, a_count + b_count, AM_DOUBT_POOL, out);
}

/* ------------------------------------------------------------------ sparseness */

/* Size of the smoothed disagreement between mean and power differences, level taken out. */
static void sparseness(const am_analysis *before, const am_target *target, const bool *known, double *size_db)
{
    double x[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++)
        x[k] = known[k] ? (target->tone.power_db[k] - target->tone.mean_db[k]) - (before->mid.power_db[k] - before->mid.mean_db[k]) : 0.0;
    am_curve_level(known, x);
    for (int i = 0; i < AM_BANDS; i++) {
        double sum = 0.0, total = 1e-9;

        for (int j = 0; j < AM_BANDS; j++) {
            const double apart = (i - j) / 6.0 / AM_DOUBT_SPARSE_SMOOTH_OCT, weight = known[j] ? exp(-0.5 * apart * apart) : 0.0;

            sum += weight * x[j] * x[j];
            total += weight;
        }
        size_db[i] = sqrt(sum / total);
    }
}

static void add_sparseness(const double *size_db, joint *out)
{
    for (size_t i = 0; i < AM_BANDS; i++)
        for (size_t j = 0; j < AM_BANDS; j++) {
            const double apart = ((double)i - (double)j) / 6.0 / AM_DOUBT_SPARSE_OCT;
            const double c = exp(-0.5 * apart * apart) * size_db[i] * size_db[j];

            (*out)[i][j] += AM_DOUBT_SPARSE * c;
            (*out)[AM_BANDS + i][AM_BANDS + j] += AM_DOUBT_SPARSE_WIDTH * c;
        }
}

/* ------------------------------------------------------------------ both */

static void add_profile(const am_target *target, joint *out)
{
    for (size_t i = 0; i < AM_BANDS; i++)
        for (size_t j = 0; j < AM_BANDS; j++) {
            (*out)[i][j] += AM_DOUBT_PROFILE * finite_or(target->tone.covariance_db2[i][j], 0.0);
            if (target->width.present)
                (*out)[AM_BANDS + i][AM_BANDS + j] += AM_DOUBT_PROFILE * finite_or(target->width.covariance_db2[i][j], 0.0);
        }
}

static void blind(const bool *known, size_t first, joint *out)
{
    for (size_t k = 0; k < AM_BANDS; k++) {
        if (known[k])
            continue;
        for (size_t j = 0; j < AM_JOINT; j++)
            (*out)[first + k][j] = (*out)[j][first + k] = 0.0;
        (*out)[first + k][first + k] = AM_DOUBT_BLIND_DB2;
    }
}

void am_doubt(const am_analysis *before, const am_target *target, const bool *tone_known, const bool *width_known, double *out,
              double *scratch)
{
    const am_sections *s = &before->sections;
    const bool known = s->count >= 2 && usable(s->mid_db2);
    const double count = known ? (double)s->count : fmax(finite_or(before->gated_s, 0.0) / AM_DOUBT_SECTION_S, 0.5);
    joint *sum = (joint *)out, *own = (joint *)scratch, *theirs = own + 1;

    memset(sum, 0, sizeof *sum);
    assemble(s->mid_db2, s->width_db2, s->cross_db2, 1.0, known, own);
    centre(tone_known, own);
    if (target->kind == AM_TARGET_PROFILE) {
        add_mean(own, count, own, count, 0.0, sum);
        add_profile(target, sum);
    } else {
        const double sections = fmax(finite_or(target->sections, 0.0), 0.5);
        double size_db[AM_BANDS];
        joint *pooled = own + 2;

        assemble(target->tone.covariance_db2, target->width.covariance_db2, target->cross_db2, sections,
                 usable(target->tone.covariance_db2), theirs);
        centre(tone_known, theirs);
        add_pooled(own, count, theirs, sections, pooled, sum);
        sparseness(before, target, tone_known, size_db);
        add_sparseness(size_db, sum);
    }
    blind(tone_known, 0, sum);
    blind(width_known, AM_BANDS, sum);
}
