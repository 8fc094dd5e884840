/* explog.h - exp and log of our own, so that rendered samples do not hang on the C library's choice of instructions
 *
 * Relative error of am_exp below 1e-14 for |x| <= 700, absolute error of am_log below 1e-14 (plus rounding) for normal x > 0.
 */
#ifndef AM_DSP_EXPLOG_H
#define AM_DSP_EXPLOG_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline double am_exp(double x)
{
    const double k = floor(x * 1.4426950408889634 + 0.5);
    const double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;   /* ln 2 in two parts */
    const uint64_t bits = (uint64_t)((int64_t)k + 1023) << 52;
    double sum = 1.0 / 479001600.0, scale;

    sum = sum * r + 1.0 / 39916800.0;
    sum = sum * r + 1.0 / 3628800.0;
    sum = sum * r + 1.0 / 362880.0;
    sum = sum * r + 1.0 / 40320.0;
    sum = sum * r + 1.0 / 5040.0;
    sum = sum * r + 1.0 / 720.0;
    sum = sum * r + 1.0 / 120.0;
    sum = sum * r + 1.0 / 24.0;
    sum = sum * r + 1.0 / 6.0;
    sum = sum * r + 0.5;
    sum = sum * r + 1.0;
    sum = sum * r + 1.0;
    memcpy(&scale, &bits, sizeof scale);
    return sum * scale;
}

static inline double am_log(double x)
{
    int e;
    double m = frexp(x, &e), t, square, sum = 0.0;

    if (m < 0.70710678118654752) {
        m *= 2.0;
        e--;
    }
    t = (m - 1.0) / (m + 1.0);
    square = t * t;
    for (int n = 17; n >= 1; n -= 2)    /* log m = 2 atanh t, |t| <= 0.1716 */
        sum = sum * square + 1.0 / n;
    return 2.0 * t * sum + e * 0.69314718055994531;
}

#endif
