#include "analyze/dynamics.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/simd.h"

static const double region_hz[AM_REGIONS + 1] = { 20.0, 120.0, 1000.0, 6000.0, 16000.0 };
static const double window_s = 0.0213;          /* 1022 samples at 48 kHz: still a transform of 1024 */
static const double taper_share = 0.5;          /* of the window in the two cosine tapers */
static const double bass_rate_hz = 3000.0;
static const double whisper = 1e-18;            /* against denormals, as in the K-weighting */
enum { FINE_PER_LEVEL = 2 };

/* ------------------------------------------------------------------ 20-120 Hz */

/* Second-order Butterworth factors by pre-warped bilinear transform. */
static void design_section(double *c, double rate_hz, double hz, double q, bool highpass)
{
    const double k = tan(AM_PI * hz / rate_hz), a0 = 1.0 + k / q + k * k;

    c[0] = (highpass ? 1.0 : k * k) / a0;
    c[1] = (highpass ? -2.0 : 2.0) * c[0];
    c[2] = c[0];
    c[3] = 2.0 * (k * k - 1.0) / a0;
    c[4] = (1.0 - k / q + k * k) / a0;
}

static void open_bass(am_bass *bass, double rate_hz)
{
    static const double q[2] = { 0.54119610014619698, 1.3065629648763766 };     /* 1 / (2 cos(pi / 8)), 1 / (2 cos(3 pi / 8)) */
    const double factor = fmax(1.0, round(rate_hz / bass_rate_hz));

    memset(bass, 0, sizeof *bass);
    bass->factor = (uint32_t)factor;
    for (int i = 0; i < 2; i++) {
        design_section(bass->sections[i], rate_hz / factor, region_hz[0], q[i], true);
        design_section(bass->sections[2 + i], rate_hz / factor, region_hz[1], q[i], false);
    }
}

static void filter_step(am_bass *bass, double left, double right)
{
    double x[2] = { left + whisper, right + whisper };

    for (int i = 0; i < AM_BASS_SECTIONS; i++) {
        const double *c = bass->sections[i];
        double(*s)[2] = bass->state[i];

        for (int ch = 0; ch < 2; ch++) {
            const double y = c[0] * x[ch] + s[0][ch];

            s[0][ch] = c[1] * x[ch] + s[1][ch] - c[3] * y;
            s[1][ch] = c[2] * x[ch] - c[4] * y;
            x[ch] = y;
        }
    }
    bass->energy += x[0] * x[0] + x[1] * x[1];
    bass->steps++;
}

/* The decimation filter is a triangle over two steps, from the sum and the ramp-weighted sum of each. */
static void end_step(am_bass *bass)
{
    const double n = bass->factor, scale = 1.0 / (n * n);
    double x[2];

    for (int ch = 0; ch < 2; ch++)
        x[ch] = ((double)bass->ramps[2 + ch] + (double)bass->sums[2 + ch] + (n - 1.0) * (double)bass->sums[ch] -
                 (double)bass->ramps[ch]) * scale;
    filter_step(bass, x[0], x[1]);
    for (int ch = 0; ch < 2; ch++) {
        bass->sums[2 + ch] = bass->sums[ch];
        bass->ramps[2 + ch] = bass->ramps[ch];
        bass->sums[ch] = bass->ramps[ch] = 0.0f;
    }
    bass->phase = 0;
}

typedef float quad __attribute__((vector_size(16)));

static void sum_step(am_bass *bass, const float *left, const float *right, size_t frames)
{
    const quad one = { 0.0f, 0.0f, 1.0f, 1.0f };
    quad weight = { 1.0f, 1.0f, (float)bass->phase, (float)bass->phase };
    quad sum = { bass->sums[0], bass->sums[1], bass->ramps[0], bass->ramps[1] };

    for (size_t i = 0; i < frames; i++) {
        const quad x = { left[i], right[i], left[i], right[i] };

        sum += x * weight;
        weight += one;
    }
    bass->sums[0] = sum[0];
    bass->sums[1] = sum[1];
    bass->ramps[0] = sum[2];
    bass->ramps[1] = sum[3];
    bass->phase += (uint32_t)frames;
}

