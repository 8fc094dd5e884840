/* status.h - how a call ended, and what to tell the person who made it */
#ifndef AUTOMASTER_STATUS_H
#define AUTOMASTER_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#define AM_API __attribute__((visibility("default")))
#define AM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define AM_API
#define AM_PRINTF(fmt, args)
#endif

typedef enum am_status {            /* values are part of the ABI */
    AM_OK = 0,
    AM_ERR_RANGE = 1,               /* a value outside its documented range */
    AM_ERR_NOMEM = 2,
    AM_ERR_IO = 3,                  /* the system refused: errno is in the message */
    AM_ERR_FORMAT = 4,              /* bytes are not what they claim to be, or not readable by this build */
    AM_ERR_STATE = 5,               /* call out of order */
    AM_ERR_CONTENT = 6,             /* readable audio that cannot be mastered: silence, too short, not finite */
    AM_ERR_EXISTS = 7,              /* the output is there already, or is the input itself */
    AM_ERR_CANCELLED = 8,           /* the progress callback asked to stop */
    AM_ERR_NOSPACE = 9              /* no space or quota: worth another try later */
} am_status;

/* Filled on failure by every call that takes one; the pointer may be NULL. */
typedef struct am_error {
    am_status status;
    char message[512];              /* UTF-8, "file: what: what to do next"; may hold a second line */
} am_error;

/* A few lower-case words for a status, in English; never NULL. */
AM_API const char *am_status_text(am_status status);

#ifdef __cplusplus
}
#endif
#endif
