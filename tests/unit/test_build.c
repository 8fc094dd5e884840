/* test_build.c - references/build.h, profile.h: profiles from analyses against plain sums, in any order and any shards; merging, tuning, judging */
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
#include "references/blend.h"
#include "references/quantities.h"
#include "references/statistics.h"

enum { songs = 12 };

typedef struct fixture {
    am_analysis analyses[songs];
    am_source sources[songs];
} fixture;

static fixture *f;

static double noise(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 4503599627370496.0 - 1.0;
}

static void invent(size_t i, am_analysis *a, am_source *source)
{
    uint64_t state = 77 + i;

    for (int k = 0; k < 20; k++)
        (void)noise(&state);
    *a = (am_analysis){ .version = AM_ANALYSIS_VERSION, .channels = 2, .sample_rate_hz = 48000.0, .duration_s = 200.0, .gated_s = 180.0, .cutoff_hz = NAN };
    a->loudness.integrated_lufs = -9.0 + noise(&state);
    a->loudness.range_lu = 6.0 + noise(&state);
    a->dynamics.plr_db = 9.0 + noise(&state);
    a->dynamics.psr_db = 8.0 + noise(&state);
    a->dynamics.crest_db = 13.0 + noise(&state);
    a->peak.true_peak_dbtp = -0.5 + 0.3 * noise(&state);
    a->stereo.layout = AM_LAYOUT_STEREO;
    a->stereo.width_db = -9.0 + noise(&state);
    a->stereo.correlation = 0.7 + 0.1 * noise(&state);
    a->stereo.low_side_db = -20.0 + noise(&state);
    for (int q = 0; q < AM_QUANTILES; q++)
        a->dynamics.short_term_lu[q] = a->dynamics.momentary_lu[q] = a->dynamics.fast_lu[q] = q - 3.0 + 0.2 * noise(&state);
    for (int k = 0; k < AM_BANDS; k++) {
        const double tilt = noise(&state);

        a->mid.power_db[k] = -12.0 - 0.2 * k + 2.0 * tilt;
        a->mid.mean_db[k] = a->mid.power_db[k] - 2.0;
        a->side.power_db[k] = a->mid.power_db[k] - 9.0 + noise(&state);
        a->stereo.band_width_db[k] = -10.0 + noise(&state);
        a->stereo.band_correlation[k] = 0.7;
    }
    (void)snprintf(source->sha256, sizeof source->sha256, "%02x%062x", (unsigned)(i * 37 % 251), (unsigned)i);
}

static int setup(void **state)
{
    (void)state;
    f = calloc(1, sizeof *f);
    for (size_t i = 0; i < songs && f; i++)
        invent(i, &f->analyses[i], &f->sources[i]);
    return f ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(f);
    return 0;
}

static am_profile_options named(const char *name)
{
    am_profile_options o;

    AM_PROFILE_OPTIONS_INIT(&o);
    o.name = name;
    return o;
}

/* Of count songs from first, each step apart. */
static am_profile *build(const char *name, size_t first, size_t step, size_t count)
{
    am_profile_options o = named(name);
    am_profile_builder *b = NULL;
    am_profile *p = NULL;
    am_error err = { 0 };

    assert_int_equal(am_profile_build_open(&o, &b, &err), AM_OK);
    for (size_t i = 0; i < count; i++) {
        am_refusal refusal = AM_REFUSAL_OUTLIER;
        const size_t s = (first + i * step) % songs;

        if (am_profile_build_add(b, &f->analyses[s], &f->sources[s], &refusal, &err))
            fail_msg("%s", err.message);
        assert_int_equal(refusal, AM_REFUSAL_NONE);
    }
    if (am_profile_build_finish(b, &p, &err))
        fail_msg("%s", err.message);
    am_profile_build_close(b);
    return p;
}

static char *text_of(const am_profile *p)
{
    char *json = NULL;

    assert_int_equal(am_profile_to_json(p, NULL, &json, NULL), AM_OK);
    return json;
}

static void assert_near(double found, double expected, double by, const char *what)
{
    if (!(fabs(found - expected) <= by))
        fail_msg("%s: %.6f, expected %.6f +- %g", what, found, expected, by);
}

