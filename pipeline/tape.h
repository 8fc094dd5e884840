/* tape.h - audio kept in memory, so that what several passes need is decoded or made once; and a feed that plays it, or else a file */
#ifndef AM_PIPELINE_TAPE_H
#define AM_PIPELINE_TAPE_H

#include "io/reader.h"
#include "pipeline/planar.h"

enum {
    AM_TAPE_BLOCK = 1 << 16,        /* samples, of one channel or alternately of two in planes */
    AM_TAPE_BLOCKS = 1 << 10        /* at most: 256 MB, 12 minutes of stereo at 44.1 kHz */
};

typedef struct am_tape {            /* one or two channels; all zero is none */
    const am_allocator *allocator;
    uint32_t channels;
    bool torn;                      /* there was more than it takes: it holds nothing */
    uint64_t frames;
    size_t block_count;             /* these stay for the next piece */
    float *blocks[AM_TAPE_BLOCKS];
} am_tape;

/* Empty, for a piece of so many channels and, it is said, frames (0: unknown); torn for more than two, or than fit. What an earlier piece took
 * of memory stays to be used again. */
void am_tape_begin(am_tape *tape, uint32_t channels, uint64_t frames, const am_allocator *allocator);
/* Append. Never fails: without memory, or with more than fits, it is torn. */
void am_tape_push(am_tape *tape, const float *const *channels, size_t frames);
bool am_tape_usable(const am_tape *tape);       /* NULL: no */
void am_tape_close(am_tape *tape);

/* A piece from its first frame on, in parts of up to AM_PLANAR_FRAMES frames. */
typedef struct am_feed {
    const am_tape *tape;            /* NULL: the reader */
    am_reader *reader;
    am_planar part;
    uint64_t at;
} am_feed;

/* The tape where it is usable, or else the file, rewound. Both are lent. */
am_status am_feed_open(am_feed *feed, const am_tape *tape, am_reader *reader, const am_allocator *allocator, am_error *err);
/* channels: where the part lies, until the next call; *given 0: the end. */
am_status am_feed_next(am_feed *feed, const float *channels[AM_PLANAR_CHANNELS], size_t *given, am_error *err);
void am_feed_close(am_feed *feed);

#endif
