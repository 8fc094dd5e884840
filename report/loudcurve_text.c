/* loudcurve_text.c - am_loudcurve_to_json and am_loudcurve_to_text of automaster.h */
#include <math.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "report/text.h"

am_status am_loudcurve_to_json(const am_loudcurve *curve, const am_allocator *allocator, char **json, am_error *err)
{
    am_json_writer *w = NULL;
    am_status st;

    if (!curve || !json)
        return am_fail(err, AM_ERR_RANGE, "am_loudcurve_to_json: curve or json is NULL");
    st = am_json_writer_open(allocator, &w, err);
    if (st)
        return st;
    am_json_open(w, NULL, '{');
    am_json_put_string(w, "schema", AM_LOUDCURVE_SCHEMA);
    am_json_put_number(w, "knee_lufs", curve->knee < 0 ? NAN : curve->steps[curve->knee].loudness_lufs, 1);
    am_json_open(w, "steps", '[');
    for (uint32_t i = 0; i < curve->count; i++) {
        const am_loudcurve_step *s = &curve->steps[i];

        am_json_open(w, NULL, '{');
        am_json_put_number(w, "loudness_lufs", s->loudness_lufs, 1);
        am_json_put_bool(w, "reached", s->reached);
        am_json_put_number(w, "reached_lufs", s->reached_lufs, 2);
        am_json_put_number(w, "drive_db", s->drive_db, 3);
        am_json_put_number(w, "limiter_p50_db", s->limiter_p50_db, 2);
        am_json_put_number(w, "limiter_p95_db", s->limiter_p95_db, 2);
        am_json_put_number(w, "limiter_max_db", s->limiter_max_db, 2);
        am_json_put_number(w, "plr_db", s->plr_db, 2);
        am_json_put_number(w, "psr_db", s->psr_db, 2);
        am_json_put_number(w, "distortion_db", s->distortion_db, 1);
        am_json_close(w);
    }
    am_json_close(w);
    am_json_close(w);
    return am_json_writer_take(w, json, err);
}

static const char *fixed(double value, char out[AM_NUMBER_TEXT]) { return isfinite(value) ? am_number_fixed(value, 1, out) : "-"; }

static void put_step(am_text *t, const am_loudcurve_step *s, bool knee)
{
    char n[7][AM_NUMBER_TEXT];

    am_text_paint(t, knee ? AM_COLOUR_BOLD : AM_COLOUR_PLAIN, "  %8s %8s %8s %8s %7s %7s   %s%s\n", fixed(s->loudness_lufs, n[0]),
                  fixed(s->limiter_p50_db, n[1]), fixed(s->limiter_p95_db, n[2]), fixed(s->limiter_max_db, n[3]), fixed(s->plr_db, n[4]),
                  fixed(s->psr_db, n[5]), s->distortion_db > -119.0 ? fixed(s->distortion_db, n[6]) : "  -", knee ? "   <- knee" : "");
}

am_status am_loudcurve_to_text(const am_loudcurve *curve, bool colour, const am_allocator *allocator, char **text, am_error *err)
{
    am_text t = { .allocator = allocator, .colour = colour };
    char lufs[AM_NUMBER_TEXT];
    uint32_t i = 0;

    if (!curve || !text)
        return am_fail(err, AM_ERR_RANGE, "am_loudcurve_to_text: curve or text is NULL");
    am_text_add(&t, "  loudness  limiter takes off, dB       PLR     PSR   distortion\n");
    am_text_add(&t, "      LUFS  typical       5%%     most      dB      dB   dB\n");
    for (; i < curve->count && curve->steps[i].reached; i++)
        put_step(&t, &curve->steps[i], (int32_t)i == curve->knee);
    if (i < curve->count)
        am_text_add(&t, "\n  From %s LUFS on: out of reach; with sensible limiting it comes to %s LUFS.\n", fixed(curve->steps[i].loudness_lufs, lufs),
                    fixed(curve->steps[i].reached_lufs, (char[AM_NUMBER_TEXT]){ 0 }));
    if (curve->knee >= 0)
        am_text_add(&t, "\n  Up to about %s LUFS loudness is cheap; beyond it the limiter works harder with every step.\n",
                    fixed(curve->steps[curve->knee].loudness_lufs, lufs));
    return am_text_take(&t, text, err);
}