/* ------------------------------------------------------------------ options */

static void an_older_caller_has_shorter_options(void **state)
{
    am_profile *house = NULL, *p = NULL;
    am_profile_builder *b = NULL;
    am_profile_options o = named("older");
    am_error err = { 0 };

    (void)state;
    assert_int_equal(am_profile_load("house", NULL, NULL, &house, NULL), AM_OK);
    o.keep_all = o.compact = true;                      /* bytes that are not the caller's */
    o.struct_size = offsetof(am_profile_options, keep_all);
    assert_int_equal(am_profile_merge((const am_profile *const[]){ house }, NULL, 1, &o, &p, &err), AM_OK);
    assert_false(p->compact != house->compact);
    assert_int_equal(p->keep_all, house->keep_all);
    assert_int_equal(am_profile_build_open(&o, &b, &err), AM_OK);
    am_profile_build_close(b);
    am_profile_close(p);
    p = NULL;
    o.struct_size = 4;
    assert_int_equal(am_profile_build_open(&o, &b, &err), AM_ERR_STATE);
    assert_int_equal(am_profile_merge((const am_profile *const[]){ house }, NULL, 1, &o, &p, &err), AM_ERR_STATE);
    assert_non_null(strstr(err.message, "AM_PROFILE_OPTIONS_INIT"));
    assert_null(p);
    am_profile_close(house);
}

/* ------------------------------------------------------------------ building */

static void statistics_are_those_of_the_songs(void **state)
{
    am_profile *p = build("all", 0, 1, songs);

    (void)state;
    assert_int_equal(p->song_count, songs);
    for (int k = 0; k < AM_BANDS; k++) {
        const am_statistic *s = &p->values[am_quantity_about(AM_QUANTITY_TONE)->first + k];
        double sum = 0.0, squares = 0.0;

        for (size_t i = 0; i < songs; i++)
            sum += f->analyses[i].mid.power_db[k];
        for (size_t i = 0; i < songs; i++)
            squares += pow(f->analyses[i].mid.power_db[k] - sum / songs, 2.0);
        assert_near(s->mean, sum / songs, 0.011, "mean");
        assert_near(s->deviation, sqrt(squares / (songs - 1)), 0.015, "deviation");
        assert_near(p->covariance_db2[0][AM_PACKED(k, k)], squares / (songs - 1), 0.06, "variance");
        assert_true(s->p10 <= s->p50 && s->p50 <= s->p90);
        for (int j = 0; j < k; j++) {
            double cross = 0.0, other = 0.0;

            for (size_t i = 0; i < songs; i++)
                other += f->analyses[i].mid.power_db[j] / songs;
            for (size_t i = 0; i < songs; i++)
                cross += (f->analyses[i].mid.power_db[k] - sum / songs) * (f->analyses[i].mid.power_db[j] - other);
            assert_near(p->covariance_db2[0][AM_PACKED(k, j)], cross / (songs - 1), 0.06, "covariance");
        }
    }
    assert_int_equal(p->provenance[AM_QUANTITY_LOUDNESS].n, songs);
    assert_int_equal(p->provenance[AM_QUANTITY_LOUDNESS].origin, AM_ORIGIN_MEASURED);
    assert_int_equal(p->provenance[AM_QUANTITY_TEMPO].origin, AM_ORIGIN_UNKNOWN);
    am_profile_close(p);
}

static void order_and_shards_change_no_byte(void **state)
{
    am_profile *all = build("all", 0, 1, songs), *other = build("all", 5, 7, songs), *merged = NULL;
    am_profile *parts[] = { build("a", 0, 1, 5), build("b", 5, 1, 1), build("c", 6, 1, 6) };
    const am_profile *const shards[] = { parts[2], parts[0], parts[1] };
    const am_profile_options o = named("all");
    char *first = text_of(all), *second = text_of(other), *third;

    (void)state;
    assert_string_equal(first, second);
    assert_int_equal(am_profile_merge(shards, NULL, 3, &o, &merged, NULL), AM_OK);
    third = text_of(merged);
    assert_string_equal(first, third);
    am_release(NULL, first);
    am_release(NULL, second);
    am_release(NULL, third);
    for (size_t i = 0; i < 3; i++)
        am_profile_close(parts[i]);
    am_profile_close(all);
    am_profile_close(other);
    am_profile_close(merged);
}

