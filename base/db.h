/* db.h - decibels, loudness units and ranges */
#ifndef AM_BASE_DB_H
#define AM_BASE_DB_H

#include <math.h>
#include <stdbool.h>

#define AM_PI 3.14159265358979323846

static inline double am_db_from_gain(double gain) { return 20.0 * log10(gain); }
static inline double am_gain_from_db(double db) { return pow(10.0, db / 20.0); }
static inline double am_db_from_power(double power) { return 10.0 * log10(power); }
static inline double am_power_from_db(double db) { return pow(10.0, db / 10.0); }

/* BS.1770: loudness of a K-weighted mean square summed over channels */
static inline double am_lufs_from_power(double power) { return -0.691 + 10.0 * log10(power); }
static inline double am_power_from_lufs(double lufs) { return pow(10.0, (lufs + 0.691) / 10.0); }

/* false for NaN */
static inline bool am_within(double x, double low, double high) { return x >= low && x <= high; }
static inline double am_clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

/* To a multiple of step, e.g. 0.01 dB: solved values are rounded so that another BLAS or FFT gives the same plan. */
/* A fraction is divided by its inverse, so that 0.57 comes out as the number nearest to it. */
static inline double am_round_to(double x, double step) { return step < 1.0 ? round(x / step) / round(1.0 / step) : round(x / step) * step; }

/* Centre of band k of the grid of analysis.h */
static inline double am_band_hz(int band) { return 1000.0 * exp2((band - 34) / 6.0); }

#endif
