#include "match/features.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/explog.h"

enum {
    BLOCK = 4, WINDOW = 30,         /* tenths of a second: 400 ms and 3 s */
    FASTS = 5,                      /* of 20 ms, in a tenth */
    BINS = 8000                     /* of level, 1/40 dB each, from -150 dB on */
};

static const double fast_s = 0.02;
static const double lowest_db = -150.0, bins_per_db = 40.0;
static const double percent[AM_QUANTILES] = AM_QUANTILE_PERCENTS;

struct am_meter {
    const am_allocator *allocator;
    double fasts_per_piece;
    size_t tenths, fasts;           /* complete ones */
    double *tenth;                  /* mean power of each */
    float *peak;                    /* of each tenth */
    double *fast;
    uint32_t histogram[BINS];
};

am_status am_meter_open(size_t pieces, double piece_s, const am_allocator *allocator, am_meter **out, am_error *err)
{
    am_meter *m = am_acquire(allocator, 1, sizeof *m);

    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the dynamics solver");
    m->allocator = allocator;
    m->fasts_per_piece = piece_s / fast_s;
    m->fasts = (size_t)((double)pieces * m->fasts_per_piece + 1e-9);
    m->tenths = m->fasts / FASTS;
    m->tenth = am_acquire(allocator, m->tenths + 2, sizeof *m->tenth);
    m->peak = am_acquire(allocator, m->tenths + 2, sizeof *m->peak);
    m->fast = am_acquire(allocator, m->fasts + 2, sizeof *m->fast);
    if (!m->tenth || !m->peak || !m->fast) {
        am_meter_close(m);
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the dynamics solver");
    }
    *out = m;
    return AM_OK;
}

void am_meter_close(am_meter *m)
{
    if (m) {
        am_forget(m->allocator, m->tenth);
        am_forget(m->allocator, m->peak);
        am_forget(m->allocator, m->fast);
        am_forget(m->allocator, m);
    }
}

void am_meter_reset(am_meter *m)
{
    memset(m->peak, 0, (m->tenths + 2) * sizeof *m->peak);
    memset(m->fast, 0, (m->fasts + 2) * sizeof *m->fast);
}

static inline void add_power(am_meter *m, size_t piece, double power)
{
    const double length = m->fasts_per_piece, start = (double)piece * length;
    const size_t slot = (size_t)start;
    const double first = (double)(slot + 1) - start;

    if (slot > m->fasts)
        return;
    if (first >= length) {
        m->fast[slot] += power * length;
    } else {
        m->fast[slot] += power * first;
        m->fast[slot + 1] += power * (length - first);
    }
}

void am_meter_add(am_meter *m, size_t piece, double power, double peak)
{
    const size_t tenth = (size_t)(((double)piece + 0.5) * m->fasts_per_piece) / FASTS;

    add_power(m, piece, power);
    if (tenth < m->tenths && (float)peak > m->peak[tenth])
        m->peak[tenth] = (float)peak;
}

void am_meter_add_powers(am_meter *m, size_t piece, const float *powers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_power(m, piece + i, (double)powers[i]);
}

static void gather_tenths(am_meter *m)
{
    for (size_t k = 0; k < m->tenths; k++) {
        const double *f = m->fast + FASTS * k;

        m->tenth[k] = 0.2 * ((f[0] + f[1]) + (f[2] + f[3]) + f[4]);
    }
}

/* ------------------------------------------------------------------ windows */

static double window_power(const am_meter *m, size_t first, size_t tenths)
{
    double sum = 0.0;

    for (size_t i = 0; i < tenths; i++)
        sum += m->tenth[first + i];
    return sum / (double)tenths;
}

static double gated_mean(const am_meter *m, size_t tenths, double gate)
{
    double sum = 0.0, count = 0.0;

    for (size_t k = 0; k + tenths <= m->tenths; k++) {
        const double power = window_power(m, k, tenths);

        if (power > gate) {
            sum += power;
            count += 1.0;
        }
    }
    return count > 0.0 ? sum / count : 0.0;
}

/* Windows above -70 LUFS, and then those less than below_lu under their mean */
static double gate_of(const am_meter *m, size_t tenths, double below_lu)
{
    const double absolute = am_power_from_lufs(-70.0);

    return fmax(absolute, gated_mean(m, tenths, absolute) * am_power_from_db(-below_lu));
}

/* ------------------------------------------------------------------ quantiles */

static void count_level(am_meter *m, double power)
{
    const double db = power > 1e-15 ? 4.342944819032518 * am_log(power) : lowest_db, bin = (db - lowest_db) * bins_per_db;

    m->histogram[bin < BINS - 1 ? (size_t)(bin > 0.0 ? bin : 0.0) : BINS - 1]++;
}

