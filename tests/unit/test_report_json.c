/* test_report_json.c - reports and analyses as JSON, and the schemas against the table of the plan's fields
 *
 * Leaves example documents in build/examples ($BUILD_DIR/examples) for tests/schema_test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fields.h"
#include "base/json.h"
#include "tests/support/faulty.h"
#include "tests/support/sample.h"

static void keep_example(const char *name, const char *json)
{
    const char *build = getenv("BUILD_DIR");
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/examples", build ? build : "build");
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof path, "%s/examples/%s", build ? build : "build", name);
    file = fopen(path, "w");
    if (!file)
        fail_msg("%s cannot be written", path);
    assert_true(fputs(json, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static cJSON *parse(const char *json)
{
    am_error err;
    cJSON *tree = NULL;

    if (am_json_parse(json, strlen(json), "test", &tree, &err))
        fail_msg("%s", err.message);
    return tree;
}

/* "loudness.range_lu"; NULL when a member is missing */
static const cJSON *find(const cJSON *tree, const char *path)
{
    char key[64];

    while (tree && *path) {
        const size_t length = strcspn(path, ".");

        (void)snprintf(key, sizeof key, "%.*s", (int)length, path);
        tree = cJSON_GetObjectItemCaseSensitive(tree, key);
        path += length + (path[length] == '.');
    }
    return tree;
}

static void assert_number(const cJSON *tree, const char *path, double expected)
{
    const cJSON *value = find(tree, path);

    if (!cJSON_IsNumber(value))
        fail_msg("%s is no number", path);
    if (fabs(value->valuedouble - expected) > 1e-9)
        fail_msg("%s is %.17g, expected %.17g", path, value->valuedouble, expected);
}

static void an_analysis_has_the_names_that_scripts_rely_on(void **state)
{
    static const char *const nullable[] = {
        "loudness.integrated_lufs", "loudness.momentary_max_lufs", "loudness.short_term_max_lufs", "loudness.range_lu", "peak.sample_dbfs",
        "peak.true_peak_dbtp", "dynamics.plr_db", "dynamics.psr_db", "stereo.correlation"
    };
    am_analysis *a = malloc(sizeof *a);
    am_source source;
    char *json = NULL;
    cJSON *tree;

    (void)state;
    assert_non_null(a);
    sample_source(&source, "song.wav");
    sample_analysis(a, -18.4);
    assert_int_equal(am_analysis_to_json(a, &source, NULL, &json, NULL), AM_OK);
    keep_example("analysis.json", json);
    tree = parse(json);
    assert_string_equal(cJSON_GetStringValue(find(tree, "file")), "song.wav");
    assert_number(tree, "sample_rate_hz", 44100.0);
    assert_number(tree, "channels", 2.0);
    assert_number(tree, "duration_s", 224.0);
    assert_number(tree, "loudness.integrated_lufs", -18.4);
    assert_number(tree, "loudness.momentary_max_lufs", -14.4);
    assert_number(tree, "peak.true_peak_dbtp", -3.1);
    assert_number(tree, "stereo.correlation", 0.7);
    for (size_t i = 0; i < sizeof nullable / sizeof *nullable; i++)
        assert_true(cJSON_IsNumber(find(tree, nullable[i])));
    assert_true(cJSON_IsArray(find(tree, "style")) && cJSON_GetArraySize(find(tree, "style")) == 0);
    assert_int_equal(cJSON_GetArraySize(find(tree, "defects")), 5);
    assert_string_equal(cJSON_GetStringValue(find(find(tree, "defects")->child, "kind")), "clipping");
    assert_number(find(tree, "defects")->child, "time_s", 31.25);
    assert_number(find(tree, "defects")->child, "channel", 0.0);
    assert_number(find(tree, "defects")->child, "confidence", 0.9);
    assert_number(find(tree, "sections.mid_deviation_db")->child, "", 2.0);
    assert_int_equal(cJSON_GetArraySize(find(tree, "overview.low")), AM_OVERVIEW);
    cJSON_Delete(tree);
    am_release(NULL, json);
    free(a);
}

/* Silence: nothing can be measured. Every double NaN is the worst of it. */
static void what_cannot_be_measured_is_null(void **state)
{
    am_analysis *a = malloc(sizeof *a);
    char *json = NULL;
    cJSON *tree;

    (void)state;
    assert_non_null(a);
    sample_analysis(a, NAN);
    a->loudness = (am_loudness){ NAN, -INFINITY, NAN, NAN, NAN };
    a->peak = (am_peak){ -INFINITY, NAN, NAN, NAN, 0 };
    a->stereo.correlation = NAN;
    a->defect_count = 0;
    a->overview.count = 0;
    for (int k = 0; k < AM_BANDS; k++)
        a->mid.mean_db[k] = a->sections.mid_db2[k][k] = NAN;
    assert_int_equal(am_analysis_to_json(a, NULL, NULL, &json, NULL), AM_OK);
    keep_example("analysis-silence.json", json);
    tree = parse(json);
    assert_true(cJSON_IsNull(find(tree, "loudness.integrated_lufs")));
    assert_true(cJSON_IsNull(find(tree, "loudness.momentary_max_lufs")));
    assert_true(cJSON_IsNull(find(tree, "peak.sample_dbfs")));
    assert_true(cJSON_IsNull(find(tree, "stereo.correlation")));
    assert_true(cJSON_IsNull(find(tree, "mid.mean_db")->child));
    cJSON_Delete(tree);
    am_release(NULL, json);
    free(a);
}

