/* defects.h - clipping, offsets and dropouts
 *
 * Clipping: three or more consecutive samples within 1e-4 of the channel's own extreme of that polarity, entered or left with a step
 * larger than a smooth crest could have (a 50 Hz sine stays within 1e-4 of its top for four samples, but it gets there slowly). The
 * extreme is known at the end only: when a sample rises above it by more than 1e-4, counting starts again. What a lossy decoder makes
 * of clipped music (peaks above 1.0, all different) is therefore none.
 *
 * Dropouts: 5 to 200 ms of zeros in a channel with sound of more than -40 dBFS within 1 ms on both sides.
 */
#ifndef AM_ANALYZE_DEFECTS_H
#define AM_ANALYZE_DEFECTS_H

#include "analyze/waveform.h"

typedef struct am_run {
    uint64_t start, length;         /* frames */
} am_run;

typedef struct am_clip_tracker {    /* one channel, one polarity */
    float extreme;                  /* > 0, after the polarity was applied */
    float before;                   /* the sample in front of the open run */
    am_run open;                    /* length 0: none */
    uint64_t runs, samples;
    am_run kept[AM_MAX_DEFECTS];    /* the first ones */
} am_clip_tracker;

typedef struct am_zero_tracker {    /* one channel */
    am_run open, ended;             /* length 0: none; ended waits for the millisecond behind it */
    float peak_before;              /* of the millisecond in front of the open one */
    uint64_t runs;
    am_run kept[AM_MAX_DEFECTS];
} am_zero_tracker;

typedef struct am_defects {
    uint32_t rate_hz;
    am_clip_tracker clips[AM_KWEIGHT_CHANNELS][2];      /* positive, negative */
    am_zero_tracker zeros[AM_KWEIGHT_CHANNELS];
} am_defects;

void am_defects_init(am_defects *defects, uint32_t rate_hz);

/* One segment that begins at frame start; the 20 ms in front of each channel's pointer are readable (zeros before the file). */
void am_defects_push(am_defects *defects, const float *const *channels, uint32_t count, uint64_t start, size_t frames,
                     const am_extent *extents);

/* Close what is open and write clipped_*, defect_count and defects of *out; cutoff_hz, dc and channels of *out are already set. */
void am_defects_finish(am_defects *defects, uint64_t frames, double cutoff_confidence, am_analysis *out);

#endif
