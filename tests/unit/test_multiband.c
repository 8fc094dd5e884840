/* test_multiband.c - render/multiband.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "dsp/compgain.h"
#include "dsp/split.h"
#include "render/multiband.h"
#include "tests/support/faulty.h"
#include "tests/support/oracle.h"
#include "tests/support/stream.h"

enum { RATE = 44100, FRAMES = 3 * RATE };

static float in[2][FRAMES], out[2][FRAMES], other[2][FRAMES];

static const double edges_hz[] = { 120.0, 1000.0, 6000.0 };
static const double inside_hz[AM_REGIONS] = { 40.0, 400.0, 3000.0, 10000.0 };

static const am_multiband usual = {
    .enabled = true, .threshold_db = { -24.0, -26.0, -28.0, -32.0 }, .ratio = { 2.0, 1.7, 2.5, 1.5 },
    .makeup_db = { 2.0, -1.0, 1.5, 0.5 }, .knee_db = 6.0, .range_db = 24.0, .attack_ms = 20.0, .release_ms = 200.0
};
static const am_multiband idle = {
    .enabled = true, .ratio = { 1.0, 1.0, 1.0, 1.0 }, .knee_db = 6.0, .range_db = 24.0, .attack_ms = 20.0, .release_ms = 200.0
};

static void check_near(const char *what, double is, double wanted, double tolerance)
{
    if (!(fabs(is - wanted) <= tolerance))
        fail_msg("%s is %.6f, wanted %.6f +- %g", what, is, wanted, tolerance);
}

static am_status run(const am_multiband *multiband, double rate_hz, uint32_t channels, size_t frames, const am_allocator *allocator,
                     uint64_t split, float (*to)[FRAMES], am_limiter_trace *trace)
{
    am_bands *bands = NULL;
    am_fifo fifo;
    float *into[2] = { to[0], to[1] };
    am_status st = am_bands_open(multiband, rate_hz, channels, allocator, &bands, NULL);

    am_fifo_init(&fifo, channels, allocator);
    if (!st && trace)
        am_bands_trace(bands, 30, rate_hz / 10.0);
    for (size_t at = 0, block; !st && at < frames; at += block) {
        const float *from[2] = { in[0] + at, in[1] + at };

        block = split ? (size_t)stream_uniform(&split, 0.0, 3000.0) : frames;
        block = block < frames - at ? block : frames - at;
        st = am_bands_push(bands, from, block, &fifo, NULL);
    }
    if (!st)
        st = am_bands_finish(bands, &fifo, NULL);
    if (!st) {
        assert_int_equal(am_fifo_pull(&fifo, into, FRAMES), frames);
        assert_int_equal(am_fifo_count(&fifo), 0);
        if (trace)
            am_bands_traced(bands, trace);
    }
    am_bands_close(bands);
    am_fifo_close(&fifo);
    return st;
}

static void run_whole(const am_multiband *multiband)
{
    assert_int_equal(run(multiband, RATE, 2, FRAMES, NULL, 0, out, NULL), AM_OK);
}

static void fill_noise(double amplitude)
{
    stream_noise(1, in[0], FRAMES, amplitude);
    stream_noise(2, in[1], FRAMES, amplitude);
}

/* Loud and soft by turns, the bass in steps of its own */
static void fill_music(double rate_hz)
{
    fill_noise(0.3);
    for (size_t i = 0; i < FRAMES; i++) {
        const double t = (double)i / rate_hz, bass = (sin(2.0 * AM_PI * 1.7 * t) > 0.0 ? 0.5 : 0.02) * sin(2.0 * AM_PI * 55.0 * t);

        in[0][i] = (float)((double)in[0][i] * (0.55 + 0.45 * sin(2.0 * AM_PI * 3.1 * t)) + bass);
        in[1][i] = (float)((double)in[1][i] * (fmod(t, 0.3) < 0.15 ? 0.03 : 0.8) + 0.7 * bass);
    }
}

