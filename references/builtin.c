#include "references/builtin.h"

#include <string.h>

#include "base/embed.h"

AM_EMBED(am_profile_neutral, "references/neutral.json");

const char *am_profile_builtin(const char *name, size_t *length)
{
    if (strcmp(name, "neutral") != 0)
        return NULL;
    *length = (size_t)(am_profile_neutral_end - am_profile_neutral);
    return am_profile_neutral;
}
