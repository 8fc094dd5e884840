#include "dsp/minphase.h"

#include <assert.h>
#include <string.h>

#include "base/db.h"
#include "dsp/curve.h"
#include "dsp/fft.h"

enum { OVERSAMPLING = 16 }; /* transform over taps: what the cepstrum aliases is then far below float */

static void write_log_magnitude(const double *curve_db, double rate_hz, size_t size, float *bins)
{
    for (size_t k = 0; k <= size / 2; k++) {
        bins[2 * k] = (float)(am_curve_at(curve_db, rate_hz * (double)k / (double)size) * log(10.0) / 20.0);
        bins[2 * k + 1] = 0.0f;
    }
}

/* Causal half twice, ends once */
static void fold(const float *cepstrum, size_t size, float *folded)
{
    const float scale = 1.0f / (float)size;

    memset(folded, 0, size * sizeof *folded);
    folded[0] = cepstrum[0] * scale;
    for (size_t n = 1; n < size / 2; n++)
        folded[n] = 2.0f * cepstrum[n] * scale;
    folded[size / 2] = cepstrum[size / 2] * scale;
}

static void exponentiate(const float *logs, size_t size, float *bins)
{
    for (size_t k = 0; k <= size / 2; k++) {
        const double gain = exp((double)logs[2 * k]), phase = (double)logs[2 * k + 1];

        bins[2 * k] = (float)(gain * cos(phase));
        bins[2 * k + 1] = (float)(gain * sin(phase));
    }
}

static void cut(const float *response, size_t size, float *kernel, size_t taps)
{
    const size_t fade = taps / 4;

    for (size_t n = 0; n < taps; n++) {
        const double left = (double)(taps - n) / (double)(fade + 1), window = left < 1.0 ? 0.5 - 0.5 * cos(AM_PI * left) : 1.0;

        kernel[n] = (float)(window * (double)response[n] / (double)size);
    }
}

am_status am_minphase_design(const double *curve_db, double rate_hz, size_t taps, float *kernel, const am_allocator *allocator,
                             am_error *err)
{
    const size_t size = OVERSAMPLING * taps;
    am_fft *forward = NULL, *inverse = NULL;
    am_status st;

    assert(taps >= 16 && taps <= 65536 && !(taps & (taps - 1)));
    st = am_fft_open(AM_FFT_REAL, size, true, allocator, &forward, err);
    if (st)
        goto done;
    st = am_fft_open(AM_FFT_REAL_INVERSE, size, true, allocator, &inverse, err);
    if (st)
        goto done;
    write_log_magnitude(curve_db, rate_hz, size, am_fft_input(inverse));
    am_fft_run(inverse);
    fold(am_fft_output(inverse), size, am_fft_input(forward));
    am_fft_run(forward);
    exponentiate(am_fft_output(forward), size, am_fft_input(inverse));
    am_fft_run(inverse);
    cut(am_fft_output(inverse), size, kernel, taps);
done:
    am_fft_close(forward);
    am_fft_close(inverse);
    return st;
}
