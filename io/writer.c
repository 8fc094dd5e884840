#include "io/writer.h"

#include <errno.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/comments.h"
#include "io/file.h"
#include "io/metadata.h"
#include "io/ogg.h"
#include "io/samples.h"
#include "io/encoding.h"
#include "io/wave.h"

enum { CHUNK_FRAMES = 4096, MAX_CHANNELS = 8, OGG_SERIAL = 0x6d617374 };    /* libsndfile's Vorbis encoder crashes on larger writes */

typedef struct file_type {
    const char *suffix;
    int format;                     /* container, with the encoding when it has but one */
    bool lossy;
    const char *holds;              /* for the message when it cannot */
} file_type;

static const file_type types[] = {
    { "wav", SF_FORMAT_WAV, false, "WAV holds 16, 24 or 32 (float) bits and 1 to 8 channels" },
    { "wave", SF_FORMAT_WAV, false, "WAV holds 16, 24 or 32 (float) bits and 1 to 8 channels" },
    { "bwf", SF_FORMAT_WAV, false, "WAV holds 16, 24 or 32 (float) bits and 1 to 8 channels" },
    { "rf64", SF_FORMAT_RF64, false, "RF64 holds 16, 24 or 32 (float) bits and 1 to 8 channels" },
    { "w64", SF_FORMAT_W64, false, "W64 holds 16, 24 or 32 (float) bits and 1 to 8 channels" },
    { "flac", SF_FORMAT_FLAC, false, "FLAC holds 16 or 24 bits and 1 to 8 channels" },
    { "aiff", SF_FORMAT_AIFF, false, "AIFF holds 16, 24 or 32 (float) bits and 1 to 8 channels" },
    { "aif", SF_FORMAT_AIFF, false, "AIFF holds 16, 24 or 32 (float) bits and 1 to 8 channels" },
    { "caf", SF_FORMAT_CAF, false, "CAF holds 16, 24 or 32 (float) bits and 1 to 8 channels" },
    { "ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, true, "Ogg Vorbis holds rates up to 192000 Hz" },
    { "oga", SF_FORMAT_OGG | SF_FORMAT_VORBIS, true, "Ogg Vorbis holds rates up to 192000 Hz" },
    { "opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, true, "Opus holds 8000, 12000, 16000, 24000 or 48000 Hz: add --rate 48000" },
    { "mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, true, "MP3 holds 1 or 2 channels at 32000, 44100, 48000 Hz, a half or a quarter of these" },
};

struct am_writer {
    const am_allocator *allocator;
    char shown[AM_ENCODING_SHOWN];
    am_writer_format format;
    const file_type *type;
    am_metadata_lost lost;
    bool started, finished;

    /* WAV and RF64 */
    am_wave wave;
    uint8_t *chunks;
    size_t chunk_bytes;

    /* all others */
    SNDFILE *file;
    int sf_format;
    am_comments comments;           /* of FLAC, from FLAC; bytes NULL: what libsndfile wrote stays */
    void *interleaved;              /* CHUNK_FRAMES frames, of which held wait: Vorbis files depend on the size of writes */
    size_t held;

    int fd, io_errno;               /* io_errno: the first failure of a write, which libsndfile may swallow */
    uint64_t position, length;
};

/* ------------------------------------------------------------------ formats */

/* NULL for a suffix that means nothing. */
static const file_type *type_of(const char *name)
{
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name, *dot = strrchr(base, '.');

    if (!dot || dot == base)
        return &types[0];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(dot + 1, types[i].suffix) == 0)
            return &types[i];
    return NULL;
}

bool am_writer_is_lossy(const char *name)
{
    const file_type *type = type_of(name);

    return type && type->lossy;
}

static const uint32_t opus_hz[] = { 8000, 12000, 16000, 24000, 48000 };
static const uint32_t mp3_hz[] = { 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000 };

/* The next rate up; above all of them the highest that goes into it without a remainder, or the highest. */
static uint32_t rate_among(const uint32_t *rates, size_t count, uint32_t rate_hz)
{
    for (size_t i = 0; i < count; i++)
        if (rates[i] >= rate_hz)
            return rates[i];
    for (size_t i = count; i-- > 0;)
        if (rate_hz % rates[i] == 0)
            return rates[i];
    return rates[count - 1];
}

uint32_t am_writer_rate_hz(const char *name, uint32_t rate_hz)
{
    const file_type *type = type_of(name);

    if (type && (type->format & SF_FORMAT_SUBMASK) == SF_FORMAT_OPUS)
        return rate_among(opus_hz, sizeof opus_hz / sizeof *opus_hz, rate_hz);
    if (type && (type->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG)
        return rate_among(mp3_hz, sizeof mp3_hz / sizeof *mp3_hz, rate_hz);
    return rate_hz;
}

static bool is_wave(const file_type *type)
{
    return type->format == SF_FORMAT_WAV || type->format == SF_FORMAT_RF64;
}

static int encoding_of(const file_type *type, uint32_t bits)
{
    if (type->format & SF_FORMAT_SUBMASK)
        return type->format;
    return type->format | (bits == 16 ? SF_FORMAT_PCM_16 : bits == 24 ? SF_FORMAT_PCM_24 : SF_FORMAT_FLOAT);
}

/* failure: of libsndfile, which prints on numbers that it does not know. */
static am_status fail_write(const am_writer *w, int failure, am_error *err)
{
    if (w->io_errno)
        return am_fail_errno(err, w->io_errno, "%s: cannot write", w->shown);
    return am_fail(err, AM_ERR_IO, "%s: cannot encode: %s", w->shown,
                   failure > 0 ? sf_error_number(failure) : "the encoder gave no reason");
}

static am_status fail_format(const am_writer *w, am_error *err)
{
    return am_fail(err, AM_ERR_RANGE, "%s: cannot hold %u Hz, %u channels, %u bits; %s", w->shown, w->format.rate_hz, w->format.channels,
                   w->format.bits, w->type->holds);
}

/* What libsndfile's own check leaves to the encoders, which then leak, or change the rate. */
static bool encoder_takes(int format, const am_writer_format *f)
{
    if ((format & SF_FORMAT_SUBMASK) == SF_FORMAT_VORBIS)
        return f->rate_hz <= 192000;
    if ((format & SF_FORMAT_TYPEMASK) != SF_FORMAT_MPEG)
        return true;
    return f->channels <= 2 && rate_among(mp3_hz, sizeof mp3_hz / sizeof *mp3_hz, f->rate_hz) == f->rate_hz;
}

static am_status check_format(am_writer *w, am_error *err)
{
    const am_writer_format *f = &w->format;
    const SF_INFO info = { .samplerate = (int)f->rate_hz, .channels = (int)f->channels, .format = w->sf_format };

    if ((f->bits != 16 && f->bits != 24 && f->bits != 32) || f->channels < 1 || f->channels > MAX_CHANNELS || f->rate_hz < 1 ||
        f->rate_hz > 1000000 || !encoder_takes(w->sf_format, f) || (!is_wave(w->type) && !sf_format_check(&info)))
        return fail_format(w, err);
    return AM_OK;
}

/* ------------------------------------------------------------------ the file as libsndfile sees it */

static sf_count_t stream_length(void *context)
{
    return (sf_count_t)((am_writer *)context)->length;
}

static sf_count_t stream_tell(void *context)
{
    return (sf_count_t)((am_writer *)context)->position;
}

static sf_count_t stream_seek(sf_count_t offset, int whence, void *context)
{
    am_writer *w = context;
    const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (sf_count_t)w->position : (sf_count_t)w->length;

    if (base + offset < 0)
        return -1;
    w->position = (uint64_t)(base + offset);
    return base + offset;
}

static sf_count_t stream_read(void *bytes, sf_count_t count, void *context)
{
    am_writer *w = context;
    const int64_t got = am_file_read_at(w->fd, bytes, (size_t)count, w->position);

    if (got < 0)
        return 0;
    w->position += (uint64_t)got;
    return got;
}

/* A failure is remembered and looked at after every call; libsndfile never hears of it, for its Vorbis encoder leaks when a write fails. */
static sf_count_t stream_write(const void *bytes, sf_count_t count, void *context)
{
    am_writer *w = context;

    if (count <= 0)
        return 0;
    if (!w->io_errno && !am_file_write_at(w->fd, bytes, (size_t)count, w->position))
        w->io_errno = errno;
    w->position += (uint64_t)count;
    w->length = w->position > w->length ? w->position : w->length;
    return count;
}

/* ------------------------------------------------------------------ open */

static void set_quality(SNDFILE *file, int format)
{
    double vorbis = 0.9, opus = 0.8, mp3 = 0.0;     /* of VBR: about 320, 400 kbit/s; of compression: 0 is 320 kbit/s */
    int constant = SF_BITRATE_MODE_CONSTANT;

    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_VORBIS: (void)sf_command(file, SFC_SET_VBR_ENCODING_QUALITY, &vorbis, sizeof vorbis); break;
    case SF_FORMAT_OPUS: (void)sf_command(file, SFC_SET_VBR_ENCODING_QUALITY, &opus, sizeof opus); break;
    case SF_FORMAT_MPEG_LAYER_III:
        (void)sf_command(file, SFC_SET_BITRATE_MODE, &constant, sizeof constant);
        (void)sf_command(file, SFC_SET_COMPRESSION_LEVEL, &mp3, sizeof mp3);
        break;
    default: break;
    }
}

static am_status open_file(am_writer *w, am_error *err)
{
    SF_VIRTUAL_IO stream = { stream_length, stream_seek, stream_read, stream_write, stream_tell };
    SF_INFO info = { .samplerate = (int)w->format.rate_hz, .channels = (int)w->format.channels, .format = w->sf_format };

    w->interleaved = am_acquire(w->allocator, (size_t)CHUNK_FRAMES * w->format.channels, sizeof(float));
    if (!w->interleaved)
        return am_fail(err, AM_ERR_NOMEM, "%s: out of memory", w->shown);
    w->file = sf_open_virtual(&stream, SFM_WRITE, &info, w);
    if (!w->file || w->io_errno)
        return w->io_errno ? fail_write(w, 0, err) : fail_format(w, err);
    (void)sf_command(w->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    set_quality(w->file, w->sf_format);
    return AM_OK;
}

am_status am_writer_open(am_output *output, const char *name, const am_writer_format *format, const am_allocator *allocator,
                         am_writer **out, am_error *err)
{
    am_writer *w = am_acquire(allocator, 1, sizeof *w);
    am_status st = AM_OK;

    if (!w)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    w->allocator = allocator;
    w->format = *format;
    w->fd = am_output_descriptor(output);
    am_encoding_show_path(name, w->shown);
    w->type = type_of(name);
    if (!w->type) {
        st = am_fail(err, AM_ERR_RANGE, "%s: unknown kind of file; known: .wav .rf64 .w64 .flac .aiff .caf .ogg .opus .mp3", w->shown);
    } else {
        w->sf_format = encoding_of(w->type, format->bits);
        st = check_format(w, err);
    }
    if (!st && !is_wave(w->type))
        st = open_file(w, err);
    if (st) {
        am_writer_close(w);
        return st;
    }
    *out = w;
    return AM_OK;
}

/* Comments that libsndfile has no word for are put in at the end, where a placeholder keeps their room. */
static am_status carry_to_file(am_writer *w, am_reader *reader, am_error *err)
{
    const bool flac = (w->sf_format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
    char *placeholder;
    am_status st;

    am_forget(w->allocator, w->comments.bytes);
    st = am_metadata_to_file(reader, w->format.rate_hz, w->file, w->sf_format, w->allocator, &w->comments, &w->lost, err);
    if (st || !flac || !w->comments.count) {
        am_forget(w->allocator, w->comments.bytes);
        w->comments = (am_comments){ 0 };
        return st;
    }
    placeholder = am_acquire(w->allocator, am_comments_room(&w->comments) + 1, 1);
    if (!placeholder)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    memset(placeholder, ' ', am_comments_room(&w->comments));
    (void)sf_set_string(w->file, SF_STR_COMMENT, placeholder);
    am_forget(w->allocator, placeholder);
    return AM_OK;
}

am_status am_writer_carry(am_writer *w, am_reader *reader, const char *const **lost, am_error *err)
{
    am_status st = AM_OK;

    if (w->started)
        return am_fail(err, AM_ERR_STATE, "%s: tags come before audio", w->shown);
    am_forget(w->allocator, w->chunks);
    w->chunks = NULL;
    w->lost = (am_metadata_lost){ 0 };
    if (is_wave(w->type))
        st = am_metadata_to_riff(reader, w->format.rate_hz, w->allocator, &w->chunks, &w->chunk_bytes, &w->lost, err);
    else
        st = carry_to_file(w, reader, err);
    if (!st)
        *lost = w->lost.words;
    return st;
}

/* ------------------------------------------------------------------ write */

static am_status start(am_writer *w, am_error *err)
{
    if (w->started)
        return AM_OK;
    w->started = true;
    if (is_wave(w->type))
        w->io_errno = am_wave_open(&w->wave, w->fd, &w->format, w->type->format == SF_FORMAT_RF64, w->chunks, w->chunk_bytes, w->allocator);
    return w->io_errno ? fail_write(w, 0, err) : AM_OK;
}

static bool is_integer(const am_writer *w, uint32_t bits)
{
    return !w->type->lossy && w->format.bits == bits;
}

static void hold(am_writer *w, const float *const *channels, size_t offset, size_t frames)
{
    const size_t count = w->format.channels, start = w->held * count;

    if (is_integer(w, 16))
        am_samples_to_short(channels, count, offset, frames, (int16_t *)w->interleaved + start);
    else if (is_integer(w, 24))
        am_samples_to_int24(channels, count, offset, frames, (int32_t *)w->interleaved + start);
    else
        am_samples_to_float(channels, count, offset, frames, (float *)w->interleaved + start);
    w->held += frames;
}

static am_status encode(am_writer *w, am_error *err)
{
    const sf_count_t frames = (sf_count_t)w->held;
    const sf_count_t written = !frames               ? 0
                               : is_integer(w, 16) ? sf_writef_short(w->file, w->interleaved, frames)
                               : is_integer(w, 24) ? sf_writef_int(w->file, w->interleaved, frames)
                                                   : sf_writef_float(w->file, w->interleaved, frames);

    w->held = 0;
    return written == frames && !w->io_errno ? AM_OK : fail_write(w, sf_error(w->file), err);
}

am_status am_writer_write(am_writer *w, const float *const *channels, size_t frames, am_error *err)
{
    am_status st = w->finished ? am_fail(err, AM_ERR_STATE, "%s: finished already", w->shown) : start(w, err);

    if (st)
        return st;
    if (w->io_errno)
        return fail_write(w, 0, err);
    if (is_wave(w->type)) {
        w->io_errno = am_wave_write(&w->wave, channels, frames);
        return w->io_errno ? fail_write(w, 0, err) : AM_OK;
    }
    for (size_t done = 0; done < frames && !st;) {
        const size_t room = CHUNK_FRAMES - w->held, count = frames - done < room ? frames - done : room;

        hold(w, channels, done, count);
        done += count;
        if (w->held == CHUNK_FRAMES)
            st = encode(w, err);
    }
    return st;
}

am_status am_writer_finish(am_writer *w, am_error *err)
{
    am_status st = w->finished ? am_fail(err, AM_ERR_STATE, "%s: finished already", w->shown) : start(w, err);

    if (st)
        return st;
    w->finished = true;
    if (is_wave(w->type)) {
        w->io_errno = w->io_errno ? w->io_errno : am_wave_finish(&w->wave);
    } else {
        int failure;

        st = encode(w, err);
        failure = sf_close(w->file);
        w->file = NULL;
        if (st)
            return st;
        if (failure && !w->io_errno)
            return fail_write(w, failure, err);
        if (!w->io_errno && (w->sf_format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG)
            w->io_errno = am_ogg_set_serial(w->fd, OGG_SERIAL, w->allocator);
        if (!w->io_errno && w->comments.count)
            w->io_errno = am_comments_write(w->fd, &w->comments);
    }
    return w->io_errno ? fail_write(w, 0, err) : AM_OK;
}

void am_writer_close(am_writer *w)
{
    if (!w)
        return;
    if (w->file)
        (void)sf_close(w->file);
    am_wave_close(&w->wave);
    am_forget(w->allocator, w->chunks);
    am_forget(w->allocator, w->comments.bytes);
    am_forget(w->allocator, w->interleaved);
    am_forget(w->allocator, w);
}
