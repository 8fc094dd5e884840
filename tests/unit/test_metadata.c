/* test_metadata.c - io/metadata.h through am_writer_carry: what goes over, scaled, and what is named as lost */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/header.h"
#include "io/reader.h"
#include "io/writer.h"
#include "tests/support/faulty.h"
#include "tests/support/riff.h"
#include "tests/support/scratch.h"

enum { RATE_HZ = 44100, FRAMES = 1000 };

static char lost_words[400];
static bool committing = true;      /* flushing to the disk takes its time, which only some tests need to spend */

/* Carry from's metadata to a new file; lost_words gets what was lost, "a, b". */
static am_status carry(const char *from, const char *to, uint32_t rate_hz, const am_allocator *allocator)
{
    static const float silence[FRAMES];
    static const float *const planes[] = { silence };
    const am_writer_format format = { rate_hz, 1, 16 };
    const char *const *lost = NULL;
    am_reader *reader = NULL;
    am_output *output = NULL;
    am_writer *writer = NULL;
    am_error err = { 0 };
    am_status st = am_reader_open(scratch_path(from), allocator, &reader, &err);

    st = st ? st : am_output_open(scratch_path(to), true, NULL, 0, allocator, &output, &err);
    st = st ? st : am_writer_open(output, to, &format, allocator, &writer, &err);
    st = st ? st : am_writer_carry(writer, reader, &lost, &err);
    lost_words[0] = '\0';
    for (size_t i = 0; !st && lost[i]; i++) {
        strcat(lost_words, i ? ", " : "");
        strcat(lost_words, lost[i]);
    }
    st = st ? st : am_writer_write(writer, planes, FRAMES, &err);
    if (!st)
        assert_int_equal(am_writer_carry(writer, reader, &lost, NULL), AM_ERR_STATE);
    st = st ? st : am_writer_finish(writer, &err);
    st = st || !committing ? st : am_output_commit(output, &err);
    am_writer_close(writer);
    am_output_close(output);
    am_reader_close(reader);
    if (st && st != AM_ERR_NOMEM)
        fail_msg("%s", err.message);
    return st;
}

static void put32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A WAV file with everything: tags, bext of version 2 at hour one, cues at 441 and 882, a loop of [100, 199], iXML, a stranger. */
static void make_rich_wav(void)
{
    static riff file;
    static const uint8_t audio[2 * FRAMES];
    uint8_t bext[602 + 12] = "a description", cue[4 + 48] = { 2 }, smpl[36 + 24] = { 0 };

    put32(bext + 338, 44100u * 3600u);
    bext[346] = 2;
    bext[412] = 0x10;
    memcpy(bext + 602, "A=PCM,F=44\r\n", 12);
    for (uint32_t i = 0; i < 2; i++) {
        put32(cue + 4 + 24 * i, i + 1);
        put32(cue + 4 + 24 * i + 4, 441 * (i + 1));
        memcpy(cue + 4 + 24 * i + 8, "data", 4);
        put32(cue + 4 + 24 * i + 20, 441 * (i + 1));
    }
    put32(smpl + 28, 1);
    put32(smpl + 36 + 8, 100);
    put32(smpl + 36 + 12, 199);
    riff_open(&file, "RIFF");
    riff_format(&file, 1, 1, RATE_HZ, 16);
    riff_chunk(&file, "bext", bext, sizeof bext);
    riff_chunk(&file, "LIST", "INFOINAM\6\0\0\0Title\0IART\5\0\0\0N\xe9v\xe9\0\0IKEY\2\0\0\0k\0", 42);
    riff_chunk(&file, "data", audio, sizeof audio);
    riff_chunk(&file, "cue ", cue, sizeof cue);
    riff_chunk(&file, "LIST", "adtlltxt\x14\0\0\0\1\0\0\0\x64\0\0\0rgn \0\0\0\0\0\0\0\0", 32);
    riff_chunk(&file, "smpl", smpl, sizeof smpl);
    riff_chunk(&file, "iXML", "<BWFXML/>", 9);
    riff_chunk(&file, "wxyz", "123", 3);
    riff_chunk(&file, "levl", "stale", 5);
    riff_close(&file);
    scratch_write("rich.wav", file.bytes, file.size);
}

