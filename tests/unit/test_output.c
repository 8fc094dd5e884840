/* test_output.c - io/output.h: whole or not at all */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/output.h"
#include "tests/support/faulty.h"
#include "tests/support/scratch.h"

static am_status write_file(const char *path, bool overwrite, const char *input, const char *text, am_error *err)
{
    const char *inputs[] = { input };
    am_output *output = NULL;
    am_status st = am_output_open(path, overwrite, inputs, input ? 1 : 0, NULL, &output, err);

    if (st)
        assert_null(output);
    if (!st)
        st = am_output_write(output, text, strlen(text), err);
    if (!st)
        st = am_output_commit(output, err);
    am_output_close(output);
    return st;
}

static void assert_holds(const char *path, const char *text)
{
    size_t count;
    uint8_t *bytes = scratch_read(path, &count);

    assert_non_null(bytes);
    assert_int_equal(count, strlen(text));
    assert_memory_equal(bytes, text, count);
    free(bytes);
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void appears_at_commit_with_the_usual_mode(void **state)
{
    const mode_t mask = umask(027);
    const char *path = scratch_path("new.wav");
    am_output *output = NULL;
    struct stat info;
    am_error err;

    (void)state;
    assert_int_equal(am_output_open(path, false, NULL, 0, NULL, &output, &err), AM_OK);
    (void)umask(mask);
    assert_int_equal(am_output_write(output, "abc", 3, &err), AM_OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_holds(am_output_temporary(output), "abc");
    assert_int_equal(am_output_commit(output, &err), AM_OK);
    assert_int_equal(am_output_commit(output, &err), AM_ERR_STATE);
    am_output_close(output);
    assert_holds(path, "abc");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(scratch_count(), 1);
}

static void nothing_stays_without_commit(void **state)
{
    am_output *output = NULL;
    am_error err;

    (void)state;
    assert_int_equal(am_output_open(scratch_path("new.wav"), false, NULL, 0, NULL, &output, &err), AM_OK);
    assert_int_equal(am_output_write(output, "abc", 3, &err), AM_OK);
    assert_int_equal(scratch_count(), 1);
    am_output_close(output);
    assert_int_equal(scratch_count(), 0);
    am_output_close(NULL);
}

static void what_exists_is_kept_unless_asked(void **state)
{
    am_error err;

    (void)state;
    scratch_write("old.wav", "old", 3);
    assert_int_equal(write_file(scratch_path("old.wav"), false, NULL, "new", &err), AM_ERR_EXISTS);
    assert_contains(err.message, "--force");
    assert_holds(scratch_path("old.wav"), "old");
    assert_int_equal(write_file(scratch_path("old.wav"), true, NULL, "new", &err), AM_OK);
    assert_holds(scratch_path("old.wav"), "new");
    assert_int_equal(scratch_count(), 1);
}

static void what_comes_meanwhile_is_kept_too(void **state)
{
    am_output *output = NULL;
    am_error err;

    (void)state;
    assert_int_equal(am_output_open(scratch_path("x.wav"), false, NULL, 0, NULL, &output, &err), AM_OK);
    scratch_write("x.wav", "other", 5);
    assert_int_equal(am_output_commit(output, &err), AM_ERR_EXISTS);
    am_output_close(output);
    assert_holds(scratch_path("x.wav"), "other");
    assert_int_equal(scratch_count(), 1);
}

static void inputs_are_never_outputs(void **state)
{
    static const char *const names[] = { "in.wav", "hard.wav", "soft.wav", "soft2.wav", "./in.wav" };
    am_error err;

    (void)state;
    scratch_write("in.wav", "input", 5);
    assert_int_equal(link(scratch_path("in.wav"), scratch_path("hard.wav")), 0);
    assert_int_equal(symlink("in.wav", scratch_path("soft.wav")), 0);
    assert_int_equal(symlink("soft.wav", scratch_path("soft2.wav")), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(write_file(scratch_path(names[i]), true, scratch_path("in.wav"), "new", &err), AM_ERR_EXISTS);
        assert_contains(err.message, "input");
        assert_holds(scratch_path("in.wav"), "input");
    }
    assert_int_equal(write_file(scratch_path("in.wav"), true, scratch_path("soft2.wav"), "new", &err), AM_ERR_EXISTS);
    assert_int_equal(scratch_count(), 4);
}

static void links_are_followed(void **state)
{
    struct stat info;
    am_error err;

    (void)state;
    assert_int_equal(mkdir(scratch_path("sub"), 0777), 0);
    scratch_write("sub/real.wav", "old", 3);
    assert_int_equal(symlink("sub/real.wav", scratch_path("link.wav")), 0);
    assert_int_equal(symlink("sub/fresh.wav", scratch_path("dangling.wav")), 0);
    assert_int_equal(symlink("circle.wav", scratch_path("circle.wav")), 0);
    assert_int_equal(write_file(scratch_path("link.wav"), false, NULL, "new", &err), AM_ERR_EXISTS);
    assert_int_equal(write_file(scratch_path("link.wav"), true, NULL, "new", &err), AM_OK);
    assert_holds(scratch_path("sub/real.wav"), "new");
    assert_int_equal(lstat(scratch_path("link.wav"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(write_file(scratch_path("dangling.wav"), false, NULL, "new", &err), AM_OK);
    assert_holds(scratch_path("sub/fresh.wav"), "new");
    assert_int_equal(write_file(scratch_path("circle.wav"), true, NULL, "new", &err), AM_ERR_IO);
}

/* A device that is always full, in the scratch directory: a broken program must not get at those of the system. Needs root. */
static bool make_full_device(void)
{
    return mknod(scratch_path("full"), S_IFCHR | 0666, makedev(1, 7)) == 0;
}

static void what_is_no_file_is_refused(void **state)
{
    am_error err;

    (void)state;
    assert_int_equal(mkdir(scratch_path("dir.wav"), 0777), 0);
    assert_int_equal(mkfifo(scratch_path("pipe.wav"), 0666), 0);
    assert_int_equal(write_file(scratch_path("dir.wav"), true, NULL, "x", &err), AM_ERR_IO);
    assert_contains(err.message, "is a directory");
    assert_int_equal(write_file(scratch_path("dir.wav/"), true, NULL, "x", &err), AM_ERR_IO);
    assert_int_equal(write_file(scratch_path("pipe.wav"), true, NULL, "x", &err), AM_ERR_IO);
    assert_contains(err.message, "pipe");
    if (make_full_device())
        assert_int_equal(write_file(scratch_path("full"), true, NULL, "x", &err), AM_ERR_IO);
    (void)unlink(scratch_path("full"));
    assert_int_equal(write_file("", true, NULL, "x", &err), AM_ERR_IO);
    assert_int_equal(write_file(scratch_path("no/where/x.wav"), true, NULL, "x", &err), AM_ERR_IO);
    assert_contains(err.message, "there is no directory");
    assert_contains(err.message, "no/where");
    assert_int_equal(write_file(scratch_path("pipe.wav/x.wav"), true, NULL, "x", &err), AM_ERR_IO);
    assert_int_equal(scratch_count(), 2);
}

static void long_and_odd_names_work(void **state)
{
    char name[300];
    am_error err;

    (void)state;
    for (size_t length = 230; length <= 255; length++) {
        memset(name, 'x', length);
        memcpy(name, "d7_\xc3\xa9", 5);
        name[length] = '\0';
        assert_int_equal(write_file(scratch_path(name), false, NULL, "x", &err), AM_OK);
        for (size_t i = 0; i + 1 < length; i += 2)
            memcpy(name + i, "\xc3\xa9", 2);
        assert_int_equal(write_file(scratch_path(name), false, NULL, "x", &err), AM_OK);
    }
    memset(name, 'x', 256);
    name[256] = '\0';
    assert_int_equal(write_file(scratch_path(name), false, NULL, "x", &err), AM_ERR_IO);
    assert_int_equal(write_file(scratch_path("-x %s%n\nXXXXXX\xff.wav"), false, NULL, "x", &err), AM_OK);
    assert_holds(scratch_path("-x %s%n\nXXXXXX\xff.wav"), "x");
    assert_int_equal(scratch_count(), 2 * 26 + 1);
}

static void a_full_disk_says_so_and_keeps_the_old(void **state)
{
    struct rlimit before, small;
    static char text[4096];
    am_error err;
    am_status st;

    (void)state;
    scratch_write("old.wav", "old", 3);
    memset(text, 'x', sizeof text - 1);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){ 1000, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    st = write_file(scratch_path("old.wav"), true, NULL, text, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(st, AM_ERR_NOSPACE);
    assert_holds(scratch_path("old.wav"), "old");
    assert_int_equal(scratch_count(), 1);
}

/* What a child with its standard output going to fd does; its exit code is the status. */
static int in_child_with_stdout(int fd, const char *input)
{
    const pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(fd, STDOUT_FILENO);
        (void)signal(SIGPIPE, SIG_DFL);
        _exit((int)write_file("-", false, input, "audio", NULL));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void standard_output_gets_the_bytes_at_commit(void **state)
{
    char bytes[16] = "";
    int ends[2], fd;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(in_child_with_stdout(ends[1], NULL), AM_OK);
    assert_int_equal(read(ends[0], bytes, sizeof bytes), 5);
    assert_string_equal(bytes, "audio");
    (void)close(ends[0]);
    assert_int_equal(in_child_with_stdout(ends[1], NULL), AM_ERR_IO);   /* EPIPE, not SIGPIPE */
    (void)close(ends[1]);
    fd = make_full_device() ? open(scratch_path("full"), O_WRONLY) : -1;    /* -1: no root, or devices forbidden here */
    if (fd >= 0)
        assert_int_equal(in_child_with_stdout(fd, NULL), AM_ERR_NOSPACE);
    (void)close(fd);
    scratch_write("in.wav", "input", 5);
    fd = open(scratch_path("in.wav"), O_WRONLY | O_APPEND);
    assert_int_equal(in_child_with_stdout(fd, scratch_path("in.wav")), AM_ERR_EXISTS);
    (void)close(fd);
    assert_holds(scratch_path("in.wav"), "input");
}

static void every_allocation_may_fail(void **state)
{
    const char *inputs[] = { scratch_path("in.wav") };

    faulty f = { 0 };

    (void)state;
    while (faulty_again(&f)) {
        am_output *output = NULL;
        const am_status st = am_output_open(scratch_path("x.wav"), false, inputs, 1, &f.allocator, &output, NULL);

        am_output_close(output);
        assert_int_equal(scratch_count(), 0);
        faulty_judge(&f, st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appears_at_commit_with_the_usual_mode, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(nothing_stays_without_commit, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_exists_is_kept_unless_asked, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_comes_meanwhile_is_kept_too, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(inputs_are_never_outputs, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(links_are_followed, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(long_and_odd_names_work, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_says_so_and_keeps_the_old, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(standard_output_gets_the_bytes_at_commit, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