static void what_cannot_teach_is_refused(void **state)
{
    am_refusal expected[songs] = { AM_REFUSAL_NONE }, found[songs];
    am_profile_options o = named("all");
    am_profile *p = NULL;
    am_error err = { 0 };

    (void)state;
    f->analyses[0].loudness.integrated_lufs = NAN, expected[0] = AM_REFUSAL_SILENT;
    f->sources[1] = f->sources[2], expected[2] = AM_REFUSAL_DUPLICATE;
    f->analyses[3].stereo.layout = AM_LAYOUT_MULTI, expected[3] = AM_REFUSAL_SURROUND;
    f->analyses[4].gated_s = 10.0, expected[4] = AM_REFUSAL_SHORT;
    f->analyses[5].cutoff_hz = 16000.0, expected[5] = AM_REFUSAL_LOSSY;
    f->sources[6].lossy = true, expected[6] = AM_REFUSAL_LOSSY;
    f->analyses[7].peak.clipped_percent = 2.0, expected[7] = AM_REFUSAL_CLIPPED;
    f->analyses[8].stereo.layout = AM_LAYOUT_DUAL_MONO, expected[8] = AM_REFUSAL_MONO;
    assert_int_equal(am_profile_build(f->analyses, f->sources, songs, &o, found, &p, NULL), AM_OK);
    for (size_t i = 0; i < songs; i++)
        if (found[i] != expected[i])
            fail_msg("song %zu: \"%s\", expected \"%s\"", i, am_refusal_text(found[i]), am_refusal_text(expected[i]));
    assert_int_equal(p->song_count, 4);
    am_profile_close(p);
    o.keep_all = true;
    assert_int_equal(am_profile_build(f->analyses, f->sources, songs, &o, found, &p, NULL), AM_OK);
    assert_int_equal(p->song_count, songs - 3);
    assert_true(p->provenance[AM_QUANTITY_WIDTH].n == songs - 4);
    am_profile_close(p);
    assert_int_equal(am_profile_build(f->analyses, f->sources, 1, &o, found, &p, &err), AM_ERR_CONTENT);
    assert_int_equal(found[0], AM_REFUSAL_SILENT);
    f->analyses[0].duration_s = 0.05;
    assert_int_equal(am_profile_build(f->analyses, f->sources, 1, &o, found, &p, &err), AM_ERR_CONTENT);
    assert_string_equal(am_refusal_text(found[0]), "too short: it has less than 0.4 s, over which loudness is measured");
    o.keep_all = false;
    assert_int_equal(am_profile_build(f->analyses, f->sources, 1, &o, found, &p, &err), AM_ERR_CONTENT);
    assert_string_equal(am_refusal_text(found[0]), "short: it has less than 15 s of music");
    assert_int_equal(am_profile_build(f->analyses, f->sources, 0, &o, found, &p, &err), AM_ERR_CONTENT);
    o.name = "../x";
    assert_int_equal(am_profile_build(f->analyses, f->sources, songs, &o, found, &p, &err), AM_ERR_RANGE);
}

static void an_outlier_does_not_count(void **state)
{
    am_profile *p;

    (void)state;
    f->analyses[4].loudness.integrated_lufs = -30.0;
    for (int k = 0; k < AM_BANDS; k++)
        f->analyses[9].mid.power_db[k] += k < 30 ? 15.0 : -15.0;
    p = build("all", 0, 1, songs);
    assert_int_equal(p->song_count, songs);
    assert_int_equal(p->provenance[AM_QUANTITY_LOUDNESS].n, songs - 2);
    for (size_t s = 0; s < songs; s++) {
        const bool odd = strcmp(p->songs[s].sha256, f->sources[4].sha256) == 0 || strcmp(p->songs[s].sha256, f->sources[9].sha256) == 0;

        assert_int_equal(p->songs[s].refusal, odd ? AM_REFUSAL_OUTLIER : AM_REFUSAL_NONE);
    }
    am_profile_close(p);
}

