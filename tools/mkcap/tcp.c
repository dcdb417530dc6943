/* Segments, acknowledgments and ends of TCP connections (RFC 9293, RFC 5681, RFC 2018). */
#include "tcp.h"

#include <stdlib.h>
#include <string.h>

#include "tlspair.h"

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10

#define WINDOW_SHIFT 8
#define WINDOW (262144 >> WINDOW_SHIFT)
#define FIRST_WINDOW 10u /* segments, RFC 6928 */
#define MOST_WINDOW 64u
#define DELAYED_ACK (40 * MK_MS)
#define TIMEOUT (300 * MK_MS) /* retransmission after silence */

static unsigned mss(const struct mk_conn *c)
{
    return c->family == 4 ? 1460 : 1440;
}

static int64_t rtt(const struct mk_conn *c)
{
    return c->host[MK_SERVER]->rtt + c->host[MK_CLIENT]->rtt;
}

/* Time between two segments of one burst: the client's card, or the way from the server. */
static int64_t gap(unsigned side)
{
    return side == MK_CLIENT ? 12 * MK_US : 60 * MK_US;
}

struct segment {
    unsigned flags;
    uint32_t seq;
    const uint8_t *octets; /* borrowed */
    size_t len;
    uint32_t ack;
    uint32_t sack[2]; /* one block; no block when both are equal */
    bool is_missed;   /* by the capture */
};

static void put(struct mk_world *w, struct mk_conn *c, unsigned side, int64_t time,
                const struct segment *s)
{
    struct mk_buf b = {0};
    const bool has_sack = s->sack[0] != s->sack[1];
    const unsigned words = s->flags & SYN ? 8 : has_sack ? 8 : 5;

    mk_buf_be16(&b, c->port[side]);
    mk_buf_be16(&b, c->port[!side]);
    mk_buf_be32(&b, s->seq);
    mk_buf_be32(&b, s->ack);
    mk_buf_u8(&b, words << 4);
    mk_buf_u8(&b, s->flags);
    mk_buf_be16(&b, s->flags & SYN ? 64240 : s->flags & RST ? 0 : WINDOW);
    mk_buf_be32(&b, 0);
    if (s->flags & SYN) { /* MSS, window scale, SACK permitted */
        mk_buf_be16(&b, 0x0204);
        mk_buf_be16(&b, mss(c));
        mk_buf_be32(&b, 0x01030300 | WINDOW_SHIFT);
        mk_buf_be32(&b, 0x01010402);
    } else if (has_sack) {
        mk_buf_be32(&b, 0x0101050a);
        mk_buf_be32(&b, s->sack[0]);
        mk_buf_be32(&b, s->sack[1]);
    }
    mk_buf_add(&b, s->octets, s->len);
    mk_datagram(w, time, c->host[side], c->host[!side], c->family, 6, &b, !s->is_missed);
    if (c->tally) {
        c->tally->frames++;
        c->tally->octets += b.len + (c->family == 4 ? 34 : 54);
    }
    mk_buf_free(&b);
    if ((s->len || s->flags & (SYN | FIN)) && c->sent[side] < time) {
        c->sent[side] = time;
    }
}

/* A segment without data. */
static void control(struct mk_world *w, struct mk_conn *c, unsigned side, int64_t time,
                    unsigned flags)
{
    const struct segment s = {
        .flags = flags, .seq = c->seq[side], .ack = flags & ACK ? c->seq[!side] : 0};

    put(w, c, side, time, &s);
    c->seq[side] += flags & (SYN | FIN) ? 1 : 0;
    if (flags & ACK) {
        c->unacked[side] = 0;
    }
}

/* The pending acknowledgment of a side, when it is due before the time. */
static void settle(struct mk_world *w, struct mk_conn *c, unsigned side, int64_t before)
{
    if (c->unacked[side] && c->ack_due[side] < before) {
        control(w, c, side, c->ack_due[side], ACK);
    }
}

void mk_tcp_timers(struct mk_world *w, int64_t before)
{
    if (before <= w->ack_due) {
        return;
    }
    w->ack_due = INT64_MAX;
    for (struct mk_conn *c = w->conns; c; c = c->next) {
        for (unsigned side = 0; side < 2; side++) {
            settle(w, c, side, before);
            if (c->unacked[side] && c->ack_due[side] < w->ack_due) {
                w->ack_due = c->ack_due[side];
            }
        }
    }
}

/* RFC 792, RFC 4443: destination unreachable with the head of the datagram that was refused. */
static void unreachable(struct mk_world *w, struct mk_conn *c, int64_t time)
{
    struct mk_buf b = {0};
    const struct mk_frame *syn = NULL;

    for (size_t i = 0; i < w->n_frames; i++) {
        if (w->heap[i].order == w->n_made) {
            syn = &w->heap[i];
        }
    }
    if (!syn || c->family != 4) {
        mk_fail("\"unreachable\" is for IPv4");
    }
    mk_buf_be32(&b, 0x030d0000); /* type 3, code 13 */
    mk_buf_be32(&b, 0);
    mk_buf_add(&b, syn->octets + 14, 28);
    uint32_t s = 0;
    for (size_t i = 0; i < b.len; i += 2) {
        s += (uint32_t)b.ptr[i] << 8 | b.ptr[i + 1];
    }
    s = (s & 0xffff) + (s >> 16);
    s = ~(s + (s >> 16)) & 0xffff;
    b.ptr[2] = (uint8_t)(s >> 8);
    b.ptr[3] = (uint8_t)s;
    mk_datagram(w, time, c->host[MK_SERVER], c->host[MK_CLIENT], 4, 1, &b, true);
    mk_buf_free(&b);
}

