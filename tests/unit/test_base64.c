/* test_base64.c - base/base64.h against the vectors of RFC 4648, section 10 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/base64.h"

static void published_vectors(void **state)
{
    static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
                                              { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfb", "//77" } };

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char text[16] = "";

        am_base64_encode(vectors[i][0], strlen(vectors[i][0]), text);
        assert_string_equal(text, vectors[i][1]);
        assert_int_equal(am_base64_length(strlen(vectors[i][0])), strlen(vectors[i][1]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(published_vectors) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
