#include "io/samples.h"

#include <math.h>
#include <string.h>

/* Stereo, which is nearly all there is, has loops of its own that vectorise. */

void am_samples_from_short(const int16_t *in, float *const *channels, size_t count, size_t offset, size_t frames)
{
    const float scale = 1.0f / 32768.0f;

    if (count == 2) {
        float *restrict left = channels[0] + offset, *restrict right = channels[1] + offset;

        for (size_t i = 0; i < frames; i++) {
            left[i] = (float)in[2 * i] * scale;
            right[i] = (float)in[2 * i + 1] * scale;
        }
        return;
    }
    for (size_t c = 0; c < count; c++) {
        float *restrict out = channels[c] + offset;

        for (size_t i = 0; i < frames; i++)
            out[i] = (float)in[count * i + c] * scale;
    }
}

void am_samples_from_int(const int32_t *in, float *const *channels, size_t count, size_t offset, size_t frames)
{
    const float scale = 1.0f / 2147483648.0f;

    if (count == 2) {
        float *restrict left = channels[0] + offset, *restrict right = channels[1] + offset;

        for (size_t i = 0; i < frames; i++) {
            left[i] = (float)in[2 * i] * scale;
            right[i] = (float)in[2 * i + 1] * scale;
        }
        return;
    }
    for (size_t c = 0; c < count; c++) {
        float *restrict out = channels[c] + offset;

        for (size_t i = 0; i < frames; i++)
            out[i] = (float)in[count * i + c] * scale;
    }
}

void am_samples_from_float(const float *in, float *const *channels, size_t count, size_t offset, size_t frames)
{
    if (count == 2) {
        float *restrict left = channels[0] + offset, *restrict right = channels[1] + offset;

        for (size_t i = 0; i < frames; i++) {
            left[i] = in[2 * i];
            right[i] = in[2 * i + 1];
        }
        return;
    }
    for (size_t c = 0; c < count; c++) {
        float *restrict out = channels[c] + offset;

        for (size_t i = 0; i < frames; i++)
            out[i] = in[count * i + c];
    }
}

static inline int32_t to_integer(float x, float scale)
{
    const float y = x * scale, high = scale - 1.0f;

    return (int32_t)(y < -scale ? -scale : y > high ? high : y);
}

void am_samples_to_short(const float *const *channels, size_t count, size_t offset, size_t frames, int16_t *out)
{
    for (size_t c = 0; c < count; c++) {
        const float *in = channels[c] + offset;

        for (size_t i = 0; i < frames; i++)
            out[count * i + c] = (int16_t)to_integer(in[i], 32768.0f);
    }
}

void am_samples_to_int24(const float *const *channels, size_t count, size_t offset, size_t frames, int32_t *out)
{
    for (size_t c = 0; c < count; c++) {
        const float *in = channels[c] + offset;

        for (size_t i = 0; i < frames; i++)
            out[count * i + c] = to_integer(in[i], 8388608.0f) * 256;
    }
}

void am_samples_to_float(const float *const *channels, size_t count, size_t offset, size_t frames, float *out)
{
    for (size_t c = 0; c < count; c++)
        for (size_t i = 0; i < frames; i++)
            out[count * i + c] = channels[c][offset + i];
}

/* Infinities and NaN have all bits of the exponent set. */
static bool all_finite(const float *samples, size_t count)
{
    uint32_t worst = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t bits;

        memcpy(&bits, samples + i, sizeof bits);
        worst |= (bits & 0x7f800000) == 0x7f800000;
    }
    return !worst;
}

size_t am_samples_first_not_finite(const float *samples, size_t count)
{
    size_t i = 0;

    if (all_finite(samples, count))
        return count;
    while (isfinite(samples[i]))
        i++;
    return i;
}
