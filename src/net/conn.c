/*
 * The table of conversations: which one a segment or datagram belongs to, who is its client, when
 * it is over.  See conn.h for the drawing.
 *
 * Numbers are those of tshark 4.0 (tcp.stream, udp.stream), found by trying: a SYN without ACK
 * whose sequence number differs from what its direction began with is a new conversation of the
 * same flow, whatever became of the old one; everything else belongs to the latest.  What a
 * direction began with is the sequence number of its SYN, else one less than its first segment's or
 * than the first acknowledgement of the other side.  What ICMP quotes counts too, and so do
 * datagrams that are tunnels: they get a number but no talk.
 */
#include "net/conn.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"

/* Ports of servers above the range of well-known ports (RFC 6335, section 6). */
static const uint16_t server_ports[] = {
    1080, 3128, 3268, 3269, 3478, 4443, 5060, 5061, 5062, 5222, 5223, 5269, 8000, 8080, 8443, 8888,
};

/*
 * Capture time without a frame after which a conversation of UDP is over although SGS_UDP_IDLE has
 * not passed: one in which every datagram was answered.  A resolver's are like that, each question
 * from a port of its own, and there may be thousands a minute.
 */
#define ANSWERED_IDLE (SGS_UDP_IDLE / 12)

/* What sink.closed says goodbye to; TCP talks have their own part behind. */
struct tcp_talk {
    struct sgs_talk talk; /* first member */
    struct sgs_tcp tcp;
};

struct sgs_conns *sgs_conns_new(void)
{
    struct sgs_conns *c = sgs_xcalloc(1, sizeof *c);

    c->flows = sgs_map_new();
    return c;
}

static void free_talk(struct sgs_talk *t)
{
    if (t->tcp) {
        sgs_half_clear(&t->tcp->half[0]);
        sgs_half_clear(&t->tcp->half[1]);
    }
    free(t);
}

void sgs_conns_free(struct sgs_conns *c)
{
    size_t cursor = 0;
    void *value = NULL;

    if (!c) {
        return;
    }
    sgs_histories_clear(&c->histories);
    while (sgs_map_next(c->flows, &cursor, NULL, &value)) {
        struct sgs_flow *f = value;
        if (f->talk) {
            free_talk(f->talk);
        }
        free(f);
    }
    sgs_map_free(c->flows);
    sgs_dues_clear(&c->dues);
    sgs_dues_clear(&c->checks);
    free(c);
}

/* Flows */

static int compare_ends(const struct sgs_addr *a, const struct sgs_addr *b)
{
    int by_ip = memcmp(a->ip, b->ip, sizeof a->ip);

    return by_ip != 0 ? by_ip : (int)a->port - (int)b->port;
}

static size_t put_end(uint8_t *key, size_t at, const struct sgs_addr *a)
{
    memcpy(&key[at], a->ip, sizeof a->ip); /* of which len count: faster than just those */
    at += a->len;
    key[at++] = (uint8_t)(a->port >> 8);
    key[at++] = (uint8_t)a->port;
    return at;
}

/* Writes the key of the flow between two ends; gives the side of end[0]. */
static unsigned key_of(enum sgs_transport transport, const struct sgs_addr end[2], uint8_t *key,
                       size_t *key_len)
{
    unsigned side = compare_ends(&end[0], &end[1]) > 0 ? 1 : 0;
    size_t at = 0;

    key[at++] = (uint8_t)transport;
    key[at++] = end[0].len;
    at = put_end(key, at, &end[side]);
    *key_len = put_end(key, at, &end[1 - side]);
    return side;
}

static void unlink_dead(struct sgs_conns *c, struct sgs_flow *f)
{
    *(f->older ? &f->older->newer : &c->oldest_dead) = f->newer;
    *(f->newer ? &f->newer->older : &c->newest_dead) = f->older;
    c->n_dead--;
}

/* Forgets the numbers that were over first; said once, there may be as many as conversations. */
static void forget_flows(struct sgs_net *n)
{
    struct sgs_conns *c = n->conns;
    struct sgs_flow *f = c->oldest_dead;

    if (c->n_dead < SGS_MAX_TOMBSTONES || !f) {
        return;
    }
    if (!c->has_told_forgotten) {
        c->has_told_forgotten = true;
        n->sink.limit(n->sink.ctx, NULL, "net.tombstones", SGS_MAX_TOMBSTONES, &n->origin);
    }
    unlink_dead(c, f);
    (void)sgs_map_del(c->flows, sgs_slice(f->key, f->key_len));
    c->last = c->last == f ? NULL : c->last;
    free(f);
}

