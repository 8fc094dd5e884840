/* test_plan_json.c - plans to JSON and back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>

#include "base/fields.h"
#include "base/plan_check.h"
#include "tests/support/faulty.h"
#include "tests/support/sample.h"

enum { LARGEST = 64 * 1024 };

static void write_plan(const am_plan *plan, char **json)
{
    am_error err;

    if (am_plan_to_json(plan, NULL, json, &err))
        fail_msg("%s", err.message);
}

static void assert_same_plan(const am_plan *a, const am_plan *b)
{
    for (size_t k = 0; k < am_plan_field_count; k++) {
        const am_field *f = &am_plan_fields[k];

        assert_int_equal(am_field_used(f, a), am_field_used(f, b));
        for (size_t i = 0; i < am_field_used(f, a); i++) {
            const double x = am_field_get(f, a, i), y = am_field_get(f, b, i);

            if (memcmp(&x, &y, sizeof x) != 0 && !(isnan(x) && isnan(y)))
                fail_msg("%s %zu: %.17g became %.17g", f->path, i, x, y);
        }
    }
}

static void every_plan_comes_back_bit_by_bit(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        am_plan plan, back;
        am_error err;
        char *json = NULL, *again = NULL;

        sample_plan(&plan, seed);
        write_plan(&plan, &json);
        if (am_plan_from_json(json, strlen(json), &back, &err))
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
        assert_same_plan(&plan, &back);
        write_plan(&back, &again);
        assert_string_equal(json, again);
        am_release(NULL, again);
        am_release(NULL, json);
    }
}

static void the_plan_of_a_report_is_the_plan(void **state)
{
    am_report *r = sample_report();
    am_plan back;
    am_error err;
    char *json = NULL;

    (void)state;
    sample_plan(&r->plan, 7);
    assert_int_equal(am_report_to_json(r, NULL, &json, NULL), AM_OK);
    if (am_plan_from_json(json, strlen(json), &back, &err))
        fail_msg("%s", err.message);
    assert_same_plan(&r->plan, &back);
    am_release(NULL, json);
    free(r);
}

static void plans_out_of_range_are_not_written(void **state)
{
    am_plan plan;
    am_error err;
    char *json = NULL;

    (void)state;
    am_plan_neutral(&plan, 48000);
    plan.drive_db = NAN;
    assert_int_equal(am_plan_to_json(&plan, NULL, &json, &err), AM_ERR_RANGE);
    assert_non_null(strstr(err.message, "drive_db"));
    assert_null(json);
    assert_int_equal(am_plan_to_json(NULL, NULL, &json, &err), AM_ERR_RANGE);
    assert_int_equal(am_plan_from_json(NULL, 0, &plan, &err), AM_ERR_RANGE);
}

typedef struct edit {
    const char *from, *to;          /* the first from becomes to */
    am_status status;
    const char *message;
} edit;

