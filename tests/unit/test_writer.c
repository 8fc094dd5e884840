/* test_writer.c - io/writer.h, io/wave.h and, reading back, io/reader.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/reader.h"
#include "io/wave.h"
#include "io/writer.h"
#include "tests/support/faulty.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

enum { FRAMES = 10007, CHANNELS = 8 };

static float made[CHANNELS][FRAMES], got[CHANNELS][FRAMES + 10000];

static void make_audio(unsigned bits, double rate_hz)
{
    for (uint32_t c = 0; c < CHANNELS; c++)
        tone_fill(made[c], FRAMES, rate_hz, 0.5, bits, c + 1);
    made[0][5] = -1.0f;
    made[0][6] = bits == 16 ? 32767.0f / 32768.0f : 8388607.0f / 8388608.0f;
}

static am_status write_blocks(am_writer *writer, uint32_t channels, size_t step, am_error *err)
{
    am_status st = AM_OK;

    for (size_t i = 0; i < FRAMES && !st; i += step) {
        const float *planes[CHANNELS];

        for (uint32_t c = 0; c < channels; c++)
            planes[c] = made[c] + i;
        st = am_writer_write(writer, planes, FRAMES - i < step ? FRAMES - i : step, err);
    }
    return st;
}

static am_status write_file(const char *name, am_writer_format format, size_t step, const am_allocator *allocator, am_error *err)
{
    am_output *output = NULL;
    am_writer *writer = NULL;
    am_status st = am_output_open(scratch_path(name), true, NULL, 0, allocator, &output, err);

    st = st ? st : am_writer_open(output, name, &format, allocator, &writer, err);
    st = st ? st : write_blocks(writer, format.channels, step, err);
    st = st ? st : am_writer_finish(writer, err);
    st = st ? st : am_output_commit(output, err);
    am_writer_close(writer);
    am_output_close(output);
    return st;
}

static size_t read_file(const char *name, am_source *source)
{
    float *planes[CHANNELS];
    am_reader *reader = NULL;
    am_error err = { 0 };
    size_t count = 0, total = 0;
    am_status st = am_reader_open(scratch_path(name), NULL, &reader, &err);

    if (st)
        fail_msg("%s", err.message);
    *source = *am_reader_source(reader);
    assert_null(am_reader_warnings(reader)[0]);
    do {
        for (uint32_t c = 0; c < CHANNELS; c++)
            planes[c] = got[c] + total;
        st = am_reader_read(reader, planes, FRAMES + 10000 - total, &count, &err);
        total += count;
    } while (!st && count);
    if (st)
        fail_msg("%s", err.message);
    am_reader_close(reader);
    return total;
}

static void lossless_formats_return_every_sample(void **state)
{
    static const char *const names[] = { "a.wav", "a", "a.rf64", "a.w64", "a.flac", "a.aiff", "a.AIF", "a.caf" };
    static const char *const words[] = { "WAV", "WAV", "RF64", "W64", "FLAC", "AIFF", "AIFF", "CAF" };
    static const uint32_t rates[] = { 8000, 44100, 96000, 384000 }, widths[] = { 16, 24, 32 }, counts[] = { 1, 2, 3, 6, 8 };
    am_source source;
    am_error err;

    (void)state;
    for (size_t n = 0; n < 8; n++)
        for (size_t r = 0; r < 4; r++)
            for (size_t b = 0; b < 3; b++)
                for (size_t c = 0; c < 5; c++) {
                    const am_writer_format format = { rates[r], counts[c], widths[b] };

                    if (n == 4 && format.bits == 32)
                        continue;
                    make_audio(format.bits, format.rate_hz);
                    if (write_file(names[n], format, 5000, NULL, &err))
                        fail_msg("%s", err.message);
                    assert_int_equal(read_file(names[n], &source), FRAMES);
                    assert_memory_equal(source.format, words[n], strlen(words[n]));
                    assert_int_equal(source.rate_hz, format.rate_hz);
                    assert_int_equal(source.channels, format.channels);
                    assert_int_equal(source.bits, format.bits);
                    assert_int_equal(source.frames, FRAMES);
                    assert_false(source.lossy);
                    for (uint32_t k = 0; k < format.channels; k++)
                        if (memcmp(got[k], made[k], FRAMES * sizeof(float)) != 0)
                            fail_msg("%s, %u Hz, %u bits: channel %u of %u differs", names[n], format.rate_hz, format.bits, k, counts[c]);
                }
}

/* Against the samples that went in, at the lag that fits best; a wrong channel or scale would be around 0 dB. */
static double error_db(size_t frames, int max_lag)
{
    double best = INFINITY;

    for (int lag = -max_lag; lag <= max_lag; lag++) {
        double error = 0.0, power = 0.0;

        for (size_t i = 3000; i < 7000; i++) {
            const double d = (double)got[0][(size_t)((int)i + lag)] - (double)made[0][i];

            error += d * d;
            power += (double)made[0][i] * (double)made[0][i];
        }
        best = fmin(best, 10.0 * log10(error / power));
    }
    (void)frames;
    return best;
}

