/*
 * UDP.  Spec: RFC 768, RFC 2675 (section 4).
 *
 *   | source port 2 | destination port 2 | length 2, with these 8 | checksum 2 | ...
 */
#include "net/conn.h"
#include "net/inner.h"

#define HEADER_LEN 8

void sgs_udp(struct sgs_net *n, const struct sgs_datagram *d)
{
    struct sgs_reader r = rd_open(d->payload.octets);
    struct sgs_addr end[2] = {d->src, d->dst};
    end[0].port = rd_be16(&r);
    end[1].port = rd_be16(&r);
    size_t len = rd_be16(&r);
    rd_skip(&r, 2);

    if (!rd_ok(&r)) {
        sgs_net_short(n, d->payload, "transport", "UDP header cut short");
        return;
    }
    if (len == 0 && d->src.len == 16) { /* RFC 2675, section 4: a jumbogram */
        len = d->payload.wire;
    }
    if (len < HEADER_LEN) {
        sgs_net_malformed(n, "UDP length below its header");
        return;
    }
    if (len > d->payload.wire && !d->is_head) {
        sgs_net_malformed(n, "UDP length beyond the datagram");
        len = d->payload.wire;
    }
    struct sgs_span rest = sgs_span_head(sgs_span_rest(&r, d->payload), len - HEADER_LEN);
    if (d->is_head) {
        rest.wire = len - HEADER_LEN;
    }
    sgs_conns_udp(n, end, d->ttl, rest);
}
