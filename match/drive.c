#include "match/drive.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/explog.h"
#include "dsp/limitgain.h"
#include "dsp/softclip.h"
#include "dsp/simd.h"

enum {
    CHUNK = 4096,                   /* blocks decoded together */
    BINS = 4096,                    /* of reduction, 0.01 dB each */
    ROUNDS = 24
};

static const double loud = 0.01;    /* -40 dBFS: reduction counts from here on, as in the limiter's trace */
static const double deep_db = 8.0, least_slope = 0.25, slope_over_db = 0.5;
static const double tolerance_lu = 0.003;
static const double hop_s = 0.1;    /* BS.1770: blocks of 400 ms, four hops long */

typedef struct model {
    const am_blocks *blocks;
    const am_limiter *limiter;
    const am_allocator *allocator;
    am_limitgain *gain;
    bool clips;
    am_softclip clip;
    double target;                  /* linear ceiling less the margin that the renderer keeps */
    size_t hops;                    /* complete ones */
    double block_hops;              /* length of a block */
    double *energy;                 /* of each hop */
    double plain_lufs;              /* without drive and limiter */
    double highest_peak;
    uint64_t histogram[BINS], clipped[BINS];
    double most_clipped;            /* dB */
    double deepest;                 /* neper, <= 0 */
    am_drive_sink sink;             /* NULL: nobody listens behind the limiter */
    void *context;
    float required[CHUNK], peak[CHUNK], power[CHUNK];
} model;

/* ------------------------------------------------------------------ loudness */

/* A block that lies across the border of two hops is shared out by time. */
static void add_energy(model *m, size_t block, double power)
{
    const double length = m->block_hops, start = (double)block * length;
    const size_t hop = (size_t)start;
    const double first = (double)(hop + 1) - start;

    if (hop > m->hops)
        return;
    if (first >= length) {
        m->energy[hop] += power * length;
    } else {
        m->energy[hop] += power * first;
        m->energy[hop + 1] += power * (length - first);
    }
}

static double gated_mean(const model *m, double threshold)
{
    double sum = 0.0, count = 0.0;

    for (size_t hop = 0; hop + 4 <= m->hops; hop++) {
        const double z = 0.25 * ((m->energy[hop] + m->energy[hop + 1]) + (m->energy[hop + 2] + m->energy[hop + 3]));

        if (z > threshold) {
            sum += z;
            count += 1.0;
        }
    }
    return count > 0.0 ? sum / count : 0.0;
}

/* ITU-R BS.1770-5: absolute gate at -70 LUFS, relative gate 10 LU below the mean of what passes it */
static double integrated_lufs(const model *m)
{
    const double absolute = am_power_from_lufs(-70.0);
    const double relative = 0.1 * gated_mean(m, absolute);
    const double mean = gated_mean(m, relative > absolute ? relative : absolute);

    return mean > 0.0 ? am_lufs_from_power(mean) : -HUGE_VAL;
}

/* Music below the gate has no loudness until it is raised: what it would be at the ceiling, and down again. */
static double raised_lufs(model *m, double highest_peak)
{
    const double gain = m->target / highest_peak;

    for (size_t i = 0; i < m->hops + 2; i++)
        m->energy[i] *= gain * gain;
    return integrated_lufs(m) - am_db_from_gain(gain);
}

/* Loudness without drive or limiter, and the highest peak */
static double plain(model *m, double *highest_peak)
{
    const size_t blocks = am_blocks_count(m->blocks);
    double lufs;

    *highest_peak = 0.0;
    memset(m->energy, 0, (m->hops + 2) * sizeof *m->energy);
    for (size_t first = 0; first < blocks; first += CHUNK) {
        const size_t count = blocks - first < CHUNK ? blocks - first : CHUNK;

        am_blocks_read(m->blocks, first, count, m->peak, m->power);
        for (size_t i = 0; i < count; i++) {
            add_energy(m, first + i, (double)m->power[i]);
            *highest_peak = (double)m->peak[i] > *highest_peak ? (double)m->peak[i] : *highest_peak;
        }
    }
    lufs = integrated_lufs(m);
    return isfinite(lufs) || *highest_peak <= 0.0 ? lufs : raised_lufs(m, *highest_peak);
}

