#include "dsp/split.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/compgain.h"
#include "dsp/fft.h"
#include "dsp/fir.h"
#include "dsp/simd.h"

enum { BLOCK_STEPS = 25, TRANSFORM_STEPS = 32 };

static const double beta = 5.0, length_s = 0.005;          /* at least that on each side */

struct am_split {
    const am_allocator *allocator;
    uint32_t count;
    size_t reach, block, size;      /* the filters have 2 reach - 1 taps, the transforms size points */
    am_fft *forward, *inverse;
    float *response[AM_REGIONS];    /* of each bin, twice; real, as the filters lie around sample 0 */
};

/* Made in double and scaled to a gain of 1 at 0 Hz; wrapped around the first sample of the transform. */
static void write_kernel(const am_split *split, double cycles, float *wrapped)
{
    double sum = 0.0;

    for (int pass = 0; pass < 2; pass++)
        for (size_t n = 0; n < split->reach; n++) {
            const double x = 2.0 * AM_PI * cycles * (double)n, sine = n ? sin(x) / x : 1.0;
            const double tap = sine * am_fir_kaiser((double)n / (double)split->reach, beta);

            if (pass == 0)
                sum += n ? 2.0 * tap : tap;
            else
                wrapped[n] = wrapped[n ? split->size - n : 0] = (float)(tap / sum);
        }
}

/* times a low-pass; an edge at infinity passes all. */
static void add_low_pass(am_split *split, double cycles, float times, float *response)
{
    float *wrapped = am_fft_input(split->forward);

    memset(wrapped, 0, split->size * sizeof *wrapped);
    if (isinf(cycles))
        wrapped[0] = 1.0f;
    else
        write_kernel(split, cycles, wrapped);
    am_fft_run(split->forward);
    for (size_t i = 0; i < split->size + 2; i++)
        response[i] += times * am_fft_output(split->forward)[i / 2 * 2];
}

static void write_response(am_split *split, const am_split_band *band, double rate_hz, float *response)
{
    const float scale = 1.0f / (float)split->size;

    memset(response, 0, (split->size + 2) * sizeof *response);
    add_low_pass(split, band->high_hz / rate_hz, scale, response);
    if (band->low_hz > 0.0)
        add_low_pass(split, band->low_hz / rate_hz, -scale, response);
}

static am_status open_transforms(am_split *split, am_error *err)
{
    am_status st = am_fft_open(AM_FFT_REAL, split->size, true, split->allocator, &split->forward, err);

    if (!st)
        st = am_fft_open(AM_FFT_REAL_INVERSE, split->size, true, split->allocator, &split->inverse, err);
    for (uint32_t k = 0; k < split->count && !st; k++) {
        split->response[k] = am_acquire(split->allocator, split->size + 2, sizeof *split->response[k]);
        if (!split->response[k])
            st = am_fail(err, AM_ERR_NOMEM, "out of memory for the bands");
    }
    return st;
}

am_status am_split_open(const am_split_band *bands, uint32_t count, double rate_hz, const am_allocator *allocator, am_split **out,
                        am_error *err)
{
    am_split *split = am_acquire(allocator, 1, sizeof *split);
    am_status st;

    assert(count <= AM_REGIONS);
    if (!split)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the bands");
    *split = (am_split){ .allocator = allocator, .count = count, .reach = 32 };
    while ((double)split->reach < length_s * rate_hz)
        split->reach *= 2;
    split->block = BLOCK_STEPS * am_compgain_frames(rate_hz);
    split->size = TRANSFORM_STEPS * am_compgain_frames(rate_hz);
    assert(split->block + 2 * split->reach <= split->size);
    st = open_transforms(split, err);
    if (st) {
        am_split_close(split);
        return st;
    }
    for (uint32_t k = 0; k < count; k++)
        write_response(split, &bands[k], rate_hz, split->response[k]);
    *out = split;
    return AM_OK;
}

size_t am_split_reach(const am_split *split) { return split->reach; }

size_t am_split_block(const am_split *split) { return split->block; }

AM_CLONES static void multiply(const float *restrict bins, const float *restrict response, float *restrict product, size_t floats)
{
    for (size_t i = 0; i < floats; i++)
        product[i] = bins[i] * response[i];
}

void am_split_run(am_split *split, const float *in, float *const *out)
{
    const size_t read = split->block + 2 * split->reach;

    memcpy(am_fft_input(split->forward), in - split->reach, read * sizeof *in);
    memset(am_fft_input(split->forward) + read, 0, (split->size - read) * sizeof *in);
    am_fft_run(split->forward);
    for (uint32_t k = 0; k < split->count; k++) {
        multiply(am_fft_output(split->forward), split->response[k], am_fft_input(split->inverse), split->size + 2);
        am_fft_run(split->inverse);
        memcpy(out[k], am_fft_output(split->inverse) + split->reach, split->block * sizeof *out[k]);
    }
}

void am_split_close(am_split *split)
{
    if (split) {
        am_fft_close(split->forward);
        am_fft_close(split->inverse);
        for (uint32_t k = 0; k < split->count; k++)
            am_forget(split->allocator, split->response[k]);
        am_forget(split->allocator, split);
    }
}
