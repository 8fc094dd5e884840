#include "dsp/biquad.h"

#include <assert.h>
#include <string.h>

#include "base/db.h"
#include "dsp/simd.h"

/* ------------------------------------------------------------------ design */

/* Analog prototype, s normalised to the centre: (n0 + n1 s + n2 s^2) / (d0 + d1 s + d2 s^2), all coefficients positive. */
typedef struct prototype {
    double n0, n1, n2, d0, d1, d2;
} prototype;

/* The half of each pair boost and cut whose poles lie lower, away from Nyquist, is designed; the other half is its inverse. */
static bool designed_as_cut(am_section_kind kind)
{
    return kind == AM_SECTION_HIGH_SHELF;
}

/* Cookbook prototypes, with a = 10^(gain / 40) */
static prototype prototype_of(am_section_kind kind, double a, double q)
{
    const double root = sqrt(a);

    switch (kind) {
    case AM_SECTION_LOW_SHELF: return (prototype){ a * a, a * root / q, a, 1.0, root / q, a };
    case AM_SECTION_HIGH_SHELF: return (prototype){ a, a * root / q, a * a, a, root / q, 1.0 };
    case AM_SECTION_BELL: break;
    }
    return (prototype){ 1.0, a / q, 1.0, 1.0, 1.0 / (a * q), 1.0 };
}

/* |H|^2 at s = j x */
static double prototype_power(const prototype *p, double x)
{
    const double xx = x * x, n = p->n0 - p->n2 * xx, d = p->d0 - p->d2 * xx;

    return (n * n + p->n1 * p->n1 * xx) / (d * d + p->d1 * p->d1 * xx);
}

/* Poles of the prototype taken over by impulse invariance, and |A|^2 where it is needed. Differences from 1 are formed by expm1 and
 * sin^2 so that nothing cancels at 10 Hz and 384 kHz. */
typedef struct denominator {
    double a1, a2;
    double at_dc, at_nyquist, at_middle;    /* |A|^2 */
} denominator;

static denominator denominator_of(const prototype *p, double centre, double middle)
{
    const double wp = centre * sqrt(p->d0 / p->d2), damping = p->d1 / (2.0 * sqrt(p->d0 * p->d2));
    const double sine = sin(0.5 * middle), phi1 = sine * sine;
    denominator d;

    if (damping < 1.0) {
        const double r = exp(-damping * wp), one_less_r = -expm1(-damping * wp), theta = sqrt(1.0 - damping * damping) * wp;
        const double s = sin(0.5 * theta), below = sin(0.5 * (middle - theta)), above = sin(0.5 * (middle + theta));
        const double dc = one_less_r * one_less_r + 4.0 * r * s * s, ny = (1.0 + r) * (1.0 + r) - 4.0 * r * s * s;

        d.a1 = -2.0 * r * cos(theta);
        d.a2 = r * r;
        d.at_dc = dc * dc;
        d.at_nyquist = ny * ny;
        d.at_middle = (one_less_r * one_less_r + 4.0 * r * below * below) * (one_less_r * one_less_r + 4.0 * r * above * above);
    } else {
        const double fast = (damping + sqrt(damping * damping - 1.0)) * wp, slow = wp * wp / fast;
        const double r1 = exp(-fast), r2 = exp(-slow), l1 = -expm1(-fast), l2 = -expm1(-slow);

        d.a1 = -(r1 + r2);
        d.a2 = r1 * r2;
        d.at_dc = l1 * l1 * l2 * l2;
        d.at_nyquist = (1.0 + r1) * (1.0 + r1) * (1.0 + r2) * (1.0 + r2);
        d.at_middle = (l1 * l1 + 4.0 * r1 * phi1) * (l2 * l2 + 4.0 * r2 * phi1);
    }
    return d;
}

/* Numerator of minimum phase with |B|^2 = |H|^2 |A|^2 at DC, middle and Nyquist (Vicanek 2016, sections 3 and 4). */
static am_biquad match_numerator(const prototype *p, double centre, double middle)
{
    const denominator d = denominator_of(p, centre, middle);
    const double sine = sin(0.5 * middle), cosine = cos(0.5 * middle), phi1 = sine * sine, phi0 = cosine * cosine;
    const double power_b0 = d.at_dc * prototype_power(p, 0.0), power_b1 = d.at_nyquist * prototype_power(p, AM_PI / centre);
    const double power_b2 =
        (d.at_middle * prototype_power(p, middle / centre) - power_b0 * phi0 - power_b1 * phi1) / (4.0 * phi0 * phi1);
    const double root_b0 = sqrt(power_b0), root_b1 = sqrt(power_b1), w = 0.5 * (root_b0 + root_b1);
    const double b0 = 0.5 * (w + sqrt(fmax(w * w + power_b2, 0.0)));

    return (am_biquad){ .b0 = b0, .b1 = 0.5 * (root_b0 - root_b1), .b2 = -power_b2 / (4.0 * b0), .a1 = d.a1, .a2 = d.a2 };
}

