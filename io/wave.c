#include "io/wave.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "io/file.h"

enum { HEAD_BYTES = 12 + 36 + 48 + 12 + 8, DS64_AT = 12, DS64_BYTES = 28 };

static void put(uint8_t *p, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

static uint32_t align_of(const am_writer_format *f)
{
    return f->channels * f->bits / 8;
}

/* Speakers for 3 .. 8 channels: front left, right, centre; quadraphonic; then 5.0, 5.1, 6.1, 7.1. */
static uint32_t speakers(uint32_t channels)
{
    static const uint32_t masks[] = { 0, 0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x13f, 0x63f };

    return masks[channels];
}

/* Mono and stereo get the format that everything reads; more channels need the extensible one. */
static size_t put_format(uint8_t *p, const am_writer_format *f)
{
    static const uint8_t guid_tail[14] = { 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71 };
    const uint16_t tag = f->bits == 32 ? 3 : 1;
    const bool extensible = f->channels > 2;
    const size_t size = extensible ? 40 : f->bits == 32 ? 18 : 16;

    memset(p, 0, 8 + size);
    memcpy(p, "fmt ", 4);
    put(p + 4, size, 4);
    put(p + 8, extensible ? 0xfffe : tag, 2);
    put(p + 10, f->channels, 2);
    put(p + 12, f->rate_hz, 4);
    put(p + 16, (uint64_t)f->rate_hz * align_of(f), 4);
    put(p + 20, align_of(f), 2);
    put(p + 22, f->bits, 2);
    if (extensible) {
        put(p + 24, 22, 2);
        put(p + 26, f->bits, 2);
        put(p + 28, speakers(f->channels), 4);
        put(p + 32, tag, 2);
        memcpy(p + 34, guid_tail, sizeof guid_tail);
    }
    return 8 + size;
}

static void put_sizes(const am_wave *w, uint8_t head[48], uint8_t data_size[4])
{
    const uint64_t end = w->data_offset + w->data_bytes + (w->data_bytes & 1), riff = end - 8;
    const bool big = w->always_rf64 || riff > UINT32_MAX;

    memset(head, 0, 48);
    memcpy(head, big ? "RF64" : "RIFF", 4);
    put(head + 4, big ? UINT32_MAX : riff, 4);
    memcpy(head + 8, "WAVE", 4);
    memcpy(head + DS64_AT, big ? "ds64" : "JUNK", 4);
    put(head + DS64_AT + 4, DS64_BYTES, 4);
    if (big) {
        put(head + DS64_AT + 8, riff, 8);
        put(head + DS64_AT + 16, w->data_bytes, 8);
        put(head + DS64_AT + 24, w->data_bytes / align_of(&w->format), 8);
    }
    put(data_size, big ? UINT32_MAX : w->data_bytes, 4);
}

static uint64_t fact_at(const am_wave *w)
{
    return w->format.channels > 2 ? 48 + 48 : 48 + 26;
}

int am_wave_open(am_wave *w, int fd, const am_writer_format *format, bool always_rf64, const uint8_t *chunks, size_t chunk_bytes,
                 const am_allocator *allocator)
{
    uint8_t head[HEAD_BYTES] = { 0 };
    size_t used = 48;

    *w = (am_wave){ .fd = fd, .format = *format, .always_rf64 = always_rf64, .allocator = allocator };
    w->bytes = am_acquire(allocator, (size_t)AM_WAVE_FRAMES * align_of(format), 1);
    if (!w->bytes)
        return ENOMEM;
    used += put_format(head + used, format);
    if (format->bits == 32) {
        memcpy(head + used, "fact\4\0\0\0", 8);
        used += 12;
    }
    if (!am_file_write_at(fd, chunks, chunk_bytes, used))
        return errno;
    w->data_offset = used + chunk_bytes + 8;
    put_sizes(w, head, head + used + 4);
    memcpy(head + used, "data", 4);
    return am_file_write_at(fd, head, used, 0) && am_file_write_at(fd, head + used, 8, used + chunk_bytes) ? 0 : errno;
}

/* ------------------------------------------------------------------ samples */

static int32_t clip(float x, float scale)
{
    const float y = x * scale;

    return (int32_t)(y < -scale ? -scale : y > scale - 1.0f ? scale - 1.0f : y);
}

static void pack(const am_wave *w, const float *in, uint8_t *out, size_t frames)
{
    const size_t step = align_of(&w->format);

    if (w->format.bits == 16)
        for (size_t i = 0; i < frames; i++) {
            const uint32_t x = (uint32_t)clip(in[i], 32768.0f);

            out[step * i] = (uint8_t)x;
            out[step * i + 1] = (uint8_t)(x >> 8);
        }
    else if (w->format.bits == 24)
        for (size_t i = 0; i < frames; i++) {
            const uint32_t x = (uint32_t)clip(in[i], 8388608.0f);

            out[step * i] = (uint8_t)x;
            out[step * i + 1] = (uint8_t)(x >> 8);
            out[step * i + 2] = (uint8_t)(x >> 16);
        }
    else
        for (size_t i = 0; i < frames; i++) {
            uint32_t x;

            memcpy(&x, in + i, sizeof x);
            put(out + step * i, x, 4);
        }
}

int am_wave_write(am_wave *w, const float *const *channels, size_t frames)
{
    for (size_t done = 0; done < frames;) {
        const size_t count = frames - done < AM_WAVE_FRAMES ? frames - done : AM_WAVE_FRAMES;
        const size_t bytes = count * align_of(&w->format);

        for (uint32_t c = 0; c < w->format.channels; c++)
            pack(w, channels[c] + done, w->bytes + c * w->format.bits / 8, count);
        if (!am_file_write_at(w->fd, w->bytes, bytes, w->data_offset + w->data_bytes))
            return errno;
        w->data_bytes += bytes;
        done += count;
    }
    return 0;
}

int am_wave_finish(am_wave *w)
{
    uint8_t head[48], data_size[4], frames[4];
    const uint64_t count = w->data_bytes / align_of(&w->format);

    put_sizes(w, head, data_size);
    put(frames, count < UINT32_MAX ? count : UINT32_MAX, 4);
    if ((w->data_bytes & 1 && !am_file_write_at(w->fd, "", 1, w->data_offset + w->data_bytes)) ||
        (w->format.bits == 32 && !am_file_write_at(w->fd, frames, 4, fact_at(w) + 8)) ||
        !am_file_write_at(w->fd, head, sizeof head, 0) || !am_file_write_at(w->fd, data_size, 4, w->data_offset - 4))
        return errno;
    return 0;
}

void am_wave_close(am_wave *w)
{
    am_forget(w->allocator, w->bytes);
    w->bytes = NULL;
}
