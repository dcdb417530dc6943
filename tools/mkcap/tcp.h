/*
 * TCP connections as the client's interface sees them (RFC 9293): handshake with options, segments,
 * delayed acknowledgments, slow start, losses, ends.
 *
 * Side 0 is the client, side 1 the server.  Only one side sends at a time.
 */
#ifndef MKCAP_TCP_H
#define MKCAP_TCP_H

#include "lz77.h"
#include "world.h"

#define MK_CLIENT 0
#define MK_SERVER 1

enum mk_fate {
    MK_OPENS,
    MK_REFUSED,    /* RST to each SYN */
    MK_SILENT,     /* no answer at all */
    MK_UNREACHABLE /* ICMP: communication administratively prohibited */
};

/* What happens to one data segment that is still to come. */
struct mk_loss {
    unsigned countdown; /* 1: the next segment; 0: none */
    bool on_wire;       /* lost on its way and sent again; else only the capture misses it */
};

struct mk_tally {
    uint64_t frames;
    uint64_t octets;
};

struct mk_conn {
    char *name;
    const void *owner; /* the thread that opened it */
    struct mk_host *host[2];
    unsigned family;
    uint16_t port[2];
    uint32_t seq[2];     /* next to send */
    unsigned unacked[2]; /* segments that this side got and did not acknowledge yet */
    int64_t ack_due[2];  /* when it will, at the latest */
    uint32_t window[2];  /* congestion window, in segments */
    bool is_closed[2];   /* has sent its FIN */
    bool is_gone;        /* reset, or never opened */
    unsigned reset_ttl;  /* time to live of a RST, as of a device on the path; 0: the sender's */
    int64_t sent[2];     /* time of the last segment of each side */
    struct mk_loss loss[2];
    struct mk_tls *tls;     /* NULL: plain text */
    struct mk_tally *tally; /* counts frames; kept; NULL: nobody does */
    struct mk_lz77 *lz77;   /* of each side; NULL: nothing is compressed */
    uint64_t n_plain[2];    /* packets of each side that are still sent plain */
    struct mk_buf held;     /* octets of the server that go before its next ones */
    struct mk_conn *next;
};

/* Opens a connection at *now and moves *now to the moment when the client knows how it went. */
struct mk_conn *mk_tcp_open(struct mk_world *w, int64_t *now, struct mk_host *client,
                            struct mk_host *server, unsigned port, unsigned family,
                            enum mk_fate fate, unsigned tries);

/* Sends octets (borrowed), the first one at time; gives the time of the last segment. */
int64_t mk_tcp_send(struct mk_world *w, struct mk_conn *c, unsigned side, const void *octets,
                    size_t n, int64_t time);

/* When the server can answer at the earliest what the client sent, plus its time to think. */
int64_t mk_tcp_answer_time(const struct mk_conn *c, int64_t now, int64_t think);

/* Sends a FIN; the second one closes the connection.  Gives the time of the last segment. */
int64_t mk_tcp_close(struct mk_world *w, struct mk_conn *c, unsigned side, int64_t time);
int64_t mk_tcp_reset(struct mk_world *w, struct mk_conn *c, unsigned side, int64_t time);

/* Sends all acknowledgments that are due before the time. */
void mk_tcp_timers(struct mk_world *w, int64_t before);

/* Takes c out of the world and releases it. */
void mk_tcp_free(struct mk_world *w, struct mk_conn *c);

#endif
