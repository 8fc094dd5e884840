/* test_defects.c - clipping, offsets, dropouts, word length, silence at the ends, overview */
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

enum { RATE = 44100, FRAMES = 10 * RATE };

typedef struct signals {
    am_analysis a;
    float left[FRAMES], right[FRAMES];
} signals;

static unsigned count_kind(const am_analysis *a, am_defect_kind kind)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < a->defect_count && i < AM_MAX_DEFECTS; i++)
        count += a->defects[i].kind == kind;
    return count;
}

static void remove_offset(float *x)
{
    double sum = 0.0;

    for (int i = 0; i < FRAMES; i++)
        sum += (double)x[i];
    for (int i = 0; i < FRAMES; i++)
        x[i] -= (float)(sum / FRAMES);
}

static void clean_noise(signals *s, uint64_t seed)
{
    listen_noise(s->left, s->right, FRAMES, RATE, seed);
    remove_offset(s->left);
    remove_offset(s->right);
}

static void clean_music_has_no_defect(void **state)
{
    signals *s = *state;

    clean_noise(s, 3);
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    assert_int_equal(s->a.defect_count, 0);
    assert_int_equal(s->a.peak.clipped_runs, 0);
    check_near("clipped", s->a.peak.clipped_percent, 0.0, 0.0);
}

/* Runs of three or more at the ceiling, counted sample by sample. */
static void clipped_runs_are_counted(void **state)
{
    static const float ceilings[] = { 0.3f, 0.2f, 0.05f };
    signals *s = *state;

    for (size_t c = 0; c < 3; c++) {
        unsigned runs = 0, samples = 0, first = 0;

        clean_noise(s, 5);
        for (int i = 0, length = 0; i < FRAMES; i++) {
            const float x = s->left[i];

            s->left[i] = fmaxf(-ceilings[c], fminf(ceilings[c], x));
            if (length && s->left[i] != s->left[i - 1]) {
                runs += length >= 3;
                samples += length >= 3 ? (unsigned)length : 0;
                length = 0;
            }
            length = fabsf(x) >= ceilings[c] ? length + 1 : 0;
            if (length == 3 && !first)
                first = (unsigned)i - 2;
        }
        listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
        check_near("runs", s->a.peak.clipped_runs, runs, 0.02 * runs);
        check_near("percent", s->a.peak.clipped_percent, 100.0 * samples / (2.0 * FRAMES), 0.02);
        assert_int_equal(s->a.defect_count, s->a.peak.clipped_runs);
        assert_int_equal(s->a.defects[0].kind, AM_DEFECT_CLIPPING);
        assert_int_equal(s->a.defects[0].channel, 0);
        check_near("first", s->a.defects[0].time_s, (double)first / RATE, 1e-9);
    }
}

static void smooth_tops_and_decoder_overshoots_are_no_clipping(void **state)
{
    static const double hz[] = { 20.0, 50.0, 100.0, 440.0 };
    signals *s = *state;

    for (size_t f = 0; f < sizeof hz / sizeof *hz; f++) {
        for (int i = 0; i < FRAMES; i++)
            s->left[i] = s->right[i] = (float)(rint(32767.0 * 0.9 * sin(2.0 * AM_PI * hz[f] * i / RATE)) / 32768.0);
        listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
        assert_int_equal(s->a.peak.clipped_runs, 0);
    }
    clean_noise(s, 3);
    for (int i = 0; i < FRAMES; i++)
        s->left[i] = fmaxf(-0.3f, fminf(0.3f, s->left[i])) + 0.01f * s->right[i];
    s->left[FRAMES / 2] = 1.3f;
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    assert_int_equal(s->a.peak.clipped_runs, 0);
}

static void offsets_are_reported_per_channel(void **state)
{
    signals *s = *state;

    clean_noise(s, 3);
    for (int i = 0; i < FRAMES; i++)
        s->right[i] += 0.01f;
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    check_near("left", s->a.dc[0], 0.0, 1e-6);
    check_near("right", s->a.dc[1], 0.01, 1e-6);
    assert_int_equal(count_kind(&s->a, AM_DEFECT_DC), 1);
    assert_int_equal(s->a.defects[0].channel, 1);
    check_near("level", s->a.defects[0].value, -40.0, 0.01);
}

