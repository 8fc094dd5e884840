/* blocks.h - what the loudness solver needs to know of the signal in front of the limiter
 *
 * Per block of about 0.7 ms: true peak and K-weighted energy, each as a 16-bit logarithm, so that an hour takes 20 MB at any rate.
 */
#ifndef AM_BASE_BLOCKS_H
#define AM_BASE_BLOCKS_H

#include <automaster/automaster.h>

typedef struct am_blocks am_blocks;

/* rate_hz [8000, 384000]; the block is 32 frames up to 50 kHz, doubling with the rate. */
am_status am_blocks_open(double rate_hz, const am_allocator *allocator, am_blocks **out, am_error *err);
size_t am_blocks_frames(const am_blocks *blocks);           /* frames a block */
double am_blocks_rate_hz(const am_blocks *blocks);          /* of the audio */
/* peak: linear true peak of the block; power: K-weighted mean square of the block, summed over channels (mono counted twice). */
am_status am_blocks_push(am_blocks *blocks, double peak, double power, am_error *err);
size_t am_blocks_count(const am_blocks *blocks);
/* Decode count blocks from first on; either output may be NULL. Relative error at most 0.02 dB (values below -190 dB read 0). */
void am_blocks_read(const am_blocks *blocks, size_t first, size_t count, float *peak, float *power);
/* The same powers as they are in front of any ride. */
void am_blocks_read_bare(const am_blocks *blocks, size_t first, size_t count, float *power);
/* The same peaks as natural logarithms; none: below -700. */
void am_blocks_read_log(const am_blocks *blocks, size_t first, size_t count, float *peak_neper);
/* From here on read everything as it is behind a gain that moves: gains_db[i] in the middle of four blocks from 4 i on, straight lines of
 * dB between. Copied; NULL takes it off. steps: as many as there are fours of blocks, the last one begun or complete. */
am_status am_blocks_ride(am_blocks *blocks, const float *gains_db, size_t steps, am_error *err);
void am_blocks_close(am_blocks *blocks);                    /* NULL is fine */

#endif
