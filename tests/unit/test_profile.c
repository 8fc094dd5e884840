/* test_profile.c - references/profile.h: the built-in profile, and files that are not what they should be */
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

static void neutral_is_built_in(void **state)
{
    am_error err = { 0 };

    (void)state;
    if (am_target_from_profile("neutral", target, &err))
        fail_msg("%s", err.message);
    assert_int_equal(target->version, AM_TARGET_VERSION);
    assert_int_equal(target->kind, AM_TARGET_PROFILE);
    assert_string_equal(target->name, "neutral");
    assert_true(target->loudness_lufs == -10.0 && target->range_lu == 6.0 && target->plr_db == 9.0);
    assert_true(isnan(target->psr_db) && isnan(target->cutoff_hz) && isnan(target->fast_lu[3]));
    assert_true(target->width_db > -20.0 && target->width_db < -5.0);
    assert_true(target->tone.present && target->width.present);
    for (int i = 0; i < AM_BANDS; i++) {
        const double hz = am_band_hz(i), variance = target->tone.covariance_db2[i][i];

        assert_true(target->tone.weight[i] == (hz >= 31.5 && hz <= 16000.0 ? 1.0 : 0.0));
        assert_true(variance > 4.0 && variance < 120.0);
        for (int j = 0; j < AM_BANDS; j++)
            assert_true(target->tone.covariance_db2[i][j] == target->tone.covariance_db2[j][i]);
    }
}

/* K-weighted, the levels of mid and side add up to about the loudness that they are relative to. */
static void levels_of_neutral_add_up_to_its_loudness(void **state)
{
    double power = 0.0;

    (void)state;
    assert_int_equal(am_target_from_profile("neutral", target, NULL), AM_OK);
    for (int k = 4; k < 59; k++) {      /* K-weighting: +4 dB above 2 kHz, about flat below, falling below 100 Hz */
        const double hz = am_band_hz(k), weight_db = hz > 2500.0 ? 4.0 : hz > 1000.0 ? 2.0 : hz > 100.0 ? 0.0 : -3.0;

        power += 0.5 * 2.0 * am_power_from_db(target->tone.power_db[k] + weight_db) * (1.0 + am_power_from_db(target->width.power_db[k]));
    }
    const double lu = am_db_from_power(power) - 0.691;
    if (!(fabs(lu) < 1.5))
        fail_msg("they add up to %+.2f LU re the loudness, 1.5 are allowed", lu);
}

/* The built-in text with the first `from` replaced by `to`. */
static am_status read_changed(const char *from, const char *to, am_error *err)
{
    size_t length;
    const char *bytes = am_profile_builtin("neutral", &length);
    char *text = malloc(length + 200);
    const char *at;
    am_status st;

    assert_true(text && bytes);
    at = strstr(bytes, from);
    assert_non_null(at);
    const int n = snprintf(text, length + 200, "%.*s%s%s", (int)(at - bytes), bytes, to, at + strlen(from));
    st = am_profile_read(text, (size_t)n, "p.json", target, err);
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
        { "\"value\": -10.0", "\"value\": 10.0", "loudness_lufs.value" },
        { "\"from_hz\": 31.5", "\"from_hz\": null", "tone.from_hz" },
        { "-43.03, ", "", "tone.level_db" },
        { "\"correlation_oct\": 1.5", "\"correlation_oct\": 0", "tone.correlation_oct" },
        { "\"name\": \"neutral\"", "\"name\": 3", "name" },
        { "\"tone\": {", "\"tone\": { \"more\": 1,", "more" },
        { "}", "", "p.json" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        am_error err = { 0 };

        memset(target, 7, sizeof *target);
        if (!read_changed(cases[i].from, cases[i].to, &err))
            fail_msg("\"%s\" was taken", cases[i].to);
        if (!strstr(err.message, cases[i].said))
            fail_msg("\"%s\": the message \"%s\" does not name %s", cases[i].to, err.message, cases[i].said);
        assert_int_equal(((const unsigned char *)target)[sizeof *target - 1], 7);
        assert_int_equal(((const unsigned char *)target)[0], 7);
    }
}

static void files_are_read_by_path(void **state)
{
    size_t length;
    const char *bytes = am_profile_builtin("neutral", &length);
    char path[] = "/tmp/automaster-profile-XXXXXX";
    const int descriptor = mkstemp(path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    am_error err = { 0 };

    (void)state;
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    if (am_target_from_profile(path, target, &err))
        fail_msg("%s", err.message);
    assert_string_equal(target->name, "neutral");
    assert_int_equal(remove(path), 0);
    assert_int_equal(am_target_from_profile(path, target, &err), AM_ERR_IO);
    assert_non_null(strstr(err.message, "neutral"));
    assert_int_equal(am_target_from_profile("/dev/zero", target, &err), AM_ERR_FORMAT);
    assert_int_equal(am_target_from_profile(NULL, target, &err), AM_ERR_RANGE);
    assert_int_equal(am_target_from_profile("neutral", NULL, &err), AM_ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(neutral_is_built_in, setup, teardown),
        cmocka_unit_test_setup_teardown(levels_of_neutral_add_up_to_its_loudness, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_are_wrong_are_refused_with_the_place, setup, teardown),
        cmocka_unit_test_setup_teardown(files_are_read_by_path, setup, teardown),
    };

    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
