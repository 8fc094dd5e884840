/* fft.h - FFTW, single precision, one plan a handle
 *
 * Planned with ESTIMATE, so that the same machine always computes the same way. Plan creation is serialised inside.
 */
#ifndef AM_DSP_FFT_H
#define AM_DSP_FFT_H

#include <automaster/automaster.h>

typedef struct am_fft am_fft;

/* kind of transform of size points (a power of two, [16, 1 << 20]) */
typedef enum am_fft_kind {
    AM_FFT_COMPLEX,                 /* forward, size complex in and out, interleaved */
    AM_FFT_REAL,                    /* forward, size real in, size / 2 + 1 complex out */
    AM_FFT_REAL_INVERSE             /* size / 2 + 1 complex in (destroyed), size real out, not scaled */
} am_fft_kind;

/* portable: plain C codelets, so that every CPU gives the same bits (about three times slower); for the render path. */
am_status am_fft_open(am_fft_kind kind, size_t size, bool portable, const am_allocator *allocator, am_fft **out, am_error *err);
float *am_fft_input(am_fft *fft);   /* the transform's own aligned buffers */
float *am_fft_output(am_fft *fft);
void am_fft_run(am_fft *fft);
void am_fft_close(am_fft *fft);     /* NULL is fine */

#endif
