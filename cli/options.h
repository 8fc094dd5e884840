/* options.h - the command line and the config file, read through one table
 *
 * The table feeds parsing, --help, the manual page, shell completion and the config file. Every option means the same everywhere.
 */
#ifndef AM_CLI_OPTIONS_H
#define AM_CLI_OPTIONS_H

#include <automaster/automaster.h>

typedef enum command_id {
    COMMAND_MASTER, COMMAND_ANALYZE, COMMAND_PLAN, COMMAND_RENDER, COMMAND_CHECK, COMMAND_EXPLAIN, COMMAND_COMPARE, COMMAND_REPORT, COMMAND_PREVIEW,
    COMMAND_PROFILE, COMMAND_DOCTOR, COMMAND_HELP,
    COMMAND_COUNT
} command_id;

typedef struct command {
    const char *name;
    const char *arguments;          /* "FILE..." */
    const char *summary;            /* one line */
    size_t least, most;             /* files or words it takes */
    const char *examples[4];        /* without the program's name, NULL-terminated */
} command;

typedef enum option_id {
    OPTION_REFERENCE, OPTION_TONE_FROM, OPTION_WIDTH_FROM, OPTION_LOUDNESS_FROM, OPTION_DYNAMICS_FROM, OPTION_PROFILE,
    OPTION_AMOUNT, OPTION_MATCH, OPTION_LOUDNESS, OPTION_CEILING, OPTION_FOR, OPTION_NO_TONE, OPTION_NO_DYNAMICS, OPTION_NO_WIDTH,
    OPTION_NO_LIMIT, OPTION_RESTORE,
    OPTION_LOUDNESS_CURVE, OPTION_PLAN, OPTION_CODEC, OPTION_DELTA, OPTION_OUTPUT, OPTION_REPORT, OPTION_RATE, OPTION_BITS, OPTION_DITHER, OPTION_SEED,
    OPTION_FORCE, OPTION_SKIP_EXISTING, OPTION_DRY_RUN, OPTION_STRICT, OPTION_FULL, OPTION_FORMAT,
    OPTION_VARIANT, OPTION_HTML,
    OPTION_MAX_RESIDUAL, OPTION_MAX_LOUDNESS, OPTION_MAX_TONE, OPTION_MAX_WIDTH,
    OPTION_AS, OPTION_ABOUT, OPTION_KEEP_ALL, OPTION_COMPACT, OPTION_FIT_TO, OPTION_NAMES,
    OPTION_MAN, OPTION_COMPLETION,
    OPTION_JOBS, OPTION_JSON, OPTION_NDJSON, OPTION_CSV, OPTION_PROGRESS, OPTION_COLOR, OPTION_QUIET, OPTION_VERBOSE, OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
} option_id;

typedef enum option_kind {
    KIND_FLAG,                      /* number 1 when given */
    KIND_NUMBER, KIND_INTEGER,      /* in [low, high] */
    KIND_CHOICE,                    /* number: place in choices */
    KIND_LIST,                      /* words of choices, with commas */
    KIND_TEXT,
    KIND_REFERENCE,                 /* FILE[=WEIGHT], repeatable: a reference, or a profile by its name */
    KIND_AMOUNT,                    /* PCT or name=PCT,... */
    KIND_VARIANT,                   /* OPTION=VALUE;..., repeatable */
    KIND_LATER                      /* named by the contract, not in this version */
} option_kind;

typedef enum option_group { GROUP_TARGET, GROUP_DELIVERY, GROUP_COMMON, GROUP_HIDDEN } option_group;

typedef struct option {
    const char *name;
    char letter;                    /* 0: none */
    const char *argument;           /* NULL: a flag */
    option_kind kind;
    option_group group;
    unsigned commands;              /* bits 1 << command_id */
    double low, high;
    const char *unit;
    const char *initial;            /* default, as it would be typed; NULL: none */
    const char *choices;            /* words with spaces between */
    const char *help;               /* what fits on one line of --help */
    const char *more;               /* sentences for the manual; NULL: none */
} option;

extern const option option_table[OPTION_COUNT];
extern const command command_table[COMMAND_COUNT];

typedef enum origin { FROM_DEFAULT, FROM_CONFIG, FROM_COMMAND_LINE } origin;

typedef struct option_value {
    const char *text;               /* as given last; NULL: neither given nor a default */
    double number;                  /* parsed; NaN: none */
    origin from;
} option_value;

enum { AMOUNT_TONE, AMOUNT_DYNAMICS, AMOUNT_WIDTH, AMOUNT_LOUDNESS, AMOUNT_COUNT };

typedef struct settings {
    command_id command;
    bool command_named;             /* false: master is implied */
    const char **files;             /* files, in the order given */
    size_t file_count;
    const char **files_base;        /* what to free */
    option_value values[OPTION_COUNT];
    am_reference references[AM_MAX_REFERENCES];
    size_t reference_count;
    double amounts[AMOUNT_COUNT];   /* [0, 1.5] */
    const char *variants[AM_MAX_VARIANTS];
    size_t variant_count;
    am_reference profiles[AM_MAX_REFERENCES];
    size_t profile_count;
    char profile_folder[4096];      /* of the user's library; "": nowhere */
    char *copies[4 * AM_MAX_REFERENCES];    /* references and profiles, of config and command line, whose weight was cut off */
    size_t copy_count;
    char *config;                   /* text of the config file, which values point into */
} settings;

/* Read the command line, and under it the config file. argv must outlive *out, which options_free releases in either case.
 * AM_ERR_RANGE: a mistake of the person's, with a sentence in *err; AM_ERR_NOMEM. */
am_status options_parse(int argc, char *const *argv, settings *out, am_error *err);

/* Read text, whose lines are "key = value", as defaults under the command line. Cut up in place; name is for messages. */
am_status options_config(char *text, const char *name, settings *out, am_error *err);
void options_free(settings *options);

bool option_given(const settings *options, option_id id);
bool option_flag(const settings *options, option_id id);

/* Index of the option called name (length bytes), or OPTION_COUNT. */
option_id option_find(const char *name, size_t length);
/* Is text (length bytes) one of the words of choices? Its place, or -1. */
int choice_find(const char *choices, const char *text, size_t length);

/* Where the config file is looked for, and where the user's profiles are; false: nowhere. */
bool config_path(char *out, size_t size);
bool profiles_path(char *out, size_t size);

#endif
