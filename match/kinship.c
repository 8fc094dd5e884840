#include "match/kinship.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "dsp/explog.h"
#include "dsp/simd.h"
#include "match/params.h"

enum {
    FINE_FIRST = 9, FINE = 43,      /* bands 57 Hz .. 7.2 kHz */
    LAG_FIRST = 10, LAGS = 390,     /* steps of 20 ms: 0.2 .. 8 s */
    FEWEST = 800, MOST = 15000      /* steps: 16 s .. 5 min, the middle of what is longer */
};

static const double fine_bands = 3.0;           /* what is wider than this (one sigma) is equaliser */
static const float floor_db = 50.0f, most_db = 12.0f;   /* below the highest level, a rise is noise; a rise counts up to this */
static const size_t second = 50, third = 20;    /* half widths of the means that are taken off rises and their products */

typedef struct portrait {
    float fine[FINE], rhythm[AM_REGIONS][LAGS];
} portrait;

/* ------------------------------------------------------------------ spectrum */

static void draw_fine(const am_trace *t, float *out)
{
    float power[FINE] = { 0.0f }, db[FINE];

    for (size_t i = 0; i < t->count; i += 2)
        for (size_t k = 0; k < FINE && t->frames[i].loud; k++)
            power[k] += am_expf(0.002302585f * (float)t->frames[i].mid_cdb[FINE_FIRST + k]);
    for (size_t k = 0; k < FINE; k++)
        db[k] = 4.342944819f * am_logf(fmaxf(power[k], 1e-20f));
    for (int k = 0; k < FINE; k++) {
        double sum = 0.0, total = 0.0;

        for (int j = 0; j < FINE; j++) {
            const double apart = (j - k) / fine_bands, weight = am_exp(-0.5 * apart * apart);

            sum += weight * (double)db[j];
            total += weight;
        }
        out[k] = db[k] - (float)(sum / total);
    }
}

/* ------------------------------------------------------------------ rhythm */

/* Take off the mean over what lies up to half away. scratch: count + 1 */
static void level_out(float *x, size_t count, size_t half, double *scratch)
{
    scratch[0] = 0.0;
    for (size_t i = 0; i < count; i++)
        scratch[i + 1] = scratch[i] + (double)x[i];
    for (size_t i = 0; i < count; i++) {
        const size_t first = i < half ? 0 : i - half, end = i + half + 1 < count ? i + half + 1 : count;

        x[i] -= (float)((scratch[end] - scratch[first]) / (double)(end - first));
    }
}

static void find_rises(const am_trace_step *steps, size_t count, int region, float *rises)
{
    float top_db = -200.0f, before_db;

    for (size_t i = 0; i < count; i++)
        top_db = fmaxf(top_db, 0.01f * steps[i].region_cdb[region]);
    before_db = fmaxf(0.01f * steps[0].region_cdb[region], top_db - floor_db);
    for (size_t i = 0; i < count; i++) {
        const float db = fmaxf(0.01f * steps[i].region_cdb[region], top_db - floor_db);

        rises[i] = fminf(fmaxf(db - before_db, 0.0f), most_db);
        before_db = db;
    }
}

/* products[l] = sum of x[i] x[i + LAG_FIRST + l]; x goes on with zeros */
AM_CLONES
static void correlate(const float *x, size_t count, float *products)
{
    memset(products, 0, LAGS * sizeof *products);
    for (size_t i = 0; i < count; i++)
        for (size_t l = 0; l < LAGS; l++)
            products[l] += x[i] * x[i + LAG_FIRST + l];
}

static void draw_rhythm(const am_trace *t, int region, float *rises, double *scratch, float *out)
{
    const size_t count = t->step_count < MOST ? t->step_count : MOST, first = (t->step_count - count) / 2;
    float products[LAGS];

    find_rises(t->steps + first, count, region, rises);
    level_out(rises, count, second, scratch);
    memset(rises + count, 0, (LAG_FIRST + LAGS) * sizeof *rises);
    correlate(rises, count, products);
    for (size_t l = 0; l < LAGS; l++)
        out[l] = 0.25f * (products[l ? l - 1 : 0] + products[l + 1 < LAGS ? l + 1 : l]) + 0.5f * products[l];
    level_out(out, LAGS, third, scratch);
}

/* ------------------------------------------------------------------ both */

static am_status draw(const am_trace *t, const am_allocator *allocator, portrait *out)
{
    const size_t room = MOST + LAG_FIRST + LAGS + 1;
    float *rises = am_acquire(allocator, room, sizeof *rises);
    double *scratch = am_acquire(allocator, room, sizeof *scratch);

    if (rises && scratch) {
        draw_fine(t, out->fine);
        for (int r = 0; r < AM_REGIONS; r++)
            draw_rhythm(t, r, rises, scratch, out->rhythm[r]);
    }
    am_forget(allocator, rises);
    am_forget(allocator, scratch);
    return rises && scratch ? AM_OK : AM_ERR_NOMEM;
}

static double correlation(const float *a, const float *b, size_t count)
{
    double mean_a = 0.0, mean_b = 0.0, aa = 1e-12, bb = 1e-12, ab = 0.0;

    for (size_t i = 0; i < count; i++) {
        mean_a += (double)a[i] / (double)count;
        mean_b += (double)b[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        const double x = (double)a[i] - mean_a, y = (double)b[i] - mean_b;

        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    return ab / sqrt(aa * bb);
}

am_status am_kinship(const am_trace *a, const am_trace *b, const am_allocator *allocator, double *kinship)
{
    portrait one, other;
    double fine, rhythm = 0.0;
    am_status st;

    *kinship = 0.0;
    if (a->step_count < FEWEST || b->step_count < FEWEST)
        return AM_OK;
    st = draw(a, allocator, &one);
    if (!st)
        st = draw(b, allocator, &other);
    if (st)
        return st;
    fine = correlation(one.fine, other.fine, FINE);
    for (int r = 0; r < AM_REGIONS; r++)
        rhythm += correlation(one.rhythm[r], other.rhythm[r], LAGS) / AM_REGIONS;
    if (fmin(fine, rhythm) > AM_SHARED_KIN_EITHER)
        *kinship = fine + rhythm;
    return AM_OK;
}
