/* test_arguments.c - NULL where something is needed: every public call says so, and which argument it is */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <automaster/automaster.h>
#include "base/plan_check.h"

typedef struct place {
    am_report report;
    am_analysis analysis;
    am_target target;
    am_source source;
    am_plan plan;
    am_comparison comparison;
    am_loudcurve curve;
    am_deviation deviations[AM_DEVIATIONS];
    am_profile_change changes[AM_PROFILE_VALUES];
} place;

static place *p;
static am_options options;
static am_error err;

static int setup(void **state)
{
    (void)state;
    p = calloc(1, sizeof *p);
    return p ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(p);
    return 0;
}

static void fresh(void)
{
    AM_OPTIONS_INIT(&options);
    err = (am_error){ 0 };
}

static void refused(am_status st, const char *word, int line)
{
    if (st != AM_ERR_RANGE || !strstr(err.message, word))
        fail_msg("line %d: status %d, \"%s\", which should name %s", line, (int)st, err.message, word);
    err = (am_error){ 0 };
}
#define REFUSED(call, word) refused((call), (word), __LINE__)

static void files_are_named(void **state)
{
    (void)state;
    fresh();
    REFUSED(am_analyze_file(NULL, NULL, &p->analysis, NULL, &err), "path");
    REFUSED(am_analyze_file("x.wav", NULL, NULL, NULL, &err), "out");
    REFUSED(am_probe_file(NULL, NULL, &p->source, &err), "path");
    REFUSED(am_probe_file("x.wav", NULL, NULL, &err), "out");
    REFUSED(am_master_file(NULL, "y.wav", NULL, &p->report, &err), "in_path");
    REFUSED(am_master_file("x.wav", NULL, NULL, &p->report, &err), "out_path");
    REFUSED(am_master_file("x.wav", "y.wav", NULL, NULL, &err), "report");
    REFUSED(am_plan_file(NULL, NULL, &p->report, &err), "in_path");
    REFUSED(am_plan_file("x.wav", NULL, NULL, &err), "report");
    REFUSED(am_loudcurve_file(NULL, NULL, &p->report, &p->curve, &err), "in_path");
    REFUSED(am_loudcurve_file("x.wav", NULL, NULL, &p->curve, &err), "report");
    REFUSED(am_loudcurve_file("x.wav", NULL, &p->report, NULL, &err), "curve");
    REFUSED(am_render_file(NULL, "y.wav", &p->plan, NULL, &p->report, &err), "in_path");
    REFUSED(am_render_file("x.wav", NULL, &p->plan, NULL, &p->report, &err), "out_path");
    REFUSED(am_render_file("x.wav", "y.wav", NULL, NULL, &p->report, &err), "plan");
    REFUSED(am_render_file("x.wav", "y.wav", &p->plan, NULL, NULL, &err), "report");
    REFUSED(am_delta_files("x.wav", NULL, "y", NULL, &err), "plan");
    REFUSED(am_compare_files("x.wav", NULL, NULL, &p->comparison, &err), "path");
    REFUSED(am_comparison_page(NULL, "x.wav", "y.wav", "z.html", false, NULL, &err), "NULL");
    REFUSED(am_preview_file("x.wav", NULL, 1, NULL, NULL, NULL, (char *[]){ NULL }, &err), "variants");
    REFUSED(am_library_info(NULL, NULL, &err), "text");
    assert_false(am_report_passed(NULL));
    am_options_init(NULL, sizeof options);
}

static void variants_have_names(void **state)
{
    const am_variant nameless = { NULL, NULL };
    char *json = NULL;

    (void)state;
    fresh();
    REFUSED(am_preview_file("x.wav", &nameless, 1, NULL, NULL, NULL, &json, &err), "name");
    assert_null(json);
}

static void lists_of_the_options_are_looked_at(void **state)
{
    const am_reference nameless[] = { { NULL, 1.0 } }, heavy[] = { { "rock", 1e6 } };

    (void)state;
    fresh();
    options.reference_count = 1;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "references");
    options.references = nameless;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "reference 1");
    fresh();
    options.profile_count = 1;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "profiles");
    options.profiles = nameless;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "profile 1");
    options.profiles = heavy;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "rock: weight 1e+06");
    options.profile_count = AM_MAX_REFERENCES + 1;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "17 profiles");
}

static void every_choice_is_checked(void **state)
{
    (void)state;
    fresh();
    options.match = (am_match)7;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "match 7");
    p->report.before = (am_analysis){ .version = AM_ANALYSIS_VERSION, .sample_rate_hz = 44100.0 };
    p->report.target.version = AM_TARGET_VERSION;
    REFUSED(am_plan_solve(&options, &p->report, &err), "match 7");
    options.match = (am_match)-1;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "match");
    fresh();
    options.dither = 7;
    REFUSED(am_plan_file("x.wav", &options, &p->report, &err), "dither 7");
}

