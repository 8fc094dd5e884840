/* explog.h - exp and log of our own, so that rendered samples do not hang on the C library's choice of instructions
 *
 * Relative error of am_exp below 1e-14 for |x| <= 700, absolute error of am_log below 1e-14 (plus rounding) for normal x > 0.
 * The float ones vectorise in a loop: relative error of am_expf below 2e-7 for |x| <= 80, absolute error of am_logf below 2e-7 plus
 * rounding for normal x > 0; am_expf(0) is 1.
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

static inline float am_expf(float x)
{
    const float shifted = x * 1.44269504f + 12582912.0f, k = shifted - 12582912.0f;    /* 1.5 * 2^23 rounds to an integer */
    const float r = (x - k * 0.693145752f) - k * 1.42860677e-6f;
    uint32_t bits;
    float sum = 1.0f / 5040.0f, scale;

    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127u) << 23;
    memcpy(&scale, &bits, sizeof scale);
    sum = sum * r + 1.0f / 720.0f;
    sum = sum * r + 1.0f / 120.0f;
    sum = sum * r + 1.0f / 24.0f;
    sum = sum * r + 1.0f / 6.0f;
    sum = sum * r + 0.5f;
    sum = sum * r + 1.0f;
    sum = sum * r + 1.0f;
    return sum * scale;
}

static inline float am_logf(float x)
{
    int32_t bits, e;
    float m, t, square, sum = 1.0f / 9.0f;

    memcpy(&bits, &x, sizeof bits);
    e = (bits - 0x3f3504f3) >> 23;          /* so that m is in [sqrt(0.5), sqrt(2)) */
    bits -= e * (1 << 23);
    memcpy(&m, &bits, sizeof m);
    t = (m - 1.0f) / (m + 1.0f);
    square = t * t;
    sum = sum * square + 1.0f / 7.0f;
    sum = sum * square + 1.0f / 5.0f;
    sum = sum * square + 1.0f / 3.0f;
    return 2.0f * (t * square * sum + t) + (float)e * 0.693147181f;
}

#endif
