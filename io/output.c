#include "io/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/encoding.h"

enum { MAX_LINKS = 40, COPY_BYTES = 1 << 16, NAME_BYTES = 255, TEMPORARY_BYTES = 13 };     /* ".", ".XXXXXX.part" less the NUL */

typedef struct file_id {
    dev_t device;
    ino_t inode;
} file_id;

struct am_output {
    const am_allocator *allocator;
    char final[PATH_MAX];           /* links followed */
    char temporary[PATH_MAX + 16];
    char shown[AM_ENCODING_SHOWN];      /* as given, for messages */
    file_id *inputs;
    size_t input_count;
    int fd;
    bool overwrite, to_stdout, named;   /* named: temporary exists under its name and is ours to remove */
};

/* ------------------------------------------------------------------ names */

/* The directory part of path, "." when it has none, into out. */
static void directory_of(const char *path, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    const size_t length = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);

    memcpy(out, length ? path : ".", length ? length : 1);
    out[length ? length : 1] = '\0';
}

/* Follow the symbolic links of the last component by hand: the file they lead to need not be there yet. */
static am_status follow_links(const char *path, const char *shown, char out[PATH_MAX], am_error *err)
{
    char target[PATH_MAX], directory[PATH_MAX], joined[2 * PATH_MAX];
    struct stat info;

    if (snprintf(out, PATH_MAX, "%s", path) >= PATH_MAX)
        return am_fail_errno(err, ENAMETOOLONG, "%s", shown);
    for (int hops = 0; lstat(out, &info) == 0 && S_ISLNK(info.st_mode); hops++) {
        const ssize_t length = readlink(out, target, sizeof target - 1);

        if (length < 0 || hops == MAX_LINKS)
            return am_fail_errno(err, length < 0 ? errno : ELOOP, "%s", shown);
        target[length] = '\0';
        directory_of(out, directory);
        (void)snprintf(joined, sizeof joined, "%s%s%s", target[0] == '/' ? "" : directory, target[0] == '/' ? "" : "/", target);
        if (snprintf(out, PATH_MAX, "%s", joined) >= PATH_MAX)
            return am_fail_errno(err, ENAMETOOLONG, "%s", shown);
    }
    return AM_OK;
}

/* ".NAME.XXXXXX.part" beside the final name; a long NAME is cut between characters. */
static am_status name_temporary(am_output *output, am_error *err)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(output->final, '/'), *name = slash ? slash + 1 : output->final;
    size_t length = strlen(name);

    if (length > NAME_BYTES)
        return am_fail_errno(err, ENAMETOOLONG, "%s", output->shown);
    if (length > NAME_BYTES - TEMPORARY_BYTES)
        for (length = NAME_BYTES - TEMPORARY_BYTES; length && ((unsigned char)name[length] & 0xc0) == 0x80;)
            length--;
    directory_of(output->final, directory);
    (void)snprintf(output->temporary, sizeof output->temporary, "%s%s.%.*s.XXXXXX.part", slash ? directory : "",
                   slash && strcmp(directory, "/") != 0 ? "/" : "", (int)length, name);
    return AM_OK;
}

/* ------------------------------------------------------------------ refusals */

static bool is_input(const am_output *output, const struct stat *info)
{
    for (size_t i = 0; i < output->input_count; i++)
        if (output->inputs[i].device == info->st_dev && output->inputs[i].inode == info->st_ino)
            return true;
    return false;
}

static am_status remember_inputs(am_output *output, const char *const *inputs, size_t count, am_error *err)
{
    output->inputs = am_acquire(output->allocator, count, sizeof *output->inputs);
    if (!output->inputs)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", output->shown);
    for (size_t i = 0; i < count; i++) {
        struct stat info;

        if (!inputs[i] || (strcmp(inputs[i], "-") == 0 ? fstat(STDIN_FILENO, &info) : stat(inputs[i], &info)) != 0)
            continue;
        output->inputs[output->input_count++] = (file_id){ info.st_dev, info.st_ino };
    }
    return AM_OK;
}

