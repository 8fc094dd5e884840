#include "cli/commands.h"
#include "cli/each.h"
#include "cli/files.h"
#include "cli/progress.h"
#include "cli/say.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The columns after file, format, sample_rate_hz and channels; documented in the manual page. */
static const struct {
    const char *name;
    size_t offset;
    int decimals;
} columns[] = {
    { "duration_s", offsetof(am_analysis, duration_s), 3 },
    { "integrated_lufs", offsetof(am_analysis, loudness.integrated_lufs), 2 },
    { "momentary_max_lufs", offsetof(am_analysis, loudness.momentary_max_lufs), 2 },
    { "short_term_max_lufs", offsetof(am_analysis, loudness.short_term_max_lufs), 2 },
    { "range_lu", offsetof(am_analysis, loudness.range_lu), 2 },
    { "sample_peak_dbfs", offsetof(am_analysis, peak.sample_dbfs), 2 },
    { "true_peak_dbtp", offsetof(am_analysis, peak.true_peak_dbtp), 2 },
    { "clipped_percent", offsetof(am_analysis, peak.clipped_percent), 4 },
    { "plr_db", offsetof(am_analysis, dynamics.plr_db), 2 },
    { "psr_db", offsetof(am_analysis, dynamics.psr_db), 2 },
    { "crest_db", offsetof(am_analysis, dynamics.crest_db), 2 },
    { "correlation", offsetof(am_analysis, stereo.correlation), 4 },
    { "width_db", offsetof(am_analysis, stereo.width_db), 2 },
    { "balance_db", offsetof(am_analysis, stereo.balance_db), 2 },
    { "cutoff_hz", offsetof(am_analysis, cutoff_hz), 0 },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void csv_head(FILE *to)
{
    (void)fputs("file,format,sample_rate_hz,channels", to);
    for (size_t i = 0; i < COLUMNS; i++)
        (void)fprintf(to, ",%s", columns[i].name);
    (void)fputc('\n', to);
}

/* RFC 4180: quotes where they are needed, doubled inside. */
static void csv_text(FILE *to, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        (void)fputs(text, to);
        return;
    }
    (void)fputc('"', to);
    for (; *text; text++)
        (void)fputs(*text == '"' ? "\"\"" : (char[]) { *text, '\0' }, to);
    (void)fputc('"', to);
}

static void csv_line(FILE *to, const am_analysis *analysis, const am_source *source)
{
    csv_text(to, source->path);
    (void)fputc(',', to);
    csv_text(to, source->format);
    (void)fprintf(to, ",%.0f,%u", analysis->sample_rate_hz, (unsigned)analysis->channels);
    for (size_t i = 0; i < COLUMNS; i++) {
        double x;

        memcpy(&x, (const char *)analysis + columns[i].offset, sizeof x);
        if (isfinite(x))
            (void)fprintf(to, ",%.*f", columns[i].decimals, x);
        else
            (void)fputc(',', to);
    }
    (void)fputc('\n', to);
}

static am_status print_analysis(results *to, const am_analysis *analysis, const am_source *source, am_error *err)
{
    char *document = NULL;
    am_status st;

    if (to->format == RESULT_CSV) {
        if (to->count++ == 0)
            csv_head(to->to);
        csv_line(to->to, analysis, source);
        return AM_OK;
    }
    if (to->format == RESULT_TEXT)
        st = am_analysis_to_text(analysis, source, NULL, &document, err);
    else
        st = am_analysis_to_json(analysis, source, NULL, &document, err);
    if (!st)
        results_add(to, document);
    am_release(NULL, document);
    return st;
}

typedef struct measured {
    am_analysis analysis;
    am_source source;
} measured;

static int analyze_one(const settings *options, const char *path, am_options *call, void *context, results *to)
{
    measured *m = context;
    am_error err = { 0 };
    progress p;
    am_status st;

    call->style = to->format != RESULT_CSV;
    progress_begin(&p, options, name_source(path), call);
    st = am_analyze_file(name_source(path), call, &m->analysis, &m->source, &err);
    progress_end(&p);
    if (!st)
        st = print_analysis(to, &m->analysis, &m->source, &err);
    return st ? results_failure(to, path, st, &err) : DONE;
}

int command_analyze(const settings *options)
{
    measured *m = malloc(sizeof *m);
    int code;

    if (!m)
        return say_failure(AM_ERR_NOMEM, &(am_error) { AM_ERR_NOMEM, "out of memory" });
    code = each_file(options, analyze_one, m);
    free(m);
    return code;
}
