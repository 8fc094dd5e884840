/* test_options.c - cli/options.h: the table, the command line, the config file; and cli/presets.h over them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/presets.h"
#include "cli/values.h"
#include "cli/verbs.h"

/* Parse the words up to NULL, with no config file in reach. */
static am_status parse(settings *out, am_error *err, ...)
{
    char *argv[64] = { (char *)"automaster" };
    int argc = 1;
    va_list args;

    va_start(args, err);
    for (char *word = va_arg(args, char *); word; word = va_arg(args, char *))
        argv[argc++] = word;
    va_end(args);
    (void)setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    *err = (am_error) { 0 };
    return options_parse(argc, argv, out, err);
}

static void the_table_is_sound(void **state)
{
    (void)state;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &option_table[i];

        assert_non_null(o->name);
        assert_non_null(o->help);
        assert_true(o->commands != 0);
        assert_true((o->kind == KIND_FLAG) == (o->argument == NULL));
        assert_true((o->kind == KIND_CHOICE || o->kind == KIND_LIST) == (o->choices != NULL));
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(o->name, option_table[k].name);
            assert_true(!o->letter || o->letter != option_table[k].letter);
        }
        assert_int_equal(option_find(o->name, strlen(o->name)), i);
        if (o->initial) {
            settings s = { 0 };
            am_error err = { 0 };

            assert_int_equal(value_set(&s, (option_id)i, o->initial, FROM_DEFAULT, o->name, &err), AM_OK);
        }
    }
}

static void every_destination_has_numbers(void **state)
{
    const char *word = option_table[OPTION_FOR].choices;

    (void)state;
    while (*word) {
        const size_t length = strcspn(word, " ");
        const destination *d = destination_find(word, length);

        assert_non_null(d);
        assert_true(isnan(d->loudness_lufs) || (d->loudness_lufs >= -36 && d->loudness_lufs <= -6));
        assert_true(d->ceiling_dbtp >= -9 && d->ceiling_dbtp <= 0);
        assert_true(d->bits == 0 || (d->bits >= d->least_bits && (!d->most_bits || d->bits <= d->most_bits)));
        word += length + strspn(word + length, " ");
    }
}

static void options_and_files_mix_in_any_order(void **state)
{
    settings s;
    am_error err;

    (void)state;
    assert_int_equal(parse(&s, &err, "--reference", "ref.wav", "a.wav", "-fqo", "out.wav", "--loudness", "-9", "--ceiling=-1.5", "b.wav",
                           "--", "-c.wav", NULL), AM_OK);
    assert_int_equal(s.command, COMMAND_MASTER);
    assert_int_equal(s.file_count, 3);
    assert_string_equal(s.files[0], "a.wav");
    assert_string_equal(s.files[2], "-c.wav");
    assert_int_equal(s.reference_count, 1);
    assert_true(option_flag(&s, OPTION_FORCE) && option_flag(&s, OPTION_QUIET) && !option_flag(&s, OPTION_JSON));
    assert_string_equal(s.values[OPTION_OUTPUT].text, "out.wav");
    assert_true(s.values[OPTION_LOUDNESS].number == -9.0);
    assert_true(s.values[OPTION_CEILING].number == -1.5);
    options_free(&s);
}

static void a_command_may_come_after_options(void **state)
{
    settings s;
    am_error err;

    (void)state;
    assert_int_equal(parse(&s, &err, "--json", "analyze", "analyze", NULL), AM_OK);
    assert_int_equal(s.command, COMMAND_ANALYZE);
    assert_int_equal(s.file_count, 1);
    options_free(&s);
    assert_int_equal(parse(&s, &err, "--", "analyze", NULL), AM_OK);
    assert_int_equal(s.command, COMMAND_MASTER);
    options_free(&s);
    assert_int_equal(parse(&s, &err, "check", "x", "--for", "cd,vinyl", "--help", NULL), AM_OK);
    assert_true(option_flag(&s, OPTION_HELP) && s.command_named);
    options_free(&s);
}

