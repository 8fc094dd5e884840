#include "base/trace.h"

#include "base/memory.h"

void am_trace_close(am_trace *trace, const am_allocator *allocator)
{
    am_forget(allocator, trace->frames);
    am_forget(allocator, trace->steps);
    *trace = (am_trace){ 0 };
}
