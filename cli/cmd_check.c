#include "cli/commands.h"
#include "cli/each.h"
#include "cli/files.h"
#include "cli/presets.h"
#include "cli/progress.h"
#include "cli/say.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PEAK_TOLERANCE_DB 0.05      /* of our meter against the ideal reconstruction */
#define LOUDNESS_TOLERANCE_LU 0.2   /* of --loudness: EBU Tech 3343, quality control */
#define CLIPPED_PERCENT 0.01
#define SHORTEST_S 0.4              /* the block of BS.1770 */
#define DC_LINEAR 0.001             /* -60 dBFS */
#define FOLD_DOWN_LU 6.0

enum { GATES = 128, ADVICE = 48 };

typedef struct check_gate {
    const char *destination;        /* "": of no destination */
    size_t destination_length;
    char name[16], limit[48], measured[48];
    bool pass;
} check_gate;

typedef struct verdict {
    am_analysis analysis;
    am_source source;
    check_gate gates[GATES];
    size_t gate_count;
    char advice[ADVICE][160];
    size_t advice_count;
} verdict;

static void advise(verdict *v, const char *format, ...) AM_PRINTF(2, 3);

static void advise(verdict *v, const char *format, ...)
{
    va_list args;

    if (v->advice_count == ADVICE)
        return;
    va_start(args, format);
    (void)vsnprintf(v->advice[v->advice_count++], sizeof v->advice[0], format, args);
    va_end(args);
}

static check_gate *gate(verdict *v, const destination *d, const char *name, bool pass)
{
    static check_gate spare;        /* never reached: GATES has room for every destination */
    check_gate *g = v->gate_count < GATES ? &v->gates[v->gate_count++] : &spare;

    g->destination = d ? d->name : "";
    (void)snprintf(g->name, sizeof g->name, "%s", name);
    g->pass = pass;
    return g;
}

static void put_number(char out[48], const char *start, double x, int decimals, const char *unit)
{
    if (isfinite(x))
        (void)snprintf(out, 48, "%s%.*f %s", start, decimals, x, unit);
    else
        (void)snprintf(out, 48, "none");
}

static void gate_peak(verdict *v, const destination *d, double ceiling_dbtp)
{
    const double peak = v->analysis.peak.true_peak_dbtp;
    check_gate *g = gate(v, d, "true_peak", !(peak > ceiling_dbtp + PEAK_TOLERANCE_DB));

    put_number(g->limit, "<= ", ceiling_dbtp, 2, "dBTP");
    put_number(g->measured, "", peak, 2, "dBTP");
}

static void gate_loudness(verdict *v, const destination *d, double wanted_lufs, double tolerance_lu)
{
    const double loudness = v->analysis.loudness.integrated_lufs;
    check_gate *g = gate(v, d, "loudness", fabs(loudness - wanted_lufs) <= tolerance_lu + 0.005);

    (void)snprintf(g->limit, sizeof g->limit, "%.1f +-%.1f LUFS", wanted_lufs, tolerance_lu);
    put_number(g->measured, "", loudness, 2, "LUFS");
}

static void gate_between(verdict *v, const destination *d, const char *name, const char *unit, unsigned x, unsigned least,
                         unsigned most)
{
    check_gate *g;

    if (!least && !most)
        return;
    g = gate(v, d, name, x >= least && (!most || x <= most));
    if (most == least)
        (void)snprintf(g->limit, sizeof g->limit, "%u %s", least, unit);
    else if (most)
        (void)snprintf(g->limit, sizeof g->limit, "%u to %u %s", least, most, unit);
    else
        (void)snprintf(g->limit, sizeof g->limit, ">= %u %s", least, unit);
    (void)snprintf(g->measured, sizeof g->measured, "%u %.*s", x, (int)strlen(unit) - (x == 1), unit);
}

/* A file that was cut is no delivery, whatever its other figures are. */
static void gate_length(verdict *v)
{
    const double there_s = v->analysis.duration_s, promised_s = v->source.promised_s;
    check_gate *g = gate(v, NULL, "complete", !(promised_s > 0.0));

    (void)snprintf(g->limit, sizeof g->limit, "what its header promises: %.1f s", promised_s > 0.0 ? promised_s : there_s);
    put_number(g->measured, "", there_s, 1, "s");
}

