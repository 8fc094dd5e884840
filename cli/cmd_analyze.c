#include "cli/commands.h"
#include "cli/files.h"
#include "cli/presets.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/say.h"
#include "cli/signals.h"

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

static int analyze_one(const settings *options, const char *path, am_options *call, measured *m, results *to)
{
    const char *source = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    am_error err = { 0 };
    progress p;
    am_status st;

    progress_begin(&p, options, source, call);
    st = am_analyze_file(source, call, &m->analysis, &m->source, &err);
    progress_end(&p);
    if (!st)
        st = print_analysis(to, &m->analysis, &m->source, &err);
    flush_output(to->to);
    return st ? say_failure(st, &err) : DONE;
}

static int analyze_all(const settings *options, const file_list *list, results *to)
{
    measured *m = malloc(sizeof *m);
    am_error err = { AM_ERR_NOMEM, "out of memory" };
    am_options call;
    int code = list->code;

    if (!m || call_prepare(options, &call, &err)) {
        free(m);
        return say_failure(err.status, &err);
    }
    if (to->format == RESULT_CSV)
        csv_head(to->to);
    for (size_t i = 0; i < list->count && !signal_caught() && !ferror(to->to); i++)
        code = worse(code, analyze_one(options, list->paths[i], &call, m, to));
    free(m);
    return signal_caught() ? signal_exit_code() : code;
}

int command_analyze(const settings *options)
{
    am_error err = { 0 };
    file_list list;
    results to;
    int code;

    if (!output_open())
        return FAILED;
    if (list_files(options->files, options->file_count, &list, &err))
        return say_failure(err.status, &err);
    to = results_begin(options, stdout, options->file_count > 1 || list.from_folder);
    code = analyze_all(options, &list, &to);
    if (code == DONE || to.count || to.array)
        results_end(&to);
    list_free(&list);
    return code;
}
