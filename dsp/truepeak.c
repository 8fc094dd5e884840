#include "dsp/truepeak.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "dsp/simd.h"
#include "dsp/truepeak_table.h"

enum {
    HALF = 24,                      /* samples on either side that an interpolated value needs */
    PHASES = 16,                    /* of the fine grid: positions are counted in sixteenths of a sample */
    COARSE = 4,                     /* of them to a step of the coarse grid */
    UNIT = 16,                      /* samples searched together */
    SPAN = 64,                      /* units surveyed together */
    FAR = 2,                        /* units to where the level near Nyquist is looked at, too */
    REACH = 2,                      /* units that the kernel reaches into on either side */
    CHUNK = UNIT * SPAN             /* AM_TRUEPEAK_STEP or more */
};

static const float coarse_miss = 1.09f;     /* >= 1 / cos(pi / 8): a peak over the 4x grid, up to Nyquist */
static const float parabola_miss = 1.01f;   /* the same over a parabola through three of its points (0.9 % at Nyquist) */
static const float bound_slack = 1.001f;    /* the rows are not exactly linear phase at DC (6e-4) */
static const float huge_peak = 1e30f;       /* above it sums could overflow */
static const float edge_share = 0.35f, edge_slope = 3.5f;   /* see allowance() */

typedef struct search {
    const float *samples;
    size_t frames, step;
    float threshold;
    float *peaks;                   /* one a step */
    bool cautious;                  /* allow for what the kernel does not see near Nyquist */
    float reach;                    /* the most that a peak stands above the samples, in second differences */
    float extra;                    /* allowance in the unit at hand */
    size_t span;                    /* frame at which the span at hand begins */
    float edges[SPAN + 2 * FAR];    /* level near Nyquist in the units from FAR before the span on; < 0: not looked at yet */
    long position;                  /* of the last peak entered, in sixteenths */
} search;

/* ------------------------------------------------------------------ kernels */

