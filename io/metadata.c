#include "io/metadata.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/reader_private.h"
#include "io/encoding.h"

enum { TAG_BYTES = 1024, CUE_BYTES = 24, LOOP_BYTES = 24, LOOPS_AT = 36, TIME_REFERENCE_AT = 338, VERSION_AT = 346, LOUDNESS_AT = 412,
       LOUDNESS_FIELDS = 5, BEXT_BYTES = 602 };

static const struct { int string; char id[5]; } tags[] = {
    { SF_STR_TITLE, "INAM" }, { SF_STR_COPYRIGHT, "ICOP" }, { SF_STR_ARTIST, "IART" },      /* not "ISFT": what encoded the mix */
    { SF_STR_COMMENT, "ICMT" }, { SF_STR_DATE, "ICRD" }, { SF_STR_ALBUM, "IPRD" }, { SF_STR_TRACKNUMBER, "ITRK" },
    { SF_STR_GENRE, "IGNR" }, { SF_STR_LICENSE, "ILIC" },
};
enum { TAGS = sizeof tags / sizeof *tags };

static void lose(am_metadata_lost *lost, const char *what)
{
    for (uint32_t i = 0; i < lost->count; i++)
        if (strcmp(lost->text[i], what) == 0)
            return;
    if (lost->count == AM_METADATA_LOST)
        return;
    (void)snprintf(lost->text[lost->count], sizeof *lost->text, "%s", what);
    lost->words[lost->count] = lost->text[lost->count];
    lost->count++;
}

/* ------------------------------------------------------------------ little-endian fields */

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

typedef struct rates { uint32_t from, to; } rates;

/* Rounded, without overflow below 2^44; what hostile numbers become does not matter. */
static uint64_t scale64(uint64_t position, rates r)
{
    return position / r.from * r.to + (position % r.from * r.to + r.from / 2) / r.from;
}

static uint32_t scale32(uint32_t position, rates r)
{
    const uint64_t scaled = scale64(position, r);

    return scaled < UINT32_MAX ? (uint32_t)scaled : UINT32_MAX;
}

static void scale_field(uint8_t *p, rates r)
{
    put32(p, scale32(get32(p), r));
}

/* ------------------------------------------------------------------ chunks of WAV */

static void scale_cues(uint8_t *bytes, size_t size, rates r)
{
    for (size_t at = 4; at + CUE_BYTES <= size; at += CUE_BYTES) {
        scale_field(bytes + at + 4, r);
        scale_field(bytes + at + 20, r);
    }
}

static void scale_loops(uint8_t *bytes, size_t size, rates r)
{
    if (size >= LOOPS_AT)
        put32(bytes + 8, 1000000000u / r.to);       /* period of a sample in ns */
    for (size_t at = LOOPS_AT; at + LOOP_BYTES <= size; at += LOOP_BYTES) {
        const uint32_t end = get32(bytes + at + 12);

        scale_field(bytes + at + 8, r);
        put32(bytes + at + 12, end < UINT32_MAX ? scale32(end + 1, r) - 1 : end);   /* the last sample of the loop, included */
    }
}

/* 'adtl': labels need nothing; 'ltxt' has the length of a region. */
static void scale_labels(uint8_t *bytes, size_t size, rates r)
{
    for (size_t at = 4; at + 16 <= size;) {
        const size_t length = get32(bytes + at + 4);

        if (memcmp(bytes + at, "ltxt", 4) == 0 && length >= 8)
            scale_field(bytes + at + 12, r);
        if (length > size)
            return;
        at += 8 + length + (length & 1);
    }
}

/* EBU Tech 3285: 0x7fff is the value of a loudness field that is not in use. */
static void revise_broadcast(uint8_t *bytes, size_t size, rates r)
{
    uint64_t time;

    if (size < BEXT_BYTES)
        return;
    time = scale64((uint64_t)get32(bytes + TIME_REFERENCE_AT + 4) << 32 | get32(bytes + TIME_REFERENCE_AT), r);
    put32(bytes + TIME_REFERENCE_AT, (uint32_t)time);
    put32(bytes + TIME_REFERENCE_AT + 4, (uint32_t)(time >> 32));
    if (bytes[VERSION_AT] >= 2)
        for (int i = 0; i < LOUDNESS_FIELDS; i++) {
            bytes[LOUDNESS_AT + 2 * i] = 0xff;
            bytes[LOUDNESS_AT + 2 * i + 1] = 0x7f;
        }
}

