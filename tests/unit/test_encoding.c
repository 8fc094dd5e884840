/* test_encoding.c - io/encoding.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "io/encoding.h"

static void only_well_formed_utf8_passes(void **state)
{
    static const char *const good[] = { "", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\x9a", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf" };
    static const char *const bad[] = { "\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80", "\xe2\x82", "a\xff" };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(am_encoding_is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(am_encoding_is_utf8(bad[i]));
}

static void copies_are_repaired_and_cut_between_characters(void **state)
{
    static const char euros[] = "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";
    char out[32];

    (void)state;
    am_encoding_copy("N\xe9v\xe9", true, out, sizeof out);
    assert_string_equal(out, "N\xc3\xa9v\xc3\xa9");
    am_encoding_copy("N\xe9v\xe9", false, out, sizeof out);
    assert_string_equal(out, "N\xef\xbf\xbdv\xef\xbf\xbd");
    for (size_t size = 1; size <= 10; size++) {
        am_encoding_copy(euros, false, out, size);
        assert_int_equal(strlen(out), (size - 1) / 3 * 3);
        assert_true(am_encoding_is_utf8(out));
    }
}

static void shown_paths_are_short_and_harmless(void **state)
{
    char out[AM_ENCODING_SHOWN], path[4000];

    (void)state;
    am_encoding_show_path("a\nb\x1b[31m.wav", out);
    assert_string_equal(out, "a?b?[31m.wav");
    for (int byte = 'x'; byte < 256; byte += 0xe9 - 'x') {
        memset(path, byte, sizeof path);
        memcpy(path + sizeof path - 5, ".wav", 5);
        am_encoding_show_path(path, out);
        assert_true(strlen(out) < AM_ENCODING_SHOWN && am_encoding_is_utf8(out) && memcmp(out, "...", 3) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_well_formed_utf8_passes),
        cmocka_unit_test(copies_are_repaired_and_cut_between_characters),
        cmocka_unit_test(shown_paths_are_short_and_harmless),
    };

    return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}
