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

enum { max_attempts = 5, max_refinements = 2 };

static const double loudness_retry_lu = 0.05;   /* half of the gate's tolerance */
static const double lack_retry_db = 0.3;        /* what one more pass of exact matching is worth ... */
static const double lack_falling = 0.7;         /* ... and what the last one must have left of what was lacking */
static const double trim_margin_db = 0.002;
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

/* Over the ceiling by a hair that the limiter could not see (a lossy encoder, or dither at the very top): take it off at the end. */
static bool correct_peak(am_session *s)
{
    const double over_db = s->report->after.peak.true_peak_dbtp - s->report->plan.limiter.ceiling_dbtp;

    if (!(over_db > 0.0))
        return false;
    s->report->plan.trim_db = am_round_to(s->report->plan.trim_db - over_db - trim_margin_db, 0.001);
    return s->report->plan.trim_db >= -6.0;
}

static am_status correct_loudness(am_session *s, bool *again, am_error *err)
{
    const double miss_lu = s->report->after.loudness.integrated_lufs - s->report->plan.expected.integrated_lufs;

    if (am_session_unreachable(s) || isnan(s->wanted_lufs) ||
        fabs(s->report->after.loudness.integrated_lufs - s->wanted_lufs) <= loudness_retry_lu)
        return AM_OK;
    s->offset_lu += miss_lu;
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
        st = am_session_render(s, err);
        if (!st)
            st = am_session_verify(s, err);
        if (st)
            break;
        record_attempt(s->report);
        if (s->report->attempt_count >= max_attempts)
            break;
        again = correct_peak(s);
        st = correct_tone(s, &again, err);
        if (!st && !again)
            st = correct_loudness(s, &again, err);
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
