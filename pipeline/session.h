/* session.h - one mastering from open to close: the stages that master, plan and render put in order */
#ifndef AM_PIPELINE_SESSION_H
#define AM_PIPELINE_SESSION_H

#include "base/blocks.h"
#include "io/output.h"
#include "match/course.h"
#include "match/drive.h"
#include "pipeline/measure.h"
#include "pipeline/run.h"

#define AM_SESSION_FILES (1 + AM_MAX_REFERENCES + 4)    /* input, references, tone-, width-, loudness- and dynamics-from */

typedef struct am_session {
    am_run run;
    const char *in_path, *out_path;
    am_report *report;              /* the caller's; a draft of ours until the end would cost half a MB */
    am_measurement *files;          /* [0] is the input */
    size_t file_count;
    bool lent;                      /* the traces in files belong to somebody else */
    const am_shared *shared;        /* of input and reference, lent; NULL: not looked for yet */
    const am_tape *tape;            /* the input, lent; NULL or not usable: read the file */
    am_tape *front;                 /* keep what the front makes while listening; lent, begun here; NULL: no */
    double front_most;              /* samples that it keeps at most; 0: as many as a tape takes */
    am_course *course;              /* of the input; NULL: the tone does not answer the dynamics */
    am_blocks *blocks;              /* of the signal in front of the compressor, read as behind it once that is solved; NULL: not listened yet */
    am_output *output;              /* written and verified, not yet committed */
    am_drive drive;
    double wanted_lufs;             /* NaN: leave the loudness */
    double peaks_dbtp;              /* of the references at the loudness wanted; NaN: not known, or the loudness is not theirs */
    double offset_lu;               /* measured minus predicted, learned from the last attempt */
    double lack_db;                 /* what the last pass that was refined lacked of the target; 0: none yet */
    uint64_t digest;                /* of the samples rendered last and measured as report->after */
} am_session;

bool am_session_shares(const am_options *options);          /* passages of input and reference are looked for */
am_status am_session_open(am_session *s, const char *in_path, const char *out_path, const am_options *options, am_report *report,
                          am_error *err);
am_status am_session_measure(am_session *s, am_error *err);    /* input and references */
am_status am_session_adopt(am_session *s, am_error *err);      /* instead: files hold what was measured elsewhere, the input its reader */
am_status am_session_target(am_session *s, am_error *err);
am_status am_session_solve(am_session *s, am_error *err);      /* tone, width, multiband, delivery */
am_status am_session_listen(am_session *s, am_error *err);     /* the signal in front of compressor and limiter */
am_status am_session_dynamics(am_session *s, am_error *err);   /* compressor and loudness; right after listening */
am_status am_session_retouch(am_session *s, am_error *err);    /* tone and dynamics again, for what the dynamics do to the tone */
am_status am_session_decide(am_session *s, am_error *err);     /* all of these once the files are measured: the plan is complete */
am_status am_session_drive(am_session *s, am_error *err);      /* loudness again, with offset_lu */
am_status am_session_press(am_session *s, am_error *err);      /* after listening again: the compressor as it is, and the drive behind it */
am_status am_session_render(am_session *s, am_error *err);     /* into a fresh temporary, measuring */
am_status am_session_verify(am_session *s, am_error *err);     /* the file holds what was measured */
void am_session_close(am_session *s);
/* All of the input from its start, block by block; take gets no frames at the end. Tells progress of stage. */
typedef am_status (*am_session_take)(void *context, const float *const *channels, size_t frames, am_error *err);
am_status am_session_stream(am_session *s, const am_tape *tape, const char *stage, am_session_take take, void *context, am_error *err);
am_status am_session_reopen(am_session *s, am_error *err);     /* a fresh temporary for the output */

/* Why the loudness asked for cannot be had, as a clause; NULL: it can. */
const char *am_session_unreachable(const am_session *s);

#endif
