#include "dsp/median.h"

#include <math.h>

#include "dsp/simd.h"

void am_median_init(am_median median)
{
    for (int i = 0; i < AM_MEDIAN_WINDOW; i++)
        for (int lane = 0; lane < AM_MEDIAN_LANES; lane++)
            median[i][lane] = HUGE_VALF;
}

/* One walk along the sorted values: what is not below the leaving one moves down a place, and the larger of each value and the one that
 * is carried goes on to the next. */
AM_CLONES
void am_median_replace(am_median median, const float *leaving, const float *entering)
{
    float carried[AM_MEDIAN_LANES];

    for (int lane = 0; lane < AM_MEDIAN_LANES; lane++)
        carried[lane] = entering[lane];
    for (int i = 0; i + 1 < AM_MEDIAN_WINDOW; i++)
        for (int lane = 0; lane < AM_MEDIAN_LANES; lane++) {
            const float left = median[i][lane] < leaving[lane] ? median[i][lane] : median[i + 1][lane];

            median[i][lane] = left < carried[lane] ? left : carried[lane];
            carried[lane] = left < carried[lane] ? carried[lane] : left;
        }
    for (int lane = 0; lane < AM_MEDIAN_LANES; lane++)
        median[AM_MEDIAN_WINDOW - 1][lane] = carried[lane];
}
