/* test_doctor.c - am_library_info and io/formats.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <automaster/automaster.h>
#include "io/formats.h"
#include "tests/support/faulty.h"

static void every_line_is_a_key_and_a_value(void **state)
{
    static const char *const keys[] = { "engine", "compiler", "simd", "fftw", "sndfile", "ebur128", "soxr", "cjson", "pictures", "reads", "writes" };
    char *text = NULL, *line;

    (void)state;
    assert_int_equal(am_library_info(NULL, &text, NULL), AM_OK);
    line = text;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const size_t key = strcspn(line, ":\n"), length = strcspn(line, "\n");

        assert_true(key < length);
        assert_int_equal(key, strlen(keys[i]));
        assert_memory_equal(line, keys[i], key);
        assert_true(length > key + 2 && line[key + 1] == ' ' && line[key + 2] != ' ');
        assert_int_equal(line[length], '\n');
        line += length + 1;
    }
    assert_string_equal(line, "");
    am_release(NULL, text);
}

static void no_memory_is_told(void **state)
{
    faulty none;
    am_error err = { 0 };
    char *text = NULL;

    (void)state;
    assert_int_equal(am_library_info(faulty_init(&none, 1), &text, &err), AM_ERR_NOMEM);
    assert_int_equal(err.status, AM_ERR_NOMEM);
}

static void lists_are_cut_to_size(void **state)
{
    char words[512], some[8];

    (void)state;
    am_formats_read(words, sizeof words);
    assert_non_null(strstr(words, "wav"));
    assert_non_null(strstr(words, "flac"));
    assert_non_null(strstr(words, "ogg oga opus"));
    am_formats_written(words, sizeof words);
    assert_true(strncmp(words, "wav rf64 w64", 12) == 0);
    am_formats_written(some, sizeof some);
    assert_string_equal(some, "wav rf6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_is_a_key_and_a_value),
        cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(lists_are_cut_to_size),
    };

    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