/* A SYN that gets no connection, as often as the client tries. */
static void fail_open(struct mk_world *w, struct mk_conn *c, int64_t *now, enum mk_fate fate,
                      unsigned tries)
{
    int64_t pause = fate == MK_REFUSED ? 500 * MK_MS : MK_S;
    const uint32_t first = c->seq[MK_CLIENT];

    for (unsigned i = 0; i < tries; i++) {
        c->seq[MK_CLIENT] = first;
        control(w, c, MK_CLIENT, *now, SYN);
        if (fate == MK_UNREACHABLE) {
            unreachable(w, c, *now + rtt(c));
        }
        if (fate == MK_REFUSED) {
            const uint32_t keep = c->seq[MK_SERVER];

            c->seq[MK_SERVER] = 0;
            control(w, c, MK_SERVER, *now + rtt(c), RST | ACK);
            c->seq[MK_SERVER] = keep;
        }
        if (fate != MK_SILENT && i + 1 == tries) {
            *now += rtt(c);
        } else {
            *now += pause;
            pause *= fate == MK_SILENT ? 2 : 1;
        }
    }
    c->is_gone = true;
}

struct mk_conn *mk_tcp_open(struct mk_world *w, int64_t *now, struct mk_host *client,
                            struct mk_host *server, unsigned port, unsigned family,
                            enum mk_fate fate, unsigned tries)
{
    struct mk_conn *c = mk_alloc(sizeof *c);

    c->host[MK_CLIENT] = client;
    c->host[MK_SERVER] = server;
    c->family = family;
    c->port[MK_CLIENT] = client->next_port;
    c->port[MK_SERVER] = (uint16_t)port;
    client->next_port = client->next_port == 65535 ? 49152 : (uint16_t)(client->next_port + 1);
    c->seq[MK_CLIENT] = (uint32_t)mk_rng_next(&w->rng);
    c->seq[MK_SERVER] = (uint32_t)mk_rng_next(&w->rng);
    c->window[MK_CLIENT] = c->window[MK_SERVER] = FIRST_WINDOW;
    c->next = w->conns;
    w->conns = c;
    if (fate != MK_OPENS) {
        fail_open(w, c, now, fate, tries ? tries : fate == MK_UNREACHABLE ? 1 : 3);
        return c;
    }
    control(w, c, MK_CLIENT, *now, SYN);
    *now += rtt(c);
    control(w, c, MK_SERVER, *now, SYN | ACK);
    *now += 20 * MK_US;
    control(w, c, MK_CLIENT, *now, ACK);
    *now += 10 * MK_US;
    return c;
}

/* What is left to send of one call of mk_tcp_send. */
struct sending {
    struct mk_world *w;
    struct mk_conn *c;
    unsigned side;
    const uint8_t *octets; /* borrowed */
    size_t len;
    int64_t time; /* of the next segment */
};

static size_t segment_len(const struct sending *s)
{
    const size_t most = mss(s->c);

    return s->len < most ? s->len : most;
}

/* When the receiver's answer to what is seen at time is seen in its turn. */
static int64_t answered(const struct sending *s, int64_t time)
{
    return time + (s->side == MK_CLIENT ? rtt(s->c) : 4 * MK_US);
}

/* The next segment goes out; the receiver has got it. */
static void segment(struct sending *s, bool is_missed)
{
    struct mk_conn *c = s->c;
    const size_t n = segment_len(s);
    const struct segment out = {.flags = ACK | (n == s->len ? PSH : 0u),
                                .seq = c->seq[s->side],
                                .ack = c->seq[!s->side],
                                .octets = s->octets,
                                .len = n,
                                .is_missed = is_missed};

    c->unacked[s->side] = 0;
    put(s->w, c, s->side, s->time, &out);
    c->seq[s->side] += (uint32_t)n;
    s->octets += n;
    s->len -= n;
    if (++c->unacked[!s->side] == 2) {
        control(s->w, c, !s->side, answered(s, s->time), ACK);
    } else {
        c->ack_due[!s->side] = answered(s, s->time) + DELAYED_ACK;
        if (c->ack_due[!s->side] < s->w->ack_due) {
            s->w->ack_due = c->ack_due[!s->side];
        }
    }
    s->time += gap(s->side);
}

/*
 * The next segment is lost on its way.  Up to three more arrive and are answered with the same
 * acknowledgment (RFC 5681, section 3.2); then, or after the timeout, it is sent again.  Losses on
 * the server's way happen before the capture, those on the client's behind it.
 */
