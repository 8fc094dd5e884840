/* test_spectrum.c - band levels, gate, sections and cut-off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

static void add_sine(float *x, size_t frames, uint32_t rate_hz, double hz, double gain)
{
    const double c = cos(2.0 * AM_PI * hz / rate_hz), s = sin(2.0 * AM_PI * hz / rate_hz);
    double re = gain, im = 0.0;

    for (size_t i = 0; i < frames; i++) {
        const double next = c * re - s * im;

        x[i] += (float)im;
        im = c * im + s * re;
        re = next;
    }
}

static void a_sine_in_the_middle_of_a_band_reads_its_level(void **state)
{
    static const uint32_t rates[] = { 44100, 48000, 96000 };
    am_analysis *a = *state;

    for (size_t r = 0; r < 3; r++)
        for (int band = 10; band <= 54; band += 4) {
            const size_t frames = 4 * (size_t)rates[r];
            float *x = listen_buffer(frames);

            add_sine(x, frames, rates[r], am_band_hz(band), 0.5);
            listen_stereo(x, x, frames, rates[r], a);
            /* the window spreads a tone over four bins of 2.9 Hz, which low bands are not wide enough to hold */
            check_near("mid mean", a->mid.mean_db[band] + a->loudness.integrated_lufs, -9.03, band < 22 ? 0.2 : 0.03);
            check_near("mid power", a->mid.power_db[band] + a->loudness.integrated_lufs, -9.03, band < 22 ? 0.2 : 0.03);
            assert_true(a->mid.mean_db[band + 3] < a->mid.mean_db[band] - 40.0);
            free(x);
        }
}

/* White noise of variance v has 10 lg(v * bandwidth / (rate / 2)) in a band, at every rate. */
static void white_noise_reads_its_density(void **state)
{
    static const uint32_t rates[] = { 44100, 96000 };
    am_analysis *a = *state;

    for (size_t r = 0; r < 2; r++) {
        const size_t frames = 60 * (size_t)rates[r];
        float *left = listen_buffer(frames), *right = listen_buffer(frames);
        music_random random = { 77 };

        for (size_t i = 0; i < frames; i++) {
            left[i] = (float)music_uniform(&random, -0.5, 0.5);
            right[i] = (float)music_uniform(&random, -0.5, 0.5);
        }
        listen_stereo(left, right, frames, rates[r], a);
        for (int b = 12; b < AM_BANDS - 4; b++) {
            const double width = am_band_hz(b) * (exp2(1.0 / 6.0) - exp2(-1.0 / 6.0));
            const double expected = am_db_from_power(0.5 / 12.0 * width / (0.5 * rates[r])) - a->loudness.integrated_lufs;

            check_near("mid", a->mid.power_db[b], expected, b < 24 ? 0.4 : b < 40 ? 0.25 : 0.1);
            check_near("side", a->side.power_db[b], expected, b < 24 ? 0.4 : b < 40 ? 0.25 : 0.1);
            check_near("width", a->stereo.band_width_db[b], 0.0, b < 24 ? 0.6 : b < 40 ? 0.4 : 0.15);
            check_near("correlation", a->stereo.band_correlation[b], 0.0, b < 24 ? 0.06 : 0.03);
        }
        for (int t = 24; t < AM_TWELFTHS - 8; t++) {
            const double low_hz = am_band_hz(0) * exp2((t - 2) / 12.0), width = low_hz * (exp2(1.0 / 12.0) - 1.0);
            const double expected = am_db_from_power(0.5 / 12.0 * width / (0.5 * rates[r])) - a->loudness.integrated_lufs;

            check_near("mid twelfth", a->mid.twelfth_db[t], expected, t < 48 ? 1.0 : t < 80 ? 0.5 : 0.2);
            check_near("side twelfth", a->side.twelfth_db[t], expected, t < 48 ? 1.0 : t < 80 ? 0.5 : 0.2);
        }
        check_near("width", a->stereo.width_db, 0.0, 0.02);
        free(left);
        free(right);
    }
}

