/* bench_limiter.c - time a stereo frame takes in the true-peak meter, the listener and the limiter, and the drive solver a song
 *
 *   cc -O3 -Iinclude -I. tests/bench/bench_limiter.c build/libautomaster.a -lsndfile -lm && ./a.out song.wav [drive_db]
 */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyze/listener.h"
#include "base/db.h"
#include "dsp/truepeak.h"
#include "match/drive.h"
#include "render/limiter.h"

enum { BLOCK = 4096 };

static float *song[2];
static size_t frames;
static am_format format;

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int read_song(const char *path)
{
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    static float block[2 * BLOCK];
    sf_count_t got;

    if (!file || info.channels != 2)
        return 0;
    song[0] = calloc((size_t)info.frames + BLOCK, sizeof(float));
    song[1] = calloc((size_t)info.frames + BLOCK, sizeof(float));
    while (song[0] && song[1] && (got = sf_readf_float(file, block, BLOCK)) > 0) {
        for (sf_count_t i = 0; i < got; i++) {
            song[0][frames] = block[2 * i];
            song[1][frames++] = block[2 * i + 1];
        }
    }
    format = (am_format){ .rate_hz = (uint32_t)info.samplerate, .channels = 2 };
    sf_close(file);
    return 1;
}

static double meter(void)
{
    double most = 0.0;

    for (int c = 0; c < 2; c++) {
        am_truepeak *m = NULL;

        if (am_truepeak_open(NULL, &m, NULL))
            return 0.0;
        am_truepeak_push(m, song[c], frames);
        am_truepeak_finish(m);
        most = fmax(most, am_truepeak_max(m, NULL));
        am_truepeak_close(m);
    }
    return most;
}

static void listen(am_blocks *blocks, double threshold)
{
    am_listener *listener = NULL;

    if (am_listener_open(&format, threshold, blocks, NULL, &listener, NULL))
        return;
    for (size_t at = 0; at < frames; at += BLOCK) {
        const float *from[2] = { song[0] + at, song[1] + at };

        (void)am_listener_push(listener, from, frames - at < BLOCK ? frames - at : BLOCK, NULL);
    }
    (void)am_listener_finish(listener, NULL);
    am_listener_close(listener);
}

static void limit(const am_plan *plan, am_limiter_trace *trace)
{
    static float left[2 * BLOCK], right[2 * BLOCK];
    float *to[2] = { left, right };
    am_lookahead *limiter = NULL;
    size_t given;

    if (am_lookahead_open(2, plan, NULL, &limiter, NULL))
        return;
    for (size_t at = 0; at < frames; at += BLOCK) {
        const float *from[2] = { song[0] + at, song[1] + at };

        (void)am_lookahead_push(limiter, from, frames - at < BLOCK ? frames - at : BLOCK, NULL);
        (void)am_lookahead_pull(limiter, to, (size_t)2 * BLOCK, &given);
    }
    (void)am_lookahead_finish(limiter, NULL);
    am_lookahead_traced(limiter, trace);
    am_lookahead_close(limiter);
}

int main(int argc, char **argv)
{
    static am_limiter_trace trace;
    static am_analysis none;
    am_plan plan = { .bits = 32 };
    am_blocks *blocks = NULL;
    am_drive drive;
    double start, peak;

    if (argc < 2 || !read_song(argv[1]) || !frames || am_blocks_open((double)format.rate_hz, NULL, &blocks, NULL))
        return 1;
    am_limiter_for(&none, -1.0, &plan.limiter);
    plan.rate_hz = format.rate_hz;
    start = cpu_ns();
    peak = meter();
    printf("meter    %6.2f ns a frame, %.3f dBTP\n", (cpu_ns() - start) / (double)frames, am_db_from_gain(peak));
    start = cpu_ns();
    listen(blocks, 0.25 * peak);
    printf("listener %6.2f ns a frame\n", (cpu_ns() - start) / (double)frames);
    plan.drive_db = (argc > 2 ? atof(argv[2]) : 4.0) - 1.0 - am_db_from_gain(peak);
    start = cpu_ns();
    limit(&plan, &trace);
    printf("limiter  %6.2f ns a frame, reduction p50 %.2f p95 %.2f max %.2f dB\n", (cpu_ns() - start) / (double)frames, trace.p50_db,
           trace.p95_db, trace.max_db);
    (void)am_drive_predict(blocks, NULL, &plan.limiter, plan.drive_db, NULL, &drive, NULL);
    start = cpu_ns();
    (void)am_drive_solve(blocks, NULL, &plan.limiter, drive.integrated_lufs, 0.0, NULL, &drive, NULL);
    printf("solver   %6.2f ms, drive %.3f dB for %.2f LUFS\n", (cpu_ns() - start) * 1e-6, drive.drive_db, drive.integrated_lufs);
    am_blocks_close(blocks);
    free(song[0]);
    free(song[1]);
    return 0;
}
