/* test_explain.c - am_explain_json */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "report/text.h"
#include "tests/support/faulty.h"
#include "tests/support/sample.h"

static void explain(const char *json, char **text)
{
    am_error err;

    if (am_explain_json(json, strlen(json), NULL, text, &err))
        fail_msg("%s", err.message);
}

static void explain_sample(const am_report *r, char **text)
{
    char *json = NULL;

    assert_int_equal(am_report_to_json(r, NULL, &json, NULL), AM_OK);
    explain(json, text);
    am_release(NULL, json);
}

static void assert_says(const char *text, const char *sentence)
{
    if (!strstr(text, sentence))
        fail_msg("\"%s\" is not in:\n%s", sentence, text);
}

static void a_report_becomes_sentences(void **state)
{
    static const char *const sentences[] = {
        "song.wav -> song_master.wav\naimed at ref.wav, by automaster 0.1.0\n",
        "\nTone\n  - +2.1 dB at 9 kHz (treble): the reference has 3.4 dB more there, sure to 0.6 dB.\n",
        "  - -1.8 dB at 250 Hz (low mids): the reference has 2.9 dB less there, sure to 0.6 dB.\n",
        "  - From 25 Hz to 35 Hz held back, to 0.0 dB where +4.0 dB would match: the mix has nothing there\n    but its own noise floor.\n",
        "  - At 1.1 kHz left alone: the difference of up to 2.5 dB is too uncertain to act upon.\n",
        "the reference is 1.8 dB wider there",
        "Levels above -21.3 LUFS are compressed 1.80 : 1, both channels alike, with 15 ms of attack and\n    150 ms of release.",
        "It takes off 2.3 dB typically, 3.7 dB or more during 5 % of the time, and 4.1 dB at the deepest,\n    at 2:16.",
        "The spread of levels is expected to come to 0.4 dB of the target's, instead of 1.1 dB",
        "From -18.4 to -9.1 LUFS.",
        "The gain into the limiter is +9.72 dB.",
        "True peaks stay at or below -1.0 dBTP.",
        "It takes off 1.9 dB typically, 3.0 dB or more during 5 % of the time, and 3.6 dB at the deepest,\n    at 2:14.",
        "Dither (tpdf, seed 1)",
        "ref.wav ends at 16 kHz (lossy source): nothing above 15 kHz was copied",
        "It clips (2 places, at 0:31, 0:45)",
        "1 gap of digital silence, at 1:40",
        "constant offset (-48 dBFS)",
        "Its spectrum ends at 16 kHz",
        "pass: loudness is -9.1 LUFS, wanted -9.1 +-0.1 LUFS",
        "2 of 2 gates passed.",
    };
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    explain_sample(r, &text);
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        assert_says(text, sentences[i]);
    am_release(NULL, text);
    free(r);
}

static void trouble_is_told(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    r->before.stereo.low_side_db = -3.0;
    r->before.stereo.low_side_s = 83.0;
    r->before.peak.true_peak_s = 95.0;
    r->before.stereo.fold_down_lu = 4.2;
    r->before.peak.true_peak_dbtp = 1.3;
    r->before.dynamics.plr_db = 6.5;
    r->plan.limiter.enabled = false;
    r->attempt_count = 2;
    r->target.kind = AM_TARGET_PROFILE;
    r->gates[0] = (am_gate){ "loudness", "-9.1 LUFS", "-9.6 LUFS", false, false, "loudness_unreachable" };
    explain_sample(r, &text);
    assert_says(text, "the sides are only 3.0 dB under the middle, most of all at 1:23: bass");
    assert_says(text, "In mono it loses 4.2 LU");
    assert_says(text, "no headroom: its true peak is 1.3 dB over full scale, at 1:35;");
    assert_says(text, "only 6.5 dB above its loudness");
    assert_says(text, "Off: peaks are kept below the ceiling by level alone.");
    assert_says(text, "It took 2 attempts");
    assert_says(text, "FAIL: loudness is -9.6 LUFS, wanted -9.1 LUFS: loudness_unreachable");
    assert_says(text, "the profile has 3.4 dB more there");
    am_release(NULL, text);
    r->before.defect_count = 0;
    sample_analysis(&r->before, -18.4);
    r->before.defect_count = 0;
    r->before.stereo.fold_down_lu = 3.0103;
    r->before.stereo.low_side_db = 0.0;
    r->before.stereo.layout = AM_LAYOUT_ONE_SIDED;
    r->before.stereo.balance_db = -100.0;
    explain_sample(r, &text);
    assert_says(text, "Its right channel is silent");
    assert_null(strstr(text, "out of phase"));
    assert_null(strstr(text, "Below 120 Hz"));
    am_release(NULL, text);
    r->before.stereo.layout = AM_LAYOUT_ANTIPHASE;
    explain_sample(r, &text);
    assert_says(text, "in mono it cancels");
    assert_null(strstr(text, "out of phase"));
    am_release(NULL, text);
    sample_analysis(&r->before, -18.4);
    r->before.defect_count = 0;
    explain_sample(r, &text);
    assert_says(text, "Nothing that shows in the measurements.");
    am_release(NULL, text);
    free(r);
}

