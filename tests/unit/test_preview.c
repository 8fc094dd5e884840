/* test_preview.c - am_preview_file: the same plan and samples as of planning and rendering, whatever the threads; nothing left behind */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <automaster/automaster.h>

#include "tests/support/faulty.h"
#include "tests/support/music.h"
#include "tests/support/scratch.h"

enum { RATE = 44100, SECONDS = 34, FRAMES = RATE * SECONDS };

static am_options common, soft, loud;
static am_reference reference;
static char reference_path[4096];   /* what scratch_path returns does not stay */
static am_variant variants[2];

static int setup(void **state)
{
    float *song = malloc(2 * FRAMES * sizeof *song);

    (void)state;
    if (!song)
        return -1;
    scratch_open();
    music_fill(song, FRAMES, 2, RATE, 3, 0.4);
    for (size_t n = 0; n < 2 * 3 * RATE; n++)
        song[n] *= 0.1f;                /* the loudest part does not begin at the start */
    if (music_write(scratch_path("song.wav"), song, FRAMES, 2, RATE, 24) || music_write(scratch_path("ref.wav"), song, 5 * RATE, 2, RATE, 16))
        return -1;
    music_fill(song, 2 * RATE, 2, RATE, 5, 0.3);
    if (music_write(scratch_path("brief.wav"), song, 2 * RATE, 2, RATE, 16))
        return -1;
    free(song);
    AM_OPTIONS_INIT(&common);
    AM_OPTIONS_INIT(&soft);
    AM_OPTIONS_INIT(&loud);
    common.overwrite = true;
    soft.amount_tone = 0.5;
    loud.loudness_lufs = -11.0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_close();
    return 0;
}

static char *preview(uint32_t threads)
{
    char *json = NULL;
    am_error err = { 0 };

    (void)snprintf(reference_path, sizeof reference_path, "%s", scratch_path("ref.wav"));
    reference = (am_reference){ reference_path, 1.0 };
    loud.references = &reference;
    loud.reference_count = 1;
    variants[0] = (am_variant){ "soft", &soft };
    variants[1] = (am_variant){ "loud", &loud };
    common.threads = threads;
    if (am_preview_file(scratch_path("song.wav"), variants, 2, scratch_path("page.html"), scratch_path("part"), &common, &json, &err))
        fail_msg("%s", err.message);
    return json;
}

/* Bytes of the samples of a WAV file, whose data chunk is its last. */
static const uint8_t *samples_of(const uint8_t *file, size_t count, size_t *bytes)
{
    for (size_t at = 12; at + 8 < count; at++)
        if (memcmp(file + at, "data", 4) == 0) {
            *bytes = count - at - 8;
            return file + at + 8;
        }
    fail_msg("no data chunk");
    return NULL;
}

static void excerpts_are_parts_of_the_masters(void **state)
{
    char *json = preview(2);
    am_report *report = malloc(sizeof *report);
    const char *start = strstr(json, "\"start_s\": ");
    const size_t start_s = start ? strtoul(start + 11, NULL, 10) : 0;

    (void)state;
    assert_non_null(report);
    assert_true(start_s >= 1 && start_s <= SECONDS - 30);
    for (int k = 0; k < 2; k++) {
        char name[16];
        size_t json_count, part_count, whole_count, part_bytes, whole_bytes;
        am_plan plan;
        am_options options = *variants[k].options;

        (void)snprintf(name, sizeof name, "part_%d.json", k + 1);
        char *text = (char *)scratch_read(scratch_path(name), &json_count);

        assert_int_equal(am_plan_from_json(text, json_count, &plan, NULL), AM_OK);
        free(text);
        assert_int_equal(am_plan_file(scratch_path("song.wav"), &options, report, NULL), AM_OK);
        assert_memory_equal(&plan.drive_db, &report->plan.drive_db, sizeof plan.drive_db);
        assert_int_equal(am_render_file(scratch_path("song.wav"), scratch_path("whole.wav"), &plan, &common, report, NULL), AM_OK);
        (void)snprintf(name, sizeof name, "part_%d.wav", k + 1);
        uint8_t *part = scratch_read(scratch_path(name), &part_count), *whole = scratch_read(scratch_path("whole.wav"), &whole_count);
        const uint8_t *a = samples_of(part, part_count, &part_bytes), *b = samples_of(whole, whole_count, &whole_bytes);

        assert_int_equal(part_bytes, 30 * RATE * 6);
        assert_memory_equal(a, b + start_s * RATE * 6, part_bytes);
        free(part);
        free(whole);
    }
    free(report);
    am_release(NULL, json);
}

