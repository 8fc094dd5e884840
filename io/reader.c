#include "io/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "io/file.h"
#include "io/foreign.h"
#include "io/header.h"
#include "io/samples.h"
#include "io/reader_private.h"
#include "io/encoding.h"

enum { CHUNK_FRAMES = 4096, MAX_CHANNELS = 8, MIN_RATE_HZ = 8000, MAX_RATE_HZ = 384000, COPY_BYTES = 1 << 18 };

typedef enum sample_kind { SAMPLE_SHORT, SAMPLE_INT, SAMPLE_FLOAT } sample_kind;

struct am_reader {
    const am_allocator *allocator;
    int fd, decoded;                /* the file's bytes; what ffmpeg made of them, or -1 */
    am_source source;
    char shown[AM_ENCODING_SHOWN];
    am_header header;
    char early_end[160];            /* a warning that only the end of the audio gives */
    const char *warnings[AM_HEADER_WARNINGS + 2];
    void *interleaved;              /* CHUNK_FRAMES frames of kind */
    sample_kind kind;

    /* one pass, until rewind */
    SNDFILE *file;
    uint64_t position, bytes;       /* in what libsndfile reads */
    uint64_t frames_read;
    int io_errno;
};

/* ------------------------------------------------------------------ the file as libsndfile sees it */

static sf_count_t stream_length(void *context)
{
    return (sf_count_t)((am_reader *)context)->bytes;
}

static sf_count_t stream_tell(void *context)
{
    return (sf_count_t)((am_reader *)context)->position;
}

static sf_count_t stream_seek(sf_count_t offset, int whence, void *context)
{
    am_reader *r = context;
    const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (sf_count_t)r->position : (sf_count_t)r->bytes;
    sf_count_t position;

    if (__builtin_add_overflow(base, offset, &position) || position < 0)
        return -1;
    r->position = (uint64_t)position;
    return position;
}

static void apply_patches(const am_header *header, uint64_t position, uint8_t *bytes, size_t count)
{
    for (uint32_t p = 0; p < header->patch_count; p++)
        for (uint32_t i = 0; i < header->patches[p].count; i++) {
            const uint64_t spot = header->patches[p].offset + i;

            if (spot >= position && spot - position < count)
                bytes[spot - position] = header->patches[p].bytes[i];
        }
}

static sf_count_t stream_read(void *bytes, sf_count_t count, void *context)
{
    am_reader *r = context;
    int64_t got;

    if (count <= 0)
        return 0;
    got = am_file_read_at(r->decoded >= 0 ? r->decoded : r->fd, bytes, (size_t)count, r->position);
    if (got < 0) {
        r->io_errno = errno;
        return 0;
    }
    if (r->decoded < 0)
        apply_patches(&r->header, r->position, bytes, (size_t)got);
    r->position += (uint64_t)got;
    return got;
}

static sf_count_t stream_write(const void *bytes, sf_count_t count, void *context)
{
    (void)bytes;
    (void)count;
    (void)context;
    return 0;
}

static SNDFILE *open_stream(am_reader *r, SF_INFO *info)
{
    SF_VIRTUAL_IO stream = { stream_length, stream_seek, stream_read, stream_write, stream_tell };

    memset(info, 0, sizeof *info);
    r->position = 0;
    r->frames_read = 0;
    r->io_errno = 0;
    return sf_open_virtual(&stream, SFM_READ, info, r);
}

/* libsndfile prints when it is asked for the words of a number that it does not know. */
static const char *reason_of(SNDFILE *file)
{
    const int failure = sf_error(file);

    return failure > 0 ? sf_error_number(failure) : "the decoder cannot go on";
}

/* ------------------------------------------------------------------ what it is */

typedef struct encoding {
    int subtype;
    uint32_t bits;                  /* 0: lossy */
    sample_kind kind;
    const char *words;
} encoding;

