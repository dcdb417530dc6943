/*
 * The layer tree.  Octets are pushed in, measure finds the messages in them, message() gets each
 * one whole: in place when it lies in one push, else joined once in the head buffer.
 *
 *   push -> [skip] -> measure -> LEN: message()   NEED, WAIT: hold   REST: hold to the end
 *                             -> SKIP: drop       BAD: only count
 */
#include <assert.h>
#include <signscope/reader.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/internal.h"

static struct sgs_arena *scratch_of(const struct sgs_layer *l)
{
    return &l->stream->engine->scratch[l->depth];
}

/* life */

struct sgs_layer *sgs_layer_new(struct sgs_stream *s, struct sgs_layer *parent)
{
    unsigned depth = parent ? parent->depth + 1 : 0;
    if (depth > SGS_MAX_LAYER_DEPTH) {
        sgs_limit(parent, SGS_C2S, "layer.depth", SGS_MAX_LAYER_DEPTH);
        return NULL;
    }
    if (s->n_layers >= SGS_MAX_LAYERS) {
        sgs_limit(parent, SGS_C2S, "layers", SGS_MAX_LAYERS);
        return NULL;
    }
    struct sgs_layer *l = sgs_xcalloc(1, sizeof *l);
    s->n_layers++;
    l->stream = s;
    l->parent = parent;
    l->depth = depth;
    sgs_arena_init(&l->arena, SGS_MAX_LAYER_MEMORY);
    sgs_inbox_init(&l->half[SGS_C2S], SGS_MAX_STREAM_HELD);
    sgs_inbox_init(&l->half[SGS_S2C], SGS_MAX_STREAM_HELD);
    if (parent) {
        l->trust = parent->trust;
        l->path = parent->path;
        l->origin = parent->origin;
        l->next = parent->children;
        if (l->next) {
            l->next->prev = l;
        }
        parent->children = l;
    }
    return l;
}

bool sgs_layer_become(struct sgs_layer *l, const struct sgs_dissector *d)
{
    void *state = sgs_arena_alloc(&l->arena, d->state_size);
    struct sgs_slice name = sgs_slice_str(d->name);
    size_t start = l->path.len ? l->path.len + 1 : 0;
    uint8_t *path = sgs_arena_alloc(&l->arena, start + name.len);
    if (!state || !path) {
        return false;
    }
    if (start > 0) {
        memcpy(path, l->path.ptr, l->path.len);
        path[l->path.len] = '/';
    }
    if (name.len > 0) {
        memcpy(path + start, name.ptr, name.len);
    }
    l->dissector = d;
    l->state = state;
    l->path = sgs_slice(path, start + name.len);
    l->half[SGS_C2S].head.cap = l->half[SGS_S2C].head.cap = d->max_message + SGS_MAX_STREAM_HELD;
    return true;
}

static void unlink_layer(struct sgs_layer *l)
{
    if (l->next) {
        l->next->prev = l->prev;
    }
    if (l->prev) {
        l->prev->next = l->next;
    } else if (l->parent) {
        l->parent->children = l->next;
    }
    if (l->parent && l->parent->heir == l) {
        l->parent->heir = NULL;
        l->parent->is_dead = true;
    }
}

void sgs_layer_close(struct sgs_layer *l)
{
    if (sgs_hold_close(l)) {
        return;
    }
    sgs_layer_end(l, SGS_C2S, SGS_END_CAPTURE);
    sgs_layer_end(l, SGS_S2C, SGS_END_CAPTURE);
    for (struct sgs_layer *c = l->children, *next = NULL; c; c = next) {
        next = c->next;
        sgs_layer_close(c);
    }
    if (l->children) {
        l->is_closing = true; /* the last of them comes back here */
        return;
    }
    if (l->dissector && l->dissector->close) {
        l->dissector->close(l);
        sgs_arena_reset(scratch_of(l));
    }
    unlink_layer(l);
    sgs_inbox_clear(&l->half[SGS_C2S]);
    sgs_inbox_clear(&l->half[SGS_S2C]);
    sgs_arena_clear(&l->arena);
    struct sgs_stream *s = l->stream;
    struct sgs_layer *parent = l->parent;
    s->n_layers--;
    free(l);
    if (!parent) {
        free(s);
    } else if (parent->is_closing && !parent->children) {
        sgs_layer_close(parent);
    }
}

