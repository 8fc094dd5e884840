#include "dsp/resample.h"

#include <assert.h>
#include <soxr.h>

#include "base/error.h"
#include "base/memory.h"

enum { PIECE = 4096 }; /* frames a call */

struct am_resampler {
    const am_allocator *allocator;
    soxr_t soxr;
    uint32_t in_hz, out_hz, channels;
    uint64_t taken, given; /* frames */
};

am_status am_resampler_open(uint32_t in_hz, uint32_t out_hz, uint32_t channels, const am_allocator *allocator, am_resampler **out,
                            am_error *err)
{
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t reason = NULL;
    am_resampler *r = am_acquire(allocator, 1, sizeof *r);

    assert(channels >= 1 && channels <= 2);
    if (!r)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for rate conversion");
    *r = (am_resampler){ .allocator = allocator, .in_hz = in_hz, .out_hz = out_hz, .channels = channels };
    r->soxr = soxr_create((double)in_hz, (double)out_hz, channels, &reason, &io, &quality, &runtime);
    if (reason || !r->soxr) {
        am_resampler_close(r);
        return am_fail(err, AM_ERR_NOMEM, "rate conversion from %u to %u Hz: %s", in_hz, out_hz, reason ? reason : "not available");
    }
    *out = r;
    return AM_OK;
}

/* in NULL: no more is coming. most: frames still owed altogether. */
static am_status convert(am_resampler *r, const float *const *in, size_t frames, uint64_t most, am_fifo *into, am_error *err)
{
    const size_t room = (size_t)((double)frames * r->out_hz / r->in_hz) + PIECE;
    const float *from[2] = { NULL, NULL };
    size_t used = 0, done = 0, made;

    assert(r->channels <= 2);
    for (uint32_t c = 0; in && c < r->channels; c++)
        from[c] = in[c];
    do {
        float *write[AM_FIFO_CHANNELS];
        size_t took = 0;
        soxr_error_t reason;
        const am_status st = am_fifo_reserve(into, room, write, err);

        if (st)
            return st;
        reason = soxr_process(r->soxr, in ? (const void *)from : NULL, frames - used, &took, write, room, &made);
        if (reason)
            return am_fail(err, AM_ERR_NOMEM, "rate conversion: %s", reason);
        for (uint32_t c = 0; in && c < r->channels; c++)
            from[c] += took;
        used += took;
        done = made < most - r->given ? made : (size_t)(most - r->given);
        am_fifo_commit(into, done);
        r->given += done;
    } while (used < frames || made == room);
    return AM_OK;
}

am_status am_resampler_push(am_resampler *r, const float *const *channels, size_t frames, am_fifo *into, am_error *err)
{
    for (size_t at = 0, piece; at < frames; at += piece) {
        const float *from[2] = { channels[0] + at, r->channels > 1 ? channels[1] + at : NULL };
        am_status st;

        piece = frames - at < PIECE ? frames - at : PIECE;
        st = convert(r, from, piece, UINT64_MAX, into, err);
        if (st)
            return st;
        r->taken += piece;
    }
    return AM_OK;
}

am_status am_resampler_finish(am_resampler *r, am_fifo *into, am_error *err)
{
    const uint64_t whole = r->taken / r->in_hz * r->out_hz, rest = r->taken % r->in_hz * r->out_hz;
    const uint64_t total = whole + (2 * rest + r->in_hz) / (2 * (uint64_t)r->in_hz);
    static const float silence[16];
    const float *const zeros[2] = { silence, silence };
    am_status st;

    /* libsoxr alone would end up to a frame short */
    st = convert(r, zeros, sizeof silence / sizeof *silence, total, into, err);
    if (!st)
        st = convert(r, NULL, 0, total, into, err);
    return st ? st : am_fifo_zeros(into, (size_t)(total - r->given), err);
}

void am_resampler_close(am_resampler *r)
{
    if (r) {
        if (r->soxr)
            soxr_delete(r->soxr);
        am_forget(r->allocator, r);
    }
}
