/*
 * The life of a TCP connection as a capture shows it: begun, joined, refused, reset, closed.
 * Spec: RFC 9293 (sections 3.5 and 3.6), RFC 7413 (data in a SYN).
 *
 * A RST ends nothing at once.  Segments that crossed it are still to be seen, a client that was
 * refused tries again from the same port, and a RST that was ignored is followed by more data of
 * its own sender; so the end is told when SGS_GAP_WAIT or SGS_GAP_FRAMES have gone by, and later
 * for a client that is still trying.
 */
#include <signscope/limits.h>

#include "net/conn.h"

static enum sgs_dir other(enum sgs_dir dir)
{
    return dir == SGS_C2S ? SGS_S2C : SGS_C2S;
}

static struct sgs_tcp_fact fact_of(enum sgs_tcp_fact_kind kind, enum sgs_dir by,
                                   const struct sgs_origin *origin)
{
    return (struct sgs_tcp_fact){
        .kind = kind,
        .by = by,
        .origin = *origin,
        .rtt = SGS_TIME_NONE,
        .idle = SGS_TIME_NONE,
    };
}

static struct sgs_origin span_of(const struct sgs_origin *first, const struct sgs_origin *last)
{
    struct sgs_origin o = *first;

    o.frame_last = last->frame_last;
    o.time_last = last->time_last;
    return o;
}

static void tell(struct sgs_net *n, struct sgs_talk *t, const struct sgs_tcp_fact *fact)
{
    n->sink.fact(n->sink.ctx, &t->pub, fact);
}

static sgs_time since_syn(const struct sgs_talk *t, sgs_time time, sgs_time at)
{
    return sgs_measured(t->tcp->syn_origin.time, t->tcp->syn_at, time, at);
}

/* rtt is known only when the answer to a SYN was seen itself. */
static void open_talk(struct sgs_net *n, struct sgs_talk *t, sgs_time rtt)
{
    t->pub.is_open = true;
    if (t->pub.n_syn == 0 || t->tcp->has_told_joined || t->tcp->has_told_open) {
        return;
    }
    struct sgs_origin origin = span_of(&t->tcp->syn_origin, &n->origin);
    struct sgs_tcp_fact fact = fact_of(SGS_TCP_FACT_OPEN, SGS_S2C, &origin);
    fact.rtt = rtt;
    t->tcp->has_told_open = true;
    tell(n, t, &fact);
}

static void join(struct sgs_net *n, struct sgs_talk *t)
{
    if (t->tcp->has_told_joined || t->pub.n_syn > 0) {
        return;
    }
    struct sgs_tcp_fact fact = fact_of(SGS_TCP_FACT_JOINED, SGS_C2S, &t->pub.first);
    t->tcp->has_told_joined = true;
    tell(n, t, &fact);
}

/* A SYN says where its direction begins, unless octets have said so before. */
static void base_from_syn(struct sgs_half *h, uint32_t seq)
{
    if (h->base != SGS_BASE_EXACT || (h->top == h->start && !h->head)) {
        sgs_half_set_base(h, SGS_BASE_EXACT, seq + 1);
    }
}

/* Does it acknowledge the client's SYN, with some data at most?  A server that still has an older
 * connection answers with what that one waits for (RFC 5961, section 4.2). */
static bool answers_syn(const struct sgs_tcp *tcp, const struct sgs_segment *seg)
{
    return seg->flags & SGS_ACK && seg->ack - tcp->syn_seq - 1 <= UINT16_MAX;
}

static void on_syn(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir,
                   const struct sgs_segment *seg)
{
    struct sgs_tcp *tcp = t->tcp;

    base_from_syn(&tcp->half[dir], seg->seq);
    if (dir == SGS_C2S && !(seg->flags & SGS_ACK)) {
        t->pub.n_syn++;
        tcp->syn_seq = seg->seq;
        tcp->syn_origin = n->origin;
        tcp->syn_at = n->now;
        if (tcp->has_answer) { /* it was shown first */
            open_talk(n, t, SGS_TIME_NONE);
        }
        return;
    }
    if (dir == SGS_S2C && seg->flags & SGS_ACK) {
        tcp->has_answer = true;
        if (tcp->half[SGS_C2S].base == SGS_BASE_NONE) {
            sgs_half_set_base(&tcp->half[SGS_C2S], SGS_BASE_EXACT, seg->ack);
        }
        if (t->pub.n_syn > 0) {
            bool is_answer = answers_syn(tcp, seg);
            open_talk(n, t, is_answer ? since_syn(t, n->origin.time_last, n->now) : SGS_TIME_NONE);
        }
    }
}

