/* test_profile.c - references/profile.h, library.c of pipeline/: the built-in profiles as JSON, and files that are not what they should be */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "references/builtin.h"
#include "references/profile.h"

static am_target *target;

static int setup(void **state)
{
    (void)state;
    target = calloc(1, sizeof *target);
    return target ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(target);
    return 0;
}

static am_profile *load(const char *name)
{
    am_profile *p = NULL;
    am_error err = { 0 };

    if (am_profile_load(name, NULL, NULL, &p, &err))
        fail_msg("%s", err.message);
    return p;
}

/* ------------------------------------------------------------------ what ships */

/* Parentheses are closed, and where sources begin with their shares ("20 % ") they are all there, or the others are counted ("and 2 more"). */
static void assert_whole(const am_profile *p, int quantity)
{
    const char *text = p->provenance[quantity].source, *end = text + strlen(text);
    int open = 0, shares = 0;

    for (const char *c = text; c < end; c++)
        open += (*c == '(') - (*c == ')');
    for (const char *part = text; part; part = strstr(part, "; ") ? strstr(part, "; ") + 2 : NULL)
        shares += strstr(part, " % ") == part + strspn(part, "0123456789") ? atoi(part) : 0;
    if (open || (end > text && end[-1] == ' ') || strcmp(end - 3, " of") == 0 || (shares && abs(shares - 100) > 5 && strcmp(end - 5, " more") != 0))
        fail_msg("%s, %s ends in mid-sentence: %s", p->name, am_quantity_about(quantity)->key, text);
}

static void every_built_in_profile_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; am_profile_builtin_name(i); i++) {
        am_profile *p = load(am_profile_builtin_name(i));
        am_profile_finding findings[32];
        size_t count = 0, bytes = 0;

        assert_string_equal(p->name, am_profile_builtin_name(i));
        assert_non_null(am_profile_builtin(p->name, &bytes));
        assert_true(bytes < 60000);
        for (int q = 0; q < AM_QUANTITIES; q++)
            if (p->provenance[q].origin)
                assert_whole(p, q);
        assert_int_equal(am_profile_lint(p, findings, 32, &count, NULL), AM_OK);
        for (size_t f = 0; f < count; f++)
            if (findings[f].error)
                fail_msg("%s: %s", p->name, findings[f].text);
        for (int q = 0; q < AM_QUANTITIES; q++)
            assert_true(p->provenance[q].origin == AM_ORIGIN_UNKNOWN || *p->provenance[q].source);
        am_profile_close(p);
    }
}

static void what_is_read_is_written_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; am_profile_builtin_name(i); i++) {
        am_profile *p = load(am_profile_builtin_name(i)), *again = NULL;
        char *first = NULL, *second = NULL;

        assert_int_equal(am_profile_to_json(p, NULL, &first, NULL), AM_OK);
        assert_int_equal(am_profile_from_json(first, strlen(first), "again", NULL, &again, NULL), AM_OK);
        assert_int_equal(am_profile_to_json(again, NULL, &second, NULL), AM_OK);
        assert_string_equal(first, second);
        assert_memory_equal(p->values, again->values, sizeof p->values);
        am_release(NULL, first);
        am_release(NULL, second);
        am_profile_close(p);
        am_profile_close(again);
    }
}

static void neutral_is_a_target(void **state)
{
    am_error err = { 0 };

    (void)state;
    if (am_target_from_profile("neutral", target, &err))
        fail_msg("%s", err.message);
    assert_int_equal(target->version, AM_TARGET_VERSION);
    assert_int_equal(target->kind, AM_TARGET_PROFILE);
    assert_string_equal(target->name, "neutral");
    assert_true(target->loudness_lufs > -12.0 && target->loudness_lufs < -8.0);
    assert_true(target->loudness_range_lufs[0] < target->loudness_lufs && target->loudness_range_lufs[1] > target->loudness_lufs);
    assert_true(isnan(target->cutoff_hz) && isfinite(target->fast_lu[3]));
    assert_true(target->width_db > -20.0 && target->width_db < -5.0);
    assert_true(target->tone.present && target->width.present);
    for (int i = 0; i < AM_BANDS; i++) {
        const double hz = am_band_hz(i), variance = target->tone.covariance_db2[i][i];

        assert_true(target->tone.weight[i] == (hz >= 31.2 && hz <= 16000.0 ? 1.0 : 0.0));
        assert_true(variance > 4.0 && variance < 160.0);
        for (int j = 0; j < AM_BANDS; j++)
            assert_true(target->tone.covariance_db2[i][j] == target->tone.covariance_db2[j][i]);
    }
}

