/* test_tape.c - pipeline/tape.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/tape.h"
#include "tests/support/faulty.h"
#include "tests/support/music.h"
#include "tests/support/scratch.h"

enum { RATE = 44100, FRAMES = 150001 };

static float song[2][FRAMES], back[2][FRAMES];

static void fill(uint32_t channels)
{
    float *interleaved = malloc(2 * FRAMES * sizeof *interleaved);

    assert_non_null(interleaved);
    music_fill(interleaved, FRAMES, channels, RATE, 3, 0.8);
    assert_int_equal(music_write(scratch_path("song.wav"), interleaved, FRAMES, channels, RATE, 32), 0);
    for (size_t n = 0; n < FRAMES; n++)
        for (uint32_t c = 0; c < channels; c++)
            song[c][n] = interleaved[n * channels + c];
    free(interleaved);
}

static void record(am_tape *tape, uint32_t channels, size_t block)
{
    am_tape_begin(tape, channels, 0, NULL);
    for (size_t at = 0; at < FRAMES; at += block) {
        const float *from[2] = { song[0] + at, song[1] + at };

        am_tape_push(tape, from, FRAMES - at < block ? FRAMES - at : block);
    }
}

static void check_played(const am_tape *tape, am_reader *reader, uint32_t channels)
{
    am_feed feed;
    size_t at = 0, given = 1;

    assert_int_equal(am_feed_open(&feed, tape, reader, NULL, NULL), AM_OK);
    while (given) {
        const float *part[AM_PLANAR_CHANNELS] = { NULL };

        assert_int_equal(am_feed_next(&feed, part, &given, NULL), AM_OK);
        assert_true(given <= AM_PLANAR_FRAMES && at + given <= FRAMES);
        for (uint32_t c = 0; given && c < channels; c++)
            memcpy(back[c] + at, part[c], given * sizeof(float));
        at += given;
    }
    am_feed_close(&feed);
    assert_int_equal(at, FRAMES);
    for (uint32_t c = 0; c < channels; c++)
        assert_memory_equal(back[c], song[c], sizeof song[c]);
}

static void tape_and_file_play_the_same(void **state)
{
    static const size_t blocks[] = { 1000, 4096, AM_TAPE_BLOCK / 2, FRAMES };
    am_tape *tape = calloc(1, sizeof *tape);

    (void)state;
    assert_non_null(tape);
    for (uint32_t channels = 1; channels <= 2; channels++) {
        am_reader *reader = NULL;

        fill(channels);
        assert_int_equal(am_reader_open(scratch_path("song.wav"), NULL, &reader, NULL), AM_OK);
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
            record(tape, channels, blocks[b]);      /* over the last one, whatever its channels */
            assert_true(am_tape_usable(tape));
            check_played(tape, NULL, channels);
        }
        check_played(NULL, reader, channels);
        am_tape_begin(tape, 3, 0, NULL);
        am_tape_push(tape, NULL, 100);
        assert_false(am_tape_usable(tape));
        check_played(tape, reader, channels);
        am_reader_close(reader);
    }
    am_tape_close(tape);
    free(tape);
}

static void a_tape_without_memory_is_torn_and_holds_nothing(void **state)
{
    am_tape *tape = calloc(1, sizeof *tape);

    (void)state;
    assert_non_null(tape);
    for (size_t k = 1; k <= 5; k++) {
        const float *from[2] = { song[0], song[1] };
        faulty f;

        am_tape_begin(tape, 2, FRAMES, faulty_init(&f, k));
        am_tape_push(tape, from, FRAMES);           /* five blocks */
        assert_true(f.failed && f.live == 0);
        am_tape_push(tape, from, 10);
        assert_false(am_tape_usable(tape));
        am_tape_close(tape);
    }
    free(tape);
}

/* By the count of blocks alone: 256 MB are not touched. */
static void a_piece_too_long_is_torn(void **state)
{
    am_tape *tape = calloc(1, sizeof *tape);
    const float *from[1] = { song[0] };
    const uint64_t most = (uint64_t)AM_TAPE_BLOCK * AM_TAPE_BLOCKS;

    (void)state;
    assert_non_null(tape);
    am_tape_begin(tape, 1, most + 1, NULL);
    am_tape_push(tape, from, 1);
    assert_false(am_tape_usable(tape));
    assert_int_equal(tape->block_count, 0);
    am_tape_begin(tape, 1, most, NULL);
    tape->frames = most;
    tape->block_count = AM_TAPE_BLOCKS;
    am_tape_push(tape, from, 1);
    assert_false(am_tape_usable(tape));
    am_tape_close(tape);
    free(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tape_and_file_play_the_same, scratch_setup, scratch_teardown),
        cmocka_unit_test(a_tape_without_memory_is_torn_and_holds_nothing),
        cmocka_unit_test(a_piece_too_long_is_torn),
    };

    return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
