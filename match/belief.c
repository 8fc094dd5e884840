#include "match/belief.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "match/bands.h"
#include "match/doubt.h"
#include "match/gp.h"
#include "match/params.h"
#include "match/passages.h"
#include "match/prior.h"

enum { square = AM_JOINT * AM_JOINT };

static bool solved(int band)
{
    return am_within(am_band_hz(band), AM_TONE_LOW_HZ, AM_TONE_HIGH_HZ);
}

void am_curve_level(const bool *known, double *curve_db)
{
    double sum = 0.0;
    int count = 0;

    for (int k = 0; k < AM_BANDS; k++)
        if (known[k] && solved(k)) {
            sum += curve_db[k];
            count++;
        }
    for (int k = 0; k < AM_BANDS && count; k++)
        curve_db[k] -= sum / count;
}

bool am_curve_low(const am_curve *curve, int band)
{
    return curve->known[band] && am_within(am_band_hz(band), AM_WIDTH_LOW_FIRST_HZ, AM_WIDTH_LOW_HZ);
}

/* ------------------------------------------------------------------ differences */

/* Highest frequency at which both pieces can be compared. */
static double comparable_hz(const am_analysis *before, const am_target *target)
{
    double hz = 0.49 * before->sample_rate_hz;

    if (isfinite(before->cutoff_hz))
        hz = fmin(hz, AM_LOSSY_SHARE * before->cutoff_hz);
    if (isfinite(target->cutoff_hz))
        hz = fmin(hz, AM_LOSSY_SHARE * target->cutoff_hz);
    return hz;
}

/* The upper edge of a band must be there too, unless a codec's cut-off is the reason: that already has its margin. */
static bool comparable(const am_analysis *before, const am_target *target, int band)
{
    return am_band_hz(band) <= comparable_hz(before, target) && am_band_hz(band) * exp2(1.0 / 6.0) <= 0.5 * before->sample_rate_hz;
}

/* A profile is one curve of mean power; of references both means are known, and the mean of dB is the steadier one. */
static double tone_difference(const am_analysis *before, const am_target *target, int band, bool exact)
{
    const double power = target->tone.power_db[band] - before->mid.power_db[band];
    const double mean = target->tone.mean_db[band] - before->mid.mean_db[band];

    if (exact)
        return target->tone.third_db[band] - am_third_db(before->mid.twelfth_db, band);
    if (target->kind == AM_TARGET_PROFILE)
        return power;
    return (1.0 - AM_DOUBT_POWER_SHARE) * mean + AM_DOUBT_POWER_SHARE * power;
}

static double width_difference(const am_analysis *before, const am_target *target, int band, bool exact)
{
    if (exact)
        return target->width.third_db[band] - (am_third_db(before->side.twelfth_db, band) - am_third_db(before->mid.twelfth_db, band));
    return target->width.mean_db[band] - before->stereo.band_width_db[band];
}

static void differ(const am_analysis *before, const am_target *target, bool exact, bool with_width, am_curve *tone, am_curve *width)
{
    memset(tone, 0, sizeof *tone);
    memset(width, 0, sizeof *width);
    for (int k = 0; k < AM_BANDS; k++) {
        const double t = tone_difference(before, target, k, exact);
        const double w = with_width ? width_difference(before, target, k, exact) : NAN;
        const bool both = comparable(before, target, k), deaf = !exact && before->stereo.band_width_db[k] < AM_WIDTH_DEAF_DB;

        tone->known[k] = both && isfinite(t) && target->tone.present && target->tone.weight[k] > 0.0;
        width->known[k] = both && isfinite(w) && target->width.weight[k] > 0.0 && !deaf;
        tone->difference_db[k] = tone->known[k] ? t : 0.0;
        width->difference_db[k] = width->known[k] ? w : 0.0;
    }
    if (!exact)
        am_curve_level(tone->known, tone->difference_db);
    for (int k = 0; k < AM_BANDS; k++)
        if (!tone->known[k])
            tone->difference_db[k] = 0.0;
}

/* ------------------------------------------------------------------ natural */

/* Cosines over the solved bands: the smooth shapes in which the size of noise and of mastering is judged. */
static void smooth_modes(const bool *known, double *modes)
{
    int count = 0, place = 0;

    for (int k = 0; k < AM_BANDS; k++)
        count += solved(k);
    for (int k = 0; k < AM_BANDS; k++) {
        if (!solved(k))
            continue;
        for (int m = 0; m < AM_SCALE_MODES && known[k]; m++)
            modes[m * AM_JOINT + k] = cos(AM_PI * (m + 1) * (place + 0.5) / count);
        place++;
    }
}

/* Standard deviation of the mean over the low end of the width. */
static double low_doubt_db(const am_curve *width, const double *noise)
{
    double sum = 0.0, count = 0.0;

    for (int i = 0; i < AM_BANDS; i++)
        for (int j = 0; j < AM_BANDS && am_curve_low(width, i); j++)
            if (am_curve_low(width, j))
                sum += noise[(AM_BANDS + i) * AM_JOINT + AM_BANDS + j];
    for (int i = 0; i < AM_BANDS; i++)
        count += am_curve_low(width, i);
    return count > 0.0 ? sqrt(fmax(sum, 0.0)) / count : 0.0;
}