static const struct chunk_kind {
    char id[5];
    const char *words;
    void (*revise)(uint8_t *bytes, size_t size, rates r);
    enum chunk_keep { ANY_RATE, SAME_RATE, STALE } keep;
} chunk_kinds[] = {
    { "LIST", "tags", NULL, ANY_RATE },
    { "bext", "broadcast extension", revise_broadcast, ANY_RATE },
    { "cart", "cart", NULL, SAME_RATE },            /* its timers count samples */
    { "cue ", "cue points", scale_cues, ANY_RATE },
    { "smpl", "loops", scale_loops, ANY_RATE },
    { "inst", "instrument", NULL, ANY_RATE },
    { "acid", "tempo", NULL, ANY_RATE },
    { "axml", "axml", NULL, ANY_RATE },
    { "_PMX", "XMP", NULL, ANY_RATE },
    { "id3 ", "ID3 tags", NULL, ANY_RATE },
    { "ID3 ", "ID3 tags", NULL, ANY_RATE },
    { "iXML", "iXML", NULL, SAME_RATE },            /* it repeats the sample rate */
    { "levl", "peak envelope", NULL, STALE },
    { "MD5 ", "checksum", NULL, STALE },
};

static const struct chunk_kind *kind_of(const char *id)
{
    static const struct chunk_kind other = { "", NULL, NULL, SAME_RATE };

    for (size_t i = 0; i < sizeof chunk_kinds / sizeof *chunk_kinds; i++)
        if (memcmp(chunk_kinds[i].id, id, 4) == 0)
            return &chunk_kinds[i];
    return &other;
}

static const char *words_of(const char *id)
{
    const char *words = kind_of(id)->words;

    return words ? words : id;
}

static bool is_kept(const am_header_chunk *chunk, rates r)
{
    const enum chunk_keep keep = kind_of(chunk->id)->keep;

    return keep == ANY_RATE || (keep == SAME_RATE && r.from == r.to);
}

static void revise(const am_header_chunk *chunk, uint8_t *bytes, rates r)
{
    const struct chunk_kind *kind = kind_of(chunk->id);

    if (kind->revise)
        kind->revise(bytes, chunk->size, r);
    else if (memcmp(chunk->id, "LIST", 4) == 0 && chunk->size >= 4 && memcmp(bytes, "adtl", 4) == 0)
        scale_labels(bytes, chunk->size, r);
}

static size_t padded(size_t size)
{
    return 8 + size + (size & 1);
}

static size_t select_chunks(const am_header *header, rates r, bool kept[AM_HEADER_CHUNKS], am_metadata_lost *lost)
{
    size_t total = 0;

    for (uint32_t i = 0; i < header->chunk_count; i++) {
        const am_header_chunk *chunk = &header->chunks[i];

        kept[i] = is_kept(chunk, r) && total + padded(chunk->size) <= AM_METADATA_BYTES;
        if (kept[i])
            total += padded(chunk->size);
        else if (kind_of(chunk->id)->keep != STALE)
            lose(lost, words_of(chunk->id));
    }
    if (header->chunks_skipped)
        lose(lost, "large chunks");
    return total;
}

static am_status copy_chunks(am_reader *reader, rates r, const am_allocator *allocator, uint8_t **bytes, size_t *count,
                             am_metadata_lost *lost, am_error *err)
{
    const am_header *header = am_reader_header(reader);
    bool kept[AM_HEADER_CHUNKS];
    const size_t total = select_chunks(header, r, kept, lost);
    uint8_t *next;

    if (!total)
        return AM_OK;
    next = *bytes = am_acquire(allocator, total, 1);
    if (!next)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    for (uint32_t i = 0; i < header->chunk_count; i++) {
        const am_header_chunk *chunk = &header->chunks[i];

        if (!kept[i])
            continue;
        memcpy(next, chunk->id, 4);
        put32(next + 4, chunk->size);
        if (am_file_read_at(am_reader_descriptor(reader), next + 8, chunk->size, chunk->offset) != (int64_t)chunk->size) {
            am_forget(allocator, *bytes);
            *bytes = NULL;
            return am_fail(err, AM_ERR_IO, "%s: changed while it was being read", am_reader_source(reader)->path);
        }
        revise(chunk, next + 8, r);
        next += padded(chunk->size);
    }
    *count = total;
    return AM_OK;
}

/* ------------------------------------------------------------------ WAV chunks from what libsndfile read */