static const encoding encodings[] = {
    { SF_FORMAT_PCM_S8, 8, SAMPLE_SHORT, " 8 bit" },
    { SF_FORMAT_PCM_U8, 8, SAMPLE_SHORT, " 8 bit" },
    { SF_FORMAT_PCM_16, 16, SAMPLE_SHORT, " 16 bit" },
    { SF_FORMAT_PCM_24, 24, SAMPLE_INT, " 24 bit" },
    { SF_FORMAT_PCM_32, 32, SAMPLE_INT, " 32 bit" },
    { SF_FORMAT_FLOAT, 32, SAMPLE_FLOAT, " 32-bit float" },
    { SF_FORMAT_DOUBLE, 64, SAMPLE_FLOAT, " 64-bit float" },
    { SF_FORMAT_ALAC_16, 16, SAMPLE_FLOAT, " ALAC 16 bit" },
    { SF_FORMAT_ALAC_20, 24, SAMPLE_FLOAT, " ALAC 20 bit" },
    { SF_FORMAT_ALAC_24, 24, SAMPLE_FLOAT, " ALAC 24 bit" },
    { SF_FORMAT_ALAC_32, 32, SAMPLE_FLOAT, " ALAC 32 bit" },
    { SF_FORMAT_DWVW_12, 16, SAMPLE_FLOAT, " DWVW 12 bit" },
    { SF_FORMAT_DWVW_16, 16, SAMPLE_FLOAT, " DWVW 16 bit" },
    { SF_FORMAT_DWVW_24, 24, SAMPLE_FLOAT, " DWVW 24 bit" },
    { SF_FORMAT_VORBIS, 0, SAMPLE_FLOAT, " Vorbis" },
    { SF_FORMAT_ULAW, 0, SAMPLE_FLOAT, " u-law" },
    { SF_FORMAT_ALAW, 0, SAMPLE_FLOAT, " A-law" },
    { SF_FORMAT_IMA_ADPCM, 0, SAMPLE_FLOAT, " IMA ADPCM" },
    { SF_FORMAT_MS_ADPCM, 0, SAMPLE_FLOAT, " MS ADPCM" },
    { SF_FORMAT_GSM610, 0, SAMPLE_FLOAT, " GSM 6.10" },
};

static const encoding *encoding_of(int format)
{
    static const encoding other = { 0, 0, SAMPLE_FLOAT, " compressed" };

    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (encodings[i].subtype == (format & SF_FORMAT_SUBMASK))
            return &encodings[i];
    return &other;
}

static const char *container_words(const am_reader *r, int format)
{
    switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX: return "WAV";
    case SF_FORMAT_RF64: return r->header.container == AM_CONTAINER_BW64 ? "BW64" : "RF64";
    case SF_FORMAT_W64: return "W64";
    case SF_FORMAT_AIFF: return "AIFF";
    case SF_FORMAT_CAF: return "CAF";
    case SF_FORMAT_FLAC: return "FLAC";
    case SF_FORMAT_OGG: return "Ogg";
    case SF_FORMAT_AU: return "AU";
    default: return "audio";
    }
}

static void describe(am_reader *r, const SF_INFO *info)
{
    const encoding *e = encoding_of(info->format);
    const int subtype = info->format & SF_FORMAT_SUBMASK;
    am_source *s = &r->source;

    s->rate_hz = (uint32_t)info->samplerate;
    s->channels = (uint32_t)info->channels;
    s->bits = e->bits;
    s->lossy = e->bits == 0;
    s->frames = info->frames > 0 && info->frames < SF_COUNT_MAX ? (uint64_t)info->frames : 0;
    r->kind = e->kind;
    if (r->decoded >= 0) {
        (void)snprintf(s->format, sizeof s->format, "%s", am_header_codec(r->fd, &r->header, &s->bits));
        s->lossy = s->bits == 0;
    } else if (subtype == SF_FORMAT_OPUS) {
        (void)snprintf(s->format, sizeof s->format, "Opus");
    } else if ((info->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG) {
        (void)snprintf(s->format, sizeof s->format, "MP%d", subtype - SF_FORMAT_MPEG_LAYER_I + 1);
    } else {
        (void)snprintf(s->format, sizeof s->format, "%s%s", container_words(r, info->format), e->words);
    }
}

/* ------------------------------------------------------------------ open */

/* A pipe is copied to a temporary file, which takes the place of *fd. */
static am_status spool(const char *shown, int *fd, am_error *err)
{
    char bytes[1 << 16];
    const int copy = am_file_temporary();
    ssize_t got = 0;

    if (copy < 0)
        return am_fail_errno(err, errno, "%s: cannot make a temporary file to read it into", shown);
    while ((got = read(*fd, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || !am_file_write(copy, bytes, (size_t)got))
            break;
    }
    if (got != 0) {
        const am_status st = am_fail_errno(err, errno, got < 0 ? "%s: cannot read" : "%s: cannot keep it in a temporary file", shown);

        (void)close(copy);
        return st;
    }
    (void)close(*fd);
    *fd = copy;
    return AM_OK;
}

static am_status open_bytes(const char *path, const char *shown, int *fd, am_error *err)
{
    struct stat info;

    *fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : am_file_open(path, O_RDONLY, 0);
    if (*fd < 0)
        return am_fail_errno(err, errno, "%s", shown);
    if (fstat(*fd, &info) != 0)
        return am_fail_errno(err, errno, "%s", shown);
    if (S_ISDIR(info.st_mode))
        return am_fail(err, AM_ERR_IO, "%s is a directory: name a file", shown);
    if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode))
        return spool(shown, fd, err);
    if (!S_ISREG(info.st_mode))
        return am_fail(err, AM_ERR_IO, "%s is a device: name a file, or - for a pipe", shown);
    return AM_OK;
}

