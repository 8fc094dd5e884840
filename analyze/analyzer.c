/* analyzer.c - am_analyze_open, push, finish, close: hands every sample to the meters once
 *
 * Samples are copied into a history per channel, which the meters read in segments of 10 ms and spectrum frames of 341 ms, both at
 * fixed places of the file. What is measured does not depend on how the file was cut into pushes.
 */
#include "analyze/analyzer.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "analyze/defects.h"
#include "analyze/dynamics.h"
#include "analyze/loudness.h"
#include "analyze/overview.h"
#include "analyze/spectrum.h"
#include "analyze/stereo.h"
#include "analyze/stylist.h"
#include "analyze/waveform.h"
#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/kweight.h"
#include "dsp/simd.h"
#include "dsp/truepeak.h"
#include "models/style.h"

struct am_analyzer {
    const am_allocator *allocator;
    am_format format;
    am_status failed;               /* AM_OK, or why nothing more is taken */
    bool finished;

    float *history[AM_KWEIGHT_CHANNELS];
    size_t capacity, keep;          /* frames; what a meter may look back over */
    size_t fill;
    uint64_t received;              /* frames; history ends there */
    uint64_t segments, spectra;     /* done */
    uint64_t segment_start;         /* frame at which the next segment begins */

    am_kweight kweight;
    am_truepeak *truepeak[AM_KWEIGHT_CHANNELS];
    am_timeline timeline;
    am_waveform waveform;
    am_defects defects;
    am_overview_meter overview;
    am_spectrum_meter spectrum;
    am_regions regions;
    bool styled;                    /* the style is asked for, and can be measured */
    am_stylist stylist;
    am_trace *trace;                /* NULL: not wanted */
};

/* ------------------------------------------------------------------ open and close */

static bool has_stereo(const am_analyzer *a)
{
    return a->format.channels <= 2;
}

static am_status open_histories(am_analyzer *a, am_error *err)
{
    const size_t window = (size_t)am_spectrum_start(a->format.rate_hz, 2);

    a->keep = window + a->format.rate_hz / 20;
    a->capacity = 2 * a->keep + window;
    a->fill = a->keep;              /* zeros before the file */
    for (uint32_t c = 0; c < a->format.channels; c++) {
        am_status st = am_truepeak_open(a->allocator, &a->truepeak[c], err);

        if (st)
            return st;
        a->history[c] = am_acquire(a->allocator, a->capacity, sizeof(float));
        if (!a->history[c])
            return am_fail(err, AM_ERR_NOMEM, "no memory for the analysis");
    }
    return AM_OK;
}

static am_status open_meters(am_analyzer *a, am_error *err)
{
    am_status st = open_histories(a, err);

    am_kweight_init(&a->kweight, a->format.rate_hz, a->format.channels);
    am_timeline_init(&a->timeline, a->format.rate_hz);
    am_waveform_init(&a->waveform);
    am_defects_init(&a->defects, a->format.rate_hz);
    am_overview_init(&a->overview);
    if (!st && has_stereo(a))
        st = am_spectrum_open(&a->spectrum, a->format.rate_hz, a->allocator, err);
    if (!st && has_stereo(a))
        st = am_regions_open(&a->regions, a->format.rate_hz, a->allocator, err);
    if (!st && a->styled)
        st = am_stylist_open(&a->stylist, a->format.rate_hz, a->allocator, err);
    return st;
}

static bool asks_for_style(const am_options *options)
{
    return options && options->struct_size >= offsetof(am_options, style) + sizeof options->style && options->style;
}

am_status am_analyze_open(const am_format *format, const am_options *options, am_analyzer **out, am_error *err)
{
    const am_allocator *allocator = options ? options->allocator : NULL;
    am_analyzer *a;
    am_status st;

    if (!format || !out)
        return am_fail(err, AM_ERR_RANGE, "am_analyze_open needs a format and a place for the handle");
    if (format->rate_hz < 8000 || format->rate_hz > 384000)
        return am_fail(err, AM_ERR_RANGE, "rate %u Hz is outside [8000, 384000]", (unsigned)format->rate_hz);
    if (format->channels < 1 || format->channels > AM_KWEIGHT_CHANNELS)
        return am_fail(err, AM_ERR_RANGE, "%u channels are outside [1, 8]", (unsigned)format->channels);
    a = am_acquire(allocator, 1, sizeof *a);
    if (!a)
        return am_fail(err, AM_ERR_NOMEM, "no memory for the analysis");
    a->format = *format;
    a->allocator = allocator;
    a->styled = asks_for_style(options) && has_stereo(a) && format->rate_hz >= AM_TIMBRE_RATE_HZ;
    st = open_meters(a, err);
    if (st) {
        am_analyze_close(a);
        return st;
    }
    *out = a;
    return AM_OK;
}

