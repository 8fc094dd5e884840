#include "pipeline/run.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/db.h"
#include "base/error.h"

const char *am_version(void) { return AM_VERSION; }

static void set_defaults(am_options *options)
{
    *options = (am_options){
        .struct_size = sizeof *options,
        .match = AM_MATCH_NATURAL,
        .amount_tone = 1.0,
        .amount_dynamics = 1.0,
        .amount_width = 1.0,
        .amount_loudness = 1.0,
        .loudness_lufs = NAN,
        .ceiling_dbtp = -1.0,
        .limit = true,
        .dither = -1,
        .seed = 1,
    };
}

void am_options_init(am_options *options, size_t struct_size)
{
    am_options defaults;

    if (!options)
        return;
    set_defaults(&defaults);
    defaults.struct_size = struct_size;
    memset(options, 0, struct_size);
    memcpy(options, &defaults, struct_size < sizeof defaults ? struct_size : sizeof defaults);
}

static am_status check_range(const char *name, double value, double low, double high, am_error *err)
{
    if (am_within(value, low, high))
        return AM_OK;
    return am_fail(err, AM_ERR_RANGE, "%s %g: outside [%g, %g]", name, value, low, high);
}

/* what: "reference" or "profile" */
static am_status check_list(const char *what, const am_reference *list, size_t count, am_error *err)
{
    if (count > AM_MAX_REFERENCES)
        return am_fail(err, AM_ERR_RANGE, "%zu %ss: at most %d", count, what, AM_MAX_REFERENCES);
    if (count && !list)
        return am_fail(err, AM_ERR_RANGE, "%s_count is %zu and %ss is NULL", what, count, what);
    for (size_t i = 0; i < count; i++) {
        if (!list[i].path)
            return am_fail(err, AM_ERR_RANGE, "%s %zu has no path", what, i + 1);
        if (!am_within(list[i].weight, 1e-9, 1000.0))
            return am_fail(err, AM_ERR_RANGE, "%s: weight %g: outside (0, 1000]", list[i].path, list[i].weight);
    }
    return AM_OK;
}

static am_status check_lists(const am_options *o, am_error *err)
{
    am_status st = check_list("reference", o->references, o->reference_count, err);

    if (!st)
        st = check_list("profile", o->profiles, o->profile_count, err);
    if (!st && o->profile && o->profile_count == AM_MAX_REFERENCES)
        return am_fail(err, AM_ERR_RANGE, "%d profiles: at most %d", AM_MAX_REFERENCES + 1, AM_MAX_REFERENCES);
    if (!st && o->reference_count && (o->profile || o->profile_count))
        return am_fail(err, AM_ERR_RANGE, "references and a profile at once: choose one");
    return st;
}

static am_status check_options(const am_options *o, am_error *err)
{
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {
        { "amount_tone", o->amount_tone, 0.0, 1.5 },
        { "amount_dynamics", o->amount_dynamics, 0.0, 1.5 },
        { "amount_width", o->amount_width, 0.0, 1.5 },
        { "amount_loudness", o->amount_loudness, 0.0, 1.5 },
        { "loudness_lufs", isnan(o->loudness_lufs) ? -14.0 : o->loudness_lufs, -36.0, -6.0 },
        { "ceiling_dbtp", o->ceiling_dbtp, -9.0, 0.0 },
        { "rate_hz", o->rate_hz ? (double)o->rate_hz : 44100.0, 8000.0, 384000.0 },
        { "match", (double)o->match, AM_MATCH_NATURAL, AM_MATCH_EXACT },
        { "dither", o->dither, -1.0, AM_DITHER_SHAPED },
        { "seed", (double)o->seed, 0.0, 9007199254740992.0 },
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const am_status st = check_range(ranges[i].name, ranges[i].value, ranges[i].low, ranges[i].high, err);

        if (st)
            return st;
    }
    if (o->bits != 0 && o->bits != 16 && o->bits != 24 && o->bits != 32)
        return am_fail(err, AM_ERR_RANGE, "bits %u: one of 16, 24, 32 (float)", o->bits);
    return check_lists(o, err);
}

am_status am_run_init(am_run *run, const am_options *options, am_error *err)
{
    memset(run, 0, sizeof *run);
    set_defaults(&run->options);
    if (options) {
        if (options->struct_size < sizeof(size_t))
            return am_fail(err, AM_ERR_STATE, "options were not initialised: call AM_OPTIONS_INIT first");
        memcpy(&run->options, options, options->struct_size < sizeof run->options ? options->struct_size : sizeof run->options);
    }
    atomic_init(&run->cancelled, false);
    return check_options(&run->options, err);
}

am_status am_run_tell(am_run *run, const char *stage, double done, am_error *err)
{
    if (run->options.progress && !run->options.progress(run->options.progress_context, stage, am_clamp(done, 0.0, 1.0)))
        atomic_store(&run->cancelled, true);
    return atomic_load(&run->cancelled) ? am_fail(err, AM_ERR_CANCELLED, "cancelled") : AM_OK;
}

double am_run_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
