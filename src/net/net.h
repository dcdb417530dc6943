/*
 * Frames into conversations: link layers, IP with fragments, UDP datagrams, TCP streams with gaps.
 * Pure: octets and capture time in, calls of the sink out.
 *
 *   frame -> link.c -> ip.c (defrag.c) -> udp.c -> conn.c ----------------------> sink.data
 *                                      \-> tcp.c -> conn.c -> reasm.c (2 per conn) -> sink.data /
 * gap
 */
#ifndef SGS_NET_NET_H
#define SGS_NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/addr.h>
#include <signscope/event.h>
#include <signscope/frame.h>
#include <signscope/layer.h>
#include <signscope/slice.h>

/* One direction of a conversation, in numbers. */
struct sgs_conn_side {
    uint64_t octets;        /* payload octets delivered in order, without retransmissions */
    uint64_t retransmitted; /* payload octets seen again */
    uint64_t gap_octets;    /* payload octets that were never seen */
    uint64_t frames;        /* frames */
    uint8_t ttl;            /* time to live or hop limit most often seen */
    uint64_t zero_windows;  /* segments that announced a window of 0 */
    uint64_t keep_alives;   /* keep-alive probes */
    uint64_t
        stuck; /* at the end: payload octets of a segment that never arrived while others did */
};

/* A two-way conversation.  Borrowed from net until sink.closed returns. */
struct sgs_conn {
    enum sgs_transport transport;
    uint32_t number; /* per transport, from 0, in order of the first frame: tcp.stream, udp.stream
                        of tshark */
    void *user;      /* the sink's own */
    uint32_t n_syn;  /* SYNs the client sent */
    bool has_syn;    /* begun with a SYN that was seen */
    bool is_open;    /* SYN and SYN-ACK (or later data of both sides) were seen */
    struct sgs_conn_side side[2]; /* [SGS_C2S] what the client sent */
    struct sgs_origin last;       /* its last frame so far */
    struct sgs_origin first;      /* its first frame */
    struct sgs_addr end[2];       /* [SGS_C2S] the client (who opened it), [SGS_S2C] the server */
};

/* Facts about a TCP connection; each at most once but DIFFERENT. */
enum sgs_tcp_fact_kind {
    SGS_TCP_FACT_OPEN,       /* the handshake is complete */
    SGS_TCP_FACT_JOINED,     /* first seen without its SYN */
    SGS_TCP_FACT_REFUSED,    /* the SYN was answered by RST */
    SGS_TCP_FACT_UNANSWERED, /* SYNs only, until the end */
    SGS_TCP_FACT_RESET,      /* RST on an open connection */
    SGS_TCP_FACT_CLOSED,     /* both FINs, idle, or the end of the capture */
    SGS_TCP_FACT_DIFFERENT   /* octets sent again with another content; the first ones count */
};

struct sgs_tcp_fact {
    enum sgs_tcp_fact_kind kind;
    enum sgs_dir by;          /* who refused, reset, or closed first */
    struct sgs_origin origin; /* the frames that show it */
    sgs_time rtt;             /* OPEN, REFUSED: SYN to answer; SGS_TIME_NONE if unknown */
    sgs_time idle;     /* RESET, CLOSED: time without a frame before; SGS_TIME_NONE if unknown */
    uint8_t ttl;       /* RESET: of the RST */
    bool is_after_fin; /* RESET: somebody had begun to close */
    enum sgs_end why;  /* CLOSED */
    uint64_t offset;   /* DIFFERENT: stream offset */
};

struct sgs_icmp_error {
    struct sgs_origin origin;
    struct sgs_addr src, dst;     /* of the ICMP datagram itself */
    const char *type;             /* "destination unreachable" */
    char code[40];                /* "port unreachable", or the number */
    const struct sgs_conn *conn;  /* the conversation it speaks of, or NULL */
    enum sgs_transport transport; /* of the datagram it quotes */
    struct sgs_addr about[2];     /* source and destination of the datagram it quotes */
};

/* What net tells.  All members must be set. */
struct sgs_net_sink {
    void *ctx;
    /* A new conversation, before anything else about it.  Set conn->user here. */
    void (*opened)(void *ctx, struct sgs_conn *conn);
    void (*fact)(void *ctx, struct sgs_conn *conn, const struct sgs_tcp_fact *fact);
    /* TCP: the next octets of a stream, in order.  UDP: one datagram; wire_len > octets.len when it
     * was cut. */
    void (*data)(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, struct sgs_slice octets,
                 uint64_t wire_len, const struct sgs_origin *origin);
    /* n octets (0: unknown) of a stream will never be seen; origin: what stands behind the hole, or
     * the end. */
    void (*gap)(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, uint64_t n,
                enum sgs_gap_why why, const struct sgs_origin *origin);
    /* A direction is over; nothing more comes in it. */
    void (*end)(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, enum sgs_end why,
                const struct sgs_origin *origin);
    /* Both directions are over; conn dies when this returns. */
    void (*closed)(void *ctx, struct sgs_conn *conn);
    void (*icmp)(void *ctx, const struct sgs_icmp_error *error);
    /* A frame, or part of one, that nobody reads.  layer: static; name: borrowed for the call. */
    void (*skipped)(void *ctx, const char *layer, const char *name);
    /* A cap was reached; conn may be NULL. */
    void (*limit)(void *ctx, struct sgs_conn *conn, const char *what, uint64_t number,
                  const struct sgs_origin *origin);
    /* A datagram whose headers contradict themselves; conn may be NULL. */
    void (*malformed)(void *ctx, struct sgs_conn *conn, const char *what,
                      const struct sgs_origin *origin);
};

struct sgs_net;

/* sink is copied.  NULL: out of memory. */
struct sgs_net *sgs_net_new(const struct sgs_net_sink *sink);
void sgs_net_free(struct sgs_net *n);

/* One frame, borrowed for the call. */
void sgs_net_feed(struct sgs_net *n, const struct sgs_frame *frame);

/* Ends every conversation in order of its number, gaps first. */
void sgs_net_finish(struct sgs_net *n);

#endif
