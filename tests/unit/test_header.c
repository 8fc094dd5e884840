/* test_header.c - io/header.h: what headers promise, and what is refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "io/header.h"
#include "tests/support/riff.h"

enum { RATE_HZ = 8000, SECOND = RATE_HZ * 2, AUDIO = 2 * SECOND };     /* two seconds of mono 16 bit */

static riff file;
static uint8_t audio[AUDIO];
static am_header header;
static am_error err;

static am_status check(void)
{
    const int fd = am_file_temporary();
    am_status st;

    assert_true(fd >= 0);
    assert_true(am_file_write(fd, file.bytes, file.size));
    memset(&err, 0, sizeof err);
    st = am_header_read(fd, "x.wav", &header, &err);
    (void)close(fd);
    return st;
}

static void expect_warning(const char *part)
{
    const am_status st = check();

    if (st)
        fail_msg("refused: %s", err.message);
    if (!part)
        assert_int_equal(header.warning_count, 0);
    else if (header.warning_count != 1 || !strstr(header.warnings[0], part))
        fail_msg("\"%s\" does not say \"%s\"", header.warnings[0], part);
}

static void expect_refusal(am_status status, const char *part)
{
    const am_status st = check();

    if (st != status || !strstr(err.message, part))
        fail_msg("status %d, \"%s\" does not say \"%s\"", st, err.message, part);
}

static void begin(const char *id)
{
    riff_open(&file, id);
    riff_format(&file, 1, 1, RATE_HZ, 16);
}

static void honest_files_get_no_warning(void **state)
{
    (void)state;
    begin("RIFF");
    riff_chunk(&file, "data", audio, AUDIO);
    riff_chunk(&file, "LIST", "INFOxx", 6);
    riff_close(&file);
    expect_warning(NULL);
    assert_true(header.promised_s == 0.0);
    assert_int_equal(header.container, AM_CONTAINER_WAV);
    assert_int_equal(header.chunk_count, 1);
    assert_string_equal(header.chunks[0].id, "LIST");
    assert_int_equal(header.chunks[0].size, 6);
    assert_int_equal(header.chunks[0].offset, 12 + 24 + 8 + AUDIO + 8);
    riff_bytes(&file, "\xde\xad\xbe\xef", 4);      /* junk behind the end */
    expect_warning(NULL);
}

static void lengths_that_lie_are_told(void **state)
{
    (void)state;
    begin("RIFF");
    riff_head(&file, "data", 3 * AUDIO);
    riff_bytes(&file, audio, AUDIO);
    riff_close(&file);
    expect_warning("promises 6.0 s, the file holds 2.0 s");
    assert_float_equal(header.promised_s, 6.0, 0.01);
    begin("RIFF");
    riff_head(&file, "data", SECOND);
    memset(audio, 0xee, AUDIO);
    riff_bytes(&file, audio, AUDIO);
    riff_close(&file);
    expect_warning("promises 1.0 s, but the file goes on for 1.0 s");
    begin("RIFF");
    riff_head(&file, "data", 0xffffffff);
    riff_bytes(&file, audio, AUDIO);
    expect_warning("gives no length");
    begin("RIFF");
    riff_chunk(&file, "data", audio, AUDIO - 1);
    riff_close(&file);
    expect_warning("inside a frame: its last 1 bytes");
}

static void unfinished_recordings_are_rescued(void **state)
{
    static const uint8_t open_end[4] = { 0xff, 0xff, 0xff, 0xff };

    (void)state;
    begin("RIFF");
    riff_head(&file, "data", 0);
    riff_bytes(&file, audio, AUDIO);
    expect_warning("says 0 s (a recorder that crashed, or a pipe?), the file holds 2.0 s");
    assert_int_equal(header.patch_count, 1);
    assert_int_equal(header.patches[0].offset, 40);
    assert_int_equal(header.patches[0].count, 4);
    assert_memory_equal(header.patches[0].bytes, open_end, 4);
    riff_close(&file);                                  /* the outer size is true: then 0 is meant */
    expect_refusal(AM_ERR_CONTENT, "something else follow");
    begin("RIFF");
    riff_chunk(&file, "data", audio, 0);
    riff_close(&file);
    expect_refusal(AM_ERR_CONTENT, "holds no audio");
}

