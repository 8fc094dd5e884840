/* fuzz_plan.c - any bytes as a plan: refused with a reason, or a plan that its own JSON gives back exactly */
#include <automaster/automaster.h>
#include <stdlib.h>
#include <string.h>

#include "base/plan_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    am_plan plan, again;
    am_error err = { 0 };
    char *text = NULL, *second = NULL;

    if (am_plan_from_json((const char *)bytes, size, &plan, &err)) {
        if (!err.status || !err.message[0])
            abort();
        return 0;
    }
    if (am_plan_check(&plan, NULL))
        abort();
    if (am_plan_to_json(&plan, NULL, &text, &err) || am_plan_from_json(text, strlen(text), &again, &err) ||
        am_plan_to_json(&again, NULL, &second, &err) || strcmp(text, second) != 0)
        abort();
    am_release(NULL, text);
    am_release(NULL, second);
    return 0;
}
