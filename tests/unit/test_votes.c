/* test_votes.c - references/votes.c: amounts that listeners voted for are found again, few votes move little, bad documents nothing.
 *
 * Leaves an example document in build/examples ($BUILD_DIR/examples) for tests/schema_test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "automaster/automaster.h"

enum { AMOUNTS = 4, ROOM = 1 << 21 };

static const char *const keys[AMOUNTS] = { "tone", "dynamics", "width", "loudness" };
static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

static am_profile *house(void)
{
    am_profile *p = NULL;

    assert_int_equal(am_profile_load("house", NULL, NULL, &p, NULL), AM_OK);
    return p;
}

static size_t put_side(char *out, const char *key, const double amounts[AMOUNTS])
{
    size_t used = (size_t)sprintf(out, ", \"%s\": {", key);

    for (int i = 0; i < AMOUNTS; i++)
        used += (size_t)sprintf(out + used, "%s\"%s\": %.4f", i ? ", " : "", keys[i], amounts[i]);
    return used + (size_t)sprintf(out + used, "}");
}

/* Listeners whose choices follow the model of the header, with best as what they like. */
static char *votes_for(const double best[AMOUNTS], int count, bool shared)
{
    char *text = malloc(ROOM);
    size_t used;

    assert_non_null(text);
    used = (size_t)sprintf(text, "{\"schema\": \"automaster.votes/1\", \"votes\": [");
    for (int v = 0; v < count; v++) {
        double a[AMOUNTS], b[AMOUNTS], odds = 0.0;

        for (int i = 0; i < AMOUNTS; i++) {
            a[i] = shared && i ? a[0] : 1.5 * uniform();
            b[i] = shared && i ? b[0] : 1.5 * uniform();
            odds += 8.0 * ((b[i] - best[i]) * (b[i] - best[i]) - (a[i] - best[i]) * (a[i] - best[i]));
        }
        used += (size_t)sprintf(text + used, "%s{\"preferred\": \"%s\"", v ? ", " : "", uniform() < 1.0 / (1.0 + exp(-odds)) ? "a" : "b");
        used += put_side(text + used, "a", a);
        used += put_side(text + used, "b", b);
        used += (size_t)sprintf(text + used, "}");
        assert_true(used < ROOM - 1000);
    }
    (void)sprintf(text + used, "]}");
    return text;
}

static void what_listeners_like_is_found(void **state)
{
    static const double best[3][AMOUNTS] = { { 0.5, 0.8, 1.2, 1.0 }, { 1.0, 1.0, 1.0, 1.0 }, { 0.2, 0.1, 0.4, 0.6 } };

    (void)state;
    for (int t = 0; t < 3; t++) {
        am_profile *p = house();
        am_profile_fit fit;
        char *text;

        seed = 17u + (uint64_t)t;
        text = votes_for(best[t], 2000, false);
        assert_int_equal(am_profile_fit_votes(p, text, strlen(text), "votes", &fit, NULL), AM_OK);
        assert_int_equal(fit.votes, 2000);
        assert_int_equal(p->revision, 2);
        for (int i = 0; i < AMOUNTS; i++)
            if (fabs(fit.after[i] - best[t][i]) > 4.0 * fit.deviation[i] + 0.01 || fit.deviation[i] > 0.05)
                fail_msg("%s: %.2f +- %.3f, listeners like %.2f", keys[i], fit.after[i], fit.deviation[i], best[t][i]);
        assert_true(p->amount_tone == fit.after[0] && p->amount_loudness == fit.after[3]);
        assert_int_equal(strncmp(p->edits[p->edit_count - 1], "amounts fit to 2000 votes, ", 27), 0);
        assert_int_equal(strspn(p->edits[p->edit_count - 1] + 27, "0123456789abcdef"), 16);
        free(text);
        am_profile_close(p);
    }
}

