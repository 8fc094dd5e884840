#include "references/builtin.h"

#include <string.h>

#include "base/embed.h"

AM_EMBED(am_profile_neutral, "references/neutral.json");
AM_EMBED(am_profile_pop, "references/pop.json");
AM_EMBED(am_profile_rock, "references/rock.json");
AM_EMBED(am_profile_metal, "references/metal.json");
AM_EMBED(am_profile_hiphop, "references/hiphop.json");
AM_EMBED(am_profile_trap, "references/trap.json");
AM_EMBED(am_profile_rnb_soul, "references/rnb_soul.json");
AM_EMBED(am_profile_house, "references/house.json");
AM_EMBED(am_profile_techno, "references/techno.json");
AM_EMBED(am_profile_dnb, "references/dnb.json");
AM_EMBED(am_profile_dubstep, "references/dubstep.json");
AM_EMBED(am_profile_electronic, "references/electronic.json");
AM_EMBED(am_profile_ambient, "references/ambient.json");
AM_EMBED(am_profile_jazz, "references/jazz.json");
AM_EMBED(am_profile_classical, "references/classical.json");
AM_EMBED(am_profile_film_orchestral, "references/film_orchestral.json");
AM_EMBED(am_profile_folk_acoustic, "references/folk_acoustic.json");
AM_EMBED(am_profile_country, "references/country.json");
AM_EMBED(am_profile_reggae, "references/reggae.json");
AM_EMBED(am_profile_disco_funk, "references/disco_funk.json");
AM_EMBED(am_profile_blues, "references/blues.json");
AM_EMBED(am_profile_latin, "references/latin.json");
AM_EMBED(am_profile_synthwave_chiptune, "references/synthwave_chiptune.json");
AM_EMBED(am_profile_lofi, "references/lofi.json");
AM_EMBED(am_profile_speech_podcast, "references/speech_podcast.json");

#define BUILTIN(name) { #name, am_profile_##name, am_profile_##name##_end }
static const struct {
    const char *name, *first, *end;
} builtin[] = {
    BUILTIN(neutral), BUILTIN(pop), BUILTIN(rock), BUILTIN(metal), BUILTIN(hiphop), BUILTIN(trap), BUILTIN(rnb_soul),
    BUILTIN(house), BUILTIN(techno), BUILTIN(dnb), BUILTIN(dubstep), BUILTIN(electronic), BUILTIN(ambient), BUILTIN(jazz),
    BUILTIN(classical), BUILTIN(film_orchestral), BUILTIN(folk_acoustic), BUILTIN(country), BUILTIN(reggae), BUILTIN(disco_funk),
    BUILTIN(blues), BUILTIN(latin), BUILTIN(synthwave_chiptune), BUILTIN(lofi), BUILTIN(speech_podcast),
};
enum { BUILTINS = sizeof builtin / sizeof *builtin };

const char *am_profile_builtin(const char *name, size_t *length)
{
    for (size_t i = 0; i < BUILTINS; i++)
        if (strcmp(builtin[i].name, name) == 0) {
            *length = (size_t)(builtin[i].end - builtin[i].first);
            return builtin[i].first;
        }
    return NULL;
}

const char *am_profile_builtin_name(size_t index)
{
    return index < BUILTINS ? builtin[index].name : NULL;
}
