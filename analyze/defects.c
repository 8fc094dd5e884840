#include "analyze/defects.h"

#include <math.h>
#include <string.h>

static const float same = 1e-4f;            /* relative: at the extreme */
static const float step = 8e-4f;            /* relative: no smooth crest that stays within 1e-4 for 3 samples leaves it this fast */
static const float least_extreme = 0.01f;   /* -40 dBFS: softer files are not judged */
static const float least_sound = 0.01f;     /* -40 dBFS on both sides of a dropout */
static const double least_offset = 1e-3;    /* -60 dBFS */
static const double shortest_s = 0.005, longest_s = 0.2;
enum { LEAST_RUN = 3 };

void am_defects_init(am_defects *defects, uint32_t rate_hz)
{
    memset(defects, 0, sizeof *defects);
    defects->rate_hz = rate_hz;
}

/* ------------------------------------------------------------------ clipping */

static void close_clip(am_clip_tracker *t, float after)
{
    const float least = t->extreme * (1.0f - step);

    if (t->open.length >= LEAST_RUN && t->extreme >= least_extreme && (t->before < least || after < least)) {
        if (t->runs < AM_MAX_DEFECTS)
            t->kept[t->runs] = t->open;
        t->runs++;
        t->samples += t->open.length;
    }
    t->open.length = 0;
}

static void track_clips(am_clip_tracker *t, const float *x, float sign, uint64_t start, size_t frames)
{
    for (size_t i = 0; i < frames; i++) {
        const float v = sign * x[i];

        if (v > t->extreme * (1.0f + same)) {
            t->extreme = v;
            t->runs = t->samples = t->open.length = 0;
        }
        if (v >= t->extreme * (1.0f - same)) {
            if (!t->open.length) {
                t->open.start = start + i;
                t->before = sign * x[(ptrdiff_t)i - 1];
            }
            t->open.length++;
        } else if (t->open.length)
            close_clip(t, v);
    }
}

/* Most segments stay below the extreme and need no look at their samples. */
static void push_clips(am_clip_tracker *t, const float *x, float sign, float peak, uint64_t start, size_t frames)
{
    if (peak > 0.0f && peak >= t->extreme * (1.0f - same))
        track_clips(t, x, sign, start, frames);
    else if (t->open.length)
        close_clip(t, sign * x[0]);
}

/* ------------------------------------------------------------------ dropouts */

