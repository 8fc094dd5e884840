#include "render/limiter.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/explog.h"
#include "dsp/limitgain.h"
#include "dsp/simd.h"
#include "dsp/truepeak.h"

enum {
    CHANNELS = 2,
    CHUNK = 1024,                   /* frames processed together, whatever the pushes */
    AHEAD = AM_TRUEPEAK_HALF + 8,   /* frames that must have arrived behind one that is detected: whole steps */
    STAGES = 3,                     /* the limiter and two guards that measure what it made */
    BINS = 4096                     /* of reduction, 0.01 dB each */
};

static const double loud = 0.01;    /* -40 dBFS: statistics of the reduction count from here on */
static const double sample_limit = 1e30;

/* A guard sees what the moving gain of the stage before it added between samples: a few thousandths of a dB, rarely more. */
static const am_limiter guard_times = {
    .lookahead_ms = 0.7, .hold_ms = 0.0, .release_ms = 5.0, .sustain_attack_ms = 80.0, .sustain_release_ms = 400.0, .sustain = 0.0
};
static const double guard_emphasis = 1.15;
static const double guard_memory_s = 1.0;   /* in a fifth of it 100 neper at that release become less than the least reduction there is */

typedef struct stage {
    am_limitgain *gain;
    double target;                  /* linear */
    double emphasis;                /* factor on the reduction asked for */
    size_t step;                    /* frames to a gain step */
    size_t delay;                   /* frames from in to out */
    size_t kept;                    /* frames of the past that are kept: delay, and what the detector reads */
    float *history[CHANNELS];       /* kept frames, CHUNK new ones */
    float *peaks;                   /* of each step of the history, AHEAD late */
    float required;                 /* of the step before */
    float linear;                   /* gain at the start of the next frame to leave */
} stage;

typedef struct trace {
    uint32_t count;
    double slice_frames;
    uint64_t position;              /* frames that left the first stage, its delay included */
    uint64_t histogram[BINS];
    double deepest;                 /* linear gain */
    uint64_t deepest_at;
    float slices[AM_OVERVIEW];      /* deepest linear gain */
} trace;

struct am_lookahead {
    const am_allocator *allocator;
    uint32_t channels;
    double rate_hz;
    bool limits, finished;
    float drive, trim;
    stage stages[STAGES];
    size_t delay;                   /* of all stages, in frames */
    uint64_t taken, given;          /* frames pushed, frames ready for pull or pulled */
    uint64_t unseen;                /* frames that must have come before the guards are needed */
    size_t skip;                    /* frames of the delay still to be dropped */
    size_t filled;                  /* of the chunk */
    float *chunk[CHANNELS];
    float *ready[CHANNELS];         /* for pull */
    size_t ready_first, ready_count, ready_room;
    trace trace;
};

/* ------------------------------------------------------------------ stages */

static am_status open_stage(stage *s, const am_limiter *times, uint32_t channels, double rate_hz, double target, double emphasis,
                            const am_allocator *allocator, am_error *err)
{
    am_status st;

    s->target = target;
    s->emphasis = emphasis;
    s->step = rate_hz >= 32000.0 ? 8 : 4;
    s->linear = 1.0f;
    st = am_limitgain_open(times, rate_hz / (double)s->step, allocator, &s->gain, err);
    if (st)
        return st;
    s->delay = AHEAD + (am_limitgain_latency(s->gain) + 1) * s->step;
    s->kept = s->delay < 2 * AHEAD ? 2 * AHEAD : s->delay;
    for (uint32_t c = 0; c < channels; c++) {
        s->history[c] = am_acquire(allocator, s->kept + CHUNK, sizeof(float));
        if (!s->history[c])
            return am_fail(err, AM_ERR_NOMEM, "out of memory for the limiter");
    }
    s->peaks = am_acquire(allocator, (s->kept + CHUNK) / s->step, sizeof(float));
    return s->peaks ? AM_OK : am_fail(err, AM_ERR_NOMEM, "out of memory for the limiter");
}

static void close_stage(stage *s, const am_allocator *allocator)
{
    am_limitgain_close(s->gain);
    for (int c = 0; c < CHANNELS; c++)
        am_forget(allocator, s->history[c]);
    am_forget(allocator, s->peaks);
}

/* What a step asks for, and the step before it: the gain is joined by straight lines from step to step. */
AM_CLONES
static void require(stage *s, const float *peaks, float *required, size_t steps)
{
    const float target = (float)s->target, emphasis = (float)s->emphasis;
    float own[CHUNK / 4 + 1];

    own[0] = s->required;
    for (size_t i = 0; i < steps; i++)
        own[i + 1] = peaks[i] > target ? emphasis * am_logf(target / peaks[i]) : 0.0f;
    for (size_t i = 0; i < steps; i++)
        required[i] = own[i] < own[i + 1] ? own[i] : own[i + 1];
    s->required = own[steps];
}