static void lost_segment(struct sending *s)
{
    struct mk_conn *c = s->c;
    const unsigned side = s->side;
    const size_t n = segment_len(s);
    struct segment out = {.flags = ACK | (n == s->len ? PSH : 0u),
                          .seq = c->seq[side],
                          .ack = c->seq[!side],
                          .octets = s->octets,
                          .len = n,
                          .is_missed = side == MK_SERVER};
    const struct segment lost = {
        .flags = out.flags, .seq = out.seq, .ack = out.ack, .octets = out.octets, .len = n};
    unsigned n_dups = 0;

    c->unacked[!side] = 0; /* the duplicates acknowledge what came before */
    put(s->w, c, side, s->time, &out);
    int64_t again = s->time + TIMEOUT;
    for (;;) {
        c->seq[side] += (uint32_t)segment_len(s);
        s->len -= segment_len(s);
        s->octets += out.len;
        s->time += gap(side);
        if (!s->len || n_dups == 3) {
            break;
        }
        out = (struct segment){.flags = ACK | (segment_len(s) == s->len ? PSH : 0u),
                               .seq = c->seq[side],
                               .ack = c->seq[!side],
                               .octets = s->octets,
                               .len = segment_len(s)};
        put(s->w, c, side, s->time, &out);
        const struct segment dup = {
            .flags = ACK,
            .seq = c->seq[!side],
            .ack = lost.seq,
            .sack = {lost.seq + (uint32_t)n, out.seq + (uint32_t)out.len}
        };
        put(s->w, c, !side, answered(s, s->time), &dup);
        n_dups++;
        if (n_dups == 3) {
            again = s->time + rtt(c);
        }
    }
    put(s->w, c, side, again, &lost);
    control(s->w, c, !side, answered(s, again), ACK);
    c->window[side] = FIRST_WINDOW / 2;
    s->time = again + rtt(c);
}

int64_t mk_tcp_send(struct mk_world *w, struct mk_conn *c, unsigned side, const void *octets,
                    size_t n, int64_t time)
{
    struct sending s = {w, c, side, octets, n, time};

    if (c->is_gone || c->is_closed[side]) {
        mk_fail("connection %s is closed", c->name ? c->name : "");
    }
    settle(w, c, MK_CLIENT, time);
    settle(w, c, MK_SERVER, time);
    while (s.len) {
        const int64_t burst = s.time;

        for (uint32_t i = 0; s.len && i < c->window[side]; i++) {
            struct mk_loss *l = &c->loss[side];
            const bool is_lost = l->countdown == 1;

            l->countdown -= l->countdown ? 1 : 0;
            if (is_lost && l->on_wire) {
                lost_segment(&s);
                break;
            }
            segment(&s, is_lost);
        }
        if (s.len && s.time < burst + rtt(c)) {
            s.time = burst + rtt(c) + 4 * MK_US;
            c->window[side] = c->window[side] * 2 < MOST_WINDOW ? c->window[side] * 2 : MOST_WINDOW;
        }
    }
    return s.time - gap(side);
}

int64_t mk_tcp_answer_time(const struct mk_conn *c, int64_t now, int64_t think)
{
    const int64_t earliest = c->sent[MK_CLIENT] + rtt(c);

    return (now > earliest ? now : earliest) + think;
}

int64_t mk_tcp_close(struct mk_world *w, struct mk_conn *c, unsigned side, int64_t time)
{
    const unsigned other = !side;

    if (c->is_gone || c->is_closed[side]) {
        return time;
    }
    settle(w, c, MK_CLIENT, time);
    settle(w, c, MK_SERVER, time);
    control(w, c, side, time, FIN | ACK);
    c->is_closed[side] = true;
    time += side == MK_CLIENT ? rtt(c) : 8 * MK_US;
    if (!c->is_closed[other]) {
        control(w, c, other, time, FIN | ACK);
        c->is_closed[other] = true;
        time += other == MK_CLIENT ? rtt(c) : 8 * MK_US;
        control(w, c, side, time, ACK);
    }
    c->is_gone = true;
    return time;
}

int64_t mk_tcp_reset(struct mk_world *w, struct mk_conn *c, unsigned side, int64_t time)
{
    if (!c->is_gone) {
        settle(w, c, MK_CLIENT, time);
        settle(w, c, MK_SERVER, time);
        struct mk_host *sender = c->host[side];
        const unsigned own = sender->ttl;
        sender->ttl = c->reset_ttl ? c->reset_ttl : own;
        control(w, c, side, time, RST | ACK);
        sender->ttl = own;
        c->unacked[!side] = 0;
        c->is_gone = true;
    }
    return time;
}

void mk_tcp_free(struct mk_world *w, struct mk_conn *c)
{
    for (struct mk_conn **p = &w->conns; *p; p = &(*p)->next) {
        if (*p == c) {
            *p = c->next;
            break;
        }
    }
    mk_tls_free(c->tls);
    mk_buf_free(&c->held);
    free(c->lz77);
    free(c->name);
    free(c);
}