static am_biquad inverse(const am_biquad *f)
{
    const double norm = 1.0 / f->b0;

    return (am_biquad){ .b0 = norm, .b1 = f->a1 * norm, .b2 = f->a2 * norm, .a1 = f->b1 * norm, .a2 = f->b2 * norm };
}

am_status am_biquad_design(double rate_hz, const am_eq_section *section, am_biquad *out)
{
    const bool as_cut = designed_as_cut(section->kind);

    if (!am_within(rate_hz, 8000.0, 384000.0) || !am_within(section->frequency_hz, 10.0, 0.49 * rate_hz) ||
        !am_within(section->gain_db, -24.0, 24.0) || !am_within(section->q, 0.1, 20.0) ||
        (unsigned)section->kind > AM_SECTION_HIGH_SHELF)
        return AM_ERR_RANGE;
    if (section->gain_db == 0.0) {
        *out = (am_biquad){ .b0 = 1.0 };
        return AM_OK;
    }

    const double size_db = fabs(section->gain_db), a = am_gain_from_db(0.5 * (as_cut ? -size_db : size_db));
    const double centre = 2.0 * AM_PI * section->frequency_hz / rate_hz;
    const double middle = fmin(centre, section->kind == AM_SECTION_BELL ? 0.94 * AM_PI : 0.5 * AM_PI);
    const prototype analog = prototype_of(section->kind, a, section->q);
    const am_biquad designed = match_numerator(&analog, centre, middle);

    *out = (section->gain_db < 0.0) == as_cut ? designed : inverse(&designed);
    return AM_OK;
}

/* |c0 + c1 z^-1 + c2 z^-2|^2 on the unit circle, phi = sin^2(w / 2): nothing cancels near DC */
static double polynomial_power(double c0, double c1, double c2, double phi)
{
    const double dc = c0 + c1 + c2;

    return dc * dc - 4.0 * (c0 * c1 + c1 * c2 + 4.0 * c0 * c2) * phi + 16.0 * c0 * c2 * phi * phi;
}

double am_biquad_response_db(const am_biquad *filter, double rate_hz, double frequency_hz)
{
    const double sine = sin(AM_PI * frequency_hz / rate_hz), phi = sine * sine;

    return am_db_from_power(polynomial_power(filter->b0, filter->b1, filter->b2, phi) /
                            polynomial_power(1.0, filter->a1, filter->a2, phi));
}

/* ------------------------------------------------------------------ cascade
 *
 * Time-skewed: in one step section k works on frame n - k, so that the recurrences of all sections and of both channels are
 * independent of each other and share vectors: two sections of two channels in each. The arithmetic of a sample is that of the
 * plain loop over sections, hence the same bits. The skew starts and ends within one call.
 */
typedef double lanes __attribute__((vector_size(32), may_alias));   /* section 2p left, right, section 2p + 1 left, right */

enum { LANES = 2 * AM_CASCADE_MAX };

typedef struct skewed {             /* [2 * section + channel] */
    _Alignas(32) double b0[LANES], b1[LANES], b2[LANES], a1[LANES], a2[LANES];
    _Alignas(32) double s1[LANES], s2[LANES], y[LANES];
    uint32_t sections;              /* even: an odd count is made up with a wire */
} skewed;

static void load(skewed *k, const am_cascade *c)
{
    static const am_biquad wire = { .b0 = 1.0 };

    k->sections = c->count + (c->count & 1u);
    for (uint32_t i = 0; i < 2 * k->sections; i++) {
        const bool real = i / 2 < c->count;
        const am_biquad *f = real ? &c->sections[i / 2] : &wire;

        k->b0[i] = f->b0;
        k->b1[i] = f->b1;
        k->b2[i] = f->b2;
        k->a1[i] = f->a1;
        k->a2[i] = f->a2;
        k->s1[i] = real ? c->state[i / 2][i & 1u][0] : 0.0;
        k->s2[i] = real ? c->state[i / 2][i & 1u][1] : 0.0;
        k->y[i] = 0.0;
    }
}

static void store(const skewed *k, am_cascade *c)
{
    for (uint32_t i = 0; i < 2 * c->count; i++) {
        c->state[i / 2][i & 1u][0] = k->s1[i];
        c->state[i / 2][i & 1u][1] = k->s2[i];
    }
}

/* One frame through the sections first .. last - 1; what enters a section is what left the one before it. */
static void step_sections(skewed *k, uint32_t first, uint32_t last, double left, double right)
{
    for (uint32_t i = 2 * first; i < 2 * last; i++) {
        const double x = i > 1 ? k->y[i - 2] : i ? right : left;
        const double y = k->b0[i] * x + k->s1[i];

        k->s1[i] = (k->b1[i] * x + k->s2[i]) - k->a1[i] * y;
        k->s2[i] = k->b2[i] * x - k->a2[i] * y;
        k->y[i] = y;
    }
}

