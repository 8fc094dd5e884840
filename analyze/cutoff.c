#include "analyze/cutoff.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/memory.h"
#include "dsp/simd.h"

static const double lowest_hz = 8000.0, search_hz = 10000.0;
enum { PER_OCTAVE = 48, STEP = 8, MIN_FRAMES = 12 };       /* STEP: 1/6 octave */
static const double least_drop_db = 25.0, flat_db = 18.0;
static const double converted_hz = 21400.0;     /* above it no codec ends, but 44.1 kHz that was converted does */
static const double nyquist_share = 0.93;       /* closer to half the rate every converter's own filter is at work */

am_status am_cutoff_open(am_cutoff *cutoff, double rate_hz, double bin_hz, size_t bins, const am_allocator *allocator)
{
    uint32_t band = 0;

    cutoff->rate_hz = rate_hz;
    for (; band <= AM_CUTOFF_BANDS; band++) {
        const double edge = lowest_hz * exp2((double)band / PER_OCTAVE) / bin_hz;

        if (edge > (double)bins - 1.0)
            break;
        cutoff->edges[band] = (uint32_t)lround(edge);
    }
    cutoff->band_count = band ? band - 1 : 0;
    cutoff->histogram = am_acquire(allocator, AM_CUTOFF_BANDS, sizeof *cutoff->histogram);
    return cutoff->histogram ? AM_OK : AM_ERR_NOMEM;
}

void am_cutoff_close(am_cutoff *cutoff, const am_allocator *allocator)
{
    am_forget(allocator, cutoff->histogram);
    cutoff->histogram = NULL;
}

typedef float lanes __attribute__((vector_size(16)));

AM_CLONES
static float sum_bins(const float *mid, const float *side, size_t count)
{
    lanes total[2] = { { 0 }, { 0 } };
    float sum = 0.0f;
    size_t i = 0;

    for (; i + 4 <= count; i += 4) {
        lanes m, s;

        memcpy(&m, mid + i, sizeof m);
        memcpy(&s, side + i, sizeof s);
        total[0] += m;
        total[1] += s;
    }
    for (; i < count; i++)
        sum += mid[i] + side[i];
    total[0] += total[1];
    return sum + ((total[0][0] + total[0][2]) + (total[0][1] + total[0][3]));
}

/* A float's exponent and two bits below it: 4 steps an octave of power, piecewise linear in between, from 2^-56 on. */
static unsigned level_of(float power)
{
    uint32_t bits;

    memcpy(&bits, &power, sizeof bits);
    bits >>= 21;
    return bits < (127u - 56u) * 4u ? 0 : bits >= (127u - 56u) * 4u + AM_CUTOFF_LEVELS ? AM_CUTOFF_LEVELS - 1 : bits - (127u - 56u) * 4u;
}

static double db_of_level(double level)
{
    return am_db_from_power(2.0) * (level / 4.0 - 56.0);
}

void am_cutoff_push(am_cutoff *cutoff, const float *mid, const float *side)
{
    for (uint32_t b = 0; b < cutoff->band_count; b++) {
        const size_t first = cutoff->edges[b], count = cutoff->edges[b + 1] - first;
        const float power = sum_bins(mid + first, side + first, count);

        cutoff->histogram[b][level_of(power / (float)count)]++;
    }
    cutoff->frames++;
}

/* 95th percentile of the band's density */
static double loud_db(const am_cutoff *cutoff, uint32_t band)
{
    uint32_t left = cutoff->frames / 20;
    int level = AM_CUTOFF_LEVELS - 1;

    while (level > 0 && left >= cutoff->histogram[band][level])
        left -= cutoff->histogram[band][level--];
    return db_of_level(level);
}

static double mean_of(const double *x, uint32_t count)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < count; i++)
        sum += x[i];
    return sum / count;
}

typedef struct drop {
    double depth_db, middle_db;     /* depth 0: the spectrum does not end here */
} drop;

/* How far the spectrum falls within 1/6 octave round edge `at`, when it stays down. */
static drop drop_at(const double *db, uint32_t count, uint32_t at)
{
    const double before = mean_of(db + at - STEP / 2, STEP / 2);
    double floor = HUGE_VAL, highest = -HUGE_VAL;

    for (uint32_t i = at + STEP / 2; i < count; i++) {
        floor = fmin(floor, db[i]);
        highest = fmax(highest, db[i]);
    }
    if (before - highest < least_drop_db || highest - floor > flat_db)
        return (drop){ 0.0, 0.0 };
    return (drop){ before - highest, 0.5 * (before + highest) };
}

static double edge_hz(uint32_t band)
{
    return lowest_hz * exp2((double)band / PER_OCTAVE);
}

double am_cutoff_find(const am_cutoff *cutoff, double *confidence)
{
    double db[AM_CUTOFF_BANDS];
    drop deepest = { 0.0, 0.0 };
    uint32_t band = cutoff->band_count;

    if (cutoff->frames < MIN_FRAMES || cutoff->band_count < 3 * STEP)
        return NAN;
    for (uint32_t b = 0; b < cutoff->band_count; b++)
        db[b] = loud_db(cutoff, b);
    for (uint32_t at = STEP; at + STEP <= cutoff->band_count; at++) {
        const drop here = drop_at(db, cutoff->band_count, at);

        if (here.depth_db > deepest.depth_db)
            deepest = here;
    }
    while (band && db[band - 1] < deepest.middle_db)
        band--;
    if (deepest.depth_db <= 0.0 || edge_hz(band) < search_hz || edge_hz(band) > fmin(nyquist_share * cutoff->rate_hz / 2.0, converted_hz))
        return NAN;
    *confidence = am_clamp((deepest.depth_db - least_drop_db) / 30.0 + 0.5, 0.5, 1.0);
    return edge_hz(band);
}
