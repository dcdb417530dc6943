/* One direction of TCP: ranges, retransmission, wrap.  See reasm.h for the drawing. */
#include "net/reasm.h"

#include <assert.h>
#include <stdlib.h>

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "base/mem.h"
#include "net/history.h"
#include "net/inner.h"

#define STUCK_AGAIN 3             /* times that a segment is sent again in vain (own choice) */
#define STUCK_PAUSE (50 * SGS_MS) /* sooner it is a copy: no retransmission timer is so short */

void sgs_half_init(struct sgs_half *h)
{
    *h = (struct sgs_half){
        .next = SGS_STREAM_START,
        .start = SGS_STREAM_START,
        .top = SGS_STREAM_START,
        .acked = SGS_STREAM_START,
        .fin_off = SGS_NO_OFFSET,
    };
}

void sgs_half_clear(struct sgs_half *h)
{
    while (h->head) {
        free(sgs_half_take(h));
    }
}

bool sgs_half_locate(const struct sgs_half *h, uint32_t seq, uint64_t *out)
{
    uint32_t ahead = seq - h->next_seq;
    uint32_t behind = h->next_seq - seq;

    if (ahead <= SGS_MAX_SEQ_JUMP) {
        *out = h->next + ahead;
        return true;
    }
    if (behind <= SGS_MAX_SEQ_JUMP) {
        *out = h->next - behind;
        return true;
    }
    return false;
}

void sgs_half_set_base(struct sgs_half *h, enum sgs_base base, uint32_t seq)
{
    uint64_t off = h->next;

    if (h->base != SGS_BASE_NONE && !sgs_half_locate(h, seq, &off)) {
        off = h->next;
        h->acked = off;
    }
    h->base = base;
    h->next_seq = seq;
    h->next = off;
    h->start = off;
    h->top = off;
}

void sgs_half_advance(struct sgs_half *h, uint64_t n)
{
    h->next += n;
    h->next_seq += (uint32_t)n;
    h->top = h->top < h->next ? h->next : h->top;
}

void sgs_half_ack(struct sgs_half *h, uint64_t off, struct sgs_since now)
{
    if (off <= h->acked) {
        return;
    }
    h->acked = off;
    while (h->unacked && h->unacked->c.off <= off) {
        h->unacked->is_acked = true;
        h->unacked->acked = now;
        h->unacked = h->unacked->next;
    }
}

/* What was known of the one before does not count. */
static struct sgs_stuck *stuck_at(struct sgs_half *h, uint64_t off)
{
    if (h->stuck.off != off) {
        h->stuck = (struct sgs_stuck){.off = off};
    }
    return &h->stuck;
}

void sgs_half_sent(struct sgs_half *h, const struct sgs_chunk *c)
{
    if (c->off != h->acked) {
        return;
    }
    struct sgs_stuck *s = stuck_at(h, c->off);
    bool is_new = c->off >= h->top;
    bool is_copy = !is_new && s->again > 0 && c->came.time - s->at < STUCK_PAUSE;
    s->again += !is_new && !is_copy;
    s->len = s->len == 0 || c->len < s->len ? c->len : s->len;
    s->at = c->came.time;
}

void sgs_half_answered(struct sgs_half *h, uint64_t off)
{
    if (off == h->acked && h->top > off) {
        stuck_at(h, off)->answers++;
    }
}

size_t sgs_half_stuck(const struct sgs_half *h)
{
    bool is_stuck = h->stuck.off == h->acked && h->stuck.again >= STUCK_AGAIN;
    return is_stuck && h->stuck.answers > 0 ? h->stuck.len : 0;
}

void sgs_half_trim(struct sgs_half *h, struct sgs_chunk *c, struct sgs_placed *placed)
{
    if (c->off >= h->next) {
        return;
    }
    uint64_t behind = h->next - c->off;
    size_t n = behind < c->len ? (size_t)behind : c->len;
    struct sgs_slice old = sgs_slice_head(c->octets, n);

    placed->again += n;
    placed->differs = sgs_history_compare(h->history, c->off, old);
    c->octets = sgs_slice_from(c->octets, n);
    c->len -= n;
    c->off += n;
}

