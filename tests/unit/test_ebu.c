/* test_ebu.c - the synthesizable signals of EBU Tech 3341 and Tech 3342 (2023), at four rates */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "tests/support/listen.h"

typedef enum metric { I, M, S, R, TP } metric;

typedef struct part {
    double seconds, dbfs;           /* NAN: silence; seconds 0: the end */
} part;

#define SILENT NAN
#define MAX_PARTS 60

typedef struct tone_case {
    const char *clause;
    part parts[MAX_PARTS];
    struct {
        metric what;
        double expected;
    } checks[3];
    int check_count;
    double tolerance;
} tone_case;

/* Levels are peaks of a 1 kHz sine in both channels. */
static const tone_case tones[] = {
    { "3341-1", { { 20, -23 } }, { { I, -23 }, { M, -23 }, { S, -23 } }, 3, 0.1 },
    { "3341-2", { { 20, -33 } }, { { I, -33 }, { M, -33 }, { S, -33 } }, 3, 0.1 },
    { "3341-3", { { 10, -36 }, { 60, -23 }, { 10, -36 } }, { { I, -23 } }, 1, 0.1 },
    { "3341-4", { { 10, -72 }, { 10, -36 }, { 60, -23 }, { 10, -36 }, { 10, -72 } }, { { I, -23 } }, 1, 0.1 },
    { "3341-5", { { 20, -26 }, { 20.1, -20 }, { 20, -26 } }, { { I, -23 } }, 1, 0.1 },
    { "3341-9", { { 1.34, -20 }, { 1.66, -30 }, { 1.34, -20 }, { 1.66, -30 }, { 1.34, -20 }, { 1.66, -30 } }, { { S, -23 } }, 1, 0.1 },
    { "3341-12", { { .18, -20 }, { .22, -30 }, { .18, -20 }, { .22, -30 }, { .18, -20 }, { .22, -30 } }, { { M, -23 } }, 1, 0.1 },
    { "3342-1", { { 20, -20 }, { 20, -30 } }, { { R, 10 } }, 1, 1.0 },
    { "3342-2", { { 20, -20 }, { 20, -15 } }, { { R, 5 } }, 1, 1.0 },
    { "3342-3", { { 20, -40 }, { 20, -20 } }, { { R, 20 } }, 1, 1.0 },
    { "3342-4", { { 20, -50 }, { 20, -35 }, { 20, -20 }, { 20, -35 }, { 20, -50 } }, { { R, 15 } }, 1, 1.0 },
};

static const uint32_t rates[] = { 44100, 48000, 96000, 192000 };

static double value_of(const am_analysis *a, metric what)
{
    switch (what) {
    case I: return a->loudness.integrated_lufs;
    case M: return a->loudness.momentary_max_lufs;
    case S: return a->loudness.short_term_max_lufs;
    case R: return a->loudness.range_lu;
    case TP: return a->peak.true_peak_dbtp;
    }
    return NAN;
}

/* The sine runs on over all parts; borders are rounded on the running total. */
static float *make_tone(const part *parts, uint32_t rate_hz, size_t *frames)
{
    double total = 0.0, seconds = 0.0;
    size_t at = 0;
    float *x;

    for (int i = 0; i < MAX_PARTS; i++)
        total += parts[i].seconds;
    *frames = (size_t)lround(total * rate_hz);
    x = listen_buffer(*frames);
    for (int i = 0; i < MAX_PARTS && parts[i].seconds > 0.0; i++) {
        const double gain = isnan(parts[i].dbfs) ? 0.0 : am_gain_from_db(parts[i].dbfs);

        seconds += parts[i].seconds;
        for (const size_t end = (size_t)lround(seconds * rate_hz); at < end; at++)
            x[at] = (float)(gain * sin(2.0 * AM_PI * fmod(1000.0 * (double)at / rate_hz, 1.0)));
    }
    return x;
}

