#include "match/prior.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "match/params.h"

enum { shelves = 8, bells = 25 };

static const double bell_q[] = { 0.6, 0.9, 1.2, 1.6 };

/* Response in dB per dB of gain, for gains near 0 */
static double low_shelf(double f, double q)
{
    (void)q;
    return 1.0 / (1.0 + f * f * f * f);
}

static double high_shelf(double f, double q)
{
    return 1.0 - low_shelf(f, q);
}

static double bell(double f, double q)
{
    const double below = 1.0 - f * f, width = f / q;

    return width * width / (below * below + width * width);
}

/* Add variance * mean over centres (evenly in log f) of shape shape' */
static void add_family(double *out, size_t stride, double (*shape)(double, double), const double range_hz[2], int centres, double q,
                       double variance)
{
    for (int c = 0; c < centres; c++) {
        const double centre_hz = range_hz[0] * pow(range_hz[1] / range_hz[0], (double)c / (centres - 1));
        double v[AM_BANDS];

        for (int k = 0; k < AM_BANDS; k++)
            v[k] = shape(am_band_hz(k) / centre_hz, q);
        for (size_t i = 0; i < AM_BANDS; i++)
            for (size_t j = 0; j < AM_BANDS; j++)
                out[i * stride + j] += variance / centres * v[i] * v[j];
    }
}

static void add_smooth(double *out, size_t stride, double sd_db, double length_oct, double level_db)
{
    for (size_t i = 0; i < AM_BANDS; i++)
        for (size_t j = 0; j < AM_BANDS; j++) {
            const double apart = ((double)i - (double)j) / 6.0 / length_oct;

            out[i * stride + j] += sd_db * sd_db * exp(-0.5 * apart * apart) + level_db * level_db;
        }
}

static void clear(double *out, size_t stride)
{
    for (size_t i = 0; i < AM_BANDS; i++)
        memset(&out[i * stride], 0, AM_BANDS * sizeof *out);
}

void am_prior_tone(double *out, size_t stride)
{
    static const double low_hz[] = { AM_PRIOR_LOW_SHELF_HZ }, high_hz[] = { AM_PRIOR_HIGH_SHELF_HZ }, bell_hz[] = { AM_PRIOR_BELL_HZ };
    const size_t qs = sizeof bell_q / sizeof *bell_q;

    clear(out, stride);
    add_family(out, stride, low_shelf, low_hz, shelves, 1.0, AM_PRIOR_LOW_SHELF_DB * AM_PRIOR_LOW_SHELF_DB);
    add_family(out, stride, high_shelf, high_hz, shelves, 1.0, AM_PRIOR_HIGH_SHELF_DB * AM_PRIOR_HIGH_SHELF_DB);
    for (size_t i = 0; i < qs; i++)
        add_family(out, stride, bell, bell_hz, bells, bell_q[i], AM_PRIOR_BELL_DB * AM_PRIOR_BELL_DB / (double)qs);
    add_smooth(out, stride, AM_PRIOR_SMOOTH_DB, AM_PRIOR_SMOOTH_OCT, AM_PRIOR_LEVEL_DB);
}

void am_prior_width(double *out, size_t stride)
{
    double step[AM_BANDS];

    for (int k = 0; k < AM_BANDS; k++) {
        const double f = am_band_hz(k) / AM_PRIOR_WIDTH_CORNER_HZ;

        step[k] = AM_PRIOR_WIDTH_STEP_DB * f * f / (1.0 + f * f);
    }
    clear(out, stride);
    for (size_t i = 0; i < AM_BANDS; i++)
        for (size_t j = 0; j < AM_BANDS; j++)
            out[i * stride + j] = step[i] * step[j];
    add_smooth(out, stride, AM_PRIOR_WIDTH_SMOOTH_DB, AM_PRIOR_WIDTH_SMOOTH_OCT, AM_PRIOR_WIDTH_LEVEL_DB);
}
