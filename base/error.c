#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *am_status_text(am_status status)
{
    switch (status) {
    case AM_OK: return "done";
    case AM_ERR_RANGE: return "value out of range";
    case AM_ERR_NOMEM: return "out of memory";
    case AM_ERR_IO: return "input or output failed";
    case AM_ERR_FORMAT: return "not a readable format";
    case AM_ERR_STATE: return "call out of order";
    case AM_ERR_CONTENT: return "audio cannot be mastered";
    case AM_ERR_EXISTS: return "output exists";
    case AM_ERR_CANCELLED: return "cancelled";
    case AM_ERR_NOSPACE: return "no space left";
    }
    return "unknown status";
}

static void write_message(am_error *err, am_status status, const char *format, va_list args)
{
    err->status = status;
    (void)vsnprintf(err->message, sizeof err->message, format, args);
}

am_status am_fail(am_error *err, am_status status, const char *format, ...)
{
    if (err) {
        va_list args;

        va_start(args, format);
        write_message(err, status, format, args);
        va_end(args);
    }
    return status;
}

static am_status status_of_errno(int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return AM_ERR_NOSPACE;
    case ENOMEM: return AM_ERR_NOMEM;
    default: return AM_ERR_IO;
    }
}

am_status am_fail_errno(am_error *err, int code, const char *format, ...)
{
    const am_status status = status_of_errno(code);

    if (err) {
        char reason[128];
        va_list args;
        size_t used;

        va_start(args, format);
        write_message(err, status, format, args);
        va_end(args);
        used = strlen(err->message);
        (void)snprintf(err->message + used, sizeof err->message - used, ": %s", strerror_r(code, reason, sizeof reason));
    }
    return status;
}
