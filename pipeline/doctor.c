#include <automaster/automaster.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/formats.h"
#include "report/picture.h"

#include <cjson/cJSON.h>
#include <ebur128.h>
#include <fftw3.h>
#include <soxr.h>
#include <stdarg.h>
#include <stdio.h>

typedef struct page {
    char text[4096];
    size_t used;
} page;

static void put(page *p, const char *format, ...) AM_PRINTF(2, 3);

static void put(page *p, const char *format, ...)
{
    const size_t room = sizeof p->text - p->used;
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(p->text + p->used, room, format, args);
    va_end(args);
    if (length > 0)
        p->used += (size_t)length < room ? (size_t)length : room - 1;
}

static const char *simd_variant(void)
{
#if !defined AM_SIMD_CLONES || !defined __x86_64__ || defined __clang__
    return "as compiled";
#else
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "x86-64-v4";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma"))
        return "x86-64-v3";
    return "x86-64";
#endif
}

am_status am_library_info(const am_allocator *allocator, char **text, am_error *err)
{
    page p = { .used = 0 };
    char words[512];
    int major, minor, patch;

    if (!text)
        return am_fail(err, AM_ERR_RANGE, "am_library_info: text is NULL");
    ebur128_get_version(&major, &minor, &patch);
    put(&p, "engine: automaster %s\n", am_version());
    put(&p, "compiler: " __VERSION__ "\n");
    put(&p, "simd: %s\n", simd_variant());
    put(&p, "fftw: %s\n", fftwf_version);
    put(&p, "sndfile: %s\n", am_formats_version());
    put(&p, "ebur128: %d.%d.%d\n", major, minor, patch);
    put(&p, "soxr: %s\n", soxr_version());
    put(&p, "cjson: %s\n", cJSON_Version());
    put(&p, "pictures: %s\n", am_picture_formats());
    am_formats_read(words, sizeof words);
    put(&p, "reads: %s\n", words);
    am_formats_written(words, sizeof words);
    put(&p, "writes: %s\n", words);
    *text = am_string_copy(allocator, p.text, p.used);
    return *text ? AM_OK : am_fail(err, AM_ERR_NOMEM, "out of memory");
}