static void add_note(am_report *r, am_stage stage, const char *kind, const char *words)
{
    r->notes[r->note_count] = (am_note){ .stage = stage, .time_s = NAN, .value = NAN };
    (void)snprintf(r->notes[r->note_count].kind, sizeof r->notes[0].kind, "%s", kind);
    (void)snprintf(r->notes[r->note_count++].text, sizeof r->notes[0].text, "%s", words);
}

static void what_is_left_alone_is_left_for_a_reason(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    r->plan.compressor.enabled = false;
    explain_sample(r, &text);
    assert_says(text, "\nDynamics\n  - Left alone: with the limiter alone the spread of levels comes to 1.1 dB of the target's, and no");
    am_release(NULL, text);
    r->dynamics.present = false;
    explain_sample(r, &text);
    assert_says(text, "\nDynamics\n  - Left alone: no compressor, for the target does not say how levels are spread.\n");
    am_release(NULL, text);
    add_note(r, AM_STAGE_DYNAMICS, "mix_limited", "The mix is limited already: no compressor.");
    explain_sample(r, &text);
    assert_says(text, "\nDynamics\n  - The mix is limited already: no compressor.\n\n");
    assert_null(strstr(strstr(text, "Capped, left alone"), "limited already: no compressor"));
    am_release(NULL, text);
    r->amounts[1] = 0.0;
    explain_sample(r, &text);
    assert_says(text, "Left alone, as asked: no compressor.");
    am_release(NULL, text);
    free(r);
}

static void nothing_is_said_twice(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    r->before.defects[r->before.defect_count++] = (am_defect){ AM_DEFECT_DC, 1, NAN, -43.0, 1.0 };
    r->plan.dc[1] = 0.001;
    add_note(r, AM_STAGE_INPUT, "dc_removed", "The mix has a constant offset, which is taken off.");
    explain_sample(r, &text);
    assert_says(text, "constant offset (-43 dBFS)");         /* of the channel that has more */
    assert_says(text, "A constant offset of -60 dBFS is taken off channel 2.");
    assert_null(strstr(text, "which is taken off"));
    am_release(NULL, text);
    add_note(r, AM_STAGE_TONE, "plan_dc", "The plan takes off a constant offset that this input does not have.");
    explain_sample(r, &text);
    assert_says(text, "that this input does not have.");
    assert_null(strstr(text, "is taken off channel"));
    am_release(NULL, text);
    (void)snprintf(r->target.name, sizeof r->target.name, "hiphop 30 %%, reggae 23 %%, chillout electronic 16 %% and 9 more");
    explain_sample(r, &text);
    assert_says(text, "aimed at hiphop 30 %, reggae 23 %, chillout electronic 16 % and 9 more, by automaster");
    am_release(NULL, text);
    free(r);
}

static void leveller_and_clip_stage_are_explained(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    r->plan.leveller = (am_leveller){ true, -20.4, 0.35, 3.0, 1.0, -50.0 };
    r->leveller = (am_limiter_trace){ .p50_db = 0.8, .p95_db = 2.4, .max_db = 3.0, .max_s = 12.0 };
    r->plan.clip = (am_clip){ true, 4.1, 0.1, 1.5 };
    r->clip = (am_limiter_trace){ .p50_db = 0.0, .p95_db = 0.6, .max_db = 1.5, .max_s = 61.0 };
    explain_sample(r, &text);
    assert_says(text, "softer or louder than -20.4 LUFS over 3 s comes nearer to it\n    by 35 % of the way, at most 3 dB and no faster than 1 dB a second.");
    assert_says(text, "It moves by 0.8 dB typically, 2.4 dB or more during 5 % of the time, and 3.0 dB at the deepest,\n    at 0:12.");
    assert_says(text, "\nClip stage\n  - Peaks more than 4.1 dB over the ceiling lose their tops, at most 1.5 dB, ahead of the limiter.\n");
    assert_says(text, "It takes off 0.0 dB typically, 0.6 dB or more during 5 % of the time, and 1.5 dB at the deepest,\n    at 1:01.");
    am_release(NULL, text);
    r->plan.compressor.enabled = false;
    explain_sample(r, &text);
    assert_says(text, "\n  - No compressor for the whole.\n");
    am_release(NULL, text);
    free(r);
}