/* octets in */

static void deliver(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg, bool is_cut)
{
    l->is_cut = is_cut;
    l->dissector->message(l, dir, msg);
    l->is_cut = false;
    sgs_arena_reset(scratch_of(l));
}

static void bad(struct sgs_layer *l, enum sgs_dir dir, const char *what)
{
    if (what) {
        sgs_malformed(l, dir, what, 0);
    }
    l->half[dir].is_bad = true;
}

/* Octets at hand: either in the head buffer, or borrowed from one push. */
struct view {
    struct sgs_slice octets;
    const struct sgs_origin *origin; /* of all of them; NULL: they are the head buffer */
    size_t used;
};

static void set_origin(struct sgs_layer *l, enum sgs_dir dir, const struct view *v, size_t n)
{
    l->origin =
        v->origin ? *v->origin : sgs_inbox_origin(&l->half[dir], l->half[dir].off + v->used, n);
}

/* Drops up to half.skip octets at the head of the view. */
static void skip(struct sgs_inbox *h, struct view *v)
{
    size_t left = v->octets.len - v->used;
    size_t n = h->skip < left ? (size_t)h->skip : left;
    h->skip -= n;
    v->used += n;
}

/* The message at the head has n octets.  False: wait for more. */
static bool take_message(struct sgs_layer *l, enum sgs_dir dir, struct view *v, size_t n)
{
    struct sgs_inbox *h = &l->half[dir];
    size_t left = v->octets.len - v->used;
    if (n == 0) {
        bad(l, dir, "message of no octets");
        return true;
    }
    if (n > l->dissector->max_message) {
        sgs_limit(l, dir, "message.octets", l->dissector->max_message);
        h->skip = n;
        return true;
    }
    if (n > left) {
        h->need = h->len = n;
        return false;
    }
    set_origin(l, dir, v, n);
    deliver(l, dir, rd_at(v->octets, v->used, n), false);
    v->used += n;
    return true;
}

/* All up to the end is one message, as far as the cap goes. */
static void take_rest(struct sgs_layer *l, enum sgs_dir dir, struct view *v)
{
    struct sgs_inbox *h = &l->half[dir];
    size_t max = l->dissector->max_message;
    if (v->octets.len - v->used <= max) {
        h->is_rest = true;
        h->need = max + 1;
        return;
    }
    set_origin(l, dir, v, max);
    sgs_limit(l, dir, "message.octets", max);
    deliver(l, dir, rd_at(v->octets, v->used, max), true);
    h->is_rest = false;
    bad(l, dir, NULL);
}

/* Asks measure once and does what it says.  False: nothing more can be done with these octets for
 * now. */
static bool step(struct sgs_layer *l, enum sgs_dir dir, struct view *v)
{
    struct sgs_inbox *h = &l->half[dir];
    if (h->skip > 0) {
        skip(h, v);
        return true;
    }
    size_t left = v->octets.len - v->used;
    if (left < h->need) {
        return false;
    }
    h->need = h->len = 0;
    set_origin(l, dir, v, left);
    struct sgs_extent x = l->dissector->measure(l, dir, rd_at(v->octets, v->used, left));
    switch (x.kind) {
    case SGS_X_LEN:
        return take_message(l, dir, v, x.n);
    case SGS_X_NEED:
        if (x.n > l->dissector->max_message) {
            sgs_limit(l, dir, "message.octets", l->dissector->max_message);
            bad(l, dir, NULL);
            return true;
        }
        h->need = x.n > left ? x.n : left + 1;
        return false;
    case SGS_X_SKIP:
        h->skip = x.n;
        if (x.n == 0) {
            bad(l, dir, "nothing to skip");
        }
        return true;
    case SGS_X_REST:
        take_rest(l, dir, v);
        return !h->is_rest;
    case SGS_X_WAIT:
        h->is_waiting = true;
        return false;
    case SGS_X_BAD:
        bad(l, dir, "not what the protocol demands");
        return true;
    }
    return false;
}