static void fill_tone(double hz, double gain, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        in[0][i] = in[1][i] = (float)(gain * sin(2.0 * AM_PI * hz * (double)i / RATE));
}

static double tone_db(const float *x, size_t first, size_t frames, double hz)
{
    double re, im;

    stream_tone(x + first, frames, hz / RATE, &re, &im);
    return am_db_from_gain(hypot(re, im));
}

/* ------------------------------------------------------------------ nothing to do */

static void it_knows_when_it_does_nothing(void **state)
{
    am_multiband m = idle;

    (void)state;
    assert_false(am_bands_needed(&m));
    m.makeup_db[3] = -0.1;
    assert_true(am_bands_needed(&m));
    m = idle;
    m.ratio[1] = 1.5;
    assert_true(am_bands_needed(&m));
    m.enabled = false;
    assert_false(am_bands_needed(&m));
}

static void unity_passes_the_same_bits(void **state)
{
    am_multiband m = usual;

    (void)state;
    fill_noise(1.0);
    in[0][7] = -0.0f;
    in[0][8] = 1e-41f;
    run_whole(&idle);
    assert_memory_equal(in, out, sizeof in);
    for (int b = 0; b < AM_REGIONS; b++) {
        m.threshold_db[b] = 10.0;
        m.makeup_db[b] = 0.0;
    }
    run_whole(&m);
    assert_memory_equal(in, out, sizeof in);
}

static void equal_gains_are_one_gain(void **state)
{
    am_multiband plain = idle, waiting = usual;
    const float gain = (float)am_gain_from_db(-2.5);

    (void)state;
    fill_noise(1.0);
    for (int b = 0; b < AM_REGIONS; b++) {
        waiting.threshold_db[b] = 10.0;
        plain.makeup_db[b] = waiting.makeup_db[b] = -2.5;
    }
    run_whole(&plain);
    for (size_t i = 0; i < FRAMES; i++)         /* bands add up to 3e-7 of noise of 0.5 */
        if (fabsf(out[0][i] - gain * in[0][i]) > 5e-7f || fabsf(out[1][i] - gain * in[1][i]) > 5e-7f)
            fail_msg("frame %zu: %.9g is not %.9g", i, (double)out[0][i], (double)(gain * in[0][i]));
    assert_int_equal(run(&waiting, RATE, 2, FRAMES, NULL, 3, other, NULL), AM_OK);
    assert_memory_equal(other, out, sizeof out);
}

/* ------------------------------------------------------------------ bands */

static double below(int edge, double hz) { return oracle_low_pass_gain(edges_hz[edge], RATE, 256, hz); }

/* How much of a tone is in a band at RATE: the edges are 270 Hz wide, and beyond that 0.25 % are left. */
static double share_of(int band, double hz)
{
    return (band < AM_REGIONS - 1 ? below(band, hz) : 1.0) - (band > 0 ? below(band - 1, hz) : 0.0);
}

static void bands_add_up(void **state)
{
    static double sum[FRAMES];
    const double rates_hz[] = { 8000.0, 16000.0, 44100.0, 96000.0 };

    (void)state;
    fill_noise(0.5);
    for (int r = 0; r < 4; r++) {
        double worst = 0.0;

        memset(sum, 0, sizeof sum);
        for (int b = 0; b < AM_REGIONS; b++) {
            am_multiband m = idle;

            m.makeup_db[b] = 6.0;
            assert_int_equal(run(&m, rates_hz[r], 2, FRAMES, NULL, 0, out, NULL), AM_OK);
            for (size_t i = 0; i < FRAMES; i++)
                sum[i] += ((double)out[0][i] - (double)in[0][i]) / (am_gain_from_db(6.0) - 1.0);
        }
        for (size_t i = 0; i < FRAMES; i++)
            worst = fmax(worst, fabs(sum[i] - (double)in[0][i]));
        print_message("%.0f Hz: sum of the four bands differs by at most %.2g from noise of 0.5\n", rates_hz[r], worst);
        assert_true(worst < 1e-6);
    }
}

