#include "cli/each.h"

#include "cli/files.h"
#include "cli/presets.h"
#include "cli/say.h"
#include "cli/signals.h"

int each_file(const settings *options, each_visit *visit, void *context)
{
    results to = results_begin(options, stdout, false);
    am_error err = { 0 };
    am_options call;
    file_list list;
    int code;

    if (!results_ready(&to, options))
        return FAILED;
    if (call_prepare(options, &call, &err) || list_files(options->files, options->file_count, &list, &err))
        return say_failure(err.status, &err);
    to = results_begin(options, stdout, options->file_count > 1 || list.from_folder);
    code = list.code;
    for (size_t i = 0; i < list.count && !signal_caught() && !ferror(to.to); i++) {
        code = worse(code, visit(options, list.paths[i], &call, context, &to));
        flush_output(to.to);
    }
    results_end(&to);
    list_free(&list);
    return signal_caught() ? signal_exit_code() : code;
}
