/* Kept events and their capture order. */
#include <stdlib.h>

#include <signscope/timeline.h>

#include "base/mem.h"

struct sgs_timeline {
    struct sgs_event **events; /* ours */
    size_t n;
    size_t n_room;
    size_t cap;
    size_t memory; /* octets that copies may still take */
    uint64_t lost;
    bool is_sorted;
};

int sgs_event_order(const struct sgs_event *a, const struct sgs_event *b)
{
    if (a->origin.time != b->origin.time) {
        return a->origin.time < b->origin.time ? -1 : 1;
    }
    if (a->origin.frame != b->origin.frame) {
        return a->origin.frame < b->origin.frame ? -1 : 1;
    }
    return (a->id > b->id) - (a->id < b->id);
}

struct sgs_timeline *sgs_timeline_new(size_t cap, size_t memory)
{
    struct sgs_timeline *t = sgs_xcalloc(1, sizeof *t);
    t->cap = cap;
    t->memory = memory;
    return t;
}

void sgs_timeline_free(struct sgs_timeline *t)
{
    if (!t) {
        return;
    }
    for (size_t i = 0; i < t->n; i++) {
        sgs_event_free(t->events[i]);
    }
    free(t->events);
    free(t);
}

void sgs_timeline_add(struct sgs_timeline *t, const struct sgs_event *ev)
{
    size_t size = sgs_event_size(ev);
    if (t->n == t->cap || size > t->memory) {
        t->lost++;
        return;
    }
    t->memory -= size;
    if (t->n == t->n_room) {
        t->n_room = t->n_room ? 2 * t->n_room : 64;
        t->events = sgs_xrealloc(t->events, t->n_room, sizeof(struct sgs_event *));
    }
    t->events[t->n++] = sgs_event_copy(ev);
    t->is_sorted = false;
}

void sgs_timeline_keep(struct sgs_timeline *t, const bool *is_kept)
{
    size_t n = 0;
    (void)sgs_timeline_sorted(t);
    for (size_t i = 0; i < t->n; i++) {
        if (is_kept[i]) {
            t->events[n++] = t->events[i];
        } else {
            t->memory += sgs_event_size(t->events[i]);
            sgs_event_free(t->events[i]);
        }
    }
    t->n = n;
}

size_t sgs_timeline_len(const struct sgs_timeline *t)
{
    return t->n;
}

uint64_t sgs_timeline_lost(const struct sgs_timeline *t)
{
    return t->lost;
}

static int by_capture(const void *a, const void *b)
{
    const struct sgs_event *const *x = a;
    const struct sgs_event *const *y = b;
    return sgs_event_order(*x, *y);
}

const struct sgs_event *const *sgs_timeline_sorted(struct sgs_timeline *t)
{
    if (!t->is_sorted && t->n > 1) {
        qsort(t->events, t->n, sizeof(struct sgs_event *), by_capture);
    }
    t->is_sorted = true;
    return (const struct sgs_event *const *)t->events;
}
