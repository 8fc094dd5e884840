/* test_plan_check.c - base/plan_check.h and base/fields.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/db.h"
#include "base/fields.h"
#include "base/plan_check.h"

static am_plan full_plan(void)
{
    am_plan plan;

    am_plan_neutral(&plan, 48000);
    plan.tone.section_count = AM_EQ_SECTIONS;
    return plan;
}

static void neutral_plan_is_valid_and_holds_what_it_says(void **state)
{
    am_plan plan;

    (void)state;
    memset(&plan, 0xa5, sizeof plan);
    am_plan_neutral(&plan, 96000);
    assert_int_equal(am_plan_check(&plan, NULL), AM_OK);
    assert_int_equal(plan.version, AM_PLAN_VERSION);
    assert_int_equal(plan.rate_hz, 96000);
    assert_int_equal(plan.tone.method, AM_EQ_OFF);
    assert_true(plan.drive_db == 0.0 && plan.limiter.sustain == 0.6 && isnan(plan.expected.integrated_lufs));
    assert_true(plan.tone.sections[AM_EQ_SECTIONS - 1].frequency_hz == 1000.0);
}

/* Both ends of every range pass; a step beyond, NaN and infinity are refused by name. */
static void every_value_of_every_field_is_checked(void **state)
{
    (void)state;
    for (size_t k = 0; k < am_plan_field_count; k++) {
        const am_field *field = &am_plan_fields[k];

        for (size_t i = 0; i < field->count; i++) {
            am_plan plan = full_plan();

            if (isnan(field->low)) {
                am_field_set(field, &plan, i, -HUGE_VAL);
                assert_int_equal(am_plan_check(&plan, NULL), AM_OK);
                continue;
            }
            am_field_set(field, &plan, i, field->low);
            assert_int_equal(am_plan_check(&plan, NULL), AM_OK);
            am_field_set(field, &plan, i, field->high);
            assert_true(am_field_get(field, &plan, i) == field->high);
            assert_int_equal(am_plan_check(&plan, NULL), AM_OK);
            assert_int_equal(am_field_check(field, i, NAN, NULL), AM_ERR_RANGE);
            assert_int_equal(am_field_check(field, i, HUGE_VAL, NULL), AM_ERR_RANGE);
            assert_int_equal(am_field_check(field, i, nextafter(field->high, HUGE_VAL), NULL), AM_ERR_RANGE);
            assert_int_equal(am_field_check(field, i, nextafter(field->low, -HUGE_VAL), NULL), AM_ERR_RANGE);
            if (field->step > 0.0 && field->high > field->low)
                assert_int_equal(am_field_check(field, i, field->low + 0.5 * field->step, NULL), AM_ERR_RANGE);
        }
    }
}

static void errors_name_field_value_and_range(void **state)
{
    am_plan plan = full_plan();
    am_error err;

    (void)state;
    plan.tone.sections[3].gain_db = 24.5;
    assert_int_equal(am_plan_check(&plan, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan: tone.sections[3].gain_db is 24.5: must be in [-24, 24] dB");
    plan.tone.section_count = 3;
    assert_int_equal(am_plan_check(&plan, &err), AM_OK);
    plan.tone.section_count = 11;
    assert_int_equal(am_plan_check(&plan, &err), AM_ERR_RANGE);
    plan = full_plan();
    plan.width.side_db[60] = NAN;
    assert_int_equal(am_plan_check(&plan, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan: width.side_db[60] is nan: must be in [-48, 36] dB");
    plan = full_plan();
    plan.bits = 20;
    assert_int_equal(am_plan_check(&plan, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan: bits is 20: must be one of 16, 24, 32");
    plan = full_plan();
    plan.dither_seed = (UINT64_C(1) << 53) + 2;
    assert_int_equal(am_plan_check(&plan, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "plan: dither_seed is 9007199254740994: must be a whole number in [0, 9007199254740992]");
}

/* Bytes that no field of the table writes are padding: 4 behind version, each kind and dither, 7 behind each bool. */
static void table_covers_the_struct(void **state)
{
    am_plan a, b;
    size_t untouched = 0;

    (void)state;
    memset(&a, 0x00, sizeof a);
    memset(&b, 0xff, sizeof b);
    for (size_t k = 0; k < am_plan_field_count; k++)
        for (size_t i = 0; i < am_plan_fields[k].count; i++) {
            am_field_set(&am_plan_fields[k], &a, i, am_plan_fields[k].standard);
            am_field_set(&am_plan_fields[k], &b, i, am_plan_fields[k].standard);
        }
    for (size_t i = 0; i < sizeof a; i++)
        untouched += ((unsigned char *)&a)[i] != ((unsigned char *)&b)[i];
    assert_int_equal(untouched, (1 + AM_EQ_SECTIONS + 1) * 4 + 6 * 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neutral_plan_is_valid_and_holds_what_it_says),
        cmocka_unit_test(every_value_of_every_field_is_checked),
        cmocka_unit_test(errors_name_field_value_and_range),
        cmocka_unit_test(table_covers_the_struct),
    };

    return cmocka_run_group_tests_name("plan_check", tests, NULL, NULL);
}
