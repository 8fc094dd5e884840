#include "match/course.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "base/memory.h"
#include "dsp/kweight.h"
#include "match/drive.h"

enum { CODES = 256, WINDOW = 19 };  /* WINDOW: levels that a frame reaches, at most */

static const double level_s = 0.02, hop_s = 8192.0 / 48000.0;
static const double floor_db = -156.0;
static const double crossing_oct = 1.0;         /* bands so near to where two regions meet get a share of both gains */
static const double region_hz[AM_REGIONS + 1] = AM_REGION_HZ;

struct am_course {
    const am_allocator *allocator;
    size_t frame_count, level_count;
    double start_s;
    uint8_t (*bands)[AM_BANDS];     /* of each frame, in dB above floor_db; 0: nothing */
    uint8_t (*levels)[AM_REGIONS];
    float *gain;                    /* of each level: of power, by what change is asked of */
    float (*gains)[AM_REGIONS];     /* of each frame */
    float *loud, *louder;           /* of each frame: K-weighted power, without and with the gains */
    float power[CODES];
    float weight[AM_BANDS];         /* of a band in that power */
    int region[AM_BANDS];           /* a band lies between this region and the next ... */
    float share[AM_BANDS];          /* ... of which it has so much */
};

/* ------------------------------------------------------------------ open */

static void place_bands(am_course *c, double rate_hz)
{
    for (int k = 0; k < AM_BANDS; k++) {
        const double hz = am_band_hz(k);
        double at = 0.0;

        for (int r = 0; r + 1 < AM_REGIONS; r++) {
            at += am_clamp(log2(hz / region_hz[r + 1]) / crossing_oct + 0.5, 0.0, 1.0);
        }
        c->region[k] = (int)fmin(at, AM_REGIONS - 2);
        c->share[k] = (float)(at - c->region[k]);
        c->weight[k] = hz < 0.5 * rate_hz ? (float)am_kweight_power(rate_hz, hz) : 0.0f;
    }
}

static uint8_t code_of(int16_t level_cdb)
{
    return (uint8_t)am_clamp(floor(0.01 * level_cdb - floor_db), 0.0, CODES - 1);
}

static void take(am_course *c, const am_trace *trace)
{
    for (size_t i = 0; i < c->frame_count; i++)
        for (int k = 0; k < AM_BANDS; k++)
            c->bands[i][k] = code_of(trace->frames[i].mid_cdb[k]);
    for (size_t i = 0; i < c->level_count; i++)
        for (int r = 0; r < AM_REGIONS; r++)
            c->levels[i][r] = code_of(trace->steps[i].region_cdb[r]);
    for (int code = 1; code < CODES; code++)
        c->power[code] = (float)am_power_from_db(code + 0.5 + floor_db);
}

am_status am_course_open(const am_trace *trace, double rate_hz, const am_allocator *allocator, am_course **out, am_error *err)
{
    am_course *c = am_acquire(allocator, 1, sizeof *c);

    if (!c)
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the course of the bands");
    c->allocator = allocator;
    c->frame_count = trace->count;
    c->level_count = trace->step_count;
    c->start_s = trace->start_s;
    c->bands = am_acquire(allocator, c->frame_count + 1, sizeof *c->bands);
    c->levels = am_acquire(allocator, c->level_count + 1, sizeof *c->levels);
    c->gain = am_acquire(allocator, c->level_count + 1, sizeof *c->gain);
    c->gains = am_acquire(allocator, c->frame_count + 1, sizeof *c->gains);
    c->loud = am_acquire(allocator, c->frame_count + 1, sizeof *c->loud);
    c->louder = am_acquire(allocator, c->frame_count + 1, sizeof *c->louder);
    if (!c->bands || !c->levels || !c->gain || !c->gains || !c->loud || !c->louder) {
        am_course_close(c);
        return am_fail(err, AM_ERR_NOMEM, "out of memory for the course of the bands");
    }
    place_bands(c, rate_hz);
    take(c, trace);
    *out = c;
    return AM_OK;
}

void am_course_close(am_course *c)
{
    if (!c)
        return;
    am_forget(c->allocator, c->bands);
    am_forget(c->allocator, c->levels);
    am_forget(c->allocator, c->gain);
    am_forget(c->allocator, c->gains);
    am_forget(c->allocator, c->loud);
    am_forget(c->allocator, c->louder);
    am_forget(c->allocator, c);
}

/* ------------------------------------------------------------------ gains over time */

typedef struct listening {
    const am_course *course;
    const am_blocks *blocks;
    double block_s;
    size_t level;                   /* that the sums belong to */
    double in, out;
} listening;