static void dropouts_are_found_and_pauses_are_not(void **state)
{
    signals *s = *state;

    for (int i = 0; i < FRAMES; i++)
        s->left[i] = s->right[i] = (float)(0.4 * sin(2.0 * AM_PI * 700.3 * i / RATE) + 0.2 * sin(2.0 * AM_PI * 1903.7 * i / RATE + 1.0));
    memset(s->left + 2 * RATE, 0, RATE / 100 * sizeof(float));              /* 10 ms, one channel */
    memset(s->left + 4 * RATE + 7, 0, RATE / 10 * sizeof(float));           /* 100 ms, both */
    memset(s->right + 4 * RATE + 7, 0, RATE / 10 * sizeof(float));
    memset(s->left + 6 * RATE, 0, RATE / 2 * sizeof(float));                /* half a second: a pause */
    memset(s->right + 6 * RATE, 0, RATE / 2 * sizeof(float));
    memset(s->right + 8 * RATE, 0, RATE / 300 * sizeof(float));             /* 3 ms: too short to be called so */
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    assert_int_equal(count_kind(&s->a, AM_DEFECT_DROPOUT), 2);
    assert_int_equal(s->a.defects[0].channel, 0);
    check_near("first", s->a.defects[0].time_s, 2.0, 1e-3);
    check_near("length", s->a.defects[0].value, 0.01, 1e-4);
    assert_int_equal(s->a.defects[1].channel, -1);
    check_near("second", s->a.defects[1].time_s, 4.0 + 7.0 / RATE, 1e-3);
    check_near("length", s->a.defects[1].value, 0.1, 1e-4);
}

static void word_lengths_are_recognised(void **state)
{
    signals *s = *state;

    for (int bits = 8; bits <= 24; bits += 4) {
        const double scale = exp2(bits - 1);

        clean_noise(s, 3);
        for (int i = 0; i < FRAMES; i++) {
            s->left[i] = (float)(rint((double)s->left[i] * scale) / scale);
            s->right[i] = (float)(rint((double)s->right[i] * scale) / scale);
        }
        listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
        assert_int_equal(s->a.effective_bits, bits);
    }
    s->right[FRAMES - 1] = 0.1f / 3.0f;
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    assert_int_equal(s->a.effective_bits, 32);
}

static void silence_at_the_ends_is_measured(void **state)
{
    signals *s = *state;

    clean_noise(s, 3);
    for (int i = 0; i < FRAMES; i++) {
        const float gain = i >= RATE + 100 && i < FRAMES - 2 * RATE ? 1.0f : 1e-5f;

        s->left[i] *= gain;
        s->right[i] *= gain;
    }
    s->right[RATE + 100] = s->left[FRAMES - 2 * RATE - 1] = 0.1f;
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    check_near("leading", s->a.leading_silence_s, (RATE + 100.0) / RATE, 1e-9);
    check_near("trailing", s->a.trailing_silence_s, 2.0, 1e-9);
}

static void the_overview_spans_the_file(void **state)
{
    signals *s = *state;
    float low = 0.0f, high = 0.0f;

    clean_noise(s, 3);
    for (size_t frames = RATE; frames <= FRAMES; frames += 12345) {
        listen_stereo(s->left, s->right, frames, RATE, &s->a);
        assert_true(s->a.overview.count >= 1 && s->a.overview.count <= AM_OVERVIEW);
        assert_true(s->a.overview.count * s->a.overview.slice_s >= (double)frames / RATE - 1e-9);
        assert_true((s->a.overview.count - 1) * s->a.overview.slice_s < (double)frames / RATE);
    }
    listen_stereo(s->left, s->left, FRAMES, RATE, &s->a);
    for (uint32_t i = 0; i < s->a.overview.count; i++) {
        low = fminf(low, s->a.overview.low[i]);
        high = fmaxf(high, s->a.overview.high[i]);
    }
    check_near("peak", 20.0 * log10(fmax((double)high, -(double)low)), s->a.peak.sample_dbfs, 1e-9);
    assert_true(isnan(s->a.overview.short_term_lufs[10]));
    check_near("short-term", (double)s->a.overview.short_term_lufs[s->a.overview.count / 2], s->a.loudness.short_term_max_lufs, 1.5);
}

static int make_state(void **state) { return listen_state(state, sizeof(signals)); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_music_has_no_defect),
        cmocka_unit_test(clipped_runs_are_counted),
        cmocka_unit_test(smooth_tops_and_decoder_overshoots_are_no_clipping),
        cmocka_unit_test(offsets_are_reported_per_channel),
        cmocka_unit_test(dropouts_are_found_and_pauses_are_not),
        cmocka_unit_test(word_lengths_are_recognised),
        cmocka_unit_test(silence_at_the_ends_is_measured),
        cmocka_unit_test(the_overview_spans_the_file),
    };

    return cmocka_run_group_tests_name("defects", tests, make_state, listen_drop);
}
