/* build.c - profiles out of analyses: profile.h */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "references/build.h"
#include "references/quantities.h"
#include "references/statistics.h"

static const double short_s = 15.0, clipped_percent = 0.1;
static const double tiny_s = 0.4;       /* a block of BS.1770: what is shorter has no loudness */

struct am_profile_builder {
    am_profile_options options;
    am_profile *profile;            /* draft: its songs grow */
    size_t capacity;
};

void am_profile_options_init(am_profile_options *options, size_t struct_size)
{
    if (!options || struct_size < sizeof options->struct_size)
        return;
    memset(options, 0, struct_size);
    options->struct_size = struct_size;
}

am_status am_profile_options_take(const am_profile_options *given, am_profile_options *out, am_error *err)
{
    if (!given)
        return am_fail(err, AM_ERR_RANGE, "profile: options is NULL, and they name the profile");
    if (given->struct_size < sizeof(size_t))
        return am_fail(err, AM_ERR_STATE, "profile: options were not initialised: call AM_PROFILE_OPTIONS_INIT first");
    *out = (am_profile_options){ 0 };
    memcpy(out, given, given->struct_size < sizeof *out ? given->struct_size : sizeof *out);
    return AM_OK;
}

am_status am_profile_build_open(const am_profile_options *options, am_profile_builder **out, am_error *err)
{
    am_profile_builder *b;
    am_profile_options own;
    am_status st;

    if (!out)
        return am_fail(err, AM_ERR_RANGE, "am_profile_build_open: out is NULL");
    st = am_profile_options_take(options, &own, err);
    if (st)
        return st;
    b = am_acquire(own.allocator, 1, sizeof *b);
    if (!b)
        return am_fail(err, AM_ERR_NOMEM, "profile: out of memory");
    b->options = own;
    st = am_profile_make(own.allocator, "profile", 0, &b->profile, err);
    if (!st)
        st = am_profile_entitle(b->profile, &own, err);
    if (st) {
        am_profile_build_close(b);
        return st;
    }
    b->profile->keep_all = own.keep_all;
    *out = b;
    return AM_OK;
}

void am_profile_build_close(am_profile_builder *b)
{
    if (!b)
        return;
    am_profile_close(b->profile);
    am_forget(b->options.allocator, b);
}

static bool known(const am_profile *p, const char *sha256)
{
    for (size_t s = 0; s < p->song_count; s++)
        if (strcmp(p->songs[s].sha256, sha256) == 0)
            return true;
    return false;
}

static am_refusal refuse(const am_profile_builder *b, const am_analysis *a, const am_source *source)
{
    if (!isfinite(a->loudness.integrated_lufs) && a->duration_s < tiny_s)
        return b->options.keep_all ? AM_REFUSAL_TINY : AM_REFUSAL_SHORT;
    if (!isfinite(a->loudness.integrated_lufs))
        return AM_REFUSAL_SILENT;
    if (known(b->profile, source->sha256))
        return AM_REFUSAL_DUPLICATE;
    if (a->stereo.layout == AM_LAYOUT_MULTI)
        return AM_REFUSAL_SURROUND;
    if (b->options.keep_all)
        return AM_REFUSAL_NONE;
    if (!(a->gated_s >= short_s))
        return AM_REFUSAL_SHORT;
    if (source->lossy || isfinite(a->cutoff_hz))
        return AM_REFUSAL_LOSSY;
    if (a->peak.clipped_percent > clipped_percent)
        return AM_REFUSAL_CLIPPED;
    return a->stereo.layout == AM_LAYOUT_STEREO && a->stereo.width_db > -40.0 ? AM_REFUSAL_NONE : AM_REFUSAL_MONO;
}

static am_status make_room(am_profile_builder *b, am_error *err)
{
    am_profile *p = b->profile;
    const size_t capacity = b->capacity ? 2 * b->capacity : 16;
    am_profile_song *grown;

    if (p->song_count < b->capacity)
        return AM_OK;
    grown = am_grow(p->allocator, p->songs, b->capacity, capacity, sizeof *grown);
    if (!grown)
        return am_fail(err, AM_ERR_NOMEM, "profile %s: out of memory", p->name);
    p->songs = grown;
    b->capacity = capacity;
    return AM_OK;
}

am_status am_profile_build_add(am_profile_builder *b, const am_analysis *analysis, const am_source *source, am_refusal *refusal, am_error *err)
{
    am_refusal why;
    am_status st;

    if (!b || !analysis || !source || analysis->version != AM_ANALYSIS_VERSION)
        return am_fail(err, AM_ERR_RANGE, "profile: an analysis of version %u and its source are needed", AM_ANALYSIS_VERSION);
    if (strspn(source->sha256, "0123456789abcdef") != 64)
        return am_fail(err, AM_ERR_RANGE, "profile: the source has no hash");
    why = refuse(b, analysis, source);
    if (refusal)
        *refusal = why;
    if (why)
        return AM_OK;
    st = make_room(b, err);
    if (!st) {
        am_profile_song *song = &b->profile->songs[b->profile->song_count++];

        memcpy(song->sha256, source->sha256, sizeof song->sha256);
        song->weight = 1.0;
        am_quantities_of(analysis, song->values);
    }
    return st;
}

void am_profile_make_compact(am_profile *p)
{
    p->compact = true;
    for (size_t s = 0; s < p->song_count; s++)
        for (int v = 0; v < AM_PROFILE_VALUES; v++)
            p->songs[s].values[v] = NAN;
}

am_status am_profile_build_finish(am_profile_builder *b, am_profile **out, am_error *err)
{
    am_status st;

    if (!b || !out)
        return am_fail(err, AM_ERR_RANGE, "am_profile_build_finish: %s is NULL", b ? "out" : "builder");
    if (!b->profile)
        return am_fail(err, AM_ERR_STATE, "profile: the builder is finished");
    if (!b->profile->song_count)
        return am_fail(err, AM_ERR_CONTENT, "profile %s: no song is left to build it from", b->profile->name);
    st = am_profile_compute(b->profile, err);
    if (st)
        return st;
    if (b->options.compact)
        am_profile_make_compact(b->profile);
    *out = b->profile;
    b->profile = NULL;
    return AM_OK;
}

am_status am_profile_build(const am_analysis *analyses, const am_source *sources, size_t count, const am_profile_options *options,
                           am_refusal *refusals, am_profile **out, am_error *err)
{
    am_profile_builder *b = NULL;
    am_status st;

    if (!analyses || !sources || !out)
        return am_fail(err, AM_ERR_RANGE, "am_profile_build: analyses, sources or out is NULL");
    st = am_profile_build_open(options, &b, err);
    for (size_t i = 0; i < count && !st; i++)
        st = am_profile_build_add(b, &analyses[i], &sources[i], refusals ? &refusals[i] : NULL, err);
    if (!st)
        st = am_profile_build_finish(b, out, err);
    am_profile_build_close(b);
    return st;
}
