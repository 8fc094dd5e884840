/* denormal.h - flush denormals while filters run
 *
 * A decaying filter state would otherwise cost a hundred times the time in silence. On CPUs other than x86 nothing happens.
 */
#ifndef AM_DSP_DENORMAL_H
#define AM_DSP_DENORMAL_H

#ifdef __SSE__
#include <xmmintrin.h>
#endif

/* Returns the caller's floating-point mode, for am_denormal_restore. */
static inline unsigned am_denormal_flush(void)
{
#ifdef __SSE__
    const unsigned mode = _mm_getcsr();

    _mm_setcsr(mode | 0x8040u);     /* FTZ: results, DAZ: operands */
    return mode;
#else
    return 0;
#endif
}

static inline void am_denormal_restore(unsigned mode)
{
#ifdef __SSE__
    _mm_setcsr(mode);
#else
    (void)mode;
#endif
}

#endif