static void weights_are_cut_off_references(void **state)
{
    settings s;
    am_error err;

    (void)state;
    assert_int_equal(parse(&s, &err, "x.wav", "-r", "a.wav=2.5", "-rb=c.wav", "-r", "d=0.5=3", NULL), AM_OK);
    assert_int_equal(s.reference_count, 3);
    assert_string_equal(s.references[0].path, "a.wav");
    assert_true(s.references[0].weight == 2.5);
    assert_string_equal(s.references[1].path, "b=c.wav");
    assert_true(s.references[1].weight == 1.0);
    assert_string_equal(s.references[2].path, "d=0.5");
    assert_true(s.references[2].weight == 3.0);
    options_free(&s);
}

/* Profiles mix as references do, but not with them; what the command line says replaces what the config file does. */
static void profiles_have_weights_too(void **state)
{
    char text[] = "profile = rock\nprofile = jazz=2\nreference = x.wav";
    settings s;
    am_error err;
    am_options call;

    (void)state;
    assert_int_equal(parse(&s, &err, "song.wav", "-p", "house=2", "--profile=techno", NULL), AM_OK);
    assert_int_equal(s.profile_count, 2);
    assert_string_equal(s.profiles[0].path, "house");
    assert_true(s.profiles[0].weight == 2.0 && s.profiles[1].weight == 1.0);
    assert_int_equal(call_prepare(&s, &call, &err), AM_OK);
    assert_true(call.profiles == s.profiles && call.profile_count == 2 && !call.profile);
    options_free(&s);
    assert_int_equal(parse(&s, &err, "song.wav", "-p", "house", "-r", "a.wav", NULL), AM_OK);
    assert_int_not_equal(call_prepare(&s, &call, &err), AM_OK);
    assert_string_equal(err.message, "--reference a.wav and --profile house at once: choose one");
    options_free(&s);
    value_defaults(&s);
    assert_int_equal(options_config(text, "config", &s, &err), AM_OK);
    assert_int_equal(s.profile_count, 2);
    assert_int_equal(value_set(&s, OPTION_PROFILE, "pop=9", FROM_COMMAND_LINE, "--profile", &err), AM_OK);
    assert_int_equal(s.profile_count, 1);
    assert_string_equal(s.profiles[0].path, "pop");
    assert_int_equal(s.reference_count, 1);
    assert_int_equal(call_prepare(&s, &call, &err), AM_OK);
    assert_true(call.profile_count == 1 && call.reference_count == 0);
    options_free(&s);
}

/* What people write as a change of a profile, and what the library gets. */
static void changes_are_understood(void **state)
{
    static const struct {
        const char *word, *first, *last;
        size_t count;
    } good[] = {
        { "loudness=-9.5LUFS", "loudness_lufs=-9.5", "loudness_lufs=-9.5", 1 },
        { "range-=0.5lu", "range_lu-=0.5", "range_lu-=0.5", 1 },
        { "tone@2k-6kHz=+1.5", "tone_power_db@2000-6000+=1.5", "tone_mean_db@2000-6000+=1.5", 2 },
        { "tone@60-120-=1dB", "tone_power_db@60-120-=1", "tone_mean_db@60-120-=1", 2 },
        { "tone@1k.deviation=2", "tone_power_db@1000.deviation=2", "tone_mean_db@1000.deviation=2", 2 },
        { "width+=1", "width_db+=1", "band_width_power_db+=1", 3 },
        { "width@4000+=1", "band_width_db@4000+=1", "band_width_power_db@4000+=1", 2 },
        { "amount=80%", "amount_tone=0.8", "amount_loudness=0.8", 4 },
        { "amount.tone=0.5", "amount_tone=0.5", "amount_tone=0.5", 1 },
        { "momentary@95%+=1", "momentary_lu@95+=1", "momentary_lu@95+=1", 1 },
        { "tone_power_db@1000=-21", "tone_power_db@1000=-21", "tone_power_db@1000=-21", 1 },
        { "about=a = b @ c", "about=a = b @ c", "about=a = b @ c", 1 },
    };
    static const char *const bad[] = { "", "=", "=1", "loudness", "loudness=", "loudness=x", "loudness=1e5", "loudness=9bpm", "tone=3", "tone+=3", "tone@1000=3",
                                       "tone@=3", "tone@a+=1", "tone@-5+=1", "tone@9-5+=1", "tone@1-2-3+=1", "width@1000=3", "nothing=1", "correlation=0.5dB" };
    char changes[CHANGES][CHANGE_TEXT], longest[4000];
    am_profile *p = NULL;
    am_error err = { 0 };
    size_t count;

    (void)state;
    assert_int_equal(am_profile_load("house", NULL, NULL, &p, NULL), AM_OK);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (change_expand(p, good[i].word, changes, &count, &err))
            fail_msg("%s", err.message);
        assert_int_equal(count, good[i].count);
        assert_string_equal(changes[0], good[i].first);
        assert_string_equal(changes[count - 1], good[i].last);
    }
    memset(longest, '9', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    longest[8] = '=';
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        const char *word = i < sizeof bad / sizeof *bad ? bad[i] : longest;

        err.message[0] = '\0';
        if (change_expand(p, word, changes, &count, &err) != AM_ERR_RANGE || !err.message[0])
            fail_msg("taken: %s", word);
    }
    am_profile_close(p);
}

