/* test_median.c - dsp/median.h against sorting */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/median.h"
#include "tests/support/music.h"

static int rising(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Lane 0 has many equal values, the others more and more different ones. */
static void medians_are_those_of_sorting(void **state)
{
    enum { COUNT = 500 };
    static float x[COUNT][AM_MEDIAN_LANES];
    float infinite[AM_MEDIAN_LANES];
    music_random random = { 5 };
    am_median median;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        for (int lane = 0; lane < AM_MEDIAN_LANES; lane++)
            x[i][lane] = (float)floor(music_uniform(&random, 0.0, 3.0 * (1 << lane)));
    for (int lane = 0; lane < AM_MEDIAN_LANES; lane++)
        infinite[lane] = HUGE_VALF;
    am_median_init(median);
    for (int i = 0; i < COUNT; i++) {
        am_median_replace(median, i < AM_MEDIAN_WINDOW ? infinite : x[i - AM_MEDIAN_WINDOW], x[i]);
        for (int lane = 0; i >= AM_MEDIAN_WINDOW - 1 && lane < AM_MEDIAN_LANES; lane++) {
            float sorted[AM_MEDIAN_WINDOW];

            for (int k = 0; k < AM_MEDIAN_WINDOW; k++)
                sorted[k] = x[i - k][lane];
            qsort(sorted, AM_MEDIAN_WINDOW, sizeof sorted[0], rising);
            for (int k = 0; k < AM_MEDIAN_WINDOW; k++)
                if (median[k][lane] != sorted[k])
                    fail_msg("step %d, lane %d: value %d is %g, expected %g", i, lane, k, (double)median[k][lane], (double)sorted[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians_are_those_of_sorting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