AM_CLONES
static float interpolate(const float *samples, const float *row)
{
    float lanes[8] = { 0 };

    for (int k = 0; k < 2 * HALF; k += 8) {
        for (int l = 0; l < 8; l++)
            lanes[l] += samples[k + l] * row[k + l];
    }
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* The UNIT samples at x and the three values behind each, in order. */
AM_CLONES
static void interpolate_unit(const float *x, float *values)
{
    float even[UNIT] = { 0 }, odd[UNIT] = { 0 }, mid[UNIT] = { 0 };

    for (int k = 0; k < HALF; k++) {
        const float *a = x - (HALF - 1) + k, *b = x + HALF - k;
        const float e = quarter_even[k], o = quarter_odd[k], m = middle[k];

        for (int l = 0; l < UNIT; l++) {
            const float sum = a[l] + b[l], difference = a[l] - b[l];

            even[l] += e * sum;
            odd[l] += o * difference;
            mid[l] += m * sum;
        }
    }
    for (int l = 0; l < UNIT; l++) {
        values[4 * l] = x[l];
        values[4 * l + 1] = even[l] + odd[l];
        values[4 * l + 2] = mid[l];
        values[4 * l + 3] = even[l] - odd[l];
    }
}

static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

AM_CLONES
static float largest(const float *x, size_t count)
{
    float lanes[16] = { 0 };
    size_t i = 0;

    for (; i + 16 <= count; i += 16) {
        for (int l = 0; l < 16; l++)
            lanes[l] = larger(fabsf(x[i + (size_t)l]), lanes[l]);
    }
    for (; i < count; i++)
        lanes[0] = larger(fabsf(x[i]), lanes[0]);
    for (int l = 0; l < 8; l++)
        lanes[l] = larger(lanes[l], lanes[l + 8]);
    for (int l = 0; l < 4; l++)
        lanes[l] = larger(lanes[l], lanes[l + 4]);
    return larger(larger(lanes[0], lanes[2]), larger(lanes[1], lanes[3]));
}

AM_CLONES
static void sizes(const float *x, float *restrict out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = fabsf(x[i]);
}

/* Maxima over groups of neighbours, in passes that vectorise, which a reduction does not: the first passes take the two halves of a group
 * lane by lane, the last ones pairs. */
AM_CLONES
static void fold_sizes(const float *x, float *restrict out, size_t eights)
{
    for (size_t g = 0; g < eights; g++)
        for (size_t l = 0; l < 4; l++)
            out[4 * g + l] = larger(fabsf(x[8 * g + l]), fabsf(x[8 * g + 4 + l]));
}

static inline float bend_at(const float *x, size_t i)
{
    return fabsf((x[(ptrdiff_t)i - 1] - x[i]) + (x[i + 1] - x[i]));
}

AM_CLONES
static void fold_bends(const float *x, float *restrict out, size_t sixteens)
{
    for (size_t g = 0; g < sixteens; g++)
        for (size_t l = 0; l < 8; l++)
            out[8 * g + l] = larger(bend_at(x, 16 * g + l), bend_at(x, 16 * g + 8 + l));
}

AM_CLONES
static void fold_eights(const float *w, float *restrict out, size_t eights)
{
    for (size_t g = 0; g < eights; g++)
        for (size_t l = 0; l < 4; l++)
            out[4 * g + l] = larger(w[8 * g + l], w[8 * g + 4 + l]);
}

AM_CLONES
static void halve(const float *w, float *restrict out, size_t pairs)
{
    for (size_t i = 0; i < pairs; i++)
        out[i] = larger(w[2 * i], w[2 * i + 1]);
}

/* The largest sample of each 8, count <= CHUNK in all. */
static void eights_of(const float *x, size_t count, float *eights)
{
    float fours[CHUNK / 2], pairs[CHUNK / 4];

    fold_sizes(x, fours, count / 8);
    halve(fours, pairs, count / 4);
    halve(pairs, eights, count / 8);
}

/* Per unit its largest sample, the first of the next unit included, and its largest second difference. */
static void survey(const float *x, const float *eights, size_t units, float *peaks, float *bends)
{
    float work[CHUNK / 2], fours[CHUNK / 4], pairs[CHUNK / 8];

    halve(eights, peaks, units);
    for (size_t u = 0; u < units; u++)
        peaks[u] = larger(peaks[u], fabsf(x[(u + 1) * UNIT]));
    fold_bends(x, work, units);
    fold_eights(work, fours, units);
    halve(fours, pairs, units * 2);
    halve(pairs, bends, units);
}

/* Merge the largest sample of each step, of whole groups of 8, into peaks, a sample on the border of two into both. */
static void group_peaks(const float *x, const float *eights, size_t frames, size_t step, float *peaks)
{
    const size_t groups = step / 8;

    for (size_t i = 0; i < frames / step; i++) {
        float peak = larger(fabsf(x[(i + 1) * step]), peaks[i]);

        for (size_t k = i * groups; k < (i + 1) * groups; k++)
            peak = larger(eights[k], peak);
        peaks[i] = peak;
    }
}

static void step_peaks(const float *x, size_t frames, size_t step, float *peaks)
{
    for (size_t i = 0; i < frames / step; i++)
        peaks[i] = larger(largest(x + i * step, step + 1), peaks[i]);
}

/* ------------------------------------------------------------------ search */

/* Level of what lies near Nyquist in a unit, counted from FAR before the span */
static float edge_level(search *s, size_t unit)
{
    if (s->edges[unit] < 0.0f) {
        const float *x = s->samples + s->span + unit * UNIT - FAR * UNIT + UNIT / 2 - HALF;
        const float a = interpolate(x, edge_cosine), b = interpolate(x, edge_sine);

        s->edges[unit] = sqrtf(a * a + b * b);
    }
    return s->edges[unit];
}

/* The kernel rolls off from 0.45 of the rate on, where an ideal converter still rings, far and wide. What it may miss is a share of
 * what lies there that is small in music and all of it in a tone at Nyquist. The two constants keep noise of every kind, squares and
 * bursts at Nyquist within 0.02 dB of the ceiling on a 4097-tap meter; 36 pieces of music lose 0.01 dB (median), 0.2 dB (worst). */
static float allowance(search *s, size_t unit, float peak)
{
    const float level = larger(edge_level(s, unit + FAR), larger(edge_level(s, unit), edge_level(s, unit + 2 * FAR)));
    const float share = edge_share + edge_slope * level / peak;

    return level * (share < 1.0f ? share : 1.0f);
}

static float value_at(const float *samples, long position)
{
    const long frame = (position + PHASES * 4) / PHASES - 4;    /* rounded down, position >= -4 frames */
    const long phase = position - frame * PHASES;

    return phase ? interpolate(samples + frame - (HALF - 1), rows[phase - 1]) : samples[frame];
}

/* Vertex of the parabola through (-1, a), (0, b), (1, c), b the largest in size. */
static float vertex(float a, float b, float c, float *offset)
{
    const float curve = (a - b) + (c - b), slope = 0.5f * (c - a);

    *offset = curve * b < 0.0f ? -slope / curve : 0.0f;
    return fabsf(b + 0.5f * slope * *offset);
}

/* The blocks, one or two, that a peak between two positions may lie in; positions below 0 belong to the first block. */
static void blocks_of(const search *s, long from, long to, uint32_t *low, uint32_t *high)
{
    const uint32_t sixteenths = (uint32_t)(s->step * PHASES), last = (uint32_t)(s->frames / s->step) - 1;

    *low = from > 0 ? (uint32_t)from / sixteenths : 0;
    *high = to > 0 ? (uint32_t)to / sixteenths : 0;
    *low = *low > last ? last : *low;
    *high = *high > last ? last : *high;
}

/* Enter a peak into the block it lies in, and into both when it lies on the border of two. */
static void enter(search *s, long position, float peak)
{
    uint32_t low, high;

    blocks_of(s, position - 1, position, &low, &high);
    for (uint32_t block = low; block <= high; block++) {
        if (peak > s->peaks[block]) {
            s->peaks[block] = peak;
            s->position = position;
        }
    }
}

/* What a peak between two positions must exceed to matter to any block it may lie in. */
static float wanted(const search *s, long from, long to)
{
    uint32_t low, high;
    float least;

    blocks_of(s, from, to, &low, &high);
    least = s->peaks[low];
    for (uint32_t block = low + 1; block <= high; block++)
        least = s->peaks[block] < least ? s->peaks[block] : least;
    return larger(s->threshold, least);
}

/* b at position is a maximum of the coarse grid between a and c: find it on the fine one. */
static void refine(search *s, long position, float a, float b, float c)
{
    float offset, peak = vertex(a, b, c, &offset);

    if (peak * parabola_miss + s->extra > wanted(s, position - COARSE, position + COARSE)) {
        const long centre = position + lrintf(offset * (float)COARSE);

        peak = vertex(value_at(s->samples, centre - 1), value_at(s->samples, centre), value_at(s->samples, centre + 1), &offset);
        enter(s, centre, larger(peak, fabsf(b)) + s->extra);
    }
}

/* Where among count values one is as large as its neighbours and above least */
AM_CLONES
static void mark_maxima(const float *size, size_t count, float least, uint8_t *marks)
{
    for (size_t i = 0; i < count; i++)
        marks[i] = (size[i] >= size[(ptrdiff_t)i - 1]) & (size[i] >= size[i + 1]) & (size[i] > least);
}

/* The largest coarse value. They are values of the signal: with the largest of a block in the books, all that stay below it need no
 * second look. The meter wants to know where its peak is, which only refine() tells. */
static float raise_peaks(search *s, size_t first, const float *size)
{
    const uint32_t step = (uint32_t)s->step, behind = (uint32_t)first + UNIT;
    float most = 0.0f;

    for (uint32_t at = (uint32_t)first, block = at / step, end; at < behind; block++) {
        float peak;

        end = (block + 1) * step < behind ? (block + 1) * step : behind;
        peak = largest(size + (at + UNIT - behind) * COARSE, (end - at) * COARSE + 1);
        if (s->cautious && peak > s->threshold)
            s->peaks[block] = larger(peak, s->peaks[block]);
        most = larger(peak, most);
        at = end;
    }
    return most;
}

/* Both ends of the unit, where they may be maxima, need a neighbour outside. */
static void add_neighbours(const search *s, long start, float least, float *v)
{
    enum { LAST = UNIT * COARSE };

    v[-1] = v[LAST + 1] = 0.0f;
    if (fabsf(v[0]) >= fabsf(v[1]) && fabsf(v[0]) > least)
        v[-1] = value_at(s->samples, start - COARSE);
    if (fabsf(v[LAST]) >= fabsf(v[LAST - 1]) && fabsf(v[LAST]) > least)
        v[LAST + 1] = value_at(s->samples, start + (LAST + 1) * COARSE);
}

static void search_unit(search *s, size_t first)
{
    enum { COUNT = UNIT * COARSE + 1, MARKS = (COUNT + 7) / 8 * 8 };
    float v[COUNT + 2], size[COUNT + 2];    /* from a quarter before the unit to a quarter after the sample behind it */
    uint8_t marks[MARKS] = { 0 };
    uint64_t some;
    float peak, least;
    const long start = (long)first * PHASES;

    interpolate_unit(s->samples + first, v + 1);
    v[COUNT] = s->samples[first + UNIT];
    sizes(v + 1, size + 1, COUNT);
    peak = raise_peaks(s, first, size + 1);
    if (s->cautious)
        s->extra = allowance(s, (first - s->span) / UNIT, peak);
    least = (wanted(s, start - COARSE, start + COUNT * COARSE) - s->extra) / coarse_miss;
    if (peak <= least)
        return;
    add_neighbours(s, start, least, v + 1);
    size[0] = fabsf(v[0]);
    size[COUNT + 1] = fabsf(v[COUNT + 1]);
    mark_maxima(size + 1, COUNT, least, marks);
    for (int group = 0; group < MARKS; group += 8) {
        memcpy(&some, marks + group, sizeof some);
        for (int i = group; some && i < group + 8; i++) {
            if (marks[i])
                refine(s, start + i * COARSE, v[i], v[i + 1], v[i + 2]);
        }
    }
}

/* The largest second difference of count samples from x on */
static float largest_bend(const float *x, size_t count)
{
    float most = 0.0f;

    for (size_t i = 0; i < count; i++)
        most = larger(bend_at(x, i), most);
    return most;
}

/* most: of the bends that the kernel reaches into; bounds: above all that a unit can reach between its samples */
AM_CLONES
static void bound_units(const float *peaks, const float *bends, size_t units, float reach, float *restrict most, float *restrict bounds)
{
    for (size_t u = 0; u < units; u++) {
        const float sides = larger(larger(bends[u], bends[u + 1]), larger(bends[u + 3], bends[u + 4]));

        most[u] = larger(sides, bends[u + REACH]);
        bounds[u] = peaks[u] * bound_slack + reach * most[u];
    }
}

/* units <= SPAN whole units from frame first on; eights: of its samples */
static void search_span(search *s, size_t first, size_t units, const float *eights)
{
    const float *x = s->samples + first;
    float peaks[SPAN], bends[SPAN + 2 * REACH], most[SPAN], bounds[SPAN];

    s->span = first;
    for (size_t u = 0; u < units + 2 * FAR; u++)
        s->edges[u] = -1.0f;
    survey(x, eights, units, peaks, bends + REACH);
    bends[0] = largest_bend(x - (HALF - 1), HALF - 1 - UNIT);
    bends[1] = largest_bend(x - UNIT, UNIT);
    bends[units + REACH] = largest_bend(x + units * UNIT, UNIT);
    bends[units + REACH + 1] = largest_bend(x + (units + 1) * UNIT, HALF - UNIT);
    bound_units(peaks, bends, units, s->reach, most, bounds);
    for (size_t u = 0; u < units; u++) {
        const long start = (long)(first + u * UNIT) * PHASES;

        if (bounds[u] > s->threshold && peaks[u] <= huge_peak && most[u] <= huge_peak &&
            bounds[u] > wanted(s, start - COARSE, start + UNIT * PHASES + COARSE))
            search_unit(s, first + u * UNIT);
    }
}

static void search_all(search *s)
{
    for (size_t first = 0; first < s->frames; first += CHUNK) {
        const size_t units = (s->frames - first) / UNIT, count = units < SPAN ? units : SPAN;
        float eights[2 * SPAN];

        eights_of(s->samples + first, count * UNIT, eights);
        search_span(s, first, count, eights);
    }
}

void am_truepeak_detect(const float *samples, size_t frames, size_t step, float threshold, float *peaks)
{
    search s = { .samples = samples, .frames = frames, .step = step, .threshold = threshold, .peaks = peaks,
                 .cautious = true, .reach = CURVATURE + 0.5f };
    float eights[CHUNK / 8];

    assert(step >= 1 && step <= AM_TRUEPEAK_STEP && frames % step == 0 && frames % UNIT == 0);
    if (frames <= CHUNK && step % 8 == 0) {
        eights_of(samples, frames, eights);
        group_peaks(samples, eights, frames, step, peaks);
        search_span(&s, 0, frames / UNIT, eights);
    } else {
        step_peaks(samples, frames, step, peaks);
        search_all(&s);
    }
}

/* ------------------------------------------------------------------ meter */

enum { EDGE = 32 };                 /* samples kept on either side of a chunk: HALF and what keeps it aligned */

struct am_truepeak {
    const am_allocator *allocator;
    float peak;
    double position;                /* of the peak, in frames from the first sample */
    double start;                   /* frames from the first sample to the chunk in the buffer */
    size_t filled;
    float buffer[EDGE + CHUNK + EDGE];
};

am_status am_truepeak_open(const am_allocator *allocator, am_truepeak **out, am_error *err)
{
    am_truepeak *meter = am_acquire(allocator, 1, sizeof *meter);

    if (!meter)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for a true-peak meter");
    meter->allocator = allocator;
    meter->filled = EDGE + EDGE;    /* the chunk begins with zeros, so that what rings before the first sample counts */
    meter->start = -(double)EDGE;
    *out = meter;
    return AM_OK;
}

static void meter_chunk(am_truepeak *meter)
{
    const float *x = meter->buffer + EDGE;
    const float sample_peak = largest(x, CHUNK);
    search s = { .samples = x, .frames = CHUNK, .step = CHUNK, .threshold = meter->peak, .peaks = &meter->peak,
                 .reach = CURVATURE, .position = -1 };

    search_all(&s);
    if (s.position >= 0)
        meter->position = meter->start + (double)s.position / PHASES;
    if (sample_peak > meter->peak) {
        meter->peak = sample_peak;
        for (int i = 0; i < CHUNK; i++) {
            if (fabsf(x[i]) >= sample_peak) {
                meter->position = meter->start + i;
                break;
            }
        }
    }
    memmove(meter->buffer, meter->buffer + CHUNK, 2 * EDGE * sizeof *meter->buffer);
    meter->filled = 2 * EDGE;
    meter->start += CHUNK;
}

void am_truepeak_push(am_truepeak *meter, const float *samples, size_t frames)
{
    while (frames) {
        const size_t room = EDGE + CHUNK + EDGE - meter->filled;
        const size_t count = frames < room ? frames : room;

        memcpy(meter->buffer + meter->filled, samples, count * sizeof *samples);
        meter->filled += count;
        samples += count;
        frames -= count;
        if (count == room)
            meter_chunk(meter);
    }
}

void am_truepeak_finish(am_truepeak *meter)
{
    static const float zeros[EDGE + CHUNK + EDGE];

    am_truepeak_push(meter, zeros, 2 * EDGE);   /* so that all that rings behind the last sample lies inside a chunk */
    am_truepeak_push(meter, zeros, EDGE + CHUNK + EDGE - meter->filled);
}

double am_truepeak_max(const am_truepeak *meter, double *position_frames)
{
    if (position_frames)
        *position_frames = meter->position;
    return (double)meter->peak;
}

void am_truepeak_close(am_truepeak *meter)
{
    if (meter)
        am_forget(meter->allocator, meter);
}
