#include "cli/presets.h"

#include "cli/files.h"
#include "cli/verbs.h"
#include "cli/values.h"

#include <math.h>
#include <string.h>

static const destination destinations[] = {
    /* name, loudness, tolerance, ceiling, rate, bits, least and most rate, least and most bits, least and most channels, shortest */
    /* What Spotify, Tidal, Amazon and YouTube play at. */
    { "streaming", -14, NAN, -1, 0, 0, 44100, 0, 16, 0, 1, 2, 0 },
    /* No document: common practice for loud systems without normalisation. */
    { "club", -8, NAN, -1, 0, 0, 44100, 0, 16, 0, 1, 2, 0 },
    /* Red Book: 44.1 kHz, 16 bit, stereo, tracks of 4 s and more. */
    { "cd", NAN, NAN, -1, 44100, 16, 44100, 44100, 16, 16, 2, 2, 4 },
    /* Cutting houses: 24 bit, no heavy limiting, average not above -10 to -12 dB rms. */
    { "vinyl", -14, NAN, -1, 0, 24, 44100, 0, 24, 0, 1, 2, 0 },
    /* EBU R 128 and Tech 3343: -23 LUFS, 0.2 LU in quality control, -1 dBTP; 48 kHz, 24 bit is the usual exchange format. */
    { "broadcast", -23, 0.2, -1, 48000, 24, 48000, 48000, 16, 0, 0, 0, 0 },
    /* ATSC A/85:2013: -24 LKFS +-2, -2 dBTP. */
    { "atsc", -24, 2.0, -2, 48000, 24, 48000, 48000, 16, 0, 0, 0, 0 },
    /* podcasters.apple.com/support/893: -16 LKFS +-1, -1 dBTP, 44.1 kHz and more, 16 or 24 bit, two channels; speech is often mono. */
    { "podcast", -16, 1.0, -1, 0, 0, 44100, 0, 16, 24, 1, 2, 0 },
    /* support.spotify.com, "Loudness normalization": plays at -14 LUFS, asks for -1 dBTP (-2 when louder). */
    { "spotify", -14, NAN, -1, 0, 0, 44100, 0, 16, 0, 1, 2, 0 },
    /* Apple Digital Masters: 24 bit, 44.1 to 192 kHz, about 1 dB of headroom; Sound Check plays at about -16 LUFS. */
    { "apple", -16, NAN, -1, 0, 24, 44100, 192000, 24, 0, 1, 2, 0 },
    /* No specification: measured by productionadvice.co.uk, turned down to -14, never up. */
    { "youtube", -14, NAN, -1, 0, 0, 44100, 0, 16, 0, 1, 2, 0 },
    { "tidal", -14, NAN, -1, 0, 0, 44100, 0, 16, 0, 1, 2, 0 },
    /* Secondary sources: -14 LUFS, -2 dBTP. */
    { "amazon", -14, NAN, -2, 0, 0, 44100, 0, 16, 0, 1, 2, 0 },
    { "deezer", -15, NAN, -1, 0, 0, 44100, 0, 16, 0, 1, 2, 0 },
    /* Plays 128 kbit/s transcodes. */
    { "soundcloud", -14, NAN, -1, 0, 0, 44100, 0, 16, 0, 1, 2, 0 },
};

const destination *destination_find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof destinations / sizeof destinations[0]; i++)
        if (strlen(destinations[i].name) == length && memcmp(destinations[i].name, name, length) == 0)
            return &destinations[i];
    return NULL;
}

static const char *text_of(const settings *options, option_id id)
{
    return options->values[id].text;
}

const destination *destination_given(const settings *options)
{
    const char *name = text_of(options, OPTION_FOR);

    return name ? destination_find(name, strlen(name)) : NULL;
}

static bool preset_wins(const settings *options, option_id id)
{
    return options->values[id].from < options->values[OPTION_FOR].from;
}

static void prepare_delivery(const settings *options, am_options *out)
{
    static const uint32_t bits[] = { 16, 24, 32 };
    const destination *d = destination_given(options);

    out->loudness_lufs = options->values[OPTION_LOUDNESS].number;
    out->ceiling_dbtp = options->values[OPTION_CEILING].number;
    if (option_given(options, OPTION_RATE))
        out->rate_hz = (uint32_t)options->values[OPTION_RATE].number;
    if (option_given(options, OPTION_BITS))
        out->bits = bits[(int)options->values[OPTION_BITS].number];
    if (option_given(options, OPTION_DITHER))
        out->dither = (int)options->values[OPTION_DITHER].number;
    out->seed = (uint64_t)options->values[OPTION_SEED].number;
    if (!d)
        return;
    /* A loudness that is taken from a file is as explicit as a number. */
    if (preset_wins(options, OPTION_LOUDNESS) && preset_wins(options, OPTION_LOUDNESS_FROM) && !isnan(d->loudness_lufs))
        out->loudness_lufs = d->loudness_lufs;
    if (preset_wins(options, OPTION_CEILING))
        out->ceiling_dbtp = d->ceiling_dbtp;
    if (preset_wins(options, OPTION_RATE) && d->rate_hz)
        out->rate_hz = d->rate_hz;
    if (preset_wins(options, OPTION_BITS) && d->bits)
        out->bits = d->bits;
}

