#include "cli/options.h"
#include "cli/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CONFIG_BYTES = 1 << 16 };

/* The XDG base directories: name below what the variable says, or below its default in the home. */
static bool base_path(const char *variable, const char *in_home, const char *name, char *out, size_t size)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    int length = -1;

    if (base && base[0] == '/')
        length = snprintf(out, size, "%s/automaster/%s", base, name);
    else if (home && home[0] == '/')
        length = snprintf(out, size, "%s/%s/automaster/%s", home, in_home, name);
    return length > 0 && (size_t)length < size;
}

bool config_path(char *out, size_t size) { return base_path("XDG_CONFIG_HOME", ".config", "config", out, size); }

bool profiles_path(char *out, size_t size) { return base_path("XDG_DATA_HOME", ".local/share", "profiles", out, size); }

static char *trim(char *text)
{
    size_t length;

    text += strspn(text, " \t\r");
    length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    return text;
}

static am_status config_line(char *line, const char *where, settings *out, am_error *err)
{
    char *equals = strchr(line, '='), *key = line, *value;
    char message_start[600];
    option_value before;
    option_id id;

    if (!equals)
        return usage_error(err, "%s: wanted is key = value, found \"%.100s\"", where, line);
    *equals = '\0';
    key = trim(key);
    value = trim(equals + 1);
    id = option_find(key, strlen(key));
    if (id == OPTION_COUNT || id == OPTION_HELP || id == OPTION_VERSION || id == OPTION_MAN || id == OPTION_COMPLETION)
        return usage_error(err, "%s: \"%.100s\" is not the long name of an option", where, key);
    (void)snprintf(message_start, sizeof message_start, "%s: %s", where, key);
    before = out->values[id];
    if (option_table[id].commands & 1u << out->command)
        return value_set(out, id, value, FROM_CONFIG, message_start, err);
    if (option_table[id].kind == KIND_REFERENCE || option_table[id].kind == KIND_AMOUNT)
        return AM_OK;
    /* Of another command: a mistake is told all the same, the value is not kept. */
    const am_status st = value_set(out, id, value, FROM_CONFIG, message_start, err);

    out->values[id] = before;
    return st;
}

am_status options_config(char *text, const char *name, settings *out, am_error *err)
{
    unsigned long number = 0;

    while (text) {
        char *line = text, *end = strchr(text, '\n');
        char where[560];
        am_status st;

        number++;
        text = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        line = trim(line);
        if (!*line || *line == '#')
            continue;
        (void)snprintf(where, sizeof where, "%.300s:%lu", name, number);
        st = config_line(line, where, out, err);
        if (st)
            return st;
    }
    return AM_OK;
}

am_status config_load(const char *path, settings *out, am_error *err)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    size_t length;
    bool broken;

    /* A home that is not ours to look into, as after a change of user, has no config for us. */
    if (!file && stat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return AM_OK;
    if (!file)
        return usage_error(err, "%.300s: %s", path, strerror(errno));
    out->config = calloc(CONFIG_BYTES + 1, 1);
    if (!out->config) {
        (void)fclose(file);
        (void)usage_error(err, "out of memory");
        return AM_ERR_NOMEM;
    }
    length = fread(out->config, 1, CONFIG_BYTES, file);
    broken = ferror(file) || fgetc(file) != EOF;
    (void)fclose(file);
    if (broken)
        return usage_error(err, "%.300s: not readable, or longer than %d bytes", path, CONFIG_BYTES);
    if (memchr(out->config, '\0', length))
        return usage_error(err, "%.300s: holds a zero byte", path);
    return options_config(out->config, path, out, err);
}