static void a_tone_gets_the_gain_of_its_band(void **state)
{
    am_multiband m = idle;
    const double makeup_db[AM_REGIONS] = { -3.0, 2.0, -1.0, 4.0 };

    (void)state;
    memcpy(m.makeup_db, makeup_db, sizeof makeup_db);
    for (int b = 0; b < AM_REGIONS; b++) {
        double change_db;

        fill_tone(inside_hz[b], 0.5, 0, FRAMES);
        run_whole(&m);
        change_db = tone_db(out[0], RATE / 2, 2 * RATE, inside_hz[b]) - tone_db(in[0], RATE / 2, 2 * RATE, inside_hz[b]);
        print_message("%.0f Hz: %.3f dB, band %d has %.3f dB\n", inside_hz[b], change_db, b + 1, makeup_db[b]);
        if (b > 0)
            check_near("gain", change_db, makeup_db[b], 0.1);
        else {
            const double share = share_of(0, inside_hz[0]);
            const double gain = share * am_gain_from_db(-3.0) + (1.0 - share) * am_gain_from_db(2.0);

            print_message("%.1f %% of 40 Hz are in the lowest band\n", 100.0 * share);
            check_near("gain at 40 Hz", change_db, am_db_from_gain(gain), 0.01);
        }
    }
}

static void it_is_aligned_and_linear_in_phase(void **state)
{
    am_multiband m = idle;
    size_t peak = 0;

    (void)state;
    m.makeup_db[0] = 4.0;
    m.makeup_db[1] = -2.0;
    m.makeup_db[2] = -2.0;
    m.makeup_db[3] = 2.0;
    memset(in, 0, sizeof in);
    in[0][20000] = 1.0f;
    run_whole(&m);
    for (size_t i = 0; i < FRAMES; i++)
        peak = fabsf(out[0][i]) > fabsf(out[0][peak]) ? i : peak;
    assert_int_equal(peak, 20000);
    for (size_t i = 0; i < 20000; i++) {
        check_near("mirror image", (double)out[0][20000 + i], (double)out[0][20000 - i], 1e-7);
        assert_true(out[1][i] == 0.0f);
    }
}

static double energy_before(size_t end)
{
    double sum = 0.0;

    for (size_t i = 0; i < end; i++)
        sum += (double)out[0][i] * (double)out[0][i];
    return sum;
}

static void pre_echo_is_low(void **state)
{
    am_multiband m = idle;
    double all, one, three;

    (void)state;
    m.makeup_db[0] = 4.0;
    m.makeup_db[1] = m.makeup_db[2] = -2.0;
    m.makeup_db[3] = 2.0;
    memset(in, 0, sizeof in);
    in[0][20000] = 1.0f;
    run_whole(&m);
    all = energy_before(FRAMES);
    one = am_db_from_power(energy_before(20000 - 44) / all);
    three = am_db_from_power(energy_before(20000 - 132) / all);
    print_message("4, -2, -2, 2 dB: energy ahead of an impulse %.1f dB (1 ms), %.1f dB (3 ms)\n", one, three);
    assert_true(one < -30.0 && three < -48.0);
}

/* ------------------------------------------------------------------ compression */

