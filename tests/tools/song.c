/* song.c - write a synthesized song for scripts
 *
 *   song OUT.wav SEED [SECONDS [RATE [CHANNELS [BITS [PEAK_DB [RIGHT]]]]]]      defaults: 10 44100 2 24 -6; BITS 32 is float
 *
 * RIGHT: the second channel is the first times this.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/music.h"

static double argument(int argc, char **argv, int index, double fallback)
{
    return index < argc ? strtod(argv[index], NULL) : fallback;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: song OUT.wav SEED [SECONDS [RATE [CHANNELS [BITS [PEAK_DB [RIGHT]]]]]]\n");
        return 2;
    }
    const double seconds = argument(argc, argv, 3, 10), rate_hz = argument(argc, argv, 4, 44100);
    const size_t channels = (size_t)argument(argc, argv, 5, 2), frames = (size_t)(seconds * rate_hz);
    const int bits = (int)argument(argc, argv, 6, 24);
    float *samples = malloc((frames * channels + 1) * sizeof *samples);
    if (!samples)
        return 1;
    music_fill(samples, frames, channels, rate_hz, strtoull(argv[2], NULL, 10), pow(10.0, argument(argc, argv, 7, -6) / 20.0));
    for (size_t i = 0; argc > 8 && channels > 1 && i < frames; i++)
        samples[i * channels + 1] = samples[i * channels] * strtof(argv[8], NULL);
    for (size_t i = 0; bits != 32 && i < frames * channels; i++)
        samples[i] = fmaxf(-1.0f, fminf(samples[i], 1.0f));
    const int status = music_write(argv[1], samples, frames, channels, rate_hz, bits);
    free(samples);
    return status ? 1 : 0;
}
