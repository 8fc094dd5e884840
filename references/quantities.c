#include "references/quantities.h"

#include <math.h>
#include <string.h>

#include "base/db.h"

enum { QUANTILES_AT = 10, REGIONS_AT = QUANTILES_AT + 3 * AM_QUANTILES, TONE_AT = REGIONS_AT + AM_REGIONS * AM_QUANTILES };

static const am_quantity_info table[AM_QUANTITIES] = {
    { "loudness_lufs", "loudness", "LUFS", 0, 1, -70.0, 5.0, 2 },
    { "range_lu", "loudness range", "LU", 1, 1, 0.0, 60.0, 2 },
    { "plr_db", "peak to loudness", "dB", 2, 1, -5.0, 60.0, 2 },
    { "psr_db", "peak to short-term loudness", "dB", 3, 1, -5.0, 60.0, 2 },
    { "crest_db", "crest factor", "dB", 4, 1, 0.0, 60.0, 2 },
    { "true_peak_dbtp", "true peak", "dBTP", 5, 1, -60.0, 12.0, 2 },
    { "width_db", "width", "dB", 6, 1, -120.0, 60.0, 2 },
    { "correlation", "correlation", "", 7, 1, -1.0, 1.0, 3 },
    { "low_side_db", "low-end side", "dB", 8, 1, -120.0, 60.0, 2 },
    { "tempo_bpm", "tempo", "bpm", 9, 1, 20.0, 400.0, 1 },
    { "short_term_lu", "short-term levels", "LU", QUANTILES_AT, AM_QUANTILES, -70.0, 40.0, 2 },
    { "momentary_lu", "momentary levels", "LU", QUANTILES_AT + AM_QUANTILES, AM_QUANTILES, -70.0, 40.0, 2 },
    { "fast_lu", "20 ms levels", "LU", QUANTILES_AT + 2 * AM_QUANTILES, AM_QUANTILES, -90.0, 40.0, 2 },
    { "region_db", "20 ms levels by region", "dB", REGIONS_AT, AM_REGIONS * AM_QUANTILES, -140.0, 80.0, 2 },
    { "tone_power_db", "tone", "dB", TONE_AT, AM_BANDS, -140.0, 20.0, 2 },
    { "tone_mean_db", "tone, mean of dB", "dB", TONE_AT + AM_BANDS, AM_BANDS, -140.0, 20.0, 2 },
    { "band_width_db", "width by band", "dB", TONE_AT + 2 * AM_BANDS, AM_BANDS, -120.0, 60.0, 2 },
    { "band_width_power_db", "width by band, of powers", "dB", TONE_AT + 3 * AM_BANDS, AM_BANDS, -120.0, 60.0, 2 },
    { "band_correlation", "correlation by band", "", TONE_AT + 4 * AM_BANDS, AM_BANDS, -1.0, 1.0, 3 },
};

const am_quantity_info *am_quantity_about(int quantity)
{
    return quantity >= 0 && quantity < AM_QUANTITIES ? &table[quantity] : NULL;
}

int am_quantity_find(const char *key, size_t length)
{
    for (int q = 0; q < AM_QUANTITIES; q++)
        if (strlen(table[q].key) == length && memcmp(table[q].key, key, length) == 0)
            return q;
    return -1;
}

const char *am_refusal_text(am_refusal refusal)
{
    switch (refusal) {
    case AM_REFUSAL_NONE: return "";
    case AM_REFUSAL_SILENT: return "silent: there is nothing to learn from it";
    case AM_REFUSAL_DUPLICATE: return "duplicate: the same bytes are in already";
    case AM_REFUSAL_SURROUND: return "surround: it has more than two channels";
    case AM_REFUSAL_SHORT: return "short: it has less than 15 s of music";
    case AM_REFUSAL_LOSSY: return "lossy: its spectrum ends at a codec's cut-off";
    case AM_REFUSAL_CLIPPED: return "clipped: its peaks are cut off";
    case AM_REFUSAL_MONO: return "mono: it has no stereo image";
    case AM_REFUSAL_TINY: return "too short: it has less than 0.4 s, over which loudness is measured";
    case AM_REFUSAL_OUTLIER: return "outlier: it is unlike the other files";
    }
    return "";
}

