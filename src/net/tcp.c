/*
 * TCP headers.  Spec: RFC 9293 (section 3.1).  Options are of no use here: neither scaled windows
 * nor selective acknowledgements change which octets were sent.
 *
 *   | source port 2 | destination port 2 | sequence 4 | acknowledgement 4 |
 *   | words of header 4 bits, 4, flags 8 | window 2 | checksum 2 | urgent 2 | options | ...
 */
#include "net/conn.h"
#include "net/inner.h"

#define MIN_HEADER 20

/* A header that the capture cut behind the window still numbers a conversation, as in tshark. */
bool sgs_tcp_read(struct sgs_span s, struct sgs_segment *out)
{
    struct sgs_reader r = rd_open(s.octets);
    struct sgs_segment seg = {0};
    seg.sport = rd_be16(&r);
    seg.dport = rd_be16(&r);
    seg.seq = rd_be32(&r);
    seg.ack = rd_be32(&r);
    size_t header = (size_t)(rd_u8(&r) >> 4) * 4;
    seg.flags = rd_u8(&r);
    seg.window = rd_be16(&r);

    if (!rd_ok(&r)) {
        return false;
    }
    seg.has_len = s.wire >= header;
    if (header >= MIN_HEADER && seg.has_len) {
        struct sgs_slice octets = sgs_slice_from(s.octets, header);
        seg.payload = (struct sgs_span){octets, s.wire - header};
    }
    seg.is_bad = header < MIN_HEADER || !seg.has_len;
    *out = seg;
    return true;
}

void sgs_tcp(struct sgs_net *n, const struct sgs_datagram *d)
{
    struct sgs_segment seg;

    if (!sgs_tcp_read(d->payload, &seg)) {
        sgs_net_short(n, d->payload, "transport", "TCP header cut short");
        return;
    }
    if (seg.is_bad) {
        sgs_net_malformed(n, "TCP header length below its minimum or beyond the datagram");
    }
    if (d->is_head) { /* the rest of the segment is in fragments that cannot be joined */
        seg.has_len = false;
        seg.payload = (struct sgs_span){
            {NULL, 0},
            0
        };
    }
    struct sgs_addr end[2] = {d->src, d->dst};
    end[0].port = seg.sport;
    end[1].port = seg.dport;
    sgs_conns_tcp(n, end, d->ttl, &seg);
}
