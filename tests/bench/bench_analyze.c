/* bench_analyze.c - CPU time of the analyzer and of its parts, ns a frame of 44.1 kHz stereo; best of 15 runs */
#include <automaster/automaster.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyze/defects.h"
#include "analyze/dynamics.h"
#include "analyze/spectrum.h"
#include "analyze/waveform.h"
#include "dsp/kweight.h"
#include "dsp/truepeak.h"
#include "tests/support/music.h"

enum { RATE = 44100, SECONDS = 20, FRAMES = RATE * SECONDS, SEGMENT = RATE / 100, RUNS = 15 };

static float *channels[2];

static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void run_kweight(void)
{
    double energy[2] = { 0 };
    am_kweight filter;

    am_kweight_init(&filter, RATE, 2);
    for (size_t i = 0; i + SEGMENT <= FRAMES; i += SEGMENT) {
        const float *at[2] = { channels[0] + i, channels[1] + i };

        am_kweight_energy(&filter, at, SEGMENT, energy);
    }
}

static void run_waveform(void)
{
    static am_defects defects;
    am_waveform waveform;
    am_extent extents[2];
    am_segment segment;

    am_waveform_init(&waveform);
    am_defects_init(&defects, RATE);
    for (size_t i = SEGMENT; i + SEGMENT <= FRAMES; i += SEGMENT) {
        const float *at[2] = { channels[0] + i, channels[1] + i };

        am_waveform_push(&waveform, at, 2, SEGMENT, extents, &segment);
        am_defects_push(&defects, at, 2, i, SEGMENT, extents);
    }
}

static void run_regions(void)
{
    am_regions regions;

    if (am_regions_open(&regions, RATE, NULL, NULL))
        exit(1);
    for (size_t i = 2 * SEGMENT; i + 2 * SEGMENT <= FRAMES; i += 2 * SEGMENT) {
        am_regions_push_low(&regions, channels[0] + i, channels[1] + i, 2 * SEGMENT);
        (void)am_regions_push(&regions, channels[0] + i + 2 * SEGMENT, channels[1] + i + 2 * SEGMENT, NULL);
    }
    am_regions_close(&regions, NULL);
}

static void run_spectrum(void)
{
    am_spectrum_meter spectrum;

    if (am_spectrum_open(&spectrum, RATE, NULL, NULL))
        exit(1);
    for (uint64_t i = 0; am_spectrum_start(RATE, i) + spectrum.window_frames <= FRAMES; i++)
        (void)am_spectrum_push(&spectrum, channels[0] + am_spectrum_start(RATE, i), channels[1] + am_spectrum_start(RATE, i), NULL);
    am_spectrum_close(&spectrum, NULL);
}

static void run_truepeak(void)
{
    for (int c = 0; c < 2; c++) {
        am_truepeak *meter = NULL;

        if (am_truepeak_open(NULL, &meter, NULL))
            exit(1);
        for (size_t i = 0; i < FRAMES; i += 8192)
            am_truepeak_push(meter, channels[c] + i, FRAMES - i < 8192 ? FRAMES - i : 8192);
        am_truepeak_finish(meter);
        am_truepeak_close(meter);
    }
}

static void run_all(void)
{
    static const am_format format = { RATE, 2 };
    static am_analysis analysis;
    am_analyzer *analyzer = NULL;

    if (am_analyze_open(&format, NULL, &analyzer, NULL))
        exit(1);
    for (size_t i = 0; i < FRAMES; i += 8192) {
        const float *at[2] = { channels[0] + i, channels[1] + i };

        if (am_analyze_push(analyzer, at, FRAMES - i < 8192 ? FRAMES - i : 8192, NULL))
            exit(1);
    }
    if (am_analyze_finish(analyzer, &analysis, NULL))
        exit(1);
    am_analyze_close(analyzer);
}

static void measure(const char *name, void (*run)(void))
{
    double best = HUGE_VAL;

    for (int i = 0; i < RUNS; i++) {
        const double begin = now_s();

        run();
        best = fmin(best, now_s() - begin);
    }
    printf("%-24s %6.2f ns/frame\n", name, best * 1e9 / FRAMES);
}

int main(void)
{
    float *both = malloc(2 * FRAMES * sizeof *both);

    channels[0] = malloc(FRAMES * sizeof(float));
    channels[1] = malloc(FRAMES * sizeof(float));
    if (!both || !channels[0] || !channels[1])
        return 1;
    music_fill(both, FRAMES, 2, RATE, 1, 0.9);
    for (size_t i = 0; i < FRAMES; i++) {
        channels[0][i] = rintf(both[2 * i] * 32768.0f) / 32768.0f;
        channels[1][i] = rintf(both[2 * i + 1] * 32768.0f) / 32768.0f;
    }
    measure("K-weighting", run_kweight);
    measure("waveform and defects", run_waveform);
    measure("regions", run_regions);
    measure("spectrum", run_spectrum);
    measure("true peak", run_truepeak);
    measure("whole analyzer", run_all);
    free(both);
    free(channels[0]);
    free(channels[1]);
    return 0;
}
