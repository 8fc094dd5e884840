/* fuzz_profile.c - any bytes as a profile: refused with a reason, or a profile that its own JSON gives back, that can be judged and aimed at */
#include <automaster/automaster.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    am_profile *profile = NULL, *again = NULL;
    am_profile_finding findings[8];
    am_target *target;
    am_error err = { 0 };
    char *text = NULL, *second = NULL;
    size_t count;

    if (am_profile_from_json((const char *)bytes, size, "fuzz", NULL, &profile, &err)) {
        if (!err.status || !err.message[0])
            abort();
        return 0;
    }
    if (am_profile_to_json(profile, NULL, &text, &err) || am_profile_from_json(text, strlen(text), "again", NULL, &again, &err) ||
        am_profile_to_json(again, NULL, &second, &err) || strcmp(text, second) != 0)
        abort();
    target = calloc(1, sizeof *target);
    if (!target || am_profile_lint(profile, findings, 8, &count, &err) ||
        am_target_from_profiles((const am_profile *const[]){ profile }, NULL, 1, target, &err))
        abort();
    (void)am_profile_tune(again, "loudness_lufs+=1", &err);
    free(target);
    am_release(NULL, text);
    am_release(NULL, second);
    am_profile_close(profile);
    am_profile_close(again);
    return 0;
}
