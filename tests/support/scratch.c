#include "tests/support/scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[256];

static void require(int good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(2);
}

const char *scratch_open(void)
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(directory, sizeof directory, "%s/automaster-test.XXXXXX", base && *base ? base : "/tmp");
    require(mkdtemp(directory) != NULL, directory);
    return directory;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void scratch_close(void)
{
    (void)nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int scratch_setup(void **state)
{
    (void)state;
    scratch_open();
    return 0;
}

int scratch_teardown(void **state)
{
    (void)state;
    scratch_close();
    return 0;
}

const char *scratch_path(const char *name)
{
    static char paths[8][600];
    static int next;
    char *path = paths[next++ % 8];

    require(snprintf(path, sizeof *paths, "%s/%s", directory, name) < (int)sizeof *paths, name);
    return path;
}

void scratch_write(const char *name, const void *bytes, size_t count)
{
    FILE *file = fopen(scratch_path(name), "wb");

    require(file != NULL, name);
    require(fwrite(bytes, 1, count, file) == count, name);
    require(fclose(file) == 0, name);
}

uint8_t *scratch_read(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;
    long size;

    *count = 0;
    if (!file)
        return NULL;
    require(fseek(file, 0, SEEK_END) == 0, path);
    size = ftell(file);
    require(size >= 0, path);
    rewind(file);
    bytes = malloc((size_t)size + 1);
    require(bytes != NULL, path);
    *count = fread(bytes, 1, (size_t)size, file);
    (void)fclose(file);
    return bytes;
}

size_t scratch_count(void)
{
    DIR *entries = opendir(directory);
    size_t count = 0;

    require(entries != NULL, directory);
    while (readdir(entries))
        count++;
    (void)closedir(entries);
    return count - 2;
}
