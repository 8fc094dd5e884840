#include "tests/support/analyses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/plan_check.h"
#include "dsp/curve.h"
#include "match/bands.h"

enum { shapes = 9, sections = 36 };

double test_uniform(uint64_t *state, double low, double high)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);    /* splitmix64 */

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return low + (high - low) * (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Smooth over about an octave. */
static void draw_shape(uint64_t *state, double size_db, double *out)
{
    memset(out, 0, AM_BANDS * sizeof *out);
    for (int m = 1; m <= shapes; m++) {
        const double a = test_uniform(state, -1.0, 1.0) * size_db / sqrt((double)shapes / 6.0), phase = test_uniform(state, 0.0, 2.0 * AM_PI);

        for (int k = 0; k < AM_BANDS; k++)
            out[k] += a * cos(AM_PI * m * k / AM_BANDS + phase);
    }
}

static void add_products(double (*to)[AM_BANDS], const double *a, const double *b)
{
    for (int i = 0; i < AM_BANDS; i++)
        for (int j = 0; j < AM_BANDS; j++)
            to[i][j] += a[i] * b[j] / (sections - 1);
}

/* Deviations have the mean 0 only about: the covariance is what the test says it is. */
static void make_sections(uint64_t *state, am_sections *out)
{
    out->count = sections;
    for (int s = 0; s < sections; s++) {
        double mid[AM_BANDS], own[AM_BANDS], width[AM_BANDS];

        draw_shape(state, 2.0, mid);
        draw_shape(state, 1.0, own);
        for (int k = 0; k < AM_BANDS; k++)
            width[k] = own[k] - 0.5 * mid[k];
        add_products(out->mid_db2, mid, mid);
        add_products(out->width_db2, width, width);
        add_products(out->cross_db2, mid, width);
    }
}

/* Twelfths that add up to the thirds */
static void split(am_spectrum *s)
{
    for (int t = 0; t < AM_TWELFTHS; t++)
        s->twelfth_db[t] = am_curve_at(s->power_db, am_twelfth_hz(t)) - am_db_from_power(4.0);
}

void test_song(uint64_t seed, am_analysis *out)
{
    uint64_t state = seed;
    double shape[AM_BANDS], image[AM_BANDS];

    memset(out, 0, sizeof *out);
    out->version = AM_ANALYSIS_VERSION;
    out->channels = 2;
    out->sample_rate_hz = 44100.0;
    out->frames = 180 * 44100;
    out->duration_s = out->gated_s = 180.0;
    out->effective_bits = 24;
    out->cutoff_hz = NAN;
    out->loudness = (am_loudness){ .integrated_lufs = -10.0, .momentary_max_lufs = -7.0, .short_term_max_lufs = -8.0, .range_lu = 6.0 };
    out->peak = (am_peak){ .sample_dbfs = -0.5, .true_peak_dbtp = -0.3 };
    out->dynamics = (am_dynamics){ .plr_db = 9.7, .psr_db = 8.0, .psr_min_db = 6.0, .crest_db = 12.0 };
    out->stereo = (am_stereo){ .layout = AM_LAYOUT_STEREO, .correlation = 0.73, .correlation_min = 0.5, .width_db = -8.0, .fold_down_lu = 0.7,
                               .low_side_db = -20.0 };
    draw_shape(&state, 2.0, shape);
    draw_shape(&state, 1.0, image);
    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = am_band_hz(k), low = fmax(log2(60.0 / hz), 0.0), high = fmax(log2(hz / 3000.0), 0.0);

        out->mid.power_db[k] = -15.0 - 8.0 * low - 4.0 * high + shape[k];
        out->mid.mean_db[k] = out->mid.power_db[k] - 4.0;
        out->mid.floor_db[k] = out->mid.mean_db[k] - 14.0;
        out->stereo.band_width_db[k] = -8.0 - 8.0 * fmax(log2(200.0 / hz), 0.0) + image[k];
        out->side.power_db[k] = out->mid.power_db[k] + out->stereo.band_width_db[k];
        out->side.mean_db[k] = out->mid.mean_db[k] + out->stereo.band_width_db[k];
        out->side.floor_db[k] = out->side.mean_db[k] - 14.0;
        out->stereo.band_correlation[k] = 0.7;
        out->stereo.band_balance_db[k] = 0.3;
    }
    split(&out->mid);
    split(&out->side);
    make_sections(&state, &out->sections);
}

static void shift(am_spectrum *s, int band, double by_db)
{
    s->mean_db[band] += by_db;
    s->power_db[band] += by_db;
    s->floor_db[band] += by_db;
}

void test_filter(am_analysis *song, const double *tone_db, const double *side_db)
{
    for (int k = 0; k < AM_BANDS; k++) {
        const double tone = tone_db ? tone_db[k] : 0.0, side = side_db ? side_db[k] : 0.0;

        shift(&song->mid, k, tone);
        shift(&song->side, k, tone + side);
        song->stereo.band_width_db[k] += side;
    }
    split(&song->mid);
    split(&song->side);
}

void test_other_section(uint64_t seed, double scale, am_analysis *song)
{
    uint64_t state = seed;
    double tone[AM_BANDS], width[AM_BANDS];

    draw_shape(&state, 2.0 * scale, tone);
    draw_shape(&state, 1.0 * scale, width);
    for (int k = 0; k < AM_BANDS; k++)
        width[k] -= 0.5 * tone[k];
    test_filter(song, tone, width);
}

am_report *test_report(uint32_t rate_hz)
{
    am_report *report = calloc(1, sizeof *report);

    if (report) {
        am_plan_neutral(&report->plan, rate_hz);
        report->plan.limiter.enabled = true;
    }
    return report;
}

am_blocks *test_drums(int blocks, double peak, double power)
{
    am_blocks *out = NULL;

    assert_int_equal(am_blocks_open(44100.0, NULL, &out, NULL), AM_OK);
    for (int i = 0; i < 82688; i++)
        assert_int_equal(am_blocks_push(out, i % 689 < blocks ? peak : 0.2, i % 689 < blocks ? power : 0.0117, NULL), AM_OK);
    return out;
}
