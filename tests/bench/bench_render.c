/* bench_render.c - nanoseconds a stereo frame of each stage of rendering, at 44.1 kHz, best of nine runs */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/plan_check.h"
#include "render/front.h"
#include "render/quantise.h"

enum { BLOCK = 4096, BLOCKS = 200, RUNS = 9 };

static float in[2][BLOCK], out[2][2 * BLOCK];
static const float *const from[2] = { in[0], in[1] };
static float *const to[2] = { out[0], out[1] };
static const am_format format = { 44100, 2 };

static double now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void need(am_status st, const am_error *err)
{
    if (st) {
        (void)fprintf(stderr, "bench_render: %s\n", err->message);
        exit(1);
    }
}

static void run_front(const am_plan *plan)
{
    am_front *front = NULL;
    am_error err;
    size_t given;

    need(am_front_open(&format, plan, NULL, &front, &err), &err);
    for (int k = 0; k < BLOCKS; k++) {
        need(am_front_push(front, from, BLOCK, &err), &err);
        do
            need(am_front_pull(front, to, BLOCK, &given, &err), &err);
        while (given);
    }
    am_front_close(front);
}

static void run_all(const am_plan *plan)
{
    am_renderer *renderer = NULL;
    am_error err;
    size_t given;

    need(am_render_open(&format, plan, NULL, &renderer, &err), &err);
    for (int k = 0; k < BLOCKS; k++) {
        need(am_render_push(renderer, from, BLOCK, &err), &err);
        do
            need(am_render_pull(renderer, to, BLOCK, &given), &err);
        while (given);
    }
    am_render_close(renderer);
}

static void run_dither(const am_plan *plan)
{
    am_quantise quantise;

    am_quantise_init(&quantise, plan->bits, plan->dither, plan->dither_seed, 2, plan->rate_hz);
    for (int k = 0; k < BLOCKS; k++)
        am_quantise_process(&quantise, to, BLOCK);
}

static void bench(const char *name, void (*run)(const am_plan *plan), const am_plan *plan)
{
    double best = HUGE_VAL;

    for (int k = 0; k < RUNS; k++) {
        const double start = now_ns();

        run(plan);
        best = fmin(best, (now_ns() - start) / ((double)BLOCK * BLOCKS));
    }
    (void)printf("%-24s %7.2f ns\n", name, best);
}

int main(void)
{
    am_plan neutral, plan, full;
    uint32_t noise = 1;

    for (int n = 0; n < BLOCK; n++)
        for (int c = 0; c < 2; c++) {
            noise = noise * 1664525u + 1013904223u;
            in[c][n] = (float)(noise >> 8) * 0x1p-24f - 0.5f;
        }
    am_plan_neutral(&neutral, format.rate_hz);
    bench("neutral", run_front, &neutral);

    plan = neutral;
    plan.tone.method = AM_EQ_SECTIONS_METHOD;
    plan.tone.section_count = AM_EQ_SECTIONS;
    for (int k = 0; k < AM_EQ_SECTIONS; k++)
        plan.tone.sections[k] = (am_eq_section){ AM_SECTION_BELL, 100.0 * (k + 1), k % 2 ? 3.0 : -3.0, 1.0 };
    bench("tone, 10 sections", run_front, &plan);
    full = plan;

    plan = neutral;
    plan.tone.method = AM_EQ_CURVE_METHOD;
    for (int k = 0; k < AM_BANDS; k++)
        plan.tone.curve_db[k] = 3.0 * sin(0.2 * k);
    bench("tone, curve", run_front, &plan);

    plan = neutral;
    plan.width.enabled = full.width.enabled = true;
    for (int k = 0; k < AM_BANDS; k++)
        plan.width.side_db[k] = full.width.side_db[k] = 3.0 * sin(0.1 * k);
    bench("width", run_front, &plan);

    plan = neutral;
    plan.multiband = (am_multiband){ true, { -30.0, -30.0, -30.0, -30.0 }, { 2.0, 2.0, 2.0, 2.0 }, { 0.0 }, 8.0, 12.0, 20.0, 200.0 };
    bench("multiband", run_front, &plan);

    plan = neutral;
    plan.rate_hz = 48000;
    bench("rate, 44.1 to 48 kHz", run_front, &plan);

    plan = neutral;
    plan.bits = 16;
    plan.dither = AM_DITHER_TPDF;
    bench("dither, triangular", run_dither, &plan);
    plan.dither = AM_DITHER_SHAPED;
    bench("dither, shaped", run_dither, &plan);

    full.bits = 24;
    full.dither = AM_DITHER_TPDF;
    full.limiter.enabled = true;
    bench("sections to dither", run_all, &full);
    full.drive_db = 6.0;
    bench("the same, 6 dB limited", run_all, &full);
    return 0;
}
