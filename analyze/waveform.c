#include "analyze/waveform.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "dsp/simd.h"

static const float loud = 1e-4f;    /* -80 dBFS */
enum { LANES = 16 };

void am_waveform_init(am_waveform *waveform)
{
    memset(waveform, 0, sizeof *waveform);
    for (int c = 0; c < AM_KWEIGHT_CHANNELS; c++) {
        waveform->low[c] = HUGE_VALF;
        waveform->high[c] = -HUGE_VALF;
    }
    waveform->first_loud = waveform->first_nonzero = UINT64_MAX;
}

static float fold_sum(float *lanes)
{
    for (size_t width = LANES / 2; width; width /= 2)
        for (size_t l = 0; l < width; l++)
            lanes[l] += lanes[l + width];
    return lanes[0];
}

AM_CLONES
static void find_extent(const float *x, size_t frames, am_extent *extent)
{
    float low[LANES], high[LANES];
    size_t i = 0;

    for (size_t l = 0; l < LANES; l++)
        low[l] = high[l] = x[0];
    for (; i + LANES <= frames; i += LANES)
        for (size_t l = 0; l < LANES; l++) {
            low[l] = x[i + l] < low[l] ? x[i + l] : low[l];
            high[l] = x[i + l] > high[l] ? x[i + l] : high[l];
        }
    for (size_t l = 0; i < frames; i++, l++) {
        low[l] = x[i] < low[l] ? x[i] : low[l];
        high[l] = x[i] > high[l] ? x[i] : high[l];
    }
    for (size_t l = 1; l < LANES; l++) {
        low[0] = low[l] < low[0] ? low[l] : low[0];
        high[0] = high[l] > high[0] ? high[l] : high[0];
    }
    extent->low = low[0];
    extent->high = high[0];
}

typedef struct pair_sums {
    float left[LANES], right[LANES], mid[LANES], side[LANES], left_sum[LANES], right_sum[LANES];
} pair_sums;

static inline void add_lane(pair_sums *s, size_t l, float left, float right)
{
    const float mid = left + right, side = left - right;

    s->left_sum[l] += left;
    s->right_sum[l] += right;
    s->left[l] += left * left;
    s->right[l] += right * right;
    s->mid[l] += mid * mid;
    s->side[l] += side * side;
}

AM_CLONES
static void sum_pair(const float *restrict left, const float *restrict right, size_t frames, pair_sums *restrict out)
{
    pair_sums s = { 0 };
    size_t i = 0;

    for (; i + LANES <= frames; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            add_lane(&s, l, left[i + l], right[i + l]);
    for (size_t l = 0; i < frames; i++, l++)
        add_lane(&s, l, left[i], right[i]);
    *out = s;
}

/* Bits of samples in [-1, 1] as multiples of 2^-23; *off is set where they are none. */
AM_CLONES
static uint32_t collect_bits(const float *x, size_t frames, uint32_t *off)
{
    uint32_t used = 0, missed = 0;

    for (size_t i = 0; i < frames; i++) {
        const float scaled = x[i] * 8388608.0f;
        const int32_t integer = (int32_t)scaled;

        used |= (uint32_t)integer;
        missed |= (float)integer != scaled;
    }
    *off |= missed;
    return used;
}

/* *first and *end grow around the samples of at least threshold. */
static void find_edges(uint64_t start, const float *const *channels, uint32_t count, size_t frames, float threshold, uint64_t *first,
                       uint64_t *end)
{
    const bool seeking = *end == 0;

    for (uint32_t c = 0; c < count; c++) {
        const float *x = channels[c];
        size_t last = frames;

        for (size_t i = 0; seeking && i < frames && start + i < *first; i++)
            if (fabsf(x[i]) >= threshold)
                *first = start + i;
        while (last && !(fabsf(x[last - 1]) >= threshold))
            last--;
        if (last && start + last > *end)
            *end = start + last;
    }
}

static void collect_pair(am_waveform *waveform, const float *left, const float *right, size_t frames, am_segment *segment)
{
    pair_sums sums;

    sum_pair(left, right, frames, &sums);
    segment->left = (double)fold_sum(sums.left);
    segment->right = (double)fold_sum(sums.right);
    segment->mid = 0.25 * (double)fold_sum(sums.mid);
    segment->side = 0.25 * (double)fold_sum(sums.side);
    waveform->sum[0] += (double)fold_sum(sums.left_sum);
    waveform->sum[1] += (double)fold_sum(sums.right_sum);
    waveform->left += segment->left;
    waveform->right += segment->right;
    waveform->mid += segment->mid;
    waveform->side += segment->side;
}

static float collect_extents(am_waveform *waveform, const float *const *channels, uint32_t count, size_t frames, am_extent *extents)
{
    float peak = 0.0f;

    for (uint32_t c = 0; c < count; c++) {
        find_extent(channels[c], frames, &extents[c]);
        waveform->low[c] = fminf(waveform->low[c], extents[c].low);
        waveform->high[c] = fmaxf(waveform->high[c], extents[c].high);
        peak = fmaxf(peak, fmaxf(extents[c].high, -extents[c].low));
    }
    return peak;
}

void am_waveform_push(am_waveform *waveform, const float *const *channels, uint32_t count, size_t frames, am_extent *extents,
                      am_segment *segment)
{
    const float *left = channels[0], *right = channels[count > 1 ? 1 : 0];
    uint32_t off_grid;

    segment->peak = collect_extents(waveform, channels, count, frames, extents);
    off_grid = waveform->off_grid || segment->peak > 1.0f;
    if (segment->peak > 0.0f)
        find_edges(waveform->frames, channels, count, frames, FLT_TRUE_MIN, &waveform->first_nonzero, &waveform->end_nonzero);
    if (segment->peak >= loud)
        find_edges(waveform->frames, channels, count, frames, loud, &waveform->first_loud, &waveform->end_loud);
    for (uint32_t c = 0; c < count && !off_grid; c++)
        waveform->bits_used |= collect_bits(channels[c], frames, &off_grid);
    waveform->off_grid = off_grid;
    collect_pair(waveform, left, right, frames, segment);
    waveform->frames += frames;
}

uint32_t am_waveform_bits(const am_waveform *waveform)
{
    uint32_t bits = 24;

    if (waveform->off_grid)
        return 32;
    while (bits > 1 && !(waveform->bits_used >> (24 - bits) & 1))
        bits--;
    return bits;
}
