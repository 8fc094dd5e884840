#include "analyze/spectrum.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "analyze/sections.h"
#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/kweight.h"
#include "dsp/simd.h"

enum { LANES = 8, HOP_AT_48K = 8192 };
static const double least_width_bins = 2.5;     /* of an unpadded transform */
static const double highest_cutoff_hz = 50000.0;

uint64_t am_spectrum_start(uint32_t rate_hz, uint64_t i)
{
    return (i * HOP_AT_48K * rate_hz + 24000) / 48000;
}

double am_spectrum_hop_s(void)
{
    return HOP_AT_48K / 48000.0;
}

/* ------------------------------------------------------------------ set-up */

static void make_window(am_spectrum_meter *meter, size_t size)
{
    double energy = 0.0;

    for (size_t i = 0; i < meter->window_frames; i++) {
        const double w = 0.5 - 0.5 * cos(2.0 * AM_PI * ((double)i + 0.5) / (double)meter->window_frames);

        meter->window[i] = (float)(0.5 * w);    /* the half of (L + R) / 2 */
        energy += w * w;
    }
    meter->power_scale = 2.0 / ((double)size * energy);
}

/* Weight of the bin in the raised cosine round centre; width between half-power points. */
static double band_weight(double hz, double centre, double width_hz)
{
    const double third = centre * (exp2(1.0 / 6.0) - exp2(-1.0 / 6.0));
    const double x = width_hz > third ? (hz - centre) / (2.0 * width_hz) : hz > 0.0 ? log2(hz / centre) * 1.5 : -1.0;
    const double c = fabs(x) < 0.5 ? cos(AM_PI * x) : 0.0;

    return c * c;
}

/* Weights of one band from bin first on; returns how many. Scaled to the bandwidth of a third of an octave, as if the spectrum went
 * on beyond half the rate, so that the same music reads the same at 44.1 and 96 kHz. */
static uint32_t make_band(float *weights, double bin_hz, double centre, double width_hz, size_t bins, uint32_t *first)
{
    const double third = centre * (exp2(1.0 / 6.0) - exp2(-1.0 / 6.0));
    const double reach = width_hz > third ? width_hz : centre * (exp2(1.0 / 3.0) - 1.0);
    const double low = width_hz > third ? centre - reach : centre * exp2(-1.0 / 3.0);
    const uint32_t last = (uint32_t)floor((centre + reach) / bin_hz);
    double area = 0.0;
    uint32_t count = 0;

    *first = (uint32_t)fmax(1.0, ceil(low / bin_hz));
    for (uint32_t k = *first; k <= last; k++)
        area += band_weight(k * bin_hz, centre, width_hz) * bin_hz;
    for (uint32_t k = *first; k <= last && k < bins; k++)
        weights[count++] = (float)(band_weight(k * bin_hz, centre, width_hz) * third / area);
    return (count + LANES - 1) / LANES * LANES;
}

static void make_bands(am_spectrum_meter *meter, double bin_hz)
{
    const double least_hz = least_width_bins * (double)meter->rate_hz / (double)meter->window_frames;
    float *weights = meter->weights;

    for (int b = 0; b < AM_BANDS; b++) {
        const double centre = am_band_hz(b);
        const double third = centre * (exp2(1.0 / 6.0) - exp2(-1.0 / 6.0));
        am_spectrum_band *band = &meter->bands[b];

        if (centre >= 0.5 * (double)meter->rate_hz)
            break;
        band->weights = weights;
        band->count = make_band(weights, bin_hz, centre, fmax(third, least_hz), meter->bins, &band->first);
        weights += band->count;
        meter->band_count++;
    }
}

static size_t count_weights(double bin_hz)
{
    double count = 0.0;

    for (int b = 0; b < AM_BANDS; b++)
        count += fmax(16.0, 0.5 * am_band_hz(b)) / bin_hz + 2.0 * LANES;
    return (size_t)count;
}

