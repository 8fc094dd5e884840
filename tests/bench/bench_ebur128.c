/* bench_ebur128.c - the yardstick of scripts/bench: libebur128's integrated loudness, range and true peak of the files named */
#include <ebur128.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 4096 };

static int measure(const char *path)
{
    static float block[BLOCK * 8];
    double loudness = 0.0, range = 0.0, peak = 0.0;
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.channels > 8) {
        fprintf(stderr, "%s: %s\n", path, sf_strerror(file));
        return 1;
    }
    ebur128_state *meter = ebur128_init((unsigned)info.channels, (unsigned long)info.samplerate,
                                        EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
    if (!meter)
        return 1;
    for (sf_count_t got; (got = sf_readf_float(file, block, BLOCK)) > 0;)
        ebur128_add_frames_float(meter, block, (size_t)got);
    ebur128_loudness_global(meter, &loudness);
    ebur128_loudness_range(meter, &range);
    for (unsigned c = 0; c < (unsigned)info.channels; c++) {
        double channel = 0.0;
        ebur128_true_peak(meter, c, &channel);
        peak = fmax(peak, channel);
    }
    printf("%s: %.2f LUFS, %.2f LU, %.2f dBTP\n", path, loudness, range, 20.0 * log10(peak));
    ebur128_destroy(&meter);
    sf_close(file);
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++)
        status |= measure(argv[i]);
    return status;
}
