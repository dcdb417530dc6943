/*
 * Octets that wait for their keys.  A layer that cannot read on without a secret that may still
 * come is held: what arrives for it, holes and ends too, is put into one queue and replayed when
 * the secret is there, as if it came only then.  Time and frames are those of the first arrival.
 *
 *   push, gap, end -> [ queue ] -> the layer        close -> when the queue is empty
 *                        ^ a secret came, the queue is given up, or nothing more is waited for
 *
 * A replay stops where the next secret is missing.  All that is kept is counted; when it would be
 * more than is allowed, the layer that has waited longest is given up: it is read without a key.
 * That may happen while other layers are at work, so such a replay has scratch memory of its own
 * and closes nothing.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/internal.h"

enum what { OCTETS, GAP, END };

/* What came for a layer. */
struct item {
    struct item *next;
    enum what what;
    enum sgs_dir dir;
    sgs_time now; /* capture time at which it came */
    struct sgs_origin origin;
    bool is_cut;
    uint64_t n; /* of a gap */
    enum sgs_gap_why gap_why;
    enum sgs_end end_why;
    size_t len;
    uint8_t octets[];
};

struct sgs_hold {
    struct sgs_hold *next, *prev; /* in the order of waiting */
    struct sgs_layer *layer;
    uint8_t id[SGS_TLS_RANDOM_LEN]; /* client random */
    bool is_nameless;               /* which one is not known: any secret may be meant */
    enum sgs_dir dir;               /* whose head could not be read */
    struct item *items, **items_end;
    sgs_time since;    /* capture time of the first octet that waits */
    sgs_time asked_at; /* capture time at which it began to wait */
    size_t base;       /* octets counted for the layer and what its heads hold */
    size_t octets;     /* counted for it in all */
    bool is_passing;   /* it is replayed: what comes goes through */
    bool is_busy;      /* its replay is at work */
    bool is_due;       /* a secret has come for it */
    bool is_ended;     /* the layer is to be closed */
    bool is_done;      /* nothing is left but to close it */
    sgs_time ended_at; /* capture time at which the layer was closed */
};

/* life */

static void heard(void *ctx, enum sgs_tls_label label, struct sgs_slice id)
{
    struct sgs_holds *w = &((struct sgs_engine *)ctx)->holds;
    bool is_random =
        label != SGS_TLS_RSA && label != SGS_TLS_RSA_SESSION_ID && id.len == SGS_TLS_RANDOM_LEN;

    if (!w->first) {
        return;
    }
    if (!is_random || w->n_news == SGS_MAX_HOLD_NEWS) {
        w->is_news_for_all = true;
        return;
    }
    memcpy(w->news[w->n_news++], id.ptr, SGS_TLS_RANDOM_LEN);
}

void sgs_holds_open(struct sgs_engine *e)
{
    e->holds.is_over = !e->options.keys || e->options.hold == 0;
    for (size_t i = 0; i <= SGS_MAX_LAYER_DEPTH; i++) {
        sgs_arena_init(&e->holds.scratch[i], SGS_MAX_MESSAGE_MEMORY);
    }
    if (!e->holds.is_over) {
        sgs_tls_keys_on_new(e->options.keys, heard, e);
    }
}

void sgs_holds_close(struct sgs_engine *e)
{
    if (e->options.keys && e->options.hold > 0) {
        sgs_tls_keys_on_new(e->options.keys, NULL, NULL);
    }
    for (size_t i = 0; i <= SGS_MAX_LAYER_DEPTH; i++) {
        sgs_arena_clear(&e->holds.scratch[i]);
    }
}

size_t sgs_engine_held(const struct sgs_engine *e)
{
    return e->holds.octets;
}

sgs_time sgs_engine_held_from(const struct sgs_engine *e)
{
    return e->holds.first ? e->holds.first->since : SGS_TIME_NONE;
}

/* the list */

static void append(struct sgs_holds *w, struct sgs_hold *h)
{
    h->prev = w->last;
    *(w->last ? &w->last->next : &w->first) = h;
    w->last = h;
}

static void unlink_hold(struct sgs_holds *w, struct sgs_hold *h)
{
    if (w->cursor == h) {
        w->cursor = h->next;
    }
    *(h->next ? &h->next->prev : &w->last) = h->prev;
    *(h->prev ? &h->prev->next : &w->first) = h->next;
    assert(w->first != h && w->cursor != h);
}

static void charge(struct sgs_holds *w, struct sgs_hold *h, size_t octets)
{
    h->octets += octets;
    w->octets += octets;
}

static void discharge(struct sgs_holds *w, struct sgs_hold *h, size_t octets)
{
    h->octets -= octets;
    w->octets -= octets;
}

static size_t head_of(const struct sgs_inbox *h)
{
    return h->head.size + h->marks_room * sizeof *h->marks;
}

