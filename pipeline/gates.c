#include "pipeline/gates.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const double loudness_tolerance_lu = 0.1;

static void print_to(char *out, size_t size, const char *format, ...) AM_PRINTF(3, 4);
static void print_to(char *out, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(out, size, format, args);
    va_end(args);
}
#define PRINT_TO(field, ...) print_to((field), sizeof(field), __VA_ARGS__)

static am_gate *add_gate(am_report *report, const char *name, bool pass)
{
    am_gate *gate = &report->gates[report->gate_count++];

    *gate = (am_gate){ .pass = pass };
    PRINT_TO(gate->name, "%s", name);
    return gate;
}

static void judge_loudness(am_report *report, double wanted_lufs, const char *unreachable, bool strict)
{
    const double reached_lufs = report->after.loudness.integrated_lufs;
    const double miss_lu = reached_lufs - wanted_lufs;
    am_gate *gate = add_gate(report, "loudness", fabs(miss_lu) <= loudness_tolerance_lu);

    PRINT_TO(gate->limit, "%.2f +-%.1f LUFS", wanted_lufs, loudness_tolerance_lu);
    PRINT_TO(gate->measured, "%.2f LUFS", reached_lufs);
    if (gate->pass)
        return;
    gate->advisory = unreachable && !strict;
    if (unreachable)
        PRINT_TO(gate->reason, "loudness_unreachable: %s", unreachable);
    else
        PRINT_TO(gate->reason, "missed by %+.2f LU", miss_lu);
}

static void judge_true_peak(am_report *report)
{
    const double ceiling_dbtp = report->plan.limiter.ceiling_dbtp;
    const double peak_dbtp = report->after.peak.true_peak_dbtp;
    am_gate *gate = add_gate(report, "true_peak", peak_dbtp <= ceiling_dbtp);

    PRINT_TO(gate->limit, "<= %.2f dBTP", ceiling_dbtp);
    PRINT_TO(gate->measured, "%.3f dBTP", peak_dbtp);
    if (!gate->pass)
        PRINT_TO(gate->reason, "over by %.2g dB", peak_dbtp - ceiling_dbtp);
}

static void judge_format(am_report *report)
{
    const am_source *out = &report->output;
    const bool bits_held = out->lossy || out->bits == report->plan.bits;
    am_gate *gate = add_gate(report, "format", out->rate_hz == report->plan.rate_hz && out->channels == report->input.channels && bits_held);

    PRINT_TO(gate->limit, "%u Hz, %u ch, %u bit", report->plan.rate_hz, report->input.channels, report->plan.bits);
    PRINT_TO(gate->measured, "%u Hz, %u ch, %s", out->rate_hz, out->channels, out->format);
}

/* Frames in and out agree after rate conversion; lossy coders pad. */
static void judge_length(am_report *report)
{
    const double wanted = round((double)report->before.frames * report->plan.rate_hz / report->input.rate_hz);
    const double held = (double)report->after.frames;
    const double slack = report->output.lossy ? 0.1 * report->plan.rate_hz : 0.0;
    am_gate *gate = add_gate(report, "length", fabs(held - wanted) <= slack);

    PRINT_TO(gate->limit, "%.0f frames", wanted);
    PRINT_TO(gate->measured, "%" PRIu64 " frames", report->after.frames);
}

void am_gates_judge(am_report *report, double loudness_lufs, const char *unreachable, bool strict)
{
    report->gate_count = 0;
    if (!isnan(loudness_lufs))
        judge_loudness(report, loudness_lufs, unreachable, strict);
    judge_true_peak(report);
    judge_format(report);
    judge_length(report);
}

bool am_report_passed(const am_report *report)
{
    for (uint32_t i = 0; report && i < report->gate_count; i++)
        if (!report->gates[i].pass && !report->gates[i].advisory)
            return false;
    return report != NULL;
}
