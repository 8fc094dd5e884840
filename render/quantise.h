/* quantise.h - dither and word length */
#ifndef AM_RENDER_QUANTISE_H
#define AM_RENDER_QUANTISE_H

#include <automaster/automaster.h>

typedef struct am_quantise {        /* all of it is state; copy it to fork */
    uint32_t bits;                  /* 16 or 24; 32: pass */
    am_dither dither;
    uint32_t channels;
    double rate_hz;
    uint64_t random[2];             /* one independent stream a channel */
    double error[2][9];             /* of the noise shaper */
} am_quantise;

void am_quantise_init(am_quantise *q, uint32_t bits, am_dither dither, uint64_t seed, uint32_t channels, double rate_hz);
/* In place: the nearest values of the grid of 2^(1 - bits) after dither, clipped to [-1, 1 - 2^(1 - bits)]. TPDF of 2 LSB peak to peak;
 * shaped: the same inside a noise shaper, at 44.1 and 48 kHz only (flat elsewhere). The same samples for any block split. */
void am_quantise_process(am_quantise *q, float *const *channels, size_t frames);
/* The same for samples that nobody will see: what follows comes out as if they had been processed. */
void am_quantise_skip(am_quantise *q, float *const *channels, size_t frames);

#endif
