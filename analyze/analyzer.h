/* analyzer.h - what the engine asks of an am_analyzer beyond the public functions */
#ifndef AM_ANALYZE_ANALYZER_H
#define AM_ANALYZE_ANALYZER_H

#include <automaster/automaster.h>
#include "base/trace.h"

/* Have am_analyze_finish fill *trace too, which the caller closes. It stays empty for more than two channels. */
void am_analyzer_want_trace(am_analyzer *analyzer, am_trace *trace);

#endif
