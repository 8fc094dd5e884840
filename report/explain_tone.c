/* explain_tone.c - the chapters on tone and width, with their evidence */
#include "report/explain.h"

#include "base/db.h"
#include "base/number.h"
#include "report/facts.h"

#include <stdio.h>
#include <string.h>

enum { MOST_MOVES = 6 };

typedef struct evidence {
    double difference_db[AM_BANDS], wanted_db[AM_BANDS], sure_db[AM_BANDS], applied_db[AM_BANDS];
    double answer_db[AM_BANDS];     /* of wanted and applied, what makes up for the dynamics */
    int limit[AM_BANDS];
} evidence;

static void read_limits(const cJSON *object, int limit[AM_BANDS])
{
    const cJSON *array = am_explain_array(object, "limit");
    const cJSON *item = array ? array->child : NULL;

    for (int k = 0; k < AM_BANDS; k++) {
        limit[k] = AM_LIMIT_NONE;
        for (int word = 0; item && cJSON_IsString(item) && word < AM_LIMITS; word++)
            if (strcmp(item->valuestring, am_limit_words[word]) == 0)
                limit[k] = word;
        item = item ? item->next : NULL;
    }
}

static bool read_evidence(const cJSON *report, const char *key, evidence *e)
{
    const cJSON *object = am_explain_member(am_explain_member(report, "evidence"), key);

    (void)am_explain_curve(object, "difference_db", e->difference_db);
    (void)am_explain_curve(object, "wanted_db", e->wanted_db);
    (void)am_explain_curve(object, "sure_db", e->sure_db);
    memset(e->answer_db, 0, sizeof e->answer_db);
    read_limits(object, e->limit);
    return am_explain_curve(object, "applied_db", e->applied_db);
}

static const char *region_of(double hz)
{
    return hz < 60.0 ? "sub bass" : hz < 200.0 ? "bass" : hz < 500.0 ? "low mids" : hz < 2000.0 ? "mids" : hz < 6000.0 ? "presence"
         : hz < 12000.0 ? "treble" : "air";
}

static const char *reason_of(int limit)
{
    static const char *const reasons[AM_LIMITS] = {
        "", "the mix has nothing there but its own noise floor", "above the cut-off of a lossy source nothing is known",
        "boosts at the edges of the spectrum are capped", "corrections of this size are capped", "one of the sample rates ends below",
        "there is no side signal to go by", "widening further would hurt the mono sum"
    };

    return limit >= 0 && limit < AM_LIMITS ? reasons[limit] : "";
}

static bool read_tone(const cJSON *report, evidence *e)
{
    double answer_db[AM_BANDS];
    const bool present = read_evidence(report, "tone", e);

    (void)am_explain_curve(am_explain_member(am_explain_member(report, "evidence"), "pressed"), "answer_db", answer_db);
    for (int k = 0; k < AM_BANDS; k++)
        if (isfinite(answer_db[k])) {
            e->answer_db[k] = answer_db[k];
            e->wanted_db[k] += answer_db[k];
        }
    return present;
}

/* How the target differs: "the reference has 3.4 dB more there" */
typedef struct wording {
    const char *target, *verb, *more, *less, *nothing;
} wording;

static const char *name_target(const cJSON *report)
{
    char kind[AM_FACT_TEXT];

    (void)am_explain_string(am_explain_member(report, "target"), "kind", kind, sizeof kind);
    return strcmp(kind, am_target_words[AM_TARGET_PROFILE]) == 0 ? "the profile" : "the reference";
}

static void put_move(am_text *t, const evidence *e, int k, const wording *words)
{
    const double hz = am_band_hz(k), difference = e->difference_db[k], matching = e->applied_db[k] - e->answer_db[k];
    const bool answers = fabs(e->answer_db[k]) > fabs(matching);
    char gain[AM_FACT_TEXT], at[AM_FACT_TEXT], a[AM_NUMBER_TEXT], b[AM_NUMBER_TEXT], why[200] = "", sure[80] = "";

    if (answers)
        (void)snprintf(why, sizeof why, ": behind compressor and limiter %s dB %s would be left there", am_number_fixed(fabs(e->answer_db[k]), 1, a),
                       e->answer_db[k] > 0.0 ? "less" : "more");
    else if (isfinite(difference))
        (void)snprintf(why, sizeof why, "%s%s %s %s dB %s there", difference * matching < 0.0 ? " although " : ": ", words->target, words->verb,
                       am_number_fixed(fabs(difference), 1, a), difference > 0.0 ? words->more : words->less);
    if (e->sure_db[k] > 0.0 && !answers)
        (void)snprintf(sure, sizeof sure, ", sure to %s dB", am_number_fixed(e->sure_db[k], 1, b));
    am_explain_item(t, "%s dB at %s (%s)%s%s.", am_fact_signed(e->applied_db[k], 1, gain), am_fact_hz(hz, at), region_of(hz), why, sure);
}

static void describe_span(int first, int last, char out[2 * AM_FACT_TEXT + 8])
{
    char low[AM_FACT_TEXT], high[AM_FACT_TEXT];

    (void)am_fact_hz(am_band_hz(first), low);
    (void)am_fact_hz(am_band_hz(last), high);
    (void)snprintf(out, 2 * AM_FACT_TEXT + 8, first == last ? "At %s" : "From %s to %s", low, high);
}

