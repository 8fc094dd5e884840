/* test_suggest.c - am_suggest of automaster.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <automaster/automaster.h>

static void slips_of_the_pen_are_guessed(void **state)
{
    char near[32];

    (void)state;
    assert_true(am_suggest("chekc", "check render", near, sizeof near));
    assert_string_equal(near, "check");
    assert_true(am_suggest("doctr", "check doctor", near, sizeof near));
    assert_string_equal(near, "doctor");
    assert_true(am_suggest("dokter", "check doctor docket", near, sizeof near));
    assert_string_equal(near, "doctor");
}

static void what_is_far_from_all_is_not_guessed(void **state)
{
    char near[32] = "kept";

    (void)state;
    assert_false(am_suggest("guitar", "check doctor render", near, sizeof near));
    assert_false(am_suggest("a-word-that-is-much-longer-than-any-option-is", "check", near, sizeof near));
    assert_false(am_suggest("", "check", near, sizeof near));
    assert_false(am_suggest("doctr", "", near, sizeof near));
    assert_false(am_suggest("doctr", "doctor", near, 6));       /* no room for it */
    assert_false(am_suggest(NULL, "check", near, sizeof near));
    assert_false(am_suggest("chekc", NULL, near, sizeof near));
    assert_false(am_suggest("chekc", "check", NULL, 0));
    assert_string_equal(near, "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_of_the_pen_are_guessed),
        cmocka_unit_test(what_is_far_from_all_is_not_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
