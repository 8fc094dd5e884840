/* test_report_text.c - the tables for people: report/text.h, report/facts.h and the two functions of automaster.h */
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
#include "report/facts.h"
#include "report/guidance.h"
#include "report/text.h"
#include "tests/support/faulty.h"
#include "tests/support/sample.h"

static void print(const am_report *r, bool colour, char **text)
{
    am_error err;

    if (am_report_to_text(r, colour, NULL, text, &err))
        fail_msg("%s", err.message);
}

static void the_table_is_that_of_the_manual(void **state)
{
    static const char expected[] =
        "song.wav -> song_master.wav     44.1 kHz 24-bit, as the input          1.9 s, 118x realtime\n"
        "\n"
        "                      before    after   target\n"
        "  loudness            -18.4     -9.1     -9.1  LUFS\n"
        "  true peak            -3.1     -1.0   <=-1.0  dBTP\n"
        "  loudness range        7.9      6.4      6.2  LU\n"
        "  peak to loudness     15.3      8.1      8.0  LU\n"
        "  tone distance         3.8      0.6           dB rms against ref.wav\n"
        "  width               -11.2     -9.4     -9.3  dB side/mid\n"
        "\n"
        "  tone        +2.1 dB at 9 kHz, -1.8 dB at 250 Hz       1 move capped\n"
        "  width       +1.2 dB at 2.2 kHz\n"
        "  dynamics    2.3 dB typical, 4.1 dB at 2:16, compressed 1.8 : 1\n"
        "  limiter     1.9 dB typical, 3.6 dB at 2:14\n"
        "  note        ref.wav ends at 16 kHz (lossy source): nothing above 15 kHz was copied\n"
        "PASS 2 of 2 gates\n";
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    print(r, false, &text);
    assert_string_equal(text, expected);
    am_release(NULL, text);
    free(r);
}

static void assert_lines_are_harmless(const char *text)
{
    for (const char *line = text; *line;) {
        const size_t length = strcspn(line, "\n");
        char copy[2048];

        assert_true(length < sizeof copy);
        (void)snprintf(copy, sizeof copy, "%.*s", (int)length, line);
        if (am_text_width(copy) > AM_TEXT_COLUMNS)
            fail_msg("%zu columns: %s", am_text_width(copy), copy);
        for (size_t at = 0; at < length;) {
            const size_t bytes = am_utf8_sequence(copy + at, length - at);

            if (bytes == 0 || (unsigned char)copy[at] < 0x20 || copy[at] == 0x7F)
                fail_msg("byte %02x in: %s", (unsigned char)copy[at], copy);
            at += bytes;
        }
        line += length + (line[length] == '\n');
    }
}

static void fill_name(char *out, size_t capacity, const char *piece, size_t length)
{
    size_t used = 0;

    while (used < length && used + strlen(piece) < capacity)
        used += (size_t)snprintf(out + used, capacity - used, "%s", piece);
    out[used] = '\0';
}

static void no_name_breaks_a_line(void **state)
{
    static const char *const pieces[] = { "x", "\xE6\xBC\xA2", "\xC3\xA4", "\n", "\x1B[31m", "\xFF", "<script>", "e\xCC\x81", "\xCC\x81",
                                          "\xE2\x80\xAE", "%s%n", "\xF0\x9F\x8E\xB5", "a b ", "\xE2\x80\x8B" };
    am_report *r = sample_report();

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        for (size_t length = 0; length < 300; length += length < 60 ? 1 : 79) {
            char *text = NULL;

            fill_name(r->input.path, sizeof r->input.path, pieces[i], length);
            fill_name(r->output.path, sizeof r->output.path, pieces[i], 1 + length * (i + 1) % 97);
            fill_name(r->target.name, sizeof r->target.name, pieces[i], length);
            fill_name(r->notes[0].text, sizeof r->notes[0].text, pieces[i], length);
            fill_name(r->gates[0].reason, sizeof r->gates[0].reason, pieces[i], length);
            r->gates[0].pass = length % 2;
            print(r, false, &text);
            assert_lines_are_harmless(text);
            am_release(NULL, text);
            assert_int_equal(am_analysis_to_text(&r->before, &r->input, NULL, &text, NULL), AM_OK);
            assert_lines_are_harmless(text);
            am_release(NULL, text);
        }
    free(r);
}

