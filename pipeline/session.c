#include "pipeline/session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyze/listener.h"
#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/note.h"
#include "io/writer.h"
#include "match/clipplan.h"
#include "match/compress.h"
#include "match/multiplan.h"
#include "match/params.h"
#include "match/passages.h"
#include "match/peakplan.h"
#include "match/quickplan.h"
#include "match/retouch.h"
#include "match/simulate.h"
#include "match/target.h"
#include "pipeline/aim.h"
#include "pipeline/planar.h"
#include "render/front.h"

/* Peaks that stay below the ceiling even this far above the drive expected need no oversampled look. */
static const double listen_headroom_db = 6.0;

static const double lost_lu = 0.05;     /* of loudness that is asked for, when the tone answers the dynamics */

enum { PARTS = 4 };

static const char *const *from_paths(const am_options *o, const char *paths[PARTS])
{
    paths[0] = o->tone_from;
    paths[1] = o->width_from;
    paths[2] = o->loudness_from;
    paths[3] = o->dynamics_from;
    return paths;
}

/* ------------------------------------------------------------------ open */

/* Passages are compared where one reference stands for tone and width, and where the solver estimates what is missing. */
bool am_session_shares(const am_options *o)
{
    return o->match == AM_MATCH_NATURAL && o->reference_count == 1 && !o->tone_from && !o->width_from;
}

/* A profile does not say by what dynamics its tone came about; what a reference has been through changed its tone, too. */
static bool answers(const am_options *o)
{
    return o->match == AM_MATCH_NATURAL && o->amount_tone > 0.0 && !o->reference_count && !o->tone_from;
}

static void list_files(am_session *s)
{
    const am_options *o = &s->run.options;
    const char *paths[PARTS];

    s->files[s->file_count++] = (am_measurement){ .path = s->in_path, .keep = true, .style = am_aim_asks_for_style(o) };
    for (size_t i = 0; i < o->reference_count; i++)
        s->files[s->file_count++].path = o->references[i].path;
    from_paths(o, paths);
    for (size_t i = 0; i < PARTS; i++)
        if (paths[i])
            s->files[s->file_count++].path = paths[i];
    s->files[0].want_trace = (o->match == AM_MATCH_NATURAL && o->reference_count > 0) || answers(o);
    s->files[1].want_trace = am_session_shares(o);
}

am_status am_session_reopen(am_session *s, am_error *err)
{
    const char *inputs[AM_SESSION_FILES];

    for (size_t i = 0; i < s->file_count; i++)
        inputs[i] = s->files[i].path;
    am_output_close(s->output);
    s->output = NULL;
    return am_output_open(s->out_path, s->run.options.overwrite, inputs, s->file_count, s->run.options.allocator, &s->output, err);
}

am_status am_session_open(am_session *s, const char *in_path, const char *out_path, const am_options *options, am_report *report,
                          am_error *err)
{
    am_status st;

    memset(s, 0, sizeof *s);
    memset(report, 0, sizeof *report);
    s->in_path = in_path;
    s->out_path = out_path;
    s->report = report;
    report->struct_version = 1;
    (void)snprintf(report->engine, sizeof report->engine, "automaster %s", am_version());
    st = am_run_init(&s->run, options, err);
    if (st)
        return st;
    s->files = am_acquire(s->run.options.allocator, AM_SESSION_FILES, sizeof *s->files);
    if (!s->files)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", in_path);
    list_files(s);
    return out_path ? am_session_reopen(s, err) : AM_OK; /* what cannot be written is told before the work */
}

static void forget_traces(am_session *s)
{
    for (size_t i = 0; i < s->file_count; i++)
        if (s->lent)
            s->files[i].trace = (am_trace){ 0 };
        else
            am_trace_close(&s->files[i].trace, s->run.options.allocator);
}

void am_session_close(am_session *s)
{
    am_output_close(s->output);
    am_blocks_close(s->blocks);
    am_course_close(s->course);
    if (s->files)
        am_reader_close(s->files[0].reader);
    forget_traces(s);
    am_forget(s->run.options.allocator, s->files);
}

/* ------------------------------------------------------------------ measure */

