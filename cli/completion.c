#include "cli/help.h"
#include "cli/verbs.h"

#include <string.h>

static bool takes_file(const option *o)
{
    return o->argument && !o->choices && (strstr(o->argument, "FILE") || strstr(o->argument, "DIR"));
}

static void words_of_commands(FILE *to)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(to, "%s%s", i ? " " : "", command_table[i].name);
}

static void words_of_verbs(FILE *to)
{
    for (size_t i = 0; i < PROFILE_VERBS; i++)
        (void)fprintf(to, "%s%s", i ? " " : "", profile_verbs[i].name);
}

static void words_of_options(FILE *to, command_id id)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &option_table[i];

        if (o->group != GROUP_HIDDEN && (o->commands & 1u << id))
            (void)fprintf(to, " --%s", o->name);
    }
}

/* Options whose value is a word of a list, a file, or something that cannot be guessed. */
static void bash_values(FILE *to)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &option_table[i];

        if (!o->argument || o->group == GROUP_HIDDEN)
            continue;
        (void)fprintf(to, "    --%s", o->name);
        if (o->letter)
            (void)fprintf(to, "|-%c", o->letter);
        if (o->kind == KIND_LIST)
            (void)fprintf(to, ") _automaster_list \"%s\"; return;;\n", o->choices);
        else if (o->choices)
            (void)fprintf(to, ") COMPREPLY=($(compgen -W \"%s\" -- \"$word\")); return;;\n", o->choices);
        else if (i == OPTION_PROFILE)
            (void)fputs(") _automaster_profiles; _automaster_files; return;;\n", to);
        else
            (void)fputs(takes_file(o) ? ") _automaster_files; return;;\n" : ") return;;\n", to);
    }
}

static void bash(FILE *to)
{
    (void)fputs("# automaster: completion for bash\n"
                "_automaster_files()\n{\n    local IFS=$'\\n'\n    compopt -o filenames 2>/dev/null\n"
                "    COMPREPLY+=($(compgen -f -- \"$word\"))\n}\n"
                "_automaster_profiles()\n{\n    COMPREPLY+=($(compgen -W \"$(automaster profile list --names 2>/dev/null)\" -- \"$word\"))\n}\n"
                "_automaster_list()\n{\n    local last=${word##*,}\n"
                "    COMPREPLY=($(compgen -P \"${word%\"$last\"}\" -W \"$1\" -- \"$last\"))\n}\n"
                "_automaster()\n{\n    local word=$2 command=master commands options\n    COMPREPLY=()\n    commands='", to);
    words_of_commands(to);
    (void)fputs("'\n    local verbs='", to);
    words_of_verbs(to);
    (void)fputs("'\n    case $3 in\n", to);
    bash_values(to);
    (void)fputs("    esac\n    [[ $COMP_CWORD -gt 1 && \" $commands \" == *\" ${COMP_WORDS[1]} \"* ]] && command=${COMP_WORDS[1]}\n"
                "    case $command in\n", to);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(to, "    %s) options='", command_table[i].name);
        words_of_options(to, (command_id)i);
        (void)fputs("';;\n", to);
    }
    (void)fputs("    esac\n    if [[ $word == -* ]]; then\n"
                "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n        return\n"
                "    fi\n    [[ $COMP_CWORD -eq 1 || $command == help ]] && COMPREPLY=($(compgen -W \"$commands\" -- \"$word\"))\n"
                "    if [[ $command == profile && $COMP_CWORD -eq 2 ]]; then\n"
                "        COMPREPLY=($(compgen -W \"$verbs\" -- \"$word\"))\n        return\n    fi\n"
                "    [[ $command == profile ]] && _automaster_profiles\n"
                "    [[ $command == help ]] || _automaster_files\n}\ncomplete -F _automaster automaster\n", to);
}

/* Inside single quotes, with what _arguments takes for syntax escaped. */
static void zsh_text(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'') {
            (void)fputs("'\\''", to);
            continue;
        }
        if (strchr("[]:\\", *text))
            (void)fputc('\\', to);
        (void)fputc(*text, to);
    }
}

static void zsh_option(FILE *to, const option *o, const char *start, const char *name)
{
    const bool repeatable = o->kind == KIND_REFERENCE;

    (void)fprintf(to, "        '%s%s%s%s[", repeatable ? "*" : "", start, name, !o->argument ? "" : start[1] ? "=" : "+");
    zsh_text(to, o->help);
    (void)fputc(']', to);
    if (o->argument) {
        (void)fputc(':', to);
        zsh_text(to, o->argument);
        (void)fputc(':', to);
    }
    if (o->choices)
        (void)fprintf(to, "(%s)", o->choices);
    else if (o == &option_table[OPTION_PROFILE])
        (void)fputs("_automaster_profiles", to);
    else if (takes_file(o))
        (void)fputs("_files", to);
    (void)fputs("'\n", to);
}

