/* simd.h - kernels compiled once a CPU generation, the same bits from each
 *
 * AM_CLONES before a function definition makes gcc emit it for plain x86-64, v3 (AVX2) and v4 (AVX-512) and pick one when the program
 * is loaded. With -ffp-contract=off and no reassociation every variant gives the same bits, provided that sums are written over
 * explicit lanes. `make SIMD=v1|v3|v4` builds for one of them alone, which is how tests compare them.
 */
#ifndef AM_DSP_SIMD_H
#define AM_DSP_SIMD_H

#if defined AM_SIMD_CLONES && defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define AM_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define AM_CLONES
#endif

/* The sum of eight lanes, in one order everywhere. Inlined, so that it is part of each clone. */
static inline __attribute__((always_inline)) float am_fold8(const float *x)
{
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

#endif