static void tell_warnings(am_session *s, const am_measurement *m, bool input)
{
    for (uint32_t i = 0; i < m->source.warning_count; i++)
        am_note_add(s->report, input ? AM_STAGE_INPUT : AM_STAGE_TARGET, input ? "input_file" : "reference_file", NAN, "%s",
                       m->source.warnings[i]);
}

am_status am_session_adopt(am_session *s, am_error *err)
{
    am_report *report = s->report;
    am_status st = AM_OK;

    for (size_t i = 0; i < s->file_count && !st; i++) {
        st = am_measure_usable(&s->files[i], err);
        tell_warnings(s, &s->files[i], i == 0);
    }
    if (st)
        return st;
    if (s->files[0].analysis.channels > 2)
        return am_fail(err, AM_ERR_CONTENT, "%s: %u channels: mastering takes one or two", s->in_path, s->files[0].analysis.channels);
    report->input = s->files[0].source;
    report->before = s->files[0].analysis;
    for (size_t i = 1; i < s->file_count && report->reference_count < AM_MAX_REFERENCES; i++)
        report->references[report->reference_count++] = s->files[i].source;
    return AM_OK;
}

am_status am_session_measure(am_session *s, am_error *err)
{
    const double start_s = am_run_seconds();
    am_status st = am_measure_all(&s->run, "analyse", s->files, s->file_count, err);

    if (!st)
        st = am_measure_if_quiet(&s->run, &s->files[0], err);
    if (!st)
        st = am_session_adopt(s, err);
    s->report->analyze_s = am_run_seconds() - start_s;
    return st;
}

/* ------------------------------------------------------------------ target */

static am_status target_of_references(am_session *s, am_target *out, am_error *err)
{
    const am_options *o = &s->run.options;
    am_analysis *analyses = am_acquire(o->allocator, o->reference_count, sizeof *analyses);
    double weights[AM_MAX_REFERENCES];
    am_status st;

    if (!analyses)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", s->in_path);
    for (size_t i = 0; i < o->reference_count; i++) {
        analyses[i] = s->files[1 + i].analysis;
        weights[i] = o->references[i].weight;
    }
    st = am_target_from_references(analyses, weights, o->reference_count, out, err);
    if (!st && o->reference_count == 1)
        (void)snprintf(out->name, sizeof out->name, "%.255s", s->files[1].source.path);
    am_forget(o->allocator, analyses);
    return st;
}

/* What --tone-from and its siblings name takes the place of that part of the target. */
static am_status replace_parts(am_session *s, am_target *target, am_error *err)
{
    const char *paths[PARTS];
    am_target *parts = am_acquire(s->run.options.allocator, PARTS, sizeof *parts);
    const am_measurement *file = &s->files[1 + s->run.options.reference_count];
    am_status st = AM_OK;

    if (!parts)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", s->in_path);
    from_paths(&s->run.options, paths);
    for (size_t i = 0; i < PARTS && !st; i++)
        if (paths[i])
            st = am_target_from_references(&file++->analysis, NULL, 1, &parts[i], err);
    if (!st)
        am_target_compose(target, paths[0] ? &parts[0] : NULL, paths[1] ? &parts[1] : NULL, paths[2] ? &parts[2] : NULL,
                          paths[3] ? &parts[3] : NULL);
    am_forget(s->run.options.allocator, parts);
    return st;
}

static double wanted_loudness(const am_session *s)
{
    const am_options *o = &s->run.options;
    const double before_lufs = s->report->before.loudness.integrated_lufs;
    const double asked_lufs = isnan(o->loudness_lufs) ? s->report->target.loudness_lufs : o->loudness_lufs;

    return before_lufs + o->amount_loudness * (asked_lufs - before_lufs);
}