static am_status acquire_all(am_spectrum_meter *meter, double bin_hz, const am_allocator *allocator)
{
    const size_t padded = meter->bins + LANES;

    meter->window = am_acquire(allocator, meter->window_frames, sizeof(float));
    meter->weights = am_acquire(allocator, count_weights(bin_hz), sizeof(float));
    meter->loudness = am_acquire(allocator, padded, sizeof(float));
    meter->mid = am_acquire(allocator, padded, sizeof(float));
    meter->side = am_acquire(allocator, padded, sizeof(float));
    meter->cross = am_acquire(allocator, padded, sizeof(float));
    return meter->window && meter->weights && meter->loudness && meter->mid && meter->side && meter->cross ? AM_OK : AM_ERR_NOMEM;
}

am_status am_spectrum_open(am_spectrum_meter *meter, uint32_t rate_hz, const am_allocator *allocator, am_error *err)
{
    am_kweight kweight;
    size_t size = 16;
    double bin_hz;
    am_status st;

    memset(meter, 0, sizeof *meter);
    meter->rate_hz = rate_hz;
    meter->frames.size = sizeof(am_spectrum_frame);
    meter->window_frames = (size_t)am_spectrum_start(rate_hz, 2);
    while (size < meter->window_frames)
        size *= 2;
    bin_hz = (double)rate_hz / (double)size;
    meter->bins = (size_t)fmin((double)size / 2.0, ceil(highest_cutoff_hz / bin_hz));
    st = acquire_all(meter, bin_hz, allocator);
    if (!st)
        st = am_cutoff_open(&meter->cutoff, rate_hz, bin_hz, meter->bins, allocator);
    if (!st)
        st = am_twelfths_open(&meter->twelfths, rate_hz, bin_hz, meter->bins, allocator);
    if (st)
        return am_fail(err, st, "no memory for the spectrum");
    am_kweight_init(&kweight, rate_hz, 1);
    make_window(meter, size);
    make_bands(meter, bin_hz);
    for (size_t k = 1; k < meter->bins; k++)
        meter->loudness[k] = (float)(2.0 * am_kweight_response(&kweight, rate_hz, (double)k * bin_hz));
    st = am_fft_open(AM_FFT_REAL, size, false, allocator, &meter->fft_mid, err);
    return st ? st : am_fft_open(AM_FFT_REAL, size, false, allocator, &meter->fft_side, err);
}

void am_spectrum_close(am_spectrum_meter *meter, const am_allocator *allocator)
{
    am_fft_close(meter->fft_mid);
    am_fft_close(meter->fft_side);
    am_forget(allocator, meter->window);
    am_forget(allocator, meter->weights);
    am_forget(allocator, meter->loudness);
    am_forget(allocator, meter->mid);
    am_forget(allocator, meter->side);
    am_forget(allocator, meter->cross);
    am_series_close(&meter->frames, allocator);
    am_cutoff_close(&meter->cutoff, allocator);
    am_twelfths_close(&meter->twelfths, allocator);
}

/* ------------------------------------------------------------------ one frame */

AM_CLONES
static void apply_window(const float *restrict left, const float *restrict right, const float *restrict window, float *restrict mid,
                         float *restrict side, size_t frames)
{
    for (size_t i = 0; i < frames; i++) {
        mid[i] = (left[i] + right[i]) * window[i];
        side[i] = (left[i] - right[i]) * window[i];
    }
}

/* Powers of mid and side and the real part of mid times conjugate side, which tells left from right. */
AM_CLONES
static void make_powers(const float *restrict m, const float *restrict s, float *restrict mid, float *restrict side,
                        float *restrict cross, size_t bins, float scale)
{
    for (size_t k = 0; k < bins; k++) {
        const float mr = m[2 * k], mi = m[2 * k + 1], sr = s[2 * k], si = s[2 * k + 1];

        mid[k] = (mr * mr + mi * mi) * scale;
        side[k] = (sr * sr + si * si) * scale;
        cross[k] = (mr * sr + mi * si) * scale;
    }
}

typedef float lanes __attribute__((vector_size(4 * LANES)));

