#include "cli/commands.h"
#include "cli/files.h"
#include "cli/results.h"
#include "cli/say.h"

#include <stdlib.h>

int command_explain(const settings *options)
{
    const char *path = options->files[0];
    char *bytes = NULL, *text = NULL;
    am_error err = { 0 }, why = { 0 };
    results to = { .to = stdout, .format = RESULT_TEXT };
    size_t length;
    am_status st = file_read(path, &bytes, &length, &err);

    if (!st) {
        st = am_explain_json(bytes, length, NULL, &text, &why);
        if (st)
            (void)snprintf(err.message, sizeof err.message, "%.200s: %.300s", path, why.message);
    }
    if (!st)
        results_add(&to, text);
    am_release(NULL, text);
    free(bytes);
    return st ? say_failure(st, &err) : DONE;
}
