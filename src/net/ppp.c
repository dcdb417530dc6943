/*
 * PPP and what looks like it.  Spec: RFC 1661 (section 2), RFC 1662 (section 3.1), RFC 2516
 * (PPPoE).
 *
 *   HDLC   | address ff | control 03 | PPP            address 0f or 8f: Cisco HDLC
 *   PPP    | protocol 1 or 2: the first octet is odd when it is the only one | ...
 *   PPPoE  | version, type | code 0 | session 2 | length 2 | PPP
 *   Cisco  | address | control | Ethertype 2 | ...
 */
#include "net/inner.h"

#include <signscope/names.h>

static const struct sgs_value_name protocols[] = {
    {0x002d, "compressed TCP"        },
    {0x002f, "uncompressed TCP"      },
    {0x003d, "multilink"             },
    {0x0053, "encrypted"             },
    {0x00fb, "compressed in a bundle"},
    {0x00fd, "compressed"            },
    {0x8021, "IPCP"                  },
    {0x8053, "ECP"                   },
    {0x8057, "IPv6CP"                },
    {0x80fd, "CCP"                   },
    {0xc021, "LCP"                   },
    {0xc023, "PAP"                   },
    {0xc025, "LQR"                   },
    {0xc223, "CHAP"                  },
    {0xc227, "EAP"                   },
};

/* From the protocol field on. */
static void body(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint16_t protocol = rd_u8(&r);

    if (!(protocol & 1)) {
        protocol = (uint16_t)(protocol << 8 | rd_u8(&r));
    }
    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "PPP header cut short");
        return;
    }
    if (protocol == 0x0021 || protocol == 0x0057) {
        sgs_ip(n, sgs_span_rest(&r, s));
        return;
    }
    if (protocol == 0x0281 || protocol == 0x0283) {
        sgs_link_mpls(n, sgs_span_rest(&r, s));
        return;
    }
    const char *name = SGS_NAME_FIND(protocols, protocol);
    sgs_net_skip(n, "link", "PPP 0x%04x (%s)", (unsigned)protocol, name ? name : "unknown");
}

void sgs_ppp(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);

    if (!sgs_net_deeper(n)) {
        return;
    }
    if (rd_be16(&r) == 0xff03) {
        body(n, sgs_span_rest(&r, s));
        return;
    }
    body(n, s);
}

void sgs_ppp_hdlc(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint8_t address = rd_u8(&r);

    if (address == 0x0f || address == 0x8f) {
        sgs_ppp_cisco(n, s);
        return;
    }
    sgs_ppp(n, s);
}

void sgs_ppp_oe(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 1);
    uint8_t code = rd_u8(&r);
    rd_skip(&r, 2);
    size_t len = rd_be16(&r);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "PPPoE header cut short");
        return;
    }
    if (code != 0) {
        sgs_net_skip(n, "link", "PPPoE code 0x%02x", (unsigned)code);
        return;
    }
    if (sgs_net_deeper(n)) {
        body(n, sgs_span_head(sgs_span_rest(&r, s), len));
    }
}

void sgs_ppp_cisco(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 2);
    uint16_t type = rd_be16(&r);

    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "Cisco HDLC header cut short");
        return;
    }
    if (type == 0x8035) {
        sgs_net_skip(n, "link", "Cisco SLARP");
        return;
    }
    sgs_link_type(n, type, sgs_span_rest(&r, s));
}
