/* test_pipeline.c - the file calls of automaster.h, end to end on synthesized music */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <automaster/automaster.h>

#include "base/db.h"
#include "tests/support/music.h"

enum { rate_hz = 44100, seconds = 20 };

typedef struct place {              /* an empty directory with a song and a reference in it */
    char directory[64], song[128], reference[128], out[128], again[128];
    am_options options;
    am_report *report, *second;
    am_error err;
} place;

static void write_music(const char *path, uint64_t seed, double peak, size_t channels, int bits)
{
    const size_t frames = (size_t)rate_hz * seconds;
    float *samples = malloc(frames * channels * sizeof *samples);

    assert_non_null(samples);
    music_fill(samples, frames, channels, rate_hz, seed, peak);
    assert_int_equal(music_write(path, samples, frames, channels, rate_hz, bits), 0);
    free(samples);
}

static int set_up(void **state)
{
    place *p = calloc(1, sizeof *p);

    assert_non_null(p);
    (void)snprintf(p->directory, sizeof p->directory, "/tmp/am_pipeline_XXXXXX");
    assert_non_null(mkdtemp(p->directory));
    (void)snprintf(p->song, sizeof p->song, "%s/song.wav", p->directory);
    (void)snprintf(p->reference, sizeof p->reference, "%s/reference.wav", p->directory);
    (void)snprintf(p->out, sizeof p->out, "%s/out.wav", p->directory);
    (void)snprintf(p->again, sizeof p->again, "%s/again.wav", p->directory);
    write_music(p->song, 11, 0.4, 2, 24);
    write_music(p->reference, 12, 0.85, 2, 16);
    AM_OPTIONS_INIT(&p->options);
    p->report = calloc(1, sizeof *p->report);
    p->second = calloc(1, sizeof *p->second);
    assert_true(p->report && p->second);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;

    (void)remove(p->song);
    (void)remove(p->reference);
    (void)remove(p->out);
    (void)remove(p->again);
    assert_int_equal(rmdir(p->directory), 0); /* nothing else may be left in it */
    free(p->report);
    free(p->second);
    free(p);
    return 0;
}

static bool exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

#define ASSERT_OK(call) \
    do { \
        if (call) \
            fail_msg("%s", p->err.message); \
    } while (0)

static void a_master_reaches_its_reference(void **state)
{
    place *p = *state;
    const am_reference reference = { p->reference, 1.0 };

    p->options.references = &reference;
    p->options.reference_count = 1;
    ASSERT_OK(am_master_file(p->song, p->out, &p->options, p->report, &p->err));
    assert_true(am_report_passed(p->report));
    assert_true(exists(p->out));
    if (fabs(p->report->after.loudness.integrated_lufs - p->report->target.loudness_lufs) > 0.1)
        fail_msg("loudness %.3f, wanted %.3f", p->report->after.loudness.integrated_lufs, p->report->target.loudness_lufs);
    assert_true(p->report->after.peak.true_peak_dbtp <= -1.0);
    assert_int_equal(p->report->output.bits, 24);
}

static void the_plan_gives_the_same_bytes_again(void **state)
{
    place *p = *state;
    const am_reference reference = { p->reference, 1.0 };

    p->options.references = &reference;
    p->options.reference_count = 1;
    ASSERT_OK(am_master_file(p->song, p->out, &p->options, p->report, &p->err));
    p->options.threads = 1;
    ASSERT_OK(am_render_file(p->song, p->again, &p->report->plan, &p->options, p->second, &p->err));
    assert_string_equal(p->report->output.sha256, p->second->output.sha256);
}

static void a_song_that_is_its_own_reference_passes_untouched(void **state)
{
    place *p = *state;
    am_reference reference = { p->song, 1.0 };

    p->options.references = &reference;
    p->options.reference_count = 1;
    ASSERT_OK(am_master_file(p->song, p->out, &p->options, p->report, &p->err));
    assert_int_equal(p->report->plan.tone.method, AM_EQ_OFF);
    assert_false(p->report->plan.width.enabled);
    assert_true(p->report->plan.drive_db == 0.0);
    assert_int_equal(p->report->plan.dither, AM_DITHER_NONE);
    /* the generator's header is not the writer's: what was written once is the fair comparison */
    reference.path = p->out;
    ASSERT_OK(am_master_file(p->out, p->again, &p->options, p->second, &p->err));
    assert_string_equal(p->second->output.sha256, p->second->input.sha256);
}

static void without_a_reference_the_profiles_of_the_style_serve(void **state)
{
    place *p = *state;

    p->options.loudness_lufs = -16.0;
    ASSERT_OK(am_master_file(p->song, p->out, &p->options, p->report, &p->err));
    assert_int_equal(p->report->target.kind, AM_TARGET_PROFILE);
    assert_non_null(strstr(p->report->target.name, " %"));
    assert_true(fabs(p->report->after.loudness.integrated_lufs + 16.0) <= 0.1);
}

