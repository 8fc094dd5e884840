/* error.h - filling an am_error */
#ifndef AM_BASE_ERROR_H
#define AM_BASE_ERROR_H

#include <automaster/status.h>

/* Write status and message to *err (NULL is fine) and return status, so that one line reports and leaves. */
am_status am_fail(am_error *err, am_status status, const char *format, ...) AM_PRINTF(3, 4);

/* The same for a failed system call: AM_ERR_NOSPACE for ENOSPC, EDQUOT, EFBIG; AM_ERR_NOMEM for ENOMEM; else AM_ERR_IO. ": " and the
 * system's words for code are appended. */
am_status am_fail_errno(am_error *err, int code, const char *format, ...) AM_PRINTF(3, 4);

#endif