/* A segment without SYN and RST shows that both sides agree. */
static void on_segment(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir,
                       const struct sgs_segment *seg)
{
    struct sgs_half *h = &t->tcp->half[dir];

    join(n, t);
    bool is_both = t->pub.n_syn > 0 ? dir == SGS_C2S || answers_syn(t->tcp, seg)
                                    : t->tcp->half[other(dir)].is_seen;
    if (!t->pub.is_open && is_both) {
        open_talk(n, t, SGS_TIME_NONE);
    }
    if (h->base == SGS_BASE_NONE) {
        sgs_half_set_base(h, SGS_BASE_GUESS, seg->seq);
    }
    if (!seg->has_len || (seg->payload.wire == 0 && !(seg->flags & SGS_FIN))) {
        return;
    }
    if (h->base == SGS_BASE_GUESS) {
        bool is_probe = seg->payload.wire == 1 && !(seg->flags & SGS_FIN); /* see keep-alives */
        sgs_half_set_base(h, SGS_BASE_EXACT, seg->seq + (is_probe ? 1 : 0));
    }
    if (h->base == SGS_BASE_ACKED) {
        uint64_t off = 0;
        bool is_before = sgs_half_locate(h, seg->seq, &off) && off < h->next;
        sgs_half_set_base(h, SGS_BASE_EXACT, is_before ? seg->seq : h->next_seq);
    }
}

static void on_ack(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir,
                   const struct sgs_segment *seg)
{
    uint32_t ack = seg->ack;
    bool is_bare = seg->has_len && seg->payload.wire == 0 && !(seg->flags & (SGS_SYN | SGS_FIN));
    struct sgs_half *h = &t->tcp->half[other(dir)];
    uint64_t off = 0;

    if (h->base == SGS_BASE_NONE && dir == SGS_C2S && t->pub.n_syn > 0) {
        sgs_half_set_base(h, SGS_BASE_ACKED, ack);
    }
    if (h->base == SGS_BASE_NONE || !sgs_half_locate(h, ack, &off)) {
        return;
    }
    if (is_bare) {
        sgs_half_answered(h, off);
    }
    if (off <= h->top || off - h->top <= SGS_MAX_ACK_JUMP) {
        sgs_half_ack(h, off, sgs_talk_now(n, t));
    }
}

static void on_rst(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint8_t ttl,
                   const struct sgs_segment *seg)
{
    join(n, t);
    if (t->tcp->reset.is_set) {
        return;
    }
    t->tcp->reset = (struct sgs_reset){
        .is_set = true,
        .is_late = t->tcp->half[SGS_C2S].has_fin && t->tcp->half[SGS_S2C].has_fin,
        .is_after_fin = t->tcp->half[SGS_C2S].has_fin || t->tcp->half[SGS_S2C].has_fin,
        .by = dir,
        .ttl = ttl,
        .seq = seg->seq,
        .idle = t->tcp->last_idle,
        .origin = n->origin,
        .since = sgs_talk_now(n, t),
    };
}

/* Does this segment show that the RST before it was not the end? */
static bool disproves(const struct sgs_reset *reset, enum sgs_dir dir,
                      const struct sgs_segment *seg)
{
    if (!reset->is_set || seg->flags & SGS_RST) {
        return false;
    }
    return seg->flags & SGS_SYN ||
           (dir == reset->by && seg->payload.wire > 0 && seg->seq - reset->seq <= SGS_MAX_SEQ_JUMP);
}

/* The client itself says RST to an answer that was not for its SYN, and then tries again. */
static bool is_trying(const struct sgs_talk *t)
{
    return t->pub.n_syn > 0 && !t->pub.is_open && t->tcp->reset.by == SGS_C2S;
}

sgs_time sgs_life_due(const struct sgs_talk *t)
{
    const struct sgs_reset *r = &t->tcp->reset;

    if (!r->is_set) {
        return INT64_MAX;
    }
    return sgs_later(r->since.time, is_trying(t) ? SGS_SYN_IDLE : SGS_GAP_WAIT);
}

static bool has_waited(const struct sgs_net *n, const struct sgs_talk *t)
{
    uint64_t frames = sgs_talk_now(n, t).frames - t->tcp->reset.since.frames;

    return n->now >= sgs_life_due(t) ||
           (t->tcp->reset.is_set && !is_trying(t) && frames >= SGS_GAP_FRAMES);
}

static void note_fin(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir)
{
    if (!t->tcp->has_first_fin) {
        t->tcp->has_first_fin = true;
        t->tcp->first_fin_by = dir;
        t->tcp->first_fin = n->origin;
    }
}

bool sgs_life_is_over(const struct sgs_talk *t)
{
    return t->tcp && t->tcp->half[SGS_C2S].has_ended && t->tcp->half[SGS_S2C].has_ended;
}

