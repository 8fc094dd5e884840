/* build.h - what building and merging share (am_profile_build and its kin are public: profile.h) */
#ifndef AM_REFERENCES_BUILD_H
#define AM_REFERENCES_BUILD_H

#include <automaster/automaster.h>

/* Forget the songs' values, keep their hashes. */
void am_profile_make_compact(am_profile *profile);

#endif