/* sums[0..2]: mid, side and cross, each times weights; count is a multiple of LANES */
AM_CLONES
static void weigh(const float *weights, const float *mid, const float *side, const float *cross, size_t count, float *sums)
{
    lanes total[3] = { { 0 }, { 0 }, { 0 } };
    float x[LANES];

    for (size_t i = 0; i < count; i += LANES) {
        lanes w, m, s, c;

        memcpy(&w, weights + i, sizeof w);
        memcpy(&m, mid + i, sizeof m);
        memcpy(&s, side + i, sizeof s);
        memcpy(&c, cross + i, sizeof c);
        total[0] += w * m;
        total[1] += w * s;
        total[2] += w * c;
    }
    for (int t = 0; t < 3; t++) {
        memcpy(x, &total[t], sizeof x);
        sums[t] = am_fold8(x);
    }
}

/* L = M + S, R = M - S: |L|^2 - |R|^2 = 4 Re M S*, |L|^2 + |R|^2 = 2 (|M|^2 + |S|^2) */
static int8_t lean_of(const float *sums)
{
    const float total = sums[0] + sums[1];

    return (int8_t)(total > 0.0f ? lrint(am_clamp((double)(2.0f * sums[2] / total), -1.0, 1.0) * 127.0) : 0);
}

static void keep_frame(const am_spectrum_meter *meter, am_spectrum_frame *frame)
{
    float sums[3];

    weigh(meter->loudness, meter->mid, meter->side, meter->cross, (meter->bins + LANES - 1) / LANES * LANES, sums);
    frame->power = sums[0] + sums[1];
    frame->mid_power = sums[0];
    for (uint32_t b = 0; b < meter->band_count; b++) {
        const am_spectrum_band *band = &meter->bands[b];

        weigh(band->weights, meter->mid + band->first, meter->side + band->first, meter->cross + band->first, band->count, sums);
        frame->mid[b] = am_level_code((double)sums[0]);
        frame->side[b] = am_level_code((double)sums[1]);
        frame->lean[b] = lean_of(sums);
    }
}

am_status am_spectrum_push(am_spectrum_meter *meter, const float *left, const float *right, const am_allocator *allocator)
{
    am_spectrum_frame *frame = am_series_add(&meter->frames, allocator);

    if (!frame)
        return AM_ERR_NOMEM;
    apply_window(left, right, meter->window, am_fft_input(meter->fft_mid), am_fft_input(meter->fft_side), meter->window_frames);
    am_fft_run(meter->fft_mid);
    am_fft_run(meter->fft_side);
    make_powers(am_fft_output(meter->fft_mid), am_fft_output(meter->fft_side), meter->mid, meter->side, meter->cross, meter->bins,
                (float)meter->power_scale);
    keep_frame(meter, frame);
    am_twelfths_push(&meter->twelfths, meter->frames.count - 1, (double)frame->power, meter->mid, meter->side);
    if ((double)frame->power > am_power_from_lufs(-70.0))
        am_cutoff_push(&meter->cutoff, meter->mid, meter->side);
    return AM_OK;
}

/* ------------------------------------------------------------------ the end */

/* A band's share of a frame never counts as less than this: digital silence has a finite mean, and below the noise of 24 bits
 * (-149 dB in all) no band is real. */
static const double band_floor_db = -140.0;

typedef struct band_sums {
    double mid_db[AM_BANDS], side_db[AM_BANDS];
    double mid[AM_BANDS], side[AM_BANDS], lean[AM_BANDS];       /* powers; lean: left - right */
    double loud, loud_mid;          /* K-weighted powers */
    size_t frames;
} band_sums;

/* Where the side has most below 120 Hz: side power with a memory of low_memory_s. */
typedef struct low_watch {
    double power, most, most_s;
} low_watch;

static const double low_memory_s = 1.0, low_hz = 120.0;

/* 10^(x / 10) of a level code without calling pow: one factor a byte. */
typedef struct power_table {
    double high[256], low[256];
} power_table;

static void make_table(power_table *table)
{
    for (int i = 0; i < 256; i++) {
        table->high[i] = am_power_from_db((double)i + AM_LEVEL_FLOOR_DB);
        table->low[i] = am_power_from_db((double)i / 256.0);
    }
}

static double power_of(const power_table *table, uint16_t code)
{
    return code ? table->high[code >> 8] * table->low[code & 255] : 0.0;
}