static void long_paths_fill_their_names_with_zero_width(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    fill_name(r->input.path, sizeof r->input.path, "\xCC\x81", sizeof r->input.path - 2);
    fill_name(r->output.path, sizeof r->output.path, "\xFF", sizeof r->output.path - 2);
    print(r, false, &text);
    assert_lines_are_harmless(text);
    am_release(NULL, text);
    free(r);
}

static void failures_are_named(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    assert_true(am_report_passed(r));
    r->gates[0] = (am_gate){ "loudness", "-9.1 +-0.1 LUFS", "-9.6 LUFS", false, false, "loudness_unreachable: the limiter saturates" };
    r->gates[r->gate_count++] = r->gates[1];
    assert_false(am_report_passed(r));
    print(r, false, &text);
    assert_non_null(strstr(text, "\nFAIL loudness is -9.6 LUFS, wanted -9.1 +-0.1 LUFS: loudness_unreachable: the limiter saturates\n"
                                 "FAIL 1 of 3 gates\n"));
    am_release(NULL, text);
    r->gates[0].advisory = true;
    assert_true(am_report_passed(r));
    print(r, false, &text);
    assert_non_null(strstr(text, "\nMISS loudness is"));
    assert_non_null(strstr(text, "\nPASS 2 of 3 gates, 1 missed that is advisory\n"));
    am_release(NULL, text);
    free(r);
}

static void colour_changes_no_word(void **state)
{
    am_report *r = sample_report();
    char *plain = NULL, *coloured = NULL, *out;

    (void)state;
    r->gates[1].pass = false;
    print(r, false, &plain);
    print(r, true, &coloured);
    out = coloured;
    for (const char *in = coloured; *in; in++) {
        if (*in == '\x1B')
            in = strchr(in, 'm');
        else
            *out++ = *in;
    }
    assert_true(out < coloured + strlen(coloured));
    *out = '\0';
    assert_string_equal(plain, coloured);
    am_release(NULL, plain);
    am_release(NULL, coloured);
    free(r);
}

static void what_is_unknown_is_a_dash(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    memset(&r->after, 0, sizeof r->after);
    memset(&r->output, 0, sizeof r->output);
    r->target.loudness_lufs = r->target.width_db = NAN;
    r->target.tone.present = r->tone.present = r->width.present = false;
    r->before.loudness.range_lu = NAN;
    r->plan.limiter.enabled = r->plan.compressor.enabled = r->dynamics.present = false;
    r->gate_count = r->note_count = 0;
    r->total_s = 0.0;
    print(r, false, &text);
    assert_non_null(strstr(text, "song.wav                        44.1 kHz 24-bit, as the input\n"));
    assert_non_null(strstr(text, "                      before expected   target\n  loudness            -18.4     -9.1        -  LUFS\n"));
    assert_non_null(strstr(text, "  loudness range          -        -      6.2  LU\n"));
    assert_non_null(strstr(text, "  tone distance           -      0.6           dB rms\n"));
    assert_non_null(strstr(text, "  tone        left alone\n  width       left alone\n  dynamics    left alone\n  limiter     off\n"));
    assert_null(strstr(text, "gates"));
    am_release(NULL, text);
    r->target.tone.present = true;
    r->target.kind = AM_TARGET_PROFILE;
    (void)snprintf(r->target.name, sizeof r->target.name, "hiphop 30 %%, reggae 23 %%, electronic 16 %% and 9 more");
    print(r, false, &text);
    assert_non_null(strstr(text, "dB rms against the blend of profiles\n"));
    am_release(NULL, text);
    free(r);
}

/* An all-zero report and one full of NaN and absurd counts must print without harm. */
static void nonsense_prints_without_harm(void **state)
{
    am_report *r = calloc(1, sizeof *r);
    char *text = NULL;

    (void)state;
    assert_non_null(r);
    print(r, true, &text);
    am_release(NULL, text);
    memset(r, 0xFF, sizeof *r);
    r->input.path[AM_PATH - 1] = r->output.path[AM_PATH - 1] = '\0';
    r->target.name[sizeof r->target.name - 1] = '\0';
    r->target.tone.present = r->target.width.present = r->tone.present = r->width.present = true;
    r->plan.multiband.enabled = r->plan.leveller.enabled = r->plan.compressor.enabled = r->plan.clip.enabled = r->plan.limiter.enabled = true;
    r->gate_count = r->note_count = 0;
    print(r, false, &text);
    assert_lines_are_harmless(text);
    am_release(NULL, text);
    free(r);
}

