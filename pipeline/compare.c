/* compare.c - am_compare_files of automaster.h */
#include <automaster/automaster.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyze/align.h"
#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "pipeline/lag.h"
#include "pipeline/measure.h"
#include "pipeline/planar.h"

enum { HALF = AM_ALIGN_TAPS / 2 - 1, APART_S = 5 };

static const double floor_db = -200.0, empty_db = -70.0;

/* ------------------------------------------------------------------ what the analyses tell */

/* Root of the mean square over 40 Hz to 16 kHz. */
static double band_rms(const double curve[AM_BANDS])
{
    double sum = 0.0;
    int count = 0;

    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = 1000.0 * exp2((k - AM_BAND_1K) / 6.0);

        if (hz >= 40.0 && hz <= 16000.0 && isfinite(curve[k])) {
            sum += curve[k] * curve[k];
            count++;
        }
    }
    return count ? sqrt(sum / count) : NAN;
}

static void compare_analyses(am_comparison *c)
{
    const am_analysis *a = &c->analysis[0], *b = &c->analysis[1];

    c->loudness_lu = b->loudness.integrated_lufs - a->loudness.integrated_lufs;
    c->true_peak_db = b->peak.true_peak_dbtp - a->peak.true_peak_dbtp;
    c->range_lu = b->loudness.range_lu - a->loudness.range_lu;
    c->plr_db = b->dynamics.plr_db - a->dynamics.plr_db;
    c->psr_db = b->dynamics.psr_db - a->dynamics.psr_db;
    c->width_db = b->stereo.width_db - a->stereo.width_db;
    for (int k = 0; k < AM_BANDS; k++) {
        const bool sounds = a->mid.mean_db[k] > empty_db && b->mid.mean_db[k] > empty_db;

        c->tone_db[k] = sounds ? b->mid.mean_db[k] - a->mid.mean_db[k] : NAN;
        c->band_width_db[k] = sounds ? b->stereo.band_width_db[k] - a->stereo.band_width_db[k] : NAN;
    }
    c->tone_rms_db = band_rms(c->tone_db);
    c->band_width_rms_db = band_rms(c->band_width_db);
}

/* ------------------------------------------------------------------ through time */

static float short_term_at(const am_analysis *a, double time_s)
{
    const am_overview *o = &a->overview;
    const double place = time_s / o->slice_s;

    return place >= 0.0 && place < (double)o->count ? o->short_term_lufs[(size_t)place] : NAN;
}

static void draw_timeline(am_comparison *c)
{
    const double duration_s = c->analysis[0].duration_s;
    am_compare_line *t = &c->timeline;

    t->slice_s = fmax(ceil(duration_s / AM_OVERVIEW), 1.0);
    t->count = (uint32_t)ceil(duration_s / t->slice_s);
    for (uint32_t i = 0; i < t->count; i++) {
        const double middle_s = ((double)i + 0.5) * t->slice_s;

        t->first_lufs[i] = short_term_at(&c->analysis[0], middle_s);
        t->second_lufs[i] = short_term_at(&c->analysis[1], middle_s + (c->aligned ? c->lag_s : 0.0));
        t->residual_db[i] = NAN;
    }
}

/* ------------------------------------------------------------------ residual */

/* Both files in step: frames of the second come shifted by the lag. */
typedef struct pairing {
    am_reader *const *reader;
    uint32_t channels[2];
    am_planar block[2], shifted;
    float *history[2];              /* of the second: AM_ALIGN_TAPS frames kept, filled ones behind them */
    size_t filled;
    uint64_t first, count;          /* frames of the first that both have */
    int64_t whole;                  /* frames of the lag */
    double taps[AM_ALIGN_TAPS];
    bool plain;                     /* no fraction */
} pairing;

typedef struct second_sums {        /* of one second */
    double first, cross, second, residual;
} second_sums;