/* What stands under the final name now, if anything, may be replaced. */
static am_status check_final(const am_output *output, am_error *err)
{
    struct stat info;

    if (stat(output->final, &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return AM_OK;
        return am_fail_errno(err, errno, "%s", output->shown);
    }
    if (S_ISDIR(info.st_mode))
        return am_fail(err, AM_ERR_IO, "%s is a directory: name a file", output->shown);
    if (!S_ISREG(info.st_mode))
        return am_fail(err, AM_ERR_IO, "%s is a device or pipe: name a file, or - for standard output", output->shown);
    if (is_input(output, &info))
        return am_fail(err, AM_ERR_EXISTS, "%s is an input: an input is never overwritten, name another file", output->shown);
    if (!output->overwrite)
        return am_fail(err, AM_ERR_EXISTS, "%s exists; use --force to overwrite it", output->shown);
    return AM_OK;
}

static am_status check_directory(const am_output *output, am_error *err)
{
    char directory[PATH_MAX];
    struct stat info;

    directory_of(output->final, directory);
    if (stat(directory, &info) != 0)
        return errno == ENOENT ? am_fail(err, AM_ERR_IO, "%s: there is no directory %s: make it first", output->shown, directory)
                               : am_fail_errno(err, errno, "%s: directory %s", output->shown, directory);
    if (!S_ISDIR(info.st_mode))
        return am_fail(err, AM_ERR_IO, "%s: %s is not a directory", output->shown, directory);
    if (output->final[0] == '\0' || output->final[strlen(output->final) - 1] == '/')
        return am_fail(err, AM_ERR_IO, "\"%s\" is not the name of a file", output->shown);
    return AM_OK;
}

/* ------------------------------------------------------------------ open */

static am_status open_stdout(am_output *output, am_error *err)
{
    struct stat info;
    char by_descriptor[32];
    const char *directory = getenv("TMPDIR");

    if (fstat(STDOUT_FILENO, &info) != 0)
        return am_fail_errno(err, errno, "standard output");
    if (S_ISREG(info.st_mode) && is_input(output, &info))
        return am_fail(err, AM_ERR_EXISTS, "standard output is an input: an input is never overwritten");
    output->to_stdout = true;
    (void)snprintf(output->shown, sizeof output->shown, "standard output");
    if (snprintf(output->temporary, PATH_MAX, "%s/automaster.XXXXXX.part", directory && *directory ? directory : "/tmp") >= PATH_MAX)
        return am_fail_errno(err, ENAMETOOLONG, "%s", output->temporary);
    output->fd = am_file_create_unique(output->temporary, 0600);
    if (output->fd < 0)
        return am_fail_errno(err, errno, "cannot make a temporary file for standard output (%s)", output->temporary);
    output->named = true;
    (void)snprintf(by_descriptor, sizeof by_descriptor, "/dev/fd/%d", output->fd);
    if (access(by_descriptor, R_OK | W_OK) == 0) {      /* nameless from now on: not even SIGKILL leaves it behind */
        (void)unlink(output->temporary);
        strcpy(output->temporary, by_descriptor);
        output->named = false;
    }
    return AM_OK;
}

static am_status open_beside(am_output *output, const char *path, am_error *err)
{
    char directory[PATH_MAX];
    am_status st = follow_links(path, output->shown, output->final, err);

    st = st ? st : check_directory(output, err);
    st = st ? st : check_final(output, err);
    st = st ? st : name_temporary(output, err);
    if (st)
        return st;
    output->fd = am_file_create_unique(output->temporary, 0666);
    directory_of(output->final, directory);
    if (output->fd < 0)
        return am_fail_errno(err, errno, "%s: cannot write in directory %s", output->shown, directory);
    output->named = true;
    return AM_OK;
}

am_status am_output_open(const char *path, bool overwrite, const char *const *inputs, size_t input_count,
                         const am_allocator *allocator, am_output **out, am_error *err)
{
    am_output *output = am_acquire(allocator, 1, sizeof *output);
    am_status st;

    if (!output)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    output->allocator = allocator;
    output->overwrite = overwrite;
    output->fd = -1;
    am_encoding_show_path(path, output->shown);
    st = remember_inputs(output, inputs, input_count, err);
    if (!st)
        st = strcmp(path, "-") == 0 ? open_stdout(output, err) : open_beside(output, path, err);
    if (st) {
        am_output_close(output);
        return st;
    }
    *out = output;
    return AM_OK;
}

/* ------------------------------------------------------------------ use */

const char *am_output_temporary(const am_output *output)
{
    return output->temporary;
}

int am_output_descriptor(const am_output *output)
{
    return output->fd;
}

am_status am_output_write(am_output *output, const void *bytes, size_t count, am_error *err)
{
    if (am_file_write(output->fd, bytes, count))
        return AM_OK;
    return am_fail_errno(err, errno, "%s: cannot write", output->shown);
}

am_status am_output_sink(void *output, const void *bytes, size_t count, am_error *err) { return am_output_write(output, bytes, count, err); }

/* ------------------------------------------------------------------ commit */

/* Not overwriting must hold even if another program makes the file this moment. */
static bool rename_if_absent(const char *from, const char *to)
{
#ifdef RENAME_NOREPLACE
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
#endif
    if (link(from, to) != 0)
        return false;
    (void)unlink(from);
    return true;
}

/* A directory's own entry survives a power cut only once the directory is flushed; not every file system can. */
static void flush_directory(const am_output *output)
{
    char directory[PATH_MAX];
    int fd;

    directory_of(output->final, directory);
    fd = am_file_open(directory, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

static am_status commit_file(am_output *output, am_error *err)
{
    am_status st = check_final(output, err);
    int fd = output->fd;

    if (st)
        return st;
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return am_fail_errno(err, errno, "%s: cannot write", output->shown);
    output->fd = -1;
    if (close(fd) != 0 && errno != EINTR)
        return am_fail_errno(err, errno, "%s: cannot write", output->shown);
    if (output->overwrite ? rename(output->temporary, output->final) != 0 : !rename_if_absent(output->temporary, output->final))
        return errno == EEXIST ? am_fail(err, AM_ERR_EXISTS, "%s exists; use --force to overwrite it", output->shown)
                               : am_fail_errno(err, errno, "%s: cannot rename the finished file", output->shown);
    output->named = false;
    flush_directory(output);
    return AM_OK;
}

/* 0 or an errno. */
static int copy_to_stdout(int fd)
{
    char bytes[COPY_BYTES];
    uint64_t position = 0;

    for (;;) {
        const int64_t got = am_file_read_at(fd, bytes, sizeof bytes, position);

        if (got < 0)
            return errno;
        if (got == 0)
            return 0;
        if (!am_file_write(STDOUT_FILENO, bytes, (size_t)got))
            return errno;
        position += (uint64_t)got;
    }
}

/* A reader that went away is an error here, not a signal: SIGPIPE is held back for this thread and taken out of the queue. */
static am_status commit_stdout(am_output *output, am_error *err)
{
    const struct timespec now = { 0 };
    sigset_t pipe_only, before, pending;
    int reason;
    bool was_pending;

    (void)sigemptyset(&pipe_only);
    (void)sigaddset(&pipe_only, SIGPIPE);
    (void)sigpending(&pending);
    was_pending = sigismember(&pending, SIGPIPE) == 1;
    (void)pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    reason = copy_to_stdout(output->fd);
    if (reason == EPIPE && !was_pending)
        (void)sigtimedwait(&pipe_only, NULL, &now);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return reason ? am_fail_errno(err, reason, "standard output: cannot write") : AM_OK;
}

am_status am_output_commit(am_output *output, am_error *err)
{
    if (output->fd < 0)
        return am_fail(err, AM_ERR_STATE, "%s: committed already", output->shown);
    return output->to_stdout ? commit_stdout(output, err) : commit_file(output, err);
}

void am_output_close(am_output *output)
{
    if (!output)
        return;
    if (output->named)
        (void)unlink(output->temporary);
    if (output->fd >= 0)
        (void)close(output->fd);
    am_forget(output->allocator, output->inputs);
    am_forget(output->allocator, output);
}
