/* oracle.h - slow measurements straight from their definitions, sharing no code with the library */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>

/* The largest |x(t)| of one channel of band-limited audio, linear: a windowed sinc over 64 samples on each side, evaluated at every
 * sixteenth of a sample. Zeros before the first and after the last sample. stride: distance of the channel's samples. */
double oracle_true_peak(const float *samples, size_t frames, size_t stride);

/* A low-pass of 2 reach - 1 taps, a sine over n under a Kaiser window of beta 5, whose gain at 0 Hz is 1: taps 0 .. reach - 1 from the middle on. */
void oracle_low_pass(double edge_hz, double rate_hz, long reach, double *half);

/* Its gain at hz */
double oracle_low_pass_gain(double edge_hz, double rate_hz, long reach, double hz);

#endif
