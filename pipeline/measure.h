/* measure.h - files to analyses, two at a time */
#ifndef AM_PIPELINE_MEASURE_H
#define AM_PIPELINE_MEASURE_H

#include "base/trace.h"
#include "io/reader.h"
#include "pipeline/run.h"
#include "pipeline/tape.h"

typedef struct am_measurement {
    const char *path;               /* in */
    bool keep;                      /* in: leave reader open, for the caller to rewind and close */
    am_reader *reader;
    bool style;                     /* in: recognise its style */
    double lift_db;                 /* in: measured this much louder, for what lies below the loudness gate; told as it is */
    bool want_trace;                /* in */
    am_tape *tape;                  /* in: keep what is decoded; lent, begun here; NULL: no */
    am_trace trace;                 /* for the caller to close */
    am_analysis analysis;
    am_source source;               /* with its hash */
    am_status status;
    am_error error;
} am_measurement;

/* Measure one file in the calling thread. stage is told as progress; NULL: stay silent (another thread). */
am_status am_measure(am_run *run, const char *stage, am_measurement *m);

/* Measure count files, on two threads where run->options.threads allows; the first error in order wins. */
am_status am_measure_all(am_run *run, const char *stage, am_measurement *list, size_t count, am_error *err);

/* A file that holds audio, all of it below the gate of -70 LUFS, is measured again, louder: music that is to be brought up has a loudness too. */
am_status am_measure_if_quiet(am_run *run, am_measurement *m, am_error *err);

/* AM_ERR_CONTENT for what can neither be mastered nor be a reference: silence, shorter than one loudness block, or no audio at all. */
am_status am_measure_usable(const am_measurement *m, am_error *err);

#endif