static void forget_correlation(double *noise)
{
    for (size_t i = 0; i < AM_JOINT; i++)
        for (size_t j = 0; j < AM_JOINT; j++)
            if (i != j)
                noise[i * AM_JOINT + j] = 0.0;
            else
                noise[i * AM_JOINT + j] = fmax(fabs(noise[i * AM_JOINT + j]), AM_DOUBT_FLOOR_DB2);
}

/* What is seen of both pieces and how far it can be trusted. The difference that the report shows stays that of the whole pieces. */
static void observe(const am_analysis *before, const am_target *target, const am_curve *tone, const am_curve *width, double *difference,
                    double *noise, double *scratch)
{
    am_doubt(before, target, tone->known, width->known, noise, scratch);
    memcpy(difference, tone->difference_db, AM_BANDS * sizeof *difference);
    memcpy(difference + AM_BANDS, width->difference_db, AM_BANDS * sizeof *difference);
    if (!(target->shared.share > 0.0))
        return;
    am_shared_join(&target->shared, tone->known, width->known, difference, noise, scratch);
    am_curve_level(tone->known, difference);
    for (int k = 0; k < AM_BANDS; k++)
        if (!tone->known[k])
            difference[k] = 0.0;
}

typedef struct scales {
    double noise[AM_SCALE_NOISE_STEPS], noise_log[AM_SCALE_NOISE_STEPS];
    double prior[AM_SCALE_PRIOR_STEPS], prior_log[AM_SCALE_PRIOR_STEPS];
} scales;

static void list_scales(scales *s)
{
    static const double prior[] = AM_SCALE_PRIOR, prior_log[] = AM_SCALE_PRIOR_LOG;

    memcpy(s->prior, prior, sizeof prior);
    memcpy(s->prior_log, prior_log, sizeof prior_log);
    for (int i = 0; i < AM_SCALE_NOISE_STEPS; i++) {
        s->noise[i] = ldexp(AM_SCALE_NOISE_FIRST, i);
        const double z = log(s->noise[i]) / AM_SCALE_NOISE_SD;

        s->noise_log[i] = -0.5 * z * z;
    }
}

static am_status posterior(const double *prior, double *noise, const double *modes, const double *difference,
                           const am_allocator *allocator, double *mean, double *mean_full, double *sd, am_error *err)
{
    scales s;
    am_gp_scales gp_scales = { AM_SCALE_PRIOR_STEPS, AM_SCALE_NOISE_STEPS, s.prior, s.prior_log, AM_SCALE_PRIOR_FULL, s.noise, s.noise_log,
                               AM_SCALE_MODES, modes, AM_SCALE_EVIDENCE };
    am_gp gp = { AM_JOINT, prior, noise, difference, AM_BANDS, &gp_scales };
    am_status st;

    list_scales(&s);
    st = am_gp_solve(&gp, allocator, mean, mean_full, sd, err);
    if (st == AM_ERR_RANGE) {       /* a covariance with holes in it: go on with the variances alone */
        forget_correlation(noise);
        st = am_gp_solve(&gp, allocator, mean, mean_full, sd, err);
    }
    if (st == AM_ERR_RANGE) {       /* fewer bands than the scales are judged by, as in a single click */
        gp.scales = NULL;
        st = am_gp_solve(&gp, allocator, mean, mean_full, sd, err);
    }
    return st;
}

/* Cosines, the first of them flat, over the bands of the width. */
static void width_modes(const bool *known, double *modes)
{
    static const double range_hz[] = { AM_SCALE_WIDTH_HZ };
    int count = 0, place = 0;

    for (int k = 0; k < AM_BANDS; k++)
        count += am_within(am_band_hz(k), range_hz[0], range_hz[1]);
    for (int k = 0; k < AM_BANDS; k++) {
        if (!am_within(am_band_hz(k), range_hz[0], range_hz[1]))
            continue;
        for (int m = 0; m < AM_SCALE_WIDTH_MODES && known[k]; m++)
            modes[m * AM_JOINT + AM_BANDS + k] = cos(AM_PI * m * (place + 0.5) / count);
        place++;
    }
}

static void scale_width_block(double *matrix, double by)
{
    for (size_t i = AM_BANDS; i < AM_JOINT; i++)
        for (size_t j = 0; j < AM_JOINT; j++) {
            matrix[i * AM_JOINT + j] *= sqrt(by);
            matrix[j * AM_JOINT + i] *= sqrt(by);
        }
}