static void one_song_is_a_profile_that_says_so(void **state)
{
    am_profile *p = build("one", 3, 1, 1);
    am_profile_finding findings[16];
    size_t count = 0;
    am_target *target = calloc(1, sizeof *target);
    const am_profile *const only[] = { p };

    (void)state;
    assert_int_equal(am_profile_lint(p, findings, 16, &count, NULL), AM_OK);
    assert_true(count >= 1 && strstr(findings[0].text, "1 song is"));
    assert_non_null(target);
    assert_int_equal(am_target_from_profiles(only, NULL, 1, target, NULL), AM_OK);
    for (int k = 0; k < AM_BANDS; k++)
        assert_true(target->tone.covariance_db2[k][k] > 8.0);   /* what songs of a style differ by, though this one does not say */
    free(target);
    am_profile_close(p);
}

/* Of n songs with this deviation, drawn towards the usual one, which counts as eight, and widened by the doubt in their mean. */
static double gentle(double deviation, double usual, double n)
{
    return sqrt((1.0 + 1.0 / n) * (n * deviation * deviation + 8.0 * usual * usual) / (n + 8.0));
}

static void few_songs_are_followed_gently(void **state)
{
    static const struct {
        am_quantity quantity;
        int index;
        double usual;
    } all[] = { { AM_QUANTITY_LOUDNESS, 0, 2.8 }, { AM_QUANTITY_RANGE, 0, 2.1 }, { AM_QUANTITY_PLR, 0, 2.5 }, { AM_QUANTITY_SHORT_TERM, 1, 1.1 },
                { AM_QUANTITY_MOMENTARY, 6, 0.9 }, { AM_QUANTITY_FAST, 0, 2.7 } };
    am_target *target = calloc(1, sizeof *target);

    (void)state;
    assert_non_null(target);
    for (size_t n = 1; n <= 8; n++) {
        am_profile *p = build("few", 0, 1, n);
        const am_profile *const only[] = { p };

        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            const am_statistic own = p->values[am_quantity_about((int)all[i].quantity)->first + all[i].index];
            const am_statistic s = am_blend_tolerated(p, all[i].quantity, all[i].index);

            if (n == 8) {
                assert_memory_equal(&s, &own, sizeof s);
                continue;
            }
            assert_near(s.deviation, gentle(n > 1 ? own.deviation : 0.0, all[i].usual, (double)n), 1e-9, "deviation");
            assert_true(s.mean == own.mean && s.p50 == own.p50);
        }
        const am_statistic loudness = am_blend_tolerated(p, AM_QUANTITY_LOUDNESS, 0);

        assert_int_equal(am_target_from_profiles(only, NULL, 1, target, NULL), AM_OK);
        assert_near(target->loudness_range_lufs[0], loudness.p10, 1e-6, "loudness, low end");
        assert_near(target->loudness_range_lufs[1], loudness.p90, 1e-6, "loudness, high end");
        p->provenance[AM_QUANTITY_LOUDNESS] = (am_provenance){ .origin = AM_ORIGIN_CONVENTION, .source = "stated" };
        assert_near(am_blend_tolerated(p, AM_QUANTITY_LOUDNESS, 0).deviation, n > 1 ? p->values[0].deviation : gentle(0.0, 2.8, 1.0), 1e-9, "a stated spread");
        am_profile_close(p);
    }
    free(target);
}

/* ------------------------------------------------------------------ merging and blending */