AM_CLONES
static void gains_of(const float *restrict neper, float *restrict gains, size_t steps)
{
    for (size_t i = 0; i < steps; i++)
        gains[i] = neper[i] < 0.0f ? am_expf(neper[i]) : 1.0f;
}

/* One step: the gain goes from first to last in a straight line. */
static inline void apply_step(const float *in, float *out, size_t step, float first, float last)
{
    const float slope = (last - first) / (float)step;

    for (size_t k = 0; k < step; k++)
        out[k] = in[k] * (first + slope * (float)k);
}

AM_CLONES
static void apply(const float *in, float *out, size_t steps, size_t step, float first, const float *gains)
{
    for (size_t i = 0; i < steps; first = gains[i], i++) {
        size_t plain = 0;

        while (first == 1.0f && i + plain < steps && gains[i + plain] == 1.0f)
            plain++;
        if (plain) {
            memcpy(out + i * step, in + i * step, plain * step * sizeof *out);
            i += plain - 1;
        } else if (step == 8) {
            apply_step(in + i * step, out + i * step, 8, first, gains[i]);
        } else {
            apply_step(in + i * step, out + i * step, step, first, gains[i]);
        }
    }
}

/* CHUNK frames in, CHUNK frames out, delay frames later; blind: as if there were no peaks. gains[0] is where the first step starts, gains[i + 1] where step i ends. */
static void run_stage(stage *s, float *const *chunk, uint32_t channels, bool blind, float *gains)
{
    const size_t steps = CHUNK / s->step, kept_steps = s->kept / s->step;
    float *peaks = s->peaks + kept_steps;
    float required[CHUNK / 4];

    memmove(s->peaks, s->peaks + steps, kept_steps * sizeof *peaks);
    memset(peaks, 0, steps * sizeof *peaks);
    for (uint32_t c = 0; c < channels; c++) {
        memmove(s->history[c], s->history[c] + CHUNK, s->kept * sizeof(float));
        memcpy(s->history[c] + s->kept, chunk[c], CHUNK * sizeof(float));
        if (!blind)
            am_truepeak_detect(s->history[c] + s->kept - AHEAD, CHUNK, s->step, (float)s->target, peaks);
    }
    require(s, peaks, required, steps);
    am_limitgain_process(s->gain, required, required, steps);
    gains[0] = s->linear;
    gains_of(required, gains + 1, steps);
    s->linear = gains[steps];
    for (uint32_t c = 0; c < channels; c++)
        apply(s->history[c] + s->kept - s->delay, chunk[c], steps, s->step, gains[0], gains + 1);
}

/* ------------------------------------------------------------------ trace */

static void note_step(trace *t, double frame, double gain, bool counts)
{
    const double hundredths = -868.5889638065036 * (double)am_logf((float)gain);    /* of a dB */
    const size_t slice = t->slice_frames > 0.0 ? (size_t)(frame / t->slice_frames) : 0;

    if (counts)
        t->histogram[hundredths < BINS - 1 ? (size_t)(hundredths + 0.5) : BINS - 1]++;
    if (gain < t->deepest) {
        t->deepest = gain;
        t->deepest_at = (uint64_t)frame;
    }
    if (slice < t->count && (float)gain < t->slices[slice])
        t->slices[slice] = (float)gain;
}

static void note_chunk(am_lookahead *limiter, const float *gains)
{
    const stage *s = &limiter->stages[0];
    trace *t = &limiter->trace;
    const size_t steps = CHUNK / s->step, late = (s->kept - s->delay + AHEAD) / s->step;

    for (size_t i = 0; i < steps; i++, t->position += s->step) {
        const bool inside = t->position >= s->delay && t->position < s->delay + limiter->taken;

        if (!inside)
            continue;
        if (gains[i] == 1.0f && gains[i + 1] == 1.0f)
            t->histogram[0] += s->peaks[i + late] > (float)loud;
        else
            note_step(t, (double)(t->position - s->delay), (double)(gains[i] < gains[i + 1] ? gains[i] : gains[i + 1]),
                      s->peaks[i + late] > (float)loud);
    }
}

static double histogram_db(const trace *t, double share)
{
    uint64_t total = 0, sum = 0;

    for (int i = 0; i < BINS; i++)
        total += t->histogram[i];
    for (int i = 0; i < BINS; i++) {
        sum += t->histogram[i];
        if (total && (double)sum >= share * (double)total)
            return i * 0.01;
    }
    return 0.0;
}

