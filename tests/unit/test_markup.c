/* test_markup.c - report/markup.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "report/markup.h"

typedef struct page {
    char text[256];
    size_t used;
} page;

static void put(void *to, const char *bytes, size_t count)
{
    page *p = to;

    assert_true(p->used + count < sizeof p->text);
    memcpy(p->text + p->used, bytes, count);
    p->used += count;
}

static void assert_escaped(const char *text, const char *expected)
{
    page p = { .used = 0 };

    am_markup_escape(text, strlen(text), put, &p);
    assert_string_equal(p.text, expected);
}

static void text_stays_text(void **state)
{
    page p = { .used = 0 };

    (void)state;
    assert_escaped("", "");
    assert_escaped("Bach & Söhne", "Bach &amp; Söhne");
    assert_escaped("<b x=\"1\">", "&lt;b x=&quot;1&quot;&gt;");
    assert_escaped("a<", "a&lt;");
    am_markup_escape("<cut>", 4, put, &p);
    assert_string_equal(p.text, "&lt;cut");
}

/* echo -n 'alert(1)' | openssl dgst -sha256 -binary | base64 */
static void a_source_is_what_a_browser_computes(void **state)
{
    char source[AM_MARKUP_SOURCE];
    am_sha256 hash;

    (void)state;
    am_sha256_init(&hash);
    am_sha256_push(&hash, "alert(1)", 8);
    am_markup_source(&hash, source);
    assert_string_equal(source, "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays_text),
        cmocka_unit_test(a_source_is_what_a_browser_computes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
