/* report_text.c - am_report_to_text of automaster.h: the table that a person sees after mastering */
#include "report/text.h"

#include "base/db.h"
#include "base/error.h"
#include "base/number.h"
#include "report/facts.h"

#include <stdio.h>
#include <string.h>

enum { LABEL = 14, SECOND = 42, MAX_NOTES_SHOWN = 8 };

/* ------------------------------------------------------------------ head line */

static void describe_word_length(uint32_t bits, char out[AM_FACT_TEXT])
{
    if (bits == 0)
        (void)snprintf(out, AM_FACT_TEXT, " lossy");
    else
        (void)snprintf(out, AM_FACT_TEXT, " %u-bit%s", bits, bits == 32 ? " float" : "");
}

/* "44.1 kHz 24-bit, as the input" */
static void describe_format(const am_report *r, char out[4 * AM_FACT_TEXT + 16])
{
    const uint32_t rate = r->output.rate_hz ? r->output.rate_hz : r->plan.rate_hz;
    const uint32_t bits = r->output.rate_hz ? r->output.bits : r->plan.bits;
    char to_rate[AM_FACT_TEXT], to_bits[AM_FACT_TEXT], from_rate[AM_FACT_TEXT], from_bits[AM_FACT_TEXT];

    (void)am_fact_rate(rate, to_rate);
    (void)am_fact_rate(r->input.rate_hz, from_rate);
    describe_word_length(bits, to_bits);
    describe_word_length(r->input.bits, from_bits);
    if (rate == r->input.rate_hz && bits == r->input.bits)
        (void)snprintf(out, 4 * AM_FACT_TEXT + 16, "%s%s, as the input", to_rate, to_bits);
    else
        (void)snprintf(out, 4 * AM_FACT_TEXT + 16, "%s%s, from%s%s%s", to_rate, to_bits, rate == r->input.rate_hz ? "" : " ",
                       rate == r->input.rate_hz ? "" : from_rate, bits == r->input.bits ? "" : from_bits);
}

static void describe_time(const am_report *r, char out[2 * AM_FACT_TEXT])
{
    const double speed = r->before.duration_s / r->total_s;
    char seconds[AM_NUMBER_TEXT], times[AM_NUMBER_TEXT];

    if (r->total_s > 0.0 && speed > 0.0 && speed < 1e6)
        (void)snprintf(out, 2 * AM_FACT_TEXT, "%s s, %sx realtime", am_number_fixed(r->total_s, 1, seconds),
                       am_number_fixed(speed, speed < 10.0, times));
    else
        out[0] = '\0';
}

/* "in -> out", in room columns: what one name leaves free of its half goes to the other. Returns the width. */
static size_t put_names(am_text *t, const am_report *r, size_t room)
{
    char from[AM_TEXT_NAME], to[AM_TEXT_NAME];
    size_t from_width, to_width;

    if (!r->output.path[0]) {
        am_text_add(t, "%s", am_text_name(r->input.path, room, from));
        return am_text_width(from);
    }
    room -= strlen(" -> ");
    to_width = am_text_width(am_text_name(r->output.path, room, to));
    from_width = am_text_width(am_text_name(r->input.path, to_width < room / 2 ? room - to_width : room / 2, from));
    if (to_width >= room / 2)
        (void)am_text_name(r->output.path, room - from_width, to);
    am_text_add(t, "%s -> %s", from, to);
    return from_width + strlen(" -> ") + am_text_width(to);
}

static void put_head(am_text *t, const am_report *r)
{
    enum { FORMAT_COLUMN = 32, TIME_COLUMN = 71, LEAST_ROOM = 20 };
    char format[4 * AM_FACT_TEXT + 16], time[2 * AM_FACT_TEXT];
    size_t rest, column;

    describe_format(r, format);
    describe_time(r, time);
    rest = 2 + strlen(format) + 2 + strlen(time);
    column = put_names(t, r, rest + LEAST_ROOM < AM_TEXT_COLUMNS ? AM_TEXT_COLUMNS - rest : LEAST_ROOM);
    am_text_add(t, "%*s%s", column + 2 < FORMAT_COLUMN ? (int)(FORMAT_COLUMN - column) : 2, "", format);
    column = (column + 2 < FORMAT_COLUMN ? FORMAT_COLUMN : column + 2) + strlen(format);
    if (time[0])
        am_text_add(t, "%*s%s", column + 2 < TIME_COLUMN ? (int)(TIME_COLUMN - column) : 2, "", time);
    am_text_add(t, "\n\n");
}