void am_lookahead_unseen(am_lookahead *limiter, uint64_t frames)
{
    const uint64_t memory = (uint64_t)(guard_memory_s * limiter->rate_hz) + limiter->delay;

    limiter->unseen = frames > memory ? frames - memory : 0;
}

void am_lookahead_trace(am_lookahead *limiter, uint32_t count, double slice_frames)
{
    limiter->trace.count = count < AM_OVERVIEW ? count : AM_OVERVIEW;
    limiter->trace.slice_frames = slice_frames;
}

void am_lookahead_traced(const am_lookahead *limiter, am_limiter_trace *out)
{
    const trace *t = &limiter->trace;

    *out = (am_limiter_trace){ .count = t->count };
    for (uint32_t i = 0; i < t->count; i++)
        out->reduction_db[i] = t->slices[i] < 1.0f ? (float)-am_db_from_gain((double)t->slices[i]) : 0.0f;
    out->p50_db = histogram_db(t, 0.50);
    out->p95_db = histogram_db(t, 0.95);
    out->max_db = t->deepest < 1.0 ? -am_db_from_gain(t->deepest) : 0.0;
    out->max_s = (double)t->deepest_at / limiter->rate_hz;
}

/* ------------------------------------------------------------------ stream */

/* What the 48-tap kernel misses where a piece has much above 0.45 of the rate (0.011 dB measured), and what the word length adds: six
 * times the error of the dither used, which is 0.5 steps rms, or 1.1 (and room) under the noise shaper. */
static double margin(const am_plan *plan)
{
    const double lsb = plan->bits < 32 ? ldexp(1.0, 1 - (int)plan->bits) : 0.0;

    return 1.5e-3 * am_gain_from_db(plan->limiter.ceiling_dbtp) + lsb * (plan->dither == AM_DITHER_SHAPED ? 9.0 : 3.0);
}

static am_status open_stages(am_lookahead *limiter, const am_plan *plan, am_error *err)
{
    const double target = am_gain_from_db(plan->limiter.ceiling_dbtp) - margin(plan);

    for (int k = 0; k < STAGES; k++) {
        const am_status st = open_stage(&limiter->stages[k], k ? &guard_times : &plan->limiter, limiter->channels, limiter->rate_hz,
                                        target, k ? guard_emphasis : 1.0, limiter->allocator, err);

        if (st)
            return st;
        limiter->delay += limiter->stages[k].delay;
    }
    limiter->skip = limiter->delay;
    return AM_OK;
}

static am_status open_chunk(am_lookahead *limiter, am_error *err)
{
    for (uint32_t c = 0; c < limiter->channels; c++) {
        limiter->chunk[c] = am_acquire(limiter->allocator, CHUNK, sizeof(float));
        if (!limiter->chunk[c])
            return am_fail(err, AM_ERR_NOMEM, "out of memory for the limiter");
    }
    return AM_OK;
}

am_status am_lookahead_open(uint32_t channels, const am_plan *plan, const am_allocator *allocator, am_lookahead **out, am_error *err)
{
    am_lookahead *limiter;
    am_status st;

    assert(channels >= 1 && channels <= CHANNELS);
    limiter = am_acquire(allocator, 1, sizeof *limiter);
    if (!limiter)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the limiter");
    limiter->allocator = allocator;
    limiter->channels = channels;
    limiter->rate_hz = (double)plan->rate_hz;
    limiter->limits = plan->limiter.enabled;
    limiter->drive = (float)am_gain_from_db(plan->drive_db);
    limiter->trim = (float)am_gain_from_db(plan->trim_db);
    limiter->trace.deepest = 1.0;
    for (int i = 0; i < AM_OVERVIEW; i++)
        limiter->trace.slices[i] = 1.0f;
    st = open_chunk(limiter, err);
    if (!st && limiter->limits)
        st = open_stages(limiter, plan, err);
    if (st)
        am_lookahead_close(limiter);
    else
        *out = limiter;
    return st;
}