static void lossy_formats_come_close(void **state)
{
    static const struct { const char *name, *words; uint32_t rate_hz; } kinds[] = {
        { "a.ogg", "Ogg Vorbis", 44100 }, { "a.opus", "Opus", 48000 }, { "a.mp3", "MP3", 44100 }, { "a.ogg", "Ogg Vorbis", 192000 },
    };
    am_source source;
    am_error err;

    (void)state;
    for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++) {
        const am_writer_format format = { kinds[n].rate_hz, 2, 24 };
        size_t frames;

        make_audio(24, format.rate_hz);
        if (write_file(kinds[n].name, format, FRAMES, NULL, &err))
            fail_msg("%s", err.message);
        assert_true(am_writer_is_lossy(kinds[n].name));
        frames = read_file(kinds[n].name, &source);
        assert_string_equal(source.format, kinds[n].words);
        assert_true(source.lossy && source.bits == 0);
        assert_in_range(frames, FRAMES, FRAMES + 2500);
        if (!(error_db(frames, 1200) < -25.0))
            fail_msg("%s: error %.1f dB, limit -25 dB", kinds[n].name, error_db(frames, 1200));
    }
    assert_false(am_writer_is_lossy("x.wav") || am_writer_is_lossy("ogg") || am_writer_is_lossy("-") || am_writer_is_lossy("x.xyz"));
}

static void the_same_bytes_whatever_the_blocks(void **state)
{
    static const char *const names[] = { "a.wav", "a.w64", "a.flac", "a.aiff", "a.caf", "a.mp3", "a.ogg", "a.opus" };
    am_error err;

    (void)state;
    make_audio(24, 48000.0);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        uint8_t *first, *second;
        size_t first_size, second_size;

        assert_int_equal(write_file(names[n], (am_writer_format){ 48000, 2, 24 }, FRAMES, NULL, &err), AM_OK);
        first = scratch_read(scratch_path(names[n]), &first_size);
        assert_int_equal(write_file(names[n], (am_writer_format){ 48000, 2, 24 }, 777, NULL, &err), AM_OK);
        second = scratch_read(scratch_path(names[n]), &second_size);
        if (first_size != second_size || memcmp(first, second, first_size) != 0)
            fail_msg("%s: two runs differ", names[n]);
        free(first);
        free(second);
    }
}

static void stereo_wav_is_plain(void **state)
{
    am_error err;
    size_t size;
    uint8_t *bytes;

    (void)state;
    make_audio(16, 44100.0);
    assert_int_equal(write_file("a.wav", (am_writer_format){ 44100, 2, 16 }, 100, NULL, &err), AM_OK);
    bytes = scratch_read(scratch_path("a.wav"), &size);
    assert_memory_equal(bytes, "RIFF", 4);
    assert_int_equal((size_t)bytes[4] + 256u * bytes[5] + 8, size);
    assert_memory_equal(bytes + 8, "WAVEJUNK", 8);
    assert_memory_equal(bytes + 48, "fmt \x10\0\0\0\1\0\2\0\x44\xac\0\0", 16);
    assert_memory_equal(bytes + 72, "data", 4);
    assert_int_equal(size, 80 + FRAMES * 4);
    free(bytes);
}

static void odd_sizes_are_padded(void **state)
{
    am_source source;
    am_error err;
    size_t size;
    uint8_t *bytes;

    (void)state;
    make_audio(24, 44100.0);
    assert_int_equal(write_file("a.wav", (am_writer_format){ 44100, 1, 24 }, 100, NULL, &err), AM_OK);
    bytes = scratch_read(scratch_path("a.wav"), &size);
    assert_int_equal(size, 80 + FRAMES * 3 + 1);
    free(bytes);
    assert_int_equal(read_file("a.wav", &source), FRAMES);
}

static void beyond_4_gib_it_is_rf64(void **state)
{
    const am_writer_format format = { 48000, 2, 16 };
    const uint64_t bytes = (uint64_t)5 << 30;
    const float *planes[] = { made[0], made[1] };
    am_reader *reader = NULL;
    am_output *output = NULL;
    am_wave wave;
    am_error err;

    (void)state;
    assert_int_equal(am_output_open(scratch_path("big.wav"), false, NULL, 0, NULL, &output, &err), AM_OK);
    assert_int_equal(am_wave_open(&wave, am_output_descriptor(output), &format, false, NULL, 0, NULL), 0);
    wave.data_bytes = bytes - 400;          /* as if so much had been written */
    assert_int_equal(am_wave_write(&wave, planes, 100), 0);
    assert_int_equal(am_wave_finish(&wave), 0);
    am_wave_close(&wave);
    assert_int_equal(am_output_commit(output, &err), AM_OK);
    am_output_close(output);
    assert_int_equal(am_reader_open(scratch_path("big.wav"), NULL, &reader, &err), AM_OK);
    assert_string_equal(am_reader_source(reader)->format, "RF64 16 bit");
    assert_int_equal(am_reader_source(reader)->frames, bytes / 4);
    assert_null(am_reader_warnings(reader)[0]);
    am_reader_close(reader);
}