am_status am_session_target(am_session *s, am_error *err)
{
    const am_options *o = &s->run.options;
    am_target *target = &s->report->target;
    am_status st = o->reference_count ? target_of_references(s, target, err) : am_aim_profiles(&s->run, s->report, err);

    if (!st && s->file_count > 1 + o->reference_count)
        st = replace_parts(s, target, err);
    if (!st && s->shared)
        target->shared = *s->shared;
    else if (!st && am_session_shares(o))
        st = am_passages_find(&s->files[0].trace, &s->files[1].trace, o->allocator, &target->shared, err);
    if (!st && answers(o))
        st = am_course_open(&s->files[0].trace, s->report->before.sample_rate_hz, o->allocator, &s->course, err);
    if (st)
        return st;
    am_shared_levels(o, &s->report->before, target);
    s->peaks_dbtp = o->reference_count && !o->loudness_from && isnan(o->loudness_lufs) ? target->loudness_lufs + target->plr_db : NAN;
    s->wanted_lufs = target->loudness_lufs = wanted_loudness(s);
    memcpy(s->report->amounts, (const double[]) { o->amount_tone, o->amount_dynamics, o->amount_width, o->amount_loudness }, sizeof s->report->amounts);
    return AM_OK;
}

/* ------------------------------------------------------------------ solve */

static uint32_t delivery_bits(const am_options *o, const am_source *input)
{
    if (o->bits)
        return o->bits;
    return input->lossy || input->bits == 0 || input->bits > 16 ? 24 : 16;
}

static void choose_delivery(am_session *s)
{
    const am_options *o = &s->run.options;
    am_plan *plan = &s->report->plan;

    plan->rate_hz = o->rate_hz ? o->rate_hz : s->report->input.rate_hz;
    if (!o->rate_hz && s->out_path && am_writer_rate_hz(s->out_path, plan->rate_hz) != plan->rate_hz) {
        plan->rate_hz = am_writer_rate_hz(s->out_path, plan->rate_hz);
        am_note_add(s->report, AM_STAGE_DELIVERY, "delivery_rate", plan->rate_hz, "The output format does not hold the input's %u Hz: the master has %u Hz.",
                    s->report->input.rate_hz, plan->rate_hz);
    }
    plan->bits = delivery_bits(o, &s->report->input);
    plan->dither_seed = o->seed;
}

am_status am_session_solve(am_session *s, am_error *err)
{
    const double start_s = am_run_seconds();
    am_status st = am_run_tell(&s->run, "solve", 0.0, err);

    if (st)
        return st;
    s->report->plan = (am_plan){ .version = AM_PLAN_VERSION };
    choose_delivery(s);
    st = am_plan_solve(&s->run.options, s->report, err);
    /* a profile says nothing of this song's bands: songs of a style differ more in them; and what exact matching follows is the spectrum */
    if (!st && s->run.options.reference_count && s->run.options.match == AM_MATCH_NATURAL)
        st = am_multiplan_solve(&s->run.options, &s->files[0].trace, s->report, err);
    forget_traces(s);
    s->report->plan.limiter.enabled = s->run.options.limit;
    am_peakplan_wish(&s->run.options, s->peaks_dbtp, s->report);
    s->report->solve_s += am_run_seconds() - start_s;
    return st;
}

/* ------------------------------------------------------------------ stream */

am_status am_session_stream(am_session *s, const am_tape *tape, const char *stage, am_session_take take, void *context, am_error *err)
{
    const double frames = (double)(am_tape_usable(tape) ? tape->frames : s->report->before.frames);
    am_feed feed;
    size_t given = 1;
    am_status st = am_feed_open(&feed, tape, s->files[0].reader, s->run.options.allocator, err);

    while (!st && given) {
        const float *part[AM_PLANAR_CHANNELS] = { NULL };

        st = am_feed_next(&feed, part, &given, err);
        if (!st)
            st = take(context, part, given, err);
        if (!st)
            st = am_run_tell(&s->run, stage, (double)feed.at / frames, err);
    }
    am_feed_close(&feed);
    return st;
}

/* ------------------------------------------------------------------ listen */

static double listen_threshold(const am_session *s)
{
    const double gain_db = isnan(s->wanted_lufs) ? 0.0 : s->wanted_lufs - s->report->before.loudness.integrated_lufs;

    return am_gain_from_db(s->report->plan.limiter.ceiling_dbtp - fmax(gain_db, 0.0) - listen_headroom_db);
}

typedef struct listening {
    am_front *front;
    am_listener *listener;
    am_tape *tape;                  /* NULL: keep nothing */
    am_planar out;
} listening;