static size_t tag_of(SNDFILE *file, int string, char text[TAG_BYTES])
{
    const char *value = sf_get_string(file, string);

    am_encoding_copy(value ? value : "", true, text, TAG_BYTES);
    return strlen(text);
}

static size_t build_info(SNDFILE *file, uint8_t *out)
{
    char text[TAG_BYTES];
    size_t used = 12;

    for (int i = 0; i < TAGS; i++) {
        const size_t length = tag_of(file, tags[i].string, text);

        if (!length)
            continue;
        memcpy(out + used, tags[i].id, 4);
        put32(out + used + 4, (uint32_t)length + 1);
        memcpy(out + used + 8, text, length + 1);
        used += padded(length + 1);
    }
    if (used == 12)
        return 0;
    memcpy(out, "LIST", 4);
    put32(out + 4, (uint32_t)used - 8);
    memcpy(out + 8, "INFO", 4);
    return used;
}

static uint32_t cues_of(SNDFILE *file, SF_CUES *cues)
{
    uint32_t count = 0;

    memset(cues, 0, sizeof *cues);
    if (sf_command(file, SFC_GET_CUE, cues, sizeof *cues) == SF_TRUE)
        count = cues->cue_count < 100 ? cues->cue_count : 100;
    cues->cue_count = count;
    return count;
}

/* Points and, in a list of their own, their names. */
static size_t build_cues(const SF_CUES *cues, rates r, uint8_t *out)
{
    const uint32_t count = cues->cue_count;
    size_t used = 12 + CUE_BYTES * (size_t)count, list = used;

    if (!count)
        return 0;
    memcpy(out, "cue ", 4);
    put32(out + 4, (uint32_t)used - 8);
    put32(out + 8, count);
    memcpy(out + list, "LIST", 4);
    memcpy(out + list + 8, "adtl", 4);
    used += 12;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *point = out + 12 + CUE_BYTES * i;
        const SF_CUE_POINT *cue = &cues->cue_points[i];
        const uint32_t position = scale32(cue->sample_offset, r);
        const size_t length = strnlen(cue->name, sizeof cue->name - 1);

        put32(point, i + 1);
        put32(point + 4, position);
        memcpy(point + 8, "data", 4);
        put32(point + 20, position);
        memcpy(out + used, "labl", 4);
        put32(out + used + 4, 4 + (uint32_t)length + 1);
        put32(out + used + 8, i + 1);
        memcpy(out + used + 12, cue->name, length);
        used += padded(4 + length + 1);
    }
    put32(out + list + 4, (uint32_t)(used - list - 8));
    return used;
}

static size_t build_loops(SNDFILE *file, rates r, uint8_t *out)
{
    static const struct { int mode; uint32_t type; } modes[] = { { SF_LOOP_BACKWARD, 2 }, { SF_LOOP_ALTERNATING, 1 } };
    SF_INSTRUMENT instrument = { 0 };
    uint32_t count;

    if (sf_command(file, SFC_GET_INSTRUMENT, &instrument, sizeof instrument) != SF_TRUE)
        return 0;
    count = instrument.loop_count > 0 ? (uint32_t)instrument.loop_count : 0;
    count = count < 16 ? count : 16;
    memcpy(out, "smpl", 4);
    put32(out + 4, LOOPS_AT + LOOP_BYTES * count);
    put32(out + 8 + 8, 1000000000u / r.to);
    put32(out + 8 + 12, (uint8_t)instrument.basenote);
    put32(out + 8 + 28, count);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *loop = out + 8 + LOOPS_AT + LOOP_BYTES * i;

        put32(loop, i);
        for (int m = 0; m < 2; m++)
            if (instrument.loops[i].mode == modes[m].mode)
                put32(loop + 4, modes[m].type);
        put32(loop + 8, scale32(instrument.loops[i].start, r));
        put32(loop + 12, scale32(instrument.loops[i].end, r) - (instrument.loops[i].end != 0));     /* libsndfile's end is one past */
        put32(loop + 20, instrument.loops[i].count);
    }
    return padded(LOOPS_AT + LOOP_BYTES * count);
}

