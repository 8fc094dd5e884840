/* test_picture.c - report/picture.h: one drawing, as SVG and as PNG */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "report/picture.h"
#include "tests/support/faulty.h"

static const am_look red = { 0xff0000, 1.0, 2.0, true }, wash = { 0x0000ff, 0.25, 0.0, false }, ink = { 0x102030, 1.0, 12.0, false };

static am_picture example(const am_allocator *allocator)
{
    am_picture p = { .allocator = allocator, .width = 100, .height = 50, .title = "example" };

    am_picture_begin(&p, AM_SHAPE_AREA, wash);
    for (int i = 0; i < 700; i++)
        am_picture_point(&p, 0.1 * i, i % 2 ? 10.0 : 40.0);
    am_picture_begin(&p, AM_SHAPE_LINE, red);
    am_picture_point(&p, 10, 20);
    am_picture_point(&p, 90.04, 20.5);
    am_picture_words(&p, 50, 45, AM_ANCHOR_MIDDLE, ink, "words");
    return p;
}

static void svg_holds_what_was_drawn(void **state)
{
    am_picture p = example(NULL);
    char *svg = NULL;

    (void)state;
    assert_int_equal(am_picture_svg(&p, &svg, NULL), AM_OK);
    assert_non_null(strstr(svg, "viewBox=\"0 0 100 50\""));
    assert_non_null(strstr(svg, "stroke=\"#ff0000\" stroke-width=\"2\" stroke-dasharray=\"6 4\" points=\"10,20 90,20.5\"/>"));
    assert_non_null(strstr(svg, "<polygon fill=\"#0000ff\" fill-opacity=\"0.25\" points=\"0,40 0.1,10 "));
    assert_non_null(strstr(svg, "<text x=\"50\" y=\"45\" font-size=\"12\" fill=\"#102030\" text-anchor=\"middle\">words</text>"));
    am_release(NULL, svg);
    am_picture_close(&p);
}

static uint32_t big_endian(const uint8_t *b) { return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]; }

static void png_has_twice_the_size(void **state)
{
    am_picture p = example(NULL);
    uint8_t *png = NULL;
    size_t count = 0;
    am_error err = { 0 };
    const am_status st = am_picture_png(&p, &png, &count, &err);

    (void)state;
    am_picture_close(&p);
    if (!strstr(am_picture_formats(), "png")) {
        assert_int_equal(st, AM_ERR_STATE);
        assert_non_null(strstr(err.message, "svg"));
        print_message("no cairo in this build: PNG is not tested\n");
        skip();
    }
    assert_int_equal(st, AM_OK);
    assert_true(count > 100 && memcmp(png, "\x89PNG\r\n\x1a\n", 8) == 0);
    assert_int_equal(big_endian(png + 16), 200);
    assert_int_equal(big_endian(png + 20), 100);
    am_release(NULL, png);
}

static void no_allocation_is_missed(void **state)
{
    bool failed = true;

    (void)state;
    for (size_t k = 1; failed; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k);
        am_picture p = example(allocator);
        char *svg = NULL;
        uint8_t *png = NULL;
        size_t count;
        const am_status st = am_picture_svg(&p, &svg, NULL);

        if (!am_picture_png(&p, &png, &count, NULL))
            am_release(allocator, png);
        am_release(allocator, svg);
        am_picture_close(&p);
        assert_int_equal(memory.live, 0);
        failed = memory.failed;
        assert_true(failed || st == AM_OK);
    }
}

/* Fontconfig, which cairo asks for fonts, keeps what it has read. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(svg_holds_what_was_drawn), cmocka_unit_test(png_has_twice_the_size), cmocka_unit_test(no_allocation_is_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
