#include "match/levelplan.h"

#include <math.h>

#include "base/db.h"
#include "match/params.h"

enum { ROUNDS = 6 };

static const double near_lu = 0.1, step = 0.01;

static double range_of(am_simulation *simulation, const am_compressor *behind, const am_leveller *leveller)
{
    am_features ignored;

    am_simulation_level(simulation, leveller, NULL);
    am_simulation_run(simulation, behind, NULL, &ignored);
    return am_simulation_range_lu(simulation);
}

/* The range falls as the amount grows, nearly in a straight line until the bound on the gain is met: false position. */
void am_levelplan_solve(am_simulation *simulation, const am_compressor *behind, double level_lufs, double range_lu, am_leveller *out)
{
    am_leveller l = {
        .enabled = true,
        .level_lufs = am_round_to(am_clamp(level_lufs + AM_LEVEL_ABOVE_LU, -80.0, 10.0), 0.01),
        .range_db = AM_LEVEL_RANGE_DB,
        .slew_db_s = AM_LEVEL_SLEW_DB_S,
        .floor_lufs = am_round_to(am_clamp(level_lufs - AM_LEVEL_FLOOR_LU, -90.0, 10.0), 0.01),
    };
    double low = 0.0, high = AM_LEVEL_AMOUNT, too_much = range_of(simulation, behind, &l) - range_lu, too_little;

    if (too_much <= near_lu)
        high = 0.0;
    l.amount = high;
    too_little = range_of(simulation, behind, &l) - range_lu;
    for (int round = 0; round < ROUNDS && too_much > near_lu && too_little < -near_lu && high - low > step; round++) {
        double off;

        l.amount = am_round_to(low + am_clamp(too_much / (too_much - too_little), 0.1, 0.9) * (high - low), step);
        off = range_of(simulation, behind, &l) - range_lu;
        if (fabs(off) <= near_lu)
            break;
        *(off > 0.0 ? &low : &high) = l.amount;
        *(off > 0.0 ? &too_much : &too_little) = off;
    }
    *out = l;
}
