/* softclip.h - a soft clipper that works four times oversampled
 *
 * The curve is straight up to (1 - knee) of the level, then a parabola, flat from (1 + knee) on, and never takes off more than a share.
 * What it takes off is computed on four times as many points (windowed sinc, 32 taps a phase), filtered back to the rate, and added to
 * the signal: where nothing is clipped the very same samples pass, and the signal itself goes through no filter.
 */
#ifndef AM_DSP_SOFTCLIP_H
#define AM_DSP_SOFTCLIP_H

#include <automaster/automaster.h>

#define AM_SOFTCLIP_HALF 16         /* taps on either side */
#define AM_SOFTCLIP_REACH (2 * AM_SOFTCLIP_HALF)    /* frames on either side that decide on one */

typedef struct am_softclip {
    float level, knee, share;       /* linear; [0, 0.5]; least share of a peak that is left */
    float taps[3][AM_SOFTCLIP_REACH];   /* of the three points between samples */
} am_softclip;

/* level: linear, > 0; knee and range_db as in am_clip. */
void am_softclip_init(am_softclip *clip, double level, double knee, double range_db);

/* The curve for a value, odd. */
float am_softclip_curve(const am_softclip *clip, float value);

/* Values from here on may change. */
static inline float am_softclip_start(const am_softclip *clip) { return clip->level * (1.0f - clip->knee); }

/* One channel.
 *
 *   in         in[-AM_SOFTCLIP_REACH] .. in[frames - 1 + AM_SOFTCLIP_REACH] must be readable
 *   out        frames; not overlapping in
 *   step       frames is a multiple of it
 *   before, after  frames / step values, each the largest of the points in front of and behind the curve, merged by maximum with
 *              what is there; NULL: not wanted
 *   scratch    4 * (frames + AM_SOFTCLIP_REACH) values
 */
void am_softclip_process(const am_softclip *clip, const float *in, float *out, size_t frames, size_t step, float *before, float *after,
                         float *scratch);

#endif