/* What a listener would miss of a stereo file. */
static void gate_stereo(verdict *v)
{
    const am_stereo *s = &v->analysis.stereo;
    const bool upside_down = s->layout == AM_LAYOUT_ANTIPHASE || s->width_db > AM_SIDES_ALONE_DB, silent = s->layout == AM_LAYOUT_ONE_SIDED;
    check_gate *g;

    if (v->analysis.channels != 2 || !isfinite(v->analysis.loudness.integrated_lufs))
        return;
    g = gate(v, NULL, "stereo", !upside_down && !silent);
    (void)snprintf(g->limit, sizeof g->limit, "both channels sound, also in mono");
    (void)snprintf(g->measured, sizeof g->measured, "%s", upside_down ? "opposite polarity" : silent ? "a silent channel" : "both sound");
    if (g->pass && s->fold_down_lu > FOLD_DOWN_LU)
        advise(v, "in mono it loses %.1f LU: something is out of phase between left and right", s->fold_down_lu);
}

static void gates_of_all(verdict *v)
{
    const am_analysis *a = &v->analysis;
    const double dc = fmax(fabs(a->dc[0]), fabs(a->dc[1]));
    check_gate *g;

    g = gate(v, NULL, "sound", isfinite(a->loudness.integrated_lufs));
    if (a->duration_s < SHORTEST_S) {
        (void)snprintf(g->limit, sizeof g->limit, ">= %.1f s", SHORTEST_S);
        (void)snprintf(g->measured, sizeof g->measured, "too short: %.2f s", a->duration_s);
    } else {
        (void)snprintf(g->limit, sizeof g->limit, "not silent");
        put_number(g->measured, "", a->loudness.integrated_lufs, 2, "LUFS");
    }
    gate_length(v);
    gate_stereo(v);
    g = gate(v, NULL, "clipping", !(a->peak.clipped_percent > CLIPPED_PERCENT));
    put_number(g->limit, "<= ", CLIPPED_PERCENT, 2, "% of samples");
    put_number(g->measured, "", a->peak.clipped_percent, 3, "% of samples");
    g = gate(v, NULL, "dc", !(dc > DC_LINEAR));
    put_number(g->limit, "<= ", 100.0 * DC_LINEAR, 2, "% of full scale");
    put_number(g->measured, "", 100.0 * dc, 3, "% of full scale");
}

/* Destinations play loud files softer and soft ones as they are; that spoils nothing but is worth knowing. */
static void advise_for(verdict *v, const destination *d)
{
    const am_analysis *a = &v->analysis;
    const double over_lu = a->loudness.integrated_lufs - d->loudness_lufs;

    if (isnan(d->tolerance_lu) && over_lu > 0.5 && strcmp(d->name, "club") != 0 && strcmp(d->name, "vinyl") != 0)
        advise(v, "%s: plays at about %.0f LUFS, so this is turned down by %.1f dB", d->name, d->loudness_lufs, over_lu);
    if (strcmp(d->name, "spotify") == 0 && over_lu > 0.5 && a->peak.true_peak_dbtp > -2.0 + PEAK_TOLERANCE_DB)
        advise(v, "spotify: asks for -2 dBTP when louder than -14 LUFS");
    if (strcmp(d->name, "vinyl") == 0 && over_lu > 2.0)
        advise(v, "vinyl: %.1f LUFS is louder than cutting houses like", a->loudness.integrated_lufs);
    if (strcmp(d->name, "vinyl") == 0 && a->stereo.low_side_db > -12.0)
        advise(v, "vinyl: below 120 Hz the side is at %.1f dB of the mid; the bass belongs in the middle", a->stereo.low_side_db);
}

static void gates_for(verdict *v, const destination *d, const settings *options)
{
    const am_source *s = &v->source;
    const bool asked = option_given(options, OPTION_LOUDNESS);

    gate_peak(v, d, option_given(options, OPTION_CEILING) ? options->values[OPTION_CEILING].number : d->ceiling_dbtp);
    if (asked)
        gate_loudness(v, d, options->values[OPTION_LOUDNESS].number, LOUDNESS_TOLERANCE_LU);
    else if (!isnan(d->tolerance_lu))
        gate_loudness(v, d, d->loudness_lufs, d->tolerance_lu);
    gate_between(v, d, "rate", "Hz", s->rate_hz, d->least_rate_hz, d->most_rate_hz);
    gate_between(v, d, "bits", "bits", s->bits, d->least_bits, d->most_bits);
    gate_between(v, d, "channels", "channels", s->channels, d->least_channels, d->most_channels);
    if (d->least_s > 0.0) {
        check_gate *g = gate(v, d, "duration", v->analysis.duration_s >= d->least_s);

        put_number(g->limit, ">= ", d->least_s, 1, "s");
        put_number(g->measured, "", v->analysis.duration_s, 1, "s");
    }
    advise_for(v, d);
}

