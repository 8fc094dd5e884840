/* test_analyzer.c - the calls of the analyzer: splits, errors, symmetry, short files, memory */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/faulty.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

typedef struct pair {
    am_analysis a, b;
} pair;

static size_t random_size(music_random *random)
{
    return (size_t)exp(music_uniform(random, 0.0, 10.0));
}

/* One push against pushes of random sizes, bit for bit. */
static void check_splits(pair *p, const float *const *channels, uint32_t count, size_t frames, uint32_t rate_hz, uint64_t seed)
{
    const am_format format = { .rate_hz = rate_hz, .channels = count };
    music_random random = { 2 * seed + 1 };
    am_analyzer *analyzer = NULL;

    listen(channels, count, frames, rate_hz, 0, &p->a);
    memset(&p->b, 0, sizeof p->b);
    assert_int_equal(am_analyze_open(&format, NULL, &analyzer, NULL), AM_OK);
    for (size_t i = 0; i < frames;) {
        const size_t want = random_size(&random), part = want < frames - i ? want : frames - i;
        const float *rest[8];

        for (uint32_t c = 0; c < count; c++)
            rest[c] = channels[c] + i;
        assert_int_equal(am_analyze_push(analyzer, rest, part, NULL), AM_OK);
        i += part;
    }
    assert_int_equal(am_analyze_finish(analyzer, &p->b, NULL), AM_OK);
    am_analyze_close(analyzer);
    if (memcmp(&p->a, &p->b, sizeof p->a))
        fail_msg("splits changed the result: rate %u, %u channels, %zu frames, seed %u", (unsigned)rate_hz, (unsigned)count, frames,
                 (unsigned)seed);
}

static void splits_change_no_bit(void **state)
{
    static const uint32_t rates[] = { 8000, 11025, 44100, 48000, 96000, 384000 };
    const char *text = getenv("AM_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 10) : 1;

    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (uint32_t count = 1; count <= 3; count++) {
            const size_t frames = (size_t)(rates[r] * (count == 2 ? 6.57 : 3.21));
            float *left = listen_buffer(frames), *right = listen_buffer(frames);
            const float *channels[3] = { left, right, left };

            listen_noise(left, right, frames, rates[r], seed + r);
            memset(left, 0, frames / 20 * sizeof *left);
            memset(right, 0, frames / 25 * sizeof *right);
            check_splits(*state, channels, count, frames, rates[r], seed + r);
            free(left);
            free(right);
        }
}

static void swap_doubles(double *a, double *b)
{
    const double c = *a;

    *a = *b;
    *b = c;
}

static void swapping_channels_swaps_results_exactly(void **state)
{
    enum { FRAMES = 400000 };
    pair *p = *state;
    float *left = listen_buffer(FRAMES), *right = listen_buffer(FRAMES);

    listen_noise(left, right, FRAMES, 44100, 7);
    for (int i = 0; i < FRAMES; i++)
        right[i] *= 0.7f;
    listen_stereo(left, right, FRAMES, 44100, &p->a);
    listen_stereo(right, left, FRAMES, 44100, &p->b);
    assert_true(p->a.stereo.balance_db < -2.0);
    check_near("balance", p->b.stereo.balance_db, -p->a.stereo.balance_db, 1e-9);
    for (int b = 0; b < AM_BANDS; b++)
        check_near("band balance", p->b.stereo.band_balance_db[b], -p->a.stereo.band_balance_db[b], 1e-9);
    swap_doubles(&p->b.dc[0], &p->b.dc[1]);
    p->b.stereo.balance_db = p->a.stereo.balance_db;
    memcpy(p->b.stereo.band_balance_db, p->a.stereo.band_balance_db, sizeof p->a.stereo.band_balance_db);
    for (int b = 0; b < AM_BANDS; b++)
        check_near("band correlation", p->b.stereo.band_correlation[b], p->a.stereo.band_correlation[b], 1e-12);
    memcpy(p->b.stereo.band_correlation, p->a.stereo.band_correlation, sizeof p->a.stereo.band_correlation);
    memcpy(p->b.defects, p->a.defects, sizeof p->a.defects);    /* they name their channel */
    assert_memory_equal(&p->a, &p->b, sizeof p->a);
    free(left);
    free(right);
}

static void peak_to_loudness_is_of_any_number_of_channels(void **state)
{
    enum { FRAMES = 100000, COUNT = 6 };
    pair *p = *state;
    float *left = listen_buffer(FRAMES), *right = listen_buffer(FRAMES);
    const float *channels[COUNT] = { left, right, left, right, left, right };

    listen_noise(left, right, FRAMES, 48000, 3);
    listen(channels, COUNT, FRAMES, 48000, 0, &p->a);
    assert_true(isfinite(p->a.loudness.integrated_lufs));
    check_near("peak to loudness", p->a.dynamics.plr_db, p->a.peak.true_peak_dbtp - p->a.loudness.integrated_lufs, 1e-12);
    free(left);
    free(right);
}

static void mono_reads_as_two_equal_channels(void **state)
{
    enum { FRAMES = 300000 };
    pair *p = *state;
    float *left = listen_buffer(FRAMES), *right = listen_buffer(FRAMES);
    const float *channels[1] = { left };

    listen_noise(left, right, FRAMES, 48000, 3);
    listen(channels, 1, FRAMES, 48000, 0, &p->a);
    listen_stereo(left, left, FRAMES, 48000, &p->b);
    assert_int_equal(p->a.stereo.layout, AM_LAYOUT_MONO);
    assert_int_equal(p->b.stereo.layout, AM_LAYOUT_DUAL_MONO);
    check_near("loudness", p->a.loudness.integrated_lufs, p->b.loudness.integrated_lufs, 1e-9);
    assert_memory_equal(&p->a.mid, &p->b.mid, sizeof p->a.mid);
    assert_memory_equal(&p->a.dynamics, &p->b.dynamics, sizeof p->a.dynamics);
    free(left);
    free(right);
}

static void short_files_have_no_loudness(void **state)
{
    static const size_t sizes[] = { 0, 1, 2, 480, 19199, 19200, 143999, 144000, 287999, 288000 };
    pair *p = *state;
    float *left = listen_buffer(288000), *right = listen_buffer(288000);

    listen_noise(left, right, 288000, 48000, 5);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        listen_stereo(left, right, sizes[i], 48000, &p->a);
        assert_int_equal(p->a.frames, sizes[i]);
        assert_int_equal(!isnan(p->a.loudness.integrated_lufs), sizes[i] >= 19200);
        assert_int_equal(!isnan(p->a.loudness.momentary_max_lufs), sizes[i] >= 19200);
        assert_int_equal(!isnan(p->a.loudness.short_term_max_lufs), sizes[i] >= 144000);
        assert_int_equal(!isnan(p->a.loudness.range_lu), sizes[i] >= 288000);
        assert_int_equal(!isnan(p->a.mid.mean_db[AM_BAND_1K]), sizes[i] >= 19200);
        assert_int_equal(!isnan(p->a.peak.sample_dbfs), sizes[i] >= 1);
        assert_true(isnan(p->a.sections.mid_db2[0][0]));
    }
    free(left);
    free(right);
}

