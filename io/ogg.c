#include "io/ogg.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "io/file.h"

enum { HEAD_BYTES = 27, MAX_SEGMENTS = 255, MAX_PAGE_BYTES = HEAD_BYTES + MAX_SEGMENTS + MAX_SEGMENTS * 255,
       SERIAL_AT = 14, CHECKSUM_AT = 22 };

/* RFC 3533, 6: CRC-32 of polynomial 0x04c11db7, first bit first, no inversion, over the page with zeros in place of the checksum */
static void fill_table(uint32_t table[256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t x = i << 24;

        for (int bit = 0; bit < 8; bit++)
            x = x & 0x80000000u ? x << 1 ^ 0x04c11db7u : x << 1;
        table[i] = x;
    }
}

static uint32_t checksum(const uint32_t table[256], const uint8_t *bytes, size_t count)
{
    uint32_t x = 0;

    for (size_t i = 0; i < count; i++)
        x = x << 8 ^ table[x >> 24 ^ bytes[i]];
    return x;
}

static void put32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

/* Length of the page at the start of bytes, 0 when there is no whole one. */
static size_t page_length(const uint8_t *bytes, size_t count)
{
    size_t length = HEAD_BYTES;

    if (count < HEAD_BYTES || memcmp(bytes, "OggS", 4) != 0 || count < HEAD_BYTES + (size_t)bytes[26])
        return 0;
    length += bytes[26];
    for (int i = 0; i < bytes[26]; i++)
        length += bytes[HEAD_BYTES + i];
    return length <= count ? length : 0;
}

int am_ogg_set_serial(int fd, uint32_t serial, const am_allocator *allocator)
{
    uint8_t *page = am_acquire(allocator, MAX_PAGE_BYTES, 1);
    uint32_t table[256];
    uint64_t position = 0;
    int failure = page ? 0 : ENOMEM;

    fill_table(table);
    while (!failure) {
        const int64_t got = am_file_read_at(fd, page, MAX_PAGE_BYTES, position);
        const size_t length = got > 0 ? page_length(page, (size_t)got) : 0;

        if (got == 0)
            break;
        if (!length) {
            failure = got < 0 ? errno : EINVAL;
            break;
        }
        put32(page + SERIAL_AT, serial);
        put32(page + CHECKSUM_AT, 0);
        put32(page + CHECKSUM_AT, checksum(table, page, length));
        if (!am_file_write_at(fd, page, HEAD_BYTES, position))
            failure = errno;
        position += length;
    }
    am_forget(allocator, page);
    return failure;
}
