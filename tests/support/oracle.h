/* oracle.h - slow measurements straight from their definitions, sharing no code with the library */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>

/* The largest |x(t)| of one channel of band-limited audio, linear: a windowed sinc over 64 samples on each side, evaluated at every
 * sixteenth of a sample. Zeros before the first and after the last sample. stride: distance of the channel's samples. */
double oracle_true_peak(const float *samples, size_t frames, size_t stride);

/* Tap n of a low-pass of 2 reach - 1 taps: a sine over n under a Kaiser window of beta 5. Its sum is 1 but for the window. */
double oracle_low_pass_tap(double edge_hz, double rate_hz, long n, long reach);

#endif
