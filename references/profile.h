/* profile.h - target profiles as files: what many masters have in common
 *
 * JSON "automaster.profile/1", strict; every quantity carries where it comes from:
 *   { "schema", "name", "about",
 *     "loudness_lufs" | "range_lu" | "plr_db": { "value", "source" },
 *     "tone" | "width": { "quantity", "source", "from_hz", "to_hz", "level_db": [61], "deviation_source", "deviation_db": [61],
 *                         "correlation_source", "correlation_oct" } }
 * level_db is on the band grid of analysis.h: for the tone the level of the mean power of the mid re integrated loudness (a
 * profile holds one kind of mean, so that mean_db and power_db of the target are the same and solvers compare power), for
 * the width side over mid. deviation_db is from song to song; between bands d octaves apart songs are correlated by
 * exp(-d / correlation_oct). Outside from_hz .. to_hz the profile says nothing.
 */
#ifndef AM_REFERENCES_PROFILE_H
#define AM_REFERENCES_PROFILE_H

#include <automaster/automaster.h>

/* Read a profile; name stands for the document in errors. *out is written on AM_OK only. Errors as those of base/json.h. */
am_status am_profile_read(const char *bytes, size_t length, const char *name, am_target *out, am_error *err);

#endif
