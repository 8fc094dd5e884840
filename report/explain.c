/* explain.c - am_explain_json of automaster.h: a report or a plan in sentences */
#include "report/explain.h"

#include "base/db.h"
#include "base/error.h"
#include "base/json.h"
#include "base/note.h"
#include "base/number.h"
#include "base/utf8.h"
#include "report/facts.h"
#include "report/parts.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ look-ups */

const cJSON *am_explain_member(const cJSON *object, const char *key)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const cJSON *am_explain_array(const cJSON *object, const char *key)
{
    const cJSON *value = am_explain_member(object, key);

    return cJSON_IsArray(value) ? value : NULL;
}

double am_explain_number(const cJSON *object, const char *key)
{
    const cJSON *value = am_explain_member(object, key);

    return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

bool am_explain_true(const cJSON *object, const char *key) { return cJSON_IsTrue(am_explain_member(object, key)); }

const char *am_explain_string(const cJSON *object, const char *key, char *out, size_t capacity)
{
    const cJSON *value = am_explain_member(object, key);

    am_utf8_show(cJSON_IsString(value) ? value->valuestring : "", out, capacity);
    return out;
}

bool am_explain_curve(const cJSON *object, const char *key, double curve[AM_BANDS])
{
    const cJSON *array = am_explain_array(object, key);
    const cJSON *item = array ? array->child : NULL;

    for (int k = 0; k < AM_BANDS; k++) {
        curve[k] = item && cJSON_IsNumber(item) ? item->valuedouble : NAN;
        item = item ? item->next : NULL;
    }
    return array != NULL;
}

void am_explain_heading(am_text *t, const char *heading) { am_text_add(t, "\n%s\n", heading); }

void am_explain_item(am_text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    am_text_wrap_list(t, "  - ", 4, format, args);
    va_end(args);
}

/* ------------------------------------------------------------------ loudness, limiter, delivery */

static void explain_loudness(am_text *t, const cJSON *report, const cJSON *plan)
{
    const cJSON *expected = am_explain_member(plan, "expected");
    const double before = am_explain_number(am_explain_member(am_explain_member(report, "before"), "loudness"), "integrated_lufs");
    const double after = am_explain_number(am_explain_member(am_explain_member(report, "after"), "loudness"), "integrated_lufs");
    const double aim = am_explain_number(am_explain_member(report, "target"), "loudness_lufs");
    const double predicted = am_explain_number(expected, "integrated_lufs");
    const double drive = am_explain_number(plan, "drive_db"), trim = am_explain_number(plan, "trim_db");
    char a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT], gain[AM_FACT_TEXT];

    am_explain_heading(t, "Loudness");
    if (isfinite(before) && isfinite(after))
        am_explain_item(t, "From %s to %s LUFS.", am_number_fixed(before, 1, a), am_number_fixed(after, 1, b));
    else if (isfinite(predicted))
        am_explain_item(t, "%s LUFS is expected.", am_number_fixed(predicted, 1, a));
    if (isfinite(aim))
        am_explain_item(t, "The target is %s LUFS.", am_number_fixed(aim, 1, a));
    if (fabs(drive) >= 0.005)
        am_explain_item(t, "The gain into the limiter is %s dB.", am_fact_signed(drive, 2, gain));
    else if (isfinite(drive))
        am_explain_item(t, "The level is left as it is.");
    if (fabs(trim) >= 0.005)
        am_explain_item(t, "Behind the limiter %s dB of trim keep the file under its ceiling.", am_fact_signed(trim, 2, gain));
}