/* K-weighted, the levels of mid and side add up to about the loudness that they are relative to. */
static void levels_of_every_profile_add_up_to_its_loudness(void **state)
{
    (void)state;
    for (size_t i = 0; am_profile_builtin_name(i); i++) {
        double power = 0.0;

        assert_int_equal(am_target_from_profile(am_profile_builtin_name(i), target, NULL), AM_OK);
        for (int k = 4; k < 59; k++) {  /* K-weighting: +4 dB above 2 kHz, about flat below, falling below 100 Hz */
            const double hz = am_band_hz(k), weight_db = hz > 2500.0 ? 4.0 : hz > 1000.0 ? 2.0 : hz > 100.0 ? 0.0 : -3.0;
            const double side = target->width.present && isfinite(target->width.power_db[k]) ? am_power_from_db(target->width.power_db[k]) : 0.0;

            power += 0.5 * 2.0 * am_power_from_db(target->tone.power_db[k] + weight_db) * (1.0 + side);
        }
        const double lu = am_db_from_power(power) - 0.691;
        if (!(fabs(lu) < 2.0))
            fail_msg("%s: they add up to %+.2f LU re the loudness, 2 are allowed", am_profile_builtin_name(i), lu);
    }
}

/* Slopes of released popular music between 100 Hz and 4 kHz: -4.53 dB an octave of power density without percussion (A. Elowsson, A. Friberg,
 * Long-term average spectrum in popular music, AES 142, 2017), about -5 (P. Pestana et al., AES 135, 2013); 3.01 more per band of constant width in octaves. */
static void popular_profiles_fall_as_the_literature_says(void **state)
{
    static const char *const popular[] = { "neutral", "pop", "rock", "rnb_soul", "latin", "country", "folk_acoustic", "hiphop", "trap", "disco_funk", "house" };

    (void)state;
    for (size_t i = 0; i < sizeof popular / sizeof *popular; i++) {
        double x = 0.0, y = 0.0, xx = 0.0, xy = 0.0, n = 0.0;

        assert_int_equal(am_target_from_profile(popular[i], target, NULL), AM_OK);
        for (int k = 0; k < AM_BANDS; k++) {
            const double octaves = (k - AM_BAND_1K) / 6.0;

            if (!am_within(am_band_hz(k), 98.0, 4050.0))
                continue;
            x += octaves;
            y += target->tone.power_db[k];
            xx += octaves * octaves;
            xy += octaves * target->tone.power_db[k];
            n += 1.0;
        }
        const double slope = (n * xy - x * y) / (n * xx - x * x) - 3.01;
        if (!(slope > -5.3 && slope < -4.1))
            fail_msg("%s falls by %.2f dB an octave", popular[i], -slope);
    }
}

/* ------------------------------------------------------------------ files that are wrong */

static am_status read_text(const char *text, size_t length, am_error *err)
{
    am_profile *p = (am_profile *)(void *)&p;
    const am_profile *const untouched = p;
    const am_status st = am_profile_from_json(text, length, "p.json", NULL, &p, err);

    if (st)
        assert_ptr_equal(p, untouched);
    else
        am_profile_close(p);
    return st;
}

/* The built-in text with the first `from` replaced by `to`. */
static am_status read_changed(const char *from, const char *to, am_error *err)
{
    size_t length;
    const char *bytes = am_profile_builtin("pop", &length);
    char *text = malloc(length + 200);
    const char *at;
    am_status st;

    assert_true(text && bytes);
    at = strstr(bytes, from);
    if (!at)
        fail_msg("there is no %s in the profile", from);
    const int n = snprintf(text, length + 200, "%.*s%s%s", (int)(at - bytes), bytes, to, at + strlen(from));
    st = read_text(text, (size_t)n, err);
    free(text);
    return st;
}

