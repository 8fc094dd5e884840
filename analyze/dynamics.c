#include "analyze/dynamics.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/simd.h"

static const double region_hz[AM_REGIONS + 1] = AM_REGION_HZ;
static const double window_s = 0.0213;          /* 1022 samples at 48 kHz: still a transform of 1024 */
static const double taper_share = 0.25;         /* of the window in the two cosine tapers */
static const double low_rate_hz = 6000.0;
static const double whisper = 1e-18;            /* against denormals, as in the K-weighting */
enum { FINE_PER_LEVEL = 2 };

/* ------------------------------------------------------------------ the two regions below 1 kHz */

/* Poles of the Butterworth band-pass by the low-pass to band-pass substitution s -> (s^2 + w0^2) / (B s) and the bilinear transform;
 * every section has one zero at DC and one at half the rate. gain 1 in the middle. */
static void design_region(am_low_regions *low, int region, double rate_hz)
{
    const double w1 = tan(AM_PI * region_hz[region] / rate_hz), w2 = tan(AM_PI * fmin(region_hz[region + 1] / rate_hz, 0.45));
    const double width = w2 - w1, middle = 2.0 * atan(sqrt(w1 * w2));
    const double complex z = cexp(-I * middle);

    for (int i = 0; i < AM_LOW_SECTIONS; i++) {
        const double angle = AM_PI * (i < AM_LOW_SECTIONS / 2 ? 5.0 : 7.0) / 8.0;
        const double complex half = 0.5 * width * cexp(I * angle), root = csqrt(half * half - w1 * w2);
        const double complex s = i % 2 ? half + root : half - root, pole = (1.0 + s) / (1.0 - s);
        const double a1 = -2.0 * creal(pole), a2 = creal(pole * conj(pole));
        const double gain = cabs(1.0 + a1 * z + a2 * z * z) / cabs(1.0 - z * z);

        for (int ch = 0; ch < 2; ch++) {
            low->gain[i][2 * region + ch] = gain;
            low->a1[i][2 * region + ch] = a1;
            low->a2[i][2 * region + ch] = a2;
        }
    }
}

static void open_low(am_low_regions *low, double rate_hz)
{
    const double factor = fmax(1.0, round(rate_hz / low_rate_hz));

    memset(low, 0, sizeof *low);
    low->factor = (uint32_t)factor;
    low->taps = (2 * low->factor + 7) / 8 * 8;
    for (uint32_t i = 1; i < 2 * low->factor; i++)
        low->triangle[low->taps - i] = (float)((i < low->factor ? i : 2 * low->factor - i) / (factor * factor));
    design_region(low, 0, rate_hz / factor);
    design_region(low, 1, rate_hz / factor);
}

typedef double lanes __attribute__((vector_size(32)));
typedef float octet __attribute__((vector_size(32)));

/* into the clones of push_low, or they would stay with the oldest instruction set */
#define INLINE __attribute__((always_inline)) static inline

INLINE void filter_step(am_low_regions *low, double left, double right)
{
    lanes x = { left, right, left, right }, energy;

    for (int i = 0; i < AM_LOW_SECTIONS; i++) {
        lanes gain, a1, a2, s1, s2, y;

        memcpy(&gain, low->gain[i], sizeof gain);
        memcpy(&a1, low->a1[i], sizeof a1);
        memcpy(&a2, low->a2[i], sizeof a2);
        memcpy(&s1, low->state[i][0], sizeof s1);
        memcpy(&s2, low->state[i][1], sizeof s2);
        x *= gain;
        y = x + s1;
        s1 = s2 - a1 * y;
        s2 = -x - a2 * y;
        x = y;
        memcpy(low->state[i][0], &s1, sizeof s1);
        memcpy(low->state[i][1], &s2, sizeof s2);
    }
    memcpy(&energy, low->energy, sizeof energy);
    energy += x * x;
    memcpy(low->energy, &energy, sizeof energy);
    low->steps++;
}

INLINE double decimate(const am_low_regions *low, const float *end)
{
    octet sum = { 0 };

    for (size_t i = 0; i < low->taps; i += 8) {
        octet x, w;

        memcpy(&x, end - low->taps + i, sizeof x);
        memcpy(&w, low->triangle + i, sizeof w);
        sum += x * w;
    }
    return (double)(((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7])));
}

AM_CLONES
static void push_low(am_low_regions *low, const float *left, const float *right, size_t frames)
{
    size_t i = low->factor - low->phase;

    for (; i <= frames; i += low->factor)
        filter_step(low, decimate(low, left + i) + whisper, decimate(low, right + i) + whisper);
    low->phase = (uint32_t)(frames + low->factor - i);
}

void am_regions_push_low(am_regions *regions, const float *left, const float *right, size_t frames)
{
    push_low(&regions->low, left, right, frames);
}

/* Mean power of the region since the last call with reset. */
static double low_power(const am_low_regions *low, int region)
{
    const double power = low->steps ? (low->energy[2 * region] + low->energy[2 * region + 1]) / low->steps : 0.0;

    return power < 1e-20 ? 0.0 : power;
}

/* ------------------------------------------------------------------ the two regions above 1 kHz */

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