static bool is_capped(const evidence *e, int k)
{
    return e->limit[k] != AM_LIMIT_NONE && fabs(e->wanted_db[k] - e->applied_db[k]) >= 0.5;
}

static void put_caps(am_text *t, const evidence *e)
{
    char span[2 * AM_FACT_TEXT + 8], wanted[AM_FACT_TEXT], applied[AM_FACT_TEXT];

    for (int k = 0; k < AM_BANDS; k++) {
        int last = k, worst = k;

        if (!is_capped(e, k))
            continue;
        while (last + 1 < AM_BANDS && is_capped(e, last + 1) && e->limit[last + 1] == e->limit[k])
            last++;
        for (int i = k; i <= last; i++)
            if (fabs(e->wanted_db[i] - e->applied_db[i]) > fabs(e->wanted_db[worst] - e->applied_db[worst]))
                worst = i;
        describe_span(k, last, span);
        am_explain_item(t, "%s held back, to %s dB where %s dB would match: %s.", span, am_fact_signed(e->applied_db[worst], 1, applied),
                        am_fact_signed(e->wanted_db[worst], 1, wanted), reason_of(e->limit[worst]));
        k = last;
    }
}

/* Differences that are too uncertain to act upon; exact matching doubts nothing. */
static bool is_doubtful(const evidence *e, int k)
{
    return e->limit[k] == AM_LIMIT_NONE && e->sure_db[k] > 0.0 && fabs(e->difference_db[k]) >= 1.5 && fabs(e->applied_db[k] - e->answer_db[k]) < 0.5;
}

static void put_doubts(am_text *t, const evidence *e)
{
    char span[2 * AM_FACT_TEXT + 8], a[AM_NUMBER_TEXT];

    for (int k = 0; k < AM_BANDS; k++) {
        int last = k;
        double most = 0.0;

        if (!is_doubtful(e, k))
            continue;
        for (; last < AM_BANDS && is_doubtful(e, last); last++)
            most = fmax(most, fabs(e->difference_db[last]));
        describe_span(k, last - 1, span);
        am_explain_item(t, "%s left alone: the difference of up to %s dB is too uncertain to act upon.", span,
                        am_number_fixed(most, 1, a));
        k = last;
    }
}

static void put_moves(am_text *t, const evidence *e, const wording *words)
{
    int bands[MOST_MOVES];
    const size_t count = am_fact_moves(e->applied_db, 0.1, bands, MOST_MOVES);

    for (size_t i = 0; i < count; i++)
        put_move(t, e, bands[i], words);
    if (!count)
        am_explain_item(t, "%s", words->nothing);
}

/* Of a plan nothing but the curve is known. */
static void put_curve(am_text *t, const double curve_db[AM_BANDS], const wording *words)
{
    evidence e = { .limit = { 0 } };

    for (int k = 0; k < AM_BANDS; k++)
        e.difference_db[k] = e.sure_db[k] = NAN;
    memcpy(e.applied_db, curve_db, sizeof e.applied_db);
    put_moves(t, &e, words);
}

static void put_evidence(am_text *t, const evidence *e, const wording *words)
{
    put_moves(t, e, words);
    put_caps(t, e);
    put_doubts(t, e);
}

static void put_sections(am_text *t, const cJSON *tone)
{
    const cJSON *sections = am_explain_array(tone, "sections"), *section;
    char kind[AM_FACT_TEXT], gain[AM_FACT_TEXT], hz[AM_FACT_TEXT], q[AM_NUMBER_TEXT];

    cJSON_ArrayForEach(section, sections) {
        (void)am_explain_string(section, "kind", kind, sizeof kind);
        for (char *c = kind; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        am_explain_item(t, "%s dB at %s: a %s of q %s.", am_fact_signed(am_explain_number(section, "gain_db"), 1, gain),
                        am_fact_hz(am_explain_number(section, "frequency_hz"), hz), kind,
                        am_number_short(am_explain_number(section, "q"), 2, q));
    }
}

void am_explain_tone(am_text *t, const cJSON *report, const cJSON *plan)
{
    const wording words = { name_target(report), "has", "more", "less", "Left as it is: no filter touches it." };
    const cJSON *tone = am_explain_member(plan, "tone");
    char method[AM_FACT_TEXT];
    double curve_db[AM_BANDS];
    evidence e;

    am_explain_heading(t, "Tone");
    (void)am_explain_string(tone, "method", method, sizeof method);
    if (read_tone(report, &e))
        put_evidence(t, &e, &words);
    else if (strcmp(method, "sections") == 0)
        put_sections(t, tone);
    else if (strcmp(method, "curve") == 0 && am_explain_curve(tone, "curve_db", curve_db))
        put_curve(t, curve_db, &words);
    else
        am_explain_item(t, "%s", words.nothing);
}

void am_explain_width(am_text *t, const cJSON *report, const cJSON *plan)
{
    const wording words = { name_target(report), "is", "wider", "narrower", "Left as it is." };
    const cJSON *width = am_explain_member(plan, "width");
    double curve_db[AM_BANDS];
    evidence e;

    am_explain_heading(t, "Stereo width (gain of the sides against the middle)");
    if (read_evidence(report, "width", &e))
        put_evidence(t, &e, &words);
    else if (am_explain_true(width, "enabled") && am_explain_curve(width, "side_db", curve_db))
        put_curve(t, curve_db, &words);
    else
        am_explain_item(t, "%s", words.nothing);
}
