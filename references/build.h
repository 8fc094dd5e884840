/* build.h - what building and merging share (am_profile_build and its kin are public: profile.h) */
#ifndef AM_REFERENCES_BUILD_H
#define AM_REFERENCES_BUILD_H

#include <automaster/automaster.h>

/* Copy the caller's options: members that an older caller does not know hold their defaults. */
am_status am_profile_options_take(const am_profile_options *given, am_profile_options *out, am_error *err);

/* Forget the songs' values, keep their hashes. */
void am_profile_make_compact(am_profile *profile);

#endif
