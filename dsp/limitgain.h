/* limitgain.h - the gain computer of the look-ahead limiter, shared by the limiter and by the solver that predicts it
 *
 * Required log gain in, smooth log gain out: hold and look-ahead minimum, dual release, three box filters in cascade. Any output is at
 * most the smallest input that it covers, so a signal multiplied by exp(output) stays below the ceiling by construction.
 */
#ifndef AM_DSP_LIMITGAIN_H
#define AM_DSP_LIMITGAIN_H

#include <automaster/automaster.h>

typedef struct am_limitgain am_limitgain;

/* step_hz: how many gain steps a second (the caller runs at a reduced rate: rate / 8 for rendering, rate / 32 for prediction) */
am_status am_limitgain_open(const am_limiter *limiter, double step_hz, const am_allocator *allocator, am_limitgain **out,
                            am_error *err);
/* Steps by which the output is late: out[i] belongs to required[i - latency]. */
size_t am_limitgain_latency(const am_limitgain *gain);
/* required[i] <= 0, natural logarithm; out may be required. */
void am_limitgain_process(am_limitgain *gain, const float *required, float *out, size_t steps);
void am_limitgain_reset(am_limitgain *gain);
void am_limitgain_close(am_limitgain *gain);                /* NULL is fine */

#endif
