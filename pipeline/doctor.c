#include <automaster/automaster.h>

#include "base/error.h"
#include "base/memory.h"

#include <cjson/cJSON.h>
#include <ebur128.h>
#include <fftw3.h>
#include <sndfile.h>
#include <soxr.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

static void put_formats_read(page *p)
{
    const char *last = "";
    int count = 0;

    put(p, "reads:");
    (void)sf_command(NULL, SFC_GET_FORMAT_MAJOR_COUNT, &count, sizeof count);
    for (int i = 0; i < count; i++) {
        SF_FORMAT_INFO info = { .format = i };

        if (sf_command(NULL, SFC_GET_FORMAT_MAJOR, &info, sizeof info) != 0 || !info.extension || strcmp(info.extension, last) == 0)
            continue;
        last = info.extension;
        put(p, " %s", info.format == SF_FORMAT_MPEG ? "mp3" : last);
    }
    put(p, "\n");
}

static void put_formats_written(page *p)
{
    static const struct {
        const char *suffix;
        int format;
    } kinds[] = {
        { "wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24 }, { "rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_24 },
        { "w64", SF_FORMAT_W64 | SF_FORMAT_PCM_24 }, { "flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24 },
        { "aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24 }, { "caf", SF_FORMAT_CAF | SF_FORMAT_PCM_24 },
        { "ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS }, { "opus", SF_FORMAT_OGG | SF_FORMAT_OPUS },
        { "mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III },
    };

    put(p, "writes:");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const SF_INFO info = { .samplerate = 48000, .channels = 2, .format = kinds[i].format };

        if (sf_format_check(&info))
            put(p, " %s", kinds[i].suffix);
    }
    put(p, "\n");
}

am_status am_library_info(const am_allocator *allocator, char **text, am_error *err)
{
    page p = { .used = 0 };
    int major, minor, patch;

    ebur128_get_version(&major, &minor, &patch);
    put(&p, "engine: automaster %s\n", am_version());
    put(&p, "compiler: " __VERSION__ "\n");
    put(&p, "simd: %s\n", simd_variant());
    put(&p, "fftw: %s\n", fftwf_version);
    put(&p, "sndfile: %s\n", sf_version_string());
    put(&p, "ebur128: %d.%d.%d\n", major, minor, patch);
    put(&p, "soxr: %s\n", soxr_version());
    put(&p, "cjson: %s\n", cJSON_Version());
    put_formats_read(&p);
    put_formats_written(&p);
    *text = am_string_copy(allocator, p.text, p.used);
    return *text ? AM_OK : am_fail(err, AM_ERR_NOMEM, "out of memory");
}
