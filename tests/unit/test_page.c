/* test_page.c - report/page.h and report/chart.c: what is written, escaped and refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "tests/support/faulty.h"
#include "tests/support/sample.h"

typedef struct buffer {
    char *text;
    size_t count;
    int left;                       /* calls until it fails; -1: never */
} buffer;

static am_status collect(void *context, const void *bytes, size_t count, am_error *err)
{
    buffer *b = context;

    if (b->left == 0) {
        if (err)
            (void)snprintf(err->message, sizeof err->message, "full");
        return AM_ERR_NOSPACE;
    }
    b->left -= b->left > 0;
    b->text = realloc(b->text, b->count + count + 1);
    assert_non_null(b->text);
    memcpy(b->text + b->count, bytes, count);
    b->count += count;
    b->text[b->count] = '\0';
    return AM_OK;
}

static char *sample_json(void)
{
    am_report *report = sample_report();
    char *json = NULL;

    assert_int_equal(am_report_to_json(report, NULL, &json, NULL), AM_OK);
    free(report);
    return json;
}

static char *page_of(const char *json)
{
    static const uint8_t flac[] = "fLaC!";
    static const am_page_excerpt excerpt = { .id = "original", .kind = "song", .name = "a<b>.wav", .rate_hz = 44100, .channels = 2, .scale = 1,
                                             .lufs = NAN, .flac = flac, .flac_count = 5 };
    static const char *const missing[] = { "</script>gone" };
    const am_page page = { AM_PAGE_REPORT, json, strlen(json), &excerpt, 1, missing, 1, NULL };
    buffer b = { .left = -1 };

    assert_int_equal(am_page_write(&page, NULL, collect, &b, NULL), AM_OK);
    return b.text;
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void a_page_is_complete(void **state)
{
    char *json = sample_json(), *page = page_of(json);

    (void)state;
    assert_true(strncmp(page, "<!doctype html>", 15) == 0);
    assert_null(strstr(page, "{{"));
    assert_non_null(strstr(page, "default-src 'none'"));
    assert_int_equal(occurrences(page, "'sha256-"), 5);
    assert_non_null(strstr(page, "id=\"audio-original\">ZkxhQyE=</script>"));
    assert_non_null(strstr(page, "Permission is hereby granted"));
    assert_null(strstr(page, "http-equiv=\"refresh\""));
    assert_int_equal(occurrences(page, "src="), 0);
    assert_int_equal(occurrences(page, "</script>"), occurrences(page, "<script"));
    free(page);
    am_release(NULL, json);
}

/* As a person or an older engine may have written it: raw <, spaces, a backslash before a quote. */
static void words_stay_words(void **state)
{
    static const char json[] = "{\"schema\": \"automaster.report/1\", \"engine\": \"<b>&\\\"\",\r\n \"input\": {\"path\": \"x/<i>\\\\\"},\n"
                               "\t\"before\": {\"a\": [1, 2.50]}, \"notes\": [{\"text\": \"</script>  <!-- \\\" {{policy}}\"}]}";
    char *page = page_of(json);

    (void)state;
    assert_non_null(strstr(page, "\"before\":{\"a\":[1,2.50]}"));
    assert_non_null(strstr(page, "\"text\":\"\\u003c/script>  \\u003c!-- \\\" {{policy}}\""));
    assert_non_null(strstr(page, "&lt;/script&gt; &lt;!-- &quot; {{policy}}"));
    assert_non_null(strstr(page, "<title>&lt;i&gt;\\</title>"));
    assert_int_equal(occurrences(page, "<i>"), 0);
    assert_int_equal(occurrences(page, "</script>"), occurrences(page, "<script"));
    free(page);
}

static void other_documents_are_refused(void **state)
{
    static const char *const documents[] = { "", "[]", "{\"schema\": \"automaster.plan/1\"}", "{\"schema\": \"automaster.report/1\"}", "{\"a\": 1" };

    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        const am_page page = { .json = documents[i], .json_length = strlen(documents[i]) };
        buffer b = { .left = -1 };
        char *svg = NULL;
        am_error err = { 0 };

        assert_int_not_equal(am_page_write(&page, NULL, collect, &b, &err), AM_OK);
        assert_true(b.count == 0 && err.message[0]);
        assert_int_not_equal(am_report_chart_svg(documents[i], strlen(documents[i]), NULL, &svg, &err), AM_OK);
        assert_null(svg);
    }
}

static void failures_leave_nothing(void **state)
{
    char *json = sample_json();
    const am_page page = { .json = json, .json_length = strlen(json) };

    (void)state;
    for (int left = 0; left < 20; left++) {
        buffer b = { .left = left };
        am_error err = { 0 };

        assert_int_equal(am_page_write(&page, NULL, collect, &b, &err), AM_ERR_NOSPACE);
        free(b.text);
    }
    for (size_t k = 1; k < 8; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k);
        buffer b = { .left = -1 };
        char *svg = NULL;

        (void)am_page_write(&page, allocator, collect, &b, NULL);
        assert_int_equal(memory.live, 0);
        free(b.text);
        allocator = faulty_init(&memory, k);
        if (am_report_chart_svg(json, strlen(json), allocator, &svg, NULL) == AM_OK)
            am_release(allocator, svg);
        assert_int_equal(memory.live, 0);
    }
    am_release(NULL, json);
}

static void the_picture_shows_the_curves(void **state)
{
    char *json = sample_json(), *svg = NULL;

    (void)state;
    assert_int_equal(am_report_chart_svg(json, strlen(json), NULL, &svg, NULL), AM_OK);
    assert_true(strncmp(svg, "<svg ", 5) == 0 && strstr(svg, "</svg>\n"));
    assert_true(occurrences(svg, "<polyline") >= 3);
    for (const char *word = ">before<\0>target<\0>after<\0>Equalisation, dB\0>Short-term loudness\0"; *word; word += strlen(word) + 1)
        assert_non_null(strstr(svg, word));
    assert_null(strstr(svg, "nan"));
    am_release(NULL, svg);
    am_release(NULL, json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_complete), cmocka_unit_test(words_stay_words), cmocka_unit_test(other_documents_are_refused),
        cmocka_unit_test(failures_leave_nothing), cmocka_unit_test(the_picture_shows_the_curves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
