/* fifo.h - planar float frames, first in, first out
 *
 * It grows to the largest backlog it ever held and stays there: constant memory as long as what goes in is taken out.
 */
#ifndef AM_BASE_FIFO_H
#define AM_BASE_FIFO_H

#include <automaster/automaster.h>

#define AM_FIFO_CHANNELS 3

typedef struct am_fifo {
    const am_allocator *allocator;
    uint32_t channels;              /* [1, AM_FIFO_CHANNELS] */
    size_t begin, end, capacity;    /* frames */
    float *data[AM_FIFO_CHANNELS];
} am_fifo;

void am_fifo_init(am_fifo *fifo, uint32_t channels, const am_allocator *allocator);
void am_fifo_close(am_fifo *fifo);                          /* a zeroed fifo is fine */

/* Room for frames behind the last one: write[c][0 .. frames), then am_fifo_commit at most as many. Pointers hold until the next
 * reserve. */
am_status am_fifo_reserve(am_fifo *fifo, size_t frames, float *write[AM_FIFO_CHANNELS], am_error *err);
void am_fifo_commit(am_fifo *fifo, size_t frames);

size_t am_fifo_count(const am_fifo *fifo);
/* The frames that are held, oldest first */
void am_fifo_peek(const am_fifo *fifo, const float *read[AM_FIFO_CHANNELS]);
void am_fifo_drop(am_fifo *fifo, size_t frames);            /* at most am_fifo_count */

/* Whole moves on top of these: append copies; zeros appends silence; pull copies out at most capacity frames and drops them. */
am_status am_fifo_append(am_fifo *fifo, const float *const *channels, size_t frames, am_error *err);
am_status am_fifo_zeros(am_fifo *fifo, size_t frames, am_error *err);
size_t am_fifo_pull(am_fifo *fifo, float *const *channels, size_t capacity);

#endif