/* One vote tells little: it moves the amounts by less than their doubt before it, and what was alike in A and B stays as it was. */
static void one_vote_moves_little(void **state)
{
    static const char text[] = "{\"schema\": \"automaster.votes/1\", \"votes\": [{\"preferred\": \"b\", "
                               "\"a\": {\"tone\": 1, \"dynamics\": 1, \"width\": 1, \"loudness\": 1}, "
                               "\"b\": {\"tone\": 0.6, \"dynamics\": 1, \"width\": 1, \"loudness\": 1}}]}";
    am_profile *p = house();
    am_profile_fit fit;

    (void)state;
    assert_int_equal(am_profile_fit_votes(p, text, strlen(text), "votes", &fit, NULL), AM_OK);
    if (!(fit.after[0] < 0.95 && fit.after[0] > 0.75))
        fail_msg("tone %.3f after one vote for 0.6 against 1", fit.after[0]);
    for (int i = 1; i < AMOUNTS; i++)
        assert_true(fit.after[i] == 1.0 && fabs(fit.deviation[i] - 0.25) < 1e-9);
    am_profile_close(p);
}

static void sides_and_order_do_not_matter(void **state)
{
    static const char half[] = "{\"preferred\": \"%s\", \"%s\": {\"tone\": 0.5, \"dynamics\": 1, \"width\": 0.7, \"loudness\": 1}, "
                               "\"%s\": {\"tone\": 1, \"dynamics\": 0.4, \"width\": 1, \"loudness\": 1}}";
    char one[512], other[512], first[2048], second[2048];
    am_profile *p = house(), *q = house();

    (void)state;
    (void)snprintf(one, sizeof one, half, "a", "a", "b");
    (void)snprintf(other, sizeof other, half, "b", "b", "a");
    (void)snprintf(first, sizeof first, "{\"schema\": \"automaster.votes/1\", \"votes\": [%s, %s, %s]}", one, one, other);
    (void)snprintf(second, sizeof second, "{\"schema\": \"automaster.votes/1\", \"votes\": [%s, %s, %s]}", other, other, one);
    assert_int_equal(am_profile_fit_votes(p, first, strlen(first), "votes", NULL, NULL), AM_OK);
    assert_int_equal(am_profile_fit_votes(q, second, strlen(second), "votes", NULL, NULL), AM_OK);
    assert_true(p->amount_tone == q->amount_tone && p->amount_dynamics == q->amount_dynamics && p->amount_width == q->amount_width);
    am_profile_close(p);
    am_profile_close(q);
}

/* A document counts once, in what is made from the profile too; another one counts whatever was learned before. */
static void the_same_votes_count_once(void **state)
{
    static const double best[AMOUNTS] = { 0.5, 0.8, 1.2, 1.0 };
    am_profile *p = house(), *copy = NULL;
    am_error err = { 0 };
    char *text;

    (void)state;
    seed = 3;
    text = votes_for(best, 20, false);
    assert_int_equal(am_profile_fit_votes(p, text, strlen(text), "votes", NULL, NULL), AM_OK);
    assert_int_equal(am_profile_tune(p, "loudness_lufs=-10", NULL), AM_OK);
    const double tone = p->amount_tone;

    assert_int_equal(am_profile_fit_votes(p, text, strlen(text), "votes", NULL, &err), AM_ERR_CONTENT);
    assert_non_null(strstr(err.message, "already"));
    assert_int_equal(am_profile_derive(p, "copy", NULL, &copy, NULL), AM_OK);
    assert_int_equal(am_profile_fit_votes(copy, text, strlen(text), "votes", NULL, &err), AM_ERR_CONTENT);
    assert_true(p->amount_tone == tone && p->edit_count == 2 && copy->amount_tone == tone && copy->edit_count == 1);
    free(text);
    text = votes_for(best, 20, false);
    assert_int_equal(am_profile_fit_votes(copy, text, strlen(text), "votes", NULL, NULL), AM_OK);
    free(text);
    am_profile_close(p);
    am_profile_close(copy);
}

