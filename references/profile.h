/* profile.h - profiles as JSON "automaster.profile/1": docs/profiles.md and docs/schema/profile.schema.json
 *
 * am_profile_from_json and am_profile_to_json are public; what is written reads back to the same profile, and the same profile gives the
 * same bytes.
 */
#ifndef AM_REFERENCES_PROFILE_H
#define AM_REFERENCES_PROFILE_H

#include <automaster/automaster.h>

#define AM_PROFILE_MAX_SONGS 2500       /* with their values: 8 MiB of JSON is the most that is read */
#define AM_PROFILE_MAX_COMPACT 40000

/* An edit that tells what amounts were learned from begins so. */
#define AM_PROFILE_FIT_EDIT "amounts fit to "

/* AM_ERR_RANGE when the lineage has no room for another edit. */
am_status am_profile_has_room(const am_profile *profile, am_error *err);

/* SHA-256 of what am_profile_to_json writes. */
am_status am_profile_hash(const am_profile *profile, char sha256[65], am_error *err);

#endif
