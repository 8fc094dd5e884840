#include "tests/support/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/plan_check.h"

uint64_t sample_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);     /* splitmix64 */

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

double sample_uniform(uint64_t *seed, double low, double high)
{
    return fmin(high, low + (high - low) * (double)(sample_random(seed) >> 11) * 0x1p-53);
}

void sample_source(am_source *s, const char *path)
{
    *s = (am_source){ .rate_hz = 44100, .channels = 2, .bits = 24, .frames = 44100 * 224 };
    (void)snprintf(s->path, sizeof s->path, "%s", path);
    (void)snprintf(s->format, sizeof s->format, "WAV 24 bit");
    memset(s->sha256, 'a', 64);
}

static void fill(double *values, size_t count, double from, double to)
{
    for (size_t i = 0; i < count; i++)
        values[i] = from + (to - from) * (double)i / (double)(count - 1);
}

static void fill_spectrum(am_spectrum *s, double level_db)
{
    fill(s->mean_db, AM_BANDS, level_db, level_db - 24.0);
    fill(s->power_db, AM_BANDS, level_db + 2.0, level_db - 22.0);
    fill(s->floor_db, AM_BANDS, level_db - 40.0, level_db - 60.0);
}

static void fill_distributions(am_dynamics *d)
{
    fill(d->short_term_lu, AM_QUANTILES, -6.0, 2.0);
    fill(d->momentary_lu, AM_QUANTILES, -8.0, 3.0);
    fill(d->fast_lu, AM_QUANTILES, -12.0, 5.0);
    for (int region = 0; region < AM_REGIONS; region++)
        fill(d->region_db[region], AM_QUANTILES, -20.0, 10.0);
}

static void fill_defects(am_analysis *a)
{
    a->defect_count = 5;
    a->defects[0] = (am_defect){ AM_DEFECT_CLIPPING, 0, 31.25, 4.0, 0.9 };
    a->defects[1] = (am_defect){ AM_DEFECT_CLIPPING, 1, 45.5, 7.0, 1.0 };
    a->defects[2] = (am_defect){ AM_DEFECT_DC, 0, NAN, -48.0, 1.0 };
    a->defects[3] = (am_defect){ AM_DEFECT_LOSSY, -1, NAN, 16000.0, 0.8 };
    a->defects[4] = (am_defect){ AM_DEFECT_DROPOUT, -1, 100.0, 0.02, 0.7 };
}

void sample_analysis(am_analysis *a, double loudness_lufs)
{
    memset(a, 0, sizeof *a);
    a->version = AM_ANALYSIS_VERSION;
    a->channels = 2;
    a->sample_rate_hz = 44100.0;
    a->frames = 44100 * 224;
    a->duration_s = 224.0;
    a->gated_s = 200.0;
    a->effective_bits = 24;
    a->cutoff_hz = NAN;
    a->dc[0] = 1e-4;
    a->loudness = (am_loudness){ loudness_lufs, loudness_lufs + 4.0, loudness_lufs + 2.0, 7.9, 130.0 };
    a->peak = (am_peak){ -3.4, -3.1, 134.5, 0.001, 2 };
    a->dynamics.plr_db = -3.1 - loudness_lufs;
    a->dynamics.psr_db = 11.0;
    a->dynamics.psr_min_db = 8.0;
    a->dynamics.crest_db = 14.0;
    fill_distributions(&a->dynamics);
    a->stereo = (am_stereo){ .layout = AM_LAYOUT_STEREO, .correlation = 0.7, .correlation_min = -0.1, .width_db = -11.2, .balance_db = 0.2,
                             .fold_down_lu = 0.4, .low_side_db = -20.0 };
    fill(a->stereo.band_width_db, AM_BANDS, -24.0, -6.0);
    fill(a->stereo.band_correlation, AM_BANDS, 1.0, 0.3);
    fill_spectrum(&a->mid, -6.0);
    fill_spectrum(&a->side, -18.0);
    a->sections.count = 40;
    for (int k = 0; k < AM_BANDS; k++) {
        a->sections.mid_db2[k][k] = 4.0;
        a->sections.width_db2[k][k] = 2.25;
    }
    fill_defects(a);
    a->overview.count = AM_OVERVIEW;
    a->overview.slice_s = 0.224;
    for (int i = 0; i < AM_OVERVIEW; i++) {
        a->overview.low[i] = -0.5f + 1e-4f * (float)i;
        a->overview.high[i] = 0.6f - 1e-4f * (float)i;
        a->overview.short_term_lufs[i] = i < 8 ? NAN : (float)loudness_lufs;
    }
}

