#include "base/plan_check.h"

#include "base/fields.h"

am_status am_plan_check(const am_plan *plan, am_error *err)
{
    for (size_t k = 0; k < am_plan_field_count; k++) {
        const am_field *field = &am_plan_fields[k];

        for (size_t i = 0; i < am_field_used(field, plan); i++) {
            const am_status st = am_field_check(field, i, am_field_get(field, plan, i), err);

            if (st)
                return st;
        }
    }
    return AM_OK;
}

void am_plan_neutral(am_plan *plan, uint32_t rate_hz)
{
    *plan = (am_plan){ 0 };
    for (size_t k = 0; k < am_plan_field_count; k++)
        for (size_t i = 0; i < am_plan_fields[k].count; i++)
            am_field_set(&am_plan_fields[k], plan, i, am_plan_fields[k].standard);
    plan->rate_hz = rate_hz;
}