static void bands_are_explained(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    r->plan.multiband = (am_multiband){ .enabled = true, .threshold_db = { -24.3, 0, -31.0, 0 }, .ratio = { 1.5, 1, 1.25, 1 },
                                        .makeup_db = { 2.1, 0, 0.4, 0 }, .knee_db = 8, .range_db = 12, .attack_ms = 15, .release_ms = 120 };
    r->multiband = (am_limiter_trace){ .p50_db = 1.2, .p95_db = 3.4, .max_db = 4.5, .max_s = 61.0 };
    explain_sample(r, &text);
    assert_says(text, "The band up to 120 Hz is compressed by itself: 1.50 : 1 above -24.3 dB, then raised by 2.1 dB");
    assert_says(text, "The band from 1 kHz to 6 kHz is compressed by itself: 1.25 : 1 above -31.0 dB");
    assert_null(strstr(text, "above 6 kHz is compressed"));
    assert_says(text, "1.2 dB typically, 3.4 dB or more during 5 % of the time, and 4.5 dB at the deepest,\n    at 1:01.");
    am_release(NULL, text);
    free(r);
}

static void what_makes_up_for_the_dynamics_is_told(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    assert_non_null(r);
    for (int k = 0; k < AM_BANDS; k++)
        r->pressed.answer_db[k] = k == 53 ? 1.5 : 0.5;      /* of +2.1 dB at 9 kHz most, of -1.8 dB at 250 Hz the other way */
    explain_sample(r, &text);
    assert_says(text, "  - +2.1 dB at 9 kHz (treble): behind compressor and limiter 1.5 dB less would be left there.\n");
    assert_says(text, "  - -1.8 dB at 250 Hz (low mids): the reference has 2.9 dB less there, sure to 0.6 dB.\n");
    am_release(NULL, text);
    free(r);
}

static void a_plan_is_explained_as_a_plan(void **state)
{
    am_report *r = sample_report();
    char *json = NULL, *text = NULL;

    (void)state;
    assert_int_equal(am_plan_to_json(&r->plan, NULL, &json, NULL), AM_OK);
    explain(json, &text);
    assert_says(text, "A plan: what rendering it will do\n\nTone\n  - -1.8 dB at 260 Hz: a bell of q 1.1.\n");
    assert_says(text, "+2.1 dB at 9 kHz: a high shelf of q 0.7.");
    assert_says(text, "-9.1 LUFS is expected.");
    am_release(NULL, text);
    am_release(NULL, json);
    for (uint64_t seed = 0; seed < 200; seed++) {
        am_plan plan;

        sample_plan(&plan, seed);
        assert_int_equal(am_plan_to_json(&plan, NULL, &json, NULL), AM_OK);
        explain(json, &text);
        am_release(NULL, text);
        am_release(NULL, json);
    }
    free(r);
}

static void other_documents_are_refused_with_what_was_expected(void **state)
{
    static const char *const others[] = { "{}", "[]", "1", "null", "{\"schema\": 1}", "{\"schema\": \"automaster.analysis/1\"}", "{", "" };
    am_error err;
    char *text = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(am_explain_json(others[i], strlen(others[i]), NULL, &text, &err), AM_ERR_FORMAT);
        assert_null(text);
    }
    assert_int_equal(am_explain_json(others[5], strlen(others[5]), NULL, &text, &err), AM_ERR_FORMAT);
    assert_string_equal(err.message, "schema: \"automaster.analysis/1\"; expected \"automaster.report/1\" or \"automaster.plan/1\"");
    assert_int_equal(am_explain_json(NULL, 0, NULL, &text, &err), AM_ERR_RANGE);
}

