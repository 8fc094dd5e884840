/* fuzz_render.c - any bytes, read as a plan within its ranges, a format and audio, through am_render_* */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/plan_check.h"

typedef struct source {
    const uint8_t *bytes;
    size_t left;
} source;

static uint32_t take(source *s, size_t count)
{
    uint32_t value = 0;

    for (; count && s->left; count--, s->left--)
        value = value << 8 | *s->bytes++;
    return value;
}

/* A value on the grid of the field: its ends now and then, anything between otherwise */
static double take_value(source *s, const am_field *field)
{
    const uint32_t pick = take(s, 2);
    double value = field->low + (field->high - field->low) * pick / 65535.0;

    if (isnan(field->low))
        return 0.0;
    if (field->step > 0.0)
        value = field->low + floor((value - field->low) / field->step) * field->step;
    return value > field->high ? field->high : value;
}

static void take_plan(source *s, am_plan *plan)
{
    am_plan_neutral(plan, 44100);
    for (size_t k = 0; k < am_plan_field_count; k++) {
        const am_field *field = &am_plan_fields[k];
        const uint32_t how = take(s, 1); /* arrays: all alike, a wave, or each its own */

        for (size_t i = 0; i < field->count && how % 4 != 3; i++) {
            double value = how % 4 == 0 || i == 0 ? take_value(s, field) : am_field_get(field, plan, 0);

            if (how % 4 == 2 && field->step == 0.0 && !isnan(field->low))
                value = field->low + (field->high - field->low) * (0.5 + 0.5 * sin((double)i * (double)(how >> 2) * 0.1));
            am_field_set(field, plan, i, value);
        }
    }
}

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void pull_all(am_renderer *r, const am_plan *plan, uint32_t channels, size_t *total)
{
    float left[700], right[700];
    float *const to[2] = { left, right };
    const double scale = ldexp(1.0, (int)plan->bits - 1);
    size_t given;

    do {
        check(am_render_pull(r, to, 1 + *total % 700, &given) == AM_OK);
        for (uint32_t c = 0; c < channels; c++)
            for (size_t n = 0; n < given; n++) {
                check(isfinite(to[c][n]));
                check(plan->bits == 32 || (double)to[c][n] * scale == rint((double)to[c][n] * scale));
            }
        *total += given;
    } while (given);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint32_t rates[] = { 8000, 11025, 22050, 44100, 48000, 88200, 96000, 192000 };
    static const float amplitudes[] = { 0.0f, 1e-40f, 1e-6f, 0.3f, 1.0f, 10.0f, 1e6f };
    source s = { bytes, size };
    am_format format;
    am_plan plan;
    am_renderer *r = NULL;
    size_t total = 0, pushed = 0;

    take_plan(&s, &plan);
    format = (am_format){ rates[take(&s, 1) % 8], 1 + take(&s, 1) % 2 };
    if (take(&s, 1) % 2)
        plan.rate_hz = rates[take(&s, 1) % 8];
    if ((double)plan.rate_hz / format.rate_hz > 24.0)
        return 0;
    check(am_plan_check(&plan, NULL) == AM_OK);
    check(am_render_open(&format, &plan, NULL, &r, NULL) == AM_OK);
    for (int block = 0; block < 12 && s.left; block++) {
        float left[3000], right[3000];
        const float *const from[2] = { left, right };
        const size_t frames = take(&s, 2) % 3000;
        const float amplitude = amplitudes[take(&s, 1) % 7];
        uint32_t noise = take(&s, 4);

        for (size_t n = 0; n < frames; n++) {
            noise = noise * 1664525u + 1013904223u;
            left[n] = amplitude * ((float)(noise >> 8) * 0x1p-23f - 1.0f);
            right[n] = noise % 3 ? left[n] : -left[n];
        }
        check(am_render_push(r, from, frames, NULL) == AM_OK);
        pushed += frames;
        if (noise % 2)
            pull_all(r, &plan, format.channels, &total);
    }
    check(am_render_finish(r, NULL) == AM_OK);
    pull_all(r, &plan, format.channels, &total);
    check(total == (pushed * plan.rate_hz * 2 + format.rate_hz) / (2 * (size_t)format.rate_hz));
    am_render_close(r);
    return 0;
}