static am_status build_chunks(am_reader *reader, rates r, const am_allocator *allocator, uint8_t **bytes, size_t *count, am_error *err)
{
    enum { ROOM = 12 + TAGS * (TAG_BYTES + 10) + 24 + 100 * (CUE_BYTES + 14 + 256) + 8 + LOOPS_AT + 16 * LOOP_BYTES };
    SNDFILE *file = am_reader_file(reader);
    SF_CUES cues;
    uint8_t *out = file ? am_acquire(allocator, ROOM, 1) : NULL;
    size_t used = 0;

    if (!file)
        return AM_OK;
    if (!out)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    used += build_info(file, out);
    if (cues_of(file, &cues))
        used += build_cues(&cues, r, out + used);
    used += build_loops(file, r, out + used);
    *count = used;
    *bytes = out;
    return AM_OK;
}

static bool has_riff_chunks(const am_reader *reader)
{
    const am_container container = am_reader_header(reader)->container;

    return container == AM_CONTAINER_WAV || container == AM_CONTAINER_RF64 || container == AM_CONTAINER_BW64;
}

/* ------------------------------------------------------------------ other formats */

static bool set_tags(SNDFILE *from, SNDFILE *to)
{
    char text[TAG_BYTES];
    bool all = true;

    for (int i = 0; i < TAGS; i++)
        if (tag_of(from, tags[i].string, text) && sf_set_string(to, tags[i].string, text) != 0)
            all = false;
    return all;
}

static void set_cues(SNDFILE *from, SNDFILE *to, bool possible, rates r, am_metadata_lost *lost)
{
    SF_CUES cues;

    if (!cues_of(from, &cues))
        return;
    for (uint32_t i = 0; i < cues.cue_count; i++) {
        cues.cue_points[i].position = scale32(cues.cue_points[i].position, r);
        cues.cue_points[i].sample_offset = scale32(cues.cue_points[i].sample_offset, r);
    }
    if (!possible || sf_command(to, SFC_SET_CUE, &cues, sizeof cues) != SF_TRUE)
        lose(lost, "cue points");
}

/* An INFO list may hold more tags than libsndfile knows. */
static bool has_other_tags(am_reader *reader, const am_header_chunk *chunk)
{
    uint8_t head[8];

    for (uint64_t at = 4; at + 8 <= chunk->size; at += padded(get32(head + 4))) {
        bool known = false;

        if (am_file_read_at(am_reader_descriptor(reader), head, 8, chunk->offset + at) != 8)
            return false;
        for (int i = 0; i < TAGS; i++)
            known |= memcmp(head, tags[i].id, 4) == 0;
        known |= memcmp(head, "ISFT", 4) == 0 || memcmp(head, "IPRT", 4) == 0;
        if (!known && head[0] == 'I')
            return true;
    }
    return false;
}

/* "IPRT" is where some programs put the track number; libsndfile looks for "ITRK" alone. */
static void set_part(am_reader *reader, const am_header_chunk *chunk, SNDFILE *to)
{
    uint8_t head[8];

    for (uint64_t at = 4; at + 8 <= chunk->size; at += padded(get32(head + 4))) {
        char value[64] = "", text[TAG_BYTES];

        if (am_file_read_at(am_reader_descriptor(reader), head, 8, chunk->offset + at) != 8)
            return;
        if (memcmp(head, "IPRT", 4) != 0 || get32(head + 4) >= sizeof value)
            continue;
        if (am_file_read_at(am_reader_descriptor(reader), value, get32(head + 4), chunk->offset + at + 8) < 1)
            return;
        am_encoding_copy(value, true, text, sizeof text);
        if (*text && !sf_get_string(to, SF_STR_TRACKNUMBER))
            (void)sf_set_string(to, SF_STR_TRACKNUMBER, text);
        return;
    }
}

static void name_lost_chunks(am_reader *reader, SNDFILE *to, am_metadata_lost *lost)
{
    const am_header *header = am_reader_header(reader);
    uint8_t type[4];

    for (uint32_t i = 0; i < header->chunk_count; i++) {
        const am_header_chunk *chunk = &header->chunks[i];
        const bool list = memcmp(chunk->id, "LIST", 4) == 0, info = list && chunk->size >= 4 &&
            am_file_read_at(am_reader_descriptor(reader), type, 4, chunk->offset) == 4 && memcmp(type, "INFO", 4) == 0;

        if (info)
            set_part(reader, chunk, to);
        if (info && has_other_tags(reader, chunk))
            lose(lost, "other tags");
        if (!list && kind_of(chunk->id)->keep != STALE && memcmp(chunk->id, "cue ", 4) != 0)
            lose(lost, words_of(chunk->id));
    }
}

static uint64_t get32_big(const uint8_t *p)
{
    return (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];
}