static void judge(verdict *v, const settings *options)
{
    const char *names = options->values[OPTION_FOR].text;

    v->gate_count = v->advice_count = 0;
    for (uint32_t i = 0; i < v->source.warning_count; i++)
        advise(v, "%s", v->source.warnings[i]);
    gates_of_all(v);
    if (!names) {
        gate_peak(v, NULL, options->values[OPTION_CEILING].number);
        if (option_given(options, OPTION_LOUDNESS))
            gate_loudness(v, NULL, options->values[OPTION_LOUDNESS].number, LOUDNESS_TOLERANCE_LU);
        return;
    }
    while (names) {
        const size_t length = strcspn(names, ",");

        gates_for(v, destination_find(names, length), options);
        names = names[length] ? names + length + 1 : NULL;
    }
}

static size_t passed(const verdict *v)
{
    size_t count = 0;

    for (size_t i = 0; i < v->gate_count; i++)
        count += v->gates[i].pass;
    return count;
}

static void write_text(FILE *to, const verdict *v)
{
    const size_t failed = v->gate_count - passed(v);

    (void)fprintf(to, "%s\n", v->source.path);
    for (size_t i = 0; i < v->gate_count; i++) {
        const check_gate *g = &v->gates[i];

        (void)fprintf(to, "  %s  %-10s %-10s %-24s limit %s\n", g->pass ? "pass" : "FAIL", g->destination, g->name, g->measured,
                      g->limit);
    }
    for (size_t i = 0; i < v->advice_count; i++)
        (void)fprintf(to, "  note  %s\n", v->advice[i]);
    (void)fprintf(to, "%s %zu of %zu gates\n", failed ? "FAIL" : "PASS", failed ? failed : v->gate_count, v->gate_count);
}

static void write_json(FILE *to, const verdict *v)
{
    (void)fputs("{\n  \"schema\": \"automaster.check/1\",\n  \"file\": ", to);
    json_string(to, v->source.path);
    (void)fprintf(to, ",\n  \"pass\": %s,\n  \"gates\": [", passed(v) == v->gate_count ? "true" : "false");
    for (size_t i = 0; i < v->gate_count; i++) {
        const check_gate *g = &v->gates[i];

        (void)fprintf(to, "%s\n    { \"name\": \"%s\", \"destination\": ", i ? "," : "", g->name);
        if (g->destination[0])
            json_string(to, g->destination);
        else
            (void)fputs("null", to);
        (void)fprintf(to, ", \"limit\": \"%s\", \"measured\": \"%s\", \"pass\": %s }", g->limit, g->measured,
                      g->pass ? "true" : "false");
    }
    (void)fputs("\n  ],\n  \"advice\": [", to);
    for (size_t i = 0; i < v->advice_count; i++) {
        (void)fputs(i ? ",\n    " : "\n    ", to);
        json_string(to, v->advice[i]);
    }
    (void)fputs(v->advice_count ? "\n  ]\n}\n" : "]\n}\n", to);
}

static am_status print_verdict(const settings *options, const verdict *v, results *to, am_error *err)
{
    char *document = NULL;
    size_t length;
    FILE *memory;

    if (to->format == RESULT_TEXT && option_flag(options, OPTION_QUIET))
        return AM_OK;
    memory = open_memstream(&document, &length);
    if (memory) {
        (to->format == RESULT_TEXT ? write_text : write_json)(memory, v);
        if (fclose(memory) != 0) {
            free(document);
            document = NULL;
        }
    }
    if (!document) {
        *err = (am_error) { AM_ERR_NOMEM, "out of memory" };
        return AM_ERR_NOMEM;
    }
    results_add(to, document);
    free(document);
    return AM_OK;
}

static int check_one(const settings *options, const char *path, am_options *call, void *context, results *to)
{
    verdict *v = context;
    am_error err = { 0 };
    progress p;
    am_status st;

    progress_begin(&p, options, name_source(path), call);
    st = am_analyze_file(name_source(path), call, &v->analysis, &v->source, &err);
    progress_end(&p);
    if (!st) {
        judge(v, options);
        st = print_verdict(options, v, to, &err);
    }
    if (st)
        return results_failure(to, path, st, &err);
    return passed(v) == v->gate_count ? DONE : GATE_FAILED;
}

int command_check(const settings *options)
{
    verdict *v = malloc(sizeof *v);
    int code;

    if (!v)
        return say_failure(AM_ERR_NOMEM, &(am_error) { AM_ERR_NOMEM, "out of memory" });
    code = each_file(options, check_one, v);
    free(v);
    return code;
}
