/* test_target.c - targets from references, put together, and the distance to them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "match/params.h"
#include "match/target.h"
#include "tests/support/analyses.h"

static am_analysis *songs;              /* two of them */
static am_target *target, *other;

static int setup(void **state)
{
    (void)state;
    songs = malloc(2 * sizeof *songs);
    target = malloc(sizeof *target);
    other = malloc(sizeof *other);
    assert_true(songs && target && other);
    test_song(1, &songs[0]);
    test_song(2, &songs[1]);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(songs);
    free(target);
    free(other);
    return 0;
}

static void close_to(const char *what, double found, double wanted, double tolerance)
{
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("%s: found %.9g, wanted %.9g", what, found, wanted);
}

static void one_reference_is_the_target(void **state)
{
    double tone_db, width_db;

    (void)state;
    assert_int_equal(am_target_from_references(songs, NULL, 1, target, NULL), AM_OK);
    close_to("loudness", target->loudness_lufs, -10.0, 0.0);
    close_to("sections", target->sections, 36.0, 0.0);
    for (int k = 0; k < AM_BANDS - 1; k++) {
        close_to("mean", target->tone.mean_db[k], songs->mid.mean_db[k], 1e-12);
        close_to("power", target->tone.power_db[k], songs->mid.power_db[k], 1e-12);
        close_to("width", target->width.mean_db[k], songs->stereo.band_width_db[k], 1e-12);
        close_to("weight", target->tone.weight[k], 1.0, 1e-12);
        close_to("covariance", target->tone.covariance_db2[k][3], songs->sections.mid_db2[k][3] / 36.0, 1e-12);
        close_to("cross covariance", target->cross_db2[k][3], songs->sections.cross_db2[k][3] / 36.0, 1e-12);
    }
    close_to("band over Nyquist", target->tone.weight[AM_BANDS - 1], 0.0, 0.0);
    am_target_distance(target, songs, songs, &tone_db, &width_db);
    close_to("tone distance to itself", tone_db, 0.0, 1e-12);
    close_to("width distance to itself", width_db, 0.0, 1e-12);
}

static void weights_average_and_references_apart_are_doubted(void **state)
{
    const double weights[] = { 3.0, 1.0 };
    double with_spread = 0.0, sections_alone = 0.0;

    (void)state;
    songs[1].loudness.integrated_lufs = -14.0;
    assert_int_equal(am_target_from_references(songs, weights, 2, target, NULL), AM_OK);
    close_to("loudness", target->loudness_lufs, -11.0, 1e-12);
    close_to("sections", target->sections, 72.0, 1e-12);
    for (int k = 0; k < AM_BANDS - 1; k++) {
        close_to("mean", target->tone.mean_db[k], 0.75 * songs[0].mid.mean_db[k] + 0.25 * songs[1].mid.mean_db[k], 1e-9);
        with_spread += target->tone.covariance_db2[k][k];
        sections_alone += (9.0 * songs[0].sections.mid_db2[k][k] + songs[1].sections.mid_db2[k][k]) / 16.0 / 36.0;
    }
    if (!(with_spread > 1.5 * sections_alone))
        fail_msg("variance %.3f is not much more than that of the sections, %.3f", with_spread, sections_alone);
}

static void the_same_reference_twice_is_no_surer_shape(void **state)
{
    (void)state;
    songs[1] = songs[0];
    assert_int_equal(am_target_from_references(songs, NULL, 2, target, NULL), AM_OK);
    for (int k = 0; k < AM_BANDS - 1; k++)
        close_to("variance", target->tone.covariance_db2[k][k], songs->sections.mid_db2[k][k] / 36.0 / 2.0, 1e-9);
}

static void mono_references_say_nothing_of_width(void **state)
{
    (void)state;
    songs[0].stereo.layout = AM_LAYOUT_DUAL_MONO;
    assert_int_equal(am_target_from_references(songs, NULL, 1, target, NULL), AM_OK);
    assert_true(target->tone.present);
    assert_false(target->width.present);
    assert_true(isnan(target->width_db));
    songs[0].stereo.layout = AM_LAYOUT_STEREO;
    songs[0].stereo.width_db = -52.0;       /* a codec's idea of mono */
    assert_int_equal(am_target_from_references(songs, NULL, 1, target, NULL), AM_OK);
    assert_false(target->width.present);
    assert_int_equal(am_target_from_references(songs, NULL, 2, target, NULL), AM_OK);
    assert_true(target->width.present);     /* the other one is stereo */
    close_to("width", target->width.mean_db[30], songs[1].stereo.band_width_db[30], 1e-12);
}

