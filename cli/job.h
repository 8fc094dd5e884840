/* job.h - one input on its way to a master: names, what may not be overwritten, report and result */
#ifndef AM_CLI_JOB_H
#define AM_CLI_JOB_H

#include "cli/files.h"
#include "cli/results.h"

typedef struct job {
    const char *input;              /* as the person gave it */
    const char *source;             /* as the library gets it */
    char output[PATH_SIZE];         /* "-": standard output */
    char report[PATH_SIZE];         /* "": none */
} job;

/* Names of output and report. bits: of the master as far as known, 0 if not. Usage errors only. */
am_status job_name(const settings *options, const char *input, unsigned bits, job *out, am_error *err);

/* Usage errors between jobs: two with the same output. */
am_status job_compare(const job *jobs, size_t count, am_error *err);

/* Is path one of the files that this call reads? */
bool job_is_input(const settings *options, const char *path);

/* Look before the work: an output that is an input, or there already. AM_ERR_EXISTS. */
am_status job_look(const settings *options, const job *j, am_error *err);

/* Is the output there, with its report where there is to be one, and --skip-existing given? Says so. */
bool job_skip(const settings *options, const job *j);

/* --delta: write what the stages of plan changed into its folder. Nothing without the option. */
am_status job_delta(const settings *options, const job *j, const am_plan *plan, am_options *call, am_error *err);

/* A gate that fails where the destination takes more channels than the input has. */
void job_judge_channels(const settings *options, am_report *report);

/* Write the report file and print the result. Returns an exit code, GATE_FAILED when a gate failed. */
int job_deliver(const settings *options, const job *j, const am_report *report, results *to);

#endif
