/* test_levelplan.c - match/levelplan.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/db.h"
#include "match/levelplan.h"
#include "match/params.h"

static const am_compressor off = { .ratio = 1.0, .attack_ms = 20.0, .release_ms = 200.0 };

/* Two minutes, by turns 20 s soft and 20 s loud */
static am_blocks *verses(double soft_lufs, double loud_lufs)
{
    am_blocks *blocks = NULL;

    assert_int_equal(am_blocks_open(44100.0, NULL, &blocks, NULL), AM_OK);
    for (int i = 0; i < 165375; i++)
        assert_int_equal(am_blocks_push(blocks, 0.3, am_power_from_lufs(i / 27562 % 2 ? loud_lufs : soft_lufs), NULL), AM_OK);
    return blocks;
}

static double range_behind(am_simulation *simulation)
{
    am_features ignored;

    am_simulation_run(simulation, &off, NULL, &ignored);
    return am_simulation_range_lu(simulation);
}

static void the_range_comes_down_as_far_as_asked(void **state)
{
    am_blocks *blocks = verses(-26.0, -18.0);
    am_simulation *simulation = NULL;
    am_leveller leveller;
    am_reduction reduction;

    (void)state;
    assert_int_equal(am_simulation_open(blocks, NULL, &simulation, NULL), AM_OK);
    if (fabs(range_behind(simulation) - 8.0) > 0.1)
        fail_msg("range %.2f LU, wanted 8", range_behind(simulation));
    for (double wanted = 8.0; wanted >= 5.0; wanted -= 1.0) {
        am_levelplan_solve(simulation, &off, -20.0, wanted, &leveller);
        if (fabs(range_behind(simulation) - wanted) > 0.15)
            fail_msg("range %.2f LU, wanted %.2f, amount %.2f", range_behind(simulation), wanted, leveller.amount);
        am_simulation_level(simulation, &leveller, &reduction);
        assert_true(leveller.enabled && reduction.max_db <= AM_LEVEL_RANGE_DB + 1e-3);
    }
    am_simulation_close(simulation);
    am_blocks_close(blocks);
}

static void more_than_it_may_is_not_done(void **state)
{
    am_blocks *blocks = verses(-34.0, -18.0);
    am_simulation *simulation = NULL;
    am_leveller leveller;

    (void)state;
    assert_int_equal(am_simulation_open(blocks, NULL, &simulation, NULL), AM_OK);
    am_levelplan_solve(simulation, &off, -20.0, 2.0, &leveller);
    assert_true(leveller.amount <= AM_LEVEL_AMOUNT && leveller.range_db == AM_LEVEL_RANGE_DB && leveller.slew_db_s == AM_LEVEL_SLEW_DB_S);
    assert_true(range_behind(simulation) > 16.0 - 2.0 * AM_LEVEL_RANGE_DB - 0.2);
    leveller.enabled = false;
    am_simulation_level(simulation, &leveller, NULL);
    assert_true(fabs(range_behind(simulation) - 16.0) < 0.1);
    am_simulation_close(simulation);
    am_blocks_close(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_range_comes_down_as_far_as_asked),
        cmocka_unit_test(more_than_it_may_is_not_done),
    };

    return cmocka_run_group_tests_name("levelplan", tests, NULL, NULL);
}