/* "It takes off 1.9 dB typically, 3.0 dB or more during 5 % of the time, and 3.6 dB at the deepest, at 2:14." */
static void explain_reduction(am_text *t, const char *verb, const cJSON *trace, const cJSON *expected, const char *stage)
{
    const char *const parts[] = { "p50_db", "p95_db", "max_db" };
    const double at = am_explain_number(trace, "max_s");
    char key[64], texts[3][AM_NUMBER_TEXT], time[AM_FACT_TEXT];

    for (int i = 0; i < 3; i++) {
        (void)snprintf(key, sizeof key, "%s_%s", stage, parts[i]);
        (void)am_number_fixed(trace ? am_explain_number(trace, parts[i]) : am_explain_number(expected, key), 1, texts[i]);
    }
    am_explain_item(t, "It %s %s dB typically, %s dB or more during 5 %% of the time, and %s dB at the deepest%s%s.", verb, texts[0], texts[1],
                    texts[2], isfinite(at) ? ", at " : "", isfinite(at) ? am_fact_time(at, time) : "");
}

static void explain_leveller(am_text *t, const cJSON *report, const cJSON *plan)
{
    const cJSON *settings = am_explain_member(plan, "leveller");
    char level[AM_NUMBER_TEXT], percent[AM_NUMBER_TEXT], range[AM_NUMBER_TEXT], slew[AM_NUMBER_TEXT];

    if (!am_explain_true(settings, "enabled"))
        return;
    am_explain_item(t, "The level is ridden slowly: what is softer or louder than %s LUFS over 3 s comes nearer to it by %s %% of the way, at "
                       "most %s dB and no faster than %s dB a second.",
                    am_number_fixed(am_explain_number(settings, "level_lufs"), 1, level),
                    am_number_fixed(100.0 * am_explain_number(settings, "amount"), 0, percent),
                    am_number_short(am_explain_number(settings, "range_db"), 1, range),
                    am_number_short(am_explain_number(settings, "slew_db_s"), 1, slew));
    explain_reduction(t, "moves by", am_explain_member(report, "leveller"), am_explain_member(plan, "expected"), "leveller");
}

static double number_at(const cJSON *array, int index)
{
    const cJSON *item = cJSON_GetArrayItem(array, index);

    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static void explain_multiband(am_text *t, const cJSON *report, const cJSON *plan)
{
    const cJSON *settings = am_explain_member(plan, "multiband");
    const cJSON *ratios = am_explain_array(settings, "ratio"), *thresholds = am_explain_array(settings, "threshold_db");
    char a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT], c[AM_NUMBER_TEXT];

    if (!am_explain_true(settings, "enabled"))
        return;
    for (int k = 0; k < AM_REGIONS; k++)
        if (number_at(ratios, k) > 1.0 && isfinite(number_at(thresholds, k)))
            am_explain_item(t, "The band %s is compressed by itself: %s : 1 above %s dB, then raised by %s dB so that its mean level stays.", am_band_words[k],
                            am_number_fixed(number_at(ratios, k), 2, a), am_number_fixed(number_at(thresholds, k), 1, b),
                            am_number_fixed(number_at(am_explain_array(settings, "makeup_db"), k), 1, c));
    explain_reduction(t, "takes off", am_explain_member(report, "multiband"), am_explain_member(plan, "expected"), "multiband");
}

static void explain_clip(am_text *t, const cJSON *report, const cJSON *plan)
{
    const cJSON *settings = am_explain_member(plan, "clip");
    char over[AM_NUMBER_TEXT], range[AM_NUMBER_TEXT];

    if (!am_explain_true(settings, "enabled"))
        return;
    am_explain_heading(t, "Clip stage");
    am_explain_item(t, "Peaks more than %s dB over the ceiling lose their tops, at most %s dB, ahead of the limiter.",
                    am_number_short(am_explain_number(settings, "over_db"), 1, over),
                    am_number_short(am_explain_number(settings, "range_db"), 1, range));
    explain_reduction(t, "takes off", am_explain_member(report, "clip"), am_explain_member(plan, "expected"), "clip");
}

static bool is_of(const cJSON *note, const char *wanted)
{
    char stage[AM_FACT_TEXT];

    return strcmp(am_explain_string(note, "stage", stage, sizeof stage), wanted) == 0;
}