void sample_plan(am_plan *plan, uint64_t seed)
{
    am_plan_neutral(plan, 44100);
    for (size_t k = 0; k < am_plan_field_count; k++) {
        const am_field *f = &am_plan_fields[k];

        for (size_t i = 0; i < am_field_used(f, plan); i++) {
            double value = sample_uniform(&seed, isnan(f->low) ? -60.0 : f->low, isnan(f->low) ? 0.0 : f->high);

            if (f->step > 0.0)
                value = f->low + f->step * floor((value - f->low) / f->step);
            else if (sample_random(&seed) % 16 == 0)
                value = isnan(f->low) ? NAN : sample_random(&seed) % 2 ? f->low : f->high;
            am_field_set(f, plan, i, value);
        }
    }
}

static void fill_decisions(am_report *r)
{
    am_plan_neutral(&r->plan, 44100);
    r->plan.tone.method = AM_EQ_SECTIONS_METHOD;
    r->plan.tone.section_count = 2;
    r->plan.tone.sections[0] = (am_eq_section){ AM_SECTION_BELL, 260.0, -1.8, 1.1 };
    r->plan.tone.sections[1] = (am_eq_section){ AM_SECTION_HIGH_SHELF, 9000.0, 2.1, 0.7 };
    r->plan.width.enabled = true;
    r->plan.compressor = (am_compressor){ true, -21.3, 1.8, 8.0, 12.0, 15.0, 150.0, 0.0 };
    r->plan.drive_db = 9.72;
    r->plan.limiter.enabled = true;
    r->plan.trim_db = -0.02;
    r->plan.dither = AM_DITHER_TPDF;
    r->plan.dc[0] = 1e-4;
    r->plan.expected = (am_prediction){
        .integrated_lufs = -9.12, .true_peak_dbtp = -1.0, .tone_rms_db = 0.6, .width_rms_db = 0.4, .compressor_p50_db = 2.2,
        .compressor_p95_db = 3.9, .compressor_max_db = 4.4, .limiter_p50_db = 1.9, .limiter_p95_db = 3.0, .limiter_max_db = 3.6
    };
    r->tone.present = r->width.present = true;
    for (int k = 0; k < AM_BANDS; k++) {
        r->tone.applied_db[k] = -1.8 * exp(-0.05 * (k - 22) * (k - 22)) + 2.1 * exp(-0.03 * (k - 53) * (k - 53));
        r->tone.difference_db[k] = 1.6 * r->tone.applied_db[k];
        r->tone.wanted_db[k] = r->tone.applied_db[k];
        r->tone.sure_db[k] = 0.6;
        r->plan.width.side_db[k] = r->width.applied_db[k] = r->width.wanted_db[k] = k > 40 ? 1.2 : 0.0;
        r->width.difference_db[k] = k > 40 ? 1.8 : 0.3;
        r->width.sure_db[k] = 0.5;
    }
    for (int k = 2; k < 6; k++) {
        r->tone.wanted_db[k] = 4.0;
        r->tone.limit[k] = AM_LIMIT_EMPTY;
    }
    r->tone.difference_db[35] = 2.5;
}

