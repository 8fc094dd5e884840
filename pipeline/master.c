/* master.c - the public file calls: the stages in order, and the loop that closes on what was measured */
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/note.h"
#include "base/plan_check.h"
#include "match/loudplan.h"
#include "match/refine.h"
#include "pipeline/applied.h"
#include "pipeline/gates.h"
#include "pipeline/session.h"

enum { max_attempts = 5, max_lossy_attempts = 8, max_refinements = 2 };

static const double loudness_retry_lu = 0.05;   /* half of the gate's tolerance */
static const double lossy_retry_lu = 0.08;      /* an encoder moves loudness and peaks a little each time */
static const double lack_retry_db = 0.3;        /* what one more pass of exact matching is worth ... */
static const double lack_falling = 0.7;         /* ... and what the last one must have left of what was lacking */
static const double trim_margin_db = 0.002, lossy_margin_db = 0.02, most_trim_db = 6.0;
static const double front_most = 24e6;          /* 96 MB: four and a half minutes of stereo at 44.1 kHz are not made twice */

static am_status decide(am_session *s, am_error *err)
{
    const am_status st = am_session_measure(s, err);

    return st ? st : am_session_decide(s, err);
}

static void record_attempt(am_report *report)
{
    am_attempt *attempt = &report->attempts[report->attempt_count++];

    *attempt = (am_attempt){
        .drive_db = report->plan.drive_db,
        .trim_db = report->plan.trim_db,
        .predicted = report->plan.expected,
        .integrated_lufs = report->after.loudness.integrated_lufs,
        .true_peak_dbtp = report->after.peak.true_peak_dbtp,
    };
    am_target_distance(&report->target, &report->before, &report->after, &attempt->tone_rms_db, &attempt->width_rms_db);
}

/* Over the ceiling by a hair that the limiter could not see (a lossy encoder, or dither at the very top): take *trimmed_db off at the end. */
static void correct_peak(am_session *s, double *trimmed_db)
{
    am_report *r = s->report;
    const double over_db = r->after.peak.true_peak_dbtp - r->plan.limiter.ceiling_dbtp;
    const double margin_db = r->output.lossy ? lossy_margin_db * r->attempt_count : trim_margin_db;
    const double trim_db = am_round_to(r->plan.trim_db - over_db - margin_db, 0.001);

    *trimmed_db = 0.0;
    if (!(over_db > 0.0) || trim_db < -most_trim_db)
        return;
    *trimmed_db = r->plan.trim_db - trim_db;
    r->plan.trim_db = trim_db;
}

static am_status correct_loudness(am_session *s, double trimmed_db, bool *again, am_error *err)
{
    const double coming_lufs = s->report->after.loudness.integrated_lufs - trimmed_db;

    if (am_session_unreachable(s) || isnan(s->wanted_lufs) ||
        fabs(coming_lufs - s->wanted_lufs) <= (s->report->output.lossy ? lossy_retry_lu : loudness_retry_lu))
        return AM_OK;
    s->offset_lu += coming_lufs - s->report->plan.expected.integrated_lufs;
    *again = true;
    return am_session_drive(s, err);
}

/* Exact matching follows what the limiter did to the spectrum, as long as that helps. */
static am_status correct_tone(am_session *s, bool *again, am_error *err)
{
    double lack_db;
    am_status st;

    if (s->run.options.match != AM_MATCH_EXACT || s->report->attempt_count > max_refinements)
        return AM_OK;
    lack_db = am_plan_lack_db(s->report);
    if (!(lack_db > lack_retry_db) || (s->lack_db > 0.0 && lack_db > lack_falling * s->lack_db))
        return AM_OK;
    s->lack_db = lack_db;
    st = am_plan_refine(&s->run.options, s->report, err);
    if (!st)
        st = am_session_listen(s, err);
    if (!st)
        st = am_session_press(s, err);      /* another compressor would move the spectrum that was just measured */
    *again = true;
    return st;
}

static am_status render_and_correct(am_session *s, am_error *err)
{
    bool again = true;
    am_status st = AM_OK;

    while (!st && again) {
        bool refined = false;
        double trimmed_db;

        st = am_session_render(s, err);
        if (!st)
            st = am_session_verify(s, err);
        if (st)
            break;
        record_attempt(s->report);
        if (s->report->attempt_count >= (s->report->output.lossy ? max_lossy_attempts : max_attempts))
            break;
        correct_peak(s, &trimmed_db);
        again = trimmed_db > 0.0;
        st = correct_tone(s, &refined, err);
        again |= refined;
        if (!st && !refined)
            st = correct_loudness(s, trimmed_db, &again, err);
    }
    return st;
}