static void moments_merge_by_their_number(void **state)
{
    am_profile *a = build("a", 0, 1, 8), *b = build("b", 8, 1, 4), *merged = NULL, *weighted = NULL;
    const am_profile *const both[] = { a, b };
    am_profile_options o = named("m");
    const double equal[] = { 1.0, 1.0 };
    const int tone = am_quantity_about(AM_QUANTITY_TONE)->first + 30;

    (void)state;
    a->compact = true;                  /* its songs cannot be counted again */
    a->amount_tone = 0.5;
    (void)snprintf(b->notice, sizeof b->notice, "MIT");
    assert_int_equal(am_profile_merge(both, NULL, 2, &o, &merged, NULL), AM_OK);
    assert_near(merged->values[tone].mean, (8.0 * a->values[tone].mean + 4.0 * b->values[tone].mean) / 12.0, 0.006, "mean by n");
    assert_int_equal(merged->provenance[AM_QUANTITY_TONE].n, 12);
    assert_int_equal(merged->parent_count, 2);
    assert_near(merged->amount_tone, 0.67, 1e-9, "amount by n");
    assert_string_equal(merged->notice, "MIT");
    const double d = a->values[tone].mean - b->values[tone].mean;
    const double within = (8.0 * a->covariance_db2[0][AM_PACKED(30, 30)] + 4.0 * b->covariance_db2[0][AM_PACKED(30, 30)]) / 12.0;
    assert_near(merged->covariance_db2[0][AM_PACKED(30, 30)], within + 8.0 / 12.0 * 4.0 / 12.0 * d * d, 0.02, "variance of the mixture");
    a->compact = false;
    assert_int_equal(am_profile_merge(both, equal, 2, &o, &weighted, NULL), AM_OK);
    assert_near(weighted->values[tone].mean, 0.5 * (a->values[tone].mean + b->values[tone].mean), 0.011, "mean by weight");
    am_profile_close(a);
    am_profile_close(b);
    am_profile_close(merged);
    am_profile_close(weighted);
}

static am_profile *merged_of(const am_profile *const *profiles, const double *weights, size_t count)
{
    am_profile_options o = named("m");
    am_profile *p = NULL;
    am_error err = { 0 };

    if (am_profile_merge(profiles, weights, count, &o, &p, &err))
        fail_msg("%s", err.message);
    return p;
}

static void assert_songs(am_profile *merged, uint32_t n, const char *what)
{
    if (am_profile_songs(merged) != n)
        fail_msg("%s: n %u, expected %u", what, (unsigned)am_profile_songs(merged), (unsigned)n);
    am_profile_close(merged);
}

/* The same songs, or what was made from the same profile, are no more songs for being named twice. */
static void a_song_counts_once_in_weighted_merges(void **state)
{
    static const double weights[] = { 1.0, 3.0, 2.0 };
    am_profile *a = build("a", 0, 1, 4), *more = build("more", 2, 1, 6), *tuned = build("tuned", 0, 1, 4), *house = NULL, *soft = NULL, *hard = NULL;

    (void)state;
    assert_int_equal(am_profile_tune(tuned, "loudness_lufs=-10", NULL), AM_OK);
    assert_int_equal(am_profile_load("house", NULL, NULL, &house, NULL), AM_OK);
    assert_int_equal(am_profile_derive(house, "soft", NULL, &soft, NULL), AM_OK);
    assert_int_equal(am_profile_derive(house, "hard", NULL, &hard, NULL), AM_OK);
    assert_int_equal(am_profile_tune(hard, "loudness_lufs=-6", NULL), AM_OK);
    assert_songs(merged_of((const am_profile *const[]){ tuned, tuned }, weights, 2), 4, "one tuned profile twice");
    assert_songs(merged_of((const am_profile *const[]){ a, tuned }, weights, 2), 4, "the same songs");
    assert_songs(merged_of((const am_profile *const[]){ tuned, more }, weights, 2), 8, "two songs of six");
    assert_songs(merged_of((const am_profile *const[]){ tuned, more, a }, weights, 3), 8, "all of them again");
    assert_songs(merged_of((const am_profile *const[]){ house, soft, hard }, weights, 3), am_profile_songs(house), "profiles made from one");
    assert_songs(merged_of((const am_profile *const[]){ soft, hard }, weights, 2), am_profile_songs(house), "two made from one");
    assert_songs(merged_of((const am_profile *const[]){ a, more }, weights, 2), 8, "with the songs' values");

    /* and weighs what both say of it, in either order */
    am_profile *one = merged_of((const am_profile *const[]){ a, more }, weights, 2);
    am_profile *other = merged_of((const am_profile *const[]){ more, a }, (const double[]){ 3.0, 1.0 }, 2);
    double lightest = 1e9, heaviest = 0.0;

    for (size_t s = 0; s < one->song_count; s++) {
        assert_true(one->songs[s].weight == other->songs[s].weight);
        lightest = fmin(lightest, one->songs[s].weight);
        heaviest = fmax(heaviest, one->songs[s].weight);
    }
    assert_near(lightest, 1.0 / 4.0 * 10.0 / 4.0, 1e-5, "a song of a alone");
    assert_near(heaviest, 1.0 / 4.0 * 10.0 / 4.0 + 3.0 / 4.0 * 10.0 / 6.0, 1e-5, "a song of both");
    am_profile_close(one);
    am_profile_close(other);
    am_profile_close(a);
    am_profile_close(more);
    am_profile_close(tuned);
    am_profile_close(house);
    am_profile_close(soft);
    am_profile_close(hard);
}