static void profiles_are_named(void **state)
{
    am_profile *house = NULL, *out = NULL;
    am_profile_options named;
    am_profile_builder *builder = NULL;
    const am_profile *list[2] = { NULL, NULL };
    const char *none = NULL;
    size_t count = 0;

    (void)state;
    fresh();
    AM_PROFILE_OPTIONS_INIT(&named);
    named.name = "mine";
    assert_int_equal(am_profile_load("house", NULL, NULL, &house, NULL), AM_OK);
    list[0] = house;
    REFUSED(am_profile_merge(NULL, NULL, 2, &named, &out, &err), "profiles");
    REFUSED(am_profile_merge(list, NULL, 2, &named, &out, &err), "profile 2");
    REFUSED(am_profile_merge(list, (const double[]){ 1.0, 1.0 }, 2, &named, &out, &err), "profile 2");
    REFUSED(am_profile_merge(list, NULL, 1, NULL, &out, &err), "options");
    REFUSED(am_profile_merge(list, NULL, 1, &named, NULL, &err), "out");
    REFUSED(am_target_from_profiles(NULL, NULL, 1, &p->target, &err), "profiles is NULL");
    REFUSED(am_target_from_profiles(list, NULL, 2, &p->target, &err), "profile 2");
    REFUSED(am_target_from_profiles(list, (const double[]){ 1.0, -1.0 }, 2, &p->target, &err), "profile 2");
    REFUSED(am_target_from_profiles(list, NULL, 1, NULL, &err), "out");
    REFUSED(am_target_from_references(NULL, NULL, 1, &p->target, &err), "references is NULL");
    REFUSED(am_target_from_profile(NULL, &p->target, &err), "name");
    REFUSED(am_profile_derive(house, "ok", NULL, NULL, &err), "out is NULL");
    REFUSED(am_profile_derive(NULL, "ok", NULL, &out, &err), "from");
    REFUSED(am_profile_derive(house, NULL, NULL, &out, &err), "name");
    REFUSED(am_profile_build_open(NULL, &builder, &err), "options");
    REFUSED(am_profile_build_open(&named, NULL, &err), "out");
    assert_int_equal(am_profile_build_open(&named, &builder, &err), AM_OK);
    REFUSED(am_profile_build_finish(builder, NULL, &err), "out is NULL");
    REFUSED(am_profile_build_finish(NULL, &out, &err), "builder is NULL");
    REFUSED(am_profile_build_add(builder, NULL, &p->source, NULL, &err), "analysis");
    REFUSED(am_profile_build(NULL, &p->source, 1, &named, NULL, &out, &err), "analyses");
    REFUSED(am_profile_build(&p->analysis, &p->source, 1, &named, NULL, NULL, &err), "out");
    REFUSED(am_profile_tune(house, NULL, &err), "change 1");
    REFUSED(am_profile_tune_all(house, &none, 1, &err), "change 1");
    REFUSED(am_profile_diff(house, NULL, p->changes, &count, &err), "two");
    REFUSED(am_profile_load(NULL, NULL, NULL, &out, &err), "name");
    REFUSED(am_profile_save(NULL, "x.json", true, &err), "profile");
    REFUSED(am_profile_list(NULL, NULL, NULL, &count, &err), "names");
    REFUSED(am_profile_judge(house, NULL, p->deviations, &count, &err), "analysis");
    assert_int_equal(am_profile_songs(NULL), 0);
    assert_null(out);
    am_profile_build_close(builder);
    am_profile_close(house);
}

static void a_store_without_a_folder_is_refused(void **state)
{
    am_profile *house = NULL, *mine = NULL;

    (void)state;
    fresh();
    assert_int_equal(am_profile_load("house", NULL, NULL, &house, NULL), AM_OK);
    assert_int_equal(am_profile_derive(house, "mine", NULL, &mine, NULL), AM_OK);
    REFUSED(am_profile_store(mine, NULL, true, &err), "folder");
    REFUSED(am_profile_remove("mine", NULL, &err), "folder");
    am_profile_close(house);
    am_profile_close(mine);
}

static void streams_look_at_every_channel(void **state)
{
    const am_format format = { 44100, 2 };
    am_analyzer *analyzer = NULL;
    am_renderer *renderer = NULL;
    float samples[64] = { 0 }, *torn_out[2] = { samples, NULL };
    const float *torn[2] = { samples, NULL };
    char *json = NULL;
    size_t given = 0;

    (void)state;
    fresh();
    assert_int_equal(am_analyze_open(&format, NULL, &analyzer, &err), AM_OK);
    REFUSED(am_analyze_push(analyzer, NULL, 64, &err), "samples");
    REFUSED(am_analyze_push(analyzer, torn, 64, &err), "channel 2");
    am_analyze_close(analyzer);
    REFUSED(am_analyze_push(NULL, torn, 64, &err), "analyzer");
    assert_int_equal(am_plan_from_json("{}", 2, NULL, &err), AM_ERR_RANGE);
    REFUSED(am_plan_to_json(NULL, NULL, &json, &err), "plan");
    REFUSED(am_render_open(&format, NULL, NULL, &renderer, &err), "plan");
    REFUSED(am_plan_solve(NULL, &p->report, &err), "options");
    am_plan_neutral(&p->plan, 44100);
    assert_int_equal(am_render_open(&format, &p->plan, NULL, &renderer, &err), AM_OK);
    REFUSED(am_render_push(renderer, torn, 64, &err), "channel 2");
    assert_int_equal(am_render_push(renderer, (const float *const[]){ samples, samples }, 64, &err), AM_OK);
    assert_int_equal(am_render_pull(renderer, torn_out, 64, &given), AM_ERR_RANGE);
    am_render_close(renderer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_named),
        cmocka_unit_test(variants_have_names),
        cmocka_unit_test(lists_of_the_options_are_looked_at),
        cmocka_unit_test(every_choice_is_checked),
        cmocka_unit_test(profiles_are_named),
        cmocka_unit_test(a_store_without_a_folder_is_refused),
        cmocka_unit_test(streams_look_at_every_channel),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
