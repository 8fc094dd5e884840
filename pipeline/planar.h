/* planar.h - a planar buffer for passing audio from stage to stage */
#ifndef AM_PIPELINE_PLANAR_H
#define AM_PIPELINE_PLANAR_H

#include <automaster/automaster.h>

#define AM_PLANAR_FRAMES 4096
#define AM_PLANAR_CHANNELS 8

typedef struct am_planar {
    const am_allocator *allocator;
    float *memory;
    float *channels[AM_PLANAR_CHANNELS];
} am_planar;

/* Room for AM_PLANAR_FRAMES frames. */
am_status am_planar_open(am_planar *audio, uint32_t channels, const am_allocator *allocator, am_error *err);
void am_planar_close(am_planar *audio);

#endif