static am_status open_pairing(pairing *p, double lag_frames, const am_allocator *allocator, am_error *err)
{
    double fraction;
    am_status st = AM_OK;

    p->whole = (int64_t)floor(lag_frames + 5e-4);
    fraction = fmax(lag_frames - (double)p->whole, 0.0);
    p->plain = fraction < 1e-3;
    am_align_taps(p->plain ? 0.0 : fraction, p->taps);
    if (!p->plain && p->count > 4 * AM_ALIGN_TAPS) {    /* where a cut rings through the taps, the second has not all of the programme */
        p->first += AM_ALIGN_TAPS;
        p->count -= 2 * AM_ALIGN_TAPS;
    }
    for (int i = 0; i < 2 && !st; i++) {
        p->channels[i] = am_reader_source(p->reader[i])->channels;
        st = am_planar_open(&p->block[i], p->channels[i], allocator, err);
        p->history[i] = am_acquire(allocator, AM_PLANAR_FRAMES + AM_ALIGN_TAPS, sizeof(float));
        if (!st && !p->history[i])
            st = am_fail(err, AM_ERR_NOMEM, "out of memory");
    }
    return st ? st : am_planar_open(&p->shifted, 2, allocator, err);
}

static void close_pairing(pairing *p, const am_allocator *allocator)
{
    for (int i = 0; i < 2; i++) {
        am_planar_close(&p->block[i]);
        am_forget(allocator, p->history[i]);
    }
    am_planar_close(&p->shifted);
}

/* Exactly count frames, zeros behind the end. */
static am_status read_full(am_reader *reader, am_planar *block, uint32_t channels, size_t count, size_t *given, am_error *err)
{
    size_t got = 1;
    am_status st = AM_OK;

    for (*given = 0; !st && got && *given < count; *given += got) {
        float *to[AM_PLANAR_CHANNELS];

        for (uint32_t c = 0; c < channels; c++)
            to[c] = block->channels[c] + *given;
        st = am_reader_read(reader, to, count - *given, &got, err);
    }
    for (uint32_t c = 0; c < channels && !st; c++)
        memset(block->channels[c] + *given, 0, (count - *given) * sizeof(float));
    return st;
}

/* The next count frames of the second into its history, of which *silence are still silence. */
static am_status advance(pairing *p, size_t count, int64_t *silence, am_error *err)
{
    const size_t quiet = *silence > 0 ? ((size_t)*silence < count ? (size_t)*silence : count) : 0;
    size_t given;
    am_status st = AM_OK;

    for (uint32_t c = 0; c < p->channels[1]; c++) {
        memmove(p->history[c], p->history[c] + p->filled, AM_ALIGN_TAPS * sizeof(float));
        memset(p->history[c] + AM_ALIGN_TAPS, 0, count * sizeof(float));
    }
    p->filled = count;
    *silence -= (int64_t)quiet;
    if (quiet < count)
        st = read_full(p->reader[1], &p->block[1], p->channels[1], count - quiet, &given, err);
    for (uint32_t c = 0; c < p->channels[1] && !st && quiet < count; c++)
        memcpy(p->history[c] + AM_ALIGN_TAPS + quiet, p->block[1].channels[c], (count - quiet) * sizeof(float));
    return st;
}

static void shift(pairing *p, size_t count)
{
    for (uint32_t c = 0; c < p->channels[1]; c++) {
        const float *x = p->history[c];
        float *y = p->shifted.channels[c];

        if (p->plain) {
            memcpy(y, x + HALF, count * sizeof *y);
            continue;
        }
        for (size_t n = 0; n < count; n++) {
            double sum = 0.0;

            for (int k = 0; k < AM_ALIGN_TAPS; k++)
                sum += p->taps[k] * (double)x[n + (size_t)k];
            y[n] = (float)sum;
        }
    }
}

/* Of the frames [at, at + count) of the first those that the second has, too. */
static void add_up(const pairing *p, uint64_t at, size_t count, double gain, second_sums *seconds, double rate)
{
    const uint32_t channels = p->channels[0] > p->channels[1] ? p->channels[0] : p->channels[1];
    const uint64_t first = p->first > at ? p->first - at : 0, end = p->first + p->count > at ? p->first + p->count - at : 0;

    for (size_t n = (size_t)first; n < count && n < end; n++) {
        second_sums *s = &seconds[(size_t)((double)(at + n) / rate)];

        for (uint32_t c = 0; c < channels; c++) {
            const double x = (double)p->block[0].channels[c < p->channels[0] ? c : 0][n];
            const double y = (double)p->shifted.channels[c < p->channels[1] ? c : 0][n], left = x - gain * y;

            s->first += x * x;
            s->cross += x * y;
            s->second += y * y;
            s->residual += left * left;
        }
    }
}