/* ------------------------------------------------------------------ rows */

typedef struct row {
    const char *label;
    double before, after, target;
    const char *target_sign, *unit;
} row;

static void put_row(am_text *t, const row *line)
{
    char before[AM_NUMBER_TEXT], after[AM_NUMBER_TEXT], target[AM_NUMBER_TEXT], signed_target[AM_FACT_TEXT];
    const bool aimed = isfinite(line->target);

    (void)snprintf(signed_target, sizeof signed_target, "%s%s", aimed ? line->target_sign : "",
                   am_number_fixed(line->target, 1, target));
    am_text_add(t, "  %-16s%9s%9s%9s  %s\n", line->label, am_number_fixed(line->before, 1, before), am_number_fixed(line->after, 1, after),
                signed_target, line->unit);
}

/* A blend's name lists its profiles; what does not fit would be cut within a word. */
static const char *name_target(const am_target *target, char name[AM_TEXT_NAME])
{
    enum { ROOM = 36 };

    return target->kind == AM_TARGET_PROFILE && am_text_width(target->name) > ROOM ? "the blend of profiles" : am_text_name(target->name, ROOM, name);
}

static void put_distance(am_text *t, const am_report *r, bool rendered)
{
    char before[AM_NUMBER_TEXT], after[AM_NUMBER_TEXT], unit[AM_TEXT_NAME + 32], name[AM_TEXT_NAME];
    const am_band_target *tone = &r->target.tone;
    const double from = am_fact_distance(r->before.mid.power_db, tone, r->before.cutoff_hz);
    const double to = rendered ? am_fact_distance(r->after.mid.power_db, tone, r->before.cutoff_hz) : r->plan.expected.tone_rms_db;

    (void)snprintf(unit, sizeof unit, "dB rms against %s", name_target(&r->target, name));
    am_text_add(t, "  %-16s%9s%9s%9s  %s\n", "tone distance", am_number_fixed(from, 1, before), am_number_fixed(to, 1, after), "",
                tone->present ? unit : "dB rms");
}

/* NaN where there is no side to speak of */
/* Of mono there is none, and after it only that of the dither. */
static double width_of(const am_analysis *a)
{
    return a->stereo.layout == AM_LAYOUT_MONO || a->stereo.layout == AM_LAYOUT_DUAL_MONO ? NAN : a->stereo.width_db;
}