static void check_tone(const char *clause, uint32_t rate_hz, const part *parts, metric what, double expected, double tolerance,
                       am_analysis *a)
{
    char name[64];
    size_t frames;
    float *x = make_tone(parts, rate_hz, &frames);

    listen_stereo(x, x, frames, rate_hz, a);
    (void)snprintf(name, sizeof name, "%s at %u Hz", clause, (unsigned)rate_hz);
    check_near(name, value_of(a, what), expected, tolerance);
    free(x);
}

static void tones_read_as_specified(void **state)
{
    am_analysis *a = *state;

    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (size_t t = 0; t < sizeof tones / sizeof *tones; t++) {
            check_tone(tones[t].clause, rates[r], tones[t].parts, tones[t].checks[0].what, tones[t].checks[0].expected,
                       tones[t].tolerance, a);
            for (int c = 1; c < tones[t].check_count; c++)
                check_near(tones[t].clause, value_of(a, tones[t].checks[c].what), tones[t].checks[c].expected, tones[t].tolerance);
        }
}

/* Tech 3341 cases 10 and 13: a burst that begins at 20 places between window borders. */
static void maxima_do_not_depend_on_where_a_burst_begins(void **state)
{
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (int i = 0; i < 20; i += rates[r] > 48000 ? 7 : 1) {
            part slow[MAX_PARTS + 1] = { { i * 0.15, SILENT }, { 3, -23 }, { 1, SILENT } };
            part fast[MAX_PARTS + 1] = { { i * 0.02, SILENT }, { 0.4, -23 }, { 1, SILENT } };

            check_tone("3341-10", rates[r], slow + (i == 0), S, -23.0, 0.1, *state);
            check_tone("3341-13", rates[r], fast + (i == 0), M, -23.0, 0.1, *state);
        }
}

/* Cases 11 and 14 ask for the maximum of each of 20 segments, the level rising by 1 dB: in a file meter the maximum of the first i + 1
 * segments is that of segment i. */
static void rising_bursts_raise_the_maximum(void **state)
{
    for (size_t r = 0; r < 2; r++)
        for (int last = 0; last < 20; last++) {
            part slow[MAX_PARTS + 1] = { { 0 } }, fast[MAX_PARTS] = { { 0 } };
            int from = last > 2 ? last - 2 : 0, n = 0, m = 0;

            for (int i = from; i <= last; i++) {
                if (i) {
                    slow[n++] = (part){ i * 0.15, SILENT };
                    fast[m++] = (part){ i * 0.02, SILENT };
                }
                slow[n++] = (part){ 3.0, -38.0 + i };
                slow[n++] = (part){ 3.0 - i * 0.15, SILENT };
                fast[m++] = (part){ 0.4, -38.0 + i };
                fast[m++] = (part){ 0.4 - i * 0.02 + 1e-9, SILENT };
            }
            check_tone("3341-11", rates[r], slow, S, -38.0 + last, 0.1, *state);
            check_tone("3341-14", rates[r], fast, M, -38.0 + last, 0.1, *state);
        }
}

/* Case 6: 5.0 and 5.1 with a silent LFE. */
static void surround_channels_are_weighted(void **state)
{
    static const double dbfs[6] = { -28, -28, -24, -30, -30, -30 };
    am_analysis *a = *state;

    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (uint32_t count = 5; count <= 6; count++) {
            const size_t frames = 5 * (size_t)rates[r];
            float *channels[6] = { NULL };
            const float *in[6];

            for (uint32_t c = 0; c < count; c++) {
                const bool lfe = count == 6 && c == 3;

                in[c] = channels[c] = listen_buffer(frames);
                for (size_t i = 0; i < frames && !lfe; i++)
                    channels[c][i] = (float)(am_gain_from_db(dbfs[c]) * sin(2.0 * AM_PI * 1000.0 * (double)i / rates[r]));
            }
            listen(in, count, frames, rates[r], 0, a);
            check_near("3341-6", a->loudness.integrated_lufs, -23.0, 0.1);
            assert_int_equal(a->stereo.layout, AM_LAYOUT_MULTI);
            for (uint32_t c = 0; c < count; c++)
                free(channels[c]);
        }
}

