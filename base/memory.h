/* memory.h - every allocation of the library goes through the caller's allocator */
#ifndef AM_BASE_MEMORY_H
#define AM_BASE_MEMORY_H

#include <automaster/automaster.h>

/* Zeroed, 64-byte aligned memory for count items of size bytes; NULL when there is none or count * size overflows. */
void *am_acquire(const am_allocator *allocator, size_t count, size_t size);

/* Grow from old_count to new_count items: what was there is kept, the rest zeroed. On failure NULL, and memory stays valid. */
void *am_grow(const am_allocator *allocator, void *memory, size_t old_count, size_t new_count, size_t size);

/* Give back memory of the two functions above; NULL is fine. (Strings handed to the caller come from am_string_copy.) */
void am_forget(const am_allocator *allocator, void *memory);

/* A copy of length bytes plus NUL, straight from the allocator, to be given back with am_release. */
char *am_string_copy(const am_allocator *allocator, const char *text, size_t length);

#endif