static void nothing_is_known_above_a_cutoff(void **state)
{
    (void)state;
    songs[0].cutoff_hz = 16000.0;
    assert_int_equal(am_target_from_references(songs, NULL, 1, target, NULL), AM_OK);
    close_to("cutoff", target->cutoff_hz, 16000.0, 0.0);
    for (int k = 0; k < AM_BANDS - 1; k++)
        close_to("weight", target->tone.weight[k], am_band_hz(k) > 0.94 * 16000.0 ? 0.0 : 1.0, 0.0);
    assert_int_equal(am_target_from_references(songs, NULL, 2, target, NULL), AM_OK);
    close_to("weight when one of two knows", target->tone.weight[AM_BANDS - 2], 0.5, 1e-12);
}

static void bad_calls_are_told(void **state)
{
    const double zero[] = { 1.0, 0.0 }, nan[] = { (double)NAN, 1.0 };
    am_error err = { 0 };

    (void)state;
    memset(target, 7, sizeof *target);
    *other = *target;
    assert_int_equal(am_target_from_references(songs, zero, 2, target, &err), AM_ERR_RANGE);
    assert_int_equal(am_target_from_references(songs, nan, 2, target, &err), AM_ERR_RANGE);
    assert_int_equal(am_target_from_references(songs, NULL, 0, target, &err), AM_ERR_RANGE);
    assert_int_equal(am_target_from_references(NULL, NULL, 1, target, &err), AM_ERR_RANGE);
    assert_int_equal(am_target_from_references(songs, NULL, AM_MAX_REFERENCES + 1, target, &err), AM_ERR_RANGE);
    songs[1].loudness.integrated_lufs = NAN;
    assert_int_equal(am_target_from_references(songs, NULL, 2, target, &err), AM_ERR_CONTENT);
    assert_non_null(strstr(err.message, "reference 2"));
    songs[1].version = 0;
    assert_int_equal(am_target_from_references(songs, NULL, 2, target, &err), AM_ERR_RANGE);
    assert_memory_equal(target, other, sizeof *target);
}

static void parts_replace_parts(void **state)
{
    am_target *both = malloc(sizeof *both);

    (void)state;
    assert_non_null(both);
    songs[1].loudness.integrated_lufs = -14.0;
    assert_int_equal(am_target_from_references(&songs[0], NULL, 1, target, NULL), AM_OK);
    assert_int_equal(am_target_from_references(&songs[1], NULL, 1, other, NULL), AM_OK);
    *both = *target;
    am_target_compose(both, NULL, NULL, NULL, NULL);
    assert_memory_equal(both, target, sizeof *both);
    am_target_compose(both, other, NULL, NULL, NULL);
    assert_memory_equal(&both->tone, &other->tone, sizeof both->tone);
    close_to("width stays", both->width.mean_db[30], target->width.mean_db[30], 0.0);
    close_to("loudness stays", both->loudness_lufs, -10.0, 0.0);
    close_to("files are not correlated", both->cross_db2[30][30], 0.0, 0.0);
    am_target_compose(both, NULL, NULL, other, NULL);
    close_to("loudness", both->loudness_lufs, -14.0, 0.0);
    *both = *target;
    am_target_compose(both, NULL, other, NULL, NULL);
    close_to("width", both->width.mean_db[30], other->width.mean_db[30], 0.0);
    close_to("tone stays", both->tone.mean_db[30], target->tone.mean_db[30], 0.0);
    free(both);
}

static void distance_is_the_rms_of_the_difference(void **state)
{
    double tone[AM_BANDS], side[AM_BANDS], tone_db, width_db;

    (void)state;
    assert_int_equal(am_target_from_references(songs, NULL, 1, target, NULL), AM_OK);
    for (int k = 0; k < AM_BANDS; k++) {
        tone[k] = k % 2 ? 2.0 : -2.0;
        side[k] = k % 2 ? 0.5 : -0.5;
    }
    songs[1] = songs[0];
    test_filter(&songs[1], tone, side);
    am_target_distance(target, &songs[0], &songs[1], &tone_db, &width_db);
    close_to("tone", tone_db, 2.0, 1e-9);
    close_to("width", width_db, 0.5, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_reference_is_the_target, setup, teardown),
        cmocka_unit_test_setup_teardown(weights_average_and_references_apart_are_doubted, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_reference_twice_is_no_surer_shape, setup, teardown),
        cmocka_unit_test_setup_teardown(mono_references_say_nothing_of_width, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_known_above_a_cutoff, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_calls_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_replace_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(distance_is_the_rms_of_the_difference, setup, teardown),
    };

    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