am_status am_master_file(const char *in_path, const char *out_path, const am_options *options, am_report *report, am_error *err)
{
    const double start_s = am_run_seconds();
    am_tape front = { 0 };
    am_session s;
    am_status st;

    if (!in_path || !out_path || !report)
        return am_fail(err, AM_ERR_RANGE, "am_master_file: in_path, out_path or report is NULL");
    st = am_session_open(&s, in_path, out_path, options, report, err);
    if (!st) {
        s.front = &front;
        s.front_most = front_most;
        st = decide(&s, err);
    }
    if (!st)
        st = render_and_correct(&s, err);
    if (!st) {
        am_gates_judge(report, s.wanted_lufs, am_session_unreachable(&s), s.run.options.strict);
        st = am_output_commit(s.output, err);
    }
    report->total_s = am_run_seconds() - start_s;
    am_tape_close(&front);
    am_session_close(&s);
    return st;
}

/* What a gate tells of a master */
static void tell_unreachable(am_session *s)
{
    const char *why = am_session_unreachable(s);

    if (why)
        am_note_add(s->report, AM_STAGE_LOUDNESS, "loudness_unreachable", s->drive.integrated_lufs, "%.1f LUFS is out of reach: %s.", s->wanted_lufs, why);
}

static am_status plan(const char *in_path, const am_options *options, am_report *report, am_loudcurve *curve, am_error *err)
{
    const double start_s = am_run_seconds();
    am_session s;
    am_status st = am_session_open(&s, in_path, NULL, options, report, err);

    if (!st)
        st = decide(&s, err);
    if (!st)
        tell_unreachable(&s);
    if (!st && curve)
        st = am_loudcurve_solve(s.blocks, &report->plan.clip, &report->plan.limiter, s.run.options.allocator, curve, err);
    report->total_s = am_run_seconds() - start_s;
    am_session_close(&s);
    return st;
}

am_status am_plan_file(const char *in_path, const am_options *options, am_report *report, am_error *err)
{
    if (!in_path || !report)
        return am_fail(err, AM_ERR_RANGE, "am_plan_file: in_path or report is NULL");
    return plan(in_path, options, report, NULL, err);
}

am_status am_loudcurve_file(const char *in_path, const am_options *options, am_report *report, am_loudcurve *curve, am_error *err)
{
    if (!in_path || !report || !curve)
        return am_fail(err, AM_ERR_RANGE, "am_loudcurve_file: in_path, report or curve is NULL");
    return plan(in_path, options, report, curve, err);
}

/* Rendering decides nothing: of the options it sees only how to run. */
static am_status running_options(const am_options *options, am_options *out, am_error *err)
{
    am_run run;
    const am_status st = am_run_init(&run, options, err);

    if (st)
        return st;
    AM_OPTIONS_INIT(out);
    out->amount_tone = 0.0;         /* or measuring would keep what solving the tone needs */
    out->allocator = run.options.allocator;
    out->progress = run.options.progress;
    out->progress_context = run.options.progress_context;
    out->threads = run.options.threads;
    out->overwrite = run.options.overwrite;
    return AM_OK;
}

am_status am_render_file(const char *in_path, const char *out_path, const am_plan *plan, const am_options *options, am_report *report,
                         am_error *err)
{
    const double start_s = am_run_seconds();
    am_options running;
    am_session s;
    am_status st;

    if (!in_path || !out_path || !plan || !report)
        return am_fail(err, AM_ERR_RANGE, "am_render_file: in_path, out_path, plan or report is NULL");
    st = am_plan_check(plan, err);
    if (!st)
        st = running_options(options, &running, err);
    if (st)
        return st;
    st = am_session_open(&s, in_path, out_path, &running, report, err);
    if (!st)
        st = am_session_measure(&s, err);
    if (!st) {
        report->plan = *plan;
        am_applied_describe(report);
        st = am_session_render(&s, err);
    }
    if (!st)
        st = am_session_verify(&s, err);
    if (!st) {
        record_attempt(report);
        am_applied_note(report);
        am_gates_judge(report, NAN, NULL, false);
        st = am_output_commit(s.output, err);
    }
    report->total_s = am_run_seconds() - start_s;
    am_session_close(&s);
    return st;
}
