/* test_style.c - models/style.h: the model that ships, and files that are not what they should be */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/style.h"
#include "tests/support/listen.h"

static char *text;
static size_t text_length;
static am_analysis *analysis;

static int setup(void **state)
{
    FILE *file = fopen("models/style.json", "rb");

    (void)state;
    analysis = calloc(1, sizeof *analysis);
    text = calloc(1, 1 << 20);
    if (!file || !text || !analysis)
        return -1;
    text_length = fread(text, 1, (1 << 20) - 1, file);
    return fclose(file);
}

static int teardown(void **state)
{
    (void)state;
    free(text);
    free(analysis);
    return 0;
}

static am_style_model *builtin(void)
{
    am_style_model *model = NULL;
    am_error err = { 0 };

    if (am_style_model_open_builtin(NULL, &model, &err))
        fail_msg("%s", err.message);
    return model;
}

/* The numbers of "key": { "shape": ..., "values": [ ... ] } of the file, from the skip-th on. */
static void read_values(const char *key, size_t skip, size_t count, double *out)
{
    const char *at = strstr(text, key);

    assert_non_null(at);
    at = strstr(at, "\"values\": [");
    assert_non_null(at);
    at += 11;
    for (size_t i = 0; i < skip + count; i++) {
        char *end;
        const double value = strtod(at, &end);

        assert_true(end != at);
        if (i >= skip)
            out[i - skip] = value;
        at = end + strspn(end, ", \n");
    }
}

/* Features that are those of the centre of a class. */
static void put_centre(size_t class)
{
    double mean[AM_STYLE_FEATURES], deviation[AM_STYLE_FEATURES], centre[AM_STYLE_FEATURES];

    read_values("\"mean\"", 0, AM_STYLE_FEATURES, mean);
    read_values("\"deviation\"", 0, AM_STYLE_FEATURES, deviation);
    read_values("\"centres\"", class * AM_STYLE_FEATURES, AM_STYLE_FEATURES, centre);
    for (int i = 0; i < AM_STYLE_FEATURES; i++)
        analysis->style_features[i] = mean[i] + deviation[i] * centre[i];
}

static void the_centre_of_a_class_is_named_after_it(void **state)
{
    static const char *const expected[] = { "blues", "classical", "country", "disco_funk", "hiphop", "jazz", "metal", "pop", "reggae",
                                            "rock", "electronic", "ambient", "film_orchestral", "folk_acoustic" };
    am_style_model *model = builtin();

    (void)state;
    for (size_t c = 0; c < sizeof expected / sizeof expected[0]; c++) {
        double sum = 0.0;

        put_centre(c);
        am_style_model_score(model, analysis);
        assert_string_equal(analysis->style[0].name, expected[c]);
        assert_true(analysis->style_count >= 2 && analysis->style_count <= AM_MAX_STYLES);
        for (uint32_t i = 0; i < analysis->style_count; i++) {
            assert_true(i == 0 || analysis->style[i].weight <= analysis->style[i - 1].weight);
            sum += analysis->style[i].weight;
        }
        check_near("sum of weights", sum, 1.0, 1e-9);
    }
    am_style_model_close(model);
}

/* Between the centres of two classes, at many places: weights are rounded, their sum is not. */
static void weights_add_up_to_one_everywhere(void **state)
{
    am_style_model *model = builtin();
    double from[AM_STYLE_FEATURES];

    (void)state;
    for (size_t c = 0; c < 14; c++) {
        put_centre(c);
        memcpy(from, analysis->style_features, sizeof from);
        put_centre((c + 5) % 14);
        for (int step = 0; step <= 40; step++) {
            double sum = 0.0;

            for (int i = 0; i < AM_STYLE_FEATURES; i++)
                analysis->style_features[i] += (from[i] - analysis->style_features[i]) * 0.07;
            am_style_model_score(model, analysis);
            for (uint32_t i = 0; i < analysis->style_count; i++) {
                assert_true(analysis->style[i].weight >= 0.0);
                sum += analysis->style[i].weight;
            }
            check_near("sum of weights", sum, 1.0, 1e-9);
        }
    }
    am_style_model_close(model);
}

