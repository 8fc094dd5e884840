/* fuzz_render.c - any valid plan on any audio: every sample finite and, with the limiter in, none above the ceiling
 *
 * The first bytes choose the plan, the rest are samples.
 */
#include <automaster/automaster.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef struct source {
    const uint8_t *bytes;
    size_t size;
} source;

static double take(source *s, double lo, double hi)
{
    unsigned value = 0;
    for (int i = 0; i < 2 && s->size; i++, s->size--)
        value = value << 8 | *s->bytes++;
    return lo + (hi - lo) * value / 65535.0;
}

static bool choose(source *s)
{
    return take(s, 0, 1) > 0.5;
}

static void choose_eq(source *s, am_eq *eq)
{
    eq->method = (am_eq_method)take(s, 0, 2.99);
    eq->section_count = (uint32_t)take(s, 0, AM_EQ_SECTIONS);
    for (uint32_t i = 0; i < eq->section_count; i++)
        eq->sections[i] = (am_eq_section){ (am_section_kind)take(s, 0, 2.99), take(s, 10, 24000), take(s, -24, 24), take(s, 0.1, 20) };
    for (int k = 0; k < AM_BANDS && eq->method == AM_EQ_CURVE_METHOD; k++)
        eq->curve_db[k] = take(s, -36, 36);
}

static am_plan choose_plan(source *s, double rate_hz)
{
    am_plan plan = { .version = AM_PLAN_VERSION, .rate_hz = (uint32_t)rate_hz, .dither_seed = 1 };
    plan.dc[0] = take(s, -1, 1);
    choose_eq(s, &plan.tone);
    plan.width.enabled = choose(s);
    for (int k = 0; k < AM_BANDS && plan.width.enabled; k++)
        plan.width.side_db[k] = take(s, -48, 12);
    plan.drive_db = take(s, -80, 80);
    plan.limiter = (am_limiter){ choose(s), take(s, -20, 0), take(s, 0.5, 20), take(s, 0, 40), take(s, 5, 2000), take(s, 10, 2000),
                                 take(s, 20, 5000), take(s, 0, 1) };
    plan.trim_db = take(s, -6, 0);
    plan.bits = choose(s) ? 16 : choose(s) ? 24 : 32;
    plan.dither = (am_dither)take(s, 0, 2.99);
    if (choose(s))
        plan.rate_hz = (uint32_t)take(s, 8000, 192000);
    return plan;
}

static void drain(am_renderer *renderer, double limit, size_t *total)
{
    static float left[512], right[512];
    float *const out[2] = { left, right };
    size_t given = 1;
    while (given) {
        if (am_render_pull(renderer, out, 512, &given))
            abort();
        for (size_t i = 0; i < given; i++)
            if (!(fabsf(left[i]) <= limit) || !(fabsf(right[i]) <= limit))
                abort();
        *total += given;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const double rates[] = { 8000, 44100, 48000, 96000 };
    static float left[8192], right[8192];
    source s = { bytes, size };
    const double rate_hz = rates[(size_t)take(&s, 0, 3.99)];
    const am_plan plan = choose_plan(&s, rate_hz);
    const am_format format = { (uint32_t)rate_hz, 2 };
    am_options options;
    am_renderer *renderer = NULL;
    am_error err = { 0 };
    size_t frames = 0, total = 0;

    AM_OPTIONS_INIT(&options);
    if (am_render_open(&format, &plan, &options, &renderer, &err))
        abort();                            /* the plan is within every documented range */
    for (; frames < 8192; frames++) {
        left[frames] = (float)take(&s, -2, 2);
        right[frames] = (float)take(&s, -2, 2);
        if (!s.size)
            s = (source){ bytes, size };
        if (!size)
            break;
    }
    /* A quantiser step above the ceiling is dither's. */
    const double limit = plan.limiter.enabled ? pow(10.0, plan.limiter.ceiling_dbtp / 20.0) + 4.0 / 32768.0 : HUGE_VAL;
    for (size_t at = 0, step; at < frames; at += step) {
        const float *const in[2] = { left + at, right + at };
        step = frames - at < 1000 ? frames - at : 1000;
        if (am_render_push(renderer, in, step, &err))
            abort();
        drain(renderer, limit, &total);
    }
    if (am_render_finish(renderer, &err))
        abort();
    drain(renderer, limit, &total);
    if (fabs((double)total - (double)frames * plan.rate_hz / rate_hz) > 1.5)
        abort();
    am_render_close(renderer);
    return 0;
}