/* The contents of the nth chunk named id in a file of ours, or NULL. */
static const uint8_t *find(const uint8_t *bytes, size_t size, const char *id, int n, uint32_t *length)
{
    for (size_t at = 12; at + 8 <= size; at += 8 + get32(bytes + at + 4) + (get32(bytes + at + 4) & 1)) {
        *length = get32(bytes + at + 4);
        if (memcmp(bytes + at, id, 4) == 0 && n-- == 0)
            return bytes + at + 8;
    }
    *length = 0;
    return NULL;
}

static void wav_to_wav_keeps_every_byte_at_the_same_rate(void **state)
{
    static const struct { const char *id; int n; } chunks[] = {
        { "LIST", 0 }, { "LIST", 1 }, { "cue ", 0 }, { "iXML", 0 }, { "wxyz", 0 },
    };
    uint8_t *old, *new;
    size_t old_size, new_size;
    uint32_t old_length, new_length;

    (void)state;
    make_rich_wav();
    assert_int_equal(carry("rich.wav", "out.wav", RATE_HZ, NULL), AM_OK);
    assert_string_equal(lost_words, "");
    old = scratch_read(scratch_path("rich.wav"), &old_size);
    new = scratch_read(scratch_path("out.wav"), &new_size);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        const uint8_t *a = find(old, old_size, chunks[i].id, chunks[i].n, &old_length);
        const uint8_t *b = find(new, new_size, chunks[i].id, chunks[i].n, &new_length);

        assert_non_null(a);
        assert_non_null(b);
        assert_int_equal(old_length, new_length);
        assert_memory_equal(a, b, old_length);
    }
    assert_null(find(new, new_size, "levl", 0, &new_length));
    free(old);
    free(new);
}

static void positions_follow_the_rate(void **state)
{
    uint8_t *bytes;
    const uint8_t *chunk;
    size_t size;
    uint32_t length;

    (void)state;
    make_rich_wav();
    assert_int_equal(carry("rich.wav", "out.wav", 48000, NULL), AM_OK);
    assert_string_equal(lost_words, "iXML, wxyz");
    bytes = scratch_read(scratch_path("out.wav"), &size);
    chunk = find(bytes, size, "cue ", 0, &length);
    assert_int_equal(get32(chunk + 4 + 4), 480);
    assert_int_equal(get32(chunk + 4 + 24 + 20), 960);
    chunk = find(bytes, size, "smpl", 0, &length);
    assert_int_equal(get32(chunk + 8), 1000000000 / 48000);
    assert_int_equal(get32(chunk + 36 + 8), 109);               /* 108.84 */
    assert_int_equal(get32(chunk + 36 + 12), 217);              /* its end, 200, goes to 217.69 */
    chunk = find(bytes, size, "LIST", 1, &length);
    assert_int_equal(get32(chunk + 4 + 12), 109);               /* length of the region */
    chunk = find(bytes, size, "bext", 0, &length);
    assert_int_equal(length, 614);
    assert_int_equal(get32(chunk + 338), 48000u * 3600u);
    assert_int_equal(chunk[412] + 256 * chunk[413], 0x7fff);
    assert_memory_equal(chunk + 602, "A=PCM,F=44\r\n", 12);
    free(bytes);
}

static void assert_tag(const char *name, int string, const char *text)
{
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(scratch_path(name), SFM_READ, &info);
    const char *found;

    assert_non_null(file);
    found = sf_get_string(file, string);
    if (!found || strcmp(found, text) != 0)
        fail_msg("%s: tag is \"%s\", not \"%s\"", name, found ? found : "missing", text);
    (void)sf_close(file);
}