static void threads_change_nothing(void **state)
{
    char *two = preview(2);
    size_t one_count, two_count;
    uint8_t *page = scratch_read(scratch_path("page.html"), &two_count);
    char *one = preview(1);
    uint8_t *again = scratch_read(scratch_path("page.html"), &one_count);

    (void)state;
    assert_string_equal(one, two);
    assert_int_equal(one_count, two_count);
    assert_memory_equal(page, again, one_count);
    free(page);
    free(again);
    am_release(NULL, one);
    am_release(NULL, two);
}

static bool stop_in_render(void *context, const char *stage, double done)
{
    (void)context;
    (void)done;
    return strcmp(stage, "render") != 0;
}

static void a_preview_that_is_stopped_leaves_nothing(void **state)
{
    const size_t before = scratch_count();
    am_options stopped = common;
    char *json = NULL;

    (void)state;
    stopped.progress = stop_in_render;
    assert_int_equal(am_preview_file(scratch_path("song.wav"), variants, 2, scratch_path("new.html"), scratch_path("new"), &stopped, &json, NULL),
                     AM_ERR_CANCELLED);
    assert_null(json);
    assert_int_equal(scratch_count(), before);
}

static void mistakes_are_refused(void **state)
{
    am_options fresh = common, wrong = common;
    am_error err = { 0 };
    char *json = NULL;

    (void)state;
    wrong.ceiling_dbtp = 3.0;
    fresh.overwrite = false;
    assert_int_equal(am_preview_file(scratch_path("song.wav"), variants, 0, NULL, NULL, &common, &json, &err), AM_ERR_RANGE);
    assert_int_equal(am_preview_file(scratch_path("song.wav"), variants, 7, NULL, NULL, &common, &json, &err), AM_ERR_RANGE);
    assert_int_equal(am_preview_file(scratch_path("song.wav"), &(am_variant){ "x", &wrong }, 1, NULL, NULL, &common, &json, &err), AM_ERR_RANGE);
    assert_int_equal(am_preview_file(scratch_path("song.wav"), variants, 2, scratch_path("page.html"), NULL, &fresh, &json, &err), AM_ERR_EXISTS);
    assert_int_equal(am_preview_file(scratch_path("song.wav"), variants, 2, scratch_path("ref.wav"), NULL, &common, &json, &err), AM_ERR_EXISTS);
    assert_int_equal(am_preview_file(scratch_path("none.wav"), variants, 2, NULL, NULL, &common, &json, &err), AM_ERR_IO);
    assert_null(json);
}

static void no_allocation_is_missed(void **state)
{
    const am_variant brief = { "brief", &soft };
    size_t k = 1, step = 1;

    (void)state;
    for (bool failed = true; failed; k += step, step += step < 40) {
        faulty memory;
        am_options options = common;
        char *json = NULL;
        am_status st;

        options.allocator = faulty_init(&memory, k);
        options.threads = 1;
        st = am_preview_file(scratch_path("brief.wav"), &brief, 1, scratch_path("brief.html"), scratch_path("brief"), &options, &json, NULL);
        am_release(options.allocator, json);
        assert_int_equal(memory.live, 0);
        failed = memory.failed;
        assert_true(failed || st == AM_OK);
    }
    print_message("%zu allocations\n", k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(excerpts_are_parts_of_the_masters), cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_preview_that_is_stopped_leaves_nothing), cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(no_allocation_is_missed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
