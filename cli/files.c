#include "cli/files.h"

#include "cli/options.h"
#include "cli/values.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_LIMIT = 64 << 20 };

#define LOSSY ".ogg .oga .opus .mp3 .m4a .aac .mp4"
#define WRITABLE ".wav .rf64 .w64 .flac .aif .aiff .caf .ogg .opus .mp3"

static am_status refuse(am_error *err, am_status status, const char *format, ...) AM_PRINTF(3, 4);

static am_status refuse(am_error *err, am_status status, const char *format, ...)
{
    va_list args;

    err->status = status;
    va_start(args, format);
    (void)vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return status;
}

static am_status system_failed(am_error *err, const char *path)
{
    const int code = errno;
    const am_status status = code == ENOSPC || code == EDQUOT || code == EFBIG ? AM_ERR_NOSPACE :
                             code == ENOMEM ? AM_ERR_NOMEM : code == EEXIST ? AM_ERR_EXISTS : AM_ERR_IO;

    return refuse(err, status, "%.400s: %s", path, strerror(code));
}

static am_status read_all(FILE *file, const char *path, char **bytes, size_t *length, am_error *err)
{
    size_t room = 1 << 16, used = 0;
    char *text = malloc(room + 1);

    while (text) {
        used += fread(text + used, 1, room - used, file);
        if (used < room || room >= READ_LIMIT)
            break;
        char *grown = realloc(text, 2 * room + 1);

        if (!grown)
            free(text);
        text = grown;
        room *= 2;
    }
    if (!text)
        return refuse(err, AM_ERR_NOMEM, "%.400s: out of memory", path);
    if (ferror(file) || used >= READ_LIMIT) {
        free(text);
        return ferror(file) ? system_failed(err, path) : refuse(err, AM_ERR_FORMAT, "%.400s: too long for a plan or report", path);
    }
    text[used] = '\0';
    *bytes = text;
    *length = used;
    return AM_OK;
}

am_status file_read(const char *path, char **bytes, size_t *length, am_error *err)
{
    FILE *file = fopen(name_source(path), "rb");
    am_status st;

    if (!file)
        return system_failed(err, path);
    st = read_all(file, path, bytes, length, err);
    (void)fclose(file);
    return st;
}

/* Writing goes to what a symbolic link points to. */
static bool resolve(const char *path, char *out)
{
    char *real = realpath(path, NULL);
    const int length = snprintf(out, PATH_SIZE, "%s", real ? real : path);

    free(real);
    return length > 0 && length < PATH_SIZE;
}

