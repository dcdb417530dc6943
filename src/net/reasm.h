/*
 * One direction of a TCP connection: what was delivered, what waits behind a hole, what the other
 * side has acknowledged.  No sink and no clock inside; order.c decides when something is delivered.
 *
 *   offset   START            next      head                       top
 *            [ delivered .... )  hole   [piece][piece]   [piece]   )
 *                                acked: what the other side says it has received
 *
 * Offsets are 64 bits wide and begin at SGS_STREAM_START, so that a stream joined in its middle can
 * still move its beginning to the left.  Sequence numbers are compared around next (RFC 9293,
 * section 3.4), so wrapping shows nowhere else.
 */
#ifndef SGS_NET_REASM_H
#define SGS_NET_REASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/clock.h>
#include <signscope/frame.h>
#include <signscope/slice.h>

#define SGS_STREAM_START (UINT64_C(1) << 40)
#define SGS_NO_OFFSET UINT64_MAX

/* How sure the place of the first octet is. */
enum sgs_base {
    SGS_BASE_NONE,  /* nothing known */
    SGS_BASE_GUESS, /* a segment without octets: the first ones that come say better */
    SGS_BASE_ACKED, /* from the first acknowledgement: earlier octets can only lie before it */
    SGS_BASE_EXACT  /* from a SYN, its answer, or octets */
};

/* When something began to wait. */
struct sgs_since {
    sgs_time time;
    uint64_t frames; /* frames of the conn so far */
};

/* Octets, or a FIN, on their way into a stream. */
struct sgs_chunk {
    uint64_t off;
    size_t len; /* octets of the stream it stands for; octets.len of them were captured */
    struct sgs_slice octets; /* borrowed for the call */
    uint64_t
        need; /* offset in the other stream up to which its sender had received; 0: no matter */
    struct sgs_since came;
    struct sgs_origin origin;
};

struct sgs_piece {
    struct sgs_piece *next, *prev; /* by offset */
    struct sgs_chunk c;            /* octets point to those below */
    bool is_fin;                   /* len is 0 */
    bool is_acked;                 /* acknowledged up to its first octet at least */
    struct sgs_since acked;
    uint8_t octets[];
};

struct sgs_history;

/* The first segment that is not acknowledged, when it was sent again or others were answered. */
struct sgs_stuck {
    uint64_t off; /* where it begins */
    size_t len;   /* of the shortest of its forms; 0: not known */
    sgs_time at;  /* when it was last sent */
    uint32_t again;
    uint32_t answers; /* acknowledgements that stop there while octets behind it are on their way */
};

struct sgs_half {
    enum sgs_base base;
    bool is_seen;       /* a segment of this sender was seen */
    bool has_ended;     /* sink.end was called */
    bool has_fin;       /* a FIN was seen */
    bool has_stray;     /* a segment far outside of what is possible was the last one */
    bool told_limit;    /* a cap was told once */
    uint32_t next_seq;  /* sequence number of next */
    uint32_t stray_seq; /* what would follow the stray segment */
    uint64_t next;      /* offset of the next octet to deliver */
    uint64_t start;     /* offset of the first octet */
    uint64_t top;       /* end of the octets seen so far */
    uint64_t acked;     /* highest acknowledgement of the other side */
    uint64_t fin_off;   /* SGS_NO_OFFSET before has_fin */
    struct sgs_piece *head, *tail;
    struct sgs_piece *unacked; /* the first piece that is not acked */
    size_t n_pieces;
    size_t held; /* octets of memory in pieces */
    struct sgs_history *history;
    struct sgs_stuck stuck;
};

/* What a chunk did to a stream. */
struct sgs_placed {
    uint64_t again;   /* octets that were there already */
    uint64_t differs; /* offset of the first octet that has another value, or SGS_NO_OFFSET */
};

void sgs_half_init(struct sgs_half *h);

/* Drops all pieces. */
void sgs_half_clear(struct sgs_half *h);

/* seq is the sequence number of the first octet, as sure as base says. */
void sgs_half_set_base(struct sgs_half *h, enum sgs_base base, uint32_t seq);

/* The offset of seq; false when it is farther from next than any window reaches. */
bool sgs_half_locate(const struct sgs_half *h, uint32_t seq, uint64_t *out);

/* The other side acknowledges up to off. */
void sgs_half_ack(struct sgs_half *h, uint64_t off, struct sgs_since now);

/* Octets are sent, and an acknowledgement without octets comes: what is stuck by that. */
void sgs_half_sent(struct sgs_half *h, const struct sgs_chunk *c);
void sgs_half_answered(struct sgs_half *h, uint64_t off);

/* Payload octets of the segment that never arrives though others do; 0: none. */
size_t sgs_half_stuck(const struct sgs_half *h);

/* Cuts off what lies before next, comparing it with what was delivered. */
void sgs_half_trim(struct sgs_half *h, struct sgs_chunk *c, struct sgs_placed *placed);

/* Keeps what of c is not there yet (octets copied). */
void sgs_half_hold(struct sgs_half *h, const struct sgs_chunk *c, struct sgs_placed *placed);
void sgs_half_hold_fin(struct sgs_half *h, const struct sgs_chunk *c);

/* Takes the first piece out, which is given: release with free.  There must be one. */
struct sgs_piece *sgs_half_take(struct sgs_half *h);

/* n octets from next on are delivered or given up. */
void sgs_half_advance(struct sgs_half *h, uint64_t n);

#endif
