/* explain_mix.c - the chapter on what the person could mend in the mix */
#include "report/explain.h"

#include "base/number.h"
#include "report/facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TIMES_SHOWN = 6 };

/* How many defects of a kind there are, and ", at 0:31, 0:45 and elsewhere" */
static int describe_times(const cJSON *defects, const char *kind, char *out, size_t capacity)
{
    char found[AM_FACT_TEXT], time[AM_FACT_TEXT], last[AM_FACT_TEXT] = "";
    const cJSON *item;
    size_t used = 0;
    int count = 0, shown = 0;

    *out = '\0';
    cJSON_ArrayForEach(item, defects) {
        const double at = am_explain_number(item, "time_s");

        if (strcmp(am_explain_string(item, "kind", found, sizeof found), kind) != 0)
            continue;
        count++;
        if (!isfinite(at) || strcmp(am_fact_time(at, time), last) == 0 || shown > TIMES_SHOWN)
            continue;
        used += (size_t)snprintf(out + used, capacity - used, "%s%s", shown == 0 ? ", at " : shown < TIMES_SHOWN ? ", " : " and ",
                                 shown < TIMES_SHOWN ? time : "elsewhere");
        memcpy(last, time, sizeof last);
        shown++;
    }
    return count;
}

/* The largest, where several channels have it. */
static double value_of(const cJSON *defects, const char *kind)
{
    const cJSON *item;
    char found[AM_FACT_TEXT];
    double largest = NAN;

    cJSON_ArrayForEach(item, defects)
        if (strcmp(am_explain_string(item, "kind", found, sizeof found), kind) == 0)
            largest = fmax(largest, am_explain_number(item, "value"));
    return largest;
}

static int put_defects(am_text *t, const cJSON *before)
{
    const cJSON *defects = am_explain_array(before, "defects");     /* not all, where there are many */
    const double runs = am_explain_number(am_explain_member(before, "peak"), "clipped_runs");
    char times[256], number[AM_NUMBER_TEXT], hz[AM_FACT_TEXT];
    int said = 0, count;

    count = describe_times(defects, "clipping", times, sizeof times);
    if (count && runs > count) {
        if (*times && !strstr(times, "elsewhere"))
            memcpy(times + strlen(times), " and elsewhere", sizeof " and elsewhere");
        count = (int)runs;
    }
    if (count) {
        am_explain_item(t, "It clips (%d place%s%s): export it at a lower level; what is cut off cannot be brought back.", count,
                        count == 1 ? "" : "s", times);
        said++;
    }
    count = describe_times(defects, "dropout", times, sizeof times);
    if (count) {
        am_explain_item(t, "It has %d gap%s of digital silence%s: look for a broken edit or an export that stuttered.", count,
                        count == 1 ? "" : "s", times);
        said++;
    }
    if (describe_times(defects, "dc", times, sizeof times)) {
        am_explain_item(t, "It has a constant offset (%s dBFS): find the device or plug-in that adds it.",
                        am_number_fixed(value_of(defects, "dc"), 0, number));
        said++;
    }
    if (describe_times(defects, "lossy", times, sizeof times)) {
        am_explain_item(t, "Its spectrum ends at %s as lossy files do: use the original export instead.",
                        am_fact_hz(value_of(defects, "lossy"), hz));
        said++;
    }
    return said;
}

/* ", most of all at 1:23" */
static const char *most_at(const cJSON *object, const char *key, const char *words, char out[2 * AM_FACT_TEXT])
{
    const double at = am_explain_number(object, key);
    char time[AM_FACT_TEXT];

    *out = '\0';
    if (isfinite(at))
        (void)snprintf(out, 2 * AM_FACT_TEXT, "%s%s", words, am_fact_time(at, time));
    return out;
}

/* A channel that is silent, or the other one upside down: what follows from it is not said again. */
static bool put_layout(am_text *t, const cJSON *stereo)
{
    const double width = am_explain_number(stereo, "width_db"), balance = am_explain_number(stereo, "balance_db");
    char layout[AM_FACT_TEXT];

    (void)am_explain_string(stereo, "layout", layout, sizeof layout);
    if (strcmp(layout, "one_sided") == 0)
        am_explain_item(t, "Its %schannel is silent: look for a track or a cable that is missing; a song that is meant to be mono is exported as "
                           "mono, or with the same in both channels.", balance > 0.0 ? "left " : balance < 0.0 ? "right " : "second ");
    else if (strcmp(layout, "antiphase") == 0 || width > AM_SIDES_ALONE_DB)
        am_explain_item(t, "Left and right are each other upside down: in mono it cancels; turn the polarity of one of them.");
    else
        return false;
    return true;
}

static int put_measures(am_text *t, const cJSON *before)
{
    const cJSON *stereo = am_explain_member(before, "stereo"), *peak = am_explain_member(before, "peak");
    const double low_side = am_explain_number(stereo, "low_side_db"), lost = am_explain_number(stereo, "fold_down_lu");
    const double plr = am_explain_number(am_explain_member(before, "dynamics"), "plr_db");
    const double true_peak = am_explain_number(peak, "true_peak_dbtp");
    char number[AM_NUMBER_TEXT], at[2 * AM_FACT_TEXT];
    const bool broken = put_layout(t, stereo);
    int said = broken;

    if (low_side > -6.0 && !broken) {
        am_explain_item(t, "Below 120 Hz the sides are only %s dB under the middle%s: bass in the middle is steadier on large systems "
                           "and on vinyl; fix it in the mix.", am_number_fixed(fmax(-low_side, 0.0), 1, number),
                        most_at(stereo, "low_side_s", ", most of all at ", at));
        said++;
    }
    if (lost > 3.0 && !broken) {
        am_explain_item(t, "In mono it loses %s LU: something is out of phase between left and right.", am_number_fixed(lost, 1, number));
        said++;
    }
    if (true_peak > 0.0) {
        am_explain_item(t, "It has no headroom: its true peak is %s dB over full scale%s; export it a few dB lower.",
                        am_number_fixed(true_peak, 1, number), most_at(peak, "true_peak_s", ", at ", at));
        said++;
    }
    if (plr < 9.0) {
        am_explain_item(t, "Its peaks are only %s dB above its loudness: it has been limited already; a version without limiter on the "
                           "sum would leave more to work with.", am_number_fixed(plr, 1, number));
        said++;
    }
    return said;
}

void am_explain_mix(am_text *t, const cJSON *report)
{
    const cJSON *before = am_explain_member(report, "before");
    int said;

    if (!before)
        return;
    am_explain_heading(t, "What could be mended in the mix");
    said = put_defects(t, before);
    said += put_measures(t, before);
    if (!said)
        am_explain_item(t, "Nothing that shows in the measurements.");
}