/* Tones with whole half periods in the 896 frames of a level, so that it stands still */
static void steady_tones_get_the_static_curve(void **state)
{
    static const double half_periods[AM_REGIONS] = { 1.0, 16.0, 122.0, 406.0 };

    (void)state;
    for (int b = 0; b < AM_REGIONS; b++)
        for (double gain_db = -42.0; gain_db <= 0.0; gain_db += 3.0) {
            const double hz = half_periods[b] * RATE / (2.0 * 128.0 * AM_COMPGAIN_WINDOW), share = share_of(b, hz);
            am_multiband m = idle;
            am_compressor curve;
            double wanted_db;

            m.threshold_db[b] = -30.0;
            m.ratio[b] = 3.0;
            curve = am_compgain_of_band(&m, b);
            fill_tone(hz, am_gain_from_db(gain_db), 0, FRAMES);
            run_whole(&m);
            wanted_db = am_compgain_static(&curve, gain_db + am_db_from_gain(share));   /* a sine in both channels */
            wanted_db = am_db_from_gain(share * am_gain_from_db(wanted_db) + 1.0 - share);    /* the rest is in bands left alone */
            check_near("gain", tone_db(out[0], RATE, RATE, hz) - tone_db(in[0], RATE, RATE, hz), wanted_db, 0.05);
        }
}

/* Low-passes of x below each edge, by the sum; those left out are x itself. */
static void low_passes(const float *x, size_t frames, double rate_hz, long reach, double (*low)[FRAMES])
{
    static double taps[4096];

    for (int k = 0; k < AM_REGIONS; k++) {
        const bool all = k == AM_REGIONS - 1 || edges_hz[k] >= 0.45 * rate_hz;

        oracle_low_pass(edges_hz[k < 3 ? k : 0], rate_hz, reach, taps);
        for (long i = 0; i < (long)frames; i++) {
            low[k][i] = all ? (double)x[i] : 0.0;
            for (long n = 1 - reach; n < reach && !all; n++)
                low[k][i] += i + n >= 0 && i + n < (long)frames ? taps[labs(n)] * (double)x[i + n] : 0.0;
        }
    }
}

/* Gain of one band at every frame, from the band itself in both channels */
static void band_gains(const am_multiband *m, int b, double rate_hz, double (*low[2])[FRAMES], size_t frames, double *gains)
{
    enum { STEPS = FRAMES / 128 + 1 };
    static float powers[STEPS + 2 * AM_COMPGAIN_LATE], decibels[STEPS];
    const size_t step = am_compgain_frames(rate_hz), steps = (frames + step - 1) / step;
    const am_compressor curve = am_compgain_of_band(m, b);
    am_compgain gain;

    memset(powers, 0, sizeof powers);
    for (size_t i = 0; i < frames; i++)
        for (int c = 0; c < 2; c++) {
            const double x = low[c][b][i] - (b ? low[c][b - 1][i] : 0.0);

            powers[AM_COMPGAIN_LATE + i / step] += (float)(x * x / (double)step);
        }
    for (size_t s = 0; s < steps; s++)
        decibels[s] = am_compgain_band_level(powers + s);
    am_compgain_init(&gain, &curve, rate_hz);
    am_compgain_process(&gain, decibels, decibels, steps);
    for (size_t i = 0; i < frames; i++) {
        const double at = ((double)i - (double)(step / 2)) / (double)step;
        const size_t s = at <= 0.0 ? 0 : (size_t)at;
        const double first = am_gain_from_db((double)decibels[s] + m->makeup_db[b]);
        const double last = s + 1 < steps ? am_gain_from_db((double)decibels[s + 1] + m->makeup_db[b]) : first;

        gains[i] = at <= 0.0 ? first : first + (last - first) * (at - (double)s);
    }
}