static am_status make_room(am_lookahead *limiter, size_t frames, am_error *err)
{
    const size_t needed = limiter->ready_count + frames;

    if (limiter->ready_first + needed <= limiter->ready_room)
        return AM_OK;
    for (uint32_t c = 0; c < limiter->channels && limiter->ready_count; c++)
        memmove(limiter->ready[c], limiter->ready[c] + limiter->ready_first, limiter->ready_count * sizeof(float));
    limiter->ready_first = 0;
    if (needed <= limiter->ready_room)
        return AM_OK;
    for (uint32_t c = 0; c < limiter->channels; c++) {
        float *grown = am_grow(limiter->allocator, limiter->ready[c], limiter->ready_count, 2 * needed, sizeof(float));

        if (!grown)
            return am_fail(err, AM_ERR_NOMEM, "out of memory for the limiter's output");
        limiter->ready[c] = grown;
    }
    limiter->ready_room = 2 * needed;
    return AM_OK;
}

/* Hand the first frames of the chunk on, without what is before the first or behind the last frame of the signal. */
static am_status deliver(am_lookahead *limiter, size_t frames, am_error *err)
{
    const size_t first = limiter->skip < frames ? limiter->skip : frames;
    size_t count = frames - first;
    am_status st;

    limiter->skip -= first;
    if (count > limiter->taken - limiter->given)
        count = (size_t)(limiter->taken - limiter->given);
    if (!count)
        return AM_OK;
    st = make_room(limiter, count, err);
    if (st)
        return st;
    for (uint32_t c = 0; c < limiter->channels; c++) {
        float *to = limiter->ready[c] + limiter->ready_first + limiter->ready_count;

        for (size_t i = 0; i < count; i++)
            to[i] = limiter->chunk[c][first + i] * limiter->trim;
    }
    limiter->ready_count += count;
    limiter->given += count;
    return AM_OK;
}

static am_status run_chunk(am_lookahead *limiter, am_error *err)
{
    float gains[CHUNK / 4 + 1];
    const size_t frames = limiter->filled;
    const bool unseen = limiter->taken < limiter->unseen;

    limiter->filled = 0;
    if (!limiter->limits)
        return deliver(limiter, frames, err);
    for (int k = 0; k < STAGES; k++) {
        run_stage(&limiter->stages[k], limiter->chunk, limiter->channels, k > 0 && unseen, gains);
        if (k == 0 && unseen)
            limiter->trace.position += CHUNK;
        else if (k == 0)
            note_chunk(limiter, gains);
    }
    return deliver(limiter, CHUNK, err);
}

static float driven(float sample, float drive)
{
    const float y = sample * drive;

    return y > (float)sample_limit ? (float)sample_limit : y < -(float)sample_limit ? -(float)sample_limit : y;
}

am_status am_lookahead_push(am_lookahead *limiter, const float *const *channels, size_t frames, am_error *err)
{
    am_status st = AM_OK;

    if (limiter->finished)
        return am_fail(err, AM_ERR_STATE, "limiter: push after finish");
    for (size_t done = 0; done < frames && !st;) {
        const size_t room = CHUNK - limiter->filled;
        const size_t count = frames - done < room ? frames - done : room;

        for (uint32_t c = 0; c < limiter->channels; c++) {
            for (size_t i = 0; i < count; i++)
                limiter->chunk[c][limiter->filled + i] = driven(channels[c][done + i], limiter->drive);
        }
        limiter->filled += count;
        limiter->taken += count;
        done += count;
        if (limiter->filled == CHUNK)
            st = run_chunk(limiter, err);
    }
    return st;
}

am_status am_lookahead_finish(am_lookahead *limiter, am_error *err)
{
    am_status st = AM_OK;

    limiter->finished = true;
    if (!limiter->limits)
        return run_chunk(limiter, err);
    while (limiter->given < limiter->taken && !st) {
        for (uint32_t c = 0; c < limiter->channels; c++)
            memset(limiter->chunk[c] + limiter->filled, 0, (CHUNK - limiter->filled) * sizeof(float));
        st = run_chunk(limiter, err);
    }
    return st;
}

am_status am_lookahead_pull(am_lookahead *limiter, float *const *channels, size_t capacity, size_t *given)
{
    const size_t count = capacity < limiter->ready_count ? capacity : limiter->ready_count;

    for (uint32_t c = 0; c < limiter->channels && count; c++)
        memcpy(channels[c], limiter->ready[c] + limiter->ready_first, count * sizeof(float));
    limiter->ready_first += count;
    limiter->ready_count -= count;
    *given = count;
    return AM_OK;
}

void am_lookahead_close(am_lookahead *limiter)
{
    if (!limiter)
        return;
    for (int k = 0; k < STAGES; k++)
        close_stage(&limiter->stages[k], limiter->allocator);
    for (int c = 0; c < CHANNELS; c++) {
        am_forget(limiter->allocator, limiter->chunk[c]);
        am_forget(limiter->allocator, limiter->ready[c]);
    }
    am_forget(limiter->allocator, limiter);
}