static am_status drain(listening *l, am_error *err)
{
    size_t given = 1;
    am_status st = AM_OK;

    while (!st && given) {
        st = am_front_pull(l->front, l->out.channels, AM_PLANAR_FRAMES, &given, err);
        if (!st && given)
            st = am_listener_push(l->listener, (const float *const *)l->out.channels, given, err);
        if (!st && l->tape)
            am_tape_push(l->tape, (const float *const *)l->out.channels, given);
    }
    return st;
}

static am_status listen_to(void *context, const float *const *channels, size_t frames, am_error *err)
{
    listening *l = context;
    am_status st = frames ? am_front_push(l->front, channels, frames, err) : am_front_finish(l->front, err);

    if (!st)
        st = drain(l, err);
    return st || frames ? st : am_listener_finish(l->listener, err);
}

am_status am_session_listen(am_session *s, am_error *err)
{
    const double start_s = am_run_seconds();
    const am_allocator *allocator = s->run.options.allocator;
    const am_format in = { s->report->input.rate_hz, s->report->input.channels };
    const am_format out = { s->report->plan.rate_hz, in.channels };
    const double frames = (double)s->report->before.frames * out.rate_hz / in.rate_hz;
    listening l = { .tape = s->front };
    am_status st;

    am_blocks_close(s->blocks);
    s->blocks = NULL;
    if (s->front && s->front_most > 0.0 && frames * in.channels > s->front_most)
        s->front = l.tape = NULL;
    if (s->front)
        am_tape_begin(s->front, in.channels, (uint64_t)frames, allocator);
    st = am_blocks_open(out.rate_hz, allocator, &s->blocks, err);
    if (!st)
        st = am_front_open(&in, &s->report->plan, allocator, &l.front, err);
    if (!st)
        am_front_trace(l.front, s->report->before.overview.count, s->report->before.overview.slice_s);
    if (!st)
        st = am_listener_open(&out, listen_threshold(s), s->blocks, allocator, &l.listener, err);
    if (!st)
        st = am_planar_open(&l.out, in.channels, allocator, err);
    if (!st)
        st = am_session_stream(s, s->tape, "listen", listen_to, &l, err);
    if (!st)
        am_front_traced(l.front, &s->report->multiband);
    am_planar_close(&l.out);
    am_listener_close(l.listener);
    am_front_close(l.front);
    s->report->solve_s += am_run_seconds() - start_s;
    return st;
}

/* ------------------------------------------------------------------ drive */

/* TPDF wherever the samples change or do not fit the word length; nothing where they pass as they are. */
static am_dither needed_dither(const am_session *s)
{
    const am_plan *plan = &s->report->plan;
    const am_analysis *before = &s->report->before;
    const bool untouched = plan->tone.method == AM_EQ_OFF && !plan->width.enabled && !plan->multiband.enabled && !plan->leveller.enabled &&
                           !plan->compressor.enabled && !plan->clip.enabled &&
                           plan->drive_db == 0.0 && plan->trim_db == 0.0 && plan->dc[0] == 0.0 && plan->dc[1] == 0.0 && plan->rate_hz == s->report->input.rate_hz &&
                           (!plan->limiter.enabled || s->drive.max_db == 0.0);

    if (plan->bits == 32 || (untouched && before->effective_bits <= plan->bits))
        return AM_DITHER_NONE;
    return s->run.options.dither >= 0 ? (am_dither)s->run.options.dither : AM_DITHER_TPDF;
}

static am_status adopt_drive(am_session *s, am_error *err)
{
    am_plan *plan = &s->report->plan;

    if (!isfinite(s->drive.integrated_lufs))
        return am_fail(err, AM_ERR_CONTENT, "%s: nothing but a constant offset: there is no sound in it", s->in_path);
    plan->drive_db = s->drive.drive_db;
    plan->dither = needed_dither(s);
    plan->expected.integrated_lufs = s->drive.integrated_lufs;
    plan->expected.true_peak_dbtp = s->drive.true_peak_dbtp;
    plan->expected.clip_p50_db = s->drive.clip_p50_db;
    plan->expected.clip_p95_db = s->drive.clip_p95_db;
    plan->expected.clip_max_db = s->drive.clip_max_db;
    plan->expected.limiter_p50_db = s->drive.p50_db;
    plan->expected.limiter_p95_db = s->drive.p95_db;
    plan->expected.limiter_max_db = s->drive.max_db;
    return AM_OK;
}

