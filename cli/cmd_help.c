#include "cli/commands.h"
#include "cli/help.h"
#include "cli/verbs.h"
#include "cli/say.h"

#include <string.h>

enum { LINE = 79 };

static const char *const exit_codes =
    "Exit: 0 done, 1 failed, 2 usage, 3 gate failed, 75 try again, 130/143 stopped\n";

void option_range(const option *o, char *out, size_t size)
{
    char range[160] = "";

    if (o->kind == KIND_NUMBER || o->kind == KIND_INTEGER || o->kind == KIND_AMOUNT)
        (void)snprintf(range, sizeof range, "%.0f .. %.0f%s%s", o->low, o->high, o->unit ? " " : "", o->unit ? o->unit : "");
    else if (o->choices && o->kind == KIND_CHOICE)
        (void)snprintf(range, sizeof range, "%s", o->choices);
    for (char *c = range; o->choices && *c; c++)
        if (*c == ' ')
            *c = '|';
    if (o->initial && range[0])
        (void)snprintf(out, size, "[%s; default %s]", range, o->initial);
    else if (range[0])
        (void)snprintf(out, size, "[%s]", range);
    else
        out[0] = '\0';
}

/* Where -o is one file, or takes no standard output. */
static const char *argument_of(const option *o, int id)
{
    if (o == &option_table[OPTION_OUTPUT] && id == COMMAND_PREVIEW)
        return "FILE|DIR";
    if (o == &option_table[OPTION_OUTPUT] && (id == COMMAND_PLAN || id == COMMAND_REPORT))
        return "FILE|-";
    return o->argument ? o->argument : "";
}

static void print_option(FILE *to, const option *o, int id)
{
    char range[200], name[48];

    (void)snprintf(name, sizeof name, "--%s%s%s", o->name, o->argument ? " " : "", argument_of(o, id));
    option_range(o, range, sizeof range);
    if (o->letter)
        (void)fprintf(to, "  -%c, ", o->letter);
    else
        (void)fputs("      ", to);
    (void)fprintf(to, "%-21s %s%s%s\n", name, o->help, range[0] ? " " : "", range);
}

static void print_examples(FILE *to, const command *c)
{
    for (size_t i = 0; i < 4 && c->examples[i]; i++)
        (void)fprintf(to, "  automaster %s\n", c->examples[i]);
}

/* Print text after column characters of the line, on the next line if this one would get too long. */
static int put_word(FILE *to, int column, int indent, const char *text)
{
    if (column + (int)strlen(text) >= LINE)
        column = fprintf(to, "\n%*s", indent, "") - 1;
    return column + fprintf(to, " %s", text);
}

static void print_destinations(FILE *to)
{
    int column = fprintf(to, "DEST:");

    for (const char *word = option_table[OPTION_FOR].choices; *word;) {
        const size_t length = strcspn(word, " ");
        char text[32];

        (void)snprintf(text, sizeof text, "%.*s", (int)length, word);
        column = put_word(to, column, 5, text);
        word += length + strspn(word + length, " ");
    }
    (void)fputc('\n', to);
}

/* Options that nearly every command has, in as few lines as they need. */
static void print_common(FILE *to, unsigned bit)
{
    int column = fprintf(to, "Common:");

    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &option_table[i];
        const char letter[4] = { '-', o->letter, '|', '\0' };
        char text[64];

        if (o->group != GROUP_COMMON || !(o->commands & bit))
            continue;
        (void)snprintf(text, sizeof text, "%s--%s%s%s", o->letter ? letter : "", o->name, o->argument ? " " : "",
                       o->argument ? o->argument : "");
        column = put_word(to, column, 7, text);
    }
    (void)fputc('\n', to);
}

static void print_verbs(FILE *to)
{
    for (size_t i = 0; i < PROFILE_VERBS; i++) {
        const profile_verb *v = &profile_verbs[i];
        char call[40];

        (void)snprintf(call, sizeof call, "%s %s", v->name, v->arguments);
        (void)fprintf(to, "  %-24s %s\n", call, v->summary);
    }
    (void)fputc('\n', to);
}

void help_command(FILE *to, command_id id)
{
    const command *c = &command_table[id];
    const unsigned bit = 1u << id;

    (void)fprintf(to, "automaster %s%s%s [OPTIONS]\n%s\n\n", c->name, c->arguments[0] ? " " : "", c->arguments, c->summary);
    print_examples(to, c);
    (void)fputc('\n', to);
    if (id == COMMAND_PROFILE)
        print_verbs(to);
    for (int group = GROUP_TARGET; group <= GROUP_DELIVERY; group++)
        for (int i = 0; i < OPTION_COUNT; i++)
            if (option_table[i].group == (option_group)group && (option_table[i].commands & bit))
                print_option(to, &option_table[i], (int)id);
    if (option_table[OPTION_FOR].commands & bit)
        print_destinations(to);
    print_common(to, bit);
}

void help_overview(FILE *to)
{
    (void)fputs("Masters a finished mix after a reference, measures the result, explains it.\n\n", to);
    print_examples(to, &command_table[COMMAND_MASTER]);
    (void)fputs("\nCommands; without one, master:\n", to);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const command *c = &command_table[i];
        char call[40];

        (void)snprintf(call, sizeof call, "%s %s", c->name, c->arguments);
        (void)fprintf(to, "  %-24s %s\n", call, c->summary);
    }
    (void)fputs("\nautomaster COMMAND --help lists options; automaster help --man is the manual.\n", to);
    (void)fputs(exit_codes, to);
}

int version_print(void)
{
    (void)printf("automaster %s\n"
                 "Licence of the sources: MIT. This program is linked with FFTW3, and is therefore as a whole\n"
                 "under the GNU General Public License, version 2 or later. There is no warranty.\n", am_version());
    return DONE;
}

int command_help(const settings *options)
{
    static const char *const shells[] = { "bash", "zsh", "fish" };

    if (option_flag(options, OPTION_MAN)) {
        help_man(stdout);
    } else if (option_given(options, OPTION_COMPLETION)) {
        help_completion(stdout, shells[(int)options->values[OPTION_COMPLETION].number]);
    } else if (options->file_count) {
        for (int i = 0; i < COMMAND_COUNT; i++)
            if (strcmp(command_table[i].name, options->files[0]) == 0)
                help_command(stdout, (command_id)i);
    } else {
        help_overview(stdout);
    }
    return DONE;
}
