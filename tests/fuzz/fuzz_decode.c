/* fuzz_decode.c - any bytes as an audio file: header check, decoder, rewind, metadata into a new file
 *
 * Build with clang -fsanitize=fuzzer,address,undefined. Nothing may crash, leak, hang or deliver a sample that is not finite; a second
 * pass must deliver what the first did.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/reader.h"
#include "io/writer.h"

enum { CHANNELS = 8, BLOCK = 1024, MAX_FRAMES = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

/* libsndfile 1.2.0 forgets its decoder's state when the start of an Ogg or MP3 stream is bad. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libvorbis\nleak:libogg\nleak:libopus\nleak:libmpg123\nleak:libFLAC\n";
}

/* A hash of all samples; *frames of them in each channel. */
static am_status read_pass(am_reader *reader, uint64_t *hash, uint64_t *frames)
{
    static float planes[CHANNELS][BLOCK];
    float *channels[CHANNELS];
    size_t given = 0;
    am_status st;

    for (int c = 0; c < CHANNELS; c++)
        channels[c] = planes[c];
    *hash = *frames = 0;
    while (!(st = am_reader_read(reader, channels, BLOCK, &given, NULL)) && given && *frames < MAX_FRAMES) {
        for (uint32_t c = 0; c < am_reader_source(reader)->channels; c++)
            for (size_t i = 0; i < given; i++) {
                uint32_t bits;

                if (!isfinite(planes[c][i]))
                    abort();
                memcpy(&bits, &planes[c][i], sizeof bits);
                *hash = (*hash ^ bits) * 0x100000001b3u;
            }
        *frames += given;
    }
    return st;
}

static void carry(am_reader *reader, const char *path, uint32_t rate_hz)
{
    const am_writer_format format = { rate_hz, 1, 16 };
    const char *const *lost = NULL;
    am_output *output = NULL;
    am_writer *writer = NULL;

    if (am_output_open(path, true, NULL, 0, NULL, &output, NULL) == AM_OK &&
        am_writer_open(output, path, &format, NULL, &writer, NULL) == AM_OK && am_writer_carry(writer, reader, &lost, NULL) == AM_OK)
        (void)am_writer_finish(writer, NULL);
    am_writer_close(writer);
    am_output_close(output);
}

static void use(am_reader *reader)
{
    uint64_t first, second, first_frames, second_frames;
    const am_status st = read_pass(reader, &first, &first_frames);

    for (const char *const *warning = am_reader_warnings(reader); *warning; warning++)
        if (!**warning)
            abort();
    if (am_reader_rewind(reader, NULL))
        return;
    if (read_pass(reader, &second, &second_frames) != st || second != first || second_frames != first_frames)
        abort();
    if (am_reader_rewind(reader, NULL))
        return;
    carry(reader, "automaster-fuzz.wav", 48000);
    carry(reader, "automaster-fuzz.aiff", am_reader_source(reader)->rate_hz);
    carry(reader, "automaster-fuzz.flac", 44100);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    am_reader *reader = NULL;
    char path[32];

    if (fd < 0 || write(fd, bytes, count) != (ssize_t)count)
        abort();
    (void)setenv("PATH", "/nonexistent", 1);            /* no ffmpeg: its bugs are not ours to find */
    (void)snprintf(path, sizeof path, "/dev/fd/%d", fd);
    if (am_reader_open(path, NULL, &reader, NULL) == AM_OK)
        use(reader);
    am_reader_close(reader);
    (void)close(fd);
    return 0;
}