/* Any member of any object gone, renamed or of another type: still an explanation. */
static void mutilated_reports_are_explained(void **state)
{
    am_report *r = sample_report();
    char *json = NULL;
    int cut = 0;

    (void)state;
    r->before.overview.count = r->limiter.count = 0;
    assert_int_equal(am_report_to_json(r, NULL, &json, NULL), AM_OK);
    for (char *quote = strstr(json, "engine\": "); quote; quote = strstr(quote + 1, "\": ")) {
        const char kept = quote[-1];
        char *text = NULL;

        if (strncmp(quote, "engine", 6) == 0)
            continue;
        quote[-1] = '#';
        explain(json, &text);
        am_release(NULL, text);
        quote[-1] = kept;
        cut++;
    }
    for (char *value = strstr(json, "engine\": "); value; value = strstr(value + 1, "\": ")) {
        char *text = NULL, *edited;
        const int at = (int)(value - json) + 3;
        const size_t capacity = strlen(json) + 16;

        if (strncmp(value, "\": ", 3) != 0 || value[3] == '{' || value[3] == '[')
            continue;
        edited = malloc(capacity);
        assert_non_null(edited);
        (void)snprintf(edited, capacity, "%.*s[{\"a\":0}]%s", at, json, value + 3 + strcspn(value + 3, ",\n"));
        if (am_explain_json(edited, strlen(edited), NULL, &text, NULL) == AM_OK)
            am_release(NULL, text);
        free(edited);
    }
    assert_true(cut > 100);
    am_release(NULL, json);
    explain("{\"schema\": \"automaster.report/1\"}", &json);
    assert_says(json, "A file\n");
    am_release(NULL, json);
    free(r);
}

static void hostile_text_is_harmless(void **state)
{
    static const char *const hostile[] = { "<script>\n\x1B[31m", "\xFF\xFE", "%s%n%s%n", "\xE2\x80\xAE gnp.exe", "\xC2\x9B" };
    am_report *r = sample_report();

    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        char *text = NULL;

        (void)snprintf(r->input.path, sizeof r->input.path, "%s", hostile[i]);
        (void)snprintf(r->target.name, sizeof r->target.name, "%s", hostile[i]);
        (void)snprintf(r->notes[0].text, sizeof r->notes[0].text, "%s", hostile[i]);
        (void)snprintf(r->gates[0].name, sizeof r->gates[0].name, "%.30s", hostile[i]);
        explain_sample(r, &text);
        for (size_t at = 0; text[at];) {
            const size_t bytes = am_utf8_sequence(text + at, strlen(text + at));

            assert_true(bytes > 0);
            assert_true(text[at] == '\n' || (unsigned char)text[at] >= 0x20);
            assert_true(bytes != 2 || am_utf8_code(text + at, bytes) >= 0xA0);
            at += bytes;
        }
        am_release(NULL, text);
    }
    free(r);
}

static void a_failed_allocation_leaves_nothing(void **state)
{
    am_report *r = sample_report();
    char *json = NULL;
    size_t k = 0;

    (void)state;
    assert_int_equal(am_report_to_json(r, NULL, &json, NULL), AM_OK);
    for (;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k + 1);
        char *text = NULL;
        const am_status status = am_explain_json(json, strlen(json), allocator, &text, NULL);

        am_release(allocator, text);
        assert_int_equal(memory.live, 0);
        if (!status)
            break;
        assert_int_equal(status, AM_ERR_NOMEM);
        assert_null(text);
    }
    assert_true(k >= 2);
    am_release(NULL, json);
    free(r);
}

static void exact_matching_is_never_sure_to_nothing_nor_in_doubt(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    for (int k = 0; k < AM_BANDS; k++)
        r->tone.sure_db[k] = r->width.sure_db[k] = NAN;
    explain_sample(r, &text);
    assert_says(text, "  - +2.1 dB at 9 kHz (treble): the reference has 3.4 dB more there.\n");
    assert_null(strstr(text, "sure to"));
    assert_null(strstr(text, "too uncertain"));
    am_release(NULL, text);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_becomes_sentences),
        cmocka_unit_test(exact_matching_is_never_sure_to_nothing_nor_in_doubt),
        cmocka_unit_test(trouble_is_told),
        cmocka_unit_test(what_is_left_alone_is_left_for_a_reason),
        cmocka_unit_test(nothing_is_said_twice),
        cmocka_unit_test(leveller_and_clip_stage_are_explained),
        cmocka_unit_test(bands_are_explained),
        cmocka_unit_test(what_makes_up_for_the_dynamics_is_told),
        cmocka_unit_test(a_plan_is_explained_as_a_plan),
        cmocka_unit_test(other_documents_are_refused_with_what_was_expected),
        cmocka_unit_test(mutilated_reports_are_explained),
        cmocka_unit_test(hostile_text_is_harmless),
        cmocka_unit_test(a_failed_allocation_leaves_nothing),
    };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