/* One pass over both files, frame n of the first beside frame n + lag of the second. */
static am_status pass(pairing *p, double gain, second_sums *seconds, size_t second_count, double rate, am_error *err)
{
    int64_t silence = HALF - p->whole;              /* of the second, before its first frame */
    uint64_t at = 0;
    size_t given = 1, dropped;
    am_status st = am_reader_rewind(p->reader[0], err);

    memset(seconds, 0, second_count * sizeof *seconds);
    if (!st)
        st = am_reader_rewind(p->reader[1], err);
    for (int c = 0; c < 2; c++)
        memset(p->history[c], 0, (AM_PLANAR_FRAMES + AM_ALIGN_TAPS) * sizeof(float));
    for (; !st && silence < 0; silence += (int64_t)dropped) {
        const size_t piece = (size_t)-silence < AM_PLANAR_FRAMES ? (size_t)-silence : AM_PLANAR_FRAMES;

        st = read_full(p->reader[1], &p->block[1], p->channels[1], piece, &dropped, err);
        dropped = piece;
    }
    p->filled = 0;
    if (!st)
        st = advance(p, AM_ALIGN_TAPS, &silence, err);
    while (!st && given && at < p->first + p->count) {
        st = read_full(p->reader[0], &p->block[0], p->channels[0], AM_PLANAR_FRAMES, &given, err);
        if (!st && given)
            st = advance(p, AM_PLANAR_FRAMES, &silence, err);
        if (!st && at + given > p->first && at < p->first + p->count) {
            shift(p, given);
            add_up(p, at, given, gain, seconds, rate);
        }
        at += given;
    }
    return st;
}

static double sum_of(const second_sums *seconds, size_t count, size_t offset)
{
    double sum = 0.0;

    for (size_t i = 0; i < count; i++)
        sum += *(const double *)((const char *)&seconds[i] + offset);
    return sum;
}

static double ratio_db(double part, double whole) { return part > 0.0 && whole > 0.0 ? fmax(10.0 * log10(part / whole), floor_db) : floor_db; }

/* The seconds with most left, a few seconds apart; the residual of those taken is set aside. */
static void find_places(am_comparison *c, second_sums *seconds, size_t count, double mean_power)
{
    while (c->place_count < AM_MAX_PLACES) {
        size_t best = 0;

        for (size_t i = 1; i < count; i++)
            best = seconds[i].residual > seconds[best].residual ? i : best;
        if (!(seconds[best].residual > 0.0))
            return;
        c->places[c->place_count++] = (am_place){ (double)best, ratio_db(seconds[best].residual, mean_power) };
        for (size_t i = best < APART_S ? 0 : best - APART_S + 1; i < count && i < best + APART_S; i++)
            seconds[i].residual = 0.0;
    }
}

static void draw_residual(am_comparison *c, const second_sums *seconds, size_t count, double mean_power)
{
    am_compare_line *t = &c->timeline;
    const size_t slice = (size_t)t->slice_s;
    const double first_s = fmax(-c->lag_s, 0.0), last_s = first_s + c->overlap_s;

    for (size_t i = 0; i < t->count; i++) {
        double sum = 0.0;
        size_t held = 0;

        for (size_t k = i * slice; k < (i + 1) * slice && k < count; k++) {
            if ((double)(k + 1) <= first_s || (double)k >= last_s)
                continue;
            sum += seconds[k].residual;
            held++;
        }
        t->residual_db[i] = held ? (float)ratio_db(sum / (double)held, mean_power) : NAN;
    }
}