static am_status check_info(const am_reader *r, const SF_INFO *info, am_error *err)
{
    if (info->samplerate < MIN_RATE_HZ || info->samplerate > MAX_RATE_HZ)
        return am_fail(err, AM_ERR_RANGE, "%s: sample rate %d Hz is outside [%d, %d] Hz", r->shown, info->samplerate, MIN_RATE_HZ,
                       MAX_RATE_HZ);
    if (info->channels < 1 || info->channels > MAX_CHANNELS)
        return am_fail(err, AM_ERR_RANGE, "%s: %d channels; 1 to %d can be read", r->shown, info->channels, MAX_CHANNELS);
    if (info->frames <= 0)
        return am_fail(err, AM_ERR_CONTENT, "%s: holds no audio", r->shown);
    return AM_OK;
}

static am_status measure_stream(am_reader *r, am_error *err)
{
    struct stat info;

    if (fstat(r->decoded >= 0 ? r->decoded : r->fd, &info) != 0)
        return am_fail_errno(err, errno, "%s", r->shown);
    r->bytes = (uint64_t)info.st_size;
    return AM_OK;
}

static am_status open_decoder(am_reader *r, am_error *err)
{
    const bool foreign = r->header.container == AM_CONTAINER_MP4 || r->header.container == AM_CONTAINER_ADTS;
    uint32_t bits;
    am_status st = AM_OK;
    SF_INFO info;

    if (foreign)
        st = am_foreign_decode(r->fd, &r->header, am_header_codec(r->fd, &r->header, &bits), r->shown, &r->decoded, err);
    st = st ? st : measure_stream(r, err);
    if (st)
        return st;
    r->file = open_stream(r, &info);
    if (!r->file && r->io_errno)
        return am_fail_errno(err, r->io_errno, "%s: cannot read", r->shown);
    if (!r->file && am_foreign_name(r->shown))
        return am_foreign_refuse(am_foreign_name(r->shown), r->shown, err);
    if (!r->file)
        return am_fail(err, AM_ERR_FORMAT, "%s: not readable as audio: %s", r->shown, reason_of(NULL));
    st = check_info(r, &info, err);
    if (!st)
        describe(r, &info);
    return st;
}

static am_status open_reader(am_reader *r, const char *path, am_error *err)
{
    static const size_t sizes[] = { [SAMPLE_SHORT] = sizeof(int16_t), [SAMPLE_INT] = sizeof(int32_t), [SAMPLE_FLOAT] = sizeof(float) };
    am_status st = open_bytes(path, r->shown, &r->fd, err);

    st = st ? st : am_header_read(r->fd, r->shown, &r->header, err);
    st = st ? st : open_decoder(r, err);
    if (st)
        return st;
    for (uint32_t i = 0; i < r->header.warning_count; i++)
        r->warnings[i] = r->header.warnings[i];
    r->source.promised_s = r->header.promised_s;
    r->interleaved = am_acquire(r->allocator, CHUNK_FRAMES * r->source.channels, sizes[r->kind]);
    return r->interleaved ? AM_OK : am_fail(err, AM_ERR_NOMEM, "%s: out of memory", r->shown);
}

