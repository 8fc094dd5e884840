#include "dsp/fir.h"

#include <assert.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/curve.h"
#include "dsp/fft.h"
#include "dsp/simd.h"

/* ------------------------------------------------------------------ symmetric
 *
 * Loads are what limits such a sum. So the taps are taken in groups that lie 8 apart: from one to the next of a group a window
 * of four vectors moves on by one vector, and one load on each side serves four products.
 */
typedef float lanes __attribute__((vector_size(32), aligned(4), may_alias));

enum { LANES = 8, WINDOW = 4, TILE = LANES * WINDOW };  /* TILE outputs are summed at a time */

static inline __attribute__((always_inline)) void sum_tile(const float *half, size_t count, const float *in, float *out)
{
    lanes sum[WINDOW] = { { 0 } };

    for (size_t r = LANES; r-- > 0;) {
        const float *tap = half + count - LANES + r, *up = in + (count - LANES + r), *down = in - (count - LANES + r);
        lanes above[WINDOW], below[WINDOW];

        for (size_t j = 0; j < WINDOW; j++) {
            above[j] = *(const lanes *)(up + LANES * j);
            below[j] = *(const lanes *)(down + LANES * j);
        }
        for (size_t k = 0; k < count; k += TILE)
            for (size_t u = 0; u < WINDOW; u++) {
                const lanes h = { *tap, *tap, *tap, *tap, *tap, *tap, *tap, *tap };

                for (size_t j = 0; j < WINDOW; j++)
                    sum[j] += h * (above[(j + WINDOW - u) % WINDOW] + below[(j + u) % WINDOW]);
                tap -= LANES;
                up -= LANES;
                down += LANES;
                above[WINDOW - 1 - u] = *(const lanes *)up;
                below[u] = *(const lanes *)(down + LANES * (WINDOW - 1));
            }
    }
    for (size_t j = 0; j < WINDOW; j++)
        *(lanes *)(out + LANES * j) = sum[j];
}

/* The same sum in the same order */
static float sum_one(const float *half, size_t count, const float *in)
{
    float sum = 0.0f;

    for (size_t r = LANES; r-- > 0;)
        for (size_t k = count; k > 0; k -= LANES) {
            const size_t at = k - LANES + r;

            sum += half[at] * (in[at] + *(in - at));
        }
    return sum;
}

/* What is left behind the last whole tile is summed by a tile that overlaps it. */
AM_CLONES void am_fir_symmetric(const float *half, size_t reach, const float *restrict in, float *restrict out, size_t frames)
{
    const size_t count = reach + 1;

    assert(count % TILE == 0);
    if (frames < TILE) {
        for (size_t n = 0; n < frames; n++)
            out[n] = sum_one(half, count, in + n);
        return;
    }
    for (size_t n = 0; n + TILE <= frames; n += TILE)
        sum_tile(half, count, in + n, out + n);
    if (frames % TILE)
        sum_tile(half, count, in + frames - TILE, out + frames - TILE);
}

/* Modified Bessel function of the first kind, order 0, by its series */
static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;

    for (int k = 1; k < 40; k++) {
        term *= 0.25 * x * x / ((double)k * k);
        sum += term;
    }
    return sum;
}

double am_fir_kaiser(double x, double beta)
{
    return bessel_i0(beta * sqrt(1.0 - x * x)) / bessel_i0(beta);
}

am_status am_fir_design(const double *curve_db, double rate_hz, float *half, size_t reach, const am_allocator *allocator,
                        am_error *err)
{
    const double beta = 2.0;
    size_t size = 512;
    am_fft *inverse = NULL;
    am_status st;

    while (size < 32 * reach)
        size *= 2;
    st = am_fft_open(AM_FFT_REAL_INVERSE, size, true, allocator, &inverse, err);
    if (st)
        return st;
    for (size_t k = 0; k <= size / 2; k++) {
        am_fft_input(inverse)[2 * k] = (float)am_gain_from_db(am_curve_at(curve_db, rate_hz * (double)k / (double)size));
        am_fft_input(inverse)[2 * k + 1] = 0.0f;
    }
    am_fft_run(inverse);
    for (size_t n = 0; n <= reach; n++) {
        const double window = am_fir_kaiser((double)n / (double)(reach + 1), beta);

        half[n] = (float)((n ? 1.0 : 0.5) * window * (double)am_fft_output(inverse)[n] / (double)size);
    }
    am_fft_close(inverse);
    return AM_OK;
}

