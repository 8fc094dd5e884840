/* loudcurve.h - what loudness costs: one mix at many loudnesses, predicted */
#ifndef AUTOMASTER_LOUDCURVE_H
#define AUTOMASTER_LOUDCURVE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AM_LOUDCURVE_SCHEMA "automaster.loudness-curve/1"
#define AM_LOUDCURVE_STEPS 21       /* -16 .. -6 LUFS by 0.5 LU */
#define AM_LOUDCURVE_FIRST_LUFS (-16.0)
#define AM_LOUDCURVE_STEP_LU 0.5

typedef struct am_loudcurve_step {
    double loudness_lufs;           /* asked for */
    double reached_lufs;            /* less where the limiter would have to take off more than is sensible */
    bool reached;
    double drive_db;
    double limiter_p50_db, limiter_p95_db, limiter_max_db;  /* gain reduction, >= 0 */
    double plr_db, psr_db;          /* of the result */
    double distortion_db;           /* <= 0, what the limiter's moving gain adds, exceeded 5 % of the time: residue against signal in frames
                                       of 1024 / 44100 s after the best steady gain for each; -120 where the gain stands still */
} am_loudcurve_step;

typedef struct am_loudcurve {
    uint32_t count;                 /* AM_LOUDCURVE_STEPS */
    int32_t knee;                   /* index of the step from which loudness costs more than it did on average; -1: no bend */
    am_loudcurve_step steps[AM_LOUDCURVE_STEPS];
} am_loudcurve;

#ifdef __cplusplus
}
#endif
#endif