/* What a held layer takes without its queue.  An arena grows by doubling, so it may take twice what
 * is used. */
static size_t base_of(const struct sgs_layer *l)
{
    return sizeof(struct sgs_hold) + sizeof(struct sgs_stream) + sizeof *l + 2 * l->arena.used +
           head_of(&l->half[SGS_C2S]) + head_of(&l->half[SGS_S2C]);
}

static void count_base(struct sgs_holds *w, struct sgs_hold *h)
{
    size_t base = base_of(h->layer);

    discharge(w, h, h->base);
    charge(w, h, base);
    h->base = base;
}

/* replay */

static void give(struct sgs_layer *l, const struct item *i)
{
    switch (i->what) {
    case OCTETS:
        l->is_cut = i->is_cut;
        sgs_layer_push(l, i->dir, sgs_slice(i->octets, i->len), &i->origin);
        l->is_cut = false;
        break;
    case GAP:
        sgs_layer_gap(l, i->dir, i->n, i->gap_why);
        break;
    case END:
        sgs_layer_end(l, i->dir, i->end_why);
        break;
    }
}

/* Gives what is kept to the layer, up to the next missing secret.  True if nothing is left. */
static bool replay(struct sgs_engine *e, struct sgs_hold *h)
{
    sgs_time was_replayed = e->replayed;

    h->is_busy = h->is_passing = true;
    e->replayed = h->asked_at;
    sgs_layer_resume(h->layer, h->dir);
    while (h->is_passing && h->items) {
        struct item *i = h->items;

        h->items = i->next;
        h->items_end = h->items ? h->items_end : &h->items;
        discharge(&e->holds, h, sizeof *i + i->len);
        e->replayed = i->now;
        give(h->layer, i);
        free(i);
    }
    h->is_busy = false;
    e->replayed = was_replayed;
    return h->is_passing;
}

/* Nothing is kept any more: the layer goes on by itself, or is closed.  Only where no layer is at
 * work. */
static void release(struct sgs_engine *e, struct sgs_hold *h)
{
    struct sgs_layer *l = h->layer;
    bool is_ended = h->is_ended;
    sgs_time ended_at = h->ended_at;

    e->holds.n_ended -= is_ended;
    e->holds.n_done -= h->is_done;
    discharge(&e->holds, h, h->octets);
    unlink_hold(&e->holds, h);
    l->hold = NULL;
    free(h);
    if (is_ended) {
        e->replayed = ended_at;
        sgs_layer_close(l);
        e->replayed = SGS_TIME_NONE;
    }
}

/* Only where no layer is at work. */
static void attempt(struct sgs_engine *e, struct sgs_hold *h)
{
    if (h->is_done || replay(e, h)) {
        release(e, h);
    } else {
        count_base(&e->holds, h);
    }
}

/* room */

static void swap_scratch(struct sgs_engine *e)
{
    for (size_t i = 0; i <= SGS_MAX_LAYER_DEPTH; i++) {
        struct sgs_arena a = e->scratch[i];
        e->scratch[i] = e->holds.scratch[i];
        e->holds.scratch[i] = a;
    }
}

/* Reads what is kept for a layer without its key. */
static void give_up(struct sgs_engine *e, struct sgs_hold *h)
{
    struct sgs_layer *l = h->layer;
    bool is_empty = false;

    l->is_given_up = true;
    swap_scratch(e);
    is_empty = replay(e, h);
    swap_scratch(e);
    assert(is_empty);
    discharge(&e->holds, h, h->octets);
    h->base = 0;
    if (h->is_ended) {
        h->is_done = true;
        e->holds.n_done++;
    } else {
        release(e, h);
    }
}

/* Who has waited longest, of all or of those whose layer is closed. */
static struct sgs_hold *longest(const struct sgs_holds *w, bool is_ended)
{
    struct sgs_hold *h = w->first;

    while (h && (h->is_busy || h->is_done || (is_ended && !h->is_ended))) {
        h = h->next;
    }
    return h;
}

/* Gives layers up until size more octets may be kept; false: they may not. */
static bool make_room(struct sgs_engine *e, size_t size)
{
    struct sgs_hold *h = NULL;

    while (e->holds.octets + size > e->options.hold && (h = longest(&e->holds, false))) {
        give_up(e, h);
    }
    return e->holds.octets + size <= e->options.hold;
}

/* the calls of layer.h */

bool sgs_can_hold(const struct sgs_layer *l)
{
    return !l->stream->engine->holds.is_over && !l->is_given_up;
}

bool sgs_hold_is_lost(const struct sgs_layer *l)
{
    return l->is_given_up;
}

