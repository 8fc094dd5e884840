/* fuzz_votes.c - any bytes as votes: refused with a reason, or amounts within their range */
#include <automaster/automaster.h>
#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    am_profile *p = NULL;
    am_profile_fit fit;
    am_error err = { 0 };

    if (am_profile_load("house", NULL, NULL, &p, &err))
        abort();
    if (am_profile_fit_votes(p, (const char *)bytes, size, "votes", &fit, &err)) {
        if (!err.status || !err.message[0] || p->revision != 1)
            abort();
    } else {
        for (int i = 0; i < 4; i++)
            if (!(fit.after[i] >= 0.0 && fit.after[i] <= 1.5) || !(fit.deviation[i] > 0.0 && fit.deviation[i] <= 0.26))
                abort();
    }
    am_profile_close(p);
    return 0;
}
