/* flac.h - planar float into a FLAC file in memory */
#ifndef AM_IO_FLAC_H
#define AM_IO_FLAC_H

#include <automaster/automaster.h>

typedef struct am_flac {            /* a file; bytes are for am_forget with the allocator of the call */
    uint8_t *bytes;
    size_t count;
} am_flac;

/* channels[0 .. format->channels) of frames samples, times scale, rounded to bits (16 or 24); what lies outside full scale is clipped.
 * AM_ERR_RANGE for rates or channels that FLAC does not hold. */
am_status am_flac_encode(const am_format *format, uint32_t bits, double scale, const float *const *channels, size_t frames,
                         const am_allocator *allocator, am_flac *out, am_error *err);

#endif