static void files_that_are_wrong_are_refused_with_the_place(void **state)
{
    static const struct {
        const char *from, *to, *said;
    } cases[] = {
        { "automaster.profile/1", "automaster.profile/9", "schema" },
        { "\"about\"", "\"abuot\"", "abuot" },
        { "\"loudness_lufs\"", "\"loudness_dbfs\"", "loudness_dbfs" },
        { "\"mean\": -", "\"mean\": 9", "loudness_lufs.mean" },
        { "\"mean\": -", "\"mean\": -1e999", "p.json" },
        { "\"mean\": -", "\"mean\": NaN, \"x\": -", "p.json" },
        { "\"mean\": -", "\"mean\": \"-9 LUFS\", \"x\": -", "x" },
        { "\"mean\": [", "\"mean\": [1, ", "mean" },
        { "\"mean\": [", "\"mean\": [[1], ", "mean" },
        { "\"from_hz\": 31.2", "\"from_hz\": null", "from_hz" },
        { "\"origin\": \"published\"", "\"origin\": \"guessed\"", "origin" },
        { "\"correlation_oct\": 2", "\"correlation_oct\": 0", "covariance.tone.correlation_oct" },
        { "\"correlation_oct\": 2", "\"packed_db2\": [1, 2]", "covariance.tone.packed_db2" },
        { "\"correlation_oct\": 2", "\"packed_db2\": [1], \"correlation_oct\": 2", "correlation_oct" },
        { "\"name\": \"pop\"", "\"name\": 3", "name" },
        { "\"name\": \"pop\"", "\"name\": \"../pop\"", "name" },
        { "\"name\": \"pop\"", "\"name\": \"pop\", \"name\": \"rock\"", "name" },
        { "\"revision\": 1", "\"revision\": 0", "lineage.revision" },
        { "\"revision\": 1", "\"revision\": 1.5", "lineage.revision" },
        { "\"sha256\": \"", "\"sha256\": \"z", "sha256" },
        { "\"weight\": 1", "\"weight\": 0", "weight" },
        { "\"quantities\": {", "\"quantities\": { \"more\": 1,", "more" },
        { "}", "", "p.json" },
    };

    (void)state;
    assert_int_equal(read_changed("pop", "pop", NULL), AM_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        am_error err = { 0 };

        if (!read_changed(cases[i].from, cases[i].to, &err))
            fail_msg("%s was taken", cases[i].to);
        if (!strstr(err.message, cases[i].said) || !strstr(err.message, "p.json") || strchr(err.message, '\n'))
            fail_msg("%s: the message \"%s\" is not one line that names %s", cases[i].to, err.message, cases[i].said);
    }
}

static void deep_and_huge_documents_are_refused(void **state)
{
    enum { deep = 100000, huge = (8 << 20) + 1 };
    char *text = malloc(huge);
    am_error err = { 0 };

    (void)state;
    assert_non_null(text);
    memset(text, '[', deep);
    assert_int_not_equal(read_text(text, deep, &err), AM_OK);
    memset(text, ' ', huge);
    assert_int_not_equal(read_text(text, huge, &err), AM_OK);
    assert_int_not_equal(read_text("", 0, &err), AM_OK);
    assert_int_not_equal(read_text("{}", 2, &err), AM_OK);
    assert_int_not_equal(read_text("null", 4, &err), AM_OK);
    free(text);
}

/* ------------------------------------------------------------------ the library */

