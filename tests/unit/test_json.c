/* test_json.c - base/json.h, base/json_scan.h, base/number.h and base/utf8.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "tests/support/faulty.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct bytes {
    const char *text;
    size_t length;
} bytes;

#define BYTES(literal) { literal, sizeof(literal) - 1 }

static const bytes good[] = {
    BYTES("{}"), BYTES("[]"), BYTES(" \t\r\n[ ]\n"), BYTES("0"), BYTES("-0"), BYTES("-0.5e-3"), BYTES("1E+2"), BYTES("1e-400"), BYTES("\"\""),
    BYTES("true"), BYTES("null"), BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\""), BYTES("\"\\ud83c\\uDFB5\""), BYTES("\"\xF0\x9F\x8E\xB5\""),
    BYTES("{\"a\":{\"a\":1},\"A\":2}"), BYTES("[1,[2,{\"x\":[]}],3]"), BYTES("\"\x7F\""), BYTES("{\"\":0}"),
    BYTES("123456789012345678901234567890123456789012345678901234567890123"),
};

static const bytes bad[] = {
    BYTES(""), BYTES(" "), BYTES("\xEF\xBB\xBF{}"), BYTES("{"), BYTES("["), BYTES("[1"), BYTES("[1,"), BYTES("[1,]"), BYTES("[,1]"), BYTES("[1,,2]"),
    BYTES("[1 2]"), BYTES("{\"a\"}"), BYTES("{\"a\":}"), BYTES("{\"a\":1,}"), BYTES("{,\"a\":1}"), BYTES("{a:1}"), BYTES("{'a':1}"), BYTES("{1:1}"),
    BYTES("{\"a\" 1}"), BYTES("{\"a\":1 \"b\":2}"), BYTES("{\"a\":1]"), BYTES("[1}"), BYTES("]"), BYTES("{}{}"), BYTES("{} x"), BYTES("1 2"),
    BYTES("{}\0"), BYTES("\0{}"), BYTES("[1]\0[2]"), BYTES("[\0]"), BYTES("01"), BYTES("-01"), BYTES("00"), BYTES("-"), BYTES("+1"), BYTES(".5"), BYTES("2."),
    BYTES("1e"), BYTES("1e+"), BYTES("1.e3"), BYTES("0x10"), BYTES("1_000"), BYTES("NaN"), BYTES("-NaN"), BYTES("Infinity"), BYTES("-Infinity"),
    BYTES("nan"), BYTES("1e999"), BYTES("-1e999"), BYTES("[0, 1e400]"), BYTES("True"), BYTES("nul"), BYTES("truee"), BYTES("\""), BYTES("\"a"), BYTES("\"\\\""),
    BYTES("\"\\x41\""), BYTES("\"\\u12\""), BYTES("\"\\u12g4\""), BYTES("\"\\u0000\""), BYTES("\"\\ud83c\""), BYTES("\"\\ud83cx\""), BYTES("\"\\ud83c\\n\""),
    BYTES("\"\\ud83c\\ud83c\""), BYTES("\"\\udfb5\""), BYTES("\"a\nb\""), BYTES("\"a\tb\""), BYTES("\"a\0b\""), BYTES("\"\x1F\""), BYTES("\"\xFF\""),
    BYTES("\"\xC0\x80\""), BYTES("\"\xC3\""), BYTES("\"\xC3(\""), BYTES("\"\xE0\x80\x80\""), BYTES("\"\xED\xA0\x80\""), BYTES("\"\xF4\x90\x80\x80\""),
    BYTES("\"\xF8\x88\x80\x80\x80\""), BYTES("\xA0[]"), BYTES("[]\xC2\xA0"), BYTES("// no\n{}"), BYTES("{}/**/"), BYTES("{\"a\":1,\"a\":1}"),
    BYTES("{\"a\":1,\"b\":2,\"\\u0061\":3}"), BYTES("[{\"x\":{\"y\":0,\"y\":0}}]"),
    BYTES("1234567890123456789012345678901234567890123456789012345678901234"),
};

static void every_good_document_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        am_error err = { 0 };
        cJSON *tree = NULL;

        if (am_json_parse(good[i].text, good[i].length, "good", &tree, &err))
            fail_msg("%s: %s", good[i].text, err.message);
        cJSON_Delete(tree);
    }
}