static float peak_of(const float *x, size_t frames)
{
    float peak = 0.0f;

    for (size_t i = 0; i < frames; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    return peak;
}

/* Judge the run that ended, once the millisecond behind it is there. */
static void judge_zeros(am_zero_tracker *t, const float *x, uint64_t start, uint32_t rate_hz)
{
    const uint64_t millisecond = rate_hz / 1000, end = t->ended.start + t->ended.length;

    if (!t->ended.length || end + millisecond > start)
        return;
    if (peak_of(x - (start - end), millisecond) >= least_sound) {
        if (t->runs < AM_MAX_DEFECTS)
            t->kept[t->runs] = t->ended;
        t->runs++;
    }
    t->ended.length = 0;
}

static void close_zeros(am_zero_tracker *t, uint32_t rate_hz)
{
    const double seconds = (double)t->open.length / (double)rate_hz;

    if (seconds >= shortest_s && seconds <= longest_s && t->peak_before >= least_sound)
        t->ended = t->open;
    t->open.length = 0;
}

static void open_zeros(am_zero_tracker *t, const float *x, size_t at, size_t reach, uint64_t start, uint32_t rate_hz)
{
    const float *begin = x + at;
    size_t back = 0;

    while (back < reach && back < start + at && begin[-1] == 0.0f) {
        begin--;
        back++;
    }
    t->open.start = start + at - back;
    t->open.length = back;
    t->peak_before = peak_of(begin - rate_hz / 1000, rate_hz / 1000);
}

/* A run of 5 ms holds at least two of the samples at multiples of 2 ms, so only those are looked at while there is sound. */
static void push_zeros(am_zero_tracker *t, const float *x, uint64_t start, size_t frames, uint32_t rate_hz)
{
    const size_t stride = rate_hz / 500;
    size_t i = 0;

    judge_zeros(t, x, start, rate_hz);
    if (!t->open.length)
        i = (size_t)((stride - start % stride) % stride);
    while (i < frames) {
        if (x[i] != 0.0f) {
            if (t->open.length)
                close_zeros(t, rate_hz);
            i += stride - (size_t)((start + i) % stride);
            continue;
        }
        if (!t->open.length)
            open_zeros(t, x, i, stride, start, rate_hz);
        for (; i < frames && x[i] == 0.0f; i++)
            t->open.length++;
    }
}

void am_defects_push(am_defects *defects, const float *const *channels, uint32_t count, uint64_t start, size_t frames,
                     const am_extent *extents)
{
    for (uint32_t c = 0; c < count; c++) {
        push_clips(&defects->clips[c][0], channels[c], 1.0f, extents[c].high, start, frames);
        push_clips(&defects->clips[c][1], channels[c], -1.0f, -extents[c].low, start, frames);
        push_zeros(&defects->zeros[c], channels[c], start, frames, defects->rate_hz);
    }
}

/* ------------------------------------------------------------------ the end */

static void report(am_analysis *out, am_defect_kind kind, int32_t channel, double time_s, double value, double confidence)
{
    if (out->defect_count < AM_MAX_DEFECTS)
        out->defects[out->defect_count] =
            (am_defect){ .kind = kind, .channel = channel, .time_s = time_s, .value = value, .confidence = confidence };
    out->defect_count++;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Channels that lose sound at the same time make one dropout. Many of them a minute are more likely to be the style of the music. */
static void report_dropouts(const am_defects *defects, am_analysis *out)
{
    const am_zero_tracker *z = defects->zeros;
    size_t next[AM_KWEIGHT_CHANNELS] = { 0 };
    double total = 0.0;

    for (uint32_t c = 0; c < out->channels; c++)
        total += (double)z[c].runs / out->channels;
    for (;;) {
        am_run run = { UINT64_MAX, 0 };
        uint32_t owner = 0, together = 0;

        for (uint32_t c = 0; c < out->channels; c++)
            if (next[c] < smaller(z[c].runs, AM_MAX_DEFECTS) && z[c].kept[next[c]].start < run.start) {
                run = z[c].kept[next[c]];
                owner = c;
            }
        if (!run.length)
            return;
        for (uint32_t c = 0; c < out->channels; c++)
            if (next[c] < smaller(z[c].runs, AM_MAX_DEFECTS) && z[c].kept[next[c]].start == run.start) {
                next[c]++;
                together++;
            }
        report(out, AM_DEFECT_DROPOUT, together == out->channels ? -1 : (int32_t)owner, (double)run.start / out->sample_rate_hz,
               (double)run.length / out->sample_rate_hz, 1.0 / (1.0 + 15.0 * total / fmax(out->duration_s, 1.0)));
    }
}

/* Is it the channel's extreme, or that of a polarity which hardly sounds? */
static bool counts(const am_defects *defects, uint32_t c, int polarity)
{
    const am_clip_tracker *t = defects->clips[c];

    return t[polarity].runs && t[polarity].extreme >= 0.5f * t[!polarity].extreme;
}

static void report_clips(const am_defects *defects, am_analysis *out)
{
    size_t next[AM_KWEIGHT_CHANNELS][2] = { { 0 } };

    for (;;) {
        am_run run = { UINT64_MAX, 0 };
        uint32_t channel = 0;
        int side = 0;

        for (uint32_t c = 0; c < out->channels; c++)
            for (int p = 0; p < 2; p++) {
                const am_clip_tracker *t = &defects->clips[c][p];

                if (counts(defects, c, p) && next[c][p] < smaller(t->runs, AM_MAX_DEFECTS) && t->kept[next[c][p]].start < run.start) {
                    run = t->kept[next[c][p]];
                    channel = c;
                    side = p;
                }
            }
        if (!run.length)
            return;
        next[channel][side]++;
        report(out, AM_DEFECT_CLIPPING, (int32_t)channel, (double)run.start / out->sample_rate_hz, (double)run.length,
               fmin(1.0, 0.4 + 0.1 * (double)(run.length - LEAST_RUN)));
    }
}

static void count_clips(am_defects *defects, uint64_t frames, am_analysis *out)
{
    double samples = 0.0;
    uint64_t runs = 0;

    for (uint32_t c = 0; c < out->channels; c++)
        for (int p = 0; p < 2; p++) {
            close_clip(&defects->clips[c][p], 0.0f);
            if (counts(defects, c, p)) {
                runs += defects->clips[c][p].runs;
                samples += (double)defects->clips[c][p].samples;
            }
        }
    out->peak.clipped_runs = (uint32_t)smaller(runs, UINT32_MAX);
    out->peak.clipped_percent = frames ? 100.0 * samples / ((double)frames * out->channels) : 0.0;
}

static uint32_t count_all(const am_defects *defects, const am_analysis *out, uint32_t listed)
{
    uint64_t total = listed, kept = 0;

    for (uint32_t c = 0; c < out->channels; c++)
        for (int p = 0; p < 2; p++)
            if (counts(defects, c, p))
                kept += smaller(defects->clips[c][p].runs, AM_MAX_DEFECTS);
    total += out->peak.clipped_runs - smaller(kept, out->peak.clipped_runs);
    return (uint32_t)smaller(total, UINT32_MAX);
}

void am_defects_finish(am_defects *defects, uint64_t frames, double cutoff_confidence, am_analysis *out)
{
    count_clips(defects, frames, out);
    out->defect_count = 0;
    if (out->cutoff_hz > 0.0)
        report(out, AM_DEFECT_LOSSY, -1, NAN, out->cutoff_hz, cutoff_confidence);
    for (uint32_t c = 0; c < out->channels && c < 2; c++)
        if (fabs(out->dc[c]) > least_offset)
            report(out, AM_DEFECT_DC, (int32_t)c, NAN, 20.0 * log10(fabs(out->dc[c])), 1.0);
    report_dropouts(defects, out);
    report_clips(defects, out);
    out->defect_count = count_all(defects, out, out->defect_count);
}