static int open_beside(const char *path, char *temporary)
{
    const char *base = name_base(path);

    for (int i = 0; i < 100; i++) {
        int fd;

        (void)snprintf(temporary, PATH_SIZE + 64, "%.*s.automaster-%ld-%d.tmp", (int)(base - path), path, (long)getpid(), i);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static bool write_all(int fd, const char *text, size_t left)
{
    while (left) {
        const ssize_t n = write(fd, text, left);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
    return fsync(fd) == 0 || errno == EINVAL;
}

/* link refuses where rename would replace; file systems without links get rename after a look. */
static bool put_in_place(const char *temporary, const char *path, bool overwrite)
{
    if (overwrite)
        return rename(temporary, path) == 0;
    if (link(temporary, path) == 0)
        return unlink(temporary) == 0;
    if (errno == EEXIST)
        return false;
    if (file_exists(path)) {
        errno = EEXIST;
        return false;
    }
    return rename(temporary, path) == 0;
}

am_status file_write(const char *path, const char *text, bool overwrite, am_error *err)
{
    return file_write_bytes(path, text, strlen(text), overwrite, err);
}

am_status file_write_bytes(const char *path, const void *bytes, size_t count, bool overwrite, am_error *err)
{
    char target[PATH_SIZE], temporary[PATH_SIZE + 64];
    struct stat info;
    am_status st = AM_OK;
    int fd;

    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, bytes, count) ? AM_OK : system_failed(err, "standard output");
    if (!resolve(path, target))
        return refuse(err, AM_ERR_IO, "%.400s: the name is too long", path);
    if (stat(target, &info) == 0 && !S_ISREG(info.st_mode))
        return refuse(err, AM_ERR_IO, "%.400s: not a regular file", path);
    fd = open_beside(target, temporary);
    if (fd < 0)
        return system_failed(err, path);
    if (!write_all(fd, bytes, count))
        st = system_failed(err, path);
    if (close(fd) != 0 && !st)
        st = system_failed(err, path);
    if (!st && !put_in_place(temporary, target, overwrite))
        st = system_failed(err, path);
    if (st)
        (void)unlink(temporary);
    return st;
}

bool file_exists(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

bool file_is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

am_status folder_make(const char *path, am_error *err)
{
    if (mkdir(path, 0777) && errno != EEXIST)
        return refuse(err, AM_ERR_IO, "%.400s: the folder cannot be made: %s", path, strerror(errno));
    return AM_OK;
}

bool file_same(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

const char *name_source(const char *given)
{
    return strcmp(given, "-") == 0 ? "/dev/stdin" : given;
}

const char *name_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

const char *name_suffix(const char *path)
{
    const char *base = name_base(path), *dot = strrchr(base, '.');

    return dot && dot != base ? dot : base + strlen(base);
}

static bool one_of(const char *suffix, const char *words)
{
    char lower[8];
    size_t i;

    for (i = 0; suffix[i] && i < sizeof lower - 1; i++)
        lower[i] = (char)(suffix[i] >= 'A' && suffix[i] <= 'Z' ? suffix[i] + 32 : suffix[i]);
    return i > 1 && !suffix[i] && choice_find(words, lower, i) >= 0;
}

bool suffix_is_audio(const char *suffix)
{
    return one_of(suffix, ".wav .wave .rf64 .w64 .flac .aif .aiff .aifc .caf .au .snd " LOSSY);
}

bool suffix_is_writable(const char *suffix)
{
    return one_of(suffix, WRITABLE);
}

bool suffix_is_lossy(const char *suffix)
{
    return one_of(suffix, LOSSY);
}

static bool keeps_suffix(const char *suffix, unsigned bits)
{
    return one_of(suffix, ".wav .rf64 .w64 .aif .aiff .caf") || (bits != 32 && one_of(suffix, ".flac"));
}

static am_status put_name(char *out, am_error *err, const char *format, ...) AM_PRINTF(3, 4);

static am_status put_name(char *out, am_error *err, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(out, PATH_SIZE, format, args);
    va_end(args);
    if (length < 0 || length >= PATH_SIZE)
        return refuse(err, AM_ERR_RANGE, "%.400s...: the name is too long", out);
    return AM_OK;
}

am_status name_output(const char *input, const char *output, unsigned bits, bool several, char *out, am_error *err)
{
    const char *suffix = name_suffix(input), *base = name_base(input), *kept = keeps_suffix(suffix, bits) ? suffix : ".wav";
    const size_t length = output ? strlen(output) : 0;
    const bool slash = length && output[length - 1] == '/', there = output && file_is_folder(output),
               folder = slash || there || (length && several && !*name_suffix(output) && !file_exists(output));

    if (output && !folder && several)
        return refuse(err, AM_ERR_RANGE, "--output %.400s: several inputs need a folder", output);
    if (folder && !slash && !several && suffix_is_audio(name_suffix(output)))
        return refuse(err, AM_ERR_RANGE, "--output %.400s: a folder with the name of an audio file; put a slash behind it",
                      output);
    if (output && !folder && *name_suffix(output) && !suffix_is_writable(name_suffix(output)))
        return refuse(err, AM_ERR_RANGE, "--output %.400s: unknown kind of file; known: " WRITABLE, output);
    if (output && !folder)
        return put_name(out, err, "%s", output);
    if (strcmp(input, "-") == 0)
        return refuse(err, AM_ERR_RANGE, "standard input has no name to make one from: --output FILE is missing");
    if (folder)
        return put_name(out, err, "%s%s%.*s_master%s", output, slash ? "" : "/", (int)(suffix - base), base, kept);
    return put_name(out, err, "%.*s_master%s", (int)(suffix - input), input, kept);
}

am_status name_beside(const char *path, const char *suffix, char *out, am_error *err)
{
    return put_name(out, err, "%.*s%s", (int)(name_suffix(path) - path), path, suffix);
}

am_status name_report(const char *path, char *out, am_error *err) { return name_beside(path, ".json", out, err); }