bool sgs_life_segment(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint8_t ttl,
                      const struct sgs_segment *seg)
{
    struct sgs_tcp *tcp = t->tcp;

    if (disproves(&tcp->reset, dir, seg)) {
        tcp->reset.is_set = false;
    }
    if (seg->window == 0 && !(seg->flags & (SGS_SYN | SGS_FIN | SGS_RST))) {
        t->pub.side[dir].zero_windows++;
    }
    if (seg->flags & SGS_RST) {
        on_rst(n, t, dir, ttl, seg);
    } else if (seg->flags & SGS_SYN) {
        on_syn(n, t, dir, seg);
    } else {
        on_segment(n, t, dir, seg);
    }
    if ((seg->flags & (SGS_ACK | SGS_RST)) == SGS_ACK) {
        on_ack(n, t, dir, seg);
    }
    tcp->half[dir].is_seen = true;
    if (!(seg->flags & SGS_RST)) {
        if (seg->flags & SGS_FIN) {
            note_fin(n, t, dir);
        }
        sgs_order_add(n, t, dir, seg);
    }
    sgs_order_run(n, t);
    return sgs_life_is_over(t) || has_waited(n, t);
}

static void end_half(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, enum sgs_end why,
                     const struct sgs_origin *origin)
{
    struct sgs_half *h = &t->tcp->half[dir];

    if (h->has_ended) {
        return;
    }
    if (h->is_seen && h->acked > h->next + 1) { /* one octet: a FIN that was not captured */
        uint64_t missing = h->acked - h->next;
        sgs_half_advance(h, missing);
        sgs_order_gap(n, t, dir, missing, SGS_GAP_LOST, origin);
    }
    h->has_ended = true;
    n->sink.end(n->sink.ctx, &t->pub, dir, why, origin);
}

static struct sgs_tcp_fact fact_of_reset(const struct sgs_talk *t)
{
    const struct sgs_reset *r = &t->tcp->reset;

    if (t->pub.n_syn > 0 && !t->pub.is_open && r->by == SGS_S2C) {
        struct sgs_origin origin = span_of(&t->tcp->syn_origin, &r->origin);
        struct sgs_tcp_fact fact = fact_of(SGS_TCP_FACT_REFUSED, r->by, &origin);
        fact.rtt = since_syn(t, r->origin.time_last, r->since.time);
        fact.ttl = r->ttl;
        return fact;
    }
    struct sgs_tcp_fact fact = fact_of(SGS_TCP_FACT_RESET, r->by, &r->origin);
    fact.idle = r->idle;
    fact.ttl = r->ttl;
    fact.is_after_fin = r->is_after_fin;
    return fact;
}

static struct sgs_tcp_fact fact_of_end(const struct sgs_net *n, const struct sgs_talk *t,
                                       enum sgs_end why)
{
    const struct sgs_tcp *tcp = t->tcp;
    bool is_only_syn = t->pub.n_syn > 0 && !t->pub.is_open && !tcp->half[SGS_S2C].is_seen;

    if (tcp->reset.is_set && !tcp->reset.is_late) {
        return fact_of_reset(t);
    }
    if (is_only_syn) {
        struct sgs_origin origin = span_of(&t->pub.first, &t->pub.last);
        return fact_of(SGS_TCP_FACT_UNANSWERED, SGS_S2C, &origin);
    }
    enum sgs_dir by = tcp->has_first_fin ? tcp->first_fin_by : SGS_C2S;
    struct sgs_origin origin = t->pub.last;
    if (why == SGS_END_FIN) {
        origin = span_of(&tcp->first_fin, &t->pub.last);
    }
    struct sgs_tcp_fact fact = fact_of(SGS_TCP_FACT_CLOSED, by, &origin);
    fact.why = why;
    fact.idle = why == SGS_END_FIN
                    ? tcp->last_idle
                    : sgs_measured(t->pub.last.time_last, t->last_at, n->origin.time_last, n->now);
    return fact;
}

void sgs_life_end(struct sgs_net *n, struct sgs_talk *t, enum sgs_end why)
{
    struct sgs_origin last = t->pub.last;

    join(n, t);
    for (int dir = SGS_C2S; dir <= SGS_S2C; dir++) {
        t->pub.side[dir].stuck = sgs_half_stuck(&t->tcp->half[dir]);
    }
    sgs_order_flush(n, t, SGS_GAP_LOST);
    why = sgs_life_is_over(t) ? SGS_END_FIN : why;
    enum sgs_dir first = SGS_C2S; /* who resets ends before who is reset */
    if (t->tcp->reset.is_set) {
        why = SGS_END_RST;
        first = t->tcp->reset.by;
    }
    end_half(n, t, first, why, &last);
    end_half(n, t, first == SGS_C2S ? SGS_S2C : SGS_C2S, why, &last);
    struct sgs_tcp_fact fact = fact_of_end(n, t, t->tcp->reset.is_late ? SGS_END_FIN : why);
    tell(n, t, &fact);
}
