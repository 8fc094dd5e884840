#include "match/loudplan.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "match/quickplan.h"
#include "match/simulate.h"

enum { FRAME = 32, BINS = 1201 };   /* blocks to a frame; of distortion, 0.1 dB each from 0 down */

static const double still_db = -120.0, least_bend_db = 0.5;

/* Distortion of a moving gain: of each frame, what is left of it after its best steady gain. */
typedef struct watch {
    const am_blocks *blocks;
    double drive;
    size_t filled;
    double in[FRAME], out[FRAME];   /* powers */
    uint32_t histogram[BINS], total;
} watch;

/* Residue sum p (g - mean g)^2 with p the power and the mean weighed by it, against sum p g^2. */
static void close_frame(watch *w)
{
    double power = 0.0, weighed = 0.0, out = 0.0, residue;

    for (size_t i = 0; i < w->filled; i++) {
        power += w->in[i];
        weighed += sqrt(w->in[i] * w->out[i]);
        out += w->out[i];
    }
    w->filled = 0;
    if (!(out > am_power_from_lufs(-50.0) * FRAME))
        return;
    residue = (out - weighed * weighed / power) / out;
    w->histogram[residue > 1e-12 ? (size_t)am_clamp(-10.0 * am_db_from_power(residue), 0.0, BINS - 1) : BINS - 1]++;
    w->total++;
}

static void listen(void *context, size_t block, double peak, double power)
{
    watch *w = context;
    float in;

    (void)peak;
    am_blocks_read(w->blocks, block, 1, NULL, &in);
    w->in[w->filled] = (double)in * w->drive * w->drive;
    w->out[w->filled] = power;
    if (++w->filled == FRAME)
        close_frame(w);
}

/* Exceeded 5 % of the time */
static double deep_db(const watch *w)
{
    double sum = 0.0;

    for (int i = 0; i < BINS; i++) {
        sum += (double)w->histogram[i];
        if (w->total && sum >= 0.05 * (double)w->total)
            return i < BINS - 1 ? -0.1 * i : still_db;
    }
    return still_db;
}

static am_status cost(const am_analysis *before, const am_blocks *blocks, const am_clip *clip, am_limiter limiter, const am_allocator *allocator,
                      am_loudcurve_step *step, am_error *err)
{
    watch w = { .blocks = blocks };
    am_features features = { 0 };
    am_drive drive;
    am_status st;

    am_quickplan_reset(before, &limiter);
    st = am_drive_solve(blocks, clip, &limiter, step->loudness_lufs, 0.0, allocator, &drive, err);
    if (!st)
        st = am_quickplan_drive(blocks, clip, &limiter, step->loudness_lufs, 0.0, allocator, &drive, err);
    if (!st)
        st = am_simulation_limit(blocks, clip, &limiter, drive.drive_db, allocator, &features, err);
    w.drive = am_gain_from_db(drive.drive_db);
    if (!st)
        st = am_drive_trace(blocks, clip, &limiter, drive.drive_db, allocator, listen, &w, err);
    if (st)
        return st;
    step->reached_lufs = drive.integrated_lufs;
    step->reached = drive.end == AM_DRIVE_REACHED;
    step->drive_db = drive.drive_db;
    step->limiter_p50_db = drive.p50_db;
    step->limiter_p95_db = drive.p95_db;
    step->limiter_max_db = drive.max_db;
    step->plr_db = features.plr_db;
    step->psr_db = features.psr_db;
    step->distortion_db = deep_db(&w);
    return AM_OK;
}

/* Over the steps that are reached: those beyond cost no more, and give no more. */
static int32_t find_knee(const am_loudcurve *curve)
{
    uint32_t last = 0;
    double most_db = least_bend_db;
    int32_t knee = -1;

    while (last + 1 < curve->count && curve->steps[last + 1].reached)
        last++;
    for (uint32_t i = 1; i < last; i++) {
        const double first_db = curve->steps[0].limiter_p95_db, end_db = curve->steps[last].limiter_p95_db;
        const double below_db = first_db + (end_db - first_db) * i / last - curve->steps[i].limiter_p95_db;

        if (below_db > most_db) {
            most_db = below_db;
            knee = (int32_t)i;
        }
    }
    return knee;
}

am_status am_loudcurve_solve(const am_analysis *before, const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter,
                             const am_allocator *allocator, am_loudcurve *out, am_error *err)
{
    am_status st = AM_OK;

    *out = (am_loudcurve){ .count = AM_LOUDCURVE_STEPS };
    for (uint32_t i = 0; i < out->count && !st; i++) {
        out->steps[i].loudness_lufs = AM_LOUDCURVE_FIRST_LUFS + AM_LOUDCURVE_STEP_LU * i;
        st = cost(before, blocks, clip, *limiter, allocator, &out->steps[i], err);
    }
    out->knee = find_knee(out);
    return st;
}