/* What v still holds goes to the heir, each run with its own origin. */
static void pour(struct sgs_layer *l, enum sgs_dir dir, const struct view *v)
{
    const struct sgs_inbox *h = &l->half[dir];
    size_t off = v->used;
    while (off < v->octets.len && l->heir) {
        size_t left = v->octets.len - off;
        size_t n = v->origin ? left : sgs_inbox_run(h, h->off + off, left);
        struct sgs_origin o = v->origin ? *v->origin : sgs_inbox_origin(h, h->off + off, n);
        sgs_layer_push(l->heir, dir, rd_at(v->octets, off, n), &o);
        off += n;
    }
}

static bool run_head(struct sgs_layer *l, enum sgs_dir dir);

/* A message of one direction is what the other one may have waited for. */
static void wake_waiting(struct sgs_layer *l, enum sgs_dir dir)
{
    struct sgs_inbox *h = &l->half[dir];
    if (h->is_waiting && !h->is_running && h->head.len > 0 && !l->heir) {
        h->is_waiting = false;
        (void)run_head(l, dir);
    }
}

/* Uses as much of v as can be used.  Returns true if something was used. */
static bool consume(struct sgs_layer *l, enum sgs_dir dir, struct view *v)
{
    struct sgs_inbox *h = &l->half[dir];
    enum sgs_dir other = dir == SGS_C2S ? SGS_S2C : SGS_C2S;
    size_t start = v->used;
    bool goes_on = true;
    h->is_running = true;
    while (goes_on && v->used < v->octets.len && !h->is_bad && !l->heir && !l->is_dead) {
        size_t before = v->used;
        goes_on = step(l, dir, v);
        if (v->used > before) {
            wake_waiting(l, other);
        }
    }
    h->is_running = false;
    return v->used > start;
}

/* Runs the head buffer of a direction.  Returns true if something was used. */
static bool run_head(struct sgs_layer *l, enum sgs_dir dir)
{
    struct sgs_inbox *h = &l->half[dir];
    struct view v = {.octets = sgs_buf_slice(&h->head)};
    bool moved = consume(l, dir, &v);
    if (l->heir) {
        pour(l, dir, &v);
        v.used = v.octets.len;
    }
    if (h->is_bad) {
        v.used = v.octets.len;
    }
    sgs_inbox_use(h, v.used);
    return moved;
}

/* After progress in a direction the other one may go on; and so forth, until neither moves. */
static void wake(struct sgs_layer *l, enum sgs_dir dir, bool moved)
{
    while (moved) {
        dir = dir == SGS_C2S ? SGS_S2C : SGS_C2S;
        struct sgs_inbox *h = &l->half[dir];
        bool has_work = h->head.len > 0 && (h->is_waiting || l->heir);
        h->is_waiting = false;
        moved = has_work && run_head(l, dir);
    }
}

void sgs_layer_replay(struct sgs_layer *l)
{
    for (int i = 0; i < 2; i++) {
        enum sgs_dir dir = i ? SGS_S2C : SGS_C2S;
        struct sgs_inbox *h = &l->half[dir];
        if (h->head.len == 0) {
            continue;
        }
        if (l->dissector->measure) {
            wake(l, dir, run_head(l, dir));
            continue;
        }
        l->origin = sgs_inbox_origin(h, h->off, h->head.len);
        deliver(l, dir, sgs_buf_slice(&h->head), l->is_cut);
        sgs_inbox_drop(h);
    }
}

void sgs_layer_resume(struct sgs_layer *l, enum sgs_dir dir)
{
    for (int i = 0; i < 2; i++, dir = !dir) {
        struct sgs_inbox *h = &l->half[dir];
        h->is_waiting = false;
        if (h->head.len > 0) {
            wake(l, dir, run_head(l, dir));
        }
    }
}