static void tags_cross_formats_as_utf8(void **state)
{
    static const char *const names[] = { "out.flac", "out.ogg", "out.aiff", "out.caf", "out.mp3" };

    (void)state;
    make_rich_wav();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(carry("rich.wav", names[i], RATE_HZ, NULL), AM_OK);
        assert_tag(names[i], SF_STR_TITLE, "Title");
        assert_tag(names[i], SF_STR_ARTIST, "N\xc3\xa9v\xc3\xa9");
        assert_non_null(strstr(lost_words, "broadcast extension"));
        assert_non_null(strstr(lost_words, "other tags"));
        assert_non_null(strstr(lost_words, "iXML"));
        assert_int_equal(strstr(lost_words, "cue points") == NULL, i == 2);
        assert_null(strstr(lost_words, "peak envelope"));
    }
    assert_int_equal(carry("out.flac", "back.wav", RATE_HZ, NULL), AM_OK);
    assert_string_equal(lost_words, "");
    assert_tag("back.wav", SF_STR_ARTIST, "N\xc3\xa9v\xc3\xa9");
    assert_int_equal(carry("rich.wav", "out.w64", RATE_HZ, NULL), AM_OK);
    assert_non_null(strstr(lost_words, "tags"));
}

static void markers_of_aiff_become_cues(void **state)
{
    uint8_t *bytes;
    const uint8_t *chunk;
    size_t size;
    uint32_t length;

    (void)state;
    make_rich_wav();
    assert_int_equal(carry("rich.wav", "out.aiff", 88200, NULL), AM_OK);
    assert_int_equal(carry("out.aiff", "back.wav", RATE_HZ, NULL), AM_OK);
    bytes = scratch_read(scratch_path("back.wav"), &size);
    chunk = find(bytes, size, "cue ", 0, &length);
    assert_non_null(chunk);
    assert_int_equal(get32(chunk), 2);
    assert_int_equal(get32(chunk + 4 + 20), 441);
    assert_int_equal(get32(chunk + 4 + 24 + 20), 882);
    free(bytes);
}

/* Sizes inside chunks that lie: nothing may be read or written outside. Sanitizers see to that. */
static void hostile_chunks_are_survived(void **state)
{
    size_t size;
    uint8_t *bytes;

    (void)state;
    make_rich_wav();
    committing = false;
    bytes = scratch_read(scratch_path("rich.wav"), &size);
    for (size_t i = 36; i < size; i += i > 700 && i < 2700 ? 500 : 3) {
        const uint8_t before = bytes[i];

        for (int value = 0x7f; value < 256; value += 0x80) {
            am_reader *reader = NULL;

            bytes[i] = (uint8_t)value;
            scratch_write("bad.wav", bytes, size);
            if (am_reader_open(scratch_path("bad.wav"), NULL, &reader, NULL) == AM_OK) {
                am_reader_close(reader);
                assert_int_equal(carry("bad.wav", "out.wav", 48000, NULL), AM_OK);
                assert_int_equal(carry("bad.wav", "out.aiff", 48000, NULL), AM_OK);
            }
        }
        bytes[i] = before;
    }
    free(bytes);
    committing = true;
}

static void every_allocation_may_fail(void **state)
{
    static const char *const from[] = { "rich.wav", "rich.aiff" };

    (void)state;
    make_rich_wav();
    assert_int_equal(carry("rich.wav", "rich.aiff", RATE_HZ, NULL), AM_OK);
    for (int n = 0; n < 2; n++)
        for (size_t k = 1;; k++) {
            faulty f;
            const am_status st = carry(from[n], "out.wav", RATE_HZ, faulty_init(&f, k));

            assert_int_equal(f.live, 0);
            if (!f.failed)
                break;
            assert_int_equal(st, AM_ERR_NOMEM);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wav_to_wav_keeps_every_byte_at_the_same_rate, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(positions_follow_the_rate, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(tags_cross_formats_as_utf8, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(markers_of_aiff_become_cues, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(hostile_chunks_are_survived, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
