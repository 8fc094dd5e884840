#include "cli/help.h"

#include "cli/presets.h"
#include "cli/verbs.h"

#include <math.h>
#include <string.h>

static const char *const description =
    "automaster listens to a finished mix and to a reference, solves for the tone, width, loudness and limiting that bring\n"
    "the one to the other, renders, measures the file that it wrote, and writes a report.\n"
    "The command\n.B master\nis implied when the first word is no command.\n"
    "Options and files may stand in any order; a value follows its option after a space or an equals sign; short flags may be\n"
    "bundled; after\n.B \\-\\-\neverything is a file. Option names are not abbreviated. The file\n.B \\-\nis standard input.\n"
    ".PP\nResults go to standard output, talk to standard error. An input is never overwritten, not even with\n.BR \\-\\-force .\n"
    "Every file is written under a hidden name beside its target, verified, and renamed.\n";

static const char *const analyze_columns =
    ".PP\nThe columns of\n.B analyze \\-\\-csv\nare file, format, sample_rate_hz, channels, duration_s, integrated_lufs,\n"
    "momentary_max_lufs, short_term_max_lufs, range_lu, sample_peak_dbfs, true_peak_dbtp, clipped_percent, plr_db, psr_db,\n"
    "crest_db, correlation, width_db, balance_db, cutoff_hz. What cannot be measured is empty.\n";

static const char *const statuses =
    ".TP\n.B 0\nDone, every verdict within tolerance.\n.TP\n.B 1\nFailed: at least one input could not be done; the others were.\n"
    ".TP\n.B 2\nUsage: a bad option or config line.\n.TP\n.B 3\nRendered or checked, but a gate failed.\n"
    ".TP\n.B 75\nTemporary: no space or no memory; try again.\n"
    ".TP\n.BR 129 \", \" 130 \", \" 131 \", \" 143\nStopped by SIGHUP, SIGINT, SIGQUIT, SIGTERM; nothing half-written is left.\n";

static const char *const files =
    ".TP\n.I $XDG_CONFIG_HOME/automaster/config\nLines of\n.IR \"key = value\" ,\n"
    "where a key is the long name of an option; flags take yes or no; lines that start with # are remarks. The command line wins.\n"
    "Without the variable:\n.IR ~/.config .\n"
    ".TP\n.I $XDG_DATA_HOME/automaster/profiles/NAME.json\nProfiles of one's own. Without the variable:\n.IR ~/.local/share .\n";

/* Text with what troff would take for commands or hyphens escaped. */
static void escape(FILE *to, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '-' || *c == '\\')
            (void)fputc('\\', to);
        if ((*c == '.' || *c == '\'') && c == text)
            (void)fputs("\\&", to);
        (void)fputc(*c, to);
    }
}

static void entry(FILE *to, const option *o)
{
    char range[200];

    (void)fputs(".TP\n.BR ", to);
    if (o->letter)
        (void)fprintf(to, "\\-%c \", \" ", o->letter);
    (void)fputs("\\-\\-", to);
    escape(to, o->name);
    if (o->argument) {
        (void)fputs(" \" ", to);
        escape(to, o->argument);
        (void)fputc('"', to);
    }
    (void)fputc('\n', to);
    escape(to, o->help);
    option_range(o, range, sizeof range);
    if (range[0]) {
        (void)fputc(' ', to);
        escape(to, range);
    }
    if (o->kind == KIND_LIST) {
        (void)fputs(": ", to);
        escape(to, o->choices);
    }
    (void)fputs(".\n", to);
    if (o->more) {
        escape(to, o->more);
        (void)fputc('\n', to);
    }
    (void)fputs("Commands: ", to);
    for (int i = 0, first = 1; i < COMMAND_COUNT; i++) {
        if (!(o->commands & 1u << i))
            continue;
        (void)fprintf(to, "%s%s", first ? "" : ", ", command_table[i].name);
        first = 0;
    }
    (void)fputs(".\n", to);
}

static void commands(FILE *to)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const command *c = &command_table[i];

        (void)fprintf(to, ".TP\n.B %s", c->name);
        (void)fputc(' ', to);
        escape(to, c->arguments);
        (void)fputc('\n', to);
        escape(to, c->summary);
        (void)fputs(".\n", to);
    }
    (void)fputs(analyze_columns, to);
}

