/* drive.h - how much gain into the limiter gives the loudness asked for, predicted on block statistics */
#ifndef AM_MATCH_DRIVE_H
#define AM_MATCH_DRIVE_H

#include <automaster/automaster.h>
#include "base/blocks.h"

typedef enum am_drive_end {
    AM_DRIVE_REACHED,
    AM_DRIVE_SATURATED,             /* more drive hardly makes it louder: dI/dg < 0.25 */
    AM_DRIVE_TOO_DEEP,              /* p99 gain reduction beyond 8 dB */
    AM_DRIVE_CEILING                /* no limiter: peaks at the ceiling */
} am_drive_end;

typedef struct am_drive {
    am_drive_end end;
    double drive_db;                /* rounded to 0.001 dB; 0 exactly when |gain| < 0.02 dB and no peak is over the ceiling */
    double integrated_lufs, true_peak_dbtp;     /* predicted; where no peak nears the ceiling, that of the samples */
    double p50_db, p95_db, p99_db, max_db;  /* gain reduction over time above the gate */
    double clip_p50_db, clip_p95_db, clip_max_db;   /* of peaks, by the clip stage */
} am_drive;

/* More would not sound well, however loud is asked for. */
bool am_drive_falls_short(const am_drive *drive);

/* Predict for one drive. clip: the stage in front of the limiter, NULL or off: none. */
am_status am_drive_predict(const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter, double drive_db, const am_allocator *allocator,
                           am_drive *out, am_error *err);

/* Find the drive for target_lufs (NaN: drive 0, or as low as the ceiling asks without a limiter). offset_lu is added to every prediction:
 * what an earlier attempt measured minus what was predicted for it. */
am_status am_drive_solve(const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter, double target_lufs, double offset_lu,
                         const am_allocator *allocator, am_drive *out, am_error *err);

/* The signal behind the limiter, block by block in order: peak and power as in am_blocks. */
typedef void (*am_drive_sink)(void *context, size_t block, double peak, double power);
am_status am_drive_trace(const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter, double drive_db, const am_allocator *allocator,
                         am_drive_sink sink, void *context, am_error *err);

/* Limiter times for this signal: hold covers half a period of the lowest strong bass. */
void am_limiter_for(const am_analysis *before, double ceiling_dbtp, am_limiter *out);

#endif
