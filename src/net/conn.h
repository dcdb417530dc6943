/*
 * The table of conversations.
 *
 *   flow   one per pair of addresses and ports: the number of its latest conversation, for ever
 *          (as far as the cap allows); what tshark numbers by
 *   talk   the live conversation of a flow: sgs_conn and what net needs to go on with it
 *
 *   map ──▶ flow ──▶ talk ──▶ two halves (TCP)
 *            │        ├── by last frame: who is evicted beyond SGS_MAX_CONNS
 *            │        ├── by time due: idle, holes, ends after RST; UDP: answered
 *            │        └── by first piece held: who gives up beyond SGS_MAX_HELD
 *            └── without talk: by age, who is forgotten beyond SGS_MAX_TOMBSTONES
 */
#ifndef SGS_NET_CONN_H
#define SGS_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/addr.h>

#include "net/due.h"
#include "net/history.h"
#include "net/inner.h"
#include "net/reasm.h"

enum { SGS_FIN = 1, SGS_SYN = 2, SGS_RST = 4, SGS_ACK = 16 };

struct sgs_segment {
    uint16_t sport, dport;
    uint32_t seq, ack;
    uint16_t window;
    uint8_t flags;
    bool has_len; /* the length of the payload is known */
    bool is_bad;  /* its header length is impossible */
    struct sgs_span payload;
};

struct sgs_talk;

#define SGS_FLOW_KEY 40 /* octets at most: transport, length, two addresses with ports */

/* Sides of a flow: 0 is the smaller of its two ends, so both directions find the same flow. */
struct sgs_flow {
    struct sgs_talk *talk; /* NULL: none is live */
    bool has_base[2];      /* by side: base is set */
    uint32_t base[2];      /* sequence number before the first octet, as tshark takes it */
    bool is_over;          /* its talk ended by FIN or RST: only new octets begin another */
    bool was_open;         /* is_over: it was more than a refused SYN */
    bool has_next[2];      /* is_over: next_seq is set */
    uint32_t next_seq[2];  /* is_over: what would follow what was seen */
    uint32_t number;
    size_t key_len;
    uint8_t key[SGS_FLOW_KEY];
    struct sgs_flow *older, *newer; /* among those without a talk */
};

/* A RST that was seen; what follows decides if it counts. */
struct sgs_reset {
    bool is_set;
    bool is_late;      /* both FINs had been seen before: it changes nothing */
    bool is_after_fin; /* one had */
    enum sgs_dir by;
    uint8_t ttl;
    uint32_t seq;
    sgs_time idle; /* time without a frame before it */
    struct sgs_origin origin;
    struct sgs_since since;
};

/* What only TCP needs; first what every segment needs. */
struct sgs_tcp {
    sgs_time last_idle; /* time without a frame before the last one */
    bool has_told_joined;
    bool has_told_open;
    bool has_answer; /* a SYN-ACK of the server was seen */
    bool has_first_fin;
    uint32_t syn_seq;        /* of the client's last SYN */
    struct sgs_half half[2]; /* by direction */
    struct sgs_reset reset;
    struct sgs_origin syn_origin; /* of the client's last SYN */
    sgs_time syn_at;              /* of the client's last SYN, by the clock of net */
    enum sgs_dir first_fin_by;
    struct sgs_origin first_fin;
};

struct sgs_talk {
    struct sgs_conn pub;            /* what the sink sees */
    struct sgs_tcp *tcp;            /* NULL for UDP; allocated with the talk */
    sgs_time last_at;               /* of the last frame, by the clock of net */
    uint64_t ttl_votes[2];          /* for side[].ttl, by majority */
    struct sgs_talk *older, *newer; /* by last frame */
    struct sgs_flow *flow;
    unsigned client_side;                         /* side of the flow that is the client */
    bool is_holder;                               /* is in the list below */
    struct sgs_talk *older_holder, *newer_holder; /* by first piece held */
    struct sgs_due due;
    struct sgs_due check; /* UDP: has every datagram been answered? */
};

struct sgs_conns {
    struct sgs_map *flows;
    struct sgs_flow *last; /* found last: most frames follow one of the same flow */
    struct sgs_flow *oldest_dead, *newest_dead;
    size_t n_dead;
    bool has_told_forgotten;
    uint32_t next_number[3]; /* by transport */
    struct sgs_talk *oldest, *newest;
    size_t n_talks;
    struct sgs_dues dues;   /* of all talks */
    struct sgs_dues checks; /* of those of UDP */
    struct sgs_talk *oldest_holder, *newest_holder;
    size_t held; /* octets of memory in pieces of all halves */
    struct sgs_histories histories;
};

struct sgs_conns *sgs_conns_new(void);
void sgs_conns_free(struct sgs_conns *c);

/* Does what is due at the time of the frame at hand. */
void sgs_conns_expire(struct sgs_net *n);
/* Ends everything, by transport and number. */
void sgs_conns_finish(struct sgs_net *n);

/* A segment, a datagram, from end[0] to end[1]. */
void sgs_conns_tcp(struct sgs_net *n, const struct sgs_addr end[2], uint8_t ttl,
                   const struct sgs_segment *seg);
void sgs_conns_udp(struct sgs_net *n, const struct sgs_addr end[2], uint8_t ttl,
                   struct sgs_span payload);

/* The conversation of a datagram quoted by ICMP, or NULL; it gets a number if it has none. */
const struct sgs_conn *sgs_conns_quoted(struct sgs_net *n, enum sgs_transport transport,
                                        const struct sgs_addr end[2], struct sgs_span payload);

/* tcp.c: reads a header; false when less than its first 16 octets are there. */
bool sgs_tcp_read(struct sgs_span s, struct sgs_segment *out);

/* life.c: one segment of a talk; true when the talk is over with it. */
bool sgs_life_segment(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint8_t ttl,
                      const struct sgs_segment *seg);
/* life.c: what is still held, ends, the last fact.  The talk is then to be closed. */
void sgs_life_end(struct sgs_net *n, struct sgs_talk *t, enum sgs_end why);

/* life.c: both FINs have been delivered. */
bool sgs_life_is_over(const struct sgs_talk *t);

/* life.c: when a RST becomes the end; INT64_MAX: never. */
sgs_time sgs_life_due(const struct sgs_talk *t);

/* order.c: the payload and FIN of a segment go their way. */
void sgs_order_add(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir,
                   const struct sgs_segment *seg);
/* order.c: delivers what is ready, gives up what has waited too long. */
void sgs_order_run(struct sgs_net *n, struct sgs_talk *t);
/* order.c: delivers all, in order of capture, holes as gaps. */
void sgs_order_flush(struct sgs_net *n, struct sgs_talk *t, enum sgs_gap_why why);
/* order.c: when sgs_order_run has something to give up; INT64_MAX: never. */
sgs_time sgs_order_due(const struct sgs_talk *t);
/* order.c: tells of n octets that will not be seen. */
void sgs_order_gap(struct sgs_net *n, struct sgs_talk *t, enum sgs_dir dir, uint64_t count,
                   enum sgs_gap_why why, const struct sgs_origin *origin);

/* conn.c: t held `before` octets until now; keeps the sum and the list of holders. */
void sgs_conns_held(struct sgs_net *n, struct sgs_talk *t, size_t before);

static inline struct sgs_since sgs_talk_now(const struct sgs_net *n, const struct sgs_talk *t)
{
    return (struct sgs_since){n->now, t->pub.side[0].frames + t->pub.side[1].frames};
}

static inline size_t sgs_talk_held(const struct sgs_talk *t)
{
    return t->tcp->half[0].held + t->tcp->half[1].held;
}

#endif