/* Levels within a bin lie evenly. */
static double quantile_db(const am_meter *m, double count, double share)
{
    const double rank = share * (count - 1.0) + 0.5;
    double below = 0.0;

    for (size_t i = 0; i < BINS; i++) {
        const double here = (double)m->histogram[i];

        if (here > 0.0 && below + here >= rank)
            return lowest_db + ((double)i + (rank - below) / here) / bins_per_db;
        below += here;
    }
    return NAN;
}

static void read_quantiles(am_meter *m, size_t count, double offset_db, double out[AM_QUANTILES])
{
    for (int q = 0; q < AM_QUANTILES; q++)
        out[q] = count ? quantile_db(m, (double)count, percent[q] / 100.0) - offset_db : NAN;
    memset(m->histogram, 0, sizeof m->histogram);
}

static void read_windows(am_meter *m, size_t tenths, double gate, double offset_db, double out[AM_QUANTILES])
{
    size_t kept = 0;

    for (size_t k = 0; k + tenths <= m->tenths; k++) {
        const double power = window_power(m, k, tenths);

        if (power > gate) {
            count_level(m, power);
            kept++;
        }
    }
    read_quantiles(m, kept, offset_db, out);
}

/* A level counts when the 400 ms round it do. */
static void read_fast(am_meter *m, double gate, double offset_db, double out[AM_QUANTILES])
{
    const size_t blocks = m->tenths < BLOCK ? 0 : m->tenths - BLOCK + 1;
    size_t kept = 0, last = SIZE_MAX;
    bool counts = false;

    for (size_t i = 0; i < m->fasts && blocks; i++) {
        const size_t middle = (2 * i + 6) / 10, first = middle < 2 ? 0 : middle - 2, block = first < blocks ? first : blocks - 1;

        counts = block == last ? counts : window_power(m, block, BLOCK) > gate;
        last = block;
        if (counts) {
            count_level(m, m->fast[i]);
            kept++;
        }
    }
    read_quantiles(m, kept, offset_db, out);
}

static void read_psr(am_meter *m, double *psr_db)
{
    const double absolute = am_power_from_lufs(-70.0);
    size_t kept = 0;

    for (size_t k = 0; k + WINDOW <= m->tenths; k++) {
        const double power = window_power(m, k, WINDOW);
        double peak = 0.0;

        for (size_t i = 0; i < WINDOW; i++)
            peak = fmax(peak, (double)m->peak[k + i]);
        if (power > absolute) {
            count_level(m, peak * peak / power * am_power_from_lufs(0.0));
            kept++;
        }
    }
    *psr_db = kept ? quantile_db(m, (double)kept, 0.5) : NAN;
    memset(m->histogram, 0, sizeof m->histogram);
}

static void read_rest(am_meter *m, am_features *out)
{
    const double offset_db = out->integrated_lufs - am_lufs_from_power(1.0);
    double peak = 0.0;

    read_windows(m, WINDOW, gate_of(m, WINDOW, 20.0), offset_db, out->short_term_lu);
    out->range_lu = out->short_term_lu[6] - out->short_term_lu[1];
    read_psr(m, &out->psr_db);
    for (size_t k = 0; k < m->tenths; k++)
        peak = fmax(peak, (double)m->peak[k]);
    out->plr_db = peak > 0.0 ? am_db_from_gain(peak) - out->integrated_lufs : NAN;
}

void am_meter_read(am_meter *m, bool all, am_features *out)
{
    double gate, power, offset_db;

    gather_tenths(m);
    gate = gate_of(m, BLOCK, 10.0);
    power = gated_mean(m, BLOCK, gate);
    out->integrated_lufs = power > 0.0 ? am_lufs_from_power(power) : NAN;
    offset_db = out->integrated_lufs - am_lufs_from_power(1.0);
    read_windows(m, BLOCK, gate, offset_db, out->momentary_lu);
    read_fast(m, gate, offset_db, out->fast_lu);
    if (all)
        read_rest(m, out);
}

double am_meter_range_lu(am_meter *m)
{
    double quantiles[AM_QUANTILES];

    read_windows(m, WINDOW, gate_of(m, WINDOW, 20.0), 0.0, quantiles);
    return quantiles[6] - quantiles[1];
}

double am_features_distance(const double *momentary_lu, const double *fast_lu, const am_target *target)
{
    double sum = 0.0, count = 0.0;

    for (int q = 0; q < AM_QUANTILES; q++) {
        const double m = momentary_lu[q] - target->momentary_lu[q], f = fast_lu[q] - target->fast_lu[q];

        if (isfinite(m) && isfinite(f)) {
            sum += m * m + f * f;
            count += 2.0;
        }
    }
    return count > 0.0 ? sqrt(sum / count) : NAN;
}
