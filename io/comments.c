#include "io/comments.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"

enum { HEAD = 4, LAST = 0x80, COMMENTS = 4, PICTURE = 6, PADDING = 1, MOST_BLOCKS = 128, MOST_BYTES = 1 << 20 };

static const char vendor[] = "automaster";

typedef struct block {
    uint64_t at;                    /* of its head */
    uint32_t length;                /* without the head */
    int type;
    bool last;
} block;

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

static void put_head(uint8_t *p, int type, bool last, uint32_t length)
{
    p[0] = (uint8_t)(type | (last ? LAST : 0));
    for (int i = 0; i < 3; i++)
        p[1 + i] = (uint8_t)(length >> (16 - 8 * i));
}

/* The next block of metadata, the first where *b is empty; false when there is none. */
static bool next_block(int fd, block *b)
{
    uint8_t head[HEAD];

    if (b->last)
        return false;
    if (b->at == 0 && (am_file_read_at(fd, head, HEAD, 0) != HEAD || memcmp(head, "fLaC", HEAD) != 0))
        return false;
    b->at = b->at == 0 ? HEAD : b->at + HEAD + b->length;
    if (am_file_read_at(fd, head, HEAD, b->at) != HEAD)
        return false;
    b->type = head[0] & ~LAST;
    b->last = head[0] & LAST;
    b->length = (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
    return true;
}

static bool find_comments(int fd, block *out, bool *pictures)
{
    block b = { 0 };
    bool found = false;

    for (int i = 0; i < MOST_BLOCKS && next_block(fd, &b); i++) {
        if (b.type == COMMENTS && !found) {
            *out = b;
            found = true;
        }
        *pictures = *pictures || b.type == PICTURE;
    }
    return found;
}

/* ------------------------------------------------------------------ read */

static bool begins(const uint8_t *comment, size_t length, const char *word)
{
    return length >= strlen(word) && strncasecmp((const char *)comment, word, strlen(word)) == 0;
}

static bool begins_with_any(const uint8_t *comment, size_t length, const char *const *words)
{
    for (; *words; words++)
        if (begins(comment, length, *words))
            return true;
    return false;
}

static void keep(const uint8_t *comment, size_t length, am_comments *out)
{
    static const char *const stale[] = { "ENCODER=", "SOFTWARE=", "REPLAYGAIN_", "R128_", "WAVEFORMATEXTENSIBLE_", NULL };
    static const char *const known[] = { "TITLE=", "ARTIST=", "ALBUM=", "DATE=", "TRACKNUMBER=", "GENRE=", "COMMENT=", "COPYRIGHT=", "LICENSE=", NULL };

    if (begins_with_any(comment, length, stale))
        return;
    out->others = out->others || !begins_with_any(comment, length, known);
    memmove(out->bytes + out->used, comment - 4, length + 4);
    out->used += length + 4;
    out->count++;
}

/* In place: what is kept never lies behind what it is kept from. */
static void sift(size_t size, am_comments *out)
{
    uint8_t *bytes = out->bytes;
    size_t at = size >= 4 ? 4 + (size_t)get32(bytes) : size;
    uint32_t left;

    if (size < 8 || at > size - 4)
        return;
    left = get32(bytes + at);
    at += 4;
    while (left-- && size - at >= 4) {
        const size_t length = get32(bytes + at);

        if (length > size - at - 4)
            return;
        keep(bytes + at + 4, length, out);
        at += 4 + length;
    }
}

am_status am_comments_read(int fd, const am_allocator *allocator, am_comments *out, am_error *err)
{
    block b = { 0 };

    *out = (am_comments){ 0 };
    if (!find_comments(fd, &b, &out->pictures) || b.length > MOST_BYTES)
        return AM_OK;
    out->bytes = am_acquire(allocator, b.length + 1, 1);
    if (!out->bytes)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    if (am_file_read_at(fd, out->bytes, b.length, b.at + HEAD) == (int64_t)b.length)
        sift(b.length, out);
    return AM_OK;
}

/* ------------------------------------------------------------------ write */

static size_t needed(const am_comments *comments)
{
    return 4 + sizeof vendor - 1 + 4 + comments->used;
}

size_t am_comments_room(const am_comments *comments)
{
    return needed(comments) + HEAD;
}

int am_comments_write(int fd, const am_comments *comments)
{
    const uint32_t length = (uint32_t)needed(comments);
    uint8_t head[HEAD + 4 + sizeof vendor - 1 + 4], padding[HEAD];
    bool ignored = false;
    block b = { 0 };

    if (!find_comments(fd, &b, &ignored) || b.length < length + HEAD)
        return EINVAL;
    put_head(head, COMMENTS, false, length);
    put32(head + HEAD, sizeof vendor - 1);
    memcpy(head + HEAD + 4, vendor, sizeof vendor - 1);
    put32(head + sizeof head - 4, comments->count);
    put_head(padding, PADDING, b.last, b.length - length - HEAD);
    if (!am_file_write_at(fd, head, sizeof head, b.at) || !am_file_write_at(fd, comments->bytes, comments->used, b.at + sizeof head) ||
        !am_file_write_at(fd, padding, HEAD, b.at + HEAD + length))
        return errno;
    for (uint64_t at = b.at + HEAD + length + HEAD, end = b.at + HEAD + b.length; at < end;) {
        static const uint8_t zeros[512] = { 0 };
        const size_t count = end - at < sizeof zeros ? (size_t)(end - at) : sizeof zeros;

        if (!am_file_write_at(fd, zeros, count, at))
            return errno;
        at += count;
    }
    return 0;
}