/* Octets that may lie in the head buffer, joined with what is there. */
static void feed(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets,
                 const struct sgs_origin *origin)
{
    struct sgs_inbox *h = &l->half[dir];
    bool moved = false;
    if (h->head.len == 0 && !h->is_waiting) {
        struct view v = {.octets = octets, .origin = origin};
        moved = consume(l, dir, &v);
        if (l->heir) {
            pour(l, dir, &v);
        } else if (!h->is_bad) {
            h->off += v.used;
            if (!sgs_inbox_add(h, sgs_slice_from(octets, v.used), origin)) {
                sgs_limit(l, dir, "layer.held", h->head.cap);
                bad(l, dir, NULL);
            }
        }
    } else if (sgs_inbox_add(h, octets, origin)) {
        moved = !h->is_waiting && run_head(l, dir);
    } else {
        sgs_limit(l, dir, "layer.held", h->head.cap);
        sgs_inbox_drop(h);
        bad(l, dir, NULL);
    }
    wake(l, dir, moved);
}

void sgs_layer_push(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets,
                    const struct sgs_origin *origin)
{
    struct sgs_inbox *h = &l->half[dir];
    if ((l->hold && sgs_hold_octets(l, dir, octets, origin)) || octets.len == 0 || l->is_dead ||
        h->has_ended) {
        return;
    }
    l->origin = *origin;
    if (l->heir) {
        sgs_layer_push(l->heir, dir, octets, origin);
        return;
    }
    if (!l->dissector) {
        sgs_undecided_push(l, dir, octets, origin);
        return;
    }
    if (h->is_bad) {
        return;
    }
    if (!l->dissector->measure) {
        deliver(l, dir, octets, l->is_cut);
        return;
    }
    if (h->is_probing) {
        enum sgs_guess g = l->dissector->probe ? l->dissector->probe(octets, dir) : SGS_NO;
        if (g != SGS_MAYBE && g != SGS_SURE) {
            return;
        }
        h->is_probing = false;
    }
    feed(l, dir, octets, origin);
    if (l->hold) {
        sgs_hold_settle(l);
    }
}

/* holes and ends */

/* Gives the held head as a cut message to those who take such. */
static void deliver_cut(struct sgs_layer *l, enum sgs_dir dir)
{
    struct sgs_inbox *h = &l->half[dir];
    if (h->head.len > 0 && (l->dissector->takes_cut || h->is_rest)) {
        l->origin = sgs_inbox_origin(h, h->off, h->head.len);
        deliver(l, dir, sgs_buf_slice(&h->head), true);
    }
    sgs_inbox_drop(h);
}

/* A hole in a layer that measures.  Returns what of it lies beyond the message at the head (n if
 * nothing is known). */
static void gap_in_stream(struct sgs_layer *l, enum sgs_dir dir, uint64_t n)
{
    struct sgs_inbox *h = &l->half[dir];
    uint64_t pending = h->skip > 0 ? h->skip : h->len > h->head.len ? h->len - h->head.len : 0;
    bool was_rest = h->is_rest;
    if (h->skip == 0) {
        deliver_cut(l, dir);
    }
    h->skip = 0;
    h->is_waiting = false;
    if (n > 0 && n <= pending) {
        h->skip = pending - n;
        return;
    }
    if (was_rest) {
        bad(l, dir, NULL);
    } else if (l->dissector->gap) {
        l->dissector->gap(l, dir, n > pending ? n - pending : 0);
        sgs_arena_reset(scratch_of(l));
    } else {
        h->is_probing = true;
    }
}

void sgs_layer_gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t n, enum sgs_gap_why why)
{
    struct sgs_inbox *h = &l->half[dir];
    if ((l->hold && sgs_hold_gap(l, dir, n, why)) || l->is_dead || h->has_ended) {
        return;
    }
    if (l->heir) {
        sgs_layer_gap(l->heir, dir, n, why);
        return;
    }
    l->gap_why = why;
    if (!l->dissector) {
        sgs_undecided_end(l, dir);
        if (l->dissector) {
            sgs_layer_gap(l, dir, n, why);
        }
        return;
    }
    if (h->is_bad) {
        return;
    }
    if (l->dissector->measure) {
        gap_in_stream(l, dir, n);
    } else if (l->dissector->gap) {
        l->dissector->gap(l, dir, n);
    }
    wake(l, dir, true);
}