static void link_dead(struct sgs_net *n, struct sgs_flow *f)
{
    struct sgs_conns *c = n->conns;

    forget_flows(n);
    f->older = c->newest_dead;
    f->newer = NULL;
    *(c->newest_dead ? &c->newest_dead->newer : &c->oldest_dead) = f;
    c->newest_dead = f;
    c->n_dead++;
}

static struct sgs_flow *find_flow(struct sgs_conns *c, struct sgs_slice key)
{
    if (!c->last || !sgs_slice_eq(sgs_slice(c->last->key, c->last->key_len), key)) {
        c->last = sgs_map_get(c->flows, key);
    }
    return c->last;
}

/* The flow between two ends, made and numbered if it is new; *side is that of end[0]. */
static struct sgs_flow *flow_of(struct sgs_net *n, enum sgs_transport transport,
                                const struct sgs_addr end[2], unsigned *side)
{
    struct sgs_conns *c = n->conns;
    uint8_t octets[SGS_FLOW_KEY];
    size_t len = 0;
    *side = key_of(transport, end, octets, &len);
    struct sgs_slice key = sgs_slice(octets, len);
    struct sgs_flow *f = find_flow(c, key);

    if (f) {
        return f;
    }
    f = sgs_xcalloc(1, sizeof *f);
    memcpy(f->key, octets, len);
    f->key_len = len;
    f->number = c->next_number[transport]++;
    (void)sgs_map_put(c->flows, key, f);
    c->last = f;
    link_dead(n, f);
    return f;
}

/* Talks */

static void link_newest(struct sgs_conns *c, struct sgs_talk *t)
{
    t->older = c->newest;
    t->newer = NULL;
    *(c->newest ? &c->newest->newer : &c->oldest) = t;
    c->newest = t;
}

static void unlink_talk(struct sgs_conns *c, struct sgs_talk *t)
{
    *(t->older ? &t->older->newer : &c->oldest) = t->newer;
    *(t->newer ? &t->newer->older : &c->newest) = t->older;
}

static void unlink_holder(struct sgs_conns *c, struct sgs_talk *t)
{
    *(t->older_holder ? &t->older_holder->newer_holder : &c->oldest_holder) = t->newer_holder;
    *(t->newer_holder ? &t->newer_holder->older_holder : &c->newest_holder) = t->older_holder;
    t->is_holder = false;
}

void sgs_conns_held(struct sgs_net *n, struct sgs_talk *t, size_t before)
{
    struct sgs_conns *c = n->conns;
    size_t now = sgs_talk_held(t);

    c->held += now - before; /* wraps to a difference */
    if (now == 0 && t->is_holder) {
        unlink_holder(c, t);
    }
    if (now > 0 && !t->is_holder) {
        t->is_holder = true;
        t->older_holder = c->newest_holder;
        t->newer_holder = NULL;
        *(c->newest_holder ? &c->newest_holder->newer_holder : &c->oldest_holder) = t;
        c->newest_holder = t;
    }
}

/* Tells the end of a talk and forgets it; its flow stays. */
static void close_talk(struct sgs_net *n, struct sgs_talk *t, enum sgs_end why)
{
    struct sgs_conns *c = n->conns;
    struct sgs_flow *f = t->flow;

    if (t->tcp) {
        sgs_life_end(n, t, why);
        f->is_over = t->tcp->reset.is_set || (t->tcp->half[0].has_fin && t->tcp->half[1].has_fin);
        f->was_open = t->pub.is_open;
        for (unsigned side = 0; side < 2; side++) {
            struct sgs_half *h = &t->tcp->half[side == t->client_side ? SGS_C2S : SGS_S2C];
            f->has_next[side] = h->base != SGS_BASE_NONE;
            f->next_seq[side] = h->next_seq;
            sgs_history_release(&c->histories, &h->history);
        }
    } else {
        struct sgs_origin last = t->pub.last;
        n->sink.end(n->sink.ctx, &t->pub, SGS_C2S, why, &last);
        n->sink.end(n->sink.ctx, &t->pub, SGS_S2C, why, &last);
    }
    n->sink.closed(n->sink.ctx, &t->pub);
    unlink_talk(c, t);
    sgs_due_remove(&c->dues, &t->due);
    if (!t->tcp) {
        sgs_due_remove(&c->checks, &t->check);
    }
    c->n_talks--;
    f->talk = NULL;
    free_talk(t);
    link_dead(n, f);
}