static void put_rows(am_text *t, const am_report *r)
{
    const bool rendered = r->after.version != 0;
    const am_analysis *b = &r->before, *a = &r->after;
    const am_target *to = &r->target;
    const am_prediction *p = &r->plan.expected;
    const row rows[] = {
        { "loudness", b->loudness.integrated_lufs, rendered ? a->loudness.integrated_lufs : p->integrated_lufs, to->loudness_lufs, "",
          "LUFS" },
        { "true peak", b->peak.true_peak_dbtp, rendered ? a->peak.true_peak_dbtp : p->true_peak_dbtp, r->plan.limiter.ceiling_dbtp, "<=",
          "dBTP" },
        { "loudness range", b->loudness.range_lu, rendered ? a->loudness.range_lu : r->dynamics.present ? r->dynamics.expected.range_lu : NAN,
          to->range_lu, "", "LU" },
        { "peak to loudness", b->dynamics.plr_db,
          rendered ? a->dynamics.plr_db : r->dynamics.present ? r->dynamics.expected.plr_db : p->true_peak_dbtp - p->integrated_lufs,
          to->plr_db, "", "LU" },
    };
    const row width = { "width", width_of(b), rendered && isfinite(width_of(b)) ? width_of(a) : NAN, to->width_db, "", "dB side/mid" };

    am_text_paint(t, AM_COLOUR_BOLD, "%28s%9s%9s", "before", rendered ? "after" : "expected", "target");
    am_text_add(t, "\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        put_row(t, &rows[i]);
    put_distance(t, r, rendered);
    put_row(t, &width);
    am_text_add(t, "\n");
}

/* ------------------------------------------------------------------ what was done */

static void put_done(am_text *t, const char *label, const char *done, const char *aside)
{
    am_text_add(t, "  %-*s", LABEL - 2, label);
    if (*aside)
        am_text_add(t, "%-*s%s%s\n", SECOND, done, strlen(done) < SECOND ? "" : "  ", aside);
    else
        am_text_add(t, "%s\n", done);
}

static void describe_moves(const am_evidence *e, char *out, size_t capacity)
{
    int bands[2];
    const size_t count = e->present ? am_fact_moves(e->applied_db, 0.1, bands, 2) : 0;
    char gain[AM_FACT_TEXT], hz[AM_FACT_TEXT];
    size_t used = 0;

    (void)snprintf(out, capacity, "left alone");
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(out + used, capacity - used, "%s%s dB at %s", i ? ", " : "",
                                 am_fact_signed(e->applied_db[bands[i]], 1, gain), am_fact_hz(am_band_hz(bands[i]), hz));
}

static void put_moves(am_text *t, const char *label, const am_evidence *e)
{
    const size_t capped = am_fact_capped(e);
    char done[4 * AM_FACT_TEXT], aside[AM_FACT_TEXT] = "";

    describe_moves(e, done, sizeof done);
    if (capped)
        (void)snprintf(aside, sizeof aside, "%zu move%s capped", capped, capped == 1 ? "" : "s");
    put_done(t, label, done, aside);
}

static void put_dynamics(am_text *t, const am_report *r)
{
    const bool rendered = r->after.version != 0;
    const double typical = rendered ? r->compressor.p50_db : r->plan.expected.compressor_p50_db;
    const double greatest = rendered ? r->compressor.max_db : r->plan.expected.compressor_max_db;
    const bool leveller = r->plan.leveller.enabled, bands = r->plan.multiband.enabled;
    char done[4 * AM_FACT_TEXT], p50[AM_NUMBER_TEXT], max[AM_NUMBER_TEXT], at[AM_FACT_TEXT], ratio[AM_NUMBER_TEXT];

    if (!r->plan.compressor.enabled && leveller)
        (void)snprintf(done, sizeof done, "ridden by up to %s dB",
                       am_number_fixed(rendered ? r->leveller.max_db : r->plan.expected.leveller_max_db, 1, max));
    else if (!r->plan.compressor.enabled && bands)
        (void)snprintf(done, sizeof done, "%s dB typical, in single bands",
                       am_number_fixed(rendered ? r->multiband.p50_db : r->plan.expected.multiband_p50_db, 1, p50));
    else if (!r->plan.compressor.enabled)
        (void)snprintf(done, sizeof done, "left alone");
    else
        (void)snprintf(done, sizeof done, "%s dB typical, %s dB at %s, %s %s : 1", am_number_fixed(typical, 1, p50),
                       am_number_fixed(greatest, 1, max), rendered ? am_fact_time(r->compressor.max_s, at) : "the most",
                       r->plan.compressor.ratio < 1.0 ? "expanded" : "compressed", am_number_fixed(r->plan.compressor.ratio, 1, ratio));
    put_done(t, "dynamics", done, !r->plan.compressor.enabled ? "" : leveller ? "ridden slowly, too" : bands ? "single bands, too" : "");
}

static void put_limiter(am_text *t, const am_report *r)
{
    const bool rendered = r->after.version != 0;
    const double typical = rendered ? r->limiter.p50_db : r->plan.expected.limiter_p50_db;
    const double deepest = rendered ? r->limiter.max_db : r->plan.expected.limiter_max_db;
    char done[4 * AM_FACT_TEXT], p50[AM_NUMBER_TEXT], max[AM_NUMBER_TEXT], at[AM_FACT_TEXT];

    if (!r->plan.limiter.enabled)
        (void)snprintf(done, sizeof done, "off");
    else if (deepest < 0.05)
        (void)snprintf(done, sizeof done, "not needed: no peak reached the ceiling");
    else
        (void)snprintf(done, sizeof done, "%s dB typical, %s dB at %s", am_number_fixed(typical, 1, p50),
                       am_number_fixed(deepest, 1, max), rendered ? am_fact_time(r->limiter.max_s, at) : "the deepest");
    put_done(t, "limiter", done, "");
}

/* What the lines above have said already */
static bool note_repeats(const am_note *note)
{
    static const char *const said[] = { "tone_matched", "tone_neutral", "width_matched", "width_neutral", "input_mono" };

    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (strcmp(note->kind, said[i]) == 0)
            return true;
    return false;
}

static bool first_of_kind(const am_report *r, uint32_t note)
{
    for (uint32_t i = 0; i < note; i++)
        if (strcmp(r->notes[i].kind, r->notes[note].kind) == 0)
            return false;
    return true;
}

/* One of each kind, then what else there is room for */
static void put_notes(am_text *t, const am_report *r)
{
    const uint32_t count = r->note_count < AM_MAX_NOTES ? r->note_count : AM_MAX_NOTES;
    uint32_t shown = 0, left = 0;

    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < count; i++) {
            if (note_repeats(&r->notes[i]) || first_of_kind(r, i) != (round == 0))
                continue;
            if (shown++ < MAX_NOTES_SHOWN)
                am_text_wrap(t, "  note        ", LABEL, "%s", r->notes[i].text);
            else
                left++;
        }
    if (left)
        am_text_add(t, "  note        and %u more in the report\n", left);
}

