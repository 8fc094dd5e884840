/* test_profile_page.c - report/profile_page.c: a page that loads nothing and runs nothing, whatever the profile says */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/sha256.h"

#include <automaster/automaster.h>

static void print(const am_profile *p, char **html)
{
    assert_int_equal(am_profile_to_html(p, NULL, html, NULL), AM_OK);
}

static am_profile *house(void)
{
    am_profile *p = NULL;

    assert_int_equal(am_profile_load("house", NULL, NULL, &p, NULL), AM_OK);
    return p;
}

/* The policy lets the browser use the one style that is in the page. */
static void the_policy_fits_the_style(void **state)
{
    am_profile *p = house();
    char *html = NULL, hex[65], digits[3] = "", wanted[64] = "";
    const char *style, *end;
    uint8_t bytes[32];
    am_sha256 hash;

    (void)state;
    print(p, &html);
    style = strstr(html, "<style>");
    end = strstr(html, "</style>");
    assert_true(style && end);
    am_sha256_init(&hash);
    am_sha256_push(&hash, style + 7, (size_t)(end - style - 7));
    am_sha256_finish(&hash, hex);
    for (size_t i = 0; i < sizeof bytes; i++) {
        memcpy(digits, hex + 2 * i, 2);
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    am_base64_encode(bytes, sizeof bytes, wanted);
    assert_non_null(strstr(html, wanted));
    assert_non_null(strstr(html, "default-src 'none'"));
    am_release(NULL, html);
    am_profile_close(p);
}

static void nothing_is_loaded_and_nothing_runs(void **state)
{
    am_profile *p = house();
    char *html = NULL;

    (void)state;
    print(p, &html);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "http://"));
    assert_null(strstr(html, "https://"));
    assert_null(strstr(html, " src="));
    assert_null(strstr(html, "url("));
    assert_null(strstr(html, "nan"));
    assert_non_null(strstr(html, "<polyline"));
    am_release(NULL, html);
    am_profile_close(p);
}

static void text_of_the_profile_stays_text(void **state)
{
    static const char bad[] = "\"><script>alert(1)</script>&";
    am_profile *p = house();
    char *html = NULL;

    (void)state;
    strcpy(p->about, bad);
    strcpy(p->notice, bad);
    memcpy(p->engine, bad, sizeof bad < sizeof p->engine ? sizeof bad : sizeof p->engine - 1);
    strcpy(p->edits[0], bad);
    p->edit_count = 1;
    for (int q = 0; q < AM_QUANTITIES; q++)
        strcpy(p->provenance[q].source, bad);
    print(p, &html);
    assert_null(strstr(html, "<script"));
    assert_non_null(strstr(html, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;"));
    am_release(NULL, html);
    am_profile_close(p);
}

/* Bands that nobody knows part the curve; nothing known leaves the chart out. */
static void unknown_bands_are_gaps(void **state)
{
    am_profile *p = house();
    am_statistic *tone = &p->values[am_quantity_about(AM_QUANTITY_TONE)->first];
    char *whole = NULL, *gap = NULL, *none = NULL;
    size_t lines = 0;

    (void)state;
    print(p, &whole);
    tone[AM_BAND_1K] = (am_statistic){ NAN, NAN, NAN, NAN, NAN };
    print(p, &gap);
    for (const char *at = gap; (at = strstr(at, "<polyline")); at++)
        lines++;
    for (const char *at = whole; (at = strstr(at, "<polyline")); at++)
        lines--;
    assert_int_equal(lines, 1);
    for (int k = 0; k < AM_BANDS; k++)
        tone[k] = tone[AM_BAND_1K];
    print(p, &none);
    assert_null(strstr(none, "id=\"h-tone\""));
    am_release(NULL, whole);
    am_release(NULL, gap);
    am_release(NULL, none);
    am_profile_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_fits_the_style),
        cmocka_unit_test(nothing_is_loaded_and_nothing_runs),
        cmocka_unit_test(text_of_the_profile_stays_text),
        cmocka_unit_test(unknown_bands_are_gaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
