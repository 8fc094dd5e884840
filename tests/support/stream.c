#include "tests/support/stream.h"

#include <math.h>
#include <stdlib.h>

#include "base/db.h"
#include "render/front.h"

double stream_uniform(uint64_t *seed, double low, double high)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(*seed >> 11) * 0x1p-53;
}

void stream_noise(uint64_t seed, float *samples, size_t frames, double amplitude)
{
    for (size_t n = 0; n < frames; n++)
        samples[n] = (float)stream_uniform(&seed, -amplitude, amplitude);
}

/* Both machines behind one set of calls */
typedef struct machine {
    am_front *front;
    am_renderer *renderer;
} machine;

static am_status push(machine *m, const float *const *in, size_t frames)
{
    return m->front ? am_front_push(m->front, in, frames, NULL) : am_render_push(m->renderer, in, frames, NULL);
}

static am_status finish(machine *m) { return m->front ? am_front_finish(m->front, NULL) : am_render_finish(m->renderer, NULL); }

static am_status pull(machine *m, float *const *out, size_t capacity, size_t *given)
{
    return m->front ? am_front_pull(m->front, out, capacity, given, NULL) : am_render_pull(m->renderer, out, capacity, given);
}

static size_t block_size(uint64_t *split, size_t most)
{
    const double largest = stream_uniform(split, 0.0, 1.0) < 0.5 ? 20.0 : 3000.0;
    const size_t size = (size_t)stream_uniform(split, 0.0, largest);

    return size < most ? size : most;
}

/* Pull until nothing is ready; with split, now and then leave some behind. */
static am_status drain(machine *m, uint32_t channels, float *const *out, size_t capacity, size_t *total, uint64_t *split, bool all)
{
    size_t given = 1;
    am_status st = AM_OK;

    while (!st && given && *total < capacity && (all || stream_uniform(split, 0.0, 1.0) < 0.8)) {
        float *to[2] = { out[0] + *total, channels > 1 ? out[1] + *total : NULL };
        size_t most = capacity - *total;

        if (*split)
            most = 1 + block_size(split, most - 1);
        st = pull(m, to, most, &given);
        *total += given;
    }
    return st;
}

static size_t run(machine *m, uint32_t channels, const float *const *in, size_t frames, float *const *out, size_t capacity,
                  uint64_t split)
{
    size_t total = 0;
    am_status st = AM_OK;

    for (size_t at = 0, block; !st && at < frames; at += block) {
        const float *from[2] = { in[0] + at, channels > 1 ? in[1] + at : NULL };

        block = split ? block_size(&split, frames - at) : frames;
        st = push(m, from, block);
        if (!st)
            st = drain(m, channels, out, capacity, &total, &split, !split);
    }
    if (!st)
        st = finish(m);
    if (!st)
        st = drain(m, channels, out, capacity, &total, &split, true);
    return st ? SIZE_MAX : total;
}

size_t stream_front(const am_format *format, const am_plan *plan, const am_allocator *allocator, const float *const *in,
                    size_t frames, float *const *out, size_t capacity, uint64_t split)
{
    machine m = { 0 };
    size_t total = SIZE_MAX;

    if (am_front_open(format, plan, allocator, &m.front, NULL) == AM_OK)
        total = run(&m, format->channels, in, frames, out, capacity, split);
    am_front_close(m.front);
    return total;
}

size_t stream_render(const am_format *format, const am_plan *plan, const am_allocator *allocator, const float *const *in,
                     size_t frames, float *const *out, size_t capacity, uint64_t split)
{
    am_options options = { .struct_size = sizeof options, .allocator = allocator };
    machine m = { 0 };
    size_t total = SIZE_MAX;

    if (am_render_open(format, plan, &options, &m.renderer, NULL) == AM_OK)
        total = run(&m, format->channels, in, frames, out, capacity, split);
    am_render_close(m.renderer);
    return total;
}

void stream_tone(const float *samples, size_t frames, double frequency, double *re, double *im)
{
    double sum_re = 0.0, sum_im = 0.0, sum = 0.0;

    for (size_t n = 0; n < frames; n++) {
        const double window = 0.5 - 0.5 * cos(2.0 * M_PI * ((double)n + 0.5) / (double)frames),
                     angle = 2.0 * M_PI * frequency * (double)n;

        sum_re += window * (double)samples[n] * cos(angle);
        sum_im -= window * (double)samples[n] * sin(angle);
        sum += window;
    }
    *re = 2.0 * sum_re / sum;
    *im = 2.0 * sum_im / sum;
}

void stream_kick_and_pad(float *samples, size_t frames, double rate_hz, double kick, double pad)
{
    for (size_t i = 0; i < frames; i++) {
        const double t = (double)i / rate_hz, beat = fmod(t, 0.5), onset = beat < 0.01 ? pow(sin(0.5 * AM_PI * beat / 0.01), 2.0) : 1.0;

        samples[i] = (float)(kick * onset * exp(-12.0 * beat) * sin(2.0 * AM_PI * 55.0 * beat) + pad * sin(2.0 * AM_PI * 1000.0 * t));
    }
}

double stream_pumping_db(const float *samples, size_t frames, double rate_hz)
{
    enum { MOST = 4000 };
    const size_t hop = (size_t)(0.01 * rate_hz), count = frames / hop > 2 ? frames / hop - 2 : 0;
    double level_db[MOST], mean = 0.0, power = 0.0;

    for (size_t i = 0; i < count && i < MOST; i++) {
        double re, im;

        stream_tone(samples + i * hop, 2 * hop, 1000.0 / rate_hz, &re, &im);
        level_db[i] = am_db_from_gain(hypot(re, im));
        mean += level_db[i] / (double)count;
    }
    for (size_t k = 1; 0.01 * (double)count * 8.0 >= (double)k; k++) {
        double re = 0.0, im = 0.0;

        if ((double)k < 0.01 * (double)count)
            continue;
        for (size_t i = 0; i < count; i++) {
            re += (level_db[i] - mean) * cos(2.0 * AM_PI * (double)(k * i) / (double)count) / (double)count;
            im += (level_db[i] - mean) * sin(2.0 * AM_PI * (double)(k * i) / (double)count) / (double)count;
        }
        power += 2.0 * (re * re + im * im);
    }
    return sqrt(power);
}