static const edit edits[] = {
    { "\"drive_db\": 0", "\"drive_db\": 80.5", AM_ERR_RANGE, "plan.drive_db: 80.5 is not a number in [-80, 80]" },
    { "\"drive_db\": 0", "\"drive_db\": null", AM_ERR_FORMAT, "plan.drive_db: null is not a number in [-80, 80]" },
    { "\"drive_db\": 0", "\"drive_db\": \"0\"", AM_ERR_FORMAT, "plan.drive_db: \"0\" is not a number in [-80, 80]" },
    { "\"drive_db\": 0", "\"drive_db\": 1e999", AM_ERR_RANGE, "plan: drive_db: a number too large for a double" },
    { "\"drive_db\": 0,", "", AM_ERR_FORMAT, "plan.drive_db: missing; expected a number in [-80, 80]" },
    { "\"drive_db\": 0", "\"drive_db\": 0, \"drive_db\": 0", AM_ERR_FORMAT, "plan: drive_db: given twice" },
    { "\"drive_db\": 0", "\"drive_db\": 0, \"Drive_db\": 0", AM_ERR_FORMAT, "plan.Drive_db: unknown field" },
    { "\"drive_db\": 0", "\"Drive_db\": 0", AM_ERR_FORMAT, "plan.Drive_db: unknown field" },
    { "\"hold_ms\": 3", "\"hold_ms\": 41", AM_ERR_RANGE, "plan.limiter.hold_ms: 41 is not a number in [0, 40]" },
    { "\"hold_ms\": 3", "\"hold\": 3", AM_ERR_FORMAT, "plan.limiter.hold: unknown field" },
    { "\"bits\": 24", "\"bits\": 20", AM_ERR_RANGE, NULL },
    { "\"bits\": 24", "\"bits\": 24.5", AM_ERR_RANGE, "plan.bits: 24.5 is not a whole number in [16, 32]" },
    { "\"rate_hz\": 44100", "\"rate_hz\": 44100.5", AM_ERR_RANGE, "plan.rate_hz: 44100.5 is not a whole number in [8000, 384000]" },
    { "\"dither\": \"none\"", "\"dither\": \"TPDF\"", AM_ERR_RANGE, "plan.dither: \"TPDF\" is not one of \"none\" \"tpdf\" \"shaped\"" },
    { "\"dither\": \"none\"", "\"dither\": 1", AM_ERR_FORMAT, "plan.dither: 1 is not one of \"none\" \"tpdf\" \"shaped\"" },
    { "\"dither_seed\": 1", "\"dither_seed\": 9007199254740994", AM_ERR_RANGE,
      "plan.dither_seed: 9007199254740994 is not a whole number in [0, 9007199254740992]" },
    { "\"enabled\": false", "\"enabled\": 0", AM_ERR_FORMAT, "plan.width.enabled: 0 is not true or false" },
    { "\"dc\": [0, 0]", "\"dc\": [0]", AM_ERR_FORMAT, "plan.dc: 1 number; expected 2" },
    { "\"dc\": [0, 0]", "\"dc\": [0, -2]", AM_ERR_RANGE, "plan.dc[1]: -2 is not a number in [-1, 1]" },
    { "\"dc\": [0, 0]", "\"dc\": 0", AM_ERR_FORMAT, "plan.dc: 0 is not an array" },
    { "\"sections\": []", "\"sections\": [{}]", AM_ERR_FORMAT,
      "plan.tone.sections[0].kind: missing; expected one of \"bell\" \"low_shelf\" \"high_shelf\"" },
    { "\"sections\": []", "\"sections\": [1]", AM_ERR_FORMAT, "plan.tone.sections[0]: not an object" },
    { "\"sections\": []", "\"sections\": [1,2,3,4,5,6,7,8,9,10,11]", AM_ERR_RANGE, "plan.tone.sections: 11 objects; expected at most 10" },
    { "\"sections\": []", "\"sections\": [{\"kind\":\"bell\",\"frequency_hz\":1000,\"gain_db\":30,\"q\":1}]", AM_ERR_RANGE,
      "plan.tone.sections[0].gain_db: 30 is not a number in [-24, 24]" },
    { "\"sections\": []", "\"sections\": [{\"kind\":\"bell\",\"frequency_hz\":1000,\"gain_db\":3,\"q\":1}]", AM_OK, NULL },
    { "\"integrated_lufs\": null", "\"integrated_lufs\": true", AM_ERR_FORMAT,
      "plan.expected.integrated_lufs: true is not null or a number" },
    { "\"integrated_lufs\": null", "\"integrated_lufs\": -9.1", AM_OK, NULL },
    { "automaster.plan/1", "automaster.plan/2", AM_ERR_RANGE,
      "schema: \"automaster.plan/2\" is not one of \"automaster.plan/1\" \"automaster.report/1\"" },
    { "\"schema\": \"automaster.plan/1\",", "", AM_ERR_FORMAT,
      "schema: missing; expected one of \"automaster.plan/1\" \"automaster.report/1\"" },
    { "automaster.plan/1", "automaster.report/1", AM_ERR_FORMAT, "plan: missing; expected an object" },
    { "{", "{{", AM_ERR_FORMAT, "plan: not JSON: line 1, column 2: a string in double quotes is missing" },
};

