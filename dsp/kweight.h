/* kweight.h - the K-weighting of ITU-R BS.1770-5 at any rate */
#ifndef AM_DSP_KWEIGHT_H
#define AM_DSP_KWEIGHT_H

#include <stddef.h>
#include <stdint.h>

#define AM_KWEIGHT_CHANNELS 8

typedef struct am_kweight {
    uint32_t channels;
    double shelf[5], highpass[5];   /* b0 b1 b2 a1 a2 */
    double state[AM_KWEIGHT_CHANNELS][4];
} am_kweight;

/* channels in [1, 8], rate_hz in [8000, 384000]. Coefficients by pre-warped bilinear transform; at 48 kHz the tables of the
 * recommendation to 2e-12. */
void am_kweight_init(am_kweight *filter, double rate_hz, uint32_t channels);

/* energy[c] += sum over frames of the squared K-weighted channel c. The state goes on from call to call. */
void am_kweight_energy(am_kweight *filter, const float *const *channels, size_t frames, double *energy);

/* Weight of channel c of n in the sum over channels: 1, 1.41 for surrounds, 0 for the LFE of six channels. */
double am_kweight_channel_weight(uint32_t channels, uint32_t channel);

/* |H(f)|^2 of the weighting; the second one for many frequencies, with a filter that was designed for rate_hz */
double am_kweight_power(double rate_hz, double frequency_hz);
double am_kweight_response(const am_kweight *filter, double rate_hz, double frequency_hz);

#endif
