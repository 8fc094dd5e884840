/* samples.h - interleaved samples of files <-> planar float
 *
 * in: frames * count interleaved values. channels: count pointers, [1, 8]; values go to or come from [offset, offset + frames) of each.
 * Integers up to 24 bits turn into floats and back exactly.
 */
#ifndef AM_IO_SAMPLES_H
#define AM_IO_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void am_samples_from_short(const int16_t *in, float *const *channels, size_t count, size_t offset, size_t frames);
void am_samples_from_int(const int32_t *in, float *const *channels, size_t count, size_t offset, size_t frames);   /* full scale 2^31 */
void am_samples_from_float(const float *in, float *const *channels, size_t count, size_t offset, size_t frames);

/* From samples on the grid; what lies outside [-1, 1) is clipped. int24: shifted up by 8, full scale 2^31. */
void am_samples_to_short(const float *const *channels, size_t count, size_t offset, size_t frames, int16_t *out);
void am_samples_to_int24(const float *const *channels, size_t count, size_t offset, size_t frames, int32_t *out);
void am_samples_to_float(const float *const *channels, size_t count, size_t offset, size_t frames, float *out);

/* Index of the first sample that is not finite, or count. */
size_t am_samples_first_not_finite(const float *samples, size_t count);

#endif