void am_analyze_close(am_analyzer *a)
{
    if (!a)
        return;
    for (uint32_t c = 0; c < a->format.channels; c++) {
        am_truepeak_close(a->truepeak[c]);
        am_forget(a->allocator, a->history[c]);
    }
    am_timeline_close(&a->timeline, a->allocator);
    am_spectrum_close(&a->spectrum, a->allocator);
    am_regions_close(&a->regions, a->allocator);
    am_stylist_close(&a->stylist);
    am_forget(a->allocator, a);
}

/* ------------------------------------------------------------------ push */

/* Copies, and tells whether every sample is finite: exponent bits all set is infinity or NaN. */
AM_CLONES
static bool copy_finite(float *restrict out, const float *restrict in, size_t frames)
{
    uint32_t bad = 0;

    for (size_t i = 0; i < frames; i++) {
        uint32_t bits;

        memcpy(&bits, &in[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
        out[i] = in[i];
    }
    return !bad;
}

static am_status refuse(am_analyzer *a, const float *const *channels, size_t frames, am_error *err)
{
    size_t first = frames;

    for (uint32_t c = 0; c < a->format.channels; c++)
        for (size_t i = 0; i < first; i++)
            if (!isfinite(channels[c][i]))
                first = i;
    a->failed = AM_ERR_CONTENT;
    return am_fail(err, AM_ERR_CONTENT, "a sample at %.6f s is not a finite number", (double)(a->received + first) / a->format.rate_hz);
}

/* Where frame `at` of the file is in the history of channel c. */
static const float *look(const am_analyzer *a, uint32_t c, uint64_t at)
{
    return a->history[c] + a->fill - (size_t)(a->received - at);
}

/* The 10 ms from segment_start on, or what the end of the file left of them. */
static am_status run_segment(am_analyzer *a, size_t frames, bool complete)
{
    const uint32_t n = a->format.channels;
    const float *channels[AM_KWEIGHT_CHANNELS] = { NULL };
    double energy[AM_KWEIGHT_CHANNELS] = { 0 };
    am_extent extents[AM_KWEIGHT_CHANNELS];
    am_segment segment = { 0 };
    float low = HUGE_VALF, high = -HUGE_VALF;

    for (uint32_t c = 0; c < n; c++)
        channels[c] = look(a, c, a->segment_start);
    am_kweight_energy(&a->kweight, channels, frames, energy);
    am_waveform_push(&a->waveform, channels, n, frames, extents, &segment);
    am_defects_push(&a->defects, channels, n, a->segment_start, frames, extents);
    for (uint32_t c = 0; c < n; c++) {
        segment.loud += (n == 1 ? 2.0 : am_kweight_channel_weight(n, c)) * energy[c];
        low = fminf(low, extents[c].low);
        high = fmaxf(high, extents[c].high);
    }
    am_overview_push(&a->overview, low, high);
    if (has_stereo(a))
        am_regions_push_low(&a->regions, channels[0], channels[n - 1], frames);
    if (a->styled && am_stylist_push(&a->stylist, channels[0], channels[n - 1], frames, NULL))
        return AM_ERR_NOMEM;
    a->segment_start += frames;
    a->segments++;
    if (complete && has_stereo(a) && a->segments % 2 == 0 &&
        am_regions_push(&a->regions, channels[0] + frames, channels[n - 1] + frames, a->allocator))
        return AM_ERR_NOMEM;
    return complete ? am_timeline_add(&a->timeline, &segment, a->allocator) : AM_OK;
}

static am_status run_segments(am_analyzer *a)
{
    am_status st = AM_OK;
    uint64_t end;

    while (!st && (end = am_timeline_boundary(a->format.rate_hz, a->segments + 1)) <= a->received)
        st = run_segment(a, (size_t)(end - a->segment_start), true);
    return st;
}

/* Spectrum frames up to frame end of the file, of those that begin before frame limit. */
static am_status run_spectra(am_analyzer *a, uint64_t end, uint64_t limit)
{
    am_status st = AM_OK;

    while (!st && has_stereo(a) && a->waveform.first_nonzero != UINT64_MAX) {
        const uint64_t start = a->waveform.first_nonzero + am_spectrum_start(a->format.rate_hz, a->spectra);

        if (start + a->spectrum.window_frames > end || start >= limit)
            break;
        st = am_spectrum_push(&a->spectrum, look(a, 0, start), look(a, a->format.channels - 1, start), a->allocator);
        a->spectra++;
    }
    return st;
}

static void make_room(am_analyzer *a)
{
    for (uint32_t c = 0; c < a->format.channels; c++)
        memmove(a->history[c], a->history[c] + a->fill - a->keep, a->keep * sizeof(float));
    a->fill = a->keep;
}

static am_status take(am_analyzer *a, const float *const *channels, size_t frames, am_error *err)
{
    am_status st;
    bool finite = true;

    for (uint32_t c = 0; c < a->format.channels; c++)
        finite &= copy_finite(a->history[c] + a->fill, channels[c], frames);
    if (!finite)
        return refuse(a, channels, frames, err);
    for (uint32_t c = 0; c < a->format.channels; c++)
        am_truepeak_push(a->truepeak[c], channels[c], frames);
    a->fill += frames;
    a->received += frames;
    st = run_segments(a);
    if (!st)
        st = run_spectra(a, a->received, UINT64_MAX);
    if (st) {
        a->failed = st;
        return am_fail(err, st, "no memory for the statistics of %.0f s", (double)a->received / a->format.rate_hz);
    }
    return AM_OK;
}

am_status am_analyze_push(am_analyzer *a, const float *const *channels, size_t frames, am_error *err)
{
    const float *rest[AM_KWEIGHT_CHANNELS] = { NULL };
    am_status st = AM_OK;

    if (!a || (!channels && frames))
        return am_fail(err, AM_ERR_RANGE, "am_analyze_push needs an analyzer and samples");
    if (a->failed || a->finished)
        return am_fail(err, AM_ERR_STATE, "the analyzer takes no more samples");
    for (uint32_t c = 0; frames && c < a->format.channels; c++) {
        if (!channels[c])
            return am_fail(err, AM_ERR_RANGE, "am_analyze_push: channel %u of %u is NULL", (unsigned)c + 1, (unsigned)a->format.channels);
        rest[c] = channels[c];
    }
    while (frames && !st) {
        size_t part;

        if (a->fill == a->capacity)
            make_room(a);
        part = a->capacity - a->fill < frames ? a->capacity - a->fill : frames;
        st = take(a, rest, part, err);
        for (uint32_t c = 0; c < a->format.channels; c++)
            rest[c] += part;
        frames -= part;
    }
    return st;
}

/* ------------------------------------------------------------------ finish */

static double *fill_nan(double *from, const void *end)
{
    while ((const void *)from < end)
        *from++ = NAN;
    return from;
}

/* All quantities not measured; counts are 0. The structs named hold doubles only. */
static void clear(am_analysis *out)
{
    memset(out, 0, sizeof *out);
    out->cutoff_hz = out->dc[0] = out->dc[1] = out->leading_silence_s = out->trailing_silence_s = NAN;
    fill_nan(&out->loudness.integrated_lufs, &out->loudness + 1);
    out->peak.sample_dbfs = out->peak.true_peak_dbtp = out->peak.true_peak_s = NAN;
    fill_nan(&out->dynamics.plr_db, &out->dynamics + 1);
    fill_nan(&out->stereo.correlation, &out->stereo + 1);
    fill_nan(out->mid.mean_db, &out->mid + 1);
    fill_nan(out->side.mean_db, &out->side + 1);
    fill_nan(out->style_features, &out->style_features + 1);
}

/* The last, incomplete segment, and spectrum frames that reach beyond the end of a file shorter than one of them. */
static am_status flush(am_analyzer *a)
{
    const uint64_t received = a->received;
    am_status st = AM_OK;
    size_t padding;

    if (a->segment_start < received)
        st = run_segment(a, (size_t)(received - a->segment_start), false);
    for (uint32_t c = 0; c < a->format.channels; c++)
        am_truepeak_finish(a->truepeak[c]);
    if (st || a->spectra || !has_stereo(a))
        return st;
    make_room(a);
    padding = a->capacity - a->fill;
    for (uint32_t c = 0; c < a->format.channels; c++)
        memset(a->history[c] + a->fill, 0, padding * sizeof(float));
    a->fill += padding;
    a->received += padding;
    st = run_spectra(a, a->received, a->waveform.first_nonzero + 1);
    a->received = received;
    return st;
}

static void measure_peaks(const am_analyzer *a, am_analysis *out)
{
    double sample = 0.0, true_peak = 0.0;

    for (uint32_t c = 0; c < a->format.channels; c++) {
        double position = 0.0;
        const double peak = am_truepeak_max(a->truepeak[c], &position);

        sample = fmax(sample, (double)fmaxf(a->waveform.high[c], -a->waveform.low[c]));
        if (peak > true_peak) {
            true_peak = peak;
            out->peak.true_peak_s = am_clamp(position / out->sample_rate_hz, 0.0, out->duration_s);
        }
    }
    if (sample > 0.0) {
        out->peak.sample_dbfs = am_db_from_gain(sample);
        out->peak.true_peak_dbtp = am_db_from_gain(fmax(sample, true_peak));
    }
}

static void measure_crest(const am_analyzer *a, am_analysis *out)
{
    const am_waveform *w = &a->waveform;
    const double energy[2] = { w->left, w->right };
    double sum = 0.0;
    int sounding = 0;

    for (uint32_t c = 0; c < a->format.channels && c < 2; c++)
        if (energy[c] > 0.0) {
            const double peak = (double)fmaxf(w->high[c], -w->low[c]);

            sum += am_db_from_power(peak * peak / (energy[c] / (double)w->frames));
            sounding++;
        }
    out->dynamics.crest_db = sounding ? sum / sounding : (double)NAN;
}

static void measure_waveform(const am_analyzer *a, am_analysis *out)
{
    const am_waveform *w = &a->waveform;
    const uint64_t begin = w->end_loud ? w->first_loud : w->frames;

    out->effective_bits = am_waveform_bits(w);
    out->leading_silence_s = (double)begin / out->sample_rate_hz;
    out->trailing_silence_s = (double)(w->end_loud ? w->frames - w->end_loud : 0) / out->sample_rate_hz;
    for (uint32_t c = 0; w->frames && c < 2; c++)
        out->dc[c] = w->sum[c] / (double)w->frames;
}

static am_status measure_trace(am_analyzer *a, const am_gates *gates, uint64_t sounding)
{
    am_status st = am_spectrum_trace(&a->spectrum, sounding, a->allocator, a->trace);

    if (!st)
        st = am_regions_trace(&a->regions, &a->timeline, gates, a->allocator, a->trace);
    a->trace->start_s = a->trace->count ? (double)a->waveform.first_nonzero / a->format.rate_hz : 0.0;
    return st;
}

static am_status measure_stereo(am_analyzer *a, const am_gates *gates, am_analysis *out)
{
    const am_waveform *w = &a->waveform;
    const uint64_t sounding = w->end_nonzero > w->first_nonzero ? w->end_nonzero - w->first_nonzero : 0;
    am_status st = a->trace ? measure_trace(a, gates, sounding) : AM_OK;

    if (!st)
        st = am_spectrum_measure(&a->spectrum, sounding, out->loudness.integrated_lufs, a->allocator, out);
    if (!st)
        st = am_dynamics_measure(&a->regions, &a->timeline, gates, out->loudness.integrated_lufs, a->allocator, &out->dynamics);
    measure_crest(a, out);
    return st;
}

static am_status measure_style(am_analyzer *a, am_analysis *out)
{
    am_style_model *model = NULL;
    bool measured = false;
    am_status st = am_stylist_finish(&a->stylist, out->style_features, &measured, NULL);

    if (st || !measured)
        return st;
    st = am_style_model_open_builtin(a->allocator, &model, NULL);
    if (!st)
        am_style_model_score(model, out);
    am_style_model_close(model);
    return st;
}

static am_status measure(am_analyzer *a, am_analysis *out)
{
    double confidence = 0.0;
    am_gates gates;
    am_status st;

    clear(out);
    out->version = AM_ANALYSIS_VERSION;
    out->channels = a->format.channels;
    out->sample_rate_hz = a->format.rate_hz;
    out->frames = a->received;
    out->duration_s = (double)a->received / a->format.rate_hz;
    measure_peaks(a, out);
    measure_waveform(a, out);
    am_stereo_measure(&a->waveform, &a->timeline, a->format.channels, &out->stereo);
    st = am_loudness_measure(&a->timeline, a->allocator, &out->loudness, &gates);
    if (!st && has_stereo(a))
        st = measure_stereo(a, &gates, out);
    out->dynamics.plr_db = out->peak.true_peak_dbtp - out->loudness.integrated_lufs;
    if (!st && has_stereo(a))
        out->cutoff_hz = am_cutoff_find(&a->spectrum.cutoff, &confidence);
    if (!st && a->styled)
        st = measure_style(a, out);
    am_defects_finish(&a->defects, a->received, confidence, out);
    am_overview_measure(&a->overview, &a->timeline, &out->overview);
    return st;
}

void am_analyzer_want_trace(am_analyzer *analyzer, am_trace *trace)
{
    analyzer->trace = trace;
}

am_status am_analyze_finish(am_analyzer *a, am_analysis *out, am_error *err)
{
    am_analysis *draft;
    am_status st;

    if (!a || !out)
        return am_fail(err, AM_ERR_RANGE, "am_analyze_finish needs an analyzer and a place for the result");
    if (a->failed || a->finished)
        return am_fail(err, AM_ERR_STATE, "the analyzer has failed or was finished before");
    a->finished = true;
    draft = am_acquire(a->allocator, 1, sizeof *draft);
    st = draft ? flush(a) : AM_ERR_NOMEM;
    if (!st)
        st = measure(a, draft);
    if (!st)
        memcpy(out, draft, sizeof *out);
    am_forget(a->allocator, draft);
    return st ? am_fail(err, st, "no memory to finish the analysis") : AM_OK;
}
