/* run.h - what the stages of one call share: the options as understood, progress, cancellation */
#ifndef AM_PIPELINE_RUN_H
#define AM_PIPELINE_RUN_H

#include <automaster/automaster.h>
#include <stdatomic.h>

typedef struct am_run {
    am_options options;             /* complete: members that an older caller does not know hold their defaults */
    atomic_bool cancelled;
} am_run;

/* Copy and check the caller's options; AM_ERR_RANGE names the member, its range and what was found. */
am_status am_run_init(am_run *run, const am_options *options, am_error *err);

/* From the calling thread: report progress. AM_ERR_CANCELLED when the caller asks to stop. */
am_status am_run_tell(am_run *run, const char *stage, double done, am_error *err);

/* Seconds of a clock that only goes forward. */
double am_run_seconds(void);

#endif
