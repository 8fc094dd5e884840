#include "cli/results.h"

#include "cli/say.h"
#include "cli/signals.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

results results_begin(const settings *options, FILE *to, bool several)
{
    const result_format format = option_flag(options, OPTION_JSON) ? RESULT_JSON :
                                 option_flag(options, OPTION_NDJSON) ? RESULT_NDJSON :
                                 option_flag(options, OPTION_CSV) ? RESULT_CSV : RESULT_TEXT;

    return (results) { .to = to, .format = format, .array = several && format == RESULT_JSON };
}

bool results_ready(const results *r, const settings *options)
{
    return (r->to == stdout && r->format == RESULT_TEXT && option_flag(options, OPTION_QUIET)) || output_open();
}

void results_add(results *r, const char *document)
{
    size_t length = strlen(document);

    if (r->format == RESULT_NDJSON) {
        json_line(r->to, document);
        r->count++;
        return;
    }
    while (length && document[length - 1] == '\n')
        length--;
    if (r->array)
        (void)fputs(r->count ? ",\n" : "[\n", r->to);
    else if (r->count && r->format == RESULT_TEXT)
        (void)fputc('\n', r->to);
    (void)fwrite(document, 1, length, r->to);
    if (!r->array)
        (void)fputc('\n', r->to);
    r->count++;
}

int results_failure(results *r, const char *file, am_status status, const am_error *err)
{
    char *document = NULL;
    size_t length;
    FILE *memory = !signal_caught() && (r->format == RESULT_JSON || r->format == RESULT_NDJSON) ? open_memstream(&document, &length) : NULL;

    if (memory) {
        (void)fputs("{\n  \"file\": ", memory);
        json_string(memory, file);
        (void)fputs(",\n  \"error\": ", memory);
        json_string(memory, err->message[0] ? err->message : am_status_text(status));
        (void)fputs("\n}\n", memory);
        if (fclose(memory) == 0)
            results_add(r, document);
        free(document);
    }
    return say_failure(status, err);
}

void results_end(results *r)
{
    if (r->format == RESULT_JSON && !r->array && !r->count && !signal_caught())
        (void)fputs("null\n", r->to);
    if (r->array)
        (void)fputs(r->count ? "\n]\n" : "[]\n", r->to);
}

bool colour_wanted(const settings *options, FILE *to)
{
    enum { AUTO, ALWAYS, NEVER };
    const int asked = (int)options->values[OPTION_COLOR].number;
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (asked != AUTO)
        return asked == ALWAYS;
    return isatty(fileno(to)) && !(none && *none) && terminal && strcmp(terminal, "dumb") != 0;
}