static int count_notes(const am_report *r, const char *kind, const char *beginning)
{
    int count = 0;

    for (uint32_t i = 0; i < r->note_count; i++)
        count += strcmp(r->notes[i].kind, kind) == 0 && strncmp(r->notes[i].text, beginning, strlen(beginning)) == 0;
    return count;
}

/* A profile of less than a quarter speaks no more here than in the analysis. */
static void what_is_unlike_is_told_of_who_has_a_quarter(void **state)
{
    static const am_reference profiles[] = { { "jazz", 1.01 }, { "blues", 1.0 }, { "rock", 1.0 }, { "pop", 1.0 }, { "metal", 1.0 } };
    place *p = *state;

    p->options.profiles = profiles;
    p->options.profile_count = 5;
    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_int_equal(count_notes(p->report, "unlike_profile", ""), 0);
    p->options.profile_count = 3;
    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_true(count_notes(p->report, "unlike_profile", "The mix is unlike jazz: ") > 0);
}

static void a_style_that_is_not_recognised_is_not_named(void **state)
{
    const size_t frames = (size_t)rate_hz * seconds;
    float *samples = malloc(2 * frames * sizeof *samples);
    music_random random = { 5 };
    place *p = *state;

    assert_non_null(samples);
    for (size_t i = 0; i < 2 * frames; i++)
        samples[i] = (float)music_uniform(&random, -0.3, 0.3);
    assert_int_equal(music_write(p->song, samples, frames, 2, rate_hz, 24), 0);
    free(samples);
    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_string_equal(p->report->before.style[0].name, "unknown");
    assert_int_equal(count_notes(p->report, "style", "Its style is not recognised: it is mastered towards neutral"), 1);
    assert_int_equal(count_notes(p->report, "unlike_profile", ""), 0);
}

static void named_profiles_are_blended(void **state)
{
    static const am_reference profiles[] = { { "jazz", 3.0 }, { "blues", 1.0 } };
    place *p = *state;

    p->options.profiles = profiles;
    p->options.profile_count = 2;
    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_string_equal(p->report->target.name, "jazz 75 %, blues 25 %");
    assert_int_equal(p->report->before.style_count, 0);
    assert_true(count_notes(p->report, "unlike_profile", "The mix is unlike jazz: ") > 0);
    assert_int_equal(count_notes(p->report, "unlike_profile", ""), count_notes(p->report, "unlike_profile", "The mix is unlike jazz: "));
    p->options.profile_count = 1;
    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_string_equal(p->report->target.name, "jazz");
    p->options.profile = "jaz";
    assert_int_equal(am_plan_file(p->song, &p->options, p->report, &p->err), AM_ERR_IO);
    assert_non_null(strstr(p->err.message, "did you mean \"jazz\""));
}

/* A bass drum above steady noise that falls with frequency */
static void write_drum(const char *path, double peak, double decay_s, double every_s)
{
    const size_t frames = (size_t)rate_hz * seconds;
    float *samples = malloc(2 * frames * sizeof *samples);
    music_random random = { 7 };
    double noise[2] = { 0.0 };

    assert_non_null(samples);
    for (size_t i = 0; i < 2 * frames; i++) {
        const double t = fmod((double)(i / 2) / rate_hz, every_s);

        noise[i % 2] = 0.9 * noise[i % 2] + music_uniform(&random, -0.036, 0.036);
        samples[i] = (float)(peak * exp(-t / decay_s) * sin(2.0 * 3.14159265358979 * 60.0 * t) + noise[i % 2]);
    }
    assert_int_equal(music_write(path, samples, frames, 2, rate_hz, 24), 0);
    free(samples);
}

static double rms_of_change(const am_report *r, const double *wanted_db)
{
    double change_db[AM_BANDS], sum = 0.0, squares = 0.0, count = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        change_db[k] = r->after.mid.power_db[k] - r->before.mid.power_db[k] - wanted_db[k];
        if (am_band_hz(k) >= 40.0 && am_band_hz(k) <= 16000.0) {
            sum += change_db[k];
            squares += change_db[k] * change_db[k];
            count += 1.0;
        }
    }
    return sqrt(squares / count - sum * sum / (count * count));
}

static bool told(const am_report *r, const char *kind)
{
    for (uint32_t i = 0; i < r->note_count; i++)
        if (strcmp(r->notes[i].kind, kind) == 0)
            return true;
    return false;
}

