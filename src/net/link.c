/*
 * Everything below IP: from the link type of the capture to an Ethertype, and from there on.
 * Spec: the link-layer headers of tcpdump.org/linktypes.html; IEEE 802.3, 802.1Q, 802.1ad, 802.1ah
 * and 802.2; RFC 1042 (SNAP); RFC 3032 (MPLS), RFC 4385 (its control word).
 *
 *   Ethernet   | to 6 | from 6 | type 2 | ...     type to 1500: a length, then LLC
 *   802.1Q     | priority and id 2 | type 2 | ...
 *   LLC, SNAP  | dsap aa | ssap aa | control 03 | organisation 3 | type 2 | ...
 *   SLL        | kind 2 | hardware 2 | length 2 | address 8 | type 2 | ...
 *   SLL2       | type 2 | 0 2 | interface 4 | hardware 2 | kind 1 | length 1 | address 8 | ...
 *   NULL, LOOP | address family 4, byte order of the machine or of the network | ...
 *   MPLS       | label 20 bits, class 3, bottom 1, time to live 8 | ... until bottom is set
 */
#include "net/inner.h"

#include <signscope/names.h>

#define MAX_LENGTH 1500 /* a type up to this is a length (IEEE 802.3, 3.2.6) */

struct row {
    uint32_t value;
    void (*read)(struct sgs_net *n, struct sgs_span s);
};

static const struct sgs_value_name ethertypes[] = {
    {0x0600, "XNS"                   },
    {0x0800, "IPv4"                  },
    {0x0806, "ARP"                   },
    {0x0842, "Wake-on-LAN"           },
    {0x2000, "CDP"                   },
    {0x8035, "RARP"                  },
    {0x809b, "AppleTalk"             },
    {0x80f3, "AppleTalk ARP"         },
    {0x8137, "IPX"                   },
    {0x86dd, "IPv6"                  },
    {0x8808, "Ethernet flow control" },
    {0x8809, "slow protocols (LACP)" },
    {0x8863, "PPPoE discovery"       },
    {0x886d, "Intel ANS"             },
    {0x888e, "EAPOL"                 },
    {0x8892, "PROFINET"              },
    {0x88a2, "ATA over Ethernet"     },
    {0x88a4, "EtherCAT"              },
    {0x88b8, "GOOSE"                 },
    {0x88cc, "LLDP"                  },
    {0x88d9, "LLTD"                  },
    {0x88e1, "HomePlug AV"           },
    {0x88e5, "MACsec"                },
    {0x88f7, "PTP"                   },
    {0x8902, "CFM"                   },
    {0x8906, "FCoE"                  },
    {0x893a, "IEEE 1905"             },
    {0x9000, "Ethernet loopback test"},
};

static const struct sgs_value_name saps[] = {
    {0x00, "null SAP"         },
    {0x42, "spanning tree"    },
    {0x7e, "X.25"             },
    {0xe0, "IPX"              },
    {0xf0, "NetBIOS"          },
    {0xfe, "ISO network layer"},
};

static void vlan(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 2);
    uint16_t type = rd_be16(&r);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "VLAN tag cut short");
        return;
    }
    sgs_link_type(n, type, sgs_span_rest(&r, s));
}

/* Cisco's VN-Tag: as a VLAN tag, but with four octets before the type. */
static void vntag(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 4);
    uint16_t type = rd_be16(&r);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "VN-Tag cut short");
        return;
    }
    sgs_link_type(n, type, sgs_span_rest(&r, s));
}

/* The E-TAG of IEEE 802.1BR: six octets before the type. */
static void etag(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 6);
    uint16_t type = rd_be16(&r);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "E-TAG cut short");
        return;
    }
    sgs_link_type(n, type, sgs_span_rest(&r, s));
}

/* A whole Ethernet frame behind the service tag of a provider backbone. */
static void backbone(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 4);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "I-TAG cut short");
        return;
    }
    sgs_link_ethernet(n, sgs_span_rest(&r, s));
}

/* Could this be the head of an Ethernet frame?  Surely, or (a length for a type) perhaps. */
static bool is_ethernet(struct sgs_slice octets, bool is_sure)
{
    struct sgs_reader r = rd_open(octets);
    rd_skip(&r, 12);
    uint16_t type = rd_be16(&r);

    return rd_ok(&r) && (type == 0x8100 || type == 0x88a8 || SGS_NAME_FIND(ethertypes, type) ||
                         (!is_sure && type <= MAX_LENGTH));
}

