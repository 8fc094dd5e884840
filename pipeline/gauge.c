#include "pipeline/gauge.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "pipeline/planar.h"

enum { SLOTS = 8 };

typedef struct slot {
    am_planar audio;
    size_t frames;
} slot;

struct am_gauge {
    const am_allocator *allocator;
    uint32_t channels;
    am_analyzer *analyzer;
    uint64_t digest;
    bool threaded, started;
    pthread_t thread;
    pthread_mutex_t lock;           /* of what follows */
    pthread_cond_t changed;
    slot slots[SLOTS];
    size_t written, measured;       /* slots so far; written - measured <= SLOTS */
    bool ended;
    am_status status;
    am_error error;
};

uint64_t am_gauge_digest(uint64_t digest, const float *const *channels, uint32_t count, size_t frames)
{
    for (size_t n = 0; n < frames; n++)
        for (uint32_t c = 0; c < count; c++) {
            const float sample = channels[c][n] + 0.0f;
            uint32_t bits;

            memcpy(&bits, &sample, sizeof bits);
            digest = (digest ^ bits) * 0x9e3779b97f4a7c15u + (digest >> 29);
        }
    return digest;
}

static am_status measure(am_gauge *m, const float *const *channels, size_t frames, am_error *err)
{
    m->digest = am_gauge_digest(m->digest, channels, m->channels, frames);
    return am_analyze_push(m->analyzer, channels, frames, err);
}

/* The next slot to measure, once there is one; NULL at the end. */
static slot *await_slot(am_gauge *m)
{
    slot *next = NULL;

    (void)pthread_mutex_lock(&m->lock);
    while (m->measured == m->written && !m->ended)
        (void)pthread_cond_wait(&m->changed, &m->lock);
    if (m->measured != m->written)
        next = &m->slots[m->measured % SLOTS];
    (void)pthread_mutex_unlock(&m->lock);
    return next;
}

static void *measure_beside(void *context)
{
    am_gauge *m = context;
    am_error error = { 0 };
    am_status status = AM_OK;

    for (slot *next = await_slot(m); next; next = await_slot(m)) {
        if (!status)
            status = measure(m, (const float *const *)next->audio.channels, next->frames, &error);
        (void)pthread_mutex_lock(&m->lock);
        m->measured++;
        m->status = status;
        m->error = error;
        (void)pthread_cond_signal(&m->changed);
        (void)pthread_mutex_unlock(&m->lock);
    }
    return NULL;
}

am_status am_gauge_open(const am_format *format, const am_run *run, am_gauge **out, am_error *err)
{
    am_gauge *m = am_acquire(run->options.allocator, 1, sizeof *m);
    am_status st;

    if (!m)
        return am_fail(err, AM_ERR_NOMEM, "out of memory");
    m->allocator = run->options.allocator;
    m->channels = format->channels;
    m->threaded = run->options.threads != 1;
    (void)pthread_mutex_init(&m->lock, NULL);
    (void)pthread_cond_init(&m->changed, NULL);
    st = am_analyze_open(format, &run->options, &m->analyzer, err);
    for (size_t i = 0; i < SLOTS && m->threaded && !st; i++)
        st = am_planar_open(&m->slots[i].audio, m->channels, m->allocator, err);
    if (st) {
        am_gauge_close(m);
        return st;
    }
    m->threaded = m->started = m->threaded && pthread_create(&m->thread, NULL, measure_beside, m) == 0;
    *out = m;
    return AM_OK;
}

am_status am_gauge_push(am_gauge *m, const float *const *channels, size_t frames, am_error *err)
{
    am_status status;
    slot *to;

    if (!m->threaded)
        return measure(m, channels, frames, err);
    (void)pthread_mutex_lock(&m->lock);
    while (m->written - m->measured == SLOTS)
        (void)pthread_cond_wait(&m->changed, &m->lock);
    status = m->status;
    to = &m->slots[m->written % SLOTS];
    (void)pthread_mutex_unlock(&m->lock);
    if (status)
        return am_fail(err, status, "%s", m->error.message);
    for (uint32_t c = 0; c < m->channels; c++)
        memcpy(to->audio.channels[c], channels[c], frames * sizeof(float));
    to->frames = frames;
    (void)pthread_mutex_lock(&m->lock);
    m->written++;
    (void)pthread_cond_signal(&m->changed);
    (void)pthread_mutex_unlock(&m->lock);
    return AM_OK;
}

static void join(am_gauge *m)
{
    if (!m->started)
        return;
    (void)pthread_mutex_lock(&m->lock);
    m->ended = true;
    (void)pthread_cond_signal(&m->changed);
    (void)pthread_mutex_unlock(&m->lock);
    (void)pthread_join(m->thread, NULL);
    m->started = false;
}

am_status am_gauge_finish(am_gauge *m, am_analysis *out, uint64_t *digest, am_error *err)
{
    join(m);
    if (m->status)
        return am_fail(err, m->status, "%s", m->error.message);
    *digest = m->digest;
    return am_analyze_finish(m->analyzer, out, err);
}

void am_gauge_close(am_gauge *m)
{
    if (!m)
        return;
    join(m);
    for (size_t i = 0; i < SLOTS; i++)
        am_planar_close(&m->slots[i].audio);
    am_analyze_close(m->analyzer);
    (void)pthread_cond_destroy(&m->changed);
    (void)pthread_mutex_destroy(&m->lock);
    am_forget(m->allocator, m);
}
