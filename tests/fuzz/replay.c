/* replay.c - a main for fuzz targets without a fuzzer: runs the target on each file named and on three of its prefixes */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(1 << 22), *exact;
    if (!file || !bytes) {
        perror(path);
        return 1;
    }
    const size_t size = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    /* Copies of exactly the size, so that a sanitizer sees the first byte read beyond it. */
    const size_t lengths[] = { size, size / 2, size > 0 ? size - 1 : 0, size * 3 / 4 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        exact = malloc(lengths[i] + !lengths[i]);
        if (!exact)
            return 1;
        for (size_t k = 0; k < lengths[i]; k++)
            exact[k] = bytes[k];
        LLVMFuzzerTestOneInput(exact, lengths[i]);
        free(exact);
    }
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    int status = argc < 2;
    for (int i = 1; i < argc; i++)
        status |= replay(argv[i]);
    return status;
}
