#include "report/facts.h"

#include "base/db.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>

const char *const am_layout_words[AM_LAYOUTS] = { "mono", "dual_mono", "stereo", "antiphase", "one_sided", "multi" };
const char *const am_defect_words[AM_DEFECT_KINDS] = { "clipping", "dc", "lossy", "dropout" };
const char *const am_limit_words[AM_LIMITS] = { "none", "empty", "lossy", "boost", "range", "nyquist", "mono", "correlation" };
const char *const am_stage_words[AM_STAGES] = { "input", "target", "tone", "dynamics", "width", "loudness", "limiter", "delivery" };
const char *const am_target_words[AM_TARGET_KINDS] = { "reference", "profile" };

const char *am_fact_word(const char *const *words, int count, int index)
{
    return index >= 0 && index < count ? words[index] : "unknown";
}

const char *am_fact_hz(double hz, char out[AM_FACT_TEXT])
{
    const double step = hz > 0.0 ? pow(10.0, floor(log10(hz)) - 1.0) : 1.0;
    const double rounded = am_round_to(hz, step);
    char number[AM_NUMBER_TEXT];

    if (rounded >= 1000.0)
        (void)snprintf(out, AM_FACT_TEXT, "%s kHz", am_number_short(rounded / 1000.0, 1, number));
    else
        (void)snprintf(out, AM_FACT_TEXT, "%s Hz", am_number_short(rounded, 1, number));
    return out;
}

const char *am_fact_rate(double hz, char out[AM_FACT_TEXT])
{
    char number[AM_NUMBER_TEXT];

    (void)snprintf(out, AM_FACT_TEXT, "%s kHz", am_number_short(hz / 1000.0, 3, number));
    return out;
}

const char *am_fact_time(double s, char out[AM_FACT_TEXT])
{
    const long long whole = s >= 0.0 && s < 1e9 ? (long long)s : -1;

    if (whole < 0)
        (void)snprintf(out, AM_FACT_TEXT, "-");
    else if (whole < 3600)
        (void)snprintf(out, AM_FACT_TEXT, "%lld:%02lld", whole / 60, whole % 60);
    else
        (void)snprintf(out, AM_FACT_TEXT, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    return out;
}

const char *am_fact_signed(double value, int decimals, char out[AM_FACT_TEXT])
{
    char number[AM_NUMBER_TEXT];
    const char *text = am_number_fixed(value, decimals, number);
    const double least = 0.5 * pow(10.0, -decimals);

    (void)snprintf(out, AM_FACT_TEXT, "%s%s", value >= least ? "+" : "", text);
    return out;
}

double am_fact_distance(const double power_db[AM_BANDS], const am_band_target *target, double cutoff_hz)
{
    const double high_hz = isfinite(cutoff_hz) ? fmin(16000.0, 0.94 * cutoff_hz) : 16000.0;
    double loudest = -INFINITY, sum = 0.0, total = 0.0;

    for (int k = 0; k < AM_BANDS; k++)
        loudest = fmax(loudest, target->power_db[k]);
    for (int k = 0; target->present && k < AM_BANDS; k++) {
        const double floor_db = loudest - 70.0, difference = power_db[k] - target->power_db[k];

        if (!am_within(am_band_hz(k), 40.0, high_hz) || !(power_db[k] > floor_db) || !(target->power_db[k] > floor_db))
            continue;
        sum += target->weight[k] * difference * difference;
        total += target->weight[k];
    }
    return total > 0.0 ? sqrt(sum / total) : NAN;
}

static bool is_extreme(const double curve[AM_BANDS], int k)
{
    const double here = fabs(curve[k]);

    for (int step = -1; step <= 1; step += 2) {
        int next = k + step;

        while (next >= 0 && next < AM_BANDS && curve[next] == curve[k])    /* of a plateau only its first band counts */
            next = step < 0 ? -2 : next + step;
        if (next == -2)
            return false;
        if (next >= 0 && next < AM_BANDS && curve[next] * curve[k] > 0.0 && fabs(curve[next]) > here)
            return false;
    }
    return true;
}

size_t am_fact_moves(const double curve_db[AM_BANDS], double least_db, int *bands, size_t most)
{
    bool taken[AM_BANDS] = { false };
    double told_db[AM_BANDS];
    size_t count = 0;

    for (int k = 0; k < AM_BANDS; k++)      /* as in the report's JSON, so that both find the same bands */
        told_db[k] = am_round_to(curve_db[k], 0.01);
    while (count < most) {
        int best = -1;

        for (int k = 0; k < AM_BANDS; k++)
            if (!taken[k] && fabs(told_db[k]) >= least_db && is_extreme(told_db, k) &&
                (best < 0 || fabs(told_db[k]) > fabs(told_db[best])))
                best = k;
        if (best < 0)
            break;
        bands[count++] = best;
        for (int k = best - 3; k <= best + 3; k++)
            if (k >= 0 && k < AM_BANDS)
                taken[k] = true;
    }
    return count;
}

size_t am_fact_capped(const am_evidence *evidence)
{
    bool before = false;
    size_t runs = 0;

    for (int k = 0; evidence->present && k < AM_BANDS; k++) {
        const bool here = evidence->limit[k] != AM_LIMIT_NONE && fabs(evidence->wanted_db[k] - evidence->applied_db[k]) >= 0.5;

        runs += here && !before;
        before = here;
    }
    return runs;
}
