/* fuzz_decode.c - any bytes as an audio file to measure */
#include <automaster/automaster.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static am_analysis analysis;
    static am_source source;
    am_options options;
    am_error err = { 0 };
    char path[64];
    const int fd = memfd_create("fuzz", 0);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    AM_OPTIONS_INIT(&options);
    if (am_analyze_file(path, &options, &analysis, &source, &err) && (!err.status || !err.message[0]))
        abort();
    close(fd);
    return 0;
}