static double difference_to_definition(const am_multiband *m, double rate_hz, size_t frames)
{
    static double left[AM_REGIONS][FRAMES], right[AM_REGIONS][FRAMES], wanted[2][FRAMES], gains[FRAMES];
    double (*low[2])[FRAMES] = { left, right }, worst = 0.0;
    const size_t step = am_compgain_frames(rate_hz), steps = (frames + step - 1) / step;
    long reach = 32;

    while ((double)reach < 0.005 * rate_hz)
        reach *= 2;
    for (int c = 0; c < 2; c++)
        low_passes(in[c], frames, rate_hz, reach, low[c]);
    memset(wanted, 0, sizeof wanted);
    for (int b = 0; b < AM_REGIONS; b++) {
        band_gains(m, b, rate_hz, low, frames, gains);
        for (int c = 0; c < 2; c++)
            for (size_t i = 0; i < frames; i++)
                wanted[c][i] += gains[i] * (low[c][b][i] - (b ? low[c][b - 1][i] : 0.0));
    }
    assert_int_equal(run(m, rate_hz, 2, frames, NULL, 5, out, NULL), AM_OK);
    for (int c = 0; c < 2; c++)     /* the last line ends with the file, so leave that out */
        for (size_t i = 0; i + 2 * step < frames && i < steps * step; i++)
            worst = fmax(worst, fabs(wanted[c][i] - (double)out[c][i]));
    return worst;
}

static void it_is_its_definition_at_any_rate(void **state)
{
    const double rates_hz[] = { 8000.0, 11025.0, 16000.0, 44100.0, 48000.0, 96000.0, 192000.0 };

    (void)state;
    for (int r = 0; r < 7; r++) {
        const size_t frames = rates_hz[r] > 50000.0 ? 20000 : 40000;
        double worst;

        fill_music(rates_hz[r]);
        worst = difference_to_definition(&usual, rates_hz[r], frames);
        print_message("%.0f Hz: at most %.2g from the definition\n", rates_hz[r], worst);
        assert_true(worst < 1e-5);
    }
}

/* Where some edges are not needed */
static void edges_between_bands_left_alone_change_nothing(void **state)
{
    (void)state;
    fill_music(RATE);
    for (int mask = 1; mask < 1 << AM_REGIONS; mask++) {
        am_multiband m = usual;

        for (int b = 0; b < AM_REGIONS; b++)
            if (!(mask >> b & 1)) {
                m.ratio[b] = 1.0;
                m.makeup_db[b] = mask % 3 ? 0.0 : 1.0;
            }
        if (!(difference_to_definition(&m, RATE, 6000) < 1e-5))
            fail_msg("bands %x: %g from the definition", (unsigned)mask, difference_to_definition(&m, RATE, 6000));
    }
}

/* Gain of a 3 kHz tone that jumps up at 1 s and down at 2 s, by periods of 1 ms */
static double gain_db_at(double seconds)
{
    const size_t first = (size_t)(seconds * RATE) - 22;
    double was = 0.0, is = 0.0;

    for (size_t i = first; i < first + 44; i++) {
        was += (double)in[0][i] * (double)in[0][i];
        is += (double)out[0][i] * (double)out[0][i];
    }
    return am_db_from_power(is / was);
}

static double reaches(double from, double gain_db, double rising)
{
    double t = from;

    while (t < from + 0.9 && rising * (gain_db_at(t) - gain_db) < 0.0)
        t += 0.0005;
    return 1e3 * (t - from);
}

static void it_moves_in_its_times(void **state)
{
    const double times_ms[][2] = { { 10.0, 80.0 }, { 30.0, 300.0 } };

    (void)state;
    for (int k = 0; k < 2; k++) {
        am_multiband m = idle;
        double attack_ms, release_ms;

        m.threshold_db[2] = -26.0;
        m.ratio[2] = 2.0;
        m.knee_db = 0.0;
        m.attack_ms = times_ms[k][0];
        m.release_ms = times_ms[k][1];
        fill_tone(3000.0, 0.01, 0, FRAMES);
        fill_tone(3000.0, am_gain_from_db(-6.0), RATE, 2 * RATE);
        run_whole(&m);
        check_near("gain before", gain_db_at(0.9), 0.0, 0.01);
        check_near("gain at last", gain_db_at(1.9), -10.0, 0.06);
        attack_ms = reaches(1.0, -10.0 * (1.0 - exp(-1.0)), -1.0);
        release_ms = 8.0 + reaches(2.008, -10.0 * exp(-1.0), 1.0);      /* once the end of the loud tone has rung out */
        print_message("attack %.1f ms (%.0f), release %.1f ms (%.0f)\n", attack_ms, m.attack_ms, release_ms, m.release_ms);
        check_near("attack", attack_ms, m.attack_ms, 12.0);             /* half of the window of 20 ms */
        check_near("release", release_ms, m.release_ms + m.attack_ms, 0.05 * m.release_ms + 12.0);
    }
}