static void fill_target(am_target *t)
{
    t->version = AM_TARGET_VERSION;
    (void)snprintf(t->name, sizeof t->name, "ref.wav");
    t->loudness_lufs = -9.1;
    t->range_lu = 6.2;
    t->plr_db = 8.0;
    t->psr_db = 7.5;
    t->width_db = -9.3;
    fill(t->short_term_lu, AM_QUANTILES, -5.0, 2.0);
    fill(t->momentary_lu, AM_QUANTILES, -7.0, 3.0);
    fill(t->fast_lu, AM_QUANTILES, -11.0, 4.0);
    t->cutoff_hz = 16000.0;
    t->tone.present = t->width.present = true;
    for (int k = 0; k < AM_BANDS; k++) {
        t->tone.mean_db[k] = -6.0 - 0.4 * k + (k % 2 ? 3.8 : -3.8);
        t->tone.power_db[k] = t->tone.mean_db[k] + 2.0;
        t->width.mean_db[k] = -12.0;
        t->tone.weight[k] = t->width.weight[k] = k < 56 ? 1.0 : 0.0;
        t->tone.covariance_db2[k][k] = t->width.covariance_db2[k][k] = 1.0;
    }
}

am_report *sample_report(void)
{
    am_report *r = calloc(1, sizeof *r);

    if (!r)
        abort();
    r->struct_version = 1;
    (void)snprintf(r->engine, sizeof r->engine, "automaster 0.1.0");
    sample_source(&r->input, "song.wav");
    sample_source(&r->output, "song_master.wav");
    r->reference_count = 1;
    sample_source(&r->references[0], "ref.wav");
    sample_analysis(&r->before, -18.4);
    sample_analysis(&r->after, -9.1);
    r->after.peak.true_peak_dbtp = -1.0;
    r->after.dynamics.plr_db = 8.1;
    r->after.loudness.range_lu = 6.4;
    r->after.stereo.width_db = -9.4;
    fill_target(&r->target);
    for (size_t i = 0; i < 4; i++)
        r->amounts[i] = 1.0;
    fill_decisions(r);
    for (int k = 0; k < AM_BANDS; k++)
        r->after.mid.power_db[k] = r->target.tone.power_db[k] + (k % 3 ? 0.6 : -0.6);
    r->limiter = (am_limiter_trace){ .count = AM_OVERVIEW, .p50_db = 1.9, .p95_db = 3.0, .max_db = 3.6, .max_s = 134.2 };
    for (int i = 0; i < AM_OVERVIEW; i++)
        r->limiter.reduction_db[i] = 0.0036f * (float)i;
    r->compressor = (am_limiter_trace){ .count = AM_OVERVIEW, .p50_db = 2.3, .p95_db = 3.7, .max_db = 4.1, .max_s = 136.0 };
    r->dynamics = (am_dynamics_evidence){ .present = true, .plain_rms_db = 1.1, .expected_rms_db = 0.4 };
    r->pressed.present = true;
    for (int k = 0; k < AM_BANDS; k++)
        r->pressed.change_db[k] = 9.0 + 0.01 * k;
    r->attempt_count = 1;
    r->attempts[0] = (am_attempt){ 9.72, -0.02, r->plan.expected, -9.1, -1.0, 0.6, 0.4 };
    r->gate_count = 2;
    r->gates[0] = (am_gate){ "loudness", "-9.1 +-0.1 LUFS", "-9.1 LUFS", true, false, "" };
    r->gates[1] = (am_gate){ "true_peak", "<= -1.0 dBTP", "-1.0 dBTP", true, false, "" };
    r->note_count = 1;
    r->notes[0] = (am_note){ AM_STAGE_TARGET, "reference_lossy",
                             "ref.wav ends at 16 kHz (lossy source): nothing above 15 kHz was copied", NAN, 16000.0 };
    r->analyze_s = 0.6;
    r->solve_s = 0.1;
    r->render_s = 0.8;
    r->verify_s = 0.4;
    r->total_s = 1.9;
    return r;
}
