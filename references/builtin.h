/* builtin.h - the profiles that are part of the program, as the bytes of their files */
#ifndef AM_REFERENCES_BUILTIN_H
#define AM_REFERENCES_BUILTIN_H

#include <stddef.h>

/* The file of a built-in profile, or NULL when there is none of that name. */
const char *am_profile_builtin(const char *name, size_t *length);

/* The name of the index-th built-in profile, NULL beyond the last. */
const char *am_profile_builtin_name(size_t index);

#endif
