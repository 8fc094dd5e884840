/* test_biquad.c - dsp/biquad.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <complex.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/biquad.h"

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 11;
}

static double uniform(uint64_t *state, double low, double high)
{
    return low + (high - low) * (double)next_random(state) * 0x1p-53;
}

/* The analog prototypes of the cookbook, written out once more */
static double analog_db(const am_eq_section *section, double frequency_hz)
{
    const double a = am_gain_from_db(0.5 * section->gain_db), q = section->q;
    const double complex s = I * frequency_hz / section->frequency_hz;
    double complex h;

    switch (section->kind) {
    case AM_SECTION_LOW_SHELF: h = a * (s * s + sqrt(a) / q * s + a) / (a * s * s + sqrt(a) / q * s + 1.0); break;
    case AM_SECTION_HIGH_SHELF: h = a * (a * s * s + sqrt(a) / q * s + 1.0) / (s * s + sqrt(a) / q * s + a); break;
    default: h = (s * s + s * a / q + 1.0) / (s * s + s / (a * q) + 1.0); break;
    }
    return am_db_from_gain(cabs(h));
}

static double worst_error_db(const am_eq_section *section, double rate_hz, double low_hz, double high_hz)
{
    am_biquad filter;
    double worst = 0.0;

    assert_int_equal(am_biquad_design(rate_hz, section, &filter), AM_OK);
    for (double f = low_hz; f <= high_hz; f *= 1.005)
        worst = fmax(worst, fabs(am_biquad_response_db(&filter, rate_hz, f) - analog_db(section, f)));
    return worst;
}

static void response_follows_the_analog_prototype(void **state)
{
    static const struct {
        am_eq_section section;
        double low_hz, high_hz, limit_db;
    } rows[] = {
        { { AM_SECTION_BELL, 15000.0, 6.0, 1.0 }, 20.0, 20000.0, 0.70 },
        { { AM_SECTION_BELL, 15000.0, -6.0, 1.0 }, 20.0, 20000.0, 0.70 },
        { { AM_SECTION_BELL, 5000.0, 6.0, 1.0 }, 20.0, 20000.0, 0.16 },
        { { AM_SECTION_BELL, 5000.0, -6.0, 1.0 }, 20.0, 20000.0, 0.16 },
        { { AM_SECTION_HIGH_SHELF, 15000.0, 6.0, M_SQRT1_2 }, 20.0, 20000.0, 0.30 },
        { { AM_SECTION_HIGH_SHELF, 15000.0, -6.0, M_SQRT1_2 }, 20.0, 20000.0, 0.30 },
        { { AM_SECTION_LOW_SHELF, 15000.0, 6.0, M_SQRT1_2 }, 20.0, 20000.0, 0.30 },
        { { AM_SECTION_HIGH_SHELF, 8000.0, 6.0, M_SQRT1_2 }, 20.0, 20000.0, 0.30 },
        { { AM_SECTION_LOW_SHELF, 100.0, 6.0, M_SQRT1_2 }, 20.0, 20000.0, 0.01 },
        { { AM_SECTION_BELL, 900.0, 6.0, 1.0 }, 20.0, 20000.0, 0.01 },
        { { AM_SECTION_BELL, 60.0, -6.0, 4.0 }, 20.0, 20000.0, 0.001 },
        { { AM_SECTION_BELL, 10.0, 24.0, 20.0 }, 5.0, 100.0, 0.001 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const double error = worst_error_db(&rows[i].section, 44100.0, rows[i].low_hz, rows[i].high_hz);

        print_message("kind %d %7.0f Hz %+.0f dB q %.2f: error %.4f dB (limit %.3f)\n", (int)rows[i].section.kind,
                      rows[i].section.frequency_hz, rows[i].section.gain_db, rows[i].section.q, error, rows[i].limit_db);
        assert_true(error <= rows[i].limit_db);
    }
}

static void sections_below_1_khz_follow_it_to_0_013_db(void **state)
{
    uint64_t seed = 1;
    double worst = 0.0;

    (void)state;
    for (int i = 0; i < 300; i++) {
        const am_eq_section section = { (am_section_kind)(i % 3), exp(uniform(&seed, log(20.0), log(1000.0))),
                                        uniform(&seed, -6.0, 6.0), uniform(&seed, 0.7, 4.0) };

        worst = fmax(worst, worst_error_db(&section, 44100.0, 20.0, 20000.0));
    }
    print_message("worst error of sections below 1 kHz, 20 Hz - 20 kHz: %.5f dB\n", worst);
    assert_true(worst < 0.013);
}

static bool roots_inside(double c0, double c1, double c2)
{
    return fabs(c2) < fabs(c0) && fabs(c1) < fabs(c0 + c2) && c0 * (c0 + c2) > 0.0;
}

static am_eq_section random_section(uint64_t *seed, double rate_hz)
{
    return (am_eq_section){ (am_section_kind)(next_random(seed) % 3), exp(uniform(seed, log(10.0), log(0.49 * rate_hz))),
                            uniform(seed, -24.0, 24.0), exp(uniform(seed, log(0.1), log(20.0))) };
}

static void every_design_is_stable_minimum_phase_and_inverted_by_its_opposite(void **state)
{
    static const double rates[] = { 8000.0, 44100.0, 48000.0, 96000.0, 384000.0 };
    uint64_t seed = 2;
    double worst_centre = 0.0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        const double rate = rates[i % 5];
        am_eq_section section = random_section(&seed, rate);
        am_biquad filter, opposite;

        assert_int_equal(am_biquad_design(rate, &section, &filter), AM_OK);
        if (!roots_inside(1.0, filter.a1, filter.a2) || !roots_inside(filter.b0, filter.b1, filter.b2))
            fail_msg("rate %g kind %d %.17g Hz %.17g dB q %.17g: b %.17g %.17g %.17g a %.17g %.17g", rate, (int)section.kind,
                     section.frequency_hz, section.gain_db, section.q, filter.b0, filter.b1, filter.b2, filter.a1, filter.a2);
        if (section.kind == AM_SECTION_BELL && section.frequency_hz < 0.47 * rate)
            worst_centre = fmax(worst_centre, fabs(am_biquad_response_db(&filter, rate, section.frequency_hz) - section.gain_db));
        section.gain_db = -section.gain_db;
        assert_int_equal(am_biquad_design(rate, &section, &opposite), AM_OK);
        for (double f = 0.001; f < 0.5; f *= 1.7) {
            const double sum = am_biquad_response_db(&filter, rate, f * rate) + am_biquad_response_db(&opposite, rate, f * rate);

            if (fabs(sum) > 1e-4)
                fail_msg("boost and cut leave %.3g dB: rate %g kind %d %g Hz %g dB q %g", sum, rate, (int)section.kind,
                         section.frequency_hz, section.gain_db, section.q);
        }
    }
    print_message("worst gain error at a bell's centre: %.2g dB\n", worst_centre);
    assert_true(worst_centre < 1e-3);
}

