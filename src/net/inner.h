/*
 * What the parts of net share; private to src/net.  A frame goes down by calls, one a header, and
 * every such call counts against the depth cap, so that headers in headers end.
 */
#ifndef SGS_NET_INNER_H
#define SGS_NET_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <signscope/addr.h>
#include <signscope/clock.h>
#include <signscope/frame.h>
#include <signscope/reader.h>
#include <signscope/slice.h>

#include "net/net.h"

struct sgs_conns;
struct sgs_defrag;

struct sgs_net {
    struct sgs_net_sink sink;
    struct sgs_origin origin;  /* of the frame, or of the datagram joined from several */
    sgs_time now;              /* clock of all timers: capture time, without its leaps */
    sgs_time last_time;        /* capture time of the last frame */
    bool has_time;             /* there was one */
    unsigned depth;            /* headers entered in the frame at hand */
    bool has_told_malformed;   /* of the frame at hand */
    struct sgs_conns *conns;   /* ours */
    struct sgs_defrag *defrag; /* ours */
};

/* Octets as captured, and how many of them there were on the wire (never fewer). */
struct sgs_span {
    struct sgs_slice octets;
    size_t wire;
};

/* An IP datagram or what is known of it; addresses without ports. */
struct sgs_datagram {
    struct sgs_addr src, dst;
    uint8_t ttl;             /* time to live or hop limit */
    bool is_head;            /* the first fragment only: its rest cannot be had */
    struct sgs_span payload; /* of the protocol that IP carries */
};

/* t + wait, saturated: capture times are whatever the file says. */
static inline sgs_time sgs_later(sgs_time t, sgs_time wait)
{
    return t > INT64_MAX - wait ? INT64_MAX : t + wait;
}

/* to - from; SGS_TIME_NONE when the clock went backwards. */
static inline sgs_time sgs_elapsed(sgs_time from, sgs_time to)
{
    bool is_wild = to < from || (from < 0 && to > INT64_MAX + from);

    return is_wild ? SGS_TIME_NONE : to - from;
}

/* The same when the clock of net agrees, which does not follow leaps of the capture time. */
static inline sgs_time sgs_measured(sgs_time from, sgs_time from_at, sgs_time to, sgs_time to_at)
{
    sgs_time elapsed = sgs_elapsed(from, to);

    return elapsed == sgs_elapsed(from_at, to_at) ? elapsed : SGS_TIME_NONE;
}

/* Copies octets of input into memory of ours that is large enough. */
static inline void sgs_copy_in(uint8_t *restrict to, struct sgs_slice from)
{
    if (from.ptr) {
        memcpy(to, from.ptr, from.len);
    }
}

/* What r has not read yet of the span it was opened on. */
static inline struct sgs_span sgs_span_rest(const struct sgs_reader *r, struct sgs_span s)
{
    return (struct sgs_span){rd_rest(r), s.wire - r->off};
}

/* At most len octets of s. */
static inline struct sgs_span sgs_span_head(struct sgs_span s, size_t len)
{
    return (struct sgs_span){sgs_slice_head(s.octets, len), s.wire < len ? s.wire : len};
}

/* net.c */
void sgs_net_skip(struct sgs_net *n, const char *layer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* At most once a frame; what: static text. */
void sgs_net_malformed(struct sgs_net *n, const char *what);
/* A header does not fit in s: skipped when the capture cut it, else malformed with what. */
void sgs_net_short(struct sgs_net *n, struct sgs_span s, const char *layer, const char *what);
/* One header deeper; false (told once) at the cap. */
bool sgs_net_deeper(struct sgs_net *n);

/* link.c: everything below IP.  link: LINKTYPE_ value; type: Ethertype or, to 1500, a length. */
void sgs_link_frame(struct sgs_net *n, uint32_t link, struct sgs_span s);
void sgs_link_ethernet(struct sgs_net *n, struct sgs_span s);
void sgs_link_type(struct sgs_net *n, uint16_t type, struct sgs_span s);
void sgs_link_mpls(struct sgs_net *n, struct sgs_span s);
void sgs_link_llc(struct sgs_net *n, struct sgs_span s);

/* wlan.c */
void sgs_wlan(struct sgs_net *n, struct sgs_span s);
void sgs_wlan_radiotap(struct sgs_net *n, struct sgs_span s);

/* ppp.c: PPP from its protocol field on, with or without address and control; PPPoE; C-HDLC. */
void sgs_ppp(struct sgs_net *n, struct sgs_span s);
void sgs_ppp_hdlc(struct sgs_net *n, struct sgs_span s);
void sgs_ppp_oe(struct sgs_net *n, struct sgs_span s);
void sgs_ppp_cisco(struct sgs_net *n, struct sgs_span s);

/* tunnel.c */
void sgs_tunnel_gre(struct sgs_net *n, struct sgs_span s);
void sgs_tunnel_nsh(struct sgs_net *n, struct sgs_span s);
void sgs_tunnel_etherip(struct sgs_net *n, struct sgs_span s);
/* True when the payload of a UDP datagram between these ports was a tunnel's and has been read. */
bool sgs_tunnel_udp(struct sgs_net *n, uint16_t sport, uint16_t dport, struct sgs_span s);

/* ip.c */
struct sgs_ip_head {
    struct sgs_datagram d;
    uint8_t protocol;    /* the first that is no extension header */
    bool is_fragment;    /* of a larger datagram */
    bool has_more;       /* more fragments follow */
    uint32_t id;         /* of the fragmented datagram */
    size_t off;          /* octets of the payload in the whole payload */
    const char *strange; /* static text when headers contradict the frame but can be read */
};
/* Reads the headers of the datagram at the head of s: true, or false and why (NULL: cut). */
bool sgs_ip_read(struct sgs_span s, struct sgs_ip_head *out, const char **why);
void sgs_ip(struct sgs_net *n, struct sgs_span s);
void sgs_ip_payload(struct sgs_net *n, const struct sgs_datagram *d, uint8_t protocol);

/* defrag.c */
struct sgs_defrag *sgs_defrag_new(void);
void sgs_defrag_free(struct sgs_defrag *f);
/* Takes a fragment (octets copied); passes the datagram on when it is whole. */
void sgs_defrag_add(struct sgs_net *n, const struct sgs_ip_head *h);
/* Drops what has waited too long; at the end of the capture: everything. */
void sgs_defrag_expire(struct sgs_net *n, bool is_end);

/* icmp.c */
void sgs_icmp(struct sgs_net *n, const struct sgs_datagram *d);
void sgs_icmp6(struct sgs_net *n, const struct sgs_datagram *d);

/* udp.c, tcp.c */
void sgs_udp(struct sgs_net *n, const struct sgs_datagram *d);
void sgs_tcp(struct sgs_net *n, const struct sgs_datagram *d);

#endif