/* All sections of pairs * 2 busy: frame n enters, frame n + 1 - sections leaves. */
static inline __attribute__((always_inline)) void run_pairs(skewed *k, const unsigned pairs, const float *left_in,
                                                            const float *right_in, float *left_out, float *right_out, size_t first,
                                                            size_t frames)
{
    const size_t late = 2 * (size_t)pairs - 1;
    lanes s1[LANES / 4], s2[LANES / 4], y[LANES / 4];

    for (unsigned p = 0; p < pairs; p++) {
        s1[p] = ((lanes *)k->s1)[p];
        s2[p] = ((lanes *)k->s2)[p];
        y[p] = ((lanes *)k->y)[p];
    }
    for (size_t n = first; n < frames; n++) {
        lanes before = { 0.0, 0.0, (double)left_in[n], (double)right_in[n] };

        for (unsigned p = 0; p < pairs; p++) {
            const lanes x = { before[2], before[3], y[p][0], y[p][1] };

            before = y[p];
            y[p] = ((const lanes *)k->b0)[p] * x + s1[p];
            s1[p] = (((const lanes *)k->b1)[p] * x + s2[p]) - ((const lanes *)k->a1)[p] * y[p];
            s2[p] = ((const lanes *)k->b2)[p] * x - ((const lanes *)k->a2)[p] * y[p];
        }
        left_out[n - late] = (float)y[pairs - 1][2];
        right_out[n - late] = (float)y[pairs - 1][3];
    }
    for (unsigned p = 0; p < pairs; p++) {
        ((lanes *)k->s1)[p] = s1[p];
        ((lanes *)k->s2)[p] = s2[p];
        ((lanes *)k->y)[p] = y[p];
    }
}

AM_CLONES static void run_steady(skewed *k, const float *left_in, const float *right_in, float *left_out, float *right_out,
                                 size_t first, size_t frames)
{
    switch (k->sections / 2) {
    case 1: run_pairs(k, 1, left_in, right_in, left_out, right_out, first, frames); break;
    case 2: run_pairs(k, 2, left_in, right_in, left_out, right_out, first, frames); break;
    case 3: run_pairs(k, 3, left_in, right_in, left_out, right_out, first, frames); break;
    case 4: run_pairs(k, 4, left_in, right_in, left_out, right_out, first, frames); break;
    case 5: run_pairs(k, 5, left_in, right_in, left_out, right_out, first, frames); break;
    case 6: run_pairs(k, 6, left_in, right_in, left_out, right_out, first, frames); break;
    case 7: run_pairs(k, 7, left_in, right_in, left_out, right_out, first, frames); break;
    default: run_pairs(k, 8, left_in, right_in, left_out, right_out, first, frames); break;
    }
}

/* Frames at the head of a block enter while the later sections still idle, and those at its tail leave while the earlier ones
 * do. */
static void run_skewed(skewed *k, const float *left_in, const float *right_in, float *left_out, float *right_out, size_t frames)
{
    const uint32_t sections = k->sections, late = sections - 1;

    for (uint32_t step = 0; step < late; step++)
        for (uint32_t i = step + 1; i-- > 0;)
            step_sections(k, i, i + 1, (double)left_in[step], (double)right_in[step]);
    run_steady(k, left_in, right_in, left_out, right_out, late, frames);
    for (uint32_t step = 1; step <= late; step++) {
        for (uint32_t i = sections; i-- > step;)
            step_sections(k, i, i + 1, 0.0, 0.0);
        left_out[frames - 1 - late + step] = (float)k->y[2 * late];
        right_out[frames - 1 - late + step] = (float)k->y[2 * late + 1];
    }
}

static void run_plain(skewed *k, const float *left_in, const float *right_in, float *left_out, float *right_out, size_t frames)
{
    for (size_t n = 0; n < frames; n++) {
        step_sections(k, 0, k->sections, (double)left_in[n], (double)right_in[n]);
        left_out[n] = (float)k->y[2 * k->sections - 2];
        right_out[n] = (float)k->y[2 * k->sections - 1];
    }
}

void am_cascade_process(am_cascade *cascade, const float *left_in, const float *right_in, float *left_out, float *right_out,
                        size_t frames)
{
    skewed k;

    assert(cascade->count <= AM_CASCADE_MAX && (right_in != NULL) == (right_out != NULL));
    if (!cascade->count) {
        memmove(left_out, left_in, frames * sizeof *left_out);
        if (right_in)
            memmove(right_out, right_in, frames * sizeof *right_out);
        return;
    }
    load(&k, cascade);
    if (frames > k.sections)
        run_skewed(&k, left_in, right_in ? right_in : left_in, left_out, right_out ? right_out : left_out, frames);
    else
        run_plain(&k, left_in, right_in ? right_in : left_in, left_out, right_out ? right_out : left_out, frames);
    store(&k, cascade);
}
