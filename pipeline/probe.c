#include <automaster/automaster.h>

#include "base/error.h"
#include "io/reader.h"

am_status am_probe_file(const char *path, const am_options *options, am_source *out, am_error *err)
{
    am_reader *reader = NULL;
    am_status st;

    if (!path || !out)
        return am_fail(err, AM_ERR_RANGE, "am_probe_file: path or out is NULL");
    st = am_reader_open(path, options ? options->allocator : NULL, &reader, err);
    if (!st)
        *out = *am_reader_source(reader);
    am_reader_close(reader);
    return st;
}