/* Side by side: wherever a tone is, its power is in the twelfths once, and but for the window's skirt within two bins of it. */
static void twelfths_add_up(void **state)
{
    enum { RATE = 48000, FRAMES = 4 * RATE };
    am_analysis *a = *state;

    for (double hz = 40.0; hz < 16000.0; hz *= 1.37) {
        float *x = listen_buffer(FRAMES);
        double sum = 0.0, near = 0.0;

        add_sine(x, FRAMES, RATE, hz, 0.5);
        listen_stereo(x, x, FRAMES, RATE, a);
        for (int t = 0; t < AM_TWELFTHS; t++) {
            const double low_hz = am_band_hz(0) * exp2((t - 2) / 12.0), power = am_power_from_db(a->mid.twelfth_db[t]);

            sum += power;
            near += low_hz * exp2(1.0 / 12.0) > hz - 9.0 && low_hz < hz + 9.0 ? power : 0.0;
        }
        check_near("all twelfths", am_db_from_power(sum) + a->loudness.integrated_lufs, -9.03, 0.02);
        check_near("those nearby", am_db_from_power(near / sum), 0.0, 0.001);
        free(x);
    }
}

static double worst_difference(const am_analysis *a, const am_analysis *b)
{
    double worst = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        worst = fmax(worst, fabs(a->mid.mean_db[k] - b->mid.mean_db[k]));
        worst = fmax(worst, fabs(a->mid.power_db[k] - b->mid.power_db[k]));
        worst = fmax(worst, fabs(a->side.mean_db[k] - b->side.mean_db[k]));
    }
    for (int t = 0; t < AM_TWELFTHS; t++)
        worst = fmax(worst, fabs(a->mid.twelfth_db[t] - b->mid.twelfth_db[t]));
    return worst;
}

static void silence_around_the_music_changes_nothing(void **state)
{
    enum { RATE = 44100, MUSIC = 40 * RATE, SILENCE = 20 * RATE + 12345 };
    am_analysis *a = *state, *b = a + 1;
    float *left = listen_buffer(MUSIC + 2 * SILENCE), *right = listen_buffer(MUSIC + 2 * SILENCE);

    listen_noise(left + SILENCE, right + SILENCE, MUSIC, RATE, 3);
    listen_stereo(left + SILENCE, right + SILENCE, MUSIC, RATE, a);
    listen_stereo(left, right, MUSIC + 2 * SILENCE, RATE, b);
    check_near("loudness", b->loudness.integrated_lufs, a->loudness.integrated_lufs, 0.05);
    for (int k = 0; k < AM_BANDS; k++)
        b->mid.mean_db[k] += b->loudness.integrated_lufs - a->loudness.integrated_lufs;
    for (int k = 0; k < AM_BANDS; k++)
        check_near("mid mean", b->mid.mean_db[k], a->mid.mean_db[k], 1e-9);
    check_near("gated", b->gated_s, a->gated_s, 1e-9);
    free(left);
    free(right);
}

static void gain_changes_nothing_but_loudness(void **state)
{
    enum { RATE = 48000, FRAMES = 20 * RATE };
    am_analysis *a = *state, *b = a + 1;
    float *left = listen_buffer(FRAMES), *right = listen_buffer(FRAMES);

    listen_noise(left, right, FRAMES, RATE, 11);
    listen_stereo(left, right, FRAMES, RATE, a);
    for (int i = 0; i < FRAMES; i++) {
        left[i] *= 0.1f;
        right[i] *= 0.1f;
    }
    listen_stereo(left, right, FRAMES, RATE, b);
    check_near("loudness", b->loudness.integrated_lufs, a->loudness.integrated_lufs - 20.0, 1e-3);
    check_near("worst band", worst_difference(a, b), 0.0, 0.005);
    check_near("section variance", b->sections.mid_db2[20][20], a->sections.mid_db2[20][20], 0.01);
    free(left);
    free(right);
}

static void a_pause_does_not_count(void **state)
{
    enum { RATE = 44100, PART = 15 * RATE, PAUSE = 10 * RATE };
    am_analysis *a = *state, *b = a + 1;
    float *left = listen_buffer(2 * PART + PAUSE), *right = listen_buffer(2 * PART + PAUSE);

    listen_noise(left, right, 2 * PART, RATE, 23);
    listen_stereo(left, right, 2 * PART, RATE, a);
    memmove(left + PART + PAUSE, left + PART, PART * sizeof *left);
    memmove(right + PART + PAUSE, right + PART, PART * sizeof *right);
    for (int i = 0; i < PAUSE; i++)
        left[PART + i] = right[PART + i] = 1e-5f * (float)(i % 13 - 6);
    listen_stereo(left, right, 2 * PART + PAUSE, RATE, b);
    for (int k = 12; k < AM_BANDS; k++)
        check_near("mid mean", b->mid.mean_db[k], a->mid.mean_db[k], 0.2);
    free(left);
    free(right);
}