static void every_bad_document_is_refused_and_out_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        am_error err = { 0 };
        cJSON *tree = (cJSON *)&err;

        if (!am_json_parse(bad[i].text, bad[i].length, "bad", &tree, &err))
            fail_msg("case %zu read: %s", i, bad[i].text);
        assert_ptr_equal(tree, &err);
        assert_true(strncmp(err.message, "bad: ", 5) == 0);
    }
}

static void every_prefix_of_a_document_is_refused(void **state)
{
    static const char text[] = "{\"a\": [1.5e3, true, \"\\ud83c\\udfb5 \xC3\xA4\"], \"b\": {\"c\": null}}";

    (void)state;
    for (size_t length = 0; length < sizeof text - 1; length++) {
        char *exact = malloc(length + 1);
        cJSON *tree = NULL;

        assert_non_null(exact);
        memmove(exact, text, length);
        exact[length] = '}';
        if (!am_json_parse(exact, length, "prefix", &tree, NULL))
            fail_msg("prefix of %zu bytes read", length);
        free(exact);
    }
}

static am_status parse_nested(int depth, am_error *err)
{
    char text[256];
    cJSON *tree = NULL;
    am_status status;

    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    status = am_json_parse(text, 2 * (size_t)depth, "deep", &tree, err);
    cJSON_Delete(tree);
    return status;
}

static void depth_and_size_are_bounded(void **state)
{
    char *large = malloc(8 * 1024 * 1024 + 1);
    am_error err;
    cJSON *tree = NULL;

    (void)state;
    assert_int_equal(parse_nested(64, &err), AM_OK);
    assert_int_equal(parse_nested(65, &err), AM_ERR_FORMAT);
    assert_string_equal(err.message, "deep: not JSON: line 1, column 66: more than 64 levels of nesting");
    assert_non_null(large);
    memset(large, ' ', 8 * 1024 * 1024 + 1);
    large[0] = '1';
    assert_int_equal(am_json_parse(large, 8 * 1024 * 1024, "large", &tree, &err), AM_OK);
    cJSON_Delete(tree);
    assert_int_equal(am_json_parse(large, 8 * 1024 * 1024 + 1, "large", &tree, &err), AM_ERR_FORMAT);
    free(large);
    assert_int_equal(am_json_parse(NULL, 0, NULL, &tree, &err), AM_ERR_FORMAT);
}

/* Comparing every pair of names would take minutes here. */
static void many_members_are_checked_quickly(void **state)
{
    enum { MEMBERS = 400000 };
    char *text = malloc(MEMBERS * 16), *end = text;
    am_error err;
    cJSON *tree = NULL;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < MEMBERS; i++)
        end += sprintf(end, "%c\"k%d\":0", i ? ',' : '{', i);
    end += sprintf(end, ",\"k7\":0}");
    assert_int_equal(am_json_parse(text, (size_t)(end - text), "wide", &tree, &err), AM_ERR_FORMAT);
    assert_string_equal(err.message, "wide: k7: given twice");
    free(text);
}