am_status am_session_drive(am_session *s, am_error *err)
{
    const double start_s = am_run_seconds();
    const am_limiter *limiter = &s->report->plan.limiter;
    am_status st = am_drive_solve(s->blocks, &s->report->plan.clip, limiter, s->wanted_lufs, s->offset_lu, s->run.options.allocator, &s->drive,
                                  err);

    if (!st)
        st = adopt_drive(s, err);
    s->report->solve_s += am_run_seconds() - start_s;
    return st;
}

/* ------------------------------------------------------------------ dynamics */

/* Everything behind the tone, with a share of the dynamics that are asked for */
static am_status shape(am_session *s, double share, am_error *err)
{
    am_options options = s->run.options;
    am_status st;

    options.amount_dynamics *= share;
    am_quickplan_reset(&s->report->before, &s->report->plan.limiter);
    st = am_compress_solve(&options, s->blocks, s->wanted_lufs, s->offset_lu, s->report, &s->drive, err);
    if (!st)
        st = am_clipplan_solve(&options, s->blocks, s->wanted_lufs, s->offset_lu, s->report, &s->drive, err);
    if (!st)
        st = am_quickplan_solve(&options, s->blocks, s->wanted_lufs, s->offset_lu, s->report, &s->drive, err);
    return st ? st : adopt_drive(s, err);
}

static am_status change_of_tone(const am_session *s, double change_db[AM_BANDS], am_error *err)
{
    const am_plan *plan = &s->report->plan;

    return am_course_change(s->course, s->blocks, &plan->clip, &plan->limiter, plan->drive_db, change_db, err);
}

/* Dynamics of a style are no reason to change the tone: all of them, half of them or none. */
static am_status shape_within_tone(am_session *s, am_error *err)
{
    const am_plan *plan = &s->report->plan;
    am_status st = shape(s, 1.0, err);

    for (int halves = 1; !st && s->course && halves >= 0 && (plan->compressor.enabled || plan->leveller.enabled); halves--) {
        double change_db[AM_BANDS], cost_db;

        st = change_of_tone(s, change_db, err);
        if (st)
            break;
        cost_db = am_retouch_rms_db(s->report, change_db);
        if (cost_db <= AM_RETOUCH_MOST_DB)
            break;
        st = shape(s, 0.5 * halves, err);
        am_note_add(s->report, AM_STAGE_DYNAMICS, "dynamics_for_tone", cost_db,
                    "Compression towards the profile would change the tone by %.1f dB: %s of it is done.", cost_db, halves ? "half" : "none");
    }
    return st;
}

am_status am_session_dynamics(am_session *s, am_error *err)
{
    const double start_s = am_run_seconds();
    am_status st = am_aim_settle(&s->run, s->blocks, s->course, s->offset_lu, s->report, &s->wanted_lufs, err);

    if (!st)
        st = am_peakplan_settle(&s->run.options, s->blocks, s->wanted_lufs, s->offset_lu, s->report, err);
    if (!st)
        st = shape_within_tone(s, err);
    am_multiplan_tell(s->report);
    s->report->solve_s += am_run_seconds() - start_s;
    return st;
}

static void expect_reductions(am_prediction *expected, const am_reduction *leveller, const am_reduction *compressor)
{
    expected->leveller_p50_db = leveller->p50_db;
    expected->leveller_p95_db = leveller->p95_db;
    expected->leveller_max_db = leveller->max_db;
    expected->compressor_p50_db = compressor->p50_db;
    expected->compressor_p95_db = compressor->p95_db;
    expected->compressor_max_db = compressor->max_db;
}

am_status am_session_press(am_session *s, am_error *err)
{
    am_plan *plan = &s->report->plan;
    am_simulation *simulation = NULL;
    am_reduction leveller = { 0 }, compressor;
    am_features ignored;
    am_status st;

    if (!plan->leveller.enabled && !plan->compressor.enabled)
        return am_session_drive(s, err);
    st = am_simulation_open(s->blocks, s->run.options.allocator, &simulation, err);
    if (!st) {
        am_simulation_level(simulation, &plan->leveller, &leveller);
        am_simulation_run(simulation, &plan->compressor, &compressor, &ignored);
        expect_reductions(&plan->expected, &leveller, &compressor);
        st = am_simulation_press(simulation, &plan->compressor, err);
    }
    am_simulation_close(simulation);
    return st ? st : am_session_drive(s, err);
}

