/* test_lineage.c - pipeline/lineage.h: what the report beside a file tells, and what pairs a listener can vote on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/lineage.h"
#include "tests/support/faulty.h"
#include "tests/support/scratch.h"

static const char song[] = "1111111111111111111111111111111111111111111111111111111111111111";
static const char other_song[] = "2222222222222222222222222222222222222222222222222222222222222222";
static const char one[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char two[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

typedef struct words {              /* of a report; NULL or 0: the usual ones */
    const char *schema, *song, *kind, *name, *reference, *amounts;
} words;

static void write_report(const char *file, const char *output, words w)
{
    FILE *f = fopen(scratch_path(file), "w");

    assert_non_null(f);
    assert_true(fprintf(f, "{\"schema\": \"%s\", \"input\": {\"sha256\": \"%s\"}, \"output\": {\"sha256\": \"%s\"}, \"references\": [{\"path\": \"somewhere\", \"sha256\": \"%s\"}], "
                           "\"target\": {\"kind\": \"%s\", \"name\": \"%s\"}, \"amounts\": %s}\n",
                        w.schema ? w.schema : "automaster.report/1", w.song ? w.song : song, output, w.reference ? w.reference : "3", w.kind ? w.kind : "reference",
                        w.name ? w.name : "ref.wav", w.amounts ? w.amounts : "{\"tone\": 0.5, \"dynamics\": 1, \"width\": 0.25, \"loudness\": 1.5}") > 0);
    assert_int_equal(fclose(f), 0);
}

static am_lineage read_of(const char *file, const char *sha256)
{
    am_lineage found;

    assert_int_equal(am_lineage_read(scratch_path(file), sha256, NULL, &found, NULL), AM_OK);
    return found;
}

static void a_report_tells_how_its_master_was_made(void **state)
{
    (void)state;
    write_report("one.json", one, (words){ 0 });
    write_report("two.json", two, (words){ .kind = "profile", .name = "house" });
    const am_lineage a = read_of("one.wav", one), b = read_of("two.flac", two);

    assert_true(a.known && b.known);
    assert_string_equal(a.song, song);
    assert_true(a.amounts[0] == 0.5 && a.amounts[1] == 1.0 && a.amounts[2] == 0.25 && a.amounts[3] == 1.5);
    assert_string_equal(a.profile, "");
    assert_string_equal(b.profile, "house");
    assert_string_not_equal(a.aim, b.aim);
}

static void why_nothing_is_known_is_told(void **state)
{
    static const struct { const char *file; words w; const char *bytes, *told; } cases[] = {
        { "none", { 0 }, NULL, "there is no report beside it (none.json)" },
        { "changed", { 0 }, NULL, "the file was changed since" },
        { "plan", { .schema = "automaster.plan/1" }, NULL, "no report of a master" },
        { "rendered", { .amounts = "null" }, NULL, "rendered from a plan" },
        { "far", { .amounts = "{\"tone\": 2, \"dynamics\": 1, \"width\": 1, \"loudness\": 1}" }, NULL, "rendered from a plan" },
        { "short", { .song = "11" }, NULL, "another file" },
        { "noise", { 0 }, "\x00\xff[[[", "no report of a master" },
        { "array", { 0 }, "[1]", "no report of a master" },
        { "empty", { 0 }, "", "there is no report beside it" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[64];

        (void)snprintf(name, sizeof name, "%s.json", cases[i].file);
        if (cases[i].bytes)
            scratch_write(name, cases[i].bytes, i == 6 ? 5 : strlen(cases[i].bytes));
        else if (i)
            write_report(name, i == 1 ? two : one, cases[i].w);
        (void)snprintf(name, sizeof name, "%s.wav", cases[i].file);
        const am_lineage found = read_of(name, one);

        if (found.known || !strstr(found.why, cases[i].told))
            fail_msg("%s: known %d, \"%s\", wanted \"%s\"", cases[i].file, found.known, found.why, cases[i].told);
    }
    assert_false(read_of("one.json", one).known);           /* a report is not beside itself */
}

static bool comparable(words a, words b, const char *second, const char *told)
{
    const char *names[2] = { "one.wav", "two.wav" }, *hashes[2] = { one, second };
    am_lineage pair[2];
    char why[640] = "";

    write_report("one.json", one, a);
    write_report("two.json", two, b);
    pair[0] = read_of("one.wav", hashes[0]);
    pair[1] = read_of("two.wav", hashes[1]);
    const bool found = am_lineage_comparable(pair, names, hashes, why, sizeof why);

    if (!strstr(why, told))
        fail_msg("told \"%s\", wanted \"%s\"", why, told);
    if (found && strcmp(second, song) == 0)
        assert_true(pair[1].known && pair[1].amounts[0] == 0.0 && pair[1].amounts[3] == 0.0 && strcmp(pair[1].song, song) == 0);
    return found;
}

static void pairs_of_one_song_and_one_target_can_be_voted_on(void **state)
{
    const words house = { .kind = "profile", .name = "house" }, techno = { .kind = "profile", .name = "techno" };

    (void)state;
    assert_true(comparable((words){ 0 }, (words){ .name = "elsewhere/ref.wav", .amounts = "{\"tone\": 1, \"dynamics\": 1, \"width\": 1, \"loudness\": 1}" }, two, ""));
    assert_true(comparable(house, house, two, ""));
    assert_true(comparable(house, house, song, ""));        /* the original */
    assert_false(comparable(house, techno, two, "different targets"));
    assert_false(comparable((words){ 0 }, house, two, "different targets"));
    assert_false(comparable((words){ 0 }, (words){ .reference = "4" }, two, "different targets"));
    assert_false(comparable(house, (words){ .kind = "profile", .name = "house", .song = other_song }, two, "two different files"));
    assert_false(comparable(house, house, other_song, "How far two.wav went is not known: two.json beside it"));
}

static void memory_that_is_short_is_reported(void **state)
{
    am_lineage found;
    faulty f;

    (void)state;
    write_report("one.json", one, (words){ 0 });
    assert_int_equal(am_lineage_read(scratch_path("one.wav"), one, faulty_init(&f, 1), &found, NULL), AM_ERR_NOMEM);
    assert_int_equal(f.live, 0);
    assert_int_equal(am_lineage_read(scratch_path("one.wav"), one, faulty_init(&f, 0), &found, NULL), AM_OK);
    assert_int_equal(f.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_report_tells_how_its_master_was_made, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(why_nothing_is_known_is_told, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(pairs_of_one_song_and_one_target_can_be_voted_on, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(memory_that_is_short_is_reported, scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests_name("lineage", tests, NULL, NULL);
}
