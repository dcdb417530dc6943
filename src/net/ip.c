/*
 * IPv4 and IPv6.  Spec: RFC 791 (section 3.1), RFC 8200 (sections 3 and 4), RFC 4302 (AH), RFC 2675
 * (jumbograms).  Checksums are not looked at: captures on the sending machine show them unfilled.
 *
 *   IPv4 | 4, words of header | class | total length 2 | id 2 | flags 3 bits, offset 13 | time to
 *        | live | protocol | checksum 2 | source 4 | destination 4 | options |
 *   IPv6 | 6, class, label 4 | payload length 2 | next header | hop limit | source 16 |
 *        | destination 16 | extension headers: next header, length, ... |
 *
 * A length of 0 is what a machine that leaves segmentation to its interface captures of itself:
 * then the frame tells the length.  A length beyond the frame counts as far as the frame goes.
 */
#include "net/inner.h"

#include <signscope/limits.h>
#include <signscope/names.h>

static const char too_many[] = "net.ip6_extensions";

enum {
    HOP_BY_HOP = 0,
    ICMP = 1,
    IP4_IN_IP = 4,
    TCP = 6,
    UDP = 17,
    IP6_IN_IP = 41,
    ROUTING = 43,
    FRAGMENT = 44,
    GRE = 47,
    AH = 51,
    ICMP6 = 58,
    DESTINATION = 60,
    IPIP = 94,
    ETHERIP = 97,
    MPLS_IN_IP = 137,
    HIP = 139,
    SHIM6 = 140
};

static const struct sgs_value_name protocols[] = {
    {2,   "IGMP"          },
    {8,   "EGP"           },
    {9,   "IGP"           },
    {33,  "DCCP"          },
    {46,  "RSVP"          },
    {50,  "ESP"           },
    {59,  "no next header"},
    {84,  "TTP"           },
    {88,  "EIGRP"         },
    {89,  "OSPF"          },
    {103, "PIM"           },
    {108, "IPComp"        },
    {112, "VRRP"          },
    {115, "L2TP"          },
    {124, "IS-IS"         },
    {132, "SCTP"          },
    {133, "Fibre Channel" },
    {135, "Mobility"      },
    {136, "UDP-Lite"      },
    {139, "HIP"           },
};

static struct sgs_addr address(struct sgs_reader *r, uint8_t len)
{
    struct sgs_slice octets = rd_take(r, len);
    struct sgs_addr a = {.len = len};

    sgs_copy_in(a.ip, octets);
    return a;
}

/* AH hides nothing: what it covers follows in the clear. */
static uint8_t read_ah(struct sgs_reader *r)
{
    uint8_t next = rd_u8(r);
    size_t len = ((size_t)rd_u8(r) + 2) * 4;

    rd_skip(r, len - 2);
    return next;
}

static bool read_ip4(struct sgs_span s, struct sgs_ip_head *out, const char **why)
{
    struct sgs_reader r = rd_open(s.octets);
    struct sgs_ip_head h = {0};
    size_t header = (size_t)(rd_u8(&r) & 0x0f) * 4;
    rd_skip(&r, 1);
    size_t total = rd_be16(&r);
    h.id = rd_be16(&r);
    uint16_t flags = rd_be16(&r);
    h.d.ttl = rd_u8(&r);
    h.protocol = rd_u8(&r);
    rd_skip(&r, 2);
    h.d.src = address(&r, 4);
    h.d.dst = address(&r, 4);
    if (header >= 20) {
        rd_skip(&r, header - 20);
    }
    if (!rd_ok(&r)) {
        *why = s.octets.len < s.wire ? NULL : "IPv4 header cut short";
        return false;
    }
    total = total == 0 ? s.wire : total;
    if (header < 20 || total < header) {
        *why = "IPv4 header length below its minimum or above the total length";
        return false;
    }
    h.strange = total > s.wire ? "IPv4 total length beyond the frame" : NULL;
    h.has_more = flags & 0x2000;
    h.off = (size_t)(flags & 0x1fff) * 8;
    h.is_fragment = h.has_more || h.off > 0;
    h.d.payload = sgs_span_head(sgs_span_rest(&r, s), total - header);
    *out = h;
    return true;
}

/* One extension header after the other, up to what the datagram carries. */
static bool read_extensions(struct sgs_reader *r, uint8_t next, struct sgs_ip_head *h)
{
    for (unsigned i = 0; i <= SGS_MAX_IP6_EXTENSIONS; i++) {
        switch (next) {
        case HOP_BY_HOP:
        case ROUTING:
        case DESTINATION:
        case HIP:
        case SHIM6:
            next = rd_u8(r);
            rd_skip(r, (size_t)rd_u8(r) * 8 + 6);
            break;
        case AH:
            next = read_ah(r);
            break;
        case FRAGMENT: {
            next = rd_u8(r);
            rd_skip(r, 1);
            uint16_t bits = rd_be16(r);
            h->id = rd_be32(r);
            h->off = bits & 0xfff8;
            h->has_more = bits & 1;
            h->is_fragment = h->has_more || h->off > 0;
            break;
        }
        default:
            h->protocol = next;
            return true;
        }
        if (!rd_ok(r) || (h->is_fragment && h->off > 0)) {
            h->protocol = next; /* later fragments carry no more headers */
            return true;
        }
    }
    return false;
}