/* What the solver says of the dynamics: why, and what was not to be had. False: nothing. */
static bool explain_dynamics_notes(am_text *t, const cJSON *report)
{
    const cJSON *note;
    char text[512];
    bool said = false;

    cJSON_ArrayForEach(note, am_explain_array(report, "notes"))
        if (is_of(note, "dynamics")) {
            am_explain_item(t, "%s", am_explain_string(note, "text", text, sizeof text));
            said = true;
        }
    return said;
}

static void explain_no_compressor(am_text *t, const cJSON *report)
{
    const double plain = am_explain_number(am_explain_member(am_explain_member(report, "evidence"), "dynamics"), "plain_rms_db");
    char distance[AM_NUMBER_TEXT];

    if (am_explain_number(am_explain_member(report, "amounts"), "dynamics") == 0.0)
        am_explain_item(t, "Left alone, as asked: no compressor.");
    else if (explain_dynamics_notes(t, report))
        return;
    else if (isfinite(plain))
        am_explain_item(t, "Left alone: with the limiter alone the spread of levels comes to %s dB of the target's, and no compressor is sure to "
                           "bring it nearer.", am_number_fixed(plain, 1, distance));
    else
        am_explain_item(t, report ? "Left alone: no compressor, for the target does not say how levels are spread." : "Left alone: no compressor.");
}

static void explain_compressor(am_text *t, const cJSON *report, const cJSON *plan)
{
    const cJSON *settings = am_explain_member(plan, "compressor"), *trace = am_explain_member(report, "compressor");
    const cJSON *evidence = am_explain_member(am_explain_member(report, "evidence"), "dynamics");
    const double ratio = am_explain_number(settings, "ratio"), plain = am_explain_number(evidence, "plain_rms_db");
    const double expected = am_explain_number(evidence, "expected_rms_db");
    char a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT], c[AM_NUMBER_TEXT], d[AM_NUMBER_TEXT];

    if (!settings)
        return;
    am_explain_heading(t, "Dynamics");
    explain_multiband(t, report, plan);
    explain_leveller(t, report, plan);
    if (!am_explain_true(settings, "enabled")) {
        if (am_explain_true(am_explain_member(plan, "leveller"), "enabled") || am_explain_true(am_explain_member(plan, "multiband"), "enabled")) {
            am_explain_item(t, "No compressor for the whole.");
            (void)explain_dynamics_notes(t, report);
        } else {
            explain_no_compressor(t, report);
        }
        return;
    }
    am_explain_item(t, "Levels above %s LUFS are %s %s : 1, both channels alike, with %s ms of attack and %s ms of release.",
                    am_number_fixed(am_explain_number(settings, "threshold_lufs"), 1, a), ratio < 1.0 ? "expanded" : "compressed",
                    am_number_fixed(ratio, 2, b), am_number_short(am_explain_number(settings, "attack_ms"), 0, c),
                    am_number_short(am_explain_number(settings, "release_ms"), 0, d));
    explain_reduction(t, ratio < 1.0 ? "adds" : "takes off", trace, am_explain_member(plan, "expected"), "compressor");
    if (isfinite(plain) && isfinite(expected))
        am_explain_item(t, "The spread of levels is expected to come to %s dB of the target's, instead of %s dB with the limiter alone.",
                        am_number_fixed(expected, 1, a), am_number_fixed(plain, 1, b));
    (void)explain_dynamics_notes(t, report);
}

static void explain_limiter(am_text *t, const cJSON *report, const cJSON *plan)
{
    const cJSON *settings = am_explain_member(plan, "limiter"), *trace = am_explain_member(report, "limiter");
    const cJSON *expected = am_explain_member(plan, "expected");
    const double ceiling = am_explain_number(settings, "ceiling_dbtp");
    const double deepest = trace ? am_explain_number(trace, "max_db") : am_explain_number(expected, "limiter_max_db");
    char a[AM_NUMBER_TEXT];

    if (!settings)
        return;
    am_explain_heading(t, "Limiter");
    if (!am_explain_true(settings, "enabled")) {
        am_explain_item(t, "Off: peaks are kept below the ceiling by level alone.");
        return;
    }
    if (isfinite(ceiling))
        am_explain_item(t, "True peaks stay at or below %s dBTP.", am_number_fixed(ceiling, 1, a));
    if (deepest < 0.05)
        am_explain_item(t, "No peak reaches the ceiling: the limiter changes nothing.");
    else if (isfinite(deepest))
        explain_reduction(t, "takes off", trace, expected, "limiter");
}