static size_t count_sounding(const am_spectrum_meter *meter, uint64_t sounding_frames)
{
    size_t count = meter->frames.count;

    while (count > 1 && am_spectrum_start(meter->rate_hz, count - 1) + meter->window_frames > sounding_frames)
        count--;
    return count;
}

static double mean_above(const am_spectrum_frame *frames, size_t count, double threshold)
{
    double sum = 0.0;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if ((double)frames[i].power > threshold) {
            sum += (double)frames[i].power;
            kept++;
        }
    return kept ? sum / (double)kept : 0.0;
}

static double gate_of(const am_spectrum_frame *frames, size_t count)
{
    const double absolute = am_power_from_lufs(-70.0);

    return fmax(absolute, mean_above(frames, count, absolute) * 0.1);
}

static int16_t trace_level(uint16_t code)
{
    return (int16_t)lrint(100.0 * fmax(am_level_db(code), band_floor_db));
}

am_status am_spectrum_trace(const am_spectrum_meter *meter, uint64_t sounding_frames, const am_allocator *allocator, am_trace *out)
{
    const size_t count = count_sounding(meter, sounding_frames);
    const am_spectrum_frame *frames = meter->frames.items;
    const double gate = gate_of(frames, count);

    out->frames = am_acquire(allocator, count + 1, sizeof *out->frames);
    if (!out->frames)
        return AM_ERR_NOMEM;
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        am_trace_frame *frame = &out->frames[i];

        frame->loud = (double)frames[i].power > gate;
        for (int b = 0; b < AM_BANDS; b++) {
            frame->mid_cdb[b] = trace_level(frames[i].mid[b]);
            frame->side_cdb[b] = trace_level(frames[i].side[b]);
        }
    }
    return AM_OK;
}

static void add_frame(const am_spectrum_frame *frame, const power_table *table, band_sums *sums, double *mid_db, double *side_db)
{
    for (int b = 0; b < AM_BANDS; b++) {
        const double mid = power_of(table, frame->mid[b]), side = power_of(table, frame->side[b]);

        mid_db[b] = fmax(am_level_db(frame->mid[b]), band_floor_db);
        side_db[b] = fmax(am_level_db(frame->side[b]), band_floor_db);
        sums->mid_db[b] += mid_db[b];
        sums->side_db[b] += side_db[b];
        sums->mid[b] += mid;
        sums->side[b] += side;
        sums->lean[b] += frame->lean[b] / 127.0 * 2.0 * (mid + side);
    }
    sums->loud += (double)frame->power;
    sums->loud_mid += (double)frame->mid_power;
    sums->frames++;
}

static double db_above_floor(double power)
{
    return power > am_power_from_db(band_floor_db) ? am_db_from_power(power) : band_floor_db;
}

/* Of the frames that are not silent altogether, which come first in codes. */
static double floor_of(const am_spectrum_frame *frames, size_t count, const uint16_t *codes)
{
    const size_t stride = sizeof *frames / sizeof *codes;

    return fmax(am_level_quantile(codes, stride, count, 0.05), band_floor_db);
}

static void fill_band(const band_sums *sums, const am_spectrum_frame *frames, size_t count, int b, double lufs, am_analysis *out)
{
    const double n = (double)sums->frames, mid = sums->mid[b] / n, side = sums->side[b] / n;
    const double left = mid + side + 0.5 * sums->lean[b] / n, right = mid + side - 0.5 * sums->lean[b] / n;

    out->mid.mean_db[b] = sums->mid_db[b] / n - lufs;
    out->side.mean_db[b] = sums->side_db[b] / n - lufs;
    out->mid.power_db[b] = db_above_floor(mid) - lufs;
    out->side.power_db[b] = db_above_floor(side) - lufs;
    out->mid.floor_db[b] = floor_of(frames, count, &frames->mid[b]) - lufs;
    out->side.floor_db[b] = floor_of(frames, count, &frames->side[b]) - lufs;
    out->stereo.band_width_db[b] = (sums->side_db[b] - sums->mid_db[b]) / n;
    if (left > 0.0 && right > 0.0) {
        out->stereo.band_correlation[b] = am_clamp((mid - side) / sqrt(left * right), -1.0, 1.0);
        out->stereo.band_balance_db[b] = am_db_from_power(right / left);
    }
}

