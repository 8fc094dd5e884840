/* wanted.c - the tone that the solver wants of a song, for scripts/evaluate-profiles
 *
 *   wanted SONG PROFILE.json TIMES... < CURVES
 *
 * TIMES: what the covariance of the profile is taken times (AM_DOUBT_PROFILE in the engine). CURVES: lines of 61 numbers, EQs in dB that are
 * added to the song's measurements. For every curve and, within it, every TIMES, a line of 61 numbers: the correction in dB.
 */
#include <automaster/automaster.h>

#include <stdio.h>
#include <stdlib.h>

#include "match/belief.h"
#include "match/params.h"

static void equalise(am_analysis *a, const double *by_db)
{
    for (int k = 0; k < AM_BANDS; k++) {
        a->mid.mean_db[k] += by_db[k];
        a->mid.power_db[k] += by_db[k];
        a->side.mean_db[k] += by_db[k];
        a->side.power_db[k] += by_db[k];
    }
}

static void widen(am_target *target, double times)
{
    for (int i = 0; i < AM_BANDS; i++)
        for (int j = 0; j < AM_BANDS; j++) {
            target->tone.covariance_db2[i][j] *= times;
            target->width.covariance_db2[i][j] *= times;
        }
}

static bool read_curve(double *curve_db)
{
    for (int k = 0; k < AM_BANDS; k++)
        if (scanf("%lf", &curve_db[k]) != 1)
            return false;
    return true;
}

static bool answer(const am_analysis *song, const am_target *target, int count, char **times, am_analysis *equalised, am_target *widened)
{
    double curve_db[AM_BANDS];
    am_curve tone, width;

    while (read_curve(curve_db)) {
        *equalised = *song;
        equalise(equalised, curve_db);
        for (int i = 0; i < count; i++) {
            *widened = *target;
            widen(widened, strtod(times[i], NULL) / AM_DOUBT_PROFILE);
            if (am_believe(equalised, widened, true, NULL, &tone, &width, NULL))
                return false;
            for (int k = 0; k < AM_BANDS; k++)
                printf("%.4f%c", tone.wanted_db[k], k + 1 < AM_BANDS ? ' ' : '\n');
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    am_analysis *song = malloc(2 * sizeof *song);
    am_target *target = malloc(2 * sizeof *target);
    am_profile *profile = NULL;
    am_options options;
    am_error err = { 0 };
    bool done = false;

    AM_OPTIONS_INIT(&options);
    if (argc < 4)
        fprintf(stderr, "usage: wanted SONG PROFILE.json TIMES... < CURVES\n");
    else if (song && target && !am_analyze_file(argv[1], &options, song, NULL, &err) && !am_profile_load(argv[2], NULL, NULL, &profile, &err) &&
             !am_target_from_profiles((const am_profile *const[]) { profile }, NULL, 1, target, &err))
        done = answer(song, target, argc - 3, argv + 3, song + 1, target + 1);
    if (!done)
        fprintf(stderr, "wanted: %s\n", err.message);
    am_profile_close(profile);
    free(song);
    free(target);
    return !done;
}