/* Five-second parts of alternating tilt: the variance of a band is that of its levels, less what frames across borders smooth away. */
static void sections_vary_as_their_levels_do(void **state)
{
    enum { RATE = 44100, PARTS = 10 };
    static const double step_db[PARTS] = { 0, 6, -6, 3, -3, 6, 0, -6, 3, -3 };
    const size_t part = (size_t)(5.0 * RATE), frames = PARTS * part;
    am_analysis *a = *state;
    float *x = listen_buffer(frames);
    double mean = 0.0, variance = 0.0;

    for (int p = 0; p < PARTS; p++) {
        add_sine(x + (size_t)p * part, part, RATE, 1000.0, 0.3);
        add_sine(x + (size_t)p * part, part, RATE, 250.0, 0.02 * am_gain_from_db(step_db[p]));
        mean += step_db[p] / PARTS;
    }
    for (int p = 0; p < PARTS; p++)
        variance += (step_db[p] - mean) * (step_db[p] - mean) / (PARTS - 1);
    listen_stereo(x, x, frames, RATE, a);
    assert_int_equal(a->sections.count, PARTS);
    check_near("variance at 250 Hz", a->sections.mid_db2[22][22], variance, 0.15 * variance);
    check_near("variance at 1 kHz", a->sections.mid_db2[34][34], 0.0, 0.05);
    check_near("symmetry", a->sections.mid_db2[22][30], a->sections.mid_db2[30][22], 0.0);
    free(x);
}

/* White noise through a brick wall: a sum of sines up to it, each with its own phase. At 22.05 kHz that is a rate conversion. */
static void abrupt_ends_of_the_spectrum_are_found(void **state)
{
    static const struct {
        uint32_t rate;
        double wall_hz;
        bool codec;
    } cases[] = { { 44100, 11000, true }, { 44100, 16000, true }, { 44100, 19000, true }, { 44100, 20000, true }, { 44100, 0, false },
                  { 48000, 20000, true }, { 48000, 22050, false }, { 96000, 22050, false } };
    am_analysis *a = *state;

    for (size_t w = 0; w < sizeof cases / sizeof *cases; w++) {
        const uint32_t rate = cases[w].rate;
        const size_t frames = (size_t)5 * rate;
        float *x = listen_buffer(frames);
        music_random random = { 5 };

        for (size_t i = 0; i < frames; i++)
            x[i] = (float)music_uniform(&random, -1e-4, 1e-4);
        if (cases[w].wall_hz > 0.0)
            for (double hz = 50.0; hz < cases[w].wall_hz; hz += 100.0)
                add_sine(x, frames, rate, hz + music_uniform(&random, 0.0, 20.0), 0.3 / (1.0 + hz / 1000.0) * 0.1);
        else
            listen_noise(x, x, frames, rate, 3);
        listen_stereo(x, x, frames, rate, a);
        if (cases[w].codec) {
            check_near("cut-off", a->cutoff_hz, cases[w].wall_hz, 0.02 * cases[w].wall_hz);
            assert_int_equal(a->defects[0].kind, AM_DEFECT_LOSSY);
        } else
            assert_true(isnan(a->cutoff_hz));
        free(x);
    }
}

static void bands_above_half_the_rate_are_not_a_number(void **state)
{
    enum { RATE = 16000, FRAMES = 10 * RATE };
    am_analysis *a = *state;
    float *left = listen_buffer(FRAMES), *right = listen_buffer(FRAMES);

    listen_noise(left, right, FRAMES, RATE, 3);
    listen_stereo(left, right, FRAMES, RATE, a);
    for (int b = 0; b < AM_BANDS; b++) {
        assert_int_equal(isfinite(a->mid.mean_db[b]), am_band_hz(b) < 8000.0);
        assert_int_equal(isfinite(a->sections.mid_db2[b][3]), am_band_hz(b) < 8000.0);
    }
    free(left);
    free(right);
}

static int make_state(void **state) { return listen_state(state, 2 * sizeof(am_analysis)); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_in_the_middle_of_a_band_reads_its_level),
        cmocka_unit_test(white_noise_reads_its_density),
        cmocka_unit_test(twelfths_add_up),
        cmocka_unit_test(silence_around_the_music_changes_nothing),
        cmocka_unit_test(gain_changes_nothing_but_loudness),
        cmocka_unit_test(a_pause_does_not_count),
        cmocka_unit_test(sections_vary_as_their_levels_do),
        cmocka_unit_test(abrupt_ends_of_the_spectrum_are_found),
        cmocka_unit_test(bands_above_half_the_rate_are_not_a_number),
    };

    return cmocka_run_group_tests_name("spectrum", tests, make_state, listen_drop);
}