/* Texts are cut at characters, what there is no room for is counted, "tuned" is always seen, and no notice is lost. */
static void texts_of_merges_are_whole(void **state)
{
    enum { many = 8 };
    static const char umlaut[] = "\xc3\xa4";
    am_profile *p[many], *m = NULL;
    am_profile_options o = named("m");
    am_error err = { 0 };
    char *source = NULL, *json = NULL;

    (void)state;
    for (size_t i = 0; i < many; i++) {
        p[i] = build("p", i, 1, 1);
        p[i]->compact = true;
        source = p[i]->provenance[AM_QUANTITY_TONE].source;
        (void)snprintf(source, sizeof p[i]->provenance[0].source, "x");
        for (size_t k = 1; k + 2 < sizeof p[i]->provenance[0].source; k += 2)
            memcpy(source + k, umlaut, sizeof umlaut);
    }
    assert_int_equal(am_profile_tune(p[0], "tone_power_db+=1", NULL), AM_OK);
    source = p[0]->provenance[AM_QUANTITY_TONE].source;
    assert_string_equal(source + strlen(source) - 10, "...; tuned");
    m = merged_of((const am_profile *const *)p, NULL, many);
    source = m->provenance[AM_QUANTITY_TONE].source;
    assert_non_null(strstr(source, "...; tuned; p: "));
    assert_string_equal(source + strlen(source) - 12, "; and 4 more");
    assert_int_equal(am_profile_to_json(m, NULL, &json, NULL), AM_OK);
    assert_null(strstr(json, "\xef\xbf\xbd"));
    am_release(NULL, json);
    am_profile_close(m);

    memset(p[0]->notice, 'a', 254);
    memset(p[1]->notice, 'b', 241);
    assert_int_equal(am_profile_merge((const am_profile *const *)p, NULL, 2, &o, &m, &err), AM_ERR_CONTENT);
    assert_non_null(strstr(err.message, "255"));
    p[0]->notice[13] = '\0';
    m = merged_of((const am_profile *const *)p, NULL, 2);
    assert_int_equal(strlen(m->notice), 255);
    am_profile_close(m);
    for (size_t i = 0; i < many; i++)
        am_profile_close(p[i]);
}

static void doubt_between_profiles_is_gentleness(void **state)
{
    am_profile *jazz = NULL, *metal = NULL;
    am_target *alone = calloc(1, sizeof *alone), *blended = calloc(1, sizeof *blended);
    const double weights[] = { 3.0, 1.0 };

    (void)state;
    assert_true(alone && blended);
    assert_int_equal(am_profile_load("jazz", NULL, NULL, &jazz, NULL), AM_OK);
    assert_int_equal(am_profile_load("metal", NULL, NULL, &metal, NULL), AM_OK);
    assert_int_equal(am_target_from_profiles((const am_profile *const[]){ jazz }, NULL, 1, alone, NULL), AM_OK);
    assert_int_equal(am_target_from_profiles((const am_profile *const[]){ jazz, metal }, weights, 2, blended, NULL), AM_OK);
    assert_string_equal(blended->name, "jazz 75 %, metal 25 %");
    for (int k = 20; k < 50; k++) {
        const int value = am_quantity_about(AM_QUANTITY_TONE)->first + k;
        const double a = jazz->values[value].mean, b = metal->values[value].mean;

        assert_near(blended->tone.mean_db[k], 0.75 * a + 0.25 * b, 1e-9, "mean");
        assert_true(blended->tone.covariance_db2[k][k] >= 0.75 * 0.25 * (a - b) * (a - b));
    }
    assert_true(blended->loudness_range_lufs[1] > alone->loudness_range_lufs[1]);
    free(alone);
    free(blended);
    am_profile_close(jazz);
    am_profile_close(metal);
}