void sgs_layer_end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why)
{
    struct sgs_inbox *h = &l->half[dir];
    if ((l->hold && sgs_hold_end(l, dir, why)) || h->has_ended) {
        return;
    }
    if (!l->dissector && !l->is_dead) {
        sgs_undecided_end(l, dir);
    }
    if (l->dissector) {
        if (h->is_rest && h->head.len > 0 && why == SGS_END_FIN) {
            l->origin = sgs_inbox_origin(h, h->off, h->head.len);
            deliver(l, dir, sgs_buf_slice(&h->head), false);
            sgs_inbox_drop(h);
        } else if (!h->is_bad && !l->heir && !h->is_waiting) {
            l->gap_why = SGS_GAP_END;
            deliver_cut(l, dir);
        }
        if (l->dissector->end) {
            l->dissector->end(l, dir, why);
            sgs_arena_reset(scratch_of(l));
        }
    }
    h->has_ended = true;
    for (struct sgs_layer *c = l->children, *next = NULL; c; c = next) {
        next = c->next;
        sgs_layer_end(c, dir, why);
    }
    if (l->dissector) {
        wake(l, dir, true);
    }
}

/* the calls of layer.h */

void *sgs_state(struct sgs_layer *l)
{
    return l->state;
}

struct sgs_arena *sgs_layer_arena(struct sgs_layer *l)
{
    return &l->arena;
}

struct sgs_arena *sgs_scratch(struct sgs_layer *l)
{
    return scratch_of(l);
}

const struct sgs_conn_info *sgs_conn_info(const struct sgs_layer *l)
{
    return &l->stream->info;
}

const struct sgs_origin *sgs_origin_of(const struct sgs_layer *l)
{
    return &l->origin;
}

sgs_time sgs_capture_time(const struct sgs_layer *l)
{
    const struct sgs_engine *e = l->stream->engine;
    return e->replayed != SGS_TIME_NONE ? e->replayed : e->now;
}

bool sgs_is_cut(const struct sgs_layer *l)
{
    return l->is_cut;
}

enum sgs_gap_why sgs_gap_reason(const struct sgs_layer *l)
{
    return l->gap_why;
}

struct sgs_tls_keys *sgs_keys(const struct sgs_layer *l)
{
    return l->stream->engine->options.keys;
}

const struct sgs_anchors *sgs_anchors_of(const struct sgs_layer *l)
{
    return l->stream->engine->options.anchors;
}

unsigned sgs_name_sources(const struct sgs_layer *l, struct sgs_slice name)
{
    return sgs_asked_sources(l->stream->engine->asked, &l->stream->info.end[SGS_C2S], name);
}

struct sgs_slice sgs_server_name(const struct sgs_layer *l)
{
    if (l->parent) {
        return (struct sgs_slice){NULL, 0};
    }
    return sgs_asked_name(l->stream->engine->asked, &l->stream->info.end[SGS_C2S],
                          &l->stream->info.end[SGS_S2C], l->origin.time);
}

struct sgs_layer *sgs_start(struct sgs_layer *l, enum sgs_by by, struct sgs_slice what)
{
    const struct sgs_dissector *first = NULL;
    size_t n = sgs_registry_claims(l, by, what, &first);
    if (n == 0) {
        return NULL;
    }
    struct sgs_layer *child = sgs_layer_new(l->stream, l);
    if (!child) {
        return NULL;
    }
    bool must_look = by == SGS_BY_PROBE || by == SGS_BY_UDP_PROBE ||
                     (by == SGS_BY_MEDIA && (n > 1 || first->probe));
    child->by = by;
    child->what = sgs_arena_copy(&child->arena, what);
    if (!must_look && !sgs_layer_become(child, first)) {
        sgs_limit(l, SGS_C2S, "layer.memory", SGS_MAX_LAYER_MEMORY);
        sgs_layer_close(child);
        return NULL;
    }
    return child;
}