/* |H|^2 of the same band-pass of order 4 on the bins, analog. */
static void make_weights(am_regions *regions, double bin_hz)
{
    for (int r = 0; r < AM_REGIONS - 2; r++)
        for (size_t k = 1; k < regions->bins; k++) {
            const double hz = (double)k * bin_hz, low = region_hz[r + 2], high = region_hz[r + 3];
            const float weight = (float)(1.0 / (1.0 + pow((hz * hz - low * high) / (hz * (high - low)), 8.0)));

            regions->weights[r][2 * k] = regions->weights[r][2 * k + 1] = weight;
        }
}

am_status am_regions_open(am_regions *regions, uint32_t rate_hz, const am_allocator *allocator, am_error *err)
{
    size_t size = 16;

    memset(regions, 0, sizeof *regions);
    regions->window_frames = (size_t)(window_s * rate_hz);
    while (size < regions->window_frames)
        size *= 2;
    regions->bins = size / 2;
    for (int r = 0; r < AM_REGIONS; r++)
        regions->levels[r].size = sizeof(uint16_t);
    regions->window = am_acquire(allocator, regions->window_frames, sizeof(float));
    for (int r = 0; r < AM_REGIONS - 2; r++)
        regions->weights[r] = am_acquire(allocator, 2 * regions->bins, sizeof(float));
    if (!regions->window || !regions->weights[0] || !regions->weights[1])
        return am_fail(err, AM_ERR_NOMEM, "no memory for level distributions");
    make_window(regions, size);
    make_weights(regions, (double)rate_hz / (double)size);
    open_low(&regions->low, rate_hz);
    regions->rate_hz = rate_hz;
    return am_fft_open(AM_FFT_REAL, size, false, allocator, &regions->fft, err);
}

void am_regions_close(am_regions *regions, const am_allocator *allocator)
{
    am_fft_close(regions->fft);
    am_forget(allocator, regions->window);
    am_forget(allocator, regions->weights[0]);
    am_forget(allocator, regions->weights[1]);
    for (int r = 0; r < AM_REGIONS; r++)
        am_series_close(&regions->levels[r], allocator);
}

AM_CLONES
static void apply_window(const float *restrict x, const float *restrict window, float *restrict out, size_t frames)
{
    for (size_t i = 0; i < frames; i++)
        out[i] = x[i] * window[i];
}

/* powers[r] += sum of weights[r] times the squared spectrum; count is a multiple of 16 */
AM_CLONES
static void weigh(const float *restrict spectrum, float *const *weights, size_t count, float *restrict powers)
{
    float lanes_2[16] = { 0 }, lanes_3[16] = { 0 };

    for (size_t i = 0; i < count; i += 16)
        for (size_t l = 0; l < 16; l++) {
            const float power = spectrum[i + l] * spectrum[i + l];

            lanes_2[l] += weights[0][i + l] * power;
            lanes_3[l] += weights[1][i + l] * power;
        }
    for (size_t width = 8; width; width /= 2)
        for (size_t l = 0; l < width; l++) {
            lanes_2[l] += lanes_2[l + width];
            lanes_3[l] += lanes_3[l + width];
        }
    powers[0] += lanes_2[0];
    powers[1] += lanes_3[0];
}

static void transform(am_regions *regions, const float *start, float *powers)
{
    apply_window(start, regions->window, am_fft_input(regions->fft), regions->window_frames);
    am_fft_run(regions->fft);
    weigh(am_fft_output(regions->fft), regions->weights, 2 * regions->bins, powers);
}

am_status am_regions_push(am_regions *regions, const float *left_end, const float *right_end, const am_allocator *allocator)
{
    float powers[AM_REGIONS - 2] = { 0 };

    transform(regions, left_end - regions->window_frames, powers);
    if (right_end == left_end)
        for (int r = 0; r < AM_REGIONS - 2; r++)
            powers[r] *= 2.0f;
    else
        transform(regions, right_end - regions->window_frames, powers);
    for (int r = 0; r < AM_REGIONS; r++) {
        uint16_t *code = am_series_add(&regions->levels[r], allocator);

        if (!code)
            return AM_ERR_NOMEM;
        *code = am_level_code(r < 2 ? low_power(&regions->low, r) : (double)powers[r - 2] * regions->power_scale);
    }
    memset(regions->low.energy, 0, sizeof regions->low.energy);
    regions->low.steps = 0;
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

        if (region_hz[r] >= 0.5 * regions->rate_hz)
            continue;
        for (size_t i = 0; i < regions->levels[r].count; i++)
            if (gated(timeline, i, gate))
                codes[kept++] = codes[i];
        am_level_quantiles(codes, kept, am_level_quantile(codes, 1, kept, 0.5), out->region_db[r]);
    }
}

am_status am_regions_trace(const am_regions *regions, const am_timeline *timeline, const am_gates *gates, const am_allocator *allocator,
                           am_trace *out)
{
    const size_t count = regions->levels[0].count;

    out->steps = am_acquire(allocator, count + 1, sizeof *out->steps);
    if (!out->steps)
        return AM_ERR_NOMEM;
    out->step_count = count;
    for (size_t i = 0; i < count; i++) {
        out->steps[i].loud = gated(timeline, i, gates->integrated_power);
        for (int r = 0; r < AM_REGIONS; r++)
            out->steps[i].region_cdb[r] = (int16_t)lrint(100.0 * am_level_db(((const uint16_t *)regions->levels[r].items)[i]));
    }
    return AM_OK;
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
