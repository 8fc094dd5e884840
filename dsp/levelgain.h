/* levelgain.h - the gain computer of the leveller, shared by the renderer and by the solver that simulates it
 *
 * Loudness of the 3 s around a piece of about 0.1 s, silence left out; a straight static curve around one level; a limit on how fast the
 * gain moves. The gain stands in the middles of pieces, straight lines of dB between. Looking half of the 3 s ahead, a ride begins ahead
 * of the passage that asks for it, as a hand on a fader that knows the song.
 */
#ifndef AM_DSP_LEVELGAIN_H
#define AM_DSP_LEVELGAIN_H

#include <automaster/automaster.h>

#define AM_LEVELGAIN_LATE 15        /* pieces on either side of the one whose gain is asked for */
#define AM_LEVELGAIN_WINDOW (2 * AM_LEVELGAIN_LATE + 1)

/* Steps of dsp/compgain.h to a piece; even. */
size_t am_levelgain_steps(double rate_hz);

typedef struct am_levelgain {
    am_leveller curve;
    double slew_db;                 /* a piece */
    double gain_db;                 /* of the piece before */
    bool sounding;                  /* something was above the floor */
} am_levelgain;

void am_levelgain_init(am_levelgain *gain, const am_leveller *leveller, double rate_hz);

/* Gain in dB that a steady level gets. */
double am_levelgain_static(const am_leveller *curve, double level_lufs);

/* Gain in dB in the middle of the next piece. powers: K-weighted mean squares, summed over channels, of those count pieces that there are
 * within AM_LEVELGAIN_LATE of it. */
float am_levelgain_next(am_levelgain *gain, const float *powers, size_t count);

/* Gain of step at, [0, steps), on the way from the middle of one piece to that of the next. */
static inline float am_levelgain_between(float from_db, float to_db, size_t at, size_t steps)
{
    return from_db + (to_db - from_db) * (((float)at + 0.5f) / (float)steps);
}

#endif
