/* gauge.h - measures what is being written, on a thread of its own, while the chain goes on rendering
 *
 * The digest proves afterwards that the file holds the very samples that were measured.
 */
#ifndef AM_PIPELINE_GAUGE_H
#define AM_PIPELINE_GAUGE_H

#include "pipeline/run.h"

typedef struct am_gauge am_gauge;

/* On the calling thread where run->options.threads is 1. */
am_status am_gauge_open(const am_format *format, const am_run *run, am_gauge **out, am_error *err);
/* At most AM_PLANAR_FRAMES frames, copied. Tells what went wrong with earlier ones, too. */
am_status am_gauge_push(am_gauge *m, const float *const *channels, size_t frames, am_error *err);
am_status am_gauge_finish(am_gauge *m, am_analysis *out, uint64_t *digest, am_error *err);
void am_gauge_close(am_gauge *m)    ;                       /* NULL is fine */

/* Digest of samples, the same for any split into blocks; start with 0. Both zeros count as the same. */
uint64_t am_gauge_digest(uint64_t digest, const float *const *channels, uint32_t count, size_t frames);

#endif
