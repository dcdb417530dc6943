/*
 * Octets in the order in which the two sides can have seen them.
 *
 * A segment waits when octets before it are missing (a hole), or when its acknowledgement says that
 * its sender had received octets of the other direction that have not been delivered yet (a need):
 * so an answer never comes before its question, however the mirror mixed them.
 *
 *   client  [ request ]            ?       the request is missing, the response acknowledges it:
 *   server              [ response ]       the response needs client offset 9
 *
 * Nothing waits for ever.  A hole is given up when the other side has acknowledged past it and
 * SGS_GAP_WAIT or SGS_GAP_FRAMES have gone by since (without acknowledgement when the other side
 * was never captured); a need, when it has waited as long: then the octets it needs are given up.
 */
#include <stdlib.h>

#include <signscope/limits.h>

#include "net/conn.h"

static struct sgs_half *half_of(struct sgs_talk *t, enum sgs_dir dir)
{
    return &t->tcp->half[dir];
}

static enum sgs_dir other(enum sgs_dir dir)
{
    return dir == SGS_C2S ? SGS_S2C : SGS_C2S;
}

void sgs_order_gap(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint64_t count,
                   enum sgs_gap_why why, const struct sgs_origin *origin)
{
    t->pub.side[dir].gap_octets += count;
    n->sink.gap(n->sink.ctx, &t->pub, dir, count, why, origin);
}

/* Gives up what is missing before off. */
static void skip_to(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint64_t off,
                    enum sgs_gap_why why, const struct sgs_origin *origin)
{
    struct sgs_half *h = half_of(t, dir);
    uint64_t count = off - h->next;

    sgs_half_advance(h, count);
    sgs_order_gap(n, t, dir, count, why, origin);
}

static void deliver(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir,
                    const struct sgs_chunk *c)
{
    struct sgs_half *h = half_of(t, dir);

    if (c->octets.len > 0) {
        sgs_history_add(&n->conns->histories, &h->history, c->off, c->octets);
        sgs_half_advance(h, c->octets.len);
        t->pub.side[dir].octets += c->octets.len;
        n->sink.data(n->sink.ctx, &t->pub, dir, c->octets, c->octets.len, &c->origin);
    }
    if (c->octets.len < c->len) {
        skip_to(n, t, dir, c->off + c->len, SGS_GAP_SNAPLEN, &c->origin);
    }
}

static void drop_pieces(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir)
{
    size_t before = sgs_talk_held(t);

    sgs_half_clear(half_of(t, dir));
    sgs_conns_held(n, t, before);
}

static void end(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir,
                const struct sgs_origin *origin)
{
    half_of(t, dir)->has_ended = true;
    n->sink.end(n->sink.ctx, &t->pub, dir, SGS_END_FIN, origin);
    drop_pieces(n, t, dir);
}

/* The first piece goes out; it stands at next. */
static void deliver_head(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir)
{
    size_t before = sgs_talk_held(t);
    struct sgs_piece *p = sgs_half_take(half_of(t, dir));

    sgs_conns_held(n, t, before);
    if (p->is_fin) {
        end(n, t, dir, &p->c.origin);
    } else {
        deliver(n, t, dir, &p->c);
    }
    free(p);
}

static bool has_what_it_needs(struct sgs_talk *t, enum sgs_dir dir, uint64_t need)
{
    const struct sgs_half *o = half_of(t, other(dir));

    return need <= o->next || o->has_ended;
}

static bool has_hole(const struct sgs_half *h)
{
    return h->head && h->head->c.off > h->next;
}

/* Delivers what is in order and has what it needs. */
static bool drain_half(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir)
{
    struct sgs_half *h = half_of(t, dir);
    bool has_moved = false;

    while (h->head && !has_hole(h) && has_what_it_needs(t, dir, h->head->c.need)) {
        deliver_head(n, t, dir);
        has_moved = true;
    }
    return has_moved;
}

static void drain(struct sgs_net *n, struct sgs_talk *t)
{
    bool has_moved = true;

    while (has_moved) {
        has_moved = drain_half(n, t, SGS_C2S);
        has_moved = drain_half(n, t, SGS_S2C) || has_moved;
    }
}

/*
 * Brings a direction up to off, whatever is missing or needed.  One acknowledged octet behind all
 * that was seen is taken for a FIN that was not captured, and left alone.
 */
static void force(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint64_t off,
                  enum sgs_gap_why why, const struct sgs_origin *origin)
{
    struct sgs_half *h = half_of(t, dir);