/* ------------------------------------------------------------------ changing */

static void tuning_moves_what_it_names(void **state)
{
    am_profile *p = build("p", 0, 1, songs), *before = build("p", 0, 1, songs);
    const int loudness = am_quantity_about(AM_QUANTITY_LOUDNESS)->first, tone = am_quantity_about(AM_QUANTITY_TONE)->first;
    am_profile_change changes[AM_PROFILE_VALUES];
    size_t count = 0;
    static const char *const all[] = { "loudness_lufs=-11", "tone_power_db@950-1050+=1.5", "tone_power_db@1000.deviation=1", "short_term_lu@95-=0.5",
                                       "amount_tone=0.8", "about=mine" };

    (void)state;
    assert_int_equal(am_profile_tune_all(p, all, sizeof all / sizeof *all, NULL), AM_OK);
    assert_near(p->values[loudness].mean, -11.0, 1e-9, "loudness");
    assert_near(p->values[loudness].p10, before->values[loudness].p10 - 11.0 - before->values[loudness].mean, 0.011, "its p10");
    assert_near(p->values[tone + AM_BAND_1K].mean, before->values[tone + AM_BAND_1K].mean + 1.5, 1e-9, "tone at 1 kHz");
    assert_near(p->values[tone + AM_BAND_1K + 1].mean, before->values[tone + AM_BAND_1K + 1].mean, 0.0, "tone beside it");
    assert_near(p->values[tone + AM_BAND_1K].deviation, 1.0, 1e-9, "its deviation");
    assert_near(p->covariance_db2[0][AM_PACKED(AM_BAND_1K, AM_BAND_1K)], 1.0, 1e-9, "its variance");
    assert_true(p->amount_tone == 0.8 && strcmp(p->about, "mine") == 0);
    assert_true(p->revision == 2 && p->edit_count == 6 && p->compact && p->song_count == songs);
    assert_int_equal(am_profile_diff(before, p, changes, &count, NULL), AM_OK);
    assert_int_equal(count, 3);
    assert_true(changes[0].quantity == AM_QUANTITY_LOUDNESS && changes[1].quantity == AM_QUANTITY_SHORT_TERM && changes[1].index == 6);
    am_profile_close(p);
    am_profile_close(before);
}

static void mistaken_changes_leave_the_profile_as_it_was(void **state)
{
    static const char *const wrong[] = { "",           "loudness_lufs",       "loudness_lufs=",        "loudness_lufs=-9 LUFS", "loudness_lufs=nan",
                                         "loudness=-9", "loudness_lufs=99",    "loudness_lufs@100=-9",  "tone_power_db@=1",      "tone_power_db@9e9x=1",
                                         "tempo_bpm+=1", "range_lu.deviation=-1", "amount_tone=2",     "=3",                    "short_term_lu@33=1" };
    am_profile *p = build("p", 0, 1, songs);
    char *before = text_of(p), *after;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        am_error err = { 0 };

        if (!am_profile_tune(p, wrong[i], &err))
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_true(*err.message && !strchr(err.message, '\n'));
    }
    assert_int_not_equal(am_profile_tune_all(p, (const char *const[]){ "loudness_lufs=-8", "what=1" }, 2, NULL), AM_OK);
    after = text_of(p);
    assert_string_equal(before, after);
    am_release(NULL, before);
    am_release(NULL, after);
    am_profile_close(p);
}

