/* test_reader.c - io/reader.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sha256.h"
#include "io/reader.h"
#include "tests/support/faulty.h"
#include "tests/support/riff.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

enum { FRAMES = 9001, CHANNELS = 8, ROOM = FRAMES + 4096 };

static float made[(CHANNELS + 1) * FRAMES], planes[CHANNELS][ROOM], again[CHANNELS][ROOM], expected[CHANNELS * ROOM];

/* With libsndfile itself. */
static void make_file(const char *name, int format, int channels, int rate_hz)
{
    SF_INFO info = { .samplerate = rate_hz, .channels = channels, .format = format };
    SNDFILE *file = sf_open(scratch_path(name), SFM_WRITE, &info);

    if (!file)
        fail_msg("%s: %s", name, sf_strerror(NULL));
    tone_fill(made, (size_t)FRAMES * (size_t)channels, rate_hz * (double)channels, 0.5, 24, 7);
    for (int i = 0; i < FRAMES; i += 1000) {
        const int count = FRAMES - i < 1000 ? FRAMES - i : 1000;

        assert_int_equal(sf_writef_float(file, made + i * channels, count), count);
    }
    assert_int_equal(sf_close(file), 0);
}

static am_status read_all(am_reader *reader, float (*out)[ROOM], size_t step, size_t *frames, am_error *err)
{
    float *channels[CHANNELS];
    size_t given = 0;
    am_status st;

    *frames = 0;
    do {
        for (uint32_t c = 0; c < CHANNELS; c++)
            channels[c] = out[c] + *frames;
        st = am_reader_read(reader, channels, ROOM - *frames < step ? ROOM - *frames : step, &given, err);
        *frames += given;
    } while (!st && given);
    return st;
}

static am_reader *open_good(const char *path)
{
    am_reader *reader = NULL;
    am_error err = { 0 };

    if (am_reader_open(path, NULL, &reader, &err))
        fail_msg("%s", err.message);
    return reader;
}

/* Opening, or reading to the end. */
static am_status try_path(const char *path, const am_allocator *allocator, am_error *err)
{
    am_reader *reader = NULL;
    size_t frames;
    am_status st = am_reader_open(path, allocator, &reader, err);

    if (st)
        assert_null(reader);
    else
        st = read_all(reader, planes, 1000, &frames, err);
    am_reader_close(reader);
    return st;
}

static void expect_refusal(const char *path, am_status status, const char *part)
{
    am_error err = { 0 };
    const am_status st = try_path(path, NULL, &err);

    if (st != status || !strstr(err.message, part))
        fail_msg("%s: status %d, \"%s\" does not say \"%s\"", path, st, err.message, part);
}