/* Where the widths differ in more than a change of the side explains, they say less of it, and of the tone that they move with. */
static void judge_width(double *prior, double *noise, double *modes, const bool *known, const double *difference)
{
    static const double sizes[] = AM_SCALE_WIDTH_NOISE, shares[] = AM_SCALE_WIDTH_PRIOR, shares_log[] = AM_SCALE_WIDTH_PRIOR_LOG;
    enum { size_count = sizeof sizes / sizeof *sizes, share_count = sizeof shares / sizeof *shares };
    double sizes_log[size_count], share = 1.0, size = 1.0;
    const am_gp_scales s = { share_count, size_count, shares, shares_log, 0, sizes, sizes_log, AM_SCALE_WIDTH_MODES, modes, 1.0 };
    const am_gp gp = { AM_JOINT, prior, noise, difference, 0, &s };

    for (size_t i = 0; i < size_count; i++)
        sizes_log[i] = -0.5 * pow(log(sizes[i]) / AM_SCALE_WIDTH_NOISE_SD, 2.0);
    memset(modes, 0, AM_SCALE_WIDTH_MODES * AM_JOINT * sizeof *modes);
    width_modes(known, modes);
    if (am_gp_judge(&gp, &share, &size))
        return;                         /* no width to speak of */
    scale_width_block(prior, share);
    scale_width_block(noise, size);
}

/* What the width's own prior says is not in doubt when the tone needs nothing: its mean is that of the full prior. */
static void take(const double *mean, const double *mean_full, const double *sd, am_curve *tone, am_curve *width)
{
    for (int k = 0; k < AM_BANDS; k++) {
        tone->wanted_db[k] = mean[k];
        tone->sure_db[k] = sd[k];
        width->wanted_db[k] = mean_full[AM_BANDS + k];
        width->sure_db[k] = sd[AM_BANDS + k];
    }
}

/* A mean that is no larger than its error would be right on average and wrong half of the time: it is taken back, the whole curve by one
 * factor, the more the less it stands out. */
static void restrain(am_curve *tone)
{
    double mean = 0.0, error = 0.0, factor;

    for (int k = 0; k < AM_BANDS; k++)
        if (tone->known[k] && solved(k)) {
            mean += tone->wanted_db[k] * tone->wanted_db[k];
            error += tone->sure_db[k] * tone->sure_db[k];
        }
    factor = mean > 0.0 ? mean / (mean + AM_RESTRAINT * error) : 0.0;
    for (int k = 0; k < AM_BANDS; k++)
        tone->wanted_db[k] *= factor;
}

/* Mean over the known bands round band, a raised cosine either way */
static double mean_round(const bool *known, const double *difference_db, int band)
{
    double sum = 0.0, weights = 0.0;

    for (int k = 0; k < AM_BANDS; k++) {
        const double octaves = (k - band) / 6.0, weight = known[k] ? am_hump(octaves / AM_WIDTH_ROUND_OCT) : 0.0;

        sum += weight * difference_db[k];
        weights += weight;
    }
    return weights > 0.0 ? sum / weights : 0.0;
}

/* The prior of the width is a step, which goes on through bands that say the opposite: no side is raised where the target is narrower. */
static void heed_narrower(const double *difference_db, am_curve *width)
{
    for (int k = 0; k < AM_BANDS; k++)
        if (width->wanted_db[k] > 0.0)
            width->wanted_db[k] *= am_clamp(1.0 + mean_round(width->known, difference_db, k) / AM_WIDTH_AGAINST_DB, 0.0, 1.0);
}

am_status am_believe(const am_analysis *before, const am_target *target, bool with_width, const am_allocator *allocator, am_curve *tone,
                     am_curve *width, am_error *err)
{
    double difference[AM_JOINT], mean[AM_JOINT], mean_full[AM_JOINT], sd[AM_JOINT];
    double *block = am_acquire(allocator, 5 * square + AM_SCALE_MODES * AM_JOINT, sizeof *block);
    double *prior = block, *noise, *modes;
    am_status st;

    if (!block)
        return am_fail(err, AM_ERR_NOMEM, "solver: out of memory");
    noise = prior + square;
    modes = noise + 4 * square;
    differ(before, target, false, with_width, tone, width);
    am_prior_tone(prior, AM_JOINT);
    am_prior_width(prior + AM_BANDS * AM_JOINT + AM_BANDS, AM_JOINT);
    observe(before, target, tone, width, difference, noise, noise + square);
    width->low_doubt_db = low_doubt_db(width, noise);
    judge_width(prior, noise, modes, width->known, difference);
    memset(modes, 0, AM_SCALE_MODES * AM_JOINT * sizeof *modes);
    smooth_modes(tone->known, modes);
    st = posterior(prior, noise, modes, difference, allocator, mean, mean_full, sd, err);
    if (!st) {
        take(mean, mean_full, sd, tone, width);
        am_curve_level(tone->known, tone->wanted_db);
        if (target->kind == AM_TARGET_REFERENCE)
            restrain(tone);
        heed_narrower(difference + AM_BANDS, width);    /* shared passages have their say in it */
        if (!with_width)
            memset(width, 0, sizeof *width);
    }
    am_forget(allocator, block);
    return st;
}

/* ------------------------------------------------------------------ exact */

void am_believe_exactly(const am_analysis *before, const am_target *target, bool with_width, am_curve *tone, am_curve *width)
{
    differ(before, target, true, with_width, tone, width);
    for (int k = 0; k < AM_BANDS; k++)
        tone->sure_db[k] = width->sure_db[k] = NAN;
}