/* ------------------------------------------------------------------ overlap-save */

struct am_convolver {
    const am_allocator *allocator;
    size_t taps, size;              /* step = size - taps */
    am_fft *forward, *inverse;
    float *straight, *crossed;      /* of the kernel's response over size, for each bin: re and re; -im and im */
};

static void write_response(am_convolver *c, const float *kernel)
{
    const float scale = 1.0f / (float)c->size;

    memset(am_fft_input(c->forward), 0, c->size * sizeof(float));
    memcpy(am_fft_input(c->forward), kernel, c->taps * sizeof *kernel);
    am_fft_run(c->forward);
    for (size_t i = 0; i < c->size + 2; i += 2) {
        const float *bin = am_fft_output(c->forward) + i;

        c->straight[i] = c->straight[i + 1] = scale * bin[0];
        c->crossed[i] = -scale * bin[1];
        c->crossed[i + 1] = scale * bin[1];
    }
}

am_status am_convolver_open(const float *kernel, size_t taps, const am_allocator *allocator, am_convolver **out, am_error *err)
{
    am_convolver *c = am_acquire(allocator, 1, sizeof *c);
    am_status st = AM_OK;

    assert(taps >= 16 && taps <= 65536 && !(taps & (taps - 1)));
    if (!c)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for a filter of %zu taps", taps);
    *c = (am_convolver){ .allocator = allocator, .taps = taps, .size = 4 * taps };
    c->straight = am_acquire(allocator, c->size + 2, sizeof *c->straight);
    c->crossed = am_acquire(allocator, c->size + 2, sizeof *c->crossed);
    if (!c->straight || !c->crossed)
        st = am_fail(err, AM_ERR_NOMEM, "out of memory for a filter of %zu taps", taps);
    if (!st)
        st = am_fft_open(AM_FFT_REAL, c->size, true, allocator, &c->forward, err);
    if (!st)
        st = am_fft_open(AM_FFT_REAL_INVERSE, c->size, true, allocator, &c->inverse, err);
    if (st) {
        am_convolver_close(c);
        return st;
    }
    write_response(c, kernel);
    *out = c;
    return AM_OK;
}

size_t am_convolver_step(const am_convolver *c)
{
    return c->size - c->taps;
}

/* Complex products. Written with a difference, GCC 12 would turn them into fused instructions on CPUs that have them, whatever
 * -ffp-contract says, and the bits would depend on the CPU. */
AM_CLONES static void multiply(const float *a, const float *straight, const float *crossed, float *product, size_t bins)
{
    for (size_t i = 0; i < 2 * bins; i += 2) {
        product[i] = a[i] * straight[i] + a[i + 1] * crossed[i];
        product[i + 1] = a[i + 1] * straight[i + 1] + a[i] * crossed[i + 1];
    }
}

void am_convolver_run(am_convolver *c, const float *in, float *out)
{
    memcpy(am_fft_input(c->forward), in - c->taps, c->size * sizeof *in);
    am_fft_run(c->forward);
    multiply(am_fft_output(c->forward), c->straight, c->crossed, am_fft_input(c->inverse), c->size / 2 + 1);
    am_fft_run(c->inverse);
    memcpy(out, am_fft_output(c->inverse) + c->taps, (c->size - c->taps) * sizeof *out);
}

void am_convolver_close(am_convolver *c)
{
    if (c) {
        am_fft_close(c->forward);
        am_fft_close(c->inverse);
        am_forget(c->allocator, c->straight);
        am_forget(c->allocator, c->crossed);
        am_forget(c->allocator, c);
    }
}
