/* test_profile_text.c - report/profile_text.c: what a profile says to people */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/text.h"
#include "tests/support/faulty.h"

static char *text_of(const am_profile *p)
{
    char *text = NULL;

    assert_int_equal(am_profile_to_text(p, false, NULL, &text, NULL), AM_OK);
    return text;
}

static am_profile *load(const char *name)
{
    am_profile *p = NULL;

    assert_int_equal(am_profile_load(name, NULL, NULL, &p, NULL), AM_OK);
    return p;
}

static void lines_fit_and_every_known_quantity_is_there(void **state)
{
    am_profile_entry *entries = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(am_profile_list(NULL, NULL, &entries, &count, NULL), AM_OK);
    for (size_t i = 0; i < count; i++) {
        am_profile *p = load(entries[i].name);
        char *text = text_of(p), *save = NULL;

        for (int q = 0; q < AM_QUANTITIES; q++)
            if (!strstr(text, am_quantity_about(q)->label))
                fail_msg("%s: %s is missing", p->name, am_quantity_about(q)->label);
        assert_true((strstr(text, "few songs") != NULL) == (am_profile_songs(p) < AM_PROFILE_FEW));
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
            if (am_text_width(line) > AM_TEXT_COLUMNS)
                fail_msg("%s: %zu columns: %s", p->name, am_text_width(line), line);
        am_release(NULL, text);
        am_profile_close(p);
    }
    am_release(NULL, entries);
}

/* A band of a known place in the chart: p10 and p90 at its ends, the median in the middle. */
static void the_chart_is_to_scale(void **state)
{
    am_profile *p = load("house");
    am_statistic *tone = &p->values[am_quantity_about(AM_QUANTITY_TONE)->first];
    char *text;

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        tone[k] = (am_statistic){ -25, 1, -25, -25, -25 };
    tone[AM_BAND_1K] = (am_statistic){ -27.5, 1, -55, -27.5, 0 };
    text = text_of(p);
    assert_non_null(strstr(text, "     1 kHz   -55.0   -27.5     0.0  |----------------------------o---------------------------|"));
    am_release(NULL, text);
    am_profile_close(p);
}

/* Names and words of a file from elsewhere do nothing to a terminal. */
static void controls_are_taken_out(void **state)
{
    am_profile *p = load("house");
    char *text;

    (void)state;
    strcpy(p->about, "a\x1b[2Jb");
    strcpy(p->engine, "c\x1b[2Jd");
    strcpy(p->date, "\x1b[2J");
    strcpy(p->provenance[0].source, "\x1b[2J");
    strcpy(p->notice, "\x1b[2J");
    strcpy(p->edits[0], "\x1b[2J");
    p->edit_count = 1;
    text = text_of(p);
    assert_null(strchr(text, '\x1b'));
    am_release(NULL, text);
    am_profile_close(p);
}

static void running_out_of_memory_leaks_nothing(void **state)
{
    am_profile *p = load("pop");

    (void)state;
    for (size_t k = 1; k < 1000; k++) {
        faulty f;
        const am_allocator *a = faulty_init(&f, k);
        char *text = NULL, *html = NULL;
        am_status st = am_profile_to_text(p, true, a, &text, NULL);

        if (!st)
            st = am_profile_to_html(p, a, &html, NULL);
        am_release(a, text);
        am_release(a, html);
        assert_int_equal(f.live, 0);
        assert_int_equal(st, f.failed ? AM_ERR_NOMEM : AM_OK);
        if (!f.failed)
            break;
    }
    am_profile_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_fit_and_every_known_quantity_is_there),
        cmocka_unit_test(the_chart_is_to_scale),
        cmocka_unit_test(controls_are_taken_out),
        cmocka_unit_test(running_out_of_memory_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