double am_rounded(double x, int digits)
{
    static const double powers[] = { 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6 };
    const double scaled = round(x * powers[digits]) / powers[digits];

    return scaled == 0.0 ? 0.0 : scaled;    /* no -0 */
}

/* ------------------------------------------------------------------ of a song */

static void put(double *values, am_quantity quantity, int index, double x)
{
    const am_quantity_info *about = &table[quantity];

    values[about->first + index] = am_within(x, about->low, about->high) ? am_rounded(x, about->digits) : NAN;
}

static void put_row(double *values, am_quantity quantity, const double *row)
{
    for (int i = 0; i < table[quantity].count; i++)
        put(values, quantity, i, row[i]);
}

/* Nothing is known above a codec's cut-off, nor where the band's upper edge is beyond the rate. */
static bool covers(const am_analysis *a, int band)
{
    static const double lossy_share = 0.94;     /* as in the solver: a codec's slope begins below its cut-off */

    return am_band_hz(band) * exp2(1.0 / 6.0) <= 0.5 * a->sample_rate_hz &&
           !(isfinite(a->cutoff_hz) && am_band_hz(band) > lossy_share * a->cutoff_hz);
}

static void put_bands(const am_analysis *a, double *values)
{
    static const double deaf_db = -60.0;        /* a side below this is noise of a codec or of a word length */
    const bool stereo = a->stereo.layout == AM_LAYOUT_STEREO;

    for (int k = 0; k < AM_BANDS; k++) {
        const double power = a->side.power_db[k] - a->mid.power_db[k];
        const bool known = covers(a, k), wide = known && stereo && power > deaf_db;

        put(values, AM_QUANTITY_TONE, k, known ? a->mid.power_db[k] : NAN);
        put(values, AM_QUANTITY_TONE_MEAN, k, known ? a->mid.mean_db[k] : NAN);
        put(values, AM_QUANTITY_BAND_WIDTH, k, wide ? a->stereo.band_width_db[k] : NAN);
        put(values, AM_QUANTITY_BAND_WIDTH_POWER, k, wide ? power : NAN);
        put(values, AM_QUANTITY_BAND_CORRELATION, k, wide ? a->stereo.band_correlation[k] : NAN);
    }
}

void am_quantities_of(const am_analysis *a, double values[AM_PROFILE_VALUES])
{
    const bool stereo = a->stereo.layout == AM_LAYOUT_STEREO;

    put(values, AM_QUANTITY_LOUDNESS, 0, a->loudness.integrated_lufs);
    put(values, AM_QUANTITY_RANGE, 0, a->loudness.range_lu);
    put(values, AM_QUANTITY_PLR, 0, a->dynamics.plr_db);
    put(values, AM_QUANTITY_PSR, 0, a->dynamics.psr_db);
    put(values, AM_QUANTITY_CREST, 0, a->dynamics.crest_db);
    put(values, AM_QUANTITY_TRUE_PEAK, 0, a->peak.true_peak_dbtp);
    put(values, AM_QUANTITY_WIDTH, 0, stereo ? a->stereo.width_db : NAN);
    put(values, AM_QUANTITY_CORRELATION, 0, stereo ? a->stereo.correlation : NAN);
    put(values, AM_QUANTITY_LOW_SIDE, 0, stereo ? a->stereo.low_side_db : NAN);
    put(values, AM_QUANTITY_TEMPO, 0, NAN);
    put_row(values, AM_QUANTITY_SHORT_TERM, a->dynamics.short_term_lu);
    put_row(values, AM_QUANTITY_MOMENTARY, a->dynamics.momentary_lu);
    put_row(values, AM_QUANTITY_FAST, a->dynamics.fast_lu);
    put_row(values, AM_QUANTITY_REGIONS, &a->dynamics.region_db[0][0]);
    put_bands(a, values);
}