/* Nothing in a label stack says what it carries: RFC 4928 makes the first nibble the best hint, a
 * pseudo-wire may have a control word that begins with 0. */
static void below_mpls(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint32_t head = rd_be32(&r);
    struct sgs_span behind = sgs_span_rest(&r, s);
    bool has_word = head >> 28 == 0;

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "nothing behind the MPLS labels");
        return;
    }
    if (head >> 28 == 4 || head >> 28 == 6) {
        sgs_ip(n, s);
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (has_word && is_ethernet(behind.octets, i == 0)) {
            sgs_link_ethernet(n, behind);
            return;
        }
        if (is_ethernet(s.octets, i == 0)) {
            sgs_link_ethernet(n, s);
            return;
        }
    }
    sgs_net_skip(n, "link", "MPLS payload");
}

void sgs_link_mpls(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint32_t label = 0;

    do {
        label = rd_be32(&r);
        if (!rd_ok(&r)) {
            sgs_net_short(n, s, "link", "MPLS label cut short");
            return;
        }
        if (!sgs_net_deeper(n)) {
            return;
        }
    } while (!(label >> 8 & 1));
    below_mpls(n, sgs_span_rest(&r, s));
}

static const struct row types[] = {
    {0x0800, sgs_ip           },
    {0x86dd, sgs_ip           },
    {0x8100, vlan             },
    {0x88a8, vlan             },
    {0x9100, vlan             },
    {0x9200, vlan             },
    {0x9300, vlan             },
    {0x8847, sgs_link_mpls    },
    {0x8848, sgs_link_mpls    },
    {0x8864, sgs_ppp_oe       },
    {0x880b, sgs_ppp          },
    {0x6558, sgs_link_ethernet},
    {0x8926, vntag            },
    {0x88e7, backbone         },
    {0x893f, etag             },
    {0x894f, sgs_tunnel_nsh   },
};

static void snap(struct sgs_net *n, struct sgs_reader *r, struct sgs_span s)
{
    uint32_t organisation = rd_be24(r);
    uint16_t type = rd_be16(r);

    if (!rd_ok(r)) {
        sgs_net_short(n, s, "link", "SNAP header cut short");
        return;
    }
    if (organisation == 0 || organisation == 0x0000f8) { /* RFC 1042; IEEE 802.1H */
        sgs_link_type(n, type, sgs_span_rest(r, s));
        return;
    }
    sgs_net_skip(n, "link", "SNAP %06x type 0x%04x", (unsigned)organisation, (unsigned)type);
}

void sgs_link_llc(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint8_t dsap = rd_u8(&r);
    uint8_t ssap = rd_u8(&r);
    uint8_t control = rd_u8(&r);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "LLC header cut short");
        return;
    }
    if (dsap == 0xff && ssap == 0xff) {
        sgs_net_skip(n, "link", "IPX in raw 802.3");
        return;
    }
    if (dsap == 0xaa && control == 0x03) {
        snap(n, &r, s);
        return;
    }
    if (dsap == 0x06 && control == 0x03) {
        sgs_ip(n, sgs_span_rest(&r, s));
        return;
    }
    const char *name = SGS_NAME_FIND(saps, dsap);
    sgs_net_skip(n, "link", "LLC 0x%02x (%s)", (unsigned)dsap, name ? name : "unknown");
}

void sgs_link_type(struct sgs_net *n, uint16_t type, struct sgs_span s)
{
    if (!sgs_net_deeper(n)) {
        return;
    }
    if (type <= MAX_LENGTH) {
        sgs_link_llc(n, sgs_span_head(s, type));
        return;
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].value == type) {
            types[i].read(n, s);
            return;
        }
    }
    const char *name = SGS_NAME_FIND(ethertypes, type);
    if (name) {
        sgs_net_skip(n, "network", "%s", name);
        return;
    }
    sgs_net_skip(n, "network", "ethertype 0x%04x", (unsigned)type);
}