/* A full list of changes refuses votes too; a copy begins anew, and keeps half of the room at most for what it learned from votes. */
static void a_copy_has_room_for_changes(void **state)
{
    static const double best[AMOUNTS] = { 0.5, 0.8, 1.2, 1.0 };
    am_profile *p = house(), *copy = NULL, *second = NULL;
    am_error err = { 0 };

    (void)state;
    seed = 3;
    for (int i = 0; i < AM_PROFILE_EDITS; i++) {
        char *text = votes_for(best, 1, false);

        assert_int_equal(i % 8 ? am_profile_fit_votes(p, text, strlen(text), "votes", NULL, &err) : am_profile_tune(p, "loudness_lufs=-10", &err), AM_OK);
        free(text);
    }
    char *text = votes_for(best, 1, false);

    assert_int_equal(am_profile_tune(p, "loudness_lufs=-9", &err), AM_ERR_RANGE);
    assert_non_null(strstr(err.message, "--as NAME"));
    assert_int_equal(am_profile_fit_votes(p, text, strlen(text), "votes", NULL, &err), AM_ERR_RANGE);
    assert_non_null(strstr(err.message, "--as NAME"));
    assert_int_equal(am_profile_derive(p, "copy", NULL, &copy, NULL), AM_OK);
    assert_int_equal(copy->edit_count, AM_PROFILE_EDITS / 2);
    for (int i = 0; i < AM_PROFILE_EDITS / 2; i++)
        assert_int_equal(strncmp(copy->edits[i], "amounts fit to 1 vote, ", 23), 0);
    assert_string_equal(copy->edits[AM_PROFILE_EDITS / 2 - 1], p->edits[AM_PROFILE_EDITS - 1]);
    assert_int_equal(am_profile_fit_votes(copy, text, strlen(text), "votes", NULL, &err), AM_OK);
    assert_int_equal(am_profile_tune(copy, "loudness_lufs=-9", &err), AM_OK);
    assert_int_equal(am_profile_derive(copy, "second", NULL, &second, NULL), AM_OK);
    assert_int_equal(second->edit_count, AM_PROFILE_EDITS / 2);
    assert_string_equal(second->parents[0].name, "copy");
    free(text);
    am_profile_close(p);
    am_profile_close(copy);
    am_profile_close(second);
}

static void bad_documents_change_nothing(void **state)
{
    static const char *const bad[] = {
        "", "[]", "{}", "{\"schema\": \"automaster.votes/1\"}", "{\"schema\": \"automaster.votes/1\", \"votes\": []}",
        "{\"schema\": \"automaster.votes/1\", \"votes\": [1]}", "{\"schema\": \"automaster.abx/1\", \"votes\": []}",
        "{\"schema\": \"automaster.votes/1\", \"votes\": [{\"preferred\": \"a\", \"a\": {}, \"b\": {}}]}",
        "{\"schema\": \"automaster.votes/1\", \"votes\": [{\"song\": \"zz\", \"preferred\": \"a\", "
        "\"a\": {\"tone\": 1, \"dynamics\": 1, \"width\": 1, \"loudness\": 1}, \"b\": {\"tone\": 0, \"dynamics\": 1, \"width\": 1, \"loudness\": 1}}]}",
        "{\"schema\": \"automaster.votes/1\", \"votes\": [{\"profile\": \"rock\", \"preferred\": \"a\", "
        "\"a\": {\"tone\": 1, \"dynamics\": 1, \"width\": 1, \"loudness\": 1}, \"b\": {\"tone\": 0, \"dynamics\": 1, \"width\": 1, \"loudness\": 1}}]}",
    };
    am_profile *p = house();

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        am_error err = { 0 };

        assert_int_not_equal(am_profile_fit_votes(p, bad[i], strlen(bad[i]), "votes", NULL, &err), AM_OK);
        assert_true(strncmp(err.message, "votes: ", 7) == 0);
        assert_true(p->revision == 1 && p->edit_count == 0 && p->amount_tone == 1.0);
    }
    am_profile_close(p);
}

static void votes_are_left_as_an_example(void **state)
{
    static const double best[AMOUNTS] = { 0.7, 1.0, 0.9, 1.0 };
    const char *build = getenv("BUILD_DIR");
    char path[4096], *text;
    FILE *file;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/examples", build ? build : "build");
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof path, "%s/examples/votes.json", build ? build : "build");
    file = fopen(path, "w");
    if (!file)
        skip();
    seed = 5;
    text = votes_for(best, 12, true);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_listeners_like_is_found),
        cmocka_unit_test(one_vote_moves_little),
        cmocka_unit_test(sides_and_order_do_not_matter),
        cmocka_unit_test(the_same_votes_count_once),
        cmocka_unit_test(a_copy_has_room_for_changes),
        cmocka_unit_test(bad_documents_change_nothing),
        cmocka_unit_test(votes_are_left_as_an_example),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
