/* ceiling.c - masters random songs to random targets and measures what was written with a meter of its own
 *
 *   ceiling FIRST LAST DIR    seeds; DIR holds the files of the case at hand. Prints "N passed, N failed"; a failing seed is named
 *                             and its input and output stay in DIR.
 *
 * Every file must stay under its ceiling, hold the frames it should, and be what its report says it is.
 */
#include <automaster/automaster.h>
#include <ebur128.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/music.h"
#include "tests/support/oracle.h"

typedef struct fuzz_case {
    char in[512], ref[512], out[512];
    double rate_hz, seconds;
    size_t channels;
    bool full_band;                 /* loud above 0.45 of the rate, where the 48-tap meter of the report reads less than the oracle */
    am_options options;
    am_reference reference;
} fuzz_case;

typedef struct reading {
    size_t frames;
    double rate_hz, true_peak_dbtp, lufs;
} reading;

/* Worst cases for a limiter, mixed into the song: what stays of the song keeps the loudness measurable. Returns whether that reaches
 * up to Nyquist. */
static bool spoil(float *samples, size_t frames, size_t channels, music_random *random)
{
    const int kind = (int)music_uniform(random, 0, 8);
    const double cycles = music_uniform(random, 0.05, 0.49), gain = music_uniform(random, 0.3, 1.5);
    for (size_t i = 0; i < frames; i++)
        for (size_t c = 0; c < channels; c++) {
            float *x = &samples[i * channels + c];
            switch (kind) {
            case 0: *x = *x > 0.05f ? 1.0f : *x < -0.05f ? -1.0f : *x; break;       /* square */
            case 1: *x = fmaxf(-1.0f, fminf(1.0f, 12.0f * *x)); break;              /* clipped */
            case 2: *x += (float)(gain * sin(6.283185307179586 * cycles * (double)i)); break;            /* steady tone up to Nyquist */
            case 3: *x += i % 4001 == 77 ? 3.0f : 0.0f; break;                      /* clicks */
            case 4: *x = (float)(3.0 * gain * *x * (i % 30000 < 2000 ? 8.0 : 0.2)); break;  /* bursts */
            case 5: *x += (float)(gain * music_uniform(random, -1, 1)); break;      /* white noise */
            default: break;
            }
        }
    return kind < 6 && (kind != 2 || cycles > 0.44);
}

static int write_song(const char *path, fuzz_case *c, music_random *random, double peak, int bits, int worst)
{
    const size_t frames = (size_t)(c->seconds * c->rate_hz);
    float *samples = malloc((frames * c->channels + 1) * sizeof *samples);
    if (!samples)
        return -1;
    music_fill(samples, frames, c->channels, c->rate_hz, random->state >> 3, peak);
    if (worst)
        c->full_band = spoil(samples, frames, c->channels, random);
    const int status = music_write(path, samples, frames, c->channels, c->rate_hz, bits);
    free(samples);
    return status;
}

static int prepare(uint64_t seed, const char *dir, fuzz_case *c)
{
    static const double rates[] = { 44100, 44100, 48000, 22050, 96000 };
    static const char *suffixes[] = { "wav", "wav", "flac", "aiff" };
    static const uint32_t depths[] = { 0, 16, 24, 32 };
    music_random random = { seed * 0x9E3779B97F4A7C15ull + 12345u };
    for (int i = 0; i < 4; i++)
        music_uniform(&random, 0, 1);
    c->rate_hz = rates[(size_t)music_uniform(&random, 0, 5)];
    c->channels = music_uniform(&random, 0, 1) < 0.15 ? 1 : 2;
    c->seconds = music_uniform(&random, 1.2, 5.0);
    const char *suffix = suffixes[(size_t)music_uniform(&random, 0, 4)];
    snprintf(c->in, sizeof c->in, "%s/in%llu.wav", dir, (unsigned long long)seed);
    snprintf(c->ref, sizeof c->ref, "%s/ref%llu.wav", dir, (unsigned long long)seed);
    snprintf(c->out, sizeof c->out, "%s/out%llu.%s", dir, (unsigned long long)seed, suffix);
    if (write_song(c->in, c, &random, music_uniform(&random, 0.1, 0.9), 32, 1))
        return -1;
    fuzz_case ref = *c;
    ref.seconds = music_uniform(&random, 2.0, 6.0);
    ref.channels = 2;
    if (write_song(c->ref, &ref, &random, 0.99, 16, music_uniform(&random, 0, 1) < 0.3))
        return -1;

    am_options *o = &c->options;
    AM_OPTIONS_INIT(o);
    c->reference = (am_reference){ c->ref, 1.0 };
    if (music_uniform(&random, 0, 1) < 0.7) {
        o->references = &c->reference;
        o->reference_count = 1;
    }
    o->match = music_uniform(&random, 0, 1) < 0.5 ? AM_MATCH_EXACT : AM_MATCH_NATURAL;
    o->ceiling_dbtp = -floor(music_uniform(&random, 0, 60)) / 20.0;
    if (music_uniform(&random, 0, 1) < 0.6)
        o->loudness_lufs = floor(music_uniform(&random, -180, -60)) / 10.0;
    if (music_uniform(&random, 0, 1) < 0.25)
        o->rate_hz = (uint32_t)rates[(size_t)music_uniform(&random, 0, 5)];
    o->bits = depths[(size_t)music_uniform(&random, 0, 4)];
    if (o->bits == 32 && strcmp(suffix, "flac") == 0)
        o->bits = 24;
    o->dither = (int)music_uniform(&random, 0, 3);
    o->overwrite = true;
    return 0;
}