void sgs_link_ethernet(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 12);
    uint16_t type = rd_be16(&r);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "Ethernet header cut short");
        return;
    }
    sgs_link_type(n, type, sgs_span_rest(&r, s));
}

/* What the hardware type and protocol of both cooked headers mean (enum of linux/if_arp.h). */
static void cooked_type(struct sgs_net *n, uint16_t hardware, uint16_t type, struct sgs_span s)
{
    if (hardware == 778) { /* GRE: the field is that of GRE */
        sgs_link_type(n, type, s);
        return;
    }
    if (hardware == 824) {
        sgs_net_skip(n, "link", "netlink");
        return;
    }
    if (type == 0x0004) { /* "802.2 frames": LLC without a length */
        sgs_link_llc(n, s);
        return;
    }
    if (type <= MAX_LENGTH) {
        sgs_net_skip(n, "link", "cooked protocol 0x%04x", (unsigned)type);
        return;
    }
    sgs_link_type(n, type, s);
}

static void cooked(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 2);
    uint16_t hardware = rd_be16(&r);
    rd_skip(&r, 10);
    uint16_t type = rd_be16(&r);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "cooked header cut short");
        return;
    }
    cooked_type(n, hardware, type, sgs_span_rest(&r, s));
}

static void cooked2(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint16_t type = rd_be16(&r);
    rd_skip(&r, 6);
    uint16_t hardware = rd_be16(&r);
    rd_skip(&r, 10);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "cooked header cut short");
        return;
    }
    cooked_type(n, hardware, type, sgs_span_rest(&r, s));
}

/* AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 23 on Windows, 24 on NetBSD and OpenBSD, 28 on
 * FreeBSD, 30 on macOS.  Some writers put an Ethertype there. */
static void family(struct sgs_net *n, uint32_t af, struct sgs_span s)
{
    switch (af) {
    case 2:
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
        sgs_ip(n, s);
        return;
    default:
        break;
    }
    if (af > MAX_LENGTH && af <= UINT16_MAX) {
        sgs_link_type(n, (uint16_t)af, s);
        return;
    }
    sgs_net_skip(n, "link", "address family %u", (unsigned)af);
}

static void loopback(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    struct sgs_reader swapped = r;
    uint32_t af = rd_be32(&r);
    uint16_t type = (uint16_t)af;

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "loopback header cut short");
        return;
    }
    if (af > UINT16_MAX) { /* families are small numbers: the machine was little endian */
        af = rd_le32(&swapped);
    }
    if (af > UINT16_MAX) {
        af = type;
    }
    family(n, af, sgs_span_rest(&r, s));
}

/* Octets of a length-prefixed list, padded to four; 9 is the datagram (linux/nfnetlink_log.h). */
static void nflog(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint8_t af = rd_u8(&r);
    rd_skip(&r, 3);

    while (rd_more(&r)) {
        size_t len = rd_le16(&r);
        uint16_t type = rd_le16(&r);
        if (len < 4 || !rd_ok(&r)) {
            sgs_net_short(n, s, "link", "NFLOG attribute cut short");
            return;
        }
        if (type == 9) {
            family(n, af, sgs_span_head(sgs_span_rest(&r, s), len - 4));
            return;
        }
        rd_skip(&r, (len + 3) / 4 * 4 - 4);
    }
    sgs_net_skip(n, "link", "NFLOG without a datagram");
}

static const struct row links[] = {
    {0,   loopback         },
    {1,   sgs_link_ethernet},
    {9,   sgs_ppp          },
    {12,  sgs_ip           },
    {14,  sgs_ip           },
    {50,  sgs_ppp_hdlc     },
    {51,  sgs_ppp_oe       },
    {101, sgs_ip           },
    {104, sgs_ppp_cisco    },
    {108, loopback         },
    {113, cooked           },
    {228, sgs_ip           },
    {229, sgs_ip           },
    {239, nflog            },
    {105, sgs_wlan         },
    {127, sgs_wlan_radiotap},
    {276, cooked2          },
};

void sgs_link_frame(struct sgs_net *n, uint32_t link, struct sgs_span s)
{
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        if (links[i].value == link) {
            links[i].read(n, s);
            return;
        }
    }
    sgs_net_skip(n, "link", "LINKTYPE %u", (unsigned)link);
}
