/* Events of layers: opened, named by the events below them, emitted or dropped. */
#include "engine/internal.h"

struct sgs_draft *sgs_event_open(struct sgs_layer *l, enum sgs_dir dir, enum sgs_kind kind)
{
    struct sgs_draft *d =
        sgs_engine_event(l->stream->engine, kind, &l->stream->info, dir, &l->origin);
    d->layer = l;
    d->ev.trust = l->trust;
    d->ev.layers = sgs_arena_copy(&d->arena, l->path);
    for (const struct sgs_layer *p = l->parent; p && d->ev.in == 0; p = p->parent) {
        d->ev.in = p->half[dir].open ? p->half[dir].open->ev.id : 0;
    }
    l->half[dir].open = d;
    return d;
}

void sgs_event_within(struct sgs_layer *l, enum sgs_dir dir, struct sgs_draft *d)
{
    l->half[dir].open = d;
}

uint64_t sgs_event_id(const struct sgs_draft *d)
{
    return d->ev.id;
}

static void forget(struct sgs_draft *d)
{
    struct sgs_inbox *h = &d->layer->half[d->ev.dir];
    if (h->open == d) {
        h->open = NULL;
    }
}

void sgs_event_at(struct sgs_draft *d, const struct sgs_origin *origin)
{
    d->ev.origin = *origin;
    d->is_placed = true;
}

void sgs_emit(struct sgs_draft *d)
{
    forget(d);
    if (!d->is_placed) {
        sgs_origin_extend(&d->ev.origin, &d->layer->origin);
    }
    sgs_engine_emit(d->layer->stream->engine, d);
}

void sgs_drop(struct sgs_draft *d)
{
    forget(d);
    sgs_draft_free(d);
}

static struct sgs_draft *fact(struct sgs_layer *l, enum sgs_dir dir, enum sgs_kind kind,
                              const char *what)
{
    struct sgs_draft *was_open = l->half[dir].open;
    struct sgs_draft *d = sgs_event_open(l, dir, kind);
    l->half[dir].open = was_open;
    if (was_open) {
        d->ev.in = was_open->ev.id;
    }
    ev_str(d, SGS_F_WHAT, what);
    return d;
}

void sgs_malformed(struct sgs_layer *l, enum sgs_dir dir, const char *what, uint64_t off)
{
    if (l->n_malformed++ < SGS_MAX_MALFORMED) {
        struct sgs_draft *d = fact(l, dir, SGS_K_MALFORMED, what);
        ev_int(d, SGS_F_OFFSET, off);
        sgs_emit(d);
    }
}

void sgs_limit(struct sgs_layer *l, enum sgs_dir dir, const char *what, uint64_t number)
{
    if (l->n_malformed++ < SGS_MAX_MALFORMED) {
        struct sgs_draft *d = fact(l, dir, SGS_K_LIMIT, what);
        ev_int(d, SGS_F_NUMBER, number);
        sgs_emit(d);
    }
}
