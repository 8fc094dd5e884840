/* riff.h - WAV files made by hand, right or wrong */
#ifndef TESTS_SUPPORT_RIFF_H
#define TESTS_SUPPORT_RIFF_H

#include <stddef.h>
#include <stdint.h>

typedef struct riff {
    uint8_t bytes[1 << 17];
    size_t size;
} riff;

void riff_bytes(riff *r, const void *bytes, size_t count);
void riff_number(riff *r, uint64_t x, int bytes);           /* little-endian */
void riff_head(riff *r, const char *id, uint32_t size);     /* four letters and a size, true or not */
void riff_chunk(riff *r, const char *id, const void *bytes, size_t count);      /* with its true size and padding */
void riff_format(riff *r, unsigned tag, unsigned channels, unsigned rate_hz, unsigned bits);
void riff_open(riff *r, const char *id);                    /* "RIFF" and so on, a size of 0, "WAVE"; clears *r */
void riff_close(riff *r);                                   /* the size comes true */

#endif
