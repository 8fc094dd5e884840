/* header.h - what a container's own header promises, against what the file holds
 *
 * libsndfile opens truncated and lying files without a word. This reads the chunk list of WAV, RIFX, RF64, BW64, W64 and AIFF itself,
 * notes where header and file disagree, and finds the few bytes to be read differently so that libsndfile gets a file it understands.
 */
#ifndef AM_IO_HEADER_H
#define AM_IO_HEADER_H

#include <automaster/automaster.h>

enum { AM_HEADER_CHUNKS = 64, AM_HEADER_CHUNK_BYTES = 1 << 20, AM_HEADER_WARNINGS = 3 };

typedef enum am_container {
    AM_CONTAINER_OTHER,
    AM_CONTAINER_WAV, AM_CONTAINER_RF64, AM_CONTAINER_BW64,
    AM_CONTAINER_RIFX, AM_CONTAINER_W64, AM_CONTAINER_AIFF,
    AM_CONTAINER_MP4, AM_CONTAINER_ADTS
} am_container;

typedef struct am_header_chunk {
    char id[5];                     /* four letters and NUL */
    uint64_t offset;                /* of the contents */
    uint32_t size;                  /* of the contents, at most AM_HEADER_CHUNK_BYTES, all within the file */
} am_header_chunk;

typedef struct am_header_patch {    /* read these bytes at offset instead of the file's */
    uint64_t offset;
    uint32_t count;
    uint8_t bytes[8];
} am_header_patch;

typedef struct am_header {
    am_container container;
    uint64_t file_bytes;
    am_header_patch patches[2];
    uint32_t patch_count;
    am_header_chunk chunks[AM_HEADER_CHUNKS];   /* WAV, RF64 and BW64: all but the format, the audio and the padding */
    uint32_t chunk_count;
    bool chunks_skipped;            /* there were more, or larger ones */
    char warnings[AM_HEADER_WARNINGS][160];
    uint32_t warning_count;
    double promised_s;              /* what a header says that promises more than there is; 0: nothing is missing */
} am_header;

/* fd: a regular file, read with pread. name: for messages. Refused with AM_ERR_FORMAT: what libsndfile would read as noise, and what it
 * refuses without saying why; AM_ERR_CONTENT: an audio chunk of size 0. Anything else is left to the decoder. */
am_status am_header_read(int fd, const char *name, am_header *out, am_error *err);

/* A file without a readable container that says how it is encoded: "AAC in MP4", "ALAC in MP4"; *bits 0 when lossy. */
const char *am_header_codec(int fd, const am_header *header, uint32_t *bits);

#endif