am_status am_reader_open(const char *path, const am_allocator *allocator, am_reader **out, am_error *err)
{
    am_reader *r = am_acquire(allocator, 1, sizeof *r);
    am_status st;

    if (!r)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    r->allocator = allocator;
    r->fd = r->decoded = -1;
    am_encoding_copy(path, false, r->source.path, sizeof r->source.path);
    am_encoding_show_path(strcmp(path, "-") == 0 ? "standard input" : path, r->shown);
    st = open_reader(r, path, err);
    if (st) {
        am_reader_close(r);
        return st;
    }
    *out = r;
    return AM_OK;
}

void am_reader_close(am_reader *r)
{
    if (!r)
        return;
    if (r->file)
        (void)sf_close(r->file);
    if (r->decoded >= 0)
        (void)close(r->decoded);
    if (r->fd >= 0)
        (void)close(r->fd);
    am_forget(r->allocator, r->interleaved);
    am_forget(r->allocator, r);
}

const am_source *am_reader_source(const am_reader *r)
{
    return &r->source;
}

const char *const *am_reader_warnings(const am_reader *r)
{
    return r->warnings;
}

/* ------------------------------------------------------------------ read */

static sf_count_t read_chunk(am_reader *r, float *const *channels, size_t offset, size_t frames)
{
    sf_count_t got;

    switch (r->kind) {
    case SAMPLE_SHORT:
        got = sf_readf_short(r->file, r->interleaved, (sf_count_t)frames);
        if (got > 0)
            am_samples_from_short(r->interleaved, channels, r->source.channels, offset, (size_t)got);
        return got;
    case SAMPLE_INT:
        got = sf_readf_int(r->file, r->interleaved, (sf_count_t)frames);
        if (got > 0)
            am_samples_from_int(r->interleaved, channels, r->source.channels, offset, (size_t)got);
        return got;
    default:
        got = sf_readf_float(r->file, r->interleaved, (sf_count_t)frames);
        if (got > 0)
            am_samples_from_float(r->interleaved, channels, r->source.channels, offset, (size_t)got);
        return got;
    }
}

static am_status check_finite(const am_reader *r, float *const *channels, size_t offset, size_t frames, am_error *err)
{
    for (uint32_t c = 0; c < r->source.channels; c++) {
        const size_t spot = am_samples_first_not_finite(channels[c] + offset, frames);

        if (spot < frames)
            return am_fail(err, AM_ERR_CONTENT, "%s: the sample at %.4f s in channel %u is not finite (NaN or infinity)", r->shown,
                           (double)(r->frames_read + spot) / r->source.rate_hz, c + 1);
    }
    return AM_OK;
}

/* Nothing more came: the end, a file that was cut, or damage in the middle? Decoders keep silent about all three, or call a cut an
 * error. What tells them apart is whether bytes are left. Of a lossy file the count of frames may be an estimate, and tags may follow. */
static am_status judge_end(am_reader *r, am_error *err)
{
    const double rate_hz = r->source.rate_hz, missing = (double)r->source.frames - (double)r->frames_read;
    const double left = (double)r->bytes - (double)r->position, tenth = 0.1 * (double)r->bytes;
    const bool early = missing > (r->source.lossy ? 0.1 * (double)r->source.frames : 0.0);
    const bool failed = sf_error(r->file) != SF_ERR_NO_ERROR && left > 0.0;

    if (r->io_errno)
        return am_fail_errno(err, r->io_errno, "%s: cannot read on at %.1f s", r->shown, (double)r->frames_read / rate_hz);
    if (failed || (early && left > (r->source.lossy ? tenth : 0.0)))
        return am_fail(err, AM_ERR_FORMAT, "%s: damaged at %.1f s: %s", r->shown, (double)r->frames_read / rate_hz, reason_of(r->file));
    if (r->frames_read == 0)
        return am_fail(err, AM_ERR_CONTENT, "%s: holds no audio", r->shown);
    if (early && !r->warnings[r->header.warning_count]) {
        r->source.promised_s = (double)r->source.frames / rate_hz;
        (void)snprintf(r->early_end, sizeof r->early_end, "The header promises %.1f s, the file holds %.1f s: what is there is taken.",
                       r->source.promised_s, (double)r->frames_read / rate_hz);
        r->warnings[r->header.warning_count] = r->early_end;
    }
    return AM_OK;
}

