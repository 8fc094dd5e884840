#include "dsp/kweight.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "dsp/simd.h"

/* The analog prototypes behind the tables of BS.1770-5 Annex 1, which the bilinear transform at 48 kHz gives back to 2e-12. */
static const double shelf_hz = 1681.974450955533, shelf_db = 3.999843853973347, shelf_q = 0.7071752369554196;
static const double shelf_exponent = 0.4996667741545416;
static const double highpass_hz = 38.13547087602444, highpass_q = 0.5003270373238773;

/* Added to every sample: the recursion never decays into denormals, whatever the silence. 360 dB below full scale. */
static const double whisper = 1e-18;

static void design_shelf(double rate_hz, double *c)
{
    const double k = tan(AM_PI * shelf_hz / rate_hz), vh = am_gain_from_db(shelf_db), vb = pow(vh, shelf_exponent);
    const double a0 = 1.0 + k / shelf_q + k * k;

    c[0] = (vh + vb * k / shelf_q + k * k) / a0;
    c[1] = 2.0 * (k * k - vh) / a0;
    c[2] = (vh - vb * k / shelf_q + k * k) / a0;
    c[3] = 2.0 * (k * k - 1.0) / a0;
    c[4] = (1.0 - k / shelf_q + k * k) / a0;
}

static void design_highpass(double rate_hz, double *c)
{
    const double k = tan(AM_PI * highpass_hz / rate_hz), a0 = 1.0 + k / highpass_q + k * k;

    c[0] = 1.0;
    c[1] = -2.0;
    c[2] = 1.0;
    c[3] = 2.0 * (k * k - 1.0) / a0;
    c[4] = (1.0 - k / highpass_q + k * k) / a0;
}

void am_kweight_init(am_kweight *filter, double rate_hz, uint32_t channels)
{
    assert(channels >= 1 && channels <= AM_KWEIGHT_CHANNELS && am_within(rate_hz, 8000.0, 384000.0));
    memset(filter, 0, sizeof *filter);
    filter->channels = channels;
    design_shelf(rate_hz, filter->shelf);
    design_highpass(rate_hz, filter->highpass);
}

/* Two channels in one vector: lanes 0, 1 are the shelf of sample i, lanes 2, 3 the high-pass of sample i - 1, so that the four
 * recursions run side by side. */
typedef double lanes __attribute__((vector_size(32)));


static double scalar_step(const double *c, double x, double *s)
{
    const double y = c[0] * x + s[0];

    s[0] = c[1] * x + s[1] - c[3] * y;
    s[1] = c[2] * x - c[4] * y;
    return y;
}

AM_CLONES
static void run_pair(const double *shelf, const double *highpass, const float *left, const float *right, size_t first, size_t frames,
                     double *state, double *y_out, double *energy)
{
    const lanes b0 = { shelf[0], shelf[0], highpass[0], highpass[0] }, b1 = { shelf[1], shelf[1], highpass[1], highpass[1] };
    const lanes b2 = { shelf[2], shelf[2], highpass[2], highpass[2] }, a1 = { shelf[3], shelf[3], highpass[3], highpass[3] };
    const lanes a2 = { shelf[4], shelf[4], highpass[4], highpass[4] };
    lanes s1, s2, y = { y_out[0], y_out[1], 0.0, 0.0 }, sum = { 0.0, 0.0, energy[0], energy[1] };

    memcpy(&s1, state, sizeof s1);
    memcpy(&s2, state + 4, sizeof s2);
    for (size_t i = first; i < frames; i++) {
        const lanes in = { (double)left[i] + whisper, (double)right[i] + whisper, 0.0, 0.0 };
        const lanes x = __builtin_shufflevector(in, y, 0, 1, 4, 5);

        y = b0 * x + s1;
        s1 = b1 * x + s2 - a1 * y;
        s2 = b2 * x - a2 * y;
        sum += y * y;
    }
    memcpy(state, &s1, sizeof s1);
    memcpy(state + 4, &s2, sizeof s2);
    memcpy(y_out, &y, 2 * sizeof *y_out);
    energy[0] = sum[2];
    energy[1] = sum[3];
}

/* state of a channel: shelf s1 s2, high-pass s1 s2 */
static void pair_energy(am_kweight *filter, const float *left, const float *right, size_t frames, double *state_left,
                        double *state_right, double *energy)
{
    double y[2], state[8];

    y[0] = scalar_step(filter->shelf, (double)left[0] + whisper, state_left);
    y[1] = scalar_step(filter->shelf, (double)right[0] + whisper, state_right);
    for (int s = 0; s < 2; s++) {
        state[4 * s + 0] = state_left[s];
        state[4 * s + 1] = state_right[s];
        state[4 * s + 2] = state_left[2 + s];
        state[4 * s + 3] = state_right[2 + s];
    }
    run_pair(filter->shelf, filter->highpass, left, right, 1, frames, state, y, energy);
    for (int s = 0; s < 2; s++) {
        state_left[s] = state[4 * s + 0];
        state_right[s] = state[4 * s + 1];
        state_left[2 + s] = state[4 * s + 2];
        state_right[2 + s] = state[4 * s + 3];
    }
    y[0] = scalar_step(filter->highpass, y[0], state_left + 2);
    y[1] = scalar_step(filter->highpass, y[1], state_right + 2);
    energy[0] += y[0] * y[0];
    energy[1] += y[1] * y[1];
}

void am_kweight_energy(am_kweight *filter, const float *const *channels, size_t frames, double *energy)
{
    if (!frames)
        return;
    for (uint32_t c = 0; c < filter->channels; c += 2) {
        const uint32_t other = c + 1 < filter->channels ? c + 1 : c;
        double spare[4], pair[2] = { energy[c], energy[other] };

        memcpy(spare, filter->state[c], sizeof spare);
        pair_energy(filter, channels[c], channels[other], frames, filter->state[c], other > c ? filter->state[other] : spare, pair);
        energy[c] = pair[0];
        energy[other] = pair[1];
    }
}

double am_kweight_channel_weight(uint32_t channels, uint32_t channel)
{
    if (channels == 6 && channel == 3)
        return 0.0;
    return channels >= 4 && channels <= 6 && channel >= (channels == 4 ? 2u : channels == 5 ? 3u : 4u) ? 1.41 : 1.0;
}

static double section_power(const double *c, double w)
{
    const double cos1 = cos(w), cos2 = cos(2.0 * w);
    const double num = c[0] * c[0] + c[1] * c[1] + c[2] * c[2] + 2.0 * (c[0] + c[2]) * c[1] * cos1 + 2.0 * c[0] * c[2] * cos2;
    const double den = 1.0 + c[3] * c[3] + c[4] * c[4] + 2.0 * (1.0 + c[4]) * c[3] * cos1 + 2.0 * c[4] * cos2;

    return num / den;
}

double am_kweight_response(const am_kweight *filter, double rate_hz, double frequency_hz)
{
    const double w = 2.0 * AM_PI * frequency_hz / rate_hz;

    return section_power(filter->shelf, w) * section_power(filter->highpass, w);
}

double am_kweight_power(double rate_hz, double frequency_hz)
{
    am_kweight filter;

    am_kweight_init(&filter, rate_hz, 1);
    return am_kweight_response(&filter, rate_hz, frequency_hz);
}
