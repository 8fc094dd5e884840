#include "base/sha256.h"

#include <string.h>

#if defined __x86_64__ && defined __GNUC__
#define HAVE_SHA_NI 1
#include <cpuid.h>
#include <immintrin.h>
#else
#define HAVE_SHA_NI 0
#endif

enum { BLOCK = 64 };

/* FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void expand(const uint8_t *block, uint32_t w[64])
{
    for (int t = 0; t < 16; t++)
        w[t] = load_big_endian(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        const uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        const uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;

        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
}

/* FIPS 180-4, 6.2.2 */
static void compress_plain(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
    uint32_t a, b, c, d, e, f, g, h, w[64];

    for (; blocks; blocks--, bytes += BLOCK) {
        expand(bytes, w);
        a = state[0], b = state[1], c = state[2], d = state[3];
        e = state[4], f = state[5], g = state[6], h = state[7];
        for (int t = 0; t < 64; t++) {
            const uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + round_constants[t] + w[t];
            const uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));

            h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
}

#if HAVE_SHA_NI

static bool cpu_has_sha_ni(void)
{
    unsigned eax, ebx, ecx, edx;

    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_SSE4_1) || !(ecx & bit_SSSE3))
        return false;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & 1u << 29);
}

/* The four rounds from 4 * group on, with the words of the schedule in w; the instruction keeps the state as ABEF and CDGH. */
#define ROUNDS(w, group)                                                                                                           \
    do {                                                                                                                           \
        const __m128i k = _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)(const void *)(round_constants + 4 * (group))));      \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, k);                                                                               \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(k, 0x0e));                                                      \
    } while (0)

/* w0 becomes the four words that follow w0 .. w3. */
#define SCHEDULE(w0, w1, w2, w3)                                                                                                   \
    w0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4)), w3)

__attribute__((target("sha,sse4.1,ssse3"))) static void compress_sha_ni(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
    const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(badc, hgfe, 8), cdgh = _mm_blend_epi16(hgfe, badc, 0xf0), low, high;

    for (; blocks; blocks--, bytes += BLOCK) {
        const __m128i old_abef = abef, old_cdgh = cdgh;
        const __m128i *in = (const __m128i *)(const void *)bytes;
        __m128i w0 = _mm_shuffle_epi8(_mm_loadu_si128(in), swap), w1 = _mm_shuffle_epi8(_mm_loadu_si128(in + 1), swap);
        __m128i w2 = _mm_shuffle_epi8(_mm_loadu_si128(in + 2), swap), w3 = _mm_shuffle_epi8(_mm_loadu_si128(in + 3), swap);

        for (int group = 0;; group += 4) {
            ROUNDS(w0, group);
            ROUNDS(w1, group + 1);
            ROUNDS(w2, group + 2);
            ROUNDS(w3, group + 3);
            if (group == 12)
                break;
            SCHEDULE(w0, w1, w2, w3);
            SCHEDULE(w1, w2, w3, w0);
            SCHEDULE(w2, w3, w0, w1);
            SCHEDULE(w3, w0, w1, w2);
        }
        abef = _mm_add_epi32(abef, old_abef);
        cdgh = _mm_add_epi32(cdgh, old_cdgh);
    }
    low = _mm_shuffle_epi32(abef, 0x1b);        /* FEBA */
    high = _mm_shuffle_epi32(cdgh, 0xb1);       /* DCHG */
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

#endif

static void compress(const am_sha256 *hash, uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
#if HAVE_SHA_NI
    if (hash->fast) {
        compress_sha_ni(state, bytes, blocks);
        return;
    }
#endif
    (void)hash;
    compress_plain(state, bytes, blocks);
}

void am_sha256_init(am_sha256 *hash)
{
    am_sha256_init_plain(hash);
#if HAVE_SHA_NI
    hash->fast = cpu_has_sha_ni();
#endif
}

void am_sha256_init_plain(am_sha256 *hash)
{
    *hash = (am_sha256){
        .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
    };
}

void am_sha256_push(am_sha256 *hash, const void *bytes, size_t count)
{
    const uint8_t *next = bytes;
    const size_t held = hash->bytes % BLOCK;

    if (!count)
        return;
    hash->bytes += count;
    if (held) {
        const size_t taken = count < BLOCK - held ? count : BLOCK - held;

        memcpy(hash->block + held, next, taken);
        if (held + taken < BLOCK)
            return;
        compress(hash, hash->state, hash->block, 1);
        next += taken;
        count -= taken;
    }
    compress(hash, hash->state, next, count / BLOCK);
    memcpy(hash->block, next + count / BLOCK * BLOCK, count % BLOCK);
}

void am_sha256_finish(am_sha256 *hash, char hex[65])
{
    static const uint8_t padding[BLOCK] = { 0x80 };
    const uint64_t bits = hash->bytes * 8;
    uint8_t length[8];

    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    am_sha256_push(hash, padding, 1 + (BLOCK + 55 - hash->bytes % BLOCK) % BLOCK);
    am_sha256_push(hash, length, sizeof length);
    for (int i = 0; i < 64; i++)
        hex[i] = "0123456789abcdef"[hash->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    hex[64] = '\0';
}