    while (!h->has_ended && h->next < off) {
        if (!h->head && h->next + 1 == off) {
            return;
        }
        if (!h->head || h->head->c.off >= off) {
            skip_to(n, t, dir, off, why, origin);
            return;
        }
        if (has_hole(h)) {
            skip_to(n, t, dir, h->head->c.off, why, &h->head->c.origin);
        }
        deliver_head(n, t, dir);
    }
}

/* Gives up what the first piece of a direction waits for. */
static void give_up(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, enum sgs_gap_why why)
{
    struct sgs_piece *p = half_of(t, dir)->head;

    if (has_hole(half_of(t, dir))) {
        skip_to(n, t, dir, p->c.off, why, &p->c.origin);
    } else {
        uint64_t need = p->c.need;
        p->c.need = 0;
        force(n, t, other(dir), need, why, &p->c.origin);
    }
    drain(n, t);
}

/* Since when the first piece of a direction waits for something that may be given up. */
static bool waits(const struct sgs_talk *t, enum sgs_dir dir, struct sgs_since *out)
{
    const struct sgs_half *h = &t->tcp->half[dir];

    if (!h->head) {
        return false;
    }
    if (!has_hole(h) || !t->tcp->half[other(dir)].is_seen) {
        *out = h->head->c.came;
        return true;
    }
    *out = h->head->acked;
    return h->head->is_acked;
}

sgs_time sgs_order_due(const struct sgs_talk *t)
{
    sgs_time due = INT64_MAX;

    for (int dir = 0; dir < 2; dir++) {
        struct sgs_since since;
        if (waits(t, (enum sgs_dir)dir, &since)) {
            sgs_time at = sgs_later(since.time, SGS_GAP_WAIT);
            due = at < due ? at : due;
        }
    }
    return due;
}

static bool has_waited(const struct sgs_net *n, const struct sgs_talk *t, enum sgs_dir dir)
{
    struct sgs_since since;
    struct sgs_since now = sgs_talk_now(n, t);

    return waits(t, dir, &since) && (now.time >= sgs_later(since.time, SGS_GAP_WAIT) ||
                                     now.frames - since.frames >= SGS_GAP_FRAMES);
}

static bool is_over_cap(const struct sgs_half *h)
{
    return h->held > SGS_MAX_STREAM_HELD || h->n_pieces > SGS_MAX_STREAM_RANGES;
}

static void tell_cap(struct sgs_net *n, struct sgs_talk *t, struct sgs_half *h)
{
    bool is_ranges = h->n_pieces > SGS_MAX_STREAM_RANGES;

    if (!h->told_limit) {
        h->told_limit = true;
        n->sink.limit(n->sink.ctx, &t->pub, is_ranges ? "net.stream_ranges" : "net.stream_held",
                      is_ranges ? SGS_MAX_STREAM_RANGES : SGS_MAX_STREAM_HELD, &n->origin);
    }
}

/* The direction whose first piece was captured first; there is one at least. */
static enum sgs_dir captured_first(struct sgs_talk *t)
{
    const struct sgs_piece *a = half_of(t, SGS_C2S)->head;
    const struct sgs_piece *b = half_of(t, SGS_S2C)->head;

    return !a || (b && b->c.origin.frame < a->c.origin.frame) ? SGS_S2C : SGS_C2S;
}

void sgs_order_run(struct sgs_net *n, struct sgs_talk *t)
{
    if (!t->is_holder) {
        return;
    }
    drain(n, t);
    for (int i = 0; i < 2; i++) {
        enum sgs_dir dir = (enum sgs_dir)i;
        while (is_over_cap(half_of(t, dir))) {
            tell_cap(n, t, half_of(t, dir));
            give_up(n, t, dir, SGS_GAP_CAP);
        }
    }
    while (has_waited(n, t, SGS_C2S) || has_waited(n, t, SGS_S2C)) {
        enum sgs_dir first = captured_first(t);
        give_up(n, t, has_waited(n, t, first) ? first : other(first), SGS_GAP_LOST);
    }
}

void sgs_order_flush(struct sgs_net *n, struct sgs_talk *t, enum sgs_gap_why why)
{
    drain(n, t);
    while (t->is_holder) {
        give_up(n, t, captured_first(t), why);
    }
}

/* Up to where its sender had received the other direction, when that can still be waited for. */
static uint64_t need_of(struct sgs_talk *t, enum sgs_dir dir, const struct sgs_segment *seg)
{
    const struct sgs_half *o = half_of(t, other(dir));
    uint64_t off = 0;

    if (!(seg->flags & SGS_ACK) || !o->is_seen || o->base == SGS_BASE_NONE) {
        return 0;
    }
    if (!sgs_half_locate(o, seg->ack, &off) || off <= o->next || off > o->acked) {
        return 0;
    }
    return !o->head && off == o->next + 1 ? 0 : off; /* one octet: see force */
}