/* ------------------------------------------------------------------ prediction */

static am_status open_model(const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter, const am_allocator *allocator, model **out,
                            am_error *err)
{
    const double frames = (double)am_blocks_frames(blocks), rate_hz = am_blocks_rate_hz(blocks);
    model *m = am_acquire(allocator, 1, sizeof *m);
    am_limiter coarse = *limiter;

    *out = m;
    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the loudness solver");
    m->blocks = blocks;
    m->limiter = limiter;
    m->clips = clip && clip->enabled;
    if (m->clips)
        am_softclip_init(&m->clip, am_gain_from_db(limiter->ceiling_dbtp + clip->over_db), clip->knee, clip->range_db);
    m->allocator = allocator;
    m->target = am_gain_from_db(limiter->ceiling_dbtp) * (1.0 - 1.5e-3) - 1e-4;
    m->hops = (size_t)((double)am_blocks_count(blocks) * frames / (rate_hz * hop_s));
    m->block_hops = frames / (rate_hz * hop_s);
    m->energy = am_acquire(allocator, m->hops + 2, sizeof *m->energy);
    if (!m->energy)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the loudness solver");
    m->plain_lufs = plain(m, &m->highest_peak);
    coarse.hold_ms += 0.5 * frames / rate_hz * 1e3;  /* measured: the error over 6 songs at 2, 4, 8 dB goes from +0.012 to -0.002 LU */
    return limiter->enabled ? am_limitgain_open(&coarse, rate_hz / frames, allocator, &m->gain, err) : AM_OK;
}

static void close_model(model *m)
{
    if (!m)
        return;
    am_limitgain_close(m->gain);
    am_forget(m->allocator, m->energy);
    am_forget(m->allocator, m);
}

static void count_clipped(model *m, double by_db, bool counts)
{
    m->clipped[by_db * 100.0 < BINS - 1 ? (size_t)(by_db * 100.0 + 0.5) : BINS - 1] += counts;
    m->most_clipped = by_db > m->most_clipped ? by_db : m->most_clipped;
}

static void require_clipped(model *m, size_t first, size_t count, double drive)
{
    am_blocks_read(m->blocks, first, count, m->peak, NULL);
    for (size_t i = 0; i < count; i++) {
        const double before = (double)m->peak[i] * drive, after = (double)am_softclip_curve(&m->clip, (float)before);

        m->required[i] = after > m->target ? (float)am_log(m->target / after) : 0.0f;
        count_clipped(m, after < before ? am_db_from_gain(before / after) : 0.0, before > loud);
    }
}

static void require(model *m, size_t first, size_t count, double drive)
{
    const float limit = (float)am_log(m->target / drive);

    if (m->clips) {
        require_clipped(m, first, count, drive);
        return;
    }
    am_blocks_read_log(m->blocks, first, count, m->peak);
    for (size_t i = 0; i < count; i++)
        m->required[i] = m->peak[i] > limit ? limit - m->peak[i] : 0.0f;
}

AM_CLONES
static void apply_gains(float *restrict power, float drive, const float *restrict neper, size_t count)
{
    for (size_t i = 0; i < count; i++)
        power[i] *= drive * drive * am_expf(2.0f * neper[i]);
}

static void count_reduction(model *m, float neper, bool counts)
{
    const float hundredths = neper * -868.588964f;      /* 100 * 20 / ln 10 */

    m->histogram[hundredths < BINS - 1 ? (size_t)(hundredths + 0.5f) : BINS - 1] += counts;
    m->deepest = neper < m->deepest ? neper : m->deepest;
}