/* ------------------------------------------------------------------ tone behind the dynamics */

/* Loudness in front of leveller and compressor */
static am_status loudness_in_front(am_session *s, double *out, am_error *err)
{
    const am_limiter off = { .enabled = false };
    am_drive plain;
    am_status st;

    (void)am_blocks_ride(s->blocks, NULL, 0, err);
    st = am_drive_predict(s->blocks, NULL, &off, 0.0, s->run.options.allocator, &plain, err);
    *out = plain.integrated_lufs;
    return st;
}

/* Listen again behind another tone; leveller and compressor move with the level that they see. */
static am_status follow_tone(am_session *s, am_error *err)
{
    am_plan *plan = &s->report->plan;
    double was_lufs, is_lufs;
    am_status st = loudness_in_front(s, &was_lufs, err);

    if (!st)
        st = am_session_listen(s, err);
    if (!st)
        st = loudness_in_front(s, &is_lufs, err);
    if (st || !isfinite(is_lufs - was_lufs))
        return st;
    if (plan->compressor.enabled)
        plan->compressor.threshold_lufs = am_round_to(am_clamp(plan->compressor.threshold_lufs + is_lufs - was_lufs, -80.0, 10.0), 0.01);
    if (plan->leveller.enabled)
        plan->leveller.level_lufs = am_round_to(am_clamp(plan->leveller.level_lufs + is_lufs - was_lufs, -80.0, 10.0), 0.01);
    return AM_OK;
}

/* Answer a share of the change, and everything behind the tone again. */
static am_status answer(am_session *s, const double change_db[AM_BANDS], double share, am_error *err)
{
    am_status st;

    am_retouch_answer(&s->run.options, change_db, share, s->report);
    st = follow_tone(s, err);
    return st ? st : am_session_press(s, err);
}

/* All of the change, half of it or none: as much as leaves the loudness that is asked for, where that could be had. */
static am_status answer_within_loudness(am_session *s, const double change_db[AM_BANDS], am_error *err)
{
    const double least_lufs = fmin(s->drive.integrated_lufs, am_aim_least_lufs(&s->run, s->report, s->wanted_lufs)) - lost_lu;
    double share = 1.0;
    am_status st = answer(s, change_db, share, err);

    while (!st && s->drive.integrated_lufs < least_lufs && share > 0.0) {
        share -= 0.5;
        st = answer(s, change_db, share, err);
    }
    return st;
}

am_status am_session_retouch(am_session *s, am_error *err)
{
    const double wanted_lufs = s->wanted_lufs;
    double change_db[AM_BANDS];
    am_status st;

    if (!s->course)
        return AM_OK;
    st = change_of_tone(s, change_db, err);
    if (st || !am_retouch_worth(change_db, s->report))
        return st;
    st = answer_within_loudness(s, change_db, err);
    if (!st)
        st = am_aim_settle(&s->run, s->blocks, NULL, s->offset_lu, s->report, &s->wanted_lufs, err);
    if (!st && s->wanted_lufs < wanted_lufs)
        st = am_session_drive(s, err);
    if (!st)
        st = change_of_tone(s, change_db, err);
    if (!st)
        am_retouch_expect(change_db, s->report);
    return st;
}

am_status am_session_decide(am_session *s, am_error *err)
{
    am_status st = am_session_target(s, err);

    if (!st)
        st = am_session_solve(s, err);
    if (!st)
        st = am_session_listen(s, err);
    if (!st)
        st = am_session_dynamics(s, err);
    return st ? st : am_session_retouch(s, err);
}

const char *am_session_unreachable(const am_session *s)
{
    switch (s->drive.end) {
    case AM_DRIVE_SATURATED: return "more drive makes it hardly louder, only denser; it needs compression or a louder mix";
    case AM_DRIVE_TOO_DEEP: return "it would take more than 8 dB of limiting; it needs compression or a louder mix";
    case AM_DRIVE_CEILING: return "the limiter is off and the peaks are at the ceiling";
    case AM_DRIVE_REACHED: break;
    }
    return NULL;
}