static bool read_ip6(struct sgs_span s, struct sgs_ip_head *out, const char **why)
{
    struct sgs_reader r = rd_open(s.octets);
    struct sgs_ip_head h = {0};
    rd_skip(&r, 4);
    size_t len = rd_be16(&r);
    uint8_t next = rd_u8(&r);
    h.d.ttl = rd_u8(&r);
    h.d.src = address(&r, 16);
    h.d.dst = address(&r, 16);
    size_t start = r.off;

    if (!rd_ok(&r)) {
        *why = s.octets.len < s.wire ? NULL : "IPv6 header cut short";
        return false;
    }
    len = len == 0 ? s.wire - start : len;
    h.strange = len > s.wire - start ? "IPv6 payload length beyond the frame" : NULL;
    struct sgs_span all = sgs_span_head(sgs_span_rest(&r, s), len);
    struct sgs_reader list = rd_open(all.octets);
    if (!read_extensions(&list, next, &h)) {
        *why = too_many;
        return false;
    }
    if (!rd_ok(&list)) {
        *why = all.octets.len < all.wire ? NULL : "IPv6 extension header cut short";
        return false;
    }
    h.d.payload = sgs_span_rest(&list, all);
    *out = h;
    return true;
}

bool sgs_ip_read(struct sgs_span s, struct sgs_ip_head *out, const char **why)
{
    struct sgs_reader r = rd_open(s.octets);
    unsigned version = rd_u8(&r) >> 4;

    if (version == 4) {
        return read_ip4(s, out, why);
    }
    if (version == 6) {
        return read_ip6(s, out, why);
    }
    *why = rd_ok(&r) ? "IP version neither 4 nor 6" : NULL;
    return false;
}

void sgs_ip(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_ip_head h;
    const char *why = NULL;

    if (!sgs_net_deeper(n)) {
        return;
    }
    if (!sgs_ip_read(s, &h, &why)) {
        if (why == too_many) {
            n->sink.limit(n->sink.ctx, NULL, why, SGS_MAX_IP6_EXTENSIONS, &n->origin);
            return;
        }
        sgs_net_short(n, why ? (struct sgs_span){s.octets, s.octets.len} : s, "network",
                      why ? why : "IP header missing");
        return;
    }
    if (h.strange) {
        sgs_net_malformed(n, h.strange);
    }
    if (!h.is_fragment) {
        sgs_ip_payload(n, &h.d, h.protocol);
        return;
    }
    if (!h.strange && h.d.payload.octets.len == h.d.payload.wire) {
        sgs_defrag_add(n, &h);
        return;
    }
    if (h.off > 0) {
        sgs_net_skip(n, "network", "fragment cut by the capture");
        return;
    }
    h.d.is_head = true;
    sgs_ip_payload(n, &h.d, h.protocol);
}

void sgs_ip_payload(struct sgs_net *n, const struct sgs_datagram *d, uint8_t protocol)
{
    struct sgs_reader r = rd_open(d->payload.octets);

    while (protocol == AH) { /* of IPv4: for IPv6 it was an extension header */
        protocol = read_ah(&r);
        if (!rd_ok(&r)) {
            sgs_net_short(n, d->payload, "network", "AH cut short");
            return;
        }
    }
    struct sgs_datagram inner = *d;
    inner.payload = sgs_span_rest(&r, d->payload);
    switch (protocol) {
    case TCP:
        sgs_tcp(n, &inner);
        return;
    case UDP:
        sgs_udp(n, &inner);
        return;
    case ICMP:
        sgs_icmp(n, &inner);
        return;
    case ICMP6:
        sgs_icmp6(n, &inner);
        return;
    case IP4_IN_IP:
    case IP6_IN_IP:
    case IPIP:
        sgs_ip(n, inner.payload);
        return;
    case GRE:
        sgs_tunnel_gre(n, inner.payload);
        return;
    case ETHERIP:
        sgs_tunnel_etherip(n, inner.payload);
        return;
    case MPLS_IN_IP:
        sgs_link_mpls(n, inner.payload);
        return;
    default:
        break;
    }
    const char *name = SGS_NAME_FIND(protocols, protocol);
    if (name) {
        sgs_net_skip(n, "transport", "IP protocol %u (%s)", (unsigned)protocol, name);
        return;
    }
    sgs_net_skip(n, "transport", "IP protocol %u", (unsigned)protocol);
}
