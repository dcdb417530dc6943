/*
 * Datagrams and frames inside datagrams.  Spec: RFC 2784 and 2890 (GRE), RFC 2637 (its version 1),
 * RFC 3378 (EtherIP), RFC 8300 (NSH), RFC 7348 (VXLAN), RFC 8926 (Geneve), RFC 8086 (GRE in UDP),
 * RFC 2661 (L2TP), 3GPP TS 29.281 (GTP-U).
 *
 *   GRE     | C R K S s, depth, A, version 2 | type 2 | checksum, offset 4 if C or R |
 *           | key 4 if K | sequence 4 if S | acknowledgement 4 if A (version 1) | ...
 *   VXLAN   | flags 1: 08 | 3 | network id 3 | 1 | Ethernet
 *   Geneve  | version 2 bits, words of options 6 | flags 1 | type 2 | network id 3 | 1 | options |
 *   NSH     | version, time to live, words 6 bits | kind 4 bits | next 1 | path 4 | ...
 *   L2TP    | T L S O, version 2 | length 2 if L | tunnel 2 | session 2 | numbers 4 if S |
 *           | offset 2 and so many octets if O | PPP        T: a control message
 *   GTP-U   | version 3 bits, kind, E S N | type 1: ff | length 2 | tunnel 4 |
 *           | number 2, number 1, next 1 if E, S or N | extensions if E | IP
 */
#include "net/inner.h"

#define GRE_ERSPAN_2 0x88be
#define GRE_ERSPAN_3 0x22eb

void sgs_tunnel_gre(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint16_t flags = rd_be16(&r);
    uint16_t type = rd_be16(&r);
    unsigned version = flags & 7;

    if (version > 1) {
        sgs_net_skip(n, "network", "GRE version %u", version);
        return;
    }
    rd_skip(&r, flags & 0xc000 ? 4 : 0);
    rd_skip(&r, flags & 0x2000 ? 4 : 0);
    rd_skip(&r, flags & 0x1000 ? 4 : 0);
    rd_skip(&r, version == 1 && flags & 0x0080 ? 4 : 0);
    if (flags & 0x4000) { /* source routes: each has its length, 0 ends them (RFC 1701) */
        size_t len = 0;
        do {
            rd_skip(&r, 3);
            len = rd_u8(&r);
            rd_skip(&r, len);
        } while (rd_ok(&r) && len > 0);
    }
    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "network", "GRE header cut short");
        return;
    }
    if (version == 1 && !rd_more(&r)) {
        sgs_net_skip(n, "network", "GRE acknowledgement");
        return;
    }
    if (type == GRE_ERSPAN_2 || type == GRE_ERSPAN_3) {
        sgs_net_skip(n, "network", "ERSPAN");
        return;
    }
    if (type >= 0x8200 && type < 0x8300) { /* wireless controllers of Aruba */
        if (sgs_net_deeper(n)) {
            sgs_wlan(n, sgs_span_rest(&r, s));
        }
        return;
    }
    sgs_link_type(n, type, sgs_span_rest(&r, s));
}

void sgs_tunnel_nsh(struct sgs_net *n, struct sgs_span s)
{
    static const uint16_t types[] = {0, 0x0800, 0x86dd, 0x6558, 0x894f, 0x8847};
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 1);
    size_t words = rd_u8(&r) & 0x3f;
    rd_skip(&r, 1);
    uint8_t next = rd_u8(&r);
    rd_skip(&r, words > 0 ? words * 4 - 4 : 0);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "NSH header cut short");
        return;
    }
    if (words < 2 || next == 0 || next >= sizeof types / sizeof *types) {
        sgs_net_skip(n, "link", "NSH next protocol %u", (unsigned)next);
        return;
    }
    sgs_link_type(n, types[next], sgs_span_rest(&r, s));
}

void sgs_tunnel_etherip(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 2);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "network", "EtherIP header cut short");
        return;
    }
    if (sgs_net_deeper(n)) {
        sgs_link_ethernet(n, sgs_span_rest(&r, s));
    }
}

static bool vxlan(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint8_t flags = rd_u8(&r);
    rd_skip(&r, 7);

    if (!rd_ok(&r) || !(flags & 0x08)) {
        return false;
    }
    if (sgs_net_deeper(n)) {
        sgs_link_ethernet(n, sgs_span_rest(&r, s));
    }
    return true;
}

static bool geneve(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint8_t head = rd_u8(&r);
    rd_skip(&r, 1);
    uint16_t type = rd_be16(&r);
    rd_skip(&r, 4);
    rd_skip(&r, (size_t)(head & 0x3f) * 4);

    if (!rd_ok(&r) || head >> 6 != 0) {
        return false;
    }
    sgs_link_type(n, type, sgs_span_rest(&r, s));
    return true;
}

static bool gre_in_udp(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint16_t flags = rd_be16(&r);
    rd_skip(&r, 2);

    if (!rd_ok(&r) || flags & 0x4fff) {
        return false;
    }
    if (sgs_net_deeper(n)) {
        sgs_tunnel_gre(n, s);
    }
    return true;
}

static bool l2tp(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint16_t flags = rd_be16(&r);
    rd_skip(&r, flags & 0x4000 ? 2 : 0);
    rd_skip(&r, 4);
    rd_skip(&r, flags & 0x0800 ? 4 : 0);
    rd_skip(&r, flags & 0x0200 ? rd_be16(&r) : 0);

    if (!rd_ok(&r) || (flags & 0x800f) != 0x0002) {
        return false;
    }
    sgs_ppp(n, sgs_span_rest(&r, s));
    return true;
}

static bool gtp(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint8_t flags = rd_u8(&r);
    uint8_t type = rd_u8(&r);
    size_t len = rd_be16(&r);
    rd_skip(&r, 4);
    uint8_t next = 0;
    size_t start = r.off;

    if (flags & 7) {
        rd_skip(&r, 3);
        next = rd_u8(&r);
        next = flags & 4 ? next : 0;
    }
    while (next != 0 && rd_ok(&r)) {
        size_t words = rd_u8(&r);
        rd_skip(&r, words > 0 ? words * 4 - 2 : SIZE_MAX);
        next = rd_u8(&r);
    }
    size_t extra = r.off - start;
    if (!rd_ok(&r) || (flags & 0xf0) != 0x30 || type != 0xff || len < extra) {
        return false;
    }
    sgs_ip(n, sgs_span_head(sgs_span_rest(&r, s), len - extra));
    return true;
}

static const struct {
    uint16_t port;
    bool (*read)(struct sgs_net *n, struct sgs_span s);
} ports[] = {
    {1701, l2tp      },
    {2152, gtp       },
    {4754, gre_in_udp},
    {4789, vxlan     },
    {6081, geneve    },
};

bool sgs_tunnel_udp(struct sgs_net *n, uint16_t sport, uint16_t dport, struct sgs_span s)
{
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (ports[i].port == dport || ports[i].port == sport) {
            return ports[i].read(n, s);
        }
    }
    return false;
}