static void rf64_needs_its_table(void **state)
{
    (void)state;
    begin("RF64");
    riff_head(&file, "data", 0xffffffff);
    riff_bytes(&file, audio, AUDIO);
    expect_refusal(AM_ERR_FORMAT, "ds64");
    riff_open(&file, "BW64");
    riff_head(&file, "ds64", 28);
    riff_number(&file, 1u << 20, 8);
    riff_number(&file, UINT64_C(1) << 60, 8);
    riff_number(&file, UINT64_C(1) << 58, 8);
    riff_number(&file, 0, 4);
    riff_format(&file, 1, 1, RATE_HZ, 16);
    riff_head(&file, "data", 0xffffffff);
    riff_bytes(&file, audio, AUDIO);
    expect_warning("the file holds 2.0 s");
    assert_int_equal(header.container, AM_CONTAINER_BW64);
    assert_int_equal(header.patch_count, 1);
    assert_memory_equal(header.patches[0].bytes, "RF64", 4);
}

static void words_of_odd_lengths_are_refused(void **state)
{
    (void)state;
    for (unsigned bits = 1; bits <= 40; bits++) {
        riff_open(&file, "RIFF");
        riff_format(&file, 1, 2, RATE_HZ, bits);
        riff_chunk(&file, "data", audio, 7200);         /* whole frames at any width */
        riff_close(&file);
        if (bits == 8 || bits == 12 || bits == 16 || bits == 20 || bits == 24 || bits == 32)
            expect_warning(NULL);
        else
            expect_refusal(AM_ERR_FORMAT, "the header is damaged");
    }
    riff_open(&file, "RIFF");
    riff_format(&file, 1, 2, RATE_HZ, 16);
    file.bytes[32] = 7;                                 /* bytes a frame */
    riff_chunk(&file, "data", audio, 7200);
    expect_refusal(AM_ERR_FORMAT, "do not fill frames of 7 bytes");
}

static void every_cut_and_every_damaged_byte_is_survived(void **state)
{
    static riff whole;

    (void)state;
    begin("RIFF");
    riff_chunk(&file, "bext", audio, 602);
    riff_chunk(&file, "data", audio, 600);
    riff_chunk(&file, "LIST", "INFOxx", 6);
    riff_close(&file);
    whole = file;
    for (size_t cut = 0; cut < whole.size; cut++) {
        file.size = cut;
        (void)check();
    }
    for (size_t i = 0; i < 700; i++)
        for (int value = 0; value < 256; value += 51) {
            file = whole;
            file.bytes[i] = (uint8_t)value;
            (void)check();
            for (uint32_t c = 0; c < header.chunk_count; c++)
                assert_true(header.chunks[c].offset + header.chunks[c].size <= file.size);
        }
}

static void chunks_are_capped(void **state)
{
    (void)state;
    riff_open(&file, "RIFF");
    for (int i = 0; i < 100; i++)
        riff_chunk(&file, "abcd", "", 0);
    riff_format(&file, 1, 1, RATE_HZ, 16);
    riff_chunk(&file, "data", audio, AUDIO);
    riff_close(&file);
    expect_warning(NULL);
    assert_int_equal(header.chunk_count, AM_HEADER_CHUNKS);
    assert_true(header.chunks_skipped);
}

static void signatures_are_known(void **state)
{
    (void)state;
    file.size = 0;
    riff_bytes(&file, "\0\0\0\x20" "ftypM4A \0\0\0\0", 16);
    expect_warning(NULL);
    assert_true(header.promised_s == 0.0);
    assert_int_equal(header.container, AM_CONTAINER_MP4);
    file.size = 0;
    riff_bytes(&file, "\xff\xf1\x50\x80", 4);
    expect_warning(NULL);
    assert_true(header.promised_s == 0.0);
    assert_int_equal(header.container, AM_CONTAINER_ADTS);
    file.size = 0;
    riff_bytes(&file, "\xff\xfb\x90\x00", 4);           /* MP3 */
    expect_warning(NULL);
    assert_true(header.promised_s == 0.0);
    assert_int_equal(header.container, AM_CONTAINER_OTHER);
    file.size = 0;
    expect_refusal(AM_ERR_FORMAT, "empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_files_get_no_warning),
        cmocka_unit_test(lengths_that_lie_are_told),
        cmocka_unit_test(unfinished_recordings_are_rescued),
        cmocka_unit_test(rf64_needs_its_table),
        cmocka_unit_test(words_of_odd_lengths_are_refused),
        cmocka_unit_test(every_cut_and_every_damaged_byte_is_survived),
        cmocka_unit_test(chunks_are_capped),
        cmocka_unit_test(signatures_are_known),
    };

    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
