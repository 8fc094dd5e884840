#include "tests/support/music.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>

static const double two_pi = 6.283185307179586;

double music_uniform(music_random *random, double lo, double hi)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return lo + (hi - lo) * (double)((random->state * 2685821657736338717ull) >> 11) / 9007199254740992.0;
}

typedef struct style {
    double beat_s, root_hz, bright, width, density, kick, hat, fade_s;
} style;

static style choose(uint64_t seed)
{
    music_random random = { seed * 0x9E3779B97F4A7C15ull + 1u };
    for (int i = 0; i < 8; i++)
        music_uniform(&random, 0, 1);
    return (style){
        .beat_s = 60.0 / music_uniform(&random, 80, 175),
        .root_hz = 41.2 * pow(2.0, floor(music_uniform(&random, 0, 12)) / 12.0),
        .bright = music_uniform(&random, 0.3, 0.9),
        .width = music_uniform(&random, 0.0, 0.8),
        .density = music_uniform(&random, 0.2, 1.0),
        .kick = music_uniform(&random, 0.2, 1.0),
        .hat = music_uniform(&random, 0.02, 0.3),
        .fade_s = music_uniform(&random, 0.0, 0.2),
    };
}

/* A decaying partial series on one note, slightly apart in the two channels. */
static double chord(const style *s, double t, double note_hz, double age_s, double spread)
{
    double sum = 0.0;
    for (int h = 1; h <= 8; h++)
        sum += pow(s->bright, h) * sin(two_pi * note_hz * h * (1.0 + spread * 0.001 * h) * t + spread * h);
    return sum * exp(-2.0 * age_s / s->density);
}

static double voice(const style *s, double t, double side, double noise)
{
    static const double steps[4] = { 1.0, 1.3348, 1.4983, 0.8909 };
    const double beat = t / s->beat_s, age_s = (beat - floor(beat)) * s->beat_s;
    const double half = 2.0 * beat, half_age_s = (half - floor(half)) * s->beat_s / 2.0;
    const double note_hz = s->root_hz * steps[(size_t)(beat / 8.0) % 4];
    const double section = 0.6 + 0.4 * ((size_t)(beat / 16.0) % 2 ? 1.0 : 0.5);
    const double kick = s->kick * exp(-9.0 * age_s) * sin(two_pi * (50.0 * age_s + 6.0 * (1.0 - exp(-30.0 * age_s))));
    const double hat = s->hat * noise * exp(-60.0 * half_age_s);
    return section * (kick + 0.3 * chord(s, t, note_hz, 0.3 * age_s, 0.0) + 0.2 * chord(s, t, 4.0 * note_hz, age_s, side * s->width) +
                      hat * (1.0 + 0.5 * side * s->width)) + 0.0005 * noise;
}

void music_fill(float *samples, size_t frames, size_t channels, double rate_hz, uint64_t seed, double peak)
{
    const style s = choose(seed);
    music_random random = { seed + 77u };
    double largest = 1e-9;
    for (size_t i = 0; i < frames; i++) {
        const double t = (double)i / rate_hz;
        const double shared = music_uniform(&random, -1, 1);
        for (size_t c = 0; c < channels; c++) {
            const double side = c % 2 ? -1.0 : 1.0;
            const double noise = (1.0 - s.width) * shared + s.width * music_uniform(&random, -1, 1);
            const double value = voice(&s, t, channels > 1 ? side : 0.0, noise) * fmin(1.0, (t + 1e-6) / (s.fade_s + 1e-6));
            samples[i * channels + c] = (float)value;
            largest = fmax(largest, fabs(value));
        }
    }
    for (size_t i = 0; i < frames * channels; i++)
        samples[i] = (float)((double)samples[i] * peak / largest);
}

int music_write(const char *path, const float *samples, size_t frames, size_t channels, double rate_hz, int bits)
{
    const int subtype = bits == 16 ? SF_FORMAT_PCM_16 : bits == 24 ? SF_FORMAT_PCM_24 : SF_FORMAT_FLOAT;
    SF_INFO info = { .samplerate = (int)rate_hz, .channels = (int)channels, .format = SF_FORMAT_WAV | subtype };
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, sf_strerror(NULL));
        return -1;
    }
    sf_command(file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    const sf_count_t put = sf_writef_float(file, samples, (sf_count_t)frames);
    return sf_close(file) == 0 && put == (sf_count_t)frames ? 0 : -1;
}