static void an_analysis_is_one_block(void **state)
{
    am_report *r = sample_report();
    char *text = NULL;

    (void)state;
    assert_int_equal(am_analysis_to_text(&r->before, &r->input, NULL, &text, NULL), AM_OK);
    assert_non_null(strstr(text, "song.wav\n  format      44.1 kHz, stereo, 3:44, WAV 24 bit\n  loudness     -18.4 LUFS   range 7.9 LU"));
    assert_non_null(strstr(text, "  defect      clipping at 0:31 in channel 1: 4 samples\n"));
    assert_lines_are_harmless(text);
    am_release(NULL, text);
    assert_int_equal(am_analysis_to_text(NULL, NULL, NULL, &text, NULL), AM_ERR_RANGE);
    free(r);
}

static void assert_told(const am_analysis *a, const char *wanted, const char *unwanted)
{
    char *text = NULL;

    assert_int_equal(am_analysis_to_text(a, NULL, NULL, &text, NULL), AM_OK);
    if (!strstr(text, wanted) || strstr(text, unwanted))
        fail_msg("no \"%s\", or \"%s\", in:\n%s", wanted, unwanted, text);
    assert_lines_are_harmless(text);
    am_release(NULL, text);
}

static void silence_is_called_so(void **state)
{
    am_report *r = sample_report();
    am_analysis *a = &r->before;

    (void)state;
    a->loudness.integrated_lufs = (double)NAN;
    assert_told(a, "  loudness    none: silence, nothing is louder than -70 LUFS\n", "style");
    a->duration_s = 0.3;
    assert_told(a, "  loudness    none: it takes at least 0.4 s\n", "LUFS");
    a->duration_s = 3.0;
    a->peak.sample_dbfs = a->peak.true_peak_dbtp = (double)NAN;
    assert_told(a, "  loudness    none: silence, every sample is zero\n", "dBTP");
    free(r);
}

static void a_style_that_is_not_there_has_a_reason(void **state)
{
    am_report *r = sample_report();
    am_analysis *a = &r->before;

    (void)state;
    a->style_count = 0;
    assert_told(a, "loudness", "style");        /* it was not asked for */
    a->duration_s = 8.0;
    assert_told(a, "  style       not told: shorter than 10 s\n", "%");
    a->sample_rate_hz = 8000.0;
    assert_told(a, "  style       not told: below 22.05 kHz\n", "%");
    a->channels = 6;
    assert_told(a, "  style       not told: more than two channels\n", "%");
    free(r);
}

static void unknown_is_no_style(void **state)
{
    am_report *r = sample_report();
    am_analysis *a = &r->before;

    (void)state;
    a->style_count = 2;
    a->style[0] = (am_style){ "unknown", 0.87 };
    a->style[1] = (am_style){ "metal", 0.13 };
    assert_told(a, "  style       not recognised 87 %, metal 13 %\n", "usual");
    assert_null(am_guidance_style(a));
    a->style[1].weight = 0.25;
    assert_string_equal(am_guidance_style(a)->name, "metal");
    assert_told(a, "metal 25 %", "unknown");
    a->style[1].weight = 0.249;
    assert_null(am_guidance_style(a));
    a->style_count = 0;
    assert_null(am_guidance_style(a));
    free(r);
}

static void a_failed_allocation_leaves_nothing(void **state)
{
    am_report *r = sample_report();
    size_t k = 0;

    (void)state;
    for (;; k++) {
        faulty memory;
        const am_allocator *allocator = faulty_init(&memory, k + 1);
        char *text = NULL;
        const am_status status = am_report_to_text(r, true, allocator, &text, NULL);

        am_release(allocator, text);
        assert_int_equal(memory.live, 0);
        if (!status)
            break;
        assert_int_equal(status, AM_ERR_NOMEM);
        assert_null(text);
    }
    assert_true(k >= 2);
    free(r);
}