void am_regions_push_bass(am_regions *regions, const float *left, const float *right, size_t frames)
{
    am_bass *bass = &regions->bass;

    while (frames) {
        const size_t want = bass->factor - bass->phase, take = want < frames ? want : frames;

        sum_step(bass, left, right, take);
        if (bass->phase == bass->factor)
            end_step(bass);
        left += take;
        right += take;
        frames -= take;
    }
}

static double take_bass_power(am_bass *bass)
{
    const double power = bass->steps ? bass->energy / bass->steps : 0.0;

    bass->energy = 0.0;
    bass->steps = 0;
    return power < 1e-20 ? 0.0 : power;
}

/* ------------------------------------------------------------------ the regions above */

static void make_window(am_regions *regions, size_t size)
{
    const double taper = taper_share / 2.0 * (double)regions->window_frames;
    double energy = 0.0;

    for (size_t i = 0; i < regions->window_frames; i++) {
        const double from_end = fmin((double)i + 0.5, (double)(regions->window_frames - i) - 0.5);
        const double w = from_end < taper ? 0.5 - 0.5 * cos(AM_PI * from_end / taper) : 1.0;

        regions->window[i] = (float)w;
        energy += w * w;
    }
    regions->power_scale = 2.0 / ((double)size * energy);
}

am_status am_regions_open(am_regions *regions, uint32_t rate_hz, const am_allocator *allocator, am_error *err)
{
    size_t size = 16;

    memset(regions, 0, sizeof *regions);
    regions->window_frames = (size_t)(window_s * rate_hz);
    while (size < regions->window_frames)
        size *= 2;
    for (int r = 0; r <= AM_REGIONS; r++)
        regions->edges[r] = (size_t)fmin(ceil(region_hz[r] * (double)size / rate_hz), (double)size / 2.0);
    for (int r = 0; r < AM_REGIONS; r++)
        regions->levels[r].size = sizeof(uint16_t);
    regions->window = am_acquire(allocator, regions->window_frames, sizeof(float));
    if (!regions->window)
        return am_fail(err, AM_ERR_NOMEM, "no memory for level distributions");
    make_window(regions, size);
    open_bass(&regions->bass, rate_hz);
    return am_fft_open(AM_FFT_REAL, size, false, allocator, &regions->fft, err);
}

void am_regions_close(am_regions *regions, const am_allocator *allocator)
{
    am_fft_close(regions->fft);
    am_forget(allocator, regions->window);
    for (int r = 0; r < AM_REGIONS; r++)
        am_series_close(&regions->levels[r], allocator);
}

AM_CLONES
static void apply_window(const float *restrict x, const float *restrict window, float *restrict out, size_t frames)
{
    for (size_t i = 0; i < frames; i++)
        out[i] = x[i] * window[i];
}

AM_CLONES
static float sum_powers(const float *restrict spectrum, size_t first, size_t end)
{
    float lanes[16] = { 0 };
    size_t i = 2 * first;

    for (; i + 16 <= 2 * end; i += 16)
        for (size_t l = 0; l < 16; l++)
            lanes[l] += spectrum[i + l] * spectrum[i + l];
    for (size_t l = 0; i < 2 * end; i++, l++)
        lanes[l] += spectrum[i] * spectrum[i];
    for (size_t width = 8; width; width /= 2)
        for (size_t l = 0; l < width; l++)
            lanes[l] += lanes[l + width];
    return lanes[0];
}

/* Adds the powers of the three upper regions. */
static void transform(am_regions *regions, const float *start, float *powers)
{
    apply_window(start, regions->window, am_fft_input(regions->fft), regions->window_frames);
    am_fft_run(regions->fft);
    for (int r = 1; r < AM_REGIONS; r++)
        powers[r] += sum_powers(am_fft_output(regions->fft), regions->edges[r], regions->edges[r + 1]);
}

am_status am_regions_push(am_regions *regions, const float *left_end, const float *right_end, const am_allocator *allocator)
{
    float powers[AM_REGIONS] = { 0 };

    transform(regions, left_end - regions->window_frames, powers);
    if (right_end != left_end)
        transform(regions, right_end - regions->window_frames, powers);
    else
        for (int r = 1; r < AM_REGIONS; r++)
            powers[r] *= 2.0f;
    for (int r = 0; r < AM_REGIONS; r++) {
        uint16_t *code = am_series_add(&regions->levels[r], allocator);

        if (!code)
            return AM_ERR_NOMEM;
        *code = am_level_code(r ? (double)powers[r] * regions->power_scale : take_bass_power(&regions->bass));
    }
    return AM_OK;
}