static bool is_server_port(uint16_t port)
{
    if (port > 0 && port < 1024) {
        return true;
    }
    for (size_t i = 0; i < sizeof server_ports / sizeof *server_ports; i++) {
        if (server_ports[i] == port) {
            return true;
        }
    }
    return false;
}

/* A SYN says it; else the side with the port that looks less like a server's; else who is first. */
static bool is_sender_client(const struct sgs_addr end[2], uint8_t flags)
{
    bool is_from = is_server_port(end[0].port);
    bool is_to = is_server_port(end[1].port);

    if (flags & SGS_SYN) {
        return !(flags & SGS_ACK);
    }
    if (is_from != is_to) {
        return is_to;
    }
    return !is_from || end[0].port >= end[1].port;
}

static sgs_time idle_limit(const struct sgs_talk *t)
{
    if (!t->tcp) {
        return SGS_UDP_IDLE;
    }
    bool is_syn = t->pub.n_syn > 0 && t->pub.n_syn == t->pub.side[SGS_C2S].frames &&
                  t->pub.side[SGS_S2C].frames == 0;
    return is_syn ? SGS_SYN_IDLE : SGS_CONN_IDLE;
}

/* When something happens to a talk if no frame comes before. */
static sgs_time due_of(const struct sgs_talk *t)
{
    sgs_time due = sgs_later(t->last_at, idle_limit(t));

    if (t->is_holder) {
        sgs_time order = sgs_order_due(t);
        due = order < due ? order : due;
    }
    if (t->tcp) {
        sgs_time reset = sgs_life_due(t);
        due = reset < due ? reset : due;
    }
    return due;
}

/* Ends the talks that have been silent longest while there are too many. */
static void evict(struct sgs_net *n)
{
    while (n->conns->n_talks > SGS_MAX_CONNS) {
        struct sgs_talk *t = n->conns->oldest;
        n->sink.limit(n->sink.ctx, &t->pub, "net.conns", SGS_MAX_CONNS, &n->origin);
        close_talk(n, t, SGS_END_IDLE);
    }
}

static struct sgs_talk *new_talk(enum sgs_transport transport)
{
    if (transport == SGS_UDP) {
        return sgs_xcalloc(1, sizeof(struct sgs_talk));
    }
    struct tcp_talk *t = sgs_xcalloc(1, sizeof *t);
    t->talk.tcp = &t->tcp;
    sgs_half_init(&t->tcp.half[0]);
    sgs_half_init(&t->tcp.half[1]);
    t->tcp.last_idle = SGS_TIME_NONE;
    return &t->talk;
}

static struct sgs_talk *open_talk(struct sgs_net *n, struct sgs_flow *f, unsigned side,
                                  enum sgs_transport transport, const struct sgs_addr end[2],
                                  uint8_t flags)
{
    struct sgs_conns *c = n->conns;
    bool is_client = is_sender_client(end, flags);
    struct sgs_talk *t = new_talk(transport);

    t->flow = f;
    t->client_side = is_client ? side : 1 - side;
    t->pub.transport = transport;
    t->pub.number = f->number;
    t->pub.end[SGS_C2S] = is_client ? end[0] : end[1];
    t->pub.end[SGS_S2C] = is_client ? end[1] : end[0];
    t->pub.first = n->origin;
    t->pub.last = n->origin;
    t->pub.has_syn = flags & SGS_SYN;
    unlink_dead(c, f);
    f->talk = t;
    f->is_over = false;
    link_newest(c, t);
    c->n_talks++;
    t->due.owner = t;
    sgs_due_add(&c->dues, &t->due, sgs_later(n->now, flags ? SGS_SYN_IDLE : SGS_UDP_IDLE));
    if (!t->tcp) {
        t->check.owner = t;
        sgs_due_add(&c->checks, &t->check, sgs_later(n->now, ANSWERED_IDLE));
    }
    evict(n);
    n->sink.opened(n->sink.ctx, &t->pub);
    return t;
}

