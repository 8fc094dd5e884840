#include "analyze/twelfths.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/memory.h"
#include "dsp/simd.h"

enum { LANES = 8, STEPS = 160 };    /* from -70 to +10 LUFS */
static const double step_db = 0.5;

/* ------------------------------------------------------------------ set-up */

static double edge_hz(int t)
{
    return am_band_hz(0) * exp2((double)(t - 2) / 12.0);
}

am_status am_twelfths_open(am_twelfths *twelfths, double rate_hz, double bin_hz, size_t bins, const am_allocator *allocator)
{
    memset(twelfths, 0, sizeof *twelfths);
    for (int t = 0; t <= AM_TWELFTHS; t++) {
        const double at = fmin(edge_hz(t) / bin_hz + 0.5, (double)bins);    /* bin k holds what is within half a bin of k */

        twelfths->edge_bin[t] = (uint32_t)at;
        twelfths->edge_share[t] = (float)(at - floor(at));
        twelfths->count += t < AM_TWELFTHS && edge_hz(t) < 0.5 * rate_hz;
    }
    twelfths->steps = am_acquire(allocator, STEPS, sizeof *twelfths->steps);
    return twelfths->steps ? AM_OK : AM_ERR_NOMEM;
}

void am_twelfths_close(am_twelfths *twelfths, const am_allocator *allocator)
{
    am_forget(allocator, twelfths->steps);
}

/* ------------------------------------------------------------------ one frame */

typedef float lanes __attribute__((vector_size(4 * LANES)));

static inline __attribute__((always_inline)) float sum_bins(const float *x, size_t count)
{
    lanes total = { 0 }, v;
    float each[LANES], rest = 0.0f;
    size_t i = 0;

    for (; i + LANES <= count; i += LANES) {
        memcpy(&v, x + i, sizeof v);
        total += v;
    }
    for (; i < count; i++)
        rest += x[i];
    memcpy(each, &total, sizeof each);
    return am_fold8(each) + rest;
}

AM_CLONES static void sum_bands(const uint32_t *bin, const float *share, uint32_t count, const float *power, double *out)
{
    for (uint32_t t = 0; t < count; t++) {
        const uint32_t low = bin[t], high = bin[t + 1];
        float sum = share[t + 1] * power[high] - share[t] * power[low];

        if (low < high)
            sum = share[t + 1] * power[high] + (1.0f - share[t]) * power[low] + sum_bins(power + low + 1, high - low - 1);
        out[t] = (double)sum;
    }
}

static size_t step_of(double power)
{
    const double steps = (am_db_from_power(power) - am_db_from_power(am_power_from_lufs(-70.0))) / step_db;

    return (size_t)am_clamp(steps, 0.0, STEPS - 1);
}

static void count_in(am_twelfths *twelfths, size_t slot)
{
    am_twelfth_powers *to = &twelfths->steps[step_of(twelfths->waiting[slot].power)];
    const am_twelfth_powers *from = &twelfths->waiting[slot].powers;

    for (uint32_t t = 0; t < twelfths->count; t++) {
        to->mid[t] += from->mid[t];
        to->side[t] += from->side[t];
    }
    twelfths->waiting[slot].used = false;
}

/* A frame begins where the one two before it ended. */
void am_twelfths_push(am_twelfths *twelfths, uint64_t frame, double power, const float *mid, const float *side)
{
    const size_t slot = frame % 2;

    if (!(power > 0.0))
        return;
    for (size_t i = 0; i < 2; i++)
        if (twelfths->waiting[i].used && twelfths->waiting[i].frame + 2 <= frame)
            count_in(twelfths, i);
    if (power <= am_power_from_lufs(-70.0))
        return;
    twelfths->waiting[slot].used = true;
    twelfths->waiting[slot].frame = frame;
    twelfths->waiting[slot].power = power;
    sum_bands(twelfths->edge_bin, twelfths->edge_share, twelfths->count, mid, twelfths->waiting[slot].powers.mid);
    sum_bands(twelfths->edge_bin, twelfths->edge_share, twelfths->count, side, twelfths->waiting[slot].powers.side);
}

/* ------------------------------------------------------------------ the end */

void am_twelfths_measure(am_twelfths *twelfths, const void *frames, am_twelfths_power power_of, size_t count, double gate,
                         am_twelfth_powers *out)
{
    double all[STEPS] = { 0.0 }, over[STEPS] = { 0.0 };

    for (size_t i = 0; i < 2; i++)
        if (twelfths->waiting[i].used && twelfths->waiting[i].frame < count)
            count_in(twelfths, i);
    for (size_t i = 0; i < count; i++) {
        const double power = power_of(frames, i);

        if (power > am_power_from_lufs(-70.0)) {
            all[step_of(power)] += 1.0;
            over[step_of(power)] += power > gate;
        }
    }
    memset(out, 0, sizeof *out);
    for (size_t s = 0; s < STEPS; s++)
        for (uint32_t t = 0; t < twelfths->count && over[s] > 0.0; t++) {
            out->mid[t] += over[s] / all[s] * twelfths->steps[s].mid[t];
            out->side[t] += over[s] / all[s] * twelfths->steps[s].side[t];
        }
}