static void a_song_is_judged_by_the_percentiles(void **state)
{
    am_profile *p = build("house", 0, 1, songs);
    am_deviation all[AM_DEVIATIONS];
    am_analysis song = f->analyses[0];
    size_t count = 0, found = 0;

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        if (am_within(am_band_hz(k), 60.0, 150.0))
            song.mid.power_db[k] = p->values[am_quantity_about(AM_QUANTITY_TONE)->first + k].p50 + 12.0;
    song.loudness.integrated_lufs = p->values[am_quantity_about(AM_QUANTITY_LOUDNESS)->first].p50;
    assert_int_equal(am_profile_judge(p, &song, all, &count, NULL), AM_OK);
    for (size_t i = 0; i < count; i++) {
        assert_true(am_within(all[i].percentile, 0.0, 100.0));
        if (strcmp(all[i].what, "low end") == 0) {
            assert_true(all[i].beyond > 5.0 && all[i].beyond < 12.0 && all[i].percentile > 95.0);
            assert_non_null(strstr(all[i].text, "dB above 90 % of house (n = 12)"));
            found++;
        }
        if (strcmp(all[i].what, "loudness") == 0) {
            assert_true(all[i].beyond == 0.0);
            assert_near(all[i].percentile, 50.0, 0.1, "percentile of the median");
            found++;
        }
    }
    assert_int_equal(found, 2);
    song.stereo.width_db = 100.0;                               /* no mid: no tone */
    assert_int_equal(am_profile_judge(p, &song, all, &count, NULL), AM_OK);
    for (size_t i = 0; i < count; i++)
        assert_string_not_equal(all[i].what, "low end");
    am_profile_close(p);
}

/* Each comparison tells what its own quantity rests on. */
static void a_judgement_tells_what_it_rests_on(void **state)
{
    static const struct {
        const char *what, *told;
    } wanted[] = { { "loudness", "(published, n = 217)" }, { "loudness range", "(a convention)" }, { "width", "(n = 2 only)" },
                   { "peak to loudness", "(n = 12)" } };
    am_profile *p = build("house", 0, 1, songs);
    am_deviation all[AM_DEVIATIONS];
    size_t count = 0, found = 0;

    (void)state;
    p->provenance[AM_QUANTITY_LOUDNESS] = (am_provenance){ .origin = AM_ORIGIN_PUBLISHED, .n = 217 };
    p->provenance[AM_QUANTITY_RANGE] = (am_provenance){ .origin = AM_ORIGIN_CONVENTION, .n = 1 };
    p->provenance[AM_QUANTITY_WIDTH].n = 2;
    p->provenance[AM_QUANTITY_TONE].n = 1;
    assert_int_equal(am_profile_judge(p, &f->analyses[0], all, &count, NULL), AM_OK);
    for (size_t i = 0; i < count; i++) {
        assert_string_not_equal(all[i].what, "low end");        /* one song has no percentiles */
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++)
            if (strcmp(all[i].what, wanted[k].what) == 0) {
                if (!strstr(all[i].text, wanted[k].told))
                    fail_msg("\"%s\" does not say %s", all[i].text, wanted[k].told);
                found++;
            }
    }
    assert_int_equal(found, sizeof wanted / sizeof *wanted);
    am_profile_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_caller_has_shorter_options),
        cmocka_unit_test_setup_teardown(statistics_are_those_of_the_songs, setup, teardown),
        cmocka_unit_test_setup_teardown(order_and_shards_change_no_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_teach_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_outlier_does_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(one_song_is_a_profile_that_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(few_songs_are_followed_gently, setup, teardown),
        cmocka_unit_test_setup_teardown(moments_merge_by_their_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_song_counts_once_in_weighted_merges, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_of_merges_are_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(doubt_between_profiles_is_gentleness, setup, teardown),
        cmocka_unit_test_setup_teardown(tuning_moves_what_it_names, setup, teardown),
        cmocka_unit_test_setup_teardown(mistaken_changes_leave_the_profile_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_song_is_judged_by_the_percentiles, setup, teardown),
        cmocka_unit_test_setup_teardown(a_judgement_tells_what_it_rests_on, setup, teardown),
    };

    return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
