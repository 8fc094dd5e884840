/* excerpt.h - parts of files, and what each stage of a plan contributes to them, in memory */
#ifndef AM_PIPELINE_EXCERPT_H
#define AM_PIPELINE_EXCERPT_H

#include "io/reader.h"
#include "pipeline/chains.h"
#include "pipeline/run.h"
#include "pipeline/tape.h"

typedef struct am_excerpt {         /* one or two channels of frames samples; all zero is none */
    const am_allocator *allocator;
    am_format format;
    size_t frames;
    float *channels[2];
} am_excerpt;

am_status am_excerpt_open(const am_format *format, size_t frames, const am_allocator *allocator, am_excerpt *out, am_error *err);
void am_excerpt_close(am_excerpt *x);

/* The frames [first, first + frames) of a file with one or two channels; fewer when it ends before. */
am_status am_excerpt_read(am_reader *reader, uint64_t first, size_t frames, const am_allocator *allocator, am_excerpt *out, am_error *err);

double am_excerpt_loudness(const am_excerpt *x);    /* integrated, LUFS; NaN when it cannot be measured */

/* The largest power of two, at most 1, that keeps the samples within full scale. */
double am_excerpt_scale(const am_excerpt *x);

/* Where the loudest length_s seconds begin, in whole seconds, where every rate has a frame: by their mean power over count short-term
 * loudnesses, each in the middle of its slice (NaN: none). So one loud second does not decide. 0 when all of it is no longer than that. */
double am_excerpt_choose(const float *short_term_lufs, size_t count, double slice_s, double duration_s, double length_s);

/* The seconds [start_s, start_s + length_s) of what a plan makes of a song of that format, fewer when it ends before; start_s is a whole
 * number. Rendered from the first frame on, so these are the very samples of the master, whatever the stages remember. feed gives the song
 * or, behind, what am_front made of it by the same plan. */
am_status am_excerpt_render(am_feed *feed, const am_format *format, bool behind, const am_plan *plan, double start_s, double length_s,
                            am_run *run, am_excerpt *out, am_error *err);

/* Contributions to the seconds [start_s, start_s + length_s) of the master, and dry, the input converted to the plan's rate and nothing
 * else; start_s is a whole number. The rendering begins so much earlier that filters and limiter have forgotten. What a stage that is off
 * contributes stays empty (frames 0). All are the caller's to close. */
am_status am_excerpt_contributions(am_reader *reader, const am_plan *plan, double start_s, double length_s, const am_options *options,
                                   am_excerpt *dry, am_excerpt out[AM_CONTRIBUTION_COUNT], am_error *err);

#endif
