/* compressor.h - leveller and compressor: measures the K-weighted level of what passes and moves one gain, both channels alike */
#ifndef AM_RENDER_COMPRESSOR_H
#define AM_RENDER_COMPRESSOR_H

#include <automaster/automaster.h>

typedef struct am_compression am_compression;

/* Uses leveller, compressor and rate_hz of the plan; one of the two may be off. Output is aligned with the input; where the gain is 0 dB the very same samples pass. The gain
 * goes in straight lines from the middle of one step to the middle of the next. */
am_status am_compression_open(uint32_t channels, const am_plan *plan, const am_allocator *allocator, am_compression **out, am_error *err);
am_status am_compression_push(am_compression *compression, const float *const *channels, size_t frames, am_error *err);
am_status am_compression_finish(am_compression *compression, am_error *err);
/* Up to capacity frames; *given 0: push more, or all done after finish. */
void am_compression_pull(am_compression *compression, float *const *channels, size_t capacity, size_t *given);
/* Keep the greatest change of gain in each slice of slice_frames frames, count <= AM_OVERVIEW; call before the first push. */
void am_compression_trace(am_compression *compression, uint32_t count, double slice_frames);
/* Statistics so far; p50 and p95 over the time in which the level is above the leveller's floor, or no more
 * than AM_COMPGAIN_COUNTS_LU under the compressor's threshold. A stage that is off: zeros. */
void am_compression_traced(const am_compression *compression, am_limiter_trace *leveller, am_limiter_trace *compressor);
void am_compression_close(am_compression *compression);              /* NULL is fine */

#endif
