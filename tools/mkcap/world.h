/*
 * The world of a scenario: hosts, the wire in front of the client, and the frames seen there.
 *
 * All times are those at which the client's interface sees a frame, in ns since 1970.  Frames may
 * be made in any order; they wait until nothing earlier can come any more (mk_world_flush).
 */
#ifndef MKCAP_WORLD_H
#define MKCAP_WORLD_H

#include "buf.h"

#include <stdio.h>

#define MK_US INT64_C(1000)
#define MK_MS INT64_C(1000000)
#define MK_S INT64_C(1000000000)

struct mk_addr {
    unsigned family; /* 4 or 6 */
    uint8_t octets[16];
};

struct mk_host {
    char *name;
    struct mk_addr addr[2]; /* the second one has family 0 when there is none */
    uint8_t mac[6];
    int64_t rtt;        /* from the client and back, ns */
    unsigned ttl;       /* as the client sees it */
    uint16_t ip_id;     /* of its next datagram */
    uint16_t next_port; /* of its next connection */
    struct mk_host *next;
};

struct mk_frame {
    int64_t time;
    uint64_t order; /* breaks ties */
    uint8_t *octets;
    size_t len;
};

struct mk_world {
    struct mk_rng rng;
    uint64_t seed;
    int64_t start; /* frames before it are not captured */
    int64_t stop;  /* neither are those from it on */
    uint32_t snaplen;
    bool is_new; /* nothing was written yet: snaplen may change */
    struct mk_host *hosts;
    unsigned n_hosts;
    struct mk_frame *heap; /* by time, then order */
    size_t n_frames, size_frames;
    uint64_t n_made;       /* frames made so far */
    uint64_t n_octets;     /* octets in them */
    FILE *spool;           /* frames as pcapng blocks; the head comes before them at the end */
    long spool_start;      /* where those begin that count (start-here) */
    struct mk_buf keys;    /* key log lines */
    struct mk_conn *conns; /* open ones */
    int64_t ack_due;       /* no delayed acknowledgment is due before */
};

void mk_world_open(struct mk_world *w);
void mk_world_close(struct mk_world *w);
/* Writes the file: head, secrets, frames. */
void mk_world_save(struct mk_world *w, const char *path);

/* Makes a host; a client has a card of its own, all others are behind the router. */
struct mk_host *mk_host_new(struct mk_world *w, const char *name, bool is_client);
/* The host of that name; fails when there is none. */
struct mk_host *mk_host_find(const struct mk_world *w, const char *name);
/* An address as text, optionally with +N added to it; fails when it is none. */
struct mk_addr mk_addr_parse(const char *text);
/* The address of that family; fails when the host has none. */
const struct mk_addr *mk_host_addr(const struct mk_host *h, unsigned family);

/* One frame: Ethernet and IP around payload (borrowed).  Checksums of TCP and UDP are filled in.
 * catch: false when the capture misses it. */
void mk_datagram(struct mk_world *w, int64_t time, struct mk_host *from, struct mk_host *to,
                 unsigned family, unsigned protocol, struct mk_buf *payload, bool is_caught);
void mk_udp(struct mk_world *w, int64_t time, struct mk_host *from, unsigned from_port,
            struct mk_host *to, unsigned to_port, unsigned family, const struct mk_buf *payload);

/* Writes all frames before the time. */
void mk_world_flush(struct mk_world *w, int64_t before);

#endif