static double frame_power(const void *frames, size_t i)
{
    return (double)((const am_spectrum_frame *)frames)[i].power;
}

static void fill_twelfths(am_spectrum_meter *meter, size_t count, double gate, const band_sums *sums, double lufs, am_analysis *out)
{
    am_twelfth_powers powers;

    am_twelfths_measure(&meter->twelfths, meter->frames.items, frame_power, count, gate, &powers);
    for (uint32_t t = 0; t < meter->twelfths.count; t++) {
        out->mid.twelfth_db[t] = db_above_floor(powers.mid[t] / (double)sums->frames) - lufs;
        out->side.twelfth_db[t] = db_above_floor(powers.side[t] / (double)sums->frames) - lufs;
    }
}

static void fill_low_side(const band_sums *sums, am_stereo *stereo)
{
    double mid = 0.0, side = 0.0;

    for (int b = 0; b < AM_BANDS && am_band_hz(b) < low_hz; b++) {
        mid += sums->mid[b];
        side += sums->side[b];
    }
    stereo->low_side_db = db_above_floor(side / (double)sums->frames) - db_above_floor(mid / (double)sums->frames);
}

static void watch_low_side(const am_spectrum_frame *frame, const power_table *table, double time_s, low_watch *watch)
{
    double side = 0.0;

    for (int b = 0; b < AM_BANDS && am_band_hz(b) < low_hz; b++)
        side += power_of(table, frame->side[b]);
    watch->power += (side - watch->power) * am_spectrum_hop_s() / low_memory_s;
    if (watch->power > watch->most) {
        watch->most = watch->power;
        watch->most_s = time_s;
    }
}

/* The fold-down has mid in both channels, whose K-weighted power is loud_mid. */
static double fold_down_lu(const band_sums *sums)
{
    return am_db_from_power(sums->loud / fmax(sums->loud_mid, 1e-12 * sums->loud));
}

/* Move frames that hold anything but silence to the front, keeping their order. */
static size_t drop_silence(am_spectrum_frame *frames, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (frames[i].power > 0.0f)
            frames[kept++] = frames[i];
    return kept;
}

am_status am_spectrum_measure(am_spectrum_meter *meter, uint64_t sounding_frames, double integrated_lufs,
                              const am_allocator *allocator, am_analysis *out)
{
    const size_t count = count_sounding(meter, sounding_frames);
    am_spectrum_frame *frames = meter->frames.items;
    const double gate = gate_of(frames, count);
    double mid_db[AM_BANDS], side_db[AM_BANDS];
    struct scratch {
        band_sums sums;
        am_section_sums sections;
        power_table table;
        low_watch low;
    } *s = am_acquire(allocator, 1, sizeof *s);

    if (!s)
        return AM_ERR_NOMEM;
    make_table(&s->table);
    for (size_t i = 0; i < count; i++) {
        const double time_s = (double)am_spectrum_start(meter->rate_hz, i) / (double)meter->rate_hz;

        if ((double)frames[i].power > gate) {
            add_frame(&frames[i], &s->table, &s->sums, mid_db, side_db);
            watch_low_side(&frames[i], &s->table, time_s, &s->low);
            am_sections_add(&s->sections, time_s, am_db_from_power((double)frames[i].power), mid_db, side_db, &out->sections);
        }
    }
    out->gated_s = (double)s->sums.frames * am_spectrum_hop_s();
    am_sections_finish(&s->sections, meter->band_count, &out->sections);
    if (s->sums.frames && isfinite(integrated_lufs)) {
        fill_twelfths(meter, count, gate, &s->sums, integrated_lufs, out);
        const size_t sounding = drop_silence(frames, count);

        for (uint32_t b = 0; b < meter->band_count; b++)
            fill_band(&s->sums, frames, sounding, (int)b, integrated_lufs, out);
        fill_low_side(&s->sums, &out->stereo);
        if (s->low.most > 0.0)
            out->stereo.low_side_s = s->low.most_s;
        out->stereo.fold_down_lu = fold_down_lu(&s->sums);
    }
    am_forget(allocator, s);
    return AM_OK;
}
