/* meter.c - an independent measurement of audio files, for scripts
 *
 *   meter [-q] FILE...    one line a file: name=value pairs; exit 1 if a file is unreadable, empty or not finite
 *   -q                    only the number of frames, which is quick
 *
 * Loudness is libebur128's, the true peak that of tests/support/oracle.h. Nothing of the library is used.
 */
#include <ebur128.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/oracle.h"

static double db(double linear)
{
    return 20.0 * log10(linear);
}

static bool sound(const SF_INFO *info, const float *samples, size_t frames)
{
    size_t bad = 0;
    for (size_t i = 0; i < frames * (size_t)info->channels; i++)
        bad += isfinite(samples[i]) ? 0 : 1;
    printf("frames=%zu\n", frames);
    return frames > 0 && !bad;
}

static bool report(const SF_INFO *info, const float *samples, size_t frames)
{
    const size_t channels = (size_t)info->channels;
    double sample_peak = 0.0, true_peak = 0.0, loudness = -HUGE_VAL, range = 0.0;
    size_t bad = 0;
    for (size_t i = 0; i < frames * channels; i++) {
        bad += isfinite(samples[i]) ? 0 : 1;
        sample_peak = fmax(sample_peak, fabs((double)samples[i]));
    }
    if (!bad) {
        for (size_t c = 0; c < channels; c++)
            true_peak = fmax(true_peak, oracle_true_peak(samples + c, frames, channels));
        ebur128_state *meter = ebur128_init((unsigned)channels, (unsigned long)info->samplerate, EBUR128_MODE_I | EBUR128_MODE_LRA);
        if (!meter)
            return false;
        if (channels == 1)
            ebur128_set_channel(meter, 0, EBUR128_DUAL_MONO);
        ebur128_add_frames_float(meter, samples, frames);
        ebur128_loudness_global(meter, &loudness);
        ebur128_loudness_range(meter, &range);
        ebur128_destroy(&meter);
    }
    printf("frames=%zu rate=%d channels=%d subtype=%#x bad=%zu lufs=%.4f range=%.3f sample_peak=%.4f true_peak=%.4f\n", frames,
           info->samplerate, info->channels, (unsigned)info->format & SF_FORMAT_SUBMASK, bad, loudness, range, db(sample_peak),
           db(true_peak));
    return frames > 0 && !bad;
}

static bool quiet;

static bool measure(const char *path)
{
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    bool ok = false;
    if (!file) {
        fprintf(stderr, "meter: %s: %s\n", path, sf_strerror(NULL));
        return false;
    }
    float *samples = malloc(((size_t)info.frames * (size_t)info.channels + 1) * sizeof *samples);
    if (samples) {
        const sf_count_t got = sf_readf_float(file, samples, info.frames);
        ok = (quiet ? sound : report)(&info, samples, (size_t)got) && got == info.frames;
    }
    free(samples);
    sf_close(file);
    return ok;
}

int main(int argc, char **argv)
{
    bool ok = argc > 1;
    quiet = ok && strcmp(argv[1], "-q") == 0;
    for (int i = quiet ? 2 : 1; i < argc; i++)
        ok = measure(argv[i]) && ok;
    return ok ? 0 : 1;
}