static int measure(const char *path, reading *out)
{
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file)
        return -1;
    const size_t channels = (size_t)info.channels;
    float *samples = malloc(((size_t)info.frames * channels + 1) * sizeof *samples);
    const size_t frames = samples ? (size_t)sf_readf_float(file, samples, info.frames) : 0;
    double peak = 0.0;
    for (size_t c = 0; c < channels && frames; c++)
        peak = fmax(peak, oracle_true_peak(samples + c, frames, channels));
    *out = (reading){ frames, info.samplerate, 20.0 * log10(peak), -HUGE_VAL };
    ebur128_state *meter = ebur128_init((unsigned)channels, (unsigned long)info.samplerate, EBUR128_MODE_I);
    if (meter && channels == 1)
        ebur128_set_channel(meter, 0, EBUR128_DUAL_MONO);
    if (meter && frames && !ebur128_add_frames_float(meter, samples, frames))
        ebur128_loudness_global(meter, &out->lufs);
    ebur128_destroy(&meter);
    free(samples);
    sf_close(file);
    return 0;
}

static int judge(const fuzz_case *c, const am_report *report, double *worst_db, char *why, size_t size)
{
    reading r;
    if (measure(c->out, &r))
        return snprintf(why, size, "the output cannot be read");
    const double over_db = r.true_peak_dbtp - c->options.ceiling_dbtp;
    const double frames = floor(c->seconds * c->rate_hz) * r.rate_hz / c->rate_hz;
    *worst_db = fmax(*worst_db, over_db);
    if (!(over_db <= 0.02))
        return snprintf(why, size, "true peak %.4f dBTP, ceiling %.2f", r.true_peak_dbtp, c->options.ceiling_dbtp);
    if (!(fabs((double)r.frames - frames) <= 1.0))
        return snprintf(why, size, "%zu frames, expected %.1f", r.frames, frames);
    if (!(fabs(report->after.peak.true_peak_dbtp - r.true_peak_dbtp) <= (c->full_band ? 0.4 : 0.15)))
        return snprintf(why, size, "report says %.4f dBTP, is %.4f", report->after.peak.true_peak_dbtp, r.true_peak_dbtp);
    if (isfinite(r.lufs) && !(fabs(report->after.loudness.integrated_lufs - r.lufs) <= 0.1))
        return snprintf(why, size, "report says %.3f LUFS, is %.3f", report->after.loudness.integrated_lufs, r.lufs);
    return 0;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0;
    double worst_db = -HUGE_VAL;
    am_report *report = malloc(sizeof *report);
    if (argc != 4 || !report)
        return 2;
    const uint64_t last = strtoull(argv[2], NULL, 10);
    for (uint64_t seed = strtoull(argv[1], NULL, 10); seed <= last; seed++) {
        fuzz_case c = { 0 };
        am_error err = { 0 };
        char why[600] = "";
        if (prepare(seed, argv[3], &c)) {
            fprintf(stderr, "cannot write %s\n", c.in);
            return 1;
        }
        if (am_master_file(c.in, c.out, &c.options, report, &err))
            snprintf(why, sizeof why, "refused: %s", err.message);
        else
            judge(&c, report, &worst_db, why, sizeof why);
        if (why[0]) {
            printf("FAIL seed %llu (%zu channels, %.0f Hz, ceiling %.2f, loudness %.1f, to %u Hz, %u bits, %s): %s\n",
                   (unsigned long long)seed, c.channels, c.rate_hz, c.options.ceiling_dbtp, c.options.loudness_lufs, c.options.rate_hz,
                   c.options.bits, c.out + strlen(argv[3]) + 1, why);
            failed++;
        } else {
            remove(c.in);
            remove(c.ref);
            remove(c.out);
            passed++;
        }
    }
    printf("worst reading against the ceiling: %+.4f dB\n%d passed, %d failed\n", worst_db, passed, failed);
    free(report);
    return failed != 0;
}
