/* test_metadata.c - io/metadata.h through am_writer_carry: what goes over, scaled, and what is named as lost */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/comments.h"
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
    if (!text ? found != NULL : !found || strcmp(found, text) != 0)
        fail_msg("%s: tag is \"%s\", not \"%s\"", name, found ? found : "missing", text ? text : "missing");
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

static void add_comment(am_comments *c, const char *text)
{
    put32(c->bytes + c->used, (uint32_t)strlen(text));
    memcpy(c->bytes + c->used + 4, text, strlen(text));
    c->used += 4 + strlen(text);
    c->count++;
}

/* A FLAC file with comments that libsndfile does not know, and with some that are true of itself only */
static void make_tagged_flac(const char *name)
{
    static const char *const texts[] = { "TITLE=Title", "ENCODER=other", "ISRC=USXX12345678", "replaygain_track_gain=-3 dB", "composer=N\xc3\xa9v\xc3\xa9" };
    static uint8_t bytes[400];
    SF_INFO info = { .samplerate = RATE_HZ, .channels = 1, .format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16 };
    SNDFILE *file = sf_open(scratch_path(name), SFM_WRITE, &info);
    am_comments c = { .bytes = bytes };
    static const short silence[FRAMES];
    char room[300];
    int fd;

    memset(room, 'x', sizeof room - 1);
    room[sizeof room - 1] = '\0';
    assert_non_null(file);
    assert_int_equal(sf_set_string(file, SF_STR_COMMENT, room), 0);
    assert_int_equal(sf_write_short(file, silence, FRAMES), FRAMES);
    assert_int_equal(sf_close(file), 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add_comment(&c, texts[i]);
    fd = open(scratch_path(name), O_RDWR);
    assert_int_equal(am_comments_write(fd, &c), 0);
    (void)close(fd);
}

static void flac_keeps_comments_that_libsndfile_does_not_know(void **state)
{
    am_comments c;
    int fd;

    (void)state;
    make_tagged_flac("in.flac");
    assert_int_equal(carry("in.flac", "out.flac", 48000, NULL), AM_OK);
    assert_string_equal(lost_words, "");
    fd = open(scratch_path("out.flac"), O_RDONLY);
    assert_int_equal(am_comments_read(fd, NULL, &c, NULL), AM_OK);
    (void)close(fd);
    assert_int_equal(c.count, 3);
    assert_int_equal(c.used, 3 * 4 + 11 + 17 + 15);
    assert_memory_equal(c.bytes + 4, "TITLE=Title", 11);
    assert_memory_equal(c.bytes + 4 + 11 + 4, "ISRC=USXX12345678", 17);
    am_forget(NULL, c.bytes);
    assert_tag("out.flac", SF_STR_TITLE, "Title");
    assert_int_equal(carry("in.flac", "out.wav", RATE_HZ, NULL), AM_OK);
    assert_string_equal(lost_words, "other tags");
    assert_tag("out.wav", SF_STR_TITLE, "Title");
    assert_int_equal(carry("in.flac", "out.mp3", RATE_HZ, NULL), AM_OK);
    assert_string_equal(lost_words, "other tags");
}

static void hostile_comments_are_survived(void **state)
{
    size_t size;
    uint8_t *bytes;

    (void)state;
    committing = false;
    make_tagged_flac("in.flac");
    bytes = scratch_read(scratch_path("in.flac"), &size);
    for (size_t at = 42; at < 140; at++) {
        const uint8_t kept = bytes[at];
        am_comments c;
        int fd;

        bytes[at] = 0xff;
        scratch_write("bad.flac", bytes, size);
        fd = open(scratch_path("bad.flac"), O_RDONLY);
        assert_int_equal(am_comments_read(fd, NULL, &c, NULL), AM_OK);
        (void)close(fd);
        assert_true(c.count <= 5 && c.used <= 400);
        am_forget(NULL, c.bytes);
        bytes[at] = kept;
    }
    free(bytes);
    committing = true;
}

/* IPRT is where ffmpeg puts the track; what encoded the mix did not encode the master. */
static void the_track_of_wav_is_kept_and_its_software_is_not(void **state)
{
    static const uint8_t audio[2 * FRAMES];
    static riff file;

    (void)state;
    riff_open(&file, "RIFF");
    riff_format(&file, 1, 1, RATE_HZ, 16);
    riff_chunk(&file, "LIST", "INFOIPRT\4\0\0\0003/9\0ISFT\6\0\0\0Lavf5\0", 30);
    riff_chunk(&file, "data", audio, sizeof audio);
    riff_close(&file);
    scratch_write("track.wav", file.bytes, file.size);
    assert_int_equal(carry("track.wav", "out.flac", RATE_HZ, NULL), AM_OK);
    assert_string_equal(lost_words, "");
    assert_tag("out.flac", SF_STR_TRACKNUMBER, "3/9");
    assert_tag("out.flac", SF_STR_SOFTWARE, NULL);
}

static void lost_tags_are_named(void **state)
{
    static const uint8_t id3[] = "ID3 \0\0\0\4abcd";
    size_t size;
    uint8_t *bytes, *longer;

    (void)state;
    make_rich_wav();
    assert_int_equal(carry("rich.wav", "plain.aiff", RATE_HZ, NULL), AM_OK);
    bytes = scratch_read(scratch_path("plain.aiff"), &size);
    longer = malloc(size + 12);
    assert_true(bytes && longer);
    memcpy(longer, bytes, size);
    memcpy(longer + size, id3, 12);
    longer[6] = (uint8_t)((size + 4) >> 8);
    longer[7] = (uint8_t)(size + 4);
    scratch_write("id3.aiff", longer, size + 12);
    free(bytes);
    free(longer);
    for (int flac = 0; flac < 2; flac++) {
        assert_int_equal(carry("id3.aiff", flac ? "out.flac" : "out.wav", RATE_HZ, NULL), AM_OK);
        assert_non_null(strstr(lost_words, "ID3 tags"));
    }
}

static void every_allocation_may_fail(void **state)
{
    static const struct { const char *from, *to; } pairs[] = { { "rich.wav", "out.wav" }, { "rich.aiff", "out.wav" }, { "in.flac", "out.flac" } };

    (void)state;
    make_rich_wav();
    assert_int_equal(carry("rich.wav", "rich.aiff", RATE_HZ, NULL), AM_OK);
    make_tagged_flac("in.flac");
    for (int n = 0; n < 3; n++) {
        faulty f = { 0 };

        while (faulty_again(&f))
            faulty_judge(&f, carry(pairs[n].from, pairs[n].to, RATE_HZ, &f.allocator));
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
        cmocka_unit_test_setup_teardown(flac_keeps_comments_that_libsndfile_does_not_know, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(hostile_comments_are_survived, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(the_track_of_wav_is_kept_and_its_software_is_not, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(lost_tags_are_named, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
