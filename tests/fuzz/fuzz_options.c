/* fuzz_options.c - the command line (first byte even) or the config file (odd) with arbitrary bytes */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Arguments are separated by newlines. */
static void try_arguments(char *text)
{
    char *argv[66] = { (char *)"automaster" };
    int argc = 1;

    for (char *word = text; word && argc < 65; argc++) {
        char *end = strchr(word, '\n');

        argv[argc] = word;
        if (end)
            *end = '\0';
        word = end ? end + 1 : NULL;
    }
    settings options;
    am_error err = { 0 };
    const am_status st = options_parse(argc, argv, &options, &err);

    if (st && !err.message[0])
        abort();
    options_free(&options);
}

static void try_config(char *text, unsigned which)
{
    settings options = { .command = (command_id)(which % COMMAND_COUNT) };
    am_error err = { 0 };

    value_defaults(&options);
    if (options_config(text, "config", &options, &err) && !err.message[0])
        abort();
    options_free(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    char *text = malloc(size);

    if (!text)
        return 0;
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0';
    if (bytes[0] % 2)
        try_config(text, bytes[0] / 2);
    else
        try_arguments(text);
    free(text);
    return 0;
}
