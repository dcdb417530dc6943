/*
 * QUIC (RFC 9000, section 17.2; version 2: RFC 9369) on the port of HTTPS: named once a
 * conversation, not read.  A conversation is known by a packet with a long header, as its first
 * ones have:
 *
 *   0                       1         5
 *   +-----------------------+---------+-------------------------+--------------------+----
 *   | 1 1 type 2 reserved 4 | version | <1> destination conn ID | <1> source conn ID | ...
 *   +-----------------------+---------+-------------------------+--------------------+----
 *   (<1>: a length of one octet, at most 20, then as many)
 */
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

#define MAX_CONN_ID 20

struct quic {
    bool is_named;
};

/* Version 0 is a server's list of its versions; 0x?a?a?a?a asks for one. */
static bool is_version(uint32_t version, uint8_t first)
{
    enum { FIXED = 0x40 };
    bool is_fixed = version == 1 || version == 0x6b3343cf || version >> 8 == 0xff0000 ||
                    (version & 0x0f0f0f0f) == 0x0a0a0a0a;
    return version == 0 || (is_fixed && (first & FIXED));
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sgs_reader r = rd_open(head);
    uint8_t first = rd_u8(&r);
    uint32_t version = rd_be32(&r);
    size_t destination_len = rd_u8(&r);

    rd_skip(&r, destination_len);
    size_t source_len = rd_u8(&r);
    rd_skip(&r, source_len);
    bool is_long = (first & 0x80) && is_version(version, first) && destination_len <= MAX_CONN_ID &&
                   source_len <= MAX_CONN_ID && destination_len + source_len > 0;
    return rd_ok(&r) && is_long ? SGS_SURE : SGS_NO;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct quic *st = sgs_state(l);

    if (st->is_named) {
        return;
    }
    st->is_named = true;
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
    ev_str(ev, SGS_F_NAME, "QUIC");
    ev_str(ev, SGS_F_BY, "probe");
    sgs_emit(ev);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_UDP_PORT, "443"},
    {0,               NULL },
};

SGS_DISSECTOR(quic) = {
    .name = "quic",
    .title = "QUIC",
    .claims = claims,
    .state_size = sizeof(struct quic),
    .max_message = SGS_MAX_DATAGRAM,
    .takes_cut = true,
    .probe = probe,
    .message = message,
};