/* A plan made for another song can put an offset in; its note tells. */
static bool puts_offset_in(const cJSON *report)
{
    char kind[AM_FACT_TEXT];
    const cJSON *note;

    cJSON_ArrayForEach(note, am_explain_array(report, "notes"))
        if (strcmp(am_explain_string(note, "kind", kind, sizeof kind), "plan_dc") == 0)
            return true;
    return false;
}

static void explain_delivery(am_text *t, const cJSON *report, const cJSON *plan)
{
    const cJSON *dc = am_explain_array(plan, "dc");
    const double bits = am_explain_number(plan, "bits"), rate = am_explain_number(plan, "rate_hz");
    char word[AM_FACT_TEXT], a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT], hz[AM_FACT_TEXT];
    int channel = 0;
    const cJSON *item;

    am_explain_heading(t, "Delivery");
    if (isfinite(rate) && isfinite(bits))
        am_explain_item(t, "%s, %s-bit%s.", am_fact_rate(rate, hz), am_number_short(bits, 0, a), bits == 32.0 ? " float" : "");
    (void)am_explain_string(plan, "dither", word, sizeof word);
    if (*word && strcmp(word, "none") != 0)
        am_explain_item(t, "Dither (%s, seed %s) hides the steps of the word length.", word,
                        am_number_exact(am_explain_number(plan, "dither_seed"), b));
    if (puts_offset_in(report))
        return;
    cJSON_ArrayForEach(item, dc) {
        channel++;
        if (cJSON_IsNumber(item) && item->valuedouble != 0.0)
            am_explain_item(t, "A constant offset of %s dBFS is taken off channel %d.",
                            am_number_fixed(am_db_from_gain(fabs(item->valuedouble)), 0, a), channel);
    }
}

/* ------------------------------------------------------------------ notes, verdict */

