/* test_sha256.c - base/sha256.h against FIPS 180-4 and itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

static void digest(bool plain, const void *bytes, size_t count, size_t step, char hex[65])
{
    am_sha256 hash;

    if (plain)
        am_sha256_init_plain(&hash);
    else
        am_sha256_init(&hash);
    for (size_t i = 0; i < count; i += step)
        am_sha256_push(&hash, (const uint8_t *)bytes + i, count - i < step ? count - i : step);
    am_sha256_finish(&hash, hex);
}

static void published_vectors(void **state)
{
    static const struct { const char *text, *hex; } vectors[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
    };
    char hex[65];

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        for (int plain = 0; plain < 2; plain++) {
            digest(plain, vectors[i].text, strlen(vectors[i].text), 7, hex);
            assert_string_equal(hex, vectors[i].hex);
        }
}

static void a_million_letters(void **state)
{
    char *letters = malloc(1000000), hex[65];

    (void)state;
    assert_non_null(letters);
    memset(letters, 'a', 1000000);
    for (int plain = 0; plain < 2; plain++) {
        digest(plain, letters, 1000000, 1000000, hex);
        assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }
    free(letters);
}

static void both_variants_agree_at_every_length_and_split(void **state)
{
    uint8_t bytes[300];
    uint32_t seed = 1;
    char whole[65], split[65];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
    for (size_t count = 0; count <= sizeof bytes; count++)
        for (size_t step = 1; step < 140; step += 23) {
            digest(true, bytes, count, sizeof bytes, whole);
            digest(false, bytes, count, step, split);
            assert_string_equal(split, whole);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(a_million_letters),
        cmocka_unit_test(both_variants_agree_at_every_length_and_split),
    };

    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
