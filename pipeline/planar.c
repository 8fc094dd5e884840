#include "pipeline/planar.h"

#include "base/error.h"
#include "base/memory.h"

am_status am_planar_open(am_planar *audio, uint32_t channels, const am_allocator *allocator, am_error *err)
{
    audio->allocator = allocator;
    audio->memory = am_acquire(allocator, (size_t)channels * AM_PLANAR_FRAMES, sizeof(float));
    if (!audio->memory)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    for (uint32_t c = 0; c < channels; c++)
        audio->channels[c] = audio->memory + (size_t)c * AM_PLANAR_FRAMES;
    return AM_OK;
}

void am_planar_close(am_planar *audio)
{
    am_forget(audio->allocator, audio->memory);
    audio->memory = NULL;
}
