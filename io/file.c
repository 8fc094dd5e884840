#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_DESCRIPTOR = 3, TRIES = 100 };

static int lift(int fd)
{
    int lifted, reason;

    if (fd < 0 || fd >= FIRST_DESCRIPTOR)
        return fd;
    lifted = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
    reason = errno;
    (void)close(fd);
    errno = reason;
    return lifted;
}

int am_file_open(const char *path, int flags, unsigned mode)
{
    int fd;

    do {
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY, (mode_t)mode);
    } while (fd < 0 && errno == EINTR);
    return lift(fd);
}

int64_t am_file_read_at(int fd, void *bytes, size_t count, uint64_t position)
{
    size_t done = 0;

    if (position > INT64_MAX - count)
        return 0;
    while (done < count) {
        const ssize_t got = pread(fd, (char *)bytes + done, count - done, (off_t)(position + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (int64_t)done;
}

/* position NULL: where the descriptor stands */
static bool write_fully(int fd, const char *bytes, size_t count, const uint64_t *position)
{
    size_t done = 0;

    while (done < count) {
        const ssize_t put = position ? pwrite(fd, bytes + done, count - done, (off_t)(*position + done))
                                     : write(fd, bytes + done, count - done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            errno = put < 0 ? errno : ENOSPC;
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

bool am_file_write_at(int fd, const void *bytes, size_t count, uint64_t position)
{
    return write_fully(fd, bytes, count, &position);
}

bool am_file_write(int fd, const void *bytes, size_t count)
{
    return write_fully(fd, bytes, count, NULL);
}

static uint64_t random_bits(int try)
{
    struct timespec now;
    uint64_t bits;

    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) == (ssize_t)sizeof bits)
        return bits;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_nsec << 20 ^ (uint64_t)getpid() ^ (uint64_t)try << 40) * 0x9e3779b97f4a7c15u >> 16;
}

int am_file_create_unique(char *name, unsigned mode)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char *spot = strstr(name, "XXXXXX");

    for (char *next = spot; next; next = strstr(next + 1, "XXXXXX"))    /* the last one: a name may hold the letters too */
        spot = next;
    for (int try = 0; spot && try < TRIES; try++) {
        uint64_t bits = random_bits(try);
        int fd;

        for (int i = 0; i < 6; i++, bits /= sizeof letters - 1)
            spot[i] = letters[bits % (sizeof letters - 1)];
        fd = am_file_open(name, O_RDWR | O_CREAT | O_EXCL, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    errno = EEXIST;
    return -1;
}

int am_file_temporary(void)
{
    const char *directory = getenv("TMPDIR");
    char name[4096];
    int fd;

    if (!directory || !*directory)
        directory = "/tmp";
    if (snprintf(name, sizeof name, "%s/automaster.XXXXXX", directory) >= (int)sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = am_file_create_unique(name, 0600);
    if (fd >= 0)
        (void)unlink(name);
    return fd;
}