/* Counts a frame of a talk; gives its direction. */
static enum sgs_dir touch(struct sgs_net *n, struct sgs_talk *t, unsigned side, uint8_t ttl,
                          bool is_usual)
{
    enum sgs_dir dir = side == t->client_side ? SGS_C2S : SGS_S2C;
    struct sgs_conn_side *s = &t->pub.side[dir];

    if (s->frames > 0 || t->pub.side[1 - dir].frames > 0) {
        if (t->tcp) {
            t->tcp->last_idle =
                sgs_measured(t->pub.last.time_last, t->last_at, n->origin.time_last, n->now);
        }
    }
    t->pub.last = n->origin;
    t->last_at = n->now;
    s->frames++;
    if (is_usual && t->ttl_votes[dir] == 0) { /* the majority vote of Boyer and Moore */
        s->ttl = ttl;
    }
    if (is_usual) {
        t->ttl_votes[dir] += s->ttl == ttl ? 1 : UINT64_MAX;
    }
    if (n->conns->newest != t) {
        unlink_talk(n->conns, t);
        link_newest(n->conns, t);
    }
    return dir;
}

/* Gives a SYN that begins another conversation its number, and the numbers their bases. */
static void number_segment(struct sgs_net *n, struct sgs_flow *f, unsigned side,
                           const struct sgs_segment *seg, bool is_quoted)
{
    uint8_t flags = seg->flags & (SGS_SYN | SGS_ACK);

    if (f->has_base[side] && f->base[side] != seg->seq && flags == SGS_SYN) {
        if (f->talk) {
            close_talk(n, f->talk, SGS_END_IDLE);
        }
        f->number = n->conns->next_number[SGS_TCP]++;
        f->has_base[0] = false;
        f->has_base[1] = false;
        f->is_over = false;
    }
    if (f->has_base[side] && flags == (SGS_SYN | SGS_ACK)) {
        f->base[side] = seg->seq;
    }
    if (is_quoted || !seg->has_len) {
        return;
    }
    if (!f->has_base[side]) {
        f->has_base[side] = true;
        f->base[side] = seg->seq - (seg->flags & SGS_SYN ? 0 : 1);
    }
    if (!f->has_base[1 - side] && seg->flags & SGS_ACK) {
        f->has_base[1 - side] = true;
        f->base[1 - side] = seg->ack - 1;
    }
}

/*
 * After FIN or RST stragglers are no news; octets that were never seen are, and so is the SYN of a
 * client that was refused.
 */
static bool is_news(const struct sgs_flow *f, unsigned side, const struct sgs_segment *seg)
{
    if (!f->is_over || (!f->was_open && (seg->flags & (SGS_SYN | SGS_ACK)) == SGS_SYN)) {
        return true;
    }
    if (seg->payload.wire == 0 || seg->flags & SGS_RST) {
        return false;
    }
    uint32_t ahead = seg->seq + (uint32_t)seg->payload.wire - f->next_seq[side];
    return !f->has_next[side] || (ahead > 0 && ahead <= SGS_MAX_SEQ_JUMP);
}

/* Too much is held in all: who has held longest gives up first. */
static void relieve(struct sgs_net *n)
{
    while (n->conns->held > SGS_MAX_HELD) {
        struct sgs_talk *t = n->conns->oldest_holder;
        n->sink.limit(n->sink.ctx, &t->pub, "net.held", SGS_MAX_HELD, &n->origin);
        sgs_order_flush(n, t, SGS_GAP_CAP);
        if (sgs_life_is_over(t)) {
            close_talk(n, t, SGS_END_FIN);
        }
    }
}

void sgs_conns_tcp(struct sgs_net *n, const struct sgs_addr end[2], uint8_t ttl,
                   const struct sgs_segment *seg)
{
    unsigned side = 0;
    struct sgs_flow *f = flow_of(n, SGS_TCP, end, &side);

    number_segment(n, f, side, seg, false);
    if (!f->talk && !is_news(f, side, seg)) {
        return;
    }
    struct sgs_talk *t = f->talk ? f->talk : open_talk(n, f, side, SGS_TCP, end, seg->flags);
    enum sgs_dir dir = touch(n, t, side, ttl, !(seg->flags & SGS_RST));
    if (sgs_life_segment(n, t, dir, ttl, seg)) {
        close_talk(n, t, SGS_END_FIN);
        return;
    }
    if (t->is_holder || t->tcp->reset.is_set) {
        sgs_time due = due_of(t);
        if (due < t->due.at) {
            sgs_due_move(&n->conns->dues, &t->due, due);
        }
        relieve(n);
    }
}

void sgs_conns_udp(struct sgs_net *n, const struct sgs_addr end[2], uint8_t ttl,
                   struct sgs_span payload)
{
    unsigned side = 0;
    struct sgs_flow *f = flow_of(n, SGS_UDP, end, &side);

