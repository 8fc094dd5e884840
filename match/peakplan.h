/* peakplan.h - how high the peaks may stand where the reference's stand lower than the ceiling
 *
 * At one loudness a lower true peak is a smaller distance of peak and loudness: the finest of the three scales of dynamics, which no
 * compressor moves and a limiter does (docs/dynamics.md).
 */
#ifndef AM_MATCH_PEAKPLAN_H
#define AM_MATCH_PEAKPLAN_H

#include <automaster/automaster.h>
#include "base/blocks.h"

/* Let plan.limiter hold peaks to peaks_dbtp, the true peak that the reference has at the loudness aimed at, where that is below the ceiling of
 * the options. NaN: nothing is known, as from another part of the song, whose peaks are its arrangement. */
void am_peakplan_wish(const am_options *options, double peaks_dbtp, am_report *report);

/* Take back of that what would be more than gentle limiting for wanted_lufs, and tell what is left. blocks: what the limiter gets;
 * wanted_lufs, offset_lu as am_drive_solve takes them. */
am_status am_peakplan_settle(const am_options *options, const am_blocks *blocks, double wanted_lufs, double offset_lu, am_report *report,
                             am_error *err);

#endif
