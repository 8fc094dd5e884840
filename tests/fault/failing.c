/* failing.c - preloaded into a program, makes the k-th call of one kind fail
 *
 *   FAIL_KIND    alloc (malloc, calloc, realloc and so on, called from the program itself), write, sync or rename
 *   FAIL_AT      k, from 1; 0 fails none
 *   FAIL_COUNT   file that gets the number of calls when the program ends
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static atomic_long calls;
static long fail_at;
static const char *kind = "", *count_path;
static void *program_base;

__attribute__((constructor)) static void begin(void)
{
    Dl_info info;
    const char *at = getenv("FAIL_AT");
    if (dladdr((void *)getauxval(AT_ENTRY), &info))
        program_base = info.dli_fbase;
    count_path = getenv("FAIL_COUNT");
    fail_at = at ? atol(at) : 0;
    if (getenv("FAIL_KIND"))
        kind = getenv("FAIL_KIND");
    atomic_store(&calls, 0);
}

__attribute__((destructor)) static void end(void)
{
    FILE *out = count_path ? fopen(count_path, "w") : NULL;
    if (out) {
        fprintf(out, "%ld\n", atomic_load(&calls));
        fclose(out);
    }
}

static int fails(const char *what, int error)
{
    if (strcmp(what, kind) != 0 || atomic_fetch_add(&calls, 1) + 1 != fail_at)
        return 0;
    errno = error;
    return 1;
}

static int allocation_fails(void *caller)
{
    Dl_info info;
    return program_base && strcmp(kind, "alloc") == 0 && dladdr(caller, &info) && info.dli_fbase == program_base && fails("alloc", ENOMEM);
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
    return allocation_fails(CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return allocation_fails(CALLER) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return allocation_fails(CALLER) ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return allocation_fails(CALLER) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = allocation_fails(CALLER) ? NULL : __libc_memalign(alignment, size);
    if (!memory)
        return ENOMEM;
    *out = memory;
    return 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Talk on the standard streams is left alone. */
ssize_t write(int fd, const void *bytes, size_t size)
{
    return fd > 2 && fails("write", ENOSPC) ? -1 : NEXT(write)(fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return fd > 2 && fails("write", ENOSPC) ? -1 : NEXT(pwrite)(fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    return fd > 2 && fails("write", ENOSPC) ? -1 : NEXT(pwrite64)(fd, bytes, size, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return fd > 2 && fails("write", ENOSPC) ? -1 : NEXT(writev)(fd, parts, count);
}

int fsync(int fd)
{
    return fails("sync", EIO) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
    return fails("sync", EIO) ? -1 : NEXT(fdatasync)(fd);
}

int rename(const char *from, const char *to)
{
    return fails("rename", EACCES) ? -1 : NEXT(rename)(from, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return fails("rename", EACCES) ? -1 : NEXT(renameat2)(from_dir, from, to_dir, to, flags);
}

int link(const char *from, const char *to)
{
    return fails("rename", EACCES) ? -1 : NEXT(link)(from, to);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return fails("rename", EACCES) ? -1 : NEXT(linkat)(from_dir, from, to_dir, to, flags);
}