/* Limited as far as the profile is loud, the drum would lose its bass: it is not, and what is left to do the equaliser makes up for. */
static void a_profile_keeps_the_tone_under_the_limiter(void **state)
{
    place *p = *state;

    write_drum(p->song, 0.72, 0.06, 0.5);
    p->options.profile = "electronic";
    ASSERT_OK(am_master_file(p->song, p->out, &p->options, p->report, &p->err));
    assert_true(am_report_passed(p->report));
    assert_true(told(p->report, "loudness_for_tone") && told(p->report, "tone_behind_dynamics"));
    p->options.loudness_lufs = -11.0;
    ASSERT_OK(am_master_file(p->song, p->again, &p->options, p->second, &p->err));
    assert_false(told(p->second, "loudness_for_tone"));
    if (!(rms_of_change(p->report, p->report->tone.wanted_db) < 0.6 && p->second->plan.drive_db > p->report->plan.drive_db + 2.0))
        fail_msg("tone %.2f dB rms off what was wanted; at -11 LUFS %.2f", rms_of_change(p->report, p->report->tone.wanted_db),
                 rms_of_change(p->second, p->second->tone.wanted_db));
    p->options.amount_tone = 0.0;
    p->options.loudness_lufs = NAN;
    p->options.overwrite = true;
    ASSERT_OK(am_master_file(p->song, p->again, &p->options, p->second, &p->err));
    assert_false(told(p->second, "tone_behind_dynamics") || p->second->pressed.present);
}

/* A compressor that holds back a long drum would take bass off the mean of all. */
static void a_profile_keeps_the_tone_under_the_compressor(void **state)
{
    place *p = *state;

    write_drum(p->song, 0.8, 0.5, 2.0);
    p->options.profile = "electronic";
    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_true(told(p->report, "dynamics_for_tone"));
    assert_false(p->report->plan.compressor.enabled);
}

/* A profile of one song, that much apart in range: it is followed as if songs differed as those of any style do. */
static void a_profile_of_one_song_is_followed_gently(void **state)
{
    static const double apart_lu = 4.0, usual_lu = 4.0 / 3.0 * 2.1;
    place *p = *state;
    am_profile_options how;
    am_profile *profile = NULL;
    char change[48];

    AM_PROFILE_OPTIONS_INIT(&how);
    how.name = "one";
    ASSERT_OK(am_analyze_file(p->reference, &p->options, &p->report->before, &p->report->input, &p->err));
    ASSERT_OK(am_profile_build(&p->report->before, &p->report->input, 1, &how, NULL, &profile, &p->err));
    ASSERT_OK(am_analyze_file(p->song, &p->options, &p->report->before, &p->report->input, &p->err));
    (void)snprintf(change, sizeof change, "range_lu=%.2f", p->report->before.loudness.range_lu + apart_lu);
    ASSERT_OK(am_profile_tune(profile, change, &p->err));
    ASSERT_OK(am_profile_save(profile, p->again, true, &p->err));
    am_profile_close(profile);
    p->options.profile = p->again;
    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_true(told(p->report, "profile_few_songs"));
    const double wanted = p->report->before.loudness.range_lu + pow(apart_lu, 3.0) / (pow(apart_lu, 2.0) + pow(2.0 * usual_lu, 2.0));
    const am_target *t = &p->report->target;

    if (!(fabs(t->range_lu - wanted) < 0.02))
        fail_msg("range %.3f LU, expected %.3f", t->range_lu, wanted);
    if (!(t->loudness_range_lufs[1] - t->loudness_range_lufs[0] > 9.0 && t->loudness_lufs >= t->loudness_range_lufs[0] && t->loudness_lufs <= t->loudness_range_lufs[1]))
        fail_msg("loudness %.2f of %.2f to %.2f", t->loudness_lufs, t->loudness_range_lufs[0], t->loudness_range_lufs[1]);
}

/* Songs that are all of one loudness leave nothing to choose. */
static void a_loudness_without_spread_is_the_target(void **state)
{
    enum { copies = 8 };
    place *p = *state;
    am_analysis *analyses = calloc(copies, sizeof *analyses);
    am_source *sources = calloc(copies, sizeof *sources);
    am_profile_options how;
    am_profile *profile = NULL;

    assert_true(analyses && sources);
    AM_PROFILE_OPTIONS_INIT(&how);
    how.name = "same";
    ASSERT_OK(am_analyze_file(p->reference, &p->options, analyses, sources, &p->err));
    for (size_t i = 0; i < copies; i++) {
        analyses[i] = analyses[0];
        sources[i] = sources[0];
        sources[i].sha256[0] = (char)('0' + i);
    }
    ASSERT_OK(am_profile_build(analyses, sources, copies, &how, NULL, &profile, &p->err));
    ASSERT_OK(am_profile_save(profile, p->again, true, &p->err));
    p->options.profile = p->again;
    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_false(told(p->report, "profile_few_songs") || told(p->report, "loudness_settled"));
    if (!(fabs(p->report->target.loudness_lufs - profile->values[AM_QUANTITY_LOUDNESS].mean) < 1e-9))
        fail_msg("loudness %.2f, all songs have %.2f", p->report->target.loudness_lufs, profile->values[AM_QUANTITY_LOUDNESS].mean);
    am_profile_close(profile);
    free(analyses);
    free(sources);
}

