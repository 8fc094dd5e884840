/* median.h - medians over a moving window, 16 signals side by side */
#ifndef AM_DSP_MEDIAN_H
#define AM_DSP_MEDIAN_H

enum { AM_MEDIAN_WINDOW = 31, AM_MEDIAN_LANES = 16 };

/* The values of the window of each lane in rising order; row AM_MEDIAN_WINDOW / 2 is the median. */
typedef float am_median[AM_MEDIAN_WINDOW][AM_MEDIAN_LANES];

/* As many infinities as the window is long: feed AM_MEDIAN_WINDOW values with leaving = HUGE_VALF before the median is one. */
void am_median_init(am_median median);
/* In each lane leaving, which is in the window, makes place for entering. Neither is NaN. */
void am_median_replace(am_median median, const float *leaving, const float *entering);

#endif