struct sgs_layer *sgs_child(struct sgs_layer *l, struct sgs_slice key, enum sgs_by by,
                            struct sgs_slice what)
{
    struct sgs_layer *oldest = NULL;
    size_t n = 0;
    for (struct sgs_layer *c = l->children; c; c = c->next) {
        if (!c->key.ptr || sgs_hold_is_closed(c)) {
            continue;
        }
        if (sgs_slice_eq(c->key, key)) {
            c->last_used = ++l->stream->tick;
            return c;
        }
        oldest = !oldest || c->last_used < oldest->last_used ? c : oldest;
        n++;
    }
    if (n >= SGS_MAX_CHILDREN) {
        sgs_layer_close(oldest);
    }
    struct sgs_layer *child = sgs_start(l, by, what);
    if (child) {
        child->key = sgs_arena_copy(&child->arena, key);
        child->last_used = ++l->stream->tick;
    }
    return child;
}

void sgs_push(struct sgs_layer *child, enum sgs_dir dir, struct sgs_slice octets)
{
    if (child) {
        const struct sgs_engine_options *options = &child->stream->engine->options;
        if (options->tap) {
            options->tap(options->tap_ctx, &child->stream->info, child->parent->path, dir, octets);
        }
        bool was_cut = child->is_cut;
        child->is_cut = child->parent->is_cut;
        sgs_layer_push(child, dir, octets, &child->parent->origin);
        child->is_cut = was_cut;
    }
}

void sgs_push_element(struct sgs_layer *child, enum sgs_dir dir, const struct sgs_xml *x, size_t i)
{
    if (child) {
        struct sgs_xml part = sgs_xml_part(x, i);
        assert(child->dissector->element);
        child->origin = child->parent->origin;
        child->is_cut = child->parent->is_cut;
        child->dissector->element(child, dir, &part);
        child->is_cut = false;
        sgs_arena_reset(scratch_of(child));
    }
}

void sgs_lose(struct sgs_layer *child, enum sgs_dir dir, uint64_t n)
{
    if (child) {
        child->origin = child->parent->origin;
        sgs_layer_gap(child, dir, n, child->parent->gap_why);
    }
}

void sgs_end_dir(struct sgs_layer *child, enum sgs_dir dir, enum sgs_end why)
{
    if (child) {
        sgs_layer_end(child, dir, why);
    }
}

void sgs_finish(struct sgs_layer *child)
{
    if (child) {
        sgs_layer_end(child, SGS_C2S, SGS_END_FIN);
        sgs_layer_end(child, SGS_S2C, SGS_END_FIN);
        sgs_layer_close(child);
    }
}

void sgs_show_token(struct sgs_layer *l, enum sgs_dir dir, const char *place,
                    struct sgs_slice token)
{
    struct sgs_layer *child =
        token.len > 0 ? sgs_start(l, SGS_BY_TOKEN, sgs_slice_str(place)) : NULL;

    sgs_put(child, SGS_NOTE_PLACE, sgs_slice_str(place));
    sgs_push(child, dir, token);
    sgs_finish(child);
}

void sgs_hand_over(struct sgs_layer *l, struct sgs_layer *child)
{
    if (child) {
        assert(child->parent == l);
        l->heir = child;
    } else {
        l->is_dead = true;
    }
}

void sgs_trust(struct sgs_layer *child, enum sgs_trust trust)
{
    if (child) {
        child->trust = trust;
    }
}

void sgs_put(struct sgs_layer *child, enum sgs_note note, struct sgs_slice value)
{
    if (child) {
        child->notes[note] = sgs_arena_copy(&child->arena, value);
    }
}

struct sgs_slice sgs_get(const struct sgs_layer *l, enum sgs_note note)
{
    for (; l; l = l->parent) {
        if (l->notes[note].len > 0) {
            return l->notes[note];
        }
    }
    return (struct sgs_slice){NULL, 0};
}