/* What is given beside a destination and cannot be delivered there. */
static am_status check_delivery(const settings *options, const am_options *call, am_error *err)
{
    const char *output = text_of(options, OPTION_OUTPUT);
    const destination *d = destination_given(options);

    if (!d)
        return AM_OK;
    if (call->rate_hz && (call->rate_hz < d->least_rate_hz || (d->most_rate_hz && call->rate_hz > d->most_rate_hz)))
        return usage_error(err, "--rate %u: not for %s, which takes %s%u Hz; leave out --rate, or --for", call->rate_hz, d->name,
                           d->least_rate_hz == d->most_rate_hz ? "" : call->rate_hz < d->least_rate_hz ? "at least " : "at most ",
                           call->rate_hz < d->least_rate_hz ? d->least_rate_hz : d->most_rate_hz);
    if (call->bits && (call->bits < d->least_bits || (d->most_bits && call->bits > d->most_bits)))
        return usage_error(err, "--bits %s: not for %s, which takes %s%u bits; leave out --bits, or --for", call->bits == 32 ? "32f" : call->bits == 24 ? "24" : "16",
                           d->name, d->least_bits == d->most_bits ? "" : call->bits < d->least_bits ? "at least " : "at most ",
                           call->bits < d->least_bits ? d->least_bits : d->most_bits);
    if (output && d->bits && suffix_is_lossy(name_suffix(output)))
        return usage_error(err, "--output %.300s: a lossy file is not for %s, which takes %u bits; name it .wav or .flac", output, d->name, d->bits);
    return AM_OK;
}

/* The library tells of a bad profile too, but only the command line can tell that it is a slip of the pen. */
static am_status check_profiles(const settings *options, const am_options *call, am_error *err)
{
    am_error why = { 0 };

    if (call->reference_count && call->profile_count)
        return usage_error(err, "--reference %.200s and --profile %.200s at once: choose one", options->references[0].path, options->profiles[0].path);
    for (size_t i = 0; i < options->profile_count; i++)
        if (library_knows(options, options->profiles[i].path, &why))
            return usage_error(err, "--profile %.400s", why.message);
    return AM_OK;
}

/* A reference of the command line takes the place of a profile of the config file, and the other way round. */
static bool displaced(const settings *options, option_id id, option_id other)
{
    return options->values[id].from < options->values[other].from;
}

am_status call_prepare(const settings *options, am_options *out, am_error *err)
{
    AM_OPTIONS_INIT(out);
    if (option_given(options, OPTION_JOBS))
        out->threads = (uint32_t)options->values[OPTION_JOBS].number;
    out->references = options->references;
    out->reference_count = displaced(options, OPTION_REFERENCE, OPTION_PROFILE) ? 0 : options->reference_count;
    out->tone_from = text_of(options, OPTION_TONE_FROM);
    out->width_from = text_of(options, OPTION_WIDTH_FROM);
    out->dynamics_from = text_of(options, OPTION_DYNAMICS_FROM);
    out->loudness_from = text_of(options, OPTION_LOUDNESS_FROM);
    out->profiles = options->profiles;
    out->profile_count = displaced(options, OPTION_PROFILE, OPTION_REFERENCE) ? 0 : options->profile_count;
    out->profile_folder = library_folder(options);
    out->match = (am_match)options->values[OPTION_MATCH].number;
    out->amount_tone = option_flag(options, OPTION_NO_TONE) ? 0.0 : options->amounts[AMOUNT_TONE];
    out->amount_dynamics = option_flag(options, OPTION_NO_DYNAMICS) ? 0.0 : options->amounts[AMOUNT_DYNAMICS];
    out->amount_width = option_flag(options, OPTION_NO_WIDTH) ? 0.0 : options->amounts[AMOUNT_WIDTH];
    out->amount_loudness = options->amounts[AMOUNT_LOUDNESS];
    out->limit = !option_flag(options, OPTION_NO_LIMIT);
    out->overwrite = option_flag(options, OPTION_FORCE);
    out->strict = option_flag(options, OPTION_STRICT);
    prepare_delivery(options, out);
    return check_delivery(options, out, err) ? err->status : check_profiles(options, out, err);
}
