#include "base/fields.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"

static const char *const section_kinds[] = { "bell", "low_shelf", "high_shelf", NULL };
static const char *const eq_methods[] = { "off", "sections", "curve", NULL };
static const char *const dithers[] = { "none", "tpdf", "shaped", NULL };

#define AT(member) .offset = offsetof(am_plan, member), .count = 1
#define ARRAY(member, length) .offset = offsetof(am_plan, member), .count = (length), .stride = sizeof(double)
#define OF_SECTION(member)                                                                                                         \
    .offset = offsetof(am_plan, tone.sections) + offsetof(am_eq_section, member), .count = AM_EQ_SECTIONS,                         \
    .stride = sizeof(am_eq_section)
#define RANGE(from, to) .low = (from), .high = (to)
#define WHOLE(from, to) .low = (from), .high = (to), .step = 1.0
#define WORDS(list) .low = 0.0, .high = (double)(sizeof(list) / sizeof *(list) - 2), .step = 1.0, .words = (list)
#define MEASURED .low = NAN, .high = NAN, .standard = NAN

const am_field am_plan_fields[] = {
    { "version", AM_FIELD_INTEGER, AT(version), WHOLE(AM_PLAN_VERSION, AM_PLAN_VERSION), .standard = AM_PLAN_VERSION, .unit = "",
      .help = "of this description of a plan" },
    { "dc", AM_FIELD_NUMBER, ARRAY(dc, 2), RANGE(-1.0, 1.0), .unit = "", .help = "constant offset taken off left and right" },

    { "tone.method", AM_FIELD_WORD, AT(tone.method), WORDS(eq_methods), .unit = "",
      .help = "equaliser: none, second-order sections, or a minimum-phase FIR through curve_db" },
    { "tone.sections[]", AM_FIELD_COUNT, AT(tone.section_count), WHOLE(0.0, AM_EQ_SECTIONS), .unit = "",
      .help = "sections in use" },
    { "tone.sections[].kind", AM_FIELD_WORD, OF_SECTION(kind), WORDS(section_kinds), .unit = "", .help = "shape of the section" },
    { "tone.sections[].frequency_hz", AM_FIELD_NUMBER, OF_SECTION(frequency_hz), RANGE(10.0, 24000.0), .standard = 1000.0,
      .unit = "Hz", .help = "centre, or middle of the slope; at or above 0.49 of the rate the section is left out" },
    { "tone.sections[].gain_db", AM_FIELD_NUMBER, OF_SECTION(gain_db), RANGE(-24.0, 24.0), .unit = "dB",
      .help = "gain at the centre, or of the shelf" },
    { "tone.sections[].q", AM_FIELD_NUMBER, OF_SECTION(q), RANGE(0.1, 20.0), .standard = 1.0, .unit = "",
      .help = "centre over bandwidth; of a shelf the steepness" },
    { "tone.curve_db", AM_FIELD_NUMBER, ARRAY(tone.curve_db, AM_BANDS), RANGE(-36.0, 36.0), .unit = "dB",
      .help = "wanted response on the band grid, for the method curve" },

    { "width.enabled", AM_FIELD_BOOL, AT(width.enabled), WHOLE(0.0, 1.0), .unit = "", .help = "filter the side" },
    { "width.length_ms", AM_FIELD_NUMBER, AT(width.length_ms), RANGE(5.0, 200.0), .standard = 10.0, .unit = "ms",
      .help = "length of that filter: short for clean transients, long to resolve the bass" },
    { "width.side_db", AM_FIELD_NUMBER, ARRAY(width.side_db, AM_BANDS), RANGE(-48.0, 36.0), .unit = "dB",
      .help = "gain of the side on the band grid" },

    { "multiband.enabled", AM_FIELD_BOOL, AT(multiband.enabled), WHOLE(0.0, 1.0), .unit = "", .help = "compress four bands by themselves" },
    { "multiband.threshold_db", AM_FIELD_NUMBER, ARRAY(multiband.threshold_db, AM_REGIONS), RANGE(-100.0, 10.0), .standard = -18.0, .unit = "dB",
      .help = "20 ms power of both channels in the band from which its gain changes" },
    { "multiband.ratio", AM_FIELD_NUMBER, ARRAY(multiband.ratio, AM_REGIONS), RANGE(1.0, 20.0), .standard = 1.0, .unit = "",
      .help = "dB in for one dB out above the threshold; 1 leaves the band alone" },
    { "multiband.makeup_db", AM_FIELD_NUMBER, ARRAY(multiband.makeup_db, AM_REGIONS), RANGE(-12.0, 12.0), .unit = "dB",
      .help = "gain of the band at all times, so that its mean level stays" },
    { "multiband.knee_db", AM_FIELD_NUMBER, AT(multiband.knee_db), RANGE(0.0, 24.0), .standard = 8.0, .unit = "dB",
      .help = "width of the bend around the thresholds" },
    { "multiband.range_db", AM_FIELD_NUMBER, AT(multiband.range_db), RANGE(0.0, 24.0), .standard = 12.0, .unit = "dB",
      .help = "the gain of a band never changes by more" },
    { "multiband.attack_ms", AM_FIELD_NUMBER, AT(multiband.attack_ms), RANGE(1.0, 500.0), .standard = 20.0, .unit = "ms",
      .help = "how fast the gains follow rising levels" },
    { "multiband.release_ms", AM_FIELD_NUMBER, AT(multiband.release_ms), RANGE(10.0, 5000.0), .standard = 200.0, .unit = "ms",
      .help = "how fast they recover" },

    { "leveller.enabled", AM_FIELD_BOOL, AT(leveller.enabled), WHOLE(0.0, 1.0), .unit = "", .help = "ride the level slowly" },
    { "leveller.level_lufs", AM_FIELD_NUMBER, AT(leveller.level_lufs), RANGE(-80.0, 10.0), .standard = -18.0, .unit = "LUFS",
      .help = "what is louder is turned down, what is softer up" },
    { "leveller.amount", AM_FIELD_NUMBER, AT(leveller.amount), RANGE(0.0, 1.0), .unit = "", .help = "dB of gain for a dB of distance" },
    { "leveller.range_db", AM_FIELD_NUMBER, AT(leveller.range_db), RANGE(0.0, 6.0), .standard = 3.0, .unit = "dB",
      .help = "the gain never changes by more" },
    { "leveller.slew_db_s", AM_FIELD_NUMBER, AT(leveller.slew_db_s), RANGE(0.1, 4.0), .standard = 1.0, .unit = "dB/s",
      .help = "fastest change of the gain" },
    { "leveller.floor_lufs", AM_FIELD_NUMBER, AT(leveller.floor_lufs), RANGE(-90.0, 10.0), .standard = -38.0, .unit = "LUFS",
      .help = "what is softer counts as silence, through which the gain stands still" },

    { "compressor.enabled", AM_FIELD_BOOL, AT(compressor.enabled), WHOLE(0.0, 1.0), .unit = "", .help = "compress, or expand" },
    { "compressor.threshold_lufs", AM_FIELD_NUMBER, AT(compressor.threshold_lufs), RANGE(-80.0, 10.0), .standard = -18.0, .unit = "LUFS",
      .help = "level of 20 ms, in front of the compressor, from which the gain changes" },
    { "compressor.ratio", AM_FIELD_NUMBER, AT(compressor.ratio), RANGE(0.8, 20.0), .standard = 1.0, .unit = "",
      .help = "dB in for one dB out above the threshold; below 1 it expands" },
    { "compressor.knee_db", AM_FIELD_NUMBER, AT(compressor.knee_db), RANGE(0.0, 24.0), .standard = 8.0, .unit = "dB",
      .help = "width of the bend around the threshold" },
    { "compressor.range_db", AM_FIELD_NUMBER, AT(compressor.range_db), RANGE(0.0, 24.0), .standard = 12.0, .unit = "dB",
      .help = "the gain never changes by more" },
    { "compressor.attack_ms", AM_FIELD_NUMBER, AT(compressor.attack_ms), RANGE(1.0, 500.0), .standard = 20.0, .unit = "ms",
      .help = "how fast the gain follows a rising level" },
    { "compressor.release_ms", AM_FIELD_NUMBER, AT(compressor.release_ms), RANGE(10.0, 5000.0), .standard = 200.0, .unit = "ms",
      .help = "how fast it recovers" },
    { "compressor.dry", AM_FIELD_NUMBER, AT(compressor.dry), RANGE(0.0, 0.9), .unit = "",
      .help = "share of the unprocessed signal in a parallel mix" },

    { "drive_db", AM_FIELD_NUMBER, AT(drive_db), RANGE(-80.0, 80.0), .unit = "dB", .help = "gain into the limiter" },

    { "clip.enabled", AM_FIELD_BOOL, AT(clip.enabled), WHOLE(0.0, 1.0), .unit = "", .help = "cut off the tops of single peaks" },
    { "clip.over_db", AM_FIELD_NUMBER, AT(clip.over_db), RANGE(0.0, 12.0), .standard = 3.0, .unit = "dB",
      .help = "the level that peaks are cut to, above the limiter's ceiling" },
    { "clip.knee", AM_FIELD_NUMBER, AT(clip.knee), RANGE(0.0, 0.5), .standard = 0.1, .unit = "",
      .help = "share of that level on either side over which the curve bends" },
    { "clip.range_db", AM_FIELD_NUMBER, AT(clip.range_db), RANGE(0.0, 6.0), .standard = 1.5, .unit = "dB",
      .help = "no sample is turned down by more" },

    { "limiter.enabled", AM_FIELD_BOOL, AT(limiter.enabled), WHOLE(0.0, 1.0), .unit = "",
      .help = "limit true peaks to the ceiling" },
    { "limiter.ceiling_dbtp", AM_FIELD_NUMBER, AT(limiter.ceiling_dbtp), RANGE(-20.0, 0.0), .standard = -1.0, .unit = "dBTP",
      .help = "highest true peak of the file" },
    { "limiter.lookahead_ms", AM_FIELD_NUMBER, AT(limiter.lookahead_ms), RANGE(0.5, 20.0), .standard = 6.0, .unit = "ms",
      .help = "length of the smoothing in front of a peak" },
    { "limiter.hold_ms", AM_FIELD_NUMBER, AT(limiter.hold_ms), RANGE(0.0, 40.0), .standard = 3.0, .unit = "ms",
      .help = "time that the gain stays down after a peak" },
    { "limiter.release_ms", AM_FIELD_NUMBER, AT(limiter.release_ms), RANGE(5.0, 2000.0), .standard = 80.0, .unit = "ms",
      .help = "recovery from single peaks" },
    { "limiter.sustain_attack_ms", AM_FIELD_NUMBER, AT(limiter.sustain_attack_ms), RANGE(10.0, 2000.0), .standard = 80.0,
      .unit = "ms", .help = "how fast sustained reduction builds up in the slow state" },
    { "limiter.sustain_release_ms", AM_FIELD_NUMBER, AT(limiter.sustain_release_ms), RANGE(20.0, 5000.0), .standard = 400.0,
      .unit = "ms", .help = "how fast the slow state recovers" },
    { "limiter.sustain", AM_FIELD_NUMBER, AT(limiter.sustain), RANGE(0.0, 1.0), .standard = 0.6, .unit = "",
      .help = "share of the slow state that stays while single peaks recover" },

    { "trim_db", AM_FIELD_NUMBER, AT(trim_db), RANGE(-6.0, 0.0), .unit = "dB", .help = "gain after the limiter" },
    { "rate_hz", AM_FIELD_INTEGER, AT(rate_hz), WHOLE(8000.0, 384000.0), .standard = 44100.0, .unit = "Hz",
      .help = "sample rate of the file delivered" },
    { "bits", AM_FIELD_INTEGER, AT(bits), .low = 16.0, .high = 32.0, .step = 8.0, .standard = 24.0, .unit = "",
      .help = "word length of the file delivered; 32 is floating point" },
    { "dither", AM_FIELD_WORD, AT(dither), WORDS(dithers), .unit = "", .help = "noise added before the word length is reduced" },
    { "dither_seed", AM_FIELD_LONG, AT(dither_seed), WHOLE(0.0, 0x1p53), .standard = 1.0, .unit = "",
      .help = "picks the noise: the same seed gives the same file" },

    { "expected.integrated_lufs", AM_FIELD_NUMBER, AT(expected.integrated_lufs), MEASURED, .unit = "LUFS",
      .help = "predicted loudness" },
    { "expected.true_peak_dbtp", AM_FIELD_NUMBER, AT(expected.true_peak_dbtp), MEASURED, .unit = "dBTP",
      .help = "predicted true peak" },
    { "expected.tone_rms_db", AM_FIELD_NUMBER, AT(expected.tone_rms_db), MEASURED, .unit = "dB",
      .help = "predicted distance of the mid spectrum to the target" },
    { "expected.width_rms_db", AM_FIELD_NUMBER, AT(expected.width_rms_db), MEASURED, .unit = "dB",
      .help = "predicted distance of the width to the target" },
    { "expected.leveller_p50_db", AM_FIELD_NUMBER, AT(expected.leveller_p50_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the leveller, median over time" },
    { "expected.leveller_p95_db", AM_FIELD_NUMBER, AT(expected.leveller_p95_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the leveller, exceeded 5 % of the time" },
    { "expected.leveller_max_db", AM_FIELD_NUMBER, AT(expected.leveller_max_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the leveller, greatest" },
    { "expected.multiband_p50_db", AM_FIELD_NUMBER, AT(expected.multiband_p50_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the multiband stage where it changes most, median over time" },
    { "expected.multiband_p95_db", AM_FIELD_NUMBER, AT(expected.multiband_p95_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the multiband stage, exceeded 5 % of the time" },
    { "expected.multiband_max_db", AM_FIELD_NUMBER, AT(expected.multiband_max_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the multiband stage, greatest" },
    { "expected.compressor_p50_db", AM_FIELD_NUMBER, AT(expected.compressor_p50_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the compressor, median over time" },
    { "expected.compressor_p95_db", AM_FIELD_NUMBER, AT(expected.compressor_p95_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the compressor, exceeded 5 % of the time" },
    { "expected.compressor_max_db", AM_FIELD_NUMBER, AT(expected.compressor_max_db), MEASURED, .unit = "dB",
      .help = "predicted change of gain by the compressor, greatest" },
    { "expected.clip_p50_db", AM_FIELD_NUMBER, AT(expected.clip_p50_db), MEASURED, .unit = "dB",
      .help = "predicted reduction of peaks by the clip stage, median over time" },
    { "expected.clip_p95_db", AM_FIELD_NUMBER, AT(expected.clip_p95_db), MEASURED, .unit = "dB",
      .help = "predicted reduction of peaks by the clip stage, exceeded 5 % of the time" },
    { "expected.clip_max_db", AM_FIELD_NUMBER, AT(expected.clip_max_db), MEASURED, .unit = "dB",
      .help = "predicted reduction of peaks by the clip stage, greatest" },
    { "expected.limiter_p50_db", AM_FIELD_NUMBER, AT(expected.limiter_p50_db), MEASURED, .unit = "dB",
      .help = "predicted gain reduction, median over time" },
    { "expected.limiter_p95_db", AM_FIELD_NUMBER, AT(expected.limiter_p95_db), MEASURED, .unit = "dB",
      .help = "predicted gain reduction, exceeded 5 % of the time" },
    { "expected.limiter_max_db", AM_FIELD_NUMBER, AT(expected.limiter_max_db), MEASURED, .unit = "dB",
      .help = "predicted gain reduction, deepest" },
};
const size_t am_plan_field_count = sizeof am_plan_fields / sizeof *am_plan_fields;

double am_field_get(const am_field *field, const am_plan *plan, size_t index)
{
    const unsigned char *at = (const unsigned char *)plan + field->offset + index * field->stride;
    double number;
    uint32_t integer;
    uint64_t large;

    assert(index < field->count);
    switch (field->type) {
    case AM_FIELD_NUMBER: memcpy(&number, at, sizeof number); return number;
    case AM_FIELD_LONG: memcpy(&large, at, sizeof large); return (double)large;
    case AM_FIELD_BOOL: return *at;
    case AM_FIELD_INTEGER:
    case AM_FIELD_COUNT:
    case AM_FIELD_WORD: break;
    }
    memcpy(&integer, at, sizeof integer);
    return integer;
}

void am_field_set(const am_field *field, am_plan *plan, size_t index, double value)
{
    unsigned char *at = (unsigned char *)plan + field->offset + index * field->stride;
    uint32_t integer;
    uint64_t large;

    assert(index < field->count && am_field_check(field, index, value, NULL) == AM_OK);
    switch (field->type) {
    case AM_FIELD_NUMBER: memcpy(at, &value, sizeof value); break;
    case AM_FIELD_LONG:
        large = (uint64_t)value;
        memcpy(at, &large, sizeof large);
        break;
    case AM_FIELD_BOOL: *at = value != 0.0; break;
    case AM_FIELD_INTEGER:
    case AM_FIELD_COUNT:
    case AM_FIELD_WORD:
        integer = (uint32_t)value;
        memcpy(at, &integer, sizeof integer);
        break;
    }
}
_Static_assert(sizeof(am_eq_method) == 4 && sizeof(am_section_kind) == 4 && sizeof(am_dither) == 4 && sizeof(bool) == 1,
               "words are read as 32 bits, a bool as a byte");

/* Only the sections are objects in an array. */
size_t am_field_used(const am_field *field, const am_plan *plan)
{
    if (field->stride != sizeof(am_eq_section))
        return field->count;
    return plan->tone.section_count < field->count ? plan->tone.section_count : field->count;
}

/* "tone.sections[].q" and 3 -> "tone.sections[3].q"; "dc" and 1 -> "dc[1]" */
static void write_path(const am_field *field, size_t index, char *path, size_t size)
{
    const char *brackets = strstr(field->path, "[]");

    if (field->count == 1)
        (void)snprintf(path, size, "%s", field->path);
    else if (brackets)
        (void)snprintf(path, size, "%.*s[%zu]%s", (int)(brackets - field->path), field->path, index, brackets + 2);
    else
        (void)snprintf(path, size, "%s[%zu]", field->path, index);
}

am_status am_field_check(const am_field *field, size_t index, double value, am_error *err)
{
    const char *const space = *field->unit ? " " : "";
    char path[64], list[96];
    size_t used = 0;

    if (isnan(field->low))
        return AM_OK;
    if (am_within(value, field->low, field->high) && (field->step == 0.0 || fmod(value - field->low, field->step) == 0.0))
        return AM_OK;
    write_path(field, index, path, sizeof path);
    if (field->step > 1.0) {
        for (int i = 0; field->low + i * field->step <= field->high && used < sizeof list; i++)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%g", i ? ", " : "", field->low + i * field->step);
        return am_fail(err, AM_ERR_RANGE, "plan: %s is %.17g: must be one of %s%s%s", path, value, list, space, field->unit);
    }
    return am_fail(err, AM_ERR_RANGE, "plan: %s is %.17g: must be %s [%.16g, %.16g]%s%s", path, value,
                   field->step == 1.0 ? "a whole number in" : "in", field->low, field->high, space, field->unit);
}