static void silence_has_no_level(void **state)
{
    pair *p = *state;
    float *zeros = listen_buffer(300000);

    listen_stereo(zeros, zeros, 300000, 44100, &p->a);
    assert_true(isnan(p->a.loudness.integrated_lufs) && isnan(p->a.loudness.momentary_max_lufs));
    assert_true(isnan(p->a.peak.sample_dbfs) && isnan(p->a.peak.true_peak_dbtp));
    assert_true(isnan(p->a.mid.mean_db[30]) && isnan(p->a.stereo.correlation) && isnan(p->a.dynamics.fast_lu[3]));
    assert_int_equal(p->a.defect_count, 0);
    check_near("leading silence", p->a.leading_silence_s, 300000.0 / 44100.0, 1e-9);
    free(zeros);
}

static void not_finite_samples_are_refused_with_their_time(void **state)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const am_format format = { .rate_hz = 48000, .channels = 2 };
        float *left = listen_buffer(50000), *right = listen_buffer(50000);
        const float *channels[2] = { left, right };
        am_analyzer *analyzer = NULL;
        am_error err = { 0 };

        right[36000] = bad[i];
        assert_int_equal(am_analyze_open(&format, NULL, &analyzer, &err), AM_OK);
        assert_int_equal(am_analyze_push(analyzer, channels, 50000, &err), AM_ERR_CONTENT);
        assert_non_null(strstr(err.message, "0.750000 s"));
        assert_int_equal(am_analyze_push(analyzer, channels, 10, &err), AM_ERR_STATE);
        am_analyze_close(analyzer);
        free(left);
        free(right);
    }
}

static void formats_out_of_range_are_refused(void **state)
{
    static const am_format formats[] = { { 7999, 2 }, { 384001, 2 }, { 48000, 0 }, { 48000, 9 } };
    am_analyzer *analyzer = NULL;
    am_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        assert_int_equal(am_analyze_open(&formats[i], NULL, &analyzer, &err), AM_ERR_RANGE);
        assert_null(analyzer);
    }
    am_analyze_close(NULL);
}

static am_status analyze_with(const am_allocator *allocator, const float *const *channels, size_t frames, am_analysis *out)
{
    const am_format format = { .rate_hz = 44100, .channels = 2 };
    am_analyzer *analyzer = NULL;
    am_options options;
    am_error err = { 0 };
    am_status st;

    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.allocator = allocator;
    st = am_analyze_open(&format, &options, &analyzer, &err);
    if (!st)
        st = am_analyze_push(analyzer, channels, frames, &err);
    if (!st)
        st = am_analyze_finish(analyzer, out, &err);
    if (st)
        assert_int_equal(err.status, st);
    am_analyze_close(analyzer);
    return st;
}

static void every_allocation_may_fail(void **state)
{
    enum { FRAMES = 44100 * 8 };
    pair *p = *state;
    float *left = listen_buffer(FRAMES), *right = listen_buffer(FRAMES);
    const float *channels[2] = { left, right };
    am_status st = AM_ERR_NOMEM;
    size_t k = 1;

    listen_noise(left, right, FRAMES, 44100, 3);
    memset(&p->b, 0x55, sizeof p->b);
    for (; st; k++) {
        faulty f;

        memcpy(&p->a, &p->b, sizeof p->a);
        st = analyze_with(faulty_init(&f, k), channels, FRAMES, &p->a);
        assert_int_equal(f.live, 0);
        if (st) {
            assert_int_equal(st, AM_ERR_NOMEM);
            assert_memory_equal(&p->a, &p->b, sizeof p->a);
        }
    }
    assert_true(k > 20);
    free(left);
    free(right);
}

static int make_state(void **state) { return listen_state(state, sizeof(pair)); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_change_no_bit),
        cmocka_unit_test(swapping_channels_swaps_results_exactly),
        cmocka_unit_test(peak_to_loudness_is_of_any_number_of_channels),
        cmocka_unit_test(mono_reads_as_two_equal_channels),
        cmocka_unit_test(short_files_have_no_loudness),
        cmocka_unit_test(silence_has_no_level),
        cmocka_unit_test(not_finite_samples_are_refused_with_their_time),
        cmocka_unit_test(formats_out_of_range_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests_name("analyzer", tests, make_state, listen_drop);
}
