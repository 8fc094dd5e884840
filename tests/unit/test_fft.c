/* test_fft.c - dsp/fft.h against the definition of the transform */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/fft.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

static am_fft *open_or_fail(am_fft_kind kind, size_t size, bool portable)
{
    am_fft *fft = NULL;
    am_error err = { 0 };

    if (am_fft_open(kind, size, portable, NULL, &fft, &err))
        fail_msg("%s", err.message);
    return fft;
}

/* sum over n of x[n] exp(-2 pi i k n / size), x interleaved complex */
static void slow(const double *x, size_t size, size_t k, double out[2])
{
    out[0] = out[1] = 0.0;
    for (size_t n = 0; n < size; n++) {
        const double w = -2.0 * AM_PI * (double)(k * n % size) / (double)size;

        out[0] += x[2 * n] * cos(w) - x[2 * n + 1] * sin(w);
        out[1] += x[2 * n] * sin(w) + x[2 * n + 1] * cos(w);
    }
}

static void transforms_are_the_definition(void **state)
{
    enum { SIZE = 256 };
    music_random random = { 3 };

    (void)state;
    for (int kind = AM_FFT_COMPLEX; kind <= AM_FFT_REAL; kind++)
        for (int portable = 0; portable < 2; portable++) {
            am_fft *fft = open_or_fail((am_fft_kind)kind, SIZE, portable);
            const size_t step = kind == AM_FFT_REAL ? 1 : 2;
            double x[2 * SIZE] = { 0 }, expected[2];

            for (size_t n = 0; n < SIZE; n++)
                for (size_t part = 0; part < step; part++) {
                    const float value = (float)music_uniform(&random, -1.0, 1.0);

                    am_fft_input(fft)[step * n + part] = value;
                    x[2 * n + part] = (double)value;
                }
            am_fft_run(fft);
            for (size_t k = 0; k <= (kind == AM_FFT_REAL ? SIZE / 2 : SIZE - 1); k++) {
                slow(x, SIZE, k, expected);
                check_near("real part", (double)am_fft_output(fft)[2 * k], expected[0], 1e-4);
                check_near("imaginary part", (double)am_fft_output(fft)[2 * k + 1], expected[1], 1e-4);
            }
            am_fft_close(fft);
        }
}

static void inverse_undoes_the_forward_transform(void **state)
{
    (void)state;
    for (size_t size = 16; size <= (size_t)1 << 17; size *= 2) {
        am_fft *forward = open_or_fail(AM_FFT_REAL, size, true), *back = open_or_fail(AM_FFT_REAL_INVERSE, size, true);
        music_random random = { size };
        float *x = listen_buffer(size);

        for (size_t n = 0; n < size; n++)
            am_fft_input(forward)[n] = x[n] = (float)music_uniform(&random, -1.0, 1.0);
        am_fft_run(forward);
        memcpy(am_fft_input(back), am_fft_output(forward), (size + 2) * sizeof *x);
        am_fft_run(back);
        for (size_t n = 0; n < size; n++)
            check_near("sample", (double)am_fft_output(back)[n] / (double)size, (double)x[n], 1e-5);
        free(x);
        am_fft_close(forward);
        am_fft_close(back);
    }
    am_fft_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transforms_are_the_definition),
        cmocka_unit_test(inverse_undoes_the_forward_transform),
    };

    return cmocka_run_group_tests_name("fft", tests, NULL, NULL);
}