static void errors_name_line_path_range_and_value(void **state)
{
    static const char text[] = "{\"eq\": {\"gain\": 30, \"q\": \"wide\", \"n\": 1.5, \"on\": 1, \"x\\n\xC3\xA4\": null, \"list\": [1, 2, 99]}}";
    static const char *const known[] = { "gain", "q", "n", "on", "list", NULL };
    static const char *const words[] = { "bell", "shelf" };
    am_error err;
    cJSON *tree = NULL;
    const cJSON *eq;
    double number[3] = { 7.0, 7.0, 7.0 };
    bool flag;
    int word;

    (void)state;
    assert_int_equal(am_json_parse(text, sizeof text - 1, "t", &tree, &err), AM_OK);
    assert_int_equal(am_json_member(tree, "plan", "eq", false, &eq, &err), AM_OK);
    assert_int_equal(am_json_number(eq, "plan.eq", "gain", -24.0, 24.0, false, number, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan.eq.gain: 30 is not a number in [-24, 24]");
    assert_int_equal(am_json_number(eq, "plan.eq", "n", 0.0, 9.0, true, number, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan.eq.n: 1.5 is not a whole number in [0, 9]");
    assert_int_equal(am_json_number(eq, "plan.eq", "GAIN", -24.0, 24.0, false, number, &err), AM_ERR_FORMAT);
    assert_string_equal(err.message, "plan.eq.GAIN: missing; expected a number in [-24, 24]");
    assert_int_equal(am_json_number(eq, "plan.eq", "on", 0.0, 2.0, true, number, &err), AM_OK);
    assert_true(number[0] == 1.0);
    assert_int_equal(am_json_number_or_null(eq, "plan.eq", "x\n\xC3\xA4", 0.0, 2.0, number, &err), AM_OK);
    assert_true(isnan(number[0]));
    assert_int_equal(am_json_bool(eq, "plan.eq", "on", &flag, &err), AM_ERR_FORMAT);
    assert_string_equal(err.message, "plan.eq.on: 1 is not true or false");
    assert_int_equal(am_json_word(eq, "plan.eq", "q", words, 2, &word, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan.eq.q: \"wide\" is not one of \"bell\" \"shelf\"");
    assert_int_equal(am_json_numbers(eq, "plan.eq", "list", 0.0, 9.0, number, 3, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan.eq.list[2]: 99 is not a number in [0, 9]");
    assert_int_equal(am_json_numbers(eq, "plan.eq", "list", 0.0, 99.0, number, 2, &err), AM_ERR_FORMAT);
    assert_string_equal(err.message, "plan.eq.list: 3 numbers; expected 2");
    assert_int_equal(am_json_only(eq, "plan.eq", known, &err), AM_ERR_FORMAT);
    assert_string_equal(err.message, "plan.eq.x?\xC3\xA4: unknown field");
    cJSON_Delete(tree);
    assert_int_equal(am_json_parse("{\n \"a\": 01}", 11, "p.json", &tree, &err), AM_ERR_FORMAT);
    assert_string_equal(err.message, "p.json: not JSON: line 2, column 8: a number with a leading zero");
    assert_int_equal(am_json_parse("{\"a\":[0,1e999]}", 15, "p.json", &tree, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "p.json: a[1]: a number too large for a double");
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void check_exact(double value)
{
    char text[AM_NUMBER_TEXT];
    double back;

    (void)am_number_exact(value, text);
    back = strtod(text, NULL);
    if (memcmp(&back, &value, sizeof value) != 0)
        fail_msg("%.17g printed as %s", value, text);
    assert_true(strlen(text) < 30);
}

static void exact_numbers_come_back_bit_by_bit(void **state)
{
    uint64_t seed = 88172645463325252u;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        const uint64_t bits = next_random(&seed);
        double value;

        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            check_exact(value);
        check_exact((double)(int64_t)(bits >> 40) / 1000.0 - 8000.0);
    }
    check_exact(0.0);
    check_exact(-0.0);
    check_exact(5e-324);
    check_exact(1.7976931348623157e308);
    check_exact(9007199254740992.0);
}

static void numbers_look_as_people_write_them(void **state)
{
    char t[AM_NUMBER_TEXT];

    (void)state;
    assert_string_equal(am_number_exact(0.1, t), "0.1");
    assert_string_equal(am_number_exact(-9.1, t), "-9.1");
    assert_string_equal(am_number_exact(-0.0, t), "-0");
    assert_string_equal(am_number_exact(44100.0, t), "44100");
    assert_string_equal(am_number_exact(1e16, t), "10000000000000000");
    assert_string_equal(am_number_exact(1e17, t), "1e17");
    assert_string_equal(am_number_exact(1.5e-7, t), "1.5e-7");
    assert_string_equal(am_number_exact(0.00012, t), "0.00012");
    assert_string_equal(am_number_exact(0.1 + 0.2, t), "0.30000000000000004");
    assert_string_equal(am_number_exact(NAN, t), "-");
    assert_string_equal(am_number_short(-9.104, 2, t), "-9.1");
    assert_string_equal(am_number_short(-0.004, 2, t), "0");
    assert_string_equal(am_number_short(100.0, 2, t), "100");
    assert_string_equal(am_number_short(1e300, 2, t), "1e300");
    assert_string_equal(am_number_fixed(-9.0, 1, t), "-9.0");
    assert_string_equal(am_number_fixed(9.96, 1, t), "10.0");
    assert_string_equal(am_number_fixed(-0.04, 1, t), "0.0");
    assert_string_equal(am_number_fixed(2.5, 0, t), "3");
    assert_string_equal(am_number_fixed(999999999.9999, 6, t), "999999999.999900");
    assert_string_equal(am_number_fixed(-INFINITY, 1, t), "-");
}

static void no_locale_changes_a_number(void **state)
{
    static const char *const names[] = { "de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "ps_AF.UTF-8" };

    for (size_t i = 0; i < COUNT(names); i++) {
        cJSON *tree = NULL;
        double value = 0.0;

        if (!setlocale(LC_ALL, names[i]))
            continue;
        numbers_look_as_people_write_them(state);
        assert_int_equal(am_json_parse("{\"a\":-1.25}", 11, "t", &tree, NULL), AM_OK);
        assert_int_equal(am_json_number(tree, "", "a", -2.0, 2.0, false, &value, NULL), AM_OK);
        cJSON_Delete(tree);
        (void)setlocale(LC_ALL, "C");
        assert_true(value == -1.25);
    }
}

static am_status write_sample(const am_allocator *allocator, char **json)
{
    const double values[] = { 1.0, NAN, -0.125 };
    am_json_writer *w = NULL;
    am_status status = am_json_writer_open(allocator, &w, NULL);

    if (status)
        return status;
    am_json_open(w, NULL, '{');
    am_json_put_string(w, "name", "a\"\\\n<\x7F\xFF\xC3\xA4");
    am_json_put_number(w, "gain_db", 0.1, -1);
    am_json_put_number(w, "level_db", -9.129, 2);
    am_json_put_number(w, "none", INFINITY, 2);
    am_json_put_integer(w, "seed", UINT64_C(9007199254740992));
    am_json_open(w, "list", '[');
    am_json_put_bool(w, NULL, true);
    am_json_open(w, NULL, '{');
    am_json_close(w);
    am_json_close(w);
    am_json_put_numbers(w, "numbers", values, 3, 2);
    for (int i = 0; i < 500; i++)
        am_json_put_string(w, "k", "enough text to let the buffer grow");
    am_json_close(w);
    return am_json_writer_take(w, json, NULL);
}

static void documents_are_written_as_documented(void **state)
{
    static const char expected[] = "{\n  \"name\": \"a\\\"\\\\\\u000a\\u003c\\u007f\xEF\xBF\xBD\xC3\xA4\",\n  \"gain_db\": 0.1,\n  \"level_db\": -9.13,\n"
                                   "  \"none\": null,\n  \"seed\": 9007199254740992,\n  \"list\": [\n    true,\n    {}\n  ],\n"
                                   "  \"numbers\": [1, null, -0.13],\n";
    char *json = NULL;

    (void)state;
    assert_int_equal(write_sample(NULL, &json), AM_OK);
    if (strncmp(json, expected, sizeof expected - 1) != 0)
        fail_msg("%.400s\nis not\n%s", json, expected);
    assert_string_equal(json + strlen(json) - 3, "\n}\n");
    am_release(NULL, json);
}

static void a_failed_allocation_leaves_nothing(void **state)
{
    size_t k = 1;

    (void)state;
    for (;; k++) {
        faulty f;
        char *json = NULL;
        const am_status status = write_sample(faulty_init(&f, k), &json);

        if (!status) {
            am_release(&f.allocator, json);
            assert_int_equal(f.live, 0);
            break;
        }
        assert_int_equal(status, AM_ERR_NOMEM);
        assert_null(json);
        assert_int_equal(f.live, 0);
    }
    assert_true(k > 4);
}

static void shown_text_is_harmless(void **state)
{
    char out[16];

    (void)state;
    am_utf8_show("a\x1B[31m\n\xC2\x9B\xFF\xC3\xA4", out, sizeof out);
    assert_string_equal(out, "a?[31m???\xC3\xA4");
    am_utf8_show("123456789012345", out, sizeof out);
    assert_string_equal(out, "123456789012345");
    am_utf8_show("1234567890123456", out, sizeof out);
    assert_string_equal(out, "123456789012...");
    am_utf8_show("12345678901\xC3\xA4\xC3\xA4\xC3\xA4", out, sizeof out);
    assert_string_equal(out, "12345678901...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_good_document_is_read),
        cmocka_unit_test(every_bad_document_is_refused_and_out_stays),
        cmocka_unit_test(every_prefix_of_a_document_is_refused),
        cmocka_unit_test(depth_and_size_are_bounded),
        cmocka_unit_test(many_members_are_checked_quickly),
        cmocka_unit_test(errors_name_line_path_range_and_value),
        cmocka_unit_test(exact_numbers_come_back_bit_by_bit),
        cmocka_unit_test(numbers_look_as_people_write_them),
        cmocka_unit_test(no_locale_changes_a_number),
        cmocka_unit_test(documents_are_written_as_documented),
        cmocka_unit_test(a_failed_allocation_leaves_nothing),
        cmocka_unit_test(shown_text_is_harmless),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
