#include "io/header.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "io/file.h"

enum { MAX_CHUNKS = 4096 };
#define OPEN_ENDED UINT64_MAX       /* a header that gives no length */

typedef struct scan {               /* what one walk through the chunks learns */
    int fd;
    const char *name;
    am_header *out;
    bool big_endian;
    bool has_format, has_data, has_ds64, broken;    /* broken: what follows end is no chunk */
    uint32_t tag, channels, rate_hz, byte_rate, align, bits;
    uint64_t ds64_offset, ds64_data;
    uint64_t size_offset;           /* of the field with the size of the audio */
    uint64_t data_offset, promised; /* bytes */
    uint64_t riff_end, end;         /* end: behind the last good chunk */
} scan;

/* ------------------------------------------------------------------ bytes */

static uint64_t little(const uint8_t *p, int bytes)
{
    uint64_t x = 0;

    for (int i = bytes - 1; i >= 0; i--)
        x = x << 8 | p[i];
    return x;
}

static uint64_t big(const uint8_t *p, int bytes)
{
    uint64_t x = 0;

    for (int i = 0; i < bytes; i++)
        x = x << 8 | p[i];
    return x;
}

static uint64_t number(const scan *s, const uint8_t *p, int bytes)
{
    return s->big_endian ? big(p, bytes) : little(p, bytes);
}

static bool read_at(int fd, uint64_t offset, void *bytes, size_t count)
{
    return am_file_read_at(fd, bytes, count, offset) == (int64_t)count;
}

static bool is_chunk_name(const uint8_t *id)
{
    for (int i = 0; i < 4; i++)
        if (id[i] < 0x20 || id[i] > 0x7e)
            return false;
    return true;
}