static double unlimited_peak(const model *m, double peak)
{
    return m->clips ? (double)am_softclip_curve(&m->clip, (float)peak) : peak;
}

/* Gains of steps first .. first + count are in required; they belong to blocks that much earlier as the gain computer is late. */
static void collect(model *m, size_t first, size_t count, double drive)
{
    const size_t late = am_limitgain_latency(m->gain);
    const size_t skip = first < late ? (late - first < count ? late - first : count) : 0;
    const size_t block = first + skip - late;
    const float audible = (float)(loud / drive), *neper = m->required + skip;

    if (skip == count)
        return;
    am_blocks_read(m->blocks, block, count - skip, m->peak, m->power);
    apply_gains(m->power, (float)drive, neper, count - skip);
    for (size_t i = 0; i < count - skip; i++) {
        add_energy(m, block + i, (double)m->power[i]);
        if (m->sink)
            m->sink(m->context, block + i, unlimited_peak(m, (double)m->peak[i] * drive) * am_exp((double)neper[i]), (double)m->power[i]);
        count_reduction(m, neper[i], m->peak[i] > audible);
    }
}

static double histogram_db(const uint64_t *histogram, double share)
{
    uint64_t total = 0, sum = 0;

    for (int i = 0; i < BINS; i++)
        total += histogram[i];
    for (int i = 0; i < BINS; i++) {
        sum += histogram[i];
        if (total && (double)sum >= share * (double)total)
            return i * 0.01;
    }
    return 0.0;
}

/* Peaks up to here pass. */
static double untouched(const model *m)
{
    return m->clips ? fmin(m->target, (double)am_softclip_start(&m->clip)) : m->target;
}

static void predict(model *m, double drive_db, am_drive *out)
{
    const double drive = am_gain_from_db(drive_db);
    const size_t blocks = am_blocks_count(m->blocks), steps = blocks + (m->gain ? am_limitgain_latency(m->gain) : 0);

    *out = (am_drive){ .drive_db = drive_db, .integrated_lufs = m->plain_lufs + drive_db,
                       .true_peak_dbtp = am_db_from_gain(unlimited_peak(m, m->highest_peak * drive)) };
    if (m->gain)
        out->true_peak_dbtp = fmin(out->true_peak_dbtp, m->limiter->ceiling_dbtp);
    if (!m->gain || m->highest_peak * drive <= untouched(m))
        return;
    am_limitgain_reset(m->gain);
    memset(m->energy, 0, (m->hops + 2) * sizeof *m->energy);
    memset(m->histogram, 0, sizeof m->histogram);
    memset(m->clipped, 0, sizeof m->clipped);
    m->most_clipped = 0.0;
    m->deepest = 0.0;
    for (size_t first = 0; first < steps; first += CHUNK) {
        const size_t count = steps - first < CHUNK ? steps - first : CHUNK;
        const size_t real = first < blocks ? (blocks - first < count ? blocks - first : count) : 0;

        memset(m->required, 0, sizeof m->required);
        require(m, first, real, drive);
        am_limitgain_process(m->gain, m->required, m->required, count);
        collect(m, first, count, drive);
    }
    out->integrated_lufs = integrated_lufs(m);
    out->p50_db = histogram_db(m->histogram, 0.50);
    out->p95_db = histogram_db(m->histogram, 0.95);
    out->p99_db = histogram_db(m->histogram, 0.99);
    out->max_db = -m->deepest * 8.685889638065036;
    if (!m->clips)
        return;
    out->clip_p50_db = histogram_db(m->clipped, 0.50);
    out->clip_p95_db = histogram_db(m->clipped, 0.95);
    out->clip_max_db = m->most_clipped;
}