static void what_lies_beyond_full_scale_is_clipped(void **state)
{
    static const char *const names[] = { "a.wav", "a.flac" };
    am_source source;
    am_error err;

    (void)state;
    for (size_t n = 0; n < 2; n++)
        for (uint32_t bits = 16; bits <= 24; bits += 8) {
            const float high = bits == 16 ? 32767.0f / 32768.0f : 8388607.0f / 8388608.0f;

            make_audio(bits, 44100.0);
            made[0][0] = 1.0f;
            made[0][1] = -1.5f;
            made[0][2] = 1e30f;
            assert_int_equal(write_file(names[n], (am_writer_format){ 44100, 2, bits }, FRAMES, NULL, &err), AM_OK);
            assert_int_equal(read_file(names[n], &source), FRAMES);
            assert_true(got[0][0] == high && got[0][1] == -1.0f && got[0][2] == high);
        }
}

static void what_a_format_cannot_hold_is_named(void **state)
{
    static const struct { const char *name; am_writer_format format; const char *says; } cases[] = {
        { "a.flac", { 44100, 2, 32 }, "16 or 24" }, { "a.opus", { 44100, 2, 24 }, "48000" }, { "a.mp3", { 96000, 2, 24 }, "48000" },
        { "a.mp3", { 44100, 3, 24 }, "1 or 2" }, { "a.wav", { 44100, 9, 24 }, "1 to 8" }, { "a.wav", { 44100, 2, 20 }, "16, 24" },
        { "a.ogg", { 384000, 2, 24 }, "192000" }, { "a.xyz", { 44100, 2, 24 }, ".flac" }, { "a.m4a", { 44100, 2, 24 }, ".flac" },
    };
    am_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (write_file(cases[i].name, cases[i].format, FRAMES, NULL, &err) != AM_ERR_RANGE)
            fail_msg("%s, case %zu: status %d: %s", cases[i].name, i, err.status, err.message);
        if (!strstr(err.message, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.message, cases[i].says);
    }
    assert_int_equal(scratch_count(), 0);
}

static void a_full_disk_is_told_by_every_format(void **state)
{
    static const char *const names[] = { "a.wav", "a.w64", "a.flac", "a.aiff", "a.caf", "a.mp3", "a.ogg", "a.opus" };
    struct rlimit before;
    am_error err;

    (void)state;
    make_audio(24, 48000.0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (rlim_t limit = 0; limit < 6000; limit = limit * 3 + 7) {
            const struct rlimit small = { limit, before.rlim_max };
            am_status st;

            assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
            st = write_file(names[n], (am_writer_format){ 48000, 2, 24 }, 1000, NULL, &err);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
            if (st != AM_ERR_NOSPACE)
                fail_msg("%s, %u bytes: status %d", names[n], (unsigned)limit, st);
            assert_int_equal(scratch_count(), 0);
        }
}

static void every_allocation_may_fail(void **state)
{
    static const char *const names[] = { "a.wav", "a.flac", "a.ogg" };

    (void)state;
    make_audio(24, 48000.0);
    for (size_t n = 0; n < 3; n++)
        for (size_t k = 1;; k++) {
            faulty f;
            const am_status st = write_file(names[n], (am_writer_format){ 48000, 2, 24 }, 1000, faulty_init(&f, k), NULL);

            assert_int_equal(f.live, 0);
            if (!f.failed)
                break;
            assert_int_equal(st, AM_ERR_NOMEM);
            assert_int_equal(scratch_count(), n);
        }
}

static void a_coder_that_takes_few_rates_gets_one(void **state)
{
    static const struct { const char *name; uint32_t from, to; } cases[] = {
        { "a.opus", 44100, 48000 }, { "a.OPUS", 22050, 24000 }, { "a.opus", 192000, 48000 }, { "a.opus", 16000, 16000 },
        { "a.mp3", 44100, 44100 }, { "a.mp3", 88200, 44100 }, { "a.mp3", 96000, 48000 }, { "a.mp3", 37800, 44100 },
        { "a.wav", 37800, 37800 }, { "a.ogg", 96000, 96000 }, { "-", 44100, 44100 }, { "a.xyz", 44100, 44100 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(am_writer_rate_hz(cases[i].name, cases[i].from), cases[i].to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_coder_that_takes_few_rates_gets_one),
        cmocka_unit_test_setup_teardown(lossless_formats_return_every_sample, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(lossy_formats_come_close, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(the_same_bytes_whatever_the_blocks, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(stereo_wav_is_plain, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(odd_sizes_are_padded, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(beyond_4_gib_it_is_rf64, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_lies_beyond_full_scale_is_clipped, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_a_format_cannot_hold_is_named, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_by_every_format, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