static void range_ends_the_change(void **state)
{
    am_multiband m = idle;

    (void)state;
    m.threshold_db[1] = -40.0;
    m.ratio[1] = 20.0;
    m.range_db = 3.0;
    m.makeup_db[1] = 1.0;
    fill_tone(400.0, 0.5, 0, FRAMES);
    run_whole(&m);
    check_near("gain", tone_db(out[0], RATE, RATE, 400.0) - tone_db(in[0], RATE, RATE, 400.0), -2.0, 0.05);
}

/* 60 Hz at full scale take 6 dB of the lowest band; 1 kHz at -20 dB is what shows it. */
static void bass_does_not_modulate(void **state)
{
    am_multiband m = idle;
    double carrier, worst = -300.0;

    (void)state;
    m.threshold_db[0] = -12.0;
    m.ratio[0] = 2.0;
    for (size_t i = 0; i < FRAMES; i++)
        in[0][i] = in[1][i] = (float)(sin(2.0 * AM_PI * 60.0 * (double)i / RATE) + 0.1 * sin(2.0 * AM_PI * 1000.0 * (double)i / RATE));
    run_whole(&m);
    carrier = tone_db(out[0], RATE, RATE, 1000.0);
    for (int k = 1; k <= 4; k++) {
        worst = fmax(worst, tone_db(out[0], RATE, RATE, 1000.0 + 60.0 * k) - carrier);
        worst = fmax(worst, tone_db(out[0], RATE, RATE, 1000.0 - 60.0 * k) - carrier);
    }
    print_message("bass at %.1f dB, sidebands at 1 kHz at most %.1f dB\n", tone_db(out[0], RATE, RATE, 60.0), worst);
    assert_true(worst < -45.0);
}

/* ------------------------------------------------------------------ stream */

static void block_sizes_change_nothing(void **state)
{
    const size_t lengths[] = { 0, 1, 2, 63, 64, 65, 127, 128, 129, 255, 511, 512, 1000, 1535, 1536, 1537, 1792, 5000, FRAMES };
    const double rates_hz[] = { 8000.0, 44100.0, 96000.0, 192000.0 };

    (void)state;
    fill_music(RATE);
    for (int r = 0; r < 4; r++)
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
            for (uint32_t channels = 1; channels <= 2; channels++) {
                memset(out, 0, sizeof out);
                memset(other, 0, sizeof other);
                assert_int_equal(run(&usual, rates_hz[r], channels, lengths[k], NULL, 0, out, NULL), AM_OK);
                assert_int_equal(run(&usual, rates_hz[r], channels, lengths[k], NULL, 77 + k, other, NULL), AM_OK);
                assert_memory_equal(out, other, sizeof out);
            }
}

static void mono_is_two_equal_channels_and_exchanged_ones_come_out_exchanged(void **state)
{
    static float kept[FRAMES];

    (void)state;
    fill_music(RATE);
    run_whole(&usual);
    memcpy(kept, in[0], sizeof kept);
    memcpy(in[0], in[1], sizeof kept);
    memcpy(in[1], kept, sizeof kept);
    assert_int_equal(run(&usual, RATE, 2, FRAMES, NULL, 0, other, NULL), AM_OK);
    assert_memory_equal(other[0], out[1], sizeof out[0]);
    assert_memory_equal(other[1], out[0], sizeof out[0]);

    memcpy(in[1], in[0], sizeof in[0]);
    run_whole(&usual);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    assert_int_equal(run(&usual, RATE, 1, FRAMES, NULL, 0, other, NULL), AM_OK);
    assert_memory_equal(other[0], out[0], sizeof out[0]);
}