/* Cases 15 to 19: sines at fractions of the rate whose samples miss the crest. */
static void true_peaks_of_sines(void **state)
{
    static const struct {
        const char *clause;
        double divisor, dbtp, degrees;
    } sines[] = {
        { "3341-15", 4, -6, 0 }, { "3341-16", 4, -6, 45 }, { "3341-17", 6, -6, 60 }, { "3341-18", 8, -6, 67.5 }, { "3341-19", 4, 3, 45 },
    };
    am_analysis *a = *state;

    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (size_t s = 0; s < sizeof sines / sizeof *sines; s++) {
            const size_t frames = rates[r] / 2, fade = rates[r] / 100;
            float *x = listen_buffer(frames);

            for (size_t i = 0; i < frames; i++) {
                const double ramp = fmin(1.0, fmin((double)i, (double)(frames - 1 - i)) / (double)fade);

                x[i] = (float)(ramp * am_gain_from_db(sines[s].dbtp) *
                               sin(2.0 * AM_PI * (double)i / sines[s].divisor + sines[s].degrees * AM_PI / 180.0));
            }
            listen_stereo(x, x, frames, rates[r], a);
            check_near(sines[s].clause, a->peak.true_peak_dbtp, sines[s].dbtp - 0.1, 0.3);
            free(x);
        }
}

/* Cases 20 to 23: one period of fs/4 at 1.00 inside fs/6 at 0.50, low-passed at half the rate and decimated from 4 fs at four offsets. */
static void true_peak_does_not_depend_on_the_phase_of_the_samples(void **state)
{
    enum { HALF = 600, LENGTH = 24 * 400 + 16 };
    am_analysis *a = *state;
    double *fine = calloc(LENGTH, sizeof *fine), first = 0.0;

    assert_non_null(fine);
    for (int i = 0; i < LENGTH; i++) {
        const int j = i - 24 * 200;

        fine[i] = j >= 0 && j < 16 ? sin(2.0 * AM_PI * j / 16.0)
                                   : am_gain_from_db(-6.0) * sin(2.0 * AM_PI * (j < 0 ? i : i - 16) / 24.0);
        fine[i] *= fmin(1.0, fmin(i, LENGTH - 1 - i) / 1000.0);
    }
    for (int offset = 0; offset < 4; offset++) {
        const size_t frames = LENGTH / 4;
        float *x = listen_buffer(frames);

        for (size_t n = 0; n < frames; n++) {
            double sum = 0.0;

            for (int k = -HALF; k <= HALF; k++) {
                const int at = 4 * (int)n + offset - k;
                const double t = k / 4.0, window = 0.5 + 0.5 * cos(AM_PI * k / HALF);

                if (at >= 0 && at < LENGTH)
                    sum += fine[at] * window * (k ? sin(AM_PI * t) / (AM_PI * t) : 1.0) / 4.0;
            }
            x[n] = (float)sum;
        }
        listen_stereo(x, x, frames, 48000, a);
        check_near("3341-20..23", a->peak.true_peak_dbtp, -0.1, 0.3);
        if (!offset)
            first = a->peak.true_peak_dbtp;
        check_near("shift of 3341-20..23", a->peak.true_peak_dbtp, first, 0.02);
        free(x);
    }
    free(fine);
}

static int make_state(void **state) { return listen_state(state, sizeof(am_analysis)); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tones_read_as_specified),
        cmocka_unit_test(maxima_do_not_depend_on_where_a_burst_begins),
        cmocka_unit_test(rising_bursts_raise_the_maximum),
        cmocka_unit_test(surround_channels_are_weighted),
        cmocka_unit_test(true_peaks_of_sines),
        cmocka_unit_test(true_peak_does_not_depend_on_the_phase_of_the_samples),
    };

    return cmocka_run_group_tests_name("ebu", tests, make_state, listen_drop);
}
