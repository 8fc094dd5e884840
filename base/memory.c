#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static void *acquire_raw(const am_allocator *allocator, size_t bytes)
{
    return allocator && allocator->acquire ? allocator->acquire(allocator->context, bytes) : malloc(bytes);
}

void am_release(const am_allocator *allocator, void *memory)
{
    if (allocator && allocator->release)
        allocator->release(allocator->context, memory);
    else
        free(memory);
}

/* The block starts with room for alignment; the pointer handed out keeps the distance to the block in the byte before it. */
void *am_acquire(const am_allocator *allocator, size_t count, size_t size)
{
    unsigned char *block, *aligned;
    size_t bytes;

    if (size && count > (SIZE_MAX - ALIGNMENT) / size)
        return NULL;
    bytes = count * size;
    block = acquire_raw(allocator, bytes + ALIGNMENT);
    if (!block)
        return NULL;
    aligned = block + (ALIGNMENT - (uintptr_t)block % ALIGNMENT);
    aligned[-1] = (unsigned char)(aligned - block);
    memset(aligned, 0, bytes);
    return aligned;
}

void am_forget(const am_allocator *allocator, void *memory)
{
    unsigned char *aligned = memory;

    if (aligned)
        am_release(allocator, aligned - aligned[-1]);
}

void *am_grow(const am_allocator *allocator, void *memory, size_t old_count, size_t new_count, size_t size)
{
    void *grown = am_acquire(allocator, new_count, size);

    if (!grown)
        return NULL;
    if (memory)
        memcpy(grown, memory, (old_count < new_count ? old_count : new_count) * size);
    am_forget(allocator, memory);
    return grown;
}

char *am_string_copy(const am_allocator *allocator, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? acquire_raw(allocator, length + 1) : NULL;

    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}