static void peaks_and_silence_stay_finite(void **state)
{
    (void)state;
    memset(in, 0, sizeof in);
    run_whole(&usual);
    assert_memory_equal(in, out, sizeof in);
    fill_noise(1e-6);
    for (size_t i = 0; i < FRAMES; i += 4999)
        in[0][i] = in[1][i] = i % 2 ? 31.6f : -31.6f;
    for (size_t i = RATE; i < 2 * RATE; i++)
        in[0][i] = i / 60 % 2 ? 31.6f : -31.6f;
    run_whole(&usual);
    for (size_t i = 0; i < FRAMES; i++)
        if (!(fabsf(out[0][i]) < 100.0f && fabsf(out[1][i]) < 100.0f))
            fail_msg("frame %zu: %g, %g", i, (double)out[0][i], (double)out[1][i]);
}

static void changes_can_be_watched(void **state)
{
    static am_limiter_trace trace;
    am_multiband m = idle;

    (void)state;
    m.threshold_db[2] = -26.0;
    m.ratio[2] = 2.0;
    m.makeup_db[0] = 5.0;
    m.knee_db = 0.0;
    fill_tone(3000.0, 1e-4, 0, FRAMES);
    fill_tone(3000.0, am_gain_from_db(-16.0), RATE / 2, RATE);
    fill_tone(3000.0, am_gain_from_db(-6.0), RATE, 2 * RATE);
    assert_int_equal(run(&m, RATE, 2, FRAMES, NULL, 0, out, &trace), AM_OK);
    assert_int_equal(trace.count, 30);
    check_near("p50", trace.p50_db, 10.0, 0.1);
    check_near("p95", trace.p95_db, 10.0, 0.1);
    check_near("max", trace.max_db, 10.0, 0.1);
    assert_true(am_within(trace.max_s, 1.0, 2.05));
    check_near("slice before", (double)trace.reduction_db[2], 0.0, 0.01);
    check_near("slice", (double)trace.reduction_db[8], 5.0, 0.1);
    check_near("slice in the middle", (double)trace.reduction_db[15], 10.0, 0.1);
}

static void running_out_of_memory_is_told(void **state)
{
    faulty f = { 0 };

    (void)state;
    fill_noise(0.5);
    while (faulty_again(&f))
        faulty_judge(&f, run(&usual, RATE, 2, 9000, &f.allocator, 7, out, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_when_it_does_nothing),
        cmocka_unit_test(unity_passes_the_same_bits),
        cmocka_unit_test(equal_gains_are_one_gain),
        cmocka_unit_test(bands_add_up),
        cmocka_unit_test(a_tone_gets_the_gain_of_its_band),
        cmocka_unit_test(it_is_aligned_and_linear_in_phase),
        cmocka_unit_test(pre_echo_is_low),
        cmocka_unit_test(steady_tones_get_the_static_curve),
        cmocka_unit_test(it_is_its_definition_at_any_rate),
        cmocka_unit_test(edges_between_bands_left_alone_change_nothing),
        cmocka_unit_test(it_moves_in_its_times),
        cmocka_unit_test(range_ends_the_change),
        cmocka_unit_test(bass_does_not_modulate),
        cmocka_unit_test(block_sizes_change_nothing),
        cmocka_unit_test(mono_is_two_equal_channels_and_exchanged_ones_come_out_exchanged),
        cmocka_unit_test(peaks_and_silence_stay_finite),
        cmocka_unit_test(changes_can_be_watched),
        cmocka_unit_test(running_out_of_memory_is_told),
    };

    return cmocka_run_group_tests_name("multiband", tests, NULL, NULL);
}
