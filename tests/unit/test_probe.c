/* test_probe.c - am_probe_file */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <automaster/automaster.h>
#include "tests/support/music.h"

static void the_header_is_told(void **state)
{
    char folder[] = P_tmpdir "/automaster-probe-XXXXXX", path[128];
    float *samples = calloc(2 * 4800, sizeof *samples);
    am_source *source = calloc(1, sizeof *source);

    (void)state;
    assert_non_null(samples);
    assert_non_null(source);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/x.wav", folder);
    music_fill(samples, 4800, 2, 48000.0, 5, 0.5);
    assert_int_equal(music_write(path, samples, 4800, 2, 48000.0, 24), 0);
    assert_int_equal(am_probe_file(path, NULL, source, NULL), AM_OK);
    assert_string_equal(source->path, path);
    assert_int_equal(source->rate_hz, 48000);
    assert_int_equal(source->channels, 2);
    assert_int_equal(source->bits, 24);
    assert_int_equal(source->frames, 4800);
    assert_false(source->lossy);
    assert_string_equal(source->sha256, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(source);
    free(samples);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    am_source *source = calloc(1, sizeof *source);
    am_error err = { 0 };

    (void)state;
    assert_non_null(source);
    assert_int_equal(am_probe_file("/nonexistent.wav", NULL, source, &err), AM_ERR_IO);
    assert_non_null(strstr(err.message, "/nonexistent.wav"));
    assert_int_equal(am_probe_file(NULL, NULL, source, &err), AM_ERR_RANGE);
    assert_int_equal(source->rate_hz, 0);
    free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_told),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