static double read_scalar(const char *key)
{
    const char *at = strstr(strstr(text, "\"profiles\": ["), key);

    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

/* Posterior probabilities and the share that is known, as models/style.h has them. */
static double define(size_t classes, double *p)
{
    const double freedom = read_scalar("\"freedom\": "), full = read_scalar("\"distance_full\": ");
    double mean[AM_STYLE_FEATURES], deviation[AM_STYLE_FEATURES], centre[AM_STYLE_FEATURES];
    double factor[AM_STYLE_FEATURES * (AM_STYLE_FEATURES + 1) / 2];
    double sum = 0.0, most = 0.0, nearest = HUGE_VAL;

    read_values("\"mean\"", 0, AM_STYLE_FEATURES, mean);
    read_values("\"deviation\"", 0, AM_STYLE_FEATURES, deviation);
    for (size_t c = 0; c < classes; c++) {
        double offset, square = 0.0;

        read_values("\"offset\"", c, 1, &offset);
        read_values("\"centres\"", c * AM_STYLE_FEATURES, AM_STYLE_FEATURES, centre);
        read_values("\"factors\"", c * sizeof factor / sizeof *factor, sizeof factor / sizeof *factor, factor);
        for (int j = 0; j < AM_STYLE_FEATURES; j++) {
            double y = 0.0;

            for (int i = j; i < AM_STYLE_FEATURES; i++)
                y += factor[i * (i + 1) / 2 + j] * ((analysis->style_features[i] - mean[i]) / deviation[i] - centre[i]);
            square += y * y;
        }
        offset -= (freedom + AM_STYLE_FEATURES) / 2.0 * log(1.0 + square / freedom);
        sum += p[c] = exp(offset / read_scalar("\"temperature\": "));
        nearest = fmin(nearest, square);
    }
    for (size_t c = 0; c < classes; c++)
        most = fmax(most, p[c] /= sum);
    return fmin(most / read_scalar("\"confidence_full\": "), 1.0) *
           fmax(0.0, fmin((read_scalar("\"distance_none\": ") - nearest) / (read_scalar("\"distance_none\": ") - full), 1.0));
}

/* Between two classes, and far enough for doubt; confidence_none is 0. */
static void weights_are_those_of_the_formulas(void **state)
{
    enum { CLASSES = 14, PROFILES = 18 };
    am_style_model *model = builtin();
    double from[AM_STYLE_FEATURES];

    (void)state;
    put_centre(9);
    memcpy(from, analysis->style_features, sizeof from);
    put_centre(10);
    for (int step = 0; step < 6; step++) {
        double p[CLASSES], row[CLASSES][PROFILES], known, expected[PROFILES] = { 0 };

        for (int i = 0; i < AM_STYLE_FEATURES; i++)
            analysis->style_features[i] += (from[i] - analysis->style_features[i]) * (step < 4 ? 0.3 : -4.0);
        am_style_model_score(model, analysis);
        known = define(CLASSES, p);
        read_values("\"map\"", 0, CLASSES * PROFILES, row[0]);
        for (int c = 0; c < CLASSES; c++)
            for (int k = 0; k < PROFILES; k++)
                expected[k] += known * p[c] * row[c][k];
        for (uint32_t i = 0; i < analysis->style_count; i++) {
            const char *name = strstr(strstr(text, "\"profiles\": ["), analysis->style[i].name);
            int k = 0;

            if (strcmp(analysis->style[i].name, "unknown") == 0)
                continue;
            for (const char *at = strstr(text, "\"profiles\": ["); at < name; at++)
                k += *at == ',';
            check_near(analysis->style[i].name, analysis->style[i].weight, expected[k], 0.0005);
        }
    }
    am_style_model_close(model);
}

static void what_is_far_from_all_is_unknown(void **state)
{
    am_style_model *model = builtin();

    (void)state;
    put_centre(3);
    for (int i = 0; i < AM_STYLE_FEATURES; i++)
        analysis->style_features[i] += i % 2 ? 1e3 : -1e3;
    am_style_model_score(model, analysis);
    assert_int_equal(analysis->style_count, 1);
    assert_string_equal(analysis->style[0].name, "unknown");
    check_near("unknown", analysis->style[0].weight, 1.0, 1e-12);
    am_style_model_close(model);
}

/* from replaced by to, once, must be refused with words that hold what. */
static void refuse(const char *from, const char *to, am_status expected, const char *what)
{
    char *at = strstr(text, from), *changed = malloc(text_length + strlen(to) + 1);
    size_t length;
    am_style_model *model = NULL;
    am_error err = { 0 };
    am_status st;

    assert_non_null(at);
    assert_non_null(changed);
    length = (size_t)sprintf(changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    st = am_style_model_open(changed, length, "model", NULL, &model, &err);
    free(changed);
    if (st != expected || !strstr(err.message, what))
        fail_msg("%s -> %s: status %d, \"%s\"; expected %d, \"%s\"", from, to, (int)st, err.message, (int)expected, what);
    assert_null(model);
}

static void damaged_models_are_refused(void **state)
{
    (void)state;
    refuse("style-model/2", "style-model/1", AM_ERR_RANGE, "schema");
    refuse("\"about\"", "\"abuot\"", AM_ERR_FORMAT, "abuot");
    refuse("\"blues\",", "", AM_ERR_FORMAT, "offset");                      /* a class fewer than rows */
    refuse("\"mfcc2_mean\",", "", AM_ERR_FORMAT, "features");
    refuse("\"classes\": [", "\"classes\": [7, ", AM_ERR_FORMAT, "classes[0]");
    refuse("\"profiles\": [", "\"profiles\": [\"a_name_that_is_longer_than_any_may_be\", ", AM_ERR_FORMAT, "profiles[0]");
    refuse("\"temperature\": ", "\"temperature\": 1", AM_ERR_FORMAT, "sha256");
    refuse("\"temperature\": ", "\"temperature\": -", AM_ERR_RANGE, "temperature");
    refuse("\"temperature\": ", "\"temperature\": 1, \"temperature\": ", AM_ERR_FORMAT, "temperature");
    refuse("\"distance_none\": ", "\"distance_none\": 1, \"x\": ", AM_ERR_FORMAT, "x: unknown");
    refuse("\"confidence_full\": 0", "\"confidence_full\": -0", AM_ERR_RANGE, "confidence_full");
    refuse("\"deviation\": { \"shape\": [1, 53]", "\"deviation\": { \"shape\": [53, 1]", AM_ERR_FORMAT, "deviation");
    refuse("\"factors\": { \"shape\"", "\"factors\": { \"shap\"", AM_ERR_FORMAT, "shap");
    refuse("\"map\": {", "\"map\": [], \"pam\": {", AM_ERR_FORMAT, "pam");
    refuse("\"sha256\": \"", "\"sha256\": \"0", AM_ERR_RANGE, "sha256");
}

/* One more in the second number of an array. */
static void a_number_that_was_touched_is_noticed(void **state)
{
    static const char *const arrays[] = { "\"mean\": {", "\"offset\": {", "\"centres\": {", "\"factors\": {" };

    (void)state;
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        char *number = strstr(strstr(strstr(text, arrays[i]), "values"), ", ") + 2, *digit = number + strcspn(number, "123456789");
        const char before = *digit;
        am_style_model *model = NULL;
        am_error err = { 0 };

        *digit = before == '9' ? '8' : (char)(before + 1);
        assert_int_equal(am_style_model_open(text, text_length, "model", NULL, &model, &err), AM_ERR_FORMAT);
        assert_non_null(strstr(err.message, "sha256"));
        *digit = before;
    }
}

static void every_cut_of_the_file_is_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < text_length - 2; length += 1 + length / 3) {
        am_style_model *model = NULL;

        assert_int_not_equal(am_style_model_open(text, length, "model", NULL, &model, NULL), AM_OK);
        assert_null(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_centre_of_a_class_is_named_after_it),
        cmocka_unit_test(weights_add_up_to_one_everywhere),
        cmocka_unit_test(weights_are_those_of_the_formulas),
        cmocka_unit_test(what_is_far_from_all_is_unknown),
        cmocka_unit_test(damaged_models_are_refused),
        cmocka_unit_test(a_number_that_was_touched_is_noticed),
        cmocka_unit_test(every_cut_of_the_file_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