static am_status measure_residual(am_comparison *c, am_reader *const reader[2], const am_lag *lag, const am_allocator *allocator, am_error *err)
{
    const double rate = c->analysis[0].sample_rate_hz;
    const size_t count = (size_t)(c->analysis[0].duration_s) + 2;
    second_sums *seconds = am_acquire(allocator, count, sizeof *seconds);
    pairing p = { .reader = reader, .first = lag->first, .count = lag->count };
    double gain = 0.0, whole;
    am_status st = seconds ? open_pairing(&p, lag->frames, allocator, err) : am_fail(err, AM_ERR_NOMEM, "out of memory");

    if (!st)
        st = pass(&p, 1.0, seconds, count, rate, err);
    if (!st) {
        const double second = sum_of(seconds, count, offsetof(second_sums, second));

        gain = second > 0.0 ? sum_of(seconds, count, offsetof(second_sums, cross)) / second : 0.0;
        gain = fabs(gain - 1.0) < 1e-9 ? 1.0 : gain;
        st = pass(&p, gain, seconds, count, rate, err);
    }
    if (!st) {
        whole = sum_of(seconds, count, offsetof(second_sums, first));
        c->gain_db = am_db_from_gain(fabs(gain));
        c->inverted = gain < 0.0;
        c->residual_db = ratio_db(sum_of(seconds, count, offsetof(second_sums, residual)), whole);
        draw_residual(c, seconds, count, whole / c->overlap_s);
        find_places(c, seconds, count, whole / c->overlap_s);
    }
    close_pairing(&p, allocator);
    am_forget(allocator, seconds);
    return st;
}

static am_status compare_samples(am_comparison *c, am_reader *const reader[2], const am_allocator *allocator, am_error *err)
{
    const uint64_t frames[2] = { c->analysis[0].frames, c->analysis[1].frames };
    am_lag lag;
    am_status st;

    if (c->source[0].rate_hz != c->source[1].rate_hz)
        (void)snprintf(c->reason, sizeof c->reason, "the rates differ");
    else if (c->source[0].channels > 2 || c->source[1].channels > 2)
        (void)snprintf(c->reason, sizeof c->reason, "more than two channels");
    if (c->reason[0])
        return AM_OK;
    st = am_lag_find(reader, frames, allocator, &lag, err);
    if (st)
        return st;
    if (!lag.found) {
        (void)snprintf(c->reason, sizeof c->reason, "no alignment was found, at any lag: different recordings, speeds or edits");
        return AM_OK;
    }
    c->aligned = true;
    c->lag_s = lag.frames / c->source[0].rate_hz;
    c->overlap_s = (double)lag.count / c->source[0].rate_hz;
    draw_timeline(c);
    return measure_residual(c, reader, &lag, allocator, err);
}

am_status am_compare_files(const char *first, const char *second, const am_options *options, am_comparison *out, am_error *err)
{
    am_run run;
    am_measurement *files = NULL;
    am_reader *reader[2] = { NULL, NULL };
    am_status st;

    if (!first || !second || !out)
        return am_fail(err, AM_ERR_RANGE, "am_compare_files: a path or out is NULL");
    st = am_run_init(&run, options, err);
    if (st)
        return st;
    files = am_acquire(run.options.allocator, 2, sizeof *files);
    if (!files)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    for (int i = 0; i < 2; i++) {
        files[i].path = i ? second : first;
        files[i].keep = true;
    }
    st = am_measure_all(&run, "analyse", files, 2, err);
    for (int i = 0; i < 2 && !st; i++)
        st = am_measure_usable(&files[i], err);
    if (!st) {
        memset(out, 0, sizeof *out);
        out->struct_version = 1;
        out->lag_s = out->overlap_s = out->gain_db = out->residual_db = NAN;
        for (int i = 0; i < 2; i++) {
            out->source[i] = files[i].source;
            out->analysis[i] = files[i].analysis;
            reader[i] = files[i].reader;
        }
        compare_analyses(out);
        draw_timeline(out);
        st = compare_samples(out, reader, run.options.allocator, err);
    }
    for (int i = 0; i < 2; i++)
        am_reader_close(files[i].reader);
    am_forget(run.options.allocator, files);
    return st;
}