static void facts_read_as_people_write(void **state)
{
    char out[AM_FACT_TEXT];

    (void)state;
    assert_string_equal(am_fact_hz(9021.0, out), "9 kHz");
    assert_string_equal(am_fact_hz(9549.0, out), "9.5 kHz");
    assert_string_equal(am_fact_hz(999.0, out), "1 kHz");
    assert_string_equal(am_fact_hz(264.0, out), "260 Hz");
    assert_string_equal(am_fact_hz(19.7, out), "20 Hz");
    assert_string_equal(am_fact_hz(NAN, out), "- Hz");
    assert_string_equal(am_fact_rate(44100.0, out), "44.1 kHz");
    assert_string_equal(am_fact_rate(11025.0, out), "11.025 kHz");
    assert_string_equal(am_fact_time(134.99, out), "2:14");
    assert_string_equal(am_fact_time(3725.0, out), "1:02:05");
    assert_string_equal(am_fact_time(NAN, out), "-");
    assert_string_equal(am_fact_time(-1.0, out), "-");
    assert_string_equal(am_fact_signed(2.06, 1, out), "+2.1");
    assert_string_equal(am_fact_signed(-0.04, 1, out), "0.0");
    assert_string_equal(am_fact_signed(0.04, 1, out), "0.0");
}

static void moves_are_the_largest_extremes(void **state)
{
    double curve[AM_BANDS] = { 0.0 };
    int bands[4] = { -1, -1, -1, -1 };

    (void)state;
    assert_int_equal(am_fact_moves(curve, 0.1, bands, 4), 0);
    for (int k = 0; k < AM_BANDS; k++)
        curve[k] = NAN;
    assert_int_equal(am_fact_moves(curve, 0.1, bands, 4), 0);
    for (int k = 0; k < AM_BANDS; k++)
        curve[k] = 2.0 * exp(-0.1 * (k - 10) * (k - 10)) - 3.0 * exp(-0.1 * (k - 30) * (k - 30)) + (k >= 50 ? 1.0 : 0.0);
    assert_int_equal(am_fact_moves(curve, 0.1, bands, 4), 3);
    assert_int_equal(bands[0], 30);
    assert_int_equal(bands[1], 10);
    assert_int_equal(bands[2], 50);
    for (int k = 0; k < AM_BANDS; k++)
        curve[k] = k == 19 ? -0.628 : k == 20 ? -0.632 : 0.0;      /* both are -0.63 in the report */
    assert_int_equal(am_fact_moves(curve, 0.1, bands, 1), 1);
    assert_int_equal(bands[0], 19);
}

static void distance_is_the_weighted_rms(void **state)
{
    static am_band_target target;
    double power_db[AM_BANDS] = { 0.0 }, distance;

    (void)state;
    assert_true(isnan(am_fact_distance(power_db, &target, NAN)));
    target.present = true;
    target.weight[20] = target.weight[55] = 1.0;
    target.weight[30] = 3.0;
    target.weight[0] = target.weight[60] = 1.0;     /* outside 40 Hz - 16 kHz */
    target.weight[25] = 1.0;
    target.power_db[25] = -71.0;                    /* empty */
    power_db[20] = 2.0;
    power_db[30] = -4.0;
    power_db[55] = 8.0;                             /* 11.3 kHz */
    power_db[0] = power_db[60] = 50.0;
    distance = am_fact_distance(power_db, &target, NAN);
    if (fabs(distance - sqrt((4.0 + 3.0 * 16.0 + 64.0) / 5.0)) > 1e-12)
        fail_msg("%.17g, expected %.17g", distance, sqrt(116.0 / 5.0));
    distance = am_fact_distance(power_db, &target, 11500.0);
    if (fabs(distance - sqrt(13.0)) > 1e-12)
        fail_msg("%.17g, expected %.17g", distance, sqrt(13.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_that_of_the_manual),
        cmocka_unit_test(no_name_breaks_a_line),
        cmocka_unit_test(long_paths_fill_their_names_with_zero_width),
        cmocka_unit_test(failures_are_named),
        cmocka_unit_test(colour_changes_no_word),
        cmocka_unit_test(what_is_unknown_is_a_dash),
        cmocka_unit_test(nonsense_prints_without_harm),
        cmocka_unit_test(an_analysis_is_one_block),
        cmocka_unit_test(silence_is_called_so),
        cmocka_unit_test(a_style_that_is_not_there_has_a_reason),
        cmocka_unit_test(unknown_is_no_style),
        cmocka_unit_test(a_failed_allocation_leaves_nothing),
        cmocka_unit_test(facts_read_as_people_write),
        cmocka_unit_test(moves_are_the_largest_extremes),
        cmocka_unit_test(distance_is_the_weighted_rms),
    };

    return cmocka_run_group_tests_name("report_text", tests, NULL, NULL);
}