static void finish_level(listening *l)
{
    if (l->level < l->course->level_count && l->in > 0.0)
        l->course->gain[l->level] = (float)(l->out / l->in);
    l->in = l->out = 0.0;
}

static void hear(void *context, size_t block, double peak, double power)
{
    listening *l = context;
    const size_t level = (size_t)((double)block * l->block_s / level_s);
    float bare;

    (void)peak;
    if (level != l->level)
        finish_level(l);
    l->level = level;
    am_blocks_read_bare(l->blocks, block, 1, &bare);
    l->in += (double)bare;
    l->out += power;
}

/* ------------------------------------------------------------------ spectrum */

/* What each region of a frame gets: the mean over the levels within it, by their power and the square of its Hann window. */
static void weigh_gains(const am_course *c, size_t frame, float gains[AM_REGIONS])
{
    const double start_s = c->start_s + (double)frame * hop_s;
    const size_t first = (size_t)ceil(start_s / level_s - 0.5);
    float in[AM_REGIONS] = { 0.0f }, out[AM_REGIONS] = { 0.0f };

    for (size_t i = first; i < first + WINDOW && i < c->level_count; i++) {
        const double at = (((double)i + 0.5) * level_s - start_s) / (2.0 * hop_s);
        const double hann = at < 1.0 ? sin(AM_PI * at) * sin(AM_PI * at) : 0.0;

        for (int r = 0; r < AM_REGIONS; r++) {
            const float power = (float)(hann * hann) * c->power[c->levels[i][r]];

            in[r] += power;
            out[r] += power * c->gain[i];
        }
    }
    for (int r = 0; r < AM_REGIONS; r++)
        gains[r] = in[r] > 0.0f ? out[r] / in[r] : r ? gains[r - 1] : 0.0f;
}

static float gain_at(const am_course *c, const float gains[AM_REGIONS], int band)
{
    const float low = gains[c->region[band]], high = gains[c->region[band] + 1];

    return low + c->share[band] * (high - low);
}

static void hear_frames(const am_course *c)
{
    for (size_t i = 0; i < c->frame_count; i++) {
        float loud = 0.0f, louder = 0.0f;

        weigh_gains(c, i, c->gains[i]);
        for (int k = 0; k < AM_BANDS; k++) {
            const float power = c->weight[k] * c->power[c->bands[i][k]];

            loud += power;
            louder += power * gain_at(c, c->gains[i], k);
        }
        c->loud[i] = loud;
        c->louder[i] = louder;
    }
}

/* 10 LU below the mean, as for the frames of the analysis; their absolute gate is far below any master */
static double gate(const float *power, size_t count)
{
    double sum = 0.0;

    for (size_t i = 0; i < count; i++)
        sum += (double)power[i];
    return count ? 0.1 * sum / (double)count : 0.0;
}

static void compare(const am_course *c, double change_db[AM_BANDS])
{
    const double gate_before = gate(c->loud, c->frame_count), gate_after = gate(c->louder, c->frame_count);
    double before[AM_BANDS] = { 0.0 }, after[AM_BANDS] = { 0.0 }, frames_before = 0.0, frames_after = 0.0;

    for (size_t i = 0; i < c->frame_count; i++) {
        const bool was = (double)c->loud[i] > gate_before, is = (double)c->louder[i] > gate_after;

        frames_before += was;
        frames_after += is;
        for (int k = 0; k < AM_BANDS; k++) {
            const double power = (double)c->power[c->bands[i][k]];

            before[k] += was ? power : 0.0;
            after[k] += is ? power * (double)gain_at(c, c->gains[i], k) : 0.0;
        }
    }
    for (int k = 0; k < AM_BANDS; k++) {
        const double ratio = before[k] > 0.0 && after[k] > 0.0 ? after[k] / frames_after * frames_before / before[k] : 1.0;

        change_db[k] = am_db_from_power(ratio);
    }
}

am_status am_course_change(const am_course *c, const am_blocks *blocks, const am_clip *clip, const am_limiter *limiter,
                           double drive_db, double change_db[AM_BANDS], am_error *err)
{
    listening l = { .course = c, .blocks = blocks, .block_s = (double)am_blocks_frames(blocks) / am_blocks_rate_hz(blocks) };
    am_status st;

    for (size_t i = 0; i < c->level_count; i++)
        c->gain[i] = (float)am_power_from_db(drive_db);
    st = am_drive_trace(blocks, clip, limiter, drive_db, c->allocator, hear, &l, err);
    if (st)
        return st;
    finish_level(&l);
    hear_frames(c);
    compare(c, change_db);
    return AM_OK;
}
