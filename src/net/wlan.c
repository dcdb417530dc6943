/*
 * Data frames of wireless networks that nobody encrypted, or that an access point tunnels after
 * decryption.  Spec: IEEE 802.11-2020 (sections 9.2.3 and 9.3.2), radiotap.org.
 *
 *   | control 2 | duration 2 | address 6 | address 6 | address 6 | sequence 2 |
 *   | address 6 if to and from the system | QoS 2 if its subtype has it | HT 4 if QoS and order |
 *   | LLC ..., or, if QoS says so, subframes: to 6 | from 6 | length 2 | LLC ... | padded to 4
 */
#include "net/inner.h"

enum { TO_SYSTEM = 0x0100, FROM_SYSTEM = 0x0200, PROTECTED = 0x4000, ORDER = 0x8000 };

static void subframes(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);

    while (rd_more(&r) && sgs_net_deeper(n)) {
        struct sgs_span rest = sgs_span_rest(&r, s);
        rd_skip(&r, 12);
        size_t len = rd_be16(&r);
        if (!rd_ok(&r)) {
            sgs_net_short(n, rest, "link", "802.11 subframe cut short");
            return;
        }
        sgs_link_llc(n, sgs_span_head(sgs_span_rest(&r, s), len));
        rd_skip(&r, len);
        rd_skip(&r, (4 - (14 + len) % 4) % 4);
    }
}

void sgs_wlan(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    uint16_t control = rd_le16(&r);
    unsigned type = control >> 2 & 3;
    unsigned subtype = control >> 4 & 15;
    bool has_qos = subtype & 8;
    uint16_t qos = 0;

    if (rd_ok(&r) && (type != 2 || subtype & 4)) {
        sgs_net_skip(n, "link", "802.11 type %u subtype %u", type, subtype);
        return;
    }
    if (control & PROTECTED) {
        sgs_net_skip(n, "link", "encrypted 802.11 frame");
        return;
    }
    rd_skip(&r, 22);
    rd_skip(&r, (control & TO_SYSTEM) && (control & FROM_SYSTEM) ? 6 : 0);
    if (has_qos) {
        qos = rd_le16(&r);
        rd_skip(&r, control & ORDER ? 4 : 0);
    }
    if (!rd_ok(&r)) {
        sgs_net_short(n, s, "link", "802.11 header cut short");
        return;
    }
    if (qos & 0x80) {
        subframes(n, sgs_span_rest(&r, s));
        return;
    }
    sgs_link_llc(n, sgs_span_rest(&r, s));
}

void sgs_wlan_radiotap(struct sgs_net *n, struct sgs_span s)
{
    struct sgs_reader r = rd_open(s.octets);
    rd_skip(&r, 2);
    size_t len = rd_le16(&r);
    if (len >= 4) {
        rd_skip(&r, len - 4);
    }

    if (len < 4 || !rd_ok(&r)) {
        sgs_net_short(n, s, "link", "radiotap header cut short");
        return;
    }
    sgs_wlan(n, sgs_span_rest(&r, s));
}
