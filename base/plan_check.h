/* plan_check.h - is a plan what plan.h says it is */
#ifndef AM_BASE_PLAN_CHECK_H
#define AM_BASE_PLAN_CHECK_H

#include <automaster/automaster.h>

/* Every field within its range of fields.h; of the sections only those in use. AM_ERR_RANGE names the first that is not. What is
 * switched off (limiter, width, a method not chosen) is checked all the same. */
am_status am_plan_check(const am_plan *plan, am_error *err);

/* The plan that does nothing: every field at its standard value of fields.h, delivery at rate_hz. */
void am_plan_neutral(am_plan *plan, uint32_t rate_hz);

#endif