bool sgs_hold(struct sgs_layer *l, struct sgs_slice client_random)
{
    struct sgs_engine *e = l->stream->engine;
    struct sgs_hold *h = l->hold;

    if (!sgs_can_hold(l)) {
        return false;
    }
    if (!h) {
        if (!make_room(e, base_of(l))) {
            l->is_given_up = true;
            return false;
        }
        h = l->hold = sgs_xcalloc(1, sizeof *h);
        h->layer = l;
        h->items_end = &h->items;
        h->since = l->origin.time;
        append(&e->holds, h);
        count_base(&e->holds, h);
    }
    h->is_nameless = client_random.len == 0;
    for (size_t i = 0; i < client_random.len && i < sizeof h->id; i++) {
        h->id[i] = client_random.ptr[i];
    }
    h->dir = l->half[SGS_S2C].is_running ? SGS_S2C : SGS_C2S;
    h->asked_at = sgs_capture_time(l);
    h->is_passing = false;
    return true;
}

/* what comes for a held layer */

static bool keeps(const struct sgs_layer *l)
{
    return l->hold && !l->hold->is_passing;
}

/* Room for an item of len octets at the end of the queue; NULL: l was given up for it. */
static struct item *new_item(struct sgs_layer *l, enum what what, enum sgs_dir dir, size_t len)
{
    struct sgs_engine *e = l->stream->engine;
    struct item *i = NULL;

    if (!keeps(l) || !make_room(e, sizeof *i + len) || !keeps(l)) {
        return NULL;
    }
    i = sgs_xcalloc(1, sizeof *i + len);
    i->what = what;
    i->dir = dir;
    i->now = sgs_capture_time(l);
    i->len = len;
    charge(&e->holds, l->hold, sizeof *i + len);
    *l->hold->items_end = i;
    l->hold->items_end = &i->next;
    return i;
}

bool sgs_hold_octets(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets,
                     const struct sgs_origin *origin)
{
    struct item *i = new_item(l, OCTETS, dir, octets.len);

    if (i) {
        i->is_cut = l->is_cut;
        i->origin = *origin;
        memcpy(i->octets, octets.ptr, octets.len);
    }
    return i != NULL;
}

bool sgs_hold_gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t n, enum sgs_gap_why why)
{
    struct item *i = new_item(l, GAP, dir, 0);

    if (i) {
        i->n = n;
        i->gap_why = why;
    }
    return i != NULL;
}

bool sgs_hold_end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why)
{
    struct item *i = new_item(l, END, dir, 0);

    if (i) {
        i->end_why = why;
    }
    return i != NULL;
}

bool sgs_hold_close(struct sgs_layer *l)
{
    struct sgs_engine *e = l->stream->engine;
    struct sgs_hold *h = l->hold;

    if (!h) {
        return false;
    }
    if (!h->is_ended) {
        h->is_ended = true;
        h->ended_at = sgs_capture_time(l);
        if (++e->holds.n_ended - e->holds.n_done > SGS_MAX_HOLD_ENDED) {
            give_up(e, longest(&e->holds, true));
        }
    }
    return true;
}

bool sgs_hold_is_closed(const struct sgs_layer *l)
{
    return l->is_closing || (l->hold && l->hold->is_ended);
}

void sgs_hold_settle(struct sgs_layer *l)
{
    struct sgs_engine *e = l->stream->engine;

    if (!l->hold->is_busy) {
        count_base(&e->holds, l->hold);
        (void)make_room(e, 0);
    }
}

/* when keys come, or will not */

static bool is_among(const struct sgs_holds *w, const uint8_t *id)
{
    for (size_t i = 0; i < w->n_news; i++) {
        if (memcmp(w->news[i], id, SGS_TLS_RANDOM_LEN) == 0) {
            return true;
        }
    }
    return false;
}

static void mark_due(struct sgs_holds *w)
{
    for (struct sgs_hold *h = w->first; h; h = h->next) {
        h->is_due |= w->is_news_for_all || (h->is_nameless && w->n_news > 0) ||
                     (!h->is_nameless && is_among(w, h->id));
    }
    w->is_news_for_all = false;
    w->n_news = 0;
}

void sgs_holds_serve(struct sgs_engine *e)
{
    struct sgs_holds *w = &e->holds;

    while (w->first && (w->n_news > 0 || w->is_news_for_all || w->n_done > 0)) {
        mark_due(w);
        for (w->cursor = w->first; w->cursor;) {
            struct sgs_hold *h = w->cursor;

            w->cursor = h->next;
            if (h->is_due || h->is_done) {
                h->is_due = false;
                attempt(e, h);
            }
        }
    }
}

void sgs_holds_finish(struct sgs_engine *e)
{
    sgs_holds_serve(e);
    e->holds.is_over = true;
    while (e->holds.first) {
        attempt(e, e->holds.first);
    }
}