static bool aiff_has_id3(int fd)
{
    uint8_t head[8];

    for (uint64_t at = 12; am_file_read_at(fd, head, 8, at) == 8; at += 8 + get32_big(head + 4) + (get32_big(head + 4) & 1))
        if (memcmp(head, "ID3 ", 4) == 0)
            return true;
    return false;
}

/* Somewhere in the box "moov" there is a title, an artist, ... */
static bool moov_has_tags(int fd, uint64_t at, uint64_t end)
{
    static const char *const marks[] = { "\251nam", "\251ART", "\251alb", "\251day", "\251gen", "\251wrt", "trkn" };
    uint8_t piece[4096];

    for (; at < end; at += sizeof piece - 3) {
        const int64_t got = am_file_read_at(fd, piece, sizeof piece, at);

        for (size_t m = 0; got >= 4 && m < sizeof marks / sizeof *marks; m++)
            if (memmem(piece, (size_t)got, marks[m], 4))
                return true;
    }
    return false;
}

static bool mp4_has_tags(int fd, uint64_t file_bytes)
{
    uint8_t head[16];

    for (uint64_t at = 0, size; at < file_bytes && am_file_read_at(fd, head, 16, at) == 16; at += size) {
        size = get32_big(head);
        size = size == 1 ? get32_big(head + 8) << 32 | get32_big(head + 12) : size ? size : file_bytes - at;
        if (size < 8 || size > file_bytes - at)
            return false;
        if (memcmp(head + 4, "moov", 4) == 0)
            return moov_has_tags(fd, at, at + size);
    }
    return false;
}

/* What neither libsndfile nor the chunks of RIFF tell of */
static void name_lost_tags(am_reader *reader, am_metadata_lost *lost)
{
    const am_header *header = am_reader_header(reader);
    const int fd = am_reader_descriptor(reader);

    if (header->container == AM_CONTAINER_AIFF && aiff_has_id3(fd))
        lose(lost, "ID3 tags");
    if (header->container == AM_CONTAINER_MP4 && mp4_has_tags(fd, header->file_bytes))
        lose(lost, "tags");
}

static am_status take_comments(am_reader *reader, bool held, const am_allocator *allocator, am_comments *comments, am_metadata_lost *lost,
                               am_error *err)
{
    const am_status st = am_comments_read(am_reader_descriptor(reader), allocator, comments, err);

    if (comments->others && !held)
        lose(lost, "other tags");
    if (comments->pictures)
        lose(lost, "pictures");
    return st;
}

/* ------------------------------------------------------------------ */

am_status am_metadata_to_riff(am_reader *reader, uint32_t rate_hz, const am_allocator *allocator, uint8_t **bytes, size_t *count,
                              am_metadata_lost *lost, am_error *err)
{
    const rates r = { am_reader_source(reader)->rate_hz, rate_hz };

    am_comments comments = { 0 };
    am_status st;

    *bytes = NULL;
    *count = 0;
    if (has_riff_chunks(reader))
        return copy_chunks(reader, r, allocator, bytes, count, lost, err);
    name_lost_tags(reader, lost);
    st = take_comments(reader, false, allocator, &comments, lost, err);
    am_forget(allocator, comments.bytes);
    return st ? st : build_chunks(reader, r, allocator, bytes, count, err);
}

am_status am_metadata_to_file(am_reader *reader, uint32_t rate_hz, SNDFILE *file, int format, const am_allocator *allocator,
                              am_comments *comments, am_metadata_lost *lost, am_error *err)
{
    const rates r = { am_reader_source(reader)->rate_hz, rate_hz };
    const int container = format & SF_FORMAT_TYPEMASK;
    SNDFILE *from = am_reader_file(reader);
    SF_INSTRUMENT instrument;

    *comments = (am_comments){ 0 };
    if (!from)
        return AM_OK;
    if (!set_tags(from, file))
        lose(lost, "tags");
    set_cues(from, file, container == SF_FORMAT_AIFF, r, lost);
    if (sf_command(from, SFC_GET_INSTRUMENT, &instrument, sizeof instrument) == SF_TRUE)
        lose(lost, "loops");            /* libsndfile writes the loops of AIFF with positions of its own */
    if (has_riff_chunks(reader))
        name_lost_chunks(reader, file, lost);
    name_lost_tags(reader, lost);
    return take_comments(reader, container == SF_FORMAT_FLAC, allocator, comments, lost, err);
}