/* Notes that say the same as a chapter of their own does. */
static bool told_elsewhere(const cJSON *note)
{
    static const char *const kinds[] = { "dc_removed", "input_clipped", "width_neutral" };
    char kind[AM_FACT_TEXT];

    if (is_of(note, "dynamics"))
        return true;
    (void)am_explain_string(note, "kind", kind, sizeof kind);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

static void explain_notes(am_text *t, const cJSON *report)
{
    const cJSON *notes = am_explain_array(report, "notes");
    const cJSON *note;
    char text[512], time[AM_FACT_TEXT];
    int said = 0;

    cJSON_ArrayForEach(note, notes) {
        const double at = am_explain_number(note, "time_s");

        (void)am_explain_string(note, "text", text, sizeof text);
        if (!*text || told_elsewhere(note))
            continue;
        if (!said++)
            am_explain_heading(t, "Capped, left alone, worth knowing");
        am_explain_item(t, "%s%s%s%s", text, isfinite(at) ? " (at " : "", isfinite(at) ? am_fact_time(at, time) : "",
                            isfinite(at) ? ")" : "");
    }
}

static void explain_gate(am_text *t, const cJSON *gate)
{
    const bool pass = am_explain_true(gate, "pass"), advisory = am_explain_true(gate, "advisory");
    char name[AM_FACT_TEXT], limit[80], measured[80], reason[200];

    (void)am_explain_string(gate, "name", name, sizeof name);
    (void)am_explain_string(gate, "limit", limit, sizeof limit);
    (void)am_explain_string(gate, "measured", measured, sizeof measured);
    (void)am_explain_string(gate, "reason", reason, sizeof reason);
    am_explain_item(t, "%s: %s is %s, wanted %s%s%s", pass ? "pass" : advisory ? "missed, advisory" : "FAIL", name, measured, limit, *reason ? ": " : "", reason);
}

static void explain_verdict(am_text *t, const cJSON *report)
{
    const cJSON *gates = am_explain_array(report, "gates"), *attempts = am_explain_array(report, "attempts"), *item;
    const int count = cJSON_GetArraySize(gates);
    int passed = 0;

    if (!count)
        return;
    am_explain_heading(t, "Verified on the written file");
    cJSON_ArrayForEach(item, gates) {
        passed += am_explain_true(item, "pass");
        explain_gate(t, item);
    }
    am_explain_item(t, "%d of %d gates passed.", passed, count);
    if (cJSON_GetArraySize(attempts) > 1)
        am_explain_item(t, "It took %d attempts: what was measured went back into the solver.", cJSON_GetArraySize(attempts));
}

/* ------------------------------------------------------------------ documents */

static void explain_report(am_text *t, const cJSON *report)
{
    const cJSON *plan = am_explain_member(report, "plan"), *target = am_explain_member(report, "target");
    char from[AM_TEXT_NAME], to[AM_TEXT_NAME], engine[AM_FACT_TEXT];
    char input[AM_PATH], output[AM_PATH], aim[256];

    (void)am_explain_string(am_explain_member(report, "input"), "path", input, sizeof input);
    (void)am_explain_string(am_explain_member(report, "output"), "path", output, sizeof output);
    (void)am_explain_string(target, "name", aim, sizeof aim);
    (void)am_explain_string(report, "engine", engine, 32);
    am_text_add(t, "%s", *input ? am_text_name(input, 48, from) : "A file");
    if (*output)
        am_text_add(t, " -> %s", am_text_name(output, 48, to));
    am_text_add(t, "\n");
    if (*aim)
        am_text_wrap(t, "aimed at ", 9, "%s%s%s", aim, *engine ? ", by " : "", engine);
    else
        am_text_add(t, "%s\n", engine);
    am_explain_tone(t, report, plan);
    am_explain_width(t, report, plan);
    explain_compressor(t, report, plan);
    explain_loudness(t, report, plan);
    explain_clip(t, report, plan);
    explain_limiter(t, report, plan);
    explain_delivery(t, report, plan);
    explain_notes(t, report);
    am_explain_mix(t, report);
    explain_verdict(t, report);
}

static void explain_plan(am_text *t, const cJSON *plan)
{
    am_text_add(t, "A plan: what rendering it will do\n");
    am_explain_tone(t, NULL, plan);
    am_explain_width(t, NULL, plan);
    explain_compressor(t, NULL, plan);
    explain_loudness(t, NULL, plan);
    explain_clip(t, NULL, plan);
    explain_limiter(t, NULL, plan);
    explain_delivery(t, NULL, plan);
}

am_status am_explain_json(const char *bytes, size_t length, const am_allocator *allocator, char **text, am_error *err)
{
    static const char report_family[] = "automaster.report/", plan_family[] = "automaster.plan/";
    am_text t = { .allocator = allocator };
    char schema[AM_FACT_TEXT];
    cJSON *root = NULL;
    am_status status;

    if (!bytes || !text)
        return am_fail(err, AM_ERR_RANGE, "am_explain_json: bytes or text is NULL");
    status = am_json_parse(bytes, length, "report", &root, err);
    if (status)
        return status;
    (void)am_explain_string(root, "schema", schema, sizeof schema);
    if (strncmp(schema, report_family, sizeof report_family - 1) == 0)
        explain_report(&t, root);
    else if (strncmp(schema, plan_family, sizeof plan_family - 1) == 0)
        explain_plan(&t, root);
    else
        status = am_fail(err, AM_ERR_FORMAT, "schema: %s%s%s; expected \"" AM_REPORT_SCHEMA "\" or \"" AM_PLAN_SCHEMA "\"",
                         *schema ? "\"" : "missing", schema, *schema ? "\"" : "");
    cJSON_Delete(root);
    return status ? status : am_text_take(&t, text, err);
}
