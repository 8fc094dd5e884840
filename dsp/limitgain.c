#include "dsp/limitgain.h"

#include <assert.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/explog.h"

/* Smoothing sums are integers, so that they neither drift nor depend on history: units of 2^-28 neper. With the longest boxes
 * (20 ms of 48000 steps a second) and a reduction of 100 neper the last sum stays below 2^60. */
static const double units = 268435456.0;
static const double idle_below = 5e-6;      /* neper: reduction that has decayed to this is none */

enum { BOXES = 3 };

typedef struct box {
    int64_t *ring;
    size_t length, at;
    int64_t sum;
} box;

typedef struct extreme {            /* of the deque of the running minimum */
    float value;
    uint64_t step;
} extreme;

struct am_limitgain {
    const am_allocator *allocator;
    size_t window;                  /* steps over which the minimum is taken */
    size_t latency;
    double release;                 /* factors a step */
    double sustain_attack, sustain_release;
    double sustain;
    double scale;                   /* from the last sum to neper */

    /* state */
    uint64_t step;
    size_t deque_first, deque_count;
    extreme *deque;                 /* window + 1 places in a ring; what is not in it is 0 */
    double held, slow;
    box boxes[BOXES];
    int64_t *rings;
};

static size_t steps_of(double ms, double step_hz)
{
    return (size_t)floor(ms * 1e-3 * step_hz + 0.5);
}

/* Three boxes whose cascade is length steps long */
static void divide(size_t length, size_t lengths[BOXES])
{
    const size_t sum = length + BOXES - 1;

    lengths[0] = (size_t)(0.42 * (double)sum + 0.5);
    lengths[1] = (size_t)(0.33 * (double)sum + 0.5);
    lengths[0] = lengths[0] ? lengths[0] : 1;
    lengths[1] = lengths[1] ? lengths[1] : 1;
    lengths[2] = sum > lengths[0] + lengths[1] ? sum - lengths[0] - lengths[1] : 1;
}

static void set_times(am_limitgain *gain, const am_limiter *limiter, double step_hz)
{
    gain->release = am_exp(-1e3 / (limiter->release_ms * step_hz));
    gain->sustain_attack = 1.0 - am_exp(-1e3 / (limiter->sustain_attack_ms * step_hz));
    gain->sustain_release = 1.0 - am_exp(-1e3 / (limiter->sustain_release_ms * step_hz));
    gain->sustain = limiter->sustain;
}

am_status am_limitgain_open(const am_limiter *limiter, double step_hz, const am_allocator *allocator, am_limitgain **out,
                            am_error *err)
{
    const size_t wanted = steps_of(limiter->lookahead_ms, step_hz);
    am_limitgain *gain = am_acquire(allocator, 1, sizeof *gain);
    size_t lengths[BOXES], total = 0;
    double product = units;

    if (!gain)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the limiter");
    gain->allocator = allocator;
    divide(wanted ? wanted : 1, lengths);
    for (int b = 0; b < BOXES; b++) {
        gain->boxes[b].length = lengths[b];
        total += lengths[b];
        product *= (double)lengths[b];
    }
    gain->scale = 1.0 / product;
    gain->latency = total - BOXES;
    gain->window = gain->latency + 1 + steps_of(limiter->hold_ms, step_hz);
    set_times(gain, limiter, step_hz);
    gain->deque = am_acquire(allocator, gain->window + 1, sizeof *gain->deque);
    gain->rings = am_acquire(allocator, total, sizeof *gain->rings);
    if (!gain->deque || !gain->rings) {
        am_limitgain_close(gain);
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the limiter");
    }
    gain->boxes[0].ring = gain->rings;
    for (int b = 1; b < BOXES; b++)
        gain->boxes[b].ring = gain->boxes[b - 1].ring + lengths[b - 1];
    *out = gain;
    return AM_OK;
}

size_t am_limitgain_latency(const am_limitgain *gain)
{
    return gain->latency;
}

/* Smallest of the last window values (D. Lemire, Streaming maximum-minimum filter, 2006: a monotone wedge) */
static float running_minimum(am_limitgain *gain, float value)
{
    const size_t room = gain->window + 1;

    if (gain->deque_count && gain->deque[gain->deque_first].step + gain->window <= gain->step) {
        gain->deque_first = gain->deque_first + 1 == room ? 0 : gain->deque_first + 1;
        gain->deque_count--;
    }
    if (value < 0.0f) {
        size_t end = gain->deque_first + gain->deque_count;

        end = end >= room ? end - room : end;
        while (gain->deque_count) {
            const size_t last = end ? end - 1 : room - 1;

            if (gain->deque[last].value < value)
                break;
            end = last;
            gain->deque_count--;
        }
        gain->deque[end] = (extreme){ .value = value, .step = gain->step };
        gain->deque_count++;
    }
    gain->step++;
    return gain->deque_count ? gain->deque[gain->deque_first].value : 0.0f;
}

/* Down at once, up slowly: towards a share of the slow state, which itself follows sustained reduction. */
static double released(am_limitgain *gain, double minimum)
{
    double floor_level;

    gain->slow += (minimum - gain->slow) * (minimum < gain->slow ? gain->sustain_attack : gain->sustain_release);
    if (minimum == 0.0 && gain->slow > -idle_below)
        gain->slow = 0.0;
    floor_level = gain->sustain * gain->slow;
    gain->held = floor_level + (gain->held - floor_level) * gain->release;
    if (minimum == 0.0 && gain->held > -idle_below)
        gain->held = floor_level;
    if (gain->held > minimum)
        gain->held = minimum;
    return gain->held;
}

static int64_t pass_box(box *b, int64_t value)
{
    b->sum += value - b->ring[b->at];
    b->ring[b->at] = value;
    b->at = b->at + 1 == b->length ? 0 : b->at + 1;
    return b->sum;
}

static bool idle(const am_limitgain *gain)
{
    return !gain->deque_count && gain->held == 0.0 && gain->slow == 0.0 && !gain->boxes[0].sum && !gain->boxes[1].sum &&
           !gain->boxes[2].sum;
}

/* Rounded down; what floor() does, without a call. */
static inline int64_t floored(double x)
{
    const int64_t whole = (int64_t)x;

    return whole - ((double)whole > x);
}

void am_limitgain_process(am_limitgain *gain, const float *required, float *out, size_t steps)
{
    for (size_t i = 0; i < steps; i++) {
        int64_t sum;

        if (required[i] >= 0.0f && idle(gain)) {
            out[i] = 0.0f;
            continue;
        }
        sum = floored(released(gain, (double)running_minimum(gain, required[i])) * units);
        for (int b = 0; b < BOXES; b++)
            sum = pass_box(&gain->boxes[b], sum);
        out[i] = (float)((double)sum * gain->scale);
    }
}

void am_limitgain_reset(am_limitgain *gain)
{
    size_t total = 0;

    for (int b = 0; b < BOXES; b++) {
        gain->boxes[b].at = 0;
        gain->boxes[b].sum = 0;
        total += gain->boxes[b].length;
    }
    memset(gain->rings, 0, total * sizeof *gain->rings);
    gain->step = 0;
    gain->deque_first = gain->deque_count = 0;
    gain->held = gain->slow = 0.0;
}

void am_limitgain_close(am_limitgain *gain)
{
    if (!gain)
        return;
    am_forget(gain->allocator, gain->deque);
    am_forget(gain->allocator, gain->rings);
    am_forget(gain->allocator, gain);
}
