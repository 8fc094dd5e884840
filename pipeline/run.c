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

static am_status check_references(const am_options *o, am_error *err)
{
    if (o->reference_count > AM_MAX_REFERENCES)
        return am_fail(err, AM_ERR_RANGE, "%zu references: at most %d", o->reference_count, AM_MAX_REFERENCES);
    for (size_t i = 0; i < o->reference_count; i++) {
        if (!o->references[i].path)
            return am_fail(err, AM_ERR_RANGE, "reference %zu has no path", i + 1);
        if (!(o->references[i].weight > 0.0 && o->references[i].weight <= 1000.0))
            return am_fail(err, AM_ERR_RANGE, "%s: weight %g: outside (0, 1000]", o->references[i].path, o->references[i].weight);
    }
    if (o->reference_count && (o->profile || o->profile_count))
        return am_fail(err, AM_ERR_RANGE, "references and a profile at once: choose one");
    return AM_OK;
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
    return check_references(o, err);
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