static void link_before(struct sgs_half *h, struct sgs_piece *p, struct sgs_piece *next)
{
    p->next = next;
    p->prev = next ? next->prev : h->tail;
    *(p->prev ? &p->prev->next : &h->head) = p;
    *(next ? &next->prev : &h->tail) = p;
    h->n_pieces++;
    h->held += sizeof *p + p->c.octets.len;
    if (p->c.off <= h->acked) {
        p->is_acked = true;
        p->acked = p->c.came;
        return;
    }
    if (!h->unacked || h->unacked == next) {
        h->unacked = p;
    }
}

/* A copy of the n octets of c from off on. */
static struct sgs_piece *new_piece(const struct sgs_chunk *c, uint64_t off, size_t n)
{
    struct sgs_slice octets = sgs_slice_head(sgs_slice_from(c->octets, (size_t)(off - c->off)), n);
    struct sgs_piece *p = sgs_xmalloc(sizeof *p + octets.len);

    *p = (struct sgs_piece){.c = *c};
    p->c.off = off;
    p->c.len = n;
    sgs_copy_in(p->octets, octets);
    p->c.octets = sgs_slice(p->octets, octets.len);
    return p;
}

/* Where c lies over p: the offset of the first captured octet that differs. */
static uint64_t compare(const struct sgs_piece *p, const struct sgs_chunk *c, uint64_t off,
                        size_t n)
{
    struct sgs_slice a = sgs_slice_head(sgs_slice_from(p->c.octets, (size_t)(off - p->c.off)), n);
    struct sgs_slice b = sgs_slice_head(sgs_slice_from(c->octets, (size_t)(off - c->off)), n);

    for (size_t i = 0; i < a.len && i < b.len; i++) {
        if (a.ptr[i] != b.ptr[i]) {
            return off + i;
        }
    }
    return SGS_NO_OFFSET;
}

void sgs_half_hold(struct sgs_half *h, const struct sgs_chunk *c, struct sgs_placed *placed)
{
    uint64_t at = c->off;
    uint64_t end = c->off + c->len;
    struct sgs_piece *p = NULL; /* the first piece that ends behind at */

    assert(c->off >= h->next);
    for (struct sgs_piece *q = h->tail; q && q->c.off + q->c.len > at; q = q->prev) {
        p = q;
    }
    while (at < end) {
        bool is_there = p && p->c.off <= at;
        uint64_t edge = is_there ? p->c.off + p->c.len : p ? p->c.off : end;
        uint64_t to = edge < end ? edge : end;
        if (is_there) {
            uint64_t differs = compare(p, c, at, (size_t)(to - at));
            placed->again += to - at;
            placed->differs = placed->differs == SGS_NO_OFFSET ? differs : placed->differs;
            p = p->next;
        } else {
            link_before(h, new_piece(c, at, (size_t)(to - at)), p);
        }
        at = to;
    }
    h->top = h->top < end ? end : h->top;
}

void sgs_half_hold_fin(struct sgs_half *h, const struct sgs_chunk *c)
{
    struct sgs_piece *next = NULL;
    struct sgs_piece *p = new_piece(c, c->off, 0);

    p->is_fin = true;
    while ((next ? next->prev : h->tail) && (next ? next->prev : h->tail)->c.off >= c->off) {
        next = next ? next->prev : h->tail;
    }
    link_before(h, p, next);
}

struct sgs_piece *sgs_half_take(struct sgs_half *h)
{
    struct sgs_piece *p = h->head;

    assert(p);
    h->head = p->next;
    *(p->next ? &p->next->prev : &h->tail) = NULL;
    if (h->unacked == p) {
        h->unacked = p->next;
    }
    h->n_pieces--;
    h->held -= sizeof *p + p->c.octets.len;
    return p;
}
