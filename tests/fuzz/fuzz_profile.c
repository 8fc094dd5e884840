/* fuzz_profile.c - any bytes as a profile: refused with a reason, or a profile that its own JSON gives back and everything can be done with */
#include <automaster/automaster.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void look_at(const am_profile *p)
{
    static am_profile_finding findings[64];
    static am_profile_change changes[AM_PROFILE_VALUES];
    static am_target target;
    char *text = NULL, *html = NULL;
    size_t count = 0;
    am_error err = { 0 };

    if (am_profile_lint(p, findings, 64, &count, &err) || am_profile_to_text(p, true, NULL, &text, &err) || am_profile_to_html(p, NULL, &html, &err) ||
        am_profile_diff(p, p, changes, &count, &err) || count || strstr(html, "<script"))
        abort();
    if (am_target_from_profiles(&p, NULL, 1, &target, &err))
        abort();
    am_release(NULL, text);
    am_release(NULL, html);
}

static void change(am_profile *p)
{
    static const char *const changes[] = { "loudness_lufs+=0.5", "tone_power_db@60-12000-=1", "band_width_db.deviation=2", "about=fuzz" };
    am_profile *merged = NULL;
    am_profile_options options;

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        (void)am_profile_tune(p, changes[i], NULL);
    AM_PROFILE_OPTIONS_INIT(&options);
    options.name = "merged";
    if (am_profile_merge((const am_profile *const[]){ p, p }, (const double[]){ 1, 2 }, 2, &options, &merged, NULL) == AM_OK)
        am_profile_close(merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    am_profile *p = NULL, *again = NULL;
    char *text = NULL, *second = NULL;
    am_error err = { 0 };

    if (am_profile_from_json((const char *)bytes, size, "profile", NULL, &p, &err)) {
        if (!err.status || !err.message[0])
            abort();
        return 0;
    }
    if (am_profile_to_json(p, NULL, &text, &err) || am_profile_from_json(text, strlen(text), "again", NULL, &again, &err) ||
        am_profile_to_json(again, NULL, &second, &err) || strcmp(text, second) != 0)
        abort();
    look_at(p);
    change(again);
    am_release(NULL, text);
    am_release(NULL, second);
    am_profile_close(p);
    am_profile_close(again);
    return 0;
}
