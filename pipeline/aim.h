/* aim.h - what a song is mastered towards when there is no reference: the profiles named, or those of its style */
#ifndef AM_PIPELINE_AIM_H
#define AM_PIPELINE_AIM_H

#include "base/blocks.h"
#include "match/course.h"
#include "pipeline/run.h"

/* Neither references nor profiles are given. */
bool am_aim_asks_for_style(const am_options *options);

/* Write report->target from the profiles of run->options (or of the style that report->before was recognised as; else neutral), for a song
 * measured as report->before. The loudness is that which suits both the loudness and the peak to loudness of the profiles under the
 * ceiling; distributions of level are followed as far as the song's are unusual. The profiles' amounts are multiplied into those of the
 * options. Notes tell what the song is unlike, and profiles of few songs. */
am_status am_aim_profiles(am_run *run, am_report *report, am_error *err);

/* A profile's loudness is a range: where its aim would take more limiting than a limiter does well, *wanted_lufs and the target come down to what
 * is reached, unless that is far below the range; where the limiter would change the tone by more than AM_RETOUCH_MOST_DB (course; NULL: not looked at), to where it does
 * not, range or no. Nothing changes when the person asked for a loudness or when there is a reference. */
am_status am_aim_settle(const am_run *run, const am_blocks *blocks, const am_course *course, double offset_lu, am_report *report,
                        double *wanted_lufs, am_error *err);

/* What *wanted_lufs may come down to then; wanted_lufs itself where it may not. */
double am_aim_least_lufs(const am_run *run, const am_report *report, double wanted_lufs);

#endif