static uint64_t add_limited(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* ------------------------------------------------------------------ findings */

AM_PRINTF(2, 3) static void warn(am_header *out, const char *format, ...)
{
    va_list args;

    if (out->warning_count == AM_HEADER_WARNINGS)
        return;
    va_start(args, format);
    (void)vsnprintf(out->warnings[out->warning_count++], sizeof *out->warnings, format, args);
    va_end(args);
}

static void patch(am_header *out, uint64_t offset, const void *bytes, uint32_t count)
{
    am_header_patch *p = &out->patches[out->patch_count++];

    p->offset = offset;
    p->count = count;
    memcpy(p->bytes, bytes, count);
}

static double seconds(const scan *s, uint64_t bytes)
{
    return s->byte_rate ? (double)bytes / s->byte_rate : 0.0;
}

static uint64_t bytes_after(const scan *s, uint64_t offset)
{
    return s->out->file_bytes > offset ? s->out->file_bytes - offset : 0;
}

/* ------------------------------------------------------------------ RIFF */

static void read_format(scan *s, uint64_t offset, uint64_t size)
{
    uint8_t f[40] = { 0 };
    const size_t count = size < sizeof f ? (size_t)size : sizeof f;

    if (s->has_format || count < 16 || !read_at(s->fd, offset, f, count))
        return;
    s->has_format = true;
    s->tag = (uint32_t)number(s, f, 2);
    s->channels = (uint32_t)number(s, f + 2, 2);
    s->rate_hz = (uint32_t)number(s, f + 4, 4);
    s->byte_rate = (uint32_t)number(s, f + 8, 4);
    s->align = (uint32_t)number(s, f + 12, 2);
    s->bits = (uint32_t)number(s, f + 14, 2);
    if (s->tag == 0xfffe && count == 40)
        s->tag = (uint32_t)number(s, f + 24, 2);
    if (s->tag == 1 || s->tag == 3)     /* of PCM, no header gets this wrong on purpose */
        s->byte_rate = s->align * s->rate_hz;
}

static void keep_chunk(am_header *out, const uint8_t *id, uint64_t offset, uint64_t size)
{
    static const char padding[][5] = { "JUNK", "junk", "PAD ", "FLLR", "fact", "PEAK", "ds64" };
    am_header_chunk *chunk;

    for (size_t i = 0; i < sizeof padding / sizeof *padding; i++)
        if (memcmp(id, padding[i], 4) == 0)
            return;
    if (out->chunk_count == AM_HEADER_CHUNKS || size > AM_HEADER_CHUNK_BYTES) {
        out->chunks_skipped = true;
        return;
    }
    chunk = &out->chunks[out->chunk_count++];
    memcpy(chunk->id, id, 4);
    chunk->offset = offset;
    chunk->size = (uint32_t)size;
}

static void read_ds64(scan *s, uint64_t offset, uint64_t size)
{
    uint8_t d[24];

    if (s->has_ds64 || size < sizeof d || !read_at(s->fd, offset, d, sizeof d))
        return;
    s->has_ds64 = true;
    s->ds64_offset = offset;
    s->ds64_data = little(d + 8, 8);
    s->riff_end = add_limited(little(d, 8), 8);
}

static void found_data(scan *s, uint64_t size_offset, uint64_t size)
{
    s->has_data = true;
    s->size_offset = size_offset;
    s->data_offset = size_offset + 4;
    s->promised = size;
    if (size == 0xffffffff)
        s->promised = s->has_ds64 ? s->ds64_data : OPEN_ENDED;
}

/* One chunk at s->end; false when there is none. */
static bool walk_riff(scan *s)
{
    uint8_t head[8];
    uint64_t size, offset = s->end + 8;

    if (!read_at(s->fd, s->end, head, sizeof head))
        return false;
    size = number(s, head + 4, 4);
    s->broken = !is_chunk_name(head);
    if (s->broken)
        return false;
    if (memcmp(head, "data", 4) == 0 && !s->has_data) {
        found_data(s, s->end + 4, size);
        size = s->promised;
    } else if (size > bytes_after(s, offset)) {
        s->broken = true;
        return false;
    } else if (memcmp(head, "fmt ", 4) == 0) {
        read_format(s, offset, size);
    } else {
        if (memcmp(head, "ds64", 4) == 0)
            read_ds64(s, offset, size);
        keep_chunk(s->out, head, offset, size);
    }
    s->end = add_limited(offset, add_limited(size, size & 1));
    return s->end < s->out->file_bytes;
}

/* ------------------------------------------------------------------ W64 and AIFF */

static const uint8_t w64_tail[12] = { 0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a };

static bool walk_w64(scan *s)
{
    uint8_t head[24];
    uint64_t size;

    if (!read_at(s->fd, s->end, head, sizeof head))
        return false;
    size = little(head + 16, 8);
    if (size < sizeof head || memcmp(head + 4, w64_tail, sizeof w64_tail) != 0)
        return false;
    if (memcmp(head, "fmt ", 4) == 0)
        read_format(s, s->end + sizeof head, size - sizeof head);
    if (memcmp(head, "data", 4) == 0 && !s->has_data) {
        s->has_data = true;
        s->data_offset = s->end + sizeof head;
        s->promised = size - sizeof head;
    }
    s->end = add_limited(s->end, add_limited(size, (8 - size % 8) % 8));
    return s->end < s->out->file_bytes;
}

/* Rates are 80-bit floats: 15 bits of exponent, 64 of mantissa. */
static void read_common(scan *s, uint64_t offset, uint64_t size, bool compressed)
{
    uint8_t c[22] = { 0 };
    double rate_hz;

    if (s->has_format || size < 18 || !read_at(s->fd, offset, c, size < sizeof c ? 18 : sizeof c))
        return;
    s->has_format = true;
    s->channels = (uint32_t)big(c, 2);
    s->bits = (uint32_t)big(c + 6, 2);
    s->align = s->channels * ((s->bits + 7) / 8);
    rate_hz = ldexp((double)big(c + 10, 4), (int)(big(c + 8, 2) & 0x7fff) - 16383 - 31);
    s->rate_hz = rate_hz >= 1.0 && rate_hz <= 1e6 ? (uint32_t)rate_hz : 0;
    if (!compressed || memcmp(c + 18, "NONE", 4) == 0 || memcmp(c + 18, "sowt", 4) == 0 || memcmp(c + 18, "fl32", 4) == 0) {
        s->byte_rate = s->align * s->rate_hz;
        s->ds64_data = big(c + 2, 4) * s->align;        /* the promise of frames; of use once SSND is seen */
    }
}

static bool walk_aiff(scan *s)
{
    uint8_t head[16];
    uint64_t size;

    if (!read_at(s->fd, s->end, head, 8) || !is_chunk_name(head))
        return false;
    size = big(head + 4, 4);
    if (memcmp(head, "COMM", 4) == 0)
        read_common(s, s->end + 8, size, s->tag == 'C');
    if (memcmp(head, "SSND", 4) == 0 && !s->has_data && size >= 8 && read_at(s->fd, s->end, head, sizeof head)) {
        s->has_data = true;
        s->data_offset = s->end + 16 + big(head + 8, 4);
        s->promised = size - 8 > big(head + 8, 4) ? size - 8 - big(head + 8, 4) : 0;
    }
    s->end = add_limited(s->end, 8 + size + (size & 1));
    return s->end < s->out->file_bytes;
}

/* ------------------------------------------------------------------ verdicts */

/* A recorder that crashed, or a program that wrote to a pipe, leaves sizes of 0. Then the audio goes to the end of the file. */
static am_status judge_empty(scan *s, am_error *err)
{
    const uint64_t held = bytes_after(s, s->data_offset);
    const bool unfinished = s->riff_end <= s->data_offset || s->riff_end > s->out->file_bytes;
    uint8_t size[8];

    if (held == 0)
        return am_fail(err, AM_ERR_CONTENT, "%s: holds no audio (its header ends the file)", s->name);
    if (!unfinished || s->out->container > AM_CONTAINER_RIFX)
        return am_fail(err, AM_ERR_CONTENT, "%s: holds no audio (its header says 0 bytes, %llu bytes of something else follow)", s->name,
                       (unsigned long long)held);
    memset(size, 0xff, sizeof size);
    if (s->has_ds64)
        for (int i = 0; i < 8; i++)
            size[i] = (uint8_t)(held >> 8 * i);
    patch(s->out, s->has_ds64 ? s->ds64_offset + 8 : s->size_offset, size, s->has_ds64 ? 8 : 4);
    warn(s->out, "The header says 0 s (a recorder that crashed, or a pipe?), the file holds %.1f s: they are taken.", seconds(s, held));
    return AM_OK;
}

/* Tags of other formats behind the end are common and harmless. */
static bool is_tag(const scan *s, uint64_t offset)
{
    uint8_t head[4];

    return read_at(s->fd, offset, head, 4) && (memcmp(head, "ID3", 3) == 0 || memcmp(head, "TAG", 3) == 0 || memcmp(head, "APET", 4) == 0 ||
                                               memcmp(head, "LYRI", 4) == 0);
}

static void tell_cut(am_header *out, double promised_s, double held_s)
{
    out->promised_s = promised_s;
    warn(out, "The header promises %.1f s, the file holds %.1f s: what is there is taken.", promised_s, held_s);
}

static void judge_length(scan *s)
{
    const uint64_t held = bytes_after(s, s->data_offset);
    const uint64_t rest = s->promised < held ? bytes_after(s, s->end) : 0;

    if (s->promised == OPEN_ENDED)
        warn(s->out, "The header gives no length (written to a pipe?): the %.1f s that are there are taken.", seconds(s, held));
    else if (s->promised > held)
        tell_cut(s->out, seconds(s, s->promised), seconds(s, held));
    else if (s->broken && s->byte_rate && rest > s->byte_rate / 10 && !is_tag(s, s->end))
        warn(s->out, "The header promises %.1f s, but the file goes on for %.1f s that are no chunk: what is promised is taken.",
             seconds(s, s->promised), seconds(s, rest));
    else if ((s->tag == 1 || s->tag == 3) && s->align && s->promised % s->align)
        warn(s->out, "The audio ends inside a frame: its last %u bytes are left out.", (unsigned)(s->promised % s->align));
}

/* Word lengths that no recorder writes come from damage, and libsndfile would frame the bytes wrongly. */
static am_status judge_words(const scan *s, am_error *err)
{
    const uint32_t bytes = (s->bits + 7) / 8;

    if (s->tag != 1 || !s->channels || !s->bits)
        return AM_OK;
    if (s->bits % 4 || s->bits < 8 || s->bits > 32 || s->bits == 28)
        return am_fail(err, AM_ERR_FORMAT, "%s: samples of %u bits: the header is damaged (8, 16, 24 and 32 can be read)", s->name,
                       s->bits);
    if (s->align != s->channels * bytes && !(s->bits == 24 && s->align == s->channels * 4))
        return am_fail(err, AM_ERR_FORMAT, "%s: %u channels of %u bits do not fill frames of %u bytes: the header is damaged", s->name,
                       s->channels, s->bits, s->align);
    return AM_OK;
}

static am_status judge(scan *s, am_error *err)
{
    am_status st = AM_OK;

    if ((s->out->container == AM_CONTAINER_RF64 || s->out->container == AM_CONTAINER_BW64) && !s->has_ds64)
        return am_fail(err, AM_ERR_FORMAT, "%s: RF64 without its table of sizes (ds64): the header is damaged", s->name);
    if (s->has_format)
        st = judge_words(s, err);
    if (st || !s->has_data || !s->has_format)
        return st;
    if (s->promised == 0)
        return judge_empty(s, err);
    judge_length(s);
    return AM_OK;
}

/* ------------------------------------------------------------------ entry */

static void walk(scan *s, bool (*step)(scan *), uint64_t start)
{
    s->end = start;
    for (int i = 0; i < MAX_CHUNKS && step(s); i++)
        continue;
}

static void scan_riff(scan *s, const uint8_t head[40])
{
    s->out->container = memcmp(head, "RIFX", 4) == 0   ? AM_CONTAINER_RIFX
                        : memcmp(head, "RF64", 4) == 0 ? AM_CONTAINER_RF64
                        : memcmp(head, "BW64", 4) == 0 ? AM_CONTAINER_BW64
                                                       : AM_CONTAINER_WAV;
    s->big_endian = s->out->container == AM_CONTAINER_RIFX;
    s->riff_end = number(s, head + 4, 4) + 8;
    walk(s, walk_riff, 12);
    if (s->out->container == AM_CONTAINER_BW64)
        patch(s->out, 0, "RF64", 4);            /* the same layout under another name, which libsndfile does not know */
}

static void scan_aiff(scan *s, const uint8_t head[40])
{
    s->out->container = AM_CONTAINER_AIFF;
    s->tag = head[11];                          /* AIFF or AIFC */
    walk(s, walk_aiff, 12);
    s->tag = 0;
    if (s->has_data && s->ds64_data > s->promised)
        s->promised = s->ds64_data;
}

static void recognise(scan *s, const uint8_t head[40])
{
    static const char names[][5] = { "RIFF", "RIFX", "RF64", "BW64" };
    static const uint8_t w64_riff[16] = { 'r', 'i', 'f', 'f', 0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00 };

    for (int i = 0; i < 4; i++)
        if (memcmp(head, names[i], 4) == 0 && memcmp(head + 8, "WAVE", 4) == 0)
            scan_riff(s, head);
    if (memcmp(head, w64_riff, sizeof w64_riff) == 0) {
        s->out->container = AM_CONTAINER_W64;
        walk(s, walk_w64, 40);
    } else if (memcmp(head, "FORM", 4) == 0 && memcmp(head + 8, "AIF", 3) == 0) {
        scan_aiff(s, head);
    } else if (memcmp(head + 4, "ftyp", 4) == 0) {
        s->out->container = AM_CONTAINER_MP4;
    } else if (head[0] == 0xff && (head[1] & 0xf6) == 0xf0) {
        s->out->container = AM_CONTAINER_ADTS;
    }
}

am_status am_header_read(int fd, const char *name, am_header *out, am_error *err)
{
    scan s = { .fd = fd, .name = name, .out = out };
    uint8_t head[40] = { 0 };
    struct stat info;

    memset(out, 0, sizeof *out);
    if (fstat(fd, &info) != 0)
        return am_fail_errno(err, errno, "%s", name);
    out->file_bytes = (uint64_t)info.st_size;
    if (out->file_bytes == 0)
        return am_fail(err, AM_ERR_FORMAT, "%s: the file is empty", name);
    if (am_file_read_at(fd, head, sizeof head, 0) < 0)
        return am_fail_errno(err, errno, "%s: cannot read", name);
    recognise(&s, head);
    return judge(&s, err);
}

/* The first sample description in the moov box: 'stsd', version and flags, count, then size and type of the first entry. */
const char *am_header_codec(int fd, const am_header *header, uint32_t *bits)
{
    uint8_t box[8], bytes[8192];
    uint64_t offset = 0, end;

    *bits = 0;
    if (header->container != AM_CONTAINER_MP4)
        return "AAC";
    for (int i = 0; i < MAX_CHUNKS && read_at(fd, offset, box, 8) && memcmp(box + 4, "moov", 4) != 0; i++) {
        uint64_t size = big(box, 4);
        uint8_t wide[8];

        if (size == 1 && read_at(fd, offset + 8, wide, 8))
            size = big(wide, 8);
        if (size < 8)
            return "AAC in MP4";
        offset = add_limited(offset, size);
    }
    end = add_limited(offset, AM_HEADER_CHUNK_BYTES);
    for (; offset < end; offset += sizeof bytes - 64) {
        const int64_t got = am_file_read_at(fd, bytes, sizeof bytes, offset);

        for (int64_t i = 0; i + 64 <= got; i++)
            if (memcmp(bytes + i, "stsd", 4) == 0 && memcmp(bytes + i + 16, "alac", 4) == 0) {
                *bits = (uint32_t)big(bytes + i + 38, 2);
                return "ALAC in MP4";
            }
        if (got < (int64_t)sizeof bytes)
            break;
    }
    return "AAC in MP4";
}