static void a_report_holds_everything(void **state)
{
    am_report *r = sample_report();
    char *json = NULL;
    cJSON *tree;

    (void)state;
    assert_int_equal(am_report_to_json(r, NULL, &json, NULL), AM_OK);
    keep_example("report.json", json);
    tree = parse(json);
    assert_string_equal(cJSON_GetStringValue(find(tree, "schema")), "automaster.report/1");
    assert_string_equal(cJSON_GetStringValue(find(tree, "output.path")), "song_master.wav");
    assert_int_equal(strlen(cJSON_GetStringValue(find(tree, "input.sha256"))), 64);
    assert_number(tree, "before.loudness.integrated_lufs", -18.4);
    assert_number(tree, "after.loudness.integrated_lufs", -9.1);
    assert_number(tree, "plan.drive_db", 9.72);
    assert_number(tree, "plan.expected.limiter_max_db", 3.6);
    assert_number(tree, "target.loudness_lufs", -9.1);
    assert_number(find(tree, "attempts")->child, "predicted.integrated_lufs", -9.12);
    assert_number(find(tree, "attempts")->child, "measured.integrated_lufs", -9.1);
    assert_int_equal(cJSON_GetArraySize(find(tree, "evidence.tone.limit")), AM_BANDS);
    assert_string_equal(cJSON_GetStringValue(find(tree, "evidence.tone.limit")->child->next->next), "empty");
    assert_int_equal(cJSON_GetArraySize(find(tree, "limiter.reduction_db")), AM_OVERVIEW);
    assert_true(cJSON_IsTrue(find(find(tree, "gates")->child, "pass")));
    assert_true(cJSON_IsNull(find(find(tree, "notes")->child, "time_s")));
    cJSON_Delete(tree);
    am_release(NULL, json);
    free(r);
}

static void a_dry_run_has_no_output(void **state)
{
    am_report *r = sample_report();
    char *json = NULL;
    cJSON *tree;

    (void)state;
    memset(&r->after, 0, sizeof r->after);
    memset(&r->output, 0, sizeof r->output);
    r->width.present = r->target.width.present = false;
    r->attempt_count = r->gate_count = 0;
    assert_int_equal(am_report_to_json(r, NULL, &json, NULL), AM_OK);
    keep_example("report-dry.json", json);
    tree = parse(json);
    assert_true(cJSON_IsNull(find(tree, "after")) && cJSON_IsNull(find(tree, "output")) && cJSON_IsNull(find(tree, "limiter")));
    assert_true(cJSON_IsNull(find(tree, "evidence.width")));
    cJSON_Delete(tree);
    am_release(NULL, json);
    free(r);
}

static void hostile_names_stay_strings(void **state)
{
    static const char *const names[] = { "<script>alert(1)</script>.wav", "a\"b\\c.wav", "line\nbreak\t.wav", "\xFF\xFE\xC3.wav", "\x1B[31m.wav",
                                         "\xE2\x80\xAEvaw.exe", "%s%n.wav", "" };
    am_report *r = sample_report();

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *json = NULL;
        cJSON *tree;

        (void)snprintf(r->input.path, sizeof r->input.path, "%s", names[i]);
        (void)snprintf(r->target.name, sizeof r->target.name, "%s", names[i]);
        (void)snprintf(r->notes[0].text, sizeof r->notes[0].text, "%s", names[i]);
        assert_int_equal(am_report_to_json(r, NULL, &json, NULL), AM_OK);
        assert_null(strstr(json, "<"));
        tree = parse(json);
        if (i != 3)
            assert_string_equal(cJSON_GetStringValue(find(tree, "input.path")), names[i]);
        else
            assert_string_equal(cJSON_GetStringValue(find(tree, "input.path")), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD.wav");
        cJSON_Delete(tree);
        if (i == 0)
            keep_example("report-hostile.json", json);
        am_release(NULL, json);
    }
    free(r);
}

static void only_timings_differ_between_runs(void **state)
{
    am_report *r = sample_report();
    char *first = NULL, *second = NULL;

    (void)state;
    assert_int_equal(am_report_to_json(r, NULL, &first, NULL), AM_OK);
    r->analyze_s = r->solve_s = r->render_s = r->verify_s = r->total_s = 99.0;
    assert_int_equal(am_report_to_json(r, NULL, &second, NULL), AM_OK);
    assert_non_null(strstr(first, "\"timings\""));
    assert_memory_equal(first, second, (size_t)(strstr(first, "\"timings\"") - first));
    am_release(NULL, first);
    am_release(NULL, second);
    free(r);
}