static const char *const profile_words =
    ".PP\nA profile is what many masters have in common. NAME is a built-in profile, one of the user's own, or a file:\n"
    "what has a slash in it or ends in .json, and any other word that is no profile's name. A name of one's own has\n"
    "the letters a to z, digits, _ and \\-. Built-in profiles are never changed: tune them under another name, with\n.BR \\-\\-as .\n"
    ".PP\n.B build\nmeasures all files side by side; the result depends neither on their order nor on\n.BR \\-\\-jobs .\n"
    "Files that are lossy, clipped, mono, shorter than 15 s of music, or unlike all the others are named and left out.\n"
    ".PP\nA change of\n.B tune\nis\n.IR QUANTITY = VALUE ,\n.IR QUANTITY += SHIFT\nor\n.IR QUANTITY \\-= SHIFT ,\n"
    "where a quantity is tone, width, loudness, range, plr, psr, crest, true_peak, low_side, correlation, tempo, short_term, momentary, fast,\n"
    "amount, amount_tone (dynamics, width, loudness), about, from_hz, to_hz, or a key of the file. Behind an @ stand the frequencies\n"
    "(tone@60\\-120+=1.5, width@2k\\-8k\\-=1; one frequency means the band next to it) or the percentage (short_term@95) that are meant. Mean\n"
    "and percentiles move together; loudness.deviation=1.5 sets the spread. A unit may follow the number. Each change joins the lineage.\n"
    ".PP\n.B merge\ncounts every song once; with weights, a profile counts as much as its weight says, however many songs it has.\n"
    "A name that is told wrong is answered with the nearest one.\n";

static void verbs(FILE *to)
{
    for (size_t i = 0; i < PROFILE_VERBS; i++) {
        (void)fprintf(to, ".TP\n.B %s", profile_verbs[i].name);
        (void)fputc(' ', to);
        escape(to, profile_verbs[i].arguments);
        (void)fputc('\n', to);
        escape(to, profile_verbs[i].summary);
        (void)fputs(".\n", to);
    }
    (void)fputs(profile_words, to);
}

static void number_or(FILE *to, double x, const char *unit, const char *none)
{
    if (isnan(x) || x == 0.0)
        (void)fprintf(to, "%s", none);
    else
        (void)fprintf(to, "%s%.0f %s", x < 0.0 ? "\\-" : "", fabs(x), unit);
}

/* What --for sets. */
static void destinations(FILE *to)
{
    for (const char *name = option_table[OPTION_FOR].choices; *name;) {
        const size_t length = strcspn(name, " ");
        const destination *d = destination_find(name, length);

        (void)fprintf(to, ".TP\n.B %.*s\n", (int)length, name);
        number_or(to, d->loudness_lufs, "LUFS", "loudness of the target");
        (void)fputs(", ", to);
        number_or(to, d->ceiling_dbtp, "dBTP", "");
        (void)fputs(", ", to);
        number_or(to, d->rate_hz, "Hz", "rate of the input");
        (void)fputs(", ", to);
        number_or(to, d->bits, "bits", "bits of the input");
        (void)fputs(".\n", to);
        name += length + strspn(name + length, " ");
    }
}

static void examples(FILE *to)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        for (size_t k = 0; k < 4 && command_table[i].examples[k]; k++) {
            (void)fputs(".PP\n.EX\nautomaster ", to);
            escape(to, command_table[i].examples[k]);
            (void)fputs("\n.EE\n", to);
        }
    }
}

void help_man(FILE *to)
{
    static const char *const titles[] = { "TARGET AND AMOUNT", "FILES AND DELIVERY", "COMMON OPTIONS" };

    (void)fprintf(to, ".TH AUTOMASTER 1 \"\" \"automaster %s\" \"User commands\"\n", am_version());
    (void)fputs(".SH NAME\nautomaster \\- master a finished mix after a reference\n.SH SYNOPSIS\n"
                ".B automaster\n[\\fBmaster\\fR] \\fIINPUT\\fR... [\\fIOPTIONS\\fR]\n.br\n"
                ".B automaster\n\\fICOMMAND\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n", to);
    (void)fputs(description, to);
    (void)fputs(".SH COMMANDS\n", to);
    commands(to);
    (void)fputs(".SH VERBS OF PROFILE\n", to);
    verbs(to);
    for (int group = GROUP_TARGET; group <= GROUP_COMMON; group++) {
        (void)fprintf(to, ".SH %s\n", titles[group]);
        for (int i = 0; i < OPTION_COUNT; i++)
            if (option_table[i].group == (option_group)group)
                entry(to, &option_table[i]);
    }
    (void)fputs(".SH DESTINATIONS\n", to);
    destinations(to);
    (void)fprintf(to, ".SH EXIT STATUS\n%s.SH FILES\n%s.SH EXAMPLES\n", statuses, files);
    examples(to);
    (void)fputs(".SH LICENCE\nThe sources are under the MIT licence. The program is linked with FFTW3 and therefore\n"
                "as a whole under the GNU General Public License, version 2 or later.\n", to);
}
