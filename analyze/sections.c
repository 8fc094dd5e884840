#include "analyze/sections.h"

#include <math.h>
#include <string.h>

static const double section_s = 5.0;
enum { LEAST_FRAMES = 8 };          /* a quarter of a section, so that one chord after a pause is no section of its own */

/* Welford's update of a mean; deviations from it before and after. */
static void update(double *mean, const double *x, uint32_t count, double *before, double *after)
{
    for (int b = 0; b < AM_BANDS; b++) {
        before[b] = x[b] - mean[b];
        mean[b] += before[b] / count;
        after[b] = x[b] - mean[b];
    }
}

/* The sum of outer products grows by that of one's deviations before and the other's after: the same either way round. */
static void add_products(double (*products)[AM_BANDS], const double *before, const double *after)
{
    for (int b = 0; b < AM_BANDS; b++)
        for (int c = 0; c < AM_BANDS; c++)
            products[b][c] += before[b] * after[c];
}

static void close_section(am_section_sums *sums, am_sections *out)
{
    double mid[AM_BANDS], width[AM_BANDS], before[2][AM_BANDS], after[2][AM_BANDS];

    if (sums->frames >= LEAST_FRAMES) {
        for (int b = 0; b < AM_BANDS; b++) {
            mid[b] = (sums->mid_db[b] - sums->level_db) / sums->frames;
            width[b] = (sums->side_db[b] - sums->mid_db[b]) / sums->frames;
        }
        out->count++;
        update(sums->mean_mid, mid, out->count, before[0], after[0]);
        update(sums->mean_width, width, out->count, before[1], after[1]);
        add_products(out->mid_db2, before[0], after[0]);
        add_products(out->width_db2, before[1], after[1]);
        add_products(out->cross_db2, before[0], after[1]);
    }
    sums->frames = 0;
    sums->level_db = 0.0;
    memset(sums->mid_db, 0, sizeof sums->mid_db);
    memset(sums->side_db, 0, sizeof sums->side_db);
}

void am_sections_add(am_section_sums *sums, double time_s, double level_db, const double *mid_db, const double *side_db,
                     am_sections *out)
{
    const uint64_t index = (uint64_t)(time_s / section_s);

    if (index != sums->index)
        close_section(sums, out);
    sums->index = index;
    sums->frames++;
    sums->level_db += level_db;
    for (int b = 0; b < AM_BANDS; b++) {
        sums->mid_db[b] += mid_db[b];
        sums->side_db[b] += side_db[b];
    }
}

static void finish_matrix(double (*matrix)[AM_BANDS], uint32_t count, uint32_t bands)
{
    for (uint32_t b = 0; b < AM_BANDS; b++)
        for (uint32_t c = 0; c < AM_BANDS; c++)
            matrix[b][c] = count < 2 || b >= bands || c >= bands ? (double)NAN : matrix[b][c] / (count - 1);
}

/* Rounding differs between the triangles of a sum of outer products: the lower one stands for both. */
static void mirror(double (*matrix)[AM_BANDS])
{
    for (uint32_t b = 0; b < AM_BANDS; b++)
        for (uint32_t c = 0; c < b; c++)
            matrix[c][b] = matrix[b][c];
}

void am_sections_finish(am_section_sums *sums, uint32_t bands, am_sections *out)
{
    close_section(sums, out);
    finish_matrix(out->mid_db2, out->count, bands);
    finish_matrix(out->width_db2, out->count, bands);
    finish_matrix(out->cross_db2, out->count, bands);
    mirror(out->mid_db2);
    mirror(out->width_db2);
}
