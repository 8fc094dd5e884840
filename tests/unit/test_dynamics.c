/* test_dynamics.c - peak-to-loudness, crest, distributions of level */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "tests/support/listen.h"

enum { RATE = 48000, FRAMES = 20 * RATE };

typedef struct signals {
    am_analysis a;
    float left[FRAMES], right[FRAMES];
} signals;

static void a_sine_has_no_dynamics(void **state)
{
    signals *s = *state;

    for (int i = 0; i < FRAMES; i++)
        s->left[i] = s->right[i] = (float)(0.5 * sin(2.0 * AM_PI * 1000.0 * i / RATE));
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    check_near("crest", s->a.dynamics.crest_db, 3.0103, 0.001);
    check_near("plr", s->a.dynamics.plr_db, -6.02 - s->a.loudness.integrated_lufs, 0.02);
    check_near("psr", s->a.dynamics.psr_db, -6.02 - s->a.loudness.short_term_max_lufs, 0.02);
    check_near("least psr", s->a.dynamics.psr_min_db, s->a.dynamics.psr_db, 0.02);
    for (int q = 0; q < AM_QUANTILES; q++) {
        check_near("short-term", s->a.dynamics.short_term_lu[q], 0.0, 0.02);
        check_near("momentary", s->a.dynamics.momentary_lu[q], 0.0, 0.02);
        check_near("fast", s->a.dynamics.fast_lu[q], 0.0, 0.05);
        check_near("region", s->a.dynamics.region_db[2][q], 0.0, 0.05);
    }
}

/* A tone in each region that alternates between two levels every half second: the quantiles are those levels. */
static void regions_follow_their_own_levels(void **state)
{
    static const double hz[AM_REGIONS] = { 50.0, 400.0, 2500.0, 9000.0 }, step_db[AM_REGIONS] = { 6.0, 3.0, 8.0, 5.0 };
    static const double level[AM_REGIONS] = { 0.2, 0.1, 0.05, 0.05 };
    signals *s = *state;

    for (int r = 0; r < AM_REGIONS; r++) {
        memset(s->left, 0, sizeof s->left);
        for (int i = 0; i < FRAMES; i++) {
            const bool loud = i / (RATE / 2) % 5 < 2;

            for (int t = 0; t < AM_REGIONS; t++)
                s->left[i] += (float)((t == r && loud ? am_gain_from_db(step_db[t]) : 1.0) * level[t] * sin(2.0 * AM_PI * hz[t] * i / RATE));
            s->right[i] = s->left[i];
        }
        listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
        for (int t = 0; t < AM_REGIONS; t++) {
            const double expected = t == r ? step_db[t] : 0.0;

            check_near("median", s->a.dynamics.region_db[t][3], 0.0, 1e-9);
            check_near("95 %", s->a.dynamics.region_db[t][6], expected, 0.3);
        }
    }
}

/* Tones of two levels with known shares of time. */
static void quantiles_are_those_of_the_levels(void **state)
{
    signals *s = *state;
    double loud;

    for (int i = 0; i < FRAMES; i++)
        s->left[i] = s->right[i] = (float)((i < FRAMES / 4 ? 0.1 : 0.2) * sin(2.0 * AM_PI * 997.0 * i / RATE));
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    loud = -0.691 + am_db_from_power(0.04) + 0.691 - s->a.loudness.integrated_lufs;
    check_near("fast median", s->a.dynamics.fast_lu[3], loud, 0.05);
    check_near("fast 10 %", s->a.dynamics.fast_lu[1], loud - 6.02, 0.05);
    check_near("momentary 10 %", s->a.dynamics.momentary_lu[1], loud - 6.02, 0.05);
    check_near("short-term 95 %", s->a.dynamics.short_term_lu[6], loud, 0.05);
}

static void pauses_do_not_enter(void **state)
{
    signals *s = *state;
    double fast[AM_QUANTILES];

    memset(s->left, 0, sizeof s->left);
    memset(s->right, 0, sizeof s->right);
    listen_noise(s->left, s->right, FRAMES / 2, RATE, 3);
    listen_stereo(s->left, s->right, FRAMES / 2, RATE, &s->a);
    memcpy(fast, s->a.dynamics.fast_lu, sizeof fast);
    listen_stereo(s->left, s->right, FRAMES, RATE, &s->a);
    for (int q = 1; q < AM_QUANTILES; q++)
        check_near("fast", s->a.dynamics.fast_lu[q], fast[q], 0.3);
}

static int make_state(void **state) { return listen_state(state, sizeof(signals)); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_has_no_dynamics),
        cmocka_unit_test(regions_follow_their_own_levels),
        cmocka_unit_test(quantiles_are_those_of_the_levels),
        cmocka_unit_test(pauses_do_not_enter),
    };

    return cmocka_run_group_tests_name("dynamics", tests, make_state, listen_drop);
}
