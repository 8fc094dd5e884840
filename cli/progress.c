#include "cli/progress.h"

#include "cli/files.h"
#include "cli/say.h"
#include "cli/signals.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_S 0.1

/* Shares of the time that stages usually take; the sum over the stages of a command is the whole. */
static const struct {
    const char *name;
    double share;
    unsigned commands;
} stages[] = {
    { "analyse", 0.26, 1u << COMMAND_MASTER | 1u << COMMAND_ANALYZE | 1u << COMMAND_PLAN | 1u << COMMAND_CHECK | 1u << COMMAND_PREVIEW },
    { "solve", 0.02, 1u << COMMAND_MASTER | 1u << COMMAND_PLAN },
    { "listen", 0.25, 1u << COMMAND_MASTER | 1u << COMMAND_PLAN },
    { "render", 0.30, 1u << COMMAND_MASTER | 1u << COMMAND_RENDER | 1u << COMMAND_PREVIEW },
    { "verify", 0.17, 1u << COMMAND_MASTER | 1u << COMMAND_RENDER },
};
enum { STAGES = sizeof stages / sizeof stages[0], BAR = 20 };

static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Stages before the one that runs count as done, whether they were told of or not. A second attempt begins at an earlier stage: then
 * speed is measured anew. */
static void advance(progress *p, const char *stage, double done, double now)
{
    double reached = 0.0, whole = 0.0;
    bool passed = false;

    for (size_t i = 0; i < STAGES; i++) {
        if (!(stages[i].commands & p->stages))
            continue;
        whole += stages[i].share;
        if (strcmp(stages[i].name, stage) == 0) {
            reached += stages[i].share * (done < 0.0 ? 0.0 : done > 1.0 ? 1.0 : done);
            passed = true;
        } else if (!passed) {
            reached += stages[i].share;
        }
    }
    if (!passed)
        return;
    if (reached / whole < p->done) {
        p->begun_s = now;
        p->begun_done = reached / whole;
    }
    p->done = reached / whole;
}

static size_t terminal_columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* At most columns characters of text; the start is dropped, since the end of a name tells more. */
static void put_cut(char *out, size_t size, const char *text, size_t columns)
{
    size_t count = 0, used = 0;

    for (const char *c = text; *c; c++)
        count += ((unsigned char)*c & 0xc0) != 0x80;
    for (; count > columns && *text; count--)
        for (text++; ((unsigned char)*text & 0xc0) == 0x80; text++)
            ;
    for (; *text && used + 1 < size; text++)
        out[used++] = (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text;
    out[used] = '\0';
}

static void draw_bar(progress *p, double now)
{
    const double elapsed_s = now - p->begun_s, gained = p->done - p->begun_done;
    char numbers[160], name[512], bar[BAR + 1];
    const int filled = (int)(p->done * BAR);
    const size_t columns = terminal_columns();
    int used;

    memset(bar, '#', (size_t)filled);
    memset(bar + filled, '.', (size_t)(BAR - filled));
    bar[BAR] = '\0';
    used = snprintf(numbers, sizeof numbers, "  %-7s [%s] %3.0f%%", p->stage, bar, 100.0 * p->done);
    if (p->duration_s > 0.0 && elapsed_s > 0.3)
        used += snprintf(numbers + used, sizeof numbers - (size_t)used, "  %.0fx", gained * p->duration_s / elapsed_s);
    if (gained > 0.05 && elapsed_s > 0.3)
        used += snprintf(numbers + used, sizeof numbers - (size_t)used, "  %.0f s left", elapsed_s * (1.0 - p->done) / gained);
    if ((size_t)used >= columns)
        numbers[columns - 1] = '\0';
    put_cut(name, sizeof name, name_base(p->file), (size_t)used + 1 < columns ? columns - 1 - (size_t)used : 0);
    (void)fprintf(stderr, "\r%s%s\033[K", name, numbers);
    p->drawn = true;
}

static void print_json(const progress *p, double done, double elapsed_s)
{
    (void)fputs("{\"file\":", stderr);
    json_string(stderr, p->file);
    (void)fprintf(stderr, ",\"stage\":\"%s\",\"stage_done\":%.3f,\"done\":%.3f,\"elapsed_s\":%.2f}\n", p->stage, done, p->done,
                  elapsed_s);
}

static bool on_progress(void *context, const char *stage, double done)
{
    progress *p = context;
    const double now = now_s();
    const bool other = strncmp(p->stage, stage, sizeof p->stage - 1) != 0;

    if (signal_caught())
        return false;
    advance(p, stage, done, now);
    (void)snprintf(p->stage, sizeof p->stage, "%s", stage);
    if (p->mode == PROGRESS_PLAIN && other)
        remark("%s: %s", p->file, stage);
    if ((p->mode != PROGRESS_BAR && p->mode != PROGRESS_JSON) || now - p->shown_s < REDRAW_S)
        return true;
    p->shown_s = now;
    if (p->mode == PROGRESS_BAR)
        draw_bar(p, now);
    else
        print_json(p, done, now - p->start_s);
    return true;
}

progress_mode progress_chosen(const settings *options)
{
    const progress_mode asked = (progress_mode)options->values[OPTION_PROGRESS].number;
    const char *terminal = getenv("TERM");

    if (asked != PROGRESS_AUTO)
        return asked;
    if (option_flag(options, OPTION_QUIET) || !isatty(STDERR_FILENO) || !terminal || strcmp(terminal, "dumb") == 0)
        return PROGRESS_NONE;
    return PROGRESS_BAR;
}

/* A pipe can be read but once, so it is not asked how long it is. */
static double audio_duration_s(const char *file, const am_options *call)
{
    am_source *source = NULL;
    struct stat info;
    double duration_s = 0.0;

    if (stat(file, &info) != 0 || !S_ISREG(info.st_mode))
        return 0.0;
    source = calloc(1, sizeof *source);
    if (source && am_probe_file(file, call, source, NULL) == AM_OK && source->rate_hz)
        duration_s = (double)source->frames / source->rate_hz;
    free(source);
    return duration_s;
}

void progress_begin(progress *p, const settings *options, const char *file, am_options *call)
{
    *p = (progress) { .mode = progress_chosen(options), .file = file, .stages = 1u << options->command };
    p->start_s = p->begun_s = now_s();
    if (p->mode == PROGRESS_BAR)
        p->duration_s = audio_duration_s(file, call);
    call->progress = on_progress;
    call->progress_context = p;
}

void progress_end(progress *p)
{
    if (p->drawn)
        (void)fputs("\r\033[K", stderr);
    p->drawn = false;
}
