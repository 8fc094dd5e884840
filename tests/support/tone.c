#include "tests/support/tone.h"

#include <math.h>

void tone_fill(float *out, size_t frames, double rate_hz, double gain, unsigned bits, uint32_t seed)
{
    const double steps = bits == 16 ? 32768.0 : 8388608.0;

    for (size_t i = 0; i < frames; i++) {
        double x = gain * sin(2.0 * 3.14159265358979323846 * 997.0 * (double)i / rate_hz);

        seed = seed * 1664525u + 1013904223u;
        x += 0.01 * gain * ((double)(seed >> 8) / 8388608.0 - 1.0);
        if (bits < 32)
            x = rint(x * steps) / steps + 0.0;      /* files know no -0 */
        out[i] = (float)(x < -1.0 ? -1.0 : x > 1.0 - 1.0 / steps ? 1.0 - 1.0 / steps : x);
    }
}