static void a_file_with_an_equals_sign_is_a_file(void **state)
{
    char name[] = P_tmpdir "/automaster-test-XXXXXX=2";
    settings s;
    am_error err;
    const int fd = mkstemps(name, 2);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(parse(&s, &err, "x.wav", "-r", name, NULL), AM_OK);
    assert_string_equal(s.references[0].path, name);
    assert_true(s.references[0].weight == 1.0);
    options_free(&s);
    assert_int_equal(remove(name), 0);
}

static void amounts_are_read(void **state)
{
    settings s;
    am_error err;

    (void)state;
    assert_int_equal(parse(&s, &err, "x.wav", "-a", "50%", NULL), AM_OK);
    assert_true(s.amounts[AMOUNT_TONE] == 0.5 && s.amounts[AMOUNT_LOUDNESS] == 0.5);
    options_free(&s);
    assert_int_equal(parse(&s, &err, "x.wav", "--amount=tone=60,width=150", NULL), AM_OK);
    assert_true(s.amounts[AMOUNT_TONE] == 0.6 && s.amounts[AMOUNT_WIDTH] == 1.5 && s.amounts[AMOUNT_LOUDNESS] == 1.0);
    options_free(&s);
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *words[4];
        const char *message;
    } cases[] = {
        { { "x.wav", "--loudness", "-4" }, "--loudness -4: outside [-36, -6] LUFS" },
        { { "x.wav", "--loudness=0x-9" }, "--loudness 0x-9: not a number" },
        { { "x.wav", "--loudness", "1e999" }, "--loudness 1e999: not a number" },
        { { "x.wav", "--refernce", "r" }, "unknown option --refernce; did you mean --reference?" },
        { { "x.wav", "--ref", "r" }, "unknown option --ref" },
        { { "anaylze" }, "unknown command \"anaylze\"; did you mean \"analyze\"?" },
        { { "maste" }, "unknown command \"maste\"; did you mean \"master\"?" },
        { { "zzzz" }, "\"zzzz\" is neither a file nor a command; see automaster --help" },
        { { "album", "x" }, "album: not in this version yet" },
        { { "check", "x", "--codec", "mp3" }, "--codec: not in this version yet" },
        { { "plan", "x.wav", "--dry-run" }, "--dry-run is no option of plan" },
        { { "doctor", "x" }, "doctor: too many arguments, from \"x\" on" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        settings s;
        am_error err;
        const char *const *w = cases[i].words;

        assert_int_equal(parse(&s, &err, w[0], w[1], w[2], w[3], NULL), AM_ERR_RANGE);
        assert_string_equal(err.message, cases[i].message);
        options_free(&s);
    }
}

static void config_lies_under_the_command_line(void **state)
{
    char text[] = "# remark\r\n  loudness = -20\nceiling=-2\njson = on\nreference = a.wav\nreference = b.wav=2\n\ncsv = off";
    settings s = { .command = COMMAND_MASTER };
    am_error err = { 0 };

    (void)state;
    value_defaults(&s);
    assert_int_equal(options_config(text, "c", &s, &err), AM_OK);
    assert_true(s.values[OPTION_LOUDNESS].number == -20.0 && s.values[OPTION_LOUDNESS].from == FROM_CONFIG);
    assert_true(option_flag(&s, OPTION_JSON));
    assert_int_equal(s.reference_count, 2);
    assert_int_equal(value_set(&s, OPTION_REFERENCE, "c.wav", FROM_COMMAND_LINE, "-r", &err), AM_OK);
    assert_int_equal(value_set(&s, OPTION_REFERENCE, "d.wav", FROM_COMMAND_LINE, "-r", &err), AM_OK);
    assert_int_equal(s.reference_count, 2);
    assert_string_equal(s.references[0].path, "c.wav");
    assert_false(option_given(&s, OPTION_CSV));
    options_free(&s);
}