/* What no limiter touches */
static void trace_plain(model *m, double drive)
{
    const size_t blocks = am_blocks_count(m->blocks);

    for (size_t first = 0; first < blocks; first += CHUNK) {
        const size_t count = blocks - first < CHUNK ? blocks - first : CHUNK;

        am_blocks_read(m->blocks, first, count, m->peak, m->power);
        for (size_t i = 0; i < count; i++)
            m->sink(m->context, first + i, (double)m->peak[i] * drive, (double)m->power[i] * drive * drive);
    }
}

am_status am_drive_trace(const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter, double drive_db, const am_allocator *allocator,
                         am_drive_sink sink, void *context, am_error *err)
{
    const double drive = am_gain_from_db(drive_db);
    model *m = NULL;
    am_drive ignored;
    const am_status st = open_model(blocks, clip, limiter, allocator, &m, err);

    if (!st) {
        m->sink = sink;
        m->context = context;
        if (m->gain && m->highest_peak * drive > untouched(m))
            predict(m, drive_db, &ignored);
        else
            trace_plain(m, drive);
    }
    close_model(m);
    return st;
}

am_status am_drive_predict(const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter, double drive_db, const am_allocator *allocator,
                           am_drive *out, am_error *err)
{
    model *m = NULL;
    const am_status st = open_model(blocks, clip, limiter, allocator, &m, err);

    if (!st)
        predict(m, drive_db, out);
    close_model(m);
    return st;
}

/* ------------------------------------------------------------------ solver */

/* Gain at which the highest peak meets the ceiling */
static double free_gain_db(const model *m)
{
    return m->highest_peak > 0.0 ? am_clamp(am_db_from_gain(m->target / m->highest_peak), -80.0, 80.0) : 80.0;
}

bool am_drive_falls_short(const am_drive *drive)
{
    return drive->end == AM_DRIVE_SATURATED || drive->end == AM_DRIVE_TOO_DEEP;
}

/* How far what was predicted is from where a person would stop: >= 0 is sensible, and falls with the drive. Enters why it is not. */
static double sense(model *m, am_drive *at)
{
    am_drive below;
    double slope, shallow, steep;

    predict(m, at->drive_db - slope_over_db, &below);
    slope = (at->integrated_lufs - below.integrated_lufs) / slope_over_db;
    shallow = at->p99_db > 0.0 ? log(deep_db / at->p99_db) : HUGE_VAL;
    steep = log((slope > 1e-6 ? slope : 1e-6) / least_slope);
    at->end = shallow < 0.0 ? AM_DRIVE_TOO_DEEP : steep < 0.0 ? AM_DRIVE_SATURATED : AM_DRIVE_REACHED;
    return shallow < steep ? shallow : steep;
}

static double rounded(double drive_db)
{
    return am_clamp(am_round_to(drive_db, 0.001), -80.0, 80.0);
}

/* The drive that reaches wanted_lufs: from below, with the slope seen last. Loudness grows with drive, at most 1 LU a dB. Ends early
 * where that leads out of what is sensible. */
static void reach(model *m, double wanted_lufs, double start_db, am_drive *at)
{
    double slope = 1.0, before_db = start_db, before_lufs = m->plain_lufs;

    predict(m, rounded(start_db), at);
    for (int round = 1; round < ROUNDS; round++) {
        const double missing = wanted_lufs - at->integrated_lufs;

        if (fabs(missing) < tolerance_lu || (at->p99_db > deep_db && missing > 0.0))
            return;
        if (round > 1 && fabs(at->drive_db - before_db) > 1e-6) {
            slope = (at->integrated_lufs - before_lufs) / (at->drive_db - before_db);
            if (slope < 0.5 * least_slope && missing > 0.0)
                return;
            slope = am_clamp(slope, 0.1, 1.0);
        }
        before_db = at->drive_db;
        before_lufs = at->integrated_lufs;
        if (before_db >= 80.0 || before_db > start_db + 30.0)
            return;
        predict(m, rounded(before_db + missing / slope), at);
    }
}