/* ------------------------------------------------------------------ verdict */

static void put_missed_gate(am_text *t, const am_gate *g)
{
    am_text_paint(t, g->advisory ? AM_COLOUR_YELLOW : AM_COLOUR_RED, "%s", g->advisory ? "MISS" : "FAIL");
    am_text_wrap(t, " ", 5, "%s is %s, wanted %s%s%s", g->name, g->measured, g->limit, g->reason[0] ? ": " : "", g->reason);
}

static void put_verdict(am_text *t, const am_report *r)
{
    const uint32_t count = r->gate_count < AM_MAX_GATES ? r->gate_count : AM_MAX_GATES;
    uint32_t passed = 0, failed = 0;

    if (!count)
        return;
    for (uint32_t i = 0; i < count; i++) {
        passed += r->gates[i].pass;
        failed += !r->gates[i].pass && !r->gates[i].advisory;
        if (!r->gates[i].pass)
            put_missed_gate(t, &r->gates[i]);
    }
    am_text_paint(t, failed ? AM_COLOUR_RED : AM_COLOUR_GREEN, "%s", failed ? "FAIL" : "PASS");
    am_text_add(t, " %u of %u gates", failed ? failed : passed, count);
    if (passed + failed < count)
        am_text_add(t, ", %u missed that %s advisory", count - passed - failed, count - passed - failed == 1 ? "is" : "are");
    am_text_add(t, "\n");
}

am_status am_report_to_text(const am_report *report, bool colour, const am_allocator *allocator, char **text, am_error *err)
{
    am_text t = { .allocator = allocator, .colour = colour };

    if (!report || !text)
        return am_fail(err, AM_ERR_RANGE, "am_report_to_text: report or text is NULL");
    put_head(&t, report);
    put_rows(&t, report);
    put_moves(&t, "tone", &report->tone);
    put_moves(&t, "width", &report->width);
    put_dynamics(&t, report);
    put_limiter(&t, report);
    put_notes(&t, report);
    put_verdict(&t, report);
    return am_text_take(&t, text, err);
}
