/* sha256.h - FIPS 180-4 */
#ifndef AM_BASE_SHA256_H
#define AM_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct am_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
    bool fast;                      /* the processor's own instructions are used */
} am_sha256;

void am_sha256_init(am_sha256 *hash);
void am_sha256_init_plain(am_sha256 *hash);     /* the same in plain C, whatever the processor has: the reference of the test */
void am_sha256_push(am_sha256 *hash, const void *bytes, size_t count);
void am_sha256_finish(am_sha256 *hash, char hex[65]);

#endif
