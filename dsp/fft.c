#include "dsp/fft.h"

#include <assert.h>
#include <fftw3.h>
#include <pthread.h>

#include "base/error.h"
#include "base/memory.h"

/* FFTW's own name for it is internal (kernel/ifftw.h): leave out codelets that use SIMD instructions. */
static const unsigned no_simd = 1u << 17;

/* The planner of FFTW is the one part of it that is not reentrant. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

struct am_fft {
    fftwf_plan plan;
    float *input, *output;
    const am_allocator *allocator;
};

static fftwf_plan make_plan(am_fft_kind kind, int size, float *input, float *output, unsigned flags)
{
    fftwf_plan plan = NULL;

    (void)pthread_mutex_lock(&planner);
    switch (kind) {
    case AM_FFT_COMPLEX: plan = fftwf_plan_dft_1d(size, (fftwf_complex *)input, (fftwf_complex *)output, FFTW_FORWARD, flags); break;
    case AM_FFT_REAL: plan = fftwf_plan_dft_r2c_1d(size, input, (fftwf_complex *)output, flags); break;
    case AM_FFT_REAL_INVERSE: plan = fftwf_plan_dft_c2r_1d(size, (fftwf_complex *)input, output, flags); break;
    }
    (void)pthread_mutex_unlock(&planner);
    return plan;
}

static void destroy_plan(fftwf_plan plan)
{
    if (!plan)
        return;
    (void)pthread_mutex_lock(&planner);
    fftwf_destroy_plan(plan);
    (void)pthread_mutex_unlock(&planner);
}

am_status am_fft_open(am_fft_kind kind, size_t size, bool portable, const am_allocator *allocator, am_fft **out, am_error *err)
{
    am_fft *fft;

    assert(size >= 16 && size <= (size_t)1 << 20 && (size & (size - 1)) == 0);
    fft = am_acquire(allocator, 1, sizeof *fft);
    if (!fft)
        return am_fail(err, AM_ERR_NOMEM, "no memory for a transform of %zu points", size);
    fft->allocator = allocator;
    fft->input = am_acquire(allocator, 2 * size + 2, sizeof *fft->input);
    fft->output = am_acquire(allocator, 2 * size + 2, sizeof *fft->output);
    if (fft->input && fft->output)
        fft->plan = make_plan(kind, (int)size, fft->input, fft->output, FFTW_ESTIMATE | (portable ? no_simd : 0));
    if (!fft->plan) {
        am_fft_close(fft);
        return am_fail(err, AM_ERR_NOMEM, "no memory for a transform of %zu points", size);
    }
    *out = fft;
    return AM_OK;
}

float *am_fft_input(am_fft *fft) { return fft->input; }

float *am_fft_output(am_fft *fft) { return fft->output; }

void am_fft_run(am_fft *fft)
{
    fftwf_execute(fft->plan);
}

void am_fft_close(am_fft *fft)
{
    if (!fft)
        return;
    destroy_plan(fft->plan);
    am_forget(fft->allocator, fft->input);
    am_forget(fft->allocator, fft->output);
    am_forget(fft->allocator, fft);
}
