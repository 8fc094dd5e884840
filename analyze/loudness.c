#include "analyze/loudness.h"

#include <math.h>

#include "base/db.h"
#include "base/memory.h"
#include "dsp/kweight.h"

static const double absolute_lufs = -70.0, integrated_gate_lu = 10.0, range_gate_lu = 20.0;
static const double silence = 1e-20;    /* -200 dB: what the K-weighting leaves of zeros is far below */

/* Mean power of the windows of `tenths` above threshold; 0 when there is none. */
static double mean_above(const am_timeline *timeline, size_t tenths, double threshold)
{
    const size_t windows = am_timeline_windows(timeline, tenths);
    double sum = 0.0;
    size_t kept = 0;

    for (size_t k = 0; k < windows; k++) {
        const double power = am_timeline_power(timeline, k, tenths);

        if (power > threshold) {
            sum += power;
            kept++;
        }
    }
    return kept ? sum / (double)kept : 0.0;
}

static double gate_power(const am_timeline *timeline, size_t tenths, double relative_lu)
{
    const double absolute = am_power_from_lufs(absolute_lufs);
    const double mean = mean_above(timeline, tenths, absolute);

    return mean > 0.0 ? fmax(absolute, mean * am_power_from_db(-relative_lu)) : HUGE_VAL;
}

static double lufs_or_nan(double power)
{
    return power > silence ? am_lufs_from_power(power) : NAN;
}

/* Tech 3342 section 3: nearest rank, as in its MATLAB text: s(round((n - 1) q / 100 + 1)). */
static size_t rank_of(size_t count, double percent)
{
    return (size_t)floor((double)(count - 1) * percent / 100.0 + 0.5);
}

static am_status measure_range(const am_timeline *timeline, double threshold, const am_allocator *allocator, double *range_lu)
{
    const size_t windows = am_timeline_windows(timeline, AM_TENTHS_PER_WINDOW);
    uint16_t *codes = am_acquire(allocator, windows, sizeof *codes);
    size_t kept = 0;

    if (!codes)
        return AM_ERR_NOMEM;
    for (size_t k = 0; k < windows; k++) {
        const double power = am_timeline_power(timeline, k, AM_TENTHS_PER_WINDOW);

        if (power >= threshold)
            codes[kept++] = am_level_code(power);
    }
    *range_lu = NAN;
    if (kept > AM_TENTHS_PER_WINDOW)        /* two that do not overlap: one has no range */
        *range_lu = am_level_db(am_level_nth(codes, 1, kept, rank_of(kept, 95.0))) -
                    am_level_db(am_level_nth(codes, 1, kept, rank_of(kept, 10.0)));
    am_forget(allocator, codes);
    return AM_OK;
}

static double loudest_momentary(const am_timeline *timeline, size_t *where)
{
    double loudest = -1.0;

    for (size_t k = 0; k + AM_FINE_PER_BLOCK <= timeline->fine.count; k++) {
        const double power = am_timeline_fine_power(timeline, k, AM_FINE_PER_BLOCK);

        if (power > loudest) {
            loudest = power;
            *where = k;
        }
    }
    return loudest;
}

static double loudest_short_term(const am_timeline *timeline, size_t *where)
{
    const size_t windows = am_timeline_windows(timeline, AM_TENTHS_PER_WINDOW);
    double loudest = -1.0;

    for (size_t k = 0; k < windows; k++) {
        const double power = am_timeline_power(timeline, k, AM_TENTHS_PER_WINDOW);

        if (power > loudest) {
            loudest = power;
            *where = k * AM_FINE_PER_TENTH;
        }
    }
    return loudest;
}

am_status am_loudness_measure(const am_timeline *timeline, const am_allocator *allocator, am_loudness *out, am_gates *gates)
{
    size_t momentary_at = 0, short_at = 0;
    const double momentary = loudest_momentary(timeline, &momentary_at), short_term = loudest_short_term(timeline, &short_at);

    gates->integrated_power = gate_power(timeline, AM_TENTHS_PER_BLOCK, integrated_gate_lu);
    gates->range_power = gate_power(timeline, AM_TENTHS_PER_WINDOW, range_gate_lu);
    out->integrated_lufs = lufs_or_nan(mean_above(timeline, AM_TENTHS_PER_BLOCK, gates->integrated_power));
    out->momentary_max_lufs = lufs_or_nan(momentary);
    out->short_term_max_lufs = lufs_or_nan(short_term);
    out->loudest_s = short_term > silence  ? am_timeline_seconds(timeline, short_at)
                     : momentary > silence ? am_timeline_seconds(timeline, momentary_at)
                                       : NAN;
    return measure_range(timeline, gates->range_power, allocator, &out->range_lu);
}

am_status am_loudness_integrated(const am_format *format, const float *const *channels, size_t frames, const am_allocator *allocator,
                                 double *lufs)
{
    const uint32_t n = format->channels;
    am_timeline timeline;
    am_kweight kweight;
    am_status st = AM_OK;
    uint64_t start = 0, end;

    am_timeline_init(&timeline, format->rate_hz);
    am_kweight_init(&kweight, format->rate_hz, n);
    for (uint64_t k = 1; !st && (end = am_timeline_boundary(format->rate_hz, k)) <= frames; k++, start = end) {
        const float *from[AM_KWEIGHT_CHANNELS];
        double energy[AM_KWEIGHT_CHANNELS] = { 0 };
        am_segment segment = { 0 };

        for (uint32_t c = 0; c < n; c++)
            from[c] = channels[c] + start;
        am_kweight_energy(&kweight, from, (size_t)(end - start), energy);
        for (uint32_t c = 0; c < n; c++)
            segment.loud += (n == 1 ? 2.0 : am_kweight_channel_weight(n, c)) * energy[c];
        st = am_timeline_add(&timeline, &segment, allocator);
    }
    *lufs = lufs_or_nan(mean_above(&timeline, AM_TENTHS_PER_BLOCK, gate_power(&timeline, AM_TENTHS_PER_BLOCK, integrated_gate_lu)));
    am_timeline_close(&timeline, allocator);
    return st;
}