/* Far outside of any window: alone it is noise, two that fit together are where the stream is. */
static bool resync(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint32_t seq,
                   size_t len)
{
    struct sgs_half *h = half_of(t, dir);

    if (!h->has_stray || h->stray_seq != seq) {
        h->has_stray = true;
        h->stray_seq = seq + (uint32_t)len;
        return false;
    }
    sgs_order_flush(n, t, SGS_GAP_LOST);
    if (h->has_ended) {
        return false;
    }
    h->next_seq = seq;
    h->acked = h->next;
    sgs_order_gap(n, t, dir, 0, SGS_GAP_LOST, &n->origin);
    return true;
}

static void tell_different(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint64_t off)
{
    struct sgs_tcp_fact fact = {
        .kind = SGS_TCP_FACT_DIFFERENT,
        .by = dir,
        .origin = n->origin,
        .rtt = SGS_TIME_NONE,
        .idle = SGS_TIME_NONE,
        .offset = off - half_of(t, dir)->start,
    };

    n->sink.fact(n->sink.ctx, &t->pub, &fact);
}

/* A probe that asks if the other side is still there: no octet, or the last one once more. */
static bool is_keep_alive(const struct sgs_half *h, const struct sgs_segment *seg, uint64_t off)
{
    return seg->payload.wire <= 1 && !(seg->flags & (SGS_SYN | SGS_FIN)) && off + 1 == h->top;
}

static void place(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, struct sgs_chunk *c)
{
    struct sgs_half *h = half_of(t, dir);
    struct sgs_placed placed = {0, SGS_NO_OFFSET};

    if (h->fin_off - c->off < c->len && h->fin_off >= c->off) { /* nothing stands behind a FIN */
        c->len = (size_t)(h->fin_off - c->off);
        c->octets = sgs_slice_head(c->octets, c->len);
    }
    sgs_half_trim(h, c, &placed);
    bool is_free = !h->head || h->head->c.off >= c->off + c->len;
    if (c->len > 0 && c->off == h->next && is_free && has_what_it_needs(t, dir, c->need)) {
        deliver(n, t, dir, c);
    } else if (c->len > 0 && c->off < h->fin_off) {
        size_t before = sgs_talk_held(t);
        sgs_half_hold(h, c, &placed);
        sgs_conns_held(n, t, before);
    }
    t->pub.side[dir].retransmitted += placed.again;
    if (placed.differs != SGS_NO_OFFSET) {
        tell_different(n, t, dir, placed.differs);
    }
}

static void place_fin(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, struct sgs_chunk *c)
{
    struct sgs_half *h = half_of(t, dir);

    if (h->has_fin || c->off < h->next) {
        return;
    }
    h->has_fin = true;
    h->fin_off = c->off;
    if (!h->head && c->off == h->next && has_what_it_needs(t, dir, c->need)) {
        end(n, t, dir, &c->origin);
        return;
    }
    size_t before = sgs_talk_held(t);
    c->len = 0;
    c->octets = (struct sgs_slice){NULL, 0};
    sgs_half_hold_fin(h, c);
    sgs_conns_held(n, t, before);
}

void sgs_order_add(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir,
                   const struct sgs_segment *seg)
{
    struct sgs_half *h = half_of(t, dir);
    uint32_t seq = seg->seq + (seg->flags & SGS_SYN ? 1 : 0);
    bool has_fin = (seg->flags & (SGS_FIN | SGS_SYN)) == SGS_FIN;
    struct sgs_chunk c = {
        .len = seg->payload.wire,
        .octets = seg->payload.octets,
        .came = sgs_talk_now(n, t),
        .origin = n->origin,
    };

    if (h->has_ended || h->base == SGS_BASE_NONE || !seg->has_len) {
        return;
    }
    if (!sgs_half_locate(h, seq, &c.off)) {
        if (c.len == 0 || !resync(n, t, dir, seq, c.len)) {
            return;
        }
        c.off = h->next;
    }
    if (is_keep_alive(h, seg, c.off)) {
        t->pub.side[dir].keep_alives++;
        return;
    }
    if (c.len == 0 && !has_fin) {
        return;
    }
    h->has_stray = false;
    c.need = need_of(t, dir, seg);
    uint64_t end_off = c.off + c.len;
    if (c.len > 0) {
        sgs_half_sent(h, &c);
        place(n, t, dir, &c);
    }
    if (has_fin) {
        c.off = end_off;
        place_fin(n, t, dir, &c);
    }
}
