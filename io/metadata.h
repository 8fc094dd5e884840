/* metadata.h - tags, cue points, loops and chunks, from one file to another
 *
 * Positions (cue points, loops, the broadcast extension's time reference) are scaled to the new rate. Loudness fields of the broadcast
 * extension are set to "not measured": they describe the mix. What cannot be carried is named. Foreign sizes are capped.
 */
#ifndef AM_IO_METADATA_H
#define AM_IO_METADATA_H

#include <sndfile.h>

#include "io/comments.h"
#include "io/reader.h"

enum { AM_METADATA_LOST = 24, AM_METADATA_BYTES = 4 << 20 };

typedef struct am_metadata_lost {
    char text[AM_METADATA_LOST][24];
    const char *words[AM_METADATA_LOST + 1];        /* of text; NULL-terminated */
    uint32_t count;
} am_metadata_lost;

/* Chunks for a WAV file at rate_hz, one after another with their heads and padding. *bytes comes from am_acquire; NULL: there are none. */
am_status am_metadata_to_riff(am_reader *reader, uint32_t rate_hz, const am_allocator *allocator, uint8_t **bytes, size_t *count,
                              am_metadata_lost *lost, am_error *err);

/* What libsndfile can set in a file opened for writing and not yet written to. format: of SF_INFO. comments: those of a FLAC file, which
 * FLAC can hold, all of them; for am_forget. */
am_status am_metadata_to_file(am_reader *reader, uint32_t rate_hz, SNDFILE *file, int format, const am_allocator *allocator,
                              am_comments *comments, am_metadata_lost *lost, am_error *err);

#endif