/* The highest sensible drive below *out, which is not, by excess: false position, the side that stays put being drawn in (Illinois).
 * The reason why it is no more is kept. */
static void back_off(model *m, double excess, am_drive *out)
{
    const double floor_db = free_gain_db(m);
    double low = floor_db < out->drive_db ? floor_db : out->drive_db, high = out->drive_db;
    double room = -log(least_slope), low_room = HUGE_VAL;       /* at the floor the slope is 1 */
    am_drive_end why = out->end;
    am_drive best;

    predict(m, floor(low * 1000.0) / 1000.0, &best);
    while (high - low > 0.05 && low_room > 0.05) {
        const double share = am_clamp(room / (room - excess), 0.1, 0.9);
        am_drive at;
        double found;

        predict(m, rounded(low + share * (high - low)), &at);
        found = sense(m, &at);
        if (found >= 0.0) {
            low = at.drive_db;
            low_room = room = found;
            excess *= 0.5;
            best = at;
        } else {
            high = at.drive_db;
            excess = found;
            room *= 0.5;
            why = at.end;
        }
    }
    *out = best;
    out->end = why;
}

static void solve_limited(model *m, double wanted_lufs, am_drive *out)
{
    double excess;

    reach(m, wanted_lufs, am_clamp(wanted_lufs - m->plain_lufs, -80.0, 80.0), out);
    excess = sense(m, out);
    if (excess < 0.0)
        back_off(m, excess, out);
}

static void solve(model *m, double wanted_lufs, am_drive *out)
{
    const double free_db = free_gain_db(m);
    const bool aims = !isnan(wanted_lufs) && isfinite(m->plain_lufs);
    double gain_db = aims ? wanted_lufs - m->plain_lufs : 0.0;

    if (fabs(gain_db) < 0.02 && free_db >= 0.0)
        gain_db = 0.0;
    if (gain_db <= free_db) {
        predict(m, am_clamp(am_round_to(gain_db, 0.001), -80.0, 80.0), out);
        return;
    }
    if (m->gain && aims) {
        solve_limited(m, wanted_lufs, out);
    } else if (m->gain) {
        predict(m, 0.0, out);
    } else {
        predict(m, floor(free_db * 1000.0) / 1000.0, out);
        out->end = AM_DRIVE_CEILING;
    }
}

am_status am_drive_solve(const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter, double target_lufs, double offset_lu,
                         const am_allocator *allocator, am_drive *out, am_error *err)
{
    model *m = NULL;
    const am_status st = open_model(blocks, clip, limiter, allocator, &m, err);

    if (!st) {
        solve(m, target_lufs - offset_lu, out);
        out->integrated_lufs += offset_lu;
    }
    close_model(m);
    return st;
}

/* ------------------------------------------------------------------ times */

/* Lowest third of an octave within 10 dB of the strongest below 250 Hz */
static double lowest_bass_hz(const am_analysis *before)
{
    const double *level_db = before->mid.power_db;
    double most_db = -HUGE_VAL;
    int band;

    for (band = 0; am_band_hz(band) < 250.0; band++)
        most_db = level_db[band] > most_db ? level_db[band] : most_db;
    for (band = 0; am_band_hz(band) < 250.0; band++) {
        if (level_db[band] >= most_db - 10.0)
            return am_band_hz(band);
    }
    return 250.0;
}

void am_limiter_for(const am_analysis *before, double ceiling_dbtp, am_limiter *out)
{
    const double half_period_ms = 500.0 / lowest_bass_hz(before);

    *out = (am_limiter){
        .enabled = true,
        .ceiling_dbtp = ceiling_dbtp,
        .lookahead_ms = 6.0,
        .hold_ms = am_round_to(am_clamp(half_period_ms - 5.5, 3.0, 9.0), 0.1),
        .release_ms = 80.0,
        .sustain_attack_ms = 80.0,
        .sustain_release_ms = 400.0,
        .sustain = 0.6,
    };
}
