/*
 * Layers that do not know yet what they are: the head of each direction is shown to the probes of
 * all candidates until one is sure, or one may be and nobody wants to see more.  A direction that
 * nobody knows is probed again at later pushes, so that a stream joined in the middle of a message
 * is still recognised at the next one.
 */
#include "engine/internal.h"

#define MAX_TRIES 256 /* later pushes probed in each direction of a layer that nobody knew */

struct guess {
    const struct sgs_dissector *sure;
    const struct sgs_dissector *maybe;
    bool maybe_by_port;
    bool wants_more;
};

static struct guess ask(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice head)
{
    struct guess g = {0};
    if (!l->candidates.is_known) {
        l->candidates = sgs_registry_candidates(l);
    }
    for (uint32_t i = 0; l->candidates.all >> i && !g.sure; i++) {
        const struct sgs_dissector *d = sgs_dissectors[i];
        bool by_port = l->candidates.by_port >> i & 1;
        if (!(l->candidates.all >> i & 1)) {
            continue;
        }
        switch (d->probe ? d->probe(head, dir) : SGS_MAYBE) {
        case SGS_NO:
            break;
        case SGS_SHORT:
            g.wants_more = true;
            break;
        case SGS_MAYBE:
            if (!g.maybe || (by_port && !g.maybe_by_port)) {
                g.maybe = d;
                g.maybe_by_port = by_port;
            }
            break;
        case SGS_SURE:
            g.sure = d;
            break;
        }
    }
    return g;
}

static void decide(struct sgs_layer *l, const struct sgs_dissector *d)
{
    if (sgs_layer_become(l, d)) {
        sgs_layer_replay(l);
    } else {
        l->is_dead = true;
    }
}

static void nobody(struct sgs_layer *l, enum sgs_dir dir)
{
    sgs_inbox_drop(&l->half[dir]);
    l->half[dir].is_nobody = true;
}

/* Looks at the held head of a direction; is_final: no more will come. */
static void look(struct sgs_layer *l, enum sgs_dir dir, bool is_final)
{
    struct sgs_inbox *h = &l->half[dir];
    struct sgs_slice head = sgs_buf_slice(&h->head);
    struct guess g = ask(l, dir, head);
    if (g.sure) {
        decide(l, g.sure);
        return;
    }
    if (g.wants_more && !is_final && head.len < SGS_MAX_PROBE) {
        return;
    }
    if (g.maybe) {
        decide(l, g.maybe);
        return;
    }
    nobody(l, dir);
}

/* A later push of a direction that nobody knew. */
static void look_again(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets,
                       const struct sgs_origin *origin)
{
    struct sgs_inbox *h = &l->half[dir];
    if (h->n_tries++ >= MAX_TRIES) {
        const struct sgs_inbox *other = &l->half[!dir];
        l->is_dead = other->has_ended || other->n_tries >= MAX_TRIES;
        return;
    }
    struct guess g = ask(l, dir, octets);
    if (g.sure && sgs_inbox_add(h, octets, origin)) {
        decide(l, g.sure);
    }
}

void sgs_undecided_push(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets,
                        const struct sgs_origin *origin)
{
    struct sgs_inbox *h = &l->half[dir];
    if (h->is_nobody) {
        look_again(l, dir, octets, origin);
        return;
    }
    if (!sgs_inbox_add(h, octets, origin)) {
        nobody(l, dir);
        return;
    }
    /* A datagram, and a body handed over by its carrier, come whole. */
    look(l, dir, l->by != SGS_BY_PROBE);
}

void sgs_undecided_end(struct sgs_layer *l, enum sgs_dir dir)
{
    if (l->half[dir].head.len > 0) {
        look(l, dir, true);
    }
}
