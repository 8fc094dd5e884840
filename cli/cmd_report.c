#include "cli/commands.h"
#include "cli/files.h"
#include "cli/say.h"
#include "cli/signals.h"

#include <stdlib.h>
#include <string.h>

enum { FORMAT_HTML, FORMAT_SVG, FORMAT_PNG };   /* the choices of --format */

/* The format that -o or --format asks for. */
static int format_of(const settings *options)
{
    const char *suffix = options->values[OPTION_OUTPUT].text ? name_suffix(options->values[OPTION_OUTPUT].text) : "";

    if (options->values[OPTION_FORMAT].from == FROM_DEFAULT && *suffix) {
        const int place = choice_find(option_table[OPTION_FORMAT].choices, suffix + 1, strlen(suffix + 1));

        if (place >= 0)
            return place;
    }
    return (int)options->values[OPTION_FORMAT].number;
}

/* The suffix of -o is not that of the format; what has none, as /dev/stdout, may hold any. */
static bool misnamed(const char *output, int format)
{
    const char *suffix = name_suffix(output);
    const bool page = format == FORMAT_HTML && (strcmp(suffix, ".htm") == 0 || strcmp(suffix, ".xhtml") == 0);

    return *suffix && !page && choice_find(option_table[OPTION_FORMAT].choices, suffix + 1, strlen(suffix + 1)) != format;
}

static am_status write_picture(const settings *options, int format, const char *bytes, size_t length, const char *path, am_error *err)
{
    unsigned char *png = NULL;
    char *svg = NULL;
    size_t count = 0;
    am_status st = format == FORMAT_PNG ? am_report_chart_png(bytes, length, NULL, &png, &count, err)
                                        : am_report_chart_svg(bytes, length, NULL, &svg, err);

    if (!st && format == FORMAT_PNG)
        st = file_write_bytes(path, png, count, option_flag(options, OPTION_FORCE), err);
    else if (!st)
        st = file_write(path, svg, option_flag(options, OPTION_FORCE), err);
    am_release(NULL, svg);
    am_release(NULL, png);
    return st;
}

static am_status write_page(const settings *options, const char *bytes, size_t length, const char *report, const char *path, am_error *err)
{
    am_options call;

    AM_OPTIONS_INIT(&call);
    call.overwrite = option_flag(options, OPTION_FORCE);
    call.progress = signal_none;
    return am_report_page(bytes, length, strcmp(report, "-") == 0 ? NULL : report, path, option_flag(options, OPTION_FULL), &call, err);
}

int command_report(const settings *options)
{
    static const char *const suffixes[] = { ".html", ".svg", ".png" };
    const char *report = options->files[0], *output = options->values[OPTION_OUTPUT].text;
    const int format = format_of(options);
    char path[PATH_SIZE], *bytes = NULL;
    am_error err = { 0 };
    size_t length = 0;
    am_status st;

    if (output && misnamed(output, format)) {
        say("--output %s: what is made is %s; name it so", output, suffixes[format]);
        return USAGE;
    }
    if (!output && strcmp(report, "-") == 0) {
        say("a report from standard input needs -o FILE");
        return USAGE;
    }
    st = output ? (snprintf(path, sizeof path, "%s", output) < (int)sizeof path ? AM_OK : AM_ERR_RANGE)
                : name_beside(report, suffixes[format], path, &err);
    if (!st)
        st = file_read(report, &bytes, &length, &err);
    if (!st) {
        st = format == FORMAT_HTML ? write_page(options, bytes, length, report, path, &err) : write_picture(options, format, bytes, length, path, &err);
        if (st == AM_ERR_FORMAT || (st == AM_ERR_RANGE && !strstr(err.message, report))) {
            am_error why = err;

            (void)snprintf(err.message, sizeof err.message, "%.200s: %.300s", report, why.message);
        }
    }
    free(bytes);
    if (st == AM_ERR_STATE) {           /* this build cannot */
        say("%s", err.message);
        return USAGE;
    }
    if (st)
        return say_failure(st, &err);
    if (!option_flag(options, OPTION_QUIET) && strcmp(path, "-") != 0)
        (void)printf("%s\n", path);
    return DONE;
}
