#include "io/flac.h"

#include <math.h>
#include <sndfile.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { BLOCK_FRAMES = 4096, MAX_CHANNELS = 8, FIRST_BYTES = 1 << 20 };

typedef struct sink {
    const am_allocator *allocator;
    uint8_t *bytes;
    size_t used, room, position;
} sink;

static sf_count_t sink_length(void *context) { return (sf_count_t)((sink *)context)->used; }
static sf_count_t sink_tell(void *context) { return (sf_count_t)((sink *)context)->position; }

static sf_count_t sink_seek(sf_count_t offset, int whence, void *context)
{
    sink *s = context;
    const sf_count_t base = whence == SEEK_SET ? 0 : (sf_count_t)(whence == SEEK_CUR ? s->position : s->used);

    if (base + offset < 0 || (size_t)(base + offset) > s->used)
        return -1;
    s->position = (size_t)(base + offset);
    return (sf_count_t)s->position;
}

static sf_count_t sink_read(void *out, sf_count_t count, void *context)
{
    sink *s = context;
    const size_t left = s->used - s->position, taken = (size_t)count < left ? (size_t)count : left;

    memcpy(out, s->bytes + s->position, taken);
    s->position += taken;
    return (sf_count_t)taken;
}

static sf_count_t sink_write(const void *in, sf_count_t count, void *context)
{
    sink *s = context;
    const size_t end = s->position + (size_t)count;

    if (end > s->room) {
        const size_t room = end > 2 * s->room ? end + FIRST_BYTES : 2 * s->room;
        uint8_t *bytes = am_grow(s->allocator, s->bytes, s->room, room, 1);

        if (!bytes)
            return 0;
        s->bytes = bytes;
        s->room = room;
    }
    memcpy(s->bytes + s->position, in, (size_t)count);
    s->position = end;
    s->used = end > s->used ? end : s->used;
    return count;
}

/* To the nearest integer, ties to even, for |x| < 2^51: what nearbyint() does, without a call. */
static inline double nearest(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

static void quantise(const am_format *format, uint32_t bits, double scale, const float *const *channels, size_t from, size_t frames, int *out)
{
    const double top = ldexp(1.0, (int)bits - 1);

    for (uint32_t c = 0; c < format->channels; c++)
        for (size_t n = 0; n < frames; n++) {
            const double x = (double)channels[c][from + n] * scale * top;

            out[n * format->channels + c] = (int)nearest(x < -top ? -top : x > top - 1.0 ? top - 1.0 : x) * (1 << (32 - bits));
        }
}

static am_status encode(SNDFILE *file, const am_format *format, uint32_t bits, double scale, const float *const *channels, size_t frames,
                        am_error *err)
{
    int block[BLOCK_FRAMES * MAX_CHANNELS];

    double level = 0.125;           /* 1 of 8: half the time of 5, and 2 % more bytes */

    (void)sf_command(file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    (void)sf_command(file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
    for (size_t from = 0; from < frames; from += BLOCK_FRAMES) {
        const size_t piece = frames - from < BLOCK_FRAMES ? frames - from : BLOCK_FRAMES;

        quantise(format, bits, scale, channels, from, piece, block);
        if (sf_writef_int(file, block, (sf_count_t)piece) != (sf_count_t)piece)
            return am_fail(err, AM_ERR_NOMEM, "out of memory for an excerpt");
    }
    return AM_OK;
}

am_status am_flac_encode(const am_format *format, uint32_t bits, double scale, const float *const *channels, size_t frames,
                         const am_allocator *allocator, am_flac *out, am_error *err)
{
    SF_VIRTUAL_IO io = { sink_length, sink_seek, sink_read, sink_write, sink_tell };
    SF_INFO info = { .samplerate = (int)format->rate_hz, .channels = (int)format->channels,
                     .format = SF_FORMAT_FLAC | (bits == 16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24) };
    sink s = { .allocator = allocator };
    SNDFILE *file = format->channels <= MAX_CHANNELS ? sf_open_virtual(&io, SFM_WRITE, &info, &s) : NULL;
    am_status st;

    if (!file) {
        am_forget(allocator, s.bytes);
        return am_fail(err, AM_ERR_RANGE, "FLAC does not hold %u channels at %u Hz", format->channels, format->rate_hz);
    }
    st = encode(file, format, bits, scale, channels, frames, err);
    if (sf_close(file) && !st)
        st = am_fail(err, AM_ERR_NOMEM, "out of memory for an excerpt");
    if (st)
        am_forget(allocator, s.bytes);
    else
        *out = (am_flac){ s.bytes, s.used };
    return st;
}
