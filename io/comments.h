/* comments.h - Vorbis comments of FLAC files, which hold more than the strings that libsndfile knows
 *
 * RFC 9639, 8.6: a vendor's name, a count, and as many KEY=value, each with its length (32 bit, little-endian) in front.
 */
#ifndef AM_IO_COMMENTS_H
#define AM_IO_COMMENTS_H

#include <automaster/automaster.h>

typedef struct am_comments {
    uint8_t *bytes;                 /* one comment after another, each with its length; for am_forget with the allocator of the call */
    size_t used;
    uint32_t count;
    bool others;                    /* there are keys that libsndfile does not know */
    bool pictures;                  /* the file has pictures, too */
} am_comments;

/* What the file has, without what is true of its own bytes only (encoder, ReplayGain). A file that is no FLAC has none; so has what is broken
 * or longer than 1 MiB. AM_ERR_NOMEM. */
am_status am_comments_read(int fd, const am_allocator *allocator, am_comments *out, am_error *err);

/* How long a comment in the file has to be for am_comments_write to find room. */
size_t am_comments_room(const am_comments *comments);

/* Put them in place of the comments of a FLAC file that is written; the rest of the room becomes padding. 0 or an errno. */
int am_comments_write(int fd, const am_comments *comments);

#endif