static const struct { const char *name; int format; const char *words; uint32_t bits; } kinds[] = {
    { "a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, "WAV 8 bit", 8 },
    { "a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, "WAV 16 bit", 16 },
    { "a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, "WAV 24 bit", 24 },
    { "a.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_32, "WAV 32 bit", 32 },
    { "a.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, "WAV 32-bit float", 32 },
    { "a.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, "WAV 64-bit float", 64 },
    { "a.wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, "WAV u-law", 0 },
    { "a.wav", SF_ENDIAN_BIG | SF_FORMAT_WAV | SF_FORMAT_PCM_24, "WAV 24 bit", 24 },
    { "a.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_24, "RF64 24 bit", 24 },
    { "a.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, "W64 16 bit", 16 },
    { "a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_S8, "AIFF 8 bit", 8 },
    { "a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24, "AIFF 24 bit", 24 },
    { "a.aiff", SF_FORMAT_AIFF | SF_FORMAT_FLOAT, "AIFF 32-bit float", 32 },
    { "a.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_24, "CAF 24 bit", 24 },
    { "a.caf", SF_FORMAT_CAF | SF_FORMAT_ALAC_24, "CAF ALAC 24 bit", 24 },
    { "a.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, "AU 16 bit", 16 },
    { "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, "FLAC 16 bit", 16 },
    { "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, "FLAC 24 bit", 24 },
    { "a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, "Ogg Vorbis", 0 },
    { "a.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, "Opus", 0 },
    { "a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, "MP3", 0 },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static size_t read_by_libsndfile(const char *name)
{
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(scratch_path(name), SFM_READ, &info);
    size_t frames = 0;
    sf_count_t got;

    assert_non_null(file);
    while ((got = sf_readf_float(file, expected + frames * (size_t)info.channels, ROOM - frames < 1000 ? ROOM - (sf_count_t)frames : 1000)) > 0)
        frames += (size_t)got;
    (void)sf_close(file);
    return frames;
}

static void samples_are_those_of_libsndfile_for_every_format_and_block(void **state)
{
    static const size_t steps[] = { ROOM, 4096, 1000, 77 };

    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (int channels = 1; channels <= (k == KINDS - 1 ? 2 : 3); channels++) {
            am_reader *reader;
            const am_source *source;
            size_t frames, count;

            make_file(kinds[k].name, kinds[k].format, channels, 48000);
            count = read_by_libsndfile(kinds[k].name);
            reader = open_good(scratch_path(kinds[k].name));
            source = am_reader_source(reader);
            assert_string_equal(source->format, kinds[k].words);
            assert_string_equal(source->path, scratch_path(kinds[k].name));
            assert_int_equal(source->bits, kinds[k].bits);
            assert_int_equal(source->lossy, kinds[k].bits == 0);
            assert_int_equal(source->rate_hz, 48000);
            assert_int_equal(source->channels, channels);
            assert_null(am_reader_warnings(reader)[0]);
            for (size_t s = 0; s < 4; s++) {
                assert_int_equal(read_all(reader, planes, steps[s], &frames, NULL), AM_OK);
                assert_int_equal(frames, count);
                for (size_t i = 0; i < count * (size_t)channels; i++)
                    if (planes[i % (size_t)channels][i / (size_t)channels] != expected[i])
                        fail_msg("%s, blocks of %zu: sample %zu is %.9g, not %.9g", kinds[k].words, steps[s], i,
                                 planes[i % (size_t)channels][i / (size_t)channels], expected[i]);
                assert_int_equal(am_reader_rewind(reader, NULL), AM_OK);
            }
            am_reader_close(reader);
        }
}

static void rewinding_in_the_middle_starts_over(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        float *channels[] = { planes[0], planes[1] };
        am_reader *reader;
        size_t given, frames;

        make_file(kinds[k].name, kinds[k].format, 2, 48000);
        reader = open_good(scratch_path(kinds[k].name));
        assert_int_equal(am_reader_read(reader, channels, 1234, &given, NULL), AM_OK);
        assert_int_equal(given, 1234);
        assert_int_equal(am_reader_rewind(reader, NULL), AM_OK);
        assert_int_equal(read_all(reader, again, 500, &frames, NULL), AM_OK);
        assert_memory_equal(again[0], planes[0], 1234 * sizeof(float));
        assert_memory_equal(again[1], planes[1], 1234 * sizeof(float));
        am_reader_close(reader);
    }
}

static void seeking_gives_what_reading_gives(void **state)
{
    static const uint64_t frames[] = { 0, 1, 4095, 4096, 5000, FRAMES - 1, FRAMES, FRAMES + 100000 };

    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        am_reader *reader;
        size_t count, rest;

        make_file(kinds[k].name, kinds[k].format, 2, 48000);
        reader = open_good(scratch_path(kinds[k].name));
        assert_int_equal(read_all(reader, planes, 4096, &count, NULL), AM_OK);
        for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
            const uint64_t wanted = frames[i] < count ? frames[i] : count;
            uint64_t at;

            assert_int_equal(am_reader_seek(reader, frames[i], &at, NULL), AM_OK);
            assert_int_equal(at, wanted);
            assert_int_equal(read_all(reader, again, 700, &rest, NULL), AM_OK);
            if (rest != count - wanted || memcmp(again[1], planes[1] + wanted, rest * sizeof(float)) != 0)
                fail_msg("%s from frame %zu on: %zu of %zu frames, or others", kinds[k].words, (size_t)wanted, rest, count - (size_t)wanted);
        }
        am_reader_close(reader);
    }
}

static pid_t feed(const char *from, const char *to)
{
    const pid_t child = fork();
    size_t size;
    uint8_t *bytes;
    int fd;

    if (child)
        return child;
    bytes = scratch_read(from, &size);
    fd = open(to, O_WRONLY);
    _exit(fd >= 0 && write(fd, bytes, size) == (ssize_t)size ? 0 : 1);
}

static void pipes_can_be_read_twice_and_hashed(void **state)
{
    static const char *const names[] = { "a.wav", "a.flac", "a.ogg" };
    static const int formats[] = { SF_FORMAT_WAV | SF_FORMAT_PCM_24, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS };

    (void)state;
    assert_int_equal(mkfifo(scratch_path("pipe"), 0666), 0);
    for (int k = 0; k < 3; k++) {
        char of_file[65], of_pipe[65];
        am_reader *reader;
        size_t first, second;
        int status;
        pid_t child;

        make_file(names[k], formats[k], 2, 44100);
        child = feed(scratch_path(names[k]), scratch_path("pipe"));
        assert_true(child > 0);
        reader = open_good(scratch_path("pipe"));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(read_all(reader, planes, 4096, &first, NULL), AM_OK);
        assert_int_equal(am_reader_rewind(reader, NULL), AM_OK);
        assert_int_equal(read_all(reader, again, 300, &second, NULL), AM_OK);
        assert_int_equal(first, FRAMES);
        assert_int_equal(second, FRAMES);
        assert_memory_equal(planes[1], again[1], FRAMES * sizeof(float));
        assert_int_equal(am_hash_file(scratch_path(names[k]), of_file, NULL), AM_OK);
        assert_int_equal(am_reader_hash(reader, of_pipe, NULL), AM_OK);
        assert_string_equal(of_pipe, of_file);
        am_reader_close(reader);
    }
    assert_int_equal(am_hash_file(scratch_path("pipe"), (char[65]){ 0 }, NULL), AM_ERR_IO);     /* and does not wait for a writer */
}

static void standard_input_is_read_through_a_dash(void **state)
{
    const int before = dup(STDIN_FILENO);
    am_reader *reader;
    size_t frames;
    int fd;

    (void)state;
    make_file("a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, 44100);
    fd = open(scratch_path("a.wav"), O_RDONLY);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    (void)close(fd);
    reader = open_good("-");
    assert_string_equal(am_reader_source(reader)->path, "-");
    assert_int_equal(read_all(reader, planes, 4096, &frames, NULL), AM_OK);
    assert_int_equal(frames, FRAMES);
    am_reader_close(reader);
    (void)dup2(before, STDIN_FILENO);
    (void)close(before);
}

static void samples_that_are_not_finite_are_located(void **state)
{
    static riff file;
    static float samples[2 * 44100];
    const float bad[] = { NAN, INFINITY, -INFINITY };

    (void)state;
    for (int b = 0; b < 3; b++) {
        memset(samples, 0, sizeof samples);
        samples[2 * 11025 + 1] = bad[b];
        riff_open(&file, "RIFF");
        riff_format(&file, 3, 2, 44100, 32);
        riff_chunk(&file, "data", samples, 16000 * 8);
        riff_close(&file);
        scratch_write("nan.wav", file.bytes, file.size);
        expect_refusal(scratch_path("nan.wav"), AM_ERR_CONTENT, "0.2500 s in channel 2");
    }
    samples[2 * 11025 + 1] = 1e38f;
    file.size -= 16000 * 8;
    riff_bytes(&file, samples, 16000 * 8);
    scratch_write("huge.wav", file.bytes, file.size);
    assert_int_equal(try_path(scratch_path("huge.wav"), NULL, NULL), AM_OK);
    assert_true(planes[1][11025] == 1e38f);
}

static void what_is_not_audio_is_refused_with_the_reason(void **state)
{
    static const uint8_t noise[1000] = { 1, 2, 3, 200, 100 };
    char name[300];

    (void)state;
    scratch_write("text.wav", "this is not audio\n", 18);
    scratch_write("empty.wav", "", 0);
    scratch_write("noise.flac", noise, sizeof noise);
    expect_refusal(scratch_path("text.wav"), AM_ERR_FORMAT, "text.wav: not readable as audio");
    expect_refusal(scratch_path("empty.wav"), AM_ERR_FORMAT, "the file is empty");
    expect_refusal(scratch_path("noise.flac"), AM_ERR_FORMAT, "not readable as audio");
    expect_refusal(scratch_path("nope.wav"), AM_ERR_IO, "No such file");
    expect_refusal(scratch_path("."), AM_ERR_IO, "is a directory");
    expect_refusal("/dev/null", AM_ERR_IO, "is a device");
    make_file("eight.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8, 44100);
    make_file("nine.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 9, 44100);
    make_file("fast.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 384001);
    make_file("slow.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 7999);
    assert_int_equal(try_path(scratch_path("eight.wav"), NULL, NULL), AM_OK);
    expect_refusal(scratch_path("nine.wav"), AM_ERR_RANGE, "9 channels; 1 to 8");
    expect_refusal(scratch_path("fast.wav"), AM_ERR_RANGE, "384001 Hz");
    expect_refusal(scratch_path("slow.wav"), AM_ERR_RANGE, "7999 Hz");
    memset(name, 'n', sizeof name);
    memcpy(name + 240, ".wav", 5);
    expect_refusal(scratch_path(name), AM_ERR_IO, "No such file");      /* a long name leaves room for the reason */
}

static void cuts_are_told_and_damage_is_refused(void **state)
{
    am_error err = { 0 };
    size_t size, frames;
    uint8_t *bytes;

    (void)state;
    make_file("a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 2, 44100);
    bytes = scratch_read(scratch_path("a.flac"), &size);
    for (size_t cut = size / 2; cut < size - 1; cut += size / 20) {
        am_reader *reader;

        scratch_write("cut.flac", bytes, cut);
        reader = open_good(scratch_path("cut.flac"));
        if (read_all(reader, planes, 4096, &frames, &err))
            fail_msg("cut at %zu of %zu: %s", cut, size, err.message);
        assert_in_range(frames, 1, FRAMES - 1);
        assert_non_null(am_reader_warnings(reader)[0]);
        assert_non_null(strstr(am_reader_warnings(reader)[0], "promises 0.2 s, the file holds 0."));
        assert_float_equal(am_reader_source(reader)->promised_s, (double)FRAMES / 44100, 1e-6);
        am_reader_close(reader);
    }
    free(bytes);
    make_file("a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 8, 44100);       /* large enough for the decoder not to have read it all */
    bytes = scratch_read(scratch_path("a.flac"), &size);
    memset(bytes + size / 2, 0x55, 16);
    scratch_write("damaged.flac", bytes, size);
    free(bytes);
    expect_refusal(scratch_path("damaged.flac"), AM_ERR_FORMAT, "damaged at 0.1 s");
}

static void crashed_recordings_and_bw64_are_read(void **state)
{
    static riff file;
    static int16_t samples[8000];
    am_reader *reader;
    size_t frames;

    (void)state;
    for (int i = 0; i < 8000; i++)
        samples[i] = (int16_t)(i * 4);
    riff_open(&file, "RIFF");
    riff_format(&file, 1, 1, 8000, 16);
    riff_head(&file, "data", 0);
    riff_bytes(&file, samples, sizeof samples);
    scratch_write("crashed.wav", file.bytes, file.size);
    riff_open(&file, "BW64");
    riff_head(&file, "ds64", 28);
    riff_number(&file, 12 + 36 + 24 + 8 + sizeof samples - 8, 8);
    riff_number(&file, sizeof samples, 8);
    riff_number(&file, 8000, 8);
    riff_number(&file, 0, 4);
    riff_format(&file, 1, 1, 8000, 16);
    riff_head(&file, "data", 0xffffffff);
    riff_bytes(&file, samples, sizeof samples);
    scratch_write("bw64.wav", file.bytes, file.size);
    for (int k = 0; k < 2; k++) {
        reader = open_good(scratch_path(k ? "bw64.wav" : "crashed.wav"));
        assert_string_equal(am_reader_source(reader)->format, k ? "BW64 16 bit" : "WAV 16 bit");
        assert_int_equal(am_reader_warnings(reader)[0] == NULL, k);
        assert_int_equal(read_all(reader, planes, 4096, &frames, NULL), AM_OK);
        assert_int_equal(frames, 8000);
        for (int i = 0; i < 8000; i++)
            assert_true(planes[0][i] == (float)samples[i] / 32768.0f);
        am_reader_close(reader);
    }
}

static void odd_names_open_and_become_utf8(void **state)
{
    am_reader *reader;
    const char *path;

    (void)state;
    make_file("a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 44100);
    path = scratch_path("-x \xe9\xff %s%n\n$(touch y).wav");
    assert_int_equal(rename(scratch_path("a.wav"), path), 0);
    reader = open_good(path);
    assert_non_null(strstr(am_reader_source(reader)->path, "-x \xef\xbf\xbd\xef\xbf\xbd %s%n\n$(touch y).wav"));
    am_reader_close(reader);
}

static void mp4_without_ffmpeg_says_what_to_do(void **state)
{
    const char *before = getenv("PATH");
    char *kept = strdup(before ? before : "");

    (void)state;
    scratch_write("ref.m4a", "\0\0\0\x20" "ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0", 32);
    (void)setenv("PATH", scratch_path("nowhere"), 1);
    expect_refusal(scratch_path("ref.m4a"), AM_ERR_FORMAT, "ref.m4a: AAC in MP4 is not readable by this build\nconvert it:  ffmpeg -i ");
    scratch_write("ffmpeg", "#!/bin/sh\necho first line >&2\necho second >&2\nexit 3\n", 53);
    (void)chmod(scratch_path("ffmpeg"), 0755);
    (void)setenv("PATH", scratch_path("."), 1);
    expect_refusal(scratch_path("ref.m4a"), AM_ERR_FORMAT, "ffmpeg cannot decode it: first line");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);       /* no child is left */
    (void)setenv("PATH", kept, 1);
    free(kept);
}

static void every_allocation_may_fail(void **state)
{
    faulty f = { 0 };
    am_error err;

    (void)state;
    make_file("a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 2, 44100);
    while (faulty_again(&f))
        faulty_judge(&f, try_path(scratch_path("a.wav"), &f.allocator, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(samples_are_those_of_libsndfile_for_every_format_and_block, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(rewinding_in_the_middle_starts_over, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(seeking_gives_what_reading_gives, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(pipes_can_be_read_twice_and_hashed, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(standard_input_is_read_through_a_dash, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(samples_that_are_not_finite_are_located, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_audio_is_refused_with_the_reason, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(cuts_are_told_and_damage_is_refused, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(crashed_recordings_and_bw64_are_read, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(odd_names_open_and_become_utf8, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(mp4_without_ffmpeg_says_what_to_do, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
