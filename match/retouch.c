#include "match/retouch.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "match/belief.h"
#include "match/notes.h"
#include "match/params.h"
#include "match/refine.h"
#include "match/toneplan.h"

static void take_curve(const am_evidence *tone, am_curve *out)
{
    memset(out, 0, sizeof *out);
    for (int k = 0; k < AM_BANDS; k++) {
        out->known[k] = isfinite(tone->difference_db[k]);
        out->difference_db[k] = out->known[k] ? tone->difference_db[k] : 0.0;
        out->wanted_db[k] = tone->wanted_db[k];
        out->sure_db[k] = tone->sure_db[k];
    }
}

/* Mean over the known bands round each, by a Gaussian in octaves */
static void smooth(const bool *known, const double *db, double *out)
{
    for (int k = 0; k < AM_BANDS; k++) {
        double sum = 0.0, total = 0.0;

        for (int j = 0; j < AM_BANDS; j++) {
            const double away = (k - j) / (6.0 * AM_RETOUCH_SMOOTH_OCT), weight = known[j] ? exp(-0.5 * away * away) : 0.0;

            sum += weight * db[j];
            total += weight;
        }
        out[k] = total > 1e-6 ? sum / total : 0.0;
    }
}

static double rms_db(const bool *known, const double *change_db)
{
    double level_db[AM_BANDS], sum = 0.0, count = 0.0;

    memcpy(level_db, change_db, sizeof level_db);
    am_curve_level(known, level_db);
    for (int k = 0; k < AM_BANDS; k++)
        if (known[k] && am_within(am_band_hz(k), AM_DISTANCE_LOW_HZ, AM_DISTANCE_HIGH_HZ)) {
            sum += level_db[k] * level_db[k];
            count += 1.0;
        }
    return count > 0.0 ? sqrt(sum / count) : 0.0;
}

double am_retouch_rms_db(const am_report *report, const double change_db[AM_BANDS])
{
    am_curve curve;

    take_curve(&report->tone, &curve);
    return rms_db(curve.known, change_db);
}

/* What the equaliser is to add */
static void answer(const bool *known, const double *change_db, double amount, double *out)
{
    double level_db[AM_BANDS];

    memcpy(level_db, change_db, sizeof level_db);
    am_curve_level(known, level_db);
    smooth(known, level_db, out);
    for (int k = 0; k < AM_BANDS; k++)
        out[k] = -amount * am_clamp(out[k], -AM_RETOUCH_DB, AM_RETOUCH_DB);
}

static void tell(am_report *report, double change_db)
{
    const double *answer_db = report->pressed.answer_db;
    char at[16];
    int most = AM_BANDS / 2;

    for (int k = 0; k < AM_BANDS; k++)
        if (am_within(am_band_hz(k), AM_DISTANCE_LOW_HZ, AM_DISTANCE_HIGH_HZ) && fabs(answer_db[k]) > fabs(answer_db[most]))
            most = k;
    am_note_add(report, AM_STAGE_TONE, "tone_behind_dynamics", change_db,
                "Compressor and limiter alone would change the tone by %.1f dB: the equaliser makes up for it, with %+.1f dB at %s.", change_db,
                answer_db[most], am_note_hz(am_band_hz(most), at));
}

void am_retouch_expect(const double change_db[AM_BANDS], am_report *report)
{
    report->pressed.present = true;
    memcpy(report->pressed.change_db, change_db, sizeof report->pressed.change_db);
    am_plan_expect(report);
}

bool am_retouch_worth(const double change_db[AM_BANDS], am_report *report)
{
    memset(report->pressed.answer_db, 0, sizeof report->pressed.answer_db);
    am_retouch_expect(change_db, report);
    return report->tone.present && am_retouch_rms_db(report, change_db) >= AM_RETOUCH_LEAST_DB;
}

void am_retouch_answer(const am_options *options, const double change_db[AM_BANDS], double share, am_report *report)
{
    double wanted_db[AM_BANDS];
    am_curve curve;

    take_curve(&report->tone, &curve);
    memcpy(wanted_db, curve.wanted_db, sizeof wanted_db);
    answer(curve.known, change_db, share * fmin(options->amount_tone, 1.0), report->pressed.answer_db);
    for (int k = 0; k < AM_BANDS; k++)
        curve.wanted_db[k] += report->pressed.answer_db[k];
    am_note_clear(report, AM_STAGE_TONE);
    am_toneplan_decide(&curve, options->match, report);
    memcpy(report->tone.wanted_db, wanted_db, sizeof wanted_db);
    if (share > 0.0)
        tell(report, rms_db(curve.known, change_db));
}
