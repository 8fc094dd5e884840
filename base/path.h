/* path.h - names of files */
#ifndef AM_BASE_PATH_H
#define AM_BASE_PATH_H

#include <string.h>

/* What stands behind the last slash. */
static inline const char *am_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

#endif
