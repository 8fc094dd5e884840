#include "tests/support/riff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void riff_bytes(riff *r, const void *bytes, size_t count)
{
    if (count > sizeof r->bytes - r->size) {
        fprintf(stderr, "riff: too large\n");
        exit(2);
    }
    memcpy(r->bytes + r->size, bytes, count);
    r->size += count;
}

void riff_number(riff *r, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        const uint8_t byte = (uint8_t)(x >> 8 * i);

        riff_bytes(r, &byte, 1);
    }
}

void riff_head(riff *r, const char *id, uint32_t size)
{
    riff_bytes(r, id, 4);
    riff_number(r, size, 4);
}

void riff_chunk(riff *r, const char *id, const void *bytes, size_t count)
{
    riff_head(r, id, (uint32_t)count);
    riff_bytes(r, bytes, count);
    riff_bytes(r, "", count & 1);
}

void riff_format(riff *r, unsigned tag, unsigned channels, unsigned rate_hz, unsigned bits)
{
    riff_head(r, "fmt ", 16);
    riff_number(r, tag, 2);
    riff_number(r, channels, 2);
    riff_number(r, rate_hz, 4);
    riff_number(r, (uint64_t)rate_hz * channels * ((bits + 7) / 8), 4);
    riff_number(r, channels * ((bits + 7) / 8), 2);
    riff_number(r, bits, 2);
}

void riff_open(riff *r, const char *id)
{
    r->size = 0;
    riff_head(r, id, 0);
    riff_bytes(r, "WAVE", 4);
}

void riff_close(riff *r)
{
    const size_t size = r->size;

    r->size = 4;
    riff_number(r, size - 8, 4);
    r->size = size;
}
