#include "io/formats.h"

#include <sndfile.h>
#include <stdio.h>
#include <string.h>

const char *am_formats_version(void)
{
    return sf_version_string();
}

static void add_word(char *out, size_t size, const char *word)
{
    const size_t used = strlen(out);

    (void)snprintf(out + used, size - used, "%s%s", used ? " " : "", word);
}

void am_formats_read(char *out, size_t size)
{
    const char *last = "";
    int count = 0;

    out[0] = '\0';
    (void)sf_command(NULL, SFC_GET_FORMAT_MAJOR_COUNT, &count, sizeof count);
    for (int i = 0; i < count; i++) {
        SF_FORMAT_INFO info = { .format = i };

        if (sf_command(NULL, SFC_GET_FORMAT_MAJOR, &info, sizeof info) != 0 || !info.extension || strcmp(info.extension, last) == 0)
            continue;
        last = info.extension;
        add_word(out, size, info.format == SF_FORMAT_MPEG ? "mp3" : info.format == SF_FORMAT_OGG ? "ogg oga opus" : last);
    }
}

void am_formats_written(char *out, size_t size)
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

    out[0] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const SF_INFO info = { .samplerate = 48000, .channels = 2, .format = kinds[i].format };

        if (sf_format_check(&info))
            add_word(out, size, kinds[i].suffix);
    }
}