static void gain_0_is_a_wire_and_what_is_out_of_range_is_refused(void **state)
{
    const am_eq_section good = { AM_SECTION_BELL, 1000.0, 0.0, 1.0 };
    const am_eq_section bad[] = {
        { AM_SECTION_BELL, 9.9, 0.0, 1.0 },     { AM_SECTION_BELL, 0.4901 * 48000.0, 0.0, 1.0 },
        { AM_SECTION_BELL, 1000.0, 24.1, 1.0 }, { AM_SECTION_BELL, 1000.0, NAN, 1.0 },
        { AM_SECTION_BELL, 1000.0, 0.0, 0.09 }, { AM_SECTION_BELL, 1000.0, 0.0, NAN },
        { AM_SECTION_BELL, NAN, 0.0, 1.0 },     { (am_section_kind)3, 1000.0, 0.0, 1.0 },
    };
    am_biquad filter;

    (void)state;
    assert_int_equal(am_biquad_design(48000.0, &good, &filter), AM_OK);
    assert_true(filter.b0 == 1.0 && filter.b1 == 0.0 && filter.b2 == 0.0 && filter.a1 == 0.0 && filter.a2 == 0.0);
    filter.b0 = 7.0;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(am_biquad_design(48000.0, &bad[i], &filter), AM_ERR_RANGE);
    assert_int_equal(am_biquad_design(7999.0, &good, &filter), AM_ERR_RANGE);
    assert_true(filter.b0 == 7.0);
}

/* The definition: section by section, frame by frame */
static void reference_cascade(am_cascade *c, uint32_t channel, const float *in, float *out, size_t frames)
{
    for (size_t n = 0; n < frames; n++) {
        double x = (double)in[n];

        for (uint32_t k = 0; k < c->count; k++) {
            const am_biquad *f = &c->sections[k];
            double *s = c->state[k][channel];
            const double y = f->b0 * x + s[0];

            s[0] = (f->b1 * x + s[1]) - f->a1 * y;
            s[1] = f->b2 * x - f->a2 * y;
            x = y;
        }
        out[n] = (float)x;
    }
}

enum { FRAMES = 3000 };

static am_cascade random_cascade(uint64_t *seed, uint32_t count)
{
    am_cascade c = { .count = count };

    for (uint32_t k = 0; k < count; k++) {
        am_eq_section section = random_section(seed, 44100.0);

        section.gain_db /= 4.0;
        assert_int_equal(am_biquad_design(44100.0, &section, &c.sections[k]), AM_OK);
    }
    return c;
}

static void cascade_gives_the_bits_of_the_plain_loop_for_any_split(void **state)
{
    float in[2][FRAMES], want[2][FRAMES], got[2][FRAMES];
    uint64_t seed = 3;

    (void)state;
    for (size_t n = 0; n < FRAMES; n++)
        for (int c = 0; c < 2; c++)
            in[c][n] = (float)uniform(&seed, -1.0, 1.0);
    for (uint32_t trial = 0; trial < 10 * (AM_CASCADE_MAX + 1); trial++) {
        const am_cascade fresh = random_cascade(&seed, trial % (AM_CASCADE_MAX + 1));
        am_cascade plain = fresh, fast = fresh;

        for (uint32_t c = 0; c < 2; c++)
            reference_cascade(&plain, c, in[c], want[c], FRAMES);
        memcpy(got, in, sizeof got);
        for (size_t at = 0, block; at < FRAMES; at += block) {
            block = (size_t)uniform(&seed, 0.0, trial % 2 ? 40.0 : 900.0);
            block = block < FRAMES - at ? block : FRAMES - at;
            am_cascade_process(&fast, got[0] + at, got[1] + at, got[0] + at, got[1] + at, block);
        }
        assert_memory_equal(got, want, sizeof got);
        assert_memory_equal(&fast, &plain, sizeof fast);
        fast = fresh;
        am_cascade_process(&fast, in[0], NULL, got[0], NULL, FRAMES);
        assert_memory_equal(got[0], want[0], sizeof got[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response_follows_the_analog_prototype),
        cmocka_unit_test(sections_below_1_khz_follow_it_to_0_013_db),
        cmocka_unit_test(every_design_is_stable_minimum_phase_and_inverted_by_its_opposite),
        cmocka_unit_test(gain_0_is_a_wire_and_what_is_out_of_range_is_refused),
        cmocka_unit_test(cascade_gives_the_bits_of_the_plain_loop_for_any_split),
    };

    return cmocka_run_group_tests_name("biquad", tests, NULL, NULL);
}
