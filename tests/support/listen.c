#include "tests/support/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/listener.h"
#include "base/db.h"
#include "tests/support/music.h"

float *listen_buffer(size_t frames)
{
    float *buffer = calloc(frames ? frames : 1, sizeof *buffer);

    assert_non_null(buffer);
    return buffer;
}

void listen(const float *const *channels, uint32_t count, size_t frames, uint32_t rate_hz, size_t block, am_analysis *out)
{
    const am_format format = { .rate_hz = rate_hz, .channels = count };
    am_analyzer *analyzer = NULL;
    am_error err = { 0 };

    memset(out, 0, sizeof *out);
    if (am_analyze_open(&format, NULL, &analyzer, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < frames;) {
        const size_t part = block && block < frames - i ? block : frames - i;
        const float *rest[8];

        for (uint32_t c = 0; c < count; c++)
            rest[c] = channels[c] + i;
        if (am_analyze_push(analyzer, rest, part, &err))
            fail_msg("%s", err.message);
        i += part;
    }
    if (am_analyze_finish(analyzer, out, &err))
        fail_msg("%s", err.message);
    am_analyze_close(analyzer);
}

void listen_stereo(const float *left, const float *right, size_t frames, uint32_t rate_hz, am_analysis *out)
{
    const float *channels[2] = { left, right };

    listen(channels, 2, frames, rate_hz, 0, out);
}

/* Three leaky integrators over white noise make it pink enough. */
static double pink(music_random *random, double *state)
{
    const double white = music_uniform(random, -1.0, 1.0);

    state[0] = 0.998 * state[0] + 0.05 * white;
    state[1] = 0.963 * state[1] + 0.15 * white;
    state[2] = 0.57 * state[2] + 0.55 * white;
    return 0.2 * (state[0] + state[1] + state[2] + 0.1 * white);
}

int listen_state(void **state, size_t bytes)
{
    *state = calloc(1, bytes);
    return *state ? 0 : -1;
}

int listen_drop(void **state)
{
    free(*state);
    return 0;
}

void listen_noise(float *left, float *right, size_t frames, uint32_t rate_hz, uint64_t seed)
{
    music_random random = { 2 * seed + 1 };
    double a[3] = { 0 }, b[3] = { 0 };

    for (size_t i = 0; i < frames; i++) {
        const double beat = 0.2 + 0.8 * exp(-6.0 * fmod((double)i / rate_hz, 0.5)), mid = pink(&random, a), side = pink(&random, b);

        left[i] = (float)(beat * (mid + 0.5 * side));
        right[i] = (float)(beat * (mid - 0.5 * side));
    }
}

void check_near(const char *what, double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s: got %.6f, expected %.6f +- %g", what, value, expected, tolerance);
}

am_blocks *listen_blocks(const float *left, const float *right, size_t frames, uint32_t rate_hz)
{
    const am_format format = { .rate_hz = rate_hz, .channels = 2 };
    const float *channels[2] = { left, right };
    am_blocks *blocks = NULL;
    am_listener *listener = NULL;

    assert_int_equal(am_blocks_open(rate_hz, NULL, &blocks, NULL), AM_OK);
    assert_int_equal(am_listener_open(&format, 0.1, blocks, NULL, &listener, NULL), AM_OK);
    assert_int_equal(am_listener_push(listener, channels, frames, NULL), AM_OK);
    assert_int_equal(am_listener_finish(listener, NULL), AM_OK);
    am_listener_close(listener);
    return blocks;
}