static void config_of_other_commands_is_checked_and_dropped(void **state)
{
    char good[] = "loudness = -20\nreference = x=5\namount = 3", bad[] = "json = yes\nloudness = -2";
    settings s = { .command = COMMAND_ANALYZE };
    am_error err = { 0 };

    (void)state;
    value_defaults(&s);
    assert_int_equal(options_config(good, "c", &s, &err), AM_OK);
    assert_false(option_given(&s, OPTION_LOUDNESS));
    assert_int_equal(s.reference_count, 0);
    assert_true(s.amounts[AMOUNT_TONE] == 1.0);
    assert_int_equal(options_config(bad, "c", &s, &err), AM_ERR_RANGE);
    assert_string_equal(err.message, "c:2: loudness -2: outside [-36, -6] LUFS");
    options_free(&s);
}

/* Default < config < destination on the command line < option on the command line. */
static void the_nearest_word_wins(void **state)
{
    static const struct {
        const char *config, *words[4];
        double loudness_lufs, ceiling_dbtp;
        unsigned bits;
    } cases[] = {
        { "", { NULL }, NAN, -1, 0 },
        { "", { "--for", "amazon" }, -14, -2, 0 },
        { "ceiling = -3\nloudness = -20", { "--for", "amazon" }, -14, -2, 0 },
        { "ceiling = -3\nfor = amazon", { NULL }, -14, -3, 0 },
        { "for = amazon", { "--loudness", "-9" }, -9, -2, 0 },
        { "", { "--for", "vinyl", "--bits", "32f" }, -14, -1, 32 },
        { "", { "--for", "cd" }, NAN, -1, 16 },
        { "", { "--for", "spotify", "--loudness-from", "x.wav" }, NAN, -1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const *w = cases[i].words;
        char text[64];
        settings s = { .command = COMMAND_MASTER };
        am_error err = { 0 };
        am_options call;

        value_defaults(&s);
        (void)snprintf(text, sizeof text, "%s", cases[i].config);
        assert_int_equal(options_config(text, "c", &s, &err), AM_OK);
        for (size_t k = 0; k + 1 < 4 && w[k]; k += 2)
            assert_int_equal(value_set(&s, option_find(w[k] + 2, strlen(w[k]) - 2), w[k + 1], FROM_COMMAND_LINE, w[k], &err), AM_OK);
        assert_int_equal(call_prepare(&s, &call, &err), AM_OK);
        if (isnan(cases[i].loudness_lufs) ? !isnan(call.loudness_lufs) : call.loudness_lufs != cases[i].loudness_lufs)
            fail_msg("case %zu: %g LUFS, wanted %g", i, call.loudness_lufs, cases[i].loudness_lufs);
        if (call.ceiling_dbtp != cases[i].ceiling_dbtp)
            fail_msg("case %zu: %g dBTP, wanted %g", i, call.ceiling_dbtp, cases[i].ceiling_dbtp);
        assert_int_equal(call.bits, cases[i].bits);
        options_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(every_destination_has_numbers),
        cmocka_unit_test(options_and_files_mix_in_any_order),
        cmocka_unit_test(a_command_may_come_after_options),
        cmocka_unit_test(weights_are_cut_off_references),
        cmocka_unit_test(profiles_have_weights_too),
        cmocka_unit_test(changes_are_understood),
        cmocka_unit_test(a_file_with_an_equals_sign_is_a_file),
        cmocka_unit_test(amounts_are_read),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(config_lies_under_the_command_line),
        cmocka_unit_test(config_of_other_commands_is_checked_and_dropped),
        cmocka_unit_test(the_nearest_word_wins),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