    if (sgs_tunnel_udp(n, end[0].port, end[1].port, payload)) {
        return;
    }
    struct sgs_talk *t = f->talk ? f->talk : open_talk(n, f, side, SGS_UDP, end, 0);
    enum sgs_dir dir = touch(n, t, side, ttl, true);
    t->pub.side[dir].octets += payload.wire;
    n->sink.data(n->sink.ctx, &t->pub, dir, payload.octets, payload.wire, &n->origin);
}

const struct sgs_conn *sgs_conns_quoted(struct sgs_net *n, enum sgs_transport transport,
                                        const struct sgs_addr end[2], struct sgs_span payload)
{
    struct sgs_segment seg;
    unsigned side = 0;
    bool is_whole = payload.octets.len >= 8;

    if (transport == SGS_TCP) {
        is_whole = sgs_tcp_read(payload, &seg);
    }
    if (!is_whole) { /* tshark numbers nothing by it, but it may speak of one that is known */
        uint8_t key[SGS_FLOW_KEY];
        size_t len = 0;
        (void)key_of(transport, end, key, &len);
        const struct sgs_flow *known = find_flow(n->conns, sgs_slice(key, len));
        return known && known->talk ? &known->talk->pub : NULL;
    }
    const struct sgs_flow *f = NULL;
    if (transport == SGS_TCP) {
        struct sgs_flow *of_tcp = flow_of(n, SGS_TCP, end, &side);
        number_segment(n, of_tcp, side, &seg, true);
        f = of_tcp;
    } else {
        f = flow_of(n, SGS_UDP, end, &side);
    }
    return f->talk ? &f->talk->pub : NULL;
}

/* Time */

static void expire_idle(struct sgs_net *n)
{
    struct sgs_conns *c = n->conns;

    for (;;) {
        const struct sgs_due *first = sgs_due_first(&c->dues);
        if (!first || first->at > n->now) {
            return;
        }
        struct sgs_talk *t = first->owner;
        if (t->is_holder) {
            sgs_order_run(n, t);
        }
        sgs_time due = due_of(t);
        if (due > n->now && !sgs_life_is_over(t)) {
            sgs_due_move(&c->dues, &t->due, due);
            continue;
        }
        close_talk(n, t, SGS_END_IDLE);
    }
}

/* Only where the ports say who is the client, so that a straggler finds the same one. */
static bool is_answered(const struct sgs_talk *t)
{
    uint64_t asked = t->pub.side[SGS_C2S].frames;

    return asked > 0 && t->pub.side[SGS_S2C].frames >= asked &&
           is_server_port(t->pub.end[SGS_S2C].port) && !is_server_port(t->pub.end[SGS_C2S].port);
}

static void expire_answered(struct sgs_net *n)
{
    struct sgs_conns *c = n->conns;
    struct sgs_due *first = sgs_due_first(&c->checks);

    while (first && first->at <= n->now) {
        struct sgs_talk *t = first->owner;
        sgs_time idle = sgs_later(t->last_at, ANSWERED_IDLE);
        if (idle <= n->now && is_answered(t)) {
            close_talk(n, t, SGS_END_IDLE);
        } else {
            sgs_time next = idle > n->now ? idle : sgs_later(n->now, ANSWERED_IDLE);
            if (next <= n->now) { /* the end of time */
                return;
            }
            sgs_due_move(&c->checks, first, next);
        }
        first = sgs_due_first(&c->checks);
    }
}

void sgs_conns_expire(struct sgs_net *n)
{
    expire_idle(n);
    expire_answered(n);
}

static int by_number(const void *a, const void *b)
{
    const struct sgs_conn *x = &(*(struct sgs_talk *const *)a)->pub;
    const struct sgs_conn *y = &(*(struct sgs_talk *const *)b)->pub;

    if (x->transport != y->transport) {
        return x->transport < y->transport ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

void sgs_conns_finish(struct sgs_net *n)
{
    struct sgs_conns *c = n->conns;
    size_t count = 0;
    struct sgs_talk **all = sgs_xcalloc(c->n_talks, sizeof(struct sgs_talk *));

    for (struct sgs_talk *t = c->oldest; t; t = t->newer) {
        all[count++] = t;
    }
    qsort(all, count, sizeof(struct sgs_talk *), by_number);
    for (size_t i = 0; i < count; i++) {
        close_talk(n, all[i], SGS_END_CAPTURE);
    }
    free(all);
}