am_status am_reader_read(am_reader *r, float *const *channels, size_t capacity, size_t *given, am_error *err)
{
    *given = 0;
    if (!r->file)
        return am_fail(err, AM_ERR_STATE, "%s: read after a failed rewind", r->shown);
    while (*given < capacity) {
        const size_t wanted = capacity - *given < CHUNK_FRAMES ? capacity - *given : CHUNK_FRAMES;
        const sf_count_t got = read_chunk(r, channels, *given, wanted);

        if (got <= 0 || (size_t)got > wanted)
            return *given ? AM_OK : judge_end(r, err);
        if (r->kind == SAMPLE_FLOAT) {
            const am_status st = check_finite(r, channels, *given, (size_t)got, err);

            if (st)
                return st;
        }
        *given += (size_t)got;
        r->frames_read += (uint64_t)got;
    }
    return AM_OK;
}

am_status am_reader_rewind(am_reader *r, am_error *err)
{
    SF_INFO info;

    if (r->file)
        (void)sf_close(r->file);
    r->file = open_stream(r, &info);
    if (!r->file)
        return r->io_errno ? am_fail_errno(err, r->io_errno, "%s: cannot read again", r->shown)
                           : am_fail(err, AM_ERR_FORMAT, "%s: cannot read again: %s", r->shown, reason_of(NULL));
    if ((uint32_t)info.channels != r->source.channels || (uint32_t)info.samplerate != r->source.rate_hz) {
        (void)sf_close(r->file);
        r->file = NULL;
        return am_fail(err, AM_ERR_IO, "%s: changed while it was being read", r->shown);
    }
    return AM_OK;
}

static am_status read_up_to(am_reader *r, uint64_t frame, am_error *err)
{
    float *scratch = am_acquire(r->allocator, (size_t)r->source.channels * CHUNK_FRAMES, sizeof *scratch), *channels[MAX_CHANNELS];
    size_t given = 1;
    am_status st = scratch ? AM_OK : am_fail(err, AM_ERR_NOMEM, "%s: out of memory", r->shown);

    for (uint32_t c = 0; scratch && c < r->source.channels; c++)
        channels[c] = scratch + (size_t)c * CHUNK_FRAMES;
    while (!st && given && r->frames_read < frame)
        st = am_reader_read(r, channels, frame - r->frames_read < CHUNK_FRAMES ? (size_t)(frame - r->frames_read) : CHUNK_FRAMES, &given, err);
    am_forget(r->allocator, scratch);
    return st;
}

am_status am_reader_seek(am_reader *r, uint64_t frame, uint64_t *at, am_error *err)
{
    am_status st = am_reader_rewind(r, err);

    if (!st && !r->source.lossy && frame < r->source.frames) {
        if (sf_seek(r->file, (sf_count_t)frame, SEEK_SET) == (sf_count_t)frame)
            r->frames_read = frame;
        else
            st = am_reader_rewind(r, err);
    }
    if (!st)
        st = read_up_to(r, frame, err);
    *at = r->frames_read;
    return st;
}

/* ------------------------------------------------------------------ hash */

static am_status hash_descriptor(int fd, const char *shown, char hex[65], am_error *err)
{
    uint8_t bytes[1 << 16];
    uint64_t position = 0;
    am_sha256 hash;
    int64_t got;

    am_sha256_init(&hash);
    while ((got = am_file_read_at(fd, bytes, sizeof bytes, position)) > 0) {
        am_sha256_push(&hash, bytes, (size_t)got);
        position += (uint64_t)got;
    }
    if (got < 0)
        return am_fail_errno(err, errno, "%s: cannot read", shown);
    am_sha256_finish(&hash, hex);
    return AM_OK;
}

am_status am_reader_hash(const am_reader *r, char hex[65], am_error *err)
{
    return hash_descriptor(r->fd, r->shown, hex, err);
}

am_status am_hash_file(const char *path, char hex[65], am_error *err)
{
    char shown[AM_ENCODING_SHOWN];
    struct stat info;
    am_status st;
    int fd;

    am_encoding_show_path(path, shown);
    fd = am_file_open(path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return am_fail_errno(err, errno, "%s", shown);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        st = am_fail(err, AM_ERR_IO, "%s: not a file that can be read twice", shown);
    else
        st = hash_descriptor(fd, shown, hex, err);
    (void)close(fd);
    return st;
}

/* ------------------------------------------------------------------ for metadata.c */

SNDFILE *am_reader_file(am_reader *r)
{
    return r->file;
}

int am_reader_descriptor(const am_reader *r)
{
    return r->fd;
}

const am_header *am_reader_header(const am_reader *r)
{
    return &r->header;
}