static void zsh(FILE *to)
{
    (void)fputs("#compdef automaster\n# automaster: completion for zsh\n_automaster_profiles()\n{\n"
                "    local -a names=(${(f)\"$(automaster profile list --names 2>/dev/null)\"})\n"
                "    _alternative \"profiles:profile:($names)\" 'files:file:_files'\n}\n_automaster()\n{\n"
                "    local command=master\n    local -a options\n"
                "    if ((CURRENT > 2)); then\n        case $words[2] in\n        ", to);
    for (int i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(to, "%s%s", i ? "|" : "", command_table[i].name);
    (void)fputs(") command=$words[2];;\n        esac\n    fi\n    case $command in\n", to);
    for (int c = 0; c < COMMAND_COUNT; c++) {
        (void)fprintf(to, "    %s) options=(\n", command_table[c].name);
        for (int i = 0; i < OPTION_COUNT; i++) {
            const option *o = &option_table[i];
            const char letter[2] = { o->letter, '\0' };

            if (o->group == GROUP_HIDDEN || !(o->commands & 1u << c))
                continue;
            zsh_option(to, o, "--", o->name);
            if (o->letter)
                zsh_option(to, o, "-", letter);
        }
        (void)fputs("        );;\n", to);
    }
    (void)fputs("    esac\n", to);
    (void)fputs("    if ((CURRENT == 2)); then\n        _alternative 'commands:command:(", to);
    words_of_commands(to);
    (void)fputs(")' 'files:file:_files' 'options:option:{_arguments -s $options}'\n"
                "    elif [[ $command == profile ]] && ((CURRENT == 3)); then\n        _values verb ", to);
    words_of_verbs(to);
    (void)fputs("\n    elif [[ $command == profile ]]; then\n        _arguments -s $options '*:profile:_automaster_profiles'\n    else\n"
                "        _arguments -s $options '*:file:_files'\n    fi\n}\n_automaster \"$@\"\n", to);
}

static void fish_text(FILE *to, const char *text)
{
    (void)fputc('\'', to);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            (void)fputc('\\', to);
        (void)fputc(*text, to);
    }
    (void)fputc('\'', to);
}

static void fish_condition(FILE *to, unsigned bits)
{
    (void)fputs(" -n '", to);
    if (bits & 1u << COMMAND_MASTER) {
        (void)fputs("not __fish_seen_subcommand_from", to);
        for (int i = 0; i < COMMAND_COUNT; i++)
            if (!(bits & 1u << i))
                (void)fprintf(to, " %s", command_table[i].name);
    } else {
        (void)fputs("__fish_seen_subcommand_from", to);
        for (int i = 0; i < COMMAND_COUNT; i++)
            if (bits & 1u << i)
                (void)fprintf(to, " %s", command_table[i].name);
    }
    (void)fputc('\'', to);
}

static void fish_verbs(FILE *to)
{
    for (size_t i = 0; i < PROFILE_VERBS; i++) {
        (void)fprintf(to, "complete -c automaster -n '__fish_seen_subcommand_from profile; and test (count (commandline -opc)) -eq 2' -a %s -d ",
                      profile_verbs[i].name);
        fish_text(to, profile_verbs[i].summary);
        (void)fputc('\n', to);
    }
    (void)fputs("complete -c automaster -n '__fish_seen_subcommand_from profile; and test (count (commandline -opc)) -gt 2' "
                "-a '(automaster profile list --names 2>/dev/null)'\n", to);
}

static void fish(FILE *to)
{
    const unsigned all = (1u << COMMAND_COUNT) - 1;

    (void)fputs("# automaster: completion for fish\n", to);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(to, "complete -c automaster -n __fish_is_first_arg -a %s -d ", command_table[i].name);
        fish_text(to, command_table[i].summary);
        (void)fputc('\n', to);
    }
    fish_verbs(to);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &option_table[i];

        if (o->group == GROUP_HIDDEN)
            continue;
        (void)fputs("complete -c automaster", to);
        if ((o->commands & all) != all)
            fish_condition(to, o->commands);
        (void)fprintf(to, " -l %s", o->name);
        if (o->letter)
            (void)fprintf(to, " -s %c", o->letter);
        if (o->choices)
            (void)fprintf(to, " -x -a '%s'", o->choices);
        else if (i == OPTION_PROFILE)
            (void)fputs(" -r -F -a '(automaster profile list --names 2>/dev/null)'", to);
        else if (o->argument)
            (void)fputs(takes_file(o) ? " -r -F" : " -x", to);
        (void)fputs(" -d ", to);
        fish_text(to, o->help);
        (void)fputc('\n', to);
    }
}

void help_completion(FILE *to, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        bash(to);
    else if (strcmp(shell, "zsh") == 0)
        zsh(to);
    else
        fish(to);
}
