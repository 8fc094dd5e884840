/* test_pressfit.c - match/pressfit.h against every setting of a grid */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "match/params.h"
#include "match/pressfit.h"
#include "tests/support/listen.h"
#include "tests/support/music.h"

enum { RATE = 44100, FRAMES = 20 * RATE };

static float song[2][FRAMES];

static int prepare(void **state)
{
    float *both = listen_buffer(2 * FRAMES);

    (void)state;
    music_fill(both, FRAMES, 2, RATE, 5, 0.5);
    for (size_t i = 0; i < 2 * FRAMES; i++)
        song[i % 2][i / 2] = both[i];
    free(both);
    return 0;
}

/* Least distance of all settings that keep the limits of reduction. */
static double search(const am_pressfit *fit)
{
    static const double attacks_ms[] = { 5.0, 15.0, 40.0 }, releases_ms[] = { 50.0, 150.0, 400.0 };
    double least = HUGE_VAL;

    for (int above = -20; above <= 4; above++)
        for (int ratio = 1; ratio <= 8; ratio++)
            for (int times = 0; times < 9; times++) {
                const am_compressor c = {
                    .enabled = true, .threshold_lufs = fit->in_front_lufs + above, .ratio = 1.0 + 0.25 * ratio, .knee_db = AM_DYN_KNEE_DB,
                    .range_db = AM_DYN_RANGE_DB, .attack_ms = attacks_ms[times / 3], .release_ms = releases_ms[times % 3]
                };
                am_reduction reduction;
                am_features features;

                am_simulation_run(fit->simulation, &c, &reduction, &features);
                if (reduction.p50_db <= AM_DYN_P50_DB && reduction.p99_db <= AM_DYN_P99_DB)
                    least = fmin(least, am_pressfit_distance(fit, &features));
            }
    return least;
}

/* Aims that the limits keep out of reach, where the best lies on a limit. */
static void no_setting_of_a_grid_is_nearer(void **state)
{
    const am_compressor off = { .enabled = false };
    am_blocks *blocks = listen_blocks(song[0], song[1], FRAMES, RATE);
    am_pressfit fit = { 0 };

    (void)state;
    assert_int_equal(am_simulation_open(blocks, NULL, &fit.simulation, NULL), AM_OK);
    am_simulation_run(fit.simulation, &off, NULL, &fit.open);
    fit.in_front_lufs = fit.open.integrated_lufs;
    for (int k = 1; k <= 4; k++) {
        am_compressor found;
        am_reduction reduction;
        am_features features;
        double grid_db, found_db;

        for (int q = 0; q < AM_QUANTILES; q++) {
            fit.wish_db[q] = (1.0 - 0.2 * k) * fit.open.momentary_lu[q];
            fit.wish_db[AM_QUANTILES + q] = (1.0 - 0.2 * k) * fit.open.fast_lu[q];
        }
        assert_int_equal(am_pressfit_solve(&fit, NULL, &found, NULL), AM_OK);
        am_simulation_run(fit.simulation, &found, &reduction, &features);
        found_db = am_pressfit_distance(&fit, &features);
        grid_db = search(&fit);
        print_message("%d: open %.3f, grid %.3f, found %.3f dB, typical %.2f, deep %.2f\n", k, am_pressfit_distance(&fit, &fit.open), grid_db,
                      found_db, reduction.p50_db, reduction.p99_db);
        assert_true(reduction.p50_db <= AM_DYN_P50_DB && reduction.p99_db <= AM_DYN_P99_DB);
        if (!(found_db < 1.1 * grid_db + 0.05))
            fail_msg("%.3f dB, by the grid %.3f dB", found_db, grid_db);
    }
    am_simulation_close(fit.simulation);
    am_blocks_close(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(no_setting_of_a_grid_is_nearer) };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