static void replace_first(const char *text, const edit *e, char out[LARGEST])
{
    const char *found = strstr(text, e->from);

    if (!found)
        found = text + strlen(text);
    assert_true(strlen(text) + strlen(e->to) < LARGEST);
    (void)sprintf(out, "%.*s%s%s", (int)(found - text), text, *found ? e->to : "", *found ? found + strlen(e->from) : "");
}

static void every_bad_field_is_named_with_its_range(void **state)
{
    static char edited[LARGEST];
    am_plan plan, untouched;
    char *json = NULL;

    (void)state;
    am_plan_neutral(&plan, 44100);
    write_plan(&plan, &json);
    sample_plan(&untouched, 3);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        am_plan out = untouched;
        am_error err = { 0 };
        am_status status;

        replace_first(json, &edits[i], edited);
        status = am_plan_from_json(edited, strlen(edited), &out, &err);
        if (status != edits[i].status || (edits[i].message && strcmp(err.message, edits[i].message) != 0))
            fail_msg("%s -> %s: status %d, %s", edits[i].from, edits[i].to, status, err.message);
        if (status)
            assert_memory_equal(&out, &untouched, sizeof out);
    }
    am_release(NULL, json);
}

/* Every field of the table, one by one: a value below, above, and not there. */
static void every_field_is_checked(void **state)
{
    am_plan plan;
    char *json = NULL, *line;
    int checked = 0;

    (void)state;
    sample_plan(&plan, 5);
    plan.tone.section_count = 0;
    write_plan(&plan, &json);
    for (line = strchr(json, '\n'); line && line[1] == ' '; line = strchr(line + 1, '\n')) {
        char *edited = strdup(json);
        char *key = edited + (line - json) + 1;
        am_error err = { 0 };
        am_plan out;

        key += strspn(key, " ");
        if (*key == '"') {
            key[1] = '#';
            if (am_plan_from_json(edited, strlen(edited), &out, &err) == AM_OK)
                fail_msg("read without %.40s", key);
            assert_true(*err.message);
            checked++;
        }
        free(edited);
    }
    assert_true(checked >= 30);
    am_release(NULL, json);
}

static void a_failed_allocation_leaves_nothing(void **state)
{
    am_plan plan;
    size_t k = 0;

    (void)state;
    sample_plan(&plan, 11);
    for (;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k + 1);
        char *json = NULL;
        const am_status status = am_plan_to_json(&plan, allocator, &json, NULL);

        am_release(allocator, json);
        assert_int_equal(memory.live, 0);
        if (!status)
            break;
        assert_int_equal(status, AM_ERR_NOMEM);
        assert_null(json);
    }
    assert_true(k >= 3);
}

static int allocations_left;

static void *scarce_malloc(size_t bytes) { return allocations_left-- > 0 ? malloc(bytes) : NULL; }

static void reading_survives_a_failed_allocation(void **state)
{
    cJSON_Hooks scarce = { scarce_malloc, free };
    am_plan plan, back;
    char *json = NULL;
    int k = 0;

    (void)state;
    sample_plan(&plan, 12);
    write_plan(&plan, &json);
    cJSON_InitHooks(&scarce);
    for (;; k++) {
        am_status status;

        allocations_left = k;
        status = am_plan_from_json(json, strlen(json), &back, NULL);
        if (!status)
            break;
        assert_int_equal(status, AM_ERR_NOMEM);
    }
    cJSON_InitHooks(NULL);
    assert_true(k > 100);
    am_release(NULL, json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_plan_comes_back_bit_by_bit),
        cmocka_unit_test(the_plan_of_a_report_is_the_plan),
        cmocka_unit_test(plans_out_of_range_are_not_written),
        cmocka_unit_test(every_bad_field_is_named_with_its_range),
        cmocka_unit_test(every_field_is_checked),
        cmocka_unit_test(a_failed_allocation_leaves_nothing),
        cmocka_unit_test(reading_survives_a_failed_allocation),
    };

    return cmocka_run_group_tests_name("plan_json", tests, NULL, NULL);
}