static void a_library_keeps_what_is_stored(void **state)
{
    char folder[] = "/tmp/automaster-profiles-XXXXXX", inner[64], path[128];
    am_profile *house = load("house"), *mine = NULL, *again = NULL;
    am_profile_entry *entries = NULL;
    am_error err = { 0 };
    size_t count = 0, all = 0;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(inner, sizeof inner, "%s/a/b", folder);
    assert_int_equal(am_profile_list(inner, NULL, &entries, &count, NULL), AM_OK);      /* not there yet: nothing of one's own */
    am_release(NULL, entries);
    assert_int_equal(am_profile_derive(house, "my-house", NULL, &mine, NULL), AM_OK);
    assert_int_equal(am_profile_store(house, inner, true, &err), AM_ERR_EXISTS);
    if (am_profile_store(mine, inner, false, &err))
        fail_msg("%s", err.message);
    assert_int_equal(am_profile_store(mine, inner, false, &err), AM_ERR_EXISTS);
    assert_int_equal(am_profile_store(mine, inner, true, &err), AM_OK);
    assert_int_equal(am_profile_list(inner, NULL, &entries, &all, NULL), AM_OK);
    assert_int_equal(all, count + 1);
    assert_string_equal(entries[count].name, "my-house");
    assert_false(entries[count].builtin);
    am_release(NULL, entries);
    assert_int_equal(am_profile_load("my-house", inner, NULL, &again, NULL), AM_OK);
    assert_memory_equal(again->values, mine->values, sizeof mine->values);
    assert_string_equal(again->parents[0].name, "house");
    assert_int_equal(am_profile_remove("house", inner, &err), AM_ERR_RANGE);
    assert_int_equal(am_profile_remove("../house", inner, &err), AM_ERR_RANGE);
    assert_int_equal(am_profile_remove("my-house", inner, &err), AM_OK);
    assert_int_equal(am_profile_remove("my-house", inner, &err), AM_ERR_IO);
    assert_int_equal(am_profile_load("my-house", inner, NULL, &again, &err), AM_ERR_IO);
    assert_non_null(strstr(err.message, "did you mean \"house\""));
    assert_int_equal(am_profile_load("nosuch", inner, NULL, &again, &err), AM_ERR_IO);
    assert_null(strstr(err.message, "did you mean"));
    assert_int_equal(am_profile_load("", NULL, NULL, &again, &err), AM_ERR_IO);
    assert_null(strstr(err.message, "did you mean"));
    (void)snprintf(path, sizeof path, "rmdir %s/a/b %s/a %s", folder, folder, folder);
    assert_int_equal(system(path), 0);  /* nothing half-written is left in it */
    am_profile_close(house);
    am_profile_close(mine);
    am_profile_close(again);
}

static void paths_are_read_and_odd_ones_refused(void **state)
{
    static const char *const paths[] = { "x.json", "./x", "a/b", "/" }, *const names[] = { "x", "", ".json", "x.json2", "x.jso", NULL };
    char path[] = "/tmp/automaster-profile-XXXXXX.json";
    const int descriptor = mkstemps(path, 5);
    am_profile *p = load("jazz"), *again = NULL;
    am_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_true(am_profile_is_path(paths[i]));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_false(am_profile_is_path(names[i]));
    assert_true(descriptor >= 0);
    assert_int_equal(close(descriptor), 0);
    assert_int_equal(am_profile_load(path, NULL, NULL, &again, &err), AM_ERR_FORMAT);
    assert_int_equal(am_profile_save(p, path, false, &err), AM_ERR_EXISTS);
    assert_int_equal(am_profile_save(p, path, true, &err), AM_OK);
    if (am_target_from_profile(path, target, &err))
        fail_msg("%s", err.message);
    assert_string_equal(target->name, "jazz");
    assert_int_equal(remove(path), 0);
    assert_int_equal(am_target_from_profile(path, target, &err), AM_ERR_IO);
    assert_int_equal(am_target_from_profile("/dev/zero", target, &err), AM_ERR_FORMAT);
    assert_int_equal(am_target_from_profile(NULL, target, &err), AM_ERR_RANGE);
    assert_int_equal(am_target_from_profile("neutral", NULL, &err), AM_ERR_RANGE);
    am_profile_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_profile_is_sound),
        cmocka_unit_test(what_is_read_is_written_the_same),
        cmocka_unit_test_setup_teardown(neutral_is_a_target, setup, teardown),
        cmocka_unit_test_setup_teardown(levels_of_every_profile_add_up_to_its_loudness, setup, teardown),
        cmocka_unit_test_setup_teardown(popular_profiles_fall_as_the_literature_says, setup, teardown),
        cmocka_unit_test(files_that_are_wrong_are_refused_with_the_place),
        cmocka_unit_test(deep_and_huge_documents_are_refused),
        cmocka_unit_test(a_library_keeps_what_is_stored),
        cmocka_unit_test_setup_teardown(paths_are_read_and_odd_ones_refused, setup, teardown),
    };

    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