/* ------------------------------------------------------------------ the end */

/* Is the 400 ms block round 20 ms level i within the gate? */
static bool gated(const am_timeline *timeline, size_t i, double gate)
{
    const size_t blocks = am_timeline_windows(timeline, AM_TENTHS_PER_BLOCK), middle = (FINE_PER_LEVEL * i + 6) / AM_FINE_PER_TENTH;
    const size_t block = middle < 2 ? 0 : middle - 2;

    return blocks && am_timeline_power(timeline, block < blocks ? block : blocks - 1, AM_TENTHS_PER_BLOCK) > gate;
}

static void measure_regions(am_regions *regions, const am_timeline *timeline, double gate, am_dynamics *out)
{
    for (int r = 0; r < AM_REGIONS; r++) {
        uint16_t *codes = regions->levels[r].items;
        size_t kept = 0;

        if (regions->edges[r] >= regions->edges[r + 1])
            continue;
        for (size_t i = 0; i < regions->levels[r].count; i++)
            if (gated(timeline, i, gate))
                codes[kept++] = codes[i];
        am_level_quantiles(codes, kept, am_level_quantile(codes, 1, kept, 0.5), out->region_db[r]);
    }
}

static void measure_windows(const am_timeline *timeline, size_t tenths, double gate, double offset_db, uint16_t *codes, double *out)
{
    const size_t windows = am_timeline_windows(timeline, tenths);
    size_t kept = 0;

    for (size_t k = 0; k < windows; k++) {
        const double power = am_timeline_power(timeline, k, tenths);

        if (power > gate)
            codes[kept++] = am_level_code(power);
    }
    am_level_quantiles(codes, kept, offset_db, out);
}

static void measure_fast(const am_timeline *timeline, double gate, double offset_db, uint16_t *codes, double *out)
{
    size_t kept = 0;

    for (size_t i = 0; FINE_PER_LEVEL * (i + 1) <= timeline->fine.count; i++)
        if (gated(timeline, i, gate))
            codes[kept++] = am_level_code(am_timeline_fine_power(timeline, FINE_PER_LEVEL * i, FINE_PER_LEVEL));
    am_level_quantiles(codes, kept, offset_db, out);
}

static void measure_psr(const am_timeline *timeline, uint16_t *codes, am_dynamics *out)
{
    const size_t windows = am_timeline_windows(timeline, AM_TENTHS_PER_WINDOW);
    const double absolute = am_power_from_lufs(-70.0), unit = am_power_from_lufs(0.0);
    size_t kept = 0;

    for (size_t k = 0; k < windows; k++) {
        const double power = am_timeline_power(timeline, k, AM_TENTHS_PER_WINDOW);
        const double peak = (double)am_timeline_sum(timeline, k, AM_TENTHS_PER_WINDOW).peak;

        if (power > absolute)
            codes[kept++] = am_level_code(peak * peak / power * unit);
    }
    out->psr_db = am_level_quantile(codes, 1, kept, 0.5);
    out->psr_min_db = am_level_quantile(codes, 1, kept, 0.0);
}

am_status am_dynamics_measure(am_regions *regions, const am_timeline *timeline, const am_gates *gates, double integrated_lufs,
                              const am_allocator *allocator, am_dynamics *out)
{
    const double offset_db = integrated_lufs - am_lufs_from_power(1.0);
    uint16_t *codes = am_acquire(allocator, timeline->fine.count, sizeof *codes);

    if (!codes)
        return AM_ERR_NOMEM;
    measure_psr(timeline, codes, out);
    measure_windows(timeline, AM_TENTHS_PER_WINDOW, gates->range_power, offset_db, codes, out->short_term_lu);
    measure_windows(timeline, AM_TENTHS_PER_BLOCK, gates->integrated_power, offset_db, codes, out->momentary_lu);
    measure_fast(timeline, gates->integrated_power, offset_db, codes, out->fast_lu);
    measure_regions(regions, timeline, gates->integrated_power, out);
    am_forget(allocator, codes);
    return AM_OK;
}