static void a_plan_alone_writes_nothing(void **state)
{
    place *p = *state;

    ASSERT_OK(am_plan_file(p->song, &p->options, p->report, &p->err));
    assert_int_equal(p->report->plan.version, AM_PLAN_VERSION);
    assert_int_equal(p->report->after.version, 0);
}

static void what_exists_or_is_an_input_is_not_overwritten(void **state)
{
    place *p = *state;

    write_music(p->out, 13, 0.1, 1, 16);
    assert_int_equal(am_master_file(p->song, p->out, &p->options, p->report, &p->err), AM_ERR_EXISTS);
    p->options.overwrite = true;
    assert_int_equal(am_master_file(p->song, p->song, &p->options, p->report, &p->err), AM_ERR_EXISTS);
    ASSERT_OK(am_master_file(p->song, p->out, &p->options, p->report, &p->err));
}

static void silence_and_shorts_are_refused_by_name(void **state)
{
    place *p = *state;
    float *samples = calloc((size_t)rate_hz * 2, sizeof *samples);

    assert_non_null(samples);
    assert_int_equal(music_write(p->again, samples, rate_hz, 2, rate_hz, 16), 0);
    assert_int_equal(am_master_file(p->again, p->out, &p->options, p->report, &p->err), AM_ERR_CONTENT);
    assert_non_null(strstr(p->err.message, p->again));
    assert_non_null(strstr(p->err.message, "silence"));
    samples[0] = 0.5f;
    assert_int_equal(music_write(p->again, samples, 100, 2, rate_hz, 16), 0);
    assert_int_equal(am_master_file(p->again, p->out, &p->options, p->report, &p->err), AM_ERR_CONTENT);
    assert_non_null(strstr(p->err.message, "too short"));
    free(samples);
}

static bool stop_at(void *context, const char *stage, double done)
{
    return strcmp(stage, context) != 0 || done < 0.5;
}

static void a_cancelled_run_leaves_nothing(void **state)
{
    place *p = *state;
    static const char *const stages[] = { "analyse", "listen", "render", "verify" };

    p->options.progress = stop_at;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        p->options.progress_context = (void *)(uintptr_t)stages[i];
        assert_int_equal(am_master_file(p->song, p->out, &p->options, p->report, &p->err), AM_ERR_CANCELLED);
        assert_false(exists(p->out));
    }
}

static void options_out_of_range_are_named(void **state)
{
    place *p = *state;

    p->options.ceiling_dbtp = 1.0;
    assert_int_equal(am_plan_file(p->song, &p->options, p->report, &p->err), AM_ERR_RANGE);
    assert_string_equal(p->err.message, "ceiling_dbtp 1: outside [-9, 0]");
}

static void options_of_an_older_caller_are_enough(void **state)
{
    place *p = *state;
    am_options old;

    memset(&old, 0xA5, sizeof old); /* what lies behind an older struct is not ours to read */
    am_options_init(&old, offsetof(am_options, references));
    ASSERT_OK(am_plan_file(p->song, &old, p->report, &p->err));
    assert_int_equal(p->report->target.kind, AM_TARGET_PROFILE);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_master_reaches_its_reference),
        TEST(the_plan_gives_the_same_bytes_again),
        TEST(a_song_that_is_its_own_reference_passes_untouched),
        TEST(without_a_reference_the_profiles_of_the_style_serve),
        TEST(named_profiles_are_blended),
        TEST(what_is_unlike_is_told_of_who_has_a_quarter),
        TEST(a_style_that_is_not_recognised_is_not_named),
        TEST(a_profile_keeps_the_tone_under_the_limiter),
        TEST(a_profile_keeps_the_tone_under_the_compressor),
        TEST(a_profile_of_one_song_is_followed_gently),
        TEST(a_loudness_without_spread_is_the_target),
        TEST(a_plan_alone_writes_nothing),
        TEST(what_exists_or_is_an_input_is_not_overwritten),
        TEST(silence_and_shorts_are_refused_by_name),
        TEST(a_cancelled_run_leaves_nothing),
        TEST(options_out_of_range_are_named),
        TEST(options_of_an_older_caller_are_enough),
    };

    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