static void a_failed_allocation_leaves_nothing(void **state)
{
    am_report *r = sample_report();
    size_t k = 0;

    (void)state;
    for (;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k + 1);
        char *json = NULL;
        const am_status status = am_report_to_json(r, allocator, &json, NULL);

        am_release(allocator, json);
        assert_int_equal(memory.live, 0);
        if (!status)
            break;
        assert_int_equal(status, AM_ERR_NOMEM);
    }
    assert_true(k >= 5);
    free(r);
}

/* Told, no more: timings never fail a test. */
static void a_report_takes_little_time(void **state)
{
    enum { RUNS = 20 };
    am_report *r = sample_report();
    const clock_t start = clock();

    (void)state;
    for (int i = 0; i < RUNS; i++) {
        char *json = NULL;

        assert_int_equal(am_report_to_json(r, NULL, &json, NULL), AM_OK);
        am_release(NULL, json);
    }
    print_message("report: %.2f ms\n", 1e3 * (double)(clock() - start) / CLOCKS_PER_SEC / RUNS);
    free(r);
}

/* ------------------------------------------------------------------ docs/schema/plan.schema.json against base/fields.h */

static cJSON *read_schema(const char *path)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "r");
    size_t length;

    if (!file)
        fail_msg("%s: run from the top of the tree", path);
    length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    return parse(text);
}

/* The schema of a field: "tone.sections[].q" -> properties.tone.properties.sections.items.properties.q */
static const cJSON *schema_of(const cJSON *schema, const char *path)
{
    char key[64];

    while (schema && *path) {
        const size_t length = strcspn(path, ".[");

        (void)snprintf(key, sizeof key, "%.*s", (int)length, path);
        schema = find(find(schema, "properties"), key);
        path += length;
        if (strncmp(path, "[].", 3) == 0) {
            schema = find(schema, "items");
            path += 2;
        } else if (strcmp(path, "[]") == 0) {
            path += 2;
        }
        path += *path == '.';
    }
    return schema;
}

static void check_words(const am_field *f, const cJSON *schema)
{
    const cJSON *word = find(schema, "enum");

    assert_int_equal(cJSON_GetArraySize(word), (int)f->high + 1);
    word = word->child;
    for (int i = 0; i <= (int)f->high; i++, word = word->next)
        assert_string_equal(cJSON_GetStringValue(word), f->words[i]);
}

static void check_steps(const am_field *f, const cJSON *schema)
{
    const cJSON *value = find(schema, "enum")->child;

    for (double expected = f->low; expected <= f->high; expected += f->step, value = value->next)
        assert_true(value->valuedouble == expected);
    assert_null(value);
}

static void the_plan_schema_agrees_with_the_table(void **state)
{
    cJSON *schema = read_schema("docs/schema/plan.schema.json");

    (void)state;
    for (size_t k = 0; k < am_plan_field_count; k++) {
        const am_field *f = &am_plan_fields[k];
        const cJSON *s = schema_of(schema, f->path);

        if (strcmp(f->path, "version") == 0)
            continue;
        if (!s)
            fail_msg("%s is not in the schema", f->path);
        if (f->type == AM_FIELD_COUNT) {
            assert_number(s, "maxItems", f->high);
            continue;
        }
        if (f->count > 1 && !strstr(f->path, "[]")) {
            assert_number(s, "minItems", (double)f->count);
            assert_number(s, "maxItems", (double)f->count);
            s = find(s, "items");
        }
        if (f->type == AM_FIELD_WORD) {
            check_words(f, s);
        } else if (f->type == AM_FIELD_BOOL) {
            assert_string_equal(cJSON_GetStringValue(find(s, "type")), "boolean");
        } else if (f->step > 1.0) {
            check_steps(f, s);
        } else if (!isnan(f->low)) {
            assert_number(s, "minimum", f->low);
            assert_number(s, "maximum", f->high);
            assert_string_equal(cJSON_GetStringValue(find(s, "type")), f->step == 1.0 ? "integer" : "number");
        }
    }
    cJSON_Delete(schema);
}

static void plans_are_left_as_examples(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        am_plan plan;
        char *json = NULL, name[32];

        sample_plan(&plan, seed);
        assert_int_equal(am_plan_to_json(&plan, NULL, &json, NULL), AM_OK);
        (void)snprintf(name, sizeof name, "plan-%d.json", (int)seed);
        keep_example(name, json);
        am_release(NULL, json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_analysis_has_the_names_that_scripts_rely_on),
        cmocka_unit_test(what_cannot_be_measured_is_null),
        cmocka_unit_test(a_report_holds_everything),
        cmocka_unit_test(a_dry_run_has_no_output),
        cmocka_unit_test(hostile_names_stay_strings),
        cmocka_unit_test(only_timings_differ_between_runs),
        cmocka_unit_test(a_failed_allocation_leaves_nothing),
        cmocka_unit_test(a_report_takes_little_time),
        cmocka_unit_test(the_plan_schema_agrees_with_the_table),
        cmocka_unit_test(plans_are_left_as_examples),
    };

    return cmocka_run_group_tests_name("report_json", tests, NULL, NULL);
}
